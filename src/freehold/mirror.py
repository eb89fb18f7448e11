"""A verified copy of what the lock holds: weights at the locked commit, and the files that they need beside them.

    TARGET/<owner>/<name>/<commit>/…               the files
    TARGET/<owner>/<name>/<commit>/freehold.json   written last, after every file was verified

A copy without that manifest is partial and never called complete. The target is a folder or any place that fsspec
knows (`s3://…`). Checking a copy needs no network, and works when the repository is long gone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from freehold.agreed import Lock, Locked
from freehold.errors import UsageError
from freehold.hub.threads import Threads
from freehold.store import Store
from freehold.types import Weight

if TYPE_CHECKING:
    from freehold.hub.client import Hub

MANIFEST = "freehold.json"
_FORMAT = 1
_CHUNK = 4 * 1024 * 1024
#: Files beside the weights that are worth keeping: configuration, tokenizer, code. Larger ones are samples and media.
_LARGEST_COMPANION = 64 * 1024 * 1024
_RESERVE = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The copy of one locked model. `verified_on` is set only where every locked weight is there with its hash."""

    name: str
    id: str
    commit: str | None
    files: int = 0
    size: int = 0  # bytes
    verified_on: date | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """All copies at one target, sorted by name."""

    target: str
    copies: tuple[Copy, ...]

    @property
    def complete(self) -> bool:
        """True where every copy is verified, and there is one."""
        return bool(self.copies) and all(copy.verified_on is not None for copy in self.copies)


def keep(
    lock: Lock,
    target: str,
    hub: Hub,
    *,
    today: date,
    names: Iterable[str] = (),
    jobs: int = 4,
    progress: Callable[[str, int, int], None] | None = None,
) -> Mirror:
    """Fetch what is not there yet and verify it; only `names`, or all that the lock holds with weights.

    `progress` hears name, file number and number of files. What fails is a problem of its copy, and the next call goes
    on from there. Raises UsageError for a target that nobody can write to, or a name that the lock does not have.
    """
    store = Store(target)
    entries = _chosen(lock, names)
    executor = Threads(max(1, jobs))
    try:
        copies = [_keep(entry, store, hub, today, executor, progress) for entry in entries]
    finally:
        # An interrupted run does not wait for gigabytes: what was cut short is resumed by the next.
        executor.shutdown(wait=False, cancel_futures=True)
    return Mirror(target=target, copies=tuple(copies))


def check(lock: Lock, target: str, *, today: date, names: Iterable[str] = ()) -> Mirror:
    """Read every locked weight in the copy and hold it against the lock; no network, unless the target is one."""
    store = Store(target)
    return Mirror(target=target, copies=tuple(_check(entry, store, today) for entry in _chosen(lock, names)))


def standing(lock: Lock, target: str) -> dict[str, date]:
    """Give the models of which this target has a complete copy, with the day on which it was last verified.

    Sizes are looked at, contents are not read: this is for an audit, `check` is for being sure.
    """
    store = Store(target)
    found: dict[str, date] = {}
    for entry in _chosen(lock, ()):
        manifest = _manifest(store, entry)
        sizes = manifest.sizes if manifest else {}
        if manifest and _agrees(entry, manifest) and all(store.size(p) == size for p, size in sizes.items()):
            found[entry.name] = manifest.verified_on
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file to have: with the hash that it must have, where anyone stated one."""

    path: str
    size: int | None
    sha256: str | None
    blob: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    """What stands in a copy's manifest: hashes and sizes by path in the store."""

    hashes: Mapping[str, str]
    sizes: Mapping[str, int]
    verified_on: date


def _chosen(lock: Lock, names: Iterable[str]) -> list[Locked]:
    wanted = set(names)
    held = [e for e in lock.entries if e.ecosystem == "huggingface" and (e.availability.has_weights or e.weights)]
    if unknown := sorted(wanted - {entry.name for entry in held}):
        raise UsageError(f"the lock holds no weights of {', '.join(unknown)}", "run `freehold lock` first")
    return [entry for entry in held if not wanted or entry.name in wanted]


def _keep(
    entry: Locked,
    store: Store,
    hub: Hub,
    today: date,
    executor: Executor,
    progress: Callable[[str, int, int], None] | None,
) -> Copy:
    if problem := _unusable(entry):
        return _copy(entry, problems=(problem,))
    known = _manifest(store, entry)
    if known and _agrees(entry, known) and all(store.size(path) == size for path, size in known.sizes.items()):
        return _check(entry, store, today)
    files = _files(entry, hub)
    if isinstance(files, str):
        return _copy(entry, problems=(files,))
    below = _below(entry)
    missing = sum(file.size or 0 for file in files if store.size(f"{below}/{file.path}") != file.size)
    with _stage(store, below) as stage:
        # To anywhere but a folder, files pass through here one by one.
        needed = missing if store.local is not None else max((file.size or 0 for file in files), default=0)
        if (free := shutil.disk_usage(stage).free) < needed + _RESERVE:
            return _copy(entry, problems=(f"needs {needed:,} bytes, and {free:,} are free",))
        hashes: dict[str, str] = {}
        sizes: dict[str, int] = {}
        problems: list[str] = []
        done = executor.map(lambda file: _fetch(entry, file, store, hub, stage, below), files)
        for number, (file, fetched) in enumerate(zip(files, done, strict=True), 1):
            if progress is not None:
                progress(entry.name, number, len(files))
            if isinstance(fetched, str):
                problems.append(fetched)
                continue
            hashes[f"{below}/{file.path}"], sizes[f"{below}/{file.path}"] = fetched
    if problems:
        return _copy(entry, len(hashes), sum(sizes.values()), problems=tuple(problems))
    if store.local is not None:
        # What the client remembers for resuming is no part of a copy that is whole.
        shutil.rmtree(store.local / below / ".cache" / "huggingface", ignore_errors=True)
    _write_manifest(store, entry, hub.endpoint, _Manifest(hashes=hashes, sizes=sizes, verified_on=today), today)
    return _copy(entry, len(hashes), sum(sizes.values()), today)


def _unusable(entry: Locked) -> str | None:
    if entry.commit is None or not entry.weights:
        return "the lock has no commit or no weights of it; run `freehold lock`"
    parts = [*(entry.id or entry.name).split("/"), entry.commit]
    if bad := next((p for p in (*parts, *(w.path for w in entry.weights)) if not _safe(p)), None):
        return f"{bad!r} is no path that a copy may have"
    return None


def _safe(path: str) -> bool:
    """Paths come from a repository and a lockfile: none may lead out of the copy, or stand for another file."""
    if not path or path.startswith("/") or any(c in path for c in "\\:\0") or not path.isprintable():
        return False
    return all(part not in ("", ".", "..") for part in path.split("/")) and PurePosixPath(path).name != MANIFEST


def _files(entry: Locked, hub: Hub) -> list[_File] | str:
    """The locked weights, and what stands beside them in the repository at that commit."""
    from freehold.hub.answer import Found
    from freehold.hub.weights import is_candidate

    name = entry.id or entry.name
    answer = hub.ask(name, entry.commit)
    if not isinstance(answer, Found):
        return f"the Hub does not give it any more: {getattr(answer, 'reason', 'it is not there')}"
    listed = {file.path: file for file in answer.record.files or ()}
    files = []
    for weight in entry.weights:
        now = listed.get(weight.path)
        if now is None:
            return f"{weight.path} is not in the repository at {entry.commit}"
        if weight.sha256 and now.sha256 and weight.sha256 != now.sha256:
            return f"{weight.path} is another file than the locked one"
        files.append(_File(path=weight.path, size=now.size, sha256=weight.sha256 or now.sha256, blob=now.blob))
    locked = {weight.path for weight in entry.weights}
    for path, file in listed.items():
        if path not in locked and not is_candidate(path) and _safe(path) and (file.size or 0) <= _LARGEST_COMPANION:
            files.append(_File(path=path, size=file.size, sha256=file.sha256, blob=file.blob))
    return sorted(files, key=lambda file: file.path)


@contextmanager
def _stage(store: Store, below: str) -> Iterator[Path]:
    """Where downloads arrive: for a folder in the copy itself, so that nothing is moved and everything is resumed."""
    if store.local is not None:
        folder = store.local / below
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write to the target: {error.strerror}", "give a folder that you own") from None
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="freehold-mirror-") as name:
        yield Path(name)


def _fetch(entry: Locked, file: _File, store: Store, hub: Hub, stage: Path, below: str) -> tuple[str, int] | str:
    """Fetch and verify one file; its hash and size, or what went wrong."""
    from freehold.hub.answer import Fault

    there = f"{below}/{file.path}"
    if store.size(there) == file.size and (already := store.sha256(there)) and already == file.sha256:
        return already, store.size(there) or 0
    fetched = hub.download(entry.id or entry.name, entry.commit or "", file.path, stage)
    if isinstance(fetched, Fault):
        return fetched.reason
    digest, size = _digest(fetched), fetched.stat().st_size
    if (file.size is not None and size != file.size) or not _is(file, fetched, digest):
        # The client would take a bad file for the good one again.
        fetched.unlink(missing_ok=True)
        return f"{file.path} is not what was locked: its hash or size is another"
    if store.local is None:
        try:
            store.take(there, fetched)
        except OSError as error:
            return f"{file.path}: the target does not take it ({error.__class__.__name__})"
        finally:
            fetched.unlink(missing_ok=True)
    return digest, size


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is(file: _File, fetched: Path, digest: str) -> bool:
    """Hold a file against the hash that was stated: of its content, or, for a file in git, git's own."""
    if file.sha256 is not None:
        return digest == file.sha256
    if file.blob is None or len(file.blob) != 40:
        return True
    git = hashlib.sha1(b"blob %d\0" % fetched.stat().st_size, usedforsecurity=False)
    with fetched.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            git.update(chunk)
    return git.hexdigest() == file.blob


def _check(entry: Locked, store: Store, today: date) -> Copy:
    if problem := _unusable(entry):
        return _copy(entry, problems=(problem,))
    manifest = _manifest(store, entry)
    if manifest is None:
        return _copy(entry, problems=("no complete copy at the target",))
    problems = [] if _agrees(entry, manifest) else ["the copy is of other weights than the locked ones"]
    below = f"{_below(entry)}/"
    for path, stated in sorted(manifest.hashes.items()):
        if store.size(path) is None:
            problems.append(f"{path.removeprefix(below)} is missing")
        elif store.sha256(path) != stated:
            problems.append(f"{path.removeprefix(below)} is damaged: its hash is another")
    if problems:
        return _copy(entry, len(manifest.hashes), sum(manifest.sizes.values()), problems=tuple(problems))
    _write_manifest(store, entry, None, manifest, today)
    return _copy(entry, len(manifest.hashes), sum(manifest.sizes.values()), today)


def _copy(
    entry: Locked, files: int = 0, size: int = 0, verified_on: date | None = None, problems: tuple[str, ...] = ()
) -> Copy:
    return Copy(
        name=entry.name,
        id=entry.id or entry.name,
        commit=entry.commit,
        files=files,
        size=size,
        verified_on=verified_on,
        problems=problems,
    )


def _below(entry: Locked) -> str:
    return f"{entry.id or entry.name}/{entry.commit}"


def _agrees(entry: Locked, manifest: _Manifest) -> bool:
    """The lock is the authority: every weight in it must be in the copy, with its hash and size."""

    def held(weight: Weight) -> bool:
        path = f"{_below(entry)}/{weight.path}"
        same_size = weight.size is None or manifest.sizes.get(path) == weight.size
        return path in manifest.hashes and same_size and weight.sha256 in (None, manifest.hashes[path])

    return bool(entry.weights) and all(held(weight) for weight in entry.weights)


def _manifest(store: Store, entry: Locked) -> _Manifest | None:
    if _unusable(entry) or (data := store.read(f"{_below(entry)}/{MANIFEST}")) is None:
        return None
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        raw = json.loads(data)
        if raw["format"] != _FORMAT or raw["commit"] != entry.commit:
            return None
        rows = [(str(row["path"]), str(row["sha256"]), int(row["size"])) for row in raw["files"]]
        if not all(_safe(path) for path, _, _ in rows):
            return None
        below = _below(entry)
        return _Manifest(
            hashes={f"{below}/{path}": sha256 for path, sha256, _ in rows},
            sizes={f"{below}/{path}": size for path, _, size in rows},
            verified_on=date.fromisoformat(raw["verified-on"]),
        )
    return None


def _write_manifest(store: Store, entry: Locked, endpoint: str | None, manifest: _Manifest, today: date) -> None:
    """Record that every file was verified today; a copy that cannot be written to is verified all the same."""
    below = f"{_below(entry)}/"
    earlier = store.read(f"{below}{MANIFEST}")
    with suppress(ValueError, TypeError, AttributeError):
        endpoint = endpoint or json.loads(earlier or b"{}").get("source")
    rows = [
        {"path": path.removeprefix(below), "size": manifest.sizes[path], "sha256": sha256}
        for path, sha256 in sorted(manifest.hashes.items())
    ]
    raw = {
        "format": _FORMAT,
        "id": entry.id or entry.name,
        "_id": entry.uid,
        "commit": entry.commit,
        "source": endpoint,
        "verified-on": today.isoformat(),
        "files": rows,
    }
    if earlier is None:
        store.write(f"{below}{MANIFEST}", (json.dumps(raw, indent=1) + "\n").encode())
        return
    with suppress(OSError):
        store.write(f"{below}{MANIFEST}", (json.dumps(raw, indent=1) + "\n").encode())
