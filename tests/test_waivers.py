"""Waivers end, need a signature, and do not grow."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from freehold.inline import waivers
from freehold.source import Source
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


COMMENTS = """\
# freehold: ignore[revision-unpinned] the branch is ours until 2027-01-31
A.from_pretrained("org/a")
A.from_pretrained("org/b")  # freehold: ignore[model-gated, line-closed] we know, until then until 2027-01-31
// freehold: ignore[model-gated]
<!-- freehold: ignore[model-gated] agreed until soon -->
    "# freehold: ignore[model-gated] in a notebook until 2027-01-31\\n",
"""


def test_a_comment_is_a_waiver_with_reason_and_end() -> None:
    source = Source(path="a.py", data=COMMENTS.encode())
    found = [(w.rule, w.reason, str(w.until), w.location.line) for w in waivers(source)]
    assert found == [
        ("revision-unpinned", "the branch is ours", "2027-01-31", 1),
        ("model-gated", "we know, until then", "2027-01-31", 3),
        ("line-closed", "we know, until then", "2027-01-31", 3),
        ("model-gated", None, "None", 4),
        ("model-gated", "agreed", "None", 5),
        ("model-gated", "in a notebook", "2027-01-31", 6),
    ]


def test_a_comment_covers_its_line_and_the_next_whatever_the_model() -> None:
    above, other = waiver(model=None, inline=True, location=replace(PLACE, line=2)), replace(PLACE, line=4)
    assert waive([finding()], [above], TODAY).findings[0].status is Status.WAIVED
    assert waive([replace(finding(), location=other)], [above], TODAY).findings[0].status is Status.OPEN


@given(st.text())
def test_any_text_behind_the_mark_is_read_or_left(text: str) -> None:
    for found in waivers(Source(path="a", data=f"# freehold: ignore[{text}".encode("utf-8", "replace"))):
        assert found.inline


def test_a_rule_that_there_is_not_is_told_apart() -> None:
    waived = waive([finding()], [waiver(rule="model-gatd")], TODAY, rules=["model-gated"])
    assert len(waived.unknown) == 1
    assert not waived.unused
