"""CycloneDX 1.7: a bill of materials in which models stand beside packages.

cyclonedx-python-lib builds and orders it; model cards and the statement of incompleteness, which it has no classes for,
are put in afterwards.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from freehold import __version__
from freehold.console import Look
from freehold.report import Format
from freehold.report.json import document
from freehold.report.ranking import Row, rows
from freehold.safe import json_text, printable, shorten, url
from freehold.types import Ancestor, LicenseClaim, Location, Model, Report, Requirement, Resolved, Weight

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.model.component_evidence import ComponentEvidence
    from cyclonedx.model.license import License

FORMAT = Format("cyclonedx", ".cdx.json")

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_PACKAGE = re.compile(r"[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?")
_HUB = "https://huggingface.co"


def render(report: Report, look: Look) -> str:
    """Write it as 1.7; `look` plays no part."""
    return write(report, (1, 7))


def write(report: Report, version: tuple[int, int]) -> str:
    """Write it in one version of the standard. Serial number and time follow from the report and its day alone."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository
    from cyclonedx.output.json import JsonV1Dot6, JsonV1Dot7

    known = rows(report)
    refer = _References()
    models = [_model(row, refer(f"model:{row.model.ecosystem}/{row.model.name}")) for row in known]
    packages = [_package(r, refer(f"package:{r.name}@{r.version or r.specifier}")) for r in report.requirements]
    project = Component(name="project", type=ComponentType.APPLICATION, bom_ref="project")
    tool = Component(name="freehold", version=__version__, type=ComponentType.APPLICATION, bom_ref="freehold")
    day = report.provenance.today
    bom = Bom(
        components=[*models, *packages],
        serial_number=identity(report),
        metadata=BomMetaData(
            component=project,
            tools=ToolRepository(components=[tool]),
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        ),
    )
    bom.register_dependency(project, [*models, *packages])
    by_name = {row.model.name: model for row, model in zip(known, models, strict=True)}
    for row, model in zip(known, models, strict=True):
        bases = row.model.bases if isinstance(row.model, Model) else ()
        inside = [by_name[base] for base in bases if base in by_name and by_name[base] is not model]
        if inside:  # the library looks every model up in all others, so it is asked no more than needed
            bom.register_dependency(model, inside)
    output = JsonV1Dot7 if version == (1, 7) else JsonV1Dot6
    written: dict[str, Any] = json.loads(output(bom).output_as_string())
    cards = {model.bom_ref.value: _card(row) for row, model in zip(known, models, strict=True)}
    for component in written.get("components", ()):
        if component["bom-ref"] in cards:
            component["modelCard"] = cards[component["bom-ref"]]
    if not report.complete:
        written["compositions"] = [{"aggregate": "incomplete", "assemblies": ["project"]}]
    return json_text(_ordered(written))


def _ordered(value: Any) -> Any:
    """Sort what has no order in the standard: the library's sets follow the hash seed in places."""
    if isinstance(value, dict):
        return {key: _ordered(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=lambda part: json.dumps(part, sort_keys=True))
    return value


class _References:
    """Gives names that stay while the report grows, and that are unique in it."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def __call__(self, name: str) -> str:
        shown = shorten(name)
        self.seen[shown] += 1
        return shown if self.seen[shown] == 1 else f"{shown}#{self.seen[shown]}"


def identity(report: Report) -> uuid.UUID:
    """Give the same identifier for the same report, and another for any other."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json_text(document(report)))


def purl(subject: Resolved | Requirement) -> str | None:
    """Give the package URL of a Hub repository or a Python package; None where the name could not stand in one."""
    from packageurl import PackageURL

    if isinstance(subject, Requirement):
        version = subject.version and printable(subject.version)
        return PackageURL("pypi", None, subject.name, version).to_string() if _PACKAGE.fullmatch(subject.name) else None
    if subject.ecosystem != "huggingface" or not _HUB_NAME.fullmatch(subject.name):
        return None
    commit = subject.commit if isinstance(subject, Model) else None
    version = commit.lower() if commit and re.fullmatch(r"[0-9a-fA-F]{40}", commit) else None
    namespace, _, name = subject.name.rpartition("/")
    return PackageURL("huggingface", namespace or None, name, version).to_string()


def _model(row: Row, reference: str) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType, Pedigree
    from cyclonedx.model.contact import OrganizationalEntity
    from packageurl import PackageURL

    model = row.model
    found = model if isinstance(model, Model) else None
    group, name = _names(model.name)

    def file(weight: Weight, place: int) -> Component:
        digest = weight.sha256 and re.fullmatch(r"[0-9a-f]{64}", weight.sha256)
        size = [] if weight.size is None else [Property(name="freehold:size", value=str(weight.size))]
        return Component(
            type=ComponentType.FILE,
            name=printable(weight.path) or "?",
            bom_ref=f"{reference}!file-{place}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest[0])] if digest else (),
            properties=size,
        )

    def ancestor(known: Ancestor, place: int) -> Component:
        group, name = _names(known.id)
        return Component(
            type=ComponentType.MACHINE_LEARNING_MODEL,
            group=group,
            name=name,
            bom_ref=f"{reference}!ancestor-{place}",
            licenses=_licenses(known.license),
            properties=[Property(name="freehold:relation", value=printable(known.relation))] if known.relation else (),
        )

    commit = found and found.commit
    address, lineage = purl(model), ancestors(model)
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        group=group,
        name=name,
        version=shorten(commit) if commit else None,
        bom_ref=reference,
        purl=PackageURL.from_string(address) if address else None,
        supplier=OrganizationalEntity(name=printable(model.vendor)) if model.vendor else None,
        licenses=_licenses(row.license),
        external_references=_references(row, linked=address is not None),
        pedigree=Pedigree(ancestors=[ancestor(known, n) for n, known in enumerate(lineage)]) if lineage else None,
        components=[file(weight, n) for n, weight in enumerate(found.weights)] if found else (),
        evidence=_evidence(load.location for load in row.loads),
        properties=[Property(name=f"freehold:{key}", value=value) for key, value in _facts(row)],
    )


def ancestors(model: Resolved) -> tuple[Ancestor, ...]:
    """Give what a model was made from: its lineage, or at least the bases that it names."""
    if not isinstance(model, Model):
        return ()
    return model.lineage or tuple(Ancestor(id=base, depth=1) for base in model.bases)


def _facts(row: Row) -> Iterable[tuple[str, str]]:
    model = row.model
    yield "availability", model.availability
    yield "ecosystem", printable(model.ecosystem)
    yield "from", model.origin.source
    yield "as-of", str(model.origin.as_of)
    if model.reason:
        yield "reason", shorten(model.reason)
    if model.line:
        yield "line", printable(model.line)
    if isinstance(model, Model) and model.gate:
        yield "gate", model.gate
    if row.exposure:
        yield "exposure", str(row.exposure.score)
    if row.license:
        yield "license-verdict", row.license.verdict


def _card(row: Row) -> dict[str, Any]:
    """A model card holds what is known and no more: the task, and what freehold found out."""
    card: dict[str, Any] = {}
    if isinstance(row.model, Model) and row.model.task:
        card["modelParameters"] = {"task": printable(row.model.task)}
    return card | {"properties": [{"name": "freehold:availability", "value": str(row.model.availability)}]}


def _references(row: Row, linked: bool) -> Iterable[Any]:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri

    if linked:
        yield ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(f"{_HUB}/{row.model.name}"))
    link = url(row.license.link) if row.license and row.license.link else None
    if link:
        yield ExternalReference(type=ExternalReferenceType.LICENSE, url=XsUri(link))


def _package(requirement: Requirement, reference: str) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    address = purl(requirement)
    return Component(
        type=ComponentType.LIBRARY,
        name=shorten(requirement.name) or "?",
        version=shorten(requirement.version) if requirement.version else None,
        bom_ref=reference,
        purl=PackageURL.from_string(address) if address else None,
        licenses=_licenses(requirement.license),
        evidence=_evidence([requirement.location]),
    )


def _names(name: str) -> tuple[str | None, str]:
    group, _, rest = shorten(name).rpartition("/")
    return group or None, rest or "?"


def _licenses(claim: LicenseClaim | None) -> tuple[License, ...]:
    """An SPDX id, an expression or a mere name; declared where the license is the model's own word, else concluded."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.license import LicenseAcknowledgement

    told = claim and (claim.expression or claim.name or claim.tag)
    if not claim or not told:
        return ()
    spoken = LicenseAcknowledgement.DECLARED if claim.source == "declared" else LicenseAcknowledgement.CONCLUDED
    return (LicenseFactory().make_from_string(shorten(told), license_acknowledgement=spoken),)


def _evidence(places: Iterable[Location]) -> ComponentEvidence | None:
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence

    seen = [Occurrence(location=printable(place.path) or "?", line=place.line) for place in places]
    return ComponentEvidence(occurrences=seen) if seen else None
