"""Python that a template engine has yet to fill in: Cookiecutter, Copier, Jinja.

What the engine takes out is blank, what it puts in is some name, and everything keeps its place. All branches stay, for
each is what some project gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A longer one is none.
MAX_STATEMENT = 2_000

_INSERTED = re.compile(rb"\{\{[^{}\r\n]{1,500}\}\}")
_SHOWN = re.compile(rb"[^\r\n]")


def is_template(data: bytes) -> bool:
    """Does an engine's statement stand in it?"""
    return b"{%" in data and b"%}" in data


def filled(data: bytes) -> bytes:
    """Give what is left without the engine's statements, with a name for each of its expressions."""
    for opening, closing in ((b"{%", b"%}"), (b"{#", b"#}")):
        data = b"".join(_without(data, opening, closing))
    return _INSERTED.sub(lambda found: b"x" * len(found[0]), data)


def _without(data: bytes, opening: bytes, closing: bytes) -> Iterator[bytes]:
    done = end = 0
    at = data.find(opening)
    while at >= 0:
        end = end if end > at + 1 else data.find(closing, at + 2)
        if end < 0:
            break
        if end - at <= MAX_STATEMENT:
            yield data[done:at]
            yield _SHOWN.sub(b" ", data[at : end + 2])
            done = end + 2
        at = data.find(opening, max(done, at + 2))
    yield data[done:]
