"""Which file of the project an import of JavaScript means, and what the modules' names are bound to then.

Relative paths, the aliases of tsconfig.json, the packages of a workspace, and `@/…` or `~/…` below the nearest folder
that has such a file. A module is called by its path without its ending, so that no package can be taken for one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from freehold.detect.found import Alias, Module
from freehold.detect.javascript_names import package
from freehold.detect.javascript_read import ALL, DEFAULT
from freehold.detect.python_expressions import Expression
from freehold.types import Location

_ENDINGS = (".d.ts", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro")
#: Where no configuration says it, these stand for the root of the sources.
_ROOTS = {"@/": "", "~/": "", "~~/": "", "#/": "", "$lib/": "lib/", "src/": ""}
#: Scripts that one page has.
MAX_SHARED = 40
#: Aliases that are tried for one import.
MAX_ALIASES = 200


def stem(path: str) -> str:
    """Give a path without the ending that an import leaves out."""
    ending = next((e for e in _ENDINGS if path.endswith(e)), "")
    return path[: len(path) - len(ending)] if ending else path


def named(path: str) -> str:
    """Give the name of the module in a file."""
    return "/" + stem(path).replace(".", ":")


def linked(modules: Iterable[Module], aliases: Iterable[Alias], packages: frozenset[str]) -> Iterator[Module]:
    """Give the modules with every import as a dotted name, as `scopes` reads them. `packages` are those that
    rules/calls knows: a project that is one of them still means itself only by paths."""
    modules = tuple(modules)
    finder = _Finder(modules, [a for a in aliases if a.pattern.removesuffix("/*") not in packages])
    pages = _pages(modules)
    for module in modules:
        imports = {"process": "process", "Deno": "Deno"}
        if _on_page(module):
            own = module.facts["scopes"][0]["names"]
            around = pages.get(posixpath.dirname(module.path), {})
            imports |= {name: where for name, where in around.items() if name not in own}
        for local, (specifier, member) in module.facts["imports"].items():
            imports[local] = finder.dotted(specifier, member, local, module.path)
        stars = [name for s in module.facts["stars"] if (name := finder.dotted(s, ALL, "", module.path))[0] == "/"]
        yield replace(module, facts=module.facts | {"imports": imports, "stars": stars})


def _pages(modules: tuple[Module, ...]) -> dict[str, dict[str, str]]:
    """What the scripts of a folder share where none imports another: a page has one name for all of them."""
    folders: dict[str, list[Module]] = {}
    for module in modules:
        if _on_page(module):
            folders.setdefault(posixpath.dirname(module.path), []).append(module)
    return {
        folder: {name: f"{module.name}.{name}" for module in found for name in module.facts["scopes"][0]["names"]}
        for folder, found in folders.items()
        if 1 < len(found) <= MAX_SHARED
    }


def _on_page(module: Module) -> bool:
    """Could a page have this script beside others? Components are modules, whatever they import."""
    return bool(module.facts.get("shared")) and module.path.endswith((".js", ".html", ".htm"))


def compared_in(modules: tuple[Module, ...]) -> Iterator[Location]:
    """Give the places of names in lists that the project only asks whether they hold something."""
    used = {name for module in modules for name in module.facts["used"]}
    asked = {name for module in modules for name in module.facts["tested"]} - used
    for module in modules:
        for scope in module.facts["scopes"]:
            for name in asked & scope["names"].keys():
                for expression in scope["names"][name]:
                    for _, line, column, cell in (e[1:] for e in _elements(expression) if e[0] == "s"):
                        yield Location(path=module.path, line=line, column=column, cell=cell)


def _elements(expression: Expression) -> list[Expression]:
    if expression[0] == "c":  # `new Set([…])`
        return [inner for given in expression[2][:1] for inner in _elements(given)]
    return expression[1] if expression[0] == "l" else []


class _Finder:
    def __init__(self, modules: tuple[Module, ...], aliases: list[Alias]) -> None:
        self.stems: dict[str, str] = {}
        for module in sorted(modules, key=lambda m: m.path):
            known = stem(module.path)
            self.stems.setdefault(known, known)
            if posixpath.basename(known) == "index":
                self.stems.setdefault(posixpath.dirname(known), known)
        # The nearest configuration first, in it the most exact pattern.
        self.aliases = sorted(set(aliases), key=lambda a: (-len(a.folder), -len(a.pattern), a.pattern, a.target))
        self.answers: dict[tuple[str, str], str | None] = {}

    def dotted(self, specifier: str, member: str, local: str, importer: str) -> str:
        """Give the dotted name of what an import binds."""
        found = self.find(specifier, importer)
        if found is not None:
            base = "/" + found.replace(".", ":")
        elif specifier.startswith("."):
            return f"?.{local}"
        else:
            base = package(specifier)
            # Packages hand out one class or client, which everybody calls by its name.
            member = local if member == DEFAULT else member
        return base if member == ALL else f"{base}.{member}"

    def find(self, specifier: str, importer: str) -> str | None:
        """Give the file that a specifier means, without its ending, or None for a package."""
        folder = posixpath.dirname(importer)
        key = (specifier, folder)
        if key not in self.answers:
            self.answers[key] = next((f for c in self._candidates(specifier, folder) if (f := self._file(c))), None)
        return self.answers[key]

    def _file(self, path: str) -> str | None:
        path = posixpath.normpath(path)
        return self.stems.get(path) or self.stems.get(stem(path))

    def _candidates(self, specifier: str, folder: str) -> Iterator[str]:
        if specifier.startswith("."):
            yield posixpath.join(folder, specifier)
            return
        for alias in self.aliases[:MAX_ALIASES]:
            if alias.folder and not f"{folder}/".startswith(f"{alias.folder}/"):
                continue
            before, star, after = alias.pattern.partition("*")
            if not star and specifier == alias.pattern:
                yield alias.target
            elif star and specifier.startswith(before) and specifier.endswith(after):
                yield alias.target.replace("*", specifier[len(before) : len(specifier) - len(after)], 1)
        root = next((r for r in _ROOTS if specifier.startswith(r)), None)
        if root is not None:
            rest = _ROOTS[root] + specifier[len(root) :]
            parts = folder.split("/") if folder else []
            for length in range(len(parts), -1, -1):
                above = "/".join(parts[:length])
                yield from (posixpath.join(above, inside, rest) for inside in ("", "src", "app"))
