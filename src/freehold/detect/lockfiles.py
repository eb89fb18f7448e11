"""Python lock files: which version of which package. Programs write them, one key a line, and they can be long, so that
the TOML ones are read by their lines."""

from __future__ import annotations

import re
from itertools import pairwise

from packaging.utils import canonicalize_name

from freehold.detect.found import Found, Package
from freehold.detect.nodes import NoTree, Scalar, Table
from freehold.detect.trees import read
from freehold.source import Source

MAX_PACKAGES = 20_000

_TOML = ("uv.lock", "poetry.lock", "pdm.lock")
_PYLOCK = re.compile(r"pylock(?:\.[^.]+)?\.toml")
_PACKAGE = re.compile(r"^\[\[(?:package|packages)\]\][ \t\r]*$", re.MULTILINE)
_KEY = re.compile(r"^(name|version|source)[ \t]*=[ \t]*(?:\"([^\"\n]*)\"|(\{[^\n]*))", re.MULTILINE)
_OWN = re.compile(r"\{[ \t]*(?:editable|virtual|directory|path)[ \t]*=")


def is_lock(source: Source) -> bool:
    """By name."""
    return source.name in (*_TOML, "Pipfile.lock") or _PYLOCK.fullmatch(source.name) is not None


def packages(source: Source) -> Found:
    """Give every locked package as a clue."""
    return _pipfile(source) if source.name == "Pipfile.lock" else _toml(source)


def _toml(source: Source) -> Found:
    found: list[Package] = []
    starts = [m.start() for m in _PACKAGE.finditer(source.text)]
    for at, end in pairwise([*starts, len(source.text)]):
        # Sub-tables have names of their own, such as `[package.source]`.
        table = source.text.find("\n[", at + 1, end)
        keys = {m[1]: m for m in reversed(list(_KEY.finditer(source.text, at, end if table < 0 else table)))}
        if "name" not in keys or "version" not in keys or keys["name"][2] is None:
            continue
        if "source" in keys and keys["source"][3] and _OWN.match(keys["source"][3]):
            continue  # the project itself
        if len(found) == MAX_PACKAGES:
            problem = source.problem(f"more than {MAX_PACKAGES} packages", line=source.at(at).line)
            return Found(clues=tuple(found), problems=(problem,))
        found.append(_package(source, keys["name"][2], keys["version"][2] or "", keys["name"].start(2)))
    return Found(clues=tuple(found))


def _pipfile(source: Source) -> Found:
    try:
        top = read(source, "json")[0]
    except NoTree as error:
        return Found(problems=(source.problem(str(error), line=error.line),))
    found: list[Package] = []
    for section in ("default", "develop"):
        table = top.get(section) if isinstance(top, Table) else None
        for key, value in table.entries if isinstance(table, Table) else ():
            version = value.get("version") if isinstance(value, Table) else None
            if isinstance(version, Scalar) and version.text and key.text:
                found.append(_package(source, key.text, version.text.removeprefix("=="), key.at))
    return Found(clues=tuple(found))


def _package(source: Source, name: str, version: str, at: int) -> Package:
    return Package(
        name=canonicalize_name(name), specifier=f"=={version}", location=source.at(at), version=version, locked=True
    )
