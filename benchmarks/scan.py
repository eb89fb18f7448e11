"""How long a scan takes beside a search for one pattern, and beside a peer, in the same trees and the same run.

    python benchmarks/scan.py PATH… [--peer NAME|'COMMAND {path}'] [--runs 3] [--couplings]

For every path, with a warm file cache: ripgrep with one pattern; freehold with nothing kept, the same with a memory to
fill, with what it kept, and after one file changed; half of the tree; the peers. Wall time is that of the fastest run,
in which CPU time and memory are those of the processes themselves (memory: of the largest). The limits are printed with
what they were measured against: machines differ, so only what was measured together is compared.

Peers that are known by name: `cdxgen` (npm package @cyclonedx/cdxgen with `-t ai`: on the path, or by
`npm exec`, which asks the user's registry), `weight-audit` (PyPI package weight-audit, the floor: two patterns, only
Python). Source distributions of vLLM and transformers are good subjects.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCAN = """
import sys
from pathlib import Path
from freehold.detect import detect
from freehold.walk import walk
root, memory, couplings = sys.argv[1:]
found = detect(walk(Path(root)).sources, memory=Path(memory) if memory else None, couplings=bool(couplings))
"""
PEERS = {
    "cdxgen": (("cdxgen",), ("npm", "exec", "--yes", "--package=@cyclonedx/cdxgen", "--", "cdxgen")),
    "weight-audit": (("weight-audit",),),
}
OPTIONS = {
    "cdxgen": ("-t", "ai", "--no-install-deps", "-o", "{out}", "{path}"),
    "weight-audit": ("scan", "{path}"),
}
COLD, KEPT, PEER_SHARE, MEGABYTES = 12, 4, 0.5, 300
PATTERN = "from_pretrained"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, seconds, megabytes; and how the command ended."""

    wall: float
    cpu: float
    memory: float
    code: int = 0


def main() -> None:
    """Measure every path and print one table each, with what it says about the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--peer", action="append", default=[], help=f"{', '.join(PEERS)}, or a command with {{path}}")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--couplings", action="store_true", help="look for couplings too")
    options = parser.parse_args()
    peers = [found for name in options.peer for found in peer(name)]
    for path in options.paths:
        compare(path, peers, options.runs, "yes" if options.couplings else "")


def compare(path: Path, peers: list[tuple[str, list[str]]], runs: int, couplings: str) -> None:
    """Measure everything in one tree. What changes it works on a copy."""
    print(f"{path.name}: {size(path)}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        tree, half, memory, out = (Path(folder, name) for name in ("tree", "half", "memory", "out.json"))
        shutil.copytree(path, tree, symlinks=True)
        halve(tree, half)
        scan = [sys.executable, "-c", SCAN, str(tree)]
        search = best(["rg", "-c", PATTERN, str(tree)], runs) if shutil.which("rg") else None
        show("ripgrep, one pattern", search, search)
        cold = best([*scan, "", couplings], runs)
        show("freehold, nothing kept", cold, search)
        show("freehold, filling a memory", measure([*scan, str(memory), couplings]), search)
        kept = best([*scan, str(memory), couplings], runs)
        show("freehold, all kept", kept, search)
        show("freehold, one file changed", changed(tree, [*scan, str(memory), couplings]), search)
        part = best([sys.executable, "-c", SCAN, str(half), "", couplings], runs)
        show(f"freehold, {size(half)}", part, search)
        others = [(name, best([word.format(path=tree, out=out) for word in command], 1)) for name, command in peers]
        for name, cost in others:
            show(name, cost, search)
        if search is not None:
            limit("nothing kept, wall beside ripgrep", cold.wall / search.wall, COLD)
            limit("all kept, wall beside ripgrep", kept.wall / search.wall, KEPT)
        for name, cost in others:
            limit(f"nothing kept, CPU beside {name}", cold.cpu / cost.cpu, PEER_SHARE)
        limit("memory, MB", cold.memory, MEGABYTES)
        share = weight(half) / weight(tree)
        print(f"    linear: {share:.0%} of the bytes in {part.cpu / cold.cpu:.0%} of the CPU time")


def peer(name: str) -> Iterator[tuple[str, list[str]]]:
    """Give a peer's name with its version and its command; nothing but a line on stderr where it is not to be had."""
    if name not in PEERS:
        yield name[:40], shlex.split(name)
        return
    for begin in PEERS[name]:
        if shutil.which(begin[0]) is None:
            continue
        told = subprocess.run([*begin, "--version"], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            version = re.search(r"\d+\.\d+[\w.]*", told.stdout)
            yield f"{name} {version[0] if version else 'of unknown version'}", [*begin, *OPTIONS[name]]
            return
    print(f"{name}: not on the path", file=sys.stderr)


def changed(tree: Path, scan: list[str]) -> Cost:
    """Scan after a line was added to the largest Python file that is small enough to be read."""
    files = (file for file in tree.rglob("*.py") if file.is_file() and file.stat().st_size < 1 << 20)
    file = max(files, key=lambda f: (f.stat().st_size, f))
    with file.open("a") as stream:
        stream.write("\n# one line more\n")
    return measure(scan)


def halve(tree: Path, half: Path) -> None:
    """Copy every other file."""
    for number, file in enumerate(sorted(f for f in tree.rglob("*") if f.is_file() and not f.is_symlink())):
        if number % 2:
            there = half / file.relative_to(tree)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, there)


def weight(path: Path) -> int:
    """Bytes of all files."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def size(path: Path) -> str:
    """How many files, and how large."""
    count = sum(1 for file in path.rglob("*") if file.is_file())
    return f"{count} files, {weight(path) / 1e6:.0f} MB"


def best(command: list[str], runs: int) -> Cost:
    """Give the fastest of some runs."""
    return min((measure(command) for _ in range(runs)), key=lambda cost: cost.wall)


def measure(command: list[str]) -> Cost:
    """Run a command once, in a process of its own, so that its children are counted with it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        begin = time.perf_counter()
        ran = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.perf_counter() - begin
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024} {ran.returncode}"
        os.write(writer, cost.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    wall, cpu, memory, code = map(float, os.read(reader, 200).split())
    os.close(reader)
    return Cost(wall, cpu, memory, int(code))


def show(name: str, cost: Cost | None, base: Cost | None) -> None:
    """Print one row."""
    if cost is None:
        print(f"  {name:36} not on the path")
        return
    times = f"{cost.wall / base.wall:6.1f} ×" if base else ""
    failed = f"  exit {cost.code}" if cost.code not in (0, 1) else ""
    print(f"  {name:36} {cost.wall:7.2f} s wall  {cost.cpu:7.2f} s CPU  {cost.memory:5.0f} MB  {times}{failed}")


def limit(what: str, measured: float, allowed: float) -> None:
    """Say whether a limit holds."""
    print(f"    {'holds' if measured <= allowed else 'FAILS'}: {what}: {measured:.2f} of {allowed:g}")


if __name__ == "__main__":
    main()
