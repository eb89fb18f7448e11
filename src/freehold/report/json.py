"""JSON, schema 1: the names that other programs rely on. Its JSON Schema stands beside this module.

Keys may be added, never renamed or removed within a schema; every key is always there, `null` where nothing is known.
Pure ASCII, so that any string survives any encoding; parsing gives each string back exactly as it was found.
"""

from __future__ import annotations

from typing import Any

from freehold import __version__
from freehold.console import Look
from freehold.report import Format
from freehold.report.ranking import actions
from freehold.safe import json_text
from freehold.types import (
    Ancestor,
    Coupling,
    Details,
    Exposure,
    Finding,
    LicenseClaim,
    Location,
    LockStatus,
    Model,
    Narrowest,
    Reference,
    Report,
    Requirement,
    Resolved,
    Waiver,
)

FORMAT = Format("json", ".json")
SCHEMA = 1


def render(report: Report, look: Look) -> str:
    """Write the whole report; `look` plays no part."""
    return json_text(document(report))


def document(report: Report) -> dict[str, Any]:
    """Give the report as the plain values that become JSON."""
    exposures = {(e.ecosystem, e.model): e for e in report.exposures}
    known = report.provenance
    return {
        "schema": SCHEMA,
        "tool": {"name": "freehold", "version": __version__},
        "root": report.root,
        "complete": report.complete,
        "exit-code": report.exit_code,
        "fail-on": report.fail_on or "never",
        "files": report.files,
        "provenance": {
            "today": str(known.today),
            "mode": known.mode,
            "endpoint": known.endpoint,
            "seen-as": known.seen_as,
            "snapshot": known.snapshot_as_of and {"name": known.snapshot_name, "as-of": str(known.snapshot_as_of)},
            "rules-as-of": _text(known.rules_as_of),
            "settings": known.settings,
        },
        "first": [
            {
                "text": action.text,
                "rule": action.rule,
                "model": action.model,
                "more": action.more,
                "fingerprint": action.finding and action.finding.fingerprint,
            }
            for action in actions(report)
        ],
        "references": [_reference(r) for r in report.references],
        "requirements": [_requirement(r) for r in report.requirements],
        "models": [_model(m, exposures.get((m.ecosystem, m.name))) for m in report.models],
        "findings": [_finding(f) for f in report.findings],
        "problems": [{"location": _location(p.location), "what": p.what, "hint": p.hint} for p in report.problems],
        "exposure": _project(report.exposures),
        "lock": report.lock and _lock(report.lock),
        "locks": [_lock(lock) for lock in report.locks],
        "waivers": {
            "entries": [_waiver(w) for w in report.waivers],
            "proposed": [_waiver(w) for w in report.proposed],
            "loosened": list(report.loosened),
        },
        "couplings": None
        if report.couplings is None
        else {
            "entries": [_coupling(c) for c in report.couplings],
            "narrowest": [_narrowest(n) for n in report.narrowest],
        },
    }


def _lock(lock: LockStatus) -> dict[str, Any]:
    return {
        "path": lock.path,
        "present": lock.present,
        "entries": lock.entries,
        "oldest": _text(lock.oldest),
        "not-loaded": list(lock.not_loaded),
        "not-locked": list(lock.not_locked),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _location(location: Location | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {"path": location.path, "line": location.line, "column": location.column, "cell": location.cell}


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "name": reference.name,
        "written": reference.written,
        "ecosystem": reference.ecosystem,
        "role": reference.role,
        "location": _location(reference.location),
        "revision": reference.revision,
        "revision-reason": reference.revision_reason,
        "how": reference.how,
        "reason": reference.reason,
        "library": reference.library,
        "scope": reference.scope,
        "remote-code": reference.remote_code,
        "file": reference.file,
        "base-url": reference.base_url,
    }


def _license(claim: LicenseClaim | None) -> dict[str, Any] | None:
    if claim is None:
        return None
    return {
        "expression": claim.expression,
        "source": claim.source,
        "verdict": claim.verdict,
        "because": list(claim.because),
        "tag": claim.tag,
        "name": claim.name,
        "link": claim.link,
        "text-sha256": claim.text_sha256,
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    return {
        "name": requirement.name,
        "specifier": requirement.specifier,
        "version": requirement.version,
        "license": _license(requirement.license),
        "location": _location(requirement.location),
    }


def _model(model: Resolved, exposure: Exposure | None) -> dict[str, Any]:
    found = model if isinstance(model, Model) else None
    last = model.last_known
    return {
        "name": model.name,
        "ecosystem": model.ecosystem,
        "id": found and found.id,
        "uid": found and found.uid,
        "commit": found and found.commit,
        "availability": model.availability,
        "gate": found and found.gate,
        "private": found and found.private,
        "reason": model.reason,
        "license": _license(found.license if found else None),
        "weights": [{"path": w.path, "size": w.size, "sha256": w.sha256} for w in found.weights] if found else [],
        "bases": list(found.bases) if found else [],
        "lineage": [_ancestor(a) for a in found.lineage] if found else [],
        "details": found and found.details and _details(found.details),
        "granted": found and found.granted,
        "task": found and found.task,
        "vendor": model.vendor,
        "line": model.line,
        "exposure": _exposure(exposure),
        "last-known": last and {"availability": last.availability, "as-of": str(last.as_of), "source": last.source},
        "as-of": str(model.origin.as_of),
        "from": model.origin.source,
        "cite": model.origin.cite,
    }


def _ancestor(ancestor: Ancestor) -> dict[str, Any]:
    return {
        "id": ancestor.id,
        "depth": ancestor.depth,
        "relation": ancestor.relation,
        "license": _license(ancestor.license),
        "vendor": ancestor.vendor,
        "line": ancestor.line,
        "reason": ancestor.reason,
    }


def _details(details: Details) -> dict[str, Any]:
    return {
        "hosts": None if details.hosts is None else list(details.hosts),
        "copies": details.copies,
        "successor": details.successor,
        "scanned": details.scanned,
        "flagged": list(details.flagged),
        "pickle-only": details.pickle_only,
        "downloads": details.downloads,
        "created-on": _text(details.created_on),
    }


def _exposure(exposure: Exposure | None) -> dict[str, Any] | None:
    if exposure is None:
        return None
    return {
        "score": exposure.score,
        "closing": exposure.closing,
        "repricing": exposure.repricing,
        "because": [{"text": b.text, "points": b.points, "source": b.source} for b in exposure.because],
        "band": exposure.band,
    }


def _project(exposures: tuple[Exposure, ...]) -> dict[str, Any] | None:
    """The project is as exposed as the most exposed model in it."""
    if not exposures:
        return None
    worst = min(exposures, key=lambda e: (-e.score, e.ecosystem, e.model))
    return {
        "score": worst.score,
        "closing": max(e.closing for e in exposures),
        "repricing": max(e.repricing for e in exposures),
        "model": worst.model,
        "models": len(exposures),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "model": finding.model,
        "ecosystem": finding.ecosystem,
        "location": _location(finding.location),
        "related": [_location(place) for place in finding.related],
        "message": finding.message,
        "remedy": finding.remedy,
        "evidence": list(finding.evidence),
        "fingerprint": finding.fingerprint,
        "status": finding.status,
        "waived-because": finding.waived_because,
        "workspace": finding.workspace,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "rule": waiver.rule,
        "model": waiver.model,
        "path": waiver.path,
        "reason": waiver.reason,
        "until": _text(waiver.until),
        "owner": waiver.owner,
        "location": _location(waiver.location),
        "only": dict(waiver.only),
    }


def _coupling(coupling: Coupling) -> dict[str, Any]:
    return {
        "kind": coupling.kind,
        "text": coupling.text,
        "family": coupling.family,
        "location": _location(coupling.location),
        "scope": coupling.scope,
    }


def _narrowest(narrowest: Narrowest) -> dict[str, Any]:
    return {
        "family": narrowest.family,
        "path": narrowest.path,
        "passing": narrowest.passing,
        "places": narrowest.places,
        "why": narrowest.why,
    }
