"""Signed exceptions: which finding each one covers, and which cover nothing any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from freehold.types import Finding, Model, Status, Waiver

#: The facts of a model that a waiver may be bound to.
FACTS = ("commit", "gate", "license", "license-text-sha256", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Findings with their status, and what is to be said of the waivers themselves."""

    findings: tuple[Finding, ...]
    expired: tuple[Waiver, ...] = ()
    lapsed: tuple[Waiver, ...] = ()  # a fact that they were bound to has changed
    unused: tuple[Waiver, ...] = ()
    unsigned: tuple[Waiver, ...] = ()  # without a reason or without an end date: they cover nothing
    unknown: tuple[Waiver, ...] = ()  # of a rule that there is not


def waive(
    findings: Iterable[Finding],
    waivers: Iterable[Waiver],
    today: date,
    models: Mapping[tuple[str, str], Model] | None = None,
    rules: Collection[str] | None = None,
) -> Waived:
    """Mark the findings that a valid waiver covers. A waiver holds up to and including its last day.

    `models` by ecosystem and name give the facts to which a waiver may be bound, `rules` the ids that there are.
    """
    everything = tuple(waivers)
    unknown = tuple(w for w in everything if rules is not None and w.rule not in rules)
    waivers = tuple(w for w in everything if w not in unknown)
    signed = [w for w in waivers if w.reason and w.until]
    valid = [w for w in signed if w.until and w.until >= today]
    used: set[int] = set()
    lapsed: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        covering = [i for i, waiver in enumerate(valid) if covers(waiver, finding)]
        model = (models or {}).get((finding.ecosystem or "", finding.model or ""))
        holding = [i for i in covering if _holds(valid[i], model)]
        lapsed |= set(covering) - set(holding)
        if holding:
            used.add(holding[0])
            signature = _signature(valid[holding[0]])
            finding = replace(finding, status=Status.WAIVED, waived_because=signature)
        marked.append(finding)
    return Waived(
        findings=tuple(marked),
        expired=tuple(w for w in signed if w not in valid),
        lapsed=tuple(w for i, w in enumerate(valid) if i in lapsed - used),
        unused=tuple(w for i, w in enumerate(valid) if i not in used | lapsed),
        unsigned=tuple(w for w in waivers if w not in signed),
        unknown=unknown,
    )


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver speaks of this finding.

    `model` and `path` are globs. A waiver without a model covers only findings that are about no model: an exception
    must not quietly grow over models that nobody had seen when it was signed. A comment covers its line and the next.
    """
    if waiver.rule != finding.rule:
        return False
    if waiver.inline:
        here, there = waiver.location, finding.location
        return here.path == there.path and here.line in (there.line, there.line - 1)
    if waiver.path is not None and not fnmatchcase(finding.location.path, waiver.path):
        return False
    if finding.model is None or waiver.model is None:
        return finding.model is None and waiver.model is None
    return fnmatchcase(finding.model, waiver.model)


def _holds(waiver: Waiver, model: Model | None) -> bool:
    """What cannot be known now does not hold: a waiver that was bound to a fact needs that fact."""
    if not waiver.only:
        return True
    if model is None:
        return False
    facts = {
        "commit": model.commit,
        "gate": model.gate or "none",
        "license": model.license.tag if model.license else None,
        "license-text-sha256": model.license.text_sha256 if model.license else None,
        "state": model.availability.value,
    }
    return all(facts[key] == value for key, value in waiver.only)


def _signature(waiver: Waiver) -> str:
    owner = f", {waiver.owner}" if waiver.owner else ""
    return f"{waiver.reason} (until {waiver.until}{owner})"
