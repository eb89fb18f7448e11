"""What is known of a file, on its way between processes and from one run to the next: most of it stays packed until
somebody asks for it, and of a large project most files are asked little."""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping
from sys import intern
from typing import Any, cast

#: What only those ask for who follow a name into a file. Calls are packed by the last part of what they call.
LATER = ("imports", "scopes", "snippets", "asked", "settings")


class Parcel(dict[str, Any]):
    """Plain data by name. A copy that another process gets, or another run, unpacks itself, part by part."""

    def __init__(self, ready: Mapping[str, Any], packed: dict[str, Any] | None = None) -> None:
        super().__init__(ready)
        self.packed = packed if packed is not None else {}

    def __missing__(self, name: str) -> Any:
        packed = self.packed.pop(name)
        if isinstance(packed, bytes):
            # Only this program's own processes pack so: nothing that was kept, and nothing of the project.
            found = marshal.loads(packed)  # noqa: S302
        else:
            found = shared(json.loads(packed)) if isinstance(packed, str) else Parcel({}, packed)
        self[name] = found
        return found

    def __eq__(self, other: object) -> bool:
        for parcel in (self, other):
            if isinstance(parcel, Parcel):
                for name in tuple(parcel.packed):
                    parcel.__missing__(name)
        return dict.__eq__(self, other)

    __hash__ = None

    def __or__(self, other: dict[str, Any]) -> Parcel:  # type: ignore[override]
        return Parcel({**self, **other}, {**self.packed})

    def __reduce__(self) -> tuple[Any, ...]:
        packed = self.packed | {name: marshal.dumps(self[name]) for name in LATER if name in self}
        if "calls" in self:
            calls = self["calls"]
            rest = calls.packed if isinstance(calls, Parcel) else {}
            packed["calls"] = rest | {tail: marshal.dumps(some) for tail, some in calls.items()}
        ready = {name: some for name, some in self.items() if name not in packed}
        return _unpacked, (marshal.dumps((ready, packed)),)


def _unpacked(data: bytes) -> Parcel:
    return Parcel(*marshal.loads(data))  # noqa: S302


def written(facts: dict[str, Any]) -> list[Any]:
    """Facts for another run: what is ready, and as text what may stay packed."""
    if not isinstance(facts, Parcel):
        return [facts]
    later: dict[str, Any] = {name: _text(facts[name]) for name in LATER if name in facts or name in facts.packed}
    if "calls" in facts or "calls" in facts.packed:
        calls = facts["calls"]
        tails = (*calls, *(calls.packed if isinstance(calls, Parcel) else ()))
        later["calls"] = {tail: _text(calls[tail]) for tail in tails}
    return [{name: some for name, some in facts.items() if name not in later}, later]


def read(parts: list[Any]) -> dict[str, Any]:
    """What was `written`. Raises ValueError for everything else; what is packed is looked at when it is asked for."""
    ready, *later = parts
    if type(ready) is not dict or len(later) > 1 or not all(type(one) is dict for one in later):
        raise ValueError("no facts")
    for name, packed in later[0].items() if later else ():
        if any(type(text) is not str for text in (packed.values() if type(packed) is dict else (packed,))):
            raise ValueError(f"{name} is not packed")
    return Parcel(shared(ready), later[0]) if later else cast("dict[str, Any]", shared(ready))


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def shared(data: Any) -> Any:
    """The same with every word once, and every name: as it was before it was written, and in less memory."""
    names: dict[str, Any] = {}
    stack: list[Any] = [data] if type(data) in (list, dict) else []
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
