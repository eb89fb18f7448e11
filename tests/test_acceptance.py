"""`tests/spec/acceptance.md`, row by row, through the installed command and against the local Hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pytest
from command import Freehold, Ran
from hub import LocalHub, Repository, Token, model, shards, weight
from hub.authority import Authority
from hub.faults import REQUEST_FAULTS

SPEC = Path(__file__).parent / "spec" / "acceptance.md"
TODAY = "2026-11-22"
SNAPSHOT_DAY = "2026-09-01"
TOKEN = "hf_builder"

VOICE = "nimbus/voice-7b"
SNAPSHOT = "Qwen/Qwen2.5-7B-Instruct"
OMNI = "Qwen/Qwen3-Omni-30B-A3B-Instruct"
OMNI_API = "qwen3.5-omni-plus"
OTHER = "nimbus/embedder-small"
NAMES = {"voice": VOICE, "snapshot": SNAPSHOT, "omni": OMNI, "omni-api": OMNI_API}

# What says something about the state of a model. Of these a row has the one it names and no other.
ABOUT_THE_PROJECT = {"revision-unpinned", "lock-stale", "single-host", "remote-code-unpinned", "floating-alias"}


@dataclass(frozen=True)
class Row:
    """One row of a table, by the names of its columns."""

    cells: dict[str, str] = field(repr=False)
    who: str
    fault: str = ""

    @property
    def id(self) -> str:
        """The case, and which of its runs."""
        return "-".join(part for part in (self.cells["case"], self.fault, self.who) if part)

    def __getitem__(self, column: str) -> str:
        cell = self.cells.get(column, "")
        return "" if cell == "–" else cell


def rows() -> Iterator[Row]:
    """Read every table of the spec."""
    text = SPEC.read_text("utf-8")
    faults = re.search(r"^Faults: (.+?)\.$", text, re.MULTILINE | re.DOTALL)
    assert faults
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif not set(cells[0]) <= {"-"}:
            found = dict(zip(header, cells, strict=True))
            whos = ("anonymous", "token") if found["as"] == "anyone" else (found["as"],)
            kinds = re.split(r",\s+", faults[1]) if found.get("then") == "every fault" else [""]
            yield from (Row(found, who, kind) for who in whos for kind in kinds)


ROWS = list(rows())


# --- what the lock holds


def project(folder: Path, name: str) -> None:
    """Write the project: one load, on line 3."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == OMNI_API:
        code = f'import dashscope\n\nreply = dashscope.MultiModalConversation.call(model="{name}", messages=[])\n'
    else:
        code = f'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("{name}")\n'
    (folder / "app.py").write_text(code)


def published() -> list[Repository]:
    """What the Hub has on the day of the lock."""
    return [model(VOICE, *shards(2)), model(SNAPSHOT), model(OMNI), model(OTHER)]


def lock_text(kind: str, name: str, day: str, freehold: Freehold, folder: Path) -> str:
    """Have `freehold lock` write what someone agreed to on a day."""
    state, _, who = kind.partition(", ")
    locked = {"other": OTHER, "open predecessor": OMNI, "api-only": OMNI_API}.get(state, name)
    project(folder, locked)
    with LocalHub() as hub:
        hub.catalog.add(*published())
        hub.catalog.trust(Token(secret=TOKEN, accepted=frozenset({name})))
        if state == "gated":
            hub.catalog.gate(name, "manual")
        if state == "incomplete":
            hub.catalog.remove(name, "model-00002-of-00002.safetensors")
        command = freehold.at(HF_ENDPOINT=hub.endpoint, **({"HF_TOKEN": TOKEN} if who == "token" else {}))
        ran = command.run("lock", "--today", day, cwd=folder)
        assert ran.code == 0, ran.stdout + ran.stderr
    return (folder / "models.lock").read_text("utf-8")


# --- what the Hub does then

THEN: dict[str, Callable[[LocalHub, str], None]] = {
    "nothing": lambda hub, name: None,
    "the weights are removed, and nothing is stored any more": lambda hub, name: hub.catalog.remove_weights(
        name, history=False
    ),
    "the weights are removed, the history keeps them": lambda hub, name: hub.catalog.remove_weights(name),
    "the repository is deleted": lambda hub, name: hub.catalog.delete(name),
    "the repository is made private": lambda hub, name: hub.catalog.make_private(name),
    "the repository is disabled": lambda hub, name: hub.catalog.disable(name),
    "a gate is put up: auto": lambda hub, name: hub.catalog.gate(name, "auto"),
    "a gate is put up: manual": lambda hub, name: hub.catalog.gate(name, "manual"),
    "a shard is removed": lambda hub, name: hub.catalog.remove(name, "model-00002-of-00002.safetensors"),
    "other weights are uploaded": lambda hub, name: hub.catalog.put(
        name, weight("model-00001-of-00002.safetensors", 2048, seed="another")
    ),
    "the license becomes other": lambda hub, name: hub.catalog.relicense(
        name, "other", license_name="nimbus-license", license_link="LICENSE"
    ),
    "the repository is renamed": lambda hub, name: hub.catalog.rename(name, "nimbus/voice-7b-instruct"),
    "another repository takes its name": lambda hub, name: hub.catalog.supersede(name, model("archive/voice-7b")),
    "the weights move to another branch": lambda hub, name: hub.catalog.move_weights_to_branch(name, "8bit"),
}


def a_mirror_without_it(hub: LocalHub, name: str) -> None:
    hub.catalog.delete(name)
    hub.mirror = True


THEN["a mirror stands before the Hub, and the repository is deleted"] = a_mirror_without_it


def strike(hub: LocalHub, fault: str) -> str:
    """Let a fault happen; gives the endpoint to ask."""
    if fault == "dns":
        return "http://no-such-host.invalid"
    if fault == "refused":
        hub.refuse()
    elif fault == "tls":
        hub.certificate = "unknown-authority"
    else:
        hub.fail(REQUEST_FAULTS[fault])
    return hub.endpoint


# --- running


class Runs:
    """Runs the rows side by side: most of a run is a process starting, or waiting for a fault."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._authority = authority
        self._pool = ThreadPoolExecutor(4)
        self._guard = Lock()
        self._locks: dict[tuple[str, str, str], Future[str]] = {}
        self._ran: dict[str, Future[Ran]] = {}

    def start(self, chosen: list[Row]) -> None:
        """Begin with every chosen row."""
        for row in chosen:
            self._ran[row.id] = self._pool.submit(self._run, row)

    def of(self, row: Row) -> Ran:
        """Give what a row's run left behind."""
        return self._ran[row.id].result()

    def close(self) -> None:
        """Wait for what still runs."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self, row: Row) -> Ran:
        folder = self._folder / row.id
        home = folder / "home"
        home.mkdir(parents=True)
        freehold = Freehold(home)
        name = NAMES[row["loads"]]
        tree = folder / "project"
        project(tree, name)
        if row["lock"] != "no file":
            (tree / "models.lock").write_text(self._lock(row, name), "utf-8")
        project(tree, name)
        arguments = ["audit", "--format", "json", "--fail-on", "error", "--today", row["today"] or TODAY]
        fault = row.fault or ("503" if row["then"] == "a fault" else "")
        if fault:
            arguments += ["--deadline", "3"]
        if "snapshot" in row.cells:
            arguments += ["--snapshot", str(self._snapshot(folder, name, row["snapshot"]))]
        with LocalHub(authority=self._authority if fault == "tls" else None) as hub:
            hub.catalog.add(*published())
            hub.catalog.trust(Token(secret=TOKEN, accepted=frozenset({name})))
            if row["lock"].startswith("gated"):
                hub.catalog.gate(name, "manual")
            if not fault:
                THEN[row["then"] or "nothing"](hub, name)
            endpoint = strike(hub, fault) if fault else hub.endpoint
            tokens = {"token": {"HF_TOKEN": TOKEN}, "rejected": {"HF_TOKEN": "hf_nobody_knows"}}
            command = freehold.at(
                HF_ENDPOINT=endpoint, SSL_CERT_FILE=str(self._authority.certificate), **tokens.get(row.who, {})
            )
            ran = command.run(*arguments, cwd=tree)
            if "snapshot" in row.cells:
                assert hub.count() == 0, "a snapshot is the answer: nobody is asked"
            return ran

    def _lock(self, row: Row, name: str) -> str:
        kind, _, when = row["lock"].partition(", ")
        day = "2026-06-01"
        if when in ("before", "after"):
            day, when = ("2026-06-01" if when == "before" else "2026-10-01"), "anonymous"
        if row["today"] and row["today"] < day:
            day = "2026-04-10"
        key = (f"{kind}, {when}", name, day)
        with self._guard:
            known = self._locks.get(key)
            if known is None:
                mine = self._locks[key] = Future()
        if known is not None:
            return known.result()
        folder = self._folder / "locks" / str(len(self._locks))
        (folder / "home").mkdir(parents=True)
        try:
            mine.set_result(lock_text(*key, Freehold(folder / "home"), folder / "project"))
        except BaseException as error:  # noqa: BLE001  # others wait for this lock, whatever became of it
            mine.set_exception(error)
        return mine.result()

    @staticmethod
    def _snapshot(folder: Path, name: str, state: str) -> Path:
        fact = f'[[models]]\nid = "{name}"\navailability = "{state}"\ncite = "https://nimbus.example/news"\n'
        file = folder / "facts.toml"
        file.write_text(f'schema = 1\nname = "facts"\nas-of = {SNAPSHOT_DAY}\n\n{fact if state else ""}')
        return file


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("acceptance"), authority)
    chosen = [getattr(item, "callspec", None) for item in request.session.items]
    params = [spec.params.get("row") for spec in chosen if spec is not None]
    made.start([row for row in params if isinstance(row, Row)])
    yield made
    made.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.id)
def test_row(row: Row, runs: Runs) -> None:
    ran = runs.of(row)
    assert ran.code == int(row["exit"]), ran.stdout[-3000:] + ran.stderr
    assert "Traceback" not in ran.stderr
    if not row["state"]:
        assert ran.stdout == ""
        assert "token" in ran.stderr
        return

    state, _, beside = row["state"].partition(" + ")
    state, _, reason = state.partition(": ")
    found = [m for m in ran.report["models"] if m["name"] == NAMES[row["loads"]]]
    assert [m["availability"] for m in found] == [state]
    if state == "unknown":
        assert found[0]["reason"]
        assert reason in found[0]["reason"]
        assert ran.report["complete"] is False
    if beside:
        assert found[0]["last-known"]["availability"] == beside.removeprefix("last-known ")

    said = [f for f in ran.findings() if f[0] not in ABOUT_THE_PROJECT]
    if row["rule"] != "lock-missing":
        said = [f for f in said if f[0] != "lock-missing"]
    assert said == ([(row["rule"], row["severity"])] if row["rule"] else [])
    for finding in ran.report["findings"]:
        if finding["rule"] == row["rule"] and finding["rule"] != "lock-missing":
            assert (finding["location"]["path"], finding["location"]["line"]) == ("app.py", 3)


def test_no_case_is_left_out() -> None:
    """The agreed table has 38 cases; a row may be split (`a3-deleted`), none may be dropped."""
    agreed = {f"{group}{n}" for group, last in (("a", 22), ("b", 6), ("c", 6), ("d", 4)) for n in range(1, last + 1)}
    assert {row["case"].partition("-")[0] for row in ROWS} == agreed


def test_every_word_of_the_spec_means_something() -> None:
    words = {row["then"] for row in ROWS if row["then"]} - {"every fault", "a fault"}
    assert words <= set(THEN)
    assert {row.fault for row in ROWS} - {"", "refused", "dns", "tls"} <= set(REQUEST_FAULTS)
