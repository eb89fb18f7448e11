"""Monorepos and policies: the nearest settings judge, the nearest lock is compared, a policy is the law."""

from pathlib import Path
from typing import Any

import pytest
from command import Freehold, Ran
from hub import LocalHub
from hub.repository import model, text, weight

OFFLINE = ("audit", "--offline", "--today", "2026-11-22", "--format", "json")
LOCK = "version = 1\n"


def load(name: str) -> str:
    return f'from transformers import AutoModel\nAutoModel.from_pretrained("{name}")\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two services and a root; service b has settings and a lockfile of its own."""
    root = tmp_path / "repository"
    for folder in ("services/a", "services/b"):
        (root / folder).mkdir(parents=True)
    (root / "services/a/a.py").write_text(load("Qwen/Qwen2.5-Omni-7B"))
    (root / "services/b/b.py").write_text(load("Qwen/Qwen3-8B"))
    (root / "freehold.toml").write_text('fail-on = "warning"\n')
    (root / "models.lock").write_text(LOCK)
    (root / "services/b/freehold.toml").write_text('[severity]\nrevision-unpinned = "error"\nlock-stale = "off"\n')
    (root / "services/b/models.lock").write_text(LOCK)
    return root


def told(ran: Ran) -> set[tuple[str, str, str, str]]:
    assert ran.code in (0, 1), ran.stderr
    return {(f["rule"], f["severity"], f["workspace"], f["location"]["path"]) for f in ran.report["findings"]}


def test_the_nearest_settings_judge_and_the_nearest_lock_is_compared(freehold: Freehold, repository: Path) -> None:
    ran = freehold.run(*OFFLINE, cwd=repository)
    findings = told(ran)
    assert ("line-closed", "warning", ".", "services/a/a.py") in findings
    assert ("revision-unpinned", "note", ".", "services/a/a.py") in findings
    assert ("revision-unpinned", "error", "services/b", "services/b/b.py") in findings
    assert ("lock-stale", "note", ".", "models.lock") in findings
    assert not [f for f in findings if f[0] == "lock-stale" and f[2] == "services/b"]
    assert [lock["path"] for lock in ran.report["locks"]] == ["models.lock", "services/b/models.lock"]


def test_a_folder_without_a_lockfile_of_its_own_has_its_own_license_policy(
    freehold: Freehold, repository: Path
) -> None:
    """What holds in a folder is asked of its own loads only, also where the lockfile is the root's."""
    (repository / "services/b/models.lock").unlink()
    (repository / "services/a/both.py").write_text(load("Qwen/Qwen3-8B"))
    (repository / "services/b/freehold.toml").write_text('[licenses]\ndeny = ["Apache-2.0"]\n')
    findings = told(freehold.run(*OFFLINE, cwd=repository))
    assert {f for f in findings if f[0] == "license-denied"} == {
        ("license-denied", "error", "services/b", "services/b/b.py")
    }
    assert {f[3] for f in findings if f[0] == "revision-unpinned"} >= {"services/a/both.py", "services/b/b.py"}


def test_a_broken_setting_below_names_its_file_and_line(freehold: Freehold, repository: Path) -> None:
    (repository / "services/b/freehold.toml").write_text('\nfail-onn = "x"\n')
    ran = freehold.run(*OFFLINE, cwd=repository)
    assert ran.code == 2
    assert "services/b/freehold.toml:2: unknown key 'fail-onn' (did you mean 'fail-on'?)" in ran.stderr


def test_a_policy_from_outside_is_the_law_and_shows_what_the_project_would_add(
    freehold: Freehold, repository: Path, tmp_path: Path
) -> None:
    waiver = '[[waivers]]\nrule = "line-closed"\nmodel = "Qwen/*"\nreason = "we know"\nuntil = 2027-01-01\n'
    (repository / "freehold.toml").write_text(waiver)
    own = freehold.run(*OFFLINE, cwd=repository)
    assert {f["status"] for f in own.report["findings"] if f["rule"] == "line-closed"} == {"waived"}

    (tmp_path / "policy.toml").write_text('fail-on = "warning"\n')
    ran = freehold.run(*OFFLINE, "--policy", "../policy.toml", cwd=repository)
    assert ran.code == 1
    assert {f["status"] for f in ran.report["findings"] if f["rule"] == "line-closed"} == {"open"}
    assert ("revision-unpinned", "error") not in {(f["rule"], f["severity"]) for f in ran.report["findings"]}
    assert [w["rule"] for w in ran.report["waivers"]["proposed"]] == ["line-closed"]


def test_experiments_are_not_held_to_what_production_is(freehold: Freehold, repository: Path) -> None:
    (repository / "freehold.toml").write_text(
        'fail-on = "warning"\n[[paths]]\nmatch = "services/a/*"\nseverity = { line-closed = "off" }\n'
    )
    assert "line-closed" not in {f[0] for f in told(freehold.run(*OFFLINE, cwd=repository))}


def waived(freehold: Freehold, repository: Path, only: str) -> list[dict[str, Any]]:
    (repository / "freehold.toml").write_text(
        '[[waivers]]\nrule = "line-closed"\nmodel = "Qwen/Qwen2.5-Omni-7B"\nreason = "r"\nuntil = 2027-01-01\n'
        f"only = {{ {only} }}\n"
    )
    ran = freehold.run(*OFFLINE, cwd=repository)
    assert ran.code in (0, 1), ran.stderr
    found: list[dict[str, Any]] = ran.report["findings"]
    return [f for f in found if f["rule"] in ("line-closed", "waiver-expired")]


def test_a_waiver_that_is_bound_to_a_fact_lapses_with_it(freehold: Freehold, repository: Path) -> None:
    assert [f["status"] for f in waived(freehold, repository, 'state = "open"')] == ["waived"]
    lapsed = waived(freehold, repository, 'state = "gated"')
    assert {(f["rule"], f["status"]) for f in lapsed} == {("line-closed", "open"), ("waiver-expired", "open")}
    # A fact that cannot be known offline does not hold.
    assert {f["rule"] for f in waived(freehold, repository, 'commit = "0123456"')} == {"line-closed", "waiver-expired"}


OWN_CALL = """\
id = "ourlib"
title = "Our own library"
ecosystem = "huggingface"
packages = ["ourlib"]
modules = ["ourlib"]
source = "https://ourlib.example/docs"
checked-on = 2026-11-22

[[calls]]
name = "ourlib.summon"
argument = ["model", 0]

[[examples]]
language = "python"
text = "import ourlib\\nourlib.summon('Qwen/Qwen3-8B')"
expect = ["Qwen/Qwen3-8B"]

[[examples]]
language = "python"
text = "import ourlib\\nourlib.dismiss('Qwen/Qwen3-8B')"
silent = true
"""


def test_a_policy_lays_the_organizations_own_rules_over_the_shipped_ones(
    freehold: Freehold, repository: Path, tmp_path: Path
) -> None:
    (repository / "services/a/own.py").write_text("import ourlib\nourlib.summon('Qwen/Qwen3-32B')\n")
    (tmp_path / "own" / "calls").mkdir(parents=True)
    (tmp_path / "own" / "calls" / "ourlib.toml").write_text(OWN_CALL)
    (tmp_path / "own" / "checks").mkdir()
    shipped = (Path(__file__).parents[1] / "rules/checks/line-closed.toml").read_text()
    (tmp_path / "own" / "checks" / "line-closed.toml").write_text(shipped.replace('"warning"', '"error"', 1))
    (tmp_path / "policy.toml").write_text('rules = ["own"]\n')
    ran = freehold.run(*OFFLINE, "--policy", "../policy.toml", cwd=repository)
    assert ran.code == 1, ran.stderr
    assert ("line-closed", "error", ".", "services/a/a.py") in told(ran)
    loads = [r["library"] for r in ran.report["references"] if r["name"] == "Qwen/Qwen3-32B"]
    assert loads == ["ourlib"]


OWN_VENDOR = """\
id = "our-lab"
name = "Our Lab"
organizations = ["our-lab"]
checked-on = 2026-11-22
source = "https://example.org/models"

[[lines]]
id = "our-voice"
name = "Our Voice"
modality = "speech-tts"
repositories = ["our-lab/voice-*"]

[[lines.releases]]
model = "Voice 1"
date = 2025-06-01
access = "open"
license = "Apache-2.0"
weights = ["our-lab/voice-1"]
source = "https://example.org/voice-1"
"""


def test_a_vendor_of_ones_own_has_a_timeline_and_a_rule_of_ones_own_a_severity(
    freehold: Freehold, repository: Path, tmp_path: Path
) -> None:
    (repository / "services/a/own.py").write_text(load("our-lab/voice-1"))
    for kind in ("vendors", "checks"):
        (tmp_path / "own" / kind).mkdir(parents=True)
    (tmp_path / "own/vendors/our-lab.toml").write_text(OWN_VENDOR)
    shipped = (Path(__file__).parents[1] / "rules/checks/line-closed.toml").read_text()
    own = shipped.replace('id = "line-closed"', 'id = "our-line-closed"')
    (tmp_path / "own/checks/our-line-closed.toml").write_text(own)
    policy = 'rules = ["own"]\n[severity]\nour-line-closed = "error"\nline-closed = "off"\n'
    (tmp_path / "policy.toml").write_text(policy)
    page = tmp_path / "page.html"
    ran = freehold.run(*OFFLINE, "--policy", "../policy.toml", "--output", f"html={page}", cwd=repository)
    assert ran.code == 1, ran.stderr
    assert ("our-line-closed", "error", ".", "services/a/a.py") in told(ran)
    assert not [f for f in told(ran) if f[0] == "line-closed"]
    assert "Our Voice" in page.read_text("utf-8")
    assert "https://example.org/voice-1" in page.read_text("utf-8")
    told_of = freehold.run(
        "explain", "our-voice", "--policy", "../policy.toml", "--today", "2026-11-22", cwd=repository
    )
    assert "2025-06-01 o open: Voice 1" in told_of.stdout
    assert freehold.run("explain", "our-voice", "--today", "2026-11-22", cwd=repository).code == 2
    # The project's own settings know these ids under that policy, and only there.
    (repository / "freehold.toml").write_text('[severity]\nour-line-closed = "note"\n')
    assert freehold.run(*OFFLINE, "--policy", "../policy.toml", cwd=repository).code == 1
    alone = freehold.run(*OFFLINE, cwd=repository)
    assert alone.code == 2
    assert "no rule is called 'our-line-closed'" in alone.stderr
    (tmp_path / "policy.toml").write_text('rules = ["own"]\n[severity]\nour-line-clsed = "error"\n')
    wrong = freehold.run(*OFFLINE, "--policy", "../policy.toml", cwd=repository)
    assert wrong.code == 2
    assert "did you mean 'our-line-closed'" in wrong.stderr


def test_a_project_cannot_lay_rules_over_ours(freehold: Freehold, repository: Path) -> None:
    (repository / "freehold.toml").write_text('rules = ["services"]\n')
    ran = freehold.run(*OFFLINE, cwd=repository)
    assert ran.code == 2
    assert "freehold.toml:1: rules: only a policy given with --policy may name rules" in ran.stderr


def test_a_broken_rule_of_ones_own_names_its_file_and_line(
    freehold: Freehold, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "own" / "checks").mkdir(parents=True)
    (tmp_path / "own" / "checks" / "line-closed.toml").write_text('id = "line-closed"\nsevrity = "error"\n')
    (tmp_path / "policy.toml").write_text('rules = ["own"]\n')
    ran = freehold.run(*OFFLINE, "--policy", "../policy.toml", cwd=repository)
    assert ran.code == 2
    assert "own/checks/line-closed.toml:2: unknown key 'sevrity' (did you mean 'severity'?)" in ran.stderr


def test_what_freehold_wrote_is_not_read_as_the_project(freehold: Freehold, repository: Path) -> None:
    before = freehold.run(*OFFLINE, cwd=repository)
    outputs = ("json=head.json", "sarif=out.sarif", "cyclonedx=models.cdx.json", "gitlab=gl-code-quality.json")
    freehold.run(*OFFLINE, *(part for output in outputs for part in ("--output", output)), cwd=repository)
    freehold.run("baseline", "--offline", "--today", "2026-11-22", cwd=repository)
    after = freehold.run(*OFFLINE, cwd=repository)
    places = {r["location"]["path"] for r in after.report["references"] if r["role"] == "load"}
    assert places == {r["location"]["path"] for r in before.report["references"] if r["role"] == "load"}
    assert [m["exposure"] for m in after.report["models"]] == [m["exposure"] for m in before.report["models"]]


def test_a_folder_can_switch_a_rule_off_for_itself_only(freehold: Freehold, repository: Path) -> None:
    (repository / "services/a/a.py").write_text(load("Qwen/Qwen2.5-Omni-7B"))
    (repository / "services/0").mkdir()
    (repository / "services/0/x.py").write_text(load("Qwen/Qwen2.5-Omni-7B"))
    (repository / "services/0/freehold.toml").write_text('[severity]\nline-closed = "off"\n')
    ran = freehold.run(*OFFLINE, cwd=repository)
    assert ran.code == 1
    assert [f[2:] for f in told(ran) if f[0] == "line-closed"] == [(".", "services/a/a.py")]


def test_a_correction_of_a_license_holds_for_the_text_that_was_read(
    freehold: Freehold, hub: LocalHub, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text(load("nobody/voice"))
    own = text("LICENSE", "You may do with this model whatever you like, on Sundays.\n" * 20)
    hub.catalog.add(model("nobody/voice", weight("model.safetensors"), own, license="other"))
    live = freehold.at(HF_ENDPOINT=hub.endpoint)
    (told,) = live.run("audit", "--format", "json", cwd=project).report["models"]
    assert told["license"]["verdict"] == "needs-review"
    sha256 = told["license"]["text-sha256"]
    correction = '[[licenses.corrections]]\nmodel = "nobody/voice"\nlicense = "MIT"\nreason = "asked the author"\n'
    settings = "[organization]\ncommercial = true\ndistributes-weights = false\n"
    (project / "freehold.toml").write_text(f'{settings}{correction}text-sha256 = "{sha256}"\n')
    (told,) = live.run("audit", "--format", "json", cwd=project).report["models"]
    assert told["license"]["verdict"] in ("allowed", "obligations")
    (project / "freehold.toml").write_text(f'{settings}{correction}text-sha256 = "{"0" * 64}"\n')
    report = live.run("audit", "--format", "json", cwd=project).report
    assert report["models"][0]["license"]["verdict"] == "needs-review"
    assert [p["what"] for p in report["problems"] if "correction" in p["what"]] == [
        f"the correction of the license of nobody/voice does not hold: its text is {sha256[:12]} now"
    ]
    # In a monorepo, whichever folder's settings hold it.
    (project / "freehold.toml").unlink()
    (project / "voice").mkdir()
    (project / "a.py").rename(project / "voice" / "a.py")
    (project / "voice" / "freehold.toml").write_text(f'{settings}{correction}text-sha256 = "{"0" * 64}"\n')
    problems = live.run("audit", "--format", "json", cwd=project).report["problems"]
    (problem,) = [p for p in problems if "correction" in p["what"]]
    assert "voice/freehold.toml" in problem["hint"]
