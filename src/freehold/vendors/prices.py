"""What an API model costs: today, before, and on a day that the vendor has already announced.

Two sources, never mixed in one answer. rules/prices is a small extract with a date and a source for every figure, and
knows announced changes. The optional package genai-prices (`pip install 'freehold[prices]'`) knows more vendors and
their history; it is always asked with a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from freehold.rules import documents, insist
from freehold.settings import Usage
from freehold.vendors import catalog
from freehold.vendors.money import STALE_AFTER, Change, Correction, Item, Offer, Price, Rate, Spread
from freehold.vendors.names import spellings
from freehold.vendors.price_files import PriceFile


class Prices:
    """Every price that is known. Build it with `load`; it never changes afterwards."""

    def __init__(
        self,
        prices: Iterable[Price] = (),
        changes: Iterable[Change] = (),
        cancelled: Iterable[Change] = (),
        corrections: Iterable[Correction] = (),
        offers: Iterable[Offer] = (),
        catalog_days: Iterable[tuple[str, date]] = (),
    ) -> None:
        """Index these. `catalog_days` are releases of genai-prices with their dates; without one it is not asked."""
        by_age = sorted(prices, key=lambda p: p.as_of or date.min)
        self._prices = {(p.ecosystem, p.name.lower()): p for p in by_age}  # the newest figure of a name stays
        self.all: tuple[Price, ...] = tuple(self._prices[key] for key in sorted(self._prices))
        self._changes = tuple(sorted(changes, key=lambda c: (c.ecosystem, c.name, c.on)))
        self.cancelled = tuple(sorted(cancelled, key=lambda c: (c.ecosystem, c.name, c.on)))
        self.corrections = tuple(sorted(corrections, key=lambda c: (c.ecosystem, c.name, c.on)))
        self._offers = tuple(sorted(offers, key=lambda o: (o.repository.lower(), o.host, o.name)))
        self._catalog = catalog.opened(tuple(catalog_days))

    @classmethod
    def load(cls, *more: Path, packages: bool = True) -> Prices:
        """Read rules/prices and an organization's own prices/ folders; `packages` False leaves genai-prices alone.

        Raises RulesError with file and line of every mistake.
        """
        files = documents("prices", *more)
        read = [PriceFile(document) for document in files]
        insist(files)
        return cls(
            prices=(p for r in read for p in r.prices),
            changes=(c for r in read for c in r.changes),
            cancelled=(c for r in read for c in r.cancelled),
            corrections=(c for r in read for c in r.corrections),
            offers=(o for r in read for o in r.offers),
            catalog_days=(d for r in read for d in r.catalog_days) if packages else (),
        )

    def price(self, ecosystem: str, name: str, on: date) -> Price | None:
        """Give the price of a model on a day; None where nobody knows it.

        A listed figure is never carried back behind the day since which it is known to hold. The price before a dated
        change is, and its `since` is then None: ask for no day on which the model did not exist.
        """
        changes = self.changes(ecosystem, name)
        listed = self._listed(ecosystem, name)
        if listed is not None and (moved := _at(listed, changes, on)) is not None:
            return moved
        if known := [c for c in changes if c in self._changes]:
            return _between(known, on)
        return self._from_package(ecosystem, name, on, changes)

    def changes(self, ecosystem: str, name: str) -> tuple[Change, ...]:
        """Give every dated change of this name's price, announced ones too, oldest first."""
        wanted = spellings(ecosystem, name)
        known = [c for c in self._changes if c.ecosystem == ecosystem and c.name.lower() in wanted]
        days = {c.on for c in known}
        steps = self._catalog.history(ecosystem, name) if self._catalog else ()
        source = self._catalog.source if self._catalog else ""
        for (_, before), (on, after) in pairwise(steps):
            if on is not None and on not in days and before != after:
                known.append(_step(ecosystem, name, on, before, after, source))
        return tuple(sorted(known, key=lambda c: c.on))

    def scheduled(self, ecosystem: str, name: str, today: date) -> tuple[Change, ...]:
        """Give the announced changes after today: no forecast, each stands in a published price list."""
        return tuple(c for c in self.changes(ecosystem, name) if c.on > today)

    def offers(self, repository: str) -> tuple[Offer, ...]:
        """Give the hosts that are known to serve the weights of a Hub repository, by host."""
        return tuple(o for o in self._offers if o.repository.lower() == repository.lower())

    def spread(self, repository: str, today: date) -> Spread | None:
        """Give how far the hosts of these weights lie apart; None with fewer than two whose figures are not stale.

        By output tokens, the cheapest offer of each host: input prices follow them, and one number can be compared.
        """
        asked: dict[str, Decimal] = {}
        for offer in self.offers(repository):
            if offer.rate.output is not None and today - offer.as_of <= STALE_AFTER:
                asked[offer.host] = min(asked.get(offer.host, offer.rate.output), offer.rate.output)
        if len(asked) < 2:
            return None
        return Spread(hosts=len(asked), lowest=min(asked.values()), highest=max(asked.values()))

    def bill(self, usage: Iterable[Usage], on: date) -> tuple[Item, ...]:
        """Turn tokens per month into money, at the list prices of a day."""
        return tuple(self._item(row, on) for row in usage)

    def _item(self, usage: Usage, on: date) -> Item:
        ecosystem, _, name = usage.model.partition("/")
        price = self.price(ecosystem, name, on)
        if price is None:
            return Item(usage=usage, price=None, cost=None, reason="no price list here has this model on that day")
        cost = price.cost(usage)
        reason = None if cost is not None else "its price is not by input and output tokens"
        return Item(usage=usage, price=price, cost=cost, at_least=bool(price.tiers), reason=reason)

    def _listed(self, ecosystem: str, name: str) -> Price | None:
        found = (self._prices.get((ecosystem, spelling)) for spelling in spellings(ecosystem, name))
        return next(filter(None, found), None)

    def _from_package(self, ecosystem: str, name: str, on: date, changes: tuple[Change, ...]) -> Price | None:
        history = self._catalog.history(ecosystem, name) if self._catalog else ()
        steps = [step for step in history if step[0] is None or step[0] <= on]
        if self._catalog is None or not steps:
            return None
        since, rate = steps[-1]
        return Price(
            ecosystem=ecosystem,
            name=name,
            rate=Rate(input=rate[0], output=rate[1]),
            source=self._catalog.source,
            catalog=self._catalog.name,
            as_of=self._catalog.as_of,
            since=since,
            until=next((c.on for c in changes if c.on > on), None),
        )


def _step(ecosystem: str, name: str, on: date, before: catalog.Pair, after: catalog.Pair, source: str) -> Change:
    old, new = (Rate(input=pair[0], output=pair[1]) for pair in (before, after))
    return Change(ecosystem=ecosystem, name=name, on=on, before=old, after=new, why="repriced", source=source, as_of=on)


def _at(listed: Price, changes: tuple[Change, ...], on: date) -> Price | None:
    """Move a listed price to another day along the dated changes; None where they do not reach that far back."""
    taken = listed.as_of or date.max
    past, ahead = [c for c in changes if c.on <= on], [c for c in changes if c.on > on]
    until = ahead[0].on if ahead else None
    since = max([day for day in (listed.since, *(c.on for c in past)) if day is not None], default=None)
    # Lists lag behind by weeks: where one still shows another figure, a change with a day and a source is right.
    lags = past and past[-1].after != listed.rate and past[-1].on > taken - STALE_AFTER
    if lags or (ahead and ahead[0].on <= taken):
        return _between(changes, on)
    if on < taken and (since is None or since > on):
        return None
    return replace(listed, since=since, until=until)


def _between(changes: Sequence[Change], on: date) -> Price:
    """The price from its dated changes alone. Before the first of them it held for a time that nobody wrote down."""
    past, ahead = [c for c in changes if c.on <= on], [c for c in changes if c.on > on]
    told = past[-1] if past else ahead[0]
    return Price(
        ecosystem=told.ecosystem,
        name=told.name,
        rate=told.after if past else told.before,
        source=told.source,
        catalog="dated changes",
        as_of=told.as_of,
        since=told.on if past else None,
        until=ahead[0].on if ahead else None,
    )
