"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from freehold.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked to do, beside the settings. The day is an input: same input, same bytes."""

    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    paths: tuple[Path, ...] = ()  # below the root; empty = all of it
    offline: bool = False
    snapshot: Path | None = None  # answer from this file instead of the Hub
    lock: Path | None = None  # instead of models.lock at the root
    policy: Path | None = None  # instead of the project's own settings
    fail_on: Severity | None = None  # None = as the settings say
    never_fail: bool = False
    allow_incomplete: bool = False
    exclude: tuple[str, ...] = ()
    jobs: int | None = None  # requests at a time; None = as the client thinks fit
    deadline: float = 300.0  # seconds that a run may spend on the Hub
    refresh: bool = False  # ask the Hub anew instead of trusting the cache's ages
    details: bool = False  # also ask for other hosts, quantised copies, scans
    mirror: str | None = None  # where verified copies of the locked weights are
    usage: Path | None = None  # a CSV file of tokens per month, instead of `usage` in the settings
    packages: bool = True  # ask the user's own index about licenses of packages that are not installed
    couplings: bool = True  # look for what ties the project to one family of models; reads every file once more
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)  # hears done and total
