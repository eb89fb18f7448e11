"""What ties the project to one family of models, on a screen: family by family, and where one client could stand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from freehold.console import Look
from freehold.detect.calls import load as load_calls
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
    families: dict[str, list[Coupling]] = {}
    for coupling in sorted(couplings, key=lambda c: (c.family, c.scope != "code", c.location, c.text)):
        families.setdefault(coupling.family, []).append(coupling)
    lines = [_headline(couplings, len(families), report.files)]
    narrowest = {each.family: each for each in report.narrowest}
    titles = {family.id: family.title for family in load_calls().families}
    # What has most places outside tests is told first.
    for family in sorted(families, key=lambda f: (-len(_real(families[f])), f)):
        lines += ["", *_family(titles.get(family, family), families[family], narrowest.get(family), look)]
    if report.problems:
        lines += ["", f"{many(len(report.problems), 'problem')}: without --couplings the report tells them"]
    return guard("\n".join(lines) + "\n")


def _headline(couplings: tuple[Coupling, ...], families: int, files: int) -> str:
    if not couplings:
        return f"COUPLINGS: none in {many(files, 'file')}"
    real = len(_real(couplings))
    rest = f", {len(couplings) - real} more in tests, examples and documents" if len(couplings) > real else ""
    return f"COUPLINGS: {many(real, 'place')}{rest}; {many(families, 'family', 'families')}"


def _real(couplings: list[Coupling] | tuple[Coupling, ...]) -> list[Coupling]:
    return [coupling for coupling in couplings if coupling.scope == "code"]


def _family(title: str, couplings: list[Coupling], narrowest: Narrowest | None, look: Look) -> Iterator[str]:
    yield f"{title}: {many(len(couplings), 'place')}"
    if narrowest is not None:
        where = narrowest.path
        words = (
            f"one client could stand in {where}: {narrowest.why}"
            if where
            else f"nowhere could one client stand: {narrowest.why}"
        )
        yield from textwrap.wrap(
            shorten(words, 600), look.width, initial_indent="  ", subsequent_indent="    ", break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    for coupling in couplings:
        scope = "" if coupling.scope == "code" else f" ({coupling.scope})"
        yield f"  {shorten(place(coupling.location))}  {_WORDS[coupling.kind]} {shorten(coupling.text)}{scope}"
