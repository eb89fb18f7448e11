"""One probability, as a band: is the next flagship of this line API-only?

What history supports is little: whether a line is open today says most of it, the vendor a bit, and no feature that
was tried separates the open lines that close from those that do not. So there is one number per state, shrunk from
even odds to all lines to the vendor to the line, shown as an 80 % interval that never leaves 10 to 90 %. It stands
beside the score and never enters it. `backtest` holds it against what happened.

**What the band covers**: the line's own rate in the year to come, that is the share of API-only flagships among those
that follow one of this state, if there were very many. Nobody sees a rate; what is seen is a count, k of the n next
flagships. So a band is right if such counts fall within the middle 80 % of what it foresees (Beta-Binomial), four
times out of five; one flagship alone can be neither inside nor outside. An end at 10 or 90 % means "or beyond": there
are lines whose rate is nearer to 0 or 1, and nothing here can tell them from the others.

**How wide it is**: as wide as three ignorances together, all of them from pairs that were known by then. The rate of
all lines is known from few vendors, years and modalities, whose pairs go together; the coming year differs from the
years before, a modality and a vendor from the others, by as much as they did so far (`between`); a line differs from
its vendor. Until pairs tell otherwise, each step counts as different as the shrinkage says. (What a modality's own
rate is enters the width only: as a feature it has not beaten the two-state chain.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from freehold.vendors.history import Line

State: TypeAlias = Literal["open", "closed"]
#: In what pairs may be alike.
Kind: TypeAlias = Literal["vendor", "year", "modality"]

#: How many pairs' worth of weight the level above has, at each step. Of 1, 4, 16 and infinity, 16 predicted best on
#: these same pairs, so it flatters a little; smaller values over-commit (at p near 0.07 a quarter closed).
SHRINKAGE = 16.0
#: Below and above these the observed frequencies did not follow the predicted ones.
LEAST, MOST = 0.10, 0.90
COVERAGE = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two flagships of a line that follow each other: how the first came out, and how the second did."""

    line: str
    vendor: str
    first: date
    second: date
    was: State
    became: State
    modality: str = ""  # empty where nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How likely the next flagship of a line is API-only, given how the line stands."""

    state: State
    a: float  # the parameters of its Beta distribution
    b: float
    n: int  # pairs with the same state before, over all lines
    closed: int  # those whose second flagship was API-only
    n_vendor: int
    n_line: int

    @property
    def mean(self) -> float:
        """The probability before it is clipped: what the back-test scores."""
        return self.a / (self.a + self.b)

    @property
    def probability(self) -> float:
        """The probability as it is shown: never below 10 % or above 90 %."""
        return _clip(self.mean)

    @property
    def low(self) -> float:
        """The lower end of the 80 % interval, clipped likewise."""
        return _clip(quantile((1 - COVERAGE) / 2, self.a, self.b))

    @property
    def high(self) -> float:
        """The upper end of the 80 % interval, clipped likewise."""
        return _clip(quantile((1 + COVERAGE) / 2, self.a, self.b))

    @property
    def sentence(self) -> str:
        """The band in words, with what it does not say."""
        if self.state == "open":
            return (
                f"{self.low:.0%} to {self.high:.0%} that the next flagship is API-only (80 % interval; {self.closed} "
                f"of {self.n} open flagships were followed by an API-only one; the data cannot rank open vendors)"
            )
        return (
            f"{1 - self.high:.0%} to {1 - self.low:.0%} that the next flagship comes with weights (80 % interval; "
            f"{self.n - self.closed} of {self.n} API-only flagships were followed by an open one)"
        )


def pairs(lines: Iterable[Line], *, unverified: bool = False) -> tuple[Pair, ...]:
    """Give all pairs, as of each launch day: weights that came later do not count. `unverified` takes rows in that
    decide nothing elsewhere; the back-test reports both."""
    found: list[Pair] = []
    for line in lines:
        flagships = [r for r in line.releases if r.flagship and (r.verified or unverified)]
        for one, two in itertools.pairwise(flagships):
            states: list[State] = ["closed" if r.closed_at_launch else "open" for r in (one, two)]
            found.append(
                Pair(
                    line=line.id,
                    vendor=line.vendor,
                    first=one.on,
                    second=two.on,
                    was=states[0],
                    became=states[1],
                    modality=line.modality,
                )
            )
    return tuple(sorted(found, key=lambda p: (p.second, p.line)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often flagships of one state were followed by an API-only one. Variances are shares of mean × (1 - mean),
    the variance of a single outcome."""

    n: int
    closed: int
    mean: float
    spread: float  # of the rate of the coming year
    vendors: float  # how much vendors differ beyond chance
    years: float  # how much years do
    modalities: float  # how much modalities do

    @property
    def beta(self) -> tuple[float, float]:
        """The Beta distribution of the coming year's rate over all lines."""
        return beta(self.mean, self.spread)


def rate(same: Sequence[Pair], shrinkage: float = SHRINKAGE) -> Rate:
    """Give the rate of pairs that began in the same state, shrunk to even odds."""
    n, closed = len(same), _closed(same)
    mean = (closed + shrinkage / 2) / (n + shrinkage)
    share = (closed + 1) / (n + 2)  # the rule of succession: what groups are held against is not shrunk to even odds
    vendors, years, modalities = (between(grouped(same, by), share, shrinkage) for by in ("vendor", "year", "modality"))
    drawn = chance(same, {"vendor": vendors, "year": years})
    spread = step(shrinkage, n, 0.0, 1 / (shrinkage + 1), drawn) + years
    return Rate(n=n, closed=closed, mean=mean, spread=spread, vendors=vendors, years=years, modalities=modalities)


def chance(sample: Sequence[Pair], differ: Mapping[Kind, float]) -> float:
    """Give the variance of a share over these pairs: those of a group say less together than apart, the more groups
    of that kind differ."""
    if not sample:
        return 1.0
    n = len(sample)
    alike = (rho * sum(len(g) ** 2 - len(g) for g in grouped(sample, kind)) for kind, rho in differ.items())
    return 1 / n + sum(alike) / n**2


def between(groups: Iterable[Sequence[Pair]], mean: float, shrinkage: float = SHRINKAGE) -> float:
    """Give how much groups differ beyond chance, as a share of the variance of a single outcome.

    A moment estimate, shrunk to what `shrinkage` implies. Small groups say little of it and groups of one nothing;
    groups that agree better than chance lower it by their weight, but never to nothing.
    """
    found, weights = 0.0, 1.0
    for group in groups:
        if (n := len(group)) > 1:
            weight = ((n - 1) / (n - 1 + shrinkage)) ** 2
            excess = (_closed(group) / n - mean) ** 2 / (mean * (1 - mean)) - 1 / n
            found += weight * excess * n / (n - 1)
            weights += weight
    return (1 / (shrinkage + 1) + max(0.0, found)) / weights


def band(known: Iterable[Pair], vendor: str, line: str, state: State, shrinkage: float = SHRINKAGE) -> Band:
    """Give the band of a line from these pairs: from all lines to the vendor to the line."""
    same = [p for p in known if p.was == state]
    of_vendor = [p for p in same if p.vendor == vendor]
    of_line = [p for p in of_vendor if p.line == line]
    overall = rate(same, shrinkage)
    mean, spread = overall.mean, overall.spread + overall.modalities
    for pairs_of, differ in ((of_vendor, overall.vendors), (of_line, 1 / (shrinkage + 1))):
        n = len(pairs_of)
        mean = (_closed(pairs_of) + shrinkage * mean) / (n + shrinkage)
        spread = step(shrinkage, n, spread, differ, (1 - differ) / n if n else 0.0)
    a, b = beta(mean, spread)
    return Band(
        state=state,
        a=a,
        b=b,
        n=overall.n,
        closed=overall.closed,
        n_vendor=len(of_vendor),
        n_line=len(of_line),
    )


def step(shrinkage: float, n: int, above: float, differ: float, chance: float) -> float:
    """The spread of a level: what is not known of the level above and how much this one differs from it, as far as it
    is leant on; and the chance in the level's own n pairs, as far as they count."""
    weight = shrinkage / (shrinkage + n)
    return float(weight**2 * (above + differ) + (1 - weight) ** 2 * chance)


def beta(mean: float, spread: float) -> tuple[float, float]:
    """The Beta distribution of this mean and variance; a spread of 1 would be certainty of either outcome."""
    size = 1 / min(spread, 0.9) - 1
    return mean * size, (1 - mean) * size


def grouped(same: Iterable[Pair], kind: Kind) -> list[list[Pair]]:
    """Give the pairs of each vendor, of each year in which they came out, or of each modality."""
    groups: dict[str, list[Pair]] = {}
    for pair in same:
        groups.setdefault(str(pair.second.year) if kind == "year" else getattr(pair, kind), []).append(pair)
    return list(groups.values())


def of_line(lines: Iterable[Line], line: Line, today: date) -> Band | None:
    """Give the band of a line as of a day, from what had happened by then; None before its first flagship.

    Where weights followed after the launch, the line counts as open from then on: too few did (9 of 187) to learn
    from them apart.
    """
    state = line.state(today)
    if state is None:
        return None
    known = (p for p in pairs(lines) if p.second <= today)
    return band(known, line.vendor, line.id, "open" if state.open else "closed")


def _clip(p: float) -> float:
    return min(max(p, LEAST), MOST)


def _closed(found: Iterable[Pair]) -> int:
    return sum(p.became == "closed" for p in found)


def quantile(q: float, a: float, b: float) -> float:
    """Give the q-quantile of a Beta(a, b) distribution, by bisection of its distribution function."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle, a, b) < q else (low, middle)
    return (low + high) / 2


def below(x: float, a: float, b: float) -> float:
    """Give the probability that a Beta(a, b) variable lies below x: the regularized incomplete beta function.

    Its continued fraction (DLMF 8.17.22), evaluated by Lentz's method, converges fast for x < (a + 1) / (a + b + 2);
    the symmetry covers the rest. The standard library has no beta distribution, and SciPy is too heavy for one number.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - below(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d, fraction = 1.0, 0.0, 1.0
    for m in range(200):
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))
        for term in (odd, even):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front / fraction
