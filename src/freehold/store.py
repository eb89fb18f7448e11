"""A place for files, as fsspec knows many: a folder, a bucket, a share. Whatever is written there is written whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from freehold.errors import UsageError

_CHUNK = 4 * 1024 * 1024


class Store:
    """A place for files: a folder, or whatever fsspec makes of a URL. `local` is the folder, if it is one."""

    def __init__(self, target: str) -> None:
        """Connect to nothing yet, as far as the place allows.

        Raises UsageError for a target that fsspec cannot make anything of.
        """
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        try:
            self._fs, self._root = url_to_fs(target)
        except (ValueError, ImportError, OSError) as error:
            message = f"the target {target!r} is no place to write to ({error.__class__.__name__})"
            raise UsageError(message, "give a folder, or a URL that fsspec knows, such as s3://bucket/models") from None
        self.local = Path(self._root) if "file" in _protocols(self._fs) else None

    def _at(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    def size(self, path: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            return int(self._fs.info(self._at(path))["size"])
        except (OSError, KeyError, TypeError, ValueError):
            return None

    def sha256(self, path: str) -> str | None:
        """Read a file to its end; None where that fails."""
        digest = hashlib.sha256()
        try:
            with self._fs.open(self._at(path), "rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
        except OSError:
            return None
        return digest.hexdigest()

    def read(self, path: str) -> bytes | None:
        """Give a small file, None where there is none."""
        try:
            return bytes(self._fs.cat_file(self._at(path)))
        except OSError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Write a small file, whole."""
        self._put(path, lambda name: self._fs.pipe_file(name, data))

    def take(self, path: str, file: Path) -> None:
        """Copy a local file here, whole."""
        self._put(path, lambda name: self._fs.put_file(str(file), name))

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            self._fs.rm_file(self._at(path))

    def _put(self, path: str, write: Callable[[str], object]) -> None:
        final = self._at(path)
        self._fs.makedirs(final.rpartition("/")[0], exist_ok=True)
        write(f"{final}.part")
        self._fs.mv(f"{final}.part", final)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
