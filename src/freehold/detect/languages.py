"""Languages that have no parser here: Java, Kotlin, Scala, Go, C#, Rust, PHP, Ruby, Swift, Dart, Elixir.

Line by line, and only names that are certainly those of models: what a name that speaks of models is set to, what is
given to a method of such a name or beside such a word, the lines of a list that is called so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import Sure, identify
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

_ENDINGS = tuple(
    f".{ending}"
    for ending in "java kt kts scala groovy go cs rs php rb swift dart ex exs".split()  # noqa: SIM905
)
MAX_BYTES = 500_000
MAX_LINE = 2_000
MAX_LISTED = 500
_COMMENT = re.compile(r"[ \t]*(?://|#(?!\[)|/?\*|--)")
#: What a line must have that says something: few do.
_SPEAKS = re.compile(r"odel|ODEL|[Ll]lm|LLM|mbedding|MBEDDING|eployment")
_TRAILING = re.compile(r"(?<=[\s;{},)])//")
_SAID = r"(?=\w{0,60}(?:[Mm]odel|MODEL|[Ll]lm|LLM|[Ee]mbedding|EMBEDDING|[Dd]eployment))\w{2,80}"
_TEXT = r"[\"']([^\"'\\\n]{2,200})[\"']"
_SET = re.compile(
    rf"\b{_SAID}[\"']?(?:[ \t]*:[ \t]*&?[\w<>?&'. ]{{1,40}}|[ \t]+string)?[ \t]*"
    rf"(?::=|=>|(?<![=!<>])=(?![=>~])|:)[ \t]*{_TEXT}"
)
_GIVEN = re.compile(rf"\b{_SAID}\([ \t]*(?:\w+[ \t]*[:=][ \t]*)?{_TEXT}[ \t]*[,)]")
_BESIDE = re.compile(rf"[\"'](?:[\w-]{{1,40}}\.){{0,8}}{_SAID}[\"'][ \t]*,[ \t]*{_TEXT}[ \t]*\)")
#: How these languages call what tests.
_TEST = re.compile(
    r"(?:(?:^|/)(?:test_[^/]*|tests?)|_(?:test|spec)|(?:Tests?|Spec|IT))\.\w+\Z|(?i:(?:^|/)(?:tests?|specs?)/)"
)
#: Rust has them at the end of a module.
_TESTS_BEHIND = "#[cfg(test)]"
#: What Spring fills in if nobody sets it.
_FILLED = re.compile(r"\$\{[\w.-]{0,80}(?:model|llm|embedding|deployment)[\w.-]{0,80}:([^{}\"\s]{2,200})\}")
#: `var models = []string{`, `List.of(`
_OPENS = re.compile(rf"\b{_SAID}[^\"'\n=]{{0,60}}=[^\"'\n]{{0,60}}[{{\[(][ \t]*")
_ENTRY = re.compile(rf"[ \t]*{_TEXT}[ \t]*(,?)[ \t]*")


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what names that speak of models are set to."""
    notes = Notes(source, calls)
    if len(source.data) > MAX_BYTES:
        notes.problem(f"larger than {MAX_BYTES} bytes, not read", "exclude what a program made")
        return notes.found()
    told: set[int] = set()
    tests = 0 if source.scope == "test" or _TEST.search(source.path) is not None else source.text.find(_TESTS_BEHIND)
    for text, at in _texts(source):
        name = identify(text)
        if name is not None and name.sure is Sure.KNOWN and "://" not in text and at not in told:
            told.add(at)
            test = 0 <= tests <= at
            role = Role.MENTION if test else notes.role
            notes.add(name, text, at, "constant", role, reason="named in a test" if test else None)
    return notes.found()


def _texts(source: Source) -> Iterator[tuple[str, int]]:
    """What stands where a model would, and where."""
    left = 0  # entries that a list may still have
    for number, line in enumerate(source.lines, 1):
        if not left and _SPEAKS.search(line) is None:
            continue
        if len(line) > MAX_LINE or _COMMENT.match(line) is not None:
            continue
        line, begin, at = _TRAILING.split(line, maxsplit=1)[0], source.offset(number), 0
        if not left and (opens := _OPENS.search(line)) is not None:
            left, at = MAX_LISTED, opens.end()
        while left and (entry := _ENTRY.match(line, at)) is not None:
            yield entry[1], begin + entry.start(1)
            left, at = left - 1 if entry[2] else 0, entry.end()
        left = left if at == len(line.rstrip()) or not line[at:].strip() else 0
        for pattern in (_SET, _GIVEN, _BESIDE, _FILLED):
            for found in pattern.finditer(line):
                yield found[1], begin + found.start(1)
