"""Where facts come from beside rules/: the Hub, the user's package index, the mirror; and how old they may be."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from freehold.agreed import Lock
from freehold.knowledge import Knowledge
from freehold.licenses.packages import Relicensed, pulled_in, relicensed, resolve_requirements
from freehold.licenses.terms import assess
from freehold.options import Options
from freehold.settings import Settings
from freehold.types import Problem, Requirement

if TYPE_CHECKING:
    from freehold.hub.client import Hub

#: Seconds that a run may spend on the package index: what it does not tell by then is unknown, and fails nothing.
_PACKAGES = 60.0


def connect(options: Options) -> Hub:
    """Give the Hub that the environment names. Only a run that asks pays for importing the client."""
    from freehold.hub import client

    return client.connect(
        deadline=options.deadline,
        today=options.today,
        progress=options.progress,
        refresh=options.refresh,
        details=options.details,
        jobs=options.jobs or client.JOBS,
    )


def packages(
    root: Path,
    asked: tuple[Requirement, ...],
    settings: Settings,
    options: Options,
    executor: Executor | None,
) -> tuple[tuple[Requirement, ...], tuple[Relicensed, ...]]:
    """Give the requirements, and what they pull in, with their licenses: of the project's environment, else of the
    user's own index. With `--details` also those whose newest version has another license."""
    offline = options.offline or options.snapshot is not None or not options.packages
    index = None
    if asked and not offline:
        from freehold.licenses.index import PackageIndex
        from freehold.licenses.indexes import configured

        index = PackageIndex(configured(os.environ, Path.home()), deadline=_PACKAGES)
    asked = (*asked, *pulled_in(asked, root=root))
    found = resolve_requirements(asked, root=root, index=index, executor=executor)
    assessed = tuple(
        replace(r, license=assess(r.license, settings.organization, settings.licenses)) if r.license else r
        for r in found
    )
    return assessed, relicensed(found, index) if index is not None and options.details else ()


def copies(lock: Lock | None, options: Options) -> dict[str, date]:
    """Models of which the mirror has a whole copy, with the day on which it was last verified."""
    if lock is None or options.mirror is None:
        return {}
    from freehold.mirror import standing as kept

    return kept(lock, options.mirror)


def age(known: Knowledge, settings: Settings, options: Options, offline: bool) -> tuple[Problem, ...]:
    """Facts that answer for the Hub grow old."""
    days, limit = (options.today - known.snapshot.as_of).days, settings.limits.snapshot_age_days
    if not offline or days <= limit:
        return ()
    what = f"the {known.snapshot.name} snapshot is {days} days old (limit {limit})"
    return (Problem(what=what, hint="update freehold, or give a newer file with --snapshot"),)
