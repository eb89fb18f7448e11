"""What an expression can turn out to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from freehold.types import Location

#: How a text is come by that stands in settings in code, where nobody says that these are meant.
HELD = "held"


@dataclass(frozen=True, slots=True)
class Value:
    """A text that an expression can be, and where it is written."""

    text: str
    at: Location
    how: str
    written: str = ""  # where the text is only a part of what is written
    parts: tuple[Value, ...] = ()  # what it is put together from, but for what stands in the same expression


@dataclass(frozen=True, slots=True)
class Hole:
    """Something an expression can be that is not written anywhere we can see. `keys`: the settings it is read from;
    `callee`: the call that makes it."""

    reason: str
    keys: tuple[str, ...] = ()
    callee: str = ""
    flag: bool = False  # the last key is a flag of the program
    more: bool = False  # there are others, and these are told


@dataclass(frozen=True, slots=True)
class Cut:
    """How a text is split: by lines, words (no separator) or a separator (None: by something unknown); and which part
    is meant, or each."""

    separator: str | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """What callers give: a parameter of a function, or a field of a class, of the project's own."""

    module: str
    scope: int
    name: str
    joined: bool = False  # it is only a part of the name
    cut: Cut | None = field(default=None, compare=False)  # the name is only a part of it
    short: frozenset[str] = field(default=frozenset(), compare=False)  # words that stand for something else


Outcome: TypeAlias = Value | Hole | Given

_SETTING = re.compile(r"(?:[a-z]+[_.])*(?:model|llm|deployment)(?:_(?:name|id|key))?", re.IGNORECASE)


def names_setting(text: str) -> bool:
    """Is it how a setting is called under which models stand: `CHAT_MODEL`, `llm.model_name`?"""
    return _SETTING.fullmatch(text) is not None


def asked_for(outcome: Outcome) -> Outcome:
    """Give a name of a setting as what nobody knows: whoever is given it looks it up."""
    if isinstance(outcome, Value) and names_setting(outcome.text):
        return Hole(f"given by `{outcome.text}` at run time", (outcome.text,))
    return outcome


def pieces(value: Value, separator: str, *, each: bool) -> list[Value]:
    """Give the parts of a text that is split: lines, words (no separator), or what stands between separators. If
    each is a name, it counts where it is written."""
    at = value.at
    if separator == "\n" and at.cell is None:
        found: list[Value] = []
        for number, row in enumerate(value.text.split("\n")):
            column = len(row) - len(row.lstrip()) + (1 if number else at.column)
            found.append(replace(value, text=row.strip(), at=replace(at, line=at.line + number, column=column)))
        return [one for one in found if one.text]
    parts = value.text.split(separator or None)
    if len(parts) == 1 or value.written or not each:
        return [replace(value, text=part.strip(), written=value.written or value.text) for part in parts]
    found, begin = [], 0
    for part in parts:
        begin = value.text.index(part, begin)
        column = at.column + begin + len(part) - len(part.lstrip())
        found.append(replace(value, text=part.strip(), at=replace(at, column=column), written=part.strip()))
        begin += len(part)
    return found


def split(outcome: Outcome, cut: Cut) -> list[Outcome]:
    """Give what an outcome comes to where it is split."""
    if isinstance(outcome, Given):
        return [replace(outcome, cut=cut)]
    if not isinstance(outcome, Value):
        return [outcome]
    parts = pieces(outcome, cut.separator, each=cut.number is None) if cut.separator is not None else []
    return [*(parts if cut.number is None else parts[cut.number : cut.number + 1 or None])]


def beyond(outcomes: Iterable[Outcome], short: frozenset[str]) -> Iterator[Outcome]:
    """Give these but for the words that stand for something else: `SHORT.get(name, name)`."""
    for outcome in outcomes:
        if isinstance(outcome, Given) and short:
            yield replace(outcome, short=short)
        elif not isinstance(outcome, Value) or outcome.text not in short:
            yield outcome


def passed_on(given: Given, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Give what a parameter is where callers give these for it. What cannot be split is taken whole: often it is only
    split if it can be."""
    for outcome in map(asked_for, beyond(outcomes, given.short)):
        yield from (split(outcome, given.cut) or [outcome]) if given.cut is not None else [outcome]


def first_given(outcomes: Iterable[Outcome]) -> str:
    """Name the first parameter among them."""
    return next((o.name for o in outcomes if isinstance(o, Given)), "an argument")
