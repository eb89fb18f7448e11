"""What would break, where, what it would cost, and what could take its place, if a vendor closed or repriced.

Closing means: the weights are taken off the Hub, and the line goes on behind an API. Retiring means: an API name stops
answering. Repricing means: a provider asks another price. Nothing here is a forecast; it is arithmetic on the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from freehold.candidates import Candidate, Found, Search
from freehold.errors import UsageError
from freehold.hub.snapshot import Snapshot
from freehold.knowledge import coupled
from freehold.licenses.catalog import catalog
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.tomlread import suggest
from freehold.types import (
    Availability,
    Coupling,
    Location,
    Model,
    Narrowest,
    Reference,
    Report,
    Resolved,
    Role,
    Unresolved,
)
from freehold.vendors.lines import Vendors
from freehold.vendors.money import Item, Price
from freehold.vendors.prices import Prices

#: What becomes of a load: it stops at the next download or call, its price moves, it was on a lease already, it goes on
#: but its line does not, or it is safe; or nobody can say. In this order they are told.
Effect: TypeAlias = Literal["breaks", "unknown", "costs", "leased", "loses upgrades", "safe"]
EFFECTS: tuple[Effect, ...] = ("breaks", "unknown", "costs", "leased", "loses upgrades", "safe")
#: Where another model may have to take the place.
_MOVES: tuple[Effect, ...] = ("breaks", "unknown", "costs", "leased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that could happen: `close`, `retire` or `reprice` a vendor, a line, an ecosystem or a model."""

    what: Literal["close", "retire", "reprice"]
    name: str
    factor: Decimal | None = None  # of the price: 1.34 for +34 %

    def __str__(self) -> str:
        change = f"={(self.factor - 1) * 100:+.0f}%" if self.factor is not None else ""
        return f"{self.what} {self.name}{change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a scenario does to one loaded model."""

    model: str
    ecosystem: str
    effect: Effect
    why: str
    loads: tuple[Location, ...]
    was: Decimal | None = None  # US dollars a month; None = not known, see `money`
    becomes: Decimal | None = None
    money: str | None = None  # why no sum is given
    priced: str | None = None  # which price list the sum stands on, and how old it is
    candidates: tuple[Candidate, ...] = ()
    note: str | None = None  # why there is none, or what could not be compared
    couplings: tuple[Coupling, ...] = ()  # to undo before another model can take its place
    narrowest: tuple[Narrowest, ...] = ()  # where one client could stand between, for each family of the couplings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A scenario and everything it touches, the gravest first; untouched models are only counted."""

    scenario: Scenario
    consequences: tuple[Consequence, ...]
    untouched: int


def parse(close: Iterable[str], retire: Iterable[str], reprice: Iterable[str]) -> tuple[Scenario, ...]:
    """Read the scenarios of a command line. Raises UsageError for a rise that is no percentage."""
    scenarios = [Scenario(what="close", name=name) for name in close]
    scenarios += [Scenario(what="retire", name=name) for name in retire]
    for text in reprice:
        name, equals, change = text.rpartition("=")
        try:
            percent = Decimal(change.strip().removesuffix("%"))
        except InvalidOperation:
            percent = Decimal("NaN")
        if not equals or not name or not percent.is_finite() or percent < -100 or percent > 10_000:
            raise UsageError(
                f"--reprice {text}: must be NAME=+34% or NAME=-10%", "for example --reprice dashscope=+34%"
            )
        scenarios.append(Scenario(what="reprice", name=name, factor=1 + percent / 100))
    return tuple(scenarios)


def whatif(
    report: Report,
    scenarios: Iterable[Scenario],
    *,
    vendors: Vendors,
    snapshot: Snapshot,
    prices: Prices,
    bill: Iterable[Item],
    organization: Organization,
    policy: LicensePolicy,
    mirrored: Mapping[str, date] | None = None,
) -> tuple[Outcome, ...]:
    """Play the scenarios through, each by itself. `mirrored` names models of which a whole copy is at
    hand, with the day on which it was last verified.

    Raises UsageError for a name that is no vendor, line, ecosystem or model here.
    """
    items = {item.usage.model: item for item in bill}
    loads: dict[tuple[str, str], list[Reference]] = {}
    for reference in report.references:
        if reference.role is Role.LOAD and reference.name is not None:
            loads.setdefault((reference.ecosystem, reference.name), []).append(reference)
    models = [m for m in report.models if (m.ecosystem, m.name) in loads]
    today = report.provenance.today
    search = Search(vendors, snapshot, prices, organization, policy, today)
    outcomes = []
    for scenario in scenarios:
        hit = [model for model in models if _named(scenario.name, model)]
        if not hit:
            _insist_known(scenario.name, models, vendors)
        consequences = []
        for model in hit:
            places = tuple(r.location for r in loads[model.ecosystem, model.name])
            item = items.get(f"{model.ecosystem}/{model.name}")
            found = _consequence(scenario, model, places, item, mirrored or {}, search, today)
            consequences.append(_with_couplings(found, model, report) if found.effect in _MOVES else found)
        consequences.sort(key=lambda c: (EFFECTS.index(c.effect), c.ecosystem, c.model))
        outcomes.append(Outcome(scenario=scenario, consequences=tuple(consequences), untouched=len(models) - len(hit)))
    return tuple(outcomes)


def _with_couplings(consequence: Consequence, model: Resolved, report: Report) -> Consequence:
    couplings = coupled(model, report.couplings or ())
    families = {coupling.family for coupling in couplings}
    narrowest = tuple(each for each in report.narrowest if each.family in families)
    return replace(consequence, couplings=couplings, narrowest=narrowest)


def _named(name: str, model: Resolved) -> bool:
    asked = name.lower()
    id = model.id if isinstance(model, Model) else None  # noqa: A001  - the Hub's word
    known = (model.vendor, model.line, model.ecosystem, model.name, id, f"{model.ecosystem}/{model.name}")
    return asked in {word.lower() for word in known if word}


def _insist_known(name: str, models: list[Resolved], vendors: Vendors) -> None:
    """A name that touches nothing here is an answer; a name that nothing is called is a mistake."""
    asked = name.lower()
    known = {v.id for v in vendors.all} | {line.id for v in vendors.all for line in v.lines}
    known |= {p.ecosystem for v in vendors.all for p in v.providers}
    if asked in known or vendors.of_repository(name) or any(vendors.api(e, name) for e in known):
        return
    words = tuple(sorted({m.name for m in models} | known))
    raise UsageError(
        f"nothing here is called {name!r}{suggest(name, words)}", "give a vendor, a line, an ecosystem or a model"
    )


def _consequence(
    scenario: Scenario,
    model: Resolved,
    places: tuple[Location, ...],
    item: Item | None,
    mirrored: Mapping[str, date],
    search: Search,
    today: date,
) -> Consequence:
    if isinstance(model, Unresolved):
        known = model.last_known
        last = f"; on {known.as_of} it was {known.availability} ({known.source})" if known else ""
        why = f"it could not be looked up: {model.reason}{last}"
        return Consequence(model=model.name, ecosystem=model.ecosystem, effect="unknown", why=why, loads=places)
    was = item.cost if item else None
    money = None if was is not None else item.reason if item else "usage in the settings says nothing about it"
    effect, why = _effect(scenario, model, mirrored)
    paid = effect in ("costs", "leased") or (effect == "breaks" and model.ecosystem != "huggingface")
    moved = scenario.factor if effect == "costs" else None
    instead = search.find(model) if effect in _MOVES else Found()
    return Consequence(
        model=model.name,
        ecosystem=model.ecosystem,
        effect=effect,
        why=why,
        loads=places,
        was=was if paid else None,
        becomes=None if was is None or moved is None else was * moved,
        money=money if paid else None,
        priced=_priced(item.price, today) if paid and item and item.price else None,
        candidates=instead.candidates,
        note=instead.note,
    )


def _priced(price: Price, today: date) -> str:
    age = price.age(today)
    if age is None:
        return f"{price.catalog}, of unknown age"
    return f"{price.catalog}, {age} days old" + (": too old to rely on" if price.stale(today) else "")


def _dearer(factor: Decimal) -> str:
    percent = float(factor - 1) * 100
    return f"costs {abs(percent):.4g} % {'more' if percent > 0 else 'less'}"


def _effect(scenario: Scenario, model: Model, mirrored: Mapping[str, date]) -> tuple[Effect, str]:
    hub = model.ecosystem == "huggingface"
    if scenario.what == "retire":
        if hub:
            return "safe", "it is loaded as weights; retiring an API name does not touch them"
        return "breaks", "the calls fail from that day on"
    if scenario.what == "reprice":
        if hub:
            return "safe", "its weights are run by you; no price list touches them"
        elsewhere = "" if model.availability is Availability.API_ONLY else "; its weights can be had from others"
        return "costs", f"every call {_dearer(scenario.factor or Decimal(1))}{elsewhere}"
    if not hub:
        if model.availability is Availability.API_ONLY:
            return (
                "leased",
                "it was never to be had but behind its API: nothing you hold closes, and no weights will come",
            )
        return "loses upgrades", "its weights can be downloaded; its API goes on at the vendor's terms"
    terms = catalog().symbol(model.license.expression) if model.license and model.license.expression else None
    fact = terms.fact("revocation") if terms else None
    kept = fact is not None and fact.answer == "irrevocable" and fact.status == "verified"
    if (verified := mirrored.get(model.name)) is not None:
        copy = f"a copy verified on {verified} is at hand"
        if kept:
            return "safe", f"{copy}, and its license is irrevocable; only upgrades are lost"
        return "loses upgrades", f"{copy}; its license is not known to be irrevocable: have it read"
    words = "its license would let you go on with a copy" if kept else "whether you may go on with a copy is to be read"
    return "breaks", f"the next download fails: no verified copy is at hand; {words}"
