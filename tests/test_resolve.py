"""What each name turned out to be: lock × answer × credentials × mode gives a state, against a Hub over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from hub import Catalog, LocalHub, Recorded, Repository, Token, model, pointer, shards, text, weight
from hub.faults import REQUEST_FAULTS, Elsewhere, Wire, without
from hub.wire import Answer, Asked, refuse

from freehold.agreed import Lock, Locked
from freehold.errors import CredentialsError
from freehold.hub.client import Hub
from freehold.hub.snapshot import Known, Snapshot, export
from freehold.hub.snapshot import load as read_snapshot
from freehold.resolve import resolve
from freehold.types import Availability, Location, Model, Reference, Resolved, Role, SeenAs, Unresolved
from freehold.vendors.history import Line, Provider, Release, Vendor
from freehold.vendors.lines import Vendors

TODAY = date(2026, 11, 22)
LOCKED = date(2026, 10, 1)
NAME = "org/model"
SECRET = "hf_" + "s3cr3t" * 5
TOKEN = Token(secret=SECRET)
NOBODY = Vendors(())


def load(name: str = NAME, ecosystem: str = "huggingface", **more: object) -> Reference:
    return replace(
        Reference(
            name=name,
            written=name,
            ecosystem=ecosystem,
            role=Role.LOAD,
            location=Location(path="app.py", line=3),
            how="call",
        ),
        **more,
    )


def locked(state: str = "open", seen_as: SeenAs | None = "anonymous", on: date = LOCKED) -> Lock:
    entry = Locked(name=NAME, ecosystem="huggingface", availability=Availability(state), locked_on=on, seen_as=seen_as)
    return Lock(path="models.lock", entries=(entry,))


def snapshot(state: str | None = None, as_of: date = date(2026, 9, 1), seen_as: SeenAs = "anonymous") -> Snapshot:
    facts = (
        ()
        if state is None
        else (Known(id=NAME, availability=Availability(state), cite="a page", as_of=as_of, seen_as=seen_as),)
    )
    return Snapshot("test", as_of, facts)


def settle(
    hub: LocalHub | None,
    *references: Reference,
    lock: Lock | None = None,
    known: Snapshot | None = None,
    token: str | None = None,
    vendors: Vendors = NOBODY,
    endpoint: str | None = None,
    timeout: float = 2.0,
) -> Resolved:
    found = settle_all(
        hub, *references, lock=lock, known=known, token=token, vendors=vendors, endpoint=endpoint, timeout=timeout
    )
    assert len(found) == 1
    return found[0]


def settle_all(
    hub: LocalHub | None,
    *references: Reference,
    lock: Lock | None = None,
    known: Snapshot | None = None,
    token: str | None = None,
    vendors: Vendors = NOBODY,
    endpoint: str | None = None,
    timeout: float = 2.0,
) -> tuple[Resolved, ...]:
    where = endpoint or (hub.endpoint if hub else None)
    client = Hub(where, token, timeout=timeout, deadline=20 * timeout, patience=0.01, today=TODAY) if where else None
    return resolve(
        references or (load(),),
        lock=lock,
        snapshot=known or snapshot(),
        vendors=vendors,
        hub=client,
        today=TODAY,
    )


def heard(hub: LocalHub, count: int) -> tuple[Recorded, ...]:
    """The requests that the Hub has recorded; it does so just after it answers, hence the patience."""
    for _ in range(500):
        if len(hub.requests) >= count:
            break
        time.sleep(0.01)
    return hub.requests


def said(resolved: Resolved) -> str:
    """The table's words: the state, and of an unknown one its reason."""
    if isinstance(resolved, Unresolved):
        return f"unknown: {resolved.reason}"
    return resolved.availability.value


# --- what the repository is today


def gone(hub: LocalHub) -> None:
    hub.catalog.delete(NAME)


def private(hub: LocalHub) -> None:
    hub.catalog.make_private(NAME)


def disabled(hub: LocalHub) -> None:
    hub.catalog.disable(NAME)


def emptied(hub: LocalHub) -> None:
    hub.catalog.remove_weights(NAME, history=False)


def emptied_with_history(hub: LocalHub) -> None:
    hub.catalog.remove_weights(NAME)


def shard_lost(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME, *shards(3)))
    hub.catalog.remove(NAME, "model-00002-of-00003.safetensors")


def on_a_branch(hub: LocalHub) -> None:
    hub.catalog.move_weights_to_branch(NAME, "4.0bpw")


def gate(kind: str) -> Callable[[LocalHub], None]:
    return lambda hub: hub.catalog.gate(NAME, kind)  # type: ignore[arg-type]


def renamed(hub: LocalHub) -> None:
    hub.catalog.rename(NAME, "org/renamed")


def unchanged(hub: LocalHub) -> None:
    pass


@dataclass(frozen=True)
class Row:
    """One row of the table: what happens on the Hub, who asks, what was known, and what it then is."""

    case: str
    happens: Callable[[LocalHub], None]
    state: str
    token: str | None = None
    lock: Lock | None = None
    known: Snapshot | None = None


ROWS = (
    Row("a1", unchanged, "open", lock=locked()),
    Row("a2", emptied, "no-weights", lock=locked()),
    Row("a2 with history", emptied_with_history, "no-weights", lock=locked()),
    Row("a3", gone, "withdrawn", lock=locked()),
    Row("a3 private", private, "withdrawn", lock=locked()),
    Row("a4", gone, "withdrawn", SECRET, locked()),
    Row("a5", gone, "unknown: needs a token", lock=locked(seen_as="token")),
    Row("a6", gone, "withdrawn", SECRET, locked(seen_as="token")),
    Row("a7", disabled, "disabled", lock=locked()),
    Row("a8", gate("auto"), "gated", lock=locked()),
    Row("a9", gate("manual"), "gated", SECRET, locked()),
    Row("a10", gate("manual"), "gated", SECRET, locked("gated", "token")),
    Row("a11", shard_lost, "incomplete", lock=locked()),
    Row("a14", renamed, "open", lock=locked()),
    Row("a16", on_a_branch, "incomplete", lock=locked()),
    Row("a17", gone, "withdrawn", lock=locked("incomplete")),
    Row("a18", gone, "not-found"),
    Row("a18 with a token", gone, "not-found", SECRET),
    Row("a18 locked as not found", gone, "not-found", lock=locked("not-found")),
    Row("a19", gone, "withdrawn", known=snapshot("open")),
    Row("a19 snapshot of a token", gone, "unknown: needs a token", known=snapshot("open", seen_as="token")),
    Row("a20", emptied, "no-weights", known=snapshot("open")),
    Row("a21", unchanged, "open"),
    Row("a22", emptied, "no-weights"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_a_state_is_what_the_hub_answers(hub: LocalHub, row: Row) -> None:
    hub.catalog.add(model(NAME))
    hub.catalog.trust(TOKEN)
    row.happens(hub)
    found = settle(hub, lock=row.lock, known=row.known, token=row.token)
    assert said(found).startswith(row.state)
    assert found.origin.as_of == TODAY
    assert found.origin.source == "hub"


def test_an_open_model_carries_what_the_lock_wants_to_keep(hub: LocalHub) -> None:
    file = weight("model.safetensors")
    repository = model(NAME, file, license="mit", pipeline_tag="text-generation")
    hub.catalog.add(repository)
    found = settle(hub)
    assert isinstance(found, Model)
    assert (found.id, found.uid, found.commit) == (NAME, repository.uid, repository.main.commit)
    assert [(w.path, w.size, w.sha256) for w in found.weights] == [("model.safetensors", file.size, file.sha256)]
    assert found.license is not None
    assert found.license.tag == "mit"
    assert found.task == "text-generation"


def test_a_rename_keeps_the_permanent_id_and_a_replacement_does_not(hub: LocalHub) -> None:
    repository = model(NAME)
    hub.catalog.add(repository)
    hub.catalog.rename(NAME, "org/renamed")
    found = settle(hub)
    assert isinstance(found, Model)
    assert (found.id, found.uid) == ("org/renamed", repository.uid)
    hub.catalog.supersede("org/renamed", model("other/thing", uid="f" * 24))
    found = settle(hub, load("org/renamed"))
    assert isinstance(found, Model)
    assert (found.id, found.uid) == ("other/thing", "f" * 24)


@pytest.mark.parametrize("name", ["model", "ORG/Model"])
def test_legacy_and_differently_written_ids_lead_to_the_repository(hub: LocalHub, name: str) -> None:
    hub.catalog.add(model(NAME))
    hub.catalog.redirect("model", NAME)
    found = settle(hub, load(name))
    assert isinstance(found, Model)
    assert (found.name, found.id, found.availability) == (name, NAME, Availability.OPEN)


# --- faults: never a state


#: What became of each model since it was locked open, and what an answer makes of that.
SINCE: dict[str, tuple[Callable[[Catalog, str], object], str]] = {
    "org/open": (lambda catalog, name: None, "open"),
    "org/gated": (lambda catalog, name: catalog.gate(name, "manual"), "gated"),
    "org/emptied": (lambda catalog, name: catalog.remove_weights(name), "no-weights"),
    "org/disabled": (lambda catalog, name: catalog.disable(name), "disabled"),
    "org/deleted": (lambda catalog, name: catalog.delete(name), "withdrawn"),
    "org/private": (lambda catalog, name: catalog.make_private(name), "withdrawn"),
    "org/renamed": (lambda catalog, name: catalog.rename(name, "org/other-name"), "open"),
    "org/branch": (lambda catalog, name: catalog.move_weights_to_branch(name, "4.0bpw"), "incomplete"),
    "org/relicensed": (lambda catalog, name: catalog.relicense(name, "mit"), "open"),
}


#: Faults of a record's body: an answer that has no record, or needs no more of it, is whole all the same.
OF_RECORDS = {
    "no-id", "no-siblings", "siblings-null", "siblings-strange", "gated-strange", "disabled-strange",
    "other-id-same-name", "too-short",
}  # fmt: skip


@pytest.mark.parametrize("who", ["anonymous", "token"])
@pytest.mark.parametrize("fault", sorted(REQUEST_FAULTS))
def test_no_fault_is_a_state_and_the_next_run_recovers(hub: LocalHub, fault: str, who: SeenAs) -> None:
    """State of the model × fault × credentials: unknown with a reason, whatever became of the model."""
    hub.catalog.trust(TOKEN)
    for name, (happens, _) in SINCE.items():
        hub.catalog.add(model(name))
        happens(hub.catalog, name)
    token = SECRET if who == "token" else None
    entries = tuple(replace(locked().entries[0], name=name) for name in sorted(SINCE))
    lock, names = Lock(path="models.lock", entries=entries), [load(name) for name in SINCE]
    fact = Known(id="org/open", availability=Availability.OPEN, cite="a page", as_of=date(2026, 9, 1))
    known = Snapshot("test", fact.as_of, (fact,))
    hub.fail(REQUEST_FAULTS[fault])
    for found in settle_all(hub, *names, lock=lock, known=known, token=token, timeout=0.2):
        if fault in OF_RECORDS and found.name in ("org/deleted", "org/private", "org/disabled"):
            assert said(found).startswith(("unknown: ", SINCE[found.name][1]))
            continue
        assert isinstance(found, Unresolved), (found.name, said(found))
        assert found.reason
        assert found.blocking
        assert SECRET not in repr(found)
        assert (found.last_known is not None) == (found.name == "org/open")
    hub.heal()
    recovered = settle_all(hub, *names, lock=lock, known=known, token=token)
    assert {found.name: said(found) for found in recovered} == {name: then for name, (_, then) in SINCE.items()}


@contextmanager
def dead(hub: LocalHub, how: str) -> Iterator[None]:
    {"refused": hub.refuse, "vanished": hub.vanish}[how]()
    try:
        yield
    finally:
        hub.heal()


@pytest.mark.parametrize("how", ["refused", "vanished"])
def test_an_endpoint_that_is_not_there_says_nothing_about_the_model(hub: LocalHub, how: str) -> None:
    hub.catalog.add(model(NAME))
    with dead(hub, how):
        found = settle(hub, lock=locked(), known=snapshot("open"), timeout=0.2)
        assert isinstance(found, Unresolved)
        assert found.last_known is not None
    assert said(settle(hub, lock=locked())) == "open"


def test_a_host_that_no_resolver_knows_is_a_fault() -> None:
    found = settle(None, lock=locked(), endpoint="http://nowhere.invalid")
    assert said(found) == "unknown: the name of the endpoint's host is not known (DNS)"


def test_a_certificate_that_nobody_trusts_is_a_fault(hub_tls: LocalHub) -> None:
    hub_tls.catalog.add(model(NAME))
    found = settle(hub_tls, lock=locked())
    assert said(found) == "unknown: the endpoint's certificate or TLS is not accepted"


def test_a_mirror_that_knows_nothing_cannot_take_a_model_away(hub: LocalHub) -> None:
    hub.mirror = True
    found = settle(hub, lock=locked(), known=snapshot("open"))
    assert said(found) == "unknown: a mirror that cannot say whether the model exists"


def test_a_mirror_that_lists_no_weights_cannot_take_them_away(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    hub.catalog.remove_weights(NAME)
    hub.mirror = True
    assert said(settle(hub, lock=locked())).startswith(
        "unknown: a mirror that cannot say whether the weights are there"
    )


def test_a_mirror_may_say_what_it_has(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    hub.mirror = True
    found = settle(hub, lock=locked())
    assert isinstance(found, Model)
    assert (found.availability, found.reason) == (Availability.OPEN, "as a mirror says")


def test_a_mirror_that_knows_only_what_downloads_ask_for_says_what_it_has(hub: LocalHub) -> None:
    """Artifactory answers 404 to a query that it does not know (huggingface_hub issue 2974)."""

    class OnlyDownloads:
        def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
            known = asked.path.endswith("/revision/main") and not asked.query
            wire.send(genuine if known else refuse(404, "not found"), marks=False)

    hub.catalog.add(model(NAME))
    hub.mirror = True
    hub.fail(OnlyDownloads())
    found = settle(hub, lock=locked())
    assert isinstance(found, Model)
    assert (found.availability, found.uid) == (Availability.OPEN, None)


# --- credentials


def test_a_rejected_token_stops_the_run(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME), model("org/other"))
    with pytest.raises(CredentialsError) as caught:
        settle_all(hub, load(), load("org/other"), lock=locked(), token="hf_wrong")
    assert "hf_wrong" not in str(caught.value) + caught.value.hint
    assert caught.value.exit_code == 2


def test_the_token_goes_to_the_endpoint_and_nowhere_else(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    hub.catalog.trust(TOKEN)
    with LocalHub() as other:
        hub.fail(Elsewhere(other.endpoint))
        found = settle(hub, lock=locked(), token=SECRET)
        assert said(found).startswith("unknown: redirected to another place")
        assert other.requests == ()
    assert [request.authorized for request in heard(hub, 1)] == [True]


def test_nothing_but_the_question_is_asked(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    settle(hub)
    (request,) = heard(hub, 1)
    assert (request.path, request.query) == (f"/api/models/{NAME}", "blobs=true")
    assert not request.authorized


# --- offline: the snapshot is the answer

OFFLINE = (
    ("d1", "open", date(2026, 10, 15), "open"),
    ("d2", "withdrawn", date(2026, 10, 15), "withdrawn"),
    ("d2 on the same day", "withdrawn", LOCKED, "withdrawn"),
    ("d3", "withdrawn", date(2026, 9, 1), "unknown: "),
    ("older but in agreement", "open", date(2026, 9, 1), "open"),
    ("d4", None, date(2026, 10, 15), "unknown: offline, and the snapshot does not have it"),
)


@pytest.mark.parametrize(("case", "state", "as_of", "then"), OFFLINE, ids=lambda x: x if isinstance(x, str) else "")
def test_offline_only_the_snapshot_answers(case: str, state: str | None, as_of: date, then: str) -> None:
    known = snapshot(state, as_of)
    found = settle(None, lock=locked(), known=known)
    assert said(found).startswith(then)
    if isinstance(found, Unresolved):
        assert (found.last_known is not None) == (state is not None)
    else:
        assert (found.origin.source, found.origin.as_of, found.origin.cite) == ("snapshot", as_of, "a page")


def test_an_older_fact_contradicts_the_lock_in_no_respect() -> None:
    fact = Known(
        id=NAME, availability=Availability.OPEN, cite="x", as_of=date(2026, 1, 1), license="mit", uid="a", commit="b"
    )
    entry = replace(locked().entries[0], license="apache-2.0", uid="c", commit="d")
    lock = Lock(path="models.lock", entries=(entry,))
    found = settle(None, lock=lock, known=Snapshot("s", fact.as_of, (fact,)))
    assert isinstance(found, Model)
    assert (found.uid, found.commit) == ("c", "d")
    assert found.license is not None
    assert found.license.tag == "apache-2.0"


def test_an_export_of_a_live_run_gives_the_same_offline(hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(
        model("org/open", card={"license": ["mit", "apache-2.0"]}, license=None),
        model("org/gated", gated="manual", license="other", card={"license_name": "house"}),
        model("org/tune", card={"base_model": "org/open"}),
        model("org/empty", text("notes.txt")),
        model("org/old"),
    )
    hub.catalog.rename("org/old", "org/new")
    names = [load(name) for name in ("org/open", "org/gated", "org/tune", "org/empty", "org/old", "org/none")]
    live = settle_all(hub, *names)
    file = tmp_path / "facts.toml"
    file.write_text(export(live, name="ours", endpoint=hub.endpoint, seen_as="anonymous", as_of=TODAY), "utf-8")
    offline = settle_all(None, *names, known=read_snapshot(file))
    assert said(offline[2]) == "unknown: offline, and the snapshot does not have it"
    for before, after in zip(live, offline, strict=True):
        if isinstance(before, Model) and isinstance(after, Model):
            assert after.origin.source == "snapshot"
            assert after.origin.cite == f"{hub.endpoint}/{before.id}"
            same = replace(before, origin=after.origin, reason=after.reason, lineage=after.lineage)
            assert after == same


# --- weights, revisions, branches, adapters


def test_the_revision_in_use_is_the_one_that_is_judged(hub: LocalHub) -> None:
    repository = model(NAME)
    hub.catalog.add(repository)
    hub.catalog.move_weights_to_branch(NAME, "4.0bpw")
    assert said(settle(hub)) == "incomplete"
    assert said(settle(hub, load(revision="4.0bpw"))) == "open"
    found = settle(hub, load(revision="never"))
    assert isinstance(found, Model)
    assert (found.availability, found.reason) == (
        Availability.INCOMPLETE,
        "the revision never is not in the repository",
    )
    assert said(settle(hub, load(revision="4.0bpw"), load())) == "incomplete"


ELSEWHERE = (
    ("main has weights", unchanged, "incomplete"),
    ("a branch has weights", on_a_branch, "incomplete"),
    ("nothing has weights", emptied_with_history, "no-weights"),
    ("nothing ever had weights", emptied, "no-weights"),
    ("disabled", disabled, "disabled"),
    ("gone", gone, "withdrawn"),
)


@pytest.mark.parametrize(("case", "happens", "then"), ELSEWHERE, ids=lambda x: x if isinstance(x, str) else "")
def test_a_revision_that_is_gone_is_as_bad_as_what_is_left(
    hub: LocalHub, case: str, happens: Callable[[LocalHub], None], then: str
) -> None:
    hub.catalog.add(model(NAME))
    happens(hub)
    assert said(settle(hub, load(revision="0" * 40), lock=locked())) == then


def test_branches_are_only_asked_where_the_main_one_leaves_it_open(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    settle(hub)
    assert len(heard(hub, 1)) == 1
    hub.catalog.remove_weights(NAME, history=False)
    settle(hub)
    assert len(heard(hub, 2)) == 2
    hub.catalog.add(model(NAME))
    hub.catalog.remove_weights(NAME)
    settle(hub)
    assert [request.path for request in heard(hub, 4)[2:]] == [f"/api/models/{NAME}", f"/api/models/{NAME}/refs"]


def test_branches_that_cannot_be_told_leave_it_unknown(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME))
    hub.catalog.move_weights_to_branch(NAME, "4.0bpw")
    hub.fail(REQUEST_FAULTS["500"], "/refs")
    assert said(settle(hub, lock=locked())).startswith("unknown: no weights at this revision, and of other branches")


def adapter(name: str = NAME, base: str | None = "org/base") -> Repository:
    files = (weight("adapter_model.safetensors"), text("adapter_config.json", "{}"))
    return model(name, *files, card={"base_model": base} if base else {}, library_name="peft")


ADAPTERS = (
    ("its base is there", model("org/base"), "open"),
    ("its base is gated", model("org/base", gated="manual"), "open"),
    ("its base is gone", None, "incomplete"),
    ("its base has no weights", model("org/base", text("notes.txt")), "incomplete"),
    ("its base is disabled", model("org/base", disabled=True), "incomplete"),
)


@pytest.mark.parametrize(("case", "base", "then"), ADAPTERS, ids=lambda x: x if isinstance(x, str) else "")
def test_an_adapter_needs_its_base(hub: LocalHub, case: str, base: Repository | None, then: str) -> None:
    hub.catalog.add(adapter())
    if base is not None:
        hub.catalog.add(base)
    assert said(settle(hub)) == then


def test_an_adapter_whose_base_cannot_be_told_is_unknown(hub: LocalHub) -> None:
    hub.catalog.add(adapter(), model("org/base"))
    hub.fail(REQUEST_FAULTS["503"], "org/base")
    assert said(settle(hub)) == "unknown: an adapter; of its base org/base: server error 503"


def test_an_adapter_on_a_private_base_needs_the_token_that_the_lock_had(hub: LocalHub) -> None:
    hub.catalog.add(adapter(), model("org/base", private=True))
    hub.catalog.trust(Token(secret=SECRET, reads=frozenset({"org"})))
    assert said(settle(hub, token=SECRET)) == "open"
    assert said(settle(hub, lock=locked(seen_as="token"))).startswith("unknown: an adapter; its base needs a token")
    assert said(settle(hub, lock=locked())) == "incomplete"


def test_a_single_file_that_is_asked_for_must_be_there(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME, weight("m-Q4_K_M.gguf"), weight("m-Q8_0.gguf")))
    assert said(settle(hub, load(file="m-Q8_0.gguf"))) == "open"
    assert said(settle(hub, load(file="Q4_K_M"))) == "open"
    assert said(settle(hub, load(file="m-Q2_K.gguf"))) == "incomplete"


def test_an_index_is_read_where_the_names_do_not_tell(hub: LocalHub) -> None:
    index = text("model.safetensors.index.json", '{"weight_map": {"a": "text.safetensors", "b": "audio.safetensors"}}')
    hub.catalog.add(model(NAME, weight("text.safetensors"), weight("audio.safetensors"), index))
    assert said(settle(hub)) == "open"
    hub.catalog.remove(NAME, "audio.safetensors")
    found = settle(hub)
    assert isinstance(found, Model)
    assert (said(found), found.reason) == ("incomplete", "audio.safetensors is missing, the index names it")
    hub.fail(REQUEST_FAULTS["500"], "resolve")
    assert said(settle(hub)) == "unknown: model.safetensors.index.json could not be read: server error 500"


def test_a_pointer_without_its_object_is_no_weight(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME, pointer("model.safetensors")))
    assert said(settle(hub)) == "incomplete"


# --- names that the Hub is never asked about

PUBLISHER = Vendor(
    id="house",
    name="House",
    country=None,
    organizations=("org",),
    checked_on=date(2026, 11, 1),
    source="https://house.example/models",
    providers=(Provider(ecosystem="openai", name="House", packages=(), source="https://house.example"),),
    lines=(
        Line(
            id="house-chat",
            vendor="house",
            name="Chat",
            modality="text",
            repositories=("org/base*",),
            api=(),
            releases=(
                Release(
                    model="Chat 1",
                    on=date(2025, 1, 1),
                    access="open",
                    source="https://house.example/1",
                    api=("chat-1",),
                    weights=("org/chat-1",),
                ),
                Release(
                    model="Chat 2",
                    on=date(2026, 1, 1),
                    access="api-only",
                    source="https://house.example/2",
                    api=("chat-2",),
                ),
            ),
        ),
    ),
    events=(),
    retirements=(),
)
HOUSE = Vendors((PUBLISHER,))


def test_api_names_are_settled_by_rules_and_never_looked_for_on_the_hub(hub: LocalHub) -> None:
    hub.catalog.add(model("impostor/chat-2"), model("impostor/unheard-of"))
    names = [load(name, "openai") for name in ("chat-1", "chat-2", "unheard-of")]
    old, new, unheard = settle_all(hub, *names, vendors=HOUSE)
    assert (said(old), said(new)) == ("open", "api-only")
    assert (new.vendor, new.line, new.origin.source, new.origin.cite) == (
        "house",
        "house-chat",
        "rules",
        "https://house.example/2",
    )
    assert isinstance(unheard, Unresolved)
    assert not unheard.blocking
    assert hub.requests == ()


def test_offline_api_names_are_settled_just_the_same() -> None:
    assert said(settle(None, load("chat-2", "openai"), vendors=HOUSE)) == "api-only"


def test_a_repository_that_its_vendor_published_and_that_is_gone_was_withdrawn(hub: LocalHub) -> None:
    found = settle(hub, load("org/chat-1"), vendors=HOUSE)
    assert (said(found), found.vendor, found.line) == ("withdrawn", "house", "house-chat")


def test_a_fine_tune_carries_the_line_of_its_base(hub: LocalHub) -> None:
    hub.catalog.add(model("someone/tune", card={"base_model": "org/base-7b"}))
    found = settle(hub, load("someone/tune"), vendors=HOUSE)
    assert (found.vendor, found.line) == ("house", "house-chat")


@pytest.mark.parametrize("name", ["./models/mine", "../shared", "/srv/models/x", "~/models/x", "C:\\models\\x"])
def test_a_path_is_local(hub: LocalHub, name: str) -> None:
    assert said(settle(hub, load(name))) == "local"
    assert hub.requests == ()


@pytest.mark.parametrize("name", ["a/b/c", "a..b/c", "org/name.git", "org/" + "x" * 100, "org/na me"])
def test_a_name_that_no_repository_can_have_is_not_asked(hub: LocalHub, name: str) -> None:
    found = settle(hub, load(name))
    assert said(found) == "unknown: no repository on a Hub can have this name"
    assert hub.requests == ()


@pytest.mark.parametrize("revision", ["", "a b", "a\n", "a\ud800", "a~1", "x" * 300])
def test_a_revision_that_cannot_be_is_not_asked(hub: LocalHub, revision: str) -> None:
    found = settle(hub, load(revision=revision))
    assert said(found) == "unknown: no revision on a Hub can have this name"
    assert hub.requests == ()


def test_what_took_the_place_of_a_withdrawn_repository_is_named() -> None:
    fact = Known(id=NAME, availability=Availability.WITHDRAWN, cite="x", as_of=TODAY, moved_to="other/model")
    found = settle(None, known=Snapshot("s", TODAY, (fact,)))
    assert isinstance(found, Model)
    assert (said(found), found.id) == ("withdrawn", NAME)
    assert found.reason == "the name leads to another repository now, other/model"


def test_names_of_other_ecosystems_have_no_resolver() -> None:
    found = settle(None, load("qwen3:8b", "ollama"))
    assert said(found) == "unknown: no resolver for ollama names"
    assert isinstance(found, Unresolved)
    assert not found.blocking


# --- many


def test_every_model_is_settled_once_and_in_order(hub: LocalHub) -> None:
    names = [f"org/m{number:02d}" for number in range(30)]
    hub.catalog.add(*(model(name) for name in names))
    references = [load(name) for name in reversed(names) for _ in range(3)]
    references.append(replace(load("org/never"), role=Role.MENTION))
    references.append(replace(load(), name=None, reason="computed"))
    found = settle_all(hub, *references)
    assert [resolved.name for resolved in found] == names
    assert len(heard(hub, len(names))) == len(names)


def test_a_bad_record_harms_no_other(hub: LocalHub) -> None:
    hub.catalog.add(model(NAME), model("org/other"))
    hub.fail(without("gated"), NAME)
    bad, good = settle_all(hub, load(), load("org/other"))
    assert said(bad) == "unknown: the answer does not say whether it is gated"
    assert said(good) == "open"
