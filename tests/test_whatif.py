"""`freehold whatif` and `freehold explain`: arithmetic on what is known, with sources, in one screen."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import Freehold
from hub import LocalHub, model, weight

from freehold.errors import UsageError
from freehold.hub.snapshot import load
from freehold.judge.catalog import load as rules
from freehold.licenses.catalog import catalog
from freehold.vendors.lines import Vendors
from freehold.whatif import parse

PROJECT = Path(__file__).parent / "projects" / "voice-assistant"
OFFLINE = ("--offline", "--today", "2026-11-22")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path / "p")
    return tmp_path / "p"


def played(freehold: Freehold, project: Path, *arguments: str) -> list[dict[str, Any]]:
    ran = freehold.run("whatif", *OFFLINE, *arguments, "--format", "json", cwd=project)
    assert ran.code == 0, ran.stderr
    outcomes: list[dict[str, Any]] = json.loads(ran.stdout)["outcomes"]
    return outcomes


def effects(outcome: dict[str, Any]) -> dict[str, str]:
    return {c["model"]: c["effect"] for c in outcome["consequences"]}


def test_closing_a_vendor_breaks_what_is_downloaded_and_tells_what_was_leased_already(
    freehold: Freehold, project: Path
) -> None:
    (outcome,) = played(freehold, project, "--close", "alibaba")
    assert effects(outcome) == {
        "Qwen/Qwen2.5-Omni-7B": "breaks",
        "Qwen/Qwen3-8B": "breaks",
        "qwen3.5-omni-plus": "leased",
    }
    (chat,) = (c for c in outcome["consequences"] if c["model"] == "Qwen/Qwen3-8B")
    assert {place["path"] for place in chat["locations"]} >= {
        "deploy/Dockerfile",
        ".env",
        "src/voice_assistant/chat.py",
    }
    assert chat["candidates"]
    for candidate in chat["candidates"]:
        assert candidate["cite"]
        assert not candidate["id"].startswith("Qwen/")


def test_a_line_and_a_model_are_smaller_than_their_vendor(freehold: Freehold, project: Path) -> None:
    line, model = played(freehold, project, "--close", "qwen-omni", "--close", "Qwen/Qwen2.5-Omni-7B")
    assert set(effects(line)) == {"Qwen/Qwen2.5-Omni-7B", "qwen3.5-omni-plus"}
    assert set(effects(model)) == {"Qwen/Qwen2.5-Omni-7B"}


def test_repricing_turns_usage_into_money(freehold: Freehold, project: Path) -> None:
    (project / "a.py").write_text('from openai import OpenAI\nOpenAI().chat.completions.create(model="gpt-4o")\n')
    settings = (project / "pyproject.toml").read_text()
    usage = '\n[tool.freehold.usage]\n"openai/gpt-4o" = { input-tokens = 1_000_000, output-tokens = 1_000_000 }\n'
    (project / "pyproject.toml").write_text(settings + usage)
    (outcome,) = played(freehold, project, "--reprice", "openai=+34%")
    assert effects(outcome) == {
        "gpt-4o": "costs",
        "openai/whisper-large-v3": "safe",  # the same vendor's, but run by ourselves
        "openai/whisper-large-v3-turbo": "safe",
    }
    found = outcome["consequences"][0]
    assert found["usd-per-month"] > 0
    assert found["usd-per-month-then"] == pytest.approx(found["usd-per-month"] * 1.34, abs=0.01)


def test_without_usage_no_sum_is_made_up(freehold: Freehold, project: Path) -> None:
    (outcome,) = played(freehold, project, "--reprice", "dashscope=+34%")
    (found,) = outcome["consequences"]
    assert found["usd-per-month"] is None
    assert "usage" in found["no-sum-because"]


def test_retiring_an_api_name_does_not_touch_weights(freehold: Freehold, project: Path) -> None:
    api, weights = played(freehold, project, "--retire", "qwen3.5-omni-plus", "--retire", "Qwen/Qwen3-8B")
    assert effects(api) == {"qwen3.5-omni-plus": "breaks"}
    assert effects(weights) == {"Qwen/Qwen3-8B": "safe"}


def test_a_known_name_that_nothing_here_uses_touches_nothing(freehold: Freehold, project: Path) -> None:
    (outcome,) = played(freehold, project, "--close", "moonshot")
    assert outcome["consequences"] == []


@pytest.mark.parametrize(
    "arguments", [(), ("--close", "alibabba"), ("--reprice", "openai=34x"), ("--reprice", "openai")]
)
def test_a_mistake_ends_with_2_and_says_how(freehold: Freehold, project: Path, arguments: tuple[str, ...]) -> None:
    ran = freehold.run("whatif", *OFFLINE, *arguments, cwd=project)
    assert ran.code == 2
    assert "hint:" in ran.stderr


@pytest.mark.parametrize("text", ["x=NaN%", "x=inf%", "x=-101%", "x=", "=+3%", "x=1e99%"])
def test_a_rise_is_a_number_that_can_happen(text: str) -> None:
    with pytest.raises(UsageError):
        parse((), (), (text,))


NAMES = [
    *(rule.id for rule in rules()),
    *(vendor.id for vendor in Vendors.load().all),
    *(line.id for vendor in Vendors.load().all for line in vendor.lines),
    *(each.id for each in catalog().licenses),
    "exposure",
    "openai/gpt-4o",
    "Qwen/Qwen2.5-Omni-7B",
]


def test_everything_with_a_name_can_be_explained_in_eighty_columns() -> None:
    from datetime import date

    from freehold.explain import explain
    from freehold.hub.snapshot import load

    vendors, snapshot = Vendors.load(), load()
    for name in NAMES:
        text = explain(name, vendors, snapshot, date(2026, 11, 22))
        assert len(text.splitlines()) >= 3, name
        for line in text.splitlines():
            assert len(line) <= 80 or " " not in line.strip() or "http" in line or line.startswith(" " * 15), (
                name,
                line,
            )


def test_the_story_can_be_read_in_the_terminal(freehold: Freehold, tmp_path: Path) -> None:
    told = freehold.run("explain", "qwen-omni", "--today", "2026-11-22", cwd=tmp_path).stdout
    rows = [
        "2025-03-26 o open: Qwen2.5-Omni-7B",
        "2025-09-22 o open: Qwen3-Omni",
        "2026-03-30 x api-only: Qwen3.5-Omni-Plus",
    ]
    assert [row in told for row in rows] == [True] * 3
    assert "80 % interval" in told
    asked = freehold.run("explain", "alibabba", cwd=tmp_path)
    assert asked.code == 2
    assert "did you mean 'alibaba'" in asked.stderr


def test_models_that_fare_alike_are_told_together_in_eighty_columns(freehold: Freehold, tmp_path: Path) -> None:
    for n in range(8):
        (tmp_path / f"a{n}.py").write_text(
            "from transformers import pipeline\n"
            'pipeline("automatic-speech-recognition", model="openai/whisper-base")\n'
            f'pipeline("automatic-speech-recognition", model="openai/whisper-{("tiny", "small")[n % 2]}")\n'
        )
    told = freehold.run("whatif", *OFFLINE, "--close", "openai", cwd=tmp_path).stdout
    assert "breaks: 3 models in 16 places; not touched: 0" in told
    assert told.count("breaks: the next download fails") == 1
    assert told.count("instead: ") <= 4  # what could take the place of three models alike is said once
    assert "    and 3 more places" in told
    for line in told.splitlines():
        assert len(line) <= 80 or " " not in line.strip() or ": " in line, line


def test_a_rise_is_told_with_its_size(freehold: Freehold, project: Path) -> None:
    told = freehold.run("whatif", *OFFLINE, "--reprice", "dashscope=+34%", cwd=project).stdout
    assert "costs: every call costs 34 % more" in told
    told = freehold.run("whatif", *OFFLINE, "--reprice", "dashscope=-12.5%", cwd=project).stdout
    assert "costs: every call costs 12.5 % less" in told


def test_a_mirrored_model_is_safe_under_an_irrevocable_license(
    freehold: Freehold, hub: LocalHub, tmp_path: Path
) -> None:
    """What is at hand, and may be kept, does not break; what is at hand only loses its upgrades."""
    project = tmp_path / "project"
    project.mkdir()
    names = {"nobody/free": "apache-2.0", "nobody/other": "other"}
    for name, license in names.items():  # noqa: A001
        hub.catalog.add(model(name, weight("model.safetensors"), license=license))
    loads = "".join(f"M.from_pretrained({name!r})\n" for name in names)
    (project / "a.py").write_text(f"from transformers import AutoModel as M\n{loads}")
    live = freehold.at(HF_ENDPOINT=hub.endpoint)
    assert live.run("lock", cwd=project).code == 0
    close = ("whatif", *(part for name in names for part in ("--close", name)), "--format", "json")

    def told(*arguments: str) -> dict[str, str]:
        outcomes = json.loads(live.run(*close, *arguments, cwd=project).stdout)["outcomes"]
        return {c["model"]: c["effect"] for outcome in outcomes for c in outcome["consequences"]}

    assert told() == {"nobody/free": "breaks", "nobody/other": "breaks"}
    mirror = str(tmp_path / "mirror")
    assert live.run("mirror", "--to", mirror, cwd=project).code == 0
    assert told("--mirror", mirror) == {"nobody/free": "safe", "nobody/other": "loses upgrades"}


def test_an_organizations_own_reading_of_a_license_holds_here_too(
    freehold: Freehold, project: Path, tmp_path: Path
) -> None:
    shipped = (Path(__file__).parents[1] / "rules/licenses/apache-2.0.toml").read_text()
    (tmp_path / "own" / "licenses").mkdir(parents=True)
    (tmp_path / "own/licenses/apache-2.0.toml").write_text(shipped.replace('"irrevocable"', '"revocable"'))
    (tmp_path / "policy.toml").write_text('rules = ["own"]\n')

    def why(*arguments: str) -> str:
        (outcome,) = played(freehold, project, "--close", "Qwen/Qwen3-8B", *arguments)
        (found,) = outcome["consequences"]
        return str(found["why"])

    assert "would let you go on with a copy" in why()
    assert "whether you may go on with a copy is to be read" in why("--policy", "../policy.toml")


def test_a_screen_counts_what_it_does_not_list(freehold: Freehold, tmp_path: Path) -> None:
    # The last of them are Wan's and Qwen's for video and speech: many that fare alike.
    names = [k.id for k in load().facts if k.vendor == "alibaba" and k.availability == "open" and k.task][-150:]
    loads = "".join(f"M.from_pretrained({name!r})\n" for name in names)
    (tmp_path / "a.py").write_text(f"from transformers import AutoModel as M\n{loads}")
    told = freehold.run("whatif", *OFFLINE, "--close", "alibaba", cwd=tmp_path).stdout
    (outcome,) = played(freehold, tmp_path, "--close", "alibaba")
    assert len(outcome["consequences"]) == len(names) == 150
    assert "breaks: 150 models in 150 places; not touched: 0" in told
    listed = [line for line in told.splitlines() if line.startswith("  ") and line.strip() in names]
    within = sum(int(n) for n in re.findall(r"^  and (\d+) more models?$", told, re.MULTILINE))
    (beyond,) = re.findall(r"^and (\d+) more models; --format json lists all$", told, re.MULTILINE)
    assert len(listed) + within + int(beyond) == 150


def test_of_models_alike_eight_are_named(freehold: Freehold, tmp_path: Path) -> None:
    sizes = ("4o", "4o-mini", "4.1", "4.1-mini", "4.1-nano", "4-turbo", "5", "5-mini", "5-nano", "3.5-turbo")
    names = [f"gpt-{size}" for size in sizes]
    calls = "".join(f"client.chat.completions.create(model={name!r})\n" for name in names)
    (tmp_path / "a.py").write_text(f"from openai import OpenAI\nclient = OpenAI()\n{calls}")
    told = freehold.run("whatif", *OFFLINE, "--close", "openai", cwd=tmp_path).stdout
    listed = [line for line in told.splitlines() if line.startswith("  ") and line.strip() in names]
    assert "leased: 10 models in 10 places" in told
    assert len(listed) == 8
    assert "  and 2 more models" in told
