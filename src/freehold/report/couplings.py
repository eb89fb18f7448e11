"""What ties the project to one family of models, on a screen: family by family, and where one client could stand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from freehold.console import Look
from freehold.detect import markers
from freehold.report.story import many, place
from freehold.safe import guard, shorten
from freehold.types import Coupling, Narrowest, Report

#: How a coupling is called where it is listed.
_WORDS = {
    "chat-marker": "chat marker",
    "class": "class",
    "sdk": "client",
    "token-id": "token id",
    "vocabulary": "vocabulary size",
    "context-size": "context size",
}


def tell(report: Report, look: Look) -> str:
    """Write the couplings of a scan: those outside tests first, every one with its place on a line of its own."""
    couplings = report.couplings or ()
    lines = [_headline(couplings, report.files), *families(couplings, report.narrowest, look.width)]
    if report.problems:
        lines += ["", f"{many(len(report.problems), 'problem')}: without --couplings the report tells them"]
    return guard("\n".join(lines) + "\n")


def families(
    couplings: Iterable[Coupling], narrowest: Iterable[Narrowest], width: int, most: int | None = None
) -> list[str]:
    """Give the lines for each family, the one with most places outside tests first; each begins with an empty line.
    At most so many places of each are listed; the rest are counted."""
    found: dict[str, list[Coupling]] = {}
    for coupling in sorted(couplings, key=lambda c: (c.family, c.scope != "code", c.location, c.text)):
        found.setdefault(coupling.family, []).append(coupling)
    where = {each.family: each for each in narrowest}
    titles = {family.id: family.title for family in markers.families()}
    ranked = sorted(found, key=lambda f: (-len(_real(found[f])), f))
    return [
        line
        for family in ranked
        for line in ("", *_family(titles.get(family, family), found[family], where.get(family), width, most))
    ]


def _headline(couplings: tuple[Coupling, ...], files: int) -> str:
    if not couplings:
        return f"COUPLINGS: none in {many(files, 'file')}"
    real = len(_real(couplings))
    rest = f", {len(couplings) - real} more in tests, examples and documents" if len(couplings) > real else ""
    return f"COUPLINGS: {many(real, 'place')}{rest}; {many(len({c.family for c in couplings}), 'family', 'families')}"


def _real(couplings: list[Coupling] | tuple[Coupling, ...]) -> list[Coupling]:
    return [coupling for coupling in couplings if coupling.scope == "code"]


def _family(
    title: str, couplings: list[Coupling], narrowest: Narrowest | None, width: int, most: int | None
) -> Iterator[str]:
    yield f"{title}: {many(len(couplings), 'place')}"
    if narrowest is not None:
        where = narrowest.path
        words = (
            f"one client could stand in {where}: {narrowest.why}"
            if where
            else f"nowhere could one client stand: {narrowest.why}"
        )
        yield from textwrap.wrap(
            shorten(words, 600), width, initial_indent="  ", subsequent_indent="    ", break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    for coupling in couplings[:most]:
        scope = "" if coupling.scope == "code" else f" ({coupling.scope})"
        yield f"  {shorten(place(coupling.location))}  {_WORDS[coupling.kind]} {shorten(coupling.text)}{scope}"
    if most is not None and len(couplings) > most:
        yield f"  and {len(couplings) - most} more: `freehold scan --couplings` lists them all"
