"""What was found, as compressed JSON and back.

Kept records are as untrusted as everything else that was not made just now: every value must be of the type that its
field has, every path that of a file that was asked about, and sizes are bounded. Facts of modules are only known to be
JSON; whoever links them must expect anything.
"""

from __future__ import annotations

import json
import types
import zlib
from collections.abc import Callable, Container, Iterable
from dataclasses import fields
from functools import cache
from sys import intern
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from freehold.detect.found import Alias, Detection, Found, Imports, Module, Package, Settings
from freehold.types import Coupling, Location, Narrowest, Problem, Reference, Requirement, Role

#: A license is not among them: a scan knows none.
_KINDS = (Location, Reference, Requirement, Problem, Coupling, Narrowest)
_CLUES = (Settings, Module, Alias, Package, Imports)
_BY_NAME = {kind.__name__: kind for kind in (*_KINDS, *_CLUES, Found, Detection)}

MAX_BYTES = 50_000_000  # of one record
MAX_NODES = 1_000_000  # of the facts in one

T = TypeVar("T")
Check: TypeAlias = Callable[[Any, Container[str]], Any]


def pack(value: object) -> bytes:
    """Write down a value made of the kinds above, and of tuples of them.

    Raises ValueError where it is nested too deeply, or would be too long: what is shared in facts is written each time.
    """
    try:
        if isinstance(value, Found):
            known: dict[int, int] = {}
            if sum(_size(clue.facts, known) for clue in value.clues if isinstance(clue, Module | Settings)) > MAX_NODES:
                raise ValueError("larger than any record")
        text = json.dumps(value, default=_plain, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return zlib.compress(text.encode("ascii"), 1)


def _size(value: Any, known: dict[int, int]) -> int:
    """How many values would be written; each that is shared is counted once and added each time."""
    size = known.get(id(value))
    if size is None:
        inside = value.values() if isinstance(value, dict) else value
        size = 1 + sum(_size(one, known) if isinstance(one, (list, dict, tuple)) else 1 for one in inside)
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
        made = _check(cast(Any, kind))(json.loads(text), paths)
    except (zlib.error, TypeError, KeyError, IndexError, RecursionError, UnicodeError) as error:
        raise ValueError("not a record") from error
    return made  # type: ignore[no-any-return]


def _shared(data: dict[str, Any]) -> dict[str, Any]:
    """The same with every word once, and every name: as it was before it was written, and in less memory."""
    names: dict[str, Any] = {}
    stack: list[Any] = [data]
    while stack:
        one = stack.pop()
        for key, inner in one.items() if type(one) is dict else enumerate(one):
            kind = type(inner)
            if kind is str:
                one[key] = intern(inner)
            elif kind is list and len(inner) == 2 and inner[0] == "n" and type(inner[1]) is str:
                one[key] = names.setdefault(inner[1], inner)
            elif kind is list or kind is dict:
                stack.append(inner)
    return data


def _plain(value: object) -> list[object]:
    kind = type(value)
    return [kind.__name__, *(getattr(value, name) for name in _names(cast(Any, kind)))]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    if kind not in _BY_NAME.values():
        raise TypeError(f"{kind.__name__} is not kept")
    return tuple(field.name for field in fields(kind))


@cache
def _check(hint: Any) -> Check:
    """Give what turns plain data into a value of a type, or raises ValueError."""
    if hint is Any:
        return lambda data, paths: data
    if hint is Role:
        return lambda data, paths: Role(data)
    origin = get_origin(hint)
    if origin is Literal:
        return _known(get_args(hint))
    if origin in (Union, types.UnionType):
        return _either(tuple(get_args(hint)))
    if origin is tuple:
        return _each(_check(get_args(hint)[0]))
    if hint in _BY_NAME.values():
        return _one((hint,))
    if origin is dict:
        whole = _exactly(dict)
        return lambda data, paths: _shared(whole(data, paths))
    if hint is str:
        text = _exactly(str)
        return lambda data, paths: intern(text(data, paths))
    return _exactly(hint if hint in (int, bool) else type(None))


def _known(values: tuple[object, ...]) -> Check:
    def check(data: Any, paths: Container[str]) -> Any:
        if data not in values:
            raise ValueError("not a known word")
        return data

    return check


def _exactly(kind: type) -> Check:
    def check(data: Any, paths: Container[str]) -> Any:
        if type(data) is not kind:
            raise ValueError("of another type")
        return data

    return check


def _each(check_one: Check) -> Check:
    def check(data: Any, paths: Container[str]) -> Any:
        if type(data) is not list:
            raise ValueError("no list")
        return tuple([check_one(one, paths) for one in data])

    return check


def _either(hints: tuple[Any, ...]) -> Check:
    some = tuple(hint for hint in hints if hint is not type(None))
    whole = _check(some[0]) if len(some) == 1 else _one(some)
    return lambda data, paths: None if data is None and len(some) < len(hints) else whole(data, paths)


def _one(kinds: Iterable[Any]) -> Check:
    names = frozenset(kind.__name__ for kind in kinds)

    def check(data: Any, paths: Container[str]) -> Any:
        if type(data) is not list or data[0] not in names:
            raise ValueError("of another kind")
        kind, checks = _fields(data[0])
        if len(data) != len(checks) + 1:
            raise ValueError("of another shape")
        values = {name: one(value, paths) for (name, one), value in zip(checks, data[1:], strict=True)}
        if values.get("path") is not None and values["path"] not in paths:
            raise ValueError("about another file")
        return kind(**values)

    return check


@cache
def _fields(name: str) -> tuple[Any, tuple[tuple[str, Check], ...]]:
    kind = _BY_NAME[name]
    hints = get_type_hints(kind)
    return kind, tuple((field, _check(hints[field])) for field in _names(kind))
