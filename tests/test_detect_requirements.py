"""Requirements meet their lock files, and includes are found whatever they are called."""

from __future__ import annotations

from freehold.detect import detect
from freehold.source import Source

UV_LOCK = b"""
version = 1

[[package]]
name = "torch"
version = "2.9.1"

[[package]]
name = "numpy"
version = "2.3.0"
"""


def test_a_lock_file_beside_or_above_gives_the_version() -> None:
    """What is asked for gets its locked version; what only the lock file knows is not asked for."""
    found = detect([
        Source("pyproject.toml", b'[project]\ndependencies = ["Torch>=2.6", "vllm"]\n'),
        Source("services/api/requirements.txt", b"torch\n"),
        Source("uv.lock", UV_LOCK),
    ])  # fmt: skip
    told = [(r.location.path, r.name, r.specifier, r.version) for r in found.requirements]
    assert told == [
        ("pyproject.toml", "torch", ">=2.6", "2.9.1"),
        ("pyproject.toml", "vllm", "", None),
        ("services/api/requirements.txt", "torch", "", "2.9.1"),
    ]


def test_the_lock_file_of_another_project_says_nothing() -> None:
    """A lock file deeper in the tree belongs to what is beside it."""
    found = detect([Source("requirements.txt", b"torch\n"), Source("other/uv.lock", UV_LOCK)])
    assert [(r.name, r.version) for r in found.requirements] == [("torch", None)]


def test_an_included_file_is_read_under_any_name() -> None:
    """`-r deps/base.txt` names a file inside the project: it is walked, and recognised by what it holds."""
    found = detect([
        Source("requirements.txt", b"-r deps/base.txt\n-c /etc/limits.txt\n"),
        Source("deps/base.txt", b"# ours\ntransformers>=4.57\npeft\n"),
        Source("deps/notes.txt", b"transformers>=4.57 was tried.\nIt worked.\n"),
    ])  # fmt: skip
    assert [(r.location.path, r.name) for r in found.requirements] == [
        ("deps/base.txt", "transformers"),
        ("deps/base.txt", "peft"),
    ]
    assert [(p.location.line if p.location else 0, p.what) for p in found.problems] == [
        (2, "includes a file outside the project, which is not read")
    ]
