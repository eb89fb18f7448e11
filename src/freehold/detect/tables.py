"""The displays of dictionaries and lists that an expression can be, across the modules of one project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from freehold.detect.project import Project
from freehold.detect.python_expressions import GET, SLICE, SPREAD, Expression, callee_tail
from freehold.detect.scopes import Bound, Spot

#: Tables by where they are named, and what is in them for now.
Chosen: TypeAlias = list[tuple[Spot, Expression, Bound]]

MAX_DEPTH = 40
MAX_PARTS = 100  # of a text that is put together
_CUTS = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})
#: What gives the elements of what it is given: Python's own, and what others call so.
_OWN = frozenset({"list", "sorted", "tuple", "set", "frozenset", "enumerate", "reversed", "iter"})
_PASSES = frozenset(
    {"tqdm", "track", "progress_bar", "islice", "cycle", "chain", "sample", "shuffle", "array", "asarray", "deepcopy"}
)
#: What makes a table of what it is given: Python's own, OmegaConf, ml_collections, yacs, Box, EasyDict, Munch …
_TABLES = frozenset(
    {"dict", "deepcopy", "OrderedDict", "MappingProxyType", "SimpleNamespace", "Namespace", "create", "DictConfig"}
    | {"ConfigDict", "FrozenConfigDict", "CfgNode", "CN", "Box", "AttrDict", "EasyDict", "edict", "Munch", "munchify"}
    | {"DotMap", "DotDict", "dotdict", "addict"}
)


class Tables:
    """What can be looked up in, and looped over."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.left = 0  # steps until this question is given up
        self.chosen: Chosen = []

    def tables(self, spot: Spot, e: Expression, steps: int = 0) -> Iterator[tuple[Spot, Expression]]:
        """Give the dictionary and list displays that an expression can be."""
        self.left -= 1
        if steps > MAX_DEPTH or self.left < 0:
            return
        for named, held, entry in self.chosen:
            if held == e and named == spot:
                yield entry
                return
        match e[0]:
            case "d" if any(k == SPREAD for k, _ in e[1]):
                yield spot, ["d", [[k, v] for k, v in e[1] if k != SPREAD]]
                for k, v in e[1]:
                    if k == SPREAD:
                        yield from self.tables(spot, v, steps + 4)
            case "d" | "l":
                yield spot, e
            case "n" | "a":
                bound = self.project.bound(spot, e)
                for where, one in bound:
                    if one != e:
                        yield from self.tables(where, one, steps + 4)
                for flag in spot.module.facts["flags"].get(e[2], ()) if e[0] == "a" and not bound else ():
                    yield from self.tables(Spot(spot.module, 0), flag, steps + 4)
                if not bound and e[0] == "a":
                    for where, one in self.project.kept(spot, e[1], e[2]):  # `settings.SEARCH` of Django
                        yield from self.tables(where, one, steps + 4)
                    for where, table in self.tables(spot, e[1], steps + 4):
                        for holder, one in members_of(where, table, e[2]):
                            yield from self.tables(holder, one, steps + 4)
            case "in":
                yield from self.tables(Spot(spot.module, e[1]), e[2], steps + 1)
            case "class":  # the members of an enumeration
                data = spot.module.facts["scopes"][e[1]]
                if any(base.endswith("Enum") for base in data["bases"]):
                    members = [one for bound in data["names"].values() for one in bound if one[0] not in ("def", "in")]
                    yield Spot(spot.module, e[1]), ["l", members]
            case "param":
                default = next((p[1] for p in spot.data["params"] if p[0] == e[1]), None)
                if default is not None:
                    yield from self.tables(Spot(spot.module, max(spot.data["up"], 0)), default, steps + 4)
            case "|" | "f":  # lists are joined too
                for one in e[1]:
                    yield from self.tables(spot, one, steps + 4)
            case "i" if e[2] == SLICE:
                yield from self.tables(spot, e[1], steps + 1)
            case "e":
                over, at = unwrapped(e[1]), e[2]
                if over[0] == "c" and over[1][-1] in ("zip", "enumerate"):
                    over, at = (over[2][at] if over[1][-1] == "zip" and 0 <= at < len(over[2]) else over[2][0]), -1
                for where, table in self.tables(spot, over, steps + 4):
                    for value in [v for _, v in table[1]] if table[0] == "d" else table[1]:
                        if table[0] == value[0] == "l" and 0 <= at < len(value[1]):
                            value = value[1][at]
                        yield from self.tables(where, value, steps + 4)
            case "i":
                key = e[2][1] if e[2][0] == "s" else None
                for where, table in self.tables(spot, e[1], steps + 4):
                    if table[0] == "d":
                        for k, v in table[1]:
                            if key is None or k[0] not in ("s", "b") or k[1] == key:
                                yield from self.tables(where, v, steps + 4)
                    else:
                        number = number_of(e[2]) if len(table[1]) > 1 else None  # a comprehension has one for all
                        for v in table[1] if number is None else table[1][number : number + 1 or None]:
                            yield from self.tables(where, v, steps + 4)
            case "c" if e[1][0] == "a" and e[1][2] in GET and e[2]:
                yield from self.tables(spot, ["i", e[1][1], e[2][0]], steps)
                for one in e[2][1:2]:
                    yield from self.tables(spot, one, steps + 4)
            case "c" if e[1][0] == "a" and e[1][2] in ("items", "values", "keys", "copy"):
                yield from self.tables(spot, e[1][1], steps + 1)
            case "c" if e[2] and passes(e):
                for one in e[2] if e[1][-1] == "chain" else e[2][:1]:
                    yield from self.tables(spot, one, steps + 1)
            case "c" if e[1] == ["n", "filter"] and e[2]:
                yield from self.tables(spot, e[2][-1], steps + 1)
            case "c" if e[1][0] == "a" and e[1][2] in ("dumps", "encode", "stringify"):  # `json.dumps(body).encode()`
                for one in e[2][:1] if e[1][2] != "encode" else (e[1][1],):
                    yield from self.tables(spot, one, steps + 1)
                if e[1][2] == "stringify" and e[3]:  # of an object that stands there itself
                    yield spot, ["d", [[["s", k, 1, 1, None], v] for k, v in e[3].items()]]
            case "c":
                made = self.project.callee(spot, e[1])
                for where, one in made:
                    inner = Spot(where.module, one[1])
                    for returned in inner.data["returns"] if one[0] == "def" else ():
                        yield from self.tables(inner, returned, steps + 4)
                if callee_tail(e) in _TABLES or any(one[0] == "class" for _, one in made):
                    yield spot, ["d", [[["s", k, 1, 1, None], v] for k, v in e[3].items()]]
                    for one in e[2][:1]:
                        yield from self.tables(spot, one, steps + 4)
            case _:
                pass

    def meant(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        """Give what names stand for: expressions that are no names, of which `TABLE.get(key)` is `TABLE[key]`."""
        self.left -= 1
        if steps > MAX_DEPTH or self.left < 0:
            return
        match e[0]:
            case "n" | "a":
                for where, one in self.project.bound(spot, e):
                    if one != e:
                        yield from self.meant(where, one, steps + 4)
            case "in":
                yield from self.meant(Spot(spot.module, e[1]), e[2], steps + 1)
            case "|":
                for one in e[1]:
                    yield from self.meant(spot, one, steps + 4)
            case "c" if e[1][0] == "a" and e[1][2] in GET and e[2]:
                yield spot, ["i", e[1][1], e[2][0]]
            case _:
                yield spot, e

    def cuts(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        """Give the calls that split a text which an expression can be: `os.getenv("MODELS", "a,b").split(",")`."""
        return ((where, one) for where, one in self.meant(spot, e, steps) if is_cut(one))

    def callees(self, spot: Spot, e: Expression) -> Iterator[tuple[Spot, Expression]]:
        """Give the functions and classes of tables that are called: `CLASSES[kind](…)`, `for make, name in PAIRS`."""
        for where, taken in self.meant(spot, e, 0):
            at = taken[2] if taken[0] == "e" else number_of(taken[2]) if taken[0] == "i" else None
            for there, table in self.tables(where, taken[1], 4) if taken[0] in ("i", "e") else ():
                for one in [v for _, v in table[1]] if table[0] == "d" else table[1]:
                    inner = one[1][at] if one[0] == "l" and at is not None and 0 <= at < len(one[1]) else one
                    if inner[0] in ("n", "a"):
                        yield there, inner

    def renamed(self, name: Expression, bound: list[Bound], steps: int) -> frozenset[str]:
        """Give the words that a table has something else for, where a name is looked up in it to be bound anew:
        `name = SHORT.get(name, name)`, `name = SHORT[name]`."""
        tables = [
            table
            for where, one in bound
            for where, one in [(Spot(where.module, one[1]), one[2]) if one[0] == "in" else (where, one)]
            if (one[0] == "i" and one[2] == name)
            or (one[0] == "c" and one[1][0] == "a" and one[1][2] == "get" and one[2] == [name, name])
            for _, table in self.tables(where, one[1] if one[0] == "i" else one[1][1], steps)
        ]
        return frozenset(k[1] for table in tables if table[0] == "d" for k, _ in table[1] if k[0] == "s")

    def made(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, Expression]]:
        """Give the objects of tables that an expression can be: `for one in CONFIGS`, `CONFIGS[key]`, where
        `CONFIGS` holds `Config(name="…")`."""
        for where, one in self.meant(spot, e, steps):
            if one[0] == "c":
                yield where, one
                for there, function in self.project.callee(where, one[1]):
                    inner = Spot(there.module, function[1])
                    for returned in inner.data["returns"] if function[0] == "def" else ():
                        if returned[0] == "n":  # of all else `Scopes.attribute` says what it has
                            yield from self.made(inner, returned, steps + 8)
            key = one[2][1] if one[0] == "i" and one[2][0] in ("s", "b") else None
            for there, table in self.tables(where, one[1], steps + 4) if one[0] in ("i", "e") else ():
                pairs = table[1] if table[0] == "d" else [[["b", n], element] for n, element in enumerate(table[1])]
                for k, element in pairs:
                    if key is None or k[0] not in ("s", "b") or k[1] == key:
                        yield from self.made(there, element, steps + 8)


def is_cut(e: Expression) -> bool:
    """Does this call split a text?"""
    return e[0] == "c" and e[1][0] == "a" and e[1][2] in _CUTS


def holds_classes(table: Expression) -> bool:
    """Does a table say which classes load what its keys name? Prices and sizes say nothing like that."""
    values = [v for _, v in table[1]] if table[0] == "d" else []
    parts = [one for v in values for one in (v[1] if v[0] == "l" else (v,))]
    return bool(parts) and all(one[0] in ("n", "a") and one[-1][:1].isupper() for one in parts)


def passes(call: Expression) -> bool:
    """Does a call give the elements of what it is given?"""
    callee = call[1]
    return callee[-1] in _PASSES if callee[0] == "a" else callee[0] == "n" and callee[1] in _OWN | _PASSES


def unwrapped(iterable: Expression) -> Expression:
    """Give what a loop really goes over: `tqdm(sorted(names))`."""
    while iterable[0] == "c" and iterable[2] and iterable[1][-1] not in ("enumerate", "chain") and passes(iterable):
        iterable = iterable[2][0]
    return iterable


def members_of(spot: Spot, table: Expression, name: str) -> Iterator[tuple[Spot, Expression]]:
    """Give what a table has under a name that is read like a member: an object of JavaScript, a namespace."""
    for key, value in table[1] if table[0] == "d" else ():
        if key[0] == "s" and key[1] == name:
            yield spot, value


def part_of(e: Expression, number: int) -> Expression:
    """Give one of several things that are given back together."""
    if e[0] == "l" and -len(e[1]) <= number < len(e[1]):
        part: Expression = e[1][number]
        return part
    return ["i", e, ["b", number]]


def number_of(key: Expression) -> int | None:
    """Give the whole number that a key is."""
    return key[1] if key[0] == "b" and isinstance(key[1], int) and not isinstance(key[1], bool) else None


def formatted(text: str, e: Expression) -> Expression | None:
    """Give the parts that `"{}/{name}".format(…)` joins, or None where they cannot be told."""
    at = e[1][1][2:] if e[1][1][0] == "s" else e[4:7]
    parts: list[Expression] = []
    queue = list(e[2])
    while "{" in text and len(parts) < MAX_PARTS:
        before, _, text = text.partition("{")
        name, closed, text = text.partition("}")
        name = name.partition(":")[0].partition("!")[0]
        given = e[2][int(name)] if name.isdecimal() and int(name) < len(e[2]) else e[3].get(name)
        inner = given or (queue.pop(0) if queue and not name else None)
        if not closed or inner is None:
            return None
        parts += [["s", before, *at], inner]
    return ["f", [*parts, ["s", text, *at]], *at]
