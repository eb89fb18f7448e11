"""How long freehold takes to start, beside a bare interpreter and its own limits, in one run.

    python benchmarks/startup.py [RUNS]

Prints the median of user plus system CPU time and of wall time over RUNS (default 15) for each command, in turn, so
that a slow moment touches all alike. Limits are those of the design: `--version` at most 60 ms above
the bare interpreter. A benchmark informs; no test asserts a time.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "tests" / "projects" / "voice-assistant"
COMMAND = str(Path(sys.executable).with_name("freehold"))
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "freehold --version": [COMMAND, "--version"],
    "freehold --help": [COMMAND, "--help"],
    "freehold scan, nothing kept": ["env", "FREEHOLD_CACHE=off", COMMAND, "scan", str(PROJECT)],
    "freehold scan": [COMMAND, "scan", str(PROJECT)],
    "freehold audit --offline": [COMMAND, "audit", str(PROJECT), "--offline"],
    "import huggingface_hub.HfApi": [sys.executable, "-c", "from huggingface_hub import HfApi"],
}
LIMITS_MS = {"freehold --version": 60.0}


def measure(command: list[str]) -> tuple[float, float]:
    """Run once; give CPU and wall milliseconds."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after, end = os.times(), time.perf_counter()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu * 1000, (end - start) * 1000


def main(runs: int) -> None:
    """Measure all commands in turn and print a table."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):  # the first round warms the file cache
        for name, command in COMMANDS.items():
            taken[name].append(measure(command))
    bare = statistics.median(wall for _, wall in taken["python -c pass"][1:])
    print(f"{'command':<30} {'CPU ms':>8} {'wall ms':>8} {'above bare':>11} {'limit':>6}")
    for name, rounds in taken.items():
        cpu, wall = (statistics.median(column) for column in zip(*rounds[1:], strict=True))
        limit = f"{LIMITS_MS[name]:.0f}" if name in LIMITS_MS else ""
        print(f"{name:<30} {cpu:8.0f} {wall:8.0f} {wall - bare:11.0f} {limit:>6}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
