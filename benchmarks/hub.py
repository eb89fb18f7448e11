"""How long settling 300 models of 40 vendors takes against a local Hub that answers after 100 ms; how many requests.

    python benchmarks/hub.py [MODELS] [MILLISECONDS]

Prints wall time, CPU time and requests of a cold run, of one with a cache in which nothing changed, and of one on a
fresh machine that has the lockfile only. The Hub runs in a process of its own on the same machine. The design's limits
are 4 s cold and 1 s unchanged, beside the program's start. A benchmark informs; no test asserts a time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
VENDORS = 40
TODAY = date(2026, 11, 22)
SERVER = """
import sys
sys.path.insert(0, sys.argv[1])
from hub import LocalHub, model, weight
hub = LocalHub(latency=int(sys.argv[2]) / 1000)
hub.quota.limits["api"] = 1_000_000
hub.catalog.add(*(model(name, weight("model.safetensors", 2_000, name)) for name in sys.argv[3:]))
with hub:
    print(hub.endpoint, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Measure and print."""
    from freehold.agreed import Lock
    from freehold.hub.client import Hub
    from freehold.hub.snapshot import Snapshot
    from freehold.lock import entry
    from freehold.resolve import resolve
    from freehold.types import Location, Model, Reference, Role
    from freehold.vendors.lines import Vendors

    count, latency = (int(word) for word in (*sys.argv[1:], "300", "100")[:2])
    names = sorted(f"vendor-{n % VENDORS:02d}/model-{n:04d}" for n in range(count))
    place = Location(path="app.py")
    loads = [
        Reference(name=n, written=n, ecosystem="huggingface", role=Role.LOAD, location=place, how="call") for n in names
    ]
    vendors, nothing, lock = Vendors.load(), Snapshot("none", TODAY), None
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(TESTS), str(latency), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    endpoint = server.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as folder:
        for what, cache in (("cold", Path(folder)), ("unchanged", Path(folder)), ("lockfile only", None)):
            hub = Hub(endpoint, today=TODAY, cache=cache)
            wall, cpu = time.perf_counter(), time.process_time()
            found = resolve(loads, lock=lock, snapshot=nothing, vendors=vendors, hub=hub, today=TODAY)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"{what:14} {wall:6.2f} s wall {cpu:6.2f} s CPU {hub.requests:5} requests")
            entries = tuple(entry(model, TODAY, "anonymous") for model in found if isinstance(model, Model))
            lock = Lock(path="models.lock", entries=entries) if what == "unchanged" else None
    server.communicate()


if __name__ == "__main__":
    main()
