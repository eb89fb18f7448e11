"""Shutdowns of API names: how much notice providers gave, and how often names were shut down or became dearer.

A published date is a fact and comes from rules/vendors. Everything else here is a base rate by kind of name, over
windows of twelve months that overlap: it says how such names fared, and forecasts nothing about one of them.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from freehold.rules import rules_dir
from freehold.vendors.hazard import quantile
from freehold.vendors.history import Retirement
from freehold.vendors.lines import Vendors
from freehold.vendors.names import moves

Kind: TypeAlias = Literal["dated", "undated", "latest", "preview"]
KINDS: tuple[Kind, ...] = ("dated", "undated", "latest", "preview")
_RESAMPLES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How many days lay between announcement and shutdown, where both were published."""

    ecosystem: str
    median: int
    least: int  # the tenth percentile
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A name on its maker's own API: the months in which a price table had it, and in which its price moved."""

    ecosystem: str
    name: str
    first: str  # 2025-03
    last: str
    rises: tuple[str, ...]
    falls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of the (name, month) windows of a kind ended that way. The 80 % interval resamples
    providers: the windows of a name overlap, and a provider ends its names together."""

    kind: Kind | Literal["all"]
    hits: int
    windows: int
    names: int
    low: float
    high: float


def kind_of(name: str) -> Kind:
    """Tell how a name is pinned: by a date, not at all, to whatever is newest, or to a preview."""
    bare = name.lower()
    if bare.endswith("-latest"):
        return "latest"
    if "preview" in bare or "-exp" in bare or "beta" in bare:
        return "preview"
    return "undated" if moves(bare) else "dated"


def notice(vendors: Vendors, ecosystem: str) -> Notice | None:
    """Give the notice periods of a provider; None below five known ones. An announcement on the day of the shutdown is
    a date that nobody wrote down, and is left out."""
    days = sorted(
        (r.on - r.announced).days
        for r in _shutdowns(vendors)
        if r.ecosystem == ecosystem and r.announced is not None and r.on > r.announced
    )
    if len(days) < 5:
        return None
    return Notice(ecosystem=ecosystem, median=round(statistics.median(days)), least=days[len(days) // 10], n=len(days))


def seen() -> tuple[Seen, ...]:
    """Read rules/history/api-names.tsv, which names its sources."""
    lines = (rules_dir() / "history" / "api-names.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith(("#", "ecosystem\t")))
    return tuple(
        Seen(ecosystem=e, name=n, first=first, last=last, rises=tuple(up.split()), falls=tuple(down.split()))
        for e, n, first, last, up, down in rows
    )


def shutdown_rates(vendors: Vendors, months: Sequence[str]) -> tuple[Rate, ...]:
    """Give how many names without an announced end on the first day of these months were shut down within a year."""
    ends = {(r.ecosystem, r.name.lower()): r for r in _shutdowns(vendors)}

    def outcome(name: Seen, month: str) -> bool | None:
        end = ends.get((name.ecosystem, name.name.lower()))
        if end is None:
            return False
        start = date.fromisoformat(f"{month}-01")
        if end.on <= start or (end.announced is not None and end.announced <= start):
            return None
        return end.on <= start.replace(year=start.year + 1)

    return _rates(seen(), months, outcome)


def rise_rates(vendors: Vendors, months: Sequence[str]) -> tuple[Rate, ...]:
    """Give how often the price under the same name rose by more than 5 % within a year, while the name lived."""
    ends = {(r.ecosystem, r.name.lower()): r for r in _shutdowns(vendors)}

    def outcome(name: Seen, month: str) -> bool | None:
        later = f"{int(month[:4]) + 1}{month[4:]}"
        end = ends.get((name.ecosystem, name.name.lower()))
        last = later if end is None else min(later, end.on.isoformat()[:7])
        if last <= month or (end is None and name.last < later):
            return None
        return any(month < rise <= last for rise in name.rises)

    return _rates(seen(), months, outcome)


def _rates(
    names: Iterable[Seen], months: Sequence[str], outcome: Callable[[Seen, str], bool | None]
) -> tuple[Rate, ...]:
    windows = [
        (kind_of(name.name), name, told)
        for name in names
        for month in months
        if name.first <= month <= name.last and (told := outcome(name, month)) is not None
    ]
    kinds: tuple[Kind | Literal["all"], ...] = ("all", *KINDS)
    return tuple(rate(kind, [(name, told) for k, name, told in windows if kind in ("all", k)]) for kind in kinds)


def rate(kind: Kind | Literal["all"], windows: Sequence[tuple[Seen, bool]]) -> Rate:
    """Give the share of windows that ended that way, with its interval over providers."""
    sums: dict[str, tuple[int, int]] = {}
    for name, told in windows:
        hits, n = sums.get(name.ecosystem, (0, 0))
        sums[name.ecosystem] = (hits + told, n + 1)
    draw = random.Random(0)  # noqa: S311 (a fixed seed: the same tables give the same interval)
    clusters = [sums[ecosystem] for ecosystem in sorted(sums)]
    drawn = [draw.choices(clusters, k=len(clusters)) for _ in range(_RESAMPLES if clusters else 0)]
    shares = sorted(sum(h for h, _ in each) / sum(n for _, n in each) for each in drawn) or [0.0]
    hits, names = sum(told for _, told in windows), len({(name.ecosystem, name.name) for name, _ in windows})
    ended = names * hits / len(windows) if windows else 0.0
    # Few providers that agree by chance prove no certainty: never narrower than what so many names could say.
    low, high = (quantile(q, ended + 0.5, names - ended + 0.5) for q in (0.1, 0.9))
    return Rate(
        kind=kind,
        hits=hits,
        windows=len(windows),
        names=names,
        low=min(low, shares[len(shares) // 10]),
        high=max(high, shares[-1 - len(shares) // 10]),
    )


def _shutdowns(vendors: Vendors) -> Iterable[Retirement]:
    return (r for r in vendors.retirements if not r.earliest)
