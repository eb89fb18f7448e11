"""What a model was made from: the chain that the cards declare, as far as it can be followed.

Adapters, merges, quantisations and fine-tunes name their bases; the bases name theirs. Declarations are anyone's: a
chain may turn in a circle, lead nowhere, or fan out without end, so depth and number have bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from freehold.types import Ancestor, LicenseClaim

MAX_DEPTH = 6
MAX_ANCESTORS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What is known of one base: its own bases, or why no more is known."""

    license: LicenseClaim | None = None
    bases: tuple[str, ...] = ()
    relation: str | None = None
    reason: str | None = None


def trace(
    start: str,
    bases: tuple[str, ...],
    relation: str | None,
    look: Callable[[str], Parent],
    belongs: Callable[[str], tuple[str | None, str | None]],
) -> tuple[Ancestor, ...]:
    """Follow the declared bases of `start`, nearest first, each repository once.

    `look` tells what one base is, `belongs` its vendor and line.
    """
    found: list[Ancestor] = []
    seen = {start.lower()}
    level = [(base, relation) for base in bases]
    for depth in range(1, MAX_DEPTH + 1):
        following: list[tuple[str, str | None]] = []
        for name, how in level:
            if name.lower() in seen:
                continue
            if len(found) == MAX_ANCESTORS:
                return tuple(found)
            seen.add(name.lower())
            parent = look(name)
            vendor, line = belongs(name)
            found.append(
                Ancestor(
                    id=name,
                    depth=depth,
                    relation=how,
                    license=parent.license,
                    vendor=vendor,
                    line=line,
                    reason=parent.reason,
                )
            )
            following += [(base, parent.relation) for base in parent.bases]
        level = sorted(set(following), key=lambda step: (step[0], step[1] or ""))
    return tuple(found)


def root(own: tuple[str | None, str | None], lineage: tuple[Ancestor, ...]) -> tuple[str | None, str | None]:
    """Give vendor and line: its own, or, without a line of its own, those of the nearest ancestor that has one."""
    if own[1] is not None:
        return own
    lined = next(((a.vendor, a.line) for a in lineage if a.line is not None), None)
    if lined is not None:
        return lined
    return own if own[0] is not None else next(((a.vendor, None) for a in lineage if a.vendor), own)
