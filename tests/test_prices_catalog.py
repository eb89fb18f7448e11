"""genai-prices, the real package: asked with a day, believed only where it has exactly the name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

pytest.importorskip("genai_prices")

from freehold.settings import Usage
from freehold.vendors import catalog
from freehold.vendors.prices import Prices

TODAY = date(2026, 11, 22)
WITH = Prices.load()
WITHOUT = Prices.load(packages=False)


def test_it_answers_for_places_that_have_no_file_here() -> None:
    assert WITHOUT.price("openrouter", "anthropic/claude-sonnet-4.5", TODAY) is None
    found = WITH.price("openrouter", "anthropic/claude-sonnet-4.5", TODAY)
    assert found is not None
    assert found.catalog.startswith("genai-prices ")
    assert found.source.startswith("PyPI package genai-prices")
    assert found.rate.input is not None
    assert WITH.bill([Usage(model="openrouter/anthropic/claude-sonnet-4.5", input_tokens=1000)], TODAY)[0].cost


def test_a_figure_of_our_own_comes_first() -> None:
    for place, name in (("openai", "gpt-4o"), ("xai", "grok-4-fast-reasoning"), ("dashscope", "qwen3-max")):
        assert WITH.price(place, name, TODAY) == WITHOUT.price(place, name, TODAY)


def test_the_day_decides() -> None:
    listed = catalog.opened((("0.0.1", TODAY),))
    assert listed is not None
    steps = listed.history("openai", "o3")
    assert steps == (
        (None, (Decimal(10), Decimal(40))),
        (date(2025, 6, 10), (Decimal(2), Decimal(8))),
    )
    assert listed.as_of == TODAY


def test_the_dearest_hour_is_the_price_of_the_newest_step() -> None:
    listed = catalog.opened((("0.0.1", TODAY),))
    assert listed is not None
    [*_, (since, pair)] = listed.history("deepseek", "deepseek-v4-pro")
    assert since is not None
    assert pair == (Decimal("1.32"), Decimal("3.96"))


@pytest.mark.parametrize("name", ["gpt-4o-and-something-else", "gpt-4o-mini-of-tomorrow", "no-such-model"])
def test_a_name_that_only_begins_like_a_known_one_is_no_answer(name: str) -> None:
    listed = catalog.opened((("0.0.1", TODAY),))
    assert listed is not None
    assert listed.history("openai", name) == ()
    assert listed.history("openai", "gpt-4o-2024-11-20") == listed.history("openai", "gpt-4o") != ()


def test_a_version_that_we_do_not_know_has_no_date() -> None:
    assert catalog.opened(()) is None
    unknown = catalog.opened((("999.0", TODAY),))
    assert unknown is not None
    assert unknown.as_of is None


def test_both_agree_on_what_both_list() -> None:
    """Two catalogs that copy vendors' pages independently: where they differ, one of them is wrong."""
    listed = catalog.opened((("0.0.1", TODAY),))
    assert listed is not None
    both = agree = 0
    for price in WITHOUT.all:
        steps = listed.history(price.ecosystem, price.name)
        if steps and not price.tiers and price.ecosystem not in ("azure", "bedrock", "vertex"):
            both += 1
            known = WITH.price(price.ecosystem, price.name, TODAY)
            assert known is not None
            agree += (known.rate.input, known.rate.output) == (steps[-1][1][0], steps[-1][1][1] or known.rate.output)
    assert both >= 100
    assert agree / both > 0.9
