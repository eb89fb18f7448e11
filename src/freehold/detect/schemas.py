"""Schemas of databases, SQL and Prisma: what a column holds if nobody says more, what it may hold, and what is put into
it (see `seeds`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.detect.seeds import MAX_ROWS, cells
from freehold.source import Source
from freehold.types import Role

#: What is larger is a database poured out.
MAX_BYTES = 1_000_000
MAX_LINE = 10_000

_HOLDS = re.compile(rb"(?i)default|enum|check|insert|update")
_COMMENT = re.compile(r"\s*(?:--|//|/\*|\*)")
_DEFAULT = re.compile(r"\bdefault\s*\(?\s*N?'(?P<text>[^'\n]{1,200})'", re.IGNORECASE)
#: What stands before the name of a column: `ALTER TABLE chats ADD COLUMN IF NOT EXISTS`, `CREATE TABLE chats (`.
_BEFORE = re.compile(r".*(?:\bcolumn\s+(?:if\s+not\s+exists\s+)?|\badd\s+|[,(]\s*)(?=[\"`\[\w])", re.IGNORECASE)
_SIZED = re.compile(r"\([\d, ]{1,20}\)")
_NAME = re.compile(r"\s*[\"`\[]?(\w{1,80})")
#: `CHECK (model IN ('…', '…'))`, `CREATE TYPE model AS ENUM ('…', '…')`
_ALLOWED = re.compile(
    r"(?:\bcheck\s*\(\s*\(?[\"`]?(?P<column>\w{1,80})[\"`]?\)?(?:::\w{1,40})?\s+in|"
    r"\bcreate\s+type\s+(?:[\w\"]{1,80}\.)?\"?(?P<type>\w{1,80})\"?\s+as\s+enum)\s*\((?P<texts>[^()]{1,5000})\)",
    re.IGNORECASE,
)
_TEXT = re.compile(r"'([^'\n]{1,200})'")
_PRISMA = re.compile(r"\s*(?P<name>\w{1,80})\s+\w{1,80}\??\s[^\n\"]{0,300}@default\(\"(?P<text>[^\"\n]{1,200})\"\)")


def wants(source: Source) -> bool:
    """By its ending, and only with something that a column may hold."""
    named = source.name.lower().endswith((".sql", ".prisma")) and len(source.data) <= MAX_BYTES
    return named and _HOLDS.search(source.data) is not None


def find(source: Source, calls: Calls) -> Found:
    """Give the columns that hold models."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    sql = source.name.lower().endswith(".sql")
    for name, text, at in _columns(source) if sql else _fields(source):
        rule = calls.key(name, "any")
        if rule is not None:
            notes.value(text, at, "config", rule)
    more = partial(notes.problem, f"more than {MAX_ROWS} rows, the others are not read", "exclude files of data")
    for name, text, at, told in cells(source.text, more) if sql else ():
        rule = calls.key(name, "any")
        if rule is not None:
            notes.value(text, at, "config", replace(rule, kind="mention") if told and rule.kind == "model" else rule)
    return notes.found()


def _columns(source: Source) -> Iterator[tuple[str, str, int]]:
    for at, line in _lines(source):
        end = 0
        for found in _DEFAULT.finditer(line):
            head = _SIZED.sub(lambda m: " " * len(m[0]), line[end : found.start()])
            before = _BEFORE.match(head)
            named = _NAME.match(head, before.end() if before is not None else 0)
            if named is not None:
                yield named[1], found["text"], at + found.start("text")
            end = found.end()
    for allowed in _ALLOWED.finditer(source.text):
        for text in _TEXT.finditer(source.text, *allowed.span("texts")):
            yield allowed["column"] or allowed["type"], text[1], text.start(1)


def _fields(source: Source) -> Iterator[tuple[str, str, int]]:
    for at, line in _lines(source):
        if (found := _PRISMA.match(line)) is not None:
            yield found["name"], found["text"], at + found.start("text")


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.lines, 1):
        if len(line) <= MAX_LINE and _COMMENT.match(line) is None:
            yield source.offset(number), line
