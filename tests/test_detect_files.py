"""The examples under tests/spec/detect hold: every `finds` block says exactly what the block before it gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from freehold.detect import Detection, detect, read
from freehold.detect.found import Settings
from freehold.source import Source
from freehold.types import Location, Reference, Role

SPEC = Path(__file__).parent / "spec" / "detect"
EXAMPLE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})\w+ (?P<path>\S+)\n(?P<text>.*?)^(?P=fence)\n```finds\n(?P<finds>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


def examples() -> list[object]:
    """Every example of every spec file, named by file and line."""
    return [
        pytest.param(
            m["path"], m["text"], m["finds"], id=f"{file.stem}:{text.count(chr(10), 0, m.start()) + 1}:{m['path']}"
        )
        for file in sorted(SPEC.glob("*.md"))
        for text in [file.read_text("utf-8")]
        for m in EXAMPLE.finditer(text)
    ]


def told(detection: Detection) -> list[str]:
    """The detection in the words of the spec files, candidates left out."""
    return [
        *(reference(r) for r in detection.references if r.role is not Role.CANDIDATE),
        *(
            " ".join(
                filter(
                    None,
                    (f"{place(r.location)} requires {r.name} {r.specifier}".strip(), r.version and f"at {r.version}"),
                )
            )
            for r in detection.requirements
        ),
        *(f"{p.location.line if p.location else 0}: problem {p.what}" for p in detection.problems),
    ]


def reference(found: Reference) -> str:
    """One line: place, role, ecosystem, name, and what else was asked for."""
    extra = (
        f"@{found.revision}" if found.revision else "",
        f"file {found.file}" if found.file else "",
        "remote-code" if found.remote_code else "",
        found.reason or "" if found.name is None else "",
    )
    head = f"{place(found.location)} {found.role} {found.ecosystem} {found.name or '?'}"
    return " ".join([head, *filter(None, extra)])


def place(location: Location) -> str:
    """Line and column."""
    return f"{location.line}:{location.column}"


@pytest.mark.parametrize(("path", "text", "finds"), examples())
def test_example(path: str, text: str, finds: str) -> None:
    """What the user gets for this file is what the spec says, no more and no less."""
    assert sorted(told(detect([Source(path, text.encode())]))) == sorted(finds.splitlines())


@pytest.mark.parametrize(("path", "text", "finds"), examples())
def test_windows_line_ends_and_a_mark_do_not_move_places(path: str, text: str, finds: str) -> None:
    """The same file from Windows gives the same lines and columns."""
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert sorted(told(detect([Source(path, data)]))) == sorted(finds.splitlines())


def test_a_word_is_kept_once_under_the_same_keys() -> None:
    """What is nothing by itself, and stands in a table of data a thousand times, is one setting for the code."""
    source = Source(
        "tuned.yaml",
        b"a: [fast, fast, slow]\nb: fast\nc: [{d: fast}, {d: fast}, {d: nobody/Net-1}, {d: nobody/Net-1}]\n",
    )
    settings = [s for c in read(source).clues if isinstance(c, Settings) for s in c.told()]
    assert [(s.keys, s.value, s.location.line) for s in settings] == [
        (("a",), "fast", 1),
        (("a",), "slow", 1),
        (("b",), "fast", 2),
        (("c", "d"), "fast", 3),
        (("c", "d"), "nobody/Net-1", 3),
        (("c", "d"), "nobody/Net-1", 3),
    ]
