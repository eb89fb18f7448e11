"""Plain lists of models: a text file that says in its path that it holds models, one name a line."""

from __future__ import annotations

import re

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import Name, Sure, identify
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

_NAME = re.compile(r"(?:.*/)?[^/]*(?:model|llm|checkpoint)s?[^/]*(?:/[^/]+)?\.(?:txt|lst|list)", re.IGNORECASE)
#: A name alone, or an address and where what it gives shall be: `https://… -> vae`, `https://…, models/vae`.
_ENTRY = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:([^\s#\[\];,]+)[ \t,]*(?:#.*)?$|(https?://[^\s#\[\];,|]+)[ \t]*(?:->|[ \t,;|]).*$)"
)

MAX_BYTES = 100_000


def wants(source: Source) -> bool:
    """By path: `models.txt`, `model_versions/llm.txt`."""
    return (
        source.path.endswith((".txt", ".lst", ".list"))
        and len(source.data) <= MAX_BYTES
        and _NAME.fullmatch(source.path) is not None
    )


def find(source: Source, calls: Calls) -> Found:
    """Give the list, if it is one: most of its lines must look like models by themselves."""
    notes = Notes(source, calls)
    entries: list[tuple[Name | None, str, int]] = []
    for number, line in enumerate(source.lines, 1):
        text = line.strip()
        if not text or text.startswith(("#", "[", "//")):
            continue
        entry = _ENTRY.match(line)
        written = (entry[1] or entry[2]) if entry is not None else text
        name = identify(written) if entry is not None else None
        entries.append((name, written, source.offset(number) + line.index(written)))
    likely = [e for e in entries if e[0] is not None and e[0].sure >= Sure.SHAPED]
    if len(likely) * 3 >= len(entries) * 2:
        for name, written, at in likely:
            if name is not None:
                notes.add(name, written, at, "list", Role.LOAD)
    return notes.found()
