"""Which package indexes the user has: pip's and uv's own configuration and environment, in that order.

Files of the audited project are never read for this: an index line in a repository is an invitation to be asked.
"""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from freehold.tomlread import parse

_MAX_FILE: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """Where packages come from: index pages in order, folders of wheels, and a certificate bundle."""

    pages: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    certificates: str | None = None


def default() -> str | None:
    """Give the index that pip asks where nobody configured one, from pip itself; None where pip is not at hand."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return None
    return str(PyPI.simple_url)


def configured(environ: Mapping[str, str], home: Path) -> Indexes:
    """Give the user's indexes. An environment variable replaces what a file says, as pip and uv have it."""
    main: str | None = None
    extra: list[str] = []
    folders: list[str] = []
    certificates: str | None = None
    none = False
    for settings in _pip_files(environ, home):
        main = settings.get("index-url", main)
        extra = _words(settings["extra-index-url"]) if "extra-index-url" in settings else extra
        folders = _words(settings["find-links"]) if "find-links" in settings else folders
        certificates = settings.get("cert", certificates)
        none = settings.get("no-index", str(none)).lower() in ("1", "true", "yes", "on")
    for table in _uv_files(environ, home):
        for index in table.get("index") or ():
            if isinstance(index, dict) and isinstance(index.get("url"), str) and not index.get("explicit"):
                main, extra = (index["url"], extra) if index.get("default") else (main, [*extra, index["url"]])
        if isinstance(table.get("index-url"), str):
            main = table["index-url"]
        extra += [url for url in table.get("extra-index-url") or () if isinstance(url, str)]
    main = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or environ.get("PIP_INDEX_URL") or main
    if words := environ.get("PIP_EXTRA_INDEX_URL"):
        extra = _words(words)
    for key in ("UV_EXTRA_INDEX_URL", "UV_INDEX"):
        extra = [*_words(environ.get(key, "")), *extra]
    if words := environ.get("PIP_FIND_LINKS"):
        folders = _words(words)
    none = environ.get("PIP_NO_INDEX", "1" if none else "").lower() in ("1", "true", "yes", "on")
    asked = (main or default() or "", *extra)
    return Indexes(
        pages=() if none else tuple(dict.fromkeys(url for url in asked if _is_address(url))),
        folders=tuple(Path(one.removeprefix("file://")) for one in folders if _is_folder(one)),
        certificates=environ.get("PIP_CERT") or environ.get("SSL_CERT_FILE") or certificates,
    )


def _pip_files(environ: Mapping[str, str], home: Path) -> Iterator[dict[str, str]]:
    own = environ.get("PIP_CONFIG_FILE")
    if own in ("/dev/null", "nul"):
        return
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip/pip.conf", config / "pip/pip.conf",
             home / "Library/Application Support/pip/pip.conf", *((Path(own),) if own else ())]  # fmt: skip
    for file in files:
        if (text := _read(file)) is None:
            continue
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        for section in ("global", "download", "install"):
            if parser.has_section(section):
                yield {key.replace("_", "-"): value for key, value in parser.items(section)}


def _uv_files(environ: Mapping[str, str], home: Path) -> Iterator[dict[str, Any]]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    own = environ.get("UV_CONFIG_FILE")
    for file in (Path("/etc/uv/uv.toml"), config / "uv/uv.toml", *((Path(own),) if own else ())):
        text = _read(file)
        try:
            if text is not None:
                table = parse(text)
                yield {**table, **(table["pip"] if isinstance(table.get("pip"), dict) else {})}
        except ValueError:
            continue


def _read(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return stream.read(_MAX_FILE).decode("utf-8", "replace")
    except OSError:
        return None


def _words(text: str) -> list[str]:
    try:
        words: Iterable[str] = shlex.split(text)
    except ValueError:
        words = text.split()
    # uv names its indexes: name=https://…
    return [word.partition("=")[2] if "://" in word.partition("=")[2] and "://" not in word.partition("=")[0] else word
            for word in words]  # fmt: skip


def _is_address(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https", "file")


def _is_folder(text: str) -> bool:
    return "://" not in text or text.startswith("file://")
