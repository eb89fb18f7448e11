"""The calls of one project: which may do something with a model, who calls whom, what a callee is called."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cached_property
from itertools import chain
from typing import TypeAlias

from freehold.detect.found import Module
from freehold.detect.libraries import Argument
from freehold.detect.python_expressions import GET, Expression
from freehold.detect.scopes import MAX_HEIRS, Bound, Scopes, Spot, argument, once

MAX_STEPS_READ = 8  # keys of one setting
MAX_READ = 8  # settings that one expression may be
MAX_KEPT = 40  # things that one object is given under one name
MAX_TAIL = 100  # characters of a callee whose first part is not known
Site: TypeAlias = tuple[Spot, Expression]  # a call, and the scope in which it stands

#: What settings are called, by those who read them and by the modules that hold them.
_SETTINGS = frozenset({"settings", "config", "conf"})
#: Attributes of an object of the project's own that hold all settings of a file.
_OWN = (["n", "self"], ["n", "cls"], ["n", "this"])
_WHOLE = re.compile(r"(?:\w*_)?(?:config(?:s|uration)?|cfg|conf|settings|params|opts?|options|hparams|args)")


class Project(Scopes):
    """The modules of a project, and who calls what."""

    def __init__(self, modules: tuple[Module, ...]) -> None:
        super().__init__(modules)
        self._calls: dict[str, list[Site]] = {}
        self._callers: dict[tuple[str, int], list[Site]] = {}
        self._fixtures: dict[str, dict[str, list[int]]] = {}  # by file and name
        self._calling: dict[str, list[Module]] = {}  # modules by the last parts of what they call
        for module in modules:
            for tail in module.facts["tails"]:
                self._calling.setdefault(tail, []).append(module)

    @property
    def roots(self) -> frozenset[str]:
        """With what a dotted name in this project can begin."""
        own = (module.name.partition(".")[0] for module in self.modules)
        return frozenset(chain(own, *(module.facts["roots"] for module in self.modules)))

    @cached_property
    def used(self) -> frozenset[str]:
        """The names that any module reads."""
        return frozenset(chain.from_iterable(module.facts["used"] for module in self.modules))

    def sites(self, kind: str, tails: Container[str] | None = None) -> Iterator[Site]:
        """Give the calls that were found to be of a kind where they were read (see gathered): those of what ends like
        this, or all."""
        for module in self.modules:
            for tail, number, called in module.facts[kind]:
                if tails is None or called in tails:
                    scope, e = module.facts["calls"][tail][number]
                    yield Spot(module, scope), e

    def calls(self, tail: str) -> list[Site]:
        """Give the calls of what has this name, or whose last part it is."""
        found = self._calls.get(tail)
        if found is None:
            found = self._calls[tail] = [
                (Spot(module, scope), e)
                for module in self._calling.get(tail, ())
                for scope, e in module.facts["calls"][tail]
            ]
        return found

    def callers(self, path: str, scope: int) -> list[Site]:
        """Give who calls this function, or makes this class: those whose callee has its name and turns out to be it."""
        known = self._callers.get((path, scope))
        if known is not None:
            return known
        function = Spot(self.paths[path], scope)
        wanted, name = scope, function.data["name"]
        if function.data["kind"] == "function" and name == "__init__":
            wanted = function.data["up"]
            name = function.module.facts["scopes"][wanted]["name"]
        found: list[Site] = []
        loose: list[Site] = []
        if function.data["name"] == "__init__":  # `super().__init__("org/name")`
            for spot, e in self._handed(Spot(function.module, wanted)):
                if e[1][0] == "a" and any((w.module.path, o[1]) == (path, scope) for w, o in self.callee(spot, e[1])):
                    found.append((spot, e))
            for heir in self._plain(Spot(function.module, wanted)):
                mine = (heir.module.path, heir.scope)
                made = self.calls(heir.data["name"])
                found += [s for s in made if any((w.module.path, o[1]) == mine for w, o in self.callee(s[0], s[1][1]))]
        within = (s for s in self.calls("cls") if s[0].module is function.module)
        for spot, e in (*self.calls(name), *(within if wanted != scope or function.data["kind"] == "class" else ())):
            meant = self.callee(spot, e[1])
            if any((where.module.path, one[1]) == (path, wanted) for where, one in meant):
                found.append((spot, e))
            elif not meant and e[1][0] == "a":
                loose.append((spot, e))
        # A method of something that cannot be told, with a name that says enough.
        method = function.is_method and len(name) > 5
        self._callers[path, scope] = found or (loose if method else [])
        return self._callers[path, scope]

    def _handed(self, holder: Spot) -> Iterator[Site]:
        """The calls of `__init__` in the classes that are made from this one, or from those."""
        queue, seen = [holder], {(holder.module.path, holder.scope)}
        while queue and len(seen) < MAX_HEIRS * 4:
            for heir in self.made_from(queue.pop()):
                if (heir.module.path, heir.scope) not in seen:
                    seen.add((heir.module.path, heir.scope))
                    queue.append(heir)
                    yield from ((Spot(heir.module, s), e) for s, e in self.inits(heir.module, heir.defs("__init__")))

    def _plain(self, holder: Spot) -> Iterator[Spot]:
        """The classes that are made from this one, or from those, and have no `__init__` of their own."""
        queue, seen = [holder], {(holder.module.path, holder.scope)}
        while queue and len(seen) < MAX_HEIRS * 4:
            for heir in self.made_from(queue.pop()):
                if (heir.module.path, heir.scope) not in seen and not heir.defs("__init__"):
                    seen.add((heir.module.path, heir.scope))
                    queue.append(heir)
                    yield heir

    def bound(self, spot: Spot, e: Expression) -> list[Bound]:
        """Give every expression bound to a name, or to an attribute."""
        return self.bindings(spot, e[1]) if e[0] == "n" else self.attribute(spot, e[1], e[2])

    def kept(self, spot: Spot, on: Expression, name: str) -> list[Bound]:
        """What an object that nobody here makes is given under a name: in this file, or anywhere if it is shared, as
        `st.session_state` and `app.config` are."""
        tail = on[2] if on[0] == "a" else on[1] if on[0] == "n" else ""
        shared = on[0] == "a" or tail in spot.module.facts["imports"]
        found: list[Bound] = []
        for where, holder, e in self._put.get(name, ()):
            mine = holder[0] in ("n", "a") and holder[-1] == tail and (shared or where.module is spot.module)
            if mine and len(found) < MAX_KEPT:
                found.append((where, e))
        target = spot.module.facts["imports"].get(tail, tail) if on[0] == "n" else tail
        if not found and name.isupper() and shared and target.rpartition(".")[2] in _SETTINGS:
            return self._set_there(name)
        return found

    def puts(self) -> Iterator[tuple[Spot, Expression, str, Expression]]:
        """Give what objects are given: where, which object, under which name, and what."""
        for name, several in self._put.items():
            yield from ((spot, holder, name, e) for spot, holder, e in several)

    @cached_property
    def _put(self) -> dict[str, list[tuple[Spot, Expression, Expression]]]:
        """What objects are given, by its name: where, which object, and what."""
        found: dict[str, list[tuple[Spot, Expression, Expression]]] = {}
        for module in self.putting:
            for name, puts in module.facts["put"].items():
                found.setdefault(name, []).extend((Spot(module, scope), on, e) for on, scope, e in puts)
        return found

    @once
    def keys(self, spot: Spot, e: Expression) -> list[tuple[str, ...]]:
        """Give the settings that are read of something that nobody here defines: (model, name) of `cfg.model["name"]`,
        also where it is read in steps (`part = cfg.model`, `part["name"]`) or by a function that is given a part."""
        own, base = _reading(e)
        found = {
            (*before, *rest): None
            for where, one, rest in self._origins(spot, base, own)
            for before in self.keys(where, one)
            if before and len(before) < MAX_STEPS_READ
        }
        # `self.config["model"]["name"]` may be all that a file says.
        whole = len(own) > 1 and base in _OWN and _WHOLE.fullmatch(own[0]) is not None
        return list(found)[:MAX_READ] or [own, *([own[1:]] if whole else [])]

    def _origins(
        self, spot: Spot, base: Expression, own: tuple[str, ...]
    ) -> Iterator[tuple[Spot, Expression, tuple[str, ...]]]:
        """What something is of which settings are read, and which of them are read of it."""
        if base[0] != "n":
            return
        mine = base[1] in ("self", "cls") and bool(own)
        bound = self.attribute(spot, base, own[0]) if mine else self.bindings(spot, base[1])
        rest = own[1:] if mine else own
        for where, one in bound[:MAX_READ]:
            if one[0] == "in":
                where, one = Spot(where.module, one[1]), one[2]
            if one[0] in ("n", "a", "i", "c", "e") and one != base:
                yield where, one, rest
            elif one[0] == "param":
                for caller, call in self.callers(where.module.path, where.scope)[:MAX_READ]:
                    if (given := argument(where, call, one[1])) is not None:
                        yield caller, given, rest

    def fixtures(self, spot: Spot, name: str) -> Iterator[Spot]:
        """The fixtures of pytest that a parameter of a test asks for by its name: of the nearest file that has one."""
        if not (spot.data.get("fixture") or spot.data["name"].startswith("test")):
            return
        own = (spot.module.path, spot.scope)
        folders = spot.module.path.split("/")[:-1]
        above = ("/".join([*folders[:depth], "conftest.py"]) for depth in range(len(folders), -1, -1))
        for path in (spot.module.path, *above):
            for scope in self._fixtures_of(path).get(name, ()):
                if (path, scope) != own:
                    yield Spot(self.paths[path], scope)
                    return

    def _fixtures_of(self, path: str) -> dict[str, list[int]]:
        known = self._fixtures.get(path)
        if known is None:
            known = self._fixtures[path] = {}
            module = self.paths.get(path)
            for scope, data in enumerate(module.facts["scopes"] if module is not None else ()):
                if (own := data.get("fixture")) is not None:
                    known.setdefault(own, []).append(scope)
        return known

    def _set_there(self, name: str) -> list[Bound]:
        """What a framework takes from the project's files of settings: Django's, those of Flask's `from_object`."""
        return [(spot, e) for spot in self._settings for e in spot.data["names"].get(name, ())][:MAX_KEPT]

    @cached_property
    def _settings(self) -> list[Spot]:
        """The modules of settings, and the classes in them."""
        return [
            Spot(module, number)
            for module in self.modules
            if not _SETTINGS.isdisjoint(module.name.split("."))
            or any(data["kind"] == "class" and "onfig" in data["name"] for data in module.facts["scopes"])
            for number, data in enumerate(module.facts["scopes"])
            if data["kind"] != "function"
        ]

    def makers(self, spot: Spot, callee: Expression, steps: int = 0) -> Iterator[tuple[Spot, Expression]]:
        """The constructor calls behind the receiver of a method."""
        while callee[0] == "a":
            bound = self.attribute(spot, callee[1], callee[2])
            for where, e in bound:
                yield from self._maker(where, e, steps)
            callee = callee[1]
        if callee[0] == "c":
            yield from self._maker(spot, callee, steps)
        elif callee[0] == "n":
            for where, e in self.bindings(spot, callee[1]):
                yield from self._maker(where, e, steps)

    def _maker(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        if e[0] == "in":
            spot, e = Spot(spot.module, e[1]), e[2]
        if e[0] == "c":
            behind = list(self._behind(spot, e, steps))
            yield from behind or [(spot, e)]
        elif e[0] in ("n", "a") and steps < 4:
            yield from self.makers(spot, ["a", e, "?"] if e[0] == "n" else e, steps + 1)

    def _behind(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        """The constructor calls in a function of the project's own that makes a client."""
        for where, made in self.callee(spot, e[1]) if steps < 4 else ():
            for returned in where.module.facts["scopes"][made[1]]["returns"] if made[0] == "def" else ():
                yield from self._maker(Spot(where.module, made[1]), returned, steps + 1)

    @once
    def dotted(self, spot: Spot, expression: Expression) -> str:
        """Give the callee's name after import resolution. What a call gave back ends with `()`; its methods are those
        of what was called, so that a variable that holds `Client()` leads to `Client.chat`. What cannot be told begins
        with `?`."""
        match expression[0]:
            case "n":
                return self._dotted_name(spot, expression[1])
            case "a":
                base, name = expression[1], expression[2]
                if base[0] == "n" and base[1] in ("self", "cls"):
                    for where, e in self.attribute(spot, base, name):
                        if e[0] in ("c", "n", "a", "in", "|"):
                            known = self.dotted(where, e)
                            if not known.startswith("?"):
                                return known
                    return f"?.{name}"
                known = self.dotted(spot, base)
                if known.startswith("?") and spot.module.language == "javascript":
                    for where, e in self.entry(spot, base, name):
                        inner = self.dotted(where, e) if e[0] in ("c", "n", "a", "in", "|") else "?"
                        if not inner.startswith("?"):
                            return inner
                return f"{known.removesuffix('()')}.{name}"
            case "c":
                for where, e in self.callee(spot, expression[1]):
                    for returned in where.module.facts["scopes"][e[1]]["returns"] if e[0] == "def" else ():
                        known = self.dotted(Spot(where.module, e[1]), returned)
                        if not known.startswith("?"):
                            return known
                made = self.dotted(spot, expression[1])
                if made in ("importlib.import_module", "__import__") and expression[2] and expression[2][0][0] == "s":
                    return str(expression[2][0][1])
                return made.removesuffix("()") + "()"
            case "in":
                return self.dotted(Spot(spot.module, expression[1]), expression[2])
            case "|":
                all_known = (self.dotted(spot, e) for e in expression[1])
                return next((k for k in all_known if not k.startswith("?")), "?")
            case "i":
                return self.dotted(spot, expression[1])
            case "param":
                return f"?.{expression[1]}"
            case _:
                return "?"

    def imported(self, spot: Spot, expression: Expression) -> str:
        """Give the callee's name as it is imported, also where the project itself has that library."""
        if expression[0] == "a":
            base = self.imported(spot, expression[1])
            return f"{base}.{expression[2]}" if base else ""
        target = spot.module.facts["imports"].get(expression[1]) if expression[0] == "n" else None
        return self.import_of(spot.module, target) if target is not None else ""

    def _dotted_name(self, spot: Spot, name: str) -> str:
        bound = self.bindings(spot, name)
        tail = "?"
        for where, e in bound:
            if e[0] in ("c", "n", "a", "in", "|") and e != ["n", name]:
                known = self.dotted(where, e)
                if not known.startswith("?"):
                    return known
                if e[0] in ("a", "in") and len(known) <= MAX_TAIL:
                    tail = known  # `const ai = context.env.AI`: of whatever that is
            elif e[0] == "param":
                typed = next((p[2] for p in where.data["params"] if p[0] == name), "")
                first, dot, rest = typed.partition(".")
                target = where.module.facts["imports"].get(first)
                if target:
                    return f"{self.import_of(where.module, target)}{dot}{rest}()"
            elif e[0] in ("def", "class"):
                return f"{where.module.name}.{name}"
        target = spot.module.facts["imports"].get(name)
        if target is not None and (not bound or bound[0][1][0] in ("module", "?")):
            return self.import_of(spot.module, target)
        if bound:
            return tail
        stars = spot.module.facts["stars"]
        return f"{self.import_of(spot.module, stars[0])}.{name}" if stars else f"?.{name}"


def pick(call: Expression, wanted: Argument) -> Expression | None:
    """Give the first of these arguments that a call passes, `None` only where it passes no other."""
    nothing: Expression | None = None
    for key in wanted:
        given: Expression | None = call[3].get(key) if isinstance(key, str) else None
        if isinstance(key, int) and key < len(call[2]):
            given = call[2][key]
        if given == ["b", None]:
            nothing = given
        elif given is not None:
            return given
    return nothing


def _reading(e: Expression) -> tuple[tuple[str, ...], Expression]:
    """Give the keys by which a setting is read, and of what: model, name and `cfg` of `cfg.model["name"]`."""
    keys: list[str] = []
    while True:
        if e[0] == "a":
            keys.append(e[2])
            e = e[1]
        elif e[0] == "i" and e[2][0] == "s":
            keys.append(e[2][1])
            e = e[1]
        elif e[0] == "c" and e[1][0] == "a" and e[1][2] in GET and e[2] and e[2][0][0] == "s":
            keys.append(e[2][0][1])
            e = e[1][1]
        elif e[0] == "e" and e[2] < 0:
            e = e[1]
        else:
            if keys[-1:] == ["secrets"] and len(keys) > 1:  # Streamlit's are those of a file
                keys.pop()
            return tuple(reversed(keys)), e
