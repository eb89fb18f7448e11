"""Environment files: `.env`, `.env.example`, `prod.env`. What is commented out is a mention."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from freehold.detect import flags
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
_OPEN = re.compile(r"(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)=(?P<quote>[`'\"]?)(?P<text>[ \t]*[\[{].*)")
#: A longer line holds a certificate or a token.
MAX_LINE = 4_000
#: So many settings before and behind one say what it is: of all in a file, each would be asked for each.
NEAR = 60


def wants(source: Source) -> bool:
    """By name."""
    name = source.name
    return (
        "env" in name.lower() and _NAME.fullmatch(name) is not None and not name.endswith((".py", ".ts", ".js", ".md"))
    )


def find(source: Source, calls: Calls) -> Found:
    """Give what an environment file sets, and what it suggests in comments."""
    live, off = Notes(source, calls), Notes(source, calls, Role.MENTION)
    lines = ((source.offset(n), line) for n, line in enumerate(source.lines, 1) if len(line) <= MAX_LINE)
    found = [(at, match) for at, line in lines if (match := _LINE.fullmatch(line)) is not None]
    for name, text, at in _blocks(source):
        live.assign(name, text, at, "env")
    for begin in range(0, len(found), NEAR):
        around = found[max(0, begin - NEAR) : begin + 2 * NEAR]
        others = {match["name"]: _value(match)[0] for _, match in around if match["off"] is None}
        for at, match in found[begin : begin + NEAR]:
            text, shift = _value(match)
            notes = live if match["off"] is None else off
            notes.assign(match["name"], text, at + shift, "env", others)
            if text.startswith("--"):  # `VLLM_ARGS=--model org/name`
                flags.read(text, at + shift, notes)
    return Found(
        references=(*live.references, *off.references),
        problems=(*live.problems, *off.problems),
        clues=live.found().clues,
    )


def _value(line: re.Match[str]) -> tuple[str, int]:
    group = next(g for g in ("double", "single", "bare") if line[g] is not None)
    return line[group], line.start(group)


def _blocks(source: Source) -> Iterator[tuple[str, str, int]]:
    """Values over several lines, such as a list of models in JSON: name, text, offset."""
    ends: dict[str, list[int]] = {quote: [] for quote in ("", "`", "'", '"')}
    for number, line in enumerate(source.lines):
        for quote, numbers in ends.items():
            if line.rstrip().endswith(("]" + quote, "}" + quote)):
                numbers.append(number)
    done = -1
    for number, line in enumerate(source.lines):
        opened = _OPEN.match(line) if number > done and len(line) <= MAX_LINE else None
        if opened is None:
            continue
        later = ends[opened["quote"]]
        index = bisect_right(later, number)
        if index == len(later):
            continue
        done = later[index]
        begin = source.offset(number + 1) + opened.start("text")
        end = source.offset(done + 1) + len(source.lines[done].rstrip()) - len(opened["quote"])
        yield opened["name"], source.text[begin:end], begin
