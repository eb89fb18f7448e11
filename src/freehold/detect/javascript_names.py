"""The grammar of JavaScript and TypeScript, and what is asked of its nodes."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Text: TypeAlias = tuple[str, int]  # what is written, byte offset

#: No name is longer.
MAX_BYTES = 400

#: `f<T>` is a generic, `a<b` a comparison; an element does not follow a word.
_NESTING = re.compile(r"[(\[{)\]};,]|</|/>|=>|\?(?![.?:])|(?<![\w)\]])<(?=[A-Za-z>])")
_BRACKET = re.compile(r"[(\[{)\]}]")
_STEPS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_DELIVERED = re.compile(r"https?://[\w.-]+/(?:npm/|gh/|x/)?((?:@[\w.-]+/)?[\w.-]+)")


def too_deep(text: str, most: int, *, elements: bool) -> bool:
    """Is more than that open at once, as `deepest` says? Mostly a count of all that could be shows that it is not."""
    bound = max((text.count("=>") + text.count("?")) // 8, text.count("<") if elements else 0)
    if bound <= most:
        levels = list(accumulate(map(_STEPS.__getitem__, _BRACKET.findall(text)), initial=0))
        bound = max(map(sub, levels, accumulate(levels, min)))  # what closes nothing does not count
    return bound > most and deepest(text, elements=elements) > most


def deepest(text: str, *, elements: bool) -> int:
    """Give how many brackets or elements of JSX stand open at once at most, roughly: those in strings and comments
    count too. Functions and choices one in the other (`a => b => …`, `a ? b : …`) need no bracket: an eighth of those
    that follow each other counts, for most of them are done before the next."""
    most = inside = 0
    chained = [0]  # for each bracket that stands open
    for found in _NESTING.finditer(text):
        mark = found[0]
        if mark in ("=>", "?"):
            chained[-1] += 1
            most = max(most, chained[-1] // 8)
        elif mark in ";,":
            chained[-1] = 0
        elif mark in "([{":
            chained.append(0)
        elif mark in ")]}":
            del chained[max(len(chained) - 1, 1) :]
        elif elements:
            inside = max(inside - 1, 0) if mark in ("</", "/>") else inside + 1
        most = max(most, len(chained) - 1, inside)
    return most


@cache
def parser(typed: bool) -> Parser:
    """The grammars are only loaded for projects that have such files; JavaScript is a part of TSX."""
    import tree_sitter
    import tree_sitter_typescript as grammars

    return tree_sitter.Parser(
        tree_sitter.Language(grammars.language_typescript() if typed else grammars.language_tsx())
    )


def callee(node: Node) -> Node | None:
    """Give what a call or a `new` calls."""
    return node.child_by_field_name("function") or node.child_by_field_name("constructor")


def text(node: Node | None) -> str:
    """Give the text of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def string(node: Node | None) -> Text | None:
    """Give the text of a literal; None for one with substitutions or escapes, or far too long to be a name."""
    if node is None or node.type not in ("string", "template_string") or node.end_byte - node.start_byte > MAX_BYTES:
        return None
    parts = node.named_children
    if len(parts) != 1 or parts[0].type != "string_fragment":
        return None
    return text(parts[0]), parts[0].start_byte


def package(module: str) -> str:
    """Give the package behind a URL: pages import from a content delivery network."""
    found = _DELIVERED.match(module)
    return found[1] if found is not None else module.removeprefix("npm:").partition("@^")[0]
