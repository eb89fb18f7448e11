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
    """Does a text only stand in for a model: in what is made up, in a record of how one did, in the project's own
    words or in those that people read?"""
    if is_record(beside) or any(map(is_double, names)):
        return True
    return _is_called(text) and not any(map(_DEPLOYED.search, names))


def _is_called(text: str) -> bool:
    """Is it the project's own word for something, `zorb_v3`, or the name of an API's model in the letters of a page,
    `GPT-4o`?"""
    known = identify(text) if "/" not in text and len(text) <= 80 else None
    if known is None or known.sure is Sure.KNOWN:
        return False
    meant = identify(text.lower()) if text != text.lower() else None
    shown = meant is not None and meant.sure is Sure.KNOWN and meant.of_api
    return shown or _WORD.fullmatch(text) is not None
