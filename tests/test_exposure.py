"""The score: explained to the point, and monotone in what threatens and what protects."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from freehold.agreed import Comparison, Locked
from freehold.exposure import Standing, factors, score
from freehold.types import (
    Availability,
    Exposure,
    LicenseClaim,
    Location,
    Model,
    Origin,
    Reference,
    Role,
    Unresolved,
    Weight,
)
from freehold.vendors.history import Line, LineState, Release, Retirement
from freehold.vendors.money import Change, Rate

TODAY = date(2026, 11, 22)
ORIGIN = Origin(source="hub", as_of=TODAY)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def a_line(days: int, dark: bool) -> LineState:
    flagship = Release(
        model="Big", on=TODAY - timedelta(days=days), access="api-only", source="s", any_open=False if dark else None
    )
    state = Line(id="l", vendor="v", name="L", modality="llm", releases=(flagship,)).state(TODAY)
    assert state is not None
    return state


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    api = draw(st.booleans())
    ecosystem = "openai" if api else "huggingface"
    states = (
        [Availability.API_ONLY]
        if api
        else [s for s in Availability if s not in (Availability.UNKNOWN, Availability.API_ONLY)]
    )
    state = draw(st.sampled_from(states))
    gate = draw(st.sampled_from(["auto", "manual"])) if state is Availability.GATED else None
    tag = draw(st.sampled_from([None, "Apache-2.0", "LicenseRef-nobody", "CC-BY-NC-4.0"]))
    model = Model(
        name="m", ecosystem=ecosystem, availability=state, origin=ORIGIN, gate=gate,
        license=LicenseClaim(expression=tag, source="declared"),
        weights=(Weight(path="a", size=1, sha256="x"),),
    )  # fmt: skip
    loads = tuple(
        Reference(
            name="m", written="m", ecosystem=ecosystem, role=Role.LOAD, how="call",
            location=Location(path=f"{i}.py"),
            revision=draw(st.sampled_from([None, COMMIT])),
            scope=draw(st.sampled_from(["code", "test"])),
        )
        for i in range(draw(st.integers(1, 12)))
    )  # fmt: skip
    return Standing(
        comparison=Comparison(model=model, loads=loads, locked=None, changes=()),
        today=TODAY,
        line=a_line(draw(st.integers(0, 400)), draw(st.booleans())) if draw(st.booleans()) else None,
        floating=draw(st.booleans()),
        retirement=draw(st.none() | st.builds(
            Retirement, ecosystem=st.just("openai"), name=st.just("m"), source=st.just("s"), earliest=st.just(False),
            on=st.dates(TODAY - timedelta(400), TODAY + timedelta(800)), verified=st.just(True),
        )),
        couplings=draw(st.integers(0, 30)),
        hosts=draw(st.sampled_from([None, (), ("a",), ("a", "b")])),
        share=draw(st.none() | st.floats(0, 1)),
    )  # fmt: skip


def one(standing: Standing) -> Exposure | None:
    return next(iter(score([standing])), None)


@given(standings())
def test_the_lines_add_up_to_the_score_exactly(standing: Standing) -> None:
    exposure = one(standing)
    if exposure is not None:
        assert 0 <= exposure.score <= 100
        assert sum(line.points for line in exposure.because) == exposure.score
        assert all(line.source for line in exposure.because)


@given(standings())
def test_no_added_risk_lowers_it(standing: Standing) -> None:
    before = one(standing)
    if before is None:
        return
    notice = Retirement(ecosystem="openai", name="m", on=TODAY, source="s")
    worse = [
        replace(standing, floating=True),
        replace(standing, hosts=()),
        replace(standing, couplings=standing.couplings + 5),
        replace(standing, retirement=notice),
        replace(standing, share=1.0),
        replace(standing, prices=(rise(),)),
    ]
    if standing.line is None:
        worse.append(replace(standing, line=a_line(120, True)))
    for each in worse:
        after = one(each)
        assert after is not None
        assert (after.closing, after.repricing) >= (before.closing, before.repricing) or (
            after.closing >= before.closing and after.repricing >= before.repricing
        )


@given(standings())
def test_no_added_protection_raises_it(standing: Standing) -> None:
    before = one(standing)
    comparison = standing.comparison
    if before is None or not isinstance(comparison.model, Model):
        return
    claim = LicenseClaim(expression="Apache-2.0", source="declared")
    locked = Locked(
        name="m", ecosystem=comparison.model.ecosystem, availability=Availability.OPEN, locked_on=TODAY,
        weights=comparison.model.weights,
    )  # fmt: skip
    pinned = tuple(replace(load, revision=COMMIT) for load in comparison.loads)
    better = [
        replace(comparison, model=replace(comparison.model, license=claim)),
        replace(comparison, locked=locked),
        replace(comparison, loads=pinned),
    ]
    for each in better:
        after = one(replace(standing, comparison=each))
        assert after is not None
        assert after.closing <= before.closing
        assert after.repricing <= before.repricing


def test_an_announced_end_weighs_more_the_nearer_it_is() -> None:
    scores = []
    for days in (700, 300, 100, 10, 0):
        notice = Retirement(ecosystem="openai", name="m", on=TODAY + timedelta(days), source="s")
        scores.append(_api(retirement=notice).score)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_a_promise_not_to_retire_before_a_day_is_no_notice() -> None:
    promise = Retirement(ecosystem="openai", name="m", on=TODAY, source="s", earliest=True)
    assert _api(retirement=promise) == _api()


def _api(**changes: object) -> Exposure:
    model = Model(name="m", ecosystem="openai", availability=Availability.API_ONLY, origin=ORIGIN)
    load = Reference(
        name="m", written="m", ecosystem="openai", role=Role.LOAD, how="call", location=Location(path="a.py")
    )
    comparison = Comparison(model=model, loads=(load,), locked=None, changes=())
    exposure = one(Standing(comparison=comparison, today=TODAY, **changes))  # type: ignore[arg-type]
    assert exposure is not None
    return exposure


def rise() -> Change:
    before, after = (Rate(input=Decimal(price), output=Decimal(price)) for price in (1, 2))
    day = TODAY + timedelta(days=9)
    return Change(
        ecosystem="openai", name="m", on=day, before=before, after=after, why="repriced", source="s", as_of=TODAY
    )


def test_what_could_not_be_known_has_no_score() -> None:
    model = Unresolved(name="m", ecosystem="huggingface", reason="rate limit", origin=ORIGIN)
    standing = Standing(comparison=Comparison(model=model, loads=(), locked=None, changes=()), today=TODAY)
    assert score([standing]) == ()


def test_every_weight_stands_in_the_data_with_its_reason() -> None:
    assert [f.part for f in factors()] == sorted((f.part for f in factors()), key=("risk", "depth", "protection").index)
    assert len({f.id for f in factors()}) == len(factors())
