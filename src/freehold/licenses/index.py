"""Licenses of packages from the user's own package index: metadata of wheels, read and never installed.

It asks the indexes that pip's and uv's own configuration and environment name, never one that a file of the audited
project names, and it never builds: a package that has no wheel stays unknown. Metadata comes from the index (PEP 658),
else from the wheel's last bytes (HTTP ranges).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from freehold.licenses import metadata
from freehold.licenses.fetch import ABSENT, Refused, Web
from freehold.licenses.indexes import Indexes
from freehold.licenses.metadata import Metadata

MAX_PAGE: Final = 32_000_000
MAX_METADATA: Final = 4_000_000
MAX_LICENSE: Final = 400_000
_JSON: Final = "application/vnd.pypi.simple.v1+json"
_ACCEPT: Final = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LICENSE_FILE: Final = re.compile(r"\.dist-info/(licenses/.+|[^/]*(licen[cs]e|copying)[^/]*)$", re.IGNORECASE)
_MAX_TEXTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One wheel that an index offers."""

    filename: str
    url: str
    version: Version
    sha256: str | None = None
    has_metadata: bool = False
    metadata_sha256: str | None = None
    yanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What an index says of one version: its metadata, and the license texts in the wheel where they were needed."""

    metadata: Metadata
    where: str
    texts: tuple[str, ...] = ()


class PackageIndex:
    """The user's package indexes, asked in order: the first that knows a name is believed, as uv does.

    `deadline` bounds the whole run in seconds. What could not be read is a reason, never an error.
    """

    def __init__(self, indexes: Indexes, *, timeout: float = 10.0, deadline: float = 60.0) -> None:
        self._indexes = indexes
        self._web = Web(indexes, timeout=timeout, until=time.monotonic() + deadline)
        self._wheels: dict[str, tuple[Wheel, ...] | str] = {}
        self._unread: dict[str, str] = {}  # why a page could not be read, of names that a folder has wheels of

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._web.requests

    def release(self, name: str, specifier: str = "", version: str | None = None) -> Release | str:
        """Give what the index says of a version, or of the newest one that the specifier allows; else why not."""
        wheels = self._offered(canonicalize_name(name))
        if isinstance(wheels, str):
            return wheels
        chosen = _choose(wheels, specifier, version)
        if chosen is None:
            if (reason := self._unread.get(canonicalize_name(name))) is not None:
                return reason
            return f"the index has no wheel of {version or 'a fitting version'}; nothing is built to find out"
        try:
            return self._read(chosen, name)
        except (Refused, ValueError, OSError, zipfile.BadZipFile, KeyError, NotImplementedError) as error:
            return f"the wheel's metadata could not be read: {error}"

    def _offered(self, name: str) -> tuple[Wheel, ...] | str:
        if name not in self._wheels:
            self._wheels[name] = self._ask(name)
        return self._wheels[name]

    def _ask(self, name: str) -> tuple[Wheel, ...] | str:
        reasons = []
        for root in self._indexes.pages:
            try:
                url, kind, data = self._web.get(f"{root.rstrip('/')}/{name}/", MAX_PAGE, accept=_ACCEPT)
            except Refused as error:
                reasons.append(str(error))
                continue
            try:
                wheels = tuple(_page(url, kind, data, name))
            except (ValueError, KeyError, TypeError, AttributeError):
                reasons.append("the index answers with something that is no package page")
                continue
            if wheels:
                return wheels
            reasons.append("the index has source distributions only, and nothing is built to find out")
        wheels = tuple(_local(self._indexes.folders, name))
        if wheels and (unread := next((reason for reason in reasons if reason != ABSENT), None)):
            self._unread[name] = unread
        return wheels or (reasons[0] if reasons else "no package index is configured")

    def _read(self, wheel: Wheel, name: str) -> Release:
        where = f"{wheel.filename} of the package index"
        if wheel.has_metadata:
            _, _, data = self._web.get(f"{wheel.url}.metadata", MAX_METADATA)
            if wheel.metadata_sha256 and hashlib.sha256(data).hexdigest() != wheel.metadata_sha256:
                raise ValueError("its hash is not the one that the index gives")
            found = _checked(metadata.read(data), name)
            if metadata.claim(found, where).expression is not None:
                return Release(metadata=found, where=where)
        with zipfile.ZipFile(self._open(wheel)) as archive:
            entry = next(i for i in archive.infolist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", i.filename))
            found = _checked(metadata.read(_bounded(archive, entry, MAX_METADATA)), name)
            if metadata.claim(found, where).expression is not None:
                return Release(metadata=found, where=where)
            entries = [i for i in archive.infolist() if _LICENSE_FILE.search(i.filename) and not i.is_dir()]
            texts = [_bounded(archive, i, MAX_LICENSE).decode("utf-8", "replace") for i in entries[:_MAX_TEXTS]]
            return Release(metadata=found, where=where, texts=tuple(texts) if len(entries) <= _MAX_TEXTS else ())

    def _open(self, wheel: Wheel) -> io.BufferedIOBase | Path:
        if (path := _path(wheel.url)) is not None:
            return path
        return self._web.ranges(wheel.url)


def _choose(wheels: tuple[Wheel, ...], specifier: str, version: str | None) -> Wheel | None:
    if version is not None:
        fitting = [w for w in wheels if _equal(w.version, version)]
    else:
        try:
            allowed = SpecifierSet(specifier)
        except InvalidSpecifier:
            allowed = SpecifierSet()
        kept = [w for w in wheels if not w.yanked] or list(wheels)
        final = [w for w in kept if allowed.contains(w.version, prereleases=False)]
        fitting = final or [w for w in kept if allowed.contains(w.version, prereleases=True)]
    return max(fitting, key=_preference, default=None)


def _preference(wheel: Wheel) -> tuple[Version, bool, bool, bool, str]:
    """The newest; of its wheels the one for every machine, or else for most servers; then by name: two runs agree."""
    name = wheel.filename
    return wheel.version, name.endswith("-any.whl"), "manylinux" in name and "x86_64" in name, wheel.has_metadata, name


def _page(base: str, kind: str, data: bytes, name: str) -> Iterator[Wheel]:
    if "json" in kind:
        answer = json.loads(data)
        for file in answer["files"]:
            yield from _wheel(base, name, file["filename"], urljoin(base, file["url"]), file)
        return
    page = _Links()
    page.feed(data.decode("utf-8", "replace"))
    for href, attributes in page.found:
        url, fragment = urldefrag(urljoin(base, href))
        algorithm, _, value = (attributes.get("data-core-metadata") or "").partition("=")
        known = "data-core-metadata" in attributes or "data-dist-info-metadata" in attributes
        file = {
            "hashes": {"sha256": fragment.removeprefix("sha256=")} if fragment.startswith("sha256=") else {},
            "core-metadata": {"sha256": value} if algorithm == "sha256" and value else known,
            "yanked": "data-yanked" in attributes,
        }
        yield from _wheel(base, name, unquote(urlsplit(url).path.rpartition("/")[2]), url, file)


def _wheel(base: str, name: str, filename: str, url: str, file: dict[str, Any]) -> Iterator[Wheel]:
    try:
        found, version, _, _ = parse_wheel_filename(filename)
    except (InvalidWheelFilename, InvalidVersion):
        return
    if found != name or (urlsplit(base).scheme != "file" and urlsplit(url).scheme == "file"):
        return  # a page of the network does not point into this machine
    served = file.get("core-metadata", file.get("data-dist-info-metadata", file.get("dist-info-metadata")))
    yield Wheel(
        filename=filename,
        url=urldefrag(url)[0],
        version=version,
        sha256=(file.get("hashes") or {}).get("sha256"),
        has_metadata=bool(served),
        metadata_sha256=served.get("sha256") if isinstance(served, dict) else None,
        yanked=bool(file.get("yanked")),
    )


class _Links(HTMLParser):
    """The anchors of a package page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address and the attributes of every link."""
        attributes = dict(attrs)
        if tag == "a" and (href := attributes.get("href")):
            self.found.append((href, attributes))


def _local(folders: tuple[Path, ...], name: str) -> Iterator[Wheel]:
    for folder in folders:
        for file in sorted(folder.glob("*.whl")):
            yield from _wheel("file:", name, file.name, file.as_uri(), {})


def _path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(entry) as stream:
        return stream.read(most)


def _checked(found: Metadata, name: str) -> Metadata:
    if canonicalize_name(found.name) != canonicalize_name(name):
        raise ValueError("it is another package's")
    return found


def _equal(version: Version, wanted: str) -> bool:
    try:
        other = Version(wanted)
    except InvalidVersion:
        return False
    return version == other or (not other.local and Version(version.public) == other)
