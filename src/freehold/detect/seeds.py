"""Rows that SQL puts into tables, and what it sets in them: `INSERT INTO models (id) VALUES ('…')`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from freehold.detect.libraries import plain
from freehold.detect.names import Sure, identify, is_record

MAX_ROWS = 5_000  # of one file: more are a database poured out
MAX_COLUMNS = 60

#: The name of a column or a setting, its text and place, and whether the row only tells about it.
Cell: TypeAlias = tuple[str, str, int, bool]

_INSERT = re.compile(
    r"\binsert\s{1,20}(?:or\s{1,20}\w{1,20}\s{1,20}|ignore\s{1,20})?into\s{1,20}(?P<table>[\w.\"`\[\]]{1,200})\s{0,20}"
    r"\((?P<columns>[^()]{1,2000})\)\s{0,20}values\s{0,20}(?=\()",
    re.IGNORECASE,
)
#: Nothing is given back: blanks may be taken in many ways.
_VALUE = re.compile(
    r"\s{0,200}+(?:[NE]?'(?P<text>(?:[^'\n]|''){0,2000}+)'(?:::\w{1,40})?\s{0,200}+"
    r"|[^,()']{0,400}+(?:\([^()]{0,400}+\)[^,()']{0,400}+)?)(?P<sign>[,)])"
)
_NEXT = re.compile(r"\s{0,200}+,?(?:\s{0,20}--[^\n]{0,200}+\n)?\s{0,200}+\(")
_UPDATE = re.compile(r"\bupdate\s{1,20}\S{1,200}\s{1,20}set\s(?P<sets>[^;]{1,2000})", re.IGNORECASE)
_SETS = re.compile(r"[\"`\[]?(\w{1,80})[\"`\]]?\s{0,20}=\s{0,20}'([^'\n]{1,200})'|\bwhere\b", re.IGNORECASE)

_KEYS = frozenset(("key", "name", "setting", "option", "config_key", "setting_key", "k"))
_VALUES = frozenset(("value", "val", "v", "config_value", "setting_value"))
_NAMES = frozenset(("id", "name", "slug", "code", "key", "identifier", "value"))
_FACTS = re.compile(r"pric|cost|_per_|(?:in|out)put")


def cells(text: str, more_rows: Callable[[], None]) -> Iterator[Cell]:
    """Give what stands in the columns that may hold models. `more_rows` is told if there are more than are read."""
    for found in _UPDATE.finditer(text):
        for one in _SETS.finditer(text, *found.span("sets")):
            if one[1] is None:
                break
            yield one[1], one[2], one.start(2), False
    rows = 0
    for found in _INSERT.finditer(text):
        columns = [plain(column.strip(' \t\n\r"`[]')) for column in found["columns"].split(",")][:MAX_COLUMNS]
        told = is_record(columns) or any(map(_FACTS.search, columns))
        at, of_models = found.end() + 1, "model" in found["table"].lower()
        while True:
            if (rows := rows + 1) > MAX_ROWS:
                more_rows()
                return
            row, at = _row(text, at)
            yield from _named(columns, row, told, of_models)
            if (more := _NEXT.match(text, at)) is None:
                break
            at = more.end()


def _row(text: str, at: int) -> tuple[list[tuple[str, int]], int]:
    """The texts of one row, and where it ends; no text for all else."""
    row: list[tuple[str, int]] = []
    while len(row) < MAX_COLUMNS and (value := _VALUE.match(text, at)) is not None:
        row.append((value["text"] or "", value.start("text")))
        at = value.end()
        if value["sign"] == ")":
            break
    return row, at


def _named(columns: list[str], row: list[tuple[str, int]], told: bool, of_models: bool) -> Iterator[Cell]:
    setting = next((text for column, (text, _) in zip(columns, row, strict=False) if column in _KEYS), "")
    for column, (text, at) in zip(columns, row, strict=False):
        if text and column in _VALUES and setting:
            yield setting, text, at, told
        elif text and of_models and column in _NAMES:
            name = identify(text)
            if name is not None and name.sure is Sure.KNOWN:
                yield "model", text, at, told
        elif text:
            yield column, text, at, told
