"""Would the band have been right? Recomputed from rules/vendors: `python -m freehold.vendors.backtest`.

The protocol was fixed before the numbers: predict on the launch day of one flagship how the next comes out, learning
only from pairs whose outcome was known by that day; score outcomes from 2024 on, once 25 pairs are known; compare
with the running base rate and with a two-state Markov chain; resample whole vendors, because the lines of a vendor
are not independent. The lines were chosen by people who knew how they went on, and the shrinkage was chosen on these
pairs: both flatter. Lists that nobody chose for it (Epoch AI's, mteb's) hold more lines that never change: one open
flagship in ten or fewer was followed by an API-only one there, hardly ever an embedding model. `--releases FILE` holds
the same bands against flagships of your own choice; `coverage` says what the bands cover, `log` keeps forecasts and
holds them against what came.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import random
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from freehold.errors import UsageError
from freehold.rules import rules_dir
from freehold.vendors import coverage, log, retirement
from freehold.vendors.hazard import SHRINKAGE, Pair, State, band, beta, chance, grouped, pairs, quantile, rate
from freehold.vendors.lines import Vendors

SINCE = date(2024, 1, 1)
LEAST_TRAINING = 25
#: The research that chose model and shrinkage ended here; what came later tests them on outcomes nobody had seen.
RESEARCH_ENDED = date(2026, 8, 22)
STATES: tuple[State, ...] = ("open", "closed")
RESAMPLES = 1000
COVERED = (
    "80 % bands. Lines: how many counts of API-only flagships lie within the middle",
    "80 % of what the line's band foresaw of the next twelve months. Together: the",
    "share of API-only flagships over all lines.",
)


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
        same = [p for p in past if p.was == pair.was]
        told.append(
            Forecast(
                pair=pair,
                base=_closed(past) / len(past),
                markov=(_closed(same) + 1) / (len(same) + 2),  # the rule of succession
                band=band(past, pair.vendor, pair.line, pair.was, shrinkage).mean,
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


def rates(known: Sequence[Pair]) -> list[str]:
    """Give how often each state was followed by a closed flagship: by year, and what that says of a coming one; 80 %
    intervals that know that the lines of a vendor go together."""
    rows = []
    for state in STATES:
        same = [p for p in known if p.was == state]
        overall = rate(same)
        for year in (2024, 2025, 2026):
            group = [p for p in same if p.second.year == year]
            if group:
                apart = 1 / chance(group, {"vendor": overall.vendors})  # so many independent pairs would say as much
                k = apart * _closed(group) / len(group)
                low, high = quantile(0.1, k + 0.5, apart - k + 0.5), quantile(0.9, k + 0.5, apart - k + 0.5)
                rows.append(
                    f"{state:6} -> closed  {year}  {_share(_closed(group), len(group))} ({low:.0%} to {high:.0%})"
                )
        like = [quantile(q, *overall.beta) for q in (0.1, 0.9)]
        other = [quantile(q, *beta(overall.mean, overall.spread + overall.modalities)) for q in (0.1, 0.9)]
        differ = f"vendors {overall.vendors:.2f}, years {overall.years:.2f}, modalities {overall.modalities:.2f}"
        rows.append(f"{state:6} -> closed  all   {_share(_closed(same), len(same))}; differ by: {differ}")
        kinds = sorted(grouped(same, "modality"), key=len, reverse=True)
        parts = (f"{g[0].modality} {_closed(g)}/{len(g)}" for g in kinds if len(g) >= 8)
        rows.append(f"{state:6} -> closed  by modality (in the width only)  {'  '.join(parts)}")
        shown = f"{like[0]:.0%} to {like[1]:.0%}; for lines that nobody here chose, {other[0]:.0%} to {other[1]:.0%}"
        rows.append(f"{state:6} -> closed  in a coming year {overall.mean:.0%} ({shown})")
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
        f"Brier by shrinkage    {'  '.join(f'{k:g}: {_brier_of(known, k):.3f}' for k in (1, 4, 16, 64))}",
        "",
        *calibration(told),
    ]
    return [*rows, "", *COVERED, *coverage.table(known, known)]


def afterwards(known: Sequence[Pair]) -> list[str]:
    """Give what came after the research ended, each beside the band of its launch day."""
    told = [f for f in replay(known) if f.pair.second > RESEARCH_ENDED]
    rows = [f"{f.pair.second}  {f.pair.line:14} {f.pair.was:6} -> {f.pair.became:6}  band {f.band:.2f}" for f in told]
    return [*rows, "", f"Brier {_briers(told)}   n {len(told)}"] if told else ["nothing yet"]


def names_report(vendors: Vendors) -> list[str]:
    """Give the base rates of API names by kind: shut down, or dearer under the same name, within twelve months."""
    cohorts = ["2024-05", "2024-11", "2025-05", "2025-11"]
    months = [f"{y}-{m:02}" for y in (2023, 2024, 2025) for m in range(1, 13) if f"{y}-{m:02}" <= cohorts[-1]]
    asked = [
        *((f"shut down, asked in {cohort}", retirement.shutdown_rates(vendors, [cohort])) for cohort in cohorts),
        ("shut down, asked in every month", retirement.shutdown_rates(vendors, months)),
        ("dearer, asked in every month", retirement.rise_rates(vendors, months)),
    ]
    rows = ["Names without an announced end: within twelve months (80 % intervals over resampled providers)"]
    for what, told in asked:
        rows += ["", what, *(f"  {r.kind:8} {_rate(r)}" for r in told if r.windows)]
    return [*rows, "", "Names that were dead without a date count as alive; a dearer name may be a corrected table."]


def _rate(told: retirement.Rate) -> str:
    names = f", of {told.names} names" if told.names != told.windows else ""
    return f"{_share(told.hits, told.windows)} ({told.low:.0%} to {told.high:.0%}){names}"


def _share(hits: int, n: int) -> str:
    return f"{hits}/{n} = {hits / n:.0%}" if n else "none"


def _closed(found: Sequence[Pair]) -> int:
    return sum(p.became == "closed" for p in found)


def _sizes(known: Sequence[Pair]) -> str:
    return f"{len(known)} pairs of {len({p.line for p in known})} lines and {len({p.vendor for p in known})} vendors"


def _briers(told: Sequence[Forecast]) -> str:
    return "  ".join(f"{which} {brier(which)(told):.3f}" for which in ("band", "markov", "base"))


def _brier_of(known: Sequence[Pair], shrinkage: float) -> float:
    return brier("band")(replay(known, shrinkage))


def read(text: str, vendors: Vendors) -> tuple[Pair, ...]:
    """Read flagships of your own choice: tab-separated, with a header that has line, vendor, date and access, where
    access begins with o or g for weights that anyone may have (open, gated); a modality may stand there too. A vendor
    that rules/vendors knows by this name is that vendor."""
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    missing = {"line", "vendor", "date", "access"} - set(rows.fieldnames or ())
    if missing:
        raise UsageError(f"the releases have no column {', '.join(sorted(missing))}", "line, vendor, date, access")
    names = {v.name.lower(): v.id for v in vendors.all}
    lines: dict[tuple[str, str], list[tuple[date, State]]] = {}
    modalities: dict[tuple[str, str], str] = {}
    for number, row in enumerate(rows, 2):
        try:
            day = date.fromisoformat((row["date"] or "").strip())
        except ValueError as error:
            raise UsageError(f"line {number} of the releases has no date such as 2026-03-30") from error
        vendor = (row["vendor"] or "").strip().lower()
        key = (names.get(vendor, vendor), (row["line"] or "").strip())
        modalities[key] = (row.get("modality") or "").strip()
        lines.setdefault(key, []).append(
            (day, "open" if (row["access"] or "").strip().lower()[:1] in "og" else "closed")
        )
    found = [
        Pair(
            line=key[1],
            vendor=key[0],
            first=one[0],
            second=two[0],
            was=one[1],
            became=two[1],
            modality=modalities[key],
        )
        for key, releases in lines.items()
        for one, two in itertools.pairwise(sorted(releases))
    ]
    return tuple(sorted(found, key=lambda p: (p.second, p.line)))


def of_others(asked: Sequence[Pair], known: Sequence[Pair]) -> list[str]:
    """Hold the bands of the shipped tables against pairs that are not among them."""
    rows = [f"{_sizes(asked)}, held against the bands that the shipped tables gave by then", ""]
    for state in STATES:
        same = [p for p in asked if p.was == state]
        overall = rate([p for p in known if p.was == state])
        if same:
            low, high = coverage.together(same, overall, others=True)
            foreseen = f"{overall.mean:.0%} ({low:.0%} to {high:.0%})"
            rows.append(
                f"{state:6} -> closed  {_share(_closed(same), len(same))}; for these vendors in one year {foreseen}"
            )
    return [*rows, "", *COVERED, *coverage.table(asked, known, others=True)]


def main(arguments: Sequence[str]) -> int:
    """Print the back-test; with `--releases FILE` that of other flagships, with `--log DATE` write the forecasts of a
    day to rules/history."""
    vendors = Vendors.load()
    lines = [line for vendor in vendors.all for line in vendor.lines]
    if arguments[:1] == ["--log"] and len(arguments) == 2:
        told = [log.write(lines, date.fromisoformat(arguments[1]), rules_dir() / "history")]
    elif arguments[:1] == ["--releases"] and len(arguments) == 2:
        told = of_others(read(Path(arguments[1]).read_text("utf-8"), vendors), pairs(lines))
    elif arguments:
        sys.stderr.write("usage: python -m freehold.vendors.backtest [--releases FILE.tsv | --log YYYY-MM-DD]\n")
        return 2
    else:
        every, verified = pairs(lines, unverified=True), pairs(lines)
        told = [f"All rows until {RESEARCH_ENDED}, as the research did", ""]
        told += report([p for p in every if p.second <= RESEARCH_ENDED])
        told += ["", "", "Verified rows to this day, as the program shows it", "", *report(verified)]
        told += ["", "", f"Since {RESEARCH_ENDED}", "", *afterwards(every)]
        told += [
            "",
            "",
            "Forecasts in rules/history",
            "",
            *log.compared(lines, rules_dir() / "history"),
            "",
            "",
            *names_report(vendors),
        ]
    wrapped = (textwrap.wrap(row, 80, subsequent_indent="    ", break_on_hyphens=False) or [""] for row in told)
    sys.stdout.write("\n".join(itertools.chain.from_iterable(wrapped)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
