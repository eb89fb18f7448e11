"""End to end against Olah, a mirror that is not this project's own, in offline mode over local git repositories.

Olah (MIT, on the package index) brings a web framework with it, so it is not a requirement of the tests: they run where
it is installed, or where OLAH_PYTHON names an interpreter that has it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hub import text, weight

from freehold.agreed import Lock, Locked
from freehold.hub.client import Hub
from freehold.hub.snapshot import Known, Snapshot
from freehold.mirror import check, keep
from freehold.resolve import resolve
from freehold.types import Availability, Location, Model, Reference, Resolved, Role, Unresolved, Weight
from freehold.vendors.lines import Vendors

PYTHON = os.environ.get("OLAH_PYTHON") or (sys.executable if importlib.util.find_spec("olah") else None)
pytestmark = pytest.mark.skipif(not PYTHON or not shutil.which("git"), reason="Olah or git is not installed")

TODAY = date(2026, 11, 22)
WEIGHTS = weight("model.safetensors", 5_000)
FILES = {
    "org/model": (WEIGHTS, text("config.json", "{}"), text("README.md", "---\nlicense: mit\n---\n")),
    "org/empty": (text("README.md", "nothing here\n"),),
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def olah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    root = tmp_path_factory.mktemp("olah")
    commits = {}
    for name, files in FILES.items():
        folder = root / "mirrors" / "models" / name
        folder.mkdir(parents=True)
        git(folder, "init", "-q")
        for file in files:
            (folder / file.path).write_bytes(file.data or b"")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "files")
        commits[name] = git(folder, "rev-parse", "HEAD")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = root / "olah.toml"
    settings.write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "{root}/repos"\nmirrors-path = ["{root}/mirrors"]\n'
        "[accessibility]\noffline = true\n"
    )
    assert PYTHON is not None
    with (root / "log").open("wb") as log:
        command = [PYTHON, "-m", "olah.server", "-c", str(settings), "--log-path", str(root / "logs")]
        server = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (root / "log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", commits
    finally:
        server.terminate()
        server.wait(10)


def settle(endpoint: str, *names: str, lock: Lock | None = None, known: Snapshot | None = None) -> tuple[Resolved, ...]:
    client = Hub(endpoint, today=TODAY, timeout=5.0, patience=0.01)
    place = Location(path="app.py")
    references = [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call") for n in names
    ]
    snapshot = known or Snapshot("none", TODAY)
    return resolve(references, lock=lock, snapshot=snapshot, vendors=Vendors(()), hub=client, today=TODAY)


def locked(name: str, commit: str, *weights: Weight) -> Lock:
    entry = Locked(
        name=name,
        ecosystem="huggingface",
        availability=Availability.OPEN,
        locked_on=TODAY,
        seen_as="anonymous",
        uid="0" * 24,
        commit=commit,
        weights=weights,
    )
    return Lock(path="models.lock", entries=(entry,))


def test_it_says_what_it_has(olah: tuple[str, dict[str, str]]) -> None:
    endpoint, commits = olah
    (found,) = settle(endpoint, "org/model")
    assert isinstance(found, Model), found
    assert (found.availability, found.commit, found.reason) == (
        Availability.OPEN,
        commits["org/model"],
        "as a mirror says",
    )
    assert [w.path for w in found.weights] == ["model.safetensors"]
    assert found.license is not None
    assert found.license.tag == "mit"
    assert found.uid is None  # the one that it makes up is no sign of a replacement


def test_what_it_has_not_it_cannot_say(olah: tuple[str, dict[str, str]]) -> None:
    endpoint, commits = olah
    fact = Known(id="org/none", availability=Availability.OPEN, cite="x", as_of=TODAY)
    lock = locked("org/none", commits["org/model"])
    empty, none = settle(endpoint, "org/empty", "org/none", lock=lock, known=Snapshot("s", TODAY, (fact,)))
    assert isinstance(empty, Unresolved)
    assert empty.reason.startswith("a mirror that cannot say whether the weights are there")
    assert isinstance(none, Unresolved)
    assert none.reason == "a mirror that cannot say whether the model exists"
    assert none.last_known is not None


def test_a_copy_can_be_kept_from_it(olah: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    endpoint, commits = olah
    lock = locked(
        "org/model", commits["org/model"], Weight(path="model.safetensors", size=5_000, sha256=WEIGHTS.sha256)
    )
    client = Hub(endpoint, today=TODAY, timeout=5.0)
    kept = keep(lock, str(tmp_path), client, today=TODAY)
    assert kept.complete, kept
    assert check(lock, str(tmp_path), today=TODAY).complete
