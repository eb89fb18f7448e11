"""What is known of a file, on its way between processes: most of it stays packed until somebody asks for it,
and of a large project most files are asked little."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from typing import Any

#: What only those ask for who follow a name into a file. Calls are packed by the last part of what they call.
LATER = ("imports", "scopes", "snippets", "asked", "settings")


class Parcel(dict[str, Any]):
    """Plain data by name. A copy that another process gets unpacks itself, part by part."""

    def __init__(self, ready: Mapping[str, Any], packed: Mapping[str, Any] | None = None) -> None:
        super().__init__(ready)
        self.packed = dict(packed or {})

    def __missing__(self, name: str) -> Any:
        packed = self.packed.pop(name)
        # Only this program's own processes pack: nothing that was kept, and nothing of the project, is read so.
        found = self[name] = marshal.loads(packed) if isinstance(packed, bytes) else Parcel({}, packed)  # noqa: S302
        return found

    def __eq__(self, other: object) -> bool:
        for parcel in (self, other):
            if isinstance(parcel, Parcel):
                for name in tuple(parcel.packed):
                    parcel.__missing__(name)
        return dict.__eq__(self, other)

    __hash__ = None

    def __or__(self, other: dict[str, Any]) -> Parcel:  # type: ignore[override]
        return Parcel({**self, **other}, self.packed)

    def __reduce__(self) -> tuple[Any, ...]:
        packed = self.packed | {name: marshal.dumps(self[name]) for name in LATER if name in self}
        if "calls" in self:
            calls = self["calls"]
            rest = calls.packed if isinstance(calls, Parcel) else {}
            packed["calls"] = rest | {tail: marshal.dumps(some) for tail, some in calls.items()}
        ready = {name: some for name, some in self.items() if name not in packed}
        return _unpacked, (marshal.dumps(ready), packed)


def _unpacked(ready: bytes, packed: Mapping[str, Any]) -> Parcel:
    return Parcel(marshal.loads(ready), packed)  # noqa: S302
