"""The fewest requests: one listing tells of every repository of a vendor whether anything changed.

There is no endpoint for many ids. A detail request per model costs N; a listing of a vendor costs one request for a
thousand repositories and shows commit, gate and license tag of each. So where at least two models of one owner are
known from before, their owner is listed, and details are asked only of what changed:

    requests  ≤  Σ over owners of min(wanted, pages) + models that are new, changed or renamed

Below FEW names each is asked: there is little to save, and nothing is fresher than an answer.

What "known from before" means: this machine's cache, or, on a fresh runner, the entry of models.lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from freehold.agreed import Locked
from freehold.hub.answer import Fault, Found, body
from freehold.hub.client import Hub
from freehold.hub.record import File, Record, parse
from freehold.types import Availability

#: What a listing is asked for. `baseModels` and `usedStorage` are refused there; bases stand in the tags.
FIELDS = ("sha", "gated", "disabled", "private", "tags", "lastModified", "createdAt", "pipeline_tag", "library_name")
PAGE = 1_000
#: A card can have tens of kilobytes.
PAGE_OF_CARDS = 100
FEW = 25
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?next"?')
#: License tags that say nothing without the card, which a listing does not show.
_OPEN_TAGS = (None, "other", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A model at a revision (None = the main branch), with its entry in the lock."""

    id: str
    revision: str | None = None
    locked: Locked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A question and what its answer was."""

    question: Question
    record: Record
    by_lock: bool  # then the listing must show the card too, which a lock entry does not keep


def foresee(hub: Hub, questions: Iterable[Question], executor: Executor | None = None) -> None:
    """Answer beforehand every question of which a listing shows that the earlier answer still holds.

    Raises CredentialsError where the token is rejected. Faults are left to the questions themselves.
    """
    owners: dict[str, list[Before]] = {}
    questions = list(questions)
    if len({question.id for question in questions}) < FEW:
        return
    for question in questions:
        if (before := _before(hub, question)) is not None and "/" in before.record.id:
            owners.setdefault(before.record.id.partition("/")[0], []).append(before)
    worthwhile = sorted(owner for owner, known in owners.items() if len({b.record.id for b in known}) > 1)
    listed = hub.each(lambda owner: _list(hub, owner, owners[owner]), worthwhile, executor) if worthwhile else {}
    for owner, now in listed.items():
        for before in owners[owner]:
            today = now.get(before.record.id)
            if today is not None and _same(before.record, today):
                record = replace(today, files=before.record.files) if before.by_lock else before.record
                found = Found(record=record, requested=before.question.id, as_of=hub.today)
                hub.answered(before.question.id, before.question.revision, found)


def _before(hub: Hub, question: Question) -> Before | None:
    """The earlier answer; None for one that a listing cannot confirm, such as of a renamed repository or a branch."""
    kept = hub.remembered(question.id, question.revision)
    record = kept.record if kept else _locked_record(question.locked)
    if record is None or record.id != question.id or record.commit is None or record.uid is None or record.unsaid:
        return None
    if question.revision not in (None, "main", record.commit):
        return None
    return Before(question=question, record=record, by_lock=kept is None)


def _locked_record(locked: Locked | None) -> Record | None:
    """What a lock entry tells of the repository; None where it does not tell everything that a report shows."""
    if locked is None or locked.availability not in (Availability.OPEN, Availability.GATED):
        return None
    if locked.license in _OPEN_TAGS or ", " in (locked.license or "") or locked.seen_as is None:
        return None
    if not any("/" not in weight.path for weight in locked.weights):
        return None
    return Record(
        id=locked.id or locked.name,
        uid=locked.uid,
        commit=locked.commit,
        gated=locked.gate or False,
        disabled=False,
        license=locked.license,
        bases=locked.bases,
        files=tuple(File(path=w.path, size=w.size, sha256=w.sha256) for w in locked.weights),
    )


def _same(before: Record, today: Record) -> bool:
    """The commit fixes files and card; gate, disabling and privacy are settings beside it."""
    same = (before.uid, before.commit, before.gated, before.disabled, before.license) == (
        today.uid, today.commit, today.gated, today.disabled, today.license,
    )  # fmt: skip
    return same and before.private in (None, today.private) and before.bases == today.bases


def _list(hub: Hub, owner: str, known: list[Before]) -> dict[str, Record]:
    """List an owner's repositories, page by page, as long as that is cheaper than asking for each that is left."""
    cards = any(before.by_lock for before in known)
    fields, limit = (*FIELDS, "cardData") if cards else FIELDS, PAGE_OF_CARDS if cards else PAGE
    query = [("author", owner), ("limit", str(limit)), ("sort", "createdAt"), *(("expand", field) for field in fields)]
    path = f"/api/models?{urlencode(query)}"
    wanted, found = {before.record.id for before in known}, dict[str, Record]()
    for _ in range(max(1, len(wanted) // 2)):
        reply = hub.get(path, owner)
        if isinstance(reply, Fault) or reply.status != 200 or not reply.marked:
            break
        items = body(reply, owner)
        if isinstance(items, Fault) or not isinstance(items.json, list):
            break
        for item in items.json:
            # One bad record costs its own model a request, and no other.
            with suppress(ValueError):
                record = parse(item)
                found.setdefault(record.id, record)
        following = _NEXT.search(reply.headers.get("link", ""))
        below = hub.below(following[1]) if following else None
        if below is None or len(wanted - found.keys()) < 2:
            break
        path = below
    return found
