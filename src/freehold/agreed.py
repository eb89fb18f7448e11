"""What was agreed to in models.lock, and how a model differs from it today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from freehold.types import Availability, Gate, Reference, Resolved, SeenAs, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A change for the worse that someone agreed to with `freehold lock --accept`."""

    on: date
    was: Availability
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One entry of models.lock: what a model was when someone last agreed to it. What was not known is None."""

    name: str
    ecosystem: str
    availability: Availability
    locked_on: date
    seen_as: SeenAs | None = None  # None where nobody asked the Hub (an API model, a snapshot)
    line: str | None = None
    vendor: str | None = None
    id: str | None = None
    uid: str | None = None
    commit: str | None = None
    gate: Gate | None = None
    license: str | None = None  # the declared identifier
    license_text_sha256: str | None = None
    bases: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    row: int = 1  # the line in the file, for messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A models.lock file. `path` is relative to the root where it lies below it."""

    path: str
    entries: tuple[Locked, ...] = ()

    def find(self, ecosystem: str, name: str) -> Locked | None:
        """Give the entry of this model, or None."""
        return next((e for e in self.entries if e.ecosystem == ecosystem and e.name == name), None)


class ChangeKind(StrEnum):
    """In which respect a model is no longer what the lock says."""

    WEIGHTS_LOST = "weights-lost"
    WEIGHTS_INCOMPLETE = "weights-incomplete"
    WEIGHTS_CHANGED = "weights-changed"
    GATE_TIGHTENED = "gate-tightened"
    LICENSE_CHANGED = "license-changed"
    BRANCH_MOVED = "branch-moved"
    RENAMED = "renamed"
    REPLACED = "replaced"
    SUCCESSOR_API_ONLY = "successor-api-only"
    NEW_API_ONLY = "new-api-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between the lock and today, with both sides in words."""

    kind: ChangeKind
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A model beside its lock entry. For `successor-api-only`, `locked` is the predecessor that is no longer loaded."""

    model: Resolved
    loads: tuple[Reference, ...]
    locked: Locked | None
    changes: tuple[Change, ...]
    predecessor: Resolved | None = None  # what the predecessor is today
