"""What `freehold lock` records: today's models, except for changes for the worse that nobody accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from freehold import lock as locks
from freehold.agreed import Accepted, Change, ChangeKind, Comparison, Lock, Locked
from freehold.errors import LockIncomplete, LockRefused, UsageError
from freehold.tomlread import suggest
from freehold.types import Availability, Model, SeenAs, Unresolved

WORSE = (
    ChangeKind.WEIGHTS_LOST,
    ChangeKind.WEIGHTS_INCOMPLETE,
    ChangeKind.GATE_TIGHTENED,
    ChangeKind.LICENSE_CHANGED,
    ChangeKind.REPLACED,
    ChangeKind.SUCCESSOR_API_ONLY,
    ChangeKind.NEW_API_ONLY,
)
#: Nothing to agree to: a path of the project, and a name that leads nowhere.
_UNLOCKABLE = (Availability.LOCAL, Availability.NOT_FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The new lock, and how it differs from the old one in words; no words, no difference."""

    lock: Lock
    words: tuple[str, ...]


def agree(
    old: Lock | None,
    comparisons: Iterable[Comparison],
    today: date,
    seen_as: SeenAs,
    accept: Collection[str] = (),
    only: Collection[str] = (),
) -> Agreement:
    """Give the lock to write. An entry that still holds keeps its date and its place; with `only`, so do all entries of
    other models, whatever has become of them.

    Raises LockIncomplete where a model could not be resolved, LockRefused where one changed for the worse and its name
    is not in `accept`.
    """
    loaded = [c for c in comparisons if c.loads and c.model.availability not in _UNLOCKABLE]
    loaded = [c for c in loaded if not only or c.model.name in only]
    _insist_resolved(loaded)
    worse = {c.model.name: _worse(c, old) for c in loaded}
    worse = {name: change for name, change in worse.items() if change is not None}
    if refused := sorted(set(worse) - set(accept)):
        raise LockRefused(
            "\n".join(f"{name}: {_words(worse[name])}" for name in refused),
            "these are changes for the worse; agree to one with `freehold lock --accept NAME`",
        )
    entries, words = [], []
    for comparison in loaded:
        model = comparison.model
        if not isinstance(model, Model):
            continue
        before = old.find(model.ecosystem, model.name) if old else None
        accepted = before.accepted if before else ()
        if model.name in accept and (change := worse[model.name]) is not None:
            was = comparison.locked.availability if comparison.locked else model.availability
            accepted = (*accepted, Accepted(on=today, was=was, change=_words(change)))
        entry = _inherited(locks.entry(model, today, seen_as, accepted), before)
        if before is not None and _same(before, entry):
            entry = before
        else:
            words.append(_difference(before, entry))
        entries.append(entry)
    kept = {(entry.ecosystem, entry.name) for entry in entries}
    gone = [e for e in old.entries if (e.ecosystem, e.name) not in kept] if old else []
    if only:
        entries, gone = [*entries, *gone], []
    words += [f"- {entry.name}: nothing loads it any more" for entry in gone]
    lock = Lock(
        path=old.path if old else locks.NAME, entries=tuple(sorted(entries, key=lambda e: (e.ecosystem, e.name)))
    )
    return Agreement(lock=lock, words=tuple(words))


def insist_worse(accept: Iterable[str], parts: Iterable[tuple[Lock | None, Iterable[Comparison]]]) -> None:
    """Raise UsageError where a name is accepted that has not changed for the worse in any part of the project."""
    worse = {c.model.name for lock, comparisons in parts for c in comparisons if c.loads and _worse(c, lock)}
    for name in accept:
        if name not in worse:
            near = suggest(name, tuple(worse))
            raise UsageError(f"--accept {name}: it has not changed for the worse{near}", "see `freehold audit`")


def _insist_resolved(comparisons: Iterable[Comparison]) -> None:
    unknown = [c.model for c in comparisons if isinstance(c.model, Unresolved) and c.model.blocking]
    if unknown:
        raise LockIncomplete(
            "\n".join(f"{model.name}: unknown: {model.reason}" for model in unknown),
            "what is unknown cannot be agreed to; nothing was written, try again later",
        )


def _worse(comparison: Comparison, old: Lock | None) -> Change | None:
    """The first change for the worse; with a lockfile, that includes a new model that is API-only."""
    change = next((c for c in comparison.changes if c.kind in WORSE), None)
    model = comparison.model
    if change is None and old is not None and comparison.locked is None and model.availability is Availability.API_ONLY:
        return Change(kind=ChangeKind.NEW_API_ONLY, was="not in the lock", now=f"{model.name} ({model.availability})")
    return change


def _words(change: Change | None) -> str:
    return "" if change is None else f"{change.kind}: {change.was} -> {change.now}"


def _inherited(now: Locked, before: Locked | None) -> Locked:
    """What is gone can only be verified by what was known of it: its hashes, its commit and its license stay."""
    if before is None or now.availability.has_weights or now.ecosystem != before.ecosystem:
        return now
    return replace(
        now,
        id=now.id or before.id,
        uid=now.uid or before.uid,
        commit=now.commit if now.weights else before.commit,
        license=now.license or before.license,
        license_text_sha256=now.license_text_sha256 or before.license_text_sha256,
        bases=now.bases or before.bases,
        weights=now.weights or before.weights,
    )


def _same(before: Locked, now: Locked) -> bool:
    """The date, the place in the file and who looked are not part of what was agreed to."""
    return replace(now, locked_on=before.locked_on, row=before.row, seen_as=before.seen_as) == before


def _difference(before: Locked | None, now: Locked) -> str:
    if before is None:
        parts = [
            now.availability.value,
            f"license {now.license}" if now.license else "",
            f"commit {(now.commit or '')[:12]}",
        ]
        return f"+ {now.name}: {', '.join(p for p in parts if p and p != 'commit ')}"
    pairs = {
        "id": (before.id, now.id),
        "_id": (before.uid, now.uid),
        "commit": (before.commit, now.commit),
        "state": (before.availability.value, now.availability.value),
        "gate": (before.gate, now.gate),
        "license": (before.license, now.license),
        "license text": (before.license_text_sha256, now.license_text_sha256),
        "line": (before.line, now.line),
        "vendor": (before.vendor, now.vendor),
    }
    changed = [f"{key} {was or 'unknown'} -> {new or 'unknown'}" for key, (was, new) in pairs.items() if was != new]
    if before.weights != now.weights:
        changed.append(f"weight files {len(before.weights)} -> {len(now.weights)}")
    if before.bases != now.bases:
        changed.append(f"bases {', '.join(before.bases) or 'none'} -> {', '.join(now.bases) or 'none'}")
    return f"~ {now.name}: {', '.join(changed) or 'accepted'}"
