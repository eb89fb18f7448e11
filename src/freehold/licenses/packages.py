"""Licenses of the packages that a project asks for, from what is installed beside it. Nothing is imported or run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Asked
from packaging.utils import canonicalize_name

from freehold.licenses import metadata
from freehold.licenses.metadata import Metadata
from freehold.licenses.tree import leaves, parse
from freehold.types import LicenseClaim, Requirement

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from freehold.licenses.index import PackageIndex

_ENVIRONMENTS: Final = (".venv", "venv", "env")
_MAX_ENTRIES: Final = 20_000
_MAX_METADATA: Final = 4_194_304
_MAX_LICENSE: Final = 400_000
_MAX_TEXTS: Final = 8
_MAX_REQUIRE: Final = 1_000  # characters: `packaging` is quadratic in some texts
_MAX_REQUIRES: Final = 1_000
_MAX_PULLED: Final = 5_000
_LICENSE: Final = re.compile(r"licen[cs]e|copying", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One distribution of a virtual environment, read as text."""

    metadata: Metadata
    folder: Path  # its dist-info


def resolve_requirements(
    requirements: Iterable[Requirement],
    *,
    root: Path,
    index: PackageIndex | None = None,
    executor: Executor | None = None,
) -> tuple[Requirement, ...]:
    """Give the requirements with their licenses: of what is installed beside the project, else of what the index has.

    A version that a lock file asks for and another one that is installed are two packages, and the index is asked about
    the former. What is asked for from an address or a path is not looked up by its name. Without an index (offline), or
    where nothing is to be read, the claim says why the license is not known.
    """
    environment = installed(root)
    asked = tuple(requirements)
    resolve = partial(_resolved, environment=environment, index=index)
    if index is None or executor is None:
        return tuple(resolve(requirement) for requirement in asked)
    return tuple(executor.map(resolve, asked))


def pulled_in(requirements: Iterable[Requirement], *, root: Path) -> tuple[Requirement, ...]:
    """Give what the requirements pull in, as far as the project's environment has it, each at the place of its asker.

    Markers are read for the interpreter that freehold runs on; extras are not followed.
    """
    environment = installed(root)
    known = {canonicalize_name(requirement.name) for requirement in requirements}
    found: dict[str, Requirement] = {}
    waiting = sorted(requirements, key=lambda one: (one.location, one.name))
    while waiting:
        asker = waiting.pop(0)
        here = environment.get(canonicalize_name(asker.name))
        for text in here.metadata.requires[:_MAX_REQUIRES] if here else ():
            asked = _asked(text)
            if asked is None or canonicalize_name(asked.name) in known or len(found) >= _MAX_PULLED:
                continue
            name = canonicalize_name(asked.name)
            known.add(name)
            if (there := environment.get(name)) is not None:
                found[name] = Requirement(
                    name=name, specifier=str(asked.specifier), location=asker.location, version=there.metadata.version
                )
                waiting.append(found[name])
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relicensed:
    """A package whose newest version is under another license than the one that is locked."""

    requirement: Requirement
    was: str
    now: str
    newest: str


def relicensed(requirements: Iterable[Requirement], index: PackageIndex) -> tuple[Relicensed, ...]:
    """Give the packages whose license changes between the locked and the newest version. Asks the index."""
    found = []
    for one in requirements:
        if one.version is None or one.license is None or one.license.expression is None:
            continue
        release = index.release(one.name)
        if isinstance(release, str) or release.metadata.version == one.version:
            continue
        now = metadata.claim_with_texts(release.metadata, release.where, release.texts).expression
        if now is not None and not _alike(now, one.license.expression):
            found.append(
                Relicensed(requirement=one, was=one.license.expression, now=now, newest=release.metadata.version)
            )
    return tuple(found)


def installed(root: Path) -> dict[str, Installed]:
    """Give what is installed in virtual environments directly below the root, by normalized name.

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


def _resolved(
    requirement: Requirement, *, environment: dict[str, Installed], index: PackageIndex | None
) -> Requirement:
    if requirement.license is not None:
        return requirement
    return replace(requirement, license=_claim(requirement, environment, index))


def _claim(requirement: Requirement, environment: dict[str, Installed], index: PackageIndex | None) -> LicenseClaim:
    if requirement.specifier.lstrip().startswith("@"):
        return _unknown("it is asked for from an address, not from an index")
    here = environment.get(canonicalize_name(requirement.name))
    if here is not None and requirement.version in (None, here.metadata.version):
        where = f"the installed {here.metadata.name} {here.metadata.version}"
        return metadata.claim_with_texts(here.metadata, where, _license_texts(here.folder))
    if index is not None:
        release = index.release(requirement.name, requirement.specifier, requirement.version)
        if isinstance(release, str):
            return _unknown(release)
        return metadata.claim_with_texts(release.metadata, release.where, release.texts)
    if here is not None:
        return _unknown(f"the lock file has {requirement.version}, installed is {here.metadata.version}")
    return _unknown("not installed in the project's environment" if environment else "the project has no environment")


def _unknown(reason: str) -> LicenseClaim:
    return LicenseClaim(expression=None, source="declared", because=(f"license not known: {reason}",))


def _asked(text: str) -> Asked | None:
    try:
        asked = Asked(text[:_MAX_REQUIRE])
        return asked if asked.marker is None or asked.marker.evaluate({"extra": ""}) else None
    except (InvalidRequirement, UndefinedEnvironmentName):
        return None


def _alike(one: str, other: str) -> bool:
    return sorted(map(str, leaves(parse(one)))) == sorted(map(str, leaves(parse(other))))


def _license_texts(folder: Path) -> tuple[str, ...]:
    files = [f for f in _entries(folder) if _LICENSE.search(f.name)]
    nested = folder / "licenses"
    if nested.is_dir() and not nested.is_symlink():
        files += [f for f in _entries(nested) if f.is_file()]
    texts = [
        data.decode("utf-8", "replace") for f in files[:_MAX_TEXTS] if (data := _text(f, _MAX_LICENSE)) is not None
    ]
    return tuple(texts) if len(files) <= _MAX_TEXTS else ()


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


def _text(file: Path, most: int = _MAX_METADATA) -> bytes | None:
    try:
        # A link may lead anywhere, a device never ends.
        if file.is_symlink() or file.parent.is_symlink() or not file.is_file():
            return None
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError:
        return None
