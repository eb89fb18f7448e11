"""What is read below a root, and what is not."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from freehold.detect import detect
from freehold.errors import UsageError
from freehold.ignore import parse
from freehold.walk import Limits, walk


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def paths(root: Path, *below: Path, **options: object) -> list[str]:
    return [s.path for s in walk(root, below, **options).sources]  # type: ignore[arg-type]


def test_files_come_sorted_with_slashes_and_hidden_ones_too(tmp_path: Path) -> None:
    put(tmp_path, {"b.py": "1", "a/c.py": "2", ".github/workflows/ci.yml": "3", ".env": "4"})
    assert paths(tmp_path) == [".env", ".github/workflows/ci.yml", "a/c.py", "b.py"]


def test_what_tools_made_and_others_wrote_is_not_entered(tmp_path: Path) -> None:
    put(tmp_path, {".git/config": "x", "node_modules/x/index.js": "x", "a/__pycache__/x.py": "x", "main.py": "x"})
    put(tmp_path, {"pyproject.toml": "x", "build/lib/copy.py": "x", "docker/build/run.sh": "x", "model.bin": "x"})
    walked = walk(tmp_path)
    assert [s.path for s in walked.sources] == ["docker/build/run.sh", "main.py", "pyproject.toml"]
    assert walked.skipped == ("build", "node_modules")


def test_gitignore_holds_below_its_folder_and_can_take_back(tmp_path: Path) -> None:
    put(tmp_path, {".gitignore": "*.log\n/out/\nsecret.py\n", "out/a.py": "x", "deep/out/a.py": "x", "a.log": "x"})
    put(tmp_path, {"deep/secret.py": "x", "deep/kept/secret.py": "x", "deep/kept/.gitignore": "!secret.py\n"})
    assert paths(tmp_path) == [".gitignore", "deep/kept/.gitignore", "deep/kept/secret.py", "deep/out/a.py"]


def test_an_explicit_path_is_read_though_ignored_and_exclude_always_holds(tmp_path: Path) -> None:
    put(tmp_path, {".gitignore": "local.py\n", "local.py": "x", "x/local.py": "x", "x/y/z.py": "x", "x/b.py": "x"})
    assert paths(tmp_path, tmp_path / "local.py") == ["local.py"]
    assert paths(tmp_path, tmp_path / "x") == ["x/b.py", "x/y/z.py"]
    assert paths(tmp_path, exclude=("x/y/**", "x/b*")) == [".gitignore"]


def test_nothing_outside_the_root_is_opened(tmp_path: Path) -> None:
    put(tmp_path, {"outside/secret.py": "x", "root/a.py": "x"})
    root = tmp_path / "root"
    (root / "link.py").symlink_to("../outside/secret.py")
    (root / "folder").symlink_to("../outside")
    (root / "inside.py").symlink_to("a.py")
    walked = walk(root)
    assert [s.path for s in walked.sources] == ["a.py"]
    assert [(p.location.path, p.what) for p in walked.problems if p.location] == [
        ("folder", "a link out of the project: not followed"),
        ("link.py", "a link out of the project: not followed"),
    ]
    for given_path in (tmp_path / "outside", root / "folder", root / "nothing"):
        with pytest.raises(UsageError):
            walk(root, (given_path,))


def test_a_file_that_becomes_a_link_or_a_pipe_after_listing_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, {"a.py": "x", "b.py": "y", "secret.txt": "secret"})
    walked = walk(tmp_path)
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("/etc/hostname")
    (tmp_path / "b.py").unlink()
    os.mkfifo(tmp_path / "b.py")
    assert [s.data for s in walked.sources] == [b"", b"", b"secret"]
    assert [p.location.path for p in walked.problems if p.location] == ["a.py", "b.py"]


def test_limits_are_problems(tmp_path: Path) -> None:
    put(tmp_path, {"a.py": "x" * 11, "n.ipynb": "x" * 11, "d/e/f.py": "x", "z.py": "x"})
    walked = walk(tmp_path, limits=Limits(file_bytes=10, large_bytes=20, depth=1))
    read = {s.path: s.data for s in walked.sources}
    assert read == {"a.py": b"", "n.ipynb": b"x" * 11, "z.py": b"x"}
    assert [p.what for p in walked.problems] == [
        "11 bytes, more than the limit of 10".join(("could not be read: ", "")),
        "deeper than 1 folders: not read",
    ]
    few = walk(tmp_path, limits=Limits(files=2))
    assert few.files == 2
    assert few.problems[0].what == "more than 2 files: the rest was not read"


def test_hostile_names_are_names(tmp_path: Path) -> None:
    for name in (b"a\n::error::x.py", b"\x1b[31m.py", b"\xff\xfe.py", "gr\u00fcn.py".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    walked = walk(tmp_path)
    assert [s.path for s in walked.sources] == ["\x1b[31m.py", "\\xff\\xfe.py", "a\n::error::x.py", "gr\u00fcn.py"]
    assert all(s.data == b"x" for s in walked.sources)


def test_a_source_crosses_a_process_border_and_is_read_there(tmp_path: Path) -> None:
    put(tmp_path, {"a.py": "x", "b.py": "y"})
    here = walk(tmp_path)
    (tmp_path / "b.py").unlink()
    first, second = pickle.loads(pickle.dumps(here.sources))
    assert (first.path, first.data, first.trouble) == ("a.py", b"x", ())
    assert (second.data, [p.what for p in second.trouble]) == (b"", ["could not be read: No such file or directory"])
    assert here.problems == ()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patterns=st.lists(
        st.text("ab/*?!.[]-\\", min_size=1, max_size=8).filter(lambda p: not p.endswith(" ")), min_size=1, max_size=5
    ),
    names=st.lists(st.text("ab.", min_size=1, max_size=3).filter(lambda n: n.strip(".") != ""), min_size=1, max_size=3),
)
@example(patterns=["[\\a]"], names=["a"])
@example(patterns=["[?-/a]"], names=["a"])
@example(patterns=["[b-a]", "[--a]", "[a-]"], names=["a"])
@example(patterns=["[!a]b", "[]a]"], names=["ab", "a"])
@example(patterns=["?//"], names=["a", "a"])
def test_ignored_as_git_ignores(tmp_path: Path, patterns: list[str], names: list[str]) -> None:
    repository = tmp_path / "repository"
    if not repository.exists():
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
    (repository / ".gitignore").write_text("".join(f"{p}\n" for p in patterns))
    path = "/".join(names)
    asked = subprocess.run(["git", "-C", str(repository), "check-ignore", "-q", "--no-index", path], check=False)
    rules = parse(patterns)
    ours = any(rules.match("/".join(names[: i + 1]), folder=i + 1 < len(names)) is True for i in range(len(names)))
    assert ours == (asked.returncode == 0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_says_that_it_is_utf_16_is_read_as_such(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    (tmp_path / "requirements.txt").write_bytes((mark + "torch==2.9.0\r\nvllm==0.33.0\r\n").encode(encoding))
    (tmp_path / "broken.txt").write_bytes(b"\xff\xfea\0\xd8")  # half a character
    broken, requirements = walk(tmp_path).sources
    assert requirements.lines == ("torch==2.9.0", "vllm==0.33.0", "")
    assert broken.text.startswith("a")


def test_a_lock_file_may_be_large(tmp_path: Path) -> None:
    for name in ("uv.lock", "data.json"):
        (tmp_path / name).write_text("x" * 15)
    walked = walk(tmp_path, limits=Limits(file_bytes=10, large_bytes=20))
    assert [len(source.data) for source in walked.sources] == [0, 15]
    assert [p.what for p in (*detect(walked.sources).problems, *walked.problems)] == [
        "could not be read: 15 bytes, more than the limit of 10"
    ]
