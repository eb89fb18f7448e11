"""A snapshot is read strictly: every mistake at once, with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from freehold.errors import UsageError
from freehold.hub.snapshot import load
from freehold.types import Availability, Weight

GOOD = """\
schema = 1
name = "ours"
as-of = 2026-11-01

[[models]]
id = "org/Two"
availability = "gated"
gate = "manual"
license = "other"
license-name = "house"
bases = ["org/one"]
cite = "https://example.org/two"
weights = [{ path = "b.safetensors", size = 2 }, { path = "a.safetensors", size = 1, sha256 = "ab" }]

[[models]]
id = "org/one"
availability = "withdrawn"
cite = "a letter of 2026-10-01"
as-of = 2026-10-01
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "facts.toml"
    file.write_text(text, "utf-8")
    return file


def test_facts_carry_their_own_date_or_that_of_the_file(tmp_path: Path) -> None:
    snapshot = load(write(tmp_path, GOOD))
    assert [fact.id for fact in snapshot.facts] == ["org/Two", "org/one"]
    two = snapshot.find("ORG/two")
    assert two is not None
    assert (two.availability, two.gate, two.as_of) == (Availability.GATED, "manual", date(2026, 11, 1))
    assert two.weights == (Weight(path="a.safetensors", size=1, sha256="ab"), Weight(path="b.safetensors", size=2))
    one = snapshot.find("org/one")
    assert one is not None
    assert one.as_of == date(2026, 10, 1)
    assert one.commit is None
    assert snapshot.find("org/three") is None


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("schema = 1", "schema = 2"), 1, "schema 1, got 2"),
        (('availability = "gated"', 'availability = "opne"'), 7, "did you mean 'open'?"),
        (('"gated"', '"open"'), 8, "an open model has none"),
        (('id = "org/one"', 'id = "ORG/TWO"'), 16, "stands here twice"),
        (('cite = "a letter of 2026-10-01"\n', ""), 15, "cite: is missing"),
        (('license = "other"', 'licence = "other"'), 9, "did you mean 'license'?"),
        (("size = 2", "size = -2"), 13, "must be at least 0"),
        (('availability = "withdrawn"', 'availability = "api-only"'), 17, "is not one of"),
        (('name = "ours"', "name = "), 2, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(UsageError) as caught:
        load(write(tmp_path, GOOD.replace(*change)))
    assert f"facts.toml:{line}: " in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


def test_a_file_that_cannot_be_read_is_not_a_bug(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the snapshot"):
        load(tmp_path / "nowhere.toml")
