"""The tables of tests/spec/vendors hold, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from freehold.hub import snapshot
from freehold.types import Availability
from freehold.vendors.lines import Vendors
from freehold.vendors.prices import Prices

SPEC = Path(__file__).parent / "spec" / "vendors"
TODAY = date(2026, 11, 22)


def rows(file: str, columns: str) -> Iterator[list[str]]:
    """Give the rows of every table of this file that has these columns."""
    inside = False
    for line in (SPEC / file).read_text("utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line == columns:
            inside = True
        elif inside and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


LINES = list(rows("lines.md", "| day | line | newest flagship | state | dark | closed since |"))
NAMES = list(rows("names.md", "| provider | name | line | availability | moves |"))
SPELLINGS = list(rows("names.md", "| provider | name | vendor | line | weights |"))
UNLISTED = list(rows("names.md", "| provider | name | vendor | line | because |"))
SHUTDOWNS = list(rows("names.md", "| provider | name | shutdown | announced | replacement | |"))

KINDS = list(rows("names.md", "| provider | name | kind | dated names | input before | answers from | input now |"))
OTHERS = list(rows("names.md", "| provider | name | shutdown | others say |"))


@pytest.fixture(scope="module")
def vendors() -> Vendors:
    return Vendors.load(published=snapshot.load().published())


def test_the_tables_are_read() -> None:
    assert len(LINES) > 30
    assert len(NAMES) > 40
    assert len(SHUTDOWNS) > 10
    assert len(SPELLINGS) > 30
    assert len(UNLISTED) > 20


@pytest.mark.parametrize("row", LINES, ids=lambda row: f"{row[1]}@{row[0]}")
def test_a_line_stands_like_that(vendors: Vendors, row: list[str]) -> None:
    day, name, flagship, state, dark, since = row
    line = vendors.line(name)
    assert line is not None
    told = line.state(date.fromisoformat(day))
    if not flagship:
        assert told is None
        return
    assert told is not None
    word = "open" if told.open else "pending" if told.pending else "closed"
    assert [told.flagship.model, word, "dark" if told.dark else "", str(told.closed_since or "")] == [
        flagship,
        state,
        dark,
        since,
    ]


@pytest.mark.parametrize("row", NAMES, ids=lambda row: f"{row[0]}/{row[1]}")
def test_a_name_stands_for_that(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, line, availability, moves = row
    found = vendors.api(ecosystem, name)
    if line == "unknown":
        assert found is None
        return
    assert found is not None
    assert (found.line or "", found.availability(TODAY)) == (line, Availability(availability))
    assert found.moves == (moves == "moves")
    assert found.source


@pytest.mark.parametrize("row", SPELLINGS, ids=lambda row: f"{row[0]}/{row[1]}")
def test_a_name_in_another_spelling_is_the_same_model(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, vendor, line, weights = row
    found = vendors.api(ecosystem, name)
    assert found is not None
    assert (found.vendor, found.line or "") == (vendor, line)
    assert (weights in found.weights) if weights else not found.weights
    assert (found.availability(TODAY) is Availability.API_ONLY) == (not weights)


@pytest.mark.parametrize("row", UNLISTED, ids=lambda row: f"{row[0]}/{row[1]}")
def test_of_an_unlisted_name_no_more_is_said_than_is_known(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, vendor, line, because = row
    assert vendors.api(ecosystem, name) is None
    told = vendors.whose(ecosystem, name)
    assert (told.vendor or "", told.line or "", told.reason) == (vendor, line, because)


@pytest.mark.parametrize("row", SHUTDOWNS, ids=lambda row: f"{row[0]}/{row[1]}")
def test_a_name_ends_like_that(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, shutdown, announced, replacement, more = row
    found = vendors.retirement(ecosystem, name)
    if not shutdown:
        assert found is None
        promise = vendors.not_before(ecosystem, name)
        assert more == (f"not before {promise.on}" if promise else "")
        return
    assert found is not None
    assert [str(found.on), str(found.announced or ""), found.replacement or ""] == [shutdown, announced, replacement]
    assert found.redirects == (more == "redirects")
    assert found.source


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: f"{row[0]}/{row[1]}")
def test_what_other_sources_say_stays_beside_the_answer(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, shutdown, others = row
    found = vendors.retirement(ecosystem, name)
    assert found is not None
    assert str(found.on) == shutdown
    assert ", ".join(f"{'not before ' if o.earliest else ''}{o.on}" for o in found.others) == others
    assert all(o.source for o in found.others)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: f"{row[0]}/{row[1]}")
def test_dated_floating_retired_and_redirected_names_are_told_apart(vendors: Vendors, row: list[str]) -> None:
    ecosystem, name, kind, dated, before, answers, now = row
    known, end = vendors.api(ecosystem, name), vendors.retirement(ecosystem, name)
    assert known is not None
    assert vendors.snapshots(ecosystem, name) == tuple(dated.split()) or kind not in ("dated", "floating")
    if kind in ("dated", "floating"):
        assert known.moves == (kind == "floating")
        return
    assert end is not None
    assert end.redirects == (kind == "redirects")
    prices = Prices.load(packages=False)
    if kind == "redirects":
        assert end.replacement == answers
        old, new = prices.price(ecosystem, name, date(2026, 5, 1)), prices.price(ecosystem, answers, TODAY)
        assert old is not None
        assert new is not None
        assert (str(old.rate.input), str(new.rate.input)) == (before, now)
        # The change of the bill is announced under the old name, with its day.
        [change] = [c for c in prices.changes(ecosystem, name) if c.why == "redirected"]
        assert (change.on, str(change.after.input)) == (end.on, now)
