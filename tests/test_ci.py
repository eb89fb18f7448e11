"""Every place where a team meets freehold in CI, tried for real as far as a machine without these services can."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import Freehold
from report_oracles import commands

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
PROJECT = ROOT / "tests" / "projects" / "voice-assistant"
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
BIN = Path(sys.executable).parent

# Stands for the runner's Python: a "virtual environment" holds the command under test, and what pip is asked is noted.
PYTHON = f"""\
#!/usr/bin/env bash
set -eu
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; ln -sf "{BIN}/freehold" "$3/bin/freehold"
else
  printf '%s\\n' "$@" > "$RUNNER_TEMP/pip"
fi
"""


class Runner:
    """GitHub's runner, as far as a composite action sees it."""

    def __init__(self, folder: Path, freehold: Freehold) -> None:
        self.temp = folder / "runner temp"  # with a blank, as on Windows and on macOS
        self.temp.mkdir()
        self.freehold = freehold
        self.python = folder / "python"
        self.python.write_text(PYTHON)
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)
        self.output = self.temp / "output"
        self.summary = self.temp / "summary"

    def run(self, cwd: Path, **inputs: str) -> tuple[int, str]:
        """Run the steps; give the exit code of the last one that ran, and what they printed."""
        given = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
        given |= {"python": str(self.python)} | {name.replace("_", "-"): value for name, value in inputs.items()}
        printed = ""
        for step in STEPS.values():
            environment = {name: self._fill(value, given) for name, value in step["env"].items()}
            files = {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=cwd,
                env={**self.freehold.variables, "RUNNER_TEMP": str(self.temp), **files, **environment},
                capture_output=True,
                text=True,
                check=False,
            )
            printed += ran.stdout + ran.stderr
            if ran.returncode:
                return ran.returncode, printed
        return 0, printed

    @staticmethod
    def _fill(value: str, given: dict[str, str]) -> str:
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def runner(tmp_path: Path, freehold: Freehold) -> Runner:
    return Runner(tmp_path, freehold)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path / "project")
    return tmp_path / "project"


def test_the_action_fails_the_job_and_explains_itself(runner: Runner, project: Path) -> None:
    code, printed = runner.run(project, offline="true", sarif="out.sarif")
    assert code == 1, printed
    (place,) = (properties for name, properties, _ in commands(printed) if name == "error")
    assert place["file"] == "src/voice_assistant/hosted.py"
    assert "model-became-api-only" in place["title"]
    assert "model-became-api-only" in runner.summary.read_text()
    assert runner.outputs()["exit-code"] == "1"
    assert Path(runner.outputs()["report"]).is_file()
    assert (project / "out.sarif").is_file()
    assert (runner.temp / "pip").read_text().split() == ["-m", "pip", "install", "--quiet", "freehold==0.1.0"]


def test_only_what_is_new_fails_with_a_base_report(runner: Runner, project: Path) -> None:
    assert runner.run(project, offline="true")[0] == 1
    base = runner.temp / "base.json"
    shutil.copy(runner.outputs()["report"], base)
    code, printed = runner.run(project, offline="true", base_report=str(base))
    assert code == 0, printed
    assert "no new finding" in runner.summary.read_text()


@pytest.mark.parametrize(
    "evil", ["$(touch pwned)", "`touch pwned`", "; touch pwned", '" && touch pwned "', "-h", "--policy=x"]
)
def test_no_input_is_ever_code(runner: Runner, project: Path, evil: str) -> None:
    for name in ("path", "policy", "fail_on", "sarif", "base_report", "version", "token"):
        runner.run(project, offline="true", **{name: evil})
    assert not list(project.rglob("pwned")) + list(runner.temp.rglob("pwned"))


def test_no_expression_stands_in_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]


@pytest.mark.parametrize("name", STEPS)
def test_the_scripts_please_shellcheck(name: str) -> None:
    found = subprocess.run(
        [BIN / "shellcheck", "--shell=bash", "-"], input=STEPS[name]["run"], text=True, capture_output=True, check=False
    )
    assert found.returncode == 0, found.stdout


def test_the_action_and_the_readmes_workflow_please_zizmor(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "action.yml", tmp_path)
    (folder / "freehold.yml").write_text(_block("# .github/workflows/freehold.yml"))
    command = [BIN / "zizmor", "--offline", "--no-progress", "--min-severity", "medium", tmp_path]
    found = subprocess.run(command, text=True, capture_output=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_ci_script_pleases_shellcheck() -> None:
    found = subprocess.run([BIN / "shellcheck", ROOT / ".ci" / "run"], text=True, capture_output=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_hooks_run_offline_and_fast_enough_to_be_left_on(freehold: Freehold, project: Path) -> None:
    hooks: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    codes = {hook["id"]: freehold.run(*hook["entry"].split()[1:], cwd=project).code for hook in hooks}
    assert codes == {"freehold": 1, "freehold-scan": 0}
    for hook in hooks:
        assert hook["pass_filenames"] is False
        pattern = re.compile(hook.get("files", ""))
        for name in ("a.py", "deploy/Dockerfile", ".env", "models.lock", "x/compose.yaml"):
            assert pattern.search(name), (hook["id"], name)


def test_the_gitlab_template_is_what_gitlab_reads(freehold: Freehold, project: Path) -> None:
    job = yaml.safe_load(_block("# .gitlab-ci.yml"))["freehold"]
    script = [line for line in job["script"] if line.startswith("freehold ")]
    assert len(script) == 1
    ran = freehold.run(*script[0].split()[1:], "--offline", cwd=project)
    assert ran.code == 1
    for path in (job["artifacts"]["reports"]["codequality"], job["artifacts"]["reports"]["cyclonedx"]):
        assert (project / path).is_file(), path


def _block(first_line: str) -> str:
    blocks: list[str] = re.findall(r"```[a-z]*\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return next(block for block in blocks if block.startswith(first_line))


def test_nothing_of_the_testers_environment_is_needed() -> None:
    assert not [name for name in os.environ if name.startswith("GITHUB_")]
