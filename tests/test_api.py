"""The Python interface: what the command line does, for other programs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

import freehold
from freehold.errors import NothingToAudit, SettingsError

PROJECT = Path(__file__).parent / "projects" / "voice-assistant"
OPTIONS = freehold.Options(offline=True, today=date(2026, 11, 22))


def test_it_gives_the_report_of_the_command_line() -> None:
    report = freehold.audit(PROJECT, OPTIONS)
    assert isinstance(report, freehold.Report)
    assert report.exit_code == 1
    assert "model-became-api-only" in {finding.rule for finding in report.findings}
    assert report == freehold.audit(str(PROJECT), OPTIONS)


def test_an_executor_of_the_callers_gives_the_same() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert freehold.audit(PROJECT, OPTIONS, executor=executor) == freehold.audit(PROJECT, OPTIONS)


def test_it_stays_a_function_after_its_module_was_imported() -> None:
    import freehold.audit

    assert callable(freehold.audit)
    assert freehold.audit.examine(PROJECT, OPTIONS).parts[0].lock is not None


def test_what_cannot_begin_raises(tmp_path: Path) -> None:
    with pytest.raises(NothingToAudit):
        freehold.audit(tmp_path, OPTIONS)
    (tmp_path / "freehold.toml").write_text("fail-on = 1")
    with pytest.raises(SettingsError):
        freehold.audit(tmp_path, OPTIONS)


def test_a_user_s_program_is_typed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import freehold\n"
        "report: freehold.Report = freehold.audit('.', freehold.Options(offline=True))\n"
        "code: int = report.exit_code\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
