"""Folders of the machine, told by how a text begins or by what the variable is called that holds one, and
what stands in them."""

from __future__ import annotations

import re

from freehold.detect.names import Sure, copied, identify, in_path
from freehold.detect.variables import Variables

_VARIABLE = re.compile(r"\$\{?(\w+)")
_HOLDS = re.compile(
    r"(?:^|_)(?:\w*dirs?|dir\w*|\w*path|root|home|base|folder|out(?:put)?s?|output\w*|results?|saves?|saved|ckpts?|checkpoints?|"
    r"runs?|exps?|experiments?|logs?|work(?:space)?)(?:_|$)",
    re.IGNORECASE,
)


def is_place(text: str) -> bool:
    """Does a text begin like a path, and like no name?"""
    return text[:1] in (".", "/", "~")


def holds_place(name: str) -> bool:
    """Does a variable of this name hold a folder? What stands in one has a place there, and no owner."""
    return _HOLDS.search(name) is not None


def put_together(text: str, variables: Variables) -> list[str]:
    """Give the names that a shell puts together: `$ORG/$NAME`, `$MODELS/name`. What stands in a folder is a public
    model only where it says so by itself."""
    placed = any(holds_place(name) for name in _VARIABLE.findall(text))
    ways = [way for way in variables.joined(text) if "$" not in way] if "$" in text else []
    return [way for way in ways if not placed or copied(way) or in_path(way) or _is_known(way)]


def _is_known(text: str) -> bool:
    name = identify(text)
    return name is not None and name.sure is Sure.KNOWN
