"""No fault makes a finding: every state of a model × every fault × anonymous or with a token.

Whatever is true on the Hub, a fault gives `unknown` with a reason, and a second run recovers. `test_acceptance.py`
shows the same for the installed command, one fault of each kind.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command import Freehold
from hub import LocalHub, Token, model, shards, weight
from hub.authority import Authority
from hub.faults import REQUEST_FAULTS

from freehold.audit import Options, audit
from freehold.hub.client import Hub
from freehold.types import Availability, Report, Unresolved

TODAY = date(2026, 11, 22)
TOKEN = "hf_builder"

# What is true on the Hub at the second run. At the first, every model was open and complete.
STATES = (
    "open", "gated", "emptied", "disabled", "deleted", "private", "renamed", "replaced", "incomplete", "branch",
    "relicensed", "reuploaded",
)  # fmt: skip
NAMES = {state: f"nimbus/{state}-7b" for state in STATES}

# The finding that each state gives where the Hub can be heard, so that the matrix is known to have something to hide.
TRUTH = {
    "gated": "gate-tightened",
    "emptied": "model-became-api-only",
    "disabled": "model-became-api-only",
    "deleted": "model-became-api-only",
    "private": "model-became-api-only",
    "renamed": "model-renamed",
    "replaced": "model-replaced",
    "incomplete": "weights-incomplete",
    "branch": "weights-incomplete",
    "relicensed": "license-changed",
    "reuploaded": "weights-changed",
}
ABOUT_THE_REFERENCE = {"revision-unpinned", "single-host", "lock-stale"}

GONE = {NAMES["deleted"], NAMES["private"]}
# What is heard in spite of a fault: a refusal is told by its headers, so no broken body or record touches it, and a
# record that says `disabled` need not say more.
HEARD = {
    **dict.fromkeys(("too-short", "no-id", "other-id-same-name"), GONE),
    **dict.fromkeys(("siblings-strange", "gated-strange", "disabled-strange"), GONE),
    **dict.fromkeys(("no-siblings", "siblings-null"), GONE | {NAMES["disabled"]}),
}


def client(
    hub: LocalHub, token: str | None, *, endpoint: str = "", cache: Path | None = None, hasty: bool = False
) -> Hub:
    """Give freehold's client; a `hasty` one where nothing is to be heard anyway, so that no test waits for long."""
    times = {"timeout": 0.3, "deadline": 2.0} if hasty else {"timeout": 15.0, "deadline": 120.0}
    return Hub(endpoint or hub.endpoint, token, patience=0.01, jobs=4, today=TODAY, cache=cache, **times)  # type: ignore[arg-type]


def publish(hub: LocalHub) -> None:
    hub.catalog.add(*(model(name, *shards(2)) for name in NAMES.values()))
    hub.catalog.trust(Token(secret=TOKEN))


def change(hub: LocalHub) -> None:
    """Let everything happen to the models that their names say."""
    catalog = hub.catalog
    catalog.gate(NAMES["gated"], "manual")
    catalog.remove_weights(NAMES["emptied"])
    catalog.disable(NAMES["disabled"])
    catalog.delete(NAMES["deleted"])
    catalog.make_private(NAMES["private"])
    catalog.rename(NAMES["renamed"], "nimbus/renamed-7b-instruct")
    catalog.supersede(NAMES["replaced"], model("archive/replaced-7b"))
    catalog.remove(NAMES["incomplete"], "model-00001-of-00002.safetensors")
    catalog.move_weights_to_branch(NAMES["branch"], "8bit")
    catalog.relicense(NAMES["relicensed"], "other", license_name="nimbus-license")
    catalog.put(NAMES["reuploaded"], weight("model-00001-of-00002.safetensors", 2048, seed="another"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that loads one model of each state, agreed to while all was well, seen anonymously."""
    root = tmp_path_factory.mktemp("project")
    loads = "".join(f'{state} = AutoModel.from_pretrained("{NAMES[state]}")\n' for state in STATES)
    (root / "app.py").write_text(f"from transformers import AutoModel\n{loads}")
    with LocalHub() as hub:
        publish(hub)
        command = Freehold(tmp_path_factory.mktemp("home")).at(HF_ENDPOINT=hub.endpoint)
        locked = command.run("lock", "--today", "2026-06-01", cwd=root)
    assert locked.code == 0, locked.stderr
    return root


def run(project: Path, hub: Hub) -> Report:
    """Audit as the command does."""
    return audit(project, Options(today=TODAY), hub=hub)


@pytest.mark.parametrize("token", [None, TOKEN], ids=["anonymous", "token"])
def test_without_a_fault_every_change_is_found(hub: LocalHub, project: Path, token: str | None) -> None:
    publish(hub)
    change(hub)
    outcome = run(project, client(hub, token))
    assert found(outcome) == {NAMES[state]: rule for state, rule in TRUTH.items()}


@pytest.mark.parametrize("fault", sorted(REQUEST_FAULTS))
def test_a_fault_gives_unknown(hub: LocalHub, project: Path, fault: str) -> None:
    publish(hub)
    change(hub)
    hub.fail(REQUEST_FAULTS[fault])
    struck(run(project, client(hub, None, hasty=fault not in HEARD)), HEARD.get(fault, set()))


@pytest.mark.parametrize("token", [None, TOKEN], ids=["anonymous", "token"])
@pytest.mark.parametrize("fault", ["503", "429-long", "401-proxy", "404-bare", "html", "reset", "redirect-nowhere"])
def test_the_next_run_recovers(hub: LocalHub, project: Path, fault: str, token: str | None) -> None:
    publish(hub)
    change(hub)
    hub.fail(REQUEST_FAULTS[fault])
    struck(run(project, client(hub, token, hasty=True)), set())
    hub.heal()
    recovered = run(project, client(hub, token))
    assert unknown(recovered) == set()
    assert found(recovered) == {NAMES[s]: rule for s, rule in TRUTH.items()}


def struck(report: Report, heard: set[str]) -> None:
    """Nothing is known but of the models that were heard, and only of those is anything said."""
    assert unknown(report) == set(NAMES.values()) - heard
    assert set(found(report)) == heard - {NAMES["open"]}
    assert (report.complete, report.exit_code) == (False, 1 if heard else 4)
    assert all(m.reason for m in report.models if isinstance(m, Unresolved))


@pytest.mark.parametrize("trouble", ["refuse", "vanish", "dns", "prefix"])
def test_no_connection_gives_unknown(hub: LocalHub, project: Path, trouble: str) -> None:
    publish(hub)
    change(hub)
    endpoint = {"dns": "http://no-such-host.invalid", "prefix": f"{hub.endpoint}/not/here"}.get(trouble, "")
    if trouble in ("refuse", "vanish"):
        getattr(hub, trouble)()
    struck(run(project, client(hub, None, endpoint=endpoint, hasty=True)), set())


@pytest.mark.parametrize("trouble", ["expired", "wrong-host", "unknown-authority", "handshake"])
def test_broken_tls_gives_unknown_and_says_so(
    hub_tls: LocalHub, project: Path, authority: Authority, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub.utils._http import close_session

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    publish(hub_tls)
    change(hub_tls)
    close_session()  # the client keeps its trust for as long as its session
    try:
        assert unknown(run(project, client(hub_tls, None))) == set()
        close_session()
        if trouble == "handshake":
            hub_tls.stall_handshake()
        else:
            hub_tls.certificate = trouble  # type: ignore[assignment]
        struck(run(project, client(hub_tls, None, hasty=True)), set())
    finally:
        close_session()


@pytest.mark.parametrize("fault", ["503", "reset", "html", "stall-headers", "429-long", "empty", "no-siblings"])
def test_a_cache_does_not_answer_for_a_hub_that_cannot_be_heard(
    hub: LocalHub, project: Path, fault: str, tmp_path: Path
) -> None:
    publish(hub)
    assert unknown(run(project, client(hub, None, cache=tmp_path))) == set()
    change(hub)
    hub.fail(REQUEST_FAULTS[fault])
    # A broken record is not asked for where the Hub says that the one we have still holds.
    heard = HEARD[fault] | {NAMES["open"]} if fault in HEARD else set()
    struck(run(project, client(hub, None, cache=tmp_path, hasty=not heard)), heard)
    hub.heal()
    recovered = run(project, client(hub, None, cache=tmp_path))
    assert found(recovered) == {NAMES[s]: rule for s, rule in TRUTH.items()}


def test_one_fault_touches_one_model(hub: LocalHub, project: Path) -> None:
    publish(hub)
    change(hub)
    hub.fail(REQUEST_FAULTS["half-json"], f"{NAMES['emptied']}$")
    outcome = run(project, client(hub, None))
    assert unknown(outcome) == {NAMES["emptied"]}
    assert set(found(outcome)) == {NAMES[s] for s in TRUTH} - {NAMES["emptied"]}


def unknown(report: Report) -> set[str]:
    """Give the names of the models of which nothing could be said."""
    return {m.name for m in report.models if m.availability is Availability.UNKNOWN}


def found(report: Report) -> dict[str | None, str]:
    """Give the rule that speaks about each model."""
    return {f.model: f.rule for f in report.findings if f.rule not in ABOUT_THE_REFERENCE}
