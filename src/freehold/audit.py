"""The table of contents: read this first, and you have understood the program.

    walk ─► detect ─► resolve ─► compare ─► score ─► judge ─► waive ─► Report

Each stage is a function from values to values. Only `walk` reads the project, only the Hub's client opens a socket, and
nothing here prints. (The score comes before the judgement because a policy may set a limit to it.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freehold import baseline as baselines
from freehold import inline
from freehold import lock as locks
from freehold import settings as configuration
from freehold.agreed import ChangeKind, Comparison, Lock
from freehold.exposure import score
from freehold.facts import age, connect, copies, packages
from freehold.judge import judge, judge_project
from freehold.judge.case import Project
from freehold.knowledge import Knowledge, case, judged, lapsed, standing, with_lines
from freehold.licenses.packages import Relicensed
from freehold.options import Options
from freehold.resolve import resolve
from freehold.rules import overlay
from freehold.scan import in_order, look, rule_ids
from freehold.scan import scan as scan
from freehold.settings import Settings
from freehold.settle import Proposed, proposed, settled
from freehold.types import (
    Coupling,
    Exposure,
    Finding,
    LockStatus,
    Model,
    Provenance,
    Reference,
    Report,
    Requirement,
    Resolved,
    Severity,
    Status,
    Unresolved,
    Waiver,
)
from freehold.vendors import usage
from freehold.vendors.money import Item
from freehold.walk import Walk
from freehold.workspaces import Workspace, by_lock, discover, nearest

if TYPE_CHECKING:
    from freehold.hub.client import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What shares a lockfile: its models beside their entries, their scores, and what is to be said of them."""

    lock: Lock | None
    status: LockStatus
    models: tuple[Resolved, ...]
    comparisons: tuple[Comparison, ...]
    exposures: tuple[Exposure, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The report, and what lay between the stages: `lock` needs the parts, `whatif` the knowledge."""

    report: Report
    settings: Settings
    known: Knowledge
    parts: tuple[Part, ...]  # the root's first
    bill: tuple[Item, ...]


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
    settings = configuration.load(root, rule_ids, options.policy)
    with overlay(settings.rules):
        return _examine(root, options, settings, hub, executor)


def _examine(root: Path, options: Options, settings: Settings, hub: Hub | None, executor: Executor | None) -> Audit:
    known = Knowledge.load(options.snapshot)
    shown = str(options.lock) if options.lock else locks.NAME
    lock = locks.read(options.lock or root / locks.NAME, shown)
    top = Workspace(folder=".", settings=settings, lock=lock, lock_path=shown)

    walked, found = look(root, options, settings.exclude)
    spaces = (top,) if options.policy or options.lock else discover(top, walked.sources, rule_ids)
    offline = options.offline or options.snapshot is not None
    hub = None if offline else hub or connect(options)
    bill = known.prices.bill(usage.read(options.usage) if options.usage else settings.usage, options.today)
    requirements, changed = packages(root, found.requirements, settings, options, executor)
    parts = tuple(
        _part(space, spaces, references, asked, changed, coupled, known, options, hub, executor, bill)
        for (space, references), (_, asked), (_, coupled) in zip(
            by_lock(spaces, found.references),
            by_lock(spaces, requirements),
            by_lock(spaces, found.couplings or ()),
            strict=True,
        )
    )
    models = _merged(model for part in parts for model in part.models)
    comments = _comments(walked, found.references)
    findings = settled(
        (finding for part in parts for finding in part.findings),
        spaces,
        () if options.policy else comments,
        known.rules,
        {(m.ecosystem, m.name): m for m in models if isinstance(m, Model)},
        parts[0].status,
        found.references,
        options.today,
    )
    findings = baselines.mark(findings, baselines.read(root / baselines.NAME) or ())
    asked = Proposed()
    if options.policy:
        asked = proposed(settings, configuration.load(root, rule_ids), comments, known.rules)

    complete = not any(isinstance(m, Unresolved) and m.blocking for m in models)
    fail_on = None if options.never_fail else options.fail_on or settings.fail_on
    report = Report(
        root=".",
        provenance=Provenance(
            today=options.today,
            mode="offline" if offline else "live",
            endpoint=None if hub is None else hub.endpoint,
            seen_as="anonymous" if hub is None else hub.seen_as,
            snapshot_as_of=known.snapshot.as_of,
            snapshot_name=known.snapshot.name,
            rules_as_of=known.vendors.as_of,
            settings=settings.file,
            requests=0 if hub is None else hub.requests,
        ),
        references=found.references,
        requirements=requirements,
        models=models,
        findings=findings,
        problems=in_order(
            (*walked.problems, *found.problems, *age(known, settings, options, offline), *lapsed(models, spaces))
        ),
        exposures=_highest(exposure for part in parts for exposure in part.exposures),
        couplings=found.couplings,
        narrowest=found.narrowest,
        lock=parts[0].status,
        locks=tuple(part.status for part in parts),
        proposed=asked.waivers,
        loosened=asked.loosened,
        waivers=(*(w for space in spaces for w in space.settings.waivers), *(() if options.policy else comments)),
        fail_on=fail_on,
        complete=complete,
        exit_code=_exit_code(findings, fail_on, complete or options.allow_incomplete),
        files=walked.files,
        rules=known.rules,
        overlay=settings.rules,
    )
    return Audit(report=report, settings=settings, known=known, parts=parts, bill=bill)


def _part(
    space: Workspace,
    spaces: tuple[Workspace, ...],
    references: tuple[Reference, ...],
    requirements: tuple[Requirement, ...],
    changed: tuple[Relicensed, ...],
    couplings: tuple[Coupling, ...],
    known: Knowledge,
    options: Options,
    hub: Hub | None,
    executor: Executor | None,
    bill: tuple[Item, ...],
) -> Part:
    """Resolve, compare, score and judge what shares a lockfile."""
    lock, settings = with_lines(space.lock, known.vendors), space.settings
    ask = partial(
        resolve,
        lock=lock,
        snapshot=known.snapshot,
        vendors=known.vendors,
        hub=hub,
        today=options.today,
        executor=executor,
    )
    models = tuple(_assessed(model, settings) for model in ask(references))
    comparisons = _with_predecessors(locks.compare(lock, models, references), ask)
    locking = lock is not None
    cases = tuple(case(c, known, settings, options.today, locking=locking) for c in comparisons if c.loads)
    kept = copies(lock, options)
    exposures = score(standing(each, known, bill, kept, couplings) for each in cases)
    status = locks.status(lock, space.lock_path, comparisons)
    places = {(each.comparison.model.ecosystem, each.comparison.model.name): each.place for each in cases}
    project = Project(
        lock=status,
        exposures=tuple((exposure, places[exposure.ecosystem, exposure.model]) for exposure in exposures),
        exposure_limit=settings.limits.exposure,
        requirements=requirements,
        relicensed=tuple(each for each in changed if each.requirement.location in {r.location for r in requirements}),
    )
    return Part(
        lock=lock,
        status=status,
        models=models,
        comparisons=comparisons,
        exposures=exposures,
        findings=(
            *judge(
                (
                    case(own, known, theirs, options.today, locking=locking)
                    for each in comparisons
                    for own, theirs in _by_settings(each, spaces)
                ),
                known.rules,
            ),
            *judge_project(project, known.rules),
        ),
    )


def _by_settings(comparison: Comparison, spaces: tuple[Workspace, ...]) -> Iterator[tuple[Comparison, Settings]]:
    """A model is judged in every workspace that loads it, under the settings that hold there."""
    groups: dict[int, tuple[Settings, list[Reference]]] = {}
    for load in comparison.loads:
        theirs = nearest(spaces, load.location.path).settings
        groups.setdefault(id(theirs), (theirs, []))[1].append(load)
    for theirs, loads in groups.values():
        yield replace(comparison, model=_assessed(comparison.model, theirs), loads=tuple(loads)), theirs


def _with_predecessors(
    comparisons: tuple[Comparison, ...], ask: Callable[[Iterable[Reference]], tuple[Resolved, ...]]
) -> tuple[Comparison, ...]:
    """Nothing loads the predecessor any more, so nobody asked about it; but "go back" should be sound advice."""
    told = []
    for each in comparisons:
        if each.locked is not None and any(c.kind is ChangeKind.SUCCESSOR_API_ONLY for c in each.changes):
            name = each.locked.name
            asked = replace(each.loads[0], name=name, written=name, ecosystem=each.locked.ecosystem, revision=None)
            each = replace(each, predecessor=ask((asked,))[0])
        told.append(each)
    return tuple(told)


def _comments(walked: Walk, references: tuple[Reference, ...]) -> tuple[Waiver, ...]:
    """Waivers in the files that name models; a comment elsewhere can cover nothing."""
    named = {reference.location.path for reference in references}
    return tuple(waiver for source in walked.sources if source.path in named for waiver in inline.waivers(source))


def _assessed(model: Resolved, settings: Settings) -> Resolved:
    """The claim stays what was declared, so that it can be compared with the lock; the verdict is on all that holds."""
    judgement = judged(model, settings)
    if not isinstance(model, Model) or model.license is None or judgement is None:
        return model
    because = tuple(dict.fromkeys(reason.text for reason in judgement.reasons))
    return replace(model, license=replace(model.license, verdict=judgement.verdict, because=because))


def _merged(models: Iterable[Resolved]) -> tuple[Resolved, ...]:
    """A model of two workspaces is told once."""
    found: dict[tuple[str, str], Resolved] = {}
    for model in models:
        found.setdefault((model.ecosystem, model.name), model)
    return tuple(found[key] for key in sorted(found))


def _highest(exposures: Iterable[Exposure]) -> tuple[Exposure, ...]:
    ranked = sorted(exposures, key=lambda e: (-e.score, e.ecosystem, e.model))
    return tuple({(e.ecosystem, e.model): e for e in reversed(ranked)}.values())[::-1]


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
