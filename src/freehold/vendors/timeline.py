"""The history of a vendor or a line as a timeline of values, for `freehold explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from freehold.vendors.history import Access, Event, EventKind, Line, Precision, Release, Vendor

#: What an entry is: a release as it came out, weights that followed, or a dated event.
Kind: TypeAlias = Access | EventKind

#: Without a line, these concern all lines; the others then speak of a model that belongs to no listed line.
WIDE: frozenset[EventKind] = frozenset({"closed", "opened", "governance", "pledge", "repriced"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One dated row with its source. Texts are our own words."""

    on: date
    kind: Kind
    text: str
    source: str
    line: str | None
    precision: Precision = "day"
    flagship: bool = False
    verified: bool = True

    @property
    def when(self) -> str:
        """The date as precisely as it is known."""
        return self.on.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]


def of_line(vendor: Vendor, line: Line, today: date) -> tuple[Entry, ...]:
    """Give what happened to a line up to a day, oldest first: its releases, weights that followed, its events, and what
    concerns all of the vendor."""
    events = _events(vendor, today, lambda event: event.line == line.id or (event.line is None and event.kind in WIDE))
    return _sorted([*_releases(line, today), *events])


def of_vendor(vendor: Vendor, today: date) -> tuple[Entry, ...]:
    """Give what happened at a vendor up to a day: the flagships of all lines, and every event."""
    releases = (entry for line in vendor.lines for entry in _releases(line, today) if entry.flagship)
    return _sorted([*releases, *_events(vendor, today, lambda event: True)])


def _releases(line: Line, today: date) -> Iterable[Entry]:
    for release in line.releases:
        if release.on <= today:
            yield _entry(release, line, release.on, release.access, _describe(release))
        if release.opened_on is not None and release.opened_on <= today:
            days = (release.opened_on - release.on).days
            yield _entry(release, line, release.opened_on, "opened", f"weights of {release.model}, {days} days later")
        if release.withdrawn_on is not None and release.withdrawn_on <= today:
            yield _entry(release, line, release.withdrawn_on, "deleted", f"weights of {release.model} taken down")


def _describe(release: Release) -> str:
    parts = [release.model]
    if release.license:
        parts.append(release.license)
    if release.noncommercial and "non-commercial" not in (release.license or "").lower():
        parts.append("not for commercial use")
    if release.reduced_variant_of:
        parts.append(f"cut-down sibling of {release.reduced_variant_of}")
    if release.note:
        parts.append(release.note)
    return ", ".join(parts)


def _entry(release: Release, line: Line, on: date, kind: Kind, text: str) -> Entry:
    return Entry(
        on=on,
        kind=kind,
        text=text,
        source=release.source,
        line=line.id,
        flagship=release.flagship,
        verified=release.verified,
    )


def _events(vendor: Vendor, today: date, wanted: Callable[[Event], bool]) -> Iterable[Entry]:
    for event in vendor.events:
        if event.on <= today and wanted(event):
            yield Entry(
                on=event.on,
                kind=event.kind,
                text=event.text,
                source=event.source,
                line=event.line,
                precision=event.precision,
                verified=event.verified,
            )


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda e: (e.on, e.line or "", not e.flagship, e.text)))
