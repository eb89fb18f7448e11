"""A snapshot is read strictly: every mistake at once, with its line."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import UsageError
from freehold.hub.snapshot import STATES, export, load
from freehold.types import Availability, LicenseClaim, Model, Origin, Unresolved, Weight

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


# --- export

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
MODELS = st.builds(
    Model,
    name=TEXTS,
    ecosystem=st.just("huggingface"),
    availability=st.sampled_from([Availability(state) for state in STATES]),
    origin=st.builds(Origin, source=st.just("hub"), as_of=st.dates()),
    id=st.one_of(st.none(), TEXTS),
    uid=st.one_of(st.none(), TEXTS),
    commit=st.one_of(st.none(), TEXTS),
    gate=st.sampled_from([None, "auto", "manual"]),
    license=st.one_of(st.none(), st.builds(LicenseClaim, expression=st.none(), source=st.just("declared"), tag=TEXTS)),
    bases=st.lists(TEXTS, max_size=2).map(tuple),
    weights=st.lists(st.builds(Weight, path=TEXTS, size=st.integers(0, 10**12)), max_size=2).map(tuple),
)


@given(st.lists(MODELS, max_size=3, unique_by=lambda m: m.name.lower()))
def test_what_is_exported_can_be_read_and_says_the_same(models: list[Model]) -> None:
    text = export(models, name="ours", endpoint="https://hub.example", seen_as="token", as_of=date(2026, 11, 22))
    with tempfile.TemporaryDirectory() as folder:
        snapshot = load(write(Path(folder), text))
    assert len(snapshot.facts) == len(models)
    for model in models:
        fact = snapshot.find(model.name)
        assert fact is not None
        assert (fact.id, fact.availability, fact.as_of) == (model.name, model.availability, model.origin.as_of)
        assert (fact.uid, fact.commit, fact.bases) == (model.uid, model.commit, model.bases)
        assert fact.license == (model.license.tag if model.license else None)
        assert fact.weights == tuple(sorted(model.weights))
        assert fact.seen_as == "token"


def test_what_nobody_knows_is_not_exported() -> None:
    today = date(2026, 11, 22)
    origin = Origin(source="hub", as_of=today)
    rules = Origin(source="rules", as_of=today)
    models = [
        Unresolved(name="a/a", ecosystem="huggingface", reason="no answer", origin=origin),
        Model(name="b/b", ecosystem="huggingface", availability=Availability.NOT_FOUND, origin=origin),
        Model(name="gpt", ecosystem="openai", availability=Availability.API_ONLY, origin=rules),
    ]
    text = export(models, name="ours", endpoint="https://hub.example", seen_as="anonymous", as_of=today)
    assert text == 'schema = 1\nname = "ours"\nas-of = 2026-11-22\n'
