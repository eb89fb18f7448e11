"""Hub facts as of a date in one file, for machines that cannot reach the Hub.

The embedded one is rules/snapshot/hub.toml; `freehold snapshot export` writes the same format, and `--snapshot FILE`
reads it. One TOML file, every fact with its source; what is not known is absent, never invented:

    schema = 1
    name = "embedded"                    # how reports call it
    as-of = 2026-11-22                   # the date of every fact below that has none of its own
    seen-as = "token"                    # optional, by an export that was made with a token: anonymous | token

    [[models]]
    id = "Qwen/Qwen2.5-Omni-7B"          # as the Hub spells it; every id once, whatever its case
    availability = "open"                # open | gated | incomplete | no-weights | disabled | withdrawn
    cite = "https://…"                   # the source a person can follow
    as-of = 2026-09-30                   # optional: when this fact was taken
    gate = "manual"                      # optional, not with `open`: auto | manual
    license = "other"                    # optional: the Hub's identifier, as in the tag `license:other`
    license-name = "qwen-research"       # optional: the card's license_name
    license-link = "LICENSE"             # optional: the card's license_link
    bases = ["Qwen/Qwen2.5-7B"]          # optional: what it was made from
    task = "any-to-any"                  # optional: the Hub's pipeline tag
    vendor = "alibaba"                   # optional: id of the rules/vendors file

    # Optional, and in practice only in an export, which saw them on a Hub:
    moved-to = "…"                       # the id to which the Hub redirects this one; of a withdrawn one: another's
    uid = "…"                            # the Hub's permanent `_id`
    commit = "…"
    weights = [{ path = "model.safetensors", size = 9, sha256 = "…" }]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import get_args

from freehold.errors import UsageError
from freehold.rules import insist, rules_dir
from freehold.tomlread import Document, Table
from freehold.types import Availability, Gate, Model, Resolved, SeenAs, Weight
from freehold.vendors.history import Published

SCHEMA = 1
EMBEDDED = "hub.toml"

#: What a Hub can say of a repository. API models stand in rules/vendors, and the other states are no facts.
STATES = tuple(
    state.value
    for state in (
        Availability.OPEN,
        Availability.GATED,
        Availability.INCOMPLETE,
        Availability.NO_WEIGHTS,
        Availability.DISABLED,
        Availability.WITHDRAWN,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a snapshot says of one repository. None = not known."""

    id: str
    availability: Availability
    cite: str
    as_of: date
    seen_as: SeenAs = "anonymous"  # who could see it; what everyone could is said of the embedded facts
    gate: Gate | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    bases: tuple[str, ...] = ()
    task: str | None = None
    vendor: str | None = None
    moved_to: str | None = None
    uid: str | None = None
    commit: str | None = None
    weights: tuple[Weight, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Hub facts, sorted by id. `as_of` is that of the file; each fact has its own."""

    name: str
    as_of: date
    facts: tuple[Known, ...] = field(default=(), repr=False)

    def find(self, id: str) -> Known | None:  # noqa: A002
        """Give what is known of a repository; the Hub does not tell upper from lower case, nor does this."""
        return self._by_id.get(id.lower())

    def published(self) -> Iterator[Published]:
        """Give the weights that anyone can have, behind a gate or not, and those that nobody can any more, for whoever
        looks for them by another name."""
        told = (Availability.OPEN, Availability.GATED, Availability.WITHDRAWN)
        for fact in self.facts:
            if fact.availability in told:
                yield Published(repository=fact.id, availability=fact.availability, source=fact.cite, as_of=fact.as_of)

    @cached_property
    def _by_id(self) -> dict[str, Known]:
        return {fact.id.lower(): fact for fact in self.facts}


def load(path: Path | None = None) -> Snapshot:
    """Read a snapshot; None means the embedded one.

    Raises RulesError when the embedded one is broken, UsageError when the given one is, each with every mistake.
    """
    file = rules_dir() / "snapshot" / EMBEDDED if path is None else path
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the snapshot {file.name}: {error}", "give a file from `freehold snapshot export`"
        ) from None
    document = Document(f"rules/snapshot/{EMBEDDED}" if path is None else str(path), text)
    snapshot = _read(document)
    if path is None:
        insist((document,))
    elif document.mistakes:
        raise UsageError(
            "\n".join(map(str, sorted(document.mistakes))), "write it anew with `freehold snapshot export`"
        )
    return snapshot


def export(models: Iterable[Resolved], *, name: str, endpoint: str, seen_as: SeenAs, as_of: date) -> str:
    """Give the text of a snapshot with what a Hub said of these models; what it did not say is left out.

    API models stand in rules/ already, and a name that nobody found is no fact.
    """
    facts = [
        _known(model, endpoint, seen_as)
        for model in models
        if isinstance(model, Model) and model.origin.source in ("hub", "cache") and model.availability.value in STATES
    ]
    who = seen_as if seen_as == "token" else None
    head = _rows((("schema", SCHEMA), ("name", name), ("as-of", as_of), ("seen-as", who)))
    return head + "".join(f"\n[[models]]\n{_written(fact, as_of)}" for fact in sorted(facts, key=lambda f: f.id))


def _known(model: Model, endpoint: str, seen_as: SeenAs) -> Known:
    declared = model.license
    return Known(
        id=model.name,
        availability=model.availability,
        cite=f"{endpoint}/{model.id or model.name}",
        as_of=model.origin.as_of,
        seen_as=seen_as,
        gate=None if model.availability is Availability.OPEN else model.gate,
        license=declared.tag if declared else None,
        license_name=declared.name if declared else None,
        license_link=declared.link if declared else None,
        bases=model.bases,
        task=model.task,
        vendor=model.vendor,
        moved_to=model.id if model.id != model.name else None,
        uid=model.uid,
        commit=model.commit,
        weights=model.weights,
    )


def _written(fact: Known, as_of: date) -> str:
    rows: list[tuple[str, str | int | date | None]] = [
        ("id", fact.id),
        ("availability", fact.availability.value),
        ("cite", fact.cite),
        ("as-of", fact.as_of if fact.as_of != as_of else None),
        ("gate", fact.gate),
        ("license", fact.license),
        ("license-name", fact.license_name),
        ("license-link", fact.license_link),
        ("task", fact.task),
        ("vendor", fact.vendor),
        ("moved-to", fact.moved_to),
        ("uid", fact.uid),
        ("commit", fact.commit),
    ]
    lines = [_rows(rows)]
    if fact.bases:
        lines.append(f"bases = [{', '.join(map(_value, fact.bases))}]\n")
    if fact.weights:
        lines.append("weights = [\n")
        for weight in fact.weights:
            cells = [("path", weight.path), ("size", weight.size), ("sha256", weight.sha256)]
            lines.append(
                "  { " + ", ".join(f"{key} = {_value(cell)}" for key, cell in cells if cell is not None) + " },\n"
            )
        lines.append("]\n")
    return "".join(lines)


def _rows(rows: Iterable[tuple[str, str | int | date | None]]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in rows if value is not None)


def _value(value: str | int | date) -> str:
    if not isinstance(value, str):
        return str(value)
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in value) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\U{code:08x}"


def _read(document: Document) -> Snapshot:
    top = document.table()
    if (schema := top.integer("schema")) != SCHEMA and not document.mistakes:
        top.complain(f"schema: this freehold reads snapshots of schema {SCHEMA}, got {schema}", "schema")
    name = top.name("name")
    as_of = top.day("as-of", required=True) or date.min
    seen_as: SeenAs = "token" if top.text("seen-as", choices=get_args(SeenAs)) == "token" else "anonymous"
    facts: dict[str, Known] = {}
    for table in top.tables("models"):
        fact = _fact(table, as_of, seen_as)
        if facts.setdefault(fact.id.lower(), fact) is not fact:
            table.complain(f"id: {fact.id!r} stands here twice", "id")
    top.done()
    return Snapshot(name, as_of, tuple(sorted(facts.values(), key=lambda fact: fact.id)))


def _fact(table: Table, as_of: date, seen_as: SeenAs) -> Known:
    gate = table.text("gate", choices=get_args(Gate))
    state = table.name("availability", choices=STATES)
    known = Known(
        id=table.name("id"),
        availability=Availability(state) if state in STATES else Availability.UNKNOWN,
        cite=table.name("cite"),
        as_of=table.day("as-of") or as_of,
        seen_as=seen_as,
        gate="auto" if gate == "auto" else "manual" if gate == "manual" else None,
        license=table.text("license"),
        license_name=table.text("license-name"),
        license_link=table.text("license-link"),
        bases=table.texts("bases"),
        task=table.text("task"),
        vendor=table.text("vendor"),
        moved_to=table.text("moved-to"),
        uid=table.text("uid"),
        commit=table.text("commit"),
        weights=tuple(sorted(map(_weight, table.tables("weights")))),
    )
    if known.gate and known.availability is Availability.OPEN:
        table.complain("gate: an open model has none", "gate")
    table.done()
    return known


def _weight(table: Table) -> Weight:
    weight = Weight(path=table.name("path"), size=table.integer("size", least=0), sha256=table.text("sha256"))
    table.done()
    return weight
