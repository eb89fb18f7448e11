"""What a Python expression can be, across the modules of one project: names, constants, defaults, tables, wrappers.

Control flow is not followed: a name can be everything that is ever bound to it in its scope. What cannot be known is a
`Hole` that says why, never a silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from freehold.detect.found import Module
from freehold.detect.python_read import Expression
from freehold.types import Location

MAX_VALUES = 200
MAX_JOINED = 24
MAX_STEPS = 40

#: Methods and functions that give back what they are given, for our purpose.
_SAME = frozenset(
    {"strip", "rstrip", "lstrip", "lower", "str", "copy", "cast", "expanduser", "expandvars", "get_secret_value"}
)
_GET = frozenset({"get", "getenv", "pop", "setdefault", "config", "env", "get_env", "get_config", "env_str"})
_ENVIRON = frozenset({"os.environ", "environ", "os.getenv", "getenv", "os.environ.get", "environ.get"})


@dataclass(frozen=True, slots=True)
class Value:
    """A text that an expression can be, and where it is written."""

    text: str
    at: Location
    how: str


@dataclass(frozen=True, slots=True)
class Hole:
    """Something an expression can be that is not written anywhere we can see. `keys`: the settings it is read from."""

    reason: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What callers give: a parameter of a function, or a field of a class, of the project's own."""

    module: str
    scope: int
    name: str


Outcome: TypeAlias = Value | Hole | Given


@dataclass(frozen=True, slots=True)
class Spot:
    """A scope of a module: where an expression is to be read."""

    module: Module
    scope: int

    @property
    def data(self) -> dict[str, Any]:
        """The scope's facts."""
        found: dict[str, Any] = self.module.facts["scopes"][self.scope]
        return found


@dataclass(frozen=True)
class Project:
    """All Python modules of a project."""

    modules: tuple[Module, ...]

    @cached_property
    def _by_suffix(self) -> dict[str, list[Module]]:
        found: dict[str, list[Module]] = {}
        for module in self.modules:
            parts = module.name.split(".")
            for i in range(len(parts)):
                found.setdefault(".".join(parts[i:]), []).append(module)
        return found

    @cached_property
    def _by_path(self) -> dict[str, Module]:
        return {module.path: module for module in self.modules}

    def spot(self, given: Given) -> Spot:
        """Give the scope of a parameter or a field."""
        return Spot(self._by_path[given.module], given.scope)

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
        parts = dotted.split(".")
        for i in range(len(parts), 0, -1):
            found = self._by_suffix.get(".".join(parts[:i]))
            if found:
                near = max(found, key=lambda m: (_common(m.path, importer.path), -len(m.path), m.path))
                if near.path != importer.path or i > 1:
                    return near, tuple(parts[i:])
        return None

    # What a name is bound to

    def bindings(self, spot: Spot, name: str) -> list[tuple[Spot, Expression]]:
        """Give every expression bound to a name, with the scope in which to read it."""
        scope = spot.scope
        while scope >= 0:
            data = spot.module.facts["scopes"][scope]
            if data["kind"] != "class" or scope == spot.scope:
                here = Spot(spot.module, scope)
                found: list[tuple[Spot, Expression]] = [(here, e) for e in data["names"].get(name, ())]
                if any(p[0] == name for p in data["params"]):
                    found.append((here, ["param", name]))
                if found:
                    return found
            scope = data["up"]
        target = spot.module.facts["imports"].get(name)
        if target is not None:
            return self._imported(spot.module, self.import_of(spot.module, target))
        for star in spot.module.facts["stars"]:
            found = self._imported(spot.module, f"{self.import_of(spot.module, star)}.{name}")
            if found:
                return found
        return []

    def _imported(self, importer: Module, dotted: str, steps: int = 0) -> list[tuple[Spot, Expression]]:
        found = self.find(dotted, importer)
        if found is None or steps > 8:
            return []
        module, rest = found
        if not rest:
            return [(Spot(module, 0), ["module"])]
        here = Spot(module, 0)
        bound = [(here, e) for e in module.facts["scopes"][0]["names"].get(rest[0], ())]
        if not bound and rest[0] in module.facts["imports"] and module is not importer:
            bound = self._imported(module, self.import_of(module, module.facts["imports"][rest[0]]), steps + 1)
        for attribute in rest[1:]:
            bound = [b for spot, e in bound for b in self.attribute(spot, e, attribute)]
        return bound

    def attribute(self, spot: Spot, base: Expression, name: str, steps: int = 0) -> list[tuple[Spot, Expression]]:
        """Give every expression bound to `base.name`."""
        if steps > 12:
            return []
        match base[0]:
            case "module":
                return self.bindings(Spot(spot.module, 0), name)
            case "class":
                return self._member(Spot(spot.module, base[1]), name, steps)
            case "in":
                return self.attribute(Spot(spot.module, base[1]), base[2], name, steps + 1)
            case "n":
                holder = self._self(spot) if base[1] in ("self", "cls") else None
                if holder is not None:
                    return self._member(holder, name, steps)
                bound = self.bindings(spot, base[1])
                if not bound and (target := spot.module.facts["imports"].get(base[1])):
                    return self._imported(spot.module, f"{self.import_of(spot.module, target)}.{name}")
                return [b for s, e in bound for b in self.attribute(s, e, name, steps + 1)]
            case "a":
                inner = self.attribute(spot, base[1], base[2], steps + 1)
                return [b for s, e in inner for b in self.attribute(s, e, name, steps + 1)]
            case "param":
                typed = next((p[2] for p in spot.data["params"] if p[0] == base[1]), "")
                return self._typed(spot, typed, name, steps)
            case "c":
                made = self.callee(spot, base[1])
                return [b for s, e in made if e[0] == "class" for b in self._member(Spot(s.module, e[1]), name, steps)]
            case "|":
                return [b for e in base[1] for b in self.attribute(spot, e, name, steps + 1)]
            case _:
                return []

    def _typed(self, spot: Spot, typed: str, name: str, steps: int) -> list[tuple[Spot, Expression]]:
        first, *rest = typed.split(".")
        if not first:
            return []
        expression: Expression = ["n", first]
        for part in rest:
            expression = ["a", expression, part]
        found = self.callee(Spot(spot.module, 0), expression)
        return [b for s, e in found if e[0] == "class" for b in self._member(Spot(s.module, e[1]), name, steps)]

    def _self(self, spot: Spot) -> Spot | None:
        scope = spot.scope
        while scope >= 0 and spot.module.facts["scopes"][scope]["kind"] != "class":
            scope = spot.module.facts["scopes"][scope]["up"]
        return Spot(spot.module, scope) if scope >= 0 else None

    def _member(self, holder: Spot, name: str, steps: int) -> list[tuple[Spot, Expression]]:
        data = holder.data
        found: list[tuple[Spot, Expression]] = [(holder, e) for e in data["names"].get(name, ())]
        if found:
            return [*found, (holder, ["field", name])]
        if steps > 12:
            return []
        for base in data["bases"]:
            first, *rest = base.split(".")
            expression: Expression = ["n", first]
            for part in rest:
                expression = ["a", expression, part]
            above = Spot(holder.module, max(data["up"], 0))
            for spot, e in self.callee(above, expression):
                if e[0] == "class" and (spot.module, e[1]) != (holder.module, holder.scope):
                    found = self._member(Spot(spot.module, e[1]), name, steps + 1)
                    if found:
                        return found
        return []

    # What is called

    def callee(self, spot: Spot, expression: Expression, steps: int = 0) -> list[tuple[Spot, Expression]]:
        """Give the functions and classes of the project that an expression is."""
        match expression[0]:
            case "n":
                bound = self.bindings(spot, expression[1])
            case "a":
                bound = self.attribute(spot, expression[1], expression[2])
            case _:
                return []
        found: list[tuple[Spot, Expression]] = []
        for where, e in bound:
            if e[0] in ("def", "class"):
                found.append((where, e))
            elif e[0] in ("n", "a") and steps < 6 and (where, e) != (spot, expression):
                found += self.callee(where, e, steps + 1)
        return found

    def dotted(self, spot: Spot, expression: Expression, steps: int = 0) -> str:
        """Give the callee's name after import resolution: a variable that holds `Client()` is `Client`. What cannot be
        told begins with `?`."""
        if steps > 16:
            return "?"
        match expression[0]:
            case "n":
                return self._dotted_name(spot, expression[1], steps)
            case "a":
                base, name = expression[1], expression[2]
                if base[0] == "n" and base[1] in ("self", "cls"):
                    for where, e in self.attribute(spot, base, name):
                        if e[0] in ("c", "n", "a", "in", "|"):
                            known = self.dotted(where, e, steps + 1)
                            if not known.startswith("?"):
                                return known
                    return f"?.{name}"
                return f"{self.dotted(spot, base, steps + 1)}.{name}"
            case "c":
                return self.dotted(spot, expression[1], steps + 1)
            case "in":
                return self.dotted(Spot(spot.module, expression[1]), expression[2], steps + 1)
            case "|":
                all_known = (self.dotted(spot, e, steps + 1) for e in expression[1])
                return next((k for k in all_known if not k.startswith("?")), "?")
            case "i":
                return self.dotted(spot, expression[1], steps + 1)
            case _:
                return "?"

    def _dotted_name(self, spot: Spot, name: str, steps: int) -> str:
        bound = self.bindings(spot, name)
        for where, e in bound:
            if e[0] in ("c", "n", "a", "in", "|") and e != ["n", name]:
                known = self.dotted(where, e, steps + 1)
                if not known.startswith("?"):
                    return known
            elif e[0] == "param":
                typed = next((p[2] for p in where.data["params"] if p[0] == name), "")
                first, dot, rest = typed.partition(".")
                target = where.module.facts["imports"].get(first)
                if target:
                    return f"{self.import_of(where.module, target)}{dot}{rest}"
            elif e[0] in ("def", "class"):
                return f"{where.module.name}.{name}"
        target = spot.module.facts["imports"].get(name)
        if target is not None and (not bound or bound[0][1][0] in ("module", "?")):
            return self.import_of(spot.module, target)
        if bound:
            return "?"
        stars = spot.module.facts["stars"]
        return f"{self.import_of(spot.module, stars[0])}.{name}" if stars else f"?.{name}"

    # What an expression can be

    def outcomes(self, spot: Spot, expression: Expression, how: str = "call") -> list[Outcome]:
        """Give everything an expression can be, each once, in the order in which it is met."""
        seen: dict[Outcome, None] = {}
        for outcome in self._outcomes(spot, expression, how, 0, frozenset()):
            seen.setdefault(outcome)
            if len(seen) >= MAX_VALUES:
                break
        return list(seen)

    def _outcomes(
        self, spot: Spot, e: Expression, how: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        if steps > MAX_STEPS:
            yield Hole("too many steps")
            return
        deep = steps + 1
        match e[0]:
            case "s":
                yield Value(e[1], Location(path=spot.module.path, line=e[2], column=e[3], cell=e[4]), how)
            case "b":
                if e[1] is not None and not isinstance(e[1], bool):
                    yield Hole("a number")
            case "n" | "a":
                yield from self._named(spot, e, how, deep, seen)
            case "|":
                for one in e[1]:
                    yield from self._outcomes(spot, one, how, deep, seen)
            case "f":
                yield from self._joined(spot, e, deep, seen)
            case "i":
                yield from self._indexed(spot, e, how, deep, seen)
            case "e":
                yield from self._elements(spot, e, deep, seen)
            case "c":
                yield from self._called(spot, e, how, deep, seen)
            case "in":
                yield from self._outcomes(Spot(spot.module, e[1]), e[2], how, deep, seen)
            case "param" | "field":
                yield Given(spot.module.path, spot.scope, e[1])
                default = next((p[1] for p in spot.data["params"] if p[0] == e[1]), None)
                if default is not None:
                    outer = Spot(spot.module, max(spot.data["up"], 0))
                    yield from self._outcomes(outer, default, "default", deep, seen)
            case "l" | "d":
                yield from self._elements(spot, ["e", e, -1], deep, seen)
            case _:
                yield Hole("computed at run time")

    def _named(
        self, spot: Spot, e: Expression, how: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        key = (spot.module.path, spot.scope, repr(e)[:200])
        if key in seen:
            return
        seen |= {key}
        bound = self.bindings(spot, e[1]) if e[0] == "n" else self.attribute(spot, e[1], e[2])
        if not bound and e[0] == "a" and e[2] in ("value", "name"):
            yield from self._outcomes(spot, e[1], how, steps, seen)
            return
        flags = spot.module.facts["flags"].get(e[2], ()) if e[0] == "a" and not bound else ()
        for flag in flags:
            yield from self._outcomes(Spot(spot.module, 0), flag, "argparse", steps, seen)
        told = "constant" if how == "call" else how
        for where, one in bound:
            kind = "field" if where.data["kind"] == "class" else told
            yield from self._outcomes(where, one, kind, steps, seen)
        if not bound and not flags:
            keys = self._keys(spot, e)
            yield Hole(f"given by `{'.'.join(keys)}` at run time" if keys else "not bound in this project", keys)

    def _keys(self, spot: Spot, e: Expression) -> tuple[str, ...]:
        """`cfg.model["name"]` reads the settings model, name of something that nobody here defines."""
        keys: list[str] = []
        while True:
            if e[0] == "a":
                keys.append(e[2])
                e = e[1]
            elif e[0] == "i" and e[2][0] == "s":
                keys.append(e[2][1])
                e = e[1]
            elif e[0] == "c" and e[1][0] == "a" and e[1][2] in _GET and e[2] and e[2][0][0] == "s":
                keys.append(e[2][0][1])
                e = e[1][1]
            else:
                break
        if e[0] == "n" and e[1] not in ("self", "cls") and not keys:
            keys.append(e[1])
        return tuple(reversed(keys))

    def _joined(
        self, spot: Spot, e: Expression, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        texts = [""]
        for part in e[1]:
            found = list(self._outcomes(spot, part, "composed", steps, seen))
            known = list(dict.fromkeys(o.text for o in found if isinstance(o, Value)))
            if not known:
                yield next((o for o in found if isinstance(o, Hole)), Hole("composed at run time"))
                return
            texts = [before + after for before in texts for after in known][:MAX_JOINED]
        at = Location(path=spot.module.path, line=e[2], column=e[3], cell=e[4])
        for text in texts:
            yield Value(text, at, "composed")

    def _indexed(
        self, spot: Spot, e: Expression, how: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        base, key = e[1], e[2]
        if self.dotted(spot, base) in _ENVIRON:
            name = key[1] if key[0] == "s" else "a name"
            yield Hole(f"given by the environment ({name})", (name,))
            return
        wanted = {o.text for o in self._outcomes(spot, key, how, steps, seen) if isinstance(o, Value)}
        number = key[1] if key[0] == "b" else None
        tables = list(self._tables(spot, base, steps))
        for where, table in tables:
            if table[0] == "d":
                exact = [v for k, v in table[1] if k[0] == "s" and k[1] in wanted]
                for value in exact or ([v for _, v in table[1]] if not wanted else []):
                    yield from self._outcomes(where, value, "table", steps, seen)
            elif table[0] == "l":
                items = table[1]
                if isinstance(number, int) and not isinstance(number, bool) and -len(items) <= number < len(items):
                    items = [items[number]]
                for value in items:
                    yield from self._outcomes(where, value, "table", steps, seen)
        if not tables:
            keys = self._keys(spot, e)
            yield Hole(f"given by `{'.'.join(keys)}` at run time" if keys else "looked up at run time", keys)

    def _tables(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        if steps > MAX_STEPS:
            return
        match e[0]:
            case "d" | "l":
                yield spot, e
            case "n" | "a":
                bound = self.bindings(spot, e[1]) if e[0] == "n" else self.attribute(spot, e[1], e[2])
                for where, one in bound:
                    if one != e:
                        yield from self._tables(where, one, steps + 4)
            case "in":
                yield from self._tables(Spot(spot.module, e[1]), e[2], steps + 1)
            case "|":
                for one in e[1]:
                    yield from self._tables(spot, one, steps + 4)
            case "e":
                for where, table in self._tables(spot, e[1], steps + 4):
                    for value in [v for _, v in table[1]] if table[0] == "d" else table[1]:
                        yield from self._tables(where, value, steps + 4)
            case "i":
                key = e[2][1] if e[2][0] == "s" else None
                for where, table in self._tables(spot, e[1], steps + 4):
                    if table[0] == "d":
                        for k, v in table[1]:
                            if key is None or (k[0] == "s" and k[1] == key):
                                yield from self._tables(where, v, steps + 4)
            case "c" if e[1][0] == "a" and e[1][2] in ("items", "values", "keys", "copy"):
                yield from self._tables(spot, e[1][1], steps + 1)
            case "c" if (
                e[1] in (["n", "list"], ["n", "sorted"], ["n", "tuple"], ["n", "set"], ["n", "enumerate"]) and e[2]
            ):
                yield from self._tables(spot, e[2][0], steps + 1)
            case "c" if e[1] == ["n", "dict"]:
                yield spot, ["d", [[["s", k, 1, 1, None], v] for k, v in e[3].items()]]

    def _elements(
        self, spot: Spot, e: Expression, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        """What a loop gives: `position` is that of the target in a tuple of targets, or -1."""
        iterable, position = e[1], e[2]
        values = iterable[0] == "c" and iterable[1][0] == "a" and iterable[1][2] in ("items", "values")
        items = values and iterable[1][2] == "items"
        counted = iterable[0] == "c" and iterable[1] == ["n", "enumerate"]
        found = False
        for where, table in self._tables(spot, iterable, steps):
            found = True
            for one in table[1]:
                if table[0] == "d":
                    choice = one[1] if (items and position == 1) or (values and not items) else one[0]
                elif one[0] == "l" and position >= 0 and not counted:
                    choice = one[1][position] if position < len(one[1]) else ["?"]
                elif counted and position == 0:
                    continue
                else:
                    choice = one
                if choice[0] == "l" or choice[0] == "d":
                    continue
                yield from self._outcomes(where, choice, "table", steps, seen)
        if not found:
            yield Hole("taken from a list made at run time")

    def _called(
        self, spot: Spot, e: Expression, how: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        callee, args, keywords = e[1], e[2], e[3]
        tail = callee[2] if callee[0] == "a" else callee[1] if callee[0] == "n" else ""
        dotted = self.dotted(spot, callee)
        if dotted in ("os.path.join", "pathlib.Path", "os.path.abspath") or tail in ("joinpath", "Path"):
            inner = args[0] if len(args) == 1 else None
            if inner is not None:
                yield from self._outcomes(spot, inner, how, steps, seen)
            else:
                yield Hole("a path")
            return
        if tail in _SAME:
            method = callee[0] == "a" and tail != "cast"
            yield from self._outcomes(spot, callee[1] if method else args[-1] if args else ["?"], how, steps, seen)
            return
        if tail in _GET and (args or keywords):
            yield from self._got(spot, e, dotted, steps, seen)
            return
        if tail == "getattr" and len(args) > 1:
            if args[1][0] == "s":
                yield from self._outcomes(spot, ["a", args[0], args[1][1]], how, steps, seen)
            if len(args) > 2:
                yield from self._outcomes(spot, args[2], "default", steps, seen)
            return
        if tail in ("next", "iter", "choice", "selectbox", "radio", "multiselect") and args:
            for one in args:
                for where, table in self._tables(spot, one, steps):
                    yield from self._elements(where, ["e", table, -1], steps, seen)
            return
        if tail == "format" and callee[0] == "a" and callee[1][0] == "s":
            yield from self._formatted(spot, e, steps, seen)
            return
        made = self.callee(spot, callee)
        found = False
        for where, one in made:
            if one[0] == "def":
                inner_spot = Spot(where.module, one[1])
                for returned in inner_spot.data["returns"]:
                    found = True
                    for outcome in self._outcomes(inner_spot, returned, "constant", steps, seen):
                        # What the caller gave is known here and nowhere else.
                        if isinstance(outcome, Given) and outcome.scope == one[1]:
                            yield from self._argument(spot, inner_spot, e, outcome.name, steps, seen)
                        else:
                            yield outcome
        if not found:
            yield Hole(f"what `{tail or 'a call'}` gives back at run time")

    def _argument(
        self, spot: Spot, function: Spot, e: Expression, name: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        given = argument(function, e, name)
        if given is not None:
            yield from self._outcomes(spot, given, "call", steps, seen)

    def _formatted(
        self, spot: Spot, e: Expression, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        text, *at = e[1][1][1:]
        parts: list[Expression] = []
        names = dict(e[3])
        queue = list(e[2])
        rest = text
        while "{" in rest and len(parts) < MAX_JOINED:
            before, _, rest = rest.partition("{")
            name, closed, rest = rest.partition("}")
            inner = names.get(name) or (queue.pop(0) if queue and not name else None)
            if not closed or inner is None:
                yield Hole("composed at run time")
                return
            parts += [["s", before, *at], inner]
        yield from self._joined(spot, ["f", [*parts, ["s", rest, *at]], *at], steps, seen)

    def _got(
        self, spot: Spot, e: Expression, dotted: str, steps: int, seen: frozenset[tuple[str, int, str]]
    ) -> Iterator[Outcome]:
        callee, args, keywords = e[1], e[2], e[3]
        environment = dotted in _ENVIRON
        default = keywords.get("default", args[1] if len(args) > 1 else None)
        found = False
        if not environment and callee[0] == "a" and args:
            tables = list(self._tables(spot, callee[1], steps))
            if tables:
                found = True
                yield from self._indexed(spot, ["i", callee[1], args[0]], "table", steps, seen)
        if default is not None:
            yield from self._outcomes(spot, default, "env" if environment else "default", steps, seen)
        if not found:
            keys = (args[0][1],) if environment and args and args[0][0] == "s" else self._keys(spot, e)
            words = "the environment" if environment else "settings"
            yield Hole(f"given by {words} ({'.'.join(keys) or 'a name'}) at run time", keys)


def argument(function: Spot, call: Expression, name: str, method: bool | None = None) -> Expression | None:
    """Give what a call passes for a parameter of a function, or None."""
    given: Expression | None = call[3].get(name)
    if given is not None:
        return given
    params = [p[0] for p in function.data["params"]]
    if name not in params:
        return None
    position = params.index(name)
    if params and params[0] in ("self", "cls"):
        position -= 1
    return call[2][position] if 0 <= position < len(call[2]) else None


def _common(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count
