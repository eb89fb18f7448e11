"""What a text can come to where nothing but itself speaks: most strings of most files come to nothing, and that is told
before anything else is asked."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from freehold.detect.names import MAX_NAME, Sure, identify
from freehold.detect.pins import is_commit

#: No name, and no list of names on one line, is longer.
MAX_TEXT = 4_000


_IMAGE = re.compile(r"@sha256:|\.dkr\.ecr\.")
_IMAGED = re.compile(r"image|container|docker|base", re.IGNORECASE)
_TAGGED = re.compile(r"/[^\s:]+:v?\d+(?:\.\d+)+(?:[-.]\w+)*\}?$")


class Promise(Enum):
    """What a text can come to under a key that nobody knows."""

    NOTHING = 0
    WORD = 1  # a setting that says nothing by itself
    SETTING = 2  # a setting, and by itself no more than that
    MORE = 3  # it has to be judged


def promise(text: str) -> Promise:
    """Say what a text can come to where nothing but itself speaks. The same texts come again and again."""
    return _promise(text) if len(text) <= MAX_NAME else _promise.__wrapped__(text)


@lru_cache(maxsize=32_768)
def _promise(text: str) -> Promise:
    lists = "," in text and " " not in text.replace(", ", ",")
    if lists or "$" in text or len(text) > MAX_TEXT or text.lstrip().startswith(("[", "{", "={", "=[")):
        return Promise.MORE
    name = identify(text)
    if name is None:
        return Promise.NOTHING
    if name.sure is Sure.KNOWN or name.is_file or is_commit(name.revision) or "://" in text:
        return Promise.MORE
    return Promise.WORD if name.sure is Sure.BARE else Promise.SETTING


def is_container(name: str, text: str) -> bool:
    """Is a value that has this name a container's image: by what only those have, or by its name and a version?"""
    return _IMAGE.search(text) is not None or (_IMAGED.search(name) is not None and _TAGGED.search(text) is not None)
