"""What comes first. A report that lists everything is not read; this says what matters, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from freehold.types import (
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
    """Open findings that say the same: one rule about one model, about several in the same words, or, of notes, about
    any."""

    rule: str
    severity: Severity
    findings: tuple[Finding, ...]  # never empty; the one to show first comes first

    @property
    def first(self) -> Finding:
        """The finding that speaks for the group."""
        return self.findings[0]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it is about, the one of the first finding first."""
        return tuple(dict.fromkeys(finding.model for finding in self.findings if finding.model is not None))

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
    model: str | None
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
            # A known API name: whatever its weights allow, its vendor's terms hold.
            served = isinstance(self.model, Model) and self.model.origin.source == "rules"
            return "vendor's terms" if served else "unknown"
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

    def weight(finding: Finding) -> int:
        return exposure.get((finding.ecosystem or "", finding.model or ""), 0)

    def order(finding: Finding) -> tuple[object, ...]:
        return (-weight(finding), finding.location, finding.model or "")

    by_model: dict[tuple[str, Severity, str | None, str | None], list[Finding]] = {}
    for finding in sorted((f for f in report.findings if f.status is Status.OPEN), key=order):
        key = (finding.rule, finding.severity, finding.ecosystem, finding.model)
        by_model.setdefault(key, []).append(finding)
    alike: dict[tuple[str, Severity, str], list[Finding]] = {}
    for (rule, severity, _, _), findings in by_model.items():
        alike.setdefault((rule, severity, _sentence(findings[0])), []).extend(findings)
    made = (Group(rule=rule, severity=severity, findings=tuple(f)) for (rule, severity, _), f in alike.items())
    return tuple(
        sorted(made, key=lambda g: (-g.severity.rank, g.rule not in _LOST, -weight(g.first), g.rule, order(g.first)))
    )


def _sentence(finding: Finding) -> str:
    """What a finding says apart from the model's name; of a note, nothing: one line with a count is enough."""
    if finding.severity is Severity.NOTE:
        return ""
    words = f"{finding.message}\n{finding.remedy}"
    return words.replace(finding.model, "\0") if finding.model else words


def actions(report: Report) -> tuple[Action, ...]:
    """Give at most three things to do first: errors, then what is unknown, then warnings, then notes. What a rule asks
    for is told once, for the model that is most exposed; of a model with an error, nothing milder is asked here."""
    ranked = groups(report)
    wrong = {f.model for group in ranked if group.severity is Severity.ERROR for f in group.findings} - {None}
    asked: dict[str, list[Finding]] = {}
    for group in ranked:
        mild = group.severity is not Severity.ERROR
        asked.setdefault(group.rule, []).extend(f for f in group.findings if not (mild and f.model in wrong))
    told = [_action(findings) for findings in asked.values() if findings]
    place = sum(action.finding is not None and action.finding.severity is Severity.ERROR for action in told)
    told[place:place] = _unknown(report)
    return tuple(told)[:ACTIONS]


def _action(findings: list[Finding]) -> Action:
    first, others = findings[0], {finding.model for finding in findings} - {findings[0].model}
    return Action(text=first.remedy, rule=first.rule, model=first.model, finding=first, more=len(others))


def _unknown(report: Report) -> tuple[Action, ...]:
    blocking = [m for m in report.models if isinstance(m, Unresolved) and m.blocking]
    if not blocking:
        return ()
    offline = report.provenance.mode == "offline"
    way = "ask the Hub without --offline, or take a `freehold snapshot export` along" if offline else "run it again"
    text = f"{blocking[0].reason}: {way}"
    return (Action(text=text, rule=None, model=blocking[0].name, more=len(blocking) - 1),)


def counted(report: Report, severity: Severity) -> int:
    """Count the open findings of a severity."""
    return sum(f.status is Status.OPEN and f.severity is severity for f in report.findings)
