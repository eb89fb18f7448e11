"""Reading YAML: libyaml's events become trees with places; templates of Helm and Jinja as far as they are knowable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from freehold.detect.nodes import MAX_DEPTH, MAX_NODES, NOTHING, Listing, Node, NoTree, Scalar, Table
from freehold.detect.variables import inserted
from freehold.source import Source

_DECORATION = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]*(?:\r?\n[ \t]*)?)+")
_BLANK = re.compile(r"\s*")
#: What YAML 1.1 reads as something other than a string, by the first character: nothing, booleans, numbers, dates.
_ATOMIC = {
    first: re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns), re.VERBOSE).match
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (patterns := [pattern for tag, pattern in known if not tag.endswith((":merge", ":value"))])
}
#: CloudFormation's `!Sub` inserts names into what is written.
_STRINGS = (None, "!", "!Sub", "tag:yaml.org,2002:str")
_STATEMENT = re.compile(
    r"^[ \t]*\{\{-?[ \t]*(?:if|else|end|range|with|define|include|template|toYaml|\$|/\*)[^\n]*$", re.MULTILINE
)
_INSERTED = re.compile(r"\{\{[^\n{}]*\}\}")
_PAIR = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)[ \t]*:[ \t]+"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s#\"'\[{|>&*][^\n#]*?))[ \t\r]*(?:#[^\n]*)?$",
    re.MULTILINE,
)


def read(source: Source) -> tuple[Node, ...]:
    """Read every document of a file. Raises NoTree and the parser's errors."""
    if "\0" in source.text:
        raise NoTree("not text")
    written = inserted(source.text)
    try:
        return _documents(source, written)
    except yaml.YAMLError:
        if "{{" not in source.text:
            raise
    # A template of Helm or Jinja: what it inserts is not knowable, but all around it is. Lengths and places stay.
    text = _STATEMENT.sub(lambda m: " " * len(m[0]), written)
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
