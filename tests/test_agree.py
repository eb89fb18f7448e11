"""What `freehold lock` records, and what it refuses to record."""

from dataclasses import replace
from datetime import date

import pytest

from freehold import lock as locks
from freehold.agree import agree, insist_worse
from freehold.agreed import Comparison, Lock
from freehold.errors import LockIncomplete, LockRefused, UsageError
from freehold.types import (
    Availability,
    LicenseClaim,
    Location,
    Model,
    Origin,
    Reference,
    Resolved,
    Role,
    Unresolved,
    Weight,
)

THEN, TODAY = date(2026, 3, 1), date(2026, 11, 22)
ORIGIN = Origin(source="hub", as_of=TODAY)
MODEL = Model(
    name="org/model", ecosystem="huggingface", availability=Availability.OPEN, origin=ORIGIN, id="org/model",
    uid="6502", commit="c0ffee", license=LicenseClaim(expression="MIT", source="declared", tag="mit"),
    weights=(Weight(path="a", size=1, sha256="aa"),),
)  # fmt: skip
API = Model(name="api", ecosystem="openai", availability=Availability.API_ONLY, origin=ORIGIN, line="l")


def loads(*models: Resolved) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            name=m.name, written=m.name, ecosystem=m.ecosystem, role=Role.LOAD, how="call", location=Location(path="a")
        )
        for m in models
    )


def compared(lock: Lock | None, *models: Resolved) -> tuple[Comparison, ...]:
    return locks.compare(lock, models, loads(*models))


def locked(*models: Resolved) -> Lock:
    return agree(None, compared(None, *models), THEN, "anonymous").lock


def test_the_first_lock_takes_everything_as_it_is() -> None:
    agreement = agree(None, compared(None, MODEL, API), THEN, "anonymous")
    assert [(e.name, e.availability, e.seen_as) for e in agreement.lock.entries] == [
        ("org/model", "open", "anonymous"),
        ("api", "api-only", "anonymous"),
    ]
    assert agreement.words == ("+ org/model: open, license mit, commit c0ffee", "+ api: api-only")


def test_what_still_holds_keeps_its_date() -> None:
    agreement = agree(locked(MODEL), compared(locked(MODEL), MODEL), TODAY, "token")
    assert agreement.words == ()
    assert agreement.lock.entries[0].locked_on == THEN


def test_a_change_that_is_not_for_the_worse_is_taken_and_told() -> None:
    moved = replace(MODEL, commit="beef00")
    agreement = agree(locked(MODEL), compared(locked(MODEL), moved), TODAY, "anonymous")
    assert agreement.words == ("~ org/model: commit c0ffee -> beef00",)
    assert agreement.lock.entries[0].locked_on == TODAY


@pytest.mark.parametrize(
    "worse",
    [
        replace(MODEL, availability=Availability.WITHDRAWN),
        replace(MODEL, availability=Availability.DISABLED),
        replace(MODEL, availability=Availability.NO_WEIGHTS, weights=()),
        replace(MODEL, availability=Availability.GATED, gate="auto"),
        replace(MODEL, availability=Availability.INCOMPLETE, reason="shard 2 of 3 is missing"),
        replace(MODEL, license=LicenseClaim(expression=None, source="declared", tag="other")),
        replace(MODEL, uid="9999"),
    ],
    ids=["withdrawn", "disabled", "no-weights", "gated", "incomplete", "license", "replaced"],
)
def test_a_change_for_the_worse_needs_a_name_and_stands_in_the_lock(worse: Model) -> None:
    lock = locked(MODEL)
    with pytest.raises(LockRefused, match="org/model"):
        agree(lock, compared(lock, worse), TODAY, "anonymous")
    agreement = agree(lock, compared(lock, worse), TODAY, "anonymous", ["org/model"])
    (entry,) = agreement.lock.entries
    assert entry.availability is worse.availability
    assert [(a.on, a.was) for a in entry.accepted] == [(TODAY, Availability.OPEN)]
    assert entry.weights == MODEL.weights  # a copy can be verified after the original is gone
    assert agree(agreement.lock, compared(agreement.lock, worse), TODAY, "anonymous").words == ()


def test_an_api_only_successor_cannot_slip_in() -> None:
    lock = locked(replace(MODEL, line="l"))
    with pytest.raises(LockRefused, match="successor-api-only"):
        agree(lock, compared(lock, API), TODAY, "anonymous")
    agreement = agree(lock, compared(lock, API), TODAY, "anonymous", ["api"])
    assert "- org/model: nothing loads it any more" in agreement.words


def test_a_new_api_only_model_of_another_line_needs_a_name_too() -> None:
    lock = locked(MODEL)
    with pytest.raises(LockRefused, match="api: new-api-only"):
        agree(lock, compared(lock, MODEL, replace(API, line="other")), TODAY, "anonymous")


def test_what_is_unknown_cannot_be_agreed_to() -> None:
    lost = Unresolved(name="org/model", ecosystem="huggingface", reason="rate limit", origin=ORIGIN)
    with pytest.raises(LockIncomplete, match="unknown: rate limit"):
        agree(None, compared(None, lost), TODAY, "anonymous")


def test_accepting_what_needs_no_accepting_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="has not changed for the worse"):
        insist_worse(["org/modl"], [(locked(MODEL), compared(locked(MODEL), MODEL))])


def test_names_that_lead_nowhere_are_not_locked() -> None:
    typo = replace(MODEL, availability=Availability.NOT_FOUND, weights=())
    assert agree(None, compared(None, typo), TODAY, "anonymous").lock.entries == ()


def test_only_the_named_entry_is_updated() -> None:
    other = replace(MODEL, name="org/other", id="org/other", uid="7")
    lock = locked(MODEL, other)
    moved, gone = replace(MODEL, commit="beef00"), replace(other, availability=Availability.WITHDRAWN, weights=())
    agreement = agree(lock, compared(lock, moved, gone), TODAY, "anonymous", only=["org/model"])
    assert agreement.words == ("~ org/model: commit c0ffee -> beef00",)
    assert lock.find("huggingface", "org/other") in agreement.lock.entries
    dropped = agree(lock, compared(lock, moved), TODAY, "anonymous", only=["org/model"])
    assert len(dropped.lock.entries) == 2


def test_lists_of_rules_show_a_case_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    from freehold.__main__ import main
    from freehold.judge.catalog import load

    assert main(["rules"]) == 0
    told = capsys.readouterr().out
    assert told.count("for example: ") == len(load())
