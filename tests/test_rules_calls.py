"""rules/calls: every file is well formed, and every Python example in it is seen as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from freehold.detect import detect
from freehold.detect.calls import Example, load
from freehold.detect.python_filter import filter_of
from freehold.errors import RulesError
from freehold.rules import documents
from freehold.source import Source
from freehold.types import Role
from freehold.vendors.names import ECOSYSTEMS, MORE_ECOSYSTEMS

CALLS = load()
#: Where weights are looked up, and what has none.
NOT_APIS = {
    "kaggle",
    *("any", "huggingface", "modelscope", "ollama", "gguf", "weights", "local"),
    *("clip", "coqui", "demucs", "docker", "flair", "flashrank", "jumpstart", "keras", "mlc", "nemo", "open_clip"),
    *("gensim", "spacy", "tfhub", "timm", "torchaudio", "torchhub", "torchvision", "whisper"),
    *("facenet-pytorch", "facexlib", "insightface", "openwakeword", "rembg", "roboflow", "vosk"),
}
EXAMPLES = [e for e in CALLS.examples if e.language == "python"]


def told(example: Example) -> set[str]:
    """The loads of an example, as examples write them."""
    found = detect([Source(path="app/main.py", data=example.text.encode())])
    assert found.problems == ()
    names = set()
    for reference in found.references:
        if reference.role is Role.LOAD and reference.name is not None:
            name = reference.name if reference.ecosystem == "huggingface" else f"{reference.ecosystem}:{reference.name}"
            names.add(f"{name}@{reference.revision}" if reference.revision else name)
    return names


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.library}:{e.number}")
def test_an_example_is_seen_as_it_says(example: Example) -> None:
    assert told(example) == set(example.expect)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.expect], ids=lambda e: f"{e.library}:{e.number}")
def test_the_filter_before_the_parser_lets_every_example_pass(example: Example) -> None:
    assert filter_of(CALLS).hits(example.text.encode())


def test_every_library_has_an_example_that_fires_and_one_that_does_not() -> None:
    fires = {e.library for e in CALLS.examples if e.expect or e.couplings}
    silent = {e.library for e in CALLS.examples if not (e.expect or e.couplings)}
    ids = {library.id for library in CALLS.libraries}
    assert ids - fires == set()
    assert ids - silent == set()


def test_every_call_of_python_stands_in_an_import_root_or_takes_any_receiver() -> None:
    roots = {library.id: library.modules for library in CALLS.libraries}
    for call in CALLS.calls:
        if call.language == "python" and not call.name.startswith("*"):
            assert "." in call.name, call.name
            assert roots[call.library], call.library


@pytest.mark.parametrize(
    ("against", "accepted"),
    [
        ('"PyPI package summoner 1.2.0"', True),
        ('["npm package @summoner/sdk 3.0.1", "repository summoner/summoner 0123abc", "documentation"]', True),
        ('"PyPI package summoner"', False),
        ('["documentation", "memory"]', False),
        ("7", False),
    ],
)
def test_a_file_says_what_it_was_held_against(tmp_path: Path, against: str, accepted: bool) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "summoner.toml").write_text(
        'id = "summoner"\ntitle = "Summoner"\nsource = "https://summoner.example"\n'
        f"checked-on = 2026-11-22\nchecked-against = {against}\n"
    )
    if accepted:
        assert load(tmp_path).library("summoner").checked_against != ()
    else:
        with pytest.raises(RulesError, match=r"summoner\.toml:5: checked-against"):
            load(tmp_path)


def test_every_file_of_ours_was_held_against_something() -> None:
    assert [library.id for library in CALLS.libraries if not library.checked_against] == []
    names = [d.table().data for d in documents("names")]
    assert [name["id"] for name in names if not name.get("checked-against")] == []


def test_what_is_called_chooses_the_default_where_no_argument_does(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "summoner.toml").write_text(
        'id = "summoner"\ntitle = "Summoner"\nsource = "https://summoner.example"\nchecked-on = 2026-11-22\n'
        '[[calls]]\nname = ["summoner.Demon", "summoner.Imp"]\nargument = ["model"]\necosystem = "openai"\n'
        'defaults = { Demon = "big-1", Imp = "small-1" }\ndefault-source = "https://summoner.example/defaults"\n'
    )
    calls = [call for call in load(tmp_path).calls if call.library == "summoner"]
    assert {call.name: call.default for call in calls} == {"summoner.Demon": "big-1", "summoner.Imp": "small-1"}


def test_an_ecosystem_of_an_api_is_the_word_of_the_vendors_for_it() -> None:
    """Else what the detectors find is never looked up there: `zhipuai` for `zhipu`."""
    rows = (*CALLS.libraries, *CALLS.calls, *CALLS.keys, *CALLS.flags, *CALLS.environment)
    own = {row.ecosystem for row in rows} | {e for library in CALLS.libraries for e in library.prefixes.values()}
    assert {ecosystem for ecosystem in own if ecosystem} - NOT_APIS <= {*ECOSYSTEMS, *MORE_ECOSYSTEMS}
