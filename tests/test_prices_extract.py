"""The extract: what of a big table becomes a line of rules/prices, and that the program reads what it writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from freehold.tomlread import Document
from freehold.vendors import shutdowns
from freehold.vendors.extract import per_million, since_when, write, write_shutdowns
from freehold.vendors.price_files import PriceFile

AS_OF = date(2026, 11, 22)
TABLE: dict[str, dict[str, Any]] = {
    "gpt-x": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2.0000000000000003e-06,
        "output_cost_per_token": 8e-06,
        "source": "https://openai.example/pricing",
    },
    "ft:gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 4e-06},
    "free-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0},
    "picture-x": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 1e-06},
    "nobody/knows": {"litellm_provider": "somewhere", "mode": "chat", "input_cost_per_token": 1e-06},
    "dashscope/qwen-x": {
        "litellm_provider": "dashscope",
        "mode": "chat",
        "tiered_pricing": [
            {"input_cost_per_token": 1.2e-06, "output_cost_per_token": 6e-06, "range": [0, 32000.0]},
            {"input_cost_per_token": 2.4e-06, "output_cost_per_token": 1.2e-05, "range": [32000.0, 128000.0]},
        ],
    },
    "eu.anthropic.claude-x-v1:0": {
        "litellm_provider": "bedrock_converse",
        "mode": "chat",
        "input_cost_per_token": 1e-06,
    },
    "anthropic.claude-x-v1:0": {
        "litellm_provider": "bedrock_converse",
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
    },
    "deepinfra/Org/Model": {
        "litellm_provider": "deepinfra",
        "mode": "chat",
        "input_cost_per_token": 1e-07,
        "output_cost_per_token": 3e-07,
    },
    "deepinfra/Org/Other": {"litellm_provider": "deepinfra", "mode": "chat", "input_cost_per_token": 1e-07},
}


def read(file: Path) -> PriceFile:
    document = Document(file.name, file.read_text("utf-8"))
    found = PriceFile(document)
    assert document.mistakes == []
    return found


def test_a_seller_of_others_models_is_read_where_a_row_cites_its_page(tmp_path: Path) -> None:
    row = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    cited = {**row, "source": "https://sells.example/pricing"}
    table: dict[str, dict[str, Any]] = {
        "fireworks_ai/accounts/fireworks/models/x1": {"litellm_provider": "fireworks_ai", **cited},
        "fireworks_ai/x1": {"litellm_provider": "fireworks_ai", **cited},
        "fireworks_ai/accounts/fireworks/models/by-its-size": {"litellm_provider": "fireworks_ai", **row},
        "together_ai/Org/Model": {"litellm_provider": "together_ai", **cited},
        "together-ai-4.1b-8b": {"litellm_provider": "together_ai", **row},
        "groq/org/model": {"litellm_provider": "groq", **row},
        "azure_ai/muse-x": {"litellm_provider": "azure_ai", **row},
        "azure/eu/gpt-x": {"litellm_provider": "azure", **row},
    }
    write(tmp_path, table, "1.0", AS_OF, [], [])
    names = {file.stem: [p.name for p in read(file).prices] for file in sorted(tmp_path.iterdir())}
    assert names == {
        "azure": ["muse-x"],
        "fireworks": ["x1"],
        "groq": ["org/model"],
        "hosts": [],
        "together": ["Org/Model"],
    }


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    write(tmp_path, TABLE, "1.0", AS_OF, ["Org/Model"], [])
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "bedrock.toml",
        "dashscope.toml",
        "hosts.toml",
        "openai.toml",
    ]
    [gpt] = read(tmp_path / "openai.toml").prices
    assert (gpt.name, gpt.rate.input, gpt.rate.output) == ("gpt-x", Decimal(2), Decimal(8))
    assert (gpt.source, gpt.catalog, gpt.as_of) == ("https://openai.example/pricing", "LiteLLM 1.0", AS_OF)
    [qwen] = read(tmp_path / "dashscope.toml").prices
    assert (qwen.rate.input, [(t.above, t.rate.input) for t in qwen.tiers]) == (
        Decimal("1.2"),
        [(32000, Decimal("2.4"))],
    )
    [claude] = read(tmp_path / "bedrock.toml").prices
    assert claude.name == "anthropic.claude-x-v1:0"
    [offer] = read(tmp_path / "hosts.toml").offers
    assert (offer.repository, offer.host, offer.rate.output) == ("Org/Model", "DeepInfra", Decimal("0.3"))


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, TABLE, "1.0", AS_OF, ["Org/Model"], [])
    first = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    write(tmp_path, dict(reversed(TABLE.items())), "1.0", AS_OF, ["Org/Model"], [])
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == first


def test_a_price_is_known_since_the_end_of_the_first_month_of_an_unbroken_row() -> None:
    months = [
        "2026-05\topenai\tgpt-x\t2e-06\t8e-06\tchat",
        "2026-06\topenai\tgpt-x\t3e-06\t8e-06\tchat",
        "2026-07\topenai\tgpt-x\t2e-06\t8e-06\tchat",
        "2026-08\topenai\tgpt-x\t2e-06\t8e-06\tchat",
    ]
    assert since_when(months, TABLE, AS_OF) == {("openai", "gpt-x"): date(2026, 7, 31)}
    assert since_when(months[:2], TABLE, AS_OF) == {}
    assert since_when(["2026-11\topenai\tgpt-x\t2e-06\t8e-06\tchat"], TABLE, AS_OF) == {}
    assert since_when(["2025-12\topenai\tgpt-x\t2e-06\t8e-06\tchat"], TABLE, AS_OF) == {
        ("openai", "gpt-x"): date(2025, 12, 31)
    }


def test_noise_in_the_sixteenth_digit_is_no_price() -> None:
    assert per_million(2.0000000000000003e-07) == "0.2"
    assert per_million(1.5e-04) == "150.0"
    assert per_million(0) == "0.0"
    assert per_million(None) is None
    assert per_million(True) is None


ENDS: dict[str, dict[str, Any]] = {
    "gpt-x": {"litellm_provider": "openai", "deprecation_date": "2026-12-11", "source": "https://x.example/pricing"},
    "gpt-y": {
        "litellm_provider": "openai",
        "deprecation_date": "2026-12-11",
        "source": "https://x.example/deprecations",
    },
    "gpt-z": {"litellm_provider": "openai", "deprecation_date": "soon"},
    "low/1024-x-1024/gpt-y": {"litellm_provider": "openai", "deprecation_date": "2026-12-11"},
    "azure/gpt-x": {"litellm_provider": "azure", "deprecation_date": "2027-04-14"},
    "azure/eu/gpt-x": {"litellm_provider": "azure", "deprecation_date": "2027-04-14"},
    "azure/us/gpt-x": {"litellm_provider": "azure", "deprecation_date": "2027-05-01"},
    "bedrock/us-east-1/anthropic.claude-x-v1:0": {"litellm_provider": "bedrock", "deprecation_date": "2027-03-30"},
    "eu.anthropic.claude-x-v1:0": {"litellm_provider": "bedrock_converse", "deprecation_date": "2027-03-30"},
    "anthropic.claude-x-v1:0": {"litellm_provider": "bedrock", "deprecation_date": "2027-03-30"},
    "wandb/Org/Model": {"litellm_provider": "wandb", "deprecation_date": "2026-10-05"},
    "claude-mythos-preview": {"litellm_provider": "anthropic", "deprecation_date": "2026-06-09"},
    "nobody/knows": {"litellm_provider": "somewhere", "deprecation_date": "2026-10-05"},
}


def test_shutdowns_are_kept_per_platform_with_their_source_and_day(tmp_path: Path) -> None:
    write_shutdowns(tmp_path, ENDS, "1.0", AS_OF)
    (tmp_path / "retirements").mkdir()
    for file in tmp_path.glob("*.toml"):
        file.rename(tmp_path / "retirements" / f"x-{file.name}")
    known = set(shutdowns.read())
    found = {(r.ecosystem, r.name): r for r in shutdowns.read(tmp_path) if r not in known}
    assert sorted(found) == [
        ("azure", "gpt-x"),
        ("azure", "us/gpt-x"),
        ("bedrock", "anthropic.claude-x-v1:0"),
        ("openai", "gpt-x"),
        ("openai", "gpt-y"),
        ("wandb", "Org/Model"),
    ]
    # The page of a price says nothing of an end.
    assert "pricing" not in found["openai", "gpt-x"].source
    assert found["openai", "gpt-y"].source == "LiteLLM 1.0, 2026-11-22: https://x.example/deprecations"
    assert {key for key, r in found.items() if r.earliest} == {
        ("azure", "gpt-x"),
        ("azure", "us/gpt-x"),
        ("bedrock", "anthropic.claude-x-v1:0"),
    }
    assert {r.as_of for r in found.values()} == {AS_OF}
