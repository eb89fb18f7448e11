"""Every example in rules/calls that is not Python holds: what fires gives just these names, what is silent none."""

from __future__ import annotations

import pytest

from freehold.detect import detect
from freehold.detect.calls import Example, Flag, load
from freehold.detect.flags import quiet
from freehold.source import Source
from freehold.types import Reference, Role

PATHS = {
    **{language: f"settings.{language}" for language in ("yaml", "json", "toml", "ini")},
    "env": ".env",
    "bicep": "main.bicep",
    "terraform": "main.tf",
    "shell": "run.sh",
    "dockerfile": "Dockerfile",
    "modelfile": "Modelfile",
    "markdown": "notes.md",
    "typescript": "main.ts",
    "javascript": "main.js",
}
EXAMPLES = [e for e in load().examples if e.language in PATHS]


def written(reference: Reference) -> str:
    """As `expect` writes it: the ecosystem only where it is not the Hub."""
    ecosystem = "" if reference.ecosystem == "huggingface" else f"{reference.ecosystem}:"
    revision = f"@{reference.revision}" if reference.revision else ""
    return f"{ecosystem}{reference.name}{revision}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.library}:{e.number}")
def test_example(example: Example) -> None:
    """The file that says what a library looks like is right about it."""
    found = detect([Source(PATHS[example.language], example.text.encode())])
    loads = [written(r) for r in found.references if r.role is Role.LOAD and r.name is not None]
    assert sorted(loads) == sorted(e.removeprefix("huggingface:") for e in example.expect)


def test_every_tool_fires_and_is_silent() -> None:
    """A rule that never fires, or always does, is no rule."""
    for library in {e.library for e in EXAMPLES}:
        own = [e for e in load().examples if e.library == library]
        assert any(e.expect or e.couplings for e in own), library
        assert any(not (e.expect or e.couplings) for e in own), library


@pytest.mark.parametrize("flag", load().flags, ids=lambda f: " ".join((f.library, *f.program, *f.flag)))
def test_no_command_that_a_rule_speaks_of_is_let_go(flag: Flag) -> None:
    """Whatever is left out before it is taken apart, no flag of any rule is, however it is spelled."""
    calls = load()
    for option in flag.flag or ("",):
        name = option.lstrip("-")
        other = option.removesuffix(name) + name.replace("-", "_")
        for spelled in (option, other, f"{option}=name") if option else ("",):
            words = [*flag.program, *filter(None, (spelled,)), "name"]
            assert not quiet(words, calls)
            if flag.program:
                assert not quiet([f"/opt/bin/{words[0]}", *words[1:]], calls)
