"""CSV: one row a model, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from freehold.console import Look
from freehold.report import Format, story
from freehold.report.ranking import Row, named, rows
from freehold.safe import guard, printable
from freehold.types import Model, Report, Status

FORMAT = Format("csv", ".csv")

COLUMNS = (
    "ecosystem", "model", "id", "commit", "availability", "reason", "gate", "license", "license source", "verdict",
    "vendor", "line", "exposure", "closing", "repricing", "loads", "first load", "open findings", "from", "as of",
)  # fmt: skip


def render(report: Report, look: Look) -> str:
    """Write a header and the models, the most exposed first; `look` plays no part."""
    rules: dict[tuple[str, str], set[str]] = {}
    for finding in report.findings:
        if finding.status is Status.OPEN:
            rules.setdefault((finding.ecosystem or "", finding.model or ""), set()).add(finding.rule)
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(report):
        writer.writerow(map(_cell, _values(row, rules.get((row.model.ecosystem, row.model.name), ()))))
    if report.provenance.mode == "none":  # names and places are all that a scan knows
        for each in named(report):
            known = {"ecosystem": each.ecosystem, "model": each.name, "loads": len(each.loads)}
            known["first load"] = story.place(each.loads[0].location)
            writer.writerow(_cell(known.get(column)) for column in COLUMNS)
    return guard(written.getvalue())


def _values(row: Row, rules: Iterable[str]) -> tuple[object, ...]:
    model, score, claim = row.model, row.exposure, row.license
    found = model if isinstance(model, Model) else None
    return (
        model.ecosystem,
        model.name,
        found and found.id,
        found and found.commit,
        model.availability,
        model.reason,
        found and found.gate,
        claim and (claim.expression or claim.name or claim.tag),
        claim and claim.source,
        claim and claim.verdict,
        model.vendor,
        model.line,
        score and score.score,
        score and score.closing,
        score and score.repricing,
        len(row.loads),
        story.place(row.loads[0].location) if row.loads else None,
        " ".join(sorted(rules)),
        model.origin.source,
        model.origin.as_of,
    )


def _cell(value: object) -> str:
    """A spreadsheet takes a cell that begins like a formula for one; an apostrophe makes it text."""
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "|", "%")) else text
