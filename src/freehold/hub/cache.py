"""What the Hub said before, kept on disk between runs: never the answer by itself, never fatal.

A record is used again only where the Hub says today that nothing changed: by a 304 to its ETag, or by a listing that
shows the same commit and the same gate. After a fault it is what was last known, with its date. Files are written
whole and moved into place, so that runs side by side may share the folder; one that cannot be read is not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from freehold.hub.record import KEYS, Record, parse

_FORMAT = 1
_MAX_BYTES = 32 * 1024 * 1024
_MAX_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An earlier answer: the record, the day on which it was given, and the ETag under which it can be confirmed."""

    record: Record
    as_of: date
    etag: str | None = None


class Cache:
    """Answers of one endpoint to one identity: what a token may see is not shown to another, nor to the anonymous."""

    def __init__(self, folder: Path, endpoint: str, token: str | None) -> None:
        """Name the folder; it is made when something is kept."""
        who = hashlib.sha256(f"{endpoint}\0{token or ''}".encode()).hexdigest()[:16]
        self._folder = folder / f"hub-{_FORMAT}" / who
        self._pruned = False

    def get(self, id: str, revision: str | None) -> Kept | None:  # noqa: A002
        """Give what was kept for this question, or None."""
        file = self._file(id, revision)
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            if file.stat().st_size > _MAX_BYTES:
                return None
            kept = json.loads(file.read_bytes())
            if (kept["id"], kept["revision"]) != (id, revision):
                return None
            etag = kept["etag"] if isinstance(kept["etag"], str) else None
            return Kept(record=parse(kept["info"]), as_of=date.fromisoformat(kept["as-of"]), etag=etag)
        return None

    def put(self, id: str, revision: str | None, info: Mapping[str, object], etag: str | None, as_of: date) -> None:  # noqa: A002
        """Keep an answer; a disk that is full or read-only is no reason to fail."""
        trimmed = {key: info[key] for key in KEYS if key in info}
        kept = {"id": id, "revision": revision, "as-of": as_of.isoformat(), "etag": etag, "info": trimmed}
        with suppress(ValueError, RecursionError):
            self._write(self._file(id, revision), json.dumps(kept))

    def confirm(self, id: str, revision: str | None, as_of: date) -> None:  # noqa: A002
        """Note that an answer still held on that day."""
        file = self._file(id, revision)
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            kept = json.loads(file.read_bytes())
            if kept["id"] == id and kept["as-of"] != as_of.isoformat():
                self._write(file, json.dumps({**kept, "as-of": as_of.isoformat()}))

    def grant(self, id: str, as_of: date) -> bool | None:  # noqa: A002
        """Give what was answered on this very day about a gate; it may close on any other."""
        file = self._file(id, "\0gate")
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            kept = json.loads(file.read_bytes())
            if (kept["id"], kept["as-of"]) == (id, as_of.isoformat()) and isinstance(kept["granted"], bool):
                return bool(kept["granted"])
        return None

    def keep_grant(self, id: str, granted: bool, as_of: date) -> None:  # noqa: A002
        """Keep what was answered about a gate."""
        kept = {"id": id, "as-of": as_of.isoformat(), "granted": granted}
        self._write(self._file(id, "\0gate"), json.dumps(kept))

    def text(self, blob: str) -> str | None:
        """Give a text by git's hash of it, or None."""
        with suppress(OSError, ValueError):
            return (self._folder / f"{blob}.txt").read_text("utf-8")
        return None

    def keep_text(self, blob: str, text: str) -> None:
        """Keep a text."""
        self._write(self._folder / f"{blob}.txt", text)

    def _file(self, id: str, revision: str | None) -> Path:  # noqa: A002
        key = hashlib.sha256(f"{id}\0{revision or ''}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
        return self._folder / f"{key}.json"

    def _write(self, file: Path, text: str) -> None:
        with suppress(OSError, ValueError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prune()
            handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                    stream.write(text)
                Path(name).replace(file)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _prune(self) -> None:
        """Once a run, forget what nobody confirmed for a long time, and what an interrupted run left behind."""
        if self._pruned:
            return
        self._pruned = True
        now = time.time()
        for file in self._folder.iterdir():
            with suppress(OSError):
                age = now - file.stat().st_mtime
                if age > _MAX_DAYS * 86_400 or (file.suffix == ".tmp" and age > 3_600):
                    file.unlink()


def folder() -> Path | None:
    """Give freehold's cache folder: FREEHOLD_CACHE (`off` = none), or the place that the system has for caches."""
    chosen = os.environ.get("FREEHOLD_CACHE")
    if chosen is not None:
        return None if chosen.strip().lower() in ("", "off") else Path(chosen)
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "freehold" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "freehold"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "freehold"
    except RuntimeError:  # no home
        return None
