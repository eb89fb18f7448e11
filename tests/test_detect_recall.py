"""What is kept between two scans: the same answer for the same files, and never a wrong one."""

from __future__ import annotations

import json
import os
import pickle
import zlib
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold import audit
from freehold.detect import Detection, detect, read
from freehold.detect.calls import Calls
from freehold.detect.found import Found, Module
from freehold.detect.parcel import written
from freehold.detect.recall import memory_of
from freehold.detect.records import MAX_BYTES, pack, unpack
from freehold.options import Options
from freehold.rules import overlay
from freehold.source import Source
from freehold.walk import walk

CODE = 'from transformers import AutoModel\nAutoModel.from_pretrained("nobody/{}", revision="v1")\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text(CODE.format("one"))
    (root / "conf.yaml").write_text("base_model: Nobody/Two-7B\n")
    (root / "requirements.txt").write_text("torch>=2.6\n")
    (root / "broken.ipynb").write_text("{")
    return root


def scan(root: Path, *, couplings: bool = False) -> Detection:
    return detect(walk(root).sources, memory=root.parent / "memory", couplings=couplings)


def cold(root: Path, *, couplings: bool = False) -> Detection:
    return detect(walk(root).sources, couplings=couplings)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files that are read."""
    paths: list[str] = []

    def spy(source: Source, calls: Calls | None = None, *, couplings: bool = False) -> Found:
        paths.append(source.path)
        return read(source, calls, couplings=couplings)

    monkeypatch.setattr("freehold.detect.read", spy)
    return paths


@pytest.mark.parametrize("couplings", [False, True])
def test_the_second_scan_says_the_same_and_reads_nothing(root: Path, asked: list[str], couplings: bool) -> None:
    first = scan(root, couplings=couplings)
    assert len(first.references) == 2
    assert first.requirements
    assert first.problems
    asked.clear()
    assert scan(root, couplings=couplings) == first == cold(root, couplings=couplings)
    assert len(asked) == len(list(root.iterdir()))  # by the last one, which keeps nothing


@pytest.mark.parametrize("couplings", [False, True])
def test_after_one_change_one_file_is_read(root: Path, asked: list[str], couplings: bool) -> None:
    first = scan(root, couplings=couplings)
    (root / "a.py").write_text(CODE.format("other"))
    asked.clear()
    second = scan(root, couplings=couplings)
    assert asked == ["a.py"]
    assert second == cold(root, couplings=couplings)
    assert {r.name for r in second.references} - {r.name for r in first.references} == {"nobody/other"}


def test_what_changes_elsewhere_is_linked_anew(root: Path) -> None:
    """The file that loads stays as it is; the constant that it loads changes in another."""
    (root / "names.py").write_text('NAME = "nobody/before"\n')
    (root / "a.py").write_text(
        "from transformers import AutoModel\nimport names\nAutoModel.from_pretrained(names.NAME)\n"
    )
    assert "nobody/before" in {r.name for r in scan(root).references}
    (root / "names.py").write_text('NAME = "nobody/after"\n')
    assert scan(root) == cold(root)
    assert "nobody/after" in {r.name for r in scan(root).references}


def test_a_moved_file_is_another(root: Path) -> None:
    scan(root)
    (root / "a.py").rename(root / "b.py")
    assert scan(root) == cold(root)
    assert "b.py" in {r.location.path for r in scan(root).references}


TEXTS = {
    "a.py": (
        CODE.format("one"),
        CODE.format("two"),
        "import b, timm\ntimm.create_model(b.NAME)",
    ),
    "b.py": ('NAME = "nobody/three"', "NAME = 1", "def (", "from a import *\nNAME = name"),
    "conf.yaml": ("base_model: Nobody/Four-7B", "prompt: <|im_start|>user", ": ["),
    "run.sh": ("vllm serve nobody/five", ""),
    "requirements.txt": ("torch", "torch>=2.6\n-r more.txt"),
    "more.txt": ("numpy==2.4.0",),
}
EDIT = st.sampled_from([(path, text) for path, texts in TEXTS.items() for text in (*texts, None)])


@given(edits=st.lists(EDIT, min_size=1, max_size=6), couplings=st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_is_edited_the_answer_is_that_of_a_cold_scan(
    edits: list[tuple[str, str | None]], couplings: bool
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        root.mkdir()
        for path, text in edits:
            (root / path).unlink(missing_ok=True)
            if text is not None:
                (root / path).write_text(text)
            assert scan(root, couplings=couplings) == cold(root, couplings=couplings)


def spoil(root: Path, data: bytes) -> None:
    for file in (root.parent / "memory").iterdir():
        file.write_bytes(data)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\0" * 36, b"\xff" * 4096, zlib.compress(b"[" * 99_999), zlib.compress(b"[]")]
)
def test_a_broken_memory_is_read_over(root: Path, data: bytes) -> None:
    first = scan(root)
    spoil(root, data)
    assert scan(root) == first
    assert scan(root) == first


#: No tuple holds anything.
NONE = [[0], []]
CLUELESS = [[0], [[], [], [], [], [], []]]


def problem(what: object, path: str) -> list[object]:
    return [[1], [[what], [""], [[0], [[path], [1], [1], [None]], []]]]


def module(*facts: object) -> list[object]:
    return [[1], [[1], [], [["a.py"], ["a"], [[*facts]], ["python"], NONE], [], [], []]]


def requirement(claim: object) -> list[object]:
    return [[1], [["torch"], [""], [["a.py"], [1], [1], [None]], [None], claim]]


@pytest.mark.parametrize(
    "said",
    [
        "Found",
        [],
        [[[], [], [], [], []]],
        [NONE, NONE, NONE, CLUELESS],  # a field too few
        [[[1], [[]]], NONE, NONE, CLUELESS, NONE],  # a reference without fields
        [[[-1], []], NONE, NONE, CLUELESS, NONE],
        [[[10**9], []], NONE, NONE, CLUELESS, NONE],
        [[[0, 0], []], NONE, NONE, CLUELESS, NONE],
        [[[1, 0], []], NONE, NONE, CLUELESS, NONE],
        [NONE, NONE, problem("boo", "../../etc/passwd"), CLUELESS, NONE],
        [NONE, NONE, problem(["boo"], "a.py"), CLUELESS, NONE],
        [NONE, NONE, NONE, [[1], [[0], [], [], [], [], []]], NONE],  # a clue that is not there
        [NONE, NONE, NONE, [[1], [[-1], [], [], [], [], []]], NONE],
        [NONE, NONE, NONE, [[1], [["a"], [], [], [], [], []]], NONE],
        [NONE, NONE, NONE, module({}), NONE],
        [NONE, NONE, NONE, module({"scopes": 1, "flags": {}}), NONE],
        [NONE, NONE, NONE, module([]), NONE],
        [NONE, NONE, NONE, module(), NONE],
        [NONE, NONE, NONE, module({}, {"calls": 1}), NONE],
        [NONE, NONE, NONE, module({}, {"calls": "["}), NONE],
        [NONE, NONE, NONE, module({}, {"calls": {"from_pretrained": "["}, "scopes": "1", "imports": "[[["}), NONE],
        [NONE, NONE, NONE, module({}, {"calls": {"from_pretrained": "{}"}, "scopes": "[" * 99_999}), NONE],
        [NONE, NONE, NONE, module({}, {}, {}), NONE],
        [NONE, requirement([["LicenseClaim"]]), NONE, CLUELESS, NONE],
        [NONE, requirement([[0], [["LicenseClaim"]], []]), NONE, CLUELESS, NONE],
    ],
)
def test_records_of_any_other_shape_say_nothing(root: Path, said: object) -> None:
    """Somebody wrote well-formed records into the memory that no detector would have written."""
    first = scan(root)
    forge(root, said)
    assert scan(root) == first


@pytest.mark.parametrize("text", ["", "[", "[" * 99_999, "1", '{"a": 1}', "[[[]]]"])
def test_what_is_broken_inside_a_record_is_noticed_when_it_is_asked_for(root: Path, text: str) -> None:
    first = scan(root)
    (known,) = (c for s in walk(root).sources if s.path == "a.py" for c in read(s).clues if isinstance(c, Module))
    ready, packed = written(known.facts)
    spoiled = {name: dict.fromkeys(part, text) if name == "calls" else text for name, part in packed.items()}
    forge(root, [NONE, NONE, NONE, module(ready, spoiled), NONE])
    assert scan(root) == first


def forge(root: Path, said: object) -> None:
    memory = memory_of(root.parent / "memory")
    digests = memory.digests(walk(root).sources)
    for file in memory.folder.iterdir():
        file.unlink()
    forged = zlib.compress(json.dumps(said).encode())
    memory.keep_found([(path, digest, forged) for path, digest in digests.items()], digests)


@pytest.mark.parametrize("name", ["a.py", "a.ts", "a.ipynb"])
def test_a_long_sum_is_handed_on_and_kept(root: Path, name: str) -> None:
    """However long a sum is, what is found in it goes to another process and into the memory."""
    total = " + ".join(f"'nobody/n-{number}'" for number in range(2_000))
    code = f"model = {total}\nload(model)\n"
    cells = {"cells": [{"cell_type": "code", "source": code, "outputs": [], "metadata": {}}], "metadata": {}}
    (root / name).write_text(json.dumps(cells) if name.endswith("ipynb") else code)
    for source in walk(root).sources:
        found = read(source, couplings=True)
        assert pickle.loads(pickle.dumps(found)) == found
    assert scan(root) == cold(root)
    assert scan(root) == cold(root)


def test_what_goes_to_another_process_unpacks_itself_part_by_part(root: Path) -> None:
    """Linking looks into few files of many: the others stay as they were sent, and may be sent on like that."""
    (root / "a.py").write_text("from b import load\n\nclass A(B):\n    x = load('nobody/one')\n    y = other(x)\n")
    found = read(next(s for s in walk(root).sources if s.path == "a.py"))
    half = pickle.loads(pickle.dumps(found))
    (facts,) = (clue.facts for clue in half.clues if isinstance(clue, Module))
    assert "scopes" not in facts
    assert facts["calls"]["load"][0][1][2] == [["s", "nobody/one", 4, 15, None]]
    assert "other" not in facts["calls"]
    with pytest.raises(KeyError):
        facts["calls"]["never"]
    assert pickle.loads(pickle.dumps(half)) == half == found
    assert pickle.loads(pickle.dumps(half)) == found


def test_many_additions_to_one_name_cost_what_they_are_long(root: Path) -> None:
    """Each may add to any before it; were all told apart, twenty lines would fill a hundred megabytes."""
    (root / "card.py").write_text("card = 'nobody/card'\n" + "card += f'{x}/y'\n" * 20 + "load_model(card)\n")
    (found,) = (read(source) for source in walk(root).sources if source.path == "card.py")
    assert len(pack(found)) < 10_000
    assert scan(root) == cold(root)


def test_what_would_be_too_long_is_not_kept(root: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freehold.detect.records.MAX_NODES", 5)
    first = scan(root)
    (root / "conf.yaml").write_text("base_model: Nobody/Three-7B\n")
    asked.clear()
    assert scan(root).requirements == first.requirements
    assert asked == ["a.py", "conf.yaml"]  # only what code does can be long


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b"[" + b" " * (MAX_BYTES + 10) + b"]", 9)
    with pytest.raises(ValueError, match="larger"):
        unpack(bomb, Found, ())


def test_rules_of_ones_own_make_another_memory(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "own.toml").write_text('id = "own"\n')
    with overlay((tmp_path,)):
        own = memory_of(tmp_path)
    assert own.makers != memory_of(tmp_path).makers


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
def test_what_others_can_write_is_not_read(root: Path, asked: list[str]) -> None:
    scan(root)
    for file in (root.parent / "memory").iterdir():
        file.chmod(0o666)
    asked.clear()
    scan(root)
    assert "a.py" in asked


def test_what_cannot_be_read_is_told_once(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried when it is looked up in the memory, and again by the process that reads it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(import_module("freehold.detect.spread"), "MANY", 0)
    (root / "large.yaml").write_bytes(b"model: a\n" * 200_000)
    for couplings in (False, True):
        problems = audit.scan(root, Options(couplings=couplings)).problems
        assert len([p for p in problems if p.location and p.location.path == "large.yaml"]) == 1


def test_the_oldest_goes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for what was just found, and for nothing that is older."""
    monkeypatch.setattr("freehold.detect.recall.KEPT", 2)
    monkeypatch.setattr("freehold.detect.recall.SHELF_BYTES", 2_000)
    for number in range(40):
        (root / "a.py").write_text(CODE.format(f"n{number}"))
        assert scan(root) == cold(root)
    files = list((root.parent / "memory").iterdir())
    assert len([f for f in files if f.suffix == ".answer"]) == 2
    assert all(f.stat().st_size <= 2_000 for f in files if f.suffix == ".shelf")
    assert not [f for f in files if f.suffix == ".tmp"]


def test_a_memory_that_cannot_be_written_is_none(root: Path) -> None:
    (root.parent / "memory").write_text("a file, not a folder")
    assert len(scan(root).references) == 2


def test_an_executor_gives_the_same_answer(root: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        assert detect(walk(root).sources, executor=executor) == detect(walk(root).sources)


def test_what_is_read_back_holds_every_name_once() -> None:
    """What was one object before it was written is one again: memory follows what files say, not how often."""
    name = ["n", "model"]
    facts = {"calls": [[0, ["c", name, [["n", "model"], name], {"model": ["s", "a" * 40, 1, 1, None]}]]]}
    found = Found(clues=(Module(path="a.py", name="a", facts=facts),))
    read = unpack(pack(found), Found, ("a.py",))
    assert read == found
    (module,) = read.clues
    assert isinstance(module, Module)
    (_, call) = module.facts["calls"][0]
    assert call[1] is call[2][0] is call[2][1]
