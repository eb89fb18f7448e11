"""`freehold diff` and `freehold baseline`: what a change brings, and adopting on an old project."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import Freehold
from hub import LocalHub
from hub.repository import Repository
from hypothesis import given
from hypothesis import strategies as st

from freehold.baseline import Known, read, shrink, write
from freehold.diff import diff, render

TODAY = ("--today", "2026-11-22")


def load(*names: str) -> str:
    lines = [f'AutoModel.from_pretrained("{name}")' for name in names]
    return "from transformers import AutoModel\n" + "\n".join(lines) + "\n"


def audited(freehold: Freehold, project: Path, file: str) -> dict[str, Any]:
    ran = freehold.run(
        "audit", ".", *TODAY, "--offline", "--fail-on", "never", "--output", f"json=../{file}", cwd=project
    )
    assert ran.code in (0, 4), ran.stderr
    report: dict[str, Any] = json.loads((project.parent / file).read_text())
    return report


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(load("Qwen/Qwen3-8B"))
    return folder


def test_only_what_is_new_fails(freehold: Freehold, project: Path) -> None:
    audited(freehold, project, "base.json")
    # The old finding moves down a line; a new model comes in, whose line has closed.
    (project / "a.py").write_text("import os\n" + load("Qwen/Qwen3-8B", "Qwen/Qwen2.5-Omni-7B"))
    audited(freehold, project, "head.json")
    ran = freehold.run("diff", "base.json", "head.json", "--format", "json", "--fail-on", "warning", cwd=project.parent)
    found = json.loads(ran.stdout)
    assert ran.code == 1
    assert {f["rule"] for f in found["findings"]["new"] if f["severity"] != "note"} == {"line-closed"}
    assert {f["model"] for f in found["findings"]["new"]} <= {"Qwen/Qwen2.5-Omni-7B", None}
    assert found["models"]["added"] == ["Qwen/Qwen2.5-Omni-7B"]
    assert found["findings"]["gone"] == []
    same = freehold.run("diff", "head.json", "head.json", "--fail-on", "note", cwd=project.parent)
    assert same.code == 0
    assert same.stdout.startswith("no new finding, none gone")


def test_the_way_back_tells_what_went(freehold: Freehold, project: Path) -> None:
    small = audited(freehold, project, "base.json")
    (project / "a.py").write_text(load("Qwen/Qwen3-8B", "Qwen/Qwen2.5-Omni-7B"))
    large = audited(freehold, project, "head.json")
    found = diff(large, small)
    assert found.removed == ("Qwen/Qwen2.5-Omni-7B",)
    assert "line-closed" in {f.rule for f in found.gone}
    assert "- `Qwen/Qwen2.5-Omni-7B`" in render(found, "markdown")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"schema": 2}', '{"schema": 1}', "[" * 100_000])
def test_what_is_no_report_is_refused(freehold: Freehold, tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    ran = freehold.run("diff", "a.json", "a.json", cwd=tmp_path)
    assert ran.code == 2
    assert "freehold: error:" in ran.stderr
    assert ran.stdout == ""


def test_a_baseline_silences_the_old_and_only_shrinks(freehold: Freehold, hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(Repository(id="org/empty"))
    live = freehold.at(HF_ENDPOINT=hub.endpoint)
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text(load("org/empty"))
    (project / "models.lock").write_text("version = 1\n")
    strict = ("audit", *TODAY, "--fail-on", "warning", "--format", "json")
    assert live.run(*strict, cwd=project).code == 1
    assert live.run("baseline", *TODAY, cwd=project).code == 0
    after = live.run(*strict, cwd=project)
    assert after.code == 0, after.stdout
    assert {f["status"] for f in after.report["findings"]} == {"baseline"}

    hub.catalog.add(Repository(id="org/also-empty"))
    (project / "a.py").write_text(load("org/empty", "org/also-empty"))
    live.run("baseline", *TODAY, cwd=project)
    grown = live.run(*strict, cwd=project)
    assert grown.code == 1
    assert [f["model"] for f in grown.report["findings"] if f["status"] == "open" and f["severity"] == "warning"] == [
        "org/also-empty"
    ]
    (project / "a.py").write_text(load("org/also-empty"))
    told = live.run("baseline", *TODAY, cwd=project)
    assert "gone" in told.stdout
    assert "org/empty" not in (project / "freehold-baseline.toml").read_text().replace("org/also-empty", "")


known = st.builds(Known, rule=st.text(min_size=1).filter(str.strip), model=st.text(), path=st.text(),
                  fingerprint=st.text("0123456789abcdef", min_size=64, max_size=64))  # fmt: skip


@given(st.lists(known, max_size=4))
def test_a_baseline_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[Known]) -> None:
    file = tmp_path_factory.mktemp("b") / "freehold-baseline.toml"
    write(file, rows)
    assert read(file) == tuple(sorted(rows))
    assert shrink(tuple(rows), ()) == ()


def test_a_fault_is_no_good_news(freehold: Freehold, hub: LocalHub, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text(load("org/empty"))
    hub.catalog.add(Repository(id="org/empty"))
    live = freehold.at(HF_ENDPOINT=hub.endpoint, FREEHOLD_CACHE="off")
    live.run("audit", *TODAY, "--fail-on", "never", "--output", "json=../base.json", cwd=project)
    hub.refuse()
    live.run("audit", *TODAY, "--fail-on", "never", "--output", "json=../head.json", cwd=project)
    ran = live.run("diff", "base.json", "head.json", cwd=tmp_path)
    assert ran.code == 4, ran.stderr
    assert "1 models could not be looked up" in ran.stdout
    assert "weights-missing" not in ran.stdout
    back = live.run("diff", "head.json", "base.json", "--fail-on", "warning", cwd=tmp_path)
    assert back.code == 1
    assert "weights-missing" in back.stdout
