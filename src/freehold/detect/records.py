"""What was found, as compressed JSON and back.

Kept records are as untrusted as everything else that was not made just now: every value must be of the type that its
field has, every path that of a file that was asked about, and sizes are bounded. Facts of modules are only known to be
JSON; whoever links them must expect anything.

Values are written field by field, as tables are: a whole column is checked at once, and set at once, several times
faster than one value after another.
"""

from __future__ import annotations

import json
import types
import zlib
from collections import Counter, deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import accumulate, chain, pairwise, repeat
from sys import intern
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from freehold.detect.found import Alias, Detection, Found, Imports, Module, Package, Settings
from freehold.detect.parcel import read, written
from freehold.types import Coupling, Location, Narrowest, Problem, Reference, Requirement, Role

#: A license is not among them: a scan knows none.
_KINDS = (Location, Reference, Requirement, Problem, Coupling, Narrowest)
_CLUES = (Settings, Module, Alias, Package, Imports)
_KNOWN = frozenset({*_KINDS, *_CLUES, Found, Detection})
_PLAIN = frozenset({str, int, bool, type(None)})

MAX_BYTES = 50_000_000  # of one record
MAX_NODES = 1_000_000  # of the facts in one

T = TypeVar("T")
Values: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """How values of one type are written together, and how so many of them are read; ValueError for anything else."""

    write: Callable[[Values], Any]
    read: Callable[[Any, int, Container[str]], Values]


def pack(value: object) -> bytes:
    """Write down a value made of the kinds above, and of tuples of them.

    Raises ValueError where it is nested too deeply, or would be too long: what is shared in facts is written each time.
    """
    try:
        if isinstance(value, Found):
            known: dict[int, int] = {}
            if sum(_size(clue.facts, known) for clue in value.clues if isinstance(clue, Module | Settings)) > MAX_NODES:
                raise ValueError("larger than any record")
        text = json.dumps(_column(cast(Any, type(value))).write([value]), separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return zlib.compress(text.encode("ascii"), 1)


def _size(value: Any, known: dict[int, int]) -> int:
    """How many values would be written; each that is shared is counted once and added each time."""
    size = known.get(id(value))
    if size is None:
        inside = value.values() if isinstance(value, dict) else value
        size = 1 + len(inside)
        for one in inside:
            if type(one) not in _PLAIN and isinstance(one, (list, dict, tuple)):
                size += _size(one, known) - 1
        known[id(value)] = size
    return size


def unpack(data: bytes, kind: type[T], paths: Container[str]) -> T:
    """Read what `pack` wrote, of this kind and about these paths.

    Raises ValueError for everything else.
    """
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(data, MAX_BYTES)
        if inflate.unconsumed_tail:
            raise ValueError("larger than any record")
        (made,) = _column(cast(Any, kind)).read(json.loads(text), 1, paths)
    except (zlib.error, TypeError, KeyError, IndexError, RecursionError, StopIteration, UnicodeError) as error:
        raise ValueError("not a record") from error
    return made  # type: ignore[no-any-return]


@cache
def _column(hint: Any) -> _Column:
    """How a type is written and read."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _KNOWN:
        return _fields(hint)
    if origin is tuple:
        return _runs(_column(arguments[0]))
    if origin is Literal:
        return _plain(frozenset({str}), frozenset(arguments))
    if hint is Role:
        roles = {role.value: role for role in Role}
        words = _plain(frozenset({str}))
        return _Column(words.write, lambda data, count, paths: [roles[w] for w in words.read(data, count, paths)])
    if hint in _PLAIN:
        return _plain(frozenset({hint}))
    if origin in (Union, types.UnionType):
        return _plain(frozenset(arguments)) if _PLAIN.issuperset(arguments) else _either(arguments)
    if origin is dict:
        parts = _plain(frozenset({list}))
        return _Column(
            lambda values: [*map(written, values)],
            lambda data, count, paths: [*map(read, parts.read(data, count, paths))],
        )
    return _plain(frozenset())  # nothing that is kept


def _plain(kinds: frozenset[type], words: frozenset[str] | None = None) -> _Column:
    """Values as JSON has them: of these types exactly, perhaps of these words."""

    def write(values: Values) -> Any:
        if not kinds and values:
            raise TypeError(f"{type(values[0]).__name__} is not kept")
        return values

    def read(data: Any, count: int, paths: Container[str]) -> Values:
        there = set(map(type, _list(data, count)))
        if not there <= kinds:
            raise ValueError("of another type")
        if words is not None and not words.issuperset(data):
            raise ValueError("not a known word")
        if there == {str}:
            return list(map(intern, data))
        return [intern(one) if type(one) is str else one for one in data] if str in there else cast(Values, data)

    return _Column(write, read)


def _runs(inner: _Column) -> _Column:
    """Tuples: how long each is, and what is in all of them."""

    def write(values: Values) -> Any:
        return [list(map(len, values)), inner.write([*chain.from_iterable(values)])]

    def read(data: Any, count: int, paths: Container[str]) -> Values:
        sizes, within = _list(data, 2)
        if any(type(size) is not int or size < 0 for size in _list(sizes, count)):
            raise ValueError("no sizes")
        ends = list(accumulate(sizes, initial=0))
        every = inner.read(within, ends[-1], paths)
        return [tuple(every[start:end]) for start, end in pairwise(ends)]

    return _Column(write, read)


def _either(kinds: tuple[Any, ...]) -> _Column:
    """Which of these types each is, and those of each type together."""
    columns = [_column(kind) for kind in kinds]
    numbers = {get_origin(kind) or kind: number for number, kind in enumerate(kinds)}

    def write(values: Values) -> Any:
        which = [numbers[type(value)] for value in values]
        each: list[list[Any]] = [[] for _ in kinds]
        for number, value in zip(which, values, strict=True):
            each[number].append(value)
        return [which, *(column.write(those) for column, those in zip(columns, each, strict=True))]

    def read(data: Any, count: int, paths: Container[str]) -> Values:
        which, *each = _list(data, len(kinds) + 1)
        counts = Counter(_list(which, count))
        read = [iter(column.read(each[number], counts[number], paths)) for number, column in enumerate(columns)]
        return [next(read[number]) for number in which]

    return _Column(write, read)


def _fields(kind: Any) -> _Column:
    """A column for each field."""
    hints = get_type_hints(kind)
    columns = [(field.name, _column(hints[field.name]), getattr(kind, field.name).__set__) for field in fields(kind)]

    def write(values: Values) -> Any:
        return [column.write([getattr(value, name) for value in values]) for name, column, _ in columns if values]

    def read(data: Any, count: int, paths: Container[str]) -> Values:
        each = _list(data, len(columns) if count else 0)
        read = [column.read(one, count, paths) for one, (_, column, _) in zip(each, columns, strict=False)]
        made = list(map(object.__new__, repeat(kind, count)))
        for values, (name, _, put) in zip(read, columns, strict=False):
            if name == "path" and any(path is not None and path not in paths for path in set(values)):
                raise ValueError("about another file")
            deque(map(put, made, values), 0)
        return made

    return _Column(write, read)


def _list(data: Any, count: int) -> list[Any]:
    if type(data) is not list or len(data) != count:
        raise ValueError("of another shape")
    return data
