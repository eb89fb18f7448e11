"""One module per format. A module here that has a `FORMAT` is a format: there is no list to keep.

    FORMAT = Format("csv", ".csv")
    def render(report: Report, look: Look) -> str: ...

A format makes every text safe for the place where it puts it (`freehold.safe`); what people read passes the guard
against workflow commands once more, here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from freehold import safe
from freehold.console import Look
from freehold.types import Report

__all__ = ["FORMATS", "Format", "Look", "formats", "known", "render"]

FORMATS: Mapping[str, Format]  # computed when first asked for


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is called and what its files end with.

    `human`: written for people, so it may be colored and wrapped. `commands`: its lines are meant for a CI runner.
    """

    name: str
    suffix: str
    human: bool = False
    commands: bool = False


def formats() -> Mapping[str, Format]:
    """Give every format by its name, sorted."""
    return {name: module.FORMAT for name, module in _modules().items()}


def known(name: str) -> bool:
    """Is there such a format?"""
    return _module(name) is not None or name in _modules()


def render(report: Report, format: str, look: Look | None = None) -> str:  # noqa: A002  - the word users know
    """Write a report in one of the `FORMATS`. Pure: the same report, format and look give the same text."""
    module = _module(format) or _modules()[format]
    text: str = module.render(report, look or Look())
    return safe.guard(text) if module.FORMAT.human and not module.FORMAT.commands else text


@cache
def _module(name: str) -> ModuleType | None:
    """The module that is called like this format: most are, and then no other is loaded."""
    if not name.isidentifier() or find_spec(f"{__name__}.{name}") is None:
        return None
    module = import_module(f"{__name__}.{name}")
    return module if getattr(module, "FORMAT", None) is not None and module.FORMAT.name == name else None


@cache
def _modules() -> Mapping[str, ModuleType]:
    found = (import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    return {m.FORMAT.name: m for m in sorted((m for m in found if hasattr(m, "FORMAT")), key=lambda m: m.FORMAT.name)}


def __getattr__(name: str) -> object:
    if name == "FORMATS":
        return formats()
    raise AttributeError(name)
