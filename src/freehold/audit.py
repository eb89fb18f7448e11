"""The table of contents: read this first, and you have understood the program.

    walk ─► detect ─► resolve ─► compare ─► score ─► judge ─► waive ─► Report

Each stage is a function from values to values. Only `walk` reads the project, only the Hub's client opens a socket, and
nothing here prints. (The score comes before the judgement because a policy may set a limit to it.)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freehold import baseline as baselines
from freehold import inline
from freehold import lock as locks
from freehold import settings as configuration
from freehold.detect import Detection, detect
from freehold.errors import NothingToAudit
from freehold.exposure import score
from freehold.judge import fingerprint, judge, judge_project, settle
from freehold.judge.case import Project
from freehold.knowledge import Knowledge, case, judged, standing, with_lines
from freehold.licenses.index import PackageIndex
from freehold.licenses.indexes import configured
from freehold.licenses.packages import resolve_requirements
from freehold.licenses.terms import assess
from freehold.resolve import resolve
from freehold.rules import overlay
from freehold.settings import Settings
from freehold.source import Source
from freehold.types import (
    ChangeKind,
    Comparison,
    Coupling,
    Exposure,
    Finding,
    Location,
    Lock,
    LockStatus,
    Model,
    Problem,
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
from freehold.waivers import waive
from freehold.walk import Walk, walk
from freehold.workspaces import Workspace, by_lock, discover, nearest

if TYPE_CHECKING:
    from freehold.hub.client import Hub

#: Seconds that a run may spend on the package index: what it does not tell by then is unknown, and fails nothing.
_PACKAGES = 30.0


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
    jobs: int | None = None  # requests at a time; None = as the client thinks fit
    deadline: float = 300.0  # seconds that a run may spend on the Hub
    refresh: bool = False  # ask the Hub anew instead of trusting the cache's ages
    details: bool = False  # also ask for other hosts, quantised copies, scans
    mirror: str | None = None  # where verified copies of the locked weights are
    usage: Path | None = None  # a CSV file of tokens per month, instead of `usage` in the settings
    packages: bool = True  # ask the user's own index about licenses of packages that are not installed
    couplings: bool = True  # look for what ties the project to one family of models; reads every file once more
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)  # hears done and total


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


def scan(root: Path, options: Options) -> Report:
    """Find references and requirements; no network, no judgement."""
    settings = configuration.load(root, _rule_ids(), options.policy)
    with overlay(settings.rules):
        walked, found = _look(root, options, settings.exclude)
    return Report(
        root=".",
        provenance=Provenance(today=options.today, mode="none", settings=settings.file),
        references=found.references,
        requirements=found.requirements,
        couplings=found.couplings,
        narrowest=found.narrowest,
        problems=_sorted((*walked.problems, *found.problems)),
        files=walked.files,
    )


def examine(root: Path, options: Options, hub: Hub | None = None, executor: Executor | None = None) -> Audit:
    """Audit a project, and keep what lay between the stages.

    `hub` is asked about models; without one a live run makes its own from the environment (HF_ENDPOINT, HF_TOKEN).
    Raises the errors of errors.py; anything that goes wrong with a single file, model or request is in the report.
    """
    settings = configuration.load(root, _rule_ids(), options.policy)
    with overlay(settings.rules):
        return _examine(root, options, settings, hub, executor)


def _examine(root: Path, options: Options, settings: Settings, hub: Hub | None, executor: Executor | None) -> Audit:
    known = Knowledge.load(options.snapshot)
    shown = str(options.lock) if options.lock else locks.NAME
    lock = locks.read(options.lock or root / locks.NAME, shown)
    top = Workspace(folder=".", settings=settings, lock=lock, lock_path=shown)

    walked, found = _look(root, options, settings.exclude)
    spaces = (top,) if options.policy or options.lock else discover(top, walked.sources, _rule_ids())
    offline = options.offline or options.snapshot is not None
    hub = None if offline else hub or _connect(options)
    bill = known.prices.bill(usage.read(options.usage) if options.usage else settings.usage, options.today)
    requirements = _packages(root, found.requirements, settings, options, executor)
    parts = tuple(
        _part(space, references, asked, coupled, known, options, hub, executor, bill)
        for (space, references), (_, asked), (_, coupled) in zip(
            by_lock(spaces, found.references),
            by_lock(spaces, requirements),
            by_lock(spaces, found.couplings or ()),
            strict=True,
        )
    )
    comments = _comments(walked, found.references)
    findings, proposed = _settled(root, spaces, parts, found.references, comments, known, options)

    models = _merged(model for part in parts for model in part.models)
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
        problems=_sorted((*walked.problems, *found.problems, *_age(known, settings, options, offline))),
        exposures=_highest(exposure for part in parts for exposure in part.exposures),
        couplings=found.couplings,
        narrowest=found.narrowest,
        lock=parts[0].status,
        locks=tuple(part.status for part in parts),
        proposed=proposed,
        waivers=(*(w for space in spaces for w in space.settings.waivers), *(() if options.policy else comments)),
        fail_on=fail_on,
        complete=complete,
        exit_code=_exit_code(findings, fail_on, complete or options.allow_incomplete),
        files=walked.files,
        rules=known.rules,
    )
    return Audit(report=report, settings=settings, known=known, parts=parts, bill=bill)


def _part(
    space: Workspace,
    references: tuple[Reference, ...],
    requirements: tuple[Requirement, ...],
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
    copies = _copies(lock, options)
    exposures = score(standing(each, known, bill, copies, couplings) for each in cases)
    status = locks.status(lock, space.lock_path, comparisons)
    places = {(each.comparison.model.ecosystem, each.comparison.model.name): each.place for each in cases}
    project = Project(
        lock=status,
        exposures=tuple((exposure, places[exposure.ecosystem, exposure.model]) for exposure in exposures),
        exposure_limit=settings.limits.exposure,
        requirements=requirements,
    )
    return Part(
        lock=lock,
        status=status,
        models=models,
        comparisons=comparisons,
        exposures=exposures,
        findings=(*judge(cases, known.rules), *judge_project(project, known.rules)),
    )


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


def _settled(
    root: Path,
    spaces: tuple[Workspace, ...],
    parts: tuple[Part, ...],
    references: tuple[Reference, ...],
    comments: tuple[Waiver, ...],
    known: Knowledge,
    options: Options,
) -> tuple[tuple[Finding, ...], tuple[Waiver, ...]]:
    """Give all findings with severity, waiver and baseline as the nearest settings have it, and the waivers that the
    project itself would add to the policy."""
    models = {(m.ecosystem, m.name): m for part in parts for m in part.models if isinstance(m, Model)}
    settled: list[Finding] = []
    ids = [rule.id for rule in known.rules]
    for space in spaces:
        mine = [f for part in parts for f in part.findings if nearest(spaces, f.location.path) == space]
        here = [] if options.policy else [w for w in comments if nearest(spaces, w.location.path) == space]
        waived = waive(_rated(mine, space), (*space.settings.waivers, *here), options.today, models, ids)
        about = judge_project(Project(lock=parts[0].status, waived=waived), known.rules)
        settled += [*waived.findings, *_rated(about, space)]
    snippets = {(r.location.path, r.location.line): r.snippet for r in references}
    named = tuple(fingerprint(settle(settled), snippets))
    own = configuration.load(root, _rule_ids()).waivers if options.policy else ()
    signed = {replace(w, location=Location(path="")) for w in spaces[-1].settings.waivers}
    own = (*own, *comments) if options.policy else ()
    proposed = tuple(w for w in own if replace(w, location=Location(path="")) not in signed)
    return baselines.mark(named, baselines.read(root / baselines.NAME) or ()), proposed


def _comments(walked: Walk, references: tuple[Reference, ...]) -> tuple[Waiver, ...]:
    """Waivers in the files that name models; a comment elsewhere can cover nothing."""
    named = {reference.location.path for reference in references}
    return tuple(waiver for source in walked.sources if source.path in named for waiver in inline.waivers(source))


def _rated(findings: Iterable[Finding], space: Workspace) -> list[Finding]:
    rated = [(f, space.settings.severity_of(f.rule, f.severity, f.location.path)) for f in findings]
    return [replace(f, severity=severity, workspace=space.folder) for f, severity in rated if severity is not None]


def _look(root: Path, options: Options, exclude: tuple[str, ...]) -> tuple[Walk, Detection]:
    walked = walk(root, options.paths, exclude=(*exclude, *options.exclude))
    if not walked.files:
        raise NothingToAudit("there is no file to read under the given paths", "check the path and `exclude`")
    theirs = tuple(source for source in walked.sources if not _ours(source))
    return walked, detect(theirs, couplings=options.couplings)


def _ours(source: Source) -> bool:
    """What freehold itself wrote names models, and loads none: a baseline must not keep itself alive."""
    if source.name in (baselines.NAME, locks.NAME):
        return True
    suffix = source.name.rpartition(".")[2]
    if suffix in ("json", "sarif"):
        return b'"freehold"' in source.data[:2000]
    return suffix == "toml" and source.data.startswith(b"schema = 1\nname = ") and b"\nas-of = " in source.data[:200]


def _connect(options: Options) -> Hub:
    # The client costs a third of a second: only a run that asks pays for it.
    from freehold.hub.client import JOBS, connect

    return connect(
        deadline=options.deadline,
        today=options.today,
        progress=options.progress,
        refresh=options.refresh,
        details=options.details,
        jobs=options.jobs or JOBS,
    )


def _packages(
    root: Path,
    asked: tuple[Requirement, ...],
    settings: Settings,
    options: Options,
    executor: Executor | None,
) -> tuple[Requirement, ...]:
    """Give the requirements with their licenses, of the project's environment, else of the user's own index."""
    offline = options.offline or options.snapshot is not None or not options.packages
    index = None if offline or not asked else PackageIndex(configured(os.environ, Path.home()), deadline=_PACKAGES)
    found = resolve_requirements(asked, root=root, index=index, executor=executor)
    return tuple(
        replace(r, license=assess(r.license, settings.organization, settings.licenses)) if r.license else r
        for r in found
    )


def _copies(lock: Lock | None, options: Options) -> dict[str, date]:
    """Models of which the mirror has a whole copy, with the day on which it was last verified."""
    if lock is None or options.mirror is None:
        return {}
    from freehold.mirror import standing as kept

    return kept(lock, options.mirror)


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


def _age(known: Knowledge, settings: Settings, options: Options, offline: bool) -> tuple[Problem, ...]:
    """Facts that answer for the Hub grow old."""
    days, limit = (options.today - known.snapshot.as_of).days, settings.limits.snapshot_age_days
    if not offline or days <= limit:
        return ()
    what = f"the {known.snapshot.name} snapshot is {days} days old (limit {limit})"
    return (Problem(what=what, hint="update freehold, or give a newer file with --snapshot"),)


def _rule_ids() -> tuple[str, ...]:
    from freehold.judge.catalog import load

    return tuple(rule.id for rule in load())


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
