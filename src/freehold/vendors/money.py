"""What an API model costs, as values. All money is US dollars per million tokens, as the vendors list it.

A vendor's change and a catalog's correction of its own mistake are two things: only the first is ever a `Change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from freehold.settings import Usage

#: Older figures are shown with their age, and decide nothing.
STALE_AFTER = timedelta(days=60)
MILLION = 1_000_000

Why: TypeAlias = Literal["repriced", "promotion-ended", "alias-moved", "redirected"]
WHYS: tuple[Why, ...] = ("repriced", "promotion-ended", "alias-moved", "redirected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """US dollars per million input and output tokens; None where there is no such price."""

    input: Decimal | None = None
    output: Decimal | None = None

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal | None:
        """Give the cost of that many tokens in US dollars; None where a price that it needs is not known."""
        parts = ((self.input, input_tokens), (self.output, output_tokens))
        if any(price is None and tokens for price, tokens in parts):
            return None
        return sum((price * tokens / MILLION for price, tokens in parts if price is not None), Decimal())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What a request costs that is longer than `above` input tokens."""

    above: int
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The list price of one API model on one platform, and how it is known."""

    ecosystem: str
    name: str  # as the platform lists it
    rate: Rate  # of the shortest requests, where length matters; at peak hours, where the hour matters
    source: str
    catalog: str  # "LiteLLM 1.109.1", "genai-prices 0.2.3"
    as_of: date | None  # when the catalog was taken; None = not known
    since: date | None = None  # since when this rate is known to hold; None = not known
    until: date | None = None  # the first day on which another, announced rate holds
    tiers: tuple[Tier, ...] = ()

    def cost(self, usage: Usage) -> Decimal | None:
        """Give the cost of a month in US dollars, before any discount. With `tiers` it is the least it can be."""
        return self.rate.cost(usage.input_tokens, usage.output_tokens)

    def age(self, today: date) -> int | None:
        """Give the days since the figure was taken; None = not known."""
        return None if self.as_of is None else max(0, (today - self.as_of).days)

    def stale(self, today: date) -> bool:
        """Is the figure too old to decide anything, or of unknown age?"""
        return self.as_of is None or today - self.as_of > STALE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """On that day the same name begins to cost something else."""

    ecosystem: str
    name: str
    on: date
    before: Rate
    after: Rate
    why: Why
    source: str
    as_of: date  # when this was taken down
    note: str = ""

    @property
    def ratio(self) -> Decimal:
        """Give the larger of the two factors, input and output: above 1 something got dearer."""
        pairs = ((self.before.input, self.after.input), (self.before.output, self.after.output))
        return max((new / old for old, new in pairs if old and new is not None), default=Decimal(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A catalog changed a figure that had been wrong: nothing happened to the price."""

    ecosystem: str
    name: str
    on: date
    catalog: str
    before: Rate
    after: Rate
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A host that serves the weights of a Hub repository, and what it asks."""

    repository: str
    host: str
    name: str  # the host's own name for it
    rate: Rate
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far hosts of the same weights lie apart, in US dollars per million output tokens."""

    hosts: int
    lowest: Decimal
    highest: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Give how many times the dearest host costs of the cheapest; None where one gives it away."""
        return self.highest / self.lowest if self.lowest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the monthly bill. `cost` is None where it could not be told, and then `reason` says why."""

    usage: Usage
    price: Price | None
    cost: Decimal | None
    at_least: bool = False  # longer requests cost more, and nobody said how long they are
    reason: str | None = None
