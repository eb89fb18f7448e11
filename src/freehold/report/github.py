"""GitHub annotations: the worst findings beside their lines. The step summary (`markdown`) holds the whole report."""

from __future__ import annotations

from freehold.console import Look
from freehold.report import Format, story
from freehold.report.ranking import groups
from freehold.safe import command, guard, printable, shorten
from freehold.types import Finding, Report, Severity

FORMAT = Format("github", ".txt", human=True, commands=True)

SHOWN = 10  # of each kind a step, as the runner does (actions/toolkit#734); what is more would vanish without a word
_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, look: Look) -> str:
    """Write one command a line, the worst first, and how many more there are; `look` plays no part."""
    lines = []
    ranked = groups(report)
    for severity, name in _COMMAND.items():
        alike = [group for group in ranked if group.severity is severity]
        # What says something new comes first; of notes nothing else, they are the same sentence again.
        found = [(group.first, len(group.findings) - 1) for group in alike]
        if severity is not Severity.NOTE:
            found += [(finding, 0) for group in alike for finding in group.findings[1:]]
        lines += [_annotation(name, finding, more) for finding, more in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"and {story.many(len(found) - SHOWN, 'more ' + severity)}; the step summary has all")
    lines.append(
        guard(printable(f"freehold: {story.verdict(report)}, {story.headline(report)}; {story.ending(report)}"))
    )
    return "\n".join(lines) + "\n"


def _annotation(name: str, finding: Finding, more: int) -> str:
    others = f" ({story.many(more, 'more finding')} like this)" if more else ""
    return command(
        name,
        f"{shorten(finding.message, 1000)}{others}\nNext: {shorten(finding.remedy, 1000)}",
        file=finding.location.path,
        line=finding.location.line,
        col=finding.location.column,
        title=f"{finding.rule} {shorten(finding.model or '', 100)}".strip(),
    )
