"""Are the weights really there? Told from the list of files alone: no request, no guess.

The rules follow what loaders do: transformers and vLLM take safetensors, bin or pt, one file or numbered shards;
diffusers wants every component folder; llama.cpp takes one GGUF; PEFT puts an adapter on a base.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from freehold.hub.record import File, Record
from freehold.types import Weight

Kind: TypeAlias = Literal["complete", "incomplete", "adapter", "none"]

_EXTENSIONS = (
    "safetensors", "bin", "pt", "pth", "ckpt", "gguf", "ggml", "onnx", "onnx_data", "h5", "keras", "msgpack", "ot",
    "nemo", "mlmodel", "tflite", "task", "litertlm", "pdparams", "npz", "pkl", "pickle", "joblib", "skops", "pb",
    "distcp", "llamafile", "pte", "engine", "rknn", "mnn", "ftz", "cbm", "ubj",
)  # fmt: skip
_CANDIDATE = re.compile(
    rf"\.({'|'.join(_EXTENSIONS)})$|\.onnx\.data$|\.data-\d{{5}}-of-\d{{5}}$|\.gguf(-split-[a-z]|\.part\d+of\d+)$",
    re.IGNORECASE,
)
#: What training and preparing a model leaves behind, and binaries that are no weights.
_OTHER = re.compile(
    r"^(training_args|optimizer|scheduler|scaler|rng_state|random_states|trainer_state|imatrix|tokenizer|vocab|merges"
    r"|spiece|sentencepiece)[^/]*$|imatrix(\.|$)|_optim_states\.pt$",
    re.IGNORECASE,
)
#: Weights that stand on a model, or beside one, and never for it.
_ADAPTER = re.compile(r"^(adapter_model|adapter|pytorch_lora_weights|lora[^/]*|[^/]*[_-]lora)\.", re.IGNORECASE)
_BESIDE = re.compile(r"^(mmproj|value_head|v_head|rope_freqs|medusa|learned_embeds)", re.IGNORECASE)
_SHARD = re.compile(r"^(.*?)(\d{1,6})-of-(\d{1,6})(\..*)?$")
_INDEX = re.compile(r"^(.*\.(safetensors|bin))\.index(\..*)?\.json$")
#: Folders of a diffusers pipeline that hold a config.json and no weights.
_WEIGHTLESS = re.compile(r"^(scheduler|tokenizer|feature_extractor|processor)")

#: A weight file in git itself below this many bytes is a pointer without its object, or a placeholder.
PLACEHOLDER = 1_024
#: A pointer has 120 to 140 bytes; one that was uploaded as content is no weight either.
POINTER = 200
#: A complete set stands for a broken one beside it unless it is this many times smaller: a head, a projector.
TOO_SMALL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A judgement of one file list. `files` are the weights that are there; `reason` says what the kind does not."""

    kind: Kind
    files: tuple[Weight, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """Files that load together: a single file, or the shards of one numbering."""

    folder: str
    name: str
    size: int  # bytes of what is there; 0 where the answer gives no sizes
    missing: str | None = None  # the first shard that is not there

    @property
    def whole(self) -> bool:
        """True for a set that stands for a model: not an adapter, not a projector."""
        return not _ADAPTER.match(self.name) and not _BESIDE.match(self.name)


def judge_weights(record: Record, wanted: Iterable[str] = ()) -> Weights:
    """Say which weights a repository holds at this commit.

    `wanted` are single files (or globs) that the project asks for by name: each must be there.
    Raises ValueError where the record does not list files: nothing can be judged then.
    """
    if record.files is None:
        raise ValueError("the record lists no files")
    candidates = [file for file in record.files if is_candidate(file.path)]
    usable = [file for file in candidates if not _placeholder(file)]
    files = tuple(Weight(path=f.path, size=f.size, sha256=f.sha256) for f in sorted(usable, key=lambda f: f.path))
    if not candidates:
        return Weights(kind="none", reason=_instead(record.files))
    if not usable:
        return Weights(kind="incomplete", reason=f"{min(f.path for f in candidates)} is a pointer without its object")
    for pattern in sorted(set(wanted)):
        if not any(_asked_for(file.path, pattern) for file in record.files if not _placeholder(file)):
            return Weights(kind="incomplete", files=files, reason=f"{pattern} is not there")
    sets = _sets(candidates, {file.path for file in usable})
    whole = [s for s in sets if s.whole]
    if not whole or (record.relation == "adapter" and all(s.folder for s in whole)):
        lacking = _lacking([s for s in sets if not s.whole])
        return Weights(kind="incomplete" if lacking else "adapter", files=files, reason=lacking)
    pipeline = any(file.path == "model_index.json" for file in record.files)
    lacking = _pipeline_lacks(whole, record.files) if pipeline else _lacking(_main(whole))
    if lacking:
        return Weights(kind="incomplete", files=files, reason=lacking)
    nested = whole[0].folder if not pipeline and all(s.folder for s in whole) else ""
    return Weights(kind="complete", files=files, reason=f"the weights stand in {nested}/" if nested else None)


def unsettled_index(record: Record) -> File | None:
    """Give an index of shards whose word the numbering does not settle: it must be read to know what belongs together.

    None where there is none, or where the set that it names is a single file or numbered to the end.
    """
    files = [f for f in record.files or () if is_candidate(f.path) and not _placeholder(f)]
    sets = [s for s in _sets(files, {file.path for file in files}) if s.whole]
    for file in record.files or ():
        folder, _, name = file.path.rpartition("/")
        match = _INDEX.match(name)
        here = {s.name for s in sets if s.folder == folder}
        if match and here and match[1] not in here:
            return file
    return None


def against_index(record: Record, weights: Weights, index: File, text: str) -> Weights:
    """Hold a complete set against what its index names; a text that is no index changes nothing."""
    try:
        named = set(json.loads(text)["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return weights
    folder = index.path.rpartition("/")[0]
    paths = {f"{folder}/{name}" if folder else name for name in named if isinstance(name, str)}
    there = {weight.path for weight in weights.files}
    missing = sorted(paths - there)
    others = [f for f in record.files or () if f.path in there - paths and f.path.rpartition("/")[0] == folder]
    # A file that the index does not name may be the whole model in another form; then the index is a leftover.
    if not missing or any(s.whole for s in _sets(others, {f.path for f in others})):
        return weights
    return Weights(kind="incomplete", files=weights.files, reason=f"{missing[0]} is missing, the index names it")


def is_candidate(path: str) -> bool:
    """Say whether a path looks like a weight file: by extension, less trainer state, imatrix and tokenizer files."""
    name = path.rpartition("/")[2]
    return bool(_CANDIDATE.search(name)) and not _OTHER.search(name)


def _placeholder(file: File) -> bool:
    if not is_candidate(file.path):
        return False
    return file.size is not None and file.size < (PLACEHOLDER if file.sha256 is None else POINTER)


def _asked_for(path: str, wanted: str) -> bool:
    """By path, by name, by glob, or by the name of a quantisation (`Q4_K_M`)."""
    path, wanted = path.lower(), wanted.lower()
    name = path.rpartition("/")[2]
    return wanted in (path, name) or fnmatchcase(path, wanted) or ("." not in wanted and wanted in name)


def _sets(candidates: list[File], usable: set[str]) -> list[_Set]:
    """Group files by their numbering. A shard that is only a pointer counts as missing."""
    sets: list[_Set] = []
    shards: dict[tuple[str, str, str, str], dict[int, File]] = {}
    for file in candidates:
        folder, _, name = file.path.rpartition("/")
        match = _SHARD.match(name)
        if match:
            have = shards.setdefault((folder, match[1], match[3], match[4] or ""), {})
            if file.path in usable:
                have[int(match[2])] = file
        elif file.path in usable:
            sets.append(_Set(folder=folder, name=name, size=file.size or 0))
    for (folder, stem, total, ending), have in shards.items():
        first = 0 if 0 in have else 1
        absent = next((n for n in range(first, int(total) + first) if n not in have), None)
        # Most count 00001-of-00062, some 1-of-62.
        width = len(total) if total.startswith("0") else 1
        words = None if absent is None else f"{folder and folder + '/'}{stem}{absent:0{width}d}-of-{total}{ending}"
        size = sum(file.size or 0 for file in have.values())
        sets.append(_Set(folder=folder, name=stem.rstrip("._-") + ending, size=size, missing=words))
    return sorted(sets, key=lambda s: (s.folder, s.name, s.missing or ""))


def _main(whole: list[_Set]) -> list[_Set]:
    """What stands at the root speaks for the repository: onnx/ or original/ hold other forms of it."""
    return [s for s in whole if not s.folder] or whole


def _lacking(sets: list[_Set]) -> str | None:
    """Name a shard that is missing, or None when one of these sets is complete."""
    largest = max((s.size for s in sets), default=0)
    if any(s.missing is None and s.size * TOO_SMALL >= largest for s in sets):
        return None
    broken = next((s for s in sets if s.missing), None)
    return f"{broken.missing} is missing" if broken else None


def _pipeline_lacks(whole: list[_Set], files: tuple[File, ...]) -> str | None:
    """Of a diffusers pipeline every folder must load, unless the whole of it stands at the root as one file."""
    root = [s for s in whole if not s.folder]
    if root and not _lacking(root):
        return None
    folders = {s.folder for s in whole if s.folder}
    folders |= {f.path.rpartition("/")[0] for f in files if re.fullmatch(r"[^/]+/config\.json", f.path)}
    for folder in sorted(folders):
        here = [s for s in whole if s.folder == folder]
        if not here and not _WEIGHTLESS.match(folder):
            return f"{folder}/ holds no weights"
        if reason := _lacking(here):
            return reason
    return None


def _instead(files: tuple[File, ...]) -> str:
    """What is there in place of weights."""
    paths = [file.path for file in files if not file.path.startswith(".")]
    if not paths:
        return "the repository is empty"
    if any(path.endswith(".index.json") for path in paths):
        return "an index of shards is there, the shards are not"
    if any("tokenizer" in path for path in paths):
        return "there is a tokenizer, and no weight file"
    return "there is no weight file"
