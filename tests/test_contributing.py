"""CONTRIBUTING says what to touch to add a thing: here a library, a license, a vendor and a rule are added, each as one
file, by an organization for itself; the same files under rules/ would add them for everyone."""

import re
from pathlib import Path

import pytest
from command import Freehold

ROOT = Path(__file__).parents[1]

LIBRARY = """\
id = "summoner"
title = "Summoner"
ecosystem = "voices"
packages = ["summoner"]
modules = ["summoner"]
source = "https://summoner.example/docs"
checked-on = 2026-11-22

[[calls]]
name = "summoner.call"
argument = ["model", 0]
ecosystem = "openai"

[[examples]]
language = "python"
text = "import summoner\\nsummoner.call('gpt-4o')"
expect = ["gpt-4o"]

[[examples]]
language = "python"
text = "import summoner\\nsummoner.hush('gpt-4o')"
silent = true
""".replace('ecosystem = "voices"', 'ecosystem = "openai"')

LICENSE = """\
id = "house-1.0"
title = "House License 1.0"
expression = "LicenseRef-house-1.0"
categories = ["proprietary"]
names = ["house-license"]
status = "verified"
source = "the house's own repository"
checked-on = 2026-11-22

[facts.commercial]
answer = "no"
text = "not in business"
"""

VENDOR = """\
id = "voices-inc"
name = "Voices Inc."
organizations = ["voices-inc"]
checked-on = 2026-11-22
source = "https://voices.example"

[[providers]]
ecosystem = "openai"
name = "Voices"
source = "https://voices.example/api"
api = ["voice-of-the-house"]
api-source = "https://voices.example/models"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A policy with an empty folder of rules beside a project."""
    (tmp_path / "project").mkdir()
    (tmp_path / "policy.toml").write_text('rules = ["own"]\n[organization]\ncommercial = true\n')
    for kind in ("calls", "licenses", "vendors", "checks"):
        (tmp_path / "own" / kind).mkdir(parents=True)
    return tmp_path / "own"


def audit(freehold: Freehold, own: Path, *more: str) -> dict[str, object]:
    project = own.parent / "project"
    options = ("--offline", "--today", "2026-11-22", "--policy", "../policy.toml", "--format", "json", *more)
    ran = freehold.run("audit", *options, cwd=project)
    assert ran.code in (0, 1, 4), ran.stderr
    return ran.report


def test_a_library_is_one_file(freehold: Freehold, own: Path) -> None:
    (own.parent / "project" / "a.py").write_text("import summoner\nsummoner.call('gpt-4o')\n")
    assert not [r for r in audit(freehold, own)["references"] if r["role"] == "load"]  # type: ignore[attr-defined]
    (own / "calls" / "summoner.toml").write_text(LIBRARY)
    (load,) = (r for r in audit(freehold, own)["references"] if r["role"] == "load")  # type: ignore[attr-defined]
    assert (load["name"], load["library"], load["location"]["line"]) == ("gpt-4o", "summoner", 2)


def test_a_vendor_is_one_file(freehold: Freehold, own: Path) -> None:
    (own.parent / "project" / "a.py").write_text(
        "from openai import OpenAI\nOpenAI().chat.completions.create(model='voice-of-the-house')\n"
    )
    assert [m["availability"] for m in audit(freehold, own)["models"]] == ["unknown"]  # type: ignore[attr-defined]
    (own / "vendors" / "voices-inc.toml").write_text(VENDOR)
    (model,) = audit(freehold, own)["models"]  # type: ignore[misc]
    assert (model["availability"], model["vendor"]) == ("api-only", "voices-inc")


def test_a_license_is_one_file(freehold: Freehold, own: Path) -> None:
    (own.parent / "project" / "a.py").write_text(
        "from transformers import AutoModel\nAutoModel.from_pretrained('voices-inc/house')\n"
    )
    (own.parent / "snapshot.toml").write_text(
        'schema = 1\nname = "ours"\nas-of = 2026-11-20\n\n[[models]]\nid = "voices-inc/house"\navailability = "open"\n'
        'cite = "our own Hub"\nlicense = "other"\nlicense-name = "house-license"\n'
    )
    snapshot = ("--snapshot", "../snapshot.toml")
    (model,) = audit(freehold, own, *snapshot)["models"]  # type: ignore[misc]
    assert model["license"]["verdict"] == "needs-review"
    (own / "licenses" / "house-1.0.toml").write_text(LICENSE)
    report = audit(freehold, own, *snapshot)
    (model,) = report["models"]  # type: ignore[misc]
    assert (model["license"]["expression"], model["license"]["verdict"]) == ("LicenseRef-house-1.0", "forbidden")
    assert "license-denied" in {f["rule"] for f in report["findings"]}  # type: ignore[attr-defined]


def test_a_rule_with_an_existing_predicate_is_one_file(freehold: Freehold, own: Path) -> None:
    (own.parent / "project" / "a.py").write_text(
        "from transformers import AutoModel\nAutoModel.from_pretrained('Qwen/Qwen3-8B')\n"
    )
    shipped = (ROOT / "rules/checks/revision-unpinned.toml").read_text()
    text = shipped.replace('id = "revision-unpinned"', 'id = "pin-it"').replace(
        'severity = "note"', 'severity = "error"'
    )
    (own / "checks" / "pin-it.toml").write_text(text)
    found = {(f["rule"], f["severity"]) for f in audit(freehold, own)["findings"]}  # type: ignore[attr-defined]
    assert ("pin-it", "error") in found


def test_every_place_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path in re.findall(r"`((?:rules|src|tests)/[^`<]*)", text):
        assert (ROOT / path).exists(), path
