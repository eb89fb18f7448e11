"""Files of weights that a module names without their ending, too: `choices=["zorb_x4"]`, and `…/zorb_x4.pth` is
fetched."""

from __future__ import annotations

from typing import Any

from freehold.detect.choices import offers
from freehold.detect.names import Name, identify
from freehold.detect.python_contexts import CALLED, Context
from freehold.detect.python_filter import WEIGHTS


def stems(strings: list[list[Any]]) -> dict[str, Name]:
    """Give the files of weights among some strings, by their names without an ending."""
    named = (identify(text) for text, *_ in strings if text.lower().endswith(WEIGHTS))
    return {name.name.rpartition(".")[0]: name for name in named if name is not None and name.is_file}


def is_chosen(context: Context) -> bool:
    """Is a word one of several to choose from, or what is taken for a model?"""
    several = False
    while context is not None:
        kind, name, beside, context = context
        if kind in ("key", "compare", "part", "annotation"):
            return False
        several = several or kind == "element"
        if "model" in name.lower():
            return True
        if kind in CALLED:
            return offers(kind, name, beside[0]) or "model" in beside[1].lower()
    return several
