"""What a Hub's answers make of one name: the states of the design's section 5. A fault is never a state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import unquote, urlsplit

from freehold.agreed import Lock, Locked
from freehold.hub.answer import Answer, Fault, Found, Missing
from freehold.hub.client import Hub
from freehold.hub.details import gather
from freehold.hub.lineage import MAX_DEPTH, Parent, root, trace
from freehold.hub.plan import Question
from freehold.hub.record import File, Record
from freehold.hub.snapshot import Known, Snapshot
from freehold.hub.weights import Weights, against_index, judge_weights, unsettled_index
from freehold.licenses.evidence import with_text
from freehold.licenses.expression import claim
from freehold.types import Availability, LastKnown, LicenseClaim, Model, Origin, Resolved, SeenAs, Unresolved
from freehold.vendors.lines import Vendors

HUGGINGFACE = "huggingface"
_NO_TEXT = (".pdf", ".html", ".htm", ".doc", ".docx", ".png", ".jpg")
_HUBS = ("huggingface.co", "www.huggingface.co", "hf.co")
_PAGE = re.compile(r"/(?P<id>[\w.-]+/[\w.-]+)/(?:blob|resolve|raw)/[^/]+/(?P<path>[^\0]+)")
#: Bases that nothing but the Hub knows are asked for, up to this number a run.
MAX_PARENTS = 100
#: A base decides no state: what it said so many days ago will do.
RECENT = 7
#: Tags under which only the text says what the license is.
_OPEN_TAGS = (None, "other", "unknown")
_LICENSE_FILES = ("license", "license.txt", "license.md", "license.rst", "licence", "licence.txt", "licence.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One model, with what the loads ask of it: revisions (None = the main branch) and single files."""

    ecosystem: str
    name: str
    revisions: tuple[str | None, ...]
    files: tuple[str, ...]


class Live:
    """Settles names by asking a Hub; the lock, the snapshot and rules/ say who saw a repository before."""

    def __init__(self, lock: Lock | None, snapshot: Snapshot, vendors: Vendors, hub: Hub, today: date) -> None:
        """Ask nothing yet."""
        self._lock, self._snapshot, self._vendors, self._hub, self._today = lock, snapshot, vendors, hub, today

    def questions(self, wanted: Iterable[Wanted]) -> Iterable[Question]:
        """What will be asked, with what the lock knows of it, and the bases that an earlier run knew."""
        for want in wanted:
            for revision in want.revisions:
                # The lock keeps the weights only: it cannot say whether another file is still there.
                yield Question(id=want.name, revision=revision, locked=None if want.files else self._locked(want))
            kept = self._hub.remembered(want.name, want.revisions[0])
            for base in kept.record.bases if kept else ():
                yield Question(id=base)

    def settle(self, want: Wanted) -> Resolved:
        """Say what one model is; of several revisions in use the worst one speaks.

        Raises CredentialsError where the Hub rejects the token.
        """
        return min((self._at(want, revision) for revision in want.revisions), key=_rank)

    def _at(self, want: Wanted, revision: str | None) -> Resolved:
        answer = self._hub.ask(want.name, revision)
        if isinstance(answer, Missing) and answer.what == "revision":
            return self._elsewhere_than(want, revision)
        if isinstance(answer, Found):
            return self._found(want, answer)
        if isinstance(answer, Missing):
            return self._missing(want, answer)
        # A name that no repository can have has no answer to wait for.
        return replace(self._unknown(want, answer.reason), blocking=answer.kind != "name")

    def _elsewhere_than(self, want: Wanted, revision: str | None) -> Resolved:
        """The repository is there without the revision in use: what it has elsewhere tells how much is lost."""
        answer = self._hub.ask(want.name)
        if isinstance(answer, Fault):
            return self._unknown(want, answer.reason)
        if isinstance(answer, Missing):
            return self._missing(want, answer)
        settled = self._found(want, answer)
        if not isinstance(settled, Model) or not settled.availability.has_weights:
            return settled
        reason = f"the revision {revision} is not in the repository"
        return replace(settled, availability=Availability.INCOMPLETE, reason=reason, weights=())

    def _found(self, want: Wanted, found: Found) -> Resolved:
        record = found.record
        if record.disabled:
            return self._model(want, found, Availability.DISABLED, Weights(kind="none"))
        if unsaid := record.unsaid:
            return self._unknown(want, f"{'the answer' if found.hub else 'a mirror that'} does not say {unsaid}")
        weights = judge_weights(record, want.files)
        if not found.hub and weights.kind in ("none", "incomplete"):
            return self._unknown(want, f"a mirror that cannot say whether the weights are there: {weights.reason}")
        if weights.kind == "none":
            return self._without_weights(want, found, weights)
        if weights.kind == "adapter":
            return self._adapter(want, found, weights)
        if weights.kind == "complete" and record.commit and (index := unsettled_index(record)) is not None:
            text = self._hub.text(record.id, record.commit, index)
            if isinstance(text, Fault):
                return self._unknown(want, f"{index.path} could not be read: {text.reason}")
            weights = against_index(record, weights, index, text) if text else weights
        return self._model(want, found, _state(record, weights), weights)

    def _without_weights(self, want: Wanted, found: Found, weights: Weights) -> Resolved:
        """None at this revision. Quantised models often keep them on branches of their own."""
        if found.record.used_storage == 0:
            return self._model(want, found, Availability.NO_WEIGHTS, weights)
        where = self._elsewhere(found.record)
        if isinstance(where, Fault):
            return self._unknown(want, f"no weights at this revision, and of other branches: {where.reason}")
        if where is None:
            return self._model(want, found, Availability.NO_WEIGHTS, weights)
        reason = f"no weights at this revision; the branch {where} has some"
        return self._model(want, found, Availability.INCOMPLETE, replace(weights, reason=reason))

    def _elsewhere(self, record: Record) -> str | Fault | None:
        """Name a branch that has weights, None where no branch does, a Fault where that could not be told."""
        branches = self._hub.branches(record.id)
        if isinstance(branches, Fault):
            return branches
        for branch in branches:
            if branch.commit is not None and branch.commit == record.commit:
                continue
            answer = self._hub.ask(record.id, branch.name)
            if isinstance(answer, Fault):
                return answer
            if isinstance(answer, Found) and answer.record.files and judge_weights(answer.record).files:
                return branch.name
        return None

    def _adapter(self, want: Wanted, found: Found, weights: Weights) -> Resolved:
        record = found.record
        bases: list[Answer] = [self._hub.ask(base) for base in record.bases[:3]]
        bases = [
            base for base in bases if not (isinstance(base, Fault) and base.kind == "name")
        ]  # a path of its author
        if not bases or any(isinstance(base, Found) and _can_be_had(base.record) for base in bases):
            reason = f"an adapter on {', '.join(record.bases)}" if bases else "an adapter that names no base on the Hub"
            return self._model(want, found, _state(record, weights), replace(weights, reason=reason))
        if fault := next((base for base in bases if isinstance(base, Fault)), None):
            return self._unknown(want, f"an adapter; of its base {fault.requested}: {fault.reason}")
        locked = self._locked(want)
        if locked is not None and _better(locked.seen_as, self._hub.seen_as):
            return self._unknown(want, "an adapter; its base needs a token: the lock was written with one")
        reason = f"an adapter whose base cannot be had: {', '.join(base.requested for base in bases)}"
        return self._model(want, found, Availability.INCOMPLETE, replace(weights, reason=reason))

    def _missing(self, want: Wanted, missing: Missing) -> Resolved:
        """Gone, never there, or not for our eyes: who saw it before, and with which credentials, tells."""
        locked, fact = self._locked(want), self._snapshot.find(want.name)
        if locked is not None and locked.availability is not Availability.NOT_FOUND:
            if _better(locked.seen_as, missing.seen_as):
                return self._unknown(want, "needs a token: the lock saw it with one, and without one the Hub hides it")
            return self._gone(want, missing, f"locked as {locked.availability} on {locked.locked_on}")
        if fact is not None:
            if _better(fact.seen_as, missing.seen_as):
                return self._unknown(want, "needs a token: the snapshot was taken with one")
            return self._gone(want, missing, f"known as {fact.availability} on {fact.as_of}: {fact.cite}")
        release = self._vendors.release_of(want.name)
        if release is not None and release.verified and release.availability(self._today).has_weights:
            return self._gone(want, missing, f"published by its vendor: {release.source}")
        reason = "no such repository, or a private one that this token may not read"
        if missing.seen_as == "anonymous":
            reason = "no such repository, or a private one: a token that may read it would tell"
        return self._absent(want, missing, Availability.NOT_FOUND, reason)

    def _gone(self, want: Wanted, missing: Missing, seen: str) -> Model:
        return self._absent(want, missing, Availability.WITHDRAWN, f"deleted or made private; {seen}")

    def _absent(self, want: Wanted, missing: Missing, state: Availability, reason: str) -> Model:
        vendor, line = belongs(self._vendors, want.name)
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=state,
            origin=Origin(source="hub", as_of=missing.as_of),
            reason=reason,
            last_known=last_known(fact) if (fact := self._snapshot.find(want.name)) else None,
            vendor=vendor,
            line=line,
        )

    def _model(self, want: Wanted, found: Found, state: Availability, weights: Weights) -> Resolved:
        record = found.record
        license_ = self._license(record)
        if isinstance(license_, Fault):
            return self._unknown(want, f"the license text could not be read: {license_.reason}")
        vendor, line = belongs(self._vendors, record.id)
        return Model(
            name=want.name,
            ecosystem=want.ecosystem,
            availability=state,
            origin=Origin(source=found.source, as_of=found.as_of),
            id=record.id,
            uid=record.uid if found.hub else None,  # a mirror makes one of its own
            commit=record.commit,
            gate=record.gated or None,
            reason=weights.reason if found.hub else weights.reason or "as a mirror says",
            license=license_ if found.hub or license_.tag else None,  # a mirror may have lost the card
            weights=weights.files,
            bases=record.bases,
            vendor=vendor,
            line=line,
            task=record.task,
            private=record.private is True,
            last_known=last_known(fact) if (fact := self._snapshot.find(want.name)) else None,
            granted=self._hub.passes_gate(record.id) if record.gated and not record.disabled else None,
            details=gather(self._hub, record) if self._hub.details else None,
        )

    def _license(self, record: Record) -> LicenseClaim | Fault:
        """What the card declares; where it leaves that open, or details are wanted, what the text there says."""
        stated = claim(record.license, record.license_name, record.license_link, record.tags)
        if record.license not in _OPEN_TAGS and not self._hub.details:
            return stated
        if record.commit is None or record.disabled:
            return stated
        place = self._text_at(record)
        if place is None or isinstance(place, Fault):
            return place if isinstance(place, Fault) and record.license in _OPEN_TAGS else stated
        text = self._hub.text(*place)
        if isinstance(text, Fault):
            return text if record.license in _OPEN_TAGS else stated
        return with_text(stated, text) if text else stated

    def _text_at(self, record: Record) -> tuple[str, str, File] | Fault | None:
        """Where its license text stands: the file that the card links, here or in another repository, or LICENSE."""
        id, path = _linked(record) or (record.id, "")  # noqa: A001
        files = [file for file in record.files or () if id == record.id and file.path == path]
        files += [file for file in record.files or () if file.path.lower() in _LICENSE_FILES]
        if files and record.commit:
            return record.id, record.commit, files[0]
        if id == record.id:
            return None
        answer = self._hub.ask(id)
        if not isinstance(answer, Found):
            return answer if isinstance(answer, Fault) else None
        there, commit = answer.record, answer.record.commit
        if commit is None or there.disabled:
            return None
        return next(((there.id, commit, file) for file in there.files or () if file.path == path), None)

    def with_lineage(self, settled: Mapping[Wanted, Resolved], executor: Executor | None) -> dict[Wanted, Resolved]:
        """Give each model its ancestors, and the vendor and line that it has from them.

        This comes after every state is settled, so that bases take no quota from them. Level by level, in the order
        of their names: what is asked does not depend on which thread was first.
        """
        asked: set[str] = set()
        seen: set[str] = set()
        level = {base for model in settled.values() if isinstance(model, Model) for base in model.bases}
        for _ in range(MAX_DEPTH):
            level -= seen
            seen |= level
            known = {name: self._known(name) for name in level}
            unknown = sorted(name for name in level if known[name] is None)[: MAX_PARENTS - len(asked)]
            asked.update(unknown)
            answers = self._hub.each(self._hub.ask, unknown, executor) if unknown else {}
            level = {base for parent in known.values() if parent for base in parent.bases}
            level |= {base for a in answers.values() if isinstance(a, Found) for base in a.record.bases}
        return {want: self._traced(want, model, asked) for want, model in settled.items()}

    def _traced(self, want: Wanted, model: Resolved, asked: set[str]) -> Resolved:
        if not isinstance(model, Model) or not model.bases:
            return model
        answer = self._hub.ask(want.name, want.revisions[0])
        lineage = trace(
            model.id or model.name,
            model.bases,
            answer.record.relation if isinstance(answer, Found) else None,
            lambda base: self._known(base) or self._parent(base, asked),
            lambda base: belongs(self._vendors, base),
        )
        vendor, line = root((model.vendor, model.line), lineage)
        return replace(model, lineage=lineage, vendor=vendor, line=line)

    def _known(self, name: str) -> Parent | None:
        """What the snapshot, rules/ or an answer of these days tell of a base: enough not to ask."""
        if (fact := self._snapshot.find(name)) is not None:
            return Parent(license=declared(fact), bases=fact.bases)
        if (release := self._vendors.release_of(name)) is not None:
            return Parent(license=claim(release.license) if release.license else None)
        record = self._hub.recall(name, RECENT)
        return _as_parent(record) if record is not None else None

    def _parent(self, name: str, asked: set[str]) -> Parent:
        if name not in asked:
            return Parent(reason="not asked: too many bases in this run")
        answer = self._hub.ask(name)
        if isinstance(answer, Fault):
            return Parent(reason=answer.reason)
        if isinstance(answer, Missing):
            return Parent(reason="the Hub says that it is not there")
        return _as_parent(answer.record)

    def _locked(self, want: Wanted) -> Locked | None:
        return self._lock.find(want.ecosystem, want.name) if self._lock else None

    def _unknown(self, want: Wanted, reason: str) -> Unresolved:
        fact = self._snapshot.find(want.name)
        vendor, line = belongs(self._vendors, want.name)
        return Unresolved(
            name=want.name,
            ecosystem=want.ecosystem,
            reason=reason,
            origin=Origin(source="hub", as_of=self._today),
            last_known=self._last_known(want, fact),
            vendor=vendor,
            line=line,
        )

    def _last_known(self, want: Wanted, fact: Known | None) -> LastKnown | None:
        """The newer one of what the snapshot says and what an earlier run was answered."""
        told = [last_known(fact)] if fact else []
        kept = self._hub.remembered(want.name, want.revisions[0])
        if kept is not None and (state := _plain_state(kept.record)) is not None:
            told.append(LastKnown(availability=state, as_of=kept.as_of, source="cache"))
        return max(told, key=lambda known: known.as_of, default=None)


def belongs(vendors: Vendors, id: str) -> tuple[str | None, str | None]:  # noqa: A002
    """Give vendor and line of a repository by its own name."""
    return vendors.of_repository(id) or (None, None)


def last_known(fact: Known) -> LastKnown:
    """Give a snapshot's fact as what was last known."""
    return LastKnown(availability=fact.availability, as_of=fact.as_of, source="snapshot")


def declared(fact: Known) -> LicenseClaim | None:
    """Give the license that a snapshot's fact states."""
    return claim(fact.license.split(", "), fact.license_name, fact.license_link) if fact.license else None


def _as_parent(record: Record) -> Parent:
    stated = claim(record.license, record.license_name, record.license_link, record.tags)
    return Parent(license=stated, bases=record.bases, relation=record.relation)


def _rank(resolved: Resolved) -> int:
    """Lost, then unknown, then there."""
    if isinstance(resolved, Unresolved):
        return 1
    return 2 if resolved.availability in (Availability.OPEN, Availability.GATED) else 0


def _better(theirs: SeenAs | None, ours: SeenAs) -> bool:
    """True where it was seen with credentials better than ours."""
    return theirs == "token" and ours == "anonymous"


def _state(record: Record, weights: Weights) -> Availability:
    if weights.kind == "incomplete":
        return Availability.INCOMPLETE
    return Availability.GATED if record.gated else Availability.OPEN


def _plain_state(record: Record) -> Availability | None:
    """The state as far as one record tells it."""
    if record.disabled:
        return Availability.DISABLED
    if record.unsaid:
        return None
    weights = judge_weights(record)
    if weights.kind == "none":
        return Availability.NO_WEIGHTS if record.used_storage == 0 else None
    return _state(record, weights)


def _can_be_had(record: Record) -> bool:
    return not record.disabled and record.files is not None and judge_weights(record).kind in ("complete", "adapter")


def _linked(record: Record) -> tuple[str, str] | None:
    """The repository and the file of a Hub that the card's `license_link` names, where it is one that can be read."""
    try:
        link = urlsplit(record.license_link or "")
    except ValueError:
        return None
    path = unquote(link.path).removeprefix("./")
    if not path or path.lower().endswith(_NO_TEXT):
        return None
    if not link.netloc:
        return record.id, path
    page = _PAGE.fullmatch(path)
    return (page["id"], page["path"]) if page and link.netloc in _HUBS else None
