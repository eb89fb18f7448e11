"""Every rule of rules/checks: the examples in its file fire or stay silent as they say, through the real stages."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from freehold import lock as locks
from freehold.agreed import Accepted, Lock, Locked
from freehold.judge import judge, judge_project
from freehold.judge.case import Case, Project
from freehold.judge.catalog import Example, examples
from freehold.judge.catalog import load as load_rules
from freehold.licenses.lineage import Dropped
from freehold.licenses.packages import Relicensed
from freehold.licenses.terms import Judgement, Reason
from freehold.types import (
    Availability,
    Because,
    Details,
    Exposure,
    LicenseClaim,
    Location,
    LockStatus,
    Model,
    Origin,
    Reference,
    Requirement,
    Role,
    Waiver,
    Weight,
)
from freehold.vendors.history import Line, Release, Retirement
from freehold.vendors.money import Change, Rate
from freehold.waivers import Waived

TODAY = date(2026, 11, 22)
THEN = date(2026, 1, 1)
ORIGIN = Origin(source="hub", as_of=TODAY)
PLACE = Location(path="app.py", line=3, column=21)


def case(facts: dict[str, str]) -> Case:
    """A project that loads one model at app.py:3, as an example of a rule describes it."""
    api = facts.get("now") == "api-only"
    name, ecosystem = ("new-api", "dashscope") if api else ("org/model", "huggingface")
    load = Reference(
        name=name,
        written=name,
        ecosystem=ecosystem,
        role=Role.LOAD,
        location=PLACE,
        how="call",
        revision=facts.get("revision") or None,
        remote_code=facts.get("remote-code") == "yes",
    )
    claim = LicenseClaim(
        expression="Apache-2.0" if facts.get("license-now", "apache-2.0") else None,
        source="declared",
        tag=facts.get("license-now", "apache-2.0") or None,
    )
    now = Availability(facts.get("now", "open"))
    model = Model(
        name=name,
        ecosystem=ecosystem,
        availability=now,
        origin=ORIGIN,
        id=None if api else facts.get("id-now", "org/model"),
        uid=facts.get("uid-now"),
        commit=facts.get("commit-now"),
        gate="manual" if now is Availability.GATED else None,
        license=claim,
        weights=(Weight(path="model.safetensors", size=9, sha256=facts.get("weights-now", "a")),),
        line="a-line",
        details={
            "none": Details(hosts=(), copies=0),
            "some": Details(hosts=("a-host",), copies=0),
            "": None,
        }[facts.get("hosts", "")],
    )
    was = facts.get("lock", "open")
    entries = []
    if was not in ("-", "none"):
        state = Availability(was)
        entries.append(
            Locked(
                name="org/old" if facts.get("predecessor") else name,
                ecosystem="huggingface" if facts.get("predecessor") else ecosystem,
                availability=state,
                locked_on=THEN,
                line="a-line",
                uid=facts.get("uid-was"),
                commit=facts.get("commit-was"),
                gate="manual" if state is Availability.GATED else None,
                license=facts.get("license-was"),
                accepted=(Accepted(on=THEN, was=Availability.OPEN, change="lost"),) if facts.get("accepted") else (),
                weights=(Weight(path="model.safetensors", size=9, sha256=facts.get("weights-was", "a")),),
            )
        )
    lock = None if was == "none" else Lock(path="models.lock", entries=tuple(entries))
    (comparison,) = locks.compare(lock, (model,), (load,))
    line = a_line(facts.get("line", "open"))
    reduced = facts.get("reduced") == "yes"
    small = Release(model="small", on=THEN, access="open", source="s", reduced_variant_of="Big" if reduced else None)
    retires = facts.get("retires-in")
    notice = None
    if retires is not None:
        day = TODAY + timedelta(days=int(retires))
        notice = Retirement(ecosystem=ecosystem, name=name, on=day, source="https://vendor.example/retired")
    prices = ()
    if "price-in" in facts:
        on = TODAY + timedelta(days=int(facts["price-in"]))
        before, after = (Rate(input=Decimal(price), output=Decimal(price)) for price in (2, 3))
        prices = (
            Change(
                ecosystem=ecosystem, name=name, on=on, before=before, after=after,
                why="repriced", source="https://vendor.example/prices", as_of=THEN,
            ),
        )  # fmt: skip
    judgement, dropped = None, ()
    if "reason" in facts:
        about, effect = facts["reason"].split("/")
        reason = Reason(effect=effect, about=about, text="the license says so", license="x")  # type: ignore[arg-type]
        judgement = Judgement(verdict=effect, reasons=(reason,))  # type: ignore[arg-type]
    if "dropped" in facts:
        lost = {"parent": "other/base", "parent_license": "A", "child_license": "B", "text": "drops something"}
        dropped = (Dropped(kind=facts["dropped"], **lost),)  # type: ignore[arg-type]
    return Case(
        judgement=judgement,
        dropped=dropped,
        prices=prices,
        comparison=comparison,
        locking=lock is not None,
        today=TODAY,
        line=line,
        line_state=line.state(TODAY),
        release=small,
        floating=facts.get("floating") == "yes",
        retirement=notice,
    )


def a_line(state: str) -> Line:
    days = {"open": 200, "closed": 120, "pending": 30}[state]
    flagship = Release(
        model="Big", on=TODAY - timedelta(days=days), access="open" if state == "open" else "api-only", source="s"
    )
    return Line(id="a-line", vendor="v", name="A Line", modality="llm", releases=(flagship,))


def project(facts: dict[str, str]) -> Project:
    was = facts.get("lock", "open")
    status = LockStatus(
        path="models.lock", present=was != "none", not_locked=("org/model",) if was in ("-", "none") else ()
    )
    exposures = ()
    if "exposure" in facts:
        score = int(facts["exposure"])
        because = (Because(text="it exists only behind its vendor's API", points=score, source="rules"),)
        exposure = Exposure(model="m", ecosystem="openai", closing=score, repricing=0, because=because)
        exposures = ((exposure, PLACE),)
    limit = int(facts["limit"]) if "limit" in facts else None
    requirements, relicensed = (), ()
    if facts.get("package") == "relicensed":
        asked = Requirement(name="x", specifier="==1", version="1", location=PLACE)
        relicensed = (Relicensed(requirement=asked, was="MIT", now="AGPL-3.0-only", newest="2"),)
    elif "package" in facts:
        known = None if facts["package"] == "unknown" else "MIT"
        verdict = "needs-review" if known is None else facts["package"]
        claim = LicenseClaim(expression=known, source="declared", verdict=verdict)  # type: ignore[arg-type]
        requirements = (Requirement(name="x", specifier="", location=PLACE, license=claim),)
    waived = None
    if "waiver" in facts:
        waiver = Waiver(rule="model-gated", model="m", reason="r", until=TODAY, location=PLACE)
        drawer = {} if facts["waiver"] == "valid" else {facts["waiver"]: (waiver,)}
        waived = Waived(findings=(), **drawer)
    return Project(
        lock=status,
        exposures=exposures,
        exposure_limit=limit,
        requirements=requirements,
        relicensed=relicensed,
        waived=waived,
    )


@pytest.mark.parametrize(
    "example", examples(), ids=lambda e: f"{e.rule}-{'fires' if e.fires else 'silent'}-{dict(e.facts)}"
)
def test_example_does_what_it_says(example: Example) -> None:
    facts = dict(example.facts)
    findings = (*judge([case(facts)], load_rules()), *judge_project(project(facts), load_rules()))
    assert (example.rule in {f.rule for f in findings}) == example.fires


def test_one_finding_per_model_instead_of_the_milder_ones() -> None:
    facts = {"lock": "open", "predecessor": "yes", "now": "api-only"}
    assert [f.rule for f in judge([case(facts)], load_rules())] == ["model-became-api-only"]


def test_a_rule_that_replaces_another_is_not_itself_replaced_by_it() -> None:
    rules = {rule.id: rule for rule in load_rules()}
    for rule in rules.values():
        assert rule.id not in rule.replaces
        assert not [other for other in rule.replaces if rule.id in rules[other].replaces]


def test_finding_names_what_was_lost_since_when_and_what_to_do() -> None:
    (finding,) = (f for f in judge([case({"lock": "open", "now": "withdrawn"})], load_rules()) if f.severity == "error")
    assert finding.location == PLACE
    assert "org/model was open when it was locked on 2026-01-01" in finding.message
    assert "freehold lock --accept org/model" in finding.remedy


def test_placeholders_are_filled_once_so_a_name_cannot_smuggle_one_in() -> None:
    from freehold.judge import _fill

    assert _fill("{model} and {locked}", {"model": "{locked}", "locked": "x"}) == "{locked} and x"


def test_what_only_a_test_loads_warns_and_what_the_lock_agreed_to_fails_all_the_same() -> None:
    retired = case({"now": "api-only", "lock": "-", "retires-in": "-1"})
    (load,) = retired.comparison.loads
    in_test = replace(retired, comparison=replace(retired.comparison, loads=(replace(load, scope="test"),)))
    severities = [
        next(f.severity for f in judge([c], load_rules()) if f.rule == "model-retired") for c in (retired, in_test)
    ]
    assert severities == ["error", "warning"]
    lost = case({"lock": "open", "now": "withdrawn"})
    (load,) = lost.comparison.loads
    in_test = replace(lost, comparison=replace(lost.comparison, loads=(replace(load, scope="test"),)))
    assert [f.severity for f in judge([in_test], load_rules()) if f.rule == "model-became-api-only"] == ["error"]
