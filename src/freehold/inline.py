"""Waivers as comments: `# freehold: ignore[rule] reason until 2027-01-31`, on the line of a finding or above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from freehold.source import Source
from freehold.types import Location, Waiver

_NEEDLE = b"freehold: ignore["
_COMMENT = re.compile(r"(?:#|//|--|<!--|;|/\*)\s*freehold: ignore\[([a-z0-9, -]{0,200})\]([^\n]{0,500})")
# What may stand behind a comment: its own end, or the end of the string in which a notebook keeps a line.
_END = re.compile(r"\s*(?:-->|\*/|\\n)?\s*\"?,?\s*$")
_UNTIL = re.compile(r"\s*\buntil\s+(\S+)$")


def waivers(source: Source) -> Iterator[Waiver]:
    """Give the waivers that stand in a file. One without a reason or a date that is none is given all the same: it
    covers nothing, and is reported."""
    if _NEEDLE not in source.data:
        return
    for number, line in enumerate(source.lines, 1):
        for found in _COMMENT.finditer(line):
            said = _END.sub("", found[2])
            until = _UNTIL.search(said)
            reason = said[: until.start()] if until else said
            for rule in filter(None, (word.strip() for word in found[1].split(","))):
                yield Waiver(
                    rule=rule,
                    model=None,
                    reason=reason.strip() or None,
                    until=_day(until[1]) if until else None,
                    location=Location(path=source.path, line=number, column=found.start() + 1),
                    inline=True,
                )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
