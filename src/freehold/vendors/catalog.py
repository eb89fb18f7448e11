"""The optional price list genai-prices: installed, it is asked; absent, nothing is missing but its answers.

It matches names loosely, which suits billing. Here a name that is not its own is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from freehold.vendors.names import spellings

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

#: Input and output, US dollars per million tokens.
Pair: TypeAlias = tuple[Decimal | None, Decimal | None]
#: From that day on (None: since before anybody wrote it down) this is the price.
Step: TypeAlias = tuple[date | None, Pair]

#: Our words for the places where API names live, and theirs.
PROVIDERS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "bedrock": "aws",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google": "google",
    "groq": "groq",
    "meta": "meta",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "vertex": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
    "zhipu": "zai",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """An installed genai-prices. `as_of` is the day of the newest listed release that is not newer than it."""

    version: str
    as_of: date | None

    @property
    def name(self) -> str:
        """Give the name under which reports cite it."""
        return f"genai-prices {self.version}"

    @property
    def source(self) -> str:
        """Give exactly this release."""
        return f"PyPI package {self.name}"

    def history(self, ecosystem: str, name: str) -> tuple[Step, ...]:
        """Give the steps of a model's price, oldest first; none where the list does not have exactly this name."""
        if ecosystem not in PROVIDERS:
            return ()
        from genai_prices.types import StartDateConstraint

        model = next(filter(None, (_model(ecosystem, spelling) for spelling in spellings(ecosystem, name))), None)
        if model is None:
            return ()
        if not isinstance(model.prices, list):
            return _steps([(None, _pair(model.prices))])
        dated: list[Step] = []
        for choice in model.prices:
            if choice.constraint is None:
                dated.append((None, _pair(choice.prices)))
            elif isinstance(choice.constraint, StartDateConstraint):
                dated.append((choice.constraint.start_date, _pair(choice.prices)))
            elif dated:
                # By the hour: the dearest one, a bill should not surprise. It belongs to the newest step alone.
                since, pair = dated[-1]
                dated[-1] = (since, max(pair, _pair(choice.prices), key=lambda p: p[0] or Decimal()))
        return _steps(dated)


def opened(days: tuple[tuple[str, date], ...]) -> Catalog | None:
    """Give the installed list, or None. `days` are the dates of its releases; without any it is not asked at all."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.version import Version

    if not days:
        return None
    try:
        installed = version("genai-prices")
    except PackageNotFoundError:
        return None
    known = [day for release, day in days if Version(release) <= Version(installed)]
    return Catalog(version=installed, as_of=max(known, default=None))


def _model(ecosystem: str, name: str) -> ModelInfo | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, model = get_snapshot().find_provider_model(name, None, PROVIDERS[ecosystem], None)
    except LookupError:
        return None
    found = model.id.lower()
    # A dated snapshot costs what its model costs; anything else with the same beginning is another model.
    return model if name == found or name.removeprefix(found).lstrip("-@").replace("-", "").isdigit() else None


def _pair(price: ModelPrice) -> Pair:
    return _base(price, "input_mtok"), _base(price, "output_mtok")


def _base(price: ModelPrice, key: str) -> Decimal | None:
    """Where the price depends on the length of the request, that of a short one."""
    value = getattr(price, key, None)
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value.base))


def _steps(dated: list[Step]) -> tuple[Step, ...]:
    """Sorted, without models that are not priced by tokens."""
    ordered = sorted(dated, key=lambda step: step[0] or date.min)
    return tuple(ordered) if any(pair != (None, None) for _, pair in ordered) else ()
