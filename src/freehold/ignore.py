"""Which paths .gitignore files exclude, as git says in gitignore(5).

Own code because a walk asks this for every file: plain names are looked up, consecutive other patterns become one
regular expression, and what no pattern mentions is known at once. That is some fifty times faster than asking pattern
by pattern as the library for it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

#: A longer file is hostile; git itself has no limit.
MAX_PATTERNS = 5_000
MAX_PATTERN = 500
_SPECIAL = frozenset("*?[\\")


@dataclass(frozen=True, slots=True)
class _Pattern:
    negated: bool
    folder: bool  # matches folders only
    whole: bool  # matched against the path, not the last part
    plain: str | None  # the one name or path that it matches, if it is one
    ending: str | None  # or what all names that it matches end with
    regex: str


@dataclass(frozen=True, slots=True)
class _Side:
    """What some patterns match: plain names and paths, endings of names, and expressions for the others."""

    names: frozenset[str]
    paths: frozenset[str]
    endings: tuple[str, ...]
    name: re.Pattern[str] | None
    path: re.Pattern[str] | None

    def matches(self, name: str, path: str) -> bool:
        return (
            name in self.names
            or path in self.paths
            or name.endswith(self.endings)
            or (self.name is not None and self.name.match(name) is not None)
            or (self.path is not None and self.path.match(path) is not None)
        )


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbors of the same sign."""

    negated: bool
    folders: _Side
    files: _Side


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of one file, the last group first: the last match decides."""

    every: _Group
    groups: tuple[_Group, ...]

    def match(self, path: str, folder: bool) -> bool | None:
        """Is this path (relative to the folder of the patterns) excluded, re-included, or not mentioned (None)?"""
        name = path[path.rfind("/") + 1 :]
        if not (self.every.folders if folder else self.every.files).matches(name, path):
            return None
        return next(not g.negated for g in self.groups if (g.folders if folder else g.files).matches(name, path))


def parse(lines: Iterable[str]) -> Ignore:
    """Read patterns, one a line. What git would not understand matches nothing."""
    patterns = [p for line in list(lines)[:MAX_PATTERNS] if (p := _pattern(line)) is not None]
    groups = [_group(negated, list(some)) for negated, some in groupby(patterns, lambda p: p.negated)]
    return Ignore(groups[0] if len(groups) == 1 else _group(False, patterns), tuple(reversed(groups)))


def _group(negated: bool, patterns: list[_Pattern]) -> _Group:
    return _Group(negated, _side(patterns), _side([p for p in patterns if not p.folder]))


def _side(patterns: list[_Pattern]) -> _Side:
    def plain(whole: bool) -> frozenset[str]:
        return frozenset(p.plain for p in patterns if p.whole == whole and p.plain is not None)

    def union(whole: bool) -> re.Pattern[str] | None:
        some = dict.fromkeys(p.regex for p in patterns if p.whole == whole and p.plain is None and p.ending is None)
        return re.compile(rf"(?:{'|'.join(some)})\Z", re.DOTALL) if some else None

    endings = tuple(p.ending for p in patterns if p.ending is not None)
    return _Side(plain(False), plain(True), endings, union(False), union(True))


def _pattern(line: str) -> _Pattern | None:
    line = re.sub(r"(?<!\\)[ \t]+$", "", line.rstrip("\r\n"))
    if not line or line.startswith("#") or len(line) > MAX_PATTERN:
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folder = line.endswith("/")
    line = line[:-1] if folder else line
    if not line:
        return None
    whole = "/" in line
    line = line.removeprefix("/")
    if whole and line.startswith("**/") and "/" not in line[3:]:
        whole, line = False, line[3:]
    if _SPECIAL.isdisjoint(line):
        return _Pattern(negated, folder, whole, line, None, "")
    if line[0] == "*" and not whole and _SPECIAL.isdisjoint(line[1:]):
        return _Pattern(negated, folder, whole, None, line[1:], "")
    try:
        regex = _translate(line)
        if "[" in line:
            re.compile(regex)
    except (re.error, ValueError):
        return None
    return _Pattern(negated, folder, whole, None, None, regex)


def _translate(text: str) -> str:
    """One pattern as a regular expression. Runs of stars are one star, so that no text takes exponential time."""
    out: list[str] = []
    at = 0
    while at < len(text):
        c = text[at]
        if c == "*":
            stop = at
            while stop < len(text) and text[stop] == "*":
                stop += 1
            alone = (at == 0 or text[at - 1] == "/") and (stop == len(text) or text[stop] == "/")
            if stop - at == 2 and alone:
                if stop == len(text):
                    out.append(".+")
                else:
                    out.append("(?:.*/)?")
                    stop += 1
            else:
                out.append("[^/]*")
            at = stop
        elif c == "?":
            out.append("[^/]")
            at += 1
        elif c == "[":
            one, at = _set(text, at)
            out.append(one)
        elif c == "\\":
            if at + 1 == len(text):
                raise ValueError("a backslash at the end")
            out.append(re.escape(text[at + 1]))
            at += 2
        else:
            out.append(re.escape(c))
            at += 1
    return "".join(out)


def _set(text: str, at: int) -> tuple[str, int]:
    stop = at + 1
    negated = text[stop : stop + 1] in ("!", "^")
    stop += negated
    first = stop
    while stop < len(text) and (text[stop] != "]" or stop == first):
        stop += 2 if text[stop] == "\\" else 1
    if stop >= len(text):
        raise ValueError("a set without its end")
    # As git's wildmatch reads it: a range needs a character before it, and one that runs backwards holds nothing.
    ranges: list[tuple[str, str]] = []
    before: str | None = None
    at = first
    while at < stop:
        c = text[at]
        if c == "-" and before is not None and at + 1 < stop:
            at += 1 + (text[at + 1] == "\\")
            ranges += [(before, text[at])] if before <= text[at] else []
            before = None
        else:
            at += c == "\\"
            before = text[at]
            ranges.append((before, before))
        at += 1
    inner = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)
    if not inner:
        return ("[^/]" if negated else "(?!)"), stop + 1
    return f"(?!/)[{'^' if negated else ''}{inner}]", stop + 1
