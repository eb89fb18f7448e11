"""Same input, same bytes: two runs agree in every format, whatever else differs about the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import Freehold
from hub import LocalHub, model, shards

from freehold.report import formats

PROJECT = Path(__file__).parent / "projects" / "voice-assistant"
# What may differ between two machines and is no input.
HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "80"}
THERE = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "COLUMNS": "80"}


def copied(to: Path, *, backwards: bool) -> Path:
    """Copy the project file by file, so that the folder lists its files in another order."""
    files = sorted(p.relative_to(PROJECT) for p in PROJECT.rglob("*") if p.is_file())
    for file in reversed(files) if backwards else files:
        (to / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / file, to / file)
    for folder in sorted(to.rglob("*"), reverse=backwards):
        os.utime(folder, (1, 1) if backwards else (2_000_000_000, 2_000_000_000))
    return to


def reports(command: Freehold, root: Path, out: Path, *more: str) -> dict[str, bytes]:
    out.mkdir()
    outputs = [argument for name in formats() for argument in ("--output", f"{name}={out / name}")]
    ran = command.run("audit", "--today", "2026-11-22", *outputs, *more, cwd=root)
    assert ran.code in (0, 1, 4), ran.stderr
    return {"stdout": ran.stdout.encode(), **{name: (out / name).read_bytes() for name in formats()}}


@pytest.mark.parametrize("mode", ["offline", "live", "struck"])
def test_every_format_is_the_same_on_another_machine(
    mode: str, hub: LocalHub, freehold: Freehold, tmp_path: Path
) -> None:
    hub.catalog.add(model("openai/whisper-large-v3", *shards(2)), model("BAAI/bge-m3"))
    if mode == "struck":
        hub.refuse()
    more = ("--offline",) if mode == "offline" else ("--deadline", "60")
    command = freehold.at(HF_ENDPOINT=hub.endpoint)
    first = copied(tmp_path / "a", backwards=False)
    second = copied(tmp_path / "somewhere else" / "b", backwards=True)
    one = reports(command.at(**HERE), first, tmp_path / "one", *more)
    two = reports(command.at(**THERE, FREEHOLD_CACHE=str(tmp_path / "other cache")), second, tmp_path / "two", *more)
    assert [name for name in one if one[name] != two[name]] == []


def test_what_several_libraries_make_of_one_place_stands_in_one_order() -> None:
    script = "model=$(cat name)\nvllm serve $model\nlmdeploy serve api_server $model\n"
    script += "python -m sglang.launch_server --model-path $model\n"
    told = "from freehold.detect import detect; from freehold.source import Source; "
    told += f"print(detect((Source('serve.sh', {script.encode()!r}),)).references)"
    answers = {
        subprocess.run(
            [sys.executable, "-c", told],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in "1234"
    }
    assert [answer.count(b"library=") for answer in answers] == [3]
