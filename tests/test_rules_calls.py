"""rules/calls: every file is well formed, and every Python example in it is seen as it says."""

from __future__ import annotations

import pytest

from freehold.detect import detect
from freehold.detect.calls import Example, load
from freehold.detect.python_filter import filter_of
from freehold.source import Source
from freehold.types import Role

CALLS = load()
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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.library}:{e.line}")
def test_an_example_is_seen_as_it_says(example: Example) -> None:
    assert told(example) == set(example.expect)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.expect], ids=lambda e: f"{e.library}:{e.line}")
def test_the_filter_before_the_parser_lets_every_example_pass(example: Example) -> None:
    assert filter_of(CALLS).relevant("a.py", example.text.encode())


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
