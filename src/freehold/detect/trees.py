"""Reading YAML, JSON, TOML and INI into trees with places (see `nodes`).

YAML comes from libyaml's events, JSON from the standard library's parser or a small reader that keeps offsets, INI from
another, TOML from `tomlread`. Nothing is constructed from tags, aliases are visited once, and everything is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import yaml

from freehold import tomlread
from freehold.detect import yaml_trees
from freehold.detect.nodes import MAX_DEPTH, MAX_NODES, NOTHING, Listing, Node, NoTree, Scalar, Table
from freehold.source import Source

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_spanned: Callable[[re.Match[str]], tuple[int, int]] = re.Match.span
_SPACE = re.compile(r"[ \t\r\n]*")
#: How a value that is a string ends, if no comment stands behind it.
_TEXT = re.compile(rb'"\s*[,\]}]')
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ATOM = re.compile(r"[-+.\w]+")
_INI = re.compile(
    r"^[ \t]*\[(?P<table>[^\]\n]+)\]|"
    # At the margin a value runs on over indented lines; where keys are indented themselves it does not.
    r"^(?P<key>[^\s=:;#\[][^=:\n]*)[=:][ \t]*(?P<value>[^\n]*(?:\n[ \t]+[^\s#;][^\n]*)*)|"
    r"^[ \t]+(?P<inner>[^\s=:;#\[][^=:\n]*)[=:][ \t]*(?P<text>[^\n]*)",
    re.MULTILINE,
)
_SINGLE = re.compile(r"'((?:[^'\\\n]|\\.){0,100000})'")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")

#: Where a value is put in, and no text: behind a colon, a comma or a bracket.
_PUT = re.compile(
    r"(?<=[:,\[ ])(?:\$(?:\w{1,80}|\{[^{}\"]{1,80}\}|\([^()\"]{1,200}\))|\{\{[^{}\n]{0,200}\}\})(?=[ \t\n]{0,80}[,}\]])"
)


def read(source: Source, kind: str) -> tuple[Node, ...]:
    """Read every document of a file: `yaml`, `json`, `toml` or `ini`.

    Raises NoTree, and nothing else, for whatever the file holds.
    """
    readers: dict[str, Callable[[Source], tuple[Node, ...]]] = {
        "yaml": yaml_trees.read,
        "json": _json,
        "toml": _toml,
        "ini": _ini,
    }
    try:
        return readers[kind](source)
    except (RecursionError, MemoryError) as error:
        raise NoTree("nested too deeply") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "cannot be read"
        raise NoTree(f"not valid YAML: {what}", 1 if mark is None else mark.line + 1) from error


# ── JSON ──────────────────────────────────────────────────────────────────────


def filled(text: str) -> str:
    """JSON into which a shell or a template is yet to put values: `{"messages": $MESSAGES}`, `{"messages": {{ messages
    }}}`. Nothing that stands in it moves."""
    return _PUT.sub(lambda m: "0".ljust(len(m[0])), text) if "$" in text or "{{" in text else text


def numbers(source: Source) -> bool:
    """Is this valid JSON in which only keys are strings, as tables of tuned parameters are? Then nothing in it is a
    name, and no places are needed. False where that is not certain at once."""
    data = source.data
    if _TEXT.search(data) or len(data) > MAX_NODES or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        return False
    try:
        json.loads(source.text)
    except (ValueError, RecursionError):
        return False
    return True


def _json(source: Source) -> tuple[Node, ...]:
    try:
        return (_Strict(source.text).tree(),)
    except (ValueError, RecursionError):
        pass  # with comments, or not JSON, or too much: said with its place
    reader = _Json(source)
    node = reader.value(reader.skip(0), 0)
    if (end := reader.skip(reader.end)) < len(source.text):
        raise reader.fail("text behind its end", end)
    return (node,)


class _Strict:
    """RFC 8259, by the parser of the standard library. It tells no places; but it takes every string, so that they are
    those of the strings of the text, one after the other."""

    def __init__(self, text: str) -> None:
        if text.count(",") + text.count("{") + text.count("[") >= MAX_NODES:
            raise ValueError("perhaps too many nodes")
        self.value = json.loads(text, object_pairs_hook=tuple, strict=False)
        self.strings = map(_spanned, _STRING.finditer(text))

    def tree(self) -> Node:
        return self.node(self.value, 0)

    def node(self, value: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        kind = type(value)
        if kind is str:
            return self.string(value)
        if kind is tuple:
            return Table(tuple([(self.string(key), self.node(inner, depth + 1)) for key, inner in value]), 0)
        if kind is list:
            return Listing(tuple([self.node(inner, depth + 1) for inner in value]), 0)
        return NOTHING

    def string(self, value: str) -> Scalar:
        begin, end = next(self.strings)
        return Scalar(value, begin + 1, end - begin - 2 == len(value))


class _Json:
    """RFC 8259, and what editors write besides: comments and trailing commas; in JSON5 keys without quotes, too, and
    strings in single ones."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.nodes = 0
        self.end = 0
        self.loose = source.name.endswith(".json5")

    def fail(self, what: str, at: int) -> NoTree:
        return NoTree(f"not valid JSON: {what}", self.source.at(min(at, len(self.text))).line)

    def skip(self, at: int) -> int:
        while True:
            at = _SPACE.match(self.text, at).end()  # type: ignore[union-attr]
            if not self.text.startswith("/", at):
                return at
            if (comment := _COMMENT.match(self.text, at)) is None:
                raise self.fail("unexpected '/'", at)
            at = comment.end()

    def string(self, at: int) -> Scalar:
        if self.loose and (single := _SINGLE.match(self.text, at)) is not None:
            self.end = single.end()
            return Scalar(single[1], at + 1, "\\" not in single[1])
        try:
            text, self.end = scanstring(self.text, at + 1, False)
        except (json.JSONDecodeError, ValueError) as error:
            raise self.fail("unterminated string", at) from error
        return Scalar(text, at + 1, self.end - at - 2 == len(text))

    def value(self, at: int, depth: int) -> Node:
        """Read the value at an offset; `self.end` is behind it afterwards."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise NoTree(f"more than {MAX_NODES} nodes", self.source.at(at).line)
        if depth > MAX_DEPTH:
            raise NoTree("nested too deeply", self.source.at(at).line)
        first = self.text[at : at + 1]
        if first == '"' or (first == "'" and self.loose):
            return self.string(at)
        if first == "{":
            return Table(tuple(self.entries(at, depth)), at)
        if first == "[":
            return Listing(tuple(self.items(at, depth)), at)
        atom = _ATOM.match(self.text, at)
        if atom is None:
            raise self.fail("a value is missing", at)
        self.end = atom.end()
        return Scalar(None, at)

    def entries(self, at: int, depth: int) -> Iterator[tuple[Scalar, Node]]:
        at = self.skip(at + 1)
        while not self.text.startswith("}", at):
            if self.loose and (word := _WORD.match(self.text, at)) is not None:
                key, self.end = Scalar(word[0], at), word.end()
            elif self.text.startswith(('"', "'") if self.loose else '"', at):
                key = self.string(at)
            else:
                raise self.fail("a key is missing", at)
            at = self.skip(self.end)
            if not self.text.startswith(":", at):
                raise self.fail("':' is missing", at)
            yield key, self.value(self.skip(at + 1), depth + 1)
            at = self.next(self.end, "}")
        self.end = at + 1

    def items(self, at: int, depth: int) -> Iterator[Node]:
        at = self.skip(at + 1)
        while not self.text.startswith("]", at):
            yield self.value(at, depth + 1)
            at = self.next(self.end, "]")
        self.end = at + 1

    def next(self, at: int, closing: str) -> int:
        at = self.skip(at)
        if self.text.startswith(",", at):
            return self.skip(at + 1)
        if not self.text.startswith(closing, at):
            raise self.fail(f"',' or '{closing}' is missing", at)
        return at


# ── TOML, INI ─────────────────────────────────────────────────────────────────


def _toml(source: Source) -> tuple[Node, ...]:
    try:
        data = tomlread.parse(source.text)
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        what = re.sub(r" \(at (line|end).*\)", "", str(error))
        raise NoTree(f"not valid TOML: {what}", int(found[1]) if found else 1) from error
    # Freehold's own settings name the models that they waive or count; nothing loads them from there.
    if source.name == "freehold.toml":
        return ()
    if source.name == "pyproject.toml" and isinstance(data.get("tool"), dict):
        data["tool"].pop("freehold", None)
    places = {place.path: (place.key, place.value) for place in tomlread.places(source.text)}
    return (_toml_node(data, (), places, source.text),)


def _toml_node(value: object, path: tomlread.Path, places: dict[tomlread.Path, tuple[int, int]], text: str) -> Node:
    _, at = places.get(path, (0, 0))
    if isinstance(value, dict):
        return Table(
            tuple(
                (Scalar(key, places.get((*path, key), (at, at))[0]), _toml_node(inner, (*path, key), places, text))
                for key, inner in value.items()
            ),
            at,
        )
    if isinstance(value, list):
        return Listing(tuple(_toml_node(inner, (*path, i), places, text) for i, inner in enumerate(value)), at)
    if not isinstance(value, str):
        return Scalar(None, at)
    quotes = 3 if text.startswith(('"""', "'''"), at) else 1
    begin = at + quotes
    if quotes == 3 and text.startswith(("\n", "\r\n"), begin):
        begin = text.index("\n", begin) + 1
    return Scalar(value, begin, text.startswith(value, begin))


def _ini(source: Source) -> tuple[Node, ...]:
    """Sections with `key = value` or `key: value` lines."""
    top: list[tuple[Scalar, Node]] = []
    current: list[tuple[Scalar, Node]] = top
    tables: list[tuple[Scalar, list[tuple[Scalar, Node]]]] = []
    for number, found in enumerate(_INI.finditer(source.text)):
        if number > MAX_NODES:
            raise NoTree(f"more than {MAX_NODES} lines", source.at(found.start()).line)
        if found["table"] is not None:
            current = []
            tables.append((Scalar(found["table"].strip(), found.start("table")), current))
            continue
        key, group = ("key", "value") if found["key"] is not None else ("inner", "text")
        value, at = found[group].rstrip(), found.start(group)
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]:
            value, at = value[1:-1], at + 1  # systemd has several texts in quotes
        current.append((Scalar(found[key].rstrip(), found.start(key)), Scalar(value, at)))
    if source.name.endswith(".properties"):
        return (_nested(top),)
    return (Table((*top, *((name, Table(tuple(entries), name.at)) for name, entries in tables)), 0),)


def _nested(entries: list[tuple[Scalar, Node]]) -> Table:
    """Java's properties: `a.b.c=v` is `c` below `b` below `a`."""
    root: dict[str, Any] = {}
    for key, value in entries:
        *outer, last = (key.text or "").split(".", MAX_DEPTH // 2)
        inside = root
        for part in outer:
            inside = inside.setdefault(f"{part}.", {})  # no key ends in a dot: a table beside a value of its name
        inside[last] = (key, value)
    return _table(root)


def _table(inside: dict[str, Any]) -> Table:
    pairs: list[tuple[Scalar, Node]] = []
    for name, found in inside.items():
        if isinstance(found, dict):
            table = _table(found)
            pairs.append((Scalar(name.removesuffix("."), table.at), table))
        else:
            pairs.append((Scalar(name, found[0].at), found[1]))
    return Table(tuple(pairs), pairs[0][0].at if pairs else 0)
