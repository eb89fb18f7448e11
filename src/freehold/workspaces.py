"""Monorepos: the nearest settings judge, the nearest models.lock is compared.

A workspace is a folder with settings or a models.lock of its own; what it lacks it has from the folder above. With a
policy or a lockfile from the command line there is one workspace, the root: a folder cannot excuse itself from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from freehold import lock as locks
from freehold import settings as configuration
from freehold.agreed import Lock
from freehold.settings import Settings
from freehold.source import Source
from freehold.types import Location


class HasPlace(Protocol):
    """A reference or a requirement."""

    @property
    def location(self) -> Location: ...


Placed = TypeVar("Placed", bound=HasPlace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A folder and what holds in it. `folder` is relative to the root, "." is the root itself."""

    folder: str
    settings: Settings
    lock: Lock | None
    lock_path: str  # where the lockfile is, or would be


def discover(root: Workspace, sources: Iterable[Source], rules: configuration.RuleIds) -> tuple[Workspace, ...]:
    """Give all workspaces, the deepest first. Raises SettingsError or LockError for broken ones."""
    settings: dict[str, Settings] = {}
    found: dict[str, Lock] = {}
    for source in sources:
        folder, name = _folder(source.path), source.name
        if folder == "." or name not in (*configuration.NAMES, locks.NAME):
            continue
        if name == locks.NAME:
            found[folder] = locks.parse(source.text, source.path)
        elif (own := configuration.parse(source.path, source.text, rules)).file is not None:
            settings[folder] = own
    spaces = {".": root}
    for folder in sorted({*settings, *found}, key=_depth):
        above = next(spaces[parent] for parent in _above(folder) if parent in spaces)
        space = replace(above, folder=folder, settings=settings.get(folder, above.settings))
        if folder in found:
            space = replace(space, lock=found[folder], lock_path=f"{folder}/{locks.NAME}")
        spaces[folder] = space
    return tuple(sorted(spaces.values(), key=lambda s: (-_depth(s.folder), s.folder)))


def nearest(spaces: Iterable[Workspace], path: str) -> Workspace:
    """Give the workspace in which a file lies. `spaces` are deepest first and end with the root."""
    return next(s for s in spaces if s.folder == "." or path.startswith(f"{s.folder}/"))


def by_lock(spaces: tuple[Workspace, ...], placed: Iterable[Placed]) -> list[tuple[Workspace, tuple[Placed, ...]]]:
    """Group what has a place by the lockfile that is nearest to it; the root's group is first, even if it is empty."""
    owners = {space.lock_path: space for space in spaces}  # the shallowest stays: spaces are deepest first
    groups: dict[str, list[Placed]] = {path: [] for path in (spaces[-1].lock_path, *sorted(owners))}
    for each in placed:
        groups[nearest(spaces, each.location.path).lock_path].append(each)
    return [(owners[path], tuple(found)) for path, found in groups.items()]


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def _depth(folder: str) -> int:
    return 0 if folder == "." else folder.count("/") + 1


def _above(folder: str) -> list[str]:
    return [parent.as_posix() for parent in PurePosixPath(folder).parents]
