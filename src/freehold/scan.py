"""The first two stages, walk and detect: what `scan` reports, and where `audit` begins.

It stands apart so that a scan loads nothing that only a judgement needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from freehold import settings as configuration
from freehold.detect import Detection, detect
from freehold.errors import NothingToAudit
from freehold.hub.cache import folder
from freehold.options import Options
from freehold.rules import overlay
from freehold.types import Location, Problem, Provenance, Report
from freehold.walk import Walk, walk


def scan(root: Path, options: Options) -> Report:
    """Find references and requirements; no network, no judgement."""
    settings = configuration.load(root, rule_ids, options.policy)
    with overlay(settings.rules):
        walked, found = look(root, options, settings.exclude)
    return Report(
        root=".",
        provenance=Provenance(today=options.today, mode="none", settings=settings.file),
        references=found.references,
        requirements=found.requirements,
        couplings=found.couplings,
        narrowest=found.narrowest,
        problems=in_order((*walked.problems, *found.problems)),
        files=walked.files,
    )


def look(root: Path, options: Options, exclude: tuple[str, ...]) -> tuple[Walk, Detection]:
    """Walk through a project, and detect what its files say. Raises NothingToAudit where there is no file."""
    walked = walk(root, options.paths, exclude=(*exclude, *options.exclude))
    if not walked.files:
        raise NothingToAudit("there is no file to read under the given paths", "check the path and `exclude`")
    cached = folder()
    memory = cached / "detect" if cached else None
    return walked, detect(walked.sources, couplings=options.couplings, memory=memory)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once: a file that cannot be read may have been tried for several reasons."""
    return tuple(sorted(set(problems), key=lambda p: (p.location or Location(path=""), p.what)))


def rule_ids(over: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Give the ids of all rules, for settings that name some."""
    from freehold.judge.catalog import load

    return tuple(rule.id for rule in load(*over))
