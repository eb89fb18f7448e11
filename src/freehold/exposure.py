"""The score: what it would cost, and how likely it is, that the vendor closes, retires or reprices a model.

`round(100 × risk × depth × (1 − protection))`, for closing and for repricing. Which facts count and how much they weigh
stands in rules/exposure/weights.toml, each with its reason; whether they hold is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from freehold.agreed import Comparison
from freehold.errors import RulesError
from freehold.licenses.catalog import Topic, catalog
from freehold.rules import documents, insist, remembered
from freehold.types import Availability, Because, Exposure, Model
from freehold.vendors.history import LineState, Retirement
from freehold.vendors.money import Change

Side: TypeAlias = Literal["closing", "repricing"]
Part: TypeAlias = Literal["risk", "depth", "protection"]
_PARTS: tuple[Part, ...] = ("risk", "depth", "protection")
_GONE = (Availability.WITHDRAWN, Availability.DISABLED, Availability.NO_WEIGHTS)
#: A year's notice still counts for something: nobody moves a model in a day.
_LEAST_NOTICE, _LONG_NOTICE = 0.3, 365
_MANY_PLACES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One kind of fact and what it weighs, from 0 to 1."""

    id: str
    part: Part
    sides: tuple[str, ...]
    weight: float
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one loaded model, as far as the score looks at it."""

    comparison: Comparison
    today: date
    line: LineState | None = None
    alias: str | None = None  # the source by which the vendor moves its API name from model to model
    dated: str | None = None  # a dated name of the same
    retirement: Retirement | None = None
    couplings: int = 0
    #: Further hosts that are known to serve the same weights, with their sources; None = nobody looked for any.
    hosts: tuple[str, ...] | None = None
    prices: tuple[Change, ...] = ()  # dated changes of its price, announced ones too
    share: float | None = None  # of the monthly bill, 0 to 1; None = nobody said how much is used
    mirrored_on: date | None = None  # when the copy in the mirror was last verified
    band: str | None = None


#: A fact holds to a degree from 0 to 1; the words say how, the source where that stands.
Degree: TypeAlias = tuple[float, str, str]


@remembered
def factors() -> tuple[Factor, ...]:
    """Read the weights, in the order in which they are told: risk, depth, protection."""
    files = documents("exposure")
    found = []
    for document in files:
        top = document.table()
        top.day("checked-on", required=True)
        for row in top.tables("factors"):
            weight = row.number("weight")
            if weight is None or not 0 <= weight <= 1:
                row.complain("weight: must be from 0 to 1", "weight")
            found.append(
                Factor(
                    id=row.name("id", choices=tuple(_HOLDS)),
                    part=row.name("part", choices=_PARTS),  # type: ignore[arg-type]
                    sides=row.texts("sides", choices=("closing", "repricing")),
                    weight=float(weight or 0),
                    text=row.name("text"),
                    reason=row.name("reason"),
                )
            )
            row.done()
        top.done()
    insist(files)
    if missing := sorted(set(_HOLDS) - {factor.id for factor in found}):
        raise RulesError(f"rules/exposure: no weight is given for {', '.join(missing)}")
    return tuple(sorted(found, key=lambda f: _PARTS.index(f.part)))


def score(standings: Iterable[Standing]) -> tuple[Exposure, ...]:
    """Score every model that could be resolved and is loaded; sorted by score, the highest first."""
    scored = [exposure for standing in standings if (exposure := _score(standing)) is not None]
    return tuple(sorted(scored, key=lambda e: (-e.score, e.ecosystem, e.model)))


def _score(standing: Standing) -> Exposure | None:
    model = standing.comparison.model
    skipped = (Availability.LOCAL, Availability.NOT_FOUND)
    if not isinstance(model, Model) or model.availability in skipped or not standing.comparison.loads:
        return None
    held = [(factor, degree) for factor in factors() if (degree := _HOLDS[factor.id](standing, model)) is not None]
    closing, why_closing = _side("closing", held)
    repricing, why_repricing = _side("repricing", held)
    return Exposure(
        model=model.name,
        ecosystem=model.ecosystem,
        closing=closing,
        repricing=repricing,
        because=why_closing if closing >= repricing else why_repricing,
        band=standing.band,
    )


def holds(standing: Standing, factor: str) -> float:
    """Give the degree to which a factor holds for a model; 0 where it does not."""
    model = standing.comparison.model
    found = _HOLDS[factor](standing, model) if isinstance(model, Model) else None
    return found[0] if found else 0.0


def _side(side: Side, held: list[tuple[Factor, Degree]]) -> tuple[int, tuple[Because, ...]]:
    """Add the facts one by one in their fixed order; a line's points are what the rounded score moved when it was
    added, so the lines add up to it exactly. Risks count at full depth until the depth is told."""
    steps: list[tuple[str, str, float]] = []
    safe = shallow = 1.0  # the part that no risk reaches, and the part that does not stand on the model
    for factor, (degree, text, source) in _of("risk", side, held):
        safe *= 1 - factor.weight * degree
        steps.append((text, source, 100 * (1 - safe)))
    depths = _of("depth", side, held)
    for factor, (degree, _, _) in depths:
        shallow *= 1 - factor.weight * degree
    left = 100 * (1 - safe) * (1 - shallow)
    steps.append(
        ("the project stands only so deep in it: " + ", ".join(text for _, (_, text, _) in depths), "project", left)
    )
    for factor, (degree, text, source) in _of("protection", side, held):
        left *= 1 - factor.weight * degree
        steps.append((text, source, left))
    lines, before = [], 0
    for text, source, now in steps:
        lines.append(Because(text=text, points=round(now) - before, source=source))
        before = round(now)
    return before, tuple(line for line in lines if line.points)


def _of(part: Part, side: Side, held: list[tuple[Factor, Degree]]) -> list[tuple[Factor, Degree]]:
    return [(factor, degree) for factor, degree in held if factor.part == part and side in factor.sides]


def _gone(standing: Standing, model: Model) -> Degree | None:
    if model.availability not in _GONE:
        return None
    return 1.0, f"nobody can download it any more: {model.availability}", _origin(model)


def _retirement(standing: Standing, model: Model) -> Degree | None:
    notice = standing.retirement
    if notice is None or notice.earliest or not notice.verified:
        return None
    days = (notice.on - standing.today).days
    degree = max(_LEAST_NOTICE, 1 - max(days, 0) / _LONG_NOTICE * (1 - _LEAST_NOTICE))
    return degree, f"the vendor ends it on {notice.on}" if days > 0 else f"it was ended on {notice.on}", notice.source


def _scheduled_rise(standing: Standing, model: Model) -> Degree | None:
    rises = [change for change in standing.prices if change.on > standing.today and change.ratio > 1]
    if not rises:
        return None
    worst = max(rises, key=lambda change: change.ratio)
    return min(1.0, float(worst.ratio) - 1), f"it will cost {float(worst.ratio):.2g} times as much", worst.source


def _used(standing: Standing, model: Model) -> Degree | None:
    if not standing.share:
        return None
    return standing.share, f"{standing.share:.0%} of the monthly bill", "settings"


def _more_hosts(standing: Standing, model: Model) -> Degree | None:
    if not standing.hosts:
        return None
    return 1.0, f"{len(standing.hosts)} further hosts serve its weights", standing.hosts[0]


def _api_only(standing: Standing, model: Model) -> Degree | None:
    if model.availability is not Availability.API_ONLY:
        return None
    return 1.0, "it exists only behind its vendor's API", _origin(model)


def _incomplete(standing: Standing, model: Model) -> Degree | None:
    if model.availability is not Availability.INCOMPLETE:
        return None
    return 1.0, "its weights are not complete", _origin(model)


def _line_closed(standing: Standing, model: Model) -> Degree | None:
    line = standing.line
    if line is None or not line.closed or not model.availability.has_weights:
        return None
    return 1.0, f"{line.flagship.model}, the newest flagship of its line, has no weights", line.flagship.source


def _line_dark(standing: Standing, model: Model) -> Degree | None:
    line = standing.line
    if line is None or not line.dark or not model.availability.has_weights:
        return None
    return 1.0, f"nothing of the generation of {line.flagship.model} came out", line.flagship.source


def _line_pending(standing: Standing, model: Model) -> Degree | None:
    line = standing.line
    if line is None or not line.pending or not model.availability.has_weights:
        return None
    return 1.0, f"{line.flagship.model}, the newest flagship of its line, has no weights yet", line.flagship.source


def _gate(standing: Standing, model: Model) -> Degree | None:
    if model.availability is not Availability.GATED:
        return None
    degree = 0.5 if model.gate == "auto" else 1.0
    return degree, f"it stands behind a gate ({model.gate or 'kind unknown'})", _origin(model, "gate")


def _license_revocable(standing: Standing, model: Model) -> Degree | None:
    answer = _license(model, "revocation")
    if answer is None or answer[0] not in ("revocable", "at-will"):
        return None
    return 1.0, f"its license, {_licensed(model)}, can be ended by the vendor ({answer[0]})", answer[1]


def _moving_alias(standing: Standing, model: Model) -> Degree | None:
    if standing.alias is None:
        return None
    dated = f"; {standing.dated} is a dated one" if standing.dated else ""
    return 1.0, f"its API name is an alias that the vendor moves{dated}", standing.alias


def _unpinned(standing: Standing, model: Model) -> Degree | None:
    loads = standing.comparison.loads
    open_loads = [load for load in loads if load.floating]
    if model.ecosystem != "huggingface" or not open_loads:
        return None
    return (
        1.0,
        f"{len(open_loads)} of {len(loads)} loads follow{'s' if len(open_loads) == 1 else ''} a branch",
        "project",
    )


def _one_host(standing: Standing, model: Model) -> Degree | None:
    if not model.availability.has_weights or standing.hosts != ():
        return None
    return 1.0, "no second host of its weights is known", _origin(model)


def _loaded(standing: Standing, model: Model) -> Degree | None:
    real = [load for load in standing.comparison.loads if load.scope == "code"]
    return (
        (1.0, f"{len(real)} load{'s' if len(real) > 1 else ''}", "project")
        if real
        else (0.5, "loads in tests and examples only", "project")
    )


def _spread(standing: Standing, model: Model) -> Degree | None:
    places = len([load for load in standing.comparison.loads if load.scope == "code"])
    degree = min(1.0, (places - 1) / (_MANY_PLACES - 1))
    return (degree, f"in {places} places", "project") if degree > 0 else None


def _coupled(standing: Standing, model: Model) -> Degree | None:
    if not standing.couplings:
        return None
    places = f"{standing.couplings} place{'s' if standing.couplings > 1 else ''} written for it"
    return min(1.0, 0.5 + standing.couplings / 20), places, "project"


def _license_irrevocable(standing: Standing, model: Model) -> Degree | None:
    answer = _license(model, "revocation")
    if answer is None or answer[0] != "irrevocable" or not model.availability.has_weights:
        return None
    return 1.0, f"its license, {_licensed(model)}, is irrevocable: copies you hold you may keep using", answer[1]


def _pinned(standing: Standing, model: Model) -> Degree | None:
    if model.ecosystem != "huggingface" or not all(load.pinned for load in standing.comparison.loads):
        return None
    return 1.0, "every load names a commit", "project"


def _mirrored(standing: Standing, model: Model) -> Degree | None:
    if standing.mirrored_on is None or not model.weights:
        return None
    return 1.0, f"mirrored, verified on {standing.mirrored_on}", "mirror"


def _hashed(standing: Standing, model: Model) -> Degree | None:
    locked = standing.comparison.locked
    if locked is None or locked.name != model.name or not locked.weights or not all(w.sha256 for w in locked.weights):
        return None
    return 1.0, "models.lock holds the hashes of its weights", "lock"


def _self_hostable(standing: Standing, model: Model) -> Degree | None:
    return (1.0, "its weights can be run by anyone", _origin(model)) if model.availability.has_weights else None


def _license(model: Model, topic: Topic) -> tuple[str, str] | None:
    """The verified answer of the model's license to a topic, with its source."""
    known = catalog().symbol(model.license.expression) if model.license and model.license.expression else None
    fact = known.fact(topic) if known else None
    return (fact.answer, fact.source) if fact and fact.status == "verified" else None


def _licensed(model: Model) -> str:
    return model.license.expression if model.license and model.license.expression else "unknown"


def _origin(model: Model, fact: str = "weights") -> str:
    """Where it stands. What a snapshot knows of a model comes from several places: that of this fact, where one of
    them names it."""
    cite = model.origin.cite
    if not cite:
        return f"{model.origin.source} {model.origin.as_of}"
    parts = cite.split("; ")
    return next((part for part in parts if {fact, "all"} & set(part.rpartition(": ")[2].split(", "))), cite)


_HOLDS: dict[str, Callable[[Standing, Model], Degree | None]] = {
    "gone": _gone,
    "retirement": _retirement,
    "scheduled-rise": _scheduled_rise,
    "api-only": _api_only,
    "incomplete": _incomplete,
    "line-closed": _line_closed,
    "line-dark": _line_dark,
    "line-pending": _line_pending,
    "gate": _gate,
    "license-revocable": _license_revocable,
    "moving-alias": _moving_alias,
    "unpinned": _unpinned,
    "one-host": _one_host,
    "loaded": _loaded,
    "spread": _spread,
    "coupled": _coupled,
    "used": _used,
    "license-irrevocable": _license_irrevocable,
    "pinned": _pinned,
    "hashed": _hashed,
    "mirrored": _mirrored,
    "self-hostable": _self_hostable,
    "more-hosts": _more_hosts,
}
