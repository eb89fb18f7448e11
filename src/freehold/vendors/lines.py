"""Everything rules/vendors knows, read once and strictly, and the questions the other stages ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from freehold.rules import documents, insist
from freehold.tomlread import Document, Table
from freehold.tomlread import Path as Key
from freehold.types import Availability
from freehold.vendors.history import ACCESSES, KINDS, Event, Line, Provider, Release, Retirement, Vendor
from freehold.vendors.names import HOSTS, moves, spellings

#: The words of the detector for places where API names live.
ECOSYSTEMS = (
    "openai", "anthropic", "google", "dashscope", "mistral", "cohere", "deepseek", "moonshot", "zhipu", "minimax",
    "volcengine", "xai", "bedrock", "azure", "vertex", "groq", "together", "fireworks", "replicate", "openrouter",
)  # fmt: skip
#: Providers with an API of their own that the detector has no word for; their names are found all the same.
MORE_ECOSYSTEMS = (
    "ai21", "aleph-alpha", "baidu", "bfl", "bria", "elevenlabs", "fish-audio", "hunyuan", "ibm", "inflection", "jina",
    "kling", "liquid", "meta", "naver", "nvidia", "perplexity", "poolside", "reka", "runway", "stability", "stepfun",
    "suno", "upstage", "voyage", "writer", "xiaomi",
)  # fmt: skip
_ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """What an API name stands for."""

    name: str  # as it was asked for
    ecosystem: str
    vendor: str
    source: str
    as_of: date
    line: str | None = None
    release: Release | None = None  # None: an alias or an older name that belongs to no listed release
    moves: bool = False  # a floating alias: the model behind it may change
    retirement: Retirement | None = None

    @property
    def weights(self) -> tuple[str, ...]:
        """The Hub repositories of the same model, if it has any."""
        return () if self.release is None else self.release.weights

    def availability(self, today: date) -> Availability:
        """Say whether the model behind the name can be downloaded on that day: `api-only`, `open` or `gated`."""
        return Availability.API_ONLY if self.release is None else self.release.availability(today)


#: Whose a name or a repository is, the line, and the release where it belongs to a single one.
Named: TypeAlias = tuple[Vendor, Line, Release | None]


class Vendors:
    """All vendors. Build it with `load`; it never changes afterwards."""

    def __init__(self, vendors: Iterable[Vendor]) -> None:
        """Index these vendors."""
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
        for vendor in self.all:
            own = [p.ecosystem for p in vendor.providers if p.ecosystem not in HOSTS]
            for line in vendor.lines:
                names: list[tuple[str, Release | None]] = [(n, None) for n in line.api]
                for name, release in names + [(n, r) for r in line.releases if r.verified for n in r.api]:
                    for ecosystem in own:
                        self._api[ecosystem, name.lower()] = (vendor, line, release)
                    self._anywhere.setdefault(name.lower(), (vendor, line, release))
                for opened in filter(lambda r: r.verified, line.releases):
                    for repository in opened.weights:
                        self._weights.setdefault(repository.lower(), (vendor, line, opened))
        self._retirements = {(r.ecosystem, r.name.lower()): r for v in self.all for r in v.retirements}

    @classmethod
    def load(cls, *more: Path) -> Vendors:
        """Read rules/vendors, and the vendors/ folders of an organization's own rules.

        Raises RulesError with file and line of every mistake.
        """
        files = documents("vendors", *more)
        vendors = [_Reader(document).vendor() for document in files]
        _check_together(files, vendors)
        insist(files)
        return cls(vendors)

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
        if known in self._weights:
            line = self._weights[known][1]
            return line.vendor, line.id
        for pattern, line in self._patterns:
            if fnmatchcase(known, pattern):
                return line.vendor, line.id
        vendor = self._organizations.get(known.partition("/")[0])
        return (vendor.id, None) if vendor else None

    def release_of(self, repository: str) -> Release | None:
        """Give the release whose weights lie in this Hub repository, or None."""
        found = self._weights.get(repository.lower())
        return found[2] if found else None

    def api(self, ecosystem: str, name: str) -> ApiModel | None:
        """Say what an API name stands for; None where these rules do not list it."""
        for spelling in spellings(ecosystem, name):
            if ecosystem in HOSTS:
                found = self._anywhere.get(spelling) or self._weights.get(spelling)
            else:
                found = self._api.get((ecosystem, spelling))
            if found is not None:
                vendor, line, release = found
                open_weights = release is not None and release.weights != ()
                return ApiModel(
                    name=name,
                    ecosystem=ecosystem,
                    vendor=vendor.id,
                    line=line.id,
                    release=release,
                    # A name that stands for published weights stays with them, unless it says otherwise.
                    moves=name.lower().endswith("-latest") if open_weights else moves(name),
                    retirement=self.retirement(ecosystem, name),
                    source=vendor.source if release is None else release.source,
                    as_of=vendor.checked_on,
                )
        return None

    def retirement(self, ecosystem: str, name: str) -> Retirement | None:
        """Give the published shutdown of an API name on this provider, or None. Providers retire on their own dates:
        what the maker announced says nothing about a host."""
        for spelling in spellings(ecosystem, name):
            if (found := self._retirements.get((ecosystem, spelling))) is not None and found.verified:
                return found
        return None


class _Reader:
    """One file of rules/vendors."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def vendor(self) -> Vendor:
        table = self.document.table()
        vendor_id = table.name("id")
        self._insist_id(table, vendor_id)
        providers = tuple(self._provider(t) for t in table.tables("providers"))
        vendor = Vendor(
            id=vendor_id,
            name=table.name("name"),
            country=table.text("country"),
            organizations=table.texts("organizations"),
            checked_on=table.day("checked-on", required=True) or date.min,
            source=table.name("source"),
            providers=providers,
            lines=tuple(self._line(t, vendor_id) for t in table.tables("lines")),
            events=tuple(self._event(t) for t in table.tables("events")),
            retirements=tuple(
                self._retirement(t, providers[0].ecosystem if providers else "") for t in table.tables("retirements")
            ),
        )
        table.done()
        lines = {line.id for line in vendor.lines}
        for number, event in enumerate(vendor.events):
            if event.line is not None and event.line not in lines:
                self.document.complain(("events", number, "line"), f"line: {event.line!r} is no line of this vendor")
        return vendor

    def _insist_id(self, table: Table, value: str) -> None:
        if value and not _ID.fullmatch(value):
            table.complain(f"id: {value!r} must be lower-case words joined by hyphens or dots", "id")

    def _provider(self, table: Table) -> Provider:
        provider = Provider(
            ecosystem=table.name("ecosystem", choices=ECOSYSTEMS + MORE_ECOSYSTEMS),
            name=table.name("name"),
            packages=table.texts("packages"),
            source=table.name("source"),
        )
        table.done()
        return provider

    def _line(self, table: Table, vendor: str) -> Line:
        line_id = table.name("id")
        self._insist_id(table, line_id)
        tables = table.tables("releases")
        releases = [self._release(t) for t in tables]
        line = Line(
            id=line_id,
            vendor=vendor,
            name=table.name("name"),
            modality=table.name("modality"),
            repositories=table.texts("repositories"),
            api=table.texts("api"),
            releases=tuple(sorted(releases, key=lambda r: r.on)),
        )
        table.done()
        models = [r.model for r in releases]
        for number, release in enumerate(releases):
            if models.index(release.model) != number:
                tables[number].complain(f"model: {release.model!r} stands twice in this line", "model")
            if release.reduced_variant_of is not None and release.reduced_variant_of not in models:
                tables[number].complain(
                    f"reduced-variant-of: {release.reduced_variant_of!r} is no release of this line",
                    "reduced-variant-of",
                )
        return line

    def _release(self, table: Table) -> Release:
        release = Release(
            model=table.name("model"),
            on=table.day("date", required=True) or date.min,
            access=table.text("access", choices=ACCESSES, required=True) or "unreleased",  # type: ignore[arg-type]
            source=table.text("source") or "",
            flagship=table.boolean("flagship") is not False,
            license=table.text("license"),
            noncommercial=table.boolean("non-commercial") is True,
            weights=table.texts("weights"),
            api=table.texts("api"),
            opened_on=table.day("opened-on"),
            any_open=table.boolean("any-open-within-90-days"),
            reduced_variant_of=table.text("reduced-variant-of"),
            verified=_verified(table),
            note=table.text("note") or "",
        )
        if release.opened_on is not None:
            if release.access in ("open", "gated"):
                table.complain("opened-on: the release had weights from the start", "opened-on")
            elif release.opened_on <= release.on:
                table.complain("opened-on: must lie after the launch", "opened-on")
        if release.weights and release.access in ("api-only", "unreleased") and release.opened_on is None:
            table.complain(f"weights: access is {release.access!r}, and no opened-on says when that ended", "weights")
        table.done()
        return release

    def _event(self, table: Table) -> Event:
        event = Event(
            on=table.day("date", required=True) or date.min,
            precision=table.text("precision", choices=("day", "month", "year")) or "day",  # type: ignore[arg-type]
            kind=table.text("kind", choices=KINDS, required=True) or "governance",  # type: ignore[arg-type]
            line=table.text("line"),
            text=table.name("text"),
            source=table.text("source") or "",
            verified=_verified(table),
        )
        table.done()
        return event

    def _retirement(self, table: Table, ecosystem: str) -> Retirement:
        retirement = Retirement(
            ecosystem=table.text("ecosystem", choices=ECOSYSTEMS + MORE_ECOSYSTEMS) or ecosystem,
            name=table.name("name"),
            on=table.day("date", required=True) or date.min,
            announced=table.day("announced"),
            replacement=table.text("replacement"),
            redirects=table.boolean("redirects") is True,
            earliest=table.boolean("earliest") is True,
            source=table.text("source") or "",
            verified=_verified(table),
        )
        if not retirement.ecosystem:
            table.complain("ecosystem: is missing, and this vendor has no provider of its own")
        table.done()
        return retirement


def _verified(table: Table) -> bool:
    """A row is verified unless it says otherwise; then it must say where it can be checked."""
    verified = table.boolean("verified") is not False
    if verified and not str(table.data.get("source", "")).strip():
        table.complain("source: is missing; a row without one must say verified = false")
    return verified


def _check_together(files: tuple[Document, ...], vendors: list[Vendor]) -> None:
    """Complain of ids, repositories and API names that two places claim."""
    seen: dict[tuple[str, ...], str] = {}

    def claim(document: Document, key: tuple[str, ...], path: Key, what: str) -> None:
        if key in seen:
            document.complain(path, f"{what} is already taken in {seen[key]}")
        seen.setdefault(key, document.file)

    for document, vendor in zip(files, vendors, strict=True):
        claim(document, ("vendor", vendor.id), ("id",), f"id: {vendor.id!r}")
        for number, organization in enumerate(vendor.organizations):
            key = ("organization", organization.lower())
            claim(document, key, ("organizations", number), f"organizations: {organization!r}")
        own = tuple(p.ecosystem for p in vendor.providers if p.ecosystem not in HOSTS)
        for i, raw in enumerate(document.data.get("lines", ())):
            if not isinstance(raw, dict):
                continue
            line_id = str(raw.get("id"))
            claim(document, ("line", line_id), ("lines", i, "id"), f"id: {line_id!r}")
            places: list[tuple[Key, str]] = [(("lines", i, "api", n), name) for n, name in _names(raw)]
            for j, release in enumerate(raw.get("releases", ()) or ()):
                if isinstance(release, dict):
                    places += [(("lines", i, "releases", j, "api", n), name) for n, name in _names(release)]
            for path, name in places:
                for ecosystem in own:
                    claim(document, ("api", ecosystem, name.lower()), path, f"api: {name!r}")


def _names(raw: dict[str, object]) -> list[tuple[int, str]]:
    names = raw.get("api")
    return [(n, x) for n, x in enumerate(names) if isinstance(x, str)] if isinstance(names, list) else []
