"""Where a Hub may be: behind TLS, below a prefix, behind a mirror that says less; and what it says of each model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command import Freehold, Ran
from hub import LocalHub, Token, model, pointer, shards, text, weight
from hub.authority import Authority
from hub.quota import Quota

OPEN, GONE, EMPTY = "nimbus/open-7b", "nimbus/gone-7b", "nimbus/empty-7b"


def project(root: Path, *names: str) -> Path:
    root.mkdir(exist_ok=True)
    loads = "".join(f'm{n} = AutoModel.from_pretrained("{name}")\n' for n, name in enumerate(names))
    (root / "app.py").write_text("from transformers import AutoModel\n" + loads)
    return root


def states(ran: Ran) -> dict[str, str]:
    return {m["name"]: m["availability"] for m in ran.report["models"]}


def named(ran: Ran, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(m for m in ran.report["models"] if m["name"] == name)
    return found


def audit(command: Freehold, root: Path, *more: str) -> Ran:
    return command.run("audit", "--format", "json", "--deadline", "60", *more, cwd=root)


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A lock that names three open models of the Hub itself."""
    root = project(tmp_path_factory.mktemp("june"), OPEN, GONE, EMPTY)
    with LocalHub() as hub:
        hub.catalog.add(*(model(name) for name in (OPEN, GONE, EMPTY)))
        command = Freehold(tmp_path_factory.mktemp("home")).at(HF_ENDPOINT=hub.endpoint)
        locked = command.run("lock", "--today", "2026-06-01", cwd=root)
    assert locked.code == 0, locked.stderr
    return (root / "models.lock").read_text("utf-8")


@pytest.fixture
def agreed(tmp_path: Path, agreement: str) -> Path:
    """A project that agreed to them."""
    root = project(tmp_path / "project", OPEN, GONE, EMPTY)
    (root / "models.lock").write_text(agreement, "utf-8")
    return root


def today(hub: LocalHub) -> LocalHub:
    hub.catalog.add(model(OPEN), model(EMPTY))
    hub.catalog.remove_weights(EMPTY)
    return hub


def test_over_tls_with_an_authority_of_one_s_own(
    hub_tls: LocalHub, authority: Authority, freehold: Freehold, agreed: Path
) -> None:
    command = freehold.at(HF_ENDPOINT=today(hub_tls).endpoint, SSL_CERT_FILE=str(authority.certificate))
    ran = audit(command, agreed)
    assert ran.code == 1
    assert states(ran) == {OPEN: "open", GONE: "withdrawn", EMPTY: "no-weights"}


def test_without_that_authority_the_reason_is_the_certificate(
    hub_tls: LocalHub, freehold: Freehold, agreed: Path
) -> None:
    ran = audit(freehold.at(HF_ENDPOINT=today(hub_tls).endpoint), agreed)
    assert ran.code == 4
    assert set(states(ran).values()) == {"unknown"}
    assert any(word in named(ran, OPEN)["reason"].lower() for word in ("certificate", "tls"))


@pytest.mark.parametrize(("prefix", "slash"), [("/hub", "/"), ("/artifactory/api/huggingfaceml/models", "")])
def test_below_a_prefix_a_hub_is_a_hub(prefix: str, slash: str, freehold: Freehold, agreed: Path) -> None:
    with LocalHub(prefix=prefix) as hub:
        ran = audit(freehold.at(HF_ENDPOINT=today(hub).endpoint + slash), agreed)
    assert ran.code == 1
    assert states(ran) == {OPEN: "open", GONE: "withdrawn", EMPTY: "no-weights"}


@pytest.mark.parametrize("token", [None, "hf_builder"], ids=["anonymous", "token"])
def test_a_mirror_says_what_it_has_and_of_the_rest_that_it_cannot(
    token: str | None, freehold: Freehold, agreed: Path
) -> None:
    with LocalHub(prefix="/repository/hf", mirror=True) as hub:
        hub.catalog.trust(Token(secret="hf_builder"))
        command = freehold.at(HF_ENDPOINT=today(hub).endpoint, **({"HF_TOKEN": token} if token else {}))
        ran = audit(command, agreed)
    assert ran.code == 4
    assert states(ran) == {OPEN: "open", GONE: "unknown", EMPTY: "unknown"}
    assert "mirror" in named(ran, GONE)["reason"]
    assert "mirror" in named(ran, EMPTY)["reason"]
    assert ran.findings() == [] or {severity for _, severity in ran.findings()} == {"note"}


def test_a_used_up_quota_is_unknown_and_says_when_it_is_whole_again(freehold: Freehold, agreed: Path) -> None:
    with LocalHub(quota=Quota(api=1)) as hub:
        # Whichever of them gets the one answer, it is a good one.
        hub.catalog.add(*(model(name) for name in (OPEN, GONE, EMPTY)))
        ran = audit(freehold.at(HF_ENDPOINT=hub.endpoint), agreed)
        assert hub.count() <= 4, "a quota that is used up is not hammered"
    assert ran.code == 4
    reasons = {m["reason"] for m in ran.report["models"] if m["availability"] == "unknown"}
    assert reasons
    assert all("rate limit" in reason for reason in reasons)


def test_names_that_the_hub_redirects(hub: LocalHub, freehold: Freehold, tmp_path: Path) -> None:
    answers = {"bert-base-uncased": "google-bert/bert-base-uncased", "Nimbus/OPEN-7B": OPEN, "old/open": OPEN}
    hub.catalog.add(model("google-bert/bert-base-uncased"), model(OPEN))
    hub.catalog.redirect("bert-base-uncased", "google-bert/bert-base-uncased")
    hub.catalog.redirect("old/open", OPEN)
    ran = audit(freehold.at(HF_ENDPOINT=hub.endpoint), project(tmp_path / "project", *answers))
    assert ran.code == 0
    assert {m["name"]: (m["availability"], m["id"]) for m in ran.report["models"]} == {
        asked: ("open", id_) for asked, id_ in answers.items()
    }


WEIGHTS = {
    "one file": ((weight("model.safetensors"),), "open"),
    "shards": (shards(3), "open"),
    "pickled": ((weight("pytorch_model.bin"),), "open"),
    "gguf only": ((weight("m.Q4_K_M.gguf"), weight("m.Q8_0.gguf")), "open"),
    "diffusers": (
        (
            text("model_index.json", "{}"),
            weight("unet/diffusion_pytorch_model.safetensors"),
            weight("vae/model.safetensors"),
        ),
        "open",
    ),
    "a missing shard": ((*shards(3)[:2], *shards(3)[3:]), "incomplete"),
    "a pointer without its object": ((pointer("model.safetensors"),), "incomplete"),
    "only the trainer's state": (
        (weight("optimizer.pt"), weight("training_args.bin"), weight("scheduler.pt")),
        "no-weights",
    ),
    "only an importance matrix": ((weight("imatrix.dat"),), "no-weights"),
    "only a card": ((text("LICENSE", "MIT"),), "no-weights"),
}


def test_every_kind_of_repository_has_its_state(hub: LocalHub, freehold: Freehold, tmp_path: Path) -> None:
    names = {kind: f"nimbus/kind-{number}" for number, kind in enumerate(WEIGHTS)}
    hub.catalog.add(*(model(names[kind], *files) for kind, (files, _) in WEIGHTS.items()))
    hub.catalog.add(
        model(
            "nimbus/adapter",
            weight("adapter_model.safetensors"),
            text("adapter_config.json", "{}"),
            card={"base_model": names["shards"]},
        ),
        model(
            "nimbus/orphan",
            weight("adapter_model.safetensors"),
            text("adapter_config.json", "{}"),
            card={"base_model": GONE},
        ),
        model("nimbus/branches", text("measurement.json", "{}")),
    )
    hub.catalog.put("nimbus/branches", weight("output.safetensors"), branch="4_0")
    root = project(tmp_path / "project", *names.values(), "nimbus/adapter", "nimbus/orphan", "nimbus/branches")
    found = states(audit(freehold.at(HF_ENDPOINT=hub.endpoint), root))
    assert {kind: found[name] for kind, name in names.items()} == {kind: state for kind, (_, state) in WEIGHTS.items()}
    assert found["nimbus/adapter"] == "open"
    assert found["nimbus/orphan"] == "incomplete"
    assert found["nimbus/branches"] == "incomplete"
