"""Many alternatives as one regular expression that is quick: Python's tries one after the other, unless their first
characters tell at once that they do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate


def any_of(globs: Iterable[str], *, ignore_case: bool = False) -> re.Pattern[str]:
    """Match a whole text that fits one of these patterns of `fnmatch`. Case counts for ASCII alone."""
    return re.compile(_globs(globs, ignore_case) or r"\Z.")


def beginning(texts: Iterable[tuple[str, str]]) -> str:
    """Write an expression for any of these texts in whatever case, each with what an expression asks behind it."""
    heads: dict[str, list[str]] = {}
    for text, behind in texts:
        heads.setdefault(text[0], []).append(re.escape(text[1:]) + behind)
    return "|".join(_headed(head, rests, True) for head, rests in heads.items())


def _globs(globs: Iterable[str], ignore_case: bool) -> str:
    heads: dict[str, list[str]] = {}
    for glob in globs:
        heads.setdefault(glob[:1], []).append(glob[1:])
    parts = []
    for head, rests in heads.items():
        if head == "*":
            parts.append(f"(?s:.*?)(?:{_globs(rests, ignore_case)})")
        elif head in ("?", "[", ""):
            flag = "(?i:" if ignore_case else "(?:"
            parts += [f"{flag}{translate(head + rest)})" for rest in rests]
        else:
            parts.append(_headed(head, list(map(translate, rests)), ignore_case))
    return "|".join(parts)


def _headed(head: str, rests: list[str], ignore_case: bool) -> str:
    first = f"[{re.escape(head.lower())}{re.escape(head.upper())}]" if ignore_case else re.escape(head)
    return f"{first}(?{'i' if ignore_case else ''}:{'|'.join(rests)})"
