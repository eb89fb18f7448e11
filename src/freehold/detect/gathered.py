"""What linking asks of every file of code, gathered where the file is read, so that a large project is linked without
looking into most of its files.

`calls` become those of one tail by that tail, and some are told by [tail, number, tail of what is called], in their
order: `leads` may select a model or run a command, `writes` may write one, `pinning` give a revision beside a name,
`asks` send a request to an address.
`bases` are the scopes of classes by the last part of each of their bases, `roots` the packages that are imported. The
rest is what strings are judged by: see python_names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from freehold.detect.addressed import TAILS as ADDRESSED
from freehold.detect.beside import written
from freehold.detect.calls import Calls
from freehold.detect.choices import WIDGETS
from freehold.detect.made import made
from freehold.detect.parcel import Parcel
from freehold.detect.python_commands import TAILS
from freehold.detect.python_expressions import LOOKED_UP, Expression, callee_tail
from freehold.detect.python_pins import pinned, rows
from freehold.detect.python_words import words_of

_DEPTH = 4
_TABLES = frozenset({"d", "l", "i", "e"})  # tables, and what is taken from one
_ENTRIES = 40  # of one table that are looked at for functions
#: Keys of tables that say which hub has what stands under them.
HUBS = {"modelscope": "modelscope", "ms": "modelscope", "openmind": "openmind"}


def gathered(facts: dict[str, Any], calls: Calls, language: str = "python") -> Parcel:
    """Give the facts of one file as linking asks for them."""
    wanted = _wanted(calls, language)
    every = bool({"*", "**"} & wanted)
    also = {} if every else _aliases(facts, wanted)
    by_tail: dict[str, list[list[Any]]] = {}
    leads: list[list[Any]] = []
    writes: list[list[Any]] = []
    members: list[list[Any]] = []
    pins: list[list[Any]] = []
    asks: list[list[Any]] = []
    for scope, e in facts["calls"]:
        tail = callee_tail(e)
        same = by_tail.setdefault(tail, [])
        named = tail or str(_root(e[1])[-1])
        if every or tail in wanted or named in also:
            meant = (tail,) if every else [one for one in dict.fromkeys((tail, also.get(named, tail))) if one in wanted]
            leads += [[tail, len(same), one] for one in meant]
        if (tail in LOOKED_UP and e[1][0] in ("i", "c")) or (e[1][0] in ("i", "n") and not _WITH.isdisjoint(e[3])):
            members.append([tail, len(same), tail])
        if tail in ADDRESSED and any(one[0] in ("f", "n", "a") for one in (*e[2][:2], e[3].get("url", ("?",)))):
            asks.append([tail, len(same), tail])
        if written(e) is not None:
            writes.append([tail, len(same), tail])
        if e[3] and any(True for _ in pinned(e, calls)):
            pins.append([tail, len(same), tail])
        same.append([scope, e])
    bases: dict[str, list[int]] = {}
    for scope, data in enumerate(facts["scopes"]):
        for base in data["bases"]:
            bases.setdefault(base.rpartition(".")[2], []).append(scope)
    more = _names(facts, by_tail, calls) if language == "python" else {}
    sites = {"leads": leads, "writes": writes, "pinning": pins, "members": members, "asks": asks}
    return Parcel({**facts, **more, **sites, "calls": by_tail, "tails": list(by_tail), "bases": bases})


#: What functions that make a model are given, whatever they are called where they are called.
_WITH = frozenset({"pretrained", "weights"})


@cache
def _wanted(calls: Calls, language: str) -> frozenset[str]:
    return calls.tails(language) | TAILS if language == "python" else calls.tails(language)


def _aliases(facts: dict[str, Any], wanted: frozenset[str]) -> dict[str, str]:
    """Other names of functions: `from timm import create_model as make`, `load = whisper.load_model`."""
    also = {name: tail for name, target in facts["imports"].items() if (tail := target.rpartition(".")[2]) in wanted}
    for scope in facts["scopes"]:
        for name, bound in scope["names"].items():
            for e in bound:
                one = e[2] if e[0] == "in" else e
                for choice in one[1] if one[0] == "|" else _listed(one) if one[0] in _TABLES else (one,):
                    tail = choice[-1] if choice[0] in ("n", "a") else ""
                    if tail in wanted or tail in also:
                        also.setdefault(name, also.get(tail, tail))
    return also


def _listed(e: Expression, depth: int = 0) -> Iterator[Expression]:
    """What stands in a table, or the table that something is taken from: `CLASSES[kind]`, `for make, name in PAIRS`."""
    e = _root(e)
    if e[0] in ("d", "l") and depth < _DEPTH:
        for one in e[1][:_ENTRIES]:
            yield from _listed(one[1] if e[0] == "d" else one, depth + 1)
    else:
        yield e


def _root(e: Expression) -> Expression:
    """The table that something is taken from."""
    for _ in range(_DEPTH if e[0] in ("i", "e") else 0):
        if e[0] in ("i", "e"):
            e = e[1]
        elif e[0] == "c" and e[1][0] == "a":  # `PAIRS.items()`
            e = e[1][1]
    return e


def _names(facts: dict[str, Any], by_tail: Mapping[str, list[Any]], calls: Calls) -> dict[str, Any]:
    targets = facts["imports"].values()
    return {
        "pins": rows(facts),
        "near": words_of(calls).near(facts),
        "roots": sorted({name.partition(".")[0] for name in (*targets, *facts["stars"], *_by_name(by_tail))}),
        "borrowed": sorted(name for target in targets if (name := target.rpartition(".")[2]).isupper()),
        "constants": [name for name in facts["scopes"][0]["names"] if name.isupper()],
        "defined": sorted({scope["name"] for scope in facts["scopes"] if scope["kind"] != "module"}),
        "offers": sorted(set(_offers(facts["scopes"], by_tail))),
        "elsewhere": list(_elsewhere(facts["strings"])),
        "fields": [[name, number] for number, scope in enumerate(facts["scopes"]) for name in _fields(scope)],
        "made": sorted(set(made(facts["strings"], by_tail))),
    }


def _fields(scope: dict[str, Any]) -> list[str]:
    """Fields of a class that are texts, under names of several words: those of one word are fields of everything."""
    names = scope["names"].items() if scope["kind"] == "class" else ()
    return [name for name, bound in names if "_" in name and bound and bound[0][0] == "s"]


def _offers(scopes: list[dict[str, Any]], by_tail: Mapping[str, list[Any]]) -> Iterator[str]:
    """Tables whose keys are offered: what a function that lists models gives back, what a widget lets choose from."""
    for data in scopes:
        if data["kind"] == "function" and "model" in data["name"].lower():
            for e in data["returns"]:
                yield from _keyed(e)
    for tail in by_tail:
        if WIDGETS.fullmatch(tail) is not None:
            for _, e in by_tail[tail]:
                for one in (*e[2], *e[3].values()):
                    yield from _keyed(one)


def _keyed(e: Expression) -> Iterator[str]:
    """The table whose keys these are: `TABLE.keys()`, `sorted(TABLE)`."""
    if e[0] != "c":
        return
    callee, args = e[1], e[2]
    if callee[0] == "a" and callee[2] == "keys" and callee[1][0] in ("n", "a"):
        yield callee[1][-1]
    elif callee[0] == "n" and callee[1] in ("list", "sorted", "tuple") and args:
        if args[0][0] in ("n", "a"):
            yield args[0][-1]
        else:
            yield from _keyed(args[0])


def _by_name(by_tail: Mapping[str, list[Any]]) -> Iterator[str]:
    """Modules that are imported by a text."""
    for _, e in chain(*(by_tail.get(tail, ()) for tail in ("import_module", "__import__"))):
        if e[2] and e[2][0][0] == "s":
            yield e[2][0][1]


def _elsewhere(strings: list[Any]) -> Iterator[list[Any]]:
    """Strings in a table whose key says that another hub has them: `DownloadSource.MODELSCOPE: "org/name"`."""
    for _, line, column, cell, context, _ in strings:
        if context is not None and context[0] == "item" and (hub := HUBS.get(context[1].lower())) is not None:
            yield [line, column, cell, hub]
