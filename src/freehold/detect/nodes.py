"""What configuration says, as one kind of tree whatever it was written in: every key and value with its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from freehold.source import Source

#: More nodes than any configuration that people write; an alias bomb has a billion.
MAX_NODES = 200_000
MAX_DEPTH = 100


class Scalar(NamedTuple):  # there are so many of them that making them counts
    """A leaf. `at` is the offset of its first character, behind an opening quote; `text` is None where it is no string
    (a number, a boolean, null), and then `at` may say nothing. `plain` values stand in the file as they are, so that
    offsets into them hold. In a literal block (`|`) they hold line by line: its text begins in `row`, and every line is
    indented by `indent`."""

    text: str | None
    at: int
    plain: bool = True
    row: int = 0
    indent: int = 0

    def places(self, source: Source) -> Callable[[int], int | None]:
        """Give a function from offsets into the text to places; it gives None where they cannot be reckoned."""
        text, at, row, indent = self.text or "", self.at, self.row, self.indent
        if self.plain or not row:
            return (lambda offset: at + offset) if self.plain else (lambda offset: None)
        starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))

        def place(offset: int) -> int:
            line = bisect_right(starts, offset) - 1
            return source.offset(row + line, indent + offset - starts[line] + 1)

        return place


MANY = 250  # entries
#: What is no string, where nobody asks for its place.
NOTHING = Scalar(None, 0)


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    at: int

    @property
    def beside(self) -> tuple[tuple[Scalar, Node], ...]:
        """The entries that say what one of them is. A table of many holds data: all would be asked for each."""
        return self.entries if len(self.entries) <= MANY else ()

    def get(self, key: str) -> Node | None:
        """Give the value of a key."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None

    def text(self, key: str) -> str | None:
        """Give the value of a key if it is a string."""
        found = self.get(key)
        return found.text if isinstance(found, Scalar) else None


Node: TypeAlias = Scalar | Listing | Table


def moved(node: Node, place: Callable[[int, str], int]) -> Node:
    """Give a tree that was read from a value its places in the file; `place` is asked in the order of the text."""
    if isinstance(node, Scalar):
        return Scalar(node.text, place(node.at, node.text or ""), node.plain)
    if isinstance(node, Listing):
        return Listing(tuple(moved(item, place) for item in node.items), node.at)
    pairs = []
    for key, value in node.entries:
        name = Scalar(key.text, place(key.at, key.text or ""), key.plain)
        pairs.append((name, moved(value, place)))
    return Table(tuple(pairs), node.at)


class NoTree(ValueError):
    """The text cannot be read as what it claims to be; `line` says where, from 1."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line
