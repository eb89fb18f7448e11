"""How a repository reads in the API's JSON: which fields there are, and which of them are given unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.catalog import Catalog
from hub.repository import POINTER_SIZE, Branch, File, Repository

Field = Callable[[Repository, Branch, Catalog], Any]


def stamp(moment: datetime) -> str:
    """Give a time in the Hub's spelling."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _bases(repository: Repository, _branch: Branch, catalog: Catalog) -> object:
    if not repository.bases:
        return None
    known = [(name, catalog.get(name)) for name in repository.bases]
    models = [{"_id": base.uid if base else f"{0:024x}", "id": name} for name, base in known]
    return {"relation": repository.relation, "models": models}


def _children(repository: Repository, _branch: Branch, catalog: Catalog) -> object:
    kin = [r.relation for r in catalog.all() if repository.id in r.bases]
    return {kind: kin.count(kind) for kind in ("adapter", "merge", "quantized", "finetune")}


def _safetensors(repository: Repository, branch: Branch, _catalog: Catalog) -> object:
    size = sum(f.size for f in branch.files if f.path.endswith(".safetensors") and f.lfs)
    return {"parameters": {"U8": size}, "total": size} if size else None


def _gguf(repository: Repository, branch: Branch, _catalog: Catalog) -> object:
    size = max((f.size for f in branch.files if f.path.endswith(".gguf")), default=0)
    return {"total": size, "architecture": "m", "context_length": 4096} if size else None


# None leaves the key out, as the Hub does, except where it says null.
FIELDS: dict[str, Field] = {
    "author": lambda r, b, c: r.author,
    "baseModels": _bases,
    "cardData": lambda r, b, c: dict(r.card) or None,
    "childrenModelCount": _children,
    "config": lambda r, b, c: dict(r.config) if r.config else None,
    "createdAt": lambda r, b, c: stamp(r.created_at),
    "disabled": lambda r, b, c: r.disabled,
    "downloads": lambda r, b, c: r.downloads,
    "downloadsAllTime": lambda r, b, c: r.downloads * 12,
    "evalResults": lambda r, b, c: None,
    "gated": lambda r, b, c: r.gated,
    "gguf": _gguf,
    "inference": lambda r, b, c: "warm" if r.providers else None,
    "inferenceProviderMapping": lambda r, b, c: dict(r.providers),
    "lastModified": lambda r, b, c: stamp(r.last_modified),
    "library_name": lambda r, b, c: r.library_name,
    "likes": lambda r, b, c: r.likes,
    "mask_token": lambda r, b, c: "[MASK]" if r.pipeline_tag == "fill-mask" else None,
    "model-index": lambda r, b, c: None,
    "pipeline_tag": lambda r, b, c: r.pipeline_tag,
    "private": lambda r, b, c: r.private,
    "resourceGroup": lambda r, b, c: None,
    "safetensors": _safetensors,
    "sha": lambda r, b, c: b.commit,
    "siblings": lambda r, b, c: [{"rfilename": f.path} for f in b.files],
    "spaces": lambda r, b, c: [],
    "tags": lambda r, b, c: list(r.tags),
    "transformersInfo": lambda r, b, c: (
        {"auto_model": "AutoModelForCausalLM", "pipeline_tag": r.pipeline_tag, "processor": "AutoTokenizer"}
        if r.library_name == "transformers" and r.config
        else None
    ),
    "trendingScore": lambda r, b, c: 0,
    "usedStorage": lambda r, b, c: r.storage,
    "widgetData": lambda r, b, c: [dict(w) for w in r.widget] or None,
    "xetEnabled": lambda r, b, c: True,
}

DEFAULT_INFO = (
    "private",
    "pipeline_tag",
    "library_name",
    "tags",
    "downloads",
    "likes",
    "author",
    "sha",
    "lastModified",
    "gated",
    "disabled",
    "mask_token",
    "widgetData",
    "model-index",
    "config",
    "cardData",
    "transformersInfo",
    "gguf",
    "siblings",
    "spaces",
    "createdAt",
    "safetensors",
    "inference",
    "usedStorage",
)
DEFAULT_LIST = ("likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt")
FULL_LIST = (*DEFAULT_LIST, "author", "sha", "lastModified", "gated", "disabled", "siblings")


def record(repository: Repository, branch: Branch, catalog: Catalog, fields: list[str], *, model_id: bool) -> Any:
    """Give the JSON object of a repository. `_id` and `id` always stand in it."""
    answer: dict[str, Any] = {"_id": repository.uid, "id": repository.id}
    if model_id:
        answer["modelId"] = repository.id
    for name in fields:
        value = FIELDS[name](repository, branch, catalog)
        if value is not None or (name == "model-index" and model_id):
            answer[name] = value
    return answer


def blobs(branch: Branch) -> list[dict[str, Any]]:
    """Give the siblings with what `blobs=true` adds."""
    return [_sibling(f) for f in branch.files]


def _sibling(file: File) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": file.path, "blobId": file.blob, "size": file.size}
    if file.lfs:
        entry["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": POINTER_SIZE}
    return entry


def entry(file: File) -> dict[str, Any]:
    """Give a file as the tree and paths-info name it."""
    found: dict[str, Any] = {"type": "file", "oid": file.blob, "size": file.size, "path": file.path}
    if file.lfs:
        found["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": POINTER_SIZE}
        found["xetHash"] = file.sha256[::-1]
    return found


def details(repository: Repository, branch: Branch, path: str) -> dict[str, Any]:
    """Give what `expand=true` adds to a file: its last commit and its scan."""
    level = dict(repository.flagged).get(path, "safe")
    return {
        "lastCommit": {"id": branch.commit, "title": "Upload", "date": stamp(repository.last_modified)},
        "securityFileStatus": {
            "status": level,
            "avScan": {"status": level},
            "pickleImportScan": None,
            "jFrogScan": {"status": "unscanned"},
            "protectAiScan": {"status": level},
        },
    }
