"""What code is told from outside: settings of configuration files, fields of objects that nobody makes where they are
read, flags of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from freehold.detect.found import Module, Setting, Settings
from freehold.detect.modules import nearest
from freehold.detect.names import Sure, identify
from freehold.detect.project import Project
from freehold.detect.python_expressions import Expression
from freehold.detect.scopes import Spot

MAX_ASKED = 300  # modules, what each imports
#: Programs of one project that have the same option.
MAX_PROGRAMS = 8
MAX_NESTED = 4  # tables
#: What projects call the settings that they have in code.
_HOLDER = re.compile(
    r"_{0,2}(?:\w{1,40}_)?(?:config(?:s|uration)?|cfg|conf|settings|params|opts?|options|hparams|args|c|config_?dict)|"
    r"\w{0,40}(?:Config(?:uration)?|Cfg|Conf|Settings|Params|Options|Args|Arguments)",
    re.IGNORECASE,
)
#: A module of them, one of several perhaps.
_CHOSEN = re.compile(r"(?:^|[/_])(?:config|cfg|conf|settings|params|hparams)")
#: A module that holds the options of a program.
_OPTIONS = re.compile(
    r"(?:^|/)(?:(?:\w*_)?(?:arg(?:s|uments|_?parser)|opt(?:s|ions?)|params|config|flags|settings)|pars(?:er|e_args))\.py\Z"
)


class Outside:
    """The settings, the fields and the flags of a project, found by the last of their keys and by their name."""

    def __init__(self, project: Project, settings: tuple[Settings, ...]) -> None:
        self.project = project
        self._settings: dict[str, list[Settings]] = {}  # files by the last keys of what they set
        for file in settings:
            for key in file.facts["keys"]:
                self._settings.setdefault(key, []).append(file)
        self._known: dict[str, frozenset[str]] = {}
        self._named: dict[tuple[tuple[str, ...], Sure, bool], tuple[Setting, ...]] = {}
        self._told: dict[str, tuple[Setting, ...]] = {}  # what command lines tell one program, by the flag
        self._fields: dict[str, list[Spot]] = {}  # classes by their fields
        for module in project.modules:
            for name, scope in module.facts.get("fields", ()):
                self._fields.setdefault(name, []).append(Spot(module, scope))
        self._programs: dict[str, list[Module]] = {}  # modules by the flags that they define
        for module in project.modules:
            for flag in module.facts["flags"]:
                self._programs.setdefault(flag, []).append(module)

    def settings(self, keys: tuple[str, ...]) -> Iterator[Setting]:
        """Give the settings whose keys end like these, in small letters."""
        for setting in (one for file in self._settings.get(keys[-1], ()) for one in file.told(keys[-1])):
            # `model/large.yaml` is one choice for the group `model`; a folder of JSON holds data.
            path = setting.location.path
            known = (*(path.split("/")[:-1] if not path.endswith(".json") else ()), *setting.keys)
            if tuple(k.lower() for k in known[-len(keys) :]) == keys:
                yield setting

    def told(self, spot: Spot, name: str) -> Iterator[Setting]:
        """Give what command lines tell the programs that read this flag for the code that is here."""
        if name not in self._told:
            self._told[name] = tuple(one for one in self.settings((name.lower(),)) if one.program)
        if self._told[name]:
            programs = {called for where, _ in self.flags(spot, name) for called in _called(where.module.path)}
            yield from (one for one in self._told[name] if one.program in programs)

    def named(self, keys: tuple[str, ...], least: Sure, environment: bool) -> tuple[Setting, ...]:
        """Those of them whose values are at `least` so surely names; of the `environment` those written like it. Every
        caller of a function asks anew."""
        asked = (keys, least, environment)
        if asked not in self._named:
            self._named[asked] = tuple(self._looked_up(*asked))
        return self._named[asked]

    def _looked_up(self, keys: tuple[str, ...], least: Sure, environment: bool) -> Iterator[Setting]:
        for setting in self.settings(keys):
            if environment and not setting.keys[-1].isupper():
                continue  # `judge:` in a file is not `$JUDGE`
            name = identify(setting.value)
            if name is not None and name.sure >= least and not setting.program:
                yield setting

    def fields(self, name: str) -> list[tuple[Spot, Expression]]:
        """Give the fields of this name that classes of the project have."""
        return [(spot, spot.data["names"][name][0]) for spot in self._fields.get(name, ())]

    def held(self, keys: tuple[str, ...]) -> list[tuple[Spot, Expression]]:
        """Give what stands under such keys in the project's own settings in code, whoever hands them on: the fields of
        a class `CFG`, what an object `cfg` is given, the entries of a table `config`."""
        while len(keys) > 1 and _HOLDER.fullmatch(keys[0]):
            keys = keys[1:]
        return self._held.get(keys, [])

    def built(self, kind: str, name: str) -> list[tuple[Spot, Expression]]:
        """Give what tables of settings say that an object of a class is made with: `dict(type="Net", name="…")`."""
        return self._built.get((kind, name), [])

    @cached_property
    def _built(self) -> dict[tuple[str, str], list[tuple[Spot, Expression]]]:
        found: dict[tuple[str, str], list[tuple[Spot, Expression]]] = {}
        for top in (Spot(module, 0) for module in self.project.modules if _CHOSEN.search(module.path)):
            for table in (e for bound in top.data["names"].values() for e in bound[:1]):
                for key, e in _built(table):
                    found.setdefault(key, []).append((top, e))
        return found

    @cached_property
    def _held(self) -> dict[tuple[str, ...], list[tuple[Spot, Expression]]]:
        """The texts in objects, classes and tables of settings, by the keys that lead to them."""
        found: dict[tuple[str, ...], list[tuple[Spot, Expression]]] = {}
        for spot, holder, name, e in self.project.puts():
            above = _path(holder)
            if e[0] == "s" and above and _HOLDER.fullmatch(above[0]):
                found.setdefault((*above[1:], name), []).append((spot, e))
        for module in self.project.modules:
            classes = any(_HOLDER.fullmatch(name) for name in module.facts.get("defined", ()))
            for number, data in enumerate(module.facts["scopes"]) if classes or _CHOSEN.search(module.path) else ():
                spot, names = Spot(module, number), data["names"].items()
                texts: list[tuple[tuple[str, ...], Expression]] = []
                if data["kind"] == "class" and _HOLDER.fullmatch(data["name"]):
                    texts = [((name,), bound[0]) for name, bound in names if bound and bound[0][0] == "s"]
                elif number == 0:
                    tables = (e for name, bound in names if _HOLDER.fullmatch(name) for e in bound[:1])
                    texts = [one for table in tables for one in _texts(table, ())]
                for keys, e in texts:
                    found.setdefault(keys, []).append((spot, e))
        return found

    def flags(self, spot: Spot, name: str) -> list[tuple[Spot, Expression]]:
        """Give the command line flags of this name: of the module itself, of the one that it imports for that, of the
        programs that import it, of the one whose user does, or of the one module of options that has it."""
        mine = spot.module.facts["flags"].get(name)
        if mine is not None:
            return [(Spot(spot.module, 0), e) for e in mine]
        named = [m for m in self._programs.get(name, ()) if m.facts["scope"] not in ("test", "doc")]
        asked = self._imported(spot.module) if named else frozenset()
        near = [m for m in named if m.path in asked]
        near = near or [m for m in named if spot.module.path in self._imported(m)][:MAX_PROGRAMS]
        if not near:
            near = [m for m in named if self._used_beside(m, spot.module)]
            # Who imports them both may hold nothing else, so that nobody reads it.
            near = near or [m for m in nearest(named, spot.module) if "_" in name or _OPTIONS.search(m.path)]
            near = near if len(near) == 1 else []
        return [(Spot(m, 0), e) for m in near for e in m.facts["flags"][name]]

    def _used_beside(self, one: Module, other: Module) -> bool:
        """Does a module import both?"""
        every = self.project.modules if len(self.project.modules) <= MAX_ASKED else ()
        return any(one.path in (asked := self._imported(m)) and other.path in asked for m in every)

    def _imported(self, module: Module) -> frozenset[str]:
        """The paths of the modules that one imports."""
        known = self._known.get(module.path)
        if known is None:
            written = (*module.facts["imports"].values(), *module.facts["stars"])
            targets = {self.project.import_of(module, target) for target in written}
            found = (self.project.find(target, module) for target in targets)
            known = self._known[module.path] = frozenset(one[0].path for one in found if one is not None)
        return known


def _called(path: str) -> tuple[str, ...]:
    """What a command line calls a module: `train.py` wherever it lies, `package.train`."""
    dotted = path.removesuffix(".py").removesuffix("/__main__").split("/")
    return path.rpartition("/")[2], *(".".join(dotted[begin:]) for begin in range(len(dotted)))


def _path(holder: Expression) -> tuple[str, ...]:
    """The names that lead to an object: `cfg.model`."""
    names: list[str] = []
    while holder[0] == "a" and len(names) < MAX_NESTED:
        names.append(holder[2])
        holder = holder[1]
    return (holder[1], *reversed(names)) if holder[0] == "n" else ()


def _entries(table: Expression) -> list[tuple[str, Expression]]:
    """The entries of a table: `{"key": …}`, `dict(key=…)`."""
    if table[0] == "d":
        return [(key[1], value) for key, value in table[1] if key[0] == "s"]
    return list(table[3].items()) if table[0] == "c" and table[1] == ["n", "dict"] else []


def _texts(table: Expression, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Expression]]:
    """The texts of a table, and of those in it, with their keys."""
    for key, value in _entries(table) if len(above) < MAX_NESTED else ():
        yield from [((*above, key), value)] if value[0] == "s" else _texts(value, (*above, key))


def _built(table: Expression, depth: int = 0) -> Iterator[tuple[tuple[str, str], Expression]]:
    """The texts beside a `type`, in a table and in those in it; not what is built without weights."""
    entries = dict(_entries(table))
    kind = entries.get("type", table) if entries.get("pretrained") != ["b", False] else table
    for key, value in entries.items():
        if value[0] == "s" and kind[0] == "s":
            yield (kind[1], key), value
        for one in (value[1] if value[0] == "l" else [value]) if depth < MAX_NESTED else ():
            yield from _built(one, depth + 1)


def owner(spot: Spot) -> str:
    """Give what a function is called from outside: the class that it makes objects of, or its name."""
    name: str = spot.data["name"]
    return spot.module.facts["scopes"][spot.data["up"]]["name"] if name == "__init__" else name
