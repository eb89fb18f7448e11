"""TOML with places: a strict reader whose every complaint names file and line.

`tomli` parses; this module finds out where each key and value stands (no maintained parser tells) and checks shapes.
Used for settings, the lockfile and everything under rules/; the configuration detector uses the places alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, TypeAlias, TypeVar

import tomli

Path: TypeAlias = tuple[str | int, ...]
T = TypeVar("T")

#: A lockfile of many shards is long; a 20 kB dotted key costs seconds in any parser, and nobody writes one.
MAX_BYTES = 8 << 20
MAX_LINE = 20_000

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_BASIC_MULTI = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LITERAL_MULTI = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a TOML text: offsets of the key and of its value."""

    path: Path
    key: int
    value: int


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong with a file, with its place."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def parse(text: str) -> dict[str, Any]:
    """Parse a TOML text.

    Raises ValueError for anything that is not TOML, is too large, or is nested too deeply.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} characters")
    if len(text) > MAX_LINE and max(map(len, text.splitlines())) > MAX_LINE:
        raise ValueError(f"a line is longer than {MAX_LINE} characters")
    try:
        return tomli.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def places(text: str) -> Iterator[Place]:
    """Give the place of every key and every array element of a text that `parse` accepted, in order."""
    at, table = 0, ()  # type: tuple[int, Path]
    counts: dict[Path, int] = {}
    while (at := _end(_GAP, text, at)) < len(text):
        if text[at] == "[":
            double = text.startswith("[[", at)
            start = at
            names, at = _key(text, _end(_BLANK, text, at + (2 if double else 1)))
            table = _resolve(names, counts)
            if double:
                number = counts[table] = counts.get(table, -1) + 1
                table = (*table, number)
            yield Place(table, start, start)
            at = text.index("]", at) + (2 if double else 1)
        else:
            start = at
            names, at = _key(text, at)
            at = _end(_BLANK, text, at + 1)
            path = (*table, *names)
            yield Place(path, start, at)
            at = yield from _value(text, at, path)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _resolve(names: tuple[str, ...], counts: Mapping[Path, int]) -> Path:
    """A header below an array of tables means its newest element."""
    path: Path = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if i + 1 < len(names) and path in counts:
            path = (*path, counts[path])
    return path


def _key(text: str, at: int) -> tuple[tuple[str, ...], int]:
    names: list[str] = []
    while True:
        pattern = {'"': _BASIC, "'": _LITERAL}.get(text[at], _BARE)
        stop = _end(pattern, text, at)
        if stop == at:
            raise ValueError(f"no key at offset {at}")
        word = text[at:stop]
        names.append(str(tomli.loads(f"k={word}")["k"]) if word[0] in "\"'" else word)
        at = _end(_BLANK, text, stop)
        if not text.startswith(".", at):
            return tuple(names), at
        at = _end(_BLANK, text, at + 1)


def _value(text: str, at: int, path: Path) -> Generator[Place, None, int]:
    if text.startswith('"""', at):
        return _end(_BASIC_MULTI, text, at)
    if text.startswith("'''", at):
        return _end(_LITERAL_MULTI, text, at)
    if text[at] == '"':
        return _end(_BASIC, text, at)
    if text[at] == "'":
        return _end(_LITERAL, text, at)
    if text[at] == "[":
        at, number = _end(_GAP, text, at + 1), 0
        while text[at] != "]":
            element = (*path, number)
            yield Place(element, at, at)
            at = yield from _value(text, at, element)
            at = _end(_GAP, text, at)
            if text[at] == ",":
                at = _end(_GAP, text, at + 1)
            number += 1
        return at + 1
    if text[at] == "{":
        at = _end(_GAP, text, at + 1)
        while text[at] != "}":
            start = at
            names, at = _key(text, at)
            at = _end(_BLANK, text, at + 1)
            yield Place((*path, *names), start, at)
            at = yield from _value(text, at, (*path, *names))
            at = _end(_GAP, text, at)
            if text[at] == ",":
                at = _end(_GAP, text, at + 1)
        return at + 1
    return _end(_SCALAR, text, at)


def quote(value: str | int | date) -> str:
    """Give a value as TOML writes it. What cannot stand in TOML, a lone surrogate, becomes a replacement character."""
    if not isinstance(value, str):
        return str(value)
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(c, c) if c.isprintable() else _escape(c) for c in value) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def write_text(file: FilePath, text: str) -> None:
    """Write a file atomically: after an interruption the old one stands, whole."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        FilePath(name).chmod(0o644)
        FilePath(name).replace(file)
    except BaseException:
        FilePath(name).unlink(missing_ok=True)
        raise


class Document:
    """A TOML file under strict reading: collects every mistake instead of stopping at the first."""

    def __init__(self, file: str, text: str) -> None:
        """Parse `text`; a text that is no TOML gives one mistake and an empty table."""
        self.file = file
        self.text = text
        self.mistakes: list[Mistake] = []
        self.data: dict[str, Any] = {}
        try:
            self.data = parse(text)
        except ValueError as error:
            found = re.search(r"\(at line (\d+), column \d+\)", str(error))
            what = re.sub(r" \(at (line|end).*\)", "", str(error))
            self.mistakes.append(Mistake(file, int(found[1]) if found else 1, f"not valid TOML: {what}"))

    @cached_property
    def _lines(self) -> dict[Path, int]:
        """Most files have no mistake, so most never need to know where a key stands."""
        lines: dict[Path, int] = {}
        at, line = 0, 1
        for place in places(self.text) if self.data else ():
            line += self.text.count("\n", at, place.key)
            at = place.key
            lines.setdefault(place.path, line)
        return lines

    def line(self, path: Path) -> int:
        """Give the line on which this key, element or table begins, or that of the nearest table around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def table(self) -> Table:
        """Give the whole document as a table."""
        return Table(self, (), self.data)

    def complain(self, path: Path, what: str) -> None:
        """Note a mistake at this key."""
        self.mistakes.append(Mistake(self.file, self.line(path), what))


class Table:
    """One table under strict reading. Ask for every key you know, then call `done` to hear of the others."""

    __slots__ = ("_known", "data", "document", "path")

    def __init__(self, document: Document, path: Path, data: Mapping[str, Any]) -> None:
        self.document = document
        self.path = path
        self.data = data
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def has(self, key: str) -> bool:
        """Is this key there? It is known then, as when it is read: of most keys, most tables have none."""
        self._known.append(key)
        return key in self.data

    def line(self, key: str | None = None) -> int:
        """Give the line of a key, or of the table itself."""
        return self.document.line(self.path if key is None else (*self.path, key))

    def complain(self, what: str, key: str | None = None) -> None:
        """Note a mistake at a key, or at the table itself."""
        self.document.complain(self.path if key is None else (*self.path, key), what)

    def text(self, key: str, *, choices: tuple[str, ...] = (), required: bool = False) -> str | None:
        """Give a string, or None where it is absent or wrong."""
        if not required and not self.has(key):
            return None
        value = self._take(key, str, "a string", required)
        if value is not None and choices and value not in choices:
            self.complain(f"{key}: {value!r} is not one of {', '.join(choices)}{suggest(value, choices)}", key)
            return None
        return value

    def name(self, key: str, *, choices: tuple[str, ...] = ()) -> str:
        """Give a required, non-empty string; an empty one where it is absent or wrong."""
        value = self.text(key, choices=choices, required=True)
        if value is not None and not value.strip():
            self.complain(f"{key}: must not be empty", key)
        return value or ""

    def integer(self, key: str, *, least: int | None = None, most: int | None = None) -> int | None:
        """Give an integer within bounds."""
        value = self._take(key, int, "an integer")
        if value is not None and ((least is not None and value < least) or (most is not None and value > most)):
            bounds = (
                f"at least {least}" if most is None else f"at most {most}" if least is None else f"{least} to {most}"
            )
            self.complain(f"{key}: must be {bounds}, got {value}", key)
            return None
        return value

    def number(self, key: str) -> float | None:
        """Give an integer or a float."""
        value: float | None = self._take(key, (int, float), "a number")  # type: ignore[arg-type]
        return value

    def boolean(self, key: str) -> bool | None:
        """Give true or false."""
        return self._take(key, bool, "true or false")

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Give a date, written without quotes."""
        value = self._take(key, date, "a date, such as 2027-03-31 without quotes", required)
        if isinstance(value, datetime):
            self.complain(f"{key}: must be a date without a time", key)
            return None
        return value

    def texts(self, key: str, *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give a list of strings, in the order in which they stand."""
        values = self._take(key, list, "a list of strings") or []
        good: list[str] = []
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.document.complain((*self.path, key, number), f"{key}: must be a string, got {_kind(value)}")
            elif choices and value not in choices:
                self.document.complain(
                    (*self.path, key, number),
                    f"{key}: {value!r} is not one of {', '.join(choices)}{suggest(value, choices)}",
                )
            else:
                good.append(value)
        return tuple(good)

    def items(self, key: str) -> tuple[object, ...]:
        """Give a list whose elements the caller checks."""
        return tuple(self._take(key, list, "a list") or ())

    def table(self, key: str) -> Table:
        """Give a table; an empty one where it is absent or wrong."""
        return Table(self.document, (*self.path, key), self._take(key, dict, "a table") or {})

    def tables(self, key: str) -> tuple[Table, ...]:
        """Give an array of tables."""
        good: list[Table] = []
        for number, value in enumerate(self._take(key, list, f"an array of tables, [[{key}]]") or []):
            path = (*self.path, key, number)
            if isinstance(value, dict):
                good.append(Table(self.document, path, value))
            else:
                self.document.complain(path, f"{key}: must be a table, got {_kind(value)}")
        return tuple(good)

    def each(self, read: Callable[[Table, str], T | None]) -> dict[str, T]:
        """Read every key of a table whose keys are free, with `read(table, key)`."""
        found = {key: read(self, key) for key in self.data}
        return {key: value for key, value in found.items() if value is not None}

    def done(self) -> None:
        """Complain of every key that nobody asked for."""
        for key in self.data:
            if key not in self._known:
                self.complain(f"unknown key {key!r}{suggest(key, tuple(self._known))}", key)

    def _take(self, key: str, kind: type[T], words: str, required: bool = False) -> T | None:
        self._known.append(key)
        if key not in self.data:
            if required:
                self.complain(f"{key}: is missing")
            return None
        value = self.data[key]
        # In Python True is an integer; in TOML it is not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(f"{key}: must be {words}, got {_kind(value)}", key)
            return None
        return value


def suggest(word: str, known: tuple[str, ...]) -> str:
    """Give " (did you mean 'x'?)" where a known word is near, else nothing."""
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _kind(value: object) -> str:
    names = {str: "a string", bool: "a boolean", int: "an integer", float: "a float", list: "a list", dict: "a table"}
    return next((words for kind, words in names.items() if isinstance(value, kind) and type(value) is kind), "a date")
