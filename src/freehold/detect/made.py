"""Files of weights that the project's own code writes: what reads them reads no model of somebody else's."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from freehold.detect.found import Clue, Module
from freehold.detect.python_filter import WEIGHTS
from freehold.types import Reference

_SAVES = re.compile(r"save|export|dump|to_onnx|serialize")
#: Calls that make a path of what they are given.
_PATHS = re.compile(
    r"Path|PurePath|str|\w*join\w*|\w*path\w*|fspath|format|getenv|get|add_argument|Field|field|option|Option"
)


def made(strings: list[Any], by_tail: Mapping[str, list[Any]]) -> Iterator[str]:
    """Give the names of the files that a module writes, among its strings and calls."""
    calls = (e for tail in by_tail if _SAVES.match(tail) for _, e in by_tail[tail])
    given = [one for e in calls for one in (*e[2], *e[3].values())]
    given += [inner for one in given if one[0] == "c" for inner in one[2]]  # `str(path)`
    holders = {one[-1] for one in given if one[0] in ("n", "a")}  # `torch.save(net, best_path)`
    ends = [one[1][-1] for one in given if one[0] == "f" and one[1]]
    texts = [end[1] for end in ends if end[0] == "s"]
    texts += [text for text, _, _, _, context, _ in strings if _is_file(text) and _is_saved(context, holders)]
    for text in texts:
        if _is_file(text):
            yield text.replace("\\", "/").rpartition("/")[2]


def without(references: Iterable[Reference], clues: Iterable[Clue]) -> set[Reference]:
    """Leave out the references to such files."""
    modules = (clue.facts for clue in clues if isinstance(clue, Module) and clue.language == "python")
    own = {name for facts in modules if facts["scope"] != "test" for name in facts["made"]}  # tests write doubles
    return {one for one in references if not _is_own(one, own)}


def _is_own(reference: Reference, own: Container[str]) -> bool:
    path, _, file = reference.written.rpartition("/")
    return reference.ecosystem in ("weights", "gguf") and "://" not in path and file in own


def _is_file(text: str) -> bool:
    return text.lower().endswith(WEIGHTS) and "://" not in text


def _is_saved(context: list[Any] | None, holders: Container[str]) -> bool:
    """Is it given to a call that writes, by itself or under one of these names? What another call makes of it is none:
    `net = build("net.pth")`."""
    while context is not None:
        kind, name, beside, context = context
        if kind in ("argument", "keyword"):
            if _SAVES.match(beside[0]):
                return True
            if _PATHS.fullmatch(beside[0]) is None:
                return False
        if kind in ("assign", "field") and name in holders:
            return True
    return False
