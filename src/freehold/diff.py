"""What a change adds, removes and worsens: two JSON reports, compared by fingerprint. No git, no network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freehold.errors import UsageError
from freehold.safe import code, guard, json_text, markdown, printable
from freehold.types import Severity

STYLES = ("text", "markdown", "json")
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A finding as a report tells it; all texts are untrusted."""

    fingerprint: str
    rule: str
    severity: Severity
    model: str | None
    ecosystem: str | None
    place: str
    message: str
    remedy: str
    status: str

    @property
    def subject(self) -> tuple[str, str]:
        """The model it is about, as reports key it."""
        return self.ecosystem or "", self.model or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A model that both reports have, and in which respects it differs."""

    name: str
    ecosystem: str
    changes: tuple[tuple[str, str, str], ...]  # what, before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two reports, compared. Everything is sorted, findings gravest first."""

    new: tuple[Seen, ...]  # open in the head, not there or not open in the base
    gone: tuple[Seen, ...]
    louder: tuple[tuple[Seen, Seen], ...]  # the same finding, graver than before
    added: tuple[str, ...]  # models
    removed: tuple[str, ...]
    moved: tuple[Moved, ...]
    exposure: tuple[int | None, int | None]  # None = nothing could be scored
    unknown: tuple[str, ...]  # models of the base that the head could not look up: their findings are not gone
    complete: bool  # both reports are

    def exit_code(self, fail_on: Severity | None) -> int:
        """1 where a new or graver finding is at or above the level; 4 where a report is incomplete; else 0."""
        findings = (*self.new, *(head for _, head in self.louder))
        if fail_on is not None and any(f.severity.rank >= fail_on.rank for f in findings):
            return 1
        return 0 if self.complete else 4


def read(file: Path) -> dict[str, Any]:
    """Read a JSON report. Raises UsageError for anything that is not one of schema 1."""
    hint = "give a file that `freehold audit --output json=FILE` wrote"
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file}: larger than {_MAX_BYTES >> 20} MiB", hint)
        report = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: cannot be read: {error.__class__.__name__}", hint) from error
    if not isinstance(report, dict) or report.get("schema") != 1:
        raise UsageError(f"{file}: is not a report of schema 1", hint)
    return report


def diff(base: dict[str, Any], head: dict[str, Any]) -> Diff:
    """Compare two reports. Raises UsageError where one lacks what schema 1 promises."""
    try:
        before, after = _findings(base), _findings(head)
        models, now = _models(base), _models(head)
        exposure = (_score(base), _score(head))
        complete = bool(base["complete"]) and bool(head["complete"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"a report lacks what schema 1 promises: {error}", "write both with the same freehold"
        ) from error
    raised = [
        f for key, f in after.items() if f.status == "open" and (key not in before or before[key].status != "open")
    ]
    unknown = {
        key
        for key in models.keys() & now.keys()
        if now[key]["availability"] == "unknown" != models[key]["availability"]
    }
    ended = [
        f
        for key, f in before.items()
        if f.status == "open" and (key not in after or after[key].status != "open") and f.subject not in unknown
    ]
    both = [(before[key], f) for key, f in after.items() if key in before and f.status == before[key].status == "open"]
    moved = [
        Moved(name=key[1], ecosystem=key[0], changes=changes)
        for key in sorted(models.keys() & now.keys())
        if (changes := _changes(models[key], now[key]))
    ]
    return Diff(
        new=_ranked(raised),
        gone=_ranked(ended),
        louder=tuple((old, new) for old, new in both if new.severity.rank > old.severity.rank),
        added=tuple(name for _, name in sorted(now.keys() - models.keys())),
        removed=tuple(name for _, name in sorted(models.keys() - now.keys())),
        moved=tuple(moved),
        exposure=exposure,
        unknown=tuple(sorted(name for _, name in unknown)),
        complete=complete,
    )


def _score(report: dict[str, Any]) -> int | None:
    """The project's exposure; None where no model could be resolved."""
    whole = report["exposure"]
    return None if whole is None or whole["score"] is None else int(whole["score"])


def _findings(report: dict[str, Any]) -> dict[str, Seen]:
    found = (
        Seen(
            fingerprint=str(f["fingerprint"]),
            rule=str(f["rule"]),
            severity=Severity(f["severity"]),
            model=None if f["model"] is None else str(f["model"]),
            ecosystem=None if f["ecosystem"] is None else str(f["ecosystem"]),
            place=f"{f['location']['path']}:{f['location']['line']}",
            message=str(f["message"]),
            remedy=str(f["remedy"]),
            status=str(f["status"]),
        )
        for f in report["findings"]
    )
    return {f.fingerprint: f for f in found}


def _models(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(str(m["ecosystem"]), str(m["name"])): m for m in report["models"]}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    def facts(model: dict[str, Any]) -> dict[str, str]:
        terms, exposure = model["license"] or {}, model["exposure"] or {}
        return {
            "availability": str(model["availability"]),
            "license": str(terms.get("expression") or terms.get("tag") or "unknown"),
            "exposure": str(exposure.get("score", "unknown")),
        }

    old, new = facts(before), facts(after)
    return tuple((what, old[what], new[what]) for what in old if old[what] != new[what])


def _ranked(findings: list[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(findings, key=lambda f: (-f.severity.rank, f.rule, f.model or "", f.place)))


def render(found: Diff, style: str) -> str:
    """Write a diff as `text`, `markdown` (the body of a comment) or `json`."""
    if style == "json":
        return json_text(_document(found))
    rich = style == "markdown"
    say, name = (markdown, code) if rich else (printable, printable)
    bullet, head = ("- ", "### ") if rich else ("  ", "")
    parts = [("## freehold: " if rich else "") + _headline(found)]
    for title, findings in (("New", found.new), ("Gone", found.gone)):
        lines = []
        for group in _grouped(findings):
            first, more = group[0], len(group) - 1
            count = f" and {more} more like it" if more else ""
            lines.append(
                f"{bullet}{first.severity} {name(first.rule)} at {name(first.place)}{count}: {say(first.message)}"
            )
            if title == "New":
                lines.append(f"{'  ' if rich else '    '}→ {say(first.remedy)}")
        parts += [f"{head}{title}", "\n".join(lines)] if lines else []
    louder = [
        f"{bullet}{name(new.rule)} at {name(new.place)}: {old.severity} → {new.severity}" for old, new in found.louder
    ]
    parts += [f"{head}Graver", "\n".join(louder)] if louder else []
    models = [f"{bullet}+ {name(model)}" for model in found.added] + [
        f"{bullet}- {name(model)}" for model in found.removed
    ]
    models += [
        f"{bullet}{name(m.name)}: " + ", ".join(f"{what} {say(old)} → {say(new)}" for what, old, new in m.changes)
        for m in found.moved
    ]
    parts += [f"{head}Models", "\n".join(models)] if models else []
    if found.unknown:
        names = ", ".join(name(model) for model in found.unknown[:10])
        rest = f" and {len(found.unknown) - 10} rest" if len(found.unknown) > 10 else ""
        parts.append(
            f"{len(found.unknown)} models could not be looked up this time, so nothing is said of them: {names}{rest}"
        )
    elif not found.complete:
        parts.append("One of the two audits is incomplete: what it could not resolve is not compared.")
    return guard("\n\n".join(parts) + "\n")


def _grouped(findings: tuple[Seen, ...]) -> list[list[Seen]]:
    """Errors one by one; what is true of many is one line with a count."""
    groups: dict[tuple[str, str], list[Seen]] = {}
    for f in findings:
        groups.setdefault((f.rule, f.fingerprint if f.severity is Severity.ERROR else ""), []).append(f)
    return list(groups.values())


def _headline(found: Diff) -> str:
    counts = (
        (len(found.new), "new"),
        (len(found.louder), "graver"),
        (len(found.gone), "gone"),
    )
    findings = ", ".join(f"{count} {word}" for count, word in counts if count) or "no new finding, none gone"
    first, last = ("unknown" if each is None else str(each) for each in found.exposure)
    return f"{findings}; exposure {first} → {last}" if first != last else f"{findings}; exposure {last}"


def _document(found: Diff) -> dict[str, Any]:
    def one(f: Seen) -> dict[str, Any]:
        return {slot: getattr(f, slot) for slot in Seen.__slots__}

    return {
        "schema": 1,
        "complete": found.complete,
        "exposure": {"base": found.exposure[0], "head": found.exposure[1]},
        "findings": {
            "new": [one(f) for f in found.new],
            "gone": [one(f) for f in found.gone],
            "graver": [{"was": old.severity, **one(new)} for old, new in found.louder],
        },
        "models": {
            "added": list(found.added),
            "removed": list(found.removed),
            "unknown": list(found.unknown),
            "moved": [
                {
                    "name": m.name,
                    "ecosystem": m.ecosystem,
                    "changes": [{"what": what, "base": old, "head": new} for what, old, new in m.changes],
                }
                for m in found.moved
            ],
        },
    }
