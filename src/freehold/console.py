"""The two streams, and the only module that writes to a terminal.

stdout is the report and nothing else; stderr is everything else. Neither a narrow encoding (LANG=C), a lone surrogate
nor a reader that went away ends the program.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO, TypeAlias

from freehold import safe
from freehold.errors import NotStarted

ColorChoice: TypeAlias = Literal["auto", "always", "never"]

NARROWEST, WIDEST = 80, 120

# One cell each, so that columns still line up where the encoding has no better sign.
_PLAIN = str.maketrans("·–—…→←‘’“”×•─│┌┐└┘├┤┬┴┼━█▇■□▪", "---.><''\"\"x*-|+++++++++-###.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person will see the report. Machine formats ignore it. `width` is in terminal cells."""

    width: int = NARROWEST
    color: bool = False
    links: bool = False


class Tick(Protocol):
    """Tells how far a piece of work is: `done` of `total`, and what is being looked at."""

    def __call__(self, done: int, total: int, what: str = "") -> None: ...


class Console:
    """stdout, stderr and what the environment says about them."""

    def __init__(
        self,
        *,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        color: ColorChoice = "auto",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.stdout = _sturdy(sys.stdout if stdout is None else stdout)
        self.stderr = _sturdy(sys.stderr if stderr is None else stderr)
        self.color = color
        self.environ = os.environ if environ is None else environ

    @property
    def look(self) -> Look:
        """How a report for people should look on stdout."""
        links = _tty(self.stdout) and _knows_links(self.environ)
        return Look(width=self._width(), color=self._colored(self.stdout), links=links)

    def write(self, report: str) -> None:
        """Write a rendered report to stdout, as it is: its format has made it safe."""
        _write(self.stdout, report)

    def say(self, text: str) -> None:
        """Write a message to stderr; each line is made printable and cannot be a command."""
        lines = "\n".join(safe.printable(line) for line in text.splitlines() or [""])
        _write(self.stderr, safe.guard(lines) + "\n")

    def error(self, message: str, hint: str = "") -> None:
        """Write why the run ends, and the next action."""
        red, reset = ("\x1b[1;31m", "\x1b[0m") if self._colored(self.stderr) else ("", "")
        lines = [safe.printable(line) for line in message.splitlines()] or [""]
        text = "\n  ".join(lines) + (f"\n  hint: {safe.printable(hint)}" if hint else "")
        _write(self.stderr, f"freehold: {red}error:{reset} {safe.guard(text)}\n")

    @contextmanager
    def progress(self, label: str) -> Iterator[Tick]:
        """Show one line that counts, on a terminal only; give the function that moves it."""
        if not _tty(self.stderr) or self.color == "never" or self.environ.get("TERM") == "dumb":
            yield lambda done, total, what="": None
            return
        shown, began = 0.0, time.monotonic()

        def tick(done: int, total: int, what: str = "") -> None:
            nonlocal shown
            now = time.monotonic()
            if done < total and now - shown < 0.05:  # twenty a second is all an eye can use
                return
            shown = now
            rate = f"{done / (now - began):.0f}/s" if done and now > began else ""
            line = f"{label} {done}/{total} {rate} {safe.shorten(what, 60)}"
            _write(self.stderr, f"\r{line[: NARROWEST - 1]}\x1b[K")

        try:
            yield tick
        finally:
            if shown:
                _write(self.stderr, "\r\x1b[K")

    def _width(self) -> int:
        """80 to 120 cells: the terminal's width, also when stdout goes to a pager; 120 in a CI log."""
        if self.environ.get("COLUMNS", "").isdecimal():
            columns = int(self.environ["COLUMNS"][:6])
        elif _tty(self.stdout) or _tty(self.stderr):
            columns = _columns(self.stdout if _tty(self.stdout) else self.stderr)
        else:
            columns = WIDEST if self.environ.get("CI") else NARROWEST
        return max(NARROWEST, min(columns, WIDEST))

    def _colored(self, stream: TextIO) -> bool:
        """`--color` decides, then NO_COLOR, then FORCE_COLOR; else terminals, and logs of runners that show color."""
        if self.color != "auto":
            return self.color == "always"
        if self.environ.get("NO_COLOR"):
            return False
        if any(self.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
            return True
        if any(self.environ.get(name) for name in ("GITHUB_ACTIONS", "GITLAB_CI")):
            return not _regular_file(stream)  # a log is a pipe; `> report.txt` should stay plain
        return _tty(stream) and self.environ.get("TERM") != "dumb"


def _visible(error: UnicodeError) -> tuple[str, int]:
    """Encode what the encoding lacks: the typographic signs by their ASCII likeness, all else spelled out."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(sign if sign.isascii() else safe.escape(sign) for sign in plain), error.end


codecs.register_error("freehold-visible", _visible)


def _sturdy(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed before we began (`>&-`)
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="freehold-visible")
    return stream


def _write(stream: TextIO, text: str) -> None:
    """Write all of it now. Raises NotStarted where stdout takes no more, for whatever other reason than a reader that
    left; what stderr does not take is lost."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is still buffered would fail again at exit, so let it go nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except OSError as error:  # a full disk
        if stream is not sys.stderr:
            raise NotStarted(
                f"the report could not be written: {error.strerror}", "make room, or write it elsewhere"
            ) from error


def _tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or NARROWEST
    except (OSError, ValueError):
        return shutil.get_terminal_size((NARROWEST, 24)).columns


def _regular_file(stream: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _knows_links(environ: Mapping[str, str]) -> bool:
    """Only terminals that are known to understand OSC 8; others may print its bytes."""
    return (
        environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty")
        or environ.get("TERM") == "xterm-kitty"
        or "WT_SESSION" in environ
        or environ.get("VTE_VERSION", "0").zfill(4) >= "5000"
    )
