"""What a detector gives back. A detector is a module of this package with two functions:

    def wants(source: Source) -> bool                      cheap: by name and perhaps a needle in the bytes
    def find(source: Source, calls: Calls) -> Found        one file at a time, in any order, in any process

What a file says that means something only beside other files (a constant that another module imports, a setting that
code reads) goes into `clues`. A third, optional function sees all of them at the end, once:

    def link(clues: tuple[Clue, ...], calls: Calls) -> Found
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from freehold.detect.parcel import Parcel
from freehold.types import Coupling, Location, Narrowest, Problem, Reference, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A string in a configuration file or an environment that nothing but code can tell to be a model: where it
    stands, under which keys. Emit one for every plausible value that no key in rules/calls recognised."""

    keys: tuple[str, ...]  # outermost first; one element for an environment name
    value: str
    location: Location
    snippet: str = ""
    revision: str | None = None  # what stands beside it and would pin it
    program: str = ""  # who alone is told it, on a command line


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one file: `keys` are the last of their keys in small letters, by which `settings` has them. Of
    most, nobody asks."""

    path: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, path: str, settings: Iterable[Setting]) -> Settings:
        """Put the settings of a file together."""
        by_key: dict[str, list[list[Any]]] = {}
        for one in settings:
            at = one.location
            row = [list(one.keys), one.value, at.line, at.column, at.cell, one.snippet, one.revision, one.program]
            by_key.setdefault(one.keys[-1].lower(), []).append(row)
        return cls(path=path, facts=Parcel({"keys": list(by_key), "settings": by_key}))

    def told(self, key: str | None = None) -> Iterator[Setting]:
        """Give those whose last key this is, or all."""
        known = self.facts["settings"]
        for keys, value, line, column, cell, *rest in chain(*known.values()) if key is None else known[key]:
            at = Location(path=self.path, line=line, column=column, cell=cell)
            yield Setting(
                keys=tuple(keys), value=value, location=at, snippet=rest[0], revision=rest[1], program=rest[2]
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What a file of code does with names, small enough to keep and to cache (see python_read)."""

    path: str
    name: str  # dotted, as the project would import it
    facts: dict[str, Any]
    language: str = "python"
    stated: tuple[Reference, ...] = ()  # what the file says by itself, unless it is found out to mean something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """By which name scripts below a folder may import a path of the project: `@/*` for `src/*`."""

    folder: str
    pattern: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that one file asks for (`version` None) or that a lock file gives (`locked`); they meet in `link`."""

    name: str  # as PEP 503 says
    specifier: str
    location: Location
    version: str | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """What a file imports, as written: dotted names with their leading dots, in scripts paths (see couplings)."""

    path: str
    names: tuple[str, ...]


Clue = Settings | Module | Alias | Package | Imports


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands in one file."""

    references: tuple[Reference, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    problems: tuple[Problem, ...] = ()
    clues: tuple[Clue, ...] = ()
    couplings: tuple[Coupling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Everything the files say, sorted by place."""

    references: tuple[Reference, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    problems: tuple[Problem, ...] = ()
    couplings: tuple[Coupling, ...] | None = None  # None = nobody asked
    narrowest: tuple[Narrowest, ...] = ()


def merge(parts: Iterable[Found]) -> Found:
    """Put several into one, in their order."""
    parts = tuple(parts)
    return Found(
        references=tuple(r for part in parts for r in part.references),
        requirements=tuple(r for part in parts for r in part.requirements),
        problems=tuple(p for part in parts for p in part.problems),
        clues=tuple(c for part in parts for c in part.clues),
        couplings=tuple(c for part in parts for c in part.couplings),
    )
