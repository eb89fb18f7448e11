"""What names are bound to across the modules of one project: scopes, imports, attributes, and what is called.

Control flow is not followed: a name can be everything that is ever bound to it in its scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

from freehold.detect.found import Module
from freehold.detect.modules import Modules
from freehold.detect.python_expressions import Expression, expression_of

#: Names may be bound in circles, by accident or in malice.
MAX_DEPTH = 48
MAX_HEIRS = 50
MAX_LINEAGE = 200  # classes from which one is made
FEW = 4
MAX_ANSWER = 400  # expressions that one may be

#: Modules that hand on a name which one question asks.
MAX_HANDED_ON = 60

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="Scopes")


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

    def defs(self, name: str) -> list[int]:
        """Give the functions of this name that the scope has."""
        return [e[1] for e in self.data["names"].get(name, ()) if e[0] == "def"]

    @property
    def is_method(self) -> bool:
        """True for a function of a class."""
        up: int = self.data["up"]
        return up >= 0 and (self.data["kind"], self.module.facts["scopes"][up]["kind"]) == ("function", "class")


Bound: TypeAlias = tuple[Spot, Expression]  # an expression, and the scope in which to read it


#: What is given back where no list is.
_NOTHING = {"dotted": "?", "parameter": None}


def once(
    method: Callable[Concatenate[S, Spot, Expression, P], T],
) -> Callable[Concatenate[S, Spot, Expression, P], T]:
    """Answer every question once, and a question that asks itself with nothing."""

    @wraps(method)
    def ask(self: S, spot: Spot, expression: Expression, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (method.__name__, spot.module.path, spot.scope, id(expression), *args)
        known = self.answers.get(key)
        if known is not None:
            return cast(T, known[0])
        nothing = cast(T, _NOTHING.get(method.__name__, []))
        if self.depth > MAX_DEPTH:
            return nothing
        # The expression is kept with the answer, so that its identity stays its own.
        self.answers[key] = (nothing, expression)
        self.depth += 1
        try:
            answer = method(self, spot, expression, *args, **kwargs)
        finally:
            self.depth -= 1
        if isinstance(answer, list) and len(answer) > FEW:
            answer = cast(T, _distinct(answer))
        self.answers[key] = (answer, expression)
        return answer

    return ask


def _distinct(bound: list[Any]) -> list[Any]:
    """Each once: what is bound to a name on two ways stands there twice, and four times one step further."""
    if not isinstance(bound[0][0], Spot):
        return bound
    each = {(spot.module.path, spot.scope, id(e)): (spot, e) for spot, e in reversed(bound)}
    return list(reversed(each.values()))[:MAX_ANSWER]


class Scopes(Modules):
    """All modules of a project in one language."""

    def __init__(self, modules: tuple[Module, ...]) -> None:
        super().__init__(modules)
        self.answers: dict[tuple[Any, ...], tuple[Any, Expression]] = {}
        self.depth = 0
        self._lent: dict[tuple[str, int, str], list[Bound]] | None = None
        # What tests put on objects is for doubles.
        self.putting = [m for m in modules if m.facts.get("put") and m.facts["scope"] != "test"]
        self.heirs: dict[str, list[Spot]] = {}  # classes by the last part of each base
        for module in modules:
            for base, scopes in module.facts["bases"].items():
                self.heirs.setdefault(base, []).extend(Spot(module, scope) for scope in scopes)

    # What a name is bound to

    def bindings(self, spot: Spot, name: str) -> list[Bound]:
        """Give every expression bound to a name, with the scope in which to read it."""
        scope = spot.scope
        while scope >= 0:
            data = spot.module.facts["scopes"][scope]
            if data["kind"] != "class" or scope == spot.scope:
                here = Spot(spot.module, scope)
                found: list[Bound] = [(here, e) for e in data["names"].get(name, ())]
                if any(p[0] == name for p in data["params"]):
                    found.append((here, ["param", name]))
                if data["up"] < 0 and found:
                    found += self.lent(here, name)
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

    def _imported(self, importer: Module, dotted: str, asked: set[str] | None = None) -> list[Bound]:
        # One set for one question: modules that hand on each other's names are asked once each.
        asked = set() if asked is None else asked
        found = self.find(dotted, importer)
        if found is None or dotted in asked or len(asked) > MAX_HANDED_ON:
            return []
        asked.add(dotted)
        module, rest = found
        if not rest:
            return [(Spot(module, 0), ["module"])]
        here = Spot(module, 0)
        bound = [(here, e) for e in module.facts["scopes"][0]["names"].get(rest[0], ())]
        if not bound and rest[0] in module.facts["imports"] and module is not importer:
            bound = self._imported(module, self.import_of(module, module.facts["imports"][rest[0]]), asked)
        for star in module.facts["stars"] if not bound and module is not importer else ():
            bound = bound or self._imported(module, f"{self.import_of(module, star)}.{rest[0]}", asked)
        for attribute in rest[1:]:
            bound = [b for spot, e in bound for b in self.attribute(spot, e, attribute)]
        return bound

    @once
    def attribute(self, spot: Spot, base: Expression, name: str) -> list[Bound]:
        """Give every expression bound to `base.name`."""
        match base[0]:
            case "module":
                return self.bindings(Spot(spot.module, 0), name)
            case "class":
                return self._member(Spot(spot.module, base[1]), name)
            case "in":
                return self.attribute(Spot(spot.module, base[1]), base[2], name)
            case "n":
                holder = self._self(spot) if base[1] in ("self", "cls") else None
                if holder is not None:
                    return [*self._member(holder, name), *self._inherited(holder, name)]
                bound = self.bindings(spot, base[1])
                if not bound and (target := spot.module.facts["imports"].get(base[1])):
                    return self._imported(spot.module, f"{self.import_of(spot.module, target)}.{name}")
                found = [b for s, e in bound for b in self.attribute(s, e, name)]
                puts = spot.module.facts.get("put", {}).get(name, ()) if not found else ()
                return found or [(Spot(spot.module, scope), e) for on, scope, e in puts if on == base]
            case "a":
                inner = self.attribute(spot, base[1], base[2])
                if not inner and base[2] == "value":  # of a member of an enumeration
                    return self.attribute(spot, base[1], name)
                return [b for s, e in inner for b in self.attribute(s, e, name)]
            case "param":
                default, typed = next((p[1:] for p in spot.data["params"] if p[0] == base[1]), (None, ""))
                asked = _asked(default) if default is not None else None
                outer = Spot(spot.module, max(spot.data["up"], 0))
                return self._typed(spot, typed or base[1], name) or (
                    self.attribute(outer, asked, name) if asked else []
                )
            case "c" if base[1] == ["n", "super"]:
                holder = self._self(spot)
                return self._member(holder, name, above=True) if holder is not None else []
            case "c":
                if (given := self.field(spot, base, name)) is not None:
                    return [(spot, given)]  # `Config(model="…").model`
                made = self.callee(spot, base[1]) or self._filled(spot, base)
                return [b for s, e in made for b in self._of(Spot(s.module, e[1]), name)]
            case "i" if base[1][0] == "c" and base[2][0] == "b" and isinstance(base[2][1], int):
                several = self._filled(spot, base[1])[base[2][1] :][:1]
                return [b for s, e in several for b in self._member(Spot(s.module, e[1]), name)]
            case "|":
                return [b for e in base[1] for b in self.attribute(spot, e, name)]
            case _:
                return []

    def field(self, spot: Spot, call: Expression, name: str) -> Expression | None:
        """What an object of the project's own is made with under a name: `Spec("org/name", 7).repo`."""
        if name in call[3] or not call[2]:
            found: Expression | None = call[3].get(name)
            return found
        for where, e in self.callee(spot, call[1]):
            made = Spot(where.module, e[1])
            for _, init in self._member(made, "__init__") if e[0] == "class" else ():
                if init[0] == "def":
                    return argument(Spot(where.module, init[1]), call, name)
            return argument(made, call, name) if e[0] == "class" else None
        return None

    def _of(self, made: Spot, name: str) -> list[Bound]:
        """What an object of a class has under a name, or what a function gives back."""
        if made.data["kind"] == "class":
            return self._member(made, name)
        found = [b for returned in made.data["returns"] for b in self.attribute(made, returned, name)]
        if found or name in made.module.facts["flags"]:  # a command line fills it, whatever the annotation says
            return found
        return self._typed(made, made.data.get("gives", ""), name)

    def _filled(self, spot: Spot, call: Expression) -> list[Bound]:
        """The classes of the project that a library fills for it: `tyro.cli(Args)`, `Args.from_file(…)`,
        `HfArgumentParser((Args, More)).parse_args_into_dataclasses()`."""
        callee = call[1]
        given = [one for arg in (*call[2], *call[3].values()) for one in (arg[1] if arg[0] == "l" else (arg,))]
        if callee[0] == "a":
            given.append(callee[1])
            made = [(spot, callee[1]), *(self.bindings(spot, callee[1][1]) if callee[1][0] == "n" else ())]
            for _, e in made:
                for arg in e[2] if e[0] == "c" else ():
                    given += arg[1] if arg[0] == "l" else (arg,)
        found = [b for one in given if one[0] in ("n", "a") for b in self.callee(spot, one)]
        return [(where, e) for where, e in found if e[0] == "class"]

    def _typed(self, spot: Spot, typed: str, name: str) -> list[Bound]:
        # A parameter without a type is of the class that is called like it: `model_config` is a `ModelConfig`.
        likely = (typed, "".join(part.capitalize() for part in typed.split("_")), typed.upper())
        found = [b for one in dict.fromkeys(likely) for b in self.callee(Spot(spot.module, 0), expression_of(one))]
        return [b for s, e in found if e[0] == "class" for b in self._member(Spot(s.module, e[1]), name)]

    def _self(self, spot: Spot) -> Spot | None:
        scope = spot.scope
        while scope >= 0 and spot.module.facts["scopes"][scope]["kind"] != "class":
            scope = spot.module.facts["scopes"][scope]["up"]
        return Spot(spot.module, scope) if scope >= 0 else None

    def _member(self, holder: Spot, name: str, *, above: bool = False) -> list[Bound]:
        """What a class binds, else what those from which it is made bind (these alone if `above`), else what is handed
        to them."""
        lineage: list[Spot] = []
        for one in self._lineage(holder):
            lineage.append(one)
            own = one.data["names"].get(name) if len(lineage) > above else None
            if own is not None:
                return [*((one, e) for e in own), *self.lent(one, name), (one, ["field", name])]
        for one in reversed(lineage):
            given = self.inits(one.module, one.defs("__init__")) if one.data["bases"] else []
            if handed := [(Spot(one.module, scope), e[3][name]) for scope, e in given if name in e[3]]:
                return handed
        return []

    def _lineage(self, holder: Spot) -> Iterator[Spot]:
        """A class and those from which it is made, each once: they may be made from each other."""
        waiting = [holder]
        seen: set[tuple[str, int]] = set()
        while waiting and len(seen) < MAX_LINEAGE:
            one = waiting.pop()
            if (one.module.path, one.scope) not in seen:
                seen.add((one.module.path, one.scope))
                yield one
                outer = Spot(one.module, max(one.data["up"], 0))
                made = [b for base in one.data["bases"] for b in self.callee(outer, expression_of(base))]
                waiting += [Spot(spot.module, e[1]) for spot, e in reversed(made) if e[0] == "class"]

    def _inherited(self, holder: Spot, name: str) -> list[Bound]:
        """What the classes made from this one bind, for a name that it only declares."""
        return [(heir, e) for heir in self.made_from(holder) for e in heir.data["names"].get(name, ())]

    def made_from(self, holder: Spot) -> Iterator[Spot]:
        """The classes made from this one."""
        for heir in self.heirs.get(holder.data["name"], ())[:MAX_HEIRS]:
            above = Spot(heir.module, max(heir.data["up"], 0))
            made = [b for base in heir.data["bases"] for b in self.callee(above, expression_of(base))]
            if any((spot.module, e[1]) == (holder.module, holder.scope) for spot, e in made):
                yield heir

    def lent(self, holder: Spot, name: str) -> list[Bound]:
        """What others bind in a module or a class, or in an object of it: `runner.MODEL = "…"`."""
        if self._lent is None:
            self._lent = {}  # while it is made, nothing is known
            self._lent = self._all_lent()
        return self._lent.get((holder.module.path, holder.scope, name), [])

    def _all_lent(self) -> dict[tuple[str, int, str], list[Bound]]:
        found: dict[tuple[str, int, str], list[Bound]] = {}
        for module in self.putting:
            for name, puts in module.facts["put"].items():
                for on, scope, e in puts:
                    spot = Spot(module, scope)
                    for where, one in self.bindings(spot, on[1]) if on[0] == "n" else ():
                        made = self.callee(where, one[1]) if one[0] == "c" else [(where, one)]
                        for there, kind in made:
                            if kind[0] in ("module", "class"):
                                key = (there.module.path, 0 if kind[0] == "module" else kind[1], name)
                                found.setdefault(key, []).append((spot, e))
        return found

    def rest(self, spot: Spot, e: Expression) -> Spot | None:
        """The function around whose `**` parameter this is."""
        scope = spot.scope
        while scope >= 0 and e[0] == "n":
            here = Spot(spot.module, scope)
            if here.data.get("rest") == e[1]:
                return here
            scope = here.data["up"]
        return None

    # What is called

    @once
    def callee(self, spot: Spot, expression: Expression) -> list[Bound]:
        """Give the functions and classes of the project that an expression is."""
        match expression[0]:
            case "n" if expression[1] == "cls" and (holder := self._self(spot)) is not None:
                return [(holder, ["class", holder.scope])]
            case "n":
                bound = self.bindings(spot, expression[1])
            case "a":
                bound = self.attribute(spot, expression[1], expression[2]) or self.entry(spot, *expression[1:])
            case _:
                return []
        found: list[Bound] = []
        for where, e in bound:
            if e[0] in ("def", "class"):
                found.append((where, e))
            elif e[0] in ("n", "a"):
                found += self.callee(where, e)
        return found

    @once
    def entry(self, spot: Spot, table: Expression, key: str) -> list[Bound]:
        """Give what stands under a key of a table in code: `providers.openai("…")`, `clients.openai.chat`."""
        match table[0]:
            case "d":
                return [(spot, value) for told, value in table[1] if told[:2] == ["s", key]]
            case "in":
                return self.entry(Spot(spot.module, table[1]), table[2], key)
            case "|":
                return [b for one in table[1] for b in self.entry(spot, one, key)]
            case "n":
                held = self.bindings(spot, table[1])
            case "a":
                held = self.attribute(spot, table[1], table[2]) or self.entry(spot, table[1], table[2])
            case "c":
                made = [(where, e[1]) for where, e in self.callee(spot, table[1]) if e[0] == "def"]
                inner = [Spot(where.module, scope) for where, scope in made]
                held = [(function, returned) for function in inner for returned in function.data["returns"]]
            case _:
                return []
        return [b for where, e in held for b in self.entry(where, e, key)]

    @once
    def parameter(self, spot: Spot, e: Expression) -> tuple[Spot, str] | None:
        """Give the function that is given an object, or a member of one, and what it is called there: `slot.config`."""
        if e[0] == "param":
            return spot, e[1]
        if e[0] == "in":
            return self.parameter(Spot(spot.module, e[1]), e[2])
        if e[0] not in ("n", "a"):
            return None
        bound = self.bindings(spot, e[1]) if e[0] == "n" else self.attribute(spot, e[1], e[2])
        for where, one in bound:
            if one[0] in ("param", "in", "n", "a") and (found := self.parameter(where, one)) is not None:
                return found
        outer = self.parameter(spot, e[1]) if e[0] == "a" and not bound else None
        return (outer[0], f"{outer[1]}.{e[2]}") if outer is not None else None


def _asked(default: Expression) -> Expression | None:
    """The call that FastAPI makes for a parameter: `settings=Depends(get_settings)`."""
    depends = default[0] == "c" and default[1][-1] == "Depends" and default[2]
    return ["c", default[2][0], [], {}, *default[4:7]] if depends else None


def argument(function: Spot, call: Expression, name: str) -> Expression | None:
    """Give what a call passes for a parameter of a function, for a member of one (`slot.model`), or for a field of a
    class, or None."""
    first, *members = name.split(".") if "." in name else (name,)
    if members:
        return _member_of(argument(function, call, first), members)
    given: Expression | None = call[3].get(name)
    if given is not None or not call[2]:
        return given
    params = function.data["params"] or [[field] for field in function.data.get("fields", ())]
    position = next((number for number, param in enumerate(params) if param[0] == name), -1)
    if params and (params[0][0] == "self" or (params[0][0] == "cls" and function.is_method)):
        position -= 1
    return call[2][position] if 0 <= position < len(call[2]) else None


def _member_of(given: Expression | None, members: list[str]) -> Expression | None:
    """What an object that a call passes has under these names."""
    for member in members:
        if given is not None and given[0] == "d":
            given = next((value for key, value in given[1] if key[:2] == ["s", member]), None)
        elif given is not None:
            given = ["a", given, member]
    return given
