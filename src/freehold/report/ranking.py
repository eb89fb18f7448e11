"""What comes first. A report that lists everything is not read; this says what matters, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from freehold.types import (
    Availability,
    Exposure,
    Finding,
    LicenseClaim,
    Model,
    Reference,
    Report,
    Resolved,
    Role,
    Severity,
    Status,
    Unresolved,
)

# What cannot be undone by waiting comes first within a severity: the weights are gone, or will be.
_LOST = frozenset(
    (
        "model-became-api-only",
        "model-disabled",
        "model-replaced",
        "model-retired",
        "model-withdrawn",
        "new-api-only-model",
        "weights-incomplete",
        "weights-missing",
    )
)
ACTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Open findings that say the same: one rule about one model (of notes: one rule about any model)."""

    rule: str
    severity: Severity
    model: str | None  # None also where the findings are about several
    findings: tuple[Finding, ...]  # never empty; the one to show first comes first

    @property
    def first(self) -> Finding:
        """The finding that speaks for the group."""
        return self.findings[0]

    @property
    def workspace(self) -> str | None:
        """The folder whose settings judged all of it; None for the root, or where there are several."""
        (first, *others) = {finding.workspace for finding in self.findings}
        return None if others or first == "." else first


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do, and why. `rule` is None where it is about what could not be known."""

    text: str
    rule: str | None
    finding: Finding | None = None
    more: int = 0  # as many further models need the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A model with all that is told of it in a table."""

    model: Resolved
    loads: tuple[Reference, ...]
    exposure: Exposure | None

    @property
    def score(self) -> int:
        """0 to 100; -1 where nothing was scored."""
        return self.exposure.score if self.exposure else -1

    @property
    def license(self) -> LicenseClaim | None:
        """The claim, where there is a model to have one."""
        return self.model.license if isinstance(self.model, Model) else None

    @property
    def license_name(self) -> str:
        """The license in one word, as far as it is known. Untrusted."""
        claim = self.license
        if claim is None:
            return "vendor's terms" if self.model.availability is Availability.API_ONLY else "unknown"
        return claim.expression or claim.name or claim.tag or "none declared"


def rows(report: Report) -> tuple[Row, ...]:
    """Give every model that something was found out about, the most exposed first."""
    loads = {(each.ecosystem, each.name): each.loads for each in named(report)}
    exposures = {(e.ecosystem, e.model): e for e in report.exposures}
    found = (
        Row(
            model=model,
            loads=loads.get((model.ecosystem, model.name), ()),
            exposure=exposures.get((model.ecosystem, model.name)),
        )
        for model in report.models
    )
    return tuple(sorted(found, key=lambda row: (-row.score, row.model.name, row.model.ecosystem)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that the project loads, before anyone was asked what it is."""

    name: str
    ecosystem: str
    loads: tuple[Reference, ...]


def named(report: Report) -> tuple[Named, ...]:
    """Give every name that is loaded, the most often loaded first."""
    loads: dict[tuple[str, str], list[Reference]] = {}
    for reference in report.references:
        if reference.role is Role.LOAD and reference.name is not None:
            loads.setdefault((reference.ecosystem, reference.name), []).append(reference)
    found = (Named(name=name, ecosystem=where, loads=tuple(places)) for (where, name), places in loads.items())
    return tuple(sorted(found, key=lambda n: (-len(n.loads), n.name, n.ecosystem)))


def groups(report: Report) -> tuple[Group, ...]:
    """Give the open findings in the order in which they should be read."""
    exposure = {(e.ecosystem, e.model): e.score for e in report.exposures}
    gathered: dict[tuple[str, Severity, str | None, str | None], list[Finding]] = {}
    for finding in report.findings:
        if finding.status is Status.OPEN:
            about = (None, None) if finding.severity is Severity.NOTE else (finding.ecosystem, finding.model)
            gathered.setdefault((finding.rule, finding.severity, *about), []).append(finding)

    def weight(finding: Finding) -> int:
        return exposure.get((finding.ecosystem or "", finding.model or ""), 0)

    def order(group: Group) -> tuple[object, ...]:
        lasting = group.rule not in _LOST
        return (
            -group.severity.rank,
            lasting,
            -weight(group.first),
            group.rule,
            group.first.location,
            group.model or "",
        )

    made = []
    for (rule, severity, _, model), findings in gathered.items():
        findings.sort(key=lambda f: (-weight(f), f.location.path, f.location.line, f.location.column, f.model or ""))
        made.append(Group(rule=rule, severity=severity, model=model, findings=tuple(findings)))
    return tuple(sorted(made, key=order))


def actions(report: Report) -> tuple[Action, ...]:
    """Give at most three things to do first: errors, then what is unknown, then warnings, then notes. What a milder
    rule asks for is told once, for the model that is most exposed."""
    ranked = groups(report)
    loud = [_action(group) for group in ranked if group.severity is Severity.ERROR]
    mild: dict[str, Action] = {}
    for group in ranked:
        if group.severity is not Severity.ERROR:
            told, more = mild.get(group.rule), _action(group)
            mild[group.rule] = more if told is None else replace(told, more=told.more + 1 + more.more)
    return (*loud, *_unknown(report), *mild.values())[:ACTIONS]


def _action(group: Group) -> Action:
    others = {(f.ecosystem, f.model) for f in group.findings} - {(group.first.ecosystem, group.first.model)}
    return Action(text=group.first.remedy, rule=group.rule, finding=group.first, more=len(others))


def _unknown(report: Report) -> tuple[Action, ...]:
    blocking = [m for m in report.models if isinstance(m, Unresolved) and m.blocking]
    if not blocking:
        return ()
    first = blocking[0]
    return (Action(text=f"find out what {first.name} is: {first.reason}", rule=None, more=len(blocking) - 1),)


def counted(report: Report, severity: Severity) -> int:
    """Count the open findings of a severity."""
    return sum(f.status is Status.OPEN and f.severity is severity for f in report.findings)
