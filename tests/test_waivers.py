"""Waivers end, need a signature, and do not grow."""

from datetime import date

from freehold.types import Finding, Location, Severity, Status, Waiver
from freehold.waivers import waive

TODAY = date(2026, 11, 22)
PLACE = Location(path="app/main.py", line=3)


def finding(rule: str = "model-gated", model: str | None = "org/model") -> Finding:
    return Finding(
        rule=rule, severity=Severity.ERROR, message="m", remedy="r", location=PLACE, fingerprint="", model=model
    )


def waiver(**changes: object) -> Waiver:
    fields = {"rule": "model-gated", "model": "org/model", "reason": "agreed", "until": TODAY, "location": PLACE}
    return Waiver(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_waiver_holds_up_to_and_including_its_last_day() -> None:
    assert waive([finding()], [waiver()], TODAY).findings[0].status is Status.WAIVED
    late = waive([finding()], [waiver()], date(2026, 11, 23))
    assert late.findings[0].status is Status.OPEN
    assert len(late.expired) == 1


def test_without_reason_or_end_it_covers_nothing() -> None:
    for broken in (waiver(reason=None), waiver(until=None)):
        waived = waive([finding()], [broken], TODAY)
        assert waived.findings[0].status is Status.OPEN
        assert waived.unsigned == (broken,)
        assert not waived.unused


def test_what_covers_nothing_is_told() -> None:
    waived = waive([finding()], [waiver(rule="model-gatd")], TODAY)
    assert len(waived.unused) == 1


def test_a_waiver_without_a_model_does_not_cover_models() -> None:
    assert waive([finding()], [waiver(model=None)], TODAY).findings[0].status is Status.OPEN
    assert waive([finding("lock-missing", None)], [waiver(rule="lock-missing", model=None)], TODAY).findings[
        0
    ].status is (Status.WAIVED)


def test_model_and_path_are_globs() -> None:
    assert waive([finding()], [waiver(model="org/*", path="app/*")], TODAY).findings[0].status is Status.WAIVED
    assert waive([finding()], [waiver(path="tests/*")], TODAY).findings[0].status is Status.OPEN


def test_the_reason_and_the_owner_stand_beside_the_finding() -> None:
    waived = waive([finding()], [waiver(owner="ml-platform")], TODAY)
    assert waived.findings[0].waived_because == "agreed (until 2026-11-22, ml-platform)"
