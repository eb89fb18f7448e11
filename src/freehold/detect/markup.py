"""Markup of pages and components: what a `<select>` offers as a model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import offered
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

MAX_BYTES = 1_000_000
_ENDINGS = (".html", ".htm", ".vue", ".svelte", ".astro", ".ejs", ".hbs", ".jinja", ".jinja2")
_PART = re.compile(
    r"(?P<hidden><!--|<script\b)|"
    r"<(?P<element>/?select(?![.-])|[\w-]{0,40}option|[\w.]{1,40}(?:Option|Item))\b(?P<inside>[^<>]{0,1000})",
    re.IGNORECASE,
)
_OFFERS = re.compile(rb"<[\w.-]{0,40}(?:[oO]ption|Item)\b|:(?:items|options)=\"\[")
_ENDS = {"<!--": "-->", "<script": "</script"}
_VALUE = re.compile(r"\bvalue\s*=\s*([\"'])(?P<bound>['`]?)(?P<text>[^\"'`\s]{2,200})(?P=bound)\1")
#: A list in an attribute that is bound to an expression, `:items="['…', '…']"`, and what it holds.
_LISTED = re.compile(r"(?<=:)(?:items|options)=\"(?P<list>\[[^\"]{0,4000}\])\"")
_HELD = re.compile(r"['`](?P<text>[^'`\s]{2,200})['`]")
#: `<option>gpt-…</option>`: without a value, the text is it.
_TEXT = re.compile(r">\s*(?P<text>[^\s<>{}]{2,200})\s*</")
_NAMED = re.compile(r"(?<![\w-])(?:id|name|v-model|bind:value|formControlName)\s*=\s*[\"'{]([\w.-]{1,100})[\"'}]")


def wants(source: Source) -> bool:
    """By ending, and only with something to choose from."""
    few = source.name.lower().endswith(_ENDINGS) and len(source.data) <= MAX_BYTES
    return few and _OFFERS.search(source.data) is not None


def find(source: Source, calls: Calls) -> Found:
    """Give the options that name models."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    offer(source.text, 0, notes)
    return notes.found()


def offer(text: str, start: int, notes: Notes) -> None:
    """Note the options of a page, or of a part that begins there: any where the element says that it chooses a model,
    else those that are known."""
    rule = None
    for bound in _LISTED.finditer(text):
        for held in _HELD.finditer(text, bound.start("list"), bound.end("list")):
            if (name := offered(held["text"])) is not None and not notes.full:
                notes.add(name, held["text"], start + held.start("text"), "option", notes.role)
    for element, inside, at in _elements(text):
        choice = not element.endswith("select")
        if not choice:
            named = _NAMED.search(inside) if element == "select" else None
            rule = notes.calls.key(named[1], "javascript") if named is not None else None
        value = _VALUE.search(inside) if choice else None
        if value is None and choice:
            value = _TEXT.match(text, at + len(inside))
        if value is None or notes.full:
            continue
        there = start + value.start("text") + (at if value.string is inside else 0)
        if rule is not None and notes.value(value["text"], there, "option", rule):
            continue
        if (name := offered(value["text"])) is not None:
            notes.add(name, value["text"], there, "option", notes.role)


def _elements(text: str) -> Iterator[tuple[str, str, int]]:
    """Name, attributes and where these begin; nothing that stands in a comment or a script."""
    at = 0
    while (part := _PART.search(text, at)) is not None:
        at = part.end()
        if part["hidden"] is not None:
            at = text.find(_ENDS[part["hidden"].lower()], at)
            if at < 0:
                return
        else:
            yield part["element"].lower(), part["inside"], part.start("inside")
