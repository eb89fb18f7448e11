"""Whose an API name is that no list has in these letters.

Two answers, the sure one first: the one model whose name is the same but for its spelling, and the line that it is of
by the maker's word or by its spelling, of which no more can be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TypeAlias

from freehold.vendors.history import Line, Release, Vendor
from freehold.vendors.likeness import alike, of_family, row, tokens, undated
from freehold.vendors.names import ALSO_HOSTS, HOSTS, hidden, origin, unwrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whose a name or a repository is."""

    vendor: Vendor
    line: Line | None
    source: str
    as_of: date | None = None  # None: as the vendor's file
    release: Release | None = None
    weights: tuple[str, ...] = ()
    gated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose a name is that is not listed, as far as that can be told, and why no more can be said."""

    reason: str
    vendor: str | None = None
    line: str | None = None


_Rows: TypeAlias = dict[tuple[str, ...], list[Named]]


class Owners:
    """The vendors' words, families and names, however they are spelled."""

    def __init__(
        self, vendors: Iterable[Vendor], listed: Mapping[str, Named], seen: Iterable[tuple[str, Named]]
    ) -> None:
        """`listed` are names and globs of names, in lower case; `seen` bare names of weights that are on the Hub."""
        self._vendors = tuple(vendors)
        self._shapes = [(name, named) for name, named in listed.items() if "*" in name]
        self._listed = listed
        self._seen = tuple(seen)

    def alike(self, ecosystem: str, name: str) -> Named | None:
        """Give the one model whose name is the same but for its spelling, or None."""
        said = self._readings(ecosystem, name)
        for maker, bare in said:
            vendors = self._makers(ecosystem, maker)
            for key, published in alike(origin(bare)):
                if (named := self._one(key, vendors, published=published)) is not None:
                    return named
        for maker, bare in said:
            vendors = self._makers(ecosystem, maker)
            for pattern, named in self._shapes:
                if (vendors is None or named.vendor.id in vendors) and fnmatchcase(bare, pattern):
                    return named
        return None

    def whose(self, ecosystem: str, name: str) -> Whose:
        """Say of a name that is not listed whose it is, as far as its maker's word or its spelling tells."""
        if reason := hidden(ecosystem, name):
            return Whose(reason=reason)
        owner, tries = unwrapped(ecosystem, name)
        home, named = self._home(ecosystem), self._words.get(owner, frozenset())
        line = self._family(tries, named or home)
        if line is None and (not owner or named & home):
            line = self._family(tries, None)
        if line is None and not owner:
            said = (pair for bare in tries for pair in self._said(owner, bare))
            line = next(filter(None, (self._family((rest,), self._words[maker]) for maker, rest in said)), None)
        if line is not None:
            reason = f"not listed in rules/vendors; its spelling is that of the line {line.id}"
            return Whose(reason=reason, vendor=line.vendor, line=line.id)
        known = named or (home if ecosystem not in ALSO_HOSTS else frozenset())
        more = ", nor is its maker" if owner and not known else ""
        more = "; on Azure whoever deploys a model chooses the name" if ecosystem == "azure" else more
        reason = f"not listed in rules/vendors{more}"
        return Whose(reason=reason, vendor=min(known) if len(known) == 1 else None)

    def _one(self, key: tuple[str, ...], vendors: frozenset[str] | None, *, published: bool) -> Named | None:
        """What is listed comes before what was seen; where two vendors have such a name, nobody is told."""
        # A single word may be anybody's.
        for index in (self._rows, self._undated, *([] if vendors is None else [self._words_alone])):
            found = [n for n in index.get(key, ()) if n.weights or not published]
            if vendors is None:
                # Many an organization keeps copies of others' weights; its own are of a line.
                found = [n for n in found if n.line is not None]
            else:
                found = [n for n in found if n.vendor.id in vendors]
            if found and len({n.vendor.id for n in found}) == 1 and (index is not self._undated or len(found) == 1):
                return found[0]
        return None

    def _readings(self, ecosystem: str, name: str) -> list[tuple[str, str]]:
        """The maker's word and the bare name, as the host writes them first."""
        owner, tries = unwrapped(ecosystem, name)
        return [(owner, bare) for bare in tries] + [pair for bare in tries for pair in self._said(owner, bare)]

    def _said(self, owner: str, bare: str) -> Iterator[tuple[str, str]]:
        """The maker's word stands within the name, as in `openai-gpt-5`, or is a part of it, as in `deepseek.v3`."""
        head, _, rest = bare.partition("-")
        if rest and (head == owner if owner else head in self._words):
            yield head, rest
        if owner:
            yield owner, f"{owner}-{bare}"

    def _makers(self, ecosystem: str, owner: str) -> frozenset[str] | None:
        """Who may have made a name there, by their ids: the makers whose API it is, or whom the maker's word names;
        None, anybody, on a host that leaves that word out or writes its own before all."""
        named = self._words.get(owner, frozenset())
        if ecosystem in HOSTS | ALSO_HOSTS and (not owner or named & self._home(ecosystem)):
            return None
        return named if owner else self._home(ecosystem)

    def _home(self, ecosystem: str) -> frozenset[str]:
        """The makers whose own API this is."""
        if ecosystem in HOSTS:
            return frozenset()
        return frozenset(v.id for v in self._vendors if any(p.ecosystem == ecosystem for p in v.providers))

    def _family(self, tries: tuple[str, ...], vendors: frozenset[str] | None) -> Line | None:
        """The line whose pattern says most of one of these names; of any vendor only as far as `of_family` goes."""
        for pattern, line in self._families:
            if vendors is None and any(of_family(pattern, bare) for bare in tries):
                return line
            if vendors is not None and line.vendor in vendors and any(fnmatchcase(bare, pattern) for bare in tries):
                return line
        return None

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        words: dict[str, frozenset[str]] = {}
        for vendor in self._vendors:
            own = (p.ecosystem for p in vendor.providers if p.ecosystem not in HOSTS)
            for word in (vendor.id, *vendor.organizations, *vendor.known_as, *own):
                words[word.lower()] = words.get(word.lower(), frozenset()) | {vendor.id}
        return words

    @cached_property
    def _families(self) -> list[tuple[str, Line]]:
        """Patterns of bare names, the longest first; one of a whole organization says nothing of a bare name."""
        found = [
            (pattern.lower().rpartition("/")[2], line)
            for vendor in self._vendors
            for line in vendor.lines
            for pattern in (*line.names, *(p for p in line.repositories if not p.endswith("/*")))
        ]
        return sorted(found, key=lambda pair: (-len(pair[0].replace("*", "")), pair[0]))

    @cached_property
    def _rows(self) -> _Rows:
        return self._by_words[False]

    @cached_property
    def _words_alone(self) -> _Rows:
        return self._by_words[True]

    @cached_property
    def _by_words(self) -> dict[bool, _Rows]:
        """Everything that has a name, by the words in it, a single one apart; what is listed before what was seen."""
        rows: dict[bool, _Rows] = {False: {}, True: {}}
        releases = [
            # Without a number a release's name is the line's too: `Mistral Large`, of which there are five.
            (r.model, Named(vendor=vendor, line=line, source=r.source, release=r, weights=r.weights))
            for vendor in self._vendors
            for line in vendor.lines
            for r in line.releases
            if r.verified and any(map(str.isdigit, r.model))
        ]
        # By its bare name a repository is of a family too: `Kimi-VL` of Kimi.
        seen = (
            (name, replace(n, line=n.line or self._family((name.lower(),), frozenset({n.vendor.id}))))
            for name, n in self._seen
        )
        for name, named in (*self._listed.items(), *releases, *seen):
            if "*" not in name and (found := tokens(name)):
                rows[len(found) == 1].setdefault(row(found), []).append(named)
        return rows

    @cached_property
    def _undated(self) -> _Rows:
        """The same weights under their names without a date."""
        rows: _Rows = {}
        for key, found in self._rows.items():
            if (bare := undated(key)) != key:
                known = rows.setdefault(bare, [])
                known += [n for n in found if n.weights and n not in known]
        return rows
