"""Which lists of files are weights that load. Sizes are those of the content; `lfs` files have a hash of their own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.hub.record import File, Record
from freehold.hub.weights import against_index, is_candidate, judge_weights, unsettled_index

SHA = "ab" * 32
BIG = 4_000_000


def lfs(path: str, size: int = BIG) -> File:
    return File(path=path, size=size, sha256=SHA)


def git(path: str, size: int = 500) -> File:
    return File(path=path, size=size)


def shards(total: int, *, skip: int = 0, stem: str = "model", ending: str = ".safetensors") -> list[File]:
    return [lfs(f"{stem}-{n:05d}-of-{total:05d}{ending}") for n in range(1, total + 1) if n != skip]


def record(*files: File, relation: str | None = None) -> Record:
    return Record(id="org/model", files=tuple(sorted(files, key=lambda f: f.path)), relation=relation)


USUAL = (git("README.md"), git("config.json"), git("tokenizer.json"), lfs("tokenizer.model", 500_000))
PIPELINE = (git("model_index.json"), git("scheduler/scheduler_config.json"), git("tokenizer/vocab.json"))

POINTER = "model.safetensors is a pointer without its object"
STATE = [lfs(p) for p in ("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state_0.pth", "x.imatrix")]
WHOLE = lfs("consolidated.safetensors")

CASES: dict[str, tuple[str, str | None, list[File]]] = {
    "one file": ("complete", None, [lfs("model.safetensors")]),
    "shards and their index": ("complete", None, [*shards(3), git("model.safetensors.index.json", 20_000)]),
    "shards counted from zero": ("complete", None, [lfs(f"m-{n:05d}-of-00002.bin") for n in (0, 1)]),
    "a checkpoint of TensorFlow": ("complete", None, [lfs("model.ckpt.data-00000-of-00001")]),
    "a shard is missing": ("incomplete", "model-00002-of-00003.safetensors is missing", shards(3, skip=2)),
    "the last shard is missing": ("incomplete", "model-00003-of-00003.safetensors is missing", shards(3, skip=3)),
    "shards that count from 1 to 62": ("complete", None, [lfs(f"model-{n}-of-62.safetensors") for n in range(1, 63)]),
    "one of them is missing": (
        "incomplete",
        "model-7-of-62.safetensors is missing",
        [lfs(f"model-{n}-of-62.safetensors") for n in range(1, 63) if n != 7],
    ),
    "a shard is only a pointer": (
        "incomplete",
        "model-00001-of-00002.safetensors is missing",
        [git("model-00001-of-00002.safetensors", 134), lfs("model-00002-of-00002.safetensors")],
    ),
    "a shard is missing, another form is whole": ("complete", None, [*shards(3, skip=2), WHOLE]),
    "a shard is missing, and only a head is whole": (
        "incomplete",
        "model-00002-of-00003.safetensors is missing",
        [*shards(3, skip=2), lfs("score.safetensors", 20_000)],
    ),
    "a shard is missing, and only another folder is whole": (
        "incomplete",
        "model-00002-of-00003.safetensors is missing",
        [*shards(3, skip=2), lfs("onnx/model.onnx")],
    ),
    "a pointer in git": ("incomplete", POINTER, [git("model.safetensors", 134)]),
    "a pointer as content": ("incomplete", POINTER, [lfs("model.safetensors", 133)]),
    "an empty file": ("incomplete", "model.bin is a pointer without its object", [git("model.bin", 0)]),
    "a small file in git": ("complete", None, [git("model.joblib", 30_000)]),
    "sizes are not told": ("complete", None, [File(path="model.safetensors")]),
    "quantisations": ("complete", None, [lfs("m-Q4_K_M.gguf"), lfs("m-Q8_0.gguf")]),
    "a split quantisation": ("complete", None, [*shards(2, stem="m-Q8_0", ending=".gguf")]),
    "only the projector of a quantisation": ("adapter", None, [lfs("mmproj-f16.gguf")]),
    "an adapter": ("adapter", None, [lfs("adapter_model.safetensors"), git("adapter_config.json")]),
    "a LoRA of an image model": ("adapter", None, [lfs("pytorch_lora_weights.safetensors")]),
    "an adapter and what it became": ("complete", None, [lfs("adapter_model.safetensors"), lfs("model.safetensors")]),
    "nested": ("complete", "the weights stand in merged/", [lfs("merged/model.safetensors")]),
    "a pipeline": ("complete", None, [*PIPELINE, lfs("unet/diffusion_pytorch_model.safetensors"), lfs("vae/m.bin")]),
    "a pipeline without its unet": (
        "incomplete",
        "unet/ holds no weights",
        [*PIPELINE, git("unet/config.json"), lfs("vae/m.bin")],
    ),
    "a pipeline with a broken text encoder": (
        "incomplete",
        "text_encoder/model-00002-of-00002.safetensors is missing",
        [*PIPELINE, lfs("unet/m.safetensors"), lfs("text_encoder/model-00001-of-00002.safetensors")],
    ),
    "a pipeline as one file": ("complete", None, [*PIPELINE, git("unet/config.json"), lfs("v1-5-pruned.safetensors")]),
    "trainer state": (
        "none",
        "there is a tokenizer, and no weight file",
        STATE,
    ),
    "an index alone": (
        "none",
        "an index of shards is there, the shards are not",
        [git("model.safetensors.index.json", 20_000)],
    ),
    "a tokenizer": ("none", "there is a tokenizer, and no weight file", []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_files_are_judged_as_loaders_would(case: str) -> None:
    kind, reason, files = CASES[case]
    judged = judge_weights(record(*USUAL, *files))
    assert (judged.kind, judged.reason) == (kind, reason)


def test_a_repository_without_files_says_so() -> None:
    assert judge_weights(record(git(".gitattributes"))).reason == "the repository is empty"
    assert judge_weights(record(git("README.md"))).reason == "there is no weight file"


def test_a_declared_adapter_with_checkpoints_is_still_one() -> None:
    files = (lfs("adapter_model.safetensors"), lfs("checkpoint-10/model.safetensors"))
    assert judge_weights(record(*files, relation="adapter")).kind == "adapter"


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("q/m-Q4_K_M.gguf", True),
        ("m-Q4_K_M.gguf", True),
        ("*q4_k_m.gguf", True),
        ("Q4_K_M", True),
        ("config.json", True),
        ("m-Q2_K.gguf", False),
        ("Q2_K", False),
        ("broken.gguf", False),
    ],
)
def test_what_is_asked_for_by_name_must_be_there(wanted: str, there: bool) -> None:
    judged = judge_weights(record(*USUAL, lfs("q/m-Q4_K_M.gguf"), git("broken.gguf", 134)), [wanted])
    assert (judged.kind == "complete") is there
    assert judged.reason == ("the weights stand in q/" if there else f"{wanted} is not there")


def test_only_what_is_there_is_kept_for_the_lock() -> None:
    judged = judge_weights(record(*USUAL, lfs("b.safetensors"), lfs("a.safetensors"), git("c.safetensors", 134)))
    assert [(w.path, w.size, w.sha256) for w in judged.files] == [
        ("a.safetensors", BIG, SHA),
        ("b.safetensors", BIG, SHA),
    ]


def test_nothing_can_be_judged_without_a_list() -> None:
    with pytest.raises(ValueError, match="no files"):
        judge_weights(Record(id="org/model"))


@pytest.mark.parametrize(
    "path", ["tokenizer.bin", "vocab.bin", "optimizer.bin", "merges.bin", "imatrix.dat", "config.json", "model.py", "x"]
)
def test_what_is_no_weight(path: str) -> None:
    assert not is_candidate(path)
    assert not is_candidate(f"folder/{path}")


INDEX = git("model.safetensors.index.json", 20_000)
PARTS = [lfs("model-text.safetensors"), lfs("model-vision.safetensors")]


@pytest.mark.parametrize(
    ("files", "unsettled"),
    [
        ([*shards(3), INDEX], False),
        ([lfs("model.safetensors"), INDEX], False),
        ([INDEX], False),
        ([*PARTS], False),
        ([*PARTS, INDEX], True),
        ([lfs("other/model.safetensors"), INDEX], False),
    ],
)
def test_an_index_is_read_only_where_the_numbering_leaves_it_open(files: list[File], unsettled: bool) -> None:
    assert (unsettled_index(record(*files)) is not None) is unsettled


@pytest.mark.parametrize(
    ("named", "files", "kind"),
    [
        (["model-text.safetensors", "model-vision.safetensors"], PARTS, "complete"),
        (["model-text.safetensors", "model-audio.safetensors"], PARTS[:1], "incomplete"),
        # What the index does not name may be the whole model in another form.
        (["model-00001-of-00009.safetensors"], [lfs("consolidated.safetensors")], "complete"),
        (["model-text.safetensors", "model-audio.safetensors"], PARTS, "complete"),
    ],
)
def test_what_the_index_names_must_be_there(named: list[str], files: list[File], kind: str) -> None:
    given_record = record(*files, INDEX)
    text = json.dumps({"weight_map": {f"layer.{n}": name for n, name in enumerate(named)}})
    judged = against_index(given_record, judge_weights(given_record), INDEX, text)
    assert judged.kind == kind
    if kind == "incomplete":
        assert judged.reason == "model-audio.safetensors is missing, the index names it"


@given(st.one_of(st.text(max_size=30), st.just('{"weight_map": {"a": 7}}'), st.just('{"weight_map": []}')))
def test_a_text_that_is_no_index_changes_nothing(text: str) -> None:
    given_record = record(*PARTS, INDEX)
    judged = judge_weights(given_record)
    assert against_index(given_record, judged, INDEX, text) == judged


FILES = st.builds(
    File,
    path=st.one_of(
        st.sampled_from(["model.safetensors", "model_index.json", "unet/config.json", "adapter_model.bin"]),
        st.from_regex(r"\A(a/)?m-0000[0-4]-of-0000[0-4]\.(bin|safetensors)\Z"),
        st.text(max_size=20),
    ),
    size=st.one_of(st.none(), st.integers(0, 10**12)),
    sha256=st.one_of(st.none(), st.just(SHA)),
)


@given(st.lists(FILES, max_size=12, unique_by=lambda f: f.path))
def test_any_list_is_judged_the_same_whatever_its_order(files: list[File]) -> None:
    judged = judge_weights(record(*files))
    assert judged == judge_weights(
        Record(id="org/model", files=tuple(sorted(files, key=lambda f: f.path, reverse=True)))
    )
    assert (judged.kind == "none") == (not any(is_candidate(f.path) for f in files))
    assert judged.kind == "none" or judged.files or judged.reason
