"""The README shows what the program really says."""

import os
import re
from pathlib import Path

from command import Freehold

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def test_the_picture_is_one_real_audit(freehold: Freehold) -> None:
    """Run with UPDATE_README=1 to take a new picture, and look at it."""
    arguments = ("audit", "tests/projects/voice-assistant", "--offline", "--today", "2026-11-22")
    ran = freehold.run(*arguments, cwd=ROOT)
    picture = f"<!-- audit -->\n```text\n{ran.stdout.rstrip()}\n```\n<!-- /audit -->"
    text = README.read_text()
    shown = re.search(r"<!-- audit -->\n.*?<!-- /audit -->", text, re.DOTALL)
    assert shown is not None
    if os.environ.get("UPDATE_README"):
        README.write_text(text.replace(shown[0], picture))
        return
    assert shown[0] == picture


def test_the_exit_codes_are_those_of_the_help(freehold: Freehold) -> None:
    told = freehold.run("--help", cwd=ROOT).stdout
    for code in re.findall(r"^\| (\d+) \|", README.read_text(), re.MULTILINE):
        assert re.search(rf"^  {code} ", told, re.MULTILINE), code


def test_the_settings_it_shows_are_valid(tmp_path: Path) -> None:
    from freehold.judge.catalog import load as rules
    from freehold.settings import load

    (block,) = re.findall(r"```toml\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(block)
    assert load(tmp_path, lambda over: [rule.id for rule in rules(*over)]).limits.exposure == 60
