"""What a model was made from, whether its gate opens, what its license text says, and what the details tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hub import LocalHub, Token, model, text, weight
from hub.faults import REQUEST_FAULTS
from hypothesis import given
from hypothesis import strategies as st

from freehold.hub.client import Hub
from freehold.hub.lineage import MAX_ANCESTORS, MAX_DEPTH, Parent, trace
from freehold.hub.snapshot import Known, Snapshot
from freehold.resolve import resolve
from freehold.types import Availability, Location, Model, Reference, Resolved, Role, Unresolved
from freehold.vendors.history import Line, Vendor
from freehold.vendors.lines import Vendors

TODAY = date(2026, 11, 22)
SECRET = "hf_" + "s3cr3t" * 5
HOUSE = Vendors(
    (
        Vendor(
            id="house",
            name="House",
            country=None,
            organizations=("house",),
            checked_on=TODAY,
            source="https://house.example",
            providers=(),
            lines=(
                Line(
                    id="house-chat",
                    vendor="house",
                    name="Chat",
                    modality="text",
                    repositories=("house/chat-*",),
                    api=(),
                    releases=(),
                ),
            ),
            events=(),
            retirements=(),
        ),
    )
)


def settle(hub: LocalHub | None, *names: str, known: Snapshot | None = None, **more: object) -> tuple[Resolved, ...]:
    client = None
    if hub is not None:
        client = Hub(hub.endpoint, today=TODAY, timeout=2.0, patience=0.01, **more)  # type: ignore[arg-type]
    place = Location(path="app.py")
    references = [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call") for n in names
    ]
    snapshot = known or Snapshot("none", TODAY)
    return resolve(references, lock=None, snapshot=snapshot, vendors=HOUSE, hub=client, today=TODAY)


def one(hub: LocalHub | None, name: str, known: Snapshot | None = None, **more: object) -> Model:
    (found,) = settle(hub, name, known=known, **more)
    assert isinstance(found, Model), found
    return found


def chain(hub: LocalHub) -> None:
    hub.catalog.add(
        model("a/merge", card={"base_model": ["b/tune", "c/other"], "base_model_relation": "merge"}, license=None),
        model("b/tune", card={"base_model": "house/chat-7b"}, license="mit"),
        model("c/other"),
        model("house/chat-7b", license="other"),
    )


def test_a_chain_is_followed_to_the_vendor(hub: LocalHub) -> None:
    chain(hub)
    found = one(hub, "a/merge")
    assert (found.vendor, found.line) == ("house", "house-chat")
    rows = [(a.id, a.depth, a.relation, a.license and a.license.tag) for a in found.lineage]
    assert rows == [
        ("b/tune", 1, "merge", "mit"),
        ("c/other", 1, "merge", "apache-2.0"),
        ("house/chat-7b", 2, "finetune", "other"),
    ]
    assert found.license is not None
    assert found.license.tag is None  # what a base declares is not what the model declares


def test_a_model_of_its_own_line_keeps_it(hub: LocalHub) -> None:
    hub.catalog.add(model("house/chat-9b", card={"base_model": "b/x"}), model("b/x"))
    assert one(hub, "house/chat-9b").line == "house-chat"


def test_circles_and_missing_bases_end_the_chain(hub: LocalHub) -> None:
    hub.catalog.add(
        model("a/one", card={"base_model": ["a/two", "a/gone", "/srv/local"]}),
        model("a/two", card={"base_model": "A/One"}),
    )
    reasons = {a.id: a.reason for a in one(hub, "a/one").lineage}
    assert set(reasons) == {"a/two", "a/gone", "/srv/local"}
    assert reasons["a/two"] is None
    assert reasons["a/gone"] == "the Hub says that it is not there"
    assert reasons["/srv/local"] == "no repository on a Hub can have this name"


def test_a_base_that_cannot_be_told_changes_no_state(hub: LocalHub) -> None:
    chain(hub)
    hub.fail(REQUEST_FAULTS["403-bare"], "b/tune")
    found = one(hub, "a/merge")
    assert found.availability is Availability.OPEN
    assert found.lineage[0].reason is not None


def test_what_the_snapshot_knows_of_a_base_is_not_asked(hub: LocalHub) -> None:
    chain(hub)
    facts = (
        Known(
            id="b/tune", availability=Availability.OPEN, cite="x", as_of=TODAY, license="mit", bases=("house/chat-7b",)
        ),
        Known(id="c/other", availability=Availability.OPEN, cite="x", as_of=TODAY),
        Known(id="house/chat-7b", availability=Availability.OPEN, cite="x", as_of=TODAY),
    )
    client = Hub(hub.endpoint, today=TODAY)
    place = Location(path="app.py")
    reference = Reference(
        name="a/merge", written="a/merge", ecosystem="huggingface", role=Role.LOAD, location=place, how="call"
    )
    known = Snapshot("s", TODAY, facts)
    (found,) = resolve([reference], lock=None, snapshot=known, vendors=HOUSE, hub=client, today=TODAY)
    assert client.requests == 1
    assert found.line == "house-chat"


def test_a_base_is_asked_for_once_a_week_and_a_gate_once_a_day(hub: LocalHub, tmp_path: Path) -> None:
    chain(hub)
    hub.catalog.gate("a/merge", "manual")
    hub.catalog.trust(Token(secret=SECRET))
    first = one(hub, "a/merge", cache=tmp_path, token=SECRET)
    hub.forget()
    assert one(hub, "a/merge", cache=tmp_path, token=SECRET) == first
    hub.close()
    assert [request.path for request in hub.requests] == ["/api/models/a/merge"]


def test_offline_the_snapshot_tells_the_chain() -> None:
    facts = (
        Known(id="b/tune", availability=Availability.OPEN, cite="x", as_of=TODAY, bases=("house/chat-7b",)),
        Known(id="house/chat-7b", availability=Availability.OPEN, cite="x", as_of=TODAY, license="mit"),
    )
    found = one(None, "b/tune", known=Snapshot("s", TODAY, facts))
    assert (found.line, [a.id for a in found.lineage]) == ("house-chat", ["house/chat-7b"])


def test_many_bases_are_asked_within_bounds(hub: LocalHub) -> None:
    hub.quota.limits["api"] = 5_000
    hub.catalog.add(*(model(f"a/m{n:03d}", card={"base_model": f"b/m{n:03d}"}) for n in range(150)))
    hub.catalog.add(*(model(f"b/m{n:03d}") for n in range(150)))
    client = Hub(hub.endpoint, today=TODAY)
    place = Location(path="app.py")
    references = [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call")
        for n in (f"a/m{n:03d}" for n in range(150))
    ]
    nothing = Snapshot("none", TODAY)
    found = resolve(references, lock=None, snapshot=nothing, vendors=HOUSE, hub=client, today=TODAY)
    assert client.requests == 250
    told = [m.lineage[0].reason for m in found if isinstance(m, Model)]
    assert told == [None] * 100 + ["not asked: too many bases in this run"] * 50


GRAPH = st.dictionaries(st.integers(0, 40), st.lists(st.integers(0, 40), max_size=6), max_size=40)


@given(GRAPH)
def test_any_graph_of_declarations_is_followed_within_bounds(graph: dict[int, list[int]]) -> None:
    asked: list[str] = []

    def look(name: str) -> Parent:
        asked.append(name)
        return Parent(bases=tuple(map(str, graph.get(int(name), ()))))

    found = trace("0", tuple(map(str, graph.get(0, ()))), None, look, lambda _: (None, None))
    ids = [ancestor.id for ancestor in found]
    assert len(set(ids)) == len(ids) <= MAX_ANCESTORS
    assert "0" not in ids
    assert asked == ids
    assert all(1 <= ancestor.depth <= MAX_DEPTH for ancestor in found)


# --- the gate


def test_a_gate_opens_to_who_accepted_and_to_nobody_else(hub: LocalHub) -> None:
    hub.catalog.add(model("org/gated", gated="manual"))
    hub.catalog.trust(Token(secret=SECRET))
    assert one(hub, "org/gated").granted is None
    assert one(hub, "org/gated", token=SECRET).granted is False
    hub.catalog.accept(SECRET, "org/gated")
    assert one(hub, "org/gated", token=SECRET).granted is True
    hub.fail(REQUEST_FAULTS["500"], "auth-check")
    found = one(hub, "org/gated", token=SECRET)
    assert (found.availability, found.granted) == (Availability.GATED, None)


# --- the license text

MIT_LIKE = "All rights are granted to those who ask kindly, and to nobody else.\n"


def test_a_text_is_read_where_the_card_leaves_the_license_open(hub: LocalHub) -> None:
    files = (weight("model.safetensors"), text("LICENSE", MIT_LIKE))
    hub.catalog.add(model("org/open", *files), model("org/other", *files, license="other"))
    found = one(hub, "org/other")
    assert found.license is not None
    assert found.license.text_sha256
    declared = one(hub, "org/open")
    assert declared.license is not None
    assert declared.license.text_sha256 is None
    hub.catalog.put("org/other", text("LICENSE", MIT_LIKE + "And not on Sundays.\n"))
    changed = one(hub, "org/other")
    assert changed.license is not None
    assert changed.license.text_sha256 != found.license.text_sha256


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("terms/MODEL-TERMS", True),
        ("./terms/MODEL-TERMS", True),
        ("https://huggingface.co/org/linked/blob/main/terms/MODEL-TERMS", True),
        ("https://huggingface.co/org/linked/resolve/v1/terms/MODEL%2DTERMS", True),
        ("https://huggingface.co/org/another/blob/main/THEIR-TERMS", True),
        ("https://hf.co/org/another/raw/main/THEIR-TERMS", True),
        ("https://huggingface.co/org/another/blob/main/no-such-file", False),
        ("https://huggingface.co/org/no-such/blob/main/THEIR-TERMS", False),
        ("https://huggingface.co/org/closed/blob/main/THEIR-TERMS", False),
        ("https://elsewhere.example/org/another/blob/main/THEIR-TERMS", False),
        ("https://huggingface.co/../../etc/blob/main/THEIR-TERMS", False),
        ("https://[broken", False),
        ("../../terms/MODEL-TERMS", False),
        ("terms/MODEL-TERMS.pdf", False),
    ],
)
def test_the_file_that_the_card_links_as_its_license_is_read(hub: LocalHub, link: str, read: bool) -> None:
    files = (weight("model.safetensors"), text("terms/MODEL-TERMS", MIT_LIKE), text("terms/MODEL-TERMS.pdf", MIT_LIKE))
    theirs = (weight("model.safetensors"), text("THEIR-TERMS", MIT_LIKE))
    hub.catalog.add(
        model("org/linked", *files, license="other", card={"license_link": link}),
        model("org/another", *theirs),
        model("org/closed", *theirs, gated="manual"),
    )
    found = one(hub, "org/linked").license
    assert found is not None
    assert (found.text_sha256 is not None) is read


def test_with_details_a_text_that_contradicts_the_card_is_seen(hub: LocalHub) -> None:
    files = (weight("model.safetensors"), text("LICENSE", MIT_LIKE))
    hub.catalog.add(model("org/said", *files, license="apache-2.0"))
    stated = one(hub, "org/said").license
    assert stated is not None
    assert (stated.expression, stated.text_sha256) == ("Apache-2.0", None)
    read = one(hub, "org/said", details=True).license
    assert read is not None
    assert read.expression != "Apache-2.0"
    assert read.because
    hub.fail(REQUEST_FAULTS["500"], "resolve")
    unread = one(hub, "org/said", details=True).license
    assert unread is not None
    assert unread.expression == "Apache-2.0"


def test_a_text_that_cannot_be_read_is_unknown_and_no_other_license(hub: LocalHub) -> None:
    hub.catalog.add(model("org/other", weight("model.safetensors"), text("LICENSE", MIT_LIKE), license="other"))
    hub.fail(REQUEST_FAULTS["500"], "resolve")
    (found,) = settle(hub, "org/other")
    assert isinstance(found, Unresolved)
    assert found.reason == "the license text could not be read: server error 500"


def test_a_text_behind_a_gate_is_not_read(hub: LocalHub) -> None:
    files = (weight("model.safetensors"), text("LICENSE", MIT_LIKE))
    hub.catalog.add(model("org/other", *files, license="other", gated="manual"))
    found = one(hub, "org/other")
    assert found.availability is Availability.GATED
    assert found.license is not None
    assert found.license.text_sha256 is None


# --- details


def test_details_are_gathered_when_asked_for(hub: LocalHub) -> None:
    hub.catalog.add(
        model(
            "org/model",
            weight("pytorch_model.bin"),
            card={"new_version": "org/model-2"},
            providers={"near": {"status": "live"}, "far": {"status": "staging"}},
            flagged=(("pytorch_model.bin", "suspicious"),),
            downloads=77,
        ),
        model("else/quant", weight("m.gguf"), card={"base_model": "org/model"}),
    )
    assert one(hub, "org/model").details is None
    details = one(hub, "org/model", details=True).details
    assert details is not None
    assert details.hosts == ("near",)
    assert details.copies == 1
    assert details.successor == "org/model-2"
    assert (details.scanned, details.flagged) == (True, ("pytorch_model.bin: suspicious",))
    assert details.pickle_only
    assert details.downloads == 77
    assert details.created_on == date(2025, 3, 26)


@pytest.mark.parametrize("fault", ["500", "html", "null", "list", "403-bare"])
def test_details_that_cannot_be_told_change_no_state(hub: LocalHub, fault: str) -> None:
    hub.catalog.add(model("org/model"))
    client = {"details": True}
    hub.fail(REQUEST_FAULTS[fault], skip=1)
    found = one(hub, "org/model", **client)
    assert found.availability is Availability.OPEN
    assert found.details is not None
    assert (found.details.hosts, found.details.copies) == (None, None)
    assert found.details.pickle_only is False
