"""The bands hold what they say: on the shipped tables at every cut, on worlds whose truth is known, on other lists."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import UsageError
from freehold.vendors import backtest, coverage, log
from freehold.vendors.hazard import Pair, State, band, between, chance, pairs, quantile, rate
from freehold.vendors.history import Line, Release
from freehold.vendors.lines import Vendors

STATES: tuple[State, ...] = ("open", "closed")


@pytest.fixture(scope="module")
def vendors() -> Vendors:
    return Vendors.load()


@pytest.fixture(scope="module")
def known(vendors: Vendors) -> tuple[Pair, ...]:
    return pairs(line for vendor in vendors.all for line in vendor.lines)


# The shipped tables, with strict time splits.


@pytest.mark.parametrize("state", STATES)
def test_at_every_cut_the_bands_hold_four_in_five(known: tuple[Pair, ...], state: State) -> None:
    found = coverage.windows(known, known, state)
    assert [w.cut for w in found] == list(coverage.CUTS)
    assert len(found) == 6
    for w in found:
        assert w.lines >= 15
        assert w.covered / w.lines == pytest.approx(0.80, abs=0.05), w
    assert sum(w.inside for w in found) >= 5  # of six that overlap; the width is not made to fit them


def test_what_lies_after_the_cut_changes_no_band(known: tuple[Pair, ...]) -> None:
    cut = date(2025, 1, 1)
    turned = tuple(replace(p, became="closed") if p.second > cut else p for p in known)
    for state in STATES:
        (before,) = coverage.windows(known, known, state, [cut])
        (after,) = coverage.windows(known, turned, state, [cut])
        assert (before.low, before.high, before.covered) == (after.low, after.high, after.covered)


# Worlds in which vendors, lines and years differ by a known amount: does the band hold the true rate?


def _world(draw: random.Random, mean: float, vendors: float, drift: float) -> tuple[list[Pair], dict[str, float]]:
    """Pairs of 2022 to 2025, and the true rate of every line in 2026. `vendors` is the size of the Beta distribution
    that vendors are drawn from, lines are drawn around them with 16; `drift` moves the log odds of a whole year."""
    years = {year: draw.gauss(0, drift) for year in range(2022, 2027)}
    found: list[Pair] = []
    truth: dict[str, float] = {}
    for v in range(30):
        of_vendor = min(max(draw.betavariate(mean * vendors, (1 - mean) * vendors), 0.01), 0.99)
        for n in range(draw.choice((1, 1, 1, 2, 3))):
            own = min(max(draw.betavariate(of_vendor * 16, (1 - of_vendor) * 16), 0.001), 0.999)
            line = f"{v}.{n}"
            for year, moved in years.items():
                rate = 1 / (1 + math.exp(-math.log(own / (1 - own)) - moved))
                truth[line] = rate
                for _ in range(draw.choice((0, 1, 1, 2)) if year < 2026 else 0):
                    became: State = "closed" if draw.random() < rate else "open"
                    day = date(year, draw.randint(1, 12), 1)
                    found.append(Pair(line=line, vendor=str(v), first=day, second=day, was="open", became=became))
    return found, truth


@pytest.mark.parametrize("mean", [0.2, 0.5, 0.8])
@pytest.mark.parametrize(("vendors", "drift"), [(64.0, 0.0), (16.0, 0.3), (4.0, 0.0), (2.0, 0.3)])
def test_in_a_world_of_known_rates_the_band_holds_them(mean: float, vendors: float, drift: float) -> None:
    """An end at 10 or 90 % means "or beyond". Where lines hardly differ the band is too wide: no table of this size
    can show that they do not."""
    assert 0.75 < _held(mean, vendors, drift) < 0.95


def test_what_remains_is_a_year_that_moves_more_than_the_years_before_could_show() -> None:
    """The log odds of everybody move by 0.6 a year, from even odds: four years are too few to see that."""
    assert 0.60 < _held(0.5, 16.0, 0.6) < 0.80


def _held(mean: float, vendors: float, drift: float) -> float:
    hits = []
    for seed in range(10):
        known, truth = _world(random.Random(seed), mean, vendors, drift)
        for line, true in truth.items():
            told = band(known, line.partition(".")[0], line, "open")
            hits.append(told.low <= max(true, 0.10) and min(true, 0.90) <= told.high)
    assert len(hits) > 400
    return sum(hits) / len(hits)


# Its parts.


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(STATES)), max_size=40), st.integers(1, 5))
def test_more_of_the_same_evidence_never_widens_it(outcomes: list[tuple[str, State]], times: int) -> None:
    day = date(2025, 1, 1)
    once = [
        Pair(vendor=f"{v}{n}", line=v, first=day, second=day, was="open", became=became)
        for n, (v, became) in enumerate(outcomes)
    ]
    again = [replace(p, vendor=f"{p.vendor}-{n}") for n in range(times) for p in once]
    assert rate([*once, *again]).spread <= rate(once).spread + 1e-9


def test_vendors_that_go_one_way_each_differ_and_those_that_mix_do_not() -> None:
    day = date(2025, 1, 1)

    def of(vendor: str, *outcomes: State) -> list[Pair]:
        return [Pair(vendor=vendor, line="x", first=day, second=day, was="open", became=o) for o in outcomes]

    apart = [of("a", *["open"] * 20), of("b", *["closed"] * 20)]
    alike = [of("a", *["open", "closed"] * 10), of("b", *["open", "closed"] * 10)]
    nothing = between([], 0.5)
    assert nothing == pytest.approx(1 / 17)  # what the shrinkage says, until pairs tell
    assert between(apart, 0.5) > 4 * nothing
    assert 0 < between(alike, 0.5) < nothing


def test_a_count_that_fills_its_distribution_is_covered_as_often_as_the_band_says() -> None:
    """Averaged over what it foresees itself, a band covers exactly 80 %."""
    told = band([], "a", "x", "open")
    day = date(2025, 1, 1)
    for n in (1, 2, 7):
        total = 0.0
        for k in range(n + 1):
            outcomes = [
                Pair(vendor="a", line="x", first=day, second=day, was="open", became="closed" if i < k else "open")
                for i in range(n)
            ]
            logs = [math.lgamma(x) for x in (k + told.a, n - k + told.b, told.a + told.b)]
            logs += [-math.lgamma(x) for x in (n + told.a + told.b, told.a, told.b)]
            total += math.comb(n, k) * math.exp(sum(logs)) * coverage.holds(told, outcomes)
        assert total == pytest.approx(0.80, abs=1e-9)


def test_the_lines_of_one_vendor_say_less_than_those_of_many(known: tuple[Pair, ...]) -> None:
    same = [p for p in known if p.was == "closed"]
    one = [replace(p, vendor="one") for p in same]
    many = [replace(p, vendor=str(n)) for n, p in enumerate(same)]
    assert chance(one, {"vendor": 0.1}) > 3 * chance(many, {"vendor": 0.1})
    assert chance(many, {"vendor": 0.1}) == pytest.approx(1 / len(same))


# Flagships of somebody else's choice.

OTHERS = """\
line\tvendor\tdate\tmodel\taccess
x\tSomebody\t2024-02-01\tX1\topen
x\tSomebody\t2024-09-01\tX2\topen
x\tSomebody\t2025-03-01\tX3\tapi-only
y\tAlibaba\t2024-03-01\tY1\tC
y\tAlibaba\t2025-03-01\tY2\tG
"""


def test_releases_that_are_not_among_them_are_held_against_the_same_bands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], vendors: Vendors
) -> None:
    found = backtest.read(OTHERS, vendors)
    assert [(p.vendor, p.line, p.was, p.became) for p in found] == [
        ("somebody", "x", "open", "open"),
        ("somebody", "x", "open", "closed"),
        ("alibaba", "y", "closed", "open"),
    ]
    file = tmp_path / "others.tsv"
    file.write_text(OTHERS, encoding="utf-8")
    assert backtest.main(["--releases", str(file)]) == 0
    told = capsys.readouterr().out
    assert "open   -> closed  1/2 = 50%" in told
    assert "closed -> closed  0/1 = 0%" in told
    for mistake in ("line\tdate\n", "line\tvendor\tdate\taccess\nx\ty\tsoon\topen\n"):
        with pytest.raises(UsageError):
            backtest.read(mistake, vendors)


# The log.


def test_a_forecast_is_written_once_and_never_over_another(vendors: Vendors, tmp_path: Path) -> None:
    lines = [line for vendor in vendors.all for line in vendor.lines]
    day = date(2026, 11, 22)
    assert log.write(lines, day, tmp_path) == "wrote forecasts-2026-11-22.tsv"
    first = (tmp_path / "forecasts-2026-11-22.tsv").read_bytes()
    assert log.write(lines, day, tmp_path) == "forecasts-2026-11-22.tsv says so already"
    assert log.write(lines[1:], day, tmp_path) == "wrote forecasts-2026-11-22.2.tsv"
    assert (tmp_path / "forecasts-2026-11-22.tsv").read_bytes() == first
    assert log.write(lines[1:], day, tmp_path) == "forecasts-2026-11-22.2.tsv says so already"


def test_what_came_is_told_beside_what_was_said(vendors: Vendors, tmp_path: Path) -> None:
    lines = [line for vendor in vendors.all for line in vendor.lines]
    log.write(lines, date(2026, 11, 22), tmp_path)
    (nothing,) = log.compared(lines, tmp_path)
    assert nothing.endswith("nothing to hold them against yet")

    def launched(line: Line, access: str) -> Line:
        return replace(
            line, releases=(*line.releases, Release(model="N", on=date(2027, 1, 1), access=access, source="s"))
        )  # type: ignore[arg-type]

    later = [launched(line, "api-only") if line.id in ("qwen-omni", "deepseek") else line for line in lines]
    told = log.compared(later, tmp_path)
    said = {
        row.split("\t")[0]: float(row.split("\t")[4])
        for row in (tmp_path / "forecasts-2026-11-22.tsv").read_text("utf-8").splitlines()[3:]
    }
    brier = sum((1 - said[line]) ** 2 for line in ("qwen-omni", "deepseek")) / 2
    assert told[0] == f"2026-11-22  {len(said)} forecasts, 2 outcomes: Brier {brier:.3f}"
    assert any("deepseek" in row and "open   -> closed" in row for row in told)
    assert any(f"came 1 of 1, foreseen {said['deepseek']:.1f}" in row for row in told)


def test_quantiles_of_a_rate_are_in_order(known: tuple[Pair, ...]) -> None:
    for state in STATES:
        overall = rate([p for p in known if p.was == state])
        low, high = (quantile(q, *overall.beta) for q in (0.1, 0.9))
        assert low < overall.closed / overall.n < high
