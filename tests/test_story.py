"""The story this program was made for, told by the installed command about a believable project, with no network.

The project ran Qwen3-Omni on its own machines when models.lock was written; its code now calls Qwen3.5-Omni, which
exists behind Alibaba's API only.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from command import Freehold, Ran

PROJECT = Path(__file__).parent / "projects" / "voice-assistant"
OFFLINE = ("audit", "--offline", "--today", "2026-11-22")


@pytest.fixture
def told(freehold: Freehold, tmp_path: Path) -> Ran:
    project = tmp_path / "voice-assistant"
    shutil.copytree(PROJECT, project)
    return freehold.run(*OFFLINE, "--format", "json", cwd=project)


def finding(report: dict[str, Any], rule: str, model: str) -> dict[str, Any]:
    (found,) = (f for f in report["findings"] if f["rule"] == rule and f["model"] == model)
    return found


def test_the_build_fails_because_a_model_became_api_only(told: Ran) -> None:
    assert told.code == 1, told.stderr
    found = finding(told.report, "model-became-api-only", "qwen3.5-omni-plus")
    line = 'model="qwen3.5-omni-plus"'
    source = (PROJECT / "src/voice_assistant/hosted.py").read_text().splitlines()
    row = next(i for i, text in enumerate(source, 1) if line in text)
    place = {"path": "src/voice_assistant/hosted.py", "line": row, "column": source[row - 1].index("qwen") + 1}
    assert place.items() <= found["location"].items()
    assert "Qwen/Qwen3-Omni-30B-A3B-Instruct" in found["message"]
    assert "2026-02-10" in found["message"]
    assert "freehold lock --accept qwen3.5-omni-plus" in found["remedy"]
    assert [f["rule"] for f in told.report["findings"] if f["severity"] == "error"] == ["model-became-api-only"]


def test_the_older_sibling_is_open_and_its_line_has_closed(told: Ran) -> None:
    assert finding(told.report, "line-closed", "Qwen/Qwen2.5-Omni-7B")["severity"] == "warning"
    states = {m["name"]: m["availability"] for m in told.report["models"]}
    assert states == {
        "BAAI/bge-m3": "open",
        "Qwen/Qwen2.5-Omni-7B": "open",
        "Qwen/Qwen3-8B": "open",
        "openai/whisper-large-v3-turbo": "open",
        "meta-llama/Llama-3.1-8B": "gated",
        "openai/whisper-large-v3": "open",
        "qwen3.5-omni-plus": "api-only",
    }


def test_every_model_is_loaded_where_the_project_loads_it(told: Ran) -> None:
    loads = {(r["name"], r["location"]["path"]) for r in told.report["references"] if r["role"] == "load"}
    assert loads >= {
        ("BAAI/bge-m3", "config/app.yaml"),
        ("BAAI/bge-m3", "src/voice_assistant/memory.py"),
        ("Qwen/Qwen2.5-Omni-7B", "src/voice_assistant/omni.py"),
        ("Qwen/Qwen3-8B", ".env"),
        ("Qwen/Qwen3-8B", "deploy/Dockerfile"),
        ("Qwen/Qwen3-8B", "deploy/compose.yaml"),
        ("openai/whisper-large-v3-turbo", "notebooks/compare_listeners.ipynb"),
        ("meta-llama/Llama-3.1-8B", "train/finetune.py"),
        ("meta-llama/Llama-3.1-8B", "train/finetune.yaml"),
        ("openai/whisper-large-v3", "config/app.yaml"),
        ("openai/whisper-large-v3", "src/voice_assistant/speech.py"),
        ("qwen3.5-omni-plus", "src/voice_assistant/hosted.py"),
    }
    # The README and the settings name models too; they load none.
    assert not {path for _, path in loads if path in ("README.md", "pyproject.toml", "requirements.txt")}


def test_it_says_from_where_and_as_of_when(told: Ran) -> None:
    report = told.report
    assert report["complete"] is True
    assert report["exit-code"] == 1
    for model in report["models"]:
        assert model["from"] == ("rules" if model["ecosystem"] == "dashscope" else "snapshot")
        assert model["as-of"] <= "2026-11-22"
        assert model["commit"] is None  # nobody could know it, so nobody says it


def test_the_score_of_every_model_is_explained_to_the_point(told: Ran) -> None:
    for model in told.report["models"]:
        exposure = model["exposure"]
        assert exposure["score"] == max(exposure["closing"], exposure["repricing"])
        assert sum(line["points"] for line in exposure["because"]) == exposure["score"]
    assert told.report["exposure"]["score"] == max(m["exposure"]["score"] for m in told.report["models"])


def test_the_signed_waiver_covers_the_gate_and_is_shown(told: Ran) -> None:
    assert finding(told.report, "model-gated", "meta-llama/Llama-3.1-8B")["status"] == "waived"


def test_the_screen_fits_80_columns_and_names_what_to_do(freehold: Freehold, tmp_path: Path) -> None:
    shutil.copytree(PROJECT, tmp_path / "p")
    ran = freehold.run(*OFFLINE, "p", cwd=tmp_path)
    assert ran.code == 1
    assert ran.stderr == ""
    assert max(map(len, ran.stdout.splitlines())) <= 80
    for words in ("model-became-api-only", "hosted.py:", "offline", "2026-11-22", "exit 1"):
        assert words in ran.stdout


def test_nothing_in_the_lock_or_the_snapshot_was_invented() -> None:
    lock = (PROJECT / "models.lock").read_text()
    assert not [word for word in ("commit", "_id", "sha256") if word in lock]
