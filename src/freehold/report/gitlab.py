"""GitLab's Code Quality report: the open findings beside the lines of a merge request."""

from __future__ import annotations

import hashlib
from collections import Counter

from freehold.console import Look
from freehold.report import Format
from freehold.safe import json_text, printable, shorten
from freehold.types import Report, Severity, Status

FORMAT = Format("gitlab", ".json")

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, look: Look) -> str:
    """Write the list; `look` plays no part. Equal fingerprints would become one row, so repeats are told apart."""
    seen: Counter[str] = Counter()
    rows = []
    for finding in report.findings:
        if finding.status is not Status.OPEN:
            continue
        seen[finding.fingerprint] += 1
        again = f"{finding.fingerprint}#{seen[finding.fingerprint]}".encode("utf-8", "surrogatepass")
        rows.append(
            {
                "description": shorten(f"{finding.message}. Next: {finding.remedy}.", 1000),
                "check_name": finding.rule,
                "fingerprint": hashlib.sha256(again).hexdigest(),
                "severity": _SEVERITY[finding.severity],
                "location": {"path": printable(finding.location.path), "lines": {"begin": finding.location.line}},
            }
        )
    return json_text(rows)
