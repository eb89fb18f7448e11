"""What is looked up in tables, read of settings, cut out of texts and taken in turn, in the modules of a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from freehold.detect.entries import Entries
from freehold.detect.outcomes import Cut, Given, Hole, Outcome, Value, beyond, names_setting, split
from freehold.detect.project import Project
from freehold.detect.python_expressions import Expression
from freehold.detect.scopes import Spot
from freehold.detect.tables import is_cut, number_of, part_of, unwrapped

#: What names were asked for on the way here.
Seen: TypeAlias = frozenset[tuple[str, int, str]]

_ENVIRON = frozenset(
    {"os.environ", "environ", "os.getenv", "getenv", "os.environ.get", "environ.get", "process.env", "Deno.env.get"}
)
_OS_ENVIRON: Expression = ["a", ["n", "os"], "environ"]


class Lookups(Entries):
    """What lookups give. What an expression is that they come to, `Values` says."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.supposed: tuple[Spot, Expression, Value] | None = None

    def _outcomes(self, spot: Spot, e: Expression, how: str, steps: int, seen: Seen) -> Iterator[Outcome]:
        raise NotImplementedError

    def _called(
        self, spot: Spot, e: Expression, how: str, steps: int, seen: Seen, part: int | None = None
    ) -> Iterator[Outcome]:
        raise NotImplementedError

    def _indexed(self, spot: Spot, e: Expression, how: str, steps: int, seen: Seen) -> Iterator[Outcome]:
        base, key = e[1], e[2]
        if self.project.dotted(spot, base) in _ENVIRON:
            name = key[1] if key[0] == "s" else "a name"
            yield from self._kept(spot, _OS_ENVIRON, name, steps, seen)
            yield Hole(f"given by the environment ({name})", (name,))
            return
        if key[0] == "s" and (function := self.project.rest(spot, base)) is not None:
            yield Given(function.module.path, function.scope, key[1])
            return
        if key[0] == "s" and any(one[0] == "class" for _, one in self.project.callee(spot, base)):
            yield from self._outcomes(spot, ["a", base, key[1]], how, steps, seen)  # of an enumeration
            return
        number = number_of(key)
        if number is not None and base[0] == "|" and any(map(is_cut, base[1])):
            for one in base[1]:  # `name.split("@") if "@" in name else (name, None)`
                yield from self._outcomes(spot, part_of(one, number), how, steps, seen)
            return
        if number is not None and is_cut(base):
            yield from self._cut(spot, base, number, how, steps, seen)
            return
        if (
            number is not None
            and base[0] == "c"
            and any(one[0] == "def" for _, one in self.project.callee(spot, base[1]))
        ):
            yield from self._called(spot, base, how, steps, seen, number)
            return
        wanted = {o.text for o in self._outcomes(spot, key, how, steps, seen) if isinstance(o, Value)}
        tables = list(self.tables(spot, base, steps))
        for where, table in tables:
            if table[0] == "d":
                exact = [pair for pair in table[1] if pair[0][0] not in ("s", "b") or pair[0][1] in wanted]
                for entry, value in exact or (table[1] if not wanted else []):
                    for outcome in self._outcomes(where, value, "table", steps, seen):
                        # What callers put under keys of theirs may be anything.
                        if entry[0] in ("s", "b") or not isinstance(outcome, Given):
                            yield outcome
            elif table[0] == "l":
                items = table[1]
                if number is not None and -len(items) <= number < len(items):
                    items = [items[number]]
                for value in items:
                    yield from self._outcomes(where, value, "table", steps, seen)
        cuts = list(self.cuts(spot, base, steps)) if number is not None and not tables else []
        for where, cut in cuts:
            yield from self._cut(where, cut, number, how, steps + 1, seen)
        if not tables and not cuts:
            given = self.project.parameter(spot, _member(e)) if key[0] == "s" else None
            if given is not None and not given[1].startswith(("self.", "cls.")):
                yield Given(given[0].module.path, given[0].scope, given[1])
            kept = self._kept(spot, base, key[1], steps, seen) if key[0] == "s" else []
            yield from kept or self._read(spot, e, "looked up at run time")

    def _cut(
        self, spot: Spot, e: Expression, number: int | None, how: str, steps: int, seen: Seen
    ) -> Iterator[Outcome]:
        """One part of a text that is split, or all: `arch, weights = name.split("/")`."""
        separator = "\n" if e[1][2] == "splitlines" else e[2][0][1] if e[2] and e[2][0][0] == "s" else ""
        if number == 2 and "partition" in e[1][2]:  # the separator stands between the two
            number = 1
        cut = Cut(separator if separator or not e[2] else None, number)
        for outcome in self._outcomes(spot, e[1][1], how, steps, seen):
            yield from split(outcome, cut)

    def _elements(self, spot: Spot, e: Expression, steps: int, seen: Seen) -> Iterator[Outcome]:
        """What a loop gives: `position` is that of the target in a tuple of targets, or -1."""
        iterable, position = unwrapped(e[1]), e[2]
        if iterable[0] == "c" and iterable[1][-1] in ("zip", "product") and 0 <= position < len(iterable[2]):
            yield from self._elements(spot, ["e", iterable[2][position], -1], steps + 1, seen)
            return
        values = iterable[0] == "c" and iterable[1][0] == "a" and iterable[1][2] in ("items", "values")
        items = values and iterable[1][2] == "items"
        counted = iterable[0] == "c" and iterable[1] == ["n", "enumerate"]
        found = False
        for where, table in self.tables(spot, iterable, steps):
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
        if iterable[0] in ("n", "a", "c") and position < 0:  # callers may give the list, or a function splits a text
            tabled = found
            for outcome in self._outcomes(spot, iterable, "table", steps + 1, seen):
                if isinstance(outcome, Given) or (not tabled and isinstance(outcome, Value) and outcome.written):
                    found = True
                    yield outcome
        for where, cut in self.cuts(spot, iterable, steps) if not found else ():
            found = True
            yield from self._cut(where, cut, None, "table", steps + 1, seen)
        if not found:
            for keys in self.project.keys(spot, iterable):
                yield Hole("taken from a list made at run time", keys if len(keys) > 1 else ())

    def _got(self, spot: Spot, e: Expression, dotted: str, steps: int, seen: Seen) -> Iterator[Outcome]:
        callee, args, keywords = e[1], e[2], e[3]
        environment = dotted in _ENVIRON
        default = keywords.get("default", args[1] if len(args) > 1 else None)
        if callee[0] == "a" and len(args) > 1 and self._is_part(spot, callee[1], args, environment):
            yield from self._indexed(spot, ["i", ["i", callee[1], args[0]], args[1]], "table", steps, seen)
            otherwise = keywords.get("fallback", args[2] if len(args) > 2 else ["b", None])
            yield from self._outcomes(spot, otherwise, "default", steps, seen)
            return
        found, short = False, frozenset[str]()
        if callee[0] == "a" and args and args[0][0] == "s" and self.project.rest(spot, callee[1]) is not None:
            found = True
            yield from self._indexed(spot, ["i", callee[1], args[0]], "table", steps, seen)
        elif not environment and callee[0] == "a" and args:
            tables = [table for _, table in self.tables(spot, callee[1], steps)]
            if tables != [["d", []]]:  # `cfg.get("part", {}).get("name")`
                found = bool(tables)
                if default == args[0]:
                    short = frozenset(k[1] for t in tables if t[0] == "d" for k, _ in t[1] if k[0] == "s")
                entries = list(self._indexed(spot, ["i", callee[1], args[0]], "table", steps, seen))
                yield from entries
                if self.supposed is not None and any(isinstance(o, Value) for o in entries):
                    return  # the table has an entry for this one
        if default is not None:
            otherwise = self._outcomes(spot, default, "env" if environment else "default", steps, seen)
            yield from beyond(otherwise, short)
        if not found and args and args[0][0] == "s":
            on = _OS_ENVIRON if environment else callee[1] if callee[0] == "a" else ["?"]
            kept = self._kept(spot, on, args[0][1], steps, seen)
            yield from kept
            found = bool(kept) and not environment
        if not found:
            words = "the environment" if environment else "settings"
            outer = [(args[0][1],)] if environment and args and args[0][0] == "s" else self.project.keys(spot, e)
            yield from (Hole(f"given by {words} ({'.'.join(keys) or 'a name'}) at run time", keys) for keys in outer)

    def _is_part(self, spot: Spot, reader: Expression, args: list[Expression], environment: bool) -> bool:
        """`settings.get("llm", "chat_model")`: is a part of the settings asked for a key, or is that a default?"""
        named = not environment and args[0][0] == args[1][0] == "s" and names_setting(args[1][1])
        return named or self.project.dotted(spot, reader).startswith("configparser.")

    def _kept(self, spot: Spot, on: Expression, name: str, steps: int, seen: Seen) -> list[Outcome]:
        """What an object that nobody here makes is given in one place and asked for in another."""
        kept = self.project.kept(spot, on, name)
        return [o for where, one in kept for o in self._outcomes(where, one, "constant", steps + 1, seen)]

    def _read(self, spot: Spot, e: Expression, otherwise: str) -> Iterator[Outcome]:
        """A setting of something that nobody here defines."""
        for keys in self.project.keys(spot, e):
            if not keys and e[0] == "n" and e[1] not in ("self", "cls"):
                keys = (e[1],)
            yield Hole(f"given by `{'.'.join(keys)}` at run time" if keys else otherwise, keys)


def _member(e: Expression) -> Expression:
    """`config["inner"]["name"]` as `config.inner.name`."""
    return ["a", _member(e[1]), e[2][1]] if e[0] == "i" and e[2][0] == "s" else e
