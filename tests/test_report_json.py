"""The JSON report: schema 1, exact, and the same bytes for the same report."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from report_values import HOSTILE, hostile, voice_assistant

from freehold.report import FORMATS, render
from freehold.types import Provenance, Report

SCHEMA = json.loads(files("freehold.report").joinpath("schema-1.json").read_text("utf-8"))
TODAY = voice_assistant().provenance.today


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "report",
    [
        voice_assistant(),
        Report(root=".", provenance=Provenance(today=TODAY, mode="live")),
        Report(root=".", provenance=Provenance(today=TODAY, mode="none"), references=voice_assistant().references),
    ],
)
def test_a_report_holds_to_its_schema(report: Report) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(render(report, "json")))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_strings_come_back_exactly(text: str) -> None:
    written = render(hostile(text), "json")
    assert written.isascii()
    document = json.loads(written)
    Draft202012Validator(SCHEMA).validate(document)
    assert document["findings"][0]["model"] == text
    assert document["references"][0]["location"]["path"] == text


def test_every_key_the_schema_names_is_written_and_the_other_way_round() -> None:
    document = json.loads(render(voice_assistant(), "json"))
    assert list(document) == list(SCHEMA["properties"])
    for part, name in (
        ("references", "reference"),
        ("models", "model"),
        ("findings", "finding"),
        ("waivers", "waiver"),
    ):
        entries = document[part]["entries"] if part == "waivers" else document[part]
        for entry in entries:
            assert list(entry) == list(SCHEMA["$defs"][name]["properties"])


def test_a_name_changed_by_hand_fails_the_schema() -> None:
    document = json.loads(render(voice_assistant(), "json"))
    document["findings"][0]["severity"] = "fatal"
    assert not Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("name", FORMATS)
def test_the_hash_seed_the_folder_and_the_time_zone_change_no_byte(name: str, tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "from report_values import voice_assistant; from freehold.report import Look, render\n"
        "sys.stdout.buffer.write(render(voice_assistant(), sys.argv[2], Look(width=80)).encode())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent), name],
            cwd=folder,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, folder in (("1", "UTC", tmp_path), ("2", "Pacific/Kiritimati", Path(__file__).parent))
    }
    assert len(runs) == 1
    assert runs.pop()
