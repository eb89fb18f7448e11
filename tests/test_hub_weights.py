"""Which lists of files are weights that load. Sizes are those of the content; `lfs` files have a hash of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path

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
SPEC = Path(__file__).parent / "spec" / "hub" / "weights.md"
_ROW = re.compile(
    r"^\| (?P<case>[^|`]+) \| (?P<files>[^|]*`[^|]*) \| (?P<kind>\w+) \|(?P<reason>[^|]*)\|$", re.MULTILINE
)
_FILE = re.compile(r"`(?P<path>[^`]+)`(?: (?P<where>git|lfs) (?P<size>\d+)|(?P<unknown> \?))?")


def expand(path: str) -> list[str]:
    """`{a,b}` as a shell does it."""
    start, brace, rest = path.partition("{")
    if not brace:
        return [path]
    words, _, end = rest.partition("}")
    return [start + word + end for word in words.split(",")]


def listed(cell: str) -> list[File]:
    files = []
    for match in _FILE.finditer(cell):
        for path in expand(match["path"]):
            if match["unknown"]:
                files.append(File(path=path))
            elif match["where"] == "git":
                files.append(git(path, int(match["size"])))
            else:
                files.append(lfs(path, int(match["size"] or BIG)))
    return files


ROWS = [match.groupdict() for match in _ROW.finditer(SPEC.read_text("utf-8"))]


def test_the_specification_is_read_whole() -> None:
    said = [line for line in SPEC.read_text("utf-8").splitlines() if line.startswith("| ") and "`" in line]
    assert len(ROWS) == len(said) > 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_files_are_judged_as_loaders_would(row: dict[str, str]) -> None:
    judged = judge_weights(record(*USUAL, *listed(row["files"])))
    assert (judged.kind, judged.reason or "") == (row["kind"], row["reason"].strip())


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
