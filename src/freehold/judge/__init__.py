"""Every rule over every model, then over the project: words from rules/checks, logic from the predicates here."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from freehold.errors import RulesError
from freehold.judge import licenses, models, project
from freehold.judge.case import Case, Hit, Project
from freehold.types import Finding, Rule, Severity

_OF_MODELS = {**models.PREDICATES, **licenses.MODEL_PREDICATES}
_OF_PROJECT = {**project.PREDICATES, **licenses.PROJECT_PREDICATES}


def judge(cases: Iterable[Case], rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """Give the findings about models. Where a rule replaces milder ones, only it speaks about that model."""
    findings: list[Finding] = []
    rules = [rule for rule in _known(rules) if rule.predicate in _OF_MODELS]
    for case in cases:
        if not case.comparison.loads:
            continue
        hits = [(rule, hit) for rule in rules for hit in _OF_MODELS[rule.predicate](case, rule)]
        silent = {other for rule, _ in hits for other in rule.replaces}
        findings += [_finding(rule, _weighed(rule, hit, case)) for rule, hit in hits if rule.id not in silent]
    return settle(findings)


def judge_project(subject: Project, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """Give the findings about the project itself: lockfile and limits, or, once they were applied, its waivers."""
    judged = [rule for rule in _known(rules) if rule.predicate in _OF_PROJECT]
    judged = [rule for rule in judged if (rule.predicate == "waiver") == (subject.waived is not None)]
    return settle(_finding(rule, hit) for rule in judged for hit in _OF_PROJECT[rule.predicate](subject, rule))


def settle(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings, gravest first."""
    return tuple(sorted(findings, key=lambda f: (-f.severity.rank, f.rule, f.model or "", f.location)))


def fingerprint(findings: Iterable[Finding], snippets: dict[tuple[str, int], str]) -> Iterator[Finding]:
    """Give every finding a name that stays while lines move: rule, model, path, the line's own text, and a count for
    equal ones. `snippets` gives the text of the line at (path, line)."""
    seen: Counter[str] = Counter()
    for finding in findings:
        text = " ".join(snippets.get((finding.location.path, finding.location.line), "").split())
        key = json.dumps(["v1", finding.rule, finding.ecosystem, finding.model, finding.location.path, text])
        number, seen[key] = seen[key], seen[key] + 1
        yield replace(finding, fingerprint=hashlib.sha256(f"{key}#{number}".encode()).hexdigest())


def _known(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        if rule.predicate not in _OF_MODELS and rule.predicate not in _OF_PROJECT:
            raise RulesError(f"rules/checks/{rule.id}.toml: no predicate is called {rule.predicate!r}")
        yield rule


def _weighed(rule: Rule, hit: Hit, case: Case) -> Hit:
    """What only tests and examples load stops nothing that is shipped: a warning, unless the lock agreed to it."""
    agreed = case.comparison.locked is not None
    if agreed or case.shipped or (hit.severity or rule.severity) is not Severity.ERROR:
        return hit
    return replace(hit, severity=Severity.WARNING)


def _finding(rule: Rule, hit: Hit) -> Finding:
    remedy = dict(rule.remedies).get(hit.remedy or "", rule.remedy)
    words = {"model": hit.model or "", **dict(hit.words)}
    return Finding(
        rule=rule.id,
        severity=hit.severity or rule.severity,
        message=hit.message,
        # Not str.format: the values are untrusted, and a template may hold other braces.
        remedy=_fill(remedy, words),
        location=hit.location,
        fingerprint="",
        model=hit.model,
        ecosystem=hit.ecosystem,
        evidence=hit.evidence,
        related=hit.related,
    )


def _fill(template: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), template)
