"""The files below the root: the only reader of the project under audit.

Nothing outside the root is opened, nothing but a regular file is read, and every limit that is hit is a Problem.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from operator import attrgetter
from pathlib import Path

from freehold.errors import UsageError
from freehold.ignore import Ignore, parse
from freehold.source import Source, Stamp, as_utf8
from freehold.types import Location, Problem

#: Folders that tools make.
MADE = frozenset(
    """
    .git .hg .svn .bzr __pycache__ .venv venv .tox .nox .eggs .mypy_cache .ruff_cache .pytest_cache
    .ipynb_checkpoints .next .nuxt .svelte-kit .terraform .gradle .idea .cache .yarn .pnpm-store
    """.split()  # noqa: SIM905
)
#: Folders that hold other people's code.
VENDORED = frozenset(
    """
    node_modules bower_components site-packages dist-packages vendor vendored _vendor third_party thirdparty
    third-party 3rdparty
    """.split()  # noqa: SIM905
)
#: Output of a build, where one of these files stands beside it.
BUILT = {
    "build": ("pyproject.toml", "setup.py", "package.json", "CMakeLists.txt", "build.gradle"),
    "dist": ("pyproject.toml", "setup.py", "package.json"),
    "target": ("Cargo.toml", "pom.xml"),
}
#: Never text, or data rather than a program: not opened.
UNREAD = frozenset(
    """
    7z a avi avif bin bmp bz2 ckpt class csv dat db dll dylib eot exe feather flac flv gguf ggml gif gz h5
    hdf5 heic icns ico jar jpeg jpg jsonl lz4 m4a m4v map mkv mlmodel mov mp3 mp4 mpeg msgpack ndjson npy npz
    o obj ogg onnx opus otf parquet pb pdf pickle pkl png ppt pptx psd pt pth pyc pyd rar safetensors so
    sqlite stl tar tflite tfrecord tgz tif tiff tsv ttf wasm wav webm webp whl wmv woff woff2 xls xlsx xz zip
    zst docx doc
    """.split()  # noqa: SIM905
)

#: What may be large, though somebody reads it.
LARGE = (".ipynb", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")

_NAME = attrgetter("name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one walk reads. Notebooks carry their pictures and lock files every package, hence a limit of their
    own."""

    file_bytes: int = 1 << 20
    large_bytes: int = 16 << 20
    files: int = 200_000
    depth: int = 64


class FileSource(Source):
    """A source that is read when its content is first asked for: most files only ever show their name."""

    def __init__(self, path: str, real: str, limit: int, problems: list[Problem]) -> None:
        self.__dict__.update(path=path, _real=real, _limit=limit, _problems=problems)

    @cached_property
    def data(self) -> bytes:
        """The bytes; empty, with a Problem, where they could not be read."""
        self.__dict__["_stamp"] = None
        try:
            data, status = _read(self.__dict__["_real"], self.__dict__["_limit"])
        except (OSError, ValueError) as error:
            what = error.strerror or "error" if isinstance(error, OSError) else str(error)
            self.__dict__["_problems"].append(self.problem(f"could not be read: {what}"))
            return b""
        self.__dict__["_stamp"] = _stamp(status)
        return as_utf8(data)

    def forget(self) -> None:
        """Let go of the content; it is read again when it is asked for."""
        for name in ("data", "text", "lines", "_starts"):
            self.__dict__.pop(name, None)

    @property
    def real(self) -> str:
        """Where the file system has it."""
        real: str = self.__dict__["_real"]
        return real

    def stamp(self) -> Stamp | None:
        """What the file system says of it now; None for what is no regular file."""
        try:
            status = os.lstat(self.__dict__["_real"])
        except (OSError, ValueError):
            return None
        return _stamp(status) if stat.S_ISREG(status.st_mode) else None

    def stamp_read(self, unread: Stamp | None) -> Stamp | None:
        """The same as of when its content was read, None where that failed; `unread` where nobody read it."""
        return self.__dict__.get("_stamp", unread)

    @property
    def trouble(self) -> tuple[Problem, ...]:
        """What could not be read of it, where it was read in another process."""
        return tuple(self.__dict__["_problems"]) if self.__dict__.get("_alone") else ()

    def __reduce__(self) -> tuple[object, ...]:
        return _elsewhere, (self.path, self.__dict__["_real"], self.__dict__["_limit"])


def _elsewhere(path: str, real: str, limit: int) -> FileSource:
    """The same file for another process, which reads it there."""
    source = FileSource(path, real, limit, [])
    source.__dict__["_alone"] = True
    return source


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What lies below the root. `sources` are read as they are used; `problems` are complete after that."""

    sources: tuple[Source, ...]
    skipped: tuple[str, ...]  # folders that were not entered: other people's code, and output of builds
    _problems: list[Problem] = field(repr=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, sorted."""
        return tuple(sorted(set(self._problems), key=lambda p: (p.location or Location(path=""), p.what)))

    @property
    def files(self) -> int:
        """How many files there are to read."""
        return len(self.sources)


@dataclass(slots=True)
class _Folder:
    real: str
    path: str  # relative to the root, shown
    depth: int
    ignores: tuple[tuple[int, Ignore], ...]  # (length of the path of its folder, patterns), innermost last


def walk(
    root: Path, paths: tuple[Path, ...] = (), *, exclude: tuple[str, ...] = (), limits: Limits | None = None
) -> Walk:
    """List the files below `root`, or below `paths` in it, sorted by path.

    What a path names explicitly is read whatever .gitignore says; `exclude` (fnmatch, `**` for any depth) always holds.
    Raises UsageError where a path does not exist or lies outside the root.
    """
    problems: list[Problem] = []
    skipped: list[str] = []
    limits = limits or Limits()
    found: dict[str, str] = {}
    top = os.path.realpath(root)
    for start in _starts(top, root, paths):
        if start.real.endswith("/") or os.path.isdir(start.real):
            for path, real in _below(top, start, exclude, limits, skipped, problems):
                if len(found) >= limits.files:
                    problems.append(
                        Problem(what=f"more than {limits.files} files: the rest was not read", hint="exclude folders")
                    )
                    break
                found[path] = real
        else:
            found[start.path] = start.real
    sources = (_source(path, found[path], limits, problems) for path in sorted(found))
    return Walk(sources=tuple(sources), skipped=tuple(sorted(set(skipped))), _problems=problems)


def _starts(top: str, root: Path, paths: tuple[Path, ...]) -> Iterator[_Folder]:
    if not os.path.exists(top):
        raise UsageError(f"{root}: no such file or folder")
    for given in paths or (Path(top),):
        real = os.path.realpath(given)
        if not os.path.exists(real):
            raise UsageError(f"{given}: no such file or folder")
        if real != top and not real.startswith(top.rstrip("/") + "/"):
            raise UsageError(f"{given}: lies outside {root}")
        path = "" if real == top else _shown(os.path.relpath(real, top))
        if path == "" and not os.path.isdir(top):
            path = _shown(os.path.basename(top))
        yield _Folder(real, path, path.count("/") + bool(path), _ignores_above(top, real))


def _below(
    top: str, start: _Folder, exclude: tuple[str, ...], limits: Limits, skipped: list[str], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    stack = [start]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder.real) as entries:
                here = sorted(entries, key=_NAME)
        except OSError as error:
            problems.append(_problem(folder.path, f"could not be listed: {error.strerror}"))
            continue
        names = frozenset(entry.name for entry in here)
        ignores = folder.ignores
        if ".gitignore" in names and folder.real != start.real:
            ignores = (*ignores, *_ignore_of(folder.real, folder.path))
        for entry in here:
            path = f"{folder.path}/{_shown(entry.name)}" if folder.path else _shown(entry.name)
            if exclude and any(_excluded(path, pattern) for pattern in exclude):
                continue
            if entry.is_symlink():
                problems.extend(_outside(top, entry.path, path))
            elif entry.is_dir(follow_symlinks=False):
                if _foreign(entry.name, names):
                    skipped.append(path)
                elif not _made(entry.name) and not _ignored(ignores, path, folder=True):
                    if folder.depth >= limits.depth:
                        problems.append(_problem(path, f"deeper than {limits.depth} folders: not read"))
                    else:
                        stack.append(_Folder(entry.path, path, folder.depth + 1, ignores))
            elif (
                entry.is_file(follow_symlinks=False)
                and not _unread(entry.name)
                and not _ignored(ignores, path, folder=False)
            ):
                yield path, entry.path


def _unread(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return ending.lower() in UNREAD and stem.strip(".") != ""


def _made(name: str) -> bool:
    return name in MADE or name.endswith((".egg-info", ".dist-info"))


def _foreign(name: str, beside: frozenset[str]) -> bool:
    return name in VENDORED or any(file in beside for file in BUILT.get(name, ()))


def _outside(top: str, real: str, path: str) -> Iterable[Problem]:
    """A link is never followed: what lies below the root is met under its own name."""
    target = os.path.realpath(real)
    if target != top and not target.startswith(top.rstrip("/") + "/"):
        yield _problem(path, "a link out of the project: not followed")


def _ignored(ignores: tuple[tuple[int, Ignore], ...], path: str, *, folder: bool) -> bool:
    for length, ignore in reversed(ignores):
        answer = ignore.match(path[length:], folder)
        if answer is not None:
            return answer
    return False


def _ignores_above(top: str, real: str) -> tuple[tuple[int, Ignore], ...]:
    """The patterns that hold where the walk starts: those of the folder itself and of all above it, up to the root."""
    parts = () if real == top else tuple(os.path.relpath(real, top).split(os.sep))
    folders = [parts[:i] for i in range(len(parts) + 1)]
    return tuple(
        rule
        for folder in folders
        if os.path.isdir(os.path.join(top, *folder))
        for rule in _ignore_of(os.path.join(top, *folder), "/".join(map(_shown, folder)))
    )


def _ignore_of(real: str, path: str) -> Iterator[tuple[int, Ignore]]:
    try:
        text = _read(os.path.join(real, ".gitignore"), 1 << 20)[0].decode("utf-8", "replace")
    except (OSError, ValueError):
        return
    yield len(path) + 1 if path else 0, parse(text.split("\n"))


def _excluded(path: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    return (
        fnmatchcase(path, pattern) or fnmatchcase(path, pattern.removesuffix("/**")) or path.startswith(pattern + "/")
    )


def _source(path: str, real: str, limits: Limits, problems: list[Problem]) -> Source:
    limit = limits.large_bytes if path.endswith(LARGE) else limits.file_bytes
    return FileSource(path, real, limit, problems)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def _read(real: str, limit: int) -> tuple[bytes, os.stat_result]:
    """Read a regular file, and give what was said of it before. Opening never blocks on a pipe and never follows a
    link."""
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        if status.st_size > limit:
            raise ValueError(f"{status.st_size} bytes, more than the limit of {limit}")
        chunks: list[bytes] = []
        left = limit
        while left > 0 and (chunk := os.read(descriptor, min(left, status.st_size + 1))):
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks), status
    finally:
        os.close(descriptor)


def _shown(name: str) -> str:
    """A name as text, whatever its bytes: what is not UTF-8 is written as \\xNN."""
    if not name.isascii():
        name = os.fsencode(name).decode("utf-8", "backslashreplace")
    return name if os.sep == "/" else name.replace(os.sep, "/")


def _problem(path: str, what: str) -> Problem:
    return Problem(what=what, location=Location(path=path))
