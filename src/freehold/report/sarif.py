"""SARIF 2.1.0, as code scanning reads it: every rule in every run, fingerprints that stay, suppressions kept.

What does not fit into the limits of GitHub's code scanning is left out from the mildest on, and said in a notification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from freehold import __version__
from freehold.console import Look
from freehold.report import Format
from freehold.safe import json_text, markdown, printable, url
from freehold.types import Finding, Location, Report, Rule, Severity, Status, Unresolved

FORMAT = Format("sarif", ".sarif")

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 5000  # as many are shown: docs.github.com, "SARIF results exceed one or more limits"
RELATED = 100
TEXT = 1024


def render(report: Report, look: Look) -> str:
    """Write one run; `look` plays no part."""
    ordered = sorted(report.findings, key=lambda f: (f.status is not Status.OPEN, -f.severity.rank, f.rule, f.location))
    rules = sorted(report.rules, key=lambda rule: rule.id)
    index = {rule.id: number for number, rule in enumerate(rules)}
    ends = {r.location: r.location.column + len(r.written) for r in report.references if "\n" not in r.written}
    exposures = {(e.ecosystem, e.model): e.score for e in report.exposures}
    differs = any(f.status is Status.BASELINE for f in ordered)
    run: dict[str, Any] = {
        "tool": {
            "driver": {"name": "freehold", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
        },
        "automationDetails": {"id": "freehold/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the audited project."}}},
        "invocations": [_invocation(report, left_out=len(ordered) - RESULTS)],
        "results": [_result(f, index, ends, exposures, differs) for f in ordered[:RESULTS]],
        "properties": {"complete": report.complete, "today": str(report.provenance.today)},
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _text(text: str) -> dict[str, str]:
    """A message without the one markup that SARIF's plain text knows, `[text](target)`."""
    shown = printable(text)
    return {"text": (re.sub(r"[\[\]]", r"\\\g<0>", shown) if "](" in shown else shown)[:TEXT] or "?"}


def _rule(rule: Rule) -> dict[str, Any]:
    why, remedy = " ".join(rule.why.split()), re.sub(r"\{(\w+)\}", r"<\1>", rule.remedy)
    links = [link for link in map(url, rule.references) if link]
    written: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": _text(rule.title),
        "fullDescription": _text(why),
        "help": {
            "text": printable(f"{why} What to do: {remedy}."),
            "markdown": "\n\n".join(
                [f"Why: {markdown(why)}", f"What to do: {markdown(remedy)}.", *(f"See <{link}>." for link in links)]
            ),
        },
        "defaultConfiguration": {"level": rule.severity},
        "properties": {
            "tags": ["machine-learning", "supply-chain"],
            "problem.severity": "recommendation" if rule.severity is Severity.NOTE else rule.severity,
        },
    }
    return written | ({"helpUri": links[0]} if links else {})


def _result(
    finding: Finding,
    index: Mapping[str, int],
    ends: Mapping[Location, int],
    exposures: Mapping[tuple[str, str], int],
    differs: bool,
) -> dict[str, Any]:
    written: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": _text(f"{finding.message}. Next: {finding.remedy}."),
        "locations": [_location(finding.location, ends.get(finding.location))],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint},
        "properties": {
            "model": finding.model,
            "workspace": finding.workspace,
            "evidence": [printable(fact) for fact in finding.evidence],
        },
    }
    if finding.rule in index:
        written["ruleIndex"] = index[finding.rule]
    score = exposures.get((finding.ecosystem or "", finding.model or ""))
    if score is not None:
        written["rank"] = score
    if finding.related:
        written["relatedLocations"] = [_location(place, None) for place in finding.related[:RELATED]]
    if finding.status is Status.WAIVED:
        written["suppressions"] = [_suppression(finding.waived_because or "waived")]
    if finding.status is Status.BASELINE:
        written["suppressions"] = [_suppression("known since the baseline")]
    if differs:
        written["baselineState"] = "unchanged" if finding.status is Status.BASELINE else "new"
    return written


def _suppression(why: str) -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": printable(why)}


def _location(place: Location, end: int | None) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    if end is not None and end > place.column:
        region |= {"endLine": place.line, "endColumn": end}
    uri = quote(place.path.encode("utf-8", "surrogatepass"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"}, "region": region}}


def _invocation(report: Report, left_out: int) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    if left_out > 0:
        text = f"{left_out:,} findings, the mildest, are left out: code scanning shows {RESULTS:,}"
        told.append({"level": "warning", "message": {"text": text}})
    told += [
        {"level": "warning", "message": _text(f"{model.name} is unknown: {model.reason}")}
        for model in report.models
        if isinstance(model, Unresolved)
    ]
    for problem in report.problems:
        said: dict[str, Any] = {"level": "warning", "message": _text(f"{problem.what} ({problem.hint})")}
        if problem.location:
            said["locations"] = [_location(problem.location, None)]
        told.append(said)
    return {"executionSuccessful": True, "exitCode": report.exit_code, "toolExecutionNotifications": told}
