"""What files said the last time, kept below the user's cache folder.

Two things are kept. For a whole project the answer, under everything that it depends on: every file that a detector
wants, by path and content, the rules, and this package itself. For each file what it says by itself, under the same,
so that after one change one file is read. A third, the index, only spares the reading of content that is known: see
`stamps`. Everything is written at once or not at all, the oldest goes first, and whatever is wrong with what is kept,
or whoever else could have written it, the files are read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from freehold.detect import stamps
from freehold.detect.found import Detection, Found
from freehold.detect.records import pack, unpack
from freehold.rules import folders
from freehold.source import Source, Stamp

BATCH = 200  # sources that one thread takes at once
KEPT = 40  # answers of whole projects, and as many indexes
SHELVES = 128  # files that hold what single files said: many, so that a small project goes through little of others
SHELF_BYTES = 1_000_000
MAX_BYTES = 50_000_000

_HEAD = struct.Struct(">32sI")  # a digest, and the size of what follows

Wanted: TypeAlias = Callable[[Iterable[Source]], Iterable[Source]]
Kept: TypeAlias = tuple[str, bytes, bytes | None]  # the path of a file, its digest, what it says if that can be kept


@dataclass(frozen=True, slots=True)
class Memory:
    """A folder of what was found by certain rules and code (`makers`)."""

    folder: Path
    makers: bytes

    def digest(self, source: Source) -> bytes:
        """Give what stands for a file: its path, its content, and what reads it."""
        whole = hashlib.sha256(self.makers)
        whole.update(source.path.encode("utf-8", "surrogatepass") + b"\0")
        whole.update(source.data)
        return whole.digest()

    def digests(self, sources: Sequence[Source], wanted: Wanted | None = None) -> dict[str, bytes]:
        """The same for many files, which are not held meanwhile, as far as they are `wanted`. What the index knows is
        not read, nor asked whether it is."""
        index = self._index(sources)
        known = stamps.unpack(_mine(self.folder / index), self.makers) if index else {}
        noted: dict[str, stamps.Row] = {}
        digests: dict[str, bytes] = {}
        rest: list[tuple[Source, stamps.Row | None, Stamp | None]] = []
        for source in sources:
            path = source.path
            row = known.get(path)
            stamp = stamps.stamp(source, row)
            if row is not None and stamps.settled(row, stamp):
                noted[path] = row
                digests[path] = row[6]
            else:
                digests[path] = stamps.UNWANTED  # it keeps its place
                rest.append((source, row, stamp))
        if rest:
            tick = self._tick()
            unread = [source for source, _, _ in rest]
            for source in unread:
                _forget(source)  # what was read before this moment proves nothing about it
            digests.update(self._read(unread if wanted is None else list(wanted(unread))))
            for source, row, stamp in rest:
                stamp = stamp and (source.stamp_read(stamp) or stamps.UNREADABLE)
                if stamp is not None and tick is not None:
                    noted[source.path] = stamps.row(stamp, digests[source.path], row, tick)
                _forget(source)
        if index and noted != known:
            with contextlib.suppress(OSError):
                self._write(index, stamps.pack(noted, self.makers))
        return {path: digest for path, digest in digests.items() if digest != stamps.UNWANTED}

    def _index(self, sources: Sequence[Source]) -> str | None:
        """Paths are sorted, so the first and the last share what all share."""
        ends = [source.real for source in (*sources[:1], *sources[-1:]) if source.real is not None]
        if not ends:
            return None
        shared = os.fsencode(os.path.commonpath(ends))
        return f"{hashlib.sha256(self.makers + shared).hexdigest()}.index"

    def _tick(self) -> stamps.Tick | None:
        """What time it is here and for the file system of this folder."""
        ours = time.time_ns()
        with contextlib.suppress(OSError), self._new() as file:
            status = os.fstat(file.fileno())
            os.unlink(file.name)
            return stamps.Tick(ours, status.st_dev, status.st_mtime_ns)
        return None

    def _read(self, sources: Sequence[Source]) -> Iterator[tuple[str, bytes]]:
        batches = [sources[i : i + BATCH] for i in range(0, len(sources), BATCH)]
        if len(batches) < 2:
            yield from self._digests(sources)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as threads:  # while one reads, the other may hash
            for digests in threads.map(self._digests, batches):
                yield from digests

    def _digests(self, sources: Sequence[Source]) -> list[tuple[str, bytes]]:
        digests = []
        for source in sources:
            digests.append((source.path, self.digest(source)))
            _forget(source)
        return digests

    def record(self, source: Source, found: Found) -> Kept:
        """Write down what was found in a file, as it was read."""
        data = None
        with contextlib.suppress(ValueError):
            data = b"" if found == Found() else pack(found)
        return source.path, self.digest(source), data

    def answer(self, digests: Mapping[str, bytes]) -> Detection | None:
        """Give what is known of all these files together."""
        data = _mine(self.folder / f"{_name(digests)}.answer")
        with contextlib.suppress(ValueError):
            return unpack(data, Detection, digests) if data else None
        return None

    def keep_answer(self, digests: Mapping[str, bytes], answer: Detection) -> None:
        """Keep what all these files together say. A cache that cannot be written is no error."""
        with contextlib.suppress(OSError, ValueError):
            self._write(f"{_name(digests)}.answer", pack(answer))

    def found(self, digests: Mapping[str, bytes]) -> dict[str, Found]:
        """Give what is known of each of these files, by path."""
        known: dict[str, Found] = {}
        nothing = Found()
        for shelf, paths in _shelves(digests).items():
            kept = dict(_records(_mine(self.folder / shelf)))
            for path in paths:
                data = kept.get(digests[path])
                if data is not None:
                    with contextlib.suppress(ValueError):
                        known[path] = unpack(data, Found, (path,)) if data else nothing
        return known

    def keep_found(self, records: Iterable[Kept], digests: Mapping[str, bytes]) -> None:
        """Keep what single files say, with that of the others (`digests`) in the same project; then older things, as
        long as there is room."""
        fresh: dict[str, dict[bytes, bytes]] = {}
        for path, digest, data in records:
            if data is not None:
                fresh.setdefault(_shelf(path), {})[digest] = data
        beside = _shelves(digests)
        for shelf, new in fresh.items():
            old = dict(_records(_mine(self.folder / shelf)))
            used = {digests[path] for path in beside.get(shelf, ())} & old.keys()
            every = {**new, **{digest: old[digest] for digest in old if digest in used}, **old, **new}
            with contextlib.suppress(OSError):
                self._write(shelf, b"".join(_bounded(every)))

    def _write(self, name: str, data: bytes) -> None:
        with self._new() as file:
            file.write(data)
        os.replace(file.name, self.folder / name)
        if (kind := Path(name).suffix) != ".shelf":
            for old in sorted(self.folder.glob(f"*{kind}"), key=lambda f: f.stat().st_mtime)[:-KEPT]:
                old.unlink()

    def _new(self) -> IO[bytes]:
        from tempfile import NamedTemporaryFile

        self.folder.mkdir(parents=True, exist_ok=True)
        return NamedTemporaryFile("wb", dir=self.folder, suffix=".tmp", delete=False)


def memory_of(folder: Path, *, couplings: bool = False) -> Memory:
    """Give the memory of the rules that hold now and of this code."""
    total = hashlib.sha256(f"{sys.version} {couplings}".encode())
    here = os.path.dirname(__file__)
    beside = (os.path.join(os.path.dirname(here), f"{name}.py") for name in ("source", "walk", "types", "tomlread"))
    rules = (file for kind in ("calls", "names") for top in folders() for file in _listed(top / kind, ".toml"))
    for file in (*_listed(here, ".py"), *beside, *rules):
        with open(file, "rb", buffering=0) as stream:
            total.update(os.path.basename(file).encode() + b"\0" + stream.read())
    return Memory(folder, total.digest())


def _listed(folder: str | Path, ending: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if entry.name.endswith(ending))
    return []


def _forget(source: Source) -> None:
    if (forget := getattr(source, "forget", None)) is not None:
        forget()


def _name(digests: Mapping[str, bytes]) -> str:
    return hashlib.sha256(b"".join(digests.values())).hexdigest()


def _shelf(path: str) -> str:
    """Where a file's record stands follows from its path, so that all its versions stand together."""
    return f"{zlib.crc32(path.encode('utf-8', 'surrogatepass')) % SHELVES}.shelf"


def _shelves(paths: Iterable[str]) -> dict[str, list[str]]:
    shelves: dict[str, list[str]] = {}
    for path in paths:
        shelves.setdefault(_shelf(path), []).append(path)
    return shelves


def _mine(file: Path) -> bytes:
    """Read a file that nobody else can have written; otherwise nothing."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with contextlib.suppress(OSError), open(file, "rb", opener=lambda path, _: os.open(path, flags)) as stream:
        status = os.fstat(stream.fileno())
        others = hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022)
        return b"" if others or status.st_size > MAX_BYTES else stream.read(MAX_BYTES)
    return b""


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Take a shelf apart, as far as it is whole."""
    at = 0
    while at + _HEAD.size <= len(data):
        digest, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if at + size > len(data):
            return
        yield digest, data[at : at + size]
        at += size


def _bounded(records: Mapping[bytes, bytes]) -> Iterator[bytes]:
    left = SHELF_BYTES
    for digest, data in records.items():
        if (size := _HEAD.size + len(data)) <= left:
            left -= size
            yield _HEAD.pack(digest, len(data)) + data
