"""Triton's `config.pbtxt`: what the parameters of a model say, which its code reads."""

from __future__ import annotations

import re

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.source import Source

_GAP = r"[\s:,{]{0,200}"
#: `key: "name" value: { string_value: "text" }`, on as many lines as people like.
_PARAMETER = re.compile(
    rf"\bkey[ \t]*:[ \t]*\"([^\"\\\n]{{1,100}})\"{_GAP}value{_GAP}string_value[ \t]*:[ \t]*\"([^\"\\\n]{{1,300}})\""
)


def wants(source: Source) -> bool:
    """By name."""
    return source.name.endswith(".pbtxt")


def find(source: Source, calls: Calls) -> Found:
    """Give what the parameters name."""
    notes = Notes(source, calls)
    given = list(_PARAMETER.finditer(source.text))
    others = {found[1]: found[2] for found in given}
    for found in given:
        notes.assign(found[1], found[2], found.start(2), "config", others)
    return notes.found()
