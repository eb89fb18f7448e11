"""The band, its back-test against the figures of the research, and the base rates of API names."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.rules import rules_dir
from freehold.vendors import backtest, hazard, retirement, timeline
from freehold.vendors.hazard import Pair, State
from freehold.vendors.history import Line
from freehold.vendors.lines import Vendors

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def vendors() -> Vendors:
    return Vendors.load()


@pytest.fixture(scope="module")
def lines(vendors: Vendors) -> list[Line]:
    return [line for vendor in vendors.all for line in vendor.lines]


@pytest.fixture(scope="module")
def researched(lines: list[Line]) -> list[Pair]:
    """The pairs that the research knew."""
    return [p for p in hazard.pairs(lines, unverified=True) if p.second <= backtest.RESEARCH_ENDED]


@pytest.fixture(scope="module")
def replayed(researched: list[Pair]) -> tuple[backtest.Forecast, ...]:
    return backtest.replay(researched)


# The distribution, against closed forms.


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 5), (7, 3), (16, 1)])
def test_the_beta_distribution_agrees_with_the_binomial(a: int, b: int) -> None:
    n = a + b - 1
    for x in (0.01, 0.2, 0.5, 0.77, 0.99):
        exact = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
        assert hazard.below(x, a, b) == pytest.approx(exact, abs=1e-10)


def test_the_beta_distribution_agrees_with_the_arcsine_law() -> None:
    assert hazard.below(0.9, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(0.9)), abs=1e-10)


@given(q=st.floats(0.01, 0.99), a=st.floats(0.3, 40), b=st.floats(0.3, 40))
def test_the_quantile_inverts_it(q: float, a: float, b: float) -> None:
    assert hazard.below(hazard.quantile(q, a, b), a, b) == pytest.approx(q, abs=1e-6)


# The band.


def history(*outcomes: tuple[str, str, State, State]) -> list[Pair]:
    day = date(2024, 1, 1)
    return [Pair(vendor=v, line=n, first=day, second=day, was=was, became=became) for v, n, was, became in outcomes]


_outcomes = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from("xy"),
        st.sampled_from(("open", "closed")),
        st.sampled_from(("open", "closed")),
    ),
    max_size=30,
)


@given(_outcomes, st.sampled_from(("open", "closed")))
def test_a_band_is_wide_ordered_and_never_certain(outcomes: list[tuple[str, str, State, State]], state: State) -> None:
    told = hazard.band(history(*outcomes), "a", "x", state)
    assert 0.10 <= told.low <= told.probability <= told.high <= 0.90
    assert told.n == sum(o[2] == state for o in outcomes)
    assert "80 %" in told.sentence
    assert ("cannot rank" in told.sentence) == (state == "open")


@given(_outcomes)
def test_one_more_closing_never_lowers_it(outcomes: list[tuple[str, str, State, State]]) -> None:
    before = hazard.band(history(*outcomes), "a", "x", "open").mean
    after = hazard.band(history(*outcomes, ("a", "x", "open", "closed")), "a", "x", "open").mean
    assert after >= before


def test_a_line_counts_more_than_its_vendor_and_a_vendor_more_than_the_rest() -> None:
    rest: list[tuple[str, str, State, State]] = [("c", "z", "open", "open")] * 10 + [("c", "z", "open", "closed")] * 5
    means = [
        hazard.band(history(*rest, (vendor, line, "open", "closed")), "a", "x", "open").mean
        for vendor, line in (("b", "y"), ("a", "y"), ("a", "x"))
    ]
    assert means == sorted(means)
    assert len(set(means)) == 3


def test_without_any_history_it_says_that_it_does_not_know() -> None:
    told = hazard.band([], "a", "x", "open")
    assert told.probability == pytest.approx(0.5)
    assert told.high - told.low > 0.25


def test_the_bands_are_those_of_the_research(lines: list[Line], researched: list[Pair]) -> None:
    """Figures of the research's table (K = 16, 80 % interval). It shrinks to the raw share as if that were known; here
    shrinking goes on to even odds, and a band holds what was left out there, so it holds that one too."""
    for line, state, probability, low, high in (
        ("qwen-omni", "closed", 0.738, 0.593, 0.869),
        ("qwen", "closed", 0.690, 0.555, 0.817),
        ("hidream", "open", 0.236, 0.111, 0.376),
        ("mistral-large", "open", 0.286, 0.166, 0.416),
        ("kimi", "closed", 0.719, 0.581, 0.847),
    ):
        found = next(x for x in lines if x.id == line)
        told = hazard.band(researched, found.vendor, line, state)  # type: ignore[arg-type]
        assert told.probability == pytest.approx(probability, abs=0.03), line
        assert told.low <= low + 0.01, line
        assert told.high >= high - 0.015, line


def test_the_band_of_a_day_knows_nothing_of_later_days(lines: list[Line]) -> None:
    qwen = next(x for x in lines if x.id == "qwen")
    then = hazard.of_line(lines, qwen, date(2025, 1, 1))
    assert then is not None
    assert then.state == "open"
    assert then.n == sum(p.was == "open" and p.second <= date(2025, 1, 1) for p in hazard.pairs(lines))
    assert hazard.of_line(lines, qwen, date(2020, 1, 1)) is None


# The back-test: what the research found must come out of the shipped rows again.


def test_the_rates_are_those_of_the_research(researched: list[Pair]) -> None:
    for state, hits, n in (("open", 41, 174), ("closed", 112, 144)):
        same = [p for p in researched if p.was == state]
        # Its table did not know that GLM-5.3 came to the API first, nor of Grok 4.6, GPT-5.6 and Seed 2.1.
        assert n <= len(same) <= n + 5
        assert sum(p.became == "closed" for p in same) / len(same) == pytest.approx(hits / n, abs=0.01)


def test_no_pair_is_predicted_from_its_own_future(replayed: tuple[backtest.Forecast, ...]) -> None:
    known = [f.pair for f in replayed]
    again = {(f.pair.line, f.pair.second): f for f in backtest.replay(known)}
    assert again  # the next lines are about these
    pair = max(known, key=lambda p: p.first)
    flipped = [
        Pair(**{**_fields(p), "became": "open" if p.became == "closed" else "closed"}) if p.second > pair.first else p
        for p in known
    ]
    changed = {(f.pair.line, f.pair.second): f for f in backtest.replay(flipped)}
    key = (pair.line, pair.second)
    assert changed[key].band == again[key].band


def _fields(pair: Pair) -> dict[str, object]:
    return {name: getattr(pair, name) for name in ("line", "vendor", "first", "second", "was", "became")}


def test_the_scores_are_those_of_the_research(replayed: tuple[backtest.Forecast, ...]) -> None:
    of_open = [f for f in replayed if f.pair.was == "open"]
    assert 252 <= len(replayed) <= 257
    assert len(of_open) == 134
    assert backtest.brier("band")(replayed) == pytest.approx(0.175, abs=0.004)
    assert backtest.brier("markov")(replayed) == pytest.approx(0.179, abs=0.004)
    assert backtest.brier("base")(replayed) == pytest.approx(0.249, abs=0.004)
    assert backtest.auc(replayed) == pytest.approx(0.80, abs=0.015)
    assert 0.44 < backtest.auc(of_open) < 0.61  # its interval, around the 0.5 that says: no ranking


def test_the_bootstrap_draws_vendors(replayed: tuple[backtest.Forecast, ...]) -> None:
    one_vendor = [f for f in replayed if f.pair.vendor == "alibaba"]
    told = backtest.resampled(one_vendor, backtest.brier("band"))
    assert told.low == told.value == told.high  # one cluster has no spread, however many pairs it holds


def test_the_report_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(backtest, "RESAMPLES", 40)
    assert backtest.main([]) == 0
    told = capsys.readouterr().out
    assert "AUC, open before" in told
    assert "Since 2026-08-22" in told
    assert max(map(len, told.splitlines())) <= 80
    assert "preview" in told
    assert backtest.main(["--nonsense"]) == 2


# Forecasts that can be held against what happens.


def test_every_forecast_log_can_be_held_against_what_comes(vendors: Vendors) -> None:
    for file in sorted((rules_dir() / "history").glob("forecasts-*.tsv")):
        rows = [row for row in file.read_text("utf-8").splitlines() if not row.startswith("#")]
        assert rows[0].split("\t")[:3] == ["line", "vendor", "state"]
        assert len(rows) > 80
        for row in rows[1:]:
            line, _, state, _, probability, low, high, *_ = row.split("\t")
            assert vendors.line(line) is not None, line
            assert state in ("open", "closed")
            assert 0.10 <= float(low) <= float(probability) <= float(high) <= 0.90


# API names.


def test_a_published_shutdown_is_found_and_a_promise_is_none(vendors: Vendors) -> None:
    found = vendors.retirement("openai", "gpt-4")
    assert found is not None
    assert (found.on, found.announced) == (date(2026, 10, 23), date(2026, 4, 22))
    assert found.source.startswith("https://")
    assert vendors.retirement("anthropic", "claude-opus-4-8") is None
    promise = vendors.not_before("anthropic", "claude-opus-4-8")
    assert promise is not None
    assert promise.earliest
    assert vendors.retirement("openai", "no-such-name") is None


def test_a_retired_name_that_redirects_is_told_apart(vendors: Vendors) -> None:
    found = vendors.api("xai", "grok-4-0709")
    assert found is not None
    assert found.retirement is not None
    assert found.retirement.redirects
    assert found.retirement.replacement == "grok-4.3"
    plain = vendors.retirement("openai", "gpt-4")
    assert plain is not None
    assert not plain.redirects


def test_hosts_retire_on_their_own_dates(vendors: Vendors) -> None:
    own = vendors.retirement("openai", "gpt-4o-2024-05-13")
    azure = vendors.api("azure", "gpt-4o-2024-05-13")
    assert own is not None
    assert azure is not None
    assert azure.vendor == "openai"
    assert azure.retirement is None or azure.retirement.ecosystem == "azure"


def test_notice_periods_agree_with_the_research(vendors: Vendors) -> None:
    told = retirement.notice(vendors, "openai")
    assert told is not None
    assert told.median == pytest.approx(182, abs=5)
    assert told.least == pytest.approx(92, abs=5)
    assert retirement.notice(vendors, "openrouter") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("gpt-4o-2024-05-13", "dated"), ("gpt-4o", "undated"), ("kimi-latest", "latest"), ("o1-preview", "preview")],
)
def test_names_are_of_a_kind(name: str, kind: str) -> None:
    assert retirement.kind_of(name) == kind


def test_previews_die_sooner_and_pinned_names_stay_at_their_price(vendors: Vendors) -> None:
    months = [f"2025-{m:02}" for m in range(1, 12)]
    told = retirement.shutdown_rates(vendors, months)
    shut = {r.kind: r.hits / r.windows for r in told}
    dearer = {r.kind: r.hits / r.windows for r in retirement.rise_rates(vendors, months)}
    assert shut["preview"] > shut["undated"]
    assert shut["all"] == pytest.approx(sum(r.hits for r in told[1:]) / sum(r.windows for r in told[1:]))
    assert all(r.low <= r.hits / r.windows <= r.high for r in told)
    assert told[0].high - told[0].low > 0.1  # a dozen providers, each with a habit of its own
    assert dearer["dated"] < dearer["latest"]


# Timelines.


def test_a_timeline_ends_today_and_is_in_order(vendors: Vendors) -> None:
    alibaba, omni = vendors.vendor("alibaba"), vendors.line("qwen-omni")
    assert alibaba is not None
    assert omni is not None
    rows = timeline.of_line(alibaba, omni, date(2026, 3, 31))
    assert [r.on for r in rows] == sorted(r.on for r in rows)
    assert all(r.on <= date(2026, 3, 31) for r in rows)
    assert {r.text.split(",")[0] for r in rows if r.flagship} == {
        "Qwen2.5-Omni-7B",
        "Qwen3-Omni-30B-A3B",
        "Qwen3.5-Omni-Plus",
    }
    meta, llama = vendors.vendor("meta"), vendors.line("llama")
    assert meta is not None
    assert llama is not None
    assert not any("DINOv2" in r.text for r in timeline.of_line(meta, llama, TODAY))
    assert any("DINOv2" in r.text for r in timeline.of_vendor(meta, TODAY))
    whole = timeline.of_vendor(alibaba, TODAY)
    assert any(r.kind == "opened" and "9 days later" in r.text for r in whole)
    assert any(r.when == "2026-04" for r in whole)
    assert all(r.source for r in whole if r.verified)


@settings(max_examples=20)
@given(st.dates(date(2018, 1, 1), date(2027, 1, 1)))
def test_every_line_has_a_state_or_none_on_every_day(today: date) -> None:
    for vendor in _ALL:
        for line in vendor.lines:
            told = line.state(today)
            assert (told is None) == (not line.flagships(today))
            if told is not None:
                assert [told.open, told.pending, told.closed].count(True) == 1
                assert told.flagship.on <= today
                assert not (told.dark and not told.closed)


_ALL = Vendors.load().all


def test_the_package_carries_the_history(tmp_path: Path) -> None:
    assert len(retirement.seen()) > 500
    assert {s.ecosystem for s in retirement.seen()} >= {"openai", "anthropic", "google", "mistral", "dashscope"}
