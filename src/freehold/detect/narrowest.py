"""Where could ONE portable client stand between a family of models and the project?

In the file through which most of the family's places in code outside tests already pass: those that stand in it, and
those in files that import it. A file without a place of its own is none, however many import it: nothing shows that the
family is reached through it. Settings and templates are no place for a client.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

from freehold.detect.found import Imports
from freehold.detect.markers import Family
from freehold.types import Coupling, Location, Narrowest, Reference, Role

#: Folders that Python programs are started in, or that lie on the import path.
_ROOTS = ("src/", "lib/", "python/")
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
_CODE = (".py", ".pyw", ".ipynb", *_SCRIPTS)


def narrowest(
    couplings: Iterable[Coupling],
    references: Iterable[Reference],
    imports: Iterable[Imports],
    families: Mapping[str, Family],
) -> tuple[Narrowest, ...]:
    """Give the narrowest place of every family that has couplings outside tests, sorted by family."""
    holds: dict[str, Counter[str]] = {}
    for coupling in couplings:
        if coupling.scope == "code":
            holds.setdefault(coupling.family, Counter())[coupling.location.path] += _counts(coupling.location)
    if not holds:
        return ()
    for reference in references:
        if reference.role is Role.LOAD and reference.scope == "code" and reference.name is not None:
            for name, counts in holds.items():
                if name in families and families[name].has(reference.ecosystem, (reference.name,)):
                    counts[reference.location.path] += _counts(reference.location)
    users = _users(tuple(imports), {path for counts in holds.values() for path in counts})
    return tuple(_narrowest(family, +holds[family], users) for family in sorted(holds))


def _counts(location: Location) -> int:
    return 1 if location.path.endswith(_CODE) else 0


def _narrowest(family: str, holds: Counter[str], users: Mapping[str, frozenset[str]]) -> Narrowest:
    places = sum(holds.values())
    if not places:
        why = "its places stand in settings, scripts and templates only, where no client can stand"
        return Narrowest(family=family, path=None, passing=0, places=0, why=why)
    passing = {
        path: count + sum(holds[user] for user in users.get(path, frozenset()) if user in holds)
        for path, count in holds.items()
    }
    best = min(passing, key=lambda path: (-passing[path], -holds[path], path))
    most = passing[best]
    if most * 2 <= places:
        why = f"no more than {most} of {places} places in code pass through one of the {len(holds)} files they stand in"
        return Narrowest(family=family, path=None, passing=most, places=places, why=why)
    through = len([user for user in users.get(best, frozenset()) if user in holds])
    stand = f"{holds[best]} of {places} places in code stand there"
    others = f", {most - holds[best]} more in {_files(through)}" if most > holds[best] else ""
    return Narrowest(family=family, path=best, passing=most, places=places, why=stand + others)


def _files(number: int) -> str:
    return "a file that imports it" if number == 1 else f"{number} files that import it"


def _users(imports: tuple[Imports, ...], wanted: set[str]) -> dict[str, frozenset[str]]:
    """Which files import one of those that are wanted."""
    paths = {each.path for each in imports}
    stems = {_stem(path) for path in wanted}
    known: dict[tuple[str, str], str | None] = {}
    users: dict[str, set[str]] = {}
    for each in imports:
        folder = posixpath.dirname(each.path)
        for name in each.names:
            # Most imports are of something else altogether: `a.b` gives the file b, or the file a that has b.
            if name[:1] != "." and "/" not in name and stems.isdisjoint(name.rsplit(".", 2)[-2:]):
                continue
            asked = (folder, name)
            if asked not in known:
                known[asked] = _file(name, each.path, paths)
            target = known[asked]
            if target in wanted and target is not None and target != each.path:
                users.setdefault(target, set()).add(each.path)
    return {path: frozenset(found) for path, found in users.items()}


def _stem(path: str) -> str:
    """What a file is imported as."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


def _file(name: str, path: str, paths: set[str]) -> str | None:
    """The file of the project that an import gives: of `a.b` the module b of a, else the module a that has b."""
    if "/" in name:
        return _script(name, path, paths)
    bare = name.lstrip(".")
    dots = len(name) - len(bare)
    folder = path.split("/")[:-1]
    if dots:
        roots: tuple[str, ...] = ("/".join((*folder[: len(folder) - dots + 1], "")).lstrip("/"),)
        if dots - 1 > len(folder):
            return None
    else:
        # What stands above the file is searched too: monorepos have a root for each program.
        above = ["/".join((*folder[:depth], "")).lstrip("/") for depth in range(len(folder), -1, -1)]
        roots = (*above, *(root + more for root in above for more in _ROOTS))
    parts = bare.split(".") if bare else []
    for length in (len(parts), len(parts) - 1):
        if length <= 0 and not dots:
            continue
        for root in roots:
            stem = root + "/".join(parts[:length])
            for candidate in (f"{stem}.py", f"{stem}/__init__.py" if length else f"{root}__init__.py"):
                if candidate in paths:
                    return candidate
    return None


def _script(name: str, path: str, paths: set[str]) -> str | None:
    """The file that `./llm` or `../llm.js` gives; the ending may be left out, or be that of the compiled file."""
    stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    bare = posixpath.splitext(stem)[0] if stem.endswith(_SCRIPTS) else stem
    ends = (*_SCRIPTS, *(f"/index{end}" for end in _SCRIPTS))
    return next((found for found in (stem, *(bare + end for end in ends)) if found in paths), None)
