"""The score: explained to the point, and monotone in what threatens and what protects."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.agreed import Comparison, Locked
from freehold.exposure import Standing, factors, holds, score
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


def an_open_line() -> LineState:
    flagship = Release(model="Free", on=TODAY - timedelta(days=9), access="open", source="s")
    state = Line(id="l", vendor="v", name="L", modality="llm", releases=(flagship,)).state(TODAY)
    assert state is not None
    return state


LICENSES = {
    "irrevocable": LicenseClaim(expression="Apache-2.0", source="declared"),
    "unknown": LicenseClaim(expression="LicenseRef-nobody", source="declared"),
    "revocable": LicenseClaim(expression="LicenseRef-scancode-flux-1-nc", source="declared"),
}


def a_load(number: int, ecosystem: str, revision: str | None, scope: str) -> Reference:
    return Reference(
        name="m", written="m", ecosystem=ecosystem, role=Role.LOAD, how="call", location=Location(path=f"{number}.py"),
        revision=revision, scope=scope,  # type: ignore[arg-type]
    )  # fmt: skip


def rise(factor: int = 2) -> Change:
    before, after = (Rate(input=Decimal(price), output=Decimal(price)) for price in (1, factor))
    day = TODAY + timedelta(days=9)
    return Change(
        ecosystem="openai", name="m", on=day, before=before, after=after, why="repriced", source="s", as_of=TODAY
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Every field that the score looks at, varied."""
    ecosystem = draw(st.sampled_from(["openai", "huggingface"]))
    states = [s for s in Availability if s is not Availability.UNKNOWN and (s is not Availability.API_ONLY)]
    if ecosystem == "openai":
        states = [Availability.API_ONLY, Availability.OPEN, Availability.GATED]
    state = draw(st.sampled_from(states))
    weights = (Weight(path="a", size=1, sha256="x"),) if state.has_weights and draw(st.booleans()) else ()
    model = Model(
        name="m", ecosystem=ecosystem, availability=state, origin=ORIGIN,
        gate=draw(st.sampled_from(["auto", "manual", None])) if state is Availability.GATED else None,
        license=draw(st.sampled_from([None, *LICENSES.values()])),
        weights=weights,
    )  # fmt: skip
    locked = Locked(
        name="m", ecosystem=ecosystem, availability=Availability.OPEN, locked_on=TODAY,
        weights=(Weight(path="a", size=1, sha256=draw(st.sampled_from(["x", None]))),),
    )  # fmt: skip
    loads = tuple(
        a_load(i, ecosystem, draw(st.sampled_from([None, COMMIT])), draw(st.sampled_from(["code", "test"])))
        for i in range(draw(st.integers(1, 12)))
    )
    return Standing(
        comparison=Comparison(
            model=model, loads=loads, locked=locked if draw(st.booleans()) else None, changes=()
        ),
        today=TODAY,
        line=draw(st.sampled_from([None, an_open_line(), *(a_line(d, k) for d in (9, 400) for k in (False, True))])),
        alias=draw(st.sampled_from([None, "s"])),
        retirement=draw(st.none() | st.builds(
            Retirement, ecosystem=st.just("openai"), name=st.just("m"), source=st.just("s"), earliest=st.booleans(),
            on=st.dates(TODAY - timedelta(400), TODAY + timedelta(800)), verified=st.booleans(),
        )),
        couplings=draw(st.integers(0, 30)),
        hosts=draw(st.sampled_from([None, (), ("a",), ("a", "b")])),
        prices=draw(st.sampled_from([(), (rise(2),), (rise(9),)])),
        share=draw(st.none() | st.floats(0, 1)),
        mirrored_on=draw(st.sampled_from([None, TODAY])),
    )  # fmt: skip


def model_of(standing: Standing) -> Model:
    assert isinstance(standing.comparison.model, Model)
    return standing.comparison.model


def with_model(standing: Standing, **changes: object) -> Standing:
    model = replace(model_of(standing), **changes)  # type: ignore[arg-type]
    return replace(standing, comparison=replace(standing.comparison, model=model))


def with_loads(standing: Standing, loads: tuple[Reference, ...]) -> Standing:
    return replace(standing, comparison=replace(standing.comparison, loads=loads))


def risks(standing: Standing) -> dict[str, Standing]:
    """The same model with one more thing that threatens it, or one that goes deeper, by the factor it adds to."""
    model, loads = model_of(standing), standing.comparison.loads
    shown = model.availability.has_weights
    found = {
        "retirement": replace(standing, retirement=Retirement(ecosystem="openai", name="m", on=TODAY, source="s")),
        "scheduled-rise": replace(standing, prices=(*standing.prices, rise(3))),
        "moving-alias": replace(standing, alias="s"),
        "coupled": replace(standing, couplings=standing.couplings + 1),
        "used": replace(standing, share=1.0),
        "loaded": with_loads(standing, tuple(replace(load, scope="code") for load in loads)),
        "spread": with_loads(
            standing, (*loads, *(a_load(n, model.ecosystem, loads[0].revision, "code") for n in range(20, 23)))
        ),
        "unpinned": with_loads(standing, (*(replace(load, revision=None) for load in loads),)),
        "license-revocable": with_model(standing, license=LICENSES["revocable"]),
    }
    if standing.hosts is None or standing.hosts:
        found["one-host"] = replace(standing, hosts=())
    if model.availability is Availability.OPEN or (model.availability is Availability.GATED and model.gate == "auto"):
        found["gate"] = with_model(standing, availability=Availability.GATED, gate="manual")
    if standing.line is None or standing.line.open:
        found["line-pending"] = replace(standing, line=a_line(9, False))
    if standing.line is None or not standing.line.closed:
        found["line-closed"] = replace(standing, line=a_line(400, False))
    if standing.line is None or not standing.line.dark:
        found["line-dark"] = replace(standing, line=a_line(400, True))
    if model.availability in (Availability.OPEN, Availability.GATED):
        found["incomplete"] = with_model(standing, availability=Availability.INCOMPLETE)
    if model.ecosystem == "openai" and shown:
        found["api-only"] = with_model(standing, availability=Availability.API_ONLY, weights=())
    if model.ecosystem == "huggingface" and (shown or model.availability is Availability.API_ONLY):
        found["gone"] = with_model(standing, availability=Availability.WITHDRAWN, weights=())
    return found


def protections(standing: Standing) -> dict[str, Standing]:
    """The same model with one more thing that protects it, by the factor it adds to."""
    model, comparison = model_of(standing), standing.comparison
    held = Locked(
        name="m", ecosystem=model.ecosystem, availability=Availability.OPEN, locked_on=TODAY,
        weights=(Weight(path="a", size=1, sha256="x"),),
    )  # fmt: skip
    found = {
        "license-irrevocable": with_model(standing, license=LICENSES["irrevocable"]),
        "pinned": with_loads(standing, tuple(replace(load, revision=COMMIT) for load in comparison.loads)),
        "hashed": replace(standing, comparison=replace(comparison, locked=held)),
        "mirrored": replace(standing, mirrored_on=TODAY),
        "more-hosts": replace(standing, hosts=(*(standing.hosts or ()), "another")),
    }
    if model.availability is Availability.API_ONLY:
        found["self-hostable"] = with_model(standing, availability=Availability.OPEN)
    return found


def one(standing: Standing) -> Exposure | None:
    return next(iter(score([standing])), None)


@given(standings())
def test_the_lines_add_up_to_the_score_exactly(standing: Standing) -> None:
    exposure = one(standing)
    if exposure is not None:
        assert 0 <= exposure.score <= 100
        assert sum(line.points for line in exposure.because) == exposure.score
        assert all(line.source for line in exposure.because)


@settings(max_examples=300)
@given(standings())
def test_no_added_risk_lowers_it_and_no_greater_depth(standing: Standing) -> None:
    before = one(standing)
    if before is None:
        return
    for factor, worse in risks(standing).items():
        after = one(worse)
        assert after is not None
        assert after.score >= before.score, factor
        if factor not in ("api-only", "gone", "incomplete"):  # what has happened ends what might have on one side
            assert after.closing >= before.closing, factor
            assert after.repricing >= before.repricing, factor


@settings(max_examples=300)
@given(standings())
def test_no_added_protection_raises_it(standing: Standing) -> None:
    before = one(standing)
    if before is None:
        return
    for factor, better in protections(standing).items():
        after = one(better)
        assert after is not None
        assert after.score <= before.score, factor
        if factor != "self-hostable":  # weights that come out can be closed again, which no API-only model can
            assert after.closing <= before.closing, factor
            assert after.repricing <= before.repricing, factor


def test_these_changes_switch_on_every_factor_there_is() -> None:
    """A factor that none of them reaches would be monotone by nobody's word."""
    plain = Model(name="m", ecosystem="huggingface", availability=Availability.OPEN, origin=ORIGIN)
    bare = Standing(
        comparison=Comparison(
            model=replace(plain, weights=(Weight(path="a", size=1, sha256="x"),)),
            loads=(a_load(0, "huggingface", "main", "test"),),
            locked=None,
            changes=(),
        ),
        today=TODAY,
    )
    called = with_model(bare, ecosystem="openai", availability=Availability.API_ONLY, weights=())
    open_api = with_model(called, availability=Availability.OPEN)
    pinned = with_loads(bare, (a_load(0, "huggingface", COMMIT, "test"),))
    reached = {
        factor
        for start in (bare, called, open_api, pinned)
        for factor, changed in (*risks(start).items(), *protections(start).items())
        if holds(changed, factor) > holds(start, factor)
    }
    assert reached == {factor.id for factor in factors()}


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


def test_what_could_not_be_known_has_no_score() -> None:
    model = Unresolved(name="m", ecosystem="huggingface", reason="rate limit", origin=ORIGIN)
    standing = Standing(comparison=Comparison(model=model, loads=(), locked=None, changes=()), today=TODAY)
    assert score([standing]) == ()


def test_every_weight_stands_in_the_data_with_its_reason() -> None:
    assert [f.part for f in factors()] == sorted((f.part for f in factors()), key=("risk", "depth", "protection").index)
    assert len({f.id for f in factors()}) == len(factors())
