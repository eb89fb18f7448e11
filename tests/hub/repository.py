"""What a repository on the Hub is made of, as frozen values, with real bytes behind every file."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

WEIGHT_ENDINGS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".msgpack", ".npz")
POINTER_SIZE = 134  # of the small text that Git LFS keeps in the repository instead of the content


@dataclass(frozen=True)
class File:
    """One file at one revision. `lfs` files are kept outside of git and have a sha256 of their own.

    `data` None makes a file that is listed with a claimed size and hash but cannot be downloaded from here: for
    sizes that no test should really move.
    """

    path: str
    data: bytes | None = field(repr=False)
    lfs: bool = False
    claimed: tuple[int, str] | None = None
    sha256_lie: str | None = None  # what the Hub says instead of the real hash

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.claimed[0] if self.claimed else len(self.data or b"")

    @cached_property
    def sha256(self) -> str:
        """Of the content: what the Hub calls the LFS oid."""
        if self.sha256_lie:
            return self.sha256_lie
        return self.claimed[1] if self.claimed else hashlib.sha256(self.data or b"").hexdigest()

    @cached_property
    def blob(self) -> str:
        """The git object id: of the content, or of the pointer where the content is in LFS."""
        content = self.data or b""
        if self.lfs:
            content = f"oid sha256:{self.sha256}\nsize {self.size}\n".encode().ljust(POINTER_SIZE)
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def text(path: str, content: str = "") -> File:
    """Give a small file that lies in git itself."""
    return File(path, content.encode())


def weight(path: str, size: int = 4096, seed: str = "") -> File:
    """Give a file of weights in LFS with real bytes: a readable safetensors file where the name says so.

    Another `seed` gives other bytes of the same size.
    """
    return File(path, _content(path, size, seed), lfs=True)


def claimed(path: str, size: int, sha256: str | None = None) -> File:
    """Give a file of weights that is only listed: its size may be that of a real model."""
    return File(path, None, lfs=True, claimed=(size, sha256 or hashlib.sha256(path.encode()).hexdigest()))


def pointer(path: str) -> File:
    """Give a weight file of which only the LFS pointer was committed, as plain text and without its object."""
    body = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(path.encode()).hexdigest()}\n"
    return File(path, (body + "size 4000000000\n").encode())


def shards(count: int, stem: str = "model", size: int = 2048, seed: str = "") -> tuple[File, ...]:
    """Give `count` numbered safetensors shards and the index that names them."""
    names = [f"{stem}-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]
    index = {
        "metadata": {"total_size": count * size},
        "weight_map": {f"layers.{i}.weight": name for i, name in enumerate(names)},
    }
    files = [weight(name, size, seed) for name in names]
    return (*files, text(f"{stem}.safetensors.index.json", json.dumps(index, indent=2)))


def _content(path: str, size: int, seed: str) -> bytes:
    stream = hashlib.shake_256(f"{path} {seed}".encode("utf-8", "surrogatepass"))
    if not path.endswith(".safetensors"):
        return stream.digest(size)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    tensor = f"{path.rpartition('/')[2]}.weight"
    # The header's length depends on the length of the numbers in it; two rounds settle it.
    data = size
    for _ in range(3):
        header[tensor] = {"dtype": "U8", "shape": [data], "data_offsets": [0, data]}
        raw = json.dumps(header).encode()
        data = max(0, size - 8 - len(raw))
    header[tensor] = {"dtype": "U8", "shape": [data], "data_offsets": [0, data]}
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + stream.digest(data)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch and the files at its head. The commit follows from the content unless one is given."""

    name: str = "main"
    files: tuple[File, ...] = ()
    commit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(sorted(self.files, key=lambda f: f.path)))
        if not self.commit:
            listing = "".join(f"{f.path} {f.blob}\n" for f in self.files)
            object.__setattr__(
                self,
                "commit",
                hashlib.sha1(listing.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
            )

    def file(self, path: str) -> File | None:
        """Give the file at this path."""
        return next((f for f in self.files if f.path == path), None)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A model repository as the Hub knows it."""

    id: str
    branches: tuple[Branch, ...] = (Branch(),)
    history: tuple[Branch, ...] = ()  # commits that no branch stands at any more; they can still be had
    tagged: tuple[Branch, ...] = ()  # tags: names of commits that do not move
    uid: str = ""  # the permanent `_id`; its first four bytes are the second of creation
    created_at: datetime = datetime(2025, 3, 26, 9, 0, tzinfo=UTC)
    last_modified: datetime = datetime(2025, 4, 2, 8, 30, tzinfo=UTC)
    private: bool = False
    disabled: bool = False
    gated: Literal["auto", "manual", False] = False
    card: Mapping[str, Any] = field(default_factory=dict)  # license, license_name, base_model, new_version, …
    extra_tags: tuple[str, ...] = ()
    pipeline_tag: str | None = "text-generation"
    library_name: str | None = "transformers"
    downloads: int = 1200
    likes: int = 7
    used_storage: int | None = None  # None: the LFS files on all branches and in the history
    config: Mapping[str, Any] | None = field(default_factory=lambda: {"architectures": ["M"], "model_type": "m"})
    widget: tuple[Mapping[str, Any], ...] = ()  # examples on the card
    providers: Mapping[str, Any] = field(default_factory=dict)  # other hosts, as inferenceProviderMapping says it
    flagged: tuple[tuple[str, str], ...] = ()  # (path, level) of files that the security scan speaks of

    def __post_init__(self) -> None:
        if not self.uid:
            tail = hashlib.sha256(self.id.encode()).hexdigest()[:16]
            object.__setattr__(self, "uid", f"{int(self.created_at.timestamp()):08x}{tail}")

    @property
    def author(self) -> str:
        """The organization or user before the slash."""
        return self.id.rpartition("/")[0]

    @property
    def main(self) -> Branch:
        """The branch that everyone gets who does not ask for another."""
        return self.branches[0]

    @property
    def storage(self) -> int:
        """What `usedStorage` says: the history counts, so that removed weights leave a trace."""
        if self.used_storage is not None:
            return self.used_storage
        kept = {f.sha256: f.size for b in (*self.branches, *self.history) for f in b.files if f.lfs}
        return sum(kept.values())

    def at(self, revision: str) -> Branch | None:
        """Give what stands at a branch, a tag or a commit."""
        everything = (*self.branches, *self.tagged, *self.history)
        return next((b for b in everything if revision in (b.name, b.commit)), None)

    @property
    def bases(self) -> tuple[str, ...]:
        """What the card names as base models."""
        declared = self.card.get("base_model") or ()
        return (declared,) if isinstance(declared, str) else tuple(declared)

    @property
    def relation(self) -> str:
        """How this stands to its base: declared, or told from the files as the Hub does."""
        inferred = "quantized" if any(f.path.endswith(".gguf") for f in self.main.files) else "finetune"
        if any(f.path.rpartition("/")[2].startswith("adapter_model") for f in self.main.files):
            inferred = "adapter"
        return str(self.card.get("base_model_relation") or inferred)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the Hub derives from card and files."""
        kinds = [k for k in ("safetensors", "gguf", "onnx") if any(f.path.endswith(f".{k}") for f in self.main.files)]
        licenses = self.card.get("license") or ()
        licenses = (licenses,) if isinstance(licenses, str) else tuple(licenses)
        return (
            *(t for t in (self.library_name,) if t),
            *kinds,
            *(t for t in (self.pipeline_tag,) if t),
            *self.extra_tags,
            *(f"base_model:{base}" for base in self.bases),
            *(f"base_model:{self.relation}:{base}" for base in self.bases),
            *(f"license:{tag}" for tag in licenses),
            "region:us",
        )

    def with_files(self, files: tuple[File, ...], branch: str = "main") -> Repository:
        """Commit other files to one branch, which is made if need be; the commit before stays in the history."""
        before = next((b for b in self.branches if b.name == branch), None)
        after = Branch(name=branch, files=files)
        if before is None:
            return replace(self, branches=(*self.branches, after))
        branches = tuple(after if b.name == branch else b for b in self.branches)
        return replace(self, branches=branches, history=(*self.history, replace(before, name="")))


def model(name: str, *files: File, license: str | None = "apache-2.0", **more: Any) -> Repository:  # noqa: A002
    """Give a believable open model: a card, a configuration, a tokenizer, and one safetensors file if none is given."""
    card = {**({"license": license} if license else {}), **more.pop("card", {})}
    usual = (
        text(".gitattributes", "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"),
        text("README.md", f"# {name}\n"),
        text("config.json", json.dumps({"architectures": ["M"], "model_type": "m"})),
        text("tokenizer.json", "{}"),
    )
    branch = Branch(files=(*usual, *(files or (weight("model.safetensors"),))))
    return Repository(id=name, branches=(branch, *more.pop("branches", ())), card=card, **more)
