"""Where the strings of a script stand: a parser counts bytes, a reader characters."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

_QUOTED = re.compile(rb"[\"'`](?=([^\"'`]{1,400}+))")
#: What may have a name among several words; a text that is longer than any name may be an address.
_PARTED = re.compile(rb"[/:,$]|(?s:.{400})")
_WIDE = re.compile(r"[^\x00-\x7f]")


class Places:
    """Turns bytes of a text into characters."""

    def __init__(self, text: str) -> None:
        self.text = text

    def of(self, byte: int) -> int:
        """Give the character that begins at a byte."""
        begins, more = self._wide
        return byte - more[bisect_left(begins, byte)]

    @cached_property
    def _wide(self) -> tuple[list[int], list[int]]:
        """Where characters of several bytes begin, in bytes, and how many bytes more than characters are read then."""
        begins, more, extra = [], [0], 0
        for found in _WIDE.finditer(self.text):
            begins.append(found.start() + extra)
            extra += len(found[0].encode()) - 1
            more.append(extra)
        return begins, more


def names_in(data: bytes) -> list[int]:
    """Where the strings begin that could be names; of those of several words only what may have one among them."""
    return [m.start() for m in _QUOTED.finditer(data) if len(m[1].split()) < 2 or _PARTED.search(m[1])]
