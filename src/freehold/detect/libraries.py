"""One library's calls, keys, flags and environment names as frozen values: the rows of rules/calls."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

Argument: TypeAlias = tuple[str | int, ...]  # keyword names and positions from 0, in the order in which to look

#: What a file can be held against.
CHECKED = re.compile(r"(?:PyPI|npm) package \S+ \d\S*|repository [\w.-]+/[\w.-]+ [0-9a-f]{7,40}|documentation")

NOTHING: Mapping[str, str] = MappingProxyType({})

#: Longer names are not remembered.
MAX_PLAIN = 100
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that selects a model. `name` is the dotted callee after import resolution."""

    library: str
    language: str
    name: str
    ecosystem: str
    argument: Argument
    kind: str = "model"
    revision: Argument = ()
    remote_code: Argument = ()
    file: Argument = ()  # the argument that selects one file of the repository
    base_url: Argument = ()  # on the call, or on the constructor of its receiver
    client: Argument = ()  # an object whose constructor says the same
    clients: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # the class of that object -> who serves it
    provider: Argument = ()  # the argument whose value is the ecosystem
    served: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # a switch, here or there -> who serves it then
    tag: Argument = ()  # a second string that selects among weights, such as open_clip's `pretrained`
    unless: tuple[tuple[str | int, tuple[str | bool, ...]], ...] = ()  # argument = literals that make it no load at all
    made: bool = False  # takes what another call makes, too: what cannot be known there is counted where it is made
    requires: Argument = ()  # without one of these it loads nothing
    default: str | None = None  # what is loaded when nothing is named: `name` or `name@revision`
    by: Argument = ()  # the argument that chooses among `defaults`
    defaults: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    owned: str | None = None  # the ecosystem of names with an owner, where those without one are the library's own
    names: Mapping[str, str] = field(
        default_factory=lambda: NOTHING
    )  # short name, name:tag or pattern -> what is really looked up, with the name for its `*`

    @property
    def said(self) -> str:
        """The name without the parts that may be anything."""
        return ".".join(part for part in self.name.split(".") if not part.startswith("*"))

    def looked_up(self, name: str, tag: str | None = None) -> str | None:
        """Give what a short name stands for, or None: itself before a pattern, and patterns in their order."""
        if (exact := self.names.get(f"{name}:{tag}") or self.names.get(name)) is not None:
            return exact
        if "/" in name:
            return None
        patterns = ((k, v) for k, v in self.names.items() if "*" in k)
        found = (v for k, v in patterns if fnmatchcase(name, k) or (tag and fnmatchcase(f"{name}:{tag}", k)))
        return next((v.replace("*", name) for v in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A name that people give to a setting whose value is a model. `name` is an fnmatch pattern, compared in lower case
    with `-` as `_`."""

    library: str
    name: str
    where: tuple[str, ...]
    ecosystem: str | None
    near: tuple[str, ...] = ()  # one of these must stand beside it
    below: tuple[str, ...] = ()  # one of the keys around it must match one of these patterns
    values: tuple[str, ...] = ()  # it means this with these values only
    revision: str | None = None  # sibling key
    file: str | None = None  # sibling key
    provider: str | None = None  # sibling key whose value is the ecosystem
    kind: str = "model"
    telling: bool = True  # False: the key alone proves nothing, the value must look like a model by itself

    def holds(self, where: str) -> bool:
        """Does this key mean anything in such a file?"""
        return "any" in self.where or where in self.where

    def fits(self, beside: Container[str], text: str) -> bool:
        """Does it mean this beside such keys, with such a value?"""
        return (not self.near or any(key in beside for key in self.near)) and (not self.values or text in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A word on a command line that selects a model: `flag`, or the argument at `positional` after the program."""

    library: str
    program: tuple[str, ...]  # words the command begins with; empty = any program
    ecosystem: str | None
    inner: str | None = None  # the value is `key=value,…`, and this key has the name
    unless: tuple[str, ...] = ()  # words that make it something else: `--repo-type dataset`
    image: tuple[str, ...] = ()  # parts of container image names whose entry point is this program
    flag: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # a flag without a value -> what it loads
    positional: int | None = None
    revision: str | None = None
    file: str | None = None  # flag
    file_positional: int | None = None
    remote_code: str | None = None
    kind: str = "model"
    telling: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment name whose value is a model. `name` is an fnmatch pattern, compared in upper case."""

    library: str
    name: str
    ecosystem: str | None
    revision: str | None = None
    file: str | None = None
    values: tuple[str, ...] = ()  # it means this with these values only
    kind: str = "model"
    telling: bool = True

    def matches(self, name: str) -> bool:
        """Does this environment name select a model?"""
        return fnmatchcase(name.upper(), self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and what must be seen in it: `name`, `name@revision`, `ecosystem:name`; nothing when `silent`."""

    library: str
    language: str
    text: str
    expect: tuple[str, ...]
    number: int  # in its file, from 1: lines are not reckoned each time that rules are read
    couplings: tuple[str, ...] = ()  # `kind text`


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One file of rules/calls."""

    id: str
    title: str
    source: str
    ecosystem: str | None
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    prefixes: Mapping[str, str]  # how names begin -> the ecosystem of the rest
    routes: str | None  # the library whose prefixes it takes beside its own
    hosts: tuple[str, ...]  # API hosts that make a call of this ecosystem
    portable: bool  # a client that speaks to many vendors
    model_packages: tuple[str, ...] = ()  # what packages of the index are called that hold one model each
    images: tuple[str, ...] = ()  # how the names of container images begin that go on with the model in them
    bare: bool  # its API's names have no owner: `org/name` is somebody else's
    checked_against: tuple[str, ...] = ()  # what it was held against on its `checked-on`


def plain(name: str) -> str:
    """Compare keys so: `modelName`, `model-name` and `Model Name` are `model_name`."""
    return _plain(name) if len(name) <= MAX_PLAIN else _plain.__wrapped__(name)


@lru_cache(maxsize=8_192)
def _plain(name: str) -> str:
    return _HUMP.sub("_", name.strip()).lower().replace("-", "_").replace(" ", "_")
