"""Ollama's Modelfile: `FROM` names a model, a repository or a file of weights; `ADAPTER` and `DRAFT` too."""

from __future__ import annotations

import re

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import identify
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

_NAME = re.compile(r"(?:.*[._-])?modelfile(?:[._-].*)?", re.IGNORECASE)
_LINE = re.compile(r"^[ \t]*(?:FROM|ADAPTER|DRAFT)[ \t]+(\"?)([^\s\"]+)\1[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


def wants(source: Source) -> bool:
    """`Modelfile`, `chat.modelfile`, `Modelfile.q4`."""
    name = source.name
    return (
        "modelfile" in name.lower()
        and _NAME.fullmatch(name) is not None
        and not name.endswith((".py", ".md", ".go", ".sh"))
    )


def find(source: Source, calls: Calls) -> Found:
    """Give the model that is built upon."""
    notes = Notes(source, calls)
    for line in _LINE.finditer(source.text):
        name = identify(line[2], "ollama")
        if name is not None:
            notes.add(name, line[2], line.start(2), "modelfile", Role.LOAD, library="ollama")
    return notes.found()
