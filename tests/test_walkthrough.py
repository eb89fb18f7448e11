"""The story that freehold is for, through the installed command: agreed, green, and then the model is gone.

An open model is locked and the audit is green. Then its weights are removed, its repository is deleted, made private or
disabled, or the project moves on to the successor that is an API only. Each time the audit exits 1, names the load that
now stands without weights, what was lost, since when it had been agreed to, and what to do. While the Hub cannot be
heard, the same says `unknown` and exits 4.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command import Freehold, Ran
from hub import LocalHub, model, shards
from hub.faults import REQUEST_FAULTS

OMNI = "Qwen/Qwen3-Omni-30B-A3B-Instruct"
SUCCESSOR = "qwen3.5-omni-plus"
EARS = "nimbus/ears-small"

OPEN = f'''"""What the assistant hears and says."""

from transformers import Qwen3OmniMoeForConditionalGeneration, pipeline

EARS = "{EARS}"
OMNI = "{OMNI}"


def listen():
    return pipeline("automatic-speech-recognition", model=EARS)


def speak():
    return Qwen3OmniMoeForConditionalGeneration.from_pretrained(OMNI)
'''
CLOSED = f'''"""What the assistant hears and says."""

import dashscope
from transformers import pipeline

EARS = "{EARS}"


def listen():
    return pipeline("automatic-speech-recognition", model=EARS)


def speak():
    return dashscope.MultiModalConversation.call(model="{SUCCESSOR}", messages=[])
'''

LOSSES: dict[str, tuple[Callable[[LocalHub], None], str]] = {
    "weights removed": (lambda hub: hub.catalog.remove_weights(OMNI), "no-weights"),
    "deleted": (lambda hub: hub.catalog.delete(OMNI), "withdrawn"),
    "made private": (lambda hub: hub.catalog.make_private(OMNI), "withdrawn"),
    "disabled": (lambda hub: hub.catalog.disable(OMNI), "disabled"),
}


def publish(hub: LocalHub) -> None:
    """All is well: what the project stands on is open."""
    hub.catalog.add(model(OMNI, *shards(3)), model(EARS))


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The lock that `freehold lock` wrote in June."""
    root = tmp_path_factory.mktemp("june")
    write(root, OPEN)
    with LocalHub() as hub:
        publish(hub)
        command = Freehold(tmp_path_factory.mktemp("home")).at(HF_ENDPOINT=hub.endpoint)
        locked = command.run("lock", "--today", "2026-06-01", cwd=root)
    assert locked.code == 0, locked.stderr
    return (root / "models.lock").read_text("utf-8")


def write(root: Path, code: str) -> None:
    (root / "assistant").mkdir(parents=True, exist_ok=True)
    (root / "assistant" / "voice.py").write_text(code)
    (root / "requirements.txt").write_text("transformers>=5\n")


@pytest.fixture
def project(tmp_path: Path, agreement: str) -> Path:
    root = tmp_path / "assistant"
    write(root, OPEN)
    (root / "models.lock").write_text(agreement, "utf-8")
    return root


@pytest.fixture
def agreed(hub: LocalHub, freehold: Freehold) -> Freehold:
    """The command before a Hub where all is well."""
    publish(hub)
    return freehold.at(HF_ENDPOINT=hub.endpoint)


def audit(command: Freehold, project: Path, *more: str) -> Ran:
    """Audit in November: JSON on stdout, what a person reads in files beside it."""
    outputs = ("--output", f"text={project.parent}/report.txt", "--output", f"markdown={project.parent}/report.md")
    return command.run("audit", "--format", "json", "--today", "2026-11-22", *outputs, *more, cwd=project)


def lost(ran: Ran) -> list[dict[str, object]]:
    """Give the findings of the rule that the walk-through is about."""
    return [f for f in ran.report["findings"] if f["rule"] == "model-became-api-only"]


def test_what_was_agreed_to_and_still_holds_is_green(agreed: Freehold, project: Path) -> None:
    ran = audit(agreed, project)
    assert ran.code == 0
    assert {m["name"]: m["availability"] for m in ran.report["models"]} == {OMNI: "open", EARS: "open"}
    assert lost(ran) == []
    assert ran.report["complete"] is True


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_an_error_and_a_fault_hides_it_as_unknown(
    loss: str, agreed: Freehold, project: Path, hub: LocalHub
) -> None:
    happen, state = LOSSES[loss]
    happen(hub)

    ran = audit(agreed, project)
    assert ran.code == 1
    assert {m["name"]: m["availability"] for m in ran.report["models"]} == {OMNI: state, EARS: "open"}
    (finding,) = lost(ran)
    assert finding["severity"] == "error"
    assert finding["model"] == OMNI
    assert finding["location"] == {"path": "assistant/voice.py", "line": 6, "column": 9, "cell": None}
    told_to(project, finding, "2026-06-01")

    hub.fail(REQUEST_FAULTS["503"])
    struck = audit(agreed, project, "--deadline", "5")
    assert struck.code == 4
    assert {m["name"]: m["availability"] for m in struck.report["models"]} == {OMNI: "unknown", EARS: "unknown"}
    assert all(m["reason"] for m in struck.report["models"])
    assert lost(struck) == []
    assert struck.report["complete"] is False


def told_to(project: Path, finding: dict[str, object], since: str) -> None:
    """What was lost, since when it was agreed to, and the next action stand in what people read."""
    for name in ("report.txt", "report.md"):
        words = " ".join((project.parent / name).read_text("utf-8").split())
        assert OMNI in words
        assert "assistant/voice.py:6" in words
        assert since in words
        assert "open" in words
        assert "freehold lock --accept" in words
    assert since in f"{finding['message']} {finding['evidence']}"
    assert finding["remedy"]


def test_moving_on_to_an_api_only_successor_is_a_loss_of_the_predecessor(
    agreed: Freehold, project: Path, hub: LocalHub
) -> None:
    (project / "assistant" / "voice.py").write_text(CLOSED)

    ran = audit(agreed, project)
    assert ran.code == 1
    (finding,) = lost(ran)
    assert finding["model"] == SUCCESSOR
    assert (finding["location"]["path"], finding["location"]["line"]) == ("assistant/voice.py", 14)  # type: ignore[index]
    text = (project.parent / "report.txt").read_text("utf-8")
    assert OMNI in text
    assert "2026-06-01" in text

    # The Hub has no say in what a vendor offers: this stays known while the Hub cannot be heard, and 1 beats 4.
    hub.fail(REQUEST_FAULTS["503"])
    struck = audit(agreed, project, "--deadline", "5")
    assert struck.code == 1
    assert len(lost(struck)) == 1
    assert {m["name"]: m["availability"] for m in struck.report["models"]} == {SUCCESSOR: "api-only", EARS: "unknown"}
    assert struck.report["complete"] is False


def test_the_loss_cannot_be_locked_in_passing(agreed: Freehold, project: Path, hub: LocalHub) -> None:
    before = (project / "models.lock").read_bytes()
    hub.catalog.delete(OMNI)

    refused = agreed.run("lock", cwd=project)
    assert refused.code == 1
    assert OMNI in refused.stdout + refused.stderr
    assert (project / "models.lock").read_bytes() == before

    hub.fail(REQUEST_FAULTS["503"])
    struck = agreed.run("lock", "--accept", OMNI, "--deadline", "5", cwd=project)
    assert struck.code != 0
    assert (project / "models.lock").read_bytes() == before

    hub.heal()
    accepted = agreed.run("lock", "--accept", OMNI, "--today", "2026-11-22", cwd=project)
    assert accepted.code == 0, accepted.stderr
    assert (project / "models.lock").read_bytes() != before
    ran = audit(agreed, project)
    assert ran.code == 0
    assert lost(ran) == []


def test_a_load_pinned_to_a_commit_holds_until_history_is_squashed(
    agreed: Freehold, project: Path, hub: LocalHub
) -> None:
    published = hub.catalog.get(OMNI)
    assert published is not None
    pinned = OPEN.replace("from_pretrained(OMNI)", f'from_pretrained(OMNI, revision="{published.main.commit}")')
    (project / "assistant" / "voice.py").write_text(pinned)
    hub.catalog.remove_weights(OMNI)
    ran = audit(agreed, project)
    assert ran.code == 0
    assert {m["name"]: m["availability"] for m in ran.report["models"]} == {OMNI: "open", EARS: "open"}

    hub.catalog.remove_weights(OMNI, history=False)
    ran = audit(agreed, project)
    assert ran.code == 1
    assert [f["model"] for f in lost(ran)] == [OMNI]


def test_a_name_that_someone_else_took_over_is_another_repository(
    agreed: Freehold, project: Path, hub: LocalHub
) -> None:
    hub.catalog.delete(OMNI)
    hub.catalog.add(model(OMNI, *shards(3), uid="f" * 24))
    ran = audit(agreed, project)
    assert ran.code == 1
    assert [f["model"] for f in ran.report["findings"] if f["rule"] == "model-replaced"] == [OMNI]
