"""By which names scripts import each other: `paths` and `baseUrl` of tsconfig.json, the names of a workspace's
packages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from freehold.detect.calls import Calls
from freehold.detect.found import Alias, Found
from freehold.detect.nodes import Listing, NoTree, Scalar, Table
from freehold.detect.trees import read
from freehold.source import Source

MAX_BYTES = 200_000
MAX_ALIASES = 100


def wants(source: Source) -> bool:
    """By name."""
    name = source.name
    known = name == "package.json" or (name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"))
    return known and len(source.data) <= MAX_BYTES


def find(source: Source, calls: Calls) -> Found:
    """Give the aliases; that a file cannot be read, `config` says."""
    try:
        (top,) = read(source, "json")
    except NoTree:
        return Found()
    folder = posixpath.dirname(source.path)
    aliases = () if not isinstance(top, Table) else _own(top, folder) if source.name == "package.json" else None
    if aliases is None and isinstance(top, Table):
        aliases = _paths(top, folder)
    return Found(clues=tuple(aliases or ())[:MAX_ALIASES])


def _paths(top: Table, folder: str) -> tuple[Alias, ...]:
    options = top.get("compilerOptions")
    if not isinstance(options, Table):
        return ()
    base = posixpath.normpath(posixpath.join(folder, options.text("baseUrl") or "."))
    paths = options.get("paths")
    found = [
        Alias(folder=folder, pattern=key.text, target=_below(base, target.text))
        for key, targets in (paths.entries if isinstance(paths, Table) else ())
        for target in (targets.items if isinstance(targets, Listing) else ())
        if key.text and isinstance(target, Scalar) and target.text
    ]
    if options.text("baseUrl") is not None:
        found.append(Alias(folder=folder, pattern="*", target=_below(base, "*")))
    return tuple(found)


def _own(top: Table, folder: str) -> tuple[Alias, ...]:
    name = top.text("name")
    if not name or "*" in name:
        return ()
    return tuple(
        Alias(folder="", pattern=pattern, target=target)
        for pattern, targets in ((name, _entries(top)), (f"{name}/*", ("*", "src/*")))
        for target in (_below(folder, t) for t in targets)
    )


def _entries(top: Table) -> Iterator[str]:
    yield from (text for key in ("source", "module", "main", "types") if (text := top.text(key)))
    yield from ("src/index", "index")


def _below(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))
