"""Files of assignments in languages that have no parser here: Bicep, Terraform, PowerShell, batch files.

Only `name = "text"` is read, on one line, under the same keys as configuration; PowerShell's commands besides.
"""

from __future__ import annotations

import re

from freehold.detect import flags
from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.source import Source

_ENDINGS = (".bicep", ".bicepparam", ".tf", ".tfvars", ".hcl", ".ps1", ".psm1", ".bat", ".cmd")
_COMMENT = re.compile(r"^[ \t]*(?:#|//|--|rem\b|::)", re.IGNORECASE)
_ASSIGN = re.compile(
    r"\$?(?P<name>[A-Za-z_][\w.-]{0,100})\"?(?:[ \t]+string)?[ \t]*[=:][ \t]*"
    r"(?P<quote>[\"'])(?P<text>[^\"'\n]{1,300})(?P=quote)"
)
_BATCH = re.compile(r"^[ \t]*set[ \t]+\"?(?P<name>[A-Za-z_]\w*)=(?P<text>[^\"\n\r]*)", re.IGNORECASE)
#: Terraform names a variable in the line that opens its block.
_BLOCK = re.compile(r"^[ \t]*variable[ \t]+\"(?P<name>[\w-]+)\"[ \t]*\{")


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what the assignments of a file say."""
    notes = Notes(source, calls)
    name = source.name.lower()
    block: str | None = None
    for number, line in enumerate(source.lines, 1):
        if _COMMENT.match(line) or len(line) > 10_000:
            continue
        if (opened := _BLOCK.match(line)) is not None:
            block = opened["name"]
        elif line.startswith("}"):
            block = None
        at = source.offset(number)
        if (batch := _BATCH.match(line)) is not None and name.endswith((".bat", ".cmd")):
            notes.assign(batch["name"], batch["text"], at + batch.start("text"), "env")
        for found in _ASSIGN.finditer(line):
            key = block if block is not None and found["name"] == "default" else found["name"]
            notes.assign(key, found["text"], at + found.start("text"), "config")
        if name.endswith((".ps1", ".bat", ".cmd")):
            flags.read(line, at, notes)
    return notes.found()
