"""Nodes of ComfyUI's workflows: which of them take models, and which only show or write something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from freehold.detect.calls import Key
from freehold.detect.names import Sure, identify
from freehold.detect.nodes import Table
from freehold.detect.shapes import shapes

#: Kinds of nodes that write a file, and those that show a text.
_WRITES = re.compile(r"Save|Export")
_SHOWS = re.compile(r"Show|Preview|Display|Note")
#: Those that take models: what others are set to may look like a repository, `Add/Subtract`.
_LOADS = re.compile(
    r"load|model|pretrained|checkpoint|pipeline|lora|vae|clip|encod|vl(?:m|\b)|llm|llama|gpt|qwen|florence|caption|"
    r"tagger|interrogat|segment|detect|diffus|transformers|hugging|embed",
    re.IGNORECASE,
)


def kind(around: Sequence[Table]) -> str:
    """Give what kind of node is around a value, or nothing."""
    return next((k for table in around[-2:] if (k := table.text("class_type") or table.text("type"))), "")


def field(rule: Key, node: str, text: str) -> Key | None:
    """Give what a field of a node of some kind is for, where `rule` says that it may be weights."""
    if not node:
        return rule
    if _WRITES.search(node) is not None or (_LOADS.search(node) is None and _is_word(text)):
        return None
    return replace(rule, kind="mention") if _SHOWS.search(node) is not None else rule


def _is_word(text: str) -> bool:
    """Is it no file of weights, no address and no model of a known family?"""
    name = identify(text) if "://" not in text else None
    known = name is not None and name.sure is Sure.KNOWN and shapes().families.search(name.name) is not None
    return name is not None and not name.may_be_file and not known
