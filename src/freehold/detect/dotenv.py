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
    r"^[ \t]*(?P<off>#+[ \t]*)?(?:export[ \t]+|set[ \t]+)?(?P<name>[A-Za-z_][\w.]*)[ \t]*=[ \t]*"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\n#]*?(?:(?<=\S)#[^\n]*?)?))"
    r"[ \t]*(?:[ \t]#[^\n]*)?\r?$",
    re.MULTILINE,
)


def wants(source: Source) -> bool:
    """By name."""
    return _NAME.fullmatch(source.name) is not None and not source.name.endswith((".py", ".ts", ".js", ".md"))


def find(source: Source, calls: Calls) -> Found:
    """Give what an environment file sets, and what it suggests in comments."""
    live, off = Notes(source, calls), Notes(source, calls, Role.MENTION)
    found = list(_LINE.finditer(source.text))
    others = {f["name"]: _value(f)[0] for f in found if f["off"] is None}
    for line in found:
        text, at = _value(line)
        (live if line["off"] is None else off).assign(line["name"], text, at, "env", others)
    return Found(
        references=(*live.references, *off.references),
        problems=(*live.problems, *off.problems),
        clues=tuple(live.clues),
    )


def _value(line: re.Match[str]) -> tuple[str, int]:
    group = next(g for g in ("double", "single", "bare") if line[g] is not None)
    return line[group], line.start(group)
