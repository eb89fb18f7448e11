"""Scripts of a shell that stand whole in a text of Python: what a machine runs when it starts."""

from __future__ import annotations

import re

from freehold.detect import embedded
from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

_BEGINS = re.compile(r"(\"\"\"|''')(?:\\\n|\s{0,40}\n)?[ \t]*(?=#!/(?:usr/)?bin/(?:env )?(?:ba|z|da)?sh\b)")
#: Scripts in one file.
MAX_SCRIPTS = 50


def scripts(source: Source, calls: Calls) -> Found:
    """Give what they select."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    text, at = source.text, 0
    for _ in range(MAX_SCRIPTS):
        if (opened := _BEGINS.search(text, at)) is None:
            break
        begin = opened.end()
        end = text.find(opened[1], begin)
        at = end + 3 if end >= 0 else len(text)
        embedded.file(notes, "user.sh", text[begin : max(end, begin)], lambda offset, b=begin: b + offset, sure=False)  # type: ignore[misc]
    return notes.found()
