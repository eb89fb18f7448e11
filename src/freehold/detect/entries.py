"""What is taken from one entry of one table goes together: `f"{m['org']}/{m['name']}"`, and what pins it, `m["rev"]`.

What is put together of such parts is read once for every entry: meanwhile the table has no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from freehold.detect.project import Project
from freehold.detect.python_expressions import GET, Expression
from freehold.detect.scopes import Bound, Spot
from freehold.detect.tables import MAX_DEPTH, Chosen, Tables, unwrapped

MAX_ENTRIES = 100
_LITERAL = ("s", "b")

#: Where tables are named that are gone through together, these names, and what their entry is called.
Taken: TypeAlias = tuple[Spot, list[Expression], str]


class Entries(Tables):
    """Tables, entry by entry."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.filled: dict[tuple[str, int, str], Bound] = {}  # what one caller gives for parameters

    def entries(self, spot: Spot, parts: Sequence[Expression], steps: int = 0) -> list[Chosen]:
        """Give every entry of the table from which two or more of these parts are taken."""
        told = (self._taken(spot, part, steps) for part in parts if part[0] not in _LITERAL)
        taken = [one for one in told if one is not None]
        where, held, called = max(taken, key=taken.count, default=(spot, [], ""))
        if taken.count((where, held, called)) < 2 or any(t[:2] == (where, held) and t[2] != called for t in taken):
            return []  # of two loops over one list each goes its own way
        rows = zip(*(_each(self.tables(where, one, steps + 4)) for one in held), strict=False)
        found = [[(where, *one) for one in zip(held, row, strict=True)] for row in islice(rows, MAX_ENTRIES)]
        return found if len(found) > 1 else []

    def _taken(self, spot: Spot, e: Expression, steps: int) -> Taken | None:
        """The table of which this is an entry, or something out of one."""
        self.left -= 1
        if steps > MAX_DEPTH or self.left < 0:
            return None
        found = list(islice(self._entry_of(spot, e, steps), MAX_ENTRIES))
        if found:
            where, held, position = found[0]
            # Names that a loop gives together are of one entry, whatever they are called.
            called = "" if position else str(e[1]) if e[0] == "n" else repr(e)[:200]
            return (where, held, called) if all(one[:2] == (where, held) for one in found) else None
        inner: list[Bound] = []
        match e[0]:
            case "n":
                inner = self.project.bound(spot, e)
            case "i" | "a":
                inner = [(spot, e[1])]
            case "c" if e[1][0] == "a" and e[1][2] in GET:
                inner = [(spot, e[1][1])]
            case "in":
                inner = [(Spot(spot.module, e[1]), e[2])]
            case "|" | "f":
                inner = [(spot, one) for one in e[1]]
            case _:
                pass
        told = (self._taken(where, one, steps + 4) for where, one in inner)
        return next((one for one in told if one is not None), None)

    def _entry_of(self, spot: Spot, e: Expression, steps: int) -> Iterator[tuple[Spot, list[Expression], bool]]:
        """The tables of which an expression is one entry; and is it only a part of that entry?"""
        self.left -= 1
        if steps > MAX_DEPTH or self.left < 0:
            return
        inner: list[Bound] = []
        match e[0]:
            case "e":
                over = unwrapped(e[1])
                kind = over[1][-1] if over[0] == "c" and over[2] else ""
                together = over[2] if kind == "zip" else over[2][:1] if kind == "enumerate" else [over]
                yield spot, together, e[2] >= 0
            case "i" if e[2][0] not in _LITERAL:
                yield spot, [e[1]], False
            case "c" if e[1][0] == "a" and e[1][2] in GET and e[2] and e[2][0][0] not in _LITERAL:
                yield spot, [e[1][1]], False
            case "i" if e[1][0] == "l" and len(e[1][1]) == 1:  # `[m for m in MODELS if …][0]`
                inner = [(spot, e[1][1][0])]
            case "c" if e[1] == ["n", "next"] and e[2] and e[2][0][0] == "l":
                inner = [(spot, one) for one in e[2][0][1][:1]]
            case "c":
                made = [(where, one[1]) for where, one in self.project.callee(spot, e[1]) if one[0] == "def"]
                functions = [Spot(where.module, scope) for where, scope in made]
                inner = [(function, returned) for function in functions for returned in function.data["returns"]]
            case "n":
                inner = self.project.bound(spot, e)
            case "param":
                given = self.filled.get((spot.module.path, spot.scope, e[1]))
                inner = [given] if given is not None else []
            case "in":
                inner = [(Spot(spot.module, e[1]), e[2])]
            case "|":
                inner = [(spot, one) for one in e[1]]
            case _:
                pass
        for where, one in inner:
            yield from self._entry_of(where, one, steps + 4)


def _each(tables: Iterator[Bound]) -> Iterator[Bound]:
    """Give tables of one entry each."""
    for where, table in tables:
        yield from ((where, [table[0], [entry]]) for entry in table[1])
