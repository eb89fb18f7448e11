"""Signed exceptions: which finding each one covers, and which cover nothing any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from freehold.types import Finding, Status, Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Findings with their status, and what is to be said of the waivers themselves."""

    findings: tuple[Finding, ...]
    expired: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    unsigned: tuple[Waiver, ...] = ()  # without a reason or without an end date: they cover nothing


def waive(findings: Iterable[Finding], waivers: Iterable[Waiver], today: date) -> Waived:
    """Mark the findings that a valid waiver covers. A waiver holds up to and including its last day."""
    signed = [w for w in waivers if w.reason and w.until]
    valid = [w for w in signed if w.until and w.until >= today]
    used: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        number = next((i for i, waiver in enumerate(valid) if covers(waiver, finding)), None)
        if number is None:
            marked.append(finding)
        else:
            used.add(number)
            marked.append(replace(finding, status=Status.WAIVED, waived_because=_signature(valid[number])))
    return Waived(
        findings=tuple(marked),
        expired=tuple(w for w in signed if w not in valid),
        unused=tuple(w for i, w in enumerate(valid) if i not in used),
        unsigned=tuple(w for w in waivers if w not in signed),
    )


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver speaks of this finding.

    `model` and `path` are globs. A waiver without a model covers only findings that are about no model: an exception
    must not quietly grow over models that nobody had seen when it was signed.
    """
    if waiver.rule != finding.rule:
        return False
    if waiver.path is not None and not fnmatchcase(finding.location.path, waiver.path):
        return False
    if finding.model is None or waiver.model is None:
        return finding.model is None and waiver.model is None
    return fnmatchcase(finding.model, waiver.model)


def _signature(waiver: Waiver) -> str:
    owner = f", {waiver.owner}" if waiver.owner else ""
    return f"{waiver.reason} (until {waiver.until}{owner})"
