"""models.lock: what is written is read again, mistakes name their line, and nothing broken is overwritten."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold import lock as locks
from freehold.agreed import Accepted, Lock, Locked
from freehold.errors import LockError
from freehold.types import Availability, Weight

text = st.text(min_size=1, max_size=30).filter(str.strip)
optional = st.none() | st.text(max_size=30)
weights = st.builds(Weight, path=text, size=st.none() | st.integers(0, 2**62), sha256=st.none() | st.just("ab" * 32))
states = st.sampled_from([a for a in Availability if a is not Availability.UNKNOWN])
accepted = st.builds(Accepted, on=st.dates(), was=states, change=text)
entries = st.builds(
    Locked,
    name=text,
    ecosystem=text,
    availability=states,
    locked_on=st.dates(),
    seen_as=st.sampled_from([None, "anonymous", "token"]),
    line=optional,
    vendor=optional,
    id=optional,
    uid=optional,
    commit=optional,
    gate=st.sampled_from([None, "auto", "manual"]),
    license=optional,
    license_text_sha256=optional,
    bases=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    weights=st.lists(weights, max_size=3).map(lambda w: tuple(sorted(w, key=lambda x: (x.path, x.size or 0)))),
    accepted=st.lists(accepted, max_size=2).map(tuple),
)


@given(st.lists(entries, max_size=3, unique_by=lambda e: (e.ecosystem, e.name)))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, found: list[Locked]) -> None:
    file = tmp_path_factory.mktemp("lock") / "models.lock"
    lock = Lock(path="models.lock", entries=tuple(sorted(found, key=lambda e: (e.ecosystem, e.name))))
    locks.write(file, lock)
    again = locks.read(file)
    assert again is not None
    assert locks.render(again) == locks.render(lock)
    assert [(e.name, e.weights, e.accepted) for e in again.entries] == [
        (e.name, tuple(sorted(e.weights, key=lambda w: (w.path, w.size or 0))), e.accepted) for e in lock.entries
    ]


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert locks.read(tmp_path / "models.lock") is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("version = 1\n[[models]\n", "models.lock:2: not valid TOML"),
        ("version = 99\n", "has format version 99, this freehold reads 1"),
        ("[[models]]\nname='a'\n", "models.lock:1: version: is missing"),
        (
            "version = 1\n[[models]]\nname='a'\necosystem='e'\nstate='opne'\nlocked-on=2026-01-01\n",
            "models.lock:5: state: 'opne'",
        ),
        (
            "version = 1\n[[models]]\nname='a'\necosystem='e'\nstate='open'\nlocked-on='x'\n",
            "models.lock:6: locked-on: must be a date",
        ),
        ("version = 1\n[[models]]\nname='a'\necosystem='e'\nstate='open'\n", "models.lock:2: locked-on: is missing"),
        ("version = 1\nversoin = 2\n", "models.lock:2: unknown key 'versoin' (did you mean 'version'?)"),
        (
            "version = 1\n" + 2 * "[[models]]\nname='a'\necosystem='e'\nstate='open'\nlocked-on=2026-01-01\n",
            "is locked twice",
        ),
    ],
)
def test_a_broken_lock_says_where(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "models.lock"
    file.write_text(content)
    with pytest.raises(LockError) as caught:
        locks.read(file)
    assert complaint in caught.value.message
    assert file.read_text() == content


def test_bytes_that_are_no_text_are_a_broken_lock(tmp_path: Path) -> None:
    (tmp_path / "models.lock").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LockError, match="cannot be read"):
        locks.read(tmp_path / "models.lock")


def test_an_interrupted_write_leaves_the_old_lock_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "models.lock"
    file.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        locks.write(file, Lock(path="models.lock"))
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["models.lock"]


def test_the_text_is_made_for_review() -> None:
    entry = Locked(
        name="org/model",
        ecosystem="huggingface",
        availability=Availability.OPEN,
        locked_on=date(2026, 3, 1),
        weights=(Weight(path="b.safetensors", size=2), Weight(path="a.safetensors", size=1, sha256="00")),
    )
    assert locks.render(Lock(path="", entries=(entry,))).endswith(
        """
[[models]]
name = "org/model"
ecosystem = "huggingface"
state = "open"
locked-on = 2026-03-01
weights = [
  { path = "a.safetensors", size = 1, sha256 = "00" },
  { path = "b.safetensors", size = 2 },
]
"""
    )
