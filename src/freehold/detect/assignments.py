"""Files of assignments in languages that have no parser here: Bicep, Terraform, PowerShell, batch files.

Only `name = "text"` is read, on one line, under the same keys as configuration; PowerShell's commands besides. The
braces around an assignment say what stands beside it and what it is a part of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from freehold.detect import flags
from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.source import Source

_BRACED = (".bicep", ".bicepparam", ".tf", ".tfvars", ".hcl")
_ENDINGS = (*_BRACED, ".ps1", ".psm1", ".bat", ".cmd")
_COMMENT = re.compile(r"^[ \t]*(?:#|//|--|rem\b|::)", re.IGNORECASE)
_ASSIGN = re.compile(
    r"\$?(?P<name>[A-Za-z_][\w.-]{0,100})\"?(?:[ \t]+string)?[ \t]*[=:][ \t]*"
    r"(?P<quote>[\"'])(?P<text>[^\"'\n]{1,300})(?P=quote)"
)
_BATCH = re.compile(r"^[ \t]*set[ \t]+\"?(?P<name>[A-Za-z_]\w*)=(?P<text>[^\"\n\r]*)", re.IGNORECASE)
#: What opens and closes, and what only looks so: texts and comments.
_TOKEN = re.compile(
    rf"(?P<assign>{_ASSIGN.pattern})|(?P<other>[A-Za-z_][\w-]{{0,100}})[ \t]*[=:](?![=:])|"
    r"(?P<open>[\[{])|(?P<close>[\]}])|\"(?:[^\"\\\n]|\\.){0,300}\"|'[^'\n]{0,300}'|(?P<comment>#|//).*"
)
#: How Terraform and Bicep begin what is made: of which type, under which name.
_MADE = re.compile(r"[ \t]*(?:resource|data|module|variable)\b")
_QUOTED = re.compile(r"[\"']([^\"'\n]{1,200})[\"']")
_WORD = re.compile(r"[\w.-]+")

#: Braces that stand open at once; what is deeper belongs to the deepest of them.
MAX_DEPTH = 60
MAX_LINE = 10_000


@dataclass(slots=True)
class _Block:
    """What a pair of braces holds."""

    around: tuple[str, ...] = ()
    beside: dict[str, str] = field(default_factory=dict)


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what the assignments of a file say."""
    notes = Notes(source, calls)
    if source.name.lower().endswith(_BRACED):
        for name, text, at, block in list(_assigned(source)):
            # Terraform names a variable in the line that opens its block.
            name = block.around[-1] if name == "default" and block.around else name
            notes.assign(name, text, at, "config", block.beside, block.around)
    else:
        _script(source, notes)
    return notes.found()


def _script(source: Source, notes: Notes) -> None:
    """PowerShell and batch: line by line, as they run."""
    name = source.name.lower()
    for at, line in _lines(source):
        if (batch := _BATCH.match(line)) is not None and name.endswith((".bat", ".cmd")):
            notes.assign(batch["name"], batch["text"], at + batch.start("text"), "env")
        for found in _ASSIGN.finditer(line):
            notes.assign(found["name"], found["text"], at + found.start("text"), "config")
        if not name.endswith(".psm1"):
            flags.read(line, at, notes)


def _assigned(source: Source) -> Iterator[tuple[str, str, int, _Block]]:
    """Names, texts, where the texts stand, and the block around."""
    blocks = [_Block()]
    for at, line in _lines(source):
        if line.startswith("}"):
            del blocks[1:]  # whatever was miscounted in between
        begin = 0
        for found in _TOKEN.finditer(line):
            if found["assign"] is not None:
                blocks[-1].beside[found["name"]] = found["text"]
                yield found["name"], found["text"], at + found.start("text"), blocks[-1]
            elif found["open"] is not None and len(blocks) < MAX_DEPTH:
                blocks.append(_Block(_around(blocks[-1], line[begin : found.start()])))
            elif found["close"] is not None:
                del blocks[max(len(blocks) - 1, 1) :]
            elif found["comment"] is None:
                blocks[-1].beside.setdefault(found["other"] or "", "")
                continue  # it may be a part of what opens a block
            begin = found.end()


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, and where they begin."""
    for number, line in enumerate(source.lines, 1):
        if len(line) <= MAX_LINE and _COMMENT.match(line) is None:
            yield source.offset(number), line


def _around(outer: _Block, header: str) -> tuple[str, ...]:
    """The keys around what a brace opens; `header` stands before it."""
    quoted = _QUOTED.findall(header) if _MADE.match(header) else []
    words = quoted[:1] or _WORD.findall(header)[-1:]
    return (*outer.around, *words)
