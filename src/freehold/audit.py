"""The table of contents: read this first, and you have understood the program.

Each stage is a function from values to values. Only `walk` reads the project, only the Hub's client opens a socket, and
nothing here prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freehold import baseline as baselines
from freehold import lock as locks
from freehold import settings as configuration
from freehold.detect import Detection, detect
from freehold.errors import NothingToAudit
from freehold.exposure import Standing, score
from freehold.hub import snapshot as snapshots
from freehold.judge import apply_severities, fingerprint, judge, judge_project, settle
from freehold.judge.case import Case, Project, case
from freehold.judge.catalog import load as load_rules
from freehold.licenses.terms import assess
from freehold.resolve import resolve
from freehold.types import (
    Comparison,
    Exposure,
    Finding,
    Location,
    Lock,
    Locked,
    Model,
    Problem,
    Provenance,
    Reference,
    Report,
    Resolved,
    Severity,
    Status,
    Unresolved,
)
from freehold.vendors.hazard import of_line
from freehold.vendors.lines import Vendors
from freehold.vendors.money import Item
from freehold.vendors.prices import Prices
from freehold.waivers import waive
from freehold.walk import Walk, walk

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from freehold.hub.client import Hub
    from freehold.hub.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked to do, beside the settings. The day is an input: same input, same bytes."""

    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    paths: tuple[Path, ...] = ()  # below the root; empty = all of it
    offline: bool = False
    snapshot: Path | None = None  # answer from this file instead of the Hub
    lock: Path | None = None  # instead of models.lock at the root
    policy: Path | None = None  # instead of the project's own settings
    fail_on: Severity | None = None  # None = as the settings say
    never_fail: bool = False
    allow_incomplete: bool = False
    exclude: tuple[str, ...] = ()
    jobs: int | None = None
    deadline: float = 300.0  # seconds that a run may spend on the Hub
    refresh: bool = False  # ask the Hub anew instead of trusting the cache's ages


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The report, and what lay between the stages: `lock` needs the comparisons, `whatif` the knowledge."""

    report: Report
    lock: Lock | None
    settings: configuration.Settings
    vendors: Vendors
    snapshot: Snapshot
    bill: tuple[Item, ...] = ()
    comparisons: tuple[Comparison, ...] = ()


def scan(root: Path, options: Options) -> Report:
    """Find references and requirements; no network, no judgement."""
    settings = configuration.load(root, [rule.id for rule in load_rules()], options.policy)
    walked, found = _look(root, options, settings.exclude)
    return Report(
        root=".",
        provenance=Provenance(today=options.today, mode="none", settings=settings.file),
        references=found.references,
        requirements=found.requirements,
        problems=_sorted((*walked.problems, *found.problems)),
        files=walked.files,
    )


def audit(
    path: str | Path = ".", options: Options | None = None, *, hub: Hub | None = None, executor: Executor | None = None
) -> Report:
    """Audit a project and give the report: what the command line does, for other programs.

    `options` are those of a live run today, unless given. `executor` is where parallel work goes. Raises the errors of
    `freehold.errors` where the run cannot begin; anything that goes wrong later is in the report.
    """
    return examine(Path(path).resolve(), options or Options(), hub, executor).report


def examine(root: Path, options: Options, hub: Hub | None = None, executor: Executor | None = None) -> Audit:
    """Audit a project, and keep what lay between the stages.

    `hub` is asked about models; without one a live run makes its own from the environment (HF_ENDPOINT, HF_TOKEN).
    Raises the errors of errors.py; anything that goes wrong with a single file, model or request is in the report.
    """
    rules = load_rules()
    settings = configuration.load(root, [rule.id for rule in rules], options.policy)
    shown = str(options.lock) if options.lock else locks.NAME
    lock = locks.read(options.lock or root / locks.NAME, shown)
    vendors = Vendors.load()
    snapshot = snapshots.load(options.snapshot)
    offline = options.offline or options.snapshot is not None

    walked, found = _look(root, options, settings.exclude)
    lock = _with_lines(lock, vendors)
    if offline:
        hub = None
    elif hub is None:
        hub = _connect(options)
    models: tuple[Resolved, ...] = resolve(
        found.references,
        lock=lock,
        snapshot=snapshot,
        vendors=vendors,
        hub=hub,
        today=options.today,
        executor=executor,
    )
    models = tuple(_assessed(model, settings) for model in models)

    comparisons = locks.compare(lock, models, found.references)
    prices = Prices.load()
    limit, locking = settings.limits.retires_within_days, lock is not None
    cases = tuple(
        case(c, vendors, options.today, locking=locking, limit=limit, prices=prices) for c in comparisons if c.loads
    )
    bill = prices.bill(settings.usage, options.today)
    exposures = score(_standing(each, vendors, prices, bill) for each in cases)

    status = locks.status(lock, shown, comparisons)
    project = Project(lock=status, exposures=_placed(exposures, cases), exposure_limit=settings.limits.exposure)
    chosen = dict(settings.severity)
    findings = apply_severities((*judge(cases, rules), *judge_project(project, rules)), chosen)
    waived = waive(findings, settings.waivers, options.today)
    about_waivers = apply_severities(judge_project(replace(project, waived=waived), rules), chosen)
    findings = _fingerprinted((*waived.findings, *about_waivers), found.references)
    findings = baselines.mark(findings, baselines.read(root / baselines.NAME) or ())

    complete = not any(isinstance(m, Unresolved) and m.blocking for m in models)
    fail_on = None if options.never_fail else options.fail_on or settings.fail_on
    report = Report(
        root=".",
        provenance=Provenance(
            today=options.today,
            mode="offline" if offline else "live",
            endpoint=None if hub is None else hub.endpoint,
            seen_as="anonymous" if hub is None else hub.seen_as,
            snapshot_as_of=snapshot.as_of,
            snapshot_name=snapshot.name,
            rules_as_of=vendors.as_of,
            settings=settings.file,
            requests=0 if hub is None else hub.requests,
        ),
        references=found.references,
        requirements=found.requirements,
        models=models,
        findings=findings,
        problems=_sorted((*walked.problems, *found.problems, *_age(snapshot, settings, options, offline))),
        exposures=exposures,
        lock=status,
        waivers=settings.waivers,
        fail_on=fail_on,
        complete=complete,
        exit_code=_exit_code(findings, fail_on, complete or options.allow_incomplete),
        files=walked.files,
        rules=rules,
    )
    return Audit(
        report=report,
        lock=lock,
        settings=settings,
        vendors=vendors,
        snapshot=snapshot,
        bill=bill,
        comparisons=comparisons,
    )


def _look(root: Path, options: Options, exclude: tuple[str, ...]) -> tuple[Walk, Detection]:
    walked = walk(root, options.paths, exclude=(*exclude, *options.exclude))
    if not walked.files:
        raise NothingToAudit("there is no file to read under the given paths", "check the path and `exclude`")
    return walked, detect(walked.sources)


def _connect(options: Options) -> Hub:
    # The client costs a third of a second: only a run that asks pays for it.
    from freehold.hub.client import connect

    return connect(deadline=options.deadline, today=options.today)


def _with_lines(lock: Lock | None, vendors: Vendors) -> Lock | None:
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


def _assessed(model: Resolved, settings: configuration.Settings) -> Resolved:
    if not isinstance(model, Model) or model.license is None:
        return model
    return replace(model, license=assess(model.license, settings.organization, settings.licenses, task=model.task))


def _standing(case: Case, vendors: Vendors, prices: Prices, bill: Iterable[Item]) -> Standing:
    """Gather what the score looks at for one loaded model."""
    model = case.comparison.model
    key = f"{model.ecosystem}/{model.name}"
    items = [(item.usage.model, item.cost) for item in bill if item.cost]
    total = sum(cost for _, cost in items)
    mine = sum(cost for name, cost in items if name == key)
    repository = (isinstance(model, Model) and model.id) or model.name
    band = (
        of_line((line for vendor in vendors.all for line in vendor.lines), case.line, case.today) if case.line else None
    )
    return Standing(
        comparison=case.comparison,
        today=case.today,
        line=case.line_state,
        floating=case.floating,
        retirement=case.retirement,
        prices=case.prices,
        hosts=tuple(offer.source for offer in prices.offers(repository)) if model.ecosystem == "huggingface" else (),
        share=float(mine / total) if mine else None,
        band=band.sentence if band else None,
    )


def _placed(exposures: tuple[Exposure, ...], cases: tuple[Case, ...]) -> tuple[tuple[Exposure, Location], ...]:
    places = {(each.comparison.model.ecosystem, each.comparison.model.name): each.place for each in cases}
    return tuple((exposure, places[exposure.ecosystem, exposure.model]) for exposure in exposures)


def _age(snapshot: Snapshot, settings: configuration.Settings, options: Options, offline: bool) -> tuple[Problem, ...]:
    """Facts that answer for the Hub grow old."""
    days, limit = (options.today - snapshot.as_of).days, settings.limits.snapshot_age_days
    if not offline or days <= limit:
        return ()
    what = f"the {snapshot.name} snapshot is {days} days old (limit {limit})"
    return (Problem(what=what, hint="update freehold, or give a newer file with --snapshot"),)


def _fingerprinted(findings: Iterable[Finding], references: tuple[Reference, ...]) -> tuple[Finding, ...]:
    snippets = {(r.location.path, r.location.line): r.snippet for r in references}
    return tuple(fingerprint(settle(findings), snippets))


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda p: (p.location or Location(path=""), p.what)))


def _exit_code(findings: Iterable[Finding], fail_on: Severity | None, complete: bool) -> int:
    """1 beats 4; what ends a run before its report (2, 3) is raised."""
    if fail_on is not None and any(f.status is Status.OPEN and f.severity.rank >= fail_on.rank for f in findings):
        return 1
    return 0 if complete else 4


class _Callable(ModuleType):
    """Lets `freehold.audit(...)` be the function although `freehold.audit` is also this module."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Report:
        return audit(*arguments, **keywords)


sys.modules[__name__].__class__ = _Callable
