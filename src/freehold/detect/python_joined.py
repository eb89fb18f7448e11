"""Texts that are put together and tell by themselves what they are: addresses of the Hub, `f"{BASE}/{REPO}/resolve/…"`,
and files of weights whose stem is chosen, `f"{URL}/{name}.pth"`.

They are written down as calls of something that rules/calls/joined.toml knows, so that what they are put together from
is followed as the arguments of calls are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from freehold.detect.names import OUTPUT, begins_used
from freehold.detect.python_filter import WEIGHTS

ADDRESS, FILE = "<address>", "<file>"
MAX_PARTS = 24

#: Calls that make, move or remove files.
_WRITES = re.compile(r"save|export|dump|write|convert|to_onnx|remove|unlink|rename|serialize|endswith|build_engine")
#: Calls that read a file of weights, or fetch it.
_READS = re.compile(r"load|fetch|download|retrieve|session|from_|^get$|^open$|^[A-Z]\w*[a-z]\w*$", re.IGNORECASE)
#: Names of what an address begins with.
_BASES = re.compile(r"url|base|repo|hub|host|link", re.IGNORECASE)
_HUB = re.compile(r"(?:huggingface\.co|hf\.co|modelscope\.cn)/|/resolve/")


def is_written(context: list[Any] | None) -> bool:
    """Is it the name of a file that the program makes?"""
    while context is not None:
        kind, name, beside, context = context
        called = kind in ("argument", "keyword")
        if OUTPUT.search(name) or (called and (_WRITES.match(beside[0]) or OUTPUT.search(beside[1].replace("-", "_")))):
            return True
    return False


def joined(node: ast.expr, context: list[Any] | None) -> str | None:
    """Say what a text that is put together may be: an address of the Hub, a file of weights, or None."""
    if context is not None and context[0] == "part":
        return None  # told as a part of the whole
    parts = list(_parts(node, 0))
    texts = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    if not texts and len(parts) > 1 and isinstance(parts[0], _NAMES) and not is_written(context):
        return FILE if _BASES.search(_said(parts[0])) else None  # `BASE_URL + name`
    if not texts or len(parts) == 1:
        return None
    if any(_HUB.search(text) for text in texts) and begins_used(texts[0]) is None:
        return ADDRESS
    stem = texts[-1].lower().endswith(WEIGHTS) and "/" not in texts[-1] and not isinstance(parts[-2], ast.Constant)
    if not stem or not isinstance(parts[-1], ast.Constant) or is_written(context):
        return None
    named = any(_BASES.search(_said(p)) for p in parts if isinstance(p, _NAMES))
    return FILE if named or any("://" in text for text in texts) or _is_read(context) else None


_NAMES = (ast.Name, ast.Attribute)


def _said(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _is_read(context: list[Any] | None) -> bool:
    while context is not None and context[0] == "part":
        context = context[3]
    return context is not None and context[0] in ("argument", "keyword") and _READS.search(context[2][0]) is not None


def _parts(node: ast.expr, depth: int) -> Iterator[ast.expr]:
    """What is put together, in its order: an f-string's parts, a sum's, what `%` and `format` fill."""
    if isinstance(node, ast.JoinedStr):
        yield from (p.value if isinstance(p, ast.FormattedValue) else p for p in node.values[:MAX_PARTS])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < MAX_PARTS:
        yield from _parts(node.left, depth + 1)
        yield from _parts(node.right, depth + 1)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        yield node.left
        yield node.right
    elif (
        not depth and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    ):
        yield node.func.value
        yield from node.args[:MAX_PARTS]
        yield from (keyword.value for keyword in node.keywords[:MAX_PARTS])
    else:
        yield node
