"""Predicates about the project as a whole: its lockfile, its waivers, its exposure."""

from __future__ import annotations

from collections.abc import Iterator

from freehold.judge.case import Hit, Project, ProjectPredicate, parameter
from freehold.types import Location, Rule, Waiver


def lock_missing(project: Project, rule: Rule) -> Iterator[Hit]:
    """Models are loaded, and there is no lockfile."""
    if not project.lock.present and project.lock.not_locked:
        count = len(project.lock.not_locked)
        loaded = "1 model is loaded" if count == 1 else f"{count} models are loaded"
        yield Hit(message=f"{loaded}, none is locked", location=Location(path=project.lock.path))


def lock_stale(project: Project, rule: Rule) -> Iterator[Hit]:
    """The lockfile and the project name different models."""
    missing, idle = project.lock.not_locked, project.lock.not_loaded
    if project.lock.present and (missing or idle):
        parts = [f"{len(missing)} loaded but not locked"] if missing else []
        parts += [f"{len(idle)} locked but not loaded"] if idle else []
        evidence = (*(f"not locked: {name}" for name in missing), *(f"not loaded: {name}" for name in idle))
        yield Hit(message=", ".join(parts), location=Location(path=project.lock.path), evidence=evidence)


def exposure(project: Project, rule: Rule) -> Iterator[Hit]:
    """A model's exposure is above the limit in the settings."""
    limit = project.exposure_limit
    for exposure, place in project.exposures:
        if limit is not None and exposure.score > limit:
            weighty = max(exposure.because, key=lambda line: line.points)
            yield Hit(
                message=f"{exposure.model} has an exposure of {exposure.score}, over the limit of {limit}",
                location=place,
                model=exposure.model,
                ecosystem=exposure.ecosystem,
                evidence=tuple(f"{line.points:+d} {line.text} ({line.source})" for line in exposure.because),
                words=(("because", weighty.text),),
            )


def waiver(project: Project, rule: Rule) -> Iterator[Hit]:
    """A waiver is expired, unused or unsigned."""
    if project.waived is None:
        return
    drawers = {
        "expired": (project.waived.expired, "ran out on {until}"),
        "lapsed": (project.waived.lapsed, "has lapsed: a fact that it was bound to has changed"),
        "unknown": (project.waived.unknown, "names a rule that there is not; `freehold rules` lists them"),
        "unused": (project.waived.unused, "covers no finding"),
        "unsigned": (project.waived.unsigned, "has no {lack} and covers nothing"),
    }
    for state in parameter(rule, "states"):
        waivers, words = drawers[state]
        for each in waivers:
            said = words.format(until=each.until, lack="reason" if not each.reason else "end date")
            yield Hit(message=f"the waiver of {_subject(each)} {said}", location=each.location)


def _subject(waiver: Waiver) -> str:
    return f"{waiver.rule} for {waiver.model}" if waiver.model else waiver.rule


PREDICATES: dict[str, ProjectPredicate] = {
    "lock-missing": lock_missing,
    "lock-stale": lock_stale,
    "exposure": exposure,
    "waiver": waiver,
}
