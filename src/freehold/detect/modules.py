"""Which module of a project an import means."""

from __future__ import annotations

import re

from freehold.detect.found import Module
from freehold.detect.python_expressions import Expression

#: What stands in for a module that everybody writes for himself: `config_sample.py` and `config.py.sample` where
#: `config` is imported. `requests_example.py` shows how to use another.
_SAMPLE = re.compile(r"[._](?:sample|example|template|dist)\Z|\A(?:sample|example|template)[._]")
_OWN = re.compile(r"config|settings|secret|constant|credential|param|keys|local|\benv")


class Modules:
    """The modules of a project in one language, found by what imports call them."""

    def __init__(self, modules: tuple[Module, ...]) -> None:
        self.modules = modules
        self.paths = {module.path: module for module in modules}
        self._found: dict[tuple[str, str], tuple[Module, tuple[str, ...]] | None] = {}
        self._by_suffix: dict[str, list[Module]] = {}
        self._inits: dict[str, dict[int, list[Expression]]] = {}
        self._samples: set[str] = set()
        for module in modules:
            parts = module.name.split(".") if not module.path.endswith(".ipynb") else []  # nothing imports those
            for i in range(len(parts)):
                self._by_suffix.setdefault(".".join(parts[i:]), []).append(module)
            folder, _, file = module.path.rpartition("/")
            stem = file.removesuffix(".py")
            stands_for = _SAMPLE.sub("", stem).removesuffix(".py")
            if stands_for != stem and _OWN.search(stands_for) is not None:
                self._samples.add(module.path)
                parts = [*folder.split("/"), stands_for] if folder else [stands_for]
                for i in range(len(parts)):
                    self._by_suffix.setdefault(".".join(parts[i:]), []).append(module)

    def import_of(self, module: Module, dotted: str) -> str:
        """Make a relative import absolute."""
        level = len(dotted) - len(dotted.lstrip("."))
        if not level:
            return dotted
        package = module.name.split(".")
        drop = level - 1 if module.path.endswith("__init__.py") else level
        return ".".join([*package[: max(len(package) - drop, 0)], *dotted[level:].split(".")]).strip(".")

    def find(self, dotted: str, importer: Module) -> tuple[Module, tuple[str, ...]] | None:
        """Give the module of the project that a dotted name begins with, and what is left of the name."""
        asked = (dotted, importer.path)
        if asked not in self._found:
            self._found[asked] = self._find(dotted, importer)
        return self._found[asked]

    def inits(self, module: Module, functions: list[int]) -> list[tuple[int, Expression]]:
        """Give the calls of some `__init__` that stand in these functions, each with its function."""
        known = self._inits.get(module.path)
        if known is None:
            known = self._inits[module.path] = {}
            for scope, e in module.facts["calls"]["__init__"] if "__init__" in module.facts["tails"] else ():
                known.setdefault(scope, []).append(e)
        return [(scope, e) for scope in functions for e in known.get(scope, ())]

    def _find(self, dotted: str, importer: Module) -> tuple[Module, tuple[str, ...]] | None:
        parts = dotted.split(".")
        for i in range(len(parts), 0, -1):
            found = self._by_suffix.get(".".join(parts[:i]))
            if found:
                near = max(found, key=lambda m: self._rank(m, importer))
                if near.path != importer.path or i > 1:
                    return near, tuple(parts[i:])
        return None

    def _rank(self, module: Module, importer: Module) -> tuple[int, bool, int, str]:
        """The nearest is meant; of those that are as near, one of that very name."""
        near = _common(module.path, importer.path)
        return near, module.path not in self._samples, -len(module.path), module.path


def nearest(modules: list[Module], reader: Module) -> list[Module]:
    """Give those that stand nearest to another: in its folder, or in most of the folders around it."""
    best = max((_common(one.path, reader.path) for one in modules), default=0)
    return [one for one in modules if _common(one.path, reader.path) == best]


def _common(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count
