"""One license on one screen, as values: what it allows, asks and forbids, what stays open, and from which source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from freehold.licenses.catalog import ANSWERS, Duty, Fact, License, Status, Threshold, Topic

Part: TypeAlias = Literal["allows", "asks", "forbids", "conditions", "good to know", "unverified"]
PARTS: Final[tuple[Part, ...]] = ("allows", "conditions", "asks", "forbids", "good to know", "unverified")

_WORDS: Final[dict[Topic, str]] = {
    "commercial": "commercial use",
    "territory": "territory",
    "use-policy": "use policy",
    "outputs": "training other models on its outputs",
    "derivatives": "published derivatives",
    "hosting": "offering it as a service",
    "text": "changes of the license",
    "remote-restriction": "remote restriction",
    "revocation": "end of the license",
    "afterwards": "when the vendor stops",
    "patents": "patents",
    "law": "law",
}
#: What "none" means: nothing is held back.
_NOTHING: Final[dict[Topic, str]] = {"territory": "no limit", "use-policy": "there is none", "remote-restriction": "no"}
#: By topic: how many of its answers, from the mildest, allow; how many of the others are conditions; the rest forbids.
_SCALE: Final[dict[Topic, tuple[int, int]]] = {
    "commercial": (1, 2),
    "territory": (2, 0),
    "outputs": (2, 3),
    "derivatives": (2, 3),
    "hosting": (2, 2),
}
_WHEN: Final = {
    "always": "",
    "distribute": "when you pass it on: ",
    "derive": "when you publish a derivative: ",
    "host": "when you offer it as a service: ",
    "train": "when you train on its outputs: ",
    "commercial": "for commercial use: ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that a license says. Anything but `verified` decides nothing, and says so."""

    text: str
    status: Status
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A license for a person: the parts are in the order of `PARTS`, empty ones are left out."""

    id: str
    title: str
    expression: str | None
    categories: tuple[str, ...]
    version: str | None
    source: str
    checked_on: date
    parts: tuple[tuple[Part, tuple[Line, ...]], ...]
    notes: tuple[str, ...]
    carriers: tuple[str, ...]


def sheet(terms: License) -> Sheet:
    """Give the screen of one license."""
    lines: dict[Part, list[Line]] = {part: [] for part in PARTS}
    said: Iterable[Fact | Threshold | Duty] = (*terms.facts, *terms.thresholds, *terms.duties)
    for one in said:
        part, text = _place(one)
        part = part if one.status == "verified" else "unverified"
        lines[part].append(Line(text=text, status=one.status, source=one.source))
    return Sheet(
        id=terms.id,
        title=terms.title,
        expression=terms.expression,
        categories=terms.categories,
        version=terms.version,
        source=terms.source,
        checked_on=terms.checked_on,
        parts=tuple((part, tuple(lines[part])) for part in PARTS if lines[part]),
        notes=terms.notes,
        carriers=tuple(carrier.models for carrier in terms.carriers),
    )


def _place(said: Fact | Threshold | Duty) -> tuple[Part, str]:
    if isinstance(said, Threshold):
        return "conditions", said.text
    if isinstance(said, Duty):
        return "asks", _WHEN[said.when] + said.text
    text = f"{_WORDS[said.topic]}: {_NOTHING.get(said.topic, said.text) if said.text == 'none' else said.text}"
    if said.topic == "use-policy" and said.answer != "none":
        return "asks", text
    if said.topic not in _SCALE or said.answer == "unknown":
        return "good to know", text
    rank, (mild, conditional) = ANSWERS[said.topic].index(said.answer), _SCALE[said.topic]
    return "allows" if rank < mild else "conditions" if rank < mild + conditional else "forbids", text
