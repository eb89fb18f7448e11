"""Do the bands hold what comes? Strict time splits, each with how many it stands on.

On a cut day the bands learn from what was known by then, and are held against the flagships of the twelve months that
follow, in two ways. *Lines*: a line's count of API-only flagships should fall within the middle 80 % of what its band
foresees, four times out of five. A count falls on a step of its distribution; the part of the step that lies within
10 to 90 % is what counts (a randomized probability integral transform, averaged), so that a right model gives 80 % and
not more. Most lines have one or two flagships a year: this tests where the bands lie more than how wide they are.
*Together*: the share of API-only flagships over all lines should fall within its own 80 % interval. One number a
window; it tests the width. Windows overlap by half a year: they are no independent trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from freehold.vendors.hazard import COVERAGE, Band, Kind, Pair, Rate, State, band, beta, chance, quantile, rate

CUTS = tuple(date(year, month, 1) for year in (2023, 2024, 2025, 2026) for month in (1, 7))[1:-1]
LOW, HIGH = (1 - COVERAGE) / 2, (1 + COVERAGE) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The twelve months after a cut day, for the pairs that began in one state."""

    cut: date
    state: State
    learned: int  # pairs of this state known on the cut day
    lines: int
    covered: float  # how many of them, parts of steps added up
    n: int  # pairs
    closed: int
    low: float  # what was foreseen of closed / n
    high: float

    @property
    def inside(self) -> bool:
        """Did the share of all lines together fall within its interval, give or take half a flagship?"""
        return self.low - 0.5 / self.n <= self.closed / self.n <= self.high + 0.5 / self.n


def windows(
    asked: Sequence[Pair], known: Sequence[Pair], state: State, cuts: Sequence[date] = CUTS, *, others: bool = False
) -> list[Window]:
    """Hold the bands that `known` gave on each cut day against what is `asked`; windows without any pair are left
    out. The two are the same for the shipped tables; `others` are releases that are not among them."""
    found = []
    for cut in cuts:
        past = [p for p in known if p.second <= cut]
        end = cut.replace(year=cut.year + 1)
        later = [p for p in asked if cut < p.second <= end and p.was == state]
        if not later:
            continue
        bands = {(p.vendor, p.line): band(past, p.vendor, p.line, state) for p in later}
        covered = sum(holds(told, [p for p in later if (p.vendor, p.line) == key]) for key, told in bands.items())
        mean = sum(bands[p.vendor, p.line].mean for p in later) / len(later)
        overall = rate([p for p in past if p.was == state])
        low, high = together(later, overall, others=others, mean=mean)
        found.append(
            Window(
                cut=cut,
                state=state,
                learned=sum(p.was == state for p in past),
                lines=len(bands),
                covered=covered,
                n=len(later),
                closed=sum(p.became == "closed" for p in later),
                low=low,
                high=high,
            )
        )
    return found


def holds(told: Band, outcomes: Sequence[Pair]) -> float:
    """Give how much of the step on which a count falls lies within the middle 80 % of its Beta-Binomial."""
    k, n = sum(p.became == "closed" for p in outcomes), len(outcomes)

    def mass(k: int) -> float:
        a, b = told.a, told.b
        logs = math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(n + a + b)
        return math.comb(n, k) * math.exp(logs + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))

    below = sum(mass(i) for i in range(k))
    return max(0.0, min(below + mass(k), HIGH) - max(below, LOW)) / mass(k)


def together(
    sample: Sequence[Pair], overall: Rate, *, others: bool = False, mean: float | None = None
) -> tuple[float, float]:
    """Give the 80 % interval of the share over these pairs in a coming year: the rate is not known, and so many pairs
    of so many vendors leave something to chance. `others` are of other modalities than those learned from, or of the
    same in other proportions, so modalities differ too."""
    alike: dict[Kind, float] = {"vendor": overall.vendors}
    if others:
        alike["modality"] = overall.modalities
    a, b = beta(overall.mean if mean is None else mean, overall.spread + chance(sample, alike))
    return quantile(LOW, a, b), quantile(HIGH, a, b)


def table(asked: Sequence[Pair], known: Sequence[Pair], *, others: bool = False) -> list[str]:
    """Give one row a window, and a sum for each state."""
    rows = ["from        state   learned  lines: covered (95 %)     together, foreseen (80 %)"]
    for state in ("open", "closed"):
        found = windows(asked, known, state, others=others)
        for w in found:
            low, high = _interval(w.covered, w.lines)
            one = f"n {w.lines:3}: {w.covered / w.lines:.0%} ({low:.0%} to {high:.0%})"
            all_of_them = f"{w.closed:2}/{w.n:<2} = {w.closed / w.n:.0%}, {w.low:.0%} to {w.high:.0%}"
            outside = "" if w.inside else "  outside"
            rows.append(f"{w.cut}  {state:6}  {w.learned:7}  {one:24}  {all_of_them}{outside}")
        if found:
            covered, lines = sum(w.covered for w in found), sum(w.lines for w in found)
            inside = f"{sum(w.inside for w in found)} of {len(found)} windows inside"
            one = f"n {lines:3}: {covered / lines:.0%}"
            rows.append(f"all         {state:6}           {one:24}  {inside}")
    return rows


def _interval(covered: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, as if lines were independent; those of a vendor are not, so it is rather wider."""
    return quantile(0.025, covered + 0.5, n - covered + 0.5), quantile(0.975, covered + 0.5, n - covered + 0.5)
