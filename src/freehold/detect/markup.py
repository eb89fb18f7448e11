"""Markup of pages and components: what a `<select>` offers as a model, what a field for one holds, what an attribute
that is called so says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from freehold.detect.calls import Calls, Key
from freehold.detect.found import Found
from freehold.detect.names import offered
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

MAX_BYTES = 1_000_000
_ENDINGS = (".html", ".htm", ".vue", ".svelte", ".astro", ".ejs", ".hbs", ".jinja", ".jinja2")
_PART = re.compile(
    r"(?P<hidden><!--|<script\b)|<(?P<element>/?[A-Za-z][\w.:-]{0,60})(?P<inside>[^<>]{0,1000})", re.IGNORECASE
)
_OFFERS = re.compile(
    rb"<[\w.-]{0,40}(?:[oO]ption|Item|[rR]adio[\w-]{0,20})\b|:(?:items|options)=\"\[|"
    rb"(?:\b(?:id|name)\s*=\s*[\"'][\w.-]{0,40}|[\s:-])[mM]odel[\w-]{0,20}\s*(?:=\s*)?[\"']"
)
_ENDS = {"<!--": "-->", "<script": "</script"}
_CHOICE = re.compile(r"[\w-]{0,40}option|[\w.]{1,40}(?:option|item)|[\w-]{0,40}radio[\w-]{0,20}")
#: `name="…"`, and `:name="'…'"` in Vue.
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<bound>:|v-bind:)?(?:data-)?(?P<name>[A-Za-z][\w-]{0,60})\s*=\s*"
    r"([\"'])(?(bound)(?P<inner>['`]))(?P<text>[^\"'`\s]{2,200})(?(bound)(?P=inner))\3"
)
#: `<option>gpt-…</option>`: without a value, the text is it.
_TEXT = re.compile(r">\s*(?P<text>[^\s<>{}]{2,200})\s*</")
_NAMED = re.compile(
    r"(?<![\w-])(?:id|name|v-model|bind:value|formControlName)\s*=\s*[\"'{](?:[\w]{1,60}\.)*([\w-]{1,100})[\"'}]"
)
#: A list in an attribute that is bound to an expression, `:items="['…', '…']"`, and what it holds.
_LISTED = re.compile(r"(?<=:)(?:items|options)=\"(?P<list>\[[^\"]{0,4000}\])\"")
_HELD = re.compile(r"['`](?P<text>[^'`\s]{2,200})['`]")


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
    else those that are known. What an attribute or a field is called says so, too."""
    asked: Key | None = None
    for bound in _LISTED.finditer(text):
        for held in _HELD.finditer(text, bound.start("list"), bound.end("list")):
            _note(held["text"], start + held.start("text"), None, notes)
    for element, inside, at in _elements(text):
        named = _NAMED.search(inside) if element.endswith(("select", "input")) else None
        own = notes.calls.key(named[1], "javascript") if named is not None else None
        if element.endswith("select"):
            asked = own
        choice = _CHOICE.fullmatch(element) is not None
        value: re.Match[str] | None = None
        for attribute in _ATTRIBUTE.finditer(inside) if not notes.full else ():
            if attribute["name"] == "value":
                value = attribute
            elif (rule := notes.calls.key(attribute["name"], "javascript")) is not None and rule.kind == "model":
                _told(attribute["text"], start + at + attribute.start("text"), rule, notes)
        if value is None and choice and element.endswith("option"):
            value = _TEXT.match(text, at + len(inside))
        if value is None or notes.full:
            continue
        there = start + value.start("text") + (at if value.string is inside else 0)
        if choice:
            _note(value["text"], there, asked, notes)
        elif own is not None and own.kind == "model":
            _told(value["text"], there, own, notes)
        elif element == "input" and "radio" in inside:
            _note(value["text"], there, None, notes)


def _note(text: str, at: int, rule: Key | None, notes: Notes) -> None:
    """What can be chosen."""
    if (rule is None or not notes.value(text, at, "option", rule)) and (name := offered(text)) is not None:
        notes.add(name, text, at, "option", notes.role)


def _told(text: str, at: int, rule: Key, notes: Notes) -> None:
    """What a field or an attribute for a model holds, which may be a word of the page's own."""
    notes.value(text, at, "option", replace(rule, telling=False))


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
