"""Command lines and environments that Python hands on as lists and tables: to containers, clusters, stacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

_OPTION = re.compile(r"--([A-Za-z][\w-]{0,60})(=?)")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{2,80}")
#: In a command line these say more than as the names of fields.
_SAYS = {"model": "model_id", "tokenizer": "tokenizer_name"}


def elements(nodes: list[ast.expr], context: Any) -> Iterator[tuple[ast.expr, Any]]:
    """Give the elements of a list, with where each stands: behind an option it is what that is set to."""
    option = ""
    for node in nodes:
        text = text_of(node)
        found = _OPTION.match(text) if text.startswith("--") else None
        if found is not None and found[2] and node.lineno == node.end_lineno:
            value = ast.copy_location(ast.Constant(text[found.end() :]), node)
            value.col_offset += found.end()
            yield value, ["item", _name(found[1]), [], context]
        else:
            yield node, ["item", _name(option), [], context] if option else ["element", "", [], context]
        option = found[1] if found is not None and found.end() == len(text) else ""


def setting(text: str) -> str:
    """Give the name of the setting that an option sets whose value follows; nothing for any other text."""
    found = _OPTION.fullmatch(text) if text.startswith("--") else None
    return _name(found[1]) if found is not None and not found[2] else ""


def _name(option: str) -> str:
    name = option.replace("-", "_")
    return _SAYS.get(name, name)


def variable(node: ast.Dict) -> str:
    """`{"name": "MODEL_ID", "value": …}` is what an environment has under this name."""
    texts = {text_of(key): value for key, value in zip(node.keys[:8], node.values, strict=False)}
    name = text_of(texts.get("name") or texts.get("Name")) if "value" in texts or "Value" in texts else ""
    return name if VARIABLE.fullmatch(name) else ""


def unfilled(node: ast.JoinedStr) -> ast.Constant | None:
    """Give the text of an f-string that has nothing to fill in, as a string with its place."""
    first = node.values[0] if len(node.values) == 1 else None
    return ast.copy_location(ast.Constant(first.value), node) if isinstance(first, ast.Constant) else None


def text_of(node: ast.expr | None) -> str:
    """Give the text that a string is; none where it is no string."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def of_data(pairs: Iterable[tuple[str, ast.expr]]) -> bool:
    """`repo_type="dataset"`: do keywords or the pairs of a table say that they are about no model of the Hub?"""
    return any(key == "repo_type" and text_of(value) in ("dataset", "space") for key, value in pairs)
