"""One repository as the Hub's info describes it, read strictly: a key that is not there stays unknown.

The genuine client's dataclasses break on unknown shapes and turn "not said" into `None` beside "no"; this reader takes
what it knows, ignores what it does not, and raises ValueError where a known key has a shape the Hub never gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from freehold.types import Gate

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_RELATION = re.compile(r"base_model:(adapter|merge|quantized|finetune):(.+)")
_MAX_FILES = 100_000
_MAX_TEXT = 2_000

#: What this reader knows of an info. All else there is not kept.
KEYS = (
    "_id", "id", "modelId", "sha", "gated", "disabled", "private", "tags", "cardData", "siblings", "baseModels",
    "config", "usedStorage", "safetensors", "gguf", "pipeline_tag", "library_name", "downloads", "lastModified",
    "createdAt", "securityRepoStatus",
)  # fmt: skip

#: Whether a gate stands before the files: its kind, False for none, None where the answer does not say.
Gated: TypeAlias = Gate | Literal[False] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file at the commit. `size` is that of the content, `sha256` of the content too: None = not kept in LFS, or
    the answer does not give file metadata (then `size` is None as well). `blob` is git's hash: of the content, or, in
    LFS, of the pointer."""

    path: str
    size: int | None = None
    sha256: str | None = None
    blob: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an info says of a repository. None = the answer does not say."""

    id: str
    uid: str | None = None
    commit: str | None = None
    gated: Gated = None
    disabled: bool | None = None
    private: bool | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    tags: tuple[str, ...] = field(default=(), repr=False)
    files: tuple[File, ...] | None = field(default=None, repr=False)
    bases: tuple[str, ...] = ()
    relation: str | None = None  # adapter, merge, quantized, finetune
    successor: str | None = None  # the card's `new_version`
    used_storage: int | None = None  # bytes over all branches and history
    parsed: bool = False  # the Hub itself read a header of the weights
    task: str | None = None
    library: str | None = None
    downloads: int | None = None
    last_modified: str | None = None  # ISO 8601, as the Hub writes it
    created_at: str | None = None
    scanned: bool | None = None  # the security scan is through
    flagged: tuple[str, ...] = ()  # files that the scan warns of, each with its level

    @property
    def unsaid(self) -> str | None:
        """What the answer leaves out that a state needs, in words; None where it says enough."""
        if self.disabled:
            return None
        if self.gated is None:
            return "whether it is gated"
        if self.disabled is None:
            return "whether it is disabled"
        return "which files it has" if self.files is None else None


def parse(raw: object) -> Record:
    """Read one info.

    Raises ValueError for anything that is not a record of the Hub's shape.
    """
    top = _mapping(raw, "the answer")
    card = _mapping(top.get("cardData") or {}, "cardData")
    tags = _texts(top.get("tags"), "tags")
    relation, bases = _bases(top, card, tags)
    # The tag is what the Hub filters by. A card may list several: the first is the license, `tags` has them all.
    tagged = [tag.removeprefix("license:") for tag in tags if tag.startswith("license:")]
    licenses = tagged if len(tagged) == 1 else _names(card.get("license")) or tagged
    return Record(
        id=_identity(top),
        uid=_matching(top.get("_id"), _UID, "_id"),
        commit=_matching(top.get("sha"), _COMMIT, "sha"),
        gated=_gated(top.get("gated")),
        disabled=_boolean(top.get("disabled"), "disabled"),
        private=_boolean(top.get("private"), "private"),
        license=licenses[0] if licenses else None,
        license_name=_name(card.get("license_name")),
        license_link=_name(card.get("license_link")),
        tags=tags,
        files=_files(top.get("siblings")),
        bases=bases,
        relation=relation,
        successor=_name(card.get("new_version")),
        used_storage=_count(top.get("usedStorage"), "usedStorage"),
        parsed=any(isinstance(top.get(key), Mapping) and top[key] for key in ("safetensors", "gguf")),
        task=_text(top.get("pipeline_tag"), "pipeline_tag"),
        library=_text(top.get("library_name"), "library_name"),
        downloads=_count(top.get("downloads"), "downloads"),
        last_modified=_text(top.get("lastModified"), "lastModified"),
        created_at=_text(top.get("createdAt"), "createdAt"),
        scanned=_scan(top)[0],
        flagged=_scan(top)[1],
    )


def _identity(top: Mapping[str, object]) -> str:
    name = _text(top.get("id", top.get("modelId")), "id")
    if not name or not _ID.fullmatch(name):
        raise ValueError("id is missing or malformed")
    return name


def _bases(
    top: Mapping[str, object], card: Mapping[str, object], tags: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """The Hub's own `baseModels` where it was asked for, else its tags, else the card, else the adapter's config."""
    stated = top.get("baseModels")
    if isinstance(stated, Mapping):
        models = stated.get("models")
        names = [m.get("id") for m in models if isinstance(m, Mapping)] if isinstance(models, list) else []
        found = tuple(sorted({n for n in map(_name, names) if n}))
        return _name(stated.get("relation")), found
    pairs = [m.groups() for m in map(_RELATION.fullmatch, tags) if m]
    if pairs:
        return pairs[0][0], tuple(sorted({name for _, name in pairs}))
    relation = _name(card.get("base_model_relation"))
    declared = _names(card.get("base_model"))
    if not declared:
        config = top.get("config")
        peft = config.get("peft") if isinstance(config, Mapping) else None
        declared = _names(peft.get("base_model_name_or_path")) if isinstance(peft, Mapping) else []
        relation = relation or ("adapter" if declared else None)
    return relation, tuple(sorted(set(declared)))


def _files(raw: object) -> tuple[File, ...] | None:
    if raw is None:
        return None
    if not isinstance(raw, list) or len(raw) > _MAX_FILES:
        raise ValueError("siblings is not a list of files")
    files: dict[str, File] = {}
    for file in map(_file, raw):
        files.setdefault(file.path, file)
    return tuple(files[path] for path in sorted(files))


def _file(raw: object) -> File:
    item = _mapping(raw, "a sibling")
    path = _text(item.get("rfilename"), "rfilename")
    if not path:
        raise ValueError("a sibling has no rfilename")
    lfs, blob = item.get("lfs"), _matching(item.get("blobId"), _COMMIT, "blobId")
    if lfs is None:
        return File(path=path, size=_count(item.get("size"), "size"), blob=blob)
    pointer = _mapping(lfs, "lfs")
    size = _count(pointer.get("size", item.get("size")), "size")
    return File(path=path, size=size, sha256=_matching(pointer.get("sha256"), _SHA256, "sha256"), blob=blob)


def _scan(top: Mapping[str, object]) -> tuple[bool | None, tuple[str, ...]]:
    status = top.get("securityRepoStatus")
    if not isinstance(status, Mapping):
        return None, ()
    issues = status.get("filesWithIssues")
    rows = [issue for issue in issues if isinstance(issue, Mapping)] if isinstance(issues, list) else []
    pairs = [(_name(row.get("path")), _name(row.get("level")) or "flagged") for row in rows]
    done = status.get("scansDone")
    return done if isinstance(done, bool) else None, tuple(sorted(f"{path}: {level}" for path, level in pairs if path))


def _gated(raw: object) -> Gated:
    if raw is None or raw is False:
        return raw
    if raw == "auto":
        return "auto"
    if raw == "manual":
        return "manual"
    raise ValueError("gated is neither false, auto nor manual")


def _mapping(raw: object, what: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{what} is not an object")
    return raw


def _boolean(raw: object, what: str) -> bool | None:
    if raw is None or isinstance(raw, bool):
        return raw
    raise ValueError(f"{what} is neither true nor false")


def _count(raw: object, what: str) -> int | None:
    if raw is None:
        return None
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 1 << 63:
        return raw
    raise ValueError(f"{what} is not a count")


def _text(raw: object, what: str) -> str | None:
    if raw is None:
        return None
    if isinstance(raw, str) and len(raw) <= _MAX_TEXT:
        return raw
    raise ValueError(f"{what} is not a text")


def _matching(raw: object, pattern: re.Pattern[str], what: str) -> str | None:
    text = _text(raw, what)
    if text is not None and not pattern.fullmatch(text):
        raise ValueError(f"{what} is malformed")
    return text


def _texts(raw: object, what: str) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        raise ValueError(f"{what} is not a list")
    return tuple(sorted({text for text in (_text(item, what) for item in raw) if text}))


def _name(raw: object) -> str | None:
    """Card metadata is whatever the author wrote: what is no short text is not said."""
    return raw if isinstance(raw, str) and 0 < len(raw) <= _MAX_TEXT else None


def _names(raw: object) -> list[str]:
    items = raw if isinstance(raw, list) else [raw]
    return [name for name in map(_name, items) if name]
