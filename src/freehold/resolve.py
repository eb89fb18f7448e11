"""What each name turned out to be: the states of the design's section 5, and nothing that was not answered.

A loaded name is settled once, whatever the number of places that load it. API names are looked up in rules/vendors and
never on the Hub: impostors carry such names there. A fault is never a state: it gives an `Unresolved` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date

from freehold.hub.answer import Fault, Found, Missing
from freehold.hub.client import Hub
from freehold.hub.plan import Question, foresee
from freehold.hub.record import Record
from freehold.hub.snapshot import Known, Snapshot
from freehold.hub.weights import Weights, judge_weights
from freehold.licenses.expression import claim
from freehold.types import (
    Availability,
    LastKnown,
    LicenseClaim,
    Lock,
    Locked,
    Model,
    Origin,
    Reference,
    Resolved,
    Role,
    SeenAs,
    Unresolved,
)
from freehold.vendors.lines import ECOSYSTEMS, MORE_ECOSYSTEMS, Vendors

HUGGINGFACE = "huggingface"
LOCAL = "local"
_PATH = re.compile(r"^(\.{1,2}([/\\]|$)|[/~\\]|[A-Za-z]:[/\\]|file:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One model, with what the loads ask of it: revisions (None = the main branch) and single files."""

    ecosystem: str
    name: str
    revisions: tuple[str | None, ...]
    files: tuple[str, ...]


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
    desk = _Desk(lock, snapshot, vendors, hub, today)
    wanted = _wanted(references)
    asked = [want for want in wanted if hub is not None and desk.is_asked(want)]
    if hub is not None and not hub.refresh:
        foresee(hub, desk.questions(asked), executor)
    answers = hub.each(desk.settle, asked, executor) if hub is not None and asked else {}
    return tuple(answers[want] if want in answers else desk.settle(want) for want in wanted)


def _wanted(references: Iterable[Reference]) -> list[_Wanted]:
    revisions: dict[tuple[str, str], set[str | None]] = {}
    files: dict[tuple[str, str], set[str]] = {}
    for reference in references:
        if reference.role is Role.LOAD and reference.name:
            key = (reference.ecosystem, reference.name)
            revisions.setdefault(key, set()).add(reference.revision)
            files.setdefault(key, set()).update([reference.file] if reference.file else [])
    return [
        _Wanted(
            ecosystem=ecosystem,
            name=name,
            revisions=tuple(sorted(found, key=lambda r: (r is not None, r or ""))),
            files=tuple(sorted(files[ecosystem, name])),
        )
        for (ecosystem, name), found in sorted(revisions.items())
    ]


class _Desk:
    """Everything that is known, and the rules by which an answer becomes a state."""

    def __init__(self, lock: Lock | None, snapshot: Snapshot, vendors: Vendors, hub: Hub | None, today: date) -> None:
        self.lock, self.snapshot, self.vendors, self.hub, self.today = lock, snapshot, vendors, hub, today

    def is_asked(self, want: _Wanted) -> bool:
        """True where only the Hub can tell."""
        return want.ecosystem == HUGGINGFACE and not _PATH.match(want.name)

    def questions(self, asked: Iterable[_Wanted]) -> Iterable[Question]:
        """What will be asked of the Hub, with what the lock knows of it."""
        for want in asked:
            for revision in want.revisions:
                yield Question(id=want.name, revision=revision, locked=self._locked(want))

    def settle(self, want: _Wanted) -> Resolved:
        """Say what one model is."""
        if want.ecosystem == LOCAL or _PATH.match(want.name):
            origin = Origin(source="project", as_of=self.today)
            return Model(name=want.name, ecosystem=want.ecosystem, availability=Availability.LOCAL, origin=origin)
        if want.ecosystem != HUGGINGFACE:
            return self._from_rules(want)
        if self.hub is None:
            return self._offline(want)
        return min((self._live(want, revision, self.hub) for revision in want.revisions), key=_severity)

    # --- API models: rules/vendors and nothing else

    def _from_rules(self, want: _Wanted) -> Resolved:
        known = self.vendors.api(want.ecosystem, want.name)
        if known is None:
            listed = want.ecosystem in ECOSYSTEMS or want.ecosystem in MORE_ECOSYSTEMS
            reason = "not listed in rules/vendors" if listed else f"no resolver for {want.ecosystem} names"
            origin = Origin(source="rules", as_of=self.vendors.as_of)
            return Unresolved(name=want.name, ecosystem=want.ecosystem, reason=reason, origin=origin, blocking=False)
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=known.availability(self.today),
            origin=Origin(source="rules", as_of=known.as_of, cite=known.source),
            vendor=known.vendor,
            line=known.line,
        )

    # --- offline: the snapshot is the answer

    def _offline(self, want: _Wanted) -> Resolved:
        fact = self.snapshot.find(want.name)
        if fact is None:
            return self._unknown(want, "offline, and the snapshot does not have it", source="snapshot")
        locked = self._locked(want)
        older = locked is not None and fact.as_of < locked.locked_on
        if locked is not None and older and fact.availability is not locked.availability:
            return self._unknown(want, "offline, and the snapshot is older than the lock entry", source="snapshot")
        model = self._of_fact(want, fact)
        if locked is None or not older:
            return model
        # What is older than the agreement cannot contradict it in any respect.
        return replace(
            model,
            id=locked.id,
            uid=locked.uid,
            commit=locked.commit,
            gate=locked.gate,
            license=claim(locked.license.split(", ")) if locked.license else model.license,
            weights=locked.weights,
        )

    def _of_fact(self, want: _Wanted, fact: Known) -> Model:
        vendor, line = self._belongs(fact.id, fact.bases)
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=fact.availability,
            origin=Origin(source="snapshot", as_of=fact.as_of, cite=fact.cite),
            id=fact.id,
            uid=fact.uid,
            commit=fact.commit,
            gate=fact.gate,
            license=claim(fact.license, fact.license_name, fact.license_link) if fact.license else None,
            weights=fact.weights,
            bases=fact.bases,
            vendor=vendor or fact.vendor,
            line=line,
            task=fact.task,
        )

    # --- live: the Hub is the answer

    def _live(self, want: _Wanted, revision: str | None, hub: Hub) -> Resolved:
        answer = hub.ask(want.name, revision)
        if isinstance(answer, Missing) and answer.what == "revision":
            answer = hub.ask(want.name)
            if isinstance(answer, Found):
                reason = f"the revision {revision} is not in the repository"
                return self._of_record(want, answer, Availability.INCOMPLETE, Weights(kind="incomplete", reason=reason))
        if isinstance(answer, Found):
            return self._found(want, answer, hub)
        if isinstance(answer, Missing):
            return self._missing(want, answer)
        # A name that no repository can have has no answer to wait for.
        return replace(self._unknown(want, answer.reason), blocking=answer.kind != "name")

    def _found(self, want: _Wanted, found: Found, hub: Hub) -> Resolved:
        record = found.record
        if record.disabled:
            return self._of_record(want, found, Availability.DISABLED, Weights(kind="none"))
        if unsaid := _unsaid(record):
            return self._unknown(want, f"{'the answer' if found.hub else 'a mirror that'} does not say {unsaid}")
        weights = judge_weights(record, want.files)
        if not found.hub and weights.kind in ("none", "incomplete"):
            return self._unknown(want, f"a mirror that cannot say whether the weights are there: {weights.reason}")
        if weights.kind == "none":
            return self._without_weights(want, found, weights, hub)
        if weights.kind == "adapter":
            return self._adapter(want, found, weights, hub)
        state = Availability.INCOMPLETE if weights.kind == "incomplete" else _gate_state(record)
        return self._of_record(want, found, state, weights)

    def _without_weights(self, want: _Wanted, found: Found, weights: Weights, hub: Hub) -> Resolved:
        """None at this revision. Quantised models often keep them on branches of their own."""
        if found.record.used_storage == 0:
            return self._of_record(want, found, Availability.NO_WEIGHTS, weights)
        where = elsewhere(hub, found.record)
        if isinstance(where, Fault):
            return self._unknown(want, f"no weights at this revision, and of other branches: {where.reason}")
        if where is None:
            return self._of_record(want, found, Availability.NO_WEIGHTS, weights)
        reason = f"no weights at this revision; the branch {where} has some"
        return self._of_record(want, found, Availability.INCOMPLETE, replace(weights, reason=reason))

    def _adapter(self, want: _Wanted, found: Found, weights: Weights, hub: Hub) -> Resolved:
        state = _gate_state(found.record)
        bases = [answer for answer in map(hub.ask, found.record.bases) if not _is_no_name(answer)]
        if not bases:
            reason = "an adapter that names no base on the Hub"
            return self._of_record(want, found, state, replace(weights, reason=reason))
        if any(isinstance(base, Found) and _can_be_had(base.record) for base in bases):
            reason = f"an adapter on {', '.join(found.record.bases)}"
            return self._of_record(want, found, state, replace(weights, reason=reason))
        fault = next((base for base in bases if isinstance(base, Fault)), None)
        if fault is not None:
            return self._unknown(want, f"an adapter; of its base {fault.requested}: {fault.reason}")
        reason = f"an adapter whose base cannot be had: {', '.join(base.requested for base in bases)}"
        return self._of_record(want, found, Availability.INCOMPLETE, replace(weights, reason=reason))

    def _missing(self, want: _Wanted, missing: Missing) -> Resolved:
        """Gone, never there, or not for our eyes: who saw it before, with which credentials, tells."""
        locked, fact = self._locked(want), self.snapshot.find(want.name)
        if locked is not None and locked.availability is not Availability.NOT_FOUND:
            if _better(locked.seen_as, missing.seen_as):
                return self._unknown(want, "needs a token: the lock saw it with one, and without one the Hub hides it")
            return self._gone(want, missing, f"locked as {locked.availability} on {locked.locked_on}")
        if fact is not None:
            if _better(fact.seen_as, missing.seen_as):
                return self._unknown(want, "needs a token: the snapshot was taken with one")
            return self._gone(want, missing, f"known as {fact.availability} on {fact.as_of}: {fact.cite}")
        release = self.vendors.release_of(want.name)
        if release is not None and release.verified and release.availability(self.today).has_weights:
            return self._gone(want, missing, f"published by its vendor: {release.source}")
        reason = "no such repository, or a private one that this token may not read"
        if missing.seen_as == "anonymous":
            reason = "no such repository, or a private one: a token that may read it would tell"
        return self._absent(want, missing, Availability.NOT_FOUND, reason)

    def _gone(self, want: _Wanted, missing: Missing, seen: str) -> Model:
        return self._absent(want, missing, Availability.WITHDRAWN, f"deleted or made private; {seen}")

    def _absent(self, want: _Wanted, missing: Missing, state: Availability, reason: str) -> Model:
        vendor, line = self._belongs(want.name, ())
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=state,
            origin=Origin(source="hub", as_of=missing.as_of),
            reason=reason,
            vendor=vendor,
            line=line,
        )

    def _of_record(self, want: _Wanted, found: Found, state: Availability, weights: Weights) -> Model:
        record = found.record
        vendor, line = self._belongs(record.id, record.bases)
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=state,
            origin=Origin(source=found.source, as_of=found.as_of),
            id=record.id,
            uid=record.uid,
            commit=record.commit,
            gate=record.gated or None,
            reason=weights.reason if found.hub else weights.reason or "as a mirror says",
            license=_license(record),
            weights=weights.files,
            bases=record.bases,
            vendor=vendor,
            line=line,
            task=record.task,
            private=record.private is True,
        )

    # --- what everyone needs

    def _locked(self, want: _Wanted) -> Locked | None:
        return self.lock.find(want.ecosystem, want.name) if self.lock else None

    def _belongs(self, id: str, bases: tuple[str, ...]) -> tuple[str | None, str | None]:  # noqa: A002
        """Vendor and line, its own first; a fine-tune carries those of what it was made from."""
        known = [found for found in map(self.vendors.of_repository, (id, *bases)) if found is not None]
        return next((found for found in known if found[1] is not None), known[0] if known else (None, None))

    def _unknown(self, want: _Wanted, reason: str, source: str = "hub") -> Unresolved:
        fact = self.snapshot.find(want.name)
        vendor, line = self._belongs(want.name, fact.bases if fact else ())
        return Unresolved(
            name=want.name,
            ecosystem=want.ecosystem,
            reason=reason,
            origin=Origin(source="hub", as_of=self.today)
            if source == "hub"
            else Origin(source="snapshot", as_of=self.snapshot.as_of),
            last_known=self._last_known(want, fact),
            vendor=vendor,
            line=line,
        )

    def _last_known(self, want: _Wanted, fact: Known | None) -> LastKnown | None:
        """The newer one of what the snapshot says and what an earlier run was answered."""
        told = [LastKnown(availability=fact.availability, as_of=fact.as_of, source="snapshot")] if fact else []
        kept = self.hub.remembered(want.name, want.revisions[0]) if self.hub else None
        if kept is not None and (state := _plain_state(kept.record)) is not None:
            told.append(LastKnown(availability=state, as_of=kept.as_of, source="cache"))
        return max(told, key=lambda known: known.as_of, default=None)


def elsewhere(hub: Hub, record: Record) -> str | Fault | None:
    """Name a branch that has weights, None where no branch does, a Fault where that could not be told."""
    branches = hub.branches(record.id)
    if isinstance(branches, Fault):
        return branches
    for branch in branches:
        if branch.commit is not None and branch.commit == record.commit:
            continue
        answer = hub.ask(record.id, branch.name)
        if isinstance(answer, Fault):
            return answer
        if isinstance(answer, Found) and answer.record.files and judge_weights(answer.record).files:
            return branch.name
    return None


def _severity(resolved: Resolved) -> int:
    """Of several revisions in use the worst one speaks: lost, then unknown, then there."""
    if isinstance(resolved, Unresolved):
        return 1
    return 2 if resolved.availability in (Availability.OPEN, Availability.GATED) else 0


def _better(theirs: SeenAs | None, ours: SeenAs) -> bool:
    """True where it was seen with credentials better than ours."""
    return theirs == "token" and ours == "anonymous"


def _unsaid(record: Record) -> str | None:
    if record.gated is None:
        return "whether it is gated"
    if record.disabled is None:
        return "whether it is disabled"
    return "which files it has" if record.files is None else None


def _gate_state(record: Record) -> Availability:
    return Availability.GATED if record.gated else Availability.OPEN


def _plain_state(record: Record) -> Availability | None:
    """The state as far as one record tells it."""
    if record.disabled:
        return Availability.DISABLED
    if _unsaid(record):
        return None
    kind = judge_weights(record).kind
    if kind == "none":
        return Availability.NO_WEIGHTS if record.used_storage == 0 else None
    return Availability.INCOMPLETE if kind == "incomplete" else _gate_state(record)


def _is_no_name(answer: object) -> bool:
    """True for a base that is a path on its author's machine."""
    return isinstance(answer, Fault) and answer.kind == "name"


def _can_be_had(record: Record) -> bool:
    return not record.disabled and record.files is not None and judge_weights(record).kind in ("complete", "adapter")


def _license(record: Record) -> LicenseClaim | None:
    return claim(record.license, record.license_name, record.license_link, record.tags)
