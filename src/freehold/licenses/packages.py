"""Licenses of the packages that a project asks for, from what is installed beside it. Nothing is imported or run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from freehold.licenses import metadata
from freehold.licenses.metadata import Metadata
from freehold.types import LicenseClaim, Requirement

_ENVIRONMENTS: Final = (".venv", "venv", "env")
_MAX_ENTRIES: Final = 20_000
_MAX_METADATA: Final = 4_194_304


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One distribution of a virtual environment, read as text."""

    metadata: Metadata
    folder: Path  # its dist-info


def resolve_requirements(requirements: Iterable[Requirement], *, root: Path) -> tuple[Requirement, ...]:
    """Give the requirements with the licenses that the virtual environments of the project declare.

    A version that a lock file asks for and another one that is installed are two packages: the license is told with
    the version that it is for, and stays unknown. Where there is nothing to read, the claim says so.
    """
    environment = installed(root)
    return tuple(_resolved(requirement, environment) for requirement in requirements)


def installed(root: Path) -> dict[str, Installed]:
    """Give what is installed in virtual environments directly below the root, by normalised name.

    An environment that is a link to somewhere else is not followed. The first one that has a package is believed.
    """
    found: dict[str, Installed] = {}
    for folder in _site_packages(root):
        for entry in _entries(folder):
            if not entry.name.endswith(".dist-info"):
                continue
            data = _text(entry / "METADATA")
            if data is None:
                continue
            try:
                read = metadata.read(data)
            except ValueError:
                continue
            found.setdefault(canonicalize_name(read.name), Installed(metadata=read, folder=entry))
    return found


def _resolved(requirement: Requirement, environment: dict[str, Installed]) -> Requirement:
    if requirement.license is not None:
        return requirement
    return replace(requirement, license=_claim(requirement, environment))


def _claim(requirement: Requirement, environment: dict[str, Installed]) -> LicenseClaim:
    here = environment.get(canonicalize_name(requirement.name))
    if here is None:
        reason = (
            "not installed in the project's environment" if environment else "the project has no environment to read"
        )
        return LicenseClaim(expression=None, source="declared", because=(f"license not known: {reason}",))
    where = f"the installed {here.metadata.name} {here.metadata.version}"
    found = metadata.claim(here.metadata, where)
    if requirement.version is None or requirement.version == here.metadata.version:
        return found
    reason = f"license not known: the lock file has {requirement.version}, {where} says {found.expression or 'nothing'}"
    return LicenseClaim(expression=None, source="declared", tag=found.tag, because=(reason,))


def _site_packages(root: Path) -> Iterable[Path]:
    base = Path(os.path.realpath(root))
    for name in _ENVIRONMENTS:
        for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
            for folder in sorted((root / name).glob(pattern)):
                if Path(os.path.realpath(folder)).is_relative_to(base):
                    yield folder


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            some = [entry.name for entry, _ in zip(entries, range(_MAX_ENTRIES), strict=False)]
    except OSError:
        return []
    return [folder / name for name in sorted(some)]


def _text(file: Path) -> bytes | None:
    try:
        # A link may lead anywhere, a device never ends.
        if file.is_symlink() or file.parent.is_symlink() or not file.is_file():
            return None
        with file.open("rb") as stream:
            return stream.read(_MAX_METADATA)
    except OSError:
        return None
