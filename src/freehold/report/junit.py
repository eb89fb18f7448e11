"""JUnit XML, for CI servers that show tests: a case for every model and every finding."""

from __future__ import annotations

from freehold.console import Look
from freehold.report import Format, story
from freehold.safe import html, shorten
from freehold.types import Finding, Report, Resolved, Status, Unresolved

FORMAT = Format("junit", ".xml")

# What became of a case: nothing to say (passed), or one element in it.
_PASSED = ""


def render(report: Report, look: Look) -> str:
    """Write one suite; `look` plays no part. Findings below `--fail-on` pass: the suite fails when the build does."""
    cases = [_model(model) for model in report.models] + [_finding(report, finding) for finding in report.findings]
    outcomes = [outcome for _, outcome in cases]
    totals = " ".join(
        f'{word}="{sum(outcome.startswith(f"<{tag}") for outcome in outcomes)}"'
        for word, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    )
    head = f'name="freehold" tests="{len(cases)}" {totals}'
    body = "".join(f"    <testcase {name}>{outcome}</testcase>\n" for name, outcome in cases)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {head}>\n  <testsuite {head}>\n{body}'
        "  </testsuite>\n</testsuites>\n"
    )


def _model(model: Resolved) -> tuple[str, str]:
    name = f'classname="freehold.models" name="{_value(model.name)} ({_value(model.ecosystem)})"'
    if isinstance(model, Unresolved):
        kind = "error" if model.blocking else "skipped"
        return name, f'<{kind} message="{_value("unknown: " + model.reason)}"/>'
    return name, _PASSED


def _finding(report: Report, finding: Finding) -> tuple[str, str]:
    place = finding.location
    about = f"{finding.rule} {finding.model or ''}".strip()
    name = f'classname="{_value(place.path)}" name="{_value(about)}" file="{_value(place.path)}" line="{place.line}"'
    told = _value(f"{finding.message}. Next: {finding.remedy}. At {story.place(place)}")
    if finding.status is not Status.OPEN:
        return name, f'<skipped message="{_value(finding.waived_because or finding.status)}"/>'
    if report.fail_on is not None and finding.severity.rank >= report.fail_on.rank:
        return name, f'<failure type="{_value(finding.rule)}" message="{_value(finding.message)}">{told}</failure>'
    return name, f"<system-out>{finding.severity}: {told}</system-out>"


def _value(text: str) -> str:
    return html(shorten(text, 1000))
