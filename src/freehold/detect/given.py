"""What functions of a script do with what they are given: `pull() { ollama pull "$1"; }`, and below `pull some-model`.

A function stands above the lines that call it. What selects a model in its body is remembered with the number of the
argument that it takes; each call is judged by it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeAlias

from freehold.types import Reference

#: Functions of one script, and uses of arguments in one of them.
MAX_FUNCTIONS = 500
MAX_USES = 20

_FUNCTION = re.compile(
    r"^(?P<margin>[ \t]*)(?:function[ \t]+(?P<name>[\w.-]{1,80})(?:[ \t]*\(\))?|(?P<posix>[\w.-]{1,80})[ \t]*\(\))"
    r"[ \t]*\n?[ \t]*\{",
    re.MULTILINE,
)
_ARGUMENT = re.compile(r"\$(?:([1-9])|\{([1-9])(?::?[-?][^{}]{0,100})?\})")

#: Judges the text of an argument at its place as what stands for it in the body was; true if it was noted.
Judge: TypeAlias = Callable[[str, int], bool]


class Given:
    """The functions of one script, and the uses of what they are given."""

    def __init__(self, text: str) -> None:
        self._begins: list[int] = []
        self._bodies: list[tuple[int, str]] = []  # where each ends, and its name
        for found in _FUNCTION.finditer(text) if "{" in text else ():
            if len(self._begins) == MAX_FUNCTIONS:
                break
            line = text.find("\n", found.end())
            close = text.find(f"\n{found['margin']}}}", found.start())
            end = line if line >= 0 and text[found.end() : line].rstrip().endswith("}") else close
            self._begins.append(found.start())
            self._bodies.append((end if end >= 0 else len(text), found["name"] or found["posix"]))
        #: By function: the number of an argument, what judges it, and what is told where nobody gives it.
        self.uses: dict[str, list[tuple[int, Judge, Reference | None]]] = {}
        self._addresses: dict[str, list[tuple[str, Judge]]] = {}  # in which arguments stand
        self._known: set[tuple[str, int]] = set()

    def _within(self, at: int) -> str | None:
        number = bisect_right(self._begins, at) - 1
        return self._bodies[number][1] if number >= 0 and at <= self._bodies[number][0] else None

    def address(self, text: str, at: int, judge: Judge) -> None:
        """Remember an address in which arguments of a function stand: `https://…/$1/resolve/main/$2`."""
        name = self._within(at) if _ARGUMENT.search(text) is not None else None
        if name is not None:
            self.uses.setdefault(name, [])
            addresses = self._addresses.setdefault(name, [])
            addresses += [(text, judge)] if len(addresses) < MAX_USES else []

    def use(self, text: str, at: int, judge: Judge, reference: Reference | None) -> bool:
        """Remember that a function's argument selects a model where `text` stands; False where it is none."""
        argument = _ARGUMENT.fullmatch(text.strip()) if text.startswith("$") else None
        name = self._within(at) if argument is not None else None
        if argument is None or name is None:
            return False
        uses = self.uses.setdefault(name, [])
        if len(uses) < MAX_USES:
            uses.append((int(argument[1] or argument[2]), judge, reference))
        return True

    def call(self, name: str, words: Sequence[Sequence[tuple[str, int]]]) -> None:
        """Judge what a function is given: what each argument can be, and where that stands."""
        uses = sorted(self.uses.get(name, ()), key=lambda use: use[2] is None)  # first what takes nothing but models
        for number, given in enumerate(words[:9], 1):
            judges = [judge for taken, judge, _ in uses if taken == number]
            if any([any(judge(*one) for judge in judges) for one in given]):  # noqa: C419 - every one of them
                self._known.add((name, number))
        first = {str(number): given[0] for number, given in enumerate(words[:9], 1) if given}
        for address, judge in self._addresses.get(name, ()):
            taken = [first.get(found[1] or found[2]) for found in _ARGUMENT.finditer(address)]
            if all(one is not None and "$" not in one[0] for one in taken):
                filled = _ARGUMENT.sub(lambda found: first[found[1] or found[2]][0], address)
                if "://" in filled:
                    judge(filled, min(one[1] for one in taken if one is not None))

    def unknown(self) -> list[Reference]:
        """What nobody gave, so that it is not known."""
        return [
            reference
            for name, uses in self.uses.items()
            for number, _, reference in uses
            if reference is not None and (name, number) not in self._known
        ]
