"""rules/vendors as values: one strict reading of each file, and what no two of them may claim together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from freehold.rules import documents, insist
from freehold.tomlread import Document, Table
from freehold.tomlread import Path as Key
from freehold.vendors.history import ACCESSES, KINDS, Event, Hosted, Line, Provider, Release, Retirement, Served, Vendor
from freehold.vendors.names import ECOSYSTEMS, HOSTS, MORE_ECOSYSTEMS

_ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


def read(*more: Path) -> tuple[Vendor, ...]:
    """Read rules/vendors, and the vendors/ folders of an organization's own rules.

    Raises RulesError with file and line of every mistake.
    """
    files = documents("vendors", *more)
    vendors = tuple(_Reader(document).vendor() for document in files)
    _check_together(files, vendors)
    insist(files)
    return vendors


class _Reader:
    """One file of rules/vendors."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def vendor(self) -> Vendor:
        table = self.document.table()
        vendor_id = table.name("id")
        checked_on = table.day("checked-on", required=True) or date.min
        self._insist_id(table, vendor_id)
        vendor = Vendor(
            id=vendor_id,
            name=table.name("name"),
            country=table.text("country"),
            organizations=table.texts("organizations"),
            known_as=table.texts("known-as"),
            checked_on=checked_on,
            source=table.name("source"),
            providers=tuple(self._provider(t) for t in table.tables("providers")),
            lines=tuple(self._line(t, vendor_id) for t in table.tables("lines")),
            events=tuple(self._event(t) for t in table.tables("events")),
            retirements=tuple(r for t in table.tables("retirements") for r in self._retirements(t, checked_on)),
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
            api=table.texts("api"),
            serves=tuple(self._served(t) for t in table.tables("serves")),
            api_source=table.text("api-source") or "",
        )
        self._insist_source(table, (*provider.api, *(s.name for s in provider.serves)), provider.api_source)
        table.done()
        return provider

    def _insist_source(self, table: Table, names: tuple[str, ...], source: str) -> None:
        if names and not source:
            table.complain("api-source: is missing; names need one as every fact does")

    def _served(self, table: Table) -> Served:
        served = Served(name=table.name("name"), model=table.name("model"))
        table.done()
        return served

    def _hosted(self, table: Table) -> Hosted:
        hosted = Hosted(name=table.name("name"), weights=table.texts("weights"), gated=table.boolean("gated") is True)
        if not hosted.weights:
            table.complain("weights: is missing or empty")
        table.done()
        return hosted

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
            names=table.texts("names"),
            api=table.texts("api"),
            api_source=table.text("api-source") or "",
            hosted=tuple(self._hosted(t) for t in table.tables("hosted")),
            releases=tuple(sorted(releases, key=lambda r: r.on)),
        )
        self._insist_source(table, line.api, line.api_source)
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
            withdrawn_on=table.day("withdrawn-on"),
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
        if release.withdrawn_on is not None and release.withdrawn_on <= (release.opened_on or release.on):
            table.complain("withdrawn-on: must lie after the weights came out", "withdrawn-on")
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

    def _retirements(self, table: Table, checked_on: date) -> tuple[Retirement, ...]:
        """One group: the shutdowns of one ecosystem from one source."""
        ecosystem = table.name("ecosystem", choices=ECOSYSTEMS + MORE_ECOSYSTEMS)
        source = table.text("source") or ""
        redirects, earliest = table.boolean("redirects") is True, table.boolean("earliest") is True
        verified, as_of = _verified(table), table.day("as-of")
        found = []
        for row in table.tables("models"):
            retirement = Retirement(
                ecosystem=ecosystem,
                name=row.name("name"),
                on=row.day("date", required=True) or date.min,
                announced=row.day("announced"),
                replacement=row.text("replacement"),
                redirects=redirects,
                earliest=earliest,
                source=source,
                verified=verified,
                as_of=as_of or checked_on,
            )
            if retirement.announced is not None and retirement.announced > retirement.on:
                row.complain("announced: lies after the shutdown", "announced")
            row.done()
            found.append(retirement)
        table.done()
        return tuple(found)


def _verified(table: Table) -> bool:
    """A row is verified unless it says otherwise; then it must say where it can be checked."""
    verified = table.boolean("verified") is not False
    if verified and not str(table.data.get("source", "")).strip():
        table.complain("source: is missing; a row without one must say verified = false")
    return verified


def _check_together(files: tuple[Document, ...], vendors: tuple[Vendor, ...]) -> None:
    """Complain of ids, repositories and API names that two places claim."""
    seen: dict[tuple[str, ...], str] = {}
    known: set[str] = set()  # every API name and every repository, in lower case

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
            if isinstance(raw, dict):
                line_id = str(raw.get("id"))
                claim(document, ("line", line_id), ("lines", i, "id"), f"id: {line_id!r}")
        for place, name in _names(document.data, ()):
            for ecosystem in own:
                claim(document, ("api", ecosystem, name.lower()), place, f"api: {name!r}")
        known |= {repository.lower() for line in vendor.lines for repository in _repositories(line)}
        known |= {name.lower() for _, name in _names(document.data, ())}
        retired = [(r.ecosystem, r.name.lower(), r.source) for r in vendor.retirements]
        for ecosystem, name, _ in sorted({row for row in retired if retired.count(row) > 1}):
            document.complain(("retirements",), f"retirements: {name!r} stands twice for {ecosystem} from one source")

    for document, vendor in zip(files, vendors, strict=True):
        for i, provider in enumerate(vendor.providers):
            for j, served in enumerate(provider.serves):
                if served.model.lower() not in known:
                    document.complain(
                        ("providers", i, "serves", j, "model"),
                        f"model: {served.model!r} stands nowhere in rules/vendors",
                    )


def _repositories(line: Line) -> Iterator[str]:
    for release in line.releases:
        yield from release.weights
    for hosted in line.hosted:
        yield from hosted.weights


def _names(raw: object, place: Key) -> Iterator[tuple[Key, str]]:
    """Walk a file's API names with their places: every list called `api`, every name under `hosted`."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key == "api" and isinstance(value, list):
                yield from (((*place, key, n), x) for n, x in enumerate(value) if isinstance(x, str))
            elif key == "hosted" and isinstance(value, list):
                rows = ((n, row.get("name")) for n, row in enumerate(value) if isinstance(row, dict))
                yield from (((*place, key, n, "name"), x) for n, x in rows if isinstance(x, str))
            else:
                yield from _names(value, (*place, key))
    elif isinstance(raw, list):
        for n, value in enumerate(raw):
            yield from _names(value, (*place, n))
