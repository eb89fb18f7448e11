"""What people get to read, as files that a review can look at: tests/snapshots/.

`SNAPSHOTS=write pytest tests/test_report_snapshots.py` writes them anew; look at the difference first.
Formats that change with the rules (html) or with the version are held against schemas instead.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from report_values import voice_assistant

from freehold.report import FORMATS, Look, render

FOLDER = Path(__file__).parent / "snapshots"
ELSEWHERE = {"cyclonedx", "cyclonedx-1.6", "html", "json", "sarif", "spdx"}


@pytest.mark.parametrize("name", sorted(set(FORMATS) - ELSEWHERE))
def test_a_report_reads_as_it_was_last_agreed(name: str) -> None:
    file = FOLDER / f"{name}{FORMATS[name].suffix}"
    text = render(voice_assistant(), name, Look(width=80))
    if os.environ.get("SNAPSHOTS") == "write":
        file.write_text(text, "utf-8", newline="\n")
    assert file.read_text("utf-8") == text
