"""What each name turned out to be: the states of the design's section 5, and nothing that was not answered.

A loaded name is settled once, whatever the number of places that load it. API names are looked up in rules/vendors and
never on the Hub: impostors carry such names there. What could not be told is an `Unresolved` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date

from freehold.agreed import Lock
from freehold.hub.client import Hub
from freehold.hub.lineage import Parent, root, trace
from freehold.hub.live import HUGGINGFACE, Live, Wanted, belongs, declared, last_known
from freehold.hub.plan import foresee
from freehold.hub.snapshot import Known, Snapshot
from freehold.licenses.expression import claim
from freehold.types import Availability, Model, Origin, Reference, Resolved, Role, Unresolved
from freehold.vendors.lines import ECOSYSTEMS, MORE_ECOSYSTEMS, ApiModel, Vendors

LOCAL = "local"
_PATH = re.compile(r"^(\.{1,2}([/\\]|$)|[/~\\]|[A-Za-z]:[/\\]|file:)")


def resolve(
    references: Iterable[Reference],
    *,
    lock: Lock | None,
    snapshot: Snapshot,
    vendors: Vendors,
    hub: Hub | None,
    today: date,
    executor: Executor | None = None,
) -> tuple[Resolved, ...]:
    """Settle each distinct model that is loaded, sorted by ecosystem and name; `hub` None means offline.

    Raises CredentialsError where the Hub rejects the token: then nothing is settled at all.
    """
    wanted = _wanted(references)
    settled: dict[Wanted, Resolved] = {}
    on_hub: list[Wanted] = []
    for want in wanted:
        if want.ecosystem == LOCAL or _PATH.match(want.name):
            origin = Origin(source="project", as_of=today)
            state = Availability.LOCAL
            settled[want] = Model(name=want.name, ecosystem=want.ecosystem, availability=state, origin=origin)
        elif want.ecosystem != HUGGINGFACE:
            settled[want] = _from_rules(want, vendors, today)
        elif hub is None:
            settled[want] = _offline(want, lock, snapshot, vendors)
        else:
            on_hub.append(want)
    if hub is not None and on_hub:
        live = Live(lock, snapshot, vendors, hub, today)
        if not hub.refresh:
            foresee(hub, live.questions(on_hub), executor)
        settled.update(live.with_lineage(hub.each(live.settle, on_hub, executor), executor))
    return tuple(settled[want] for want in wanted)


def _wanted(references: Iterable[Reference]) -> list[Wanted]:
    revisions: dict[tuple[str, str], set[str | None]] = {}
    files: dict[tuple[str, str], set[str]] = {}
    for reference in references:
        if reference.role is Role.LOAD and reference.name:
            key = (reference.ecosystem, reference.name)
            revisions.setdefault(key, set()).add(reference.revision)
            files.setdefault(key, set()).update([reference.file] if reference.file else [])
    return [
        Wanted(
            ecosystem=ecosystem,
            name=name,
            revisions=tuple(sorted(found, key=lambda r: (r is not None, r or ""))),
            files=tuple(sorted(files[ecosystem, name])),
        )
        for (ecosystem, name), found in sorted(revisions.items())
    ]


def _from_rules(want: Wanted, vendors: Vendors, today: date) -> Resolved:
    """An API model; or a name that nobody here can resolve, so that there was no answer to be had."""
    known = vendors.api(want.ecosystem, want.name)
    if known is None:
        origin = Origin(source="rules", as_of=vendors.as_of)
        if want.ecosystem not in (*ECOSYSTEMS, *MORE_ECOSYSTEMS):
            reason = f"no resolver for {want.ecosystem} names"
            return Unresolved(name=want.name, ecosystem=want.ecosystem, reason=reason, origin=origin, blocking=False)
        whose = vendors.whose(want.ecosystem, want.name)
        return Unresolved(
            name=want.name,
            ecosystem=want.ecosystem,
            reason=whose.reason,
            origin=origin,
            blocking=False,
            vendor=whose.vendor,
            line=whose.line,
        )
    return Model(
        name=want.name,
        ecosystem=want.ecosystem,
        availability=known.availability(today),
        origin=Origin(source="rules", as_of=known.as_of, cite=known.source),
        # The name itself can be called and not downloaded; what can be is said beside it.
        reason=_weights(known),
        vendor=known.vendor,
        line=known.line,
    )


def _weights(known: ApiModel) -> str | None:
    if not known.weights:
        return None
    gone = ", which were taken down" if known.seen is Availability.WITHDRAWN else ""
    return f"its weights: {', '.join(known.weights)}{gone}"


def _offline(want: Wanted, lock: Lock | None, snapshot: Snapshot, vendors: Vendors) -> Resolved:
    """The snapshot is the answer; what is older than the lock entry contradicts it in no respect."""
    fact = snapshot.find(want.name)
    if fact is None:
        return _unknown(want, snapshot, vendors, None, "offline, and the snapshot does not have it")
    locked = lock.find(want.ecosystem, want.name) if lock else None
    model = _of_fact(want, fact, snapshot, vendors)
    if locked is None or fact.as_of >= locked.locked_on:
        return model
    if fact.availability is not locked.availability:
        return _unknown(want, snapshot, vendors, fact, "offline, and the snapshot is older than the lock entry")
    return replace(
        model,
        id=locked.id,
        uid=locked.uid,
        commit=locked.commit,
        gate=locked.gate,
        license=claim(locked.license.split(", ")) if locked.license else model.license,
        weights=locked.weights,
    )


def _of_fact(want: Wanted, fact: Known, snapshot: Snapshot, vendors: Vendors) -> Model:
    def look(name: str) -> Parent:
        base = snapshot.find(name)
        return Parent(license=declared(base), bases=base.bases) if base else Parent(reason="not in the snapshot")

    gone = fact.availability is Availability.WITHDRAWN
    lineage = trace(fact.id, fact.bases, None, look, lambda name: belongs(vendors, name))
    vendor, line = root(belongs(vendors, fact.id), lineage)
    return Model(
        name=want.name,
        ecosystem=want.ecosystem,
        availability=fact.availability,
        origin=Origin(source="snapshot", as_of=fact.as_of, cite=fact.cite),
        id=fact.id if gone else fact.moved_to or fact.id,
        uid=fact.uid,
        commit=fact.commit,
        gate=fact.gate,
        reason=f"the name leads to another repository now, {fact.moved_to}" if gone and fact.moved_to else None,
        license=declared(fact),
        weights=fact.weights,
        bases=fact.bases,
        vendor=vendor or fact.vendor,
        line=line,
        task=fact.task,
        lineage=lineage,
    )


def _unknown(want: Wanted, snapshot: Snapshot, vendors: Vendors, fact: Known | None, reason: str) -> Unresolved:
    vendor, line = belongs(vendors, want.name)
    return Unresolved(
        name=want.name,
        ecosystem=want.ecosystem,
        reason=reason,
        origin=Origin(source="snapshot", as_of=snapshot.as_of),
        last_known=last_known(fact) if fact else None,
        vendor=vendor,
        line=line,
    )
