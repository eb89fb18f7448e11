"""What a predicate sees, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from freehold.agreed import Comparison
from freehold.licenses.lineage import Dropped
from freehold.licenses.packages import Relicensed
from freehold.licenses.terms import Judgement
from freehold.types import Exposure, Location, LockStatus, Reference, Requirement, Rule, Severity
from freehold.vendors.history import Line, LineState, Release, Retirement
from freehold.vendors.money import Change
from freehold.waivers import Waived


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One loaded model: what it is, what was locked, where its line stands today."""

    comparison: Comparison
    locking: bool  # the project has a lockfile
    today: date
    line: Line | None = None
    line_state: LineState | None = None
    release: Release | None = None  # the listed release that these weights, or this API name, belong to
    served: bool = False  # it is called at an API: no weights, and no license of weights, are taken on
    floating: bool = False  # an API name that the vendor moves from model to model
    snapshot: str | None = None  # the newest dated name that is listed of it
    retirement: Retirement | None = None
    retires_within_days: int | None = None  # the limit in the settings; None: any published date is told
    prices: tuple[Change, ...] = ()  # every dated change of its price, announced ones too
    judgement: Judgement | None = None  # of its license, for this organization and policy
    dropped: tuple[Dropped, ...] = ()  # what its license leaves out of those of its bases

    @property
    def place(self) -> Location:
        """The first load outside tests and examples, else the first."""
        return min(self.comparison.loads, key=_weight).location

    @property
    def shipped(self) -> bool:
        """True where a load stands outside tests, examples and documents."""
        return any(load.scope == "code" for load in self.comparison.loads)

    @property
    def related(self) -> tuple[Location, ...]:
        """All other loads."""
        return tuple(load.location for load in self.comparison.loads if load.location != self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is judged once per project, beside its models."""

    lock: LockStatus
    exposures: tuple[tuple[Exposure, Location], ...] = ()  # with the place of each model's load
    exposure_limit: int | None = None
    requirements: tuple[Requirement, ...] = ()
    relicensed: tuple[Relicensed, ...] = ()
    waived: Waived | None = None  # None until the waivers were held against the findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A predicate's answer: it holds here, in these words."""

    message: str
    location: Location
    model: str | None = None
    ecosystem: str | None = None
    severity: Severity | None = None  # only where it is milder than the rule's own
    evidence: tuple[str, ...] = ()
    related: tuple[Location, ...] = ()
    remedy: str | None = None  # key of the rule's special remedies
    words: tuple[tuple[str, str], ...] = ()  # what the remedy's placeholders stand for


ModelPredicate: TypeAlias = Callable[[Case, Rule], Iterator[Hit]]
ProjectPredicate: TypeAlias = Callable[[Project, Rule], Iterator[Hit]]


def _weight(load: Reference) -> tuple[bool, Location]:
    return load.scope != "code", load.location


def parameter(rule: Rule, key: str) -> tuple[str, ...]:
    """Give a parameter of a rule; an empty tuple where it has none of that name."""
    return next((values for name, values in rule.parameters if name == key), ())


def hit(
    case: Case,
    message: str,
    *,
    severity: Severity | None = None,
    evidence: tuple[str, ...] = (),
    remedy: str | None = None,
    words: tuple[tuple[str, str], ...] = (),
) -> Hit:
    """Give a hit at the loads of a model."""
    model = case.comparison.model
    return Hit(
        message=message,
        location=case.place,
        related=case.related,
        model=model.name,
        ecosystem=model.ecosystem,
        severity=severity,
        evidence=evidence,
        remedy=remedy,
        words=words,
    )
