"""Run the installed `freehold` command as a user does: its own process, a clean environment, captured streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    stdout: str = field(repr=False)
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on stdout."""
        parsed: dict[str, Any] = json.loads(self.stdout)
        return parsed

    def findings(self) -> list[tuple[str, str]]:
        """Give rule and severity of every open finding about a model, sorted."""
        return sorted((f["rule"], f["severity"]) for f in self.report["findings"] if f["status"] == "open")


@dataclass(frozen=True)
class Freehold:
    """The command with its environment: nothing of the tester's own reaches it but the path."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def at(self, **changed: str) -> Freehold:
        """Give the same command with further environment variables."""
        return Freehold(self.home, {**self.environment, **changed})

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of a run."""
        clean = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {
            **clean,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "HF_HOME": str(self.home / "huggingface"),
            "TMPDIR": str(self.home),
            # Loopback is reached directly, whatever proxy the machine has.
            "NO_PROXY": "127.0.0.1,localhost",
            **self.environment,
        }

    def start(self, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
        """Start a run and leave it running: for tests that interrupt it."""
        return subprocess.Popen(
            [_command(), *arguments],
            cwd=cwd,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, cwd: Path, seconds: float = 120) -> Ran:
        """Run to the end. `seconds` is a safety net, not an assertion: a hang shall fail its test, not the suite."""
        process = self.start(*arguments, cwd=cwd)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"freehold {' '.join(arguments)} did not end in {seconds} s\n{err}") from None
        return Ran(process.returncode, out, err)


def _command() -> str:
    return str(Path(sys.executable).with_name("freehold"))
