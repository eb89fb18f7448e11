"""Reading YAML, JSON, TOML and INI into trees with places (see `nodes`).

YAML comes from libyaml's node graph, JSON and INI from small readers that keep offsets, TOML from `tomlread`. Nothing
is constructed from tags, aliases are visited once, and everything is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import yaml

from freehold import tomlread
from freehold.detect.nodes import Listing, Node, NoTree, Scalar, Table
from freehold.source import Source

#: More nodes than any configuration that people write; an alias bomb has a billion.
MAX_NODES = 200_000
MAX_DEPTH = 100

#: What is no string, where nobody asks for its place.
NOTHING = Scalar(None, 0)

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_spanned: Callable[[re.Match[str]], tuple[int, int]] = re.Match.span
_SPACE = re.compile(r"[ \t\r\n]*")
#: How a value that is a string ends, if no comment stands behind it.
_TEXT = re.compile(rb'"\s*[,\]}]')
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ATOM = re.compile(r"[-+.\w]+")
_DECORATION = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]*(?:\r?\n[ \t]*)?)+")
_BLANK = re.compile(r"\s*")
#: What YAML 1.1 reads as something other than a string, by the first character: nothing, booleans, numbers, dates.
_ATOMIC = {
    first: re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns), re.VERBOSE).match
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (patterns := [pattern for tag, pattern in known if not tag.endswith((":merge", ":value"))])
}
_STRINGS = (None, "!", "tag:yaml.org,2002:str")
_STATEMENT = re.compile(
    r"^[ \t]*\{\{-?[ \t]*(?:if|else|end|range|with|define|include|template|toYaml|\$|/\*)[^\n]*$", re.MULTILINE
)
_INSERTED = re.compile(r"\{\{[^\n{}]*\}\}")
_PAIR = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)[ \t]*:[ \t]+"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s#\"'\[{|>&*][^\n#]*?))[ \t\r]*(?:#[^\n]*)?$",
    re.MULTILINE,
)
_INI = re.compile(
    r"^[ \t]*\[(?P<table>[^\]\n]+)\]|"
    # At the margin a value runs on over indented lines; where keys are indented themselves it does not.
    r"^(?P<key>[^\s=:;#\[][^=:\n]*)[=:][ \t]*(?P<value>[^\n]*(?:\n[ \t]+[^\s#;][^\n]*)*)|"
    r"^[ \t]+(?P<inner>[^\s=:;#\[][^=:\n]*)[=:][ \t]*(?P<text>[^\n]*)",
    re.MULTILINE,
)


def read(source: Source, kind: str) -> tuple[Node, ...]:
    """Read every document of a file: `yaml`, `json`, `toml` or `ini`.

    Raises NoTree, and nothing else, for whatever the file holds.
    """
    readers: dict[str, Callable[[Source], tuple[Node, ...]]] = {
        "yaml": _yaml,
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


# ── YAML ──────────────────────────────────────────────────────────────────────


def _yaml(source: Source) -> tuple[Node, ...]:
    if "\0" in source.text:
        raise NoTree("not text")
    try:
        return _documents(source, source.text)
    except yaml.YAMLError:
        if "{{" not in source.text:
            raise
    # A template of Helm or Jinja: what it inserts is not knowable, but all around it is. Lengths and places stay.
    text = _STATEMENT.sub(lambda m: " " * len(m[0]), source.text)
    text = _INSERTED.sub(lambda m: "_" * len(m[0]), text)
    try:
        return _documents(source, text)
    except yaml.YAMLError:
        return _lines(source, text)


def _lines(source: Source, text: str) -> tuple[Node, ...]:
    """Keys and values of a template that gives no structure before it is rendered."""
    entries = []
    for number, found in enumerate(_PAIR.finditer(text)):
        if number == MAX_NODES:
            raise NoTree(f"more than {MAX_NODES} lines", source.at(found.start()).line)
        group = next(g for g in ("double", "single", "bare") if found[g] is not None)
        entries.append((Scalar(found["key"], found.start("key")), Scalar(found[group], found.start(group))))
    return (Table(tuple(entries), 0),)


def _documents(source: Source, text: str) -> tuple[Node, ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return tuple(_Yaml(source, loader).documents())
    finally:
        loader.dispose()


class _Yaml:
    """Builds trees from the parser's events: an alias is never expanded, so a bomb costs what it is long. An alias to
    a string is that string, at the place where it was written."""

    def __init__(self, source: Source, loader: Any) -> None:
        self.source = source
        self.text = source.text
        self.event = loader.get_event
        self.anchors: dict[str, Scalar] = {}
        self.nodes = 0

    def documents(self) -> Iterator[Node]:
        while (event := self.event()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
            elif isinstance(event, yaml.NodeEvent):
                yield self.node(event, 0)

    def node(self, event: Any, depth: int) -> Node:
        self.nodes += 1
        mark = event.start_mark
        if self.nodes > MAX_NODES:
            raise NoTree(f"more than {MAX_NODES} nodes", mark.line + 1)
        if depth > MAX_DEPTH:
            raise NoTree("nested too deeply", mark.line + 1)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self.scalar(event, mark.index)
        if kind is yaml.AliasEvent:
            return self.anchors.get(event.anchor or "") or Scalar(None, mark.index)
        listed = kind is yaml.SequenceStartEvent
        inside = self.inside(yaml.SequenceEndEvent if listed else yaml.MappingEndEvent, depth + 1)
        if listed:
            return Listing(tuple(inside), mark.index)
        keys = [k if isinstance(k, Scalar) else Scalar(None, k.at) for k in inside[::2]]
        return Table(tuple(zip(keys, inside[1::2], strict=True)), mark.index)

    def inside(self, end: type, depth: int) -> list[Node]:
        """Most nodes are plain strings and numbers: they are made here."""
        found: list[Node] = []
        get, text, scalar_event = self.event, self.text, yaml.ScalarEvent
        while (kind := type(event := get())) is not end:
            if kind is not scalar_event or event.style or event.tag or event.anchor or depth > MAX_DEPTH:
                found.append(self.node(event, depth))
                continue
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise NoTree(f"more than {MAX_NODES} nodes", event.start_mark.line + 1)
            value = event.value
            if (atomic := _ATOMIC.get(value[:1])) is not None and atomic(value):
                found.append(NOTHING)
            else:
                at = event.start_mark.index
                found.append(Scalar(value, at, text.startswith(value, at)))
        return found

    def scalar(self, event: Any, at: int) -> Scalar:
        """Places of what has an anchor or a tag begin there."""
        if event.tag is None and event.anchor is None:
            return self.text_of(event, at)
        begin = _DECORATION.match(self.text, at)
        at = begin.end() if begin else at
        # `!Ref Model`, `!env NAME`, `!!null ''`: what is written is not what is meant.
        scalar = self.text_of(event, at) if event.tag in _STRINGS else Scalar(None, at)
        if event.anchor is not None:
            self.anchors[event.anchor] = scalar
        return scalar

    def text_of(self, event: Any, at: int) -> Scalar:
        value, style = event.value, event.style
        if style == "'" or style == '"':
            return Scalar(value, at + 1, self.text.startswith(value, at + 1))
        if style == "|" or style == ">":
            return self.block(value, at, style)
        if (atomic := _ATOMIC.get(value[:1])) is not None and atomic(value):
            return NOTHING
        return Scalar(value, at, self.text.startswith(value, at))

    def block(self, value: str, at: int, style: str) -> Scalar:
        """The place of a block is that of its first character."""
        body = self.text.find("\n", at) + 1
        begin = _BLANK.match(self.text, body)
        first = begin.end() if body and begin else at
        row = self.source.at(body).line if body and style == "|" else 0
        lead = len(value) - len(value.lstrip("\n "))
        column = self.source.at(first).column - 1 - (lead - value.rfind("\n", 0, lead) - 1)
        return Scalar(value, first, False, row, max(column, 0))


# ── JSON ──────────────────────────────────────────────────────────────────────


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
    """RFC 8259, and what editors write besides: comments and trailing commas."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.nodes = 0
        self.end = 0

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
        if first == '"':
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
            if not self.text.startswith('"', at):
                raise self.fail("a key is missing", at)
            key = self.string(at)
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
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value, at = value[1:-1], at + 1
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
