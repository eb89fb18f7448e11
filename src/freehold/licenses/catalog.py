"""The licenses that rules/licenses knows: one frozen `License` per file, each fact with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from freehold.rules import documents, insist, remembered
from freehold.tomlread import Document, Table

Kind: TypeAlias = Literal["license", "family", "placeholder"]
Status: TypeAlias = Literal["verified", "reported", "unverified"]
Topic: TypeAlias = Literal[
    "commercial", "territory", "use-policy", "outputs", "derivatives", "hosting",
    "text", "remote-restriction", "revocation", "afterwards", "patents", "law",
]  # fmt: skip
Metric: TypeAlias = Literal[
    "monthly-active-users", "daily-active-users", "monthly-visits", "monthly-revenue", "annual-revenue",
    "recurring-revenue", "attributable-revenue",
]  # fmt: skip
Effect: TypeAlias = Literal["permission", "ends", "payment", "display"]
When: TypeAlias = Literal["always", "distribute", "host", "derive", "train", "commercial"]

#: What may be answered to each topic, the mildest first; `unknown` is always possible.
ANSWERS: Final[dict[Topic, tuple[str, ...]]] = {
    "commercial": ("yes", "conditional", "registration", "no"),
    "territory": ("none", "sanctions", "excluded"),
    "use-policy": ("none", "fixed", "changeable"),
    "outputs": ("free", "derivative", "duties", "competitors", "non-commercial", "forbidden"),
    "derivatives": ("free", "notice", "restrictions", "same-terms", "non-commercial", "forbidden"),
    "hosting": ("free", "duties", "source", "permission", "forbidden"),
    "text": ("fixed", "changeable"),
    "remote-restriction": ("no", "yes"),
    "revocation": ("irrevocable", "breach", "silent", "revocable", "at-will"),
    "afterwards": ("yes", "while-compliant", "no-assurance"),
    "patents": ("granted", "silent", "excluded"),
    "law": ("stated", "not-stated"),
}
#: Stands in an expression for a part whose license is not known.
UNKNOWN: Final = "LicenseRef-unknown"
TOPICS: Final = tuple(ANSWERS)
CATEGORIES: Final = (
    "public-domain", "permissive", "attribution", "conditional", "data", "weak-copyleft", "copyleft",
    "network-copyleft", "share-alike", "rail", "use-restricted", "community", "revenue-capped", "registration",
    "no-derivatives", "non-commercial", "proprietary", "ambiguous", "unknown",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a license says about one topic, restated. Only a `verified` one may decide anything."""

    topic: Topic
    answer: str
    text: str
    status: Status
    source: str
    excluded: tuple[str, ...] = ()  # territory: countries, or `EU`
    only: str | None = None  # territory: the kind of models to which it is confined
    seat: bool = False  # territory: who is seated there is meant, not whoever uses it there
    outputs: bool = False  # territory: covers what the model generates too
    business: str | None = None  # commercial: whoever does this business needs a license of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A line in users or money, and what lies above it."""

    metric: Metric
    value: int
    inclusive: bool  # reached already at the value itself
    currency: str | None
    at_release: bool  # measured once, in the month before the model's release; otherwise now
    month: str | None  # that month, `YYYY-MM`, where the release date is known
    commercial: bool  # concerns commercial use only
    competitor: str | None  # concerns only whoever does this business
    effect: Effect
    text: str
    status: Status
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something to do, and when it is due. `words` are to be shown exactly so, `prefix` begins a derived name."""

    when: When
    text: str
    words: str | None
    prefix: str | None
    status: Status
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Models of which it was read that they carry this license, and what to know about them."""

    models: str
    note: str
    status: Status
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One license, a family name that stands for several, or a placeholder that says nothing."""

    id: str
    title: str
    expression: str | None  # None only for a placeholder
    kind: Kind
    categories: tuple[str, ...]  # the first one is the main one
    hub: tuple[str, ...]
    names: tuple[str, ...]
    links: tuple[str, ...]
    members: tuple[str, ...]  # of a family: patterns of the expressions that it stands for
    sha256: tuple[str, ...]  # of normalized texts that are this license, beside the fingerprints
    version: str | None
    status: Status
    source: str
    checked_on: date
    facts: tuple[Fact, ...]
    thresholds: tuple[Threshold, ...]
    duties: tuple[Duty, ...]
    carriers: tuple[Carrier, ...]
    notes: tuple[str, ...]

    @property
    def category(self) -> str:
        """The main category."""
        return self.categories[0]

    def covers(self, expression: str) -> bool:
        """Is this license, or a member of this family, meant by the expression? `-or-later` makes no difference."""
        if self.expression is not None and bare(self.expression) == bare(expression):
            return True
        return any(fnmatchcase(expression.lower(), pattern.lower()) for pattern in self.members)

    def fact(self, topic: Topic) -> Fact:
        """Give what is known about a topic; an unverified `unknown` where nothing is."""
        silence = Fact(topic=topic, answer="unknown", text="", status="unverified", source=self.source)
        return next((fact for fact in self.facts if fact.topic == topic), silence)


class Catalog:
    """All licenses, found by id, Hub identifier, SPDX expression, or the names and links that cards use."""

    def __init__(self, licenses: Iterable[License]) -> None:
        self.licenses = tuple(sorted(licenses, key=lambda one: one.id))
        self._ids = {one.id: one for one in self.licenses}
        self._hub = {tag: one for one in self.licenses for tag in one.hub}
        self._expressions = {bare(one.expression): one for one in self.licenses if one.expression}
        self._names = {plain(name): one for one in self.licenses for name in (*one.names, one.id, one.title)}
        self._links = tuple((link.lower(), one) for one in self.licenses for link in one.links)

    def find(self, word: str) -> License | None:
        """Give the license that a person means: an id, Hub identifier, expression, name or title."""
        return self._ids.get(word.lower()) or self.hub(word) or self.symbol(word) or self.named(word)

    def hub(self, tag: str) -> License | None:
        """Give the license behind one of the Hub's identifiers."""
        return self._hub.get(tag.strip().lower())

    def symbol(self, expression: str) -> License | None:
        """Give the license behind a single SPDX identifier or `LicenseRef-…`; `-or-later` has the same terms."""
        return self._expressions.get(bare(expression))

    def named(self, name: str) -> License | None:
        """Give the license behind a card's `license_name`: the whole name, never a part of it."""
        return self._names.get(plain(name))

    def linked(self, link: str) -> License | None:
        """Give the license behind a card's `license_link`, where the address itself tells it."""
        return next((one for known, one in self._links if known in link.lower()), None)


def bare(expression: str) -> str:
    """Give an identifier without `-only`, `-or-later` and `+`: its text is the same either way."""
    return expression.lower().removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def plain(name: str) -> str:
    """Give a name as it is compared: lower case, with `-` for everything that separates words."""
    return "-".join("".join(c if c.isalnum() or c in ".+" else " " for c in name.lower()).split())


@remembered
def catalog(*more: Path) -> Catalog:
    """Read rules/licenses, once. Raises RulesError with every mistake in it."""
    files = documents("licenses", *more)
    licenses = [_read(document) for document in files]
    _check_unique(files, licenses)
    insist(files)
    return Catalog(licenses)


def _read(document: Document) -> License:
    table = document.table()
    stem = document.file.rpartition("/")[2].removesuffix(".toml")
    status = cast(Status, table.text("status", choices=("verified", "reported", "unverified")) or "unverified")
    source = table.name("source")
    kind = cast(Kind, table.text("kind", choices=("license", "family", "placeholder")) or "license")
    terms = License(
        id=table.name("id"),
        title=table.name("title"),
        expression=table.text("expression", required=kind != "placeholder"),
        kind=kind,
        categories=table.texts("categories", choices=CATEGORIES) or ("unknown",),
        hub=table.texts("hub"),
        names=table.texts("names"),
        links=table.texts("links"),
        members=table.texts("members"),
        sha256=table.texts("sha256"),
        version=table.text("version"),
        status=status,
        source=source,
        checked_on=table.day("checked-on", required=True) or date.min,
        facts=_facts(table.table("facts"), status, source),
        thresholds=tuple(_threshold(one, status, source) for one in table.tables("thresholds")),
        duties=tuple(_duty(one, status, source) for one in table.tables("duties")),
        carriers=tuple(_carrier(one) for one in table.tables("carriers")),
        notes=table.texts("notes"),
    )
    table.done()
    if terms.id != stem:
        table.complain(f"id: must be the file's name, {stem!r}", "id")
    return terms


def _facts(table: Table, status: Status, source: str) -> tuple[Fact, ...]:
    found = []
    for topic in TOPICS:
        row = table.table(topic)
        if topic not in table:
            continue
        own, where = _evidence(row, status, source)
        territory = topic == "territory"
        found.append(
            Fact(
                topic=topic,
                answer=row.name("answer", choices=(*ANSWERS[topic], "unknown")) or "unknown",
                text=row.name("text"),
                status=own,
                source=where,
                excluded=row.texts("excluded") if territory else (),
                only=row.text("only", choices=("multimodal",)) if territory else None,
                seat=row.text("by", choices=("seat", "use")) == "seat" if territory else False,
                outputs=bool(row.boolean("covers-outputs")) if territory else False,
                business=row.text("business") if topic == "commercial" else None,
            )
        )
        if territory and (found[-1].answer == "excluded") != bool(found[-1].excluded):
            row.complain("territory: `excluded` and the answer must agree", "answer")
        row.done()
    table.done()
    return tuple(found)


def _threshold(row: Table, status: Status, source: str) -> Threshold:
    own, where = _evidence(row, status, source)
    above, least = row.integer("above", least=0), row.integer("from", least=0)
    if (above is None) == (least is None):
        row.complain("exactly one of `above` and `from` is needed")
    metrics = ("monthly-active-users", "daily-active-users", "monthly-visits", "monthly-revenue", "annual-revenue",
               "recurring-revenue", "attributable-revenue")  # fmt: skip
    threshold = Threshold(
        metric=cast(Metric, row.name("metric", choices=metrics)),
        value=above if above is not None else least or 0,
        inclusive=least is not None,
        currency=row.text("currency", choices=("USD", "CNY")),
        at_release=bool(row.boolean("at-release")),
        month=row.text("month"),
        commercial=bool(row.boolean("commercial-only")),
        competitor=row.text("business"),
        effect=cast(Effect, row.name("effect", choices=("permission", "ends", "payment", "display"))),
        text=row.name("text"),
        status=own,
        source=where,
    )
    row.done()
    return threshold


def _duty(row: Table, status: Status, source: str) -> Duty:
    own, where = _evidence(row, status, source)
    whens = ("always", "distribute", "host", "derive", "train", "commercial")
    duty = Duty(
        when=cast(When, row.name("when", choices=whens)),
        text=row.name("text"),
        words=row.text("words"),
        prefix=row.text("prefix"),
        status=own,
        source=where,
    )
    row.done()
    return duty


def _carrier(row: Table) -> Carrier:
    status, source = _evidence(row, "unverified", "")
    carrier = Carrier(models=row.name("models"), note=row.text("note") or "", status=status, source=source)
    if not source:
        row.complain("source: is missing")
    row.done()
    return carrier


def _evidence(row: Table, status: Status, source: str) -> tuple[Status, str]:
    own = row.text("status", choices=("verified", "reported", "unverified"))
    return cast(Status, own or status), row.text("source") or source


def _check_unique(files: tuple[Document, ...], licenses: list[License]) -> None:
    seen: dict[tuple[str, str], str] = {}
    # The shipped ones first: the mistake is the organization's.
    both = sorted(zip(files, licenses, strict=True), key=lambda pair: not pair[0].file.startswith("rules/"))
    for document, one in both:
        keys = [("hub", tag) for tag in one.hub]
        keys += [("names", plain(name)) for name in one.names]
        keys += [("expression", one.expression.lower())] if one.expression else []
        for key in keys:
            if key in seen:
                document.complain((key[0],), f"{key[0]}: {key[1]!r} is that of {seen[key]!r} already")
            seen[key] = one.id
