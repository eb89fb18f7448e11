"""What stayed is not read again, and nothing that changed is taken for what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold import walk as walking
from freehold.detect import Detection, detect, stamps
from freehold.detect.stamps import GRAIN, UNREADABLE, UNWANTED, Row, Tick, row, settled
from freehold.source import Stamp
from freehold.walk import walk

CODE = 'from transformers import AutoModel\nAutoModel.from_pretrained("nobody/{}")\n'
HOUR = 3_600_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text(CODE.format("one"))
    (root / "b.yaml").write_text("base_model: Nobody/Two-7B\n")
    (root / "c.html").write_text("<select><option>nobody/none</select>")
    (root / "d.other").write_text("nobody wants this")
    (root / "tokenizer.json").write_bytes(b'{"a": "' + b"a" * 2_000_000 + b'"}')  # nobody wants it, and it is too large
    (root / "report.json").write_text('{"tool": "freehold", "model": "nobody/reported-7B"}')
    (root / "large.yaml").write_bytes(b"model: a\n" * 200_000)
    return root


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened."""
    names: list[str] = []

    def spy(real: str, limit: int) -> tuple[bytes, os.stat_result]:
        if not real.endswith(".gitignore"):
            names.append(os.path.basename(real))
        return read(real, limit)

    read = walking._read
    monkeypatch.setattr(walking, "_read", spy)
    return names


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is there was there long ago."""
    monkeypatch.setattr(stamps, "GRAIN", -HOUR)


def scan(root: Path) -> Detection:
    return detect(walk(root).sources, memory=root.parent / "memory")


def names(found: Detection) -> set[str | None]:
    return {reference.name for reference in found.references}


@pytest.mark.usefixtures("old")
def test_what_stayed_is_not_opened(root: Path, opened: list[str]) -> None:
    first = scan(root)
    assert {"a.py", "b.yaml", "c.html", "large.yaml", "report.json"} == set(opened)
    assert names(first) == {"nobody/one", "Nobody/Two-7B"}  # a report of ours keeps nothing alive
    opened.clear()
    walked = walk(root)
    assert detect(walked.sources, memory=root.parent / "memory") == first
    assert opened == ["large.yaml"]  # cannot be read, and that is told each time
    assert [problem.location.path for problem in walked.problems if problem.location] == ["large.yaml"]


@pytest.mark.usefixtures("old")
def test_after_one_change_one_file_is_opened(root: Path, opened: list[str]) -> None:
    scan(root)
    (root / "a.py").write_text(CODE.format("another"))
    (root / "new.py").write_text(CODE.format("new"))
    (root / "b.yaml").unlink()
    opened.clear()
    assert names(scan(root)) == {"nobody/another", "nobody/new"}
    assert set(opened) == {"a.py", "new.py", "large.yaml"}
    opened.clear()
    assert names(scan(root)) == {"nobody/another", "nobody/new"}
    assert opened == ["large.yaml"]


def test_what_was_just_written_is_read_again(root: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It could be written again in the same tick of the clock, and look the same."""
    monkeypatch.setattr(stamps, "GRAIN", HOUR)
    for _ in range(3):
        opened.clear()
        scan(root)
        assert {"a.py", "b.yaml"} <= set(opened)


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("replaced", [False, True])
def test_the_same_size_and_a_restored_time_do_not_deceive(root: Path, replaced: bool) -> None:
    """In place the inode's own time tells, which nobody can set; another file has another inode."""
    assert "nobody/one" in names(scan(root))
    file = root / "a.py"
    before = file.stat()
    target = root.parent / "beside.py" if replaced else file
    while True:
        target.write_text(CODE.format("two"))
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
        if target.stat().st_ctime_ns != before.st_ctime_ns:
            break
    target.replace(file)
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    found = names(scan(root))
    assert "nobody/two" in found
    assert "nobody/one" not in found


@pytest.mark.usefixtures("old")
def test_a_link_in_its_place_is_not_followed(root: Path) -> None:
    """Not when it is there before the folders are listed, and not when it comes between."""
    scan(root)
    walked = walk(root)
    (root / "a.py").replace(root.parent / "secret.py")
    (root / "a.py").symlink_to(root.parent / "secret.py")
    assert names(detect(walked.sources, memory=root.parent / "memory")) == {"Nobody/Two-7B"}
    assert "a.py" in {problem.location.path for problem in walked.problems if problem.location}
    assert names(scan(root)) == {"Nobody/Two-7B"}


@pytest.mark.usefixtures("old")
def test_what_changes_after_it_was_listed_is_read_as_it_is(root: Path) -> None:
    scan(root)
    walked = walk(root)
    (root / "a.py").write_text(CODE.format("later"))
    assert "nobody/later" in names(detect(walked.sources, memory=root.parent / "memory"))
    (root / "a.py").write_text(CODE.format("last"))
    assert "nobody/last" in names(detect(walked.sources, memory=root.parent / "memory"))
    assert "nobody/last" in names(scan(root))


@pytest.mark.usefixtures("old")
def test_what_was_read_before_it_was_looked_up_is_read_again(root: Path) -> None:
    walked = walk(root)
    assert all(source.data is not None for source in walked.sources)
    (root / "a.py").write_text(CODE.format("later"))
    assert "nobody/later" in names(detect(walked.sources, memory=root.parent / "memory"))


@pytest.mark.usefixtures("old")
def test_what_could_not_be_read_and_now_can_is(root: Path) -> None:
    scan(root)
    (root / "large.yaml").write_text("base_model: Nobody/Small-1B\n")
    assert "Nobody/Small-1B" in names(scan(root))


@pytest.mark.usefixtures("old")
def test_one_wrong_byte_and_everything_is_read(root: Path, opened: list[str]) -> None:
    first = scan(root)
    (index,) = (root.parent / "memory").glob("*.index")
    data = bytearray(index.read_bytes())
    for at in (0, 40, 80, len(data) - 1):
        index.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        opened.clear()
        assert scan(root) == first
        assert "a.py" in opened
    index.write_bytes(data)
    index.rename(index.with_name("0.index"))
    (root.parent / "memory" / "0.index").rename(index)
    opened.clear()
    assert scan(root) == first
    assert "a.py" not in opened


@pytest.mark.usefixtures("old")
def test_the_index_of_another_project_says_nothing(root: Path) -> None:
    """Somebody moved one over ours: inodes and devices are of other files."""
    scan(root)
    other = root.parent / "other"
    other.mkdir()
    for file in root.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "a.py").write_text(CODE.format("two"))
    memory = root.parent / "memory"
    (ours,) = memory.glob("*.index")
    detect(walk(other).sources, memory=memory)
    (theirs,) = set(memory.glob("*.index")) - {ours}
    ours.replace(theirs)
    assert names(detect(walk(other).sources, memory=memory)) == {"nobody/two", "Nobody/Two-7B"}


DIGEST = bytes(range(32))
NOW = 1_800_000_000_000_000_000


def stamp(age: int, device: int = 1) -> Stamp:
    return 10, NOW - age, NOW - age, 77, device


def noted(age: int, seen: int, device: int = 1) -> Row:
    return (*stamp(age, device), seen, DIGEST)


@pytest.mark.parametrize(
    ("said", "before", "tick", "known"),
    [
        # on one file system: its own clock tells, whatever ours says
        (stamp(GRAIN + 1), None, Tick(NOW, 1, NOW), True),
        (stamp(GRAIN), None, Tick(NOW, 1, NOW), False),
        (stamp(0), None, Tick(NOW, 1, NOW), False),
        (stamp(0), None, Tick(NOW + HOUR, 1, NOW), False),  # we are ahead
        (stamp(HOUR), None, Tick(NOW - 2 * HOUR, 1, NOW), True),  # we are behind
        (stamp(-HOUR), None, Tick(NOW, 1, NOW), False),  # a time that has not come
        ((10, NOW - HOUR, NOW, 77, 1), None, Tick(NOW, 1, NOW), False),  # a restored time, a new inode's time
        # on another: seen twice, some time apart by our clock alone
        (stamp(HOUR, 2), None, Tick(NOW, 1, NOW), False),
        (stamp(HOUR, 2), noted(HOUR, NOW - GRAIN - 1, 2), Tick(NOW, 1, NOW), True),
        (stamp(HOUR, 2), noted(HOUR, NOW - GRAIN, 2), Tick(NOW, 1, NOW), False),
        (stamp(HOUR, 2), noted(HOUR + 1, NOW - HOUR, 2), Tick(NOW, 1, NOW), False),  # changed in between
        (stamp(HOUR, 2), noted(HOUR, NOW + HOUR, 2), Tick(NOW, 1, NOW), False),  # our clock went back
        (UNREADABLE, None, Tick(NOW, 1, NOW), True),
    ],
)
def test_what_is_clearly_older_than_its_reading_is_known(
    said: Stamp, before: Row | None, tick: Tick, known: bool
) -> None:
    made = row(said, DIGEST, before, tick)
    assert made[:5] == said
    assert made[6] == DIGEST
    assert settled(made, said) is known
    assert 0 <= made[5] <= tick.ours


def test_where_the_memory_lies_on_another_file_system_twice_seen_is_known(
    root: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "GRAIN", 0)
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == root.stat().st_dev:
        pytest.skip("there is one file system here")
    with TemporaryDirectory(dir=elsewhere) as folder:
        read = []
        for _ in range(3):
            opened.clear()
            assert names(detect(walk(root).sources, memory=Path(folder))) == {"nobody/one", "Nobody/Two-7B"}
            read.append("a.py" in opened)
        assert read == [True, True, False]


ROWS = st.dictionaries(
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=9),
    st.tuples(
        st.integers(0, 2**64 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**63 - 1),
        st.sampled_from([DIGEST, UNWANTED]),
    ),
)


@given(rows=ROWS, about=st.binary(min_size=32, max_size=32))
def test_notes_are_read_as_they_were_written(rows: dict[str, Row], about: bytes) -> None:
    assert stamps.unpack(stamps.pack(rows, about), about) == rows
    assert stamps.unpack(stamps.pack(rows, about), DIGEST if about != DIGEST else UNWANTED) == {}


@given(st.binary(max_size=300))
def test_anything_else_is_no_note(data: bytes) -> None:
    assert stamps.unpack(data, bytes(32)) == {}


EDIT = st.tuples(
    st.sampled_from(["a.py", "b.py"]), st.sampled_from(["one", "two", "six", "three", ""]), st.booleans(), st.booleans()
)


@given(edits=st.lists(EDIT, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_whatever_is_edited_and_backdated_the_answer_is_that_of_a_cold_scan(
    edits: list[tuple[str, str, bool, bool]],
) -> None:
    """As soon as the file system's own clock has moved on, which is all that is asked of a fine one."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stamps, "GRAIN", 0)
        root = Path(folder) / "project"
        root.mkdir()
        for name, said, replaced, backdated in edits:
            file = root / name
            target = root.parent / "new" if replaced else file
            target.write_text(CODE.format(said) if said else "")
            if backdated:
                os.utime(target, ns=(1, 1))
            target.replace(file)
            assert scan(root) == detect(walk(root).sources)


def test_what_is_kept_needs_no_reader_of_anything(root: Path) -> None:
    """Neither the rules nor a grammar, a client or a console are loaded for an answer that is known."""
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from freehold.detect import detect, stamps\nfrom freehold.walk import walk\n"
        f"stamps.GRAIN = -{HOUR}\n"
        "found = detect(walk(Path(sys.argv[1])).sources, memory=Path(sys.argv[2]))\n"
        "assert len(found.references) == 2\n"
        "print(*sorted(sys.modules))\n"
    )
    ran = [sys.executable, "-c", code, str(root), str(root.parent / "memory")]
    first = set(subprocess.run(ran, capture_output=True, text=True, check=True).stdout.split())
    second = set(subprocess.run(ran, capture_output=True, text=True, check=True).stdout.split())
    heavy = {"yaml", "tomli", "packaging", "freehold.detect.python", "freehold.detect.calls"}
    assert heavy <= first
    assert sorted(second & {*heavy, "tree_sitter", "rich", "huggingface_hub", "concurrent.futures", "tempfile"}) == []
