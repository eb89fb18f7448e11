"""Would the band have been right? Recomputed from rules/vendors: `python -m freehold.vendors.backtest`.

The protocol was fixed before the numbers: predict on the launch day of one flagship how the next comes out, learning
only from pairs whose outcome was known by that day; score outcomes from 2024 on, once 25 pairs are known; compare
with the running base rate and with a two-state Markov chain; resample whole vendors, because the lines of a vendor
are not independent. The lines were chosen by people who knew how they went on, and the shrinkage was chosen on these
pairs: both flatter.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from freehold.rules import rules_dir
from freehold.vendors import retirement
from freehold.vendors.hazard import COVERAGE, SHRINKAGE, Band, Pair, State, band, of_line, pairs, quantile
from freehold.vendors.history import Line
from freehold.vendors.lines import Vendors

SINCE = date(2024, 1, 1)
LEAST_TRAINING = 25
#: The research that chose model and shrinkage ended here; what came later tests them on outcomes nobody had seen.
RESEARCH_ENDED = date(2026, 8, 22)
STATES: tuple[State, ...] = ("open", "closed")
MARKOV = 1e9  # shrunk this much, vendor and line say nothing: what remains is a two-state Markov chain
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One prediction of the past, with what came."""

    pair: Pair
    base: float  # the share of API-only flagships so far
    markov: float  # the same, given the state before
    band: float  # the shipped model

    @property
    def outcome(self) -> int:
        """1 where the next flagship was API-only."""
        return int(self.pair.became == "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % interval over resampled vendors."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def replay(known: Sequence[Pair], shrinkage: float = SHRINKAGE) -> tuple[Forecast, ...]:
    """Predict every pair from what was known on its first launch day."""
    told = []
    for pair in known:
        past = [p for p in known if p.second <= pair.first]
        if pair.second < SINCE or len(past) < LEAST_TRAINING:
            continue
        model = band(past, pair.vendor, pair.line, pair.was, shrinkage)
        told.append(
            Forecast(
                pair=pair,
                base=sum(p.became == "closed" for p in past) / len(past),
                markov=band(past, pair.vendor, pair.line, pair.was, MARKOV).mean,
                band=model.mean,
            )
        )
    return tuple(told)


Score = Callable[[Sequence[Forecast]], float]


def brier(which: str) -> Score:
    """Give the mean squared error of one of the three predictions."""
    return lambda told: sum((getattr(f, which) - f.outcome) ** 2 for f in told) / len(told)


def skill(told: Sequence[Forecast]) -> float:
    """Give the Brier skill of the band against the two-state Markov chain: 0 is no better, 1 is perfect."""
    reference = brier("markov")(told)
    return 1 - brier("band")(told) / reference if reference else 0.0


def auc(told: Sequence[Forecast]) -> float:
    """Give the chance that the band ranks a closing pair above one that stays open; 0.5 says it cannot."""
    ones = [f.band for f in told if f.outcome]
    zeros = [f.band for f in told if not f.outcome]
    if not ones or not zeros:
        return math.nan
    return sum((one > zero) + 0.5 * (one == zero) for one in ones for zero in zeros) / (len(ones) * len(zeros))


def resampled(told: Sequence[Forecast], score: Score, seed: int = 0) -> Interval:
    """Give a score with the 95 % interval of a bootstrap that draws vendors, not pairs."""
    vendors: dict[str, list[Forecast]] = {}
    for forecast in told:
        vendors.setdefault(forecast.pair.vendor, []).append(forecast)
    clusters = [vendors[v] for v in sorted(vendors)]
    draw = random.Random(seed)  # noqa: S311 (a fixed seed: the same tables give the same interval)
    values = []
    for _ in range(RESAMPLES):
        value = score([f for cluster in draw.choices(clusters, k=len(clusters)) for f in cluster])
        if not math.isnan(value):
            values.append(value)
    values.sort()
    edge = len(values) // 40
    return Interval(value=score(told), low=values[edge], high=values[-1 - edge])


def calibration(told: Sequence[Forecast], edges: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1.01)) -> list[str]:
    """Give one row a bin: how many, what was predicted, what came."""
    rows = []
    for low, high in itertools.pairwise(edges):
        inside = [f for f in told if low <= f.band < high]
        if inside:
            mean = sum(f.band for f in inside) / len(inside)
            came = sum(f.outcome for f in inside) / len(inside)
            rows.append(f"{low:.1f}-{min(high, 1):.1f}  n {len(inside):3}  predicted {mean:.2f}  came {came:.2f}")
    return rows


def coverage(known: Sequence[Pair], state: State, cuts: Sequence[date]) -> tuple[float, int]:
    """Say how often the number of later closings of a line lies within the 80 % interval that its band gave on a cut
    day, and for how many (cut day, line) groups.

    A count falls on a step of its distribution; the part of the step that lies within 10 to 90 % is what counts (a
    randomized probability integral transform, averaged), so that a right model gives 80 % and not more.
    """
    covered, groups = 0.0, 0
    for cut in cuts:
        past = [p for p in known if p.second <= cut]
        later = [p for p in known if p.second > cut and p.was == state]
        for vendor, line in sorted({(p.vendor, p.line) for p in later}):
            outcomes = [p.became == "closed" for p in later if p.line == line]
            below, up_to = _step(sum(outcomes), len(outcomes), band(past, vendor, line, state))
            inside = min(up_to, (1 + COVERAGE) / 2) - max(below, (1 - COVERAGE) / 2)
            covered += max(0.0, inside) / (up_to - below)
            groups += 1
    return covered / groups if groups else math.nan, groups


def _step(k: int, n: int, told: Band) -> tuple[float, float]:
    """The probability of fewer than k of n, and of k or fewer, under the Beta-Binomial of this band."""

    def mass(k: int) -> float:
        a, b = told.a, told.b
        logs = math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(n + a + b)
        return math.comb(n, k) * math.exp(logs + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))

    below = sum(mass(i) for i in range(k))
    return below, below + mass(k)


def rates(known: Sequence[Pair]) -> list[str]:
    """Give how often each state was followed by a closed flagship, over all years and by year; 80 % intervals."""
    rows = []
    for state in STATES:
        same = [p for p in known if p.was == state]
        for name, group in [
            ("all", same),
            *((str(y), [p for p in same if p.second.year == y]) for y in (2024, 2025, 2026)),
        ]:
            k, n = sum(p.became == "closed" for p in group), len(group)
            if n:
                low, high = quantile(0.1, k + 0.5, n - k + 0.5), quantile(0.9, k + 0.5, n - k + 0.5)
                rows.append(f"{state:6} -> closed  {name:4}  {k:3}/{n:<3} = {k / n:.0%}  ({low:.0%} to {high:.0%})")
    return rows


def report(known: Sequence[Pair]) -> list[str]:
    """Give the whole back-test of one set of pairs as text."""
    told = replay(known)
    of_open = [f for f in told if f.pair.was == "open"]
    rows = [
        f"{_sizes(known)}; {len(told)} predicted, of {len({f.pair.line for f in told})} lines",
        "",
        *rates(known),
        "",
        f"Brier, all            {_briers(told)}",
        f"Brier, open before    {_briers(of_open)}",
        f"skill against Markov  {resampled(told, skill)}",
        f"AUC, all              {resampled(told, auc)}",
        f"AUC, open before      {resampled(of_open, auc)}   n {len(of_open)}; 0.5: open vendors cannot be ranked",
        f"Brier by shrinkage    {'  '.join(f'{k:g}: {_brier_of(known, k):.3f}' for k in (1, 4, 16, MARKOV))}",
        "",
        *calibration(told),
    ]
    rows += ["", "80 % bands hold the later closings of a line, from half-yearly cuts:"]
    for state, year in itertools.product(STATES, (2024, 2025, 2026)):
        share, groups = coverage(known, state, [date(year, 1, 1), date(year, 7, 1)])
        learned = sum(p.was == state and p.second <= date(year, 1, 1) for p in known)
        rows.append(f"{state:6} {year}  {share:.0%} (n {groups:3}), having learned from {learned} pairs")
    return rows


def afterwards(known: Sequence[Pair]) -> list[str]:
    """Give what came after the research ended, each beside the band of its launch day."""
    told = [f for f in replay(known) if f.pair.second > RESEARCH_ENDED]
    rows = [f"{f.pair.second}  {f.pair.line:14} {f.pair.was:6} -> {f.pair.became:6}  band {f.band:.2f}" for f in told]
    return [*rows, "", f"Brier {_briers(told)}   n {len(told)}"] if told else ["nothing yet"]


def logged(lines: Sequence[Line]) -> list[str]:
    """Hold every committed forecast against the next flagship of its line, where there is one by now."""
    rows: list[str] = []
    for file in sorted((rules_dir() / "history").glob("forecasts-*.tsv")):
        day = date.fromisoformat(file.stem.removeprefix("forecasts-"))
        said = {row.split("\t")[0]: float(row.split("\t")[4]) for row in file.read_text("utf-8").splitlines()[3:]}
        errors = []
        for line in lines:
            later = [r for r in line.flagships() if r.on > day]
            if later and line.id in said:
                errors.append((said[line.id] - (later[0].access not in ("open", "gated"))) ** 2)
        known = f"Brier {sum(errors) / len(errors):.3f}" if errors else "nothing to hold them against yet"
        rows.append(f"{day}  {len(said)} forecasts, {len(errors)} outcomes: {known}")
    return rows


def names_report(vendors: Vendors) -> list[str]:
    """Give the base rates of API names by kind: shut down, or dearer under the same name, within twelve months."""
    cohorts = ["2024-05", "2024-11", "2025-05", "2025-11"]
    months = [f"{y}-{m:02}" for y in (2023, 2024, 2025) for m in range(1, 13) if f"{y}-{m:02}" <= cohorts[-1]]
    rows = ["Names without an announced end that were shut down within twelve months"]
    for cohort in cohorts:
        told = retirement.shutdown_rates(vendors, [cohort])
        rows.append(f"  {cohort}   {_share(sum(r.hits for r in told), sum(r.windows for r in told))}   {_kinds(told)}")
    rows += ["", "Windows of twelve months, from every month, by kind of name"]
    rows.append(f"  shut down   {_kinds(retirement.shutdown_rates(vendors, months))}")
    rows.append(f"  dearer      {_kinds(retirement.rise_rates(vendors, months))}")
    return [*rows, "", "Names that were dead without a date count as alive; a dearer name may be a corrected table."]


def _kinds(told: Sequence[retirement.Rate]) -> str:
    return "   ".join(f"{r.kind} {_share(r.hits, r.windows)}" for r in told)


def _share(hits: int, n: int) -> str:
    return f"{hits}/{n} = {hits / n:.0%}" if n else "none"


def _sizes(known: Sequence[Pair]) -> str:
    return f"{len(known)} pairs of {len({p.line for p in known})} lines and {len({p.vendor for p in known})} vendors"


def _briers(told: Sequence[Forecast]) -> str:
    return "  ".join(f"{which} {brier(which)(told):.3f}" for which in ("band", "markov", "base"))


def _brier_of(known: Sequence[Pair], shrinkage: float) -> float:
    return brier("band")(replay(known, shrinkage))


def forecasts(lines: Sequence[Line], today: date) -> list[str]:
    """Give the forecast of every line as of a day, one row each, to be held against what happens."""
    rows = ["line\tvendor\tstate\tflagship\tprobability\tlow\thigh\tn\tn-vendor\tn-line"]
    for line in sorted(lines, key=lambda line: line.id):
        state, told = line.state(today), of_line(lines, line, today)
        if state is not None and told is not None:
            numbers = (
                f"{told.probability:.3f}\t{told.low:.3f}\t{told.high:.3f}\t{told.n}\t{told.n_vendor}\t{told.n_line}"
            )
            rows.append(f"{line.id}\t{line.vendor}\t{told.state}\t{state.flagship.model}\t{numbers}")
    return rows


def main(arguments: Sequence[str]) -> int:
    """Print the back-test, or with `--forecast YYYY-MM-DD` the forecasts of a day."""
    vendors = Vendors.load()
    lines = [line for vendor in vendors.all for line in vendor.lines]
    if arguments[:1] == ["--forecast"] and len(arguments) == 2:
        told = forecasts(lines, date.fromisoformat(arguments[1]))
    elif arguments:
        sys.stderr.write("usage: python -m freehold.vendors.backtest [--forecast YYYY-MM-DD]\n")
        return 2
    else:
        every, verified = pairs(lines, unverified=True), pairs(lines)
        told = [f"All rows until {RESEARCH_ENDED}, as the research did", ""]
        told += report([p for p in every if p.second <= RESEARCH_ENDED])
        told += ["", "", "Verified rows to this day, as the program shows it", "", *report(verified)]
        told += ["", "", f"Since {RESEARCH_ENDED}", "", *afterwards(every)]
        told += ["", "", "Forecasts in rules/history", "", *logged(lines), "", "", *names_report(vendors)]
    sys.stdout.write("\n".join(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
