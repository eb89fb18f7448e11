"""Prices: on which day which figure holds, and what is not known."""

from __future__ import annotations

import textwrap
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import RulesError
from freehold.rules import rules_dir
from freehold.settings import Usage
from freehold.vendors.money import STALE_AFTER, Change, Offer, Price, Rate, Spread
from freehold.vendors.prices import Prices

TODAY = date(2026, 11, 22)
SHIPPED = Prices.load(packages=False)


def rate(first: str, second: str) -> Rate:
    return Rate(input=Decimal(first), output=Decimal(second))


def listed(name: str = "m", since: date | None = None, first: str = "2", second: str = "8") -> Price:
    return Price(
        ecosystem="openai",
        name=name,
        rate=rate(first, second),
        source="https://example.org/prices",
        catalog="a list",
        as_of=TODAY,
        since=since,
    )


def change(on: date, before: Rate, after: Rate) -> Change:
    return Change(
        ecosystem="openai",
        name="m",
        on=on,
        before=before,
        after=after,
        why="repriced",
        source="https://example.org/news",
        as_of=TODAY,
    )


def test_a_listed_price_holds_from_the_day_it_was_taken() -> None:
    prices = Prices([listed()])
    found = prices.price("openai", "M", TODAY)
    assert found is not None
    assert (found.rate, found.since, found.until) == (rate("2", "8"), None, None)
    assert prices.price("openai", "m", TODAY + timedelta(days=30)) is not None
    assert prices.price("openai", "other", TODAY) is None
    assert prices.price("anthropic", "m", TODAY) is None


def test_it_is_never_carried_back_behind_the_day_since_which_it_is_known() -> None:
    assert Prices([listed()]).price("openai", "m", TODAY - timedelta(days=1)) is None
    prices = Prices([listed(since=date(2026, 1, 31))])
    assert prices.price("openai", "m", date(2026, 1, 31)) is not None
    assert prices.price("openai", "m", date(2026, 1, 30)) is None


def test_a_dated_change_tells_both_sides_of_its_day() -> None:
    on = date(2026, 6, 10)
    prices = Prices([listed()], [change(on, rate("10", "40"), rate("2", "8"))])
    before, after = prices.price("openai", "m", on - timedelta(days=1)), prices.price("openai", "m", on)
    assert before is not None
    assert after is not None
    assert (before.rate, before.until) == (rate("10", "40"), on)
    assert (after.rate, after.since) == (rate("2", "8"), on)


def test_an_announced_rise_is_scheduled_until_it_has_happened() -> None:
    on = date(2027, 1, 1)
    prices = Prices([listed()], [change(on, rate("2", "8"), rate("4", "16"))])
    found = prices.price("openai", "m", TODAY)
    assert found is not None
    assert (found.rate, found.until) == (rate("2", "8"), on)
    [scheduled] = prices.scheduled("openai", "m", TODAY)
    assert scheduled.ratio == 2
    then = prices.price("openai", "m", on)
    assert then is not None
    assert then.rate == rate("4", "16")
    assert prices.scheduled("openai", "m", on) == ()


def test_a_list_that_lags_behind_a_dated_change_is_not_believed_but_one_that_is_newer_by_far_is() -> None:
    stale = [change(TODAY - timedelta(days=20), rate("4", "16"), rate("1", "4"))]
    found = Prices([listed()], stale).price("openai", "m", TODAY)
    assert found is not None
    assert found.rate == rate("1", "4")
    old = [change(TODAY - STALE_AFTER - timedelta(days=1), rate("4", "16"), rate("1", "4"))]
    found = Prices([listed()], old).price("openai", "m", TODAY)
    assert found is not None
    assert found.rate == rate("2", "8")


def test_the_newest_list_wins_and_age_is_told() -> None:
    older = Price(
        ecosystem="openai", name="m", rate=rate("9", "9"), source="s", catalog="old", as_of=TODAY - STALE_AFTER * 2
    )
    found = Prices([listed(), older]).price("openai", "m", TODAY)
    assert found is not None
    assert found.catalog == "a list"
    assert (older.age(TODAY), older.stale(TODAY)) == (120, True)
    assert not found.stale(TODAY)
    assert Price(ecosystem="e", name="n", rate=Rate(), source="s", catalog="c", as_of=None).stale(TODAY)


def test_usage_becomes_money() -> None:
    usage = Usage(model="openai/m", input_tokens=2_000_000_000, output_tokens=300_000_000)
    [item] = Prices([listed()]).bill([usage], TODAY)
    assert item.cost == 6400
    assert not item.at_least
    [unknown] = Prices([listed()]).bill([Usage(model="openai/other", input_tokens=1)], TODAY)
    assert (unknown.cost, unknown.price) == (None, None)
    assert unknown.reason


def test_a_price_without_one_side_costs_nothing_only_where_that_side_is_not_used() -> None:
    embedding = Rate(input=Decimal("0.1"))
    assert embedding.cost(1_000_000, 0) == Decimal("0.1")
    assert embedding.cost(1_000_000, 1) is None


@given(st.lists(st.integers(0, 900), unique=True, max_size=6), st.integers(0, 1000))
def test_any_chain_of_changes_gives_the_rate_of_the_last_one_before_the_day(days: list[int], asked: int) -> None:
    start, rates = date(2024, 1, 1), [rate(str(n + 1), "1") for n in range(len(days) + 1)]
    changes = [change(start + timedelta(days=day), rates[n], rates[n + 1]) for n, day in enumerate(sorted(days))]
    found = Prices(changes=changes).price("openai", "m", start + timedelta(days=asked))
    if not days:
        assert found is None
    else:
        assert found is not None
        assert found.rate == rates[sum(day <= asked for day in days)]
        assert found.until == next((c.on for c in changes if c.on > start + timedelta(days=asked)), None)


def test_mistakes_in_a_price_file_name_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "mine.toml").write_text(
        textwrap.dedent(
            """\
            as-of = 2026-11-22
            source = "https://example.org"
            prices = [
              { name = "m", input = -1.0 },
            ]
            changes = [
              { ecosystem = "openai", name = "m", on = 2026-01-01, why = "whim", source = "s" },
            ]
            """
        )
    )
    with pytest.raises(RulesError) as caught:
        Prices.load(tmp_path)
    assert "prices/mine.toml:4" in str(caught.value)
    assert "must not be negative" in str(caught.value)
    assert "must say its ecosystem" in str(caught.value)
    assert "'whim' is not one of" in str(caught.value)


# What ships


def test_the_story_of_the_shipped_prices() -> None:
    rise = SHIPPED.scheduled("google", "gemini-3.8-flash", TODAY)
    assert [(c.on, c.ratio) for c in rise] == [(date(2027, 1, 1), Decimal(2))]
    redirected = SHIPPED.changes("xai", "grok-4-fast-reasoning")
    assert [(c.why, c.ratio) for c in redirected] == [("redirected", Decimal("6.25"))]
    assert SHIPPED.scheduled("anthropic", "claude-sonnet-5", date(2026, 8, 1)) == ()
    assert [c.name for c in SHIPPED.cancelled] == ["claude-sonnet-5"]
    assert SHIPPED.price("dashscope", "qwen3.5-omni-plus", TODAY) is None


def test_platforms_have_their_own_prices() -> None:
    found = {
        place: SHIPPED.price(place, name, TODAY)
        for place, name in (
            ("dashscope", "deepseek-v4-pro"),
            ("deepseek", "deepseek-v4-pro"),
            ("hunyuan", "deepseek-v4-pro"),
        )
    }
    assert all(found.values())
    assert len({price.rate for price in found.values() if price}) == 3
    bedrock = SHIPPED.price("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", TODAY)
    assert bedrock is not None
    assert bedrock.name == "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("meta", "muse-spark-1.3"),
        ("groq", "openai/gpt-oss-120b"),
        ("together", "meta-models/Muse-Spark-Open-816B-A42B"),
        ("fireworks", "accounts/fireworks/models/muse-spark-open"),
        ("voyage", "voyage-4"),
        ("azure", "claude-opus-5"),
    ],
)
def test_every_kind_of_place_is_known(ecosystem: str, name: str) -> None:
    assert SHIPPED.price(ecosystem, name, TODAY) is not None


def test_hosts_of_open_weights_are_apart_in_price() -> None:
    offers = SHIPPED.offers("meta-llama/llama-3.3-70b-instruct")
    apart = SHIPPED.spread("meta-llama/Llama-3.3-70B-Instruct", TODAY)
    assert apart is not None
    assert apart.hosts == len({offer.host for offer in offers if offer.rate.output is not None}) >= 3
    assert apart.ratio is not None
    assert apart.ratio >= 2
    assert SHIPPED.offers("nobody/serves-this") == ()
    assert SHIPPED.spread("nobody/serves-this", TODAY) is None
    assert SHIPPED.spread("meta-llama/Llama-3.3-70B-Instruct", TODAY.replace(year=2028)) is None, "too old by then"


def test_of_several_offers_of_one_host_the_cheapest_counts() -> None:
    def offer(host: str, output: str | None, day: date = TODAY) -> Offer:
        rate = Rate(output=None if output is None else Decimal(output))
        return Offer(repository="a/b", host=host, name="b", rate=rate, source="s", as_of=day)

    old = date(2026, 1, 1)
    prices = Prices(offers=(offer("x", "3"), offer("x", "1"), offer("y", "2"), offer("z", None), offer("w", "9", old)))
    assert prices.spread("A/B", TODAY) == Spread(hosts=2, lowest=Decimal(1), highest=Decimal(2))
    assert Prices(offers=(offer("x", "1"),)).spread("a/b", TODAY) is None
    free = Prices(offers=(offer("x", "0"), offer("y", "1"))).spread("a/b", TODAY)
    assert free is not None
    assert free.ratio is None


def test_every_shipped_figure_has_a_source_and_a_day() -> None:
    assert len(SHIPPED.all) >= 500
    for price in SHIPPED.all:
        assert price.source.startswith("https://"), price.name
        assert price.as_of is not None
        assert price.as_of <= TODAY
        assert price.since is None or price.since <= price.as_of, price.name
        assert price.rate.input is not None, price.name
        assert [tier.above for tier in price.tiers] == sorted({tier.above for tier in price.tiers}), price.name
    for file in (rules_dir() / "prices").glob("*.toml"):
        assert "source = " in file.read_text("utf-8")
