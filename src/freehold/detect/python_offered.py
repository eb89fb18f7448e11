"""What a framework calls a function with, told by what a class offers: nodes of ComfyUI.

`INPUT_TYPES` gives a table of inputs by the parameters of the method that `FUNCTION` names: `("STRING", {"default":
"org/name"})`, or `(["tiny", "base"],)`, a choice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from freehold.detect.python_bindings import Bindings
from freehold.detect.python_expressions import MAX_BOUND, MAX_ITEMS, Expression
from freehold.detect.python_options import text_of

INPUTS = "INPUT_TYPES"
_GROUPS = ("required", "optional")


def entry(node: ast.ClassDef) -> str | None:
    """Give the method that a node is run by, or None where it is no node."""
    for one in node.body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == "FUNCTION":
            return text_of(one.value) or None
    return None


def run(reader: Bindings, node: ast.FunctionDef | ast.AsyncFunctionDef, inner: int, method: str) -> Expression | None:
    """Give the call of the method with everything that `INPUT_TYPES` offers for its parameters."""
    given: dict[str, Expression] = {}
    tables = [one.value for one in node.body if isinstance(one, ast.Return | ast.Assign)]
    for table in tables:
        for group, inputs in _entries(table):
            for name, value in _entries(inputs) if group in _GROUPS else ():
                offers = list(_offered(reader, value)) if len(given) < MAX_BOUND else []
                if offers:
                    given[name] = ["|", offers]
    if not given or not node.args.args:
        return None
    if (own := node.args.args[0].arg) != "cls":
        reader.bind(inner, own, ["n", "cls"])
    return ["c", ["a", ["n", "cls"], method], [], given, node.lineno, node.col_offset + 1, None]


def _offered(reader: Bindings, node: ast.expr) -> Iterator[Expression]:
    kind, *more = node.elts if isinstance(node, ast.Tuple | ast.List) and node.elts else (node,)
    options = dict(_entries(more[0])) if more else {}
    if "default" in options:
        yield reader.expression(options["default"])
    choices = options.get("options") if text_of(kind) else kind
    if choices is not None:
        yield ["e", reader.expression(choices), -1]


def _entries(node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """The entries of a table whose keys are written."""
    for key, value in zip(node.keys[:MAX_ITEMS], node.values, strict=False) if isinstance(node, ast.Dict) else ():
        if name := text_of(key):
            yield name, value
