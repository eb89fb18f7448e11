"""What the same files said the last time, kept below the user's cache folder.

The key is everything that the answer depends on: every file that a detector wants, by path and content, the rules, and
this package itself. What is kept is plain JSON, written at once or not at all; whatever is wrong with it, the files are
read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from freehold.rules import rules_dir
from freehold.source import Source
from freehold.types import Location, Problem, Reference, Requirement, Role

KEPT = 40  # answers, the oldest go first
MAX_BYTES = 50_000_000

Answer = tuple[tuple[Reference, ...], tuple[Requirement, ...], tuple[Problem, ...]]


def key(sources: Iterable[Source]) -> str:
    """Give the name under which the answer for these files is kept."""
    total = hashlib.sha256(_makers())
    for source in sources:
        total.update(source.path.encode("utf-8", "surrogatepass") + b"\0")
        total.update(hashlib.sha256(source.data).digest())
        if (forget := getattr(source, "forget", None)) is not None:
            forget()
    return total.hexdigest()


def _makers() -> bytes:
    """The rules and the code that make the answer."""
    total = hashlib.sha256()
    here = Path(__file__).parent
    files = [*here.glob("*.py"), here.parent / "source.py", here.parent / "walk.py"]
    for file in (*sorted(files), *sorted(rules_dir().glob("calls/*.toml")), *sorted(rules_dir().glob("names/*.toml"))):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.digest()


def recall(folder: Path, name: str) -> Answer | None:
    """Give the answer that is kept under a name, or None."""
    try:
        file = folder / f"{name}.json"
        if file.stat().st_size > MAX_BYTES:
            return None
        kept = json.loads(file.read_bytes())
        return (
            tuple(_reference(r) for r in kept["references"]),
            tuple(_requirement(r) for r in kept["requirements"]),
            tuple(Problem(**{**p, "location": _location(p["location"])}) for p in kept["problems"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def remember(folder: Path, name: str, answer: Answer) -> None:
    """Keep an answer. A cache that cannot be written is no error."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        kept = dict(
            zip(("references", "requirements", "problems"), ([asdict(x) for x in part] for part in answer), strict=True)
        )
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="ascii") as file:
            json.dump(kept, file)
        os.replace(file.name, folder / f"{name}.json")
        for old in sorted(folder.glob("*.json"), key=lambda f: f.stat().st_mtime)[:-KEPT]:
            old.unlink()


def _location(data: dict[str, Any] | None) -> Location | None:
    return None if data is None else Location(**data)


def _reference(data: dict[str, Any]) -> Reference:
    return Reference(**{**data, "role": Role(data["role"]), "location": Location(**data["location"])})


def _requirement(data: dict[str, Any]) -> Requirement:
    if data["license"] is not None:
        raise ValueError("a scan knows no licenses")
    return Requirement(**{**data, "location": Location(**data["location"])})
