"""What a vendor did, as values, and what that means on a given day.

Nothing after the day that is asked about exists: a release of tomorrow, or weights that open tomorrow, do not count.
A fact that is not verified stays visible and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from freehold.types import Availability

#: Weights often follow an API by one to five weeks; only from this day after the launch on is a flagship called closed.
#: Four labs opened theirs within 9 to 32 days of the launch in 2026, none between 33 and 90.
CLOSED_AFTER = timedelta(days=90)

#: How a release came out; `withdrawn` is what became of one whose weights were taken down.
Access: TypeAlias = Literal["open", "gated", "api-only", "unreleased", "withdrawn"]
ACCESSES: tuple[Access, ...] = ("open", "gated", "api-only", "unreleased")

EventKind: TypeAlias = Literal[
    "closed", "opened", "gated", "ungated", "deleted", "relicensed", "repriced", "retired", "governance", "pledge"
]
KINDS: tuple[EventKind, ...] = (
    "closed", "opened", "gated", "ungated", "deleted", "relicensed", "repriced", "retired", "governance", "pledge",
)  # fmt: skip

Precision: TypeAlias = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of a line. `access` is that of its launch day; `access_on` gives that of another day."""

    model: str
    on: date
    access: Access
    source: str
    flagship: bool = True  # the best of its line on that day, as the vendor placed it
    license: str | None = None  # SPDX where there is an identifier, else the license's own name
    noncommercial: bool = False  # the weights may be had, but not be used in business
    weights: tuple[str, ...] = ()  # Hub repositories
    api: tuple[str, ...] = ()  # names under which the vendor's own API offers it
    opened_on: date | None = None  # weights that came after the launch
    withdrawn_on: date | None = None  # weights that were taken down again
    any_open: bool | None = None  # were any weights of this generation out within 90 days? None = not known
    reduced_variant_of: str | None = None  # this is the cut-down, open sibling of that closed flagship
    verified: bool = True
    note: str = ""

    def access_on(self, today: date) -> Access:
        """Give the access on a day, from the launch day on."""
        if self.withdrawn_on is not None and self.withdrawn_on <= today:
            return "withdrawn"
        return "open" if self.opened_on is not None and self.opened_on <= today else self.access

    @property
    def closed_at_launch(self) -> bool:
        """Had nobody its weights on the launch day, whatever followed? What a forecast of it is held against."""
        return self.access not in ("open", "gated")

    def has_weights(self, today: date) -> bool:
        """Could anyone download its weights on that day, behind a gate or not?"""
        return self.access_on(today) in ("open", "gated")

    def availability(self, today: date) -> Availability:
        """Give the same in the words of the report; a model nobody may use is offered nowhere, so API-only is as
        close as it gets."""
        words = {
            "open": Availability.OPEN,
            "gated": Availability.GATED,
            "withdrawn": Availability.WITHDRAWN,
        }
        return words.get(self.access_on(today), Availability.API_ONLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """An API name for published weights that are no listed release, such as a smaller size."""

    name: str
    weights: tuple[str, ...]
    gated: bool = False

    @property
    def source(self) -> str:
        """Where the weights lie, which is what the row says."""
        return f"https://huggingface.co/{self.weights[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a snapshot saw of weights on the Hub, in an organization of a vendor or not: open, gated or withdrawn."""

    repository: str
    availability: Availability
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something dated that a vendor did or said, in our own words. It explains, and weighs nothing alone."""

    on: date  # the first day of the period where only a month or a year is known
    kind: EventKind
    text: str
    source: str
    precision: Precision = "day"
    line: str | None = None
    verified: bool = True

    @property
    def when(self) -> str:
        """The date as precisely as it is known: 2026-03-30, 2026-04 or 2026."""
        return self.on.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A published shutdown of an API name. `earliest` is a promise not to retire it before that day: no notice."""

    ecosystem: str
    name: str
    on: date
    source: str
    announced: date | None = None
    replacement: str | None = None
    redirects: bool = False  # the name keeps answering, from another model and at another price
    earliest: bool = False
    verified: bool = True
    as_of: date | None = None  # when this was read where `source` says
    others: tuple[Retirement, ...] = ()  # what was read before, or elsewhere, and says another day


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """A line on a day. Exactly one of `open`, `pending` and `closed` holds; `dark` may stand beside `closed`."""

    today: date
    flagship: Release
    access: Access
    days: int  # since the flagship's launch
    dark: bool  # no weights at all of that generation within 90 days of its launch, and none of the flagship since
    previous_open: Release | None  # the newest earlier flagship with weights
    newest_open: Release | None  # the newest release with weights, of whatever size
    closed_since: date | None  # since when no flagship has had weights, 90 days granted: a new API-only flagship does
    # not start the clock again, so this may be set while the flagship itself is still `pending`
    reduced_variants: tuple[Release, ...]  # open, cut-down siblings of the flagships closed since the last open one

    @property
    def open(self) -> bool:
        """The newest flagship has weights, behind a gate or not."""
        return self.access in ("open", "gated")

    @property
    def closed(self) -> bool:
        """The newest flagship has had no weights for 90 days or more."""
        return not self.open and self.days >= CLOSED_AFTER.days

    @property
    def pending(self) -> bool:
        """The newest flagship has no weights yet, and 90 days are not over."""
        return not self.open and not self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A succession of models that replace one another. Releases stand in the order of their dates."""

    id: str
    vendor: str
    name: str
    modality: str
    repositories: tuple[str, ...] = ()  # glob patterns of Hub ids
    names: tuple[str, ...] = ()  # glob patterns of API names, for those that are listed nowhere
    api: tuple[str, ...] = ()  # API-only names that belong to the line, but to no listed release
    api_source: str = ""
    hosted: tuple[Hosted, ...] = ()
    releases: tuple[Release, ...] = ()

    def flagships(self, today: date = date.max) -> tuple[Release, ...]:
        """Give the verified flagships up to a day, oldest first."""
        return tuple(r for r in self.releases if r.flagship and r.verified and r.on <= today)

    def state(self, today: date) -> LineState | None:
        """Say how the line stands on a day; None before its first verified flagship."""
        flagships = self.flagships(today)
        if not flagships:
            return None
        newest, days = flagships[-1], (today - flagships[-1].on).days
        last_open = max((n for n, r in enumerate(flagships) if r.has_weights(today)), default=-1)
        run = flagships[last_open + 1 :]  # the flagships without weights since then; empty for an open line
        earlier = [r for r in flagships[:-1] if r.has_weights(today)]
        return LineState(
            today=today,
            flagship=newest,
            access=newest.access_on(today),
            days=days,
            dark=days >= CLOSED_AFTER.days and newest.any_open is False and not newest.has_weights(today),
            previous_open=earlier[-1] if earlier else None,
            newest_open=next(
                (r for r in reversed(self.releases) if r.verified and r.on <= today and r.has_weights(today)), None
            ),
            closed_since=run[0].on + CLOSED_AFTER if run and run[0].on + CLOSED_AFTER <= today else None,
            reduced_variants=tuple(
                r
                for r in self.releases
                if r.reduced_variant_of in {shut.model for shut in run}
                and r.verified
                and r.on <= today
                and r.has_weights(today)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A host's own name for somebody else's model: `model` is its name at home, or its repository on the Hub."""

    name: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A vendor's API: the ecosystem its names belong to, and the SDKs that speak it."""

    ecosystem: str
    name: str
    source: str
    packages: tuple[str, ...] = ()
    api: tuple[str, ...] = ()  # API-only names that belong to no line
    serves: tuple[Served, ...] = ()
    api_source: str = ""  # of both


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Who publishes: Hub organizations, APIs, lines, and what happened."""

    id: str
    name: str
    country: str | None
    organizations: tuple[str, ...]
    checked_on: date
    source: str
    known_as: tuple[str, ...] = ()  # words that hosts put before its models' names
    providers: tuple[Provider, ...] = ()
    lines: tuple[Line, ...] = ()
    events: tuple[Event, ...] = ()
    retirements: tuple[Retirement, ...] = ()
