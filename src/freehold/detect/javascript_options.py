"""Command lines and environments that scripts hand on as arrays and objects: to containers, clusters, stacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from freehold.detect.javascript_names import string
from freehold.detect.python_options import VARIABLE, setting

if TYPE_CHECKING:
    from tree_sitter import Node

#: What is looked at beside a value.
MAX_BESIDE = 8


def elements(array: Node) -> Iterator[tuple[Node, str]]:
    """Give the elements of an array, and the name of what each is set to where it stands behind an option."""
    option = ""
    for node in array.named_children:
        yield node, option
        found = string(node)
        option = setting(found[0]) if found is not None else ""


def variable(pair: Node) -> str:
    """`{ name: "MODEL_ID", value: … }`: what an environment has under this name; nothing for any other pair."""
    if pair.parent is None or _key(pair) != "value":
        return ""
    beside = [c for c in pair.parent.named_children[:MAX_BESIDE] if c.type == "pair" and _key(c) == "name"]
    found = string(beside[0].child_by_field_name("value")) if beside else None
    return found[0] if found is not None and VARIABLE.fullmatch(found[0]) else ""


def _key(pair: Node) -> str:
    key = pair.child_by_field_name("key")
    return key.text.decode("utf-8", "replace").strip("\"'") if key is not None and key.text is not None else ""
