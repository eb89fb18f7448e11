"""Every finding gets its severity, its waiver and its place in the baseline, as the nearest settings have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from freehold.judge import fingerprint, judge_project, settle
from freehold.judge.case import Project
from freehold.settings import Settings
from freehold.types import Finding, Location, LockStatus, Model, Reference, Rule, Severity, Waiver
from freehold.waivers import waive
from freehold.workspaces import Workspace, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What the project's own settings would relax, if the policy that judged it allowed that."""

    waivers: tuple[Waiver, ...] = ()
    loosened: tuple[str, ...] = ()  # severities, in words


def settled(
    findings: Iterable[Finding],
    spaces: tuple[Workspace, ...],
    comments: tuple[Waiver, ...],
    rules: tuple[Rule, ...],
    models: Mapping[tuple[str, str], Model],
    lock: LockStatus,
    references: Iterable[Reference],
    today: date,
) -> tuple[Finding, ...]:
    """Rate, waive and name findings; what is to be said of the waivers themselves comes to them."""
    findings = tuple(findings)
    ids = [rule.id for rule in rules]
    done: list[Finding] = []
    for space in spaces:
        mine = [here for f in findings if (here := _within(f, space, spaces)) is not None]
        beside = [waiver for waiver in comments if nearest(spaces, waiver.location.path) == space]
        waived = waive(_rated(mine, space), (*space.settings.waivers, *beside), today, models, ids)
        about = judge_project(Project(lock=lock, waived=waived), rules)
        done += [*waived.findings, *_rated(about, space)]
    snippets = {(r.location.path, r.location.line): r.snippet for r in references}
    return tuple(fingerprint(settle(done), snippets))


def proposed(policy: Settings, own: Settings, comments: Iterable[Waiver], rules: Iterable[Rule]) -> Proposed:
    """Say what a project would relax that is judged by a policy from elsewhere: shown, and not in force."""
    signed = {replace(waiver, location=Location(path="")) for waiver in policy.waivers}
    waivers = [w for w in (*own.waivers, *comments) if replace(w, location=Location(path="")) not in signed]
    loosened = []
    for rule in rules:
        asked = own.severity_of(rule.id, rule.severity, "")
        held = policy.severity_of(rule.id, rule.severity, "")
        if _rank(asked) < _rank(held):
            loosened.append(f"{rule.id}: {held} -> {asked or 'off'}")
    return Proposed(waivers=tuple(waivers), loosened=tuple(loosened))


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


def _within(finding: Finding, space: Workspace, spaces: tuple[Workspace, ...]) -> Finding | None:
    """Give a finding as far as it is a workspace's own: a folder's settings judge the loads below it and no others."""
    places = [p for p in (finding.location, *finding.related) if nearest(spaces, p.path) == space]
    return replace(finding, location=places[0], related=tuple(places[1:])) if places else None


def _rated(findings: Iterable[Finding], space: Workspace) -> list[Finding]:
    rated = [(f, space.settings.severity_of(f.rule, f.severity, f.location.path)) for f in findings]
    return [replace(f, severity=severity, workspace=space.folder) for f, severity in rated if severity is not None]
