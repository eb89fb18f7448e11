"""What is kept between two scans: the same answer for the same files, and never a wrong one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from freehold.detect import Detection, detect
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


def scan(root: Path) -> Detection:
    return detect(walk(root).sources, memory=root.parent / "memory")


def test_the_second_scan_says_the_same_without_reading_code(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(root)
    assert len(first.references) == 2
    assert first.requirements
    assert first.problems
    monkeypatch.setattr("freehold.detect.read", None)
    assert scan(root) == first


def test_a_changed_file_is_read(root: Path) -> None:
    first = scan(root)
    (root / "a.py").write_text(CODE.format("other"))
    second = scan(root)
    assert {r.name for r in second.references} - {r.name for r in first.references} == {"nobody/other"}


def test_a_moved_file_is_another(root: Path) -> None:
    scan(root)
    (root / "a.py").rename(root / "b.py")
    assert "b.py" in {r.location.path for r in scan(root).references}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"references": [{}], "requirements": [], "problems": []}', "[" * 99_999]
)
def test_a_broken_memory_is_read_over(root: Path, text: str) -> None:
    first = scan(root)
    (kept,) = (root.parent / "memory").iterdir()
    kept.write_text(text)
    assert scan(root) == first


def test_a_memory_that_cannot_be_written_is_none(root: Path) -> None:
    (root.parent / "memory").write_text("a file, not a folder")
    assert len(scan(root).references) == 2


def test_an_executor_gives_the_same_answer(root: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        assert detect(walk(root).sources, executor=executor) == detect(walk(root).sources)
