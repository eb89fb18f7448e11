"""Which license a text is, told from the text and from nothing else.

A normalized hash finds the exact text. Otherwise the nearest reference is found by its pairs of words, and compared by
its runs of five: what the reference does not have stands out as a hunk with its words. A text is only accepted as a
license when all that differs is a name or a year; any other hunk makes it a changed text of that family, which decides
nothing. Similarity alone cannot tell these licenses apart: they differ by one number, or one section put in.

References are fingerprints (hashes of pairs and runs), not texts; .ci/fingerprints.py makes them anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Final, TypeAlias

from freehold.licenses.catalog import bare, catalog
from freehold.rules import documents, insist, remembered, rules_dir

RUN: Final = 5  # words in a run: a pair may occur twice in a license, a run hardly ever
SKETCH: Final = 512  # pairs kept of a reference: the smallest hashes, which is a fair sample
MAX_CHARACTERS: Final = 200_000
#: Below, a text is its own; the nearest license would mislead.
NEAR: Final = 0.75
_NEAREST: Final = 5
_SHORT: Final = 12  # words of a name, or of a title
_LINES: Final = 80  # words of all copyright lines together
_JUMP: Final = 3_000  # words that a text may leave out between two shared runs
_MIX: Final = 0x9E3779B97F4A7C15  # an odd constant that spreads bits (the golden ratio's)
_FULL: Final = 2**64 - 1
_LISTS: Final = ("material", "in-names", "titles", "holders", "joints")

_MARKER = re.compile(
    r"^[\s>#*•|+\-–]*(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{1,5})[.)](?=\s))?", re.MULTILINE | re.IGNORECASE
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\d[\d,.]*\d|[^\W_]+|[$€£¥%]")
_YEAR = re.compile(r"(19|20)\d\d")
_SPELLINGS: Final = {"licence": "license", "licences": "licenses", "licenced": "licensed", "sublicence": "sublicense",
                     "https": "http"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One place where a text says something else than its reference. No words: something was left out there."""

    words: str
    material: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """The text is this license, word for word or with nothing but names and years filled in."""

    expression: str
    license: str  # the id in rules/licenses, or the expression
    sha256: str
    exact: bool
    similarity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Modified:
    """The text is built on this license and says something else. It is never treated as the license."""

    family: str
    sha256: str
    similarity: float
    hunks: tuple[Hunk, ...]

    @property
    def expression(self) -> str:
        """A reference of its own: never the family's identifier."""
        return "LicenseRef-modified-" + re.sub(r"[^A-Za-z0-9.-]+", "-", self.family)


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """The text is like nothing that freehold knows."""

    sha256: str
    nearest: str | None
    similarity: float

    @property
    def expression(self) -> str:
        """A reference by the text itself."""
        return f"LicenseRef-text-{self.sha256[:12]}"


Recognition: TypeAlias = Recognized | Modified | Custom


@dataclass(frozen=True)
class Reference:
    """The fingerprint of one reference text."""

    license: str
    expression: str
    sha256: str
    words: int
    pairs: int
    sketch: tuple[int, ...]
    fills: tuple[tuple[int, int], ...]  # where a name may stand instead: from, to
    packed: str

    @cached_property
    def places(self) -> dict[int, list[int]]:
        """Where each of its runs begins, by the run's hash."""
        data, found = base64.b64decode(self.packed), {}  # type: bytes, dict[int, list[int]]
        for place, start in enumerate(range(0, len(data), 3)):
            found.setdefault(int.from_bytes(data[start : start + 3], "big"), []).append(place)
        return found


def normalize(text: str) -> tuple[str, ...]:
    """Give the words of a license text: no case, punctuation, markup or list numbers; figures without separators."""
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).replace("©", "c").replace("_", " ")
    plain = _MARKER.sub(" ", plain.replace("\r\n", "\n").replace("\r", "\n")).casefold()
    words = (word.replace(",", "") if word[0].isdigit() else word for word in _WORD.findall(plain))
    return tuple(_SPELLINGS.get(word, word) for word in words)


def digest(words: Sequence[str]) -> str:
    """Give the SHA-256 of normalized words, which stands for the text in lockfiles and corrections."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def recognize(text: str) -> Recognition:
    """Tell which license a text is; never a guess. Bounded: a longer text is read up to `MAX_CHARACTERS`."""
    words = normalize(text)
    own = digest(words)
    if (known := _exact().get(own)) is not None and len(text) <= MAX_CHARACTERS:
        return Recognized(expression=known[1], license=known[0], sha256=own, exact=True)
    ranked = _near(words)
    if not ranked or ranked[0][0] < NEAR:
        nearest = ranked[0][1].license if ranked else None
        return Custom(sha256=own, nearest=nearest, similarity=ranked[0][0] if ranked else 0.0)
    changed: Modified | None = None
    for similarity, reference in ranked:
        hunks = _hunks(words, reference)
        if len(text) > MAX_CHARACTERS:
            hunks = (*hunks, Hunk(words="(the text is too long to be read to its end)", material=True))
        if not any(hunk.material for hunk in hunks):
            return Recognized(
                expression=reference.expression,
                license=reference.license,
                sha256=own,
                exact=False,
                similarity=similarity,
            )
        changed = changed or Modified(family=reference.license, sha256=own, similarity=similarity, hunks=hunks)
    return changed or Custom(sha256=own, nearest=None, similarity=0.0)


def pairs(words: Sequence[str]) -> list[int]:
    """Give the sorted, distinct hashes of all pairs of neighboring words, 32 bits each."""
    own = [_word(word) for word in words]
    return sorted({(a * _MIX + b & _FULL) >> 32 for a, b in pairwise(own)})


def runs(words: Sequence[str]) -> list[int]:
    """Give the hashes of all runs of `RUN` words in order, 24 bits each."""
    own = [_word(word) for word in words]
    found = []
    for start in range(len(own) - RUN + 1):
        value = 0
        for one in own[start : start + RUN]:
            value = value * _MIX + one & _FULL
        found.append(value >> 40)
    return found


def fills(words: Sequence[str]) -> list[tuple[int, int]]:
    """Give the places where licensors put their own name: "the copyright holder", "[yyyy]" and the like."""
    found, start = [], 0
    while start < len(words):
        end = start
        while end < len(words) and words[end] in _words()["holders"] | _words()["joints"]:
            end += 1
        if _words()["holders"].intersection(words[start:end]):
            found.append((start, end))
        start = max(end, start + 1)
    return found


def pack(of: str, expression: str, words: Sequence[str]) -> dict[str, object]:
    """Give the fingerprint of a reference text as it is stored."""
    all_pairs = pairs(words)
    packed = b"".join(one.to_bytes(3, "big") for one in runs(words))
    return {
        "license": of,
        "expression": expression,
        "sha256": digest(words),
        "words": len(words),
        "pairs": len(all_pairs),
        "sketch": base64.b64encode(array("I", all_pairs[:SKETCH]).tobytes()).decode(),
        "fills": fills(words),
        "runs": base64.b64encode(packed).decode(),
    }


def _near(words: Sequence[str]) -> list[tuple[float, Reference]]:
    own = frozenset(pairs(words))
    if not own:
        return []
    found = []
    for reference in _references():
        shared = sum(one in own for one in reference.sketch) / len(reference.sketch) * reference.pairs
        found.append((min(1.0, 2 * shared / (reference.pairs + len(own))), reference))
    found.sort(key=lambda one: (-one[0], one[1].license))
    return [one for one in found[:_NEAREST] if one[0] >= found[0][0] - 0.15]


def _hunks(words: Sequence[str], reference: Reference) -> tuple[Hunk, ...]:
    """Walk along the runs that text and reference share, and say what stands between them on either side."""
    own, places = runs(words), reference.places
    shared: list[tuple[int, int]] = []  # (place in the text, place in the reference), both rising
    for here, one in enumerate(own):
        expected = shared[-1][1] + here - shared[-1][0] if shared else 0
        there = min((p for p in places.get(one, ()) if not shared or p > shared[-1][1]),
                    key=lambda p: abs(p - expected), default=None)  # fmt: skip
        if there is not None and (not shared or there - expected <= _JUMP):
            shared.append((here, there))
    if not shared:
        return (Hunk(words=" ".join(words[:60]), material=True),)
    hunks = []
    edges = [(-RUN, -RUN), *shared, (len(words), reference.words)]
    for (here, there), (after, beyond) in pairwise(edges):
        inner = list(words[max(here + RUN, 0) : after])
        gap = beyond - max(there + RUN, 0)  # words of the reference that stand here instead
        overlap = after - here < RUN and beyond - there < RUN
        if overlap and after - here == beyond - there:
            continue
        if not inner and gap == 0:
            continue
        place = "start" if here < 0 else "end" if after == len(words) else "middle"
        named = any(start <= there + RUN and beyond <= end for start, end in reference.fills)
        hunks.append(Hunk(words=" ".join(inner), material=_material(inner, gap, place, named=named)))
    return tuple(hunks)


def _material(inner: list[str], gap: int, place: str, *, named: bool) -> bool:
    """Does this hunk change what may be done? Only a title, a copyright line and a name in place of a name do not.

    `gap` counts the words of the reference that stand here instead, and `named` says that these are a name.
    """
    if place == "start" and 0 <= gap <= _SHORT:
        rest = [word for word in inner if word not in _words()["titles"]]
        return bool(rest) and ("copyright" not in inner or len(rest) > _LINES or _changes(rest, in_name=True))
    if place == "end":
        return bool(inner) or gap > RUN
    if gap == 0 and "copyright" in inner:
        return len(inner) > _LINES or _changes(inner, in_name=True)
    return not named or gap <= 0 or not inner or len(inner) > _SHORT or _changes(inner)


def _changes(inner: list[str], *, in_name: bool = False) -> bool:
    weighty = _words()["material"] - _words()["in-names"] if in_name else _words()["material"]
    return any(word in weighty or (any(c.isdigit() for c in word) and not _YEAR.fullmatch(word)) for word in inner)


@cache
def _word(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


@remembered
def known_expressions() -> frozenset[str]:
    """Give the expressions of which freehold knows the text, without `-only` and `-or-later`."""
    return frozenset(bare(expression) for _, expression in _exact().values())


@remembered
def _words() -> dict[str, frozenset[str]]:
    files = documents("fingerprints")
    tables = [document.table() for document in files]
    found = {key: frozenset(word for table in tables for word in table.texts(key)) for key in _LISTS}
    for table in tables:
        table.done()
    insist(files)
    return found


@cache
def _references() -> tuple[Reference, ...]:
    stored = json.loads((rules_dir() / "fingerprints" / "licenses.json").read_text("utf-8"))
    return tuple(
        Reference(
            license=row["license"],
            expression=row["expression"],
            sha256=row["sha256"],
            words=row["words"],
            pairs=row["pairs"],
            sketch=tuple(array("I", base64.b64decode(row["sketch"]))),
            fills=tuple((start, end) for start, end in row["fills"]),
            packed=row["runs"],
        )
        for row in stored["texts"]
    )


@remembered
def _exact() -> dict[str, tuple[str, str]]:
    found = {one.sha256: (one.license, one.expression) for one in _references()}
    for known in catalog().licenses:
        for text in known.sha256 if known.expression else ():
            found[text] = (known.id, known.expression or "")
    return found
