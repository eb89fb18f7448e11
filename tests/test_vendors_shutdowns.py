"""Several sources on when a name ends: one answer, the others beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import RulesError
from freehold.explain import explain
from freehold.hub.snapshot import load
from freehold.vendors import shutdowns
from freehold.vendors.history import Retirement
from freehold.vendors.lines import Vendors
from freehold.vendors.shutdowns import settled

PAGE, LIST = "https://vendor.example/deprecations", "a list, 2026-07-24: https://list.example"
KEY = ("openai", "gpt-x")


def claim(on: date, as_of: date, source: str = LIST, *, earliest: bool = False, **more: object) -> Retirement:
    told = Retirement(ecosystem="openai", name="gpt-x", on=on, as_of=as_of, source=source, earliest=earliest)
    return replace(told, **more)  # type: ignore[arg-type]


JULY, AUGUST, NOVEMBER = date(2026, 7, 24), date(2026, 8, 21), date(2026, 11, 22)
OCTOBER, APRIL = date(2026, 10, 14), date(2027, 4, 14)


def answer(*claims: Retirement) -> Retirement:
    """Whatever the order in which they were read."""
    told = {settled(order)[KEY] for order in permutations(claims)}
    assert len(told) == 1
    return told.pop()


def test_what_was_read_last_decides_and_the_others_stay() -> None:
    found = answer(claim(OCTOBER, JULY), claim(APRIL, NOVEMBER, PAGE))
    assert (found.on, found.earliest, found.source) == (APRIL, False, PAGE)
    assert [(o.on, o.source) for o in found.others] == [(OCTOBER, LIST)]


def test_of_one_day_the_vendors_own_page_comes_before_a_list() -> None:
    found = answer(claim(OCTOBER, AUGUST), claim(APRIL, AUGUST, PAGE))
    assert (found.on, found.source) == (APRIL, PAGE)


def test_where_a_list_agrees_with_the_page_the_page_is_cited() -> None:
    found = answer(claim(OCTOBER, AUGUST, PAGE, announced=JULY, replacement="gpt-y"), claim(OCTOBER, NOVEMBER))
    assert (found.source, found.announced, found.replacement, found.others) == (PAGE, JULY, "gpt-y", ())


def test_an_announced_day_that_moved_is_announced_all_the_same() -> None:
    assert not answer(claim(OCTOBER, JULY), claim(APRIL, NOVEMBER, earliest=True)).earliest


def test_a_promise_alone_is_none() -> None:
    assert answer(claim(OCTOBER, JULY, earliest=True), claim(APRIL, NOVEMBER, earliest=True)).earliest


def test_a_day_before_the_promised_one_can_only_be_an_announcement() -> None:
    assert not answer(claim(APRIL, JULY, earliest=True), claim(OCTOBER, NOVEMBER, earliest=True)).earliest


def test_an_earliest_day_gives_way_to_a_later_one_that_was_announced() -> None:
    found = answer(claim(APRIL, AUGUST, PAGE, redirects=True), claim(OCTOBER, NOVEMBER, earliest=True))
    assert (found.on, found.earliest, found.redirects) == (APRIL, False, True)


def test_what_is_not_verified_is_no_claim() -> None:
    assert settled([claim(OCTOBER, JULY, verified=False)]) == {}


@given(
    st.lists(
        st.builds(
            claim,
            st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            st.sampled_from([JULY, AUGUST, NOVEMBER]),
            st.sampled_from([PAGE, LIST]),
            earliest=st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_claim_is_lost_and_none_is_invented(claims: list[Retirement]) -> None:
    found = settled(claims)[KEY]
    assert {found.on, *(o.on for o in found.others)} == {c.on for c in claims}
    assert found.earliest or any(not c.earliest for c in claims) or any(c.on > found.on for c in claims)


def test_a_mistake_in_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "retirements"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'ecosystem = "nowhere"\nas-of = 2026-11-22\ncatalog = "c"\nsource = "s"\n'
        'retirements = [{ name = "x", date = 2026-12-01, whom = "me" }]\n'
    )
    with pytest.raises(RulesError, match=r"mine\.toml") as caught:
        shutdowns.read(tmp_path)
    assert "ecosystem" in str(caught.value)
    assert "whom" in str(caught.value)


def test_a_reader_sees_the_day_and_what_else_was_said() -> None:
    snapshot = load()
    vendors = Vendors.load(published=snapshot.published())
    told = " ".join(explain("azure/gpt-4.1", vendors, snapshot, NOVEMBER).split())
    assert "ends on 2027-04-14: LiteLLM" in told
    assert "others say 2026-10-14: deprecations.info" in told
    assert "answers from gemini-3.8-flash from 2026-12-01" in " ".join(
        explain("google/gemini-2.5-pro", vendors, snapshot, NOVEMBER).split()
    )
    assert "is not shut down before 2027-03-30" in " ".join(
        explain("bedrock/meta.llama3-1-8b-instruct-v1:0", vendors, snapshot, NOVEMBER).split()
    )
