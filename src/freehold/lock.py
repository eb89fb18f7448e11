"""models.lock: what each model was when someone last agreed to it. Read, write, compare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import get_args

from freehold.agreed import Accepted, Change, ChangeKind, Comparison, Lock, Locked
from freehold.errors import LockError
from freehold.source import LOCK
from freehold.tomlread import Document, Table, quote, write_text
from freehold.types import Availability, Gate, LockStatus, Model, Reference, Resolved, Role, SeenAs, Weight

VERSION = 1
NAME = LOCK
_HEAD = f"""\
# What each model was when someone last agreed to it. Written by `freehold lock`, compared by `freehold audit`.
# Review changes here as you review code. What is not known is absent.
version = {VERSION}
"""
_STATES = tuple(a.value for a in Availability if a is not Availability.UNKNOWN)
_GATES: dict[Gate | None, int] = {None: 0, "auto": 1, "manual": 2}
_LOST = (Availability.NO_WEIGHTS, Availability.DISABLED, Availability.WITHDRAWN, Availability.API_ONLY)


def read(file: Path, shown: str = NAME) -> Lock | None:
    """Read a lockfile; None where there is none.

    Raises LockError with every mistake and its line; also for a version of the format that is newer than this program.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(
            f"{shown}: cannot be read: {error.__class__.__name__}", "restore it from version control"
        ) from error
    return parse(text, shown)


def parse(text: str, shown: str = NAME) -> Lock:
    """Read the text of a lockfile. Raises LockError as `read` does."""
    document = Document(shown, text)
    top = document.table()
    version = top.integer("version", least=1)
    if not document.mistakes and version is not None and version > VERSION:
        raise LockError(f"{shown}: has format version {version}, this freehold reads {VERSION}", "update freehold")
    if version is None and not document.mistakes:
        top.complain("version: is missing")
    entries = [_entry(table) for table in top.tables("models")]
    top.done()
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if (key := (entry.ecosystem, entry.name)) in seen:
            document.complain((), f"{entry.name!r} ({entry.ecosystem}) is locked twice")
        seen.add(key)
    if document.mistakes:
        raise LockError(
            "\n".join(map(str, sorted(document.mistakes))), "restore it from version control; it is not overwritten"
        )
    return Lock(path=shown, entries=tuple(sorted(entries, key=_order)))


def _order(entry: Locked) -> tuple[str, str]:
    return entry.ecosystem, entry.name


def _entry(table: Table) -> Locked:
    state = table.text("state", choices=_STATES, required=True)
    gate = table.text("gate", choices=get_args(Gate))
    seen_as = table.text("seen-as", choices=get_args(SeenAs))
    entry = Locked(
        name=table.name("name"),
        ecosystem=table.name("ecosystem"),
        availability=Availability(state or "open"),
        locked_on=table.day("locked-on", required=True) or date.min,
        seen_as=seen_as,  # type: ignore[arg-type]  # one of the choices
        line=table.text("line"),
        vendor=table.text("vendor"),
        id=table.text("id"),
        uid=table.text("_id"),
        commit=table.text("commit"),
        gate=gate,  # type: ignore[arg-type]
        license=table.text("license"),
        license_text_sha256=table.text("license-text-sha256"),
        bases=table.texts("base-models"),
        weights=tuple(sorted(_weight(row) for row in table.tables("weights"))),
        accepted=tuple(_accepted(row) for row in table.tables("accepted")),
        row=table.line(),
    )
    table.done()
    return entry


def _weight(table: Table) -> Weight:
    weight = Weight(path=table.name("path"), size=table.integer("size", least=0), sha256=table.text("sha256"))
    table.done()
    return weight


def _accepted(table: Table) -> Accepted:
    state = table.text("was", choices=_STATES, required=True)
    accepted = Accepted(
        on=table.day("on", required=True) or date.min, was=Availability(state or "open"), change=table.name("change")
    )
    table.done()
    return accepted


def render(lock: Lock) -> str:
    """Give the text of a lockfile: sorted, one table per model, one line per weight file."""
    return _HEAD + "".join(_render(entry) for entry in sorted(lock.entries, key=_order))


def _render(entry: Locked) -> str:
    rows = [
        ("name", entry.name),
        ("ecosystem", entry.ecosystem),
        ("vendor", entry.vendor),
        ("line", entry.line),
        ("id", entry.id),
        ("_id", entry.uid),
        ("commit", entry.commit),
        ("state", entry.availability.value),
        ("gate", entry.gate),
        ("locked-on", entry.locked_on),
        ("seen-as", entry.seen_as),
        ("license", entry.license),
        ("license-text-sha256", entry.license_text_sha256),
    ]
    lines = [f"{key} = {quote(value)}" for key, value in rows if value is not None]
    if entry.bases:
        lines.append(f"base-models = [{', '.join(map(quote, entry.bases))}]")
    weights = [[("path", w.path), ("size", w.size), ("sha256", w.sha256)] for w in sorted(entry.weights)]
    accepted = [[("on", a.on), ("was", a.was.value), ("change", a.change)] for a in entry.accepted]
    for key, tables in (("weights", weights), ("accepted", accepted)):
        if tables:
            body = ["  { " + ", ".join(f"{k} = {quote(v)}" for k, v in row if v is not None) + " }," for row in tables]
            lines += [f"{key} = [", *body, "]"]
    return "\n[[models]]\n" + "\n".join(lines) + "\n"


def write(file: Path, lock: Lock) -> None:
    """Write a lockfile atomically: after an interruption the old one stands, whole."""
    write_text(file, render(lock))


def entry(model: Model, today: date, seen_as: SeenAs | None, accepted: tuple[Accepted, ...] = ()) -> Locked:
    """Give the lock entry that records a model as it is today."""
    return Locked(
        name=model.name,
        ecosystem=model.ecosystem,
        availability=model.availability,
        locked_on=today,
        seen_as=seen_as if model.origin.source in ("hub", "cache") else None,
        line=model.line,
        vendor=model.vendor,
        id=model.id,
        uid=model.uid,
        commit=model.commit,
        gate=model.gate,
        license=model.license.tag if model.license else None,
        license_text_sha256=model.license.text_sha256 if model.license else None,
        bases=model.bases,
        weights=model.weights,
        accepted=accepted,
    )


def compare(lock: Lock | None, models: Iterable[Resolved], references: Iterable[Reference]) -> tuple[Comparison, ...]:
    """Hold every loaded model against its lock entry.

    A locked model with weights that nothing loads any more, while a model of the same line that is not locked is
    API-only, is compared with that successor: design section 5, case (b).
    """
    loads: dict[tuple[str, str], list[Reference]] = {}
    for reference in references:
        if reference.role is Role.LOAD and reference.name is not None:
            loads.setdefault((reference.ecosystem, reference.name), []).append(reference)
    left = [e for e in lock.entries if e.availability.has_weights and _order(e) not in loads] if lock else []
    comparisons = []
    for model in models:
        locked = lock.find(model.ecosystem, model.name) if lock else None
        changes: tuple[Change, ...] = ()
        if isinstance(model, Model) and locked is not None:
            changes = tuple(_changes(locked, model))
        elif isinstance(model, Model) and model.availability is Availability.API_ONLY and model.line is not None:
            predecessors = sorted((e for e in left if e.line == model.line), key=lambda e: (e.locked_on, e.name))
            if predecessors:
                locked = predecessors[-1]
                was = f"{locked.name} ({locked.availability}, locked on {locked.locked_on})"
                changes = (
                    Change(kind=ChangeKind.SUCCESSOR_API_ONLY, was=was, now=f"{model.name} ({model.availability})"),
                )
        comparisons.append(
            Comparison(
                model=model, loads=tuple(loads.get((model.ecosystem, model.name), ())), locked=locked, changes=changes
            )
        )
    return tuple(comparisons)


def status(lock: Lock | None, shown: str, comparisons: Iterable[Comparison]) -> LockStatus:
    """Say what the lockfile has to do with the models that are loaded. A path of the project needs no lock."""
    models = [c.model for c in comparisons if c.loads and c.model.availability is not Availability.LOCAL]
    loaded = {(model.ecosystem, model.name) for model in models}
    locked = {_order(entry) for entry in lock.entries} if lock else set()
    return LockStatus(
        path=lock.path if lock else shown,
        present=lock is not None,
        entries=len(locked),
        oldest=min((entry.locked_on for entry in lock.entries), default=None) if lock else None,
        not_loaded=tuple(sorted(name for _, name in locked - loaded)),
        not_locked=tuple(sorted(name for _, name in loaded - locked)),
    )


def _changes(locked: Locked, model: Model) -> Iterable[Change]:
    was, now = locked.availability, model.availability
    if was.has_weights and now in _LOST:
        yield Change(kind=ChangeKind.WEIGHTS_LOST, was=was, now=now)
    if now is Availability.INCOMPLETE and was is not Availability.INCOMPLETE:
        yield Change(kind=ChangeKind.WEIGHTS_INCOMPLETE, was=was, now=model.reason or now)
    if now is Availability.GATED and _GATES[model.gate] > _GATES[locked.gate]:
        yield Change(kind=ChangeKind.GATE_TIGHTENED, was=locked.gate or "no gate", now=model.gate or "no gate")
    if locked.uid and model.uid and locked.uid != model.uid:
        yield Change(kind=ChangeKind.REPLACED, was=locked.uid, now=model.uid)
    elif model.id and model.id != (locked.id or locked.name):
        yield Change(kind=ChangeKind.RENAMED, was=locked.id or locked.name, now=model.id)
    if locked.commit and model.commit and locked.commit != model.commit:
        yield Change(kind=ChangeKind.BRANCH_MOVED, was=locked.commit, now=model.commit)
    yield from _license_changes(locked, model)
    yield from _weight_changes(locked, model)


def _license_changes(locked: Locked, model: Model) -> Iterable[Change]:
    claim = model.license
    if claim is None:
        return
    if locked.license is not None and claim.tag != locked.license:
        yield Change(kind=ChangeKind.LICENSE_CHANGED, was=locked.license, now=claim.tag or "none declared")
    elif locked.license_text_sha256 and claim.text_sha256 and locked.license_text_sha256 != claim.text_sha256:
        text = (f"text {locked.license_text_sha256[:12]}", f"text {claim.text_sha256[:12]}")
        yield Change(kind=ChangeKind.LICENSE_CHANGED, was=text[0], now=text[1])


def _weight_changes(locked: Locked, model: Model) -> Iterable[Change]:
    """Only what was locked counts: a new file beside the old ones changes nothing for who loads the old ones."""
    if model.availability not in (Availability.OPEN, Availability.GATED) or not model.weights:
        return
    today = {weight.path: weight for weight in model.weights}
    for weight in locked.weights:
        now = today.get(weight.path)
        if now is None:
            yield Change(kind=ChangeKind.WEIGHTS_CHANGED, was=weight.path, now="removed")
        elif weight.sha256 and now.sha256 and weight.sha256 != now.sha256:
            pair = (f"{weight.path} sha256 {weight.sha256[:12]}", f"sha256 {now.sha256[:12]}")
            yield Change(kind=ChangeKind.WEIGHTS_CHANGED, was=pair[0], now=pair[1])
        elif weight.size is not None and now.size is not None and weight.size != now.size:
            yield Change(
                kind=ChangeKind.WEIGHTS_CHANGED, was=f"{weight.path} {weight.size} bytes", now=f"{now.size} bytes"
            )
