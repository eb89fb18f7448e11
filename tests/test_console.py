"""The two streams: what goes where, in which color and width, and what a narrow or broken terminal does to it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest
from report_oracles import commands
from report_values import HOSTILE, hostile

from freehold.console import Console
from freehold.report import Look, render


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(stdout: io.StringIO | None = None, color: str = "auto", **environ: str) -> Console:
    return Console(stdout=stdout or io.StringIO(), stderr=io.StringIO(), color=color, environ=environ)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terminal", "choice", "environ", "colored"),
    [
        (True, "auto", {}, True),
        (False, "auto", {}, False),
        (True, "auto", {"NO_COLOR": "1"}, False),
        (True, "auto", {"NO_COLOR": ""}, True),
        (True, "auto", {"TERM": "dumb"}, False),
        (False, "auto", {"FORCE_COLOR": "1"}, True),
        (False, "auto", {"FORCE_COLOR": "0"}, False),
        (False, "auto", {"CLICOLOR_FORCE": "1"}, True),
        (False, "auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (False, "auto", {"GITHUB_ACTIONS": "true"}, True),
        (True, "never", {"FORCE_COLOR": "1"}, False),
        (False, "always", {"NO_COLOR": "1"}, True),
    ],
)
def test_color(terminal: bool, choice: str, environ: dict[str, str], colored: bool) -> None:
    assert console(Terminal() if terminal else None, choice, **environ).look.color is colored


def test_a_file_stays_plain_also_in_ci(tmp_path: object) -> None:
    with open(f"{tmp_path}/report.txt", "w", encoding="utf-8") as file:
        assert not Console(stdout=file, environ={"GITHUB_ACTIONS": "true"}).look.color


@pytest.mark.parametrize(
    ("environ", "width"),
    [
        ({}, 80),
        ({"CI": "true"}, 120),
        ({"COLUMNS": "100"}, 100),
        ({"COLUMNS": "20"}, 80),
        ({"COLUMNS": "4000"}, 120),
        ({"COLUMNS": "wide"}, 80),
    ],
)
def test_width(environ: dict[str, str], width: int) -> None:
    assert console(**environ).look.width == width


def test_messages_go_to_stderr_and_the_report_to_stdout() -> None:
    made = console()
    made.write("report\n")
    made.say("message")
    made.error("it broke", "mend it")
    assert made.stdout.getvalue() == "report\n"  # type: ignore[attr-defined]
    assert made.stderr.getvalue() == "message\nfreehold: error: it broke\n  hint: mend it\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_message_is_only_a_message(text: str) -> None:
    made = console()
    made.say(text)
    made.error(text, text)
    written = made.stderr.getvalue()  # type: ignore[attr-defined]
    assert commands(written) == []
    assert all(line.isprintable() for line in written.split("\n"))


def test_progress_only_shows_on_a_terminal() -> None:
    for stderr, choice, shown in (
        (Terminal(), "auto", True),
        (Terminal(), "never", False),
        (io.StringIO(), "always", False),
    ):
        made = Console(stdout=io.StringIO(), stderr=stderr, color=choice, environ={})  # type: ignore[arg-type]
        with made.progress("asking the Hub") as tick:
            tick(1, 2, "a\x1b[2Jb")
            tick(2, 2)
        assert bool(stderr.getvalue()) is shown
        assert "\x1b[2J" not in stderr.getvalue()
        assert stderr.getvalue().endswith("\r\x1b[K" if shown else "")


PROGRAM = """
import sys; sys.path[:0] = [sys.argv[1]]
from report_values import HOSTILE, hostile
from freehold.console import Console
from freehold.report import Look, render
for text in HOSTILE:
    Console().write(render(hostile(text), "text", Look(width=80)))
    Console().say(text)
Console().write("\\ud800 \\u00b7 \\u2192 \\u00e9\\n")
"""


def run(program: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", program, os.path.dirname(__file__)],
        capture_output=True,
        env={"PATH": os.environ["PATH"], **environ},
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_no_encoding_is_too_narrow(encoding: str) -> None:
    done = run(PROGRAM, PYTHONIOENCODING=encoding, PYTHONUTF8="0", LC_ALL="C")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    last = done.stdout.decode(encoding).splitlines()[-1]
    wanted = {
        "ascii": "\\ud800 - > \\xe9",
        "latin-1": "\\ud800 · > é",
        "cp1252": "\\ud800 · > é",
        "utf-8": "\\ud800 · → é",
    }
    assert last == wanted[encoding]


def test_a_reader_that_goes_away_ends_nothing() -> None:
    program = (
        "from freehold.console import Console\nfor i in range(3): Console().write('x' * 100_000)\nraise SystemExit(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_on_a_real_terminal_the_report_has_its_width_and_color() -> None:
    parent, child = pty.openpty()
    program = "from freehold.console import Console\nprint(Console().look)"
    environ = {
        k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS")
    }
    subprocess.run(
        [sys.executable, "-c", program],
        stdout=child,
        stderr=child,
        check=True,
        env={**environ, "TERM": "xterm-256color"},
    )
    os.close(child)
    assert b"width=80, color=True, links=False" in os.read(parent, 4096)
    os.close(parent)


def test_the_text_report_survives_ascii() -> None:
    """Every sign of our own has a likeness of one cell, so tables still line up."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(stdout=stream, environ={}).write(render(hostile("x"), "text", Look(width=80)))
    written = stream.buffer.getvalue()  # type: ignore[attr-defined]
    assert b"\\u" not in written
    assert b"\\x" not in written


def test_a_closed_stdout_ends_nothing() -> None:
    program = "from freehold.console import Console; Console().write('x'); Console().look; raise SystemExit(3)"
    assert subprocess.run(["/bin/sh", "-c", f'exec "{sys.executable}" -c "{program}" >&-'], check=False).returncode == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_is_an_error_with_a_hint_and_no_crash() -> None:
    program = "import os; from freehold.console import Console; from freehold.errors import NotStarted\n"
    program += (
        "try: Console().write('x')\nexcept NotStarted as e: os.write(2, e.message.encode()); os._exit(e.exit_code)"
    )
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"the report could not be written: ")
