"""Files of assignments in languages that have no parser here: Bicep, Terraform, Nix, BAML, gin, PowerShell, batch
files.

Terraform, Bicep, Nix and BAML are read as trees (see `braced`), under the same keys as configuration. Of the others
only `name = "text"` on one line is read, and their commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from freehold.detect import braced, embedded, flags
from freehold.detect.calls import Calls
from freehold.detect.commands import Word
from freehold.detect.config import Reader
from freehold.detect.found import Found
from freehold.detect.keyed import Keyed
from freehold.detect.nodes import NoTree, Scalar, Table
from freehold.detect.notes import Notes
from freehold.source import Source

_BRACED = {
    ".bicep": "bicep", ".bicepparam": "bicep", ".tf": "hcl", ".tfvars": "hcl", ".hcl": "hcl", ".nix": "nix",
    ".baml": "baml",
}  # fmt: skip
_ENDINGS = (*_BRACED, ".gin", ".ps1", ".psm1", ".bat", ".cmd")
_COMMENT = re.compile(r"^[ \t]*(?:#|//|--|rem\b|::)", re.IGNORECASE)
_ASSIGN = re.compile(
    r"\$?(?P<name>[A-Za-z_][\w.-]{0,100})\"?(?:[ \t]+string)?[ \t]*[=:][ \t]*(?:Join-Path[ \t]+[$\w:.]{1,100}[ \t]+)?"
    r"(?P<quote>[\"'])(?P<text>[^\"'\n]{1,300})(?P=quote)"
)
_BATCH = re.compile(r"^[ \t]*set[ \t]+\"?(?P<name>[A-Za-z_]\w*)=(?P<text>[^\"\n\r]*)", re.IGNORECASE)
#: PowerShell's lists, with and without `@( )`, and what goes through them.
_LIST = r"(?:\"[^\"\n]{1,300}\",[ \t]*|'[^'\n]{1,300}',[ \t]*){1,100}(?:\"[^\"\n]{1,300}\"|'[^'\n]{1,300}')"
_ARRAY = re.compile(rf"\$(?P<name>\w{{1,80}})[ \t]*=[ \t]*(?:@\((?P<several>[^()]{{0,5000}})\)|(?P<list>{_LIST}))")
_ELEMENT = re.compile(r"([\"'])([^\"'\n]{1,300})\1")
_EACH = re.compile(
    rf"\bforeach[ \t]*\([ \t]*\$(?P<name>\w{{1,80}})[ \t]+in[ \t]+(?:\$(?P<array>\w{{1,80}})|(?P<list>{_LIST}))|"
    rf"(?:\$(?P<piped>\w{{1,80}})|^[ \t]*(?P<some>{_LIST}))[ \t]*\|[ \t]*(?:ForEach-Object|foreach|%)[ \t]*\{{",
    re.IGNORECASE | re.MULTILINE,
)
#: What separates the parts of a path escapes nothing.
_SEPARATOR = re.compile(r"(?<=[\w.%])\\(?=[\w.%])")
#: A line goes on in the next.
_GOES_ON = re.compile(r"[`^](?:\n|(?=\r)|\Z)|\r\n")

MAX_LINE = 10_000


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what the assignments of a file say."""
    notes = Notes(source, calls)
    kind = next((kind for ending, kind in _BRACED.items() if source.name.lower().endswith(ending)), None)
    if source.name.lower().endswith(".gin"):
        for at, line in _lines(source):
            if (bound := _ASSIGN.match(line)) is not None:  # `train.model_name = "org/name"`: whose it is, and what
                keys = tuple(bound["name"].split("."))
                notes.setting(keys, bound["text"], at + bound.start("text"))
                notes.assign(keys[-1], bound["text"], at + bound.start("text"), "config")
        return notes.found()
    if kind is None:
        _script(source, notes)
        return notes.found()
    try:
        _Braced(notes, "yaml").read(braced.read(source, kind))
    except NoTree as error:
        notes.problem(str(error), line=error.line)
    found = notes.found()
    if kind != "bicep":
        return found
    # What Bicep deploys is in Azure, whoever made it.
    azure = (replace(r, ecosystem="azure") if r.ecosystem == "openai" else r for r in found.references)
    return replace(found, references=tuple(azure))


class _Braced(Reader):
    """Walks such a tree: any name may be that of a variable, too."""

    def scalar(self, scalar: Scalar, text: str, keyed: Keyed, beside: Table | None) -> None:
        """Judge a text under its keys."""
        *around, name = keyed.path
        if name == "default" and around:
            name = around[-1]  # Terraform names a variable in the line that opens its block
        if "\n" in text and name == "values":  # a chart's
            embedded.file(self.notes, "values.yaml", text, lambda offset: scalar.at + offset, sure=False)
        elif "\n" in text:
            flags.read(text, scalar.at, self.notes)  # what a machine runs when it starts
        else:
            self.notes.assign(name, text, scalar.at, "config", self.texts(beside), tuple(around))


def _script(source: Source, notes: Notes) -> None:
    """PowerShell and batch: line by line, as they run."""
    name = source.name.lower()
    for found in _ARRAY.finditer(source.text):
        part = "list" if found["list"] is not None else "several"
        words = [Word(m[2], m.start(2)) for m in _ELEMENT.finditer(source.text, *found.span(part))]
        notes.variables.set(found["name"], ((word.text, word.at) for word in words))
        notes.offered(found["name"], words)
    for found in _EACH.finditer(source.text):
        part = "list" if found["list"] is not None else "some"
        inside = [(m[2], m.start(2)) for m in _ELEMENT.finditer(source.text, *found.span(part))] if found[part] else []
        through = inside or notes.variables.ever(f"${found['array'] or found['piped']}", found.start())
        notes.variables.set(found["name"] or "_", through, words=True)
    for at, line in _lines(source):
        if (batch := _BATCH.match(line)) is not None and name.endswith((".bat", ".cmd")):
            notes.assign(batch["name"], batch["text"], at + batch.start("text"), "env")
        for found in _ASSIGN.finditer(line):
            notes.assign(found["name"], found["text"], at + found.start("text"), "config")
    for at, line in _commands(source) if not name.endswith(".psm1") else ():
        flags.read(_SEPARATOR.sub("/", line), at, notes)


def _commands(source: Source) -> Iterator[tuple[int, str]]:
    """The same, where one goes on in the next as one."""
    whole, begin = "", 0
    for at, line in _lines(source):
        begin = begin if whole else at
        whole = source.text[begin:at] + line
        if line.endswith(("`", "^")) and len(whole) <= MAX_LINE:
            continue
        yield begin, _GOES_ON.sub(lambda m: " " * len(m[0]), whole)
        whole = ""
    if whole:
        yield begin, _GOES_ON.sub(lambda m: " " * len(m[0]), whole)


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, and where they begin."""
    for number, line in enumerate(source.lines, 1):
        if len(line) <= MAX_LINE and _COMMENT.match(line) is None:
            yield source.offset(number), line
