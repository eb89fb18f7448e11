"""License expressions as trees: OR is a choice, AND holds together, `A WITH B` is one leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

#: Longer ones are nobody's license, and a parser's work grows with them.
MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One identifier, with its exception where it has one."""

    symbol: str
    exception: str | None = None

    def __str__(self) -> str:
        return f"{self.symbol} WITH {self.exception}" if self.exception else self.symbol


@dataclass(frozen=True, slots=True)
class Branch:
    """Several expressions: all of them hold (AND), or one may be chosen (OR)."""

    join: Literal["AND", "OR"]
    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        inner = "OR" if self.join == "AND" else "AND"
        return f" {self.join} ".join(
            f"({part})" if isinstance(part, Branch) and part.join == inner else str(part) for part in self.parts
        )


Tree: TypeAlias = Leaf | Branch


def parse(expression: str) -> Tree:
    """Parse an SPDX expression, `LicenseRef-…` included; identifiers are not checked.

    Raises ValueError for anything that is not an expression.
    """
    text = expression.strip()
    if not text or len(text) > MAX_LENGTH:
        raise ValueError(f"not a license expression of 1 to {MAX_LENGTH} characters")
    if text.upper() in ("AND", "OR", "WITH"):
        raise ValueError(f"not a license expression: {text!r}")
    if not any(c.isspace() or c in "()" for c in text):
        return Leaf(text)
    try:
        return _tree(_licensing().parse(text, simple=False))
    except Exception as error:
        # The parser raises AttributeError and IndexError too, on inputs as plain as "MIT/Apache-2.0".
        raise ValueError(f"not a license expression: {text[:100]!r}") from error


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Give every leaf, in order."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for part in tree.parts:
            yield from leaves(part)


def replaced(tree: Tree, join: Literal["AND", "OR"]) -> Tree:
    """Give the same leaves under another outermost join: what several declared identifiers may also mean."""
    return Branch(join, tree.parts) if isinstance(tree, Branch) else tree


def mapped(tree: Tree, change: Callable[[Leaf], Leaf]) -> Tree:
    """Give the tree with every leaf changed."""
    return change(tree) if isinstance(tree, Leaf) else Branch(tree.join, tuple(mapped(p, change) for p in tree.parts))


@cache
def _licensing() -> Any:
    # Without the index of known licenses: with it, aliases would turn one LicenseRef into another license.
    from license_expression import Licensing  # type: ignore[import-untyped]

    return Licensing()


def _tree(node: Any) -> Tree:
    if (exception := getattr(node, "exception_symbol", None)) is not None:
        return Leaf(node.license_symbol.key, exception.key)
    if (key := getattr(node, "key", None)) is not None:
        if not key or any(c.isspace() for c in key):
            raise ValueError(f"{key!r} is not an identifier")
        return Leaf(key)
    join = {"AND": "AND", "OR": "OR"}[type(node).__name__]
    return Branch("AND" if join == "AND" else "OR", tuple(_tree(part) for part in node.args))
