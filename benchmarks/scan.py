"""How long a scan takes beside a search for one pattern in the same tree.

    python benchmarks/scan.py PATH… [--peer 'COMMAND {path}'] [--runs 3]

For every path, in one run with a warm file cache: ripgrep with one pattern, freehold cold and with what it kept, and a
peer scanner if a command for one is given. Wall time is the best of the runs; CPU time and memory are those of the
processes themselves. Source distributions of vLLM and transformers are good subjects.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SCAN = """
import sys
from pathlib import Path
from freehold.detect import detect
from freehold.walk import walk
found = detect(walk(Path(sys.argv[1])).sources, memory=Path(sys.argv[2]) if sys.argv[2] else None)
print(len(found.references), file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, seconds, megabytes."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Measure every path and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--peer", action="append", default=[], help="a command; {path} stands for the tree")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    for path in options.paths:
        files = [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{path.name}: {len(files)} files, {size:.0f} MB, {os.cpu_count()} cores")
        base = None
        if shutil.which("rg"):
            base = best(["rg", "-c", "from_pretrained", str(path)], options.runs)
            show("ripgrep, one pattern", base, base)
        with tempfile.TemporaryDirectory() as memory:
            scan = [sys.executable, "-c", SCAN, str(path)]
            show("freehold, nothing kept", best([*scan, ""], options.runs), base)
            measure([*scan, memory])
            show("freehold, kept", best([*scan, memory], options.runs), base)
        for peer in options.peer:
            show(peer[:40], best(shlex.split(peer.replace("{path}", str(path))), 1), base)


def best(command: list[str], runs: int) -> Cost:
    """Give the fastest of some runs."""
    return min((measure(command) for _ in range(runs)), key=lambda cost: cost.wall)


def measure(command: list[str]) -> Cost:
    """Run a command once, in a process of its own, so that its children are counted with it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        begin = time.perf_counter()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.perf_counter() - begin
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(writer, f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    wall, cpu, memory = map(float, os.read(reader, 200).split())
    os.close(reader)
    return Cost(wall, cpu, memory)


def show(name: str, cost: Cost, base: Cost | None) -> None:
    """Print one row."""
    times = f"{cost.wall / base.wall:6.1f} ×" if base else ""
    print(f"  {name:40} {cost.wall:7.2f} s wall  {cost.cpu:7.2f} s CPU  {cost.memory:6.0f} MB  {times}")


if __name__ == "__main__":
    main()
