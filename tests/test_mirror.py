"""A copy is complete when every locked weight is there with its hash, and until then it is not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hub import LocalHub, Token, model, shards, weight
from hub.faults import REQUEST_FAULTS

from freehold.agreed import Lock
from freehold.errors import UsageError
from freehold.hub.client import Hub
from freehold.hub.snapshot import Snapshot
from freehold.lock import entry, write
from freehold.mirror import MANIFEST, Mirror, check, keep, standing
from freehold.resolve import resolve
from freehold.types import Location, Model, Reference, Role, Weight
from freehold.vendors.lines import Vendors

TODAY = date(2026, 11, 22)
LATER = date(2026, 12, 24)
NAME = "org/model"


def client(hub: LocalHub, token: str | None = None) -> Hub:
    return Hub(hub.endpoint, token, timeout=2.0, patience=0.01, today=TODAY)


def locked(hub: LocalHub, *names: str, token: str | None = None) -> Lock:
    place = Location(path="app.py")
    references = [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call") for n in names
    ]
    found = resolve(
        references,
        lock=None,
        snapshot=Snapshot("none", TODAY),
        vendors=Vendors(()),
        hub=client(hub, token),
        today=TODAY,
    )
    return Lock(path="models.lock", entries=tuple(entry(m, TODAY, "anonymous") for m in found if isinstance(m, Model)))


@pytest.fixture
def full(hub: LocalHub) -> LocalHub:
    hub.catalog.add(
        model(NAME, *shards(3, size=50_000), weight("onnx/model.onnx", 9_000)), model("org/other", license="mit")
    )
    return hub


def only(mirror: Mirror) -> tuple[str, ...]:
    (copy,) = mirror.copies
    return copy.problems


def folder(target: Path, lock: Lock) -> Path:
    (one,) = lock.entries
    return target / NAME / str(one.commit)


def test_a_copy_is_kept_verified_and_checked_without_the_hub(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    kept = keep(lock, str(tmp_path), client(full), today=TODAY)
    assert kept.complete
    assert kept.copies[0].verified_on == TODAY
    here = folder(tmp_path, lock)
    assert sorted(str(p.relative_to(here)) for p in here.rglob("*") if p.is_file()) == [
        ".gitattributes",
        "README.md",
        "config.json",
        MANIFEST,
        "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors",
        "model.safetensors.index.json",
        "onnx/model.onnx",
        "tokenizer.json",
    ]
    full.catalog.delete(NAME)
    full.refuse()
    assert check(lock, str(tmp_path), today=LATER).copies[0].verified_on == LATER
    assert standing(lock, str(tmp_path)) == {NAME: LATER}
    full.heal()


def test_a_second_run_fetches_nothing(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME, "org/other")
    assert keep(lock, str(tmp_path), client(full), today=TODAY).complete
    again = client(full)
    assert keep(lock, str(tmp_path), again, today=LATER).complete
    assert again.requests == 0
    assert set(standing(lock, str(tmp_path)).values()) == {LATER}


def test_only_what_is_named_is_kept(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME, "org/other")
    kept = keep(lock, str(tmp_path), client(full), today=TODAY, names=["org/other"])
    assert [copy.name for copy in kept.copies] == ["org/other"]
    with pytest.raises(UsageError, match="org/unheard-of"):
        keep(lock, str(tmp_path), client(full), today=TODAY, names=["org/unheard-of"])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(b"x" * file.stat().st_size), "is damaged"),
        (lambda file: file.write_bytes(b""), "is damaged"),
    ],
)
@pytest.mark.parametrize("name", ["model-00002-of-00003.safetensors", "config.json"])
def test_damage_is_found_and_mended(full: LocalHub, tmp_path: Path, damage: object, said: str, name: str) -> None:
    lock = locked(full, NAME)
    keep(lock, str(tmp_path), client(full), today=TODAY)
    damage(folder(tmp_path, lock) / name)  # type: ignore[operator]
    checked = check(lock, str(tmp_path), today=LATER)
    assert not checked.complete
    assert only(checked)[0].startswith(f"{name} {said}")
    assert standing(lock, str(tmp_path)).get(NAME) != LATER


def test_a_copy_that_lost_a_file_gets_it_back(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    keep(lock, str(tmp_path), client(full), today=TODAY)
    (folder(tmp_path, lock) / "model-00002-of-00003.safetensors").unlink()
    assert standing(lock, str(tmp_path)) == {}
    assert keep(lock, str(tmp_path), client(full), today=LATER).complete
    assert check(lock, str(tmp_path), today=LATER).complete


@pytest.mark.parametrize("fault", ["403-bare", "404-bare", "451", "404-html"])
def test_a_copy_that_is_not_whole_is_never_called_complete(full: LocalHub, tmp_path: Path, fault: str) -> None:
    lock = locked(full, NAME)
    full.fail(REQUEST_FAULTS[fault], "00002-of-00003")
    kept = keep(lock, str(tmp_path), client(full), today=TODAY)
    assert not kept.complete
    assert any("00002-of-00003" in problem for problem in only(kept)), only(kept)
    assert not (folder(tmp_path, lock) / MANIFEST).exists()
    assert not check(lock, str(tmp_path), today=TODAY).complete
    assert standing(lock, str(tmp_path)) == {}
    full.heal()
    assert keep(lock, str(tmp_path), client(full), today=TODAY).complete


def test_a_run_that_was_cut_short_goes_on_where_it_was(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    full.fail(REQUEST_FAULTS["403-bare"], "00002-of-00003")
    keep(lock, str(tmp_path), client(full), today=TODAY)
    full.heal()
    full.forget()
    assert keep(lock, str(tmp_path), client(full), today=TODAY).complete
    full.close()
    assert full.count(where="cdn") == 1


def test_other_content_under_the_locked_name_is_refused(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    (one,) = lock.entries
    weights = tuple(
        replace(w, sha256="0" * 64) if w.path.endswith("00002-of-00003.safetensors") else w for w in one.weights
    )
    other = Lock(path=lock.path, entries=(replace(one, weights=weights),))
    kept = keep(other, str(tmp_path), client(full), today=TODAY)
    assert only(kept) == ("model-00002-of-00003.safetensors is another file than the locked one",)
    keep(lock, str(tmp_path), client(full), today=TODAY)
    assert "the copy is of other weights than the locked ones" in only(check(other, str(tmp_path), today=TODAY))


def test_bytes_that_are_not_what_the_hub_promised_are_refused(hub: LocalHub, tmp_path: Path) -> None:
    lying = replace(weight("model.safetensors", 9_000), sha256_lie="1" * 64)
    hub.catalog.add(model(NAME, lying))
    lock = locked(hub, NAME)
    kept = keep(lock, str(tmp_path), client(hub), today=TODAY)
    assert not kept.complete


def test_what_is_gone_before_it_was_kept_cannot_be_kept(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    full.catalog.delete(NAME)
    kept = keep(lock, str(tmp_path), client(full), today=TODAY)
    assert only(kept) == ("the Hub does not give it any more: it is not there",)


def test_the_locked_commit_is_kept_and_no_other(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    full.catalog.put(NAME, weight("model-00001-of-00003.safetensors", 50_000, "newer"))
    assert locked(full, NAME) != lock
    assert keep(lock, str(tmp_path), client(full), today=TODAY).complete
    (one,) = lock.entries
    for file in one.weights:
        kept = (folder(tmp_path, lock) / file.path).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == file.sha256


@pytest.mark.parametrize(
    "path",
    ["../../out.safetensors", "/out.safetensors", "a/../../out", "C:\\out", "a//b", ".", "a\nb", "sub/freehold.json"],
)
def test_no_path_of_the_lock_leads_out_of_the_copy(full: LocalHub, tmp_path: Path, path: str) -> None:
    lock = locked(full, NAME)
    (one,) = lock.entries
    hostile = Lock(path=lock.path, entries=(replace(one, weights=(Weight(path=path, size=9, sha256="0" * 64),)),))
    target = tmp_path / "target"
    assert "is no path that a copy may have" in only(keep(hostile, str(target), client(full), today=TODAY))[0]
    assert "is no path that a copy may have" in only(check(hostile, str(target), today=TODAY))[0]
    assert standing(hostile, str(target)) == {}
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"\xff"])
def test_a_broken_manifest_is_none(full: LocalHub, tmp_path: Path, content: bytes) -> None:
    lock = locked(full, NAME)
    keep(lock, str(tmp_path), client(full), today=TODAY)
    (folder(tmp_path, lock) / MANIFEST).write_bytes(content)
    assert standing(lock, str(tmp_path)) == {}
    assert only(check(lock, str(tmp_path), today=TODAY)) == ("no complete copy at the target",)
    assert keep(lock, str(tmp_path), client(full), today=TODAY).complete


def test_a_manifest_that_names_files_outside_is_none(full: LocalHub, tmp_path: Path) -> None:
    lock = locked(full, NAME)
    keep(lock, str(tmp_path), client(full), today=TODAY)
    manifest = folder(tmp_path, lock) / MANIFEST
    raw = json.loads(manifest.read_bytes())
    raw["files"].append({"path": "../../../etc/passwd", "size": 1, "sha256": "0"})
    manifest.write_text(json.dumps(raw))
    assert only(check(lock, str(tmp_path), today=TODAY)) == ("no complete copy at the target",)


def test_the_space_is_looked_at_first(full: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = locked(full, NAME)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    kept = keep(lock, str(tmp_path), client(full), today=TODAY)
    assert only(kept)[0].endswith("and 1,000 are free")
    assert full.count("resolve") == 0


def test_any_place_that_fsspec_knows_will_do(full: LocalHub) -> None:
    lock = locked(full, NAME)
    target = "memory://copies"
    assert keep(lock, target, client(full), today=TODAY).complete
    assert check(lock, target, today=LATER).complete
    assert standing(lock, target) == {NAME: LATER}


@pytest.mark.parametrize("target", ["no-such-scheme://x", "s4://bucket"])
def test_a_target_that_is_no_place_is_named(full: LocalHub, target: str) -> None:
    with pytest.raises(UsageError, match="no place to write to"):
        keep(locked(full, NAME), target, client(full), today=TODAY)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_named(full: LocalHub, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write"):
        keep(locked(full, NAME), str(tmp_path / "x"), client(full), today=TODAY)


def test_a_gate_that_does_not_open_is_a_problem_and_one_that_does_is_passed(hub: LocalHub, tmp_path: Path) -> None:
    secret = "hf_" + "s" * 30
    hub.catalog.add(model(NAME, weight("model.safetensors", 9_000), gated="manual"))
    hub.catalog.trust(Token(secret=secret))
    lock = locked(hub, NAME)
    assert "behind a gate" in only(keep(lock, str(tmp_path), client(hub), today=TODAY))[0]
    hub.catalog.accept(secret, NAME)
    assert keep(lock, str(tmp_path), client(hub, secret), today=TODAY).complete
    assert not any(r.authorized for r in hub.requests if r.where == "cdn")
    assert secret.encode() not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_an_entry_without_a_commit_cannot_be_kept(full: LocalHub, tmp_path: Path) -> None:
    (one,) = locked(full, NAME).entries
    lock = Lock(path="models.lock", entries=(replace(one, commit=None),))
    assert "no commit" in only(keep(lock, str(tmp_path), client(full), today=TODAY))[0]


def test_progress_names_the_model_and_counts(full: LocalHub, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    lock = locked(full, NAME)
    keep(lock, str(tmp_path), client(full), today=TODAY, progress=lambda *step: heard.append(step))
    assert heard == [(NAME, number, 9) for number in range(1, 10)]


PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from freehold.hub.client import Hub
from freehold.lock import read
from freehold.mirror import keep
today = date(2026, 11, 22)
keep(read(Path(sys.argv[1])), sys.argv[2], Hub(sys.argv[3], today=today), today=today, jobs=1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_no_complete_copy_and_the_next_one_finishes(
    full: LocalHub, tmp_path: Path, how: signal.Signals
) -> None:
    lock = locked(full, NAME)
    write(tmp_path / "models.lock", lock)
    target = tmp_path / "copies"
    full.latency = 0.1
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "models.lock"), str(target), full.endpoint]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while len(list(target.rglob("*.json"))) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(how)
    assert process.returncode != 0
    assert not check(lock, str(target), today=TODAY).complete
    full.latency = 0.0
    assert keep(lock, str(target), client(full), today=TODAY).complete
