"""What stands in for something real: doubles of tests, records of what was, names as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from freehold.detect.libraries import plain
from freehold.detect.names import Sure, identify, is_record

_DOUBLE = re.compile(r"_*(?:mock|dummy|fake|stub)(?:s|ed)?(?:_|$)")
#: The project's own word for something: names of models have hyphens or dots.
_WORD = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_DEPLOYED = re.compile(r"deploy|engine", re.IGNORECASE)


def is_double(name: str) -> bool:
    """Is what has this name made up: `mockMessages`, `FAKE_REPLY`?"""
    return _DOUBLE.match(plain(name)) is not None


def stands_in(text: str, names: tuple[str, ...], beside: Iterable[str]) -> bool:
    """Does a text only stand in for a model: in what is made up, in a record of how one did, or as people read it?"""
    return (
        is_record(beside) or any(map(is_double, names)) or (_is_shown(text) and not any(map(_DEPLOYED.search, names)))
    )


def _is_shown(text: str) -> bool:
    """Is it the name of an API's model in the letters of a page: `GPT-4o`?"""
    if "/" in text or text == text.lower() or len(text) > 80:
        return False
    own, meant = identify(text), identify(text.lower())
    return meant is not None and meant.sure is Sure.KNOWN and meant.of_api and (own is None or own.sure < Sure.KNOWN)
