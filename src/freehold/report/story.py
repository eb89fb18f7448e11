"""The sentences that every report for people tells alike.

They may hold untrusted text: each format makes them safe for the place where it puts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from freehold.report.ranking import Group, counted, named, rows
from freehold.types import Finding, Location, LockStatus, Narrowest, Origin, Report, Role, Severity, Status, Unresolved

_SOURCES = {
    "hub": "the Hub",
    "cache": "the cache",
    "snapshot": "the snapshot",
    "rules": "the rules",
    "lock": "the lockfile",
    "project": "the project",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that stands unseen: what, why, and what would help. `places` is empty where it has none."""

    what: str
    why: str = ""
    hint: str = ""
    places: tuple[Location, ...] = ()


def place(location: Location) -> str:
    """Say where, as editors and terminals understand it."""
    cell = "" if location.cell is None else f" (cell {location.cell})"
    return f"{location.path}:{location.line}:{location.column}{cell}"


def many(number: int, word: str, plural: str = "") -> str:
    """Say how many: `1 model`, `2 models`."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def listed(names: Iterable[str], limit: int = 3) -> str:
    """Say the first few and how many more."""
    told = list(names)
    return ", ".join(told[:limit]) + (f" and {len(told) - limit} more" if len(told) > limit else "")


def verdict(report: Report) -> str:
    """Say in one word how it ended."""
    if report.provenance.mode == "none":
        return "SCANNED"
    return {0: "PASS", 1: "FAIL", 4: "INCOMPLETE"}.get(report.exit_code, "FAIL")


def headline(report: Report, width: int = 200) -> str:
    """Say in one line what was found; what matters least is left out where the line would be wider than that."""
    if report.provenance.mode == "none":
        loads = sum(reference.role is Role.LOAD for reference in report.references)
        return f"{many(loads, 'load')} of {many(len(named(report)), 'model')} in {many(report.files, 'file')}"
    parts = [
        many(counted(report, severity), severity.value)
        for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        if counted(report, severity)
    ]
    unknown = sum(isinstance(m, Unresolved) for m in report.models)
    known = sum(finding.status is Status.BASELINE for finding in report.findings)
    if known:
        parts.append(f"{known:,} known before")
    told = [", ".join(parts) or "nothing found", many(len(report.models), "model")]
    if unknown:
        told[1] += f", {unknown:,} unknown"
    if report.exposures:
        told.append(f"exposure {max(e.score for e in report.exposures)}/100")
    if len(" · ".join(told)) > width:
        told[0] = ", ".join(part for part in parts if Severity.NOTE not in part) or told[0]
    return " · ".join(told)


def unknowns(report: Report) -> tuple[Unknown, ...]:
    """Give what stands unknown or unseen, and why: models, then loads whose name cannot be read, then problems."""
    told = []
    alike: dict[tuple[str, str], list[str]] = {}
    for model in report.models:
        if isinstance(model, Unresolved):
            known = model.last_known
            last = f"last known {known.availability} as of {known.as_of} ({_SOURCES[known.source]})" if known else ""
            reason = model.reason.replace(model.name, "it") if len(model.name) > 4 else model.reason  # `a` is a word
            alike.setdefault((reason, last), []).append(model.name)
    for (reason, last), names in alike.items():
        what = names[0] if len(names) == 1 else f"{many(len(names), 'model')} ({listed(names)})"
        told.append(Unknown(what=what, why=reason, hint=last))
    unread: dict[str, list[Location]] = {}
    for reference in report.references:
        if reference.name is None and reference.role is Role.LOAD:
            unread.setdefault(reference.reason or "the name is not in the source", []).append(reference.location)
    for reason, places in sorted(unread.items(), key=lambda item: (-len(item[1]), item[0])):
        what = f"{many(len(places), 'load')} of an unreadable name"
        told.append(Unknown(what=what, why=reason, places=tuple(places)))
    told.extend(
        Unknown(what=problem.what, hint=problem.hint, places=(problem.location,) if problem.location else ())
        for problem in report.problems
    )
    return tuple(told)


def evidence(finding: Finding) -> tuple[str, ...]:
    """Give the facts of a finding without the words that its sentence has said already."""
    facts = []
    for fact in finding.evidence:
        said, mark, source = fact.rpartition(" (")
        repeated = mark and len(said) > 20 and said in finding.message
        facts.append(source.removesuffix(")") if repeated else fact)
    return tuple(fact for fact in facts if fact not in finding.message)


def subjects(group: Group, limit: int = 1) -> str:
    """Say which models a group is about: the first few by name."""
    return listed(group.models, limit)


def counts(report: Report) -> tuple[str, ...]:
    """Say what is true of many things in one line each."""
    roles = Counter(r.role for r in report.references)
    kinds = ", ".join(many(roles[role], role) for role in Role)
    told = [f"{many(len(report.references), 'reference')} in {many(report.files, 'file')}: {kinds}"]
    hub = [r for r in report.references if r.role is Role.LOAD and r.ecosystem == "huggingface" and r.name is not None]
    floating = sum(reference.floating for reference in hub)
    if floating:
        told.append(f"{floating:,} of {many(len(hub), 'Hub load')} {_are(floating)} not pinned to a commit")
    unread = sum(reference.revision_reason is not None for reference in hub)
    if unread:
        told.append(
            f"{unread:,} of {many(len(hub), 'Hub load')} {_are(unread)} given a revision that cannot be read here"
        )
    if report.requirements:
        known = sum(bool(r.license and r.license.expression) for r in report.requirements)
        asked = "" if report.provenance.mode == "none" else f", the license of {known:,} known"
        told.append(f"{many(len(report.requirements), 'package')}{asked}")
    told.extend(_couplings(report))
    statuses = Counter(f.status for f in report.findings)
    hidden = [
        f"{many(statuses[status], 'finding')} {word}"
        for status, word in ((Status.WAIVED, "waived"), (Status.BASELINE, "in the baseline"))
        if statuses[status]
    ]
    if hidden:
        told.append(f"not counted above: {', '.join(hidden)}")
    for status, word in ((Status.WAIVED, "waived"), (Status.BASELINE, "in the baseline")):
        rules = Counter(f"{f.severity} {f.rule}" for f in report.findings if f.status is status)
        if rules:
            told.append(f"{word}: " + ", ".join(f"{rule} x{count}" for rule, count in sorted(rules.items())))
    return tuple(told)


def _couplings(report: Report) -> Iterable[str]:
    """How firmly the code is tied to single families, and through which file one client could take their place."""
    families = Counter(coupling.family for coupling in report.couplings or () if coupling.scope == "code")
    if families:
        total = many(families.total(), "place")
        told = ", ".join(
            f"{family} {count:,}" for family, count in sorted(families.items(), key=lambda f: (-f[1], f[0]))
        )
        yield f"{total} in code work with one family of models only: {told}"
    through: dict[str, list[Narrowest]] = {}
    for narrowest in report.narrowest:
        if narrowest.path is not None:
            through.setdefault(narrowest.path, []).append(narrowest)
    if through:
        path, passing = min(through.items(), key=lambda item: (-sum(n.passing for n in item[1]), item[0]))
        share = f"{sum(n.passing for n in passing):,} of {sum(n.places for n in passing):,} places"
        whose = listed(narrowest.family for narrowest in passing)
        yield f"one portable client could stand in {path}: {share} for {whose} pass through it"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def lock(report: Report) -> tuple[str, ...]:
    """Say what each lockfile knows, and what it misses."""
    statuses = dict.fromkeys((*([report.lock] if report.lock else []), *report.locks))
    return tuple(line for status in statuses for line in _lock(status))


def _lock(status: LockStatus) -> Iterable[str]:
    if not status.present:
        yield f"{status.path}: none, so nothing could be compared; `freehold lock` writes it"
        return
    oldest = f", the oldest entry of {status.oldest}" if status.oldest else ""
    yield f"{status.path}: {many(status.entries, 'model')}{oldest}"
    if status.not_locked:
        yield f"loaded, but not locked: {listed(status.not_locked)}"
    if status.not_loaded:
        yield f"locked, but no longer loaded: {listed(status.not_loaded)}"


def proposed(report: Report) -> tuple[str, ...]:
    """Say which waivers the project's own settings ask for that the policy does not know: none of them is in force."""
    waivers = tuple(
        f"{waiver.rule} for {waiver.model or waiver.path or 'every model'}, "
        f"{f'until {waiver.until}' if waiver.until else 'without an end'}, "
        f"{waiver.reason or 'without a reason'} ({place(waiver.location)})"
        for waiver in report.proposed
    )
    return (*waivers, *(f"another severity, {line}" for line in report.loosened))


def sources(report: Report) -> tuple[str, ...]:
    """Say where the facts come from and as of which day, and whether anyone was asked."""
    known = report.provenance
    told = []
    if known.mode == "none":
        return ("a scan asks nobody: no license, availability or exposure is known",)
    if known.mode == "offline":
        told.append("offline: the Hub was not asked")
    else:
        who = "anonymous" if known.seen_as == "anonymous" else "the owner of a token"
        told.append(f"the Hub at {known.endpoint or 'its default address'}, asked on {known.today} as {who}")
    if known.snapshot_as_of:
        told.append(f"snapshot {known.snapshot_name or ''} as of {known.snapshot_as_of}".replace("  ", " "))
    if known.rules_as_of:
        told.append(f"rules as of {known.rules_as_of}")
    oldest = _oldest(report)
    if oldest and (known.today - oldest).days > 0:
        told.append(f"the oldest fact used is {many((known.today - oldest).days, 'day')} old")
    if known.settings:
        told.append(f"settings from {known.settings}")
    return tuple(told)


def _oldest(report: Report) -> date | None:
    return min((m.origin.as_of for m in report.models), default=None)


def origin(known: Origin) -> str:
    """Say where one fact comes from."""
    return f"{_SOURCES[known.source].removeprefix('the ')} {known.as_of}"


def usual_origin(report: Report) -> Origin | None:
    """Give the origin that most models share, so that it need not be repeated on each line."""
    seen = Counter((row.model.origin.source, row.model.origin.as_of) for row in rows(report))
    if not seen:
        return None
    (source, as_of), _ = min(seen.items(), key=lambda item: (-item[1], item[0]))
    return Origin(source=source, as_of=as_of)


def ending(report: Report) -> str:
    """Say the exit code and why."""
    if report.provenance.mode == "none":
        return f"exit {report.exit_code}: a scan judges nothing"
    threshold = f"at or above {report.fail_on}" if report.fail_on else "that may fail the build"
    why = {
        0: f"no open finding {threshold}" + ("" if report.complete else "; the audit is incomplete"),
        1: f"findings {threshold}" + ("" if report.complete else "; the audit is incomplete besides"),
        4: "incomplete: something could not be resolved, nothing else failed",
    }.get(report.exit_code, "the run did not end as planned")
    return f"exit {report.exit_code}: {why}"
