"""When each API name ends: everything that is published of it, brought to one answer.

Two kinds of claims. rules/vendors has what vendors and lists of deprecations announced, by hand; rules/retirements has
what LiteLLM's table shows per platform, by script. Each says when it was read. Providers move their dates, so what was
read last decides, and of one day the vendor's own page; the others stay beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from freehold.rules import documents, insist
from freehold.tomlread import Document
from freehold.vendors.history import Retirement
from freehold.vendors.names import ECOSYSTEMS, MORE_ECOSYSTEMS


def read(*more: Path) -> tuple[Retirement, ...]:
    """Read rules/retirements, and the retirements/ folders of an organization's own rules.

    Raises RulesError with file and line of every mistake.
    """
    files = documents("retirements", *more)
    found = tuple(claim for document in files for claim in _claims(document))
    insist(files)
    return found


def settled(claims: Iterable[Retirement]) -> Mapping[tuple[str, str], Retirement]:
    """Give one answer for each ecosystem and name in lower case; what is not verified is no claim."""
    by_name: dict[tuple[str, str], list[Retirement]] = {}
    for claim in claims:
        if claim.verified:
            by_name.setdefault((claim.ecosystem, claim.name.lower()), []).append(claim)
    return {key: _one(found) for key, found in by_name.items()}


def _one(claims: list[Retirement]) -> Retirement:
    claims = sorted(claims, key=lambda c: (c.as_of or date.min, c.source.startswith("https://")), reverse=True)
    # A day that may be no more than the earliest is no answer where a later one was announced.
    newest = (
        next((c for c in claims if not c.earliest and c.on > claims[0].on), claims[0])
        if claims[0].earliest
        else claims[0]
    )
    older = [c for c in claims if c is not newest]
    # A day that somebody announced, and that moved since, is announced all the same; and one before the day that was
    # promised as the earliest can only be an announcement.
    announced = not newest.earliest or any(not c.earliest or c.on > newest.on for c in older)
    same = [c for c in claims if c.on == newest.on]
    return replace(
        next((c for c in same if c.source.startswith("https://")), newest),  # the vendor's own page, where it agrees
        earliest=not announced,
        announced=next((c.announced for c in same if c.announced), None),
        replacement=next((c.replacement for c in claims if c.replacement), None),
        redirects=any(c.redirects for c in same),
        others=tuple({c.on: c for c in reversed(older) if c.on != newest.on}.values()),
    )


def _claims(document: Document) -> Iterable[Retirement]:
    """One file: what one catalog shows of one platform. `planned` says that the platform also shows days before which
    it will retire nothing, which the catalog does not tell from announced ones."""
    table = document.table()
    ecosystem = table.name("ecosystem", choices=ECOSYSTEMS + MORE_ECOSYSTEMS)
    as_of = table.day("as-of", required=True)
    catalog, source = table.name("catalog"), table.name("source")
    planned = table.boolean("planned") is True
    found = []
    for row in table.tables("retirements"):
        found.append(
            Retirement(
                ecosystem=ecosystem,
                name=row.name("name"),
                on=row.day("date", required=True) or date.min,
                source=f"{catalog}, {as_of}: {row.text('source') or source}",
                as_of=as_of,
                earliest=planned,
            )
        )
        row.done()
    table.done()
    return found
