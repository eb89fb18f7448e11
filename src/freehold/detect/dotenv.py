"""Environment files: `.env`, `.env.example`, `prod.env`. What is commented out is a mention."""

from __future__ import annotations

import re

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

_NAME = re.compile(
    r"(?:.*\.)?(?:env|envrc)(?:[._-][\w.-]+)?|env[._-](?:example|sample|template|dist)|dotenv(?:[._-].+)?",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"[ \t]*(?P<off>#+[ \t]*)?(?:export[ \t]+|set[ \t]+)?(?P<name>[A-Za-z_][\w.]*)[ \t]*=[ \t]*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s#]*(?:[ \t]+[^\s#]+|(?<=\S)#[^\s#]*)*))[ \t]*(?:#.*)?"
)
#: A longer line holds a certificate or a token.
MAX_LINE = 4_000


def wants(source: Source) -> bool:
    """By name."""
    return _NAME.fullmatch(source.name) is not None and not source.name.endswith((".py", ".ts", ".js", ".md"))


def find(source: Source, calls: Calls) -> Found:
    """Give what an environment file sets, and what it suggests in comments."""
    live, off = Notes(source, calls), Notes(source, calls, Role.MENTION)
    lines = ((source.offset(n), line) for n, line in enumerate(source.lines, 1) if len(line) <= MAX_LINE)
    found = [(at, match) for at, line in lines if (match := _LINE.fullmatch(line)) is not None]
    others = {match["name"]: _value(match)[0] for _, match in found if match["off"] is None}
    for at, match in found:
        text, shift = _value(match)
        notes = live if match["off"] is None else off
        notes.assign(match["name"], text, at + shift, "env", others)
    return Found(
        references=(*live.references, *off.references),
        problems=(*live.problems, *off.problems),
        clues=tuple(live.clues),
    )


def _value(line: re.Match[str]) -> tuple[str, int]:
    group = next(g for g in ("double", "single", "bare") if line[g] is not None)
    return line[group], line.start(group)
