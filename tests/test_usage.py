"""Usage files become tokens per month, and those become money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import UsageError
from freehold.settings import Usage
from freehold.vendors.prices import Prices
from freehold.vendors.usage import parse, read

TODAY = date(2026, 11, 22)


def used(model: str, input_tokens: int, output_tokens: int) -> Usage:
    return Usage(model=model, input_tokens=input_tokens, output_tokens=output_tokens)


def test_rows_of_one_model_are_added_up() -> None:
    text = "model,input-tokens,output-tokens\nopenai/gpt-4o,100,10\nopenai/o3,5,\nopenai/gpt-4o,50,1\n"
    assert parse("usage.csv", text) == (used("openai/gpt-4o", 150, 11), used("openai/o3", 5, 0))


def test_exports_name_their_columns_in_their_own_way() -> None:
    text = "Date;Provider;Model;Prompt Tokens;completion_tokens;requests\n2026-10-01;Anthropic;claude-sonnet-5;7;3;1\n"
    assert parse("usage.csv", text) == (used("anthropic/claude-sonnet-5", 7, 3),)


def test_several_months_are_averaged_and_rounded_up() -> None:
    rows = ("2026-09,openai/o3,10,0", "2026-10,openai/o3,11,1", "2026-10,openai/o1,1,1")
    text = "\n".join(("month,model,input-tokens,output-tokens", *rows))
    assert parse("usage.csv", text) == (used("openai/o1", 1, 1), used("openai/o3", 11, 1))


def test_a_marked_file_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_bytes("\ufeffmodel,input_tokens,output_tokens\r\nopenai/o3,1000000,0.0\r\n\r\n".encode())
    assert read(file) == (used("openai/o3", 1_000_000, 0),)


def test_it_turns_prices_into_money(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("model,input-tokens,output-tokens\nopenai/gpt-4o,2000000,100000\n")
    (item,) = Prices.load(packages=False).bill(read(file), TODAY)
    assert item.cost == Decimal("6.0"), "2.50 and 10 dollars per million"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "usage.csv:0: no column model and no column input-tokens and no column output-tokens"),
        ("model,input-tokens\n", "usage.csv:1: no column output-tokens"),
        ("model,input-tokens,prompt-tokens,output-tokens\n", "usage.csv:1: two columns for input-tokens"),
        ("model,input-tokens,output-tokens\ngpt-4o,1,1\n", "usage.csv:2: 'gpt-4o' must be written as ecosystem/name"),
        ("model,input-tokens,output-tokens\nopenai/o3,-1,1\n", "usage.csv:2: '-1' is no number of tokens"),
        ("model,input-tokens,output-tokens\nopenai/o3,1.5,1\n", "usage.csv:2: '1.5' is no number of tokens"),
        ("month,model,input-tokens,output-tokens\n10/2026,openai/o3,1,1\n", "usage.csv:2: '10/2026' does not begin"),
        ('model,input-tokens,output-tokens\n"openai/o3,1,1\n', "usage.csv:2: unexpected end of data"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("usage.csv", text)
    assert caught.value.message.startswith(message)


def test_every_mistake_is_named_up_to_a_limit() -> None:
    rows = "openai/o3,x,1\n" * 1000
    with pytest.raises(UsageError) as caught:
        parse("usage.csv", f"model,input-tokens,output-tokens\n{rows}")
    assert len(caught.value.message.splitlines()) == 20


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("usage.csv", "none.csv"):
        with pytest.raises(UsageError, match="cannot read the usage file"):
            read(tmp_path / name)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    for whole in (text, f"model,input-tokens,output-tokens\n{text}"):
        try:
            found = parse("usage.csv", whole)
        except UsageError:
            continue
        assert all("/" in row.model for row in found)
