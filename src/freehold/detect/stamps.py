"""What the file system said of each file when it was last read, so that a file that stayed is not read again.

This is git's index, for git's purpose: while size, times, inode and device are those that were noted, the content is
taken to be. The content stays what everything is kept by; here only stands which it was. Two changes within one tick
of the file system's clock look like one, and git's answer to that (Documentation/technical/racy-git) holds here: what
is not clearly older than its reading is read again. "Older" is told by one clock: that of the file system, where the
notes lie on the same one; elsewhere a file must have been seen twice, some time apart, without a change.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from freehold.source import Source, Stamp

GRAIN = 3_000_000_000  # nanoseconds: above the coarsest tick that is known, FAT's two seconds

UNWANTED = bytes(32)  # in place of a digest
UNREADABLE: Stamp = (0, 0, 0, 0, 0)  # in place of a stamp: tried again each time, and told again

#: A stamp, when it was first seen (0: long enough ago), and what was read. Flat, because there are many.
Row: TypeAlias = tuple[int, int, int, int, int, int, bytes]

_HEAD = struct.Struct(">32s32sQ")  # of all that follows; what the notes are about; how many
_ROW = struct.Struct(">QqqQQq32s")


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment: on our clock, and on that of the file system with this number."""

    ours: int
    device: int
    theirs: int


def row(stamp: Stamp, digest: bytes, before: Row | None, tick: Tick) -> Row:
    """Note what was read after this moment from a file of which `before` was known."""
    _, changed, touched, _, device = stamp
    if stamp == UNREADABLE:
        return (*stamp, 0, digest)
    if device == tick.device and max(changed, touched) + GRAIN < tick.theirs:
        return (*stamp, 0, digest)
    first = min(before[5], tick.ours) if before is not None and before[:5] == stamp else tick.ours
    return (*stamp, 0 if first + GRAIN < tick.ours else first, digest)


def stamp(source: Source, row: Row | None) -> Stamp | None:
    """Give the stamp of a file of which this was noted; None where it is none."""
    if row is None or row[:5] != UNREADABLE:
        return source.stamp()
    _ = source.data
    return source.stamp_read(None) or UNREADABLE


def settled(row: Row | None, stamp: Stamp | None) -> bool:
    """Is the content of a file with this stamp known?"""
    return row is not None and row[:5] == stamp and not row[5]


def pack(rows: Mapping[str, Row], about: bytes) -> bytes:
    """Write notes down."""
    noted = b"".join(_ROW.pack(*row) for row in rows.values())
    data = about + len(rows).to_bytes(8, "big") + noted + "\0".join(rows).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).digest() + data


def unpack(data: bytes, about: bytes) -> dict[str, Row]:
    """Read notes; none where they are about something else, or not as they were written."""
    if len(data) < _HEAD.size or hashlib.sha256(memoryview(data)[32:]).digest() != data[:32]:
        return {}
    _, theirs, count = _HEAD.unpack_from(data)
    end = _HEAD.size + count * _ROW.size
    if theirs != about or not count or end > len(data):
        return {}
    paths = data[end:].decode("utf-8", "surrogatepass").split("\0")
    rows: dict[str, Row] = dict(zip(paths, _ROW.iter_unpack(memoryview(data)[_HEAD.size : end]), strict=False))
    return rows
