"""Python expressions as small lists whose first element says what they are:

["s", text, line, column, cell]     a string              ["b", value]               True, False, None, a number
["n", name]                         a name                ["a", base, attribute]
["c", callee, args, keywords, line, column, cell]          ["i", base, key]           a subscript
["f", parts, line, column, cell]    joined parts          ["|", alternatives]
["d", [[key, value], …]]            ["l", elements]       ["e", iterable, position]  what a loop gives
["**", names]                       what callers pass on under these names
["?"]                               anything else
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, TypeAlias

Expression: TypeAlias = list[Any]
Place: TypeAlias = Callable[[int, int, str], tuple[int, int, int | None]]

UNKNOWN: Expression = ["?"]
MAX_DEPTH = 24
MAX_ITEMS = 2_000
MAX_BOUND = 24  # arguments of a call, alternatives and parts of an expression
MAX_NAMED = 500  # expressions kept for one name
MAX_TEXT = 300

_NEWLINE = re.compile(r"\r\n|\r|\n")

#: Calls that stand for their default: dataclasses, attrs, pydantic, typer.
_FIELDS = frozenset({"field", "Field", "ib", "attrib", "Option", "Argument", "Parameter", "mapped_column"})

#: Calls that call what they are given, and which argument that is: functools, concurrent.futures, asyncio, anyio.
_LATER = {"partial": 0, "submit": 0, "to_thread": 0, "run_sync": 0, "run_in_executor": 1}


class Expressions:
    """Reads the expressions of one source, each once."""

    def __init__(self, text: str, place: Place) -> None:
        self.lines = _NEWLINE.split(text) if "\r" in text else text.split("\n")
        self.place = place
        self.seen: dict[int, int] = {}  # lines of the file where something was placed, and their lines in the text
        self.known: dict[int, Expression] = {}  # by the identity of nodes, which live as long as the tree

    def flag(self, node: ast.Call) -> tuple[str, Expression] | None:
        """What argparse and click make of `"--model-name", default=…, choices=…`."""
        words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        given = {k.arg: k.value for k in node.keywords}
        # click takes a bare word beside the flags for the parameter's name.
        long = next((w for w in words if not w.startswith("-")), "") or next(
            (w for w in words if w.startswith("--")), words[0] if words else ""
        )
        dest = given.get("dest")
        name = dest.value if isinstance(dest, ast.Constant) and isinstance(dest.value, str) else long
        values = [self.expression(given[k]) for k in ("default", "choices") if k in given]
        if "choices" in given:
            values[-1] = ["e", values[-1], -1]
        return (name.lstrip("-").replace("-", "_"), ["|", values]) if name and values else None

    def expression(self, node: ast.AST | None, depth: int = 0) -> Expression:
        """Read an expression once, however many calls it stands in."""
        if node is None or depth > MAX_DEPTH:
            return UNKNOWN
        known = self.known.get(id(node))
        if known is None:
            known = self.known[id(node)] = self._reading(node, depth + 1)
        return known

    def _reading(self, node: ast.AST, deep: int) -> Expression:
        match node:
            case ast.Constant(value=str() as text):
                return ["s", text, *self.at(node)] if len(text) <= MAX_TEXT else UNKNOWN
            case ast.Constant(value=value):
                return ["b", value if isinstance(value, bool | int | float) or value is None else None]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return ["b", -value]  # `parts[-1]`
            case ast.Name(id=name):
                return ["n", name]
            case ast.Attribute(value=base, attr=attr):
                return ["a", self.expression(base, deep), attr]
            case ast.Call():
                return self._call(node, deep)
            case ast.Subscript(value=base, slice=key):
                return ["i", self.expression(base, deep), self.expression(key, deep)]
            case ast.IfExp(body=body, orelse=other):
                return ["|", [self.expression(body, deep), self.expression(other, deep)]]
            case ast.BoolOp(values=values):
                return ["|", [self.expression(v, deep) for v in values[:MAX_BOUND]]]
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.expression(value, deep)
            case ast.JoinedStr(values=values):
                return ["f", [self.expression(v, deep) for v in values[:MAX_BOUND]], *self.at(node)]
            case ast.FormattedValue(value=value):
                return self.expression(value, deep)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return ["f", [self.expression(left, deep), self.expression(right, deep)], *self.at(node)]
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right) if text.count("%s") == 1:
                before, _, after = text.partition("%s")
                at = self.at(node)
                return ["f", [["s", before, *at], self.expression(right, deep), ["s", after, *at]], *at]
            case ast.Dict(keys=keys, values=values):
                pairs = list(zip(keys, values, strict=True))[:MAX_ITEMS]
                return ["d", [[self.expression(k, deep), self.expression(v, deep)] for k, v in pairs]]
            case ast.DictComp(key=key, value=value):
                return ["d", [[self.expression(key, deep), self.expression(value, deep)]]]
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return ["l", [self.expression(e, deep) for e in elts[:MAX_ITEMS]]]
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return ["l", [self.expression(element, deep)]]
            case _:
                return UNKNOWN

    def _call(self, node: ast.Call, depth: int) -> Expression:
        tail = self.tail(node.func)
        given = {k.arg: k.value for k in node.keywords if k.arg}
        if tail in _FIELDS:
            default = given.get("default", node.args[0] if node.args else given.get("default_factory"))
            return self.expression(default.body if isinstance(default, ast.Lambda) else default, depth)
        if isinstance(node.func, ast.Lambda):
            return UNKNOWN
        args = [self.expression(a, depth) for a in node.args[:MAX_BOUND]]
        keywords = {name: self.expression(value, depth) for name, value in list(given.items())[:MAX_BOUND]}
        more = [k.value for k in node.keywords if k.arg is None]
        if more:
            keywords["**"] = self.expression(more[0], depth)
        return ["c", self.expression(node.func, depth), args, keywords, *self.at(node)]

    def later(self, node: ast.Call) -> Expression | None:
        """`partial(load, "name")`, `pool.submit(load, "name")`: the call that is made of it, or None."""
        at = _LATER.get(self.tail(node.func))
        if at is None or len(node.args) <= at:
            return None
        args = [self.expression(a) for a in node.args[at + 1 :][:MAX_BOUND]]
        keywords = {k.arg: self.expression(k.value) for k in node.keywords[:MAX_BOUND] if k.arg}
        return ["c", self.expression(node.args[at]), args, keywords, *self.at(node)]

    def tail(self, node: ast.expr) -> str:
        """Give the last part of a callee or a target."""
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    def target(self, node: ast.expr) -> str:
        """Give the name that an assignment binds, or the key."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            return node.slice.value if isinstance(node.slice.value, str) else ""
        return self.tail(node)

    def dotted(self, node: ast.expr | None) -> str:
        """`a.b.c` of an annotation or a base; the inner one of `Optional[X]` and `X | None`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value if node.value.replace(".", "").replace("_", "").isalnum() else ""
        if isinstance(node, ast.Subscript):
            return self.dotted(node.slice if not isinstance(node.slice, ast.Tuple) else node.slice.elts[0])
        if isinstance(node, ast.BinOp):
            return self.dotted(node.left)
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""

    def at(self, node: ast.expr) -> tuple[int, int, int | None]:
        """Give the place of a node: of the text itself, behind its quotes."""
        line = node.lineno
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = node.col_offset
        if not text.isascii():  # the parser counts bytes
            column = len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            at = self.place(line, column + 1, "")
        else:
            # The name itself, after prefix and quotes, where it stands on the line as it is.
            inside = text.find(node.value, column, column + len(node.value) + 6)
            at = self.place(line, max(inside, column) + 1, node.value)
        self.seen[at[0]] = line
        return at
