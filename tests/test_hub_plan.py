"""How few requests a run needs, and that few requests see as much as many."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hub import LocalHub, Token, model, weight
from hub.faults import REQUEST_FAULTS, Altered, Wire, one_bad_record, without

from freehold.agreed import Lock
from freehold.hub.client import Hub
from freehold.hub.snapshot import Snapshot
from freehold.lock import entry
from freehold.resolve import resolve
from freehold.types import Availability, Location, Model, Reference, Resolved, Role, Unresolved
from freehold.vendors.lines import Vendors

TODAY = date(2026, 11, 22)
NOTHING = Snapshot("none", TODAY)
NOBODY = Vendors(())
VENDORS = [f"vendor-{number:02d}" for number in range(40)]
#: 300 models of 40 vendors: seven or eight of each.
NAMES = sorted(f"{VENDORS[number % 40]}/model-{number:03d}" for number in range(300))
SOME = NAMES[:32]  # of five vendors
LISTINGS = len({name.partition("/")[0] for name in SOME})


def loads(*names: str) -> list[Reference]:
    place = Location(path="app.py")
    return [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call") for n in names
    ]


def run(
    hub: LocalHub, *names: str, cache: Path | None = None, lock: Lock | None = None, **more: object
) -> tuple[tuple[Resolved, ...], int]:
    """Settle these names; give them and the number of requests that it took."""
    client = Hub(hub.endpoint, today=TODAY, timeout=5.0, patience=0.01, cache=cache, **more)  # type: ignore[arg-type]
    found = resolve(loads(*names), lock=lock, snapshot=NOTHING, vendors=NOBODY, hub=client, today=TODAY)
    return found, client.requests


def locked(models: tuple[Resolved, ...]) -> Lock:
    entries = tuple(entry(m, TODAY, "anonymous") for m in models if isinstance(m, Model))
    return Lock(path="models.lock", entries=entries)


@pytest.fixture
def full(hub: LocalHub) -> LocalHub:
    hub.quota.limits["api"] = 5_000
    hub.catalog.add(*(model(name, weight("model.safetensors", 2_000, name)) for name in NAMES))
    return hub


def test_cold_is_one_request_per_model_and_unchanged_is_one_per_vendor(full: LocalHub, tmp_path: Path) -> None:
    cold, requests = run(full, *NAMES, cache=tmp_path)
    assert requests == 300
    assert {model.availability for model in cold} == {Availability.OPEN}
    again, requests = run(full, *NAMES, cache=tmp_path)
    assert requests == 40
    assert again == cold


def test_on_a_fresh_runner_the_lock_does_as_well_as_a_cache(full: LocalHub) -> None:
    cold, _ = run(full, *NAMES)
    again, requests = run(full, *NAMES, lock=locked(cold))
    assert requests == 40
    assert again == cold


def test_what_a_lock_does_not_keep_is_told_all_the_same(full: LocalHub) -> None:
    """A card that contradicts itself, a file beside the weights, a new version: as a full answer tells it."""
    full.catalog.relicense(NAME, "apache-2.0", license_link="https://mistral.ai/licenses/MRL-0.1.md")
    references = [replace(one, file="config.json") if one.name == SOME[5] else one for one in loads(*SOME)]

    def settle(lock: Lock | None) -> tuple[tuple[Resolved, ...], int]:
        client = Hub(full.endpoint, today=TODAY, timeout=5.0)
        found = resolve(references, lock=lock, snapshot=NOTHING, vendors=NOBODY, hub=client, today=TODAY)
        return found, client.requests

    cold, _ = settle(None)
    again, requests = settle(locked(cold))
    assert again == cold
    assert requests == LISTINGS + 1


def test_two_models_of_an_owner_are_listed_and_a_single_one_is_asked(full: LocalHub, tmp_path: Path) -> None:
    names = [name for name in NAMES if name.startswith(("vendor-00/", "vendor-01/", "vendor-02/", "vendor-03/"))]
    names.append(NAMES[-1])
    run(full, *names, cache=tmp_path)
    full.forget()
    _, requests = run(full, *names, cache=tmp_path)
    assert requests == 5
    full.close()
    assert sorted({r.path for r in full.requests}) == ["/api/models", f"/api/models/{NAMES[-1]}"]


def test_a_few_models_are_always_asked(full: LocalHub, tmp_path: Path) -> None:
    few = NAMES[:7]  # of one vendor
    run(full, *few, cache=tmp_path)
    full.forget()
    assert run(full, *few, cache=tmp_path)[1] == len(few)
    full.close()
    assert all(r.path != "/api/models" for r in full.requests)


NAME = SOME[3]
CHANGES: dict[str, tuple[Callable[[LocalHub], object], str]] = {
    "deleted": (lambda hub: hub.catalog.delete(NAME), "withdrawn"),
    "made private": (lambda hub: hub.catalog.make_private(NAME), "withdrawn"),
    "disabled": (lambda hub: hub.catalog.disable(NAME), "disabled"),
    "gated": (lambda hub: hub.catalog.gate(NAME, "manual"), "gated"),
    "emptied": (lambda hub: hub.catalog.remove_weights(NAME, history=False), "no-weights"),
    "other weights": (lambda hub: hub.catalog.put(NAME, weight("model.safetensors", 2_000, "other")), "open"),
    "relicensed": (lambda hub: hub.catalog.relicense(NAME, "mit"), "open"),
    "renamed": (lambda hub: hub.catalog.rename(NAME, "else/where"), "open"),
    "replaced": (
        lambda hub: hub.catalog.add(model(NAME, weight("model.safetensors", 2_000, NAME), uid="f" * 24)),
        "open",
    ),
}


@pytest.mark.parametrize("by", ["cache", "lock"])
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_and_costs_its_own_request_only(
    full: LocalHub, tmp_path: Path, change: str, by: str
) -> None:
    cold, _ = run(full, *SOME, cache=tmp_path)
    happens, state = CHANGES[change]
    happens(full)
    lock, cache = locked(cold), tmp_path if by == "cache" else None
    warm, requests = run(full, *SOME, cache=cache, lock=lock)
    fresh, _ = run(full, *SOME, lock=lock, refresh=True)
    assert warm == fresh
    assert warm != cold
    changed = next(found for found in warm if found.name == NAME)
    assert changed.availability == state
    assert requests <= LISTINGS + 2  # the question, a redirect


def test_refresh_asks_for_everything(full: LocalHub, tmp_path: Path) -> None:
    run(full, *SOME, cache=tmp_path)
    assert run(full, *SOME, cache=tmp_path, refresh=True)[1] == len(SOME)


@pytest.mark.parametrize("fault", ["500", "html", "empty", "null", "404-bare", "reset", "half-json", "deep"])
def test_a_listing_that_fails_costs_requests_and_no_truth(full: LocalHub, tmp_path: Path, fault: str) -> None:
    cold, _ = run(full, *SOME, cache=tmp_path)
    full.fail(REQUEST_FAULTS[fault], "^/api/models$")
    again, _ = run(full, *SOME, cache=tmp_path)
    assert again == cold


@pytest.mark.parametrize("bad", [None, 7, {"id": 3}, {"id": "a", "gated": "x"}])
def test_a_bad_record_in_a_listing_harms_no_other(full: LocalHub, tmp_path: Path, bad: object) -> None:
    cold, _ = run(full, *SOME, cache=tmp_path)
    full.fail(one_bad_record(bad), "^/api/models$")
    again, requests = run(full, *SOME, cache=tmp_path)
    assert (again, requests) == (cold, LISTINGS)


def test_a_listing_that_leaves_out_keys_confirms_nothing(full: LocalHub, tmp_path: Path) -> None:
    cold, _ = run(full, *SOME, cache=tmp_path)

    def bare(answer: object) -> object:
        from hub.wire import say

        return say([{k: v for k, v in item.items() if k != "gated"} for item in answer.json])  # type: ignore[attr-defined]

    full.fail(Altered(bare), "^/api/models$")  # type: ignore[arg-type]
    again, requests = run(full, *SOME, cache=tmp_path)
    assert (again, requests) == (cold, LISTINGS + len(SOME))


def test_the_next_page_is_not_fetched_from_elsewhere(full: LocalHub, tmp_path: Path) -> None:
    secret = "hf_" + "s" * 30
    full.catalog.trust(Token(secret=secret))
    run(full, *SOME, cache=tmp_path, token=secret)
    with LocalHub() as other:

        def lead_away(answer: object) -> object:
            link = {"Link": f'<{other.endpoint}/api/models?cursor=x>; rel="next"'}
            return replace(answer, body=b"[]", headers=link)  # type: ignore[type-var]

        full.fail(Altered(lead_away), "^/api/models$")  # type: ignore[arg-type]
        run(full, *SOME, cache=tmp_path, token=secret)
        assert other.requests == ()


def test_an_owner_with_thousands_of_repositories_is_not_listed_to_the_end(hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(*(model(f"hoarder/m{number:04d}") for number in range(3_500)))
    half = [f"hoarder/m{number:04d}" for number in range(0, 3_500, 70)]
    cold, _ = run(hub, *half, cache=tmp_path)
    again, requests = run(hub, *half, cache=tmp_path)
    assert again == cold
    assert requests == 4  # four pages for fifty models


# --- the cache


def test_a_single_model_is_confirmed_by_its_etag(hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(model("org/model"))
    cold, _ = run(hub, "org/model", cache=tmp_path)
    hub.forget()
    again, requests = run(hub, "org/model", cache=tmp_path)
    hub.close()
    assert (again, requests) == (cold, 1)
    assert [request.status for request in hub.requests] == [304]


def test_after_a_fault_the_cache_is_what_was_last_known(hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(model("org/model"))
    run(hub, "org/model", cache=tmp_path)
    hub.fail(REQUEST_FAULTS["403-bare"])
    ((found,), _) = run(hub, "org/model", cache=tmp_path)
    assert isinstance(found, Unresolved)
    assert found.last_known is not None
    assert (found.last_known.availability, found.last_known.source) == (Availability.OPEN, "cache")


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'{"id": 1}', b"\xff", b"[" * 100_000])
def test_a_broken_cache_is_no_cache(hub: LocalHub, tmp_path: Path, content: bytes) -> None:
    hub.catalog.add(model("org/model"))
    cold, _ = run(hub, "org/model", cache=tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for file in files:
        file.write_bytes(content)
    assert run(hub, "org/model", cache=tmp_path)[0] == cold
    assert run(hub, "org/model", cache=tmp_path)[0] == cold


@pytest.mark.parametrize("key", ["siblings", "gated", "disabled"])
def test_a_record_that_says_too_little_is_not_kept(full: LocalHub, tmp_path: Path, key: str) -> None:
    fresh, _ = run(full, *SOME)
    full.fail(without(key), "/models/.")
    told, _ = run(full, *SOME, cache=tmp_path)
    assert all(isinstance(found, Unresolved) for found in told)
    full.heal()
    assert run(full, *SOME, cache=tmp_path)[0] == fresh


def test_a_cache_that_cannot_be_written_is_no_cache(hub: LocalHub, tmp_path: Path) -> None:
    hub.catalog.add(model("org/model"))
    file = tmp_path / "file"
    file.write_text("in the way")
    assert run(hub, "org/model", cache=file)[0] == run(hub, "org/model")[0]
    assert file.read_text() == "in the way"


def test_what_one_identity_saw_is_not_shown_to_another(hub: LocalHub, tmp_path: Path) -> None:
    secret = "hf_" + "s" * 30
    hub.catalog.add(model("org/model", private=True))
    hub.catalog.trust(Token(secret=secret, reads=frozenset({"org"})))
    ((seen,), _) = run(hub, "org/model", cache=tmp_path, token=secret)
    assert seen.availability is Availability.OPEN
    hub.fail(REQUEST_FAULTS["403-bare"])
    ((hidden,), _) = run(hub, "org/model", cache=tmp_path)
    assert isinstance(hidden, Unresolved)
    assert hidden.last_known is None
    assert all(secret.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_runs_side_by_side_share_a_cache(full: LocalHub, tmp_path: Path) -> None:
    results: list[tuple[Resolved, ...]] = []

    def one() -> None:  # eight connections each: together less than the local Hub takes
        results.append(run(full, *SOME, cache=tmp_path, jobs=8)[0])

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [results[0]] * 4
    assert not list(tmp_path.rglob("*.tmp"))


# --- interruptions

PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from freehold.hub.client import Hub
Hub(sys.argv[1], today=date(2026, 11, 22), cache=Path(sys.argv[2]), jobs=4).ask_all(sys.argv[3:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_cut_short_leaves_the_cache_whole(full: LocalHub, tmp_path: Path, how: signal.Signals) -> None:
    fresh, _ = run(full, *SOME)
    full.latency = 0.1  # on a busy machine, too, it is cut short before it ends
    command = [sys.executable, "-c", PROGRAM, full.endpoint, str(tmp_path), *NAMES]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while len(list(tmp_path.rglob("*.json"))) < 10 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(how)
    assert process.returncode != 0
    full.latency = 0.0
    kept = [json.loads(file.read_bytes()) for file in tmp_path.rglob("*.json")]
    assert 10 <= len(kept) < len(NAMES)
    assert run(full, *SOME, cache=tmp_path)[0] == fresh


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interruption_does_not_wait_for_answers_that_stall(full: LocalHub, tmp_path: Path) -> None:
    asked = threading.Event()

    class Stall:
        def strike(self, wire: Wire, asked_: object, genuine: object) -> None:
            asked.set()
            wire.closing.wait()
            wire.hang_up()

    full.fail(Stall())
    command = [sys.executable, "-c", PROGRAM.replace("jobs=4", "jobs=4, timeout=600.0, deadline=600.0")]
    with subprocess.Popen([*command, full.endpoint, str(tmp_path), *SOME], stderr=subprocess.DEVNULL) as process:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode != 0
