"""Promises about what a run does to the machine it runs on, watched from inside the installed command.

An audit hook that Python itself calls before every file that is opened, every socket, every process and every piece of
code that is compiled writes down what happens; see PEP 578.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import Freehold
from hub import LocalHub, Token, model
from hub.faults import REQUEST_FAULTS

WATCH = """
import atexit, json, os, sys

events, busy = [], []
WATCHED = ("open", "socket.", "subprocess.", "os.", "exec", "compile", "import", "pickle.", "ctypes.", "shutil.",
           "tempfile.", "urllib.", "http.", "ftplib.", "webbrowser.", "pty.", "marshal.", "code.__new__", "glob.")

def hook(name, arguments):
    if busy or not name.startswith(WATCHED):
        return
    busy.append(1)
    try:
        if name == "exec":
            shown = [getattr(arguments[0], "co_filename", "")]
        elif name == "compile":
            shown = [arguments[1]]
        else:
            shown = [a if isinstance(a, (str, int, type(None))) else os.fsdecode(a) if isinstance(a, bytes) else repr(a)
                     for a in arguments]
        events.append([name, shown])
    finally:
        busy.pop()

def save():
    busy.append(1)
    with open(os.environ["WATCH_TO"], "w") as file:
        json.dump(events, file, default=repr)

atexit.register(save)
sys.addaudithook(hook)
"""

TRAP = 'open({mark!r}, "w").write("executed")\n'


@pytest.fixture
def watched(freehold: Freehold, tmp_path: Path) -> Freehold:
    """The command under watch."""
    eyes = tmp_path / "eyes"
    eyes.mkdir()
    (eyes / "sitecustomize.py").write_text(WATCH)
    return freehold.at(PYTHONPATH=str(eyes), WATCH_TO=str(tmp_path / "events.json"), PYTHONDONTWRITEBYTECODE="1")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project that would like to be executed, imported, followed and believed."""
    root = tmp_path / "project"
    (root / "package").mkdir(parents=True)
    trap = TRAP.format(mark=str(tmp_path / "executed"))
    for name in (
        "setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "freehold.py", "huggingface_hub.py",
        "json.py", "tomli.py", "yaml.py", "rich.py", "package/__init__.py",
    ):  # fmt: skip
        (root / name).write_text(trap)
    (root / "app.py").write_text(
        f"{trap}from transformers import AutoModel\n"
        "AutoModel.from_pretrained('nimbus/voice-7b', trust_remote_code=True)\n"
    )
    (root / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch executed'\ntR.")
    (root / "config.yaml").write_text(f"model: !!python/object/apply:os.system ['touch {tmp_path}/executed']\n")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["x"]\nbuild-backend = "setup"\nbackend-path = ["."]\n'
    )
    (root / "Dockerfile").write_text(f"FROM x\nRUN touch {tmp_path}/executed\n")
    (root / "run.sh").write_text(f"touch {tmp_path}/executed\nvllm serve nimbus/voice-7b\n")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "outside.py").write_text("AutoModel.from_pretrained('nimbus/secret-7b')\n")
    (root / "link.py").symlink_to(secret / "outside.py")
    (root / "linked").symlink_to(secret)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.py")
    return root


def events(tmp_path: Path) -> list[tuple[str, list[object]]]:
    return [(name, shown) for name, shown in json.loads((tmp_path / "events.json").read_text())]


def opened(seen: list[tuple[str, list[object]]], *, writing: bool) -> set[str]:
    """Give the absolute paths of the files that were opened for reading or for writing."""
    found = set()
    for name, shown in seen:
        if name == "open" and isinstance(shown[0], str):
            mode, flags = shown[1], shown[2]
            writes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
            writes |= isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND))
            if writes == writing:
                found.add(os.path.realpath(shown[0]))
    return found


def _paths(shown: list[object]) -> list[str]:
    return [str(each) for each in shown if isinstance(each, str)]


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_scan_executes_nothing_opens_no_socket_and_writes_to_its_own_cache_only(
    format: str,  # noqa: A002
    watched: Freehold,
    hostile: Path,
    tmp_path: Path,
) -> None:
    ran = watched.run("scan", "--format", format, cwd=hostile)
    assert ran.code == 0, ran.stderr
    assert "nimbus/voice-7b" in ran.stdout or "1 model" in ran.stdout

    seen = events(tmp_path)
    names = {name for name, _ in seen}
    assert {"open", "import", "exec"} <= names, "the hook did not watch"
    assert [
        name for name in names if name.startswith(("socket.", "subprocess.", "pickle.", "ctypes.dl", "urllib."))
    ] == []
    assert [
        n
        for n in names
        if n in ("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn")
    ] == []
    changes = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate")
    own = os.path.realpath(tmp_path / "home" / "cache" / "freehold")
    changed = {os.path.realpath(str(path)) for name, shown in seen if name in changes for path in _paths(shown)}
    outside = {path for path in changed if not f"{path}/".startswith(f"{own}/")}
    assert outside <= {os.path.dirname(own)}, "nothing but the folder that the cache stands in"
    assert {path for path in opened(seen, writing=True) if not path.startswith(f"{own}/")} <= {
        os.path.realpath(os.devnull)
    }
    assert not (tmp_path / "executed").exists()
    assert "huggingface_hub" not in {str(shown[0]) for name, shown in seen if name == "import"}


def test_a_scan_reads_nothing_outside_the_root_and_runs_none_of_its_files(
    watched: Freehold, hostile: Path, tmp_path: Path
) -> None:
    ran = watched.run("scan", "--format", "json", cwd=hostile)
    assert "nimbus/secret-7b" not in ran.stdout
    seen = events(tmp_path)

    outside = {path for path in opened(seen, writing=False) if path.startswith(str(tmp_path))}
    cache = os.path.realpath(tmp_path / "home" / "cache" / "freehold")
    outside -= {path for path in outside if path.startswith((f"{hostile}/", f"{tmp_path}/eyes", f"{cache}/"))}
    assert not {path for path in outside if "/secret/" in path}
    assert outside <= {str(hostile), str(tmp_path / "home")}

    ran_code = {str(shown[0]) for name, shown in seen if name == "exec"}
    assert not {file for file in ran_code if file.startswith(str(hostile)) or file in os.listdir(hostile)}


def test_an_audit_connects_to_its_endpoint_only(
    watched: Freehold, hostile: Path, tmp_path: Path, hub: LocalHub
) -> None:
    hub.catalog.add(model("nimbus/voice-7b"))
    ran = watched.at(HF_ENDPOINT=hub.endpoint).run("audit", "--format", "json", cwd=hostile)
    assert ran.code == 0, ran.stdout + ran.stderr
    seen = events(tmp_path)
    connected = {str(shown[-1]) for name, shown in seen if name == "socket.connect"}
    port = hub.endpoint.rpartition(":")[2]
    assert connected == {f"('127.0.0.1', {port})"}
    asked = {str(shown[0]) for name, shown in seen if name == "socket.getaddrinfo"}
    assert asked <= {"127.0.0.1"}
    home = str(tmp_path / "home")
    written = {p for p in opened(seen, writing=True) if p != os.devnull}
    assert {p for p in written if not p.startswith(home)} == set()
    assert not (tmp_path / "executed").exists()


class TestRequests:
    """What a run asks, counted at the Hub."""

    @staticmethod
    def project(root: Path, count: int) -> Path:
        root.mkdir()
        loads = (f'm{n} = AutoModel.from_pretrained("vendor{n % 3}/model-{n}-7b")\n' for n in range(count))
        (root / "app.py").write_text("from transformers import AutoModel\n" + "".join(loads) * 2)
        return root

    def test_one_info_request_for_each_distinct_model_and_nothing_else(
        self, hub: LocalHub, freehold: Freehold, tmp_path: Path
    ) -> None:
        project = self.project(tmp_path / "project", 30)
        hub.catalog.add(*(model(f"vendor{n % 3}/model-{n}-7b") for n in range(30)))
        command = freehold.at(HF_ENDPOINT=hub.endpoint)
        assert command.run("audit", "--format", "json", cwd=project).code == 0
        assert [r.method for r in hub.requests] == ["GET"] * 30
        assert all(r.path.startswith("/api/models/vendor") for r in hub.requests)

        hub.forget()
        assert command.run("audit", "--format", "json", cwd=project).code == 0
        assert hub.count() <= 3, "one listing for each vendor tells that nothing changed"

    def test_no_file_is_touched_so_that_nobody_s_download_figures_move(
        self, hub: LocalHub, freehold: Freehold, tmp_path: Path
    ) -> None:
        project = self.project(tmp_path / "project", 3)
        hub.catalog.add(*(model(f"vendor{n % 3}/model-{n}-7b", gated="auto") for n in range(3)))
        command = freehold.at(HF_ENDPOINT=hub.endpoint)
        assert command.run("lock", cwd=project).code == 0
        assert command.run("audit", "--format", "json", cwd=project).code == 0
        assert hub.count("/resolve") == 0
        assert not any("x-hf-download-counter" in r.headers for r in hub.requests)
        assert not any(r.where == "cdn" for r in hub.requests)

    def test_the_token_goes_to_the_endpoint_and_into_no_output(
        self, hub: LocalHub, freehold: Freehold, tmp_path: Path
    ) -> None:
        secret = "hf_" + "Secret" * 5
        project = self.project(tmp_path / "project", 2)
        hub.catalog.add(model("vendor0/model-0-7b"))
        hub.catalog.trust(Token(secret=secret))
        command = freehold.at(HF_ENDPOINT=hub.endpoint, HF_TOKEN=secret)
        runs = [command.run("lock", cwd=project)]
        runs += [command.run("audit", "--format", f, cwd=project) for f in ("json", "text")]
        hub.fail(REQUEST_FAULTS["garbage"])
        runs.append(command.run("audit", "--format", "json", "--deadline", "3", cwd=project))
        assert all(r.authorized for r in hub.requests)
        assert not any(secret in ran.stdout + ran.stderr for ran in runs)
        kept = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert kept
        assert not [p for p in kept if secret.encode() in p.read_bytes()]


class TestInterrupts:
    """Ctrl-C and kill leave cache and lock whole."""

    @staticmethod
    def until_asked(hub: LocalHub, process: subprocess.Popen[str], before: int = 0) -> None:
        for _ in range(600):
            if hub.struck > before:
                return
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        raise AssertionError("nothing was asked")

    @pytest.mark.parametrize(
        ("command", "fault"),
        [("audit", "stall-headers"), ("lock", "stall-body"), ("audit", "drip"), ("lock", "429-now")],
    )
    def test_ctrl_c_ends_with_130_and_no_traceback(
        self, command: str, fault: str, hub: LocalHub, freehold: Freehold, tmp_path: Path
    ) -> None:
        project = TestRequests.project(tmp_path / "project", 3)
        (project / "models.lock").write_text("version = 1\n")
        hub.fail(REQUEST_FAULTS[fault])
        process = freehold.at(HF_ENDPOINT=hub.endpoint).start(command, cwd=project)
        self.until_asked(hub, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert out == ""
        assert (project / "models.lock").read_text() == "version = 1\n"

    def test_a_killed_run_leaves_nothing_that_the_next_one_stumbles_over(
        self, hub: LocalHub, freehold: Freehold, tmp_path: Path
    ) -> None:
        project = TestRequests.project(tmp_path / "project", 6)
        hub.catalog.add(*(model(f"vendor{n % 3}/model-{n}-7b") for n in range(6)))
        command = freehold.at(HF_ENDPOINT=hub.endpoint)
        hub.fail(REQUEST_FAULTS["stall-body"], skip=4)
        for _ in range(2):
            before = hub.struck
            process = command.start("lock", cwd=project)
            self.until_asked(hub, process, before)
            process.kill()
            process.communicate(timeout=20)
        assert not (project / "models.lock").exists()
        assert sorted(p.name for p in project.iterdir()) == ["app.py"]
        hub.heal()
        assert command.run("lock", cwd=project).code == 0
        assert command.run("audit", "--format", "json", cwd=project).code == 0

    def test_runs_side_by_side_share_a_cache(self, hub: LocalHub, freehold: Freehold, tmp_path: Path) -> None:
        project = TestRequests.project(tmp_path / "project", 6)
        hub.catalog.add(*(model(f"vendor{n % 3}/model-{n}-7b") for n in range(6)))
        command = freehold.at(HF_ENDPOINT=hub.endpoint)
        processes = [command.start("audit", "--format", "json", "--today", "2026-11-22", cwd=project) for _ in range(3)]
        outputs = {process.communicate(timeout=60)[0] for process in processes}
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert len(outputs) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_cache_is_not_fatal(hub: LocalHub, freehold: Freehold, tmp_path: Path) -> None:
    project = TestRequests.project(tmp_path / "project", 2)
    hub.catalog.add(*(model(f"vendor{n % 3}/model-{n}-7b") for n in range(2)))
    nowhere = tmp_path / "a file"
    nowhere.write_text("")
    command = freehold.at(HF_ENDPOINT=hub.endpoint, XDG_CACHE_HOME=str(nowhere), FREEHOLD_CACHE=str(nowhere / "cache"))
    assert command.run("audit", "--format", "json", cwd=project).code == 0
