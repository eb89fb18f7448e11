"""Everything that rules/ and the snapshot know, loaded once, and put beside each loaded model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from freehold.agreed import Comparison, Lock, Locked
from freehold.detect.markers import families
from freehold.exposure import Standing
from freehold.hub import snapshot as snapshots
from freehold.hub.snapshot import Snapshot
from freehold.judge.case import Case
from freehold.judge.catalog import load as load_rules
from freehold.licenses.expression import corrected
from freehold.licenses.lineage import dropped, effective
from freehold.licenses.terms import Judgement, judge
from freehold.settings import Settings
from freehold.types import Coupling, LicenseClaim, Model, Problem, Resolved, Rule
from freehold.vendors.hazard import of_line
from freehold.vendors.history import Line
from freehold.vendors.lines import Vendors
from freehold.vendors.money import Item
from freehold.vendors.prices import Prices
from freehold.workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Rules, vendors, prices and Hub facts as of a date."""

    rules: tuple[Rule, ...]
    vendors: Vendors
    prices: Prices
    snapshot: Snapshot

    @classmethod
    def load(cls, snapshot: Path | None = None, *more: Path) -> Knowledge:
        """Read it all; `more` are an organization's own folders, which lie over the shipped ones.

        Raises RulesError with file and line of every mistake, UsageError for a snapshot that cannot be read.
        """
        facts = snapshots.load(snapshot)
        return cls(
            rules=load_rules(*more),
            vendors=Vendors.load(*more, published=facts.published()),
            prices=Prices.load(*more),
            snapshot=facts,
        )


def case(comparison: Comparison, known: Knowledge, settings: Settings, today: date, *, locking: bool) -> Case:
    """Say of a loaded model what is known of its line, its release, its API name and its price on that day."""
    model, vendors = comparison.model, known.vendors
    line = vendors.line(model.line) if model.line else None
    api, release = None, None
    if model.ecosystem == "huggingface":
        release = vendors.release_of((isinstance(model, Model) and model.id) or model.name)
    elif (api := vendors.api(model.ecosystem, model.name)) is not None:
        release = api.release
    dated = vendors.snapshots(model.ecosystem, model.name) if api else ()
    return Case(
        comparison=comparison,
        locking=locking,
        today=today,
        line=line,
        line_state=line.state(today) if line else None,
        release=release,
        served=api is not None,
        floating=bool(api and api.moves and (model.name.lower().endswith("-latest") or dated)),
        snapshot=dated[-1] if dated else None,
        retirement=api.retirement if api else None,
        retires_within_days=settings.limits.retires_within_days,
        prices=known.prices.changes(model.ecosystem, model.name) if api else (),
        judgement=judged(model, settings),
        dropped=dropped(model.license, model.lineage, name=model.id)
        if isinstance(model, Model) and model.license
        else (),
    )


def judged(model: Resolved, settings: Settings) -> Judgement | None:
    """Hold the terms of a model, and of everything it is made of, against the organization and the policy."""
    if not isinstance(model, Model) or model.license is None:
        return None
    about = (f"vendor:{model.vendor}", f"state:{model.availability}", f"gate:{model.gate or 'none'}")
    terms = effective(_corrected(model.name, model.license, settings), model.lineage)
    return judge(terms, settings.organization, settings.licenses, task=model.task, about=about)


def coupled(model: Resolved, couplings: Iterable[Coupling]) -> tuple[Coupling, ...]:
    """Give the couplings outside tests that another model in its place would have to be freed from: those of its own
    family, of what it was made from, and of the API that serves it."""
    names = [model.name, model.line]
    if isinstance(model, Model):
        names += [model.id, *model.bases, *(name for a in model.lineage for name in (a.id, a.line))]
    theirs = {family.id for family in families() if family.has(model.ecosystem, names)}
    return tuple(c for c in couplings if c.scope == "code" and c.family in theirs)


def _corrected(name: str, claim: LicenseClaim, settings: Settings) -> LicenseClaim:
    for correction in settings.licenses.corrections:
        if correction.model == name:
            claim = corrected(claim, correction.license, correction.text_sha256)
    return claim


def lapsed(models: Iterable[Resolved], spaces: Iterable[Workspace]) -> tuple[Problem, ...]:
    """Tell every correction of a license, in whichever workspace, that does not hold: the text that was read is not
    the model's text now."""
    claims = {model.name: model.license for model in models if isinstance(model, Model) and model.license}
    files = {space.settings.file: space.settings for space in spaces}  # a workspace may have those of the one above
    return tuple(
        Problem(
            what=f"the correction of the license of {correction.model} does not hold: its text is "
            f"{(claim.text_sha256 or 'not read')[:12]} now",
            hint=f"Read the text again and set text-sha256 in [[licenses.corrections]] of {settings.file}, or remove "
            "the correction.",
        )
        for settings in files.values()
        for correction in settings.licenses.corrections
        if (claim := claims.get(correction.model)) and claim.text_sha256 != correction.text_sha256
    )


def standing(
    case: Case,
    known: Knowledge,
    bill: Iterable[Item],
    copies: Mapping[str, date],
    couplings: Iterable[Coupling] = (),
) -> Standing:
    """Gather what the score looks at for one loaded model."""
    model = case.comparison.model
    # A stale figure is shown with its age, and decides nothing.
    items = [(i.usage.model, i.cost) for i in bill if i.cost and i.price and not i.price.stale(case.today)]
    mine = sum(cost for name, cost in items if name == f"{model.ecosystem}/{model.name}")
    total = sum(cost for _, cost in items)
    repository = (isinstance(model, Model) and model.id) or model.name
    hosts = {offer.host: offer.source for offer in known.prices.offers(repository)}
    listed = model.details.hosts if isinstance(model, Model) and model.details else None
    hosts |= dict.fromkeys(listed or (), "the Hub's list of inference providers")
    looked = model.ecosystem == "huggingface" and (hosts or listed is not None)
    return Standing(
        comparison=case.comparison,
        today=case.today,
        line=case.line_state,
        alias=_moved(case, known.vendors) if case.floating else None,
        dated=case.snapshot,
        retirement=case.retirement,
        prices=case.prices,
        hosts=tuple(f"{host}: {hosts[host]}" for host in sorted(hosts)) if looked else None,
        mirrored_on=copies.get(model.name),
        couplings=len(coupled(model, couplings)),
        share=float(mine / total) if mine else None,
        band=_band(known.vendors, case.line, case.today) if case.line else None,
    )


@lru_cache(maxsize=512)
def _band(vendors: Vendors, line: Line, today: date) -> str | None:
    """The band of a line in words; many models are of one line."""
    told = of_line((each for vendor in vendors.all for each in vendor.lines), line, today)
    return told.sentence if told else None


def _moved(case: Case, vendors: Vendors) -> str:
    """Where the dated name of an alias stands, or else the alias itself."""
    model = case.comparison.model
    names = [case.snapshot, model.name] if case.snapshot else [model.name]
    found = (vendors.api(model.ecosystem, name) for name in names)
    return next((api.source for api in found if api and api.source), "rules/vendors")


def with_lines(lock: Lock | None, vendors: Vendors) -> Lock | None:
    """An entry that was written before its line was listed still belongs to it."""
    if lock is None:
        return None
    return replace(lock, entries=tuple(replace(e, line=e.line or _line_of(e, vendors)) for e in lock.entries))


def _line_of(entry: Locked, vendors: Vendors) -> str | None:
    if entry.ecosystem == "huggingface":
        found = vendors.of_repository(entry.id or entry.name)
        return found[1] if found else None
    api = vendors.api(entry.ecosystem, entry.name)
    return api.line if api else None
