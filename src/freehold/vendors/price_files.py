"""Read rules/prices: what stands in a file, and every mistake in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from freehold.tomlread import Document, Table
from freehold.vendors.money import WHYS, Change, Correction, Offer, Price, Rate, Tier


class PriceFile:
    """One file of rules/prices: prices of one place, or dated changes, or hosts."""

    def __init__(self, document: Document) -> None:
        """Read it; mistakes stay with the document."""
        top = document.table()
        self.ecosystem = top.text("ecosystem") or ""
        self.as_of = top.day("as-of", required=True) or date.min
        self.catalog = top.text("catalog") or ""
        self.source = top.name("source")
        self.prices = tuple(map(self._price, top.tables("prices")))
        self.changes = tuple(map(self._change, top.tables("changes")))
        self.cancelled = tuple(map(self._change, top.tables("cancelled")))
        self.corrections = tuple(map(self._correction, top.tables("corrections")))
        self.offers = tuple(map(self._offer, top.tables("offers")))
        self.catalog_days = tuple(map(self._release, top.tables("releases")))
        if self.prices and not (self.ecosystem and self.catalog):
            top.complain("prices: the file must say its ecosystem and its catalog", "prices")
        top.done()

    def _price(self, row: Table) -> Price:
        price = Price(
            ecosystem=self.ecosystem,
            name=row.name("name"),
            rate=_rate(row),
            source=row.text("source") or self.source,
            catalog=self.catalog,
            as_of=self.as_of,
            since=row.day("since"),
            tiers=tuple(Tier(above=t.integer("above", least=1) or 0, rate=_rate(t)) for t in row.tables("tiers")),
        )
        row.done()
        return price

    def _change(self, row: Table) -> Change:
        why = row.name("why", choices=WHYS)
        change = Change(
            ecosystem=row.name("ecosystem"),
            name=row.name("name"),
            on=row.day("on", required=True) or date.min,
            before=_rate(row.table("before")),
            after=_rate(row.table("after")),
            why=next((w for w in WHYS if w == why), "repriced"),
            source=row.name("source"),
            as_of=self.as_of,
            note=row.text("note") or "",
        )
        row.done()
        return change

    def _correction(self, row: Table) -> Correction:
        correction = Correction(
            ecosystem=row.name("ecosystem"),
            name=row.name("name"),
            on=row.day("on", required=True) or date.min,
            catalog=row.name("catalog"),
            before=_rate(row.table("before")),
            after=_rate(row.table("after")),
            source=row.name("source"),
        )
        row.done()
        return correction

    def _offer(self, row: Table) -> Offer:
        offer = Offer(
            repository=row.name("repository"),
            host=row.name("host"),
            name=row.name("name"),
            rate=_rate(row),
            source=row.text("source") or self.source,
            as_of=self.as_of,
        )
        row.done()
        return offer

    def _release(self, row: Table) -> tuple[str, date]:
        release = (row.name("version"), row.day("on", required=True) or date.min)
        row.done()
        return release


def _rate(row: Table) -> Rate:
    """Decimals by way of their text: 0.1 is meant as written."""
    found = {key: row.number(key) for key in ("input", "output")}
    for key, value in found.items():
        if value is not None and value < 0:
            row.complain(f"{key}: must not be negative", key)
    return Rate(**{key: None if value is None else Decimal(str(value)) for key, value in found.items()})
