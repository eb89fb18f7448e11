"""No fault makes a finding: every state of a model × every fault × anonymous or with a token.

Whatever is true on the Hub, a fault gives `unknown` with a reason, and a second run recovers. `test_acceptance.py`
shows the same for the installed command, one fault of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hub import LocalHub, Token, model, shards, weight
from hub.authority import Authority
from hub.faults import REQUEST_FAULTS

from freehold import lock as locks
from freehold.detect import detect
from freehold.hub.client import Hub
from freehold.hub.snapshot import Snapshot
from freehold.judge import judge
from freehold.judge.case import case
from freehold.judge.catalog import load as load_rules
from freehold.resolve import resolve
from freehold.source import Source
from freehold.types import Availability, Finding, Lock, Model, Resolved, Rule, Unresolved
from freehold.vendors.lines import Vendors

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
ABOUT_THE_REFERENCE = {"revision-unpinned", "single-host"}

GONE = {NAMES["deleted"], NAMES["private"]}
# What is heard in spite of a fault: a refusal is told by its headers, so no broken body or record touches it, and a
# record that says `disabled` need not say more. A listing that still gives the locked commit confirms the model
# without its files.
HEARD = {
    **dict.fromkeys(("too-short", "no-id", "other-id-same-name"), GONE),
    **dict.fromkeys(("siblings-strange", "gated-strange", "disabled-strange"), GONE),
    **dict.fromkeys(("no-siblings", "siblings-null"), GONE | {NAMES["disabled"], NAMES["open"]}),
}


@dataclass(frozen=True)
class Outcome:
    """What one run says."""

    models: dict[str, Resolved]
    findings: tuple[Finding, ...]
    lock: Lock


@cache
def rules() -> tuple[Rule, ...]:
    return load_rules()


@cache
def vendors() -> Vendors:
    return Vendors.load()


@cache
def source() -> Source:
    loads = "".join(f'{state} = AutoModel.from_pretrained("{NAMES[state]}")\n' for state in STATES)
    return Source("app.py", f"from transformers import AutoModel\n{loads}".encode())


def run(hub: Hub, lock: Lock | None) -> Outcome:
    """Detect, resolve, compare and judge, as an audit does."""
    references = detect([source()]).references
    snapshot = Snapshot(name="none", as_of=TODAY)
    models = resolve(references, lock=lock, snapshot=snapshot, vendors=vendors(), hub=hub, today=TODAY)
    compared = locks.compare(lock, models, references)
    findings = judge((case(c, vendors(), TODAY, locking=True) for c in compared), rules())
    entries = tuple(locks.entry(m, TODAY, hub.seen_as) for m in models if isinstance(m, Model))
    return Outcome(
        models={m.name: m for m in models},
        findings=tuple(f for f in findings if f.rule not in ABOUT_THE_REFERENCE),
        lock=Lock(path="models.lock", entries=entries),
    )


def client(hub: LocalHub, token: str | None, *, endpoint: str = "", cache: Path | None = None) -> Hub:
    """Give freehold's client with little patience."""
    return Hub(
        endpoint or hub.endpoint, token, timeout=0.3, deadline=2, patience=0.01, jobs=4, today=TODAY, cache=cache
    )


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
def locked() -> Lock:
    """What was agreed to while all was well, seen anonymously."""
    with LocalHub() as hub:
        publish(hub)
        outcome = run(client(hub, None), None)
    assert {m.availability for m in outcome.models.values()} == {Availability.OPEN}
    return outcome.lock


@pytest.mark.parametrize("token", [None, TOKEN], ids=["anonymous", "token"])
def test_without_a_fault_every_change_is_found(hub: LocalHub, locked: Lock, token: str | None) -> None:
    publish(hub)
    change(hub)
    outcome = run(client(hub, token), locked)
    found = {f.model: f.rule for f in outcome.findings}
    assert found == {NAMES[state]: rule for state, rule in TRUTH.items()}


@pytest.mark.parametrize("token", [None, TOKEN], ids=["anonymous", "token"])
@pytest.mark.parametrize("fault", sorted(REQUEST_FAULTS))
def test_a_fault_gives_unknown_and_the_next_run_recovers(
    hub: LocalHub, locked: Lock, fault: str, token: str | None
) -> None:
    publish(hub)
    change(hub)
    hub.fail(REQUEST_FAULTS[fault])
    heard = HEARD.get(fault, set())

    struck = run(client(hub, token), locked)
    assert unknown(struck) == set(NAMES.values()) - heard
    assert {f.model for f in struck.findings} == heard - {NAMES["open"]}
    assert all(m.reason for m in struck.models.values() if isinstance(m, Unresolved))

    if token is None:
        hub.heal()
        recovered = run(client(hub, token), locked)
        assert unknown(recovered) == set()
        assert {f.model: f.rule for f in recovered.findings} == {NAMES[s]: rule for s, rule in TRUTH.items()}


@pytest.mark.parametrize("trouble", ["refuse", "vanish", "dns", "prefix"])
def test_no_connection_gives_unknown(hub: LocalHub, locked: Lock, trouble: str) -> None:
    publish(hub)
    change(hub)
    endpoint = {"dns": "http://no-such-host.invalid", "prefix": f"{hub.endpoint}/not/here"}.get(trouble, "")
    if trouble in ("refuse", "vanish"):
        getattr(hub, trouble)()
    struck = run(client(hub, None, endpoint=endpoint), locked)
    assert unknown(struck) == set(NAMES.values())
    assert struck.findings == ()


@pytest.mark.parametrize("trouble", ["expired", "wrong-host", "unknown-authority", "handshake"])
def test_broken_tls_gives_unknown_and_says_so(
    hub_tls: LocalHub, locked: Lock, authority: Authority, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub.utils._http import close_session

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    publish(hub_tls)
    change(hub_tls)
    close_session()  # the client keeps its trust for as long as its session
    try:
        assert unknown(run(client(hub_tls, None), locked)) == set()
        close_session()
        if trouble == "handshake":
            hub_tls.stall_handshake()
        else:
            hub_tls.certificate = trouble  # type: ignore[assignment]
        struck = run(client(hub_tls, None), locked)
    finally:
        close_session()
    assert unknown(struck) == set(NAMES.values())
    assert struck.findings == ()


@pytest.mark.parametrize("fault", ["503", "reset", "html", "stall-headers", "429-long", "empty", "no-siblings"])
def test_a_cache_does_not_answer_for_a_hub_that_cannot_be_heard(
    hub: LocalHub, locked: Lock, fault: str, tmp_path: Path
) -> None:
    publish(hub)
    assert unknown(run(client(hub, None, cache=tmp_path), locked)) == set()
    change(hub)
    hub.fail(REQUEST_FAULTS[fault])
    struck = run(client(hub, None, cache=tmp_path), locked)
    heard = HEARD.get(fault, set())
    assert unknown(struck) == set(NAMES.values()) - heard
    assert {f.model for f in struck.findings} == heard - {NAMES["open"]}
    hub.heal()
    recovered = run(client(hub, None, cache=tmp_path), locked)
    assert {f.model: f.rule for f in recovered.findings} == {NAMES[s]: rule for s, rule in TRUTH.items()}


def test_one_fault_touches_one_model(hub: LocalHub, locked: Lock) -> None:
    publish(hub)
    change(hub)
    hub.fail(REQUEST_FAULTS["half-json"], f"{NAMES['emptied']}$")
    outcome = run(client(hub, None), locked)
    assert unknown(outcome) == {NAMES["emptied"]}
    assert {f.model for f in outcome.findings} == {NAMES[s] for s in TRUTH} - {NAMES["emptied"]}


def unknown(outcome: Outcome) -> set[str]:
    """Give the names of the models of which nothing could be said."""
    return {name for name, found in outcome.models.items() if found.availability is Availability.UNKNOWN}
