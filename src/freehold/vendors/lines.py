"""Everything rules/vendors knows, and the questions the other stages ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from freehold.types import Availability
from freehold.vendors import read, shutdowns
from freehold.vendors.history import Line, Published, Release, Retirement, Vendor
from freehold.vendors.names import ALSO_HOSTS, HOSTS, is_date, moves, origin, spellings, unwrapped
from freehold.vendors.names import ECOSYSTEMS as ECOSYSTEMS
from freehold.vendors.names import MORE_ECOSYSTEMS as MORE_ECOSYSTEMS
from freehold.vendors.owners import Named, Owners
from freehold.vendors.owners import Whose as Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """What an API name stands for."""

    name: str  # as it was asked for
    ecosystem: str
    vendor: str  # who made the model, not who serves it
    source: str
    as_of: date
    line: str | None = None
    release: Release | None = None  # None: an alias, a tier or an older name that belongs to no listed release
    weights: tuple[str, ...] = ()  # the Hub repositories of the same model, if it has any
    gated: bool = False  # these stand behind a gate; a release says so itself
    seen: Availability | None = None  # how a snapshot saw these: a gate or a withdrawal since the release counts
    moves: bool = False  # a floating alias: the model behind it may change
    retirement: Retirement | None = None

    def availability(self, today: date) -> Availability:
        """Say whether the model behind the name can be downloaded on that day: `api-only`, `open` or `gated`. One that
        is still called after its weights were taken down is API-only."""
        if self.release is not None:
            told = self.release.availability(today)
        elif self.weights:
            told = Availability.GATED if self.gated else Availability.OPEN
        else:
            told = Availability.API_ONLY
        told = self.seen if self.seen is not None and told.has_weights else told
        return Availability.API_ONLY if told is Availability.WITHDRAWN else told


class Vendors:
    """All vendors. Build it with `load`; it never changes afterwards. What is not verified is not in any index."""

    def __init__(
        self, vendors: Iterable[Vendor], published: Iterable[Published] = (), retirements: Iterable[Retirement] = ()
    ) -> None:
        """Index these vendors. `published` are the weights that a snapshot of the Hub saw: hosts serve many of them
        under names of their own. `retirements` are claims beside the vendors' own rows."""
        self._published = tuple(published)
        self._saw = {seen.repository.lower(): seen.availability for seen in self._published}
        self.all: tuple[Vendor, ...] = tuple(sorted(vendors, key=lambda v: v.id))
        self._vendors = {v.id: v for v in self.all}
        self._lines = {line.id: line for v in self.all for line in v.lines}
        self._organizations = {o.lower(): v for v in self.all for o in v.organizations}
        self._patterns = sorted(
            ((p.lower(), line) for line in self._lines.values() for p in line.repositories),
            key=lambda pair: (-len(pair[0].replace("*", "")), pair[0]),
        )
        self._weights: dict[str, Named] = {}
        self._api: dict[tuple[str, str], Named] = {}
        self._anywhere: dict[str, Named] = {}
        self._served: dict[tuple[str, str], str] = {}
        for vendor in self.all:
            for provider in vendor.providers:
                for name in provider.api:
                    self._index(
                        (provider.ecosystem,), name, Named(vendor=vendor, line=None, source=provider.api_source)
                    )
                for served in provider.serves:
                    self._served[provider.ecosystem, served.name.lower()] = served.model.lower()
            own = tuple(p.ecosystem for p in vendor.providers if p.ecosystem not in HOSTS)
            for line in vendor.lines:
                self._index_line(own, vendor, line)
        claims = (*(r for v in self.all for r in v.retirements), *retirements)
        self._retirements = shutdowns.settled(claims)

    @classmethod
    def load(cls, *more: Path, published: Iterable[Published] = ()) -> Vendors:
        """Read rules/vendors and rules/retirements, and the same folders of an organization's own rules.

        Raises RulesError with file and line of every mistake.
        """
        return cls(read.read(*more), published, shutdowns.read(*more))

    def _index_line(self, own: tuple[str, ...], vendor: Vendor, line: Line) -> None:
        for release in filter(lambda r: r.verified, line.releases):
            named = Named(vendor=vendor, line=line, source=release.source, release=release, weights=release.weights)
            for name in release.api:
                self._index(own, name, named)
            self._index_weights(own, release.weights, named)
        for hosted in line.hosted:
            named = Named(vendor=vendor, line=line, source=hosted.source, weights=hosted.weights, gated=hosted.gated)
            self._index(own, hosted.name, named)
            self._index_weights(own, hosted.weights, named)
        for name in line.api:
            self._index(own, name, Named(vendor=vendor, line=line, source=line.api_source))

    def _index(self, ecosystems: tuple[str, ...], name: str, named: Named) -> None:
        for ecosystem in ecosystems:
            self._api[ecosystem, name.lower()] = named
        self._anywhere.setdefault(name.lower(), named)

    def _index_weights(self, own: tuple[str, ...], weights: tuple[str, ...], named: Named) -> None:
        """Published weights may be asked for by their Hub id, and by the last part of it where they are at home or on
        a host that leaves the organization out."""
        for repository in weights:
            self._weights.setdefault(repository.lower(), named)
            bare = repository.lower().rpartition("/")[2]
            self._anywhere.setdefault(bare, named)
            for ecosystem in own:
                self._api.setdefault((ecosystem, bare), named)

    @property
    def retirements(self) -> Iterable[Retirement]:
        """Every name of which an end, or a day before which there is none, is known: one answer each."""
        return self._retirements.values()

    @property
    def as_of(self) -> date:
        """The newest day on which any of these files was checked against its sources."""
        return max((v.checked_on for v in self.all), default=date.min)

    def vendor(self, id: str) -> Vendor | None:  # noqa: A002
        """Give a vendor by its id, or None."""
        return self._vendors.get(id)

    def line(self, id: str) -> Line | None:  # noqa: A002
        """Give a line by its id, or None."""
        return self._lines.get(id)

    def of_repository(self, repository: str) -> tuple[str, str | None] | None:
        """Give the vendor of a Hub repository and, where a listed pattern says so, its line. Someone else's copy or
        fine-tune belongs to nobody here: None."""
        known = repository.lower()
        named = self._weights.get(known)
        if named is not None and named.line is not None:
            return named.vendor.id, named.line.id
        for pattern, line in self._patterns:
            if fnmatchcase(known, pattern):
                return line.vendor, line.id
        vendor = self._organizations.get(known.partition("/")[0])
        return (vendor.id, None) if vendor else None

    def release_of(self, repository: str) -> Release | None:
        """Give the release whose weights lie in this Hub repository, or None."""
        named = self._weights.get(repository.lower())
        return None if named is None else named.release

    def api(self, ecosystem: str, name: str) -> ApiModel | None:
        """Say what an API name stands for; None where these rules do not list it.

        A host (Bedrock, Vertex, an aggregator) may serve any maker's model, under a wrapped name or a Hub id.
        """
        written = spellings(ecosystem, name)
        exact = (self._find(ecosystem, spelling) for spelling in dict.fromkeys((*written, *map(origin, written))))
        named = next(filter(None, exact), None) or self._inside(ecosystem, name) or self._owners.alike(ecosystem, name)
        if named is None:
            return None
        return ApiModel(
            name=name,
            ecosystem=ecosystem,
            vendor=named.vendor.id,
            source=named.source,
            as_of=named.as_of or named.vendor.checked_on,
            line=None if named.line is None else named.line.id,
            release=named.release,
            weights=named.weights,
            gated=named.gated,
            seen=next((self._saw[w] for w in map(str.lower, named.weights) if w in self._saw), None),
            # A name that stands for published weights stays with them, unless it says otherwise.
            moves=name.lower().endswith("-latest") if named.weights else moves(name),
            retirement=self.retirement(ecosystem, name),
        )

    def whose(self, ecosystem: str, name: str) -> Whose:
        """Say of a name for which `api` gives None whose it is, as far as that can be told, and why not more."""
        return self._owners.whose(ecosystem, name)

    @cached_property
    def _owners(self) -> Owners:
        return Owners(self.all, self._anywhere, self._seen())

    def _seen(self) -> Iterator[tuple[str, Named]]:
        """The weights that the snapshot saw and no row lists, of vendors that are listed."""
        for seen in self._published:
            owner = self.of_repository(seen.repository)
            if owner is not None and seen.availability.has_weights and seen.repository.lower() not in self._weights:
                vendor, line = self._vendors[owner[0]], self._lines[owner[1]] if owner[1] else None
                named = Named(
                    vendor=vendor,
                    line=line,
                    source=seen.source,
                    as_of=seen.as_of,
                    weights=(seen.repository,),
                    gated=seen.availability is Availability.GATED,
                )
                yield seen.repository.rpartition("/")[2], named

    def _inside(self, ecosystem: str, name: str) -> Named | None:
        """What the name is without what the host put around it."""
        owner, tries = unwrapped(ecosystem, name)
        return None if owner else next(filter(None, (self._find(ecosystem, bare) for bare in tries)), None)

    def snapshots(self, ecosystem: str, name: str) -> tuple[str, ...]:
        """Give the dated names that these rules list of an undated one, the newest last: `gpt-4o-2024-11-20` of
        `gpt-4o`. Where there is none, nobody here can say whether the name moves."""
        start = f"{spellings(ecosystem, name)[0].removesuffix('-latest')}-"
        listed = {known for place, known in (*self._api, *self._retirements) if place == ecosystem}
        dated = (known for known in listed if known.startswith(start) and is_date(known.removeprefix(start)))
        return tuple(sorted(dated))

    def _find(self, ecosystem: str, spelling: str) -> Named | None:
        own = self._api.get((ecosystem, spelling))
        served = self._served.get((ecosystem, spelling))
        if own is not None or (served is None and ecosystem not in HOSTS | ALSO_HOSTS):
            return own
        model = served or spelling
        found = self._weights.get(model) or self._anywhere.get(model)
        organization, _, bare = model.rpartition("/")
        if found is None and bare in self._anywhere:
            # `Qwen/Qwen3.6-Plus` on a host: the maker's organization before the maker's API name.
            named = self._anywhere[bare]
            found = named if organization in (o.lower() for o in named.vendor.organizations) else None
        return found

    def retirement(self, ecosystem: str, name: str) -> Retirement | None:
        """Give the published shutdown of an API name on this provider, or None. Providers retire on their own dates:
        what the maker announced says nothing about a host. A promise not to retire before a day is no shutdown."""
        found = self._retirement(ecosystem, name)
        return None if found is None or found.earliest else found

    def not_before(self, ecosystem: str, name: str) -> Retirement | None:
        """Give the day before which the provider says it will not retire this name, or None."""
        found = self._retirement(ecosystem, name)
        return found if found is not None and found.earliest else None

    def _retirement(self, ecosystem: str, name: str) -> Retirement | None:
        written = spellings(ecosystem, name)
        # A region of Azure's before the name; and a fine-tuned model ends with those of its base.
        bare = [tried for tried in unwrapped(ecosystem, name)[1] if ecosystem == "azure"]
        tuned = [":".join(spelling.split(":")[:2]) for spelling in written if spelling.startswith("ft:")]
        keys = ((ecosystem, spelling) for spelling in (*written, *bare, *tuned))
        return next((self._retirements[key] for key in keys if key in self._retirements), None)
