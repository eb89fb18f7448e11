"""SPDX 3.0.1 with its AI profile, as JSON-LD.

Every model has one declared and one concluded license, as the profile's conformance asks; where nobody knows, it says
NoAssertion. What is not known, such as the day of a release, is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from freehold import __version__
from freehold.console import Look
from freehold.report import Format
from freehold.report.cyclonedx import ancestors, identity, purl
from freehold.report.ranking import Row, rows
from freehold.safe import json_text, shorten
from freehold.types import LicenseClaim, Model, Report, Requirement

FORMAT = Format("spdx", ".spdx.json")

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NO_ASSERTION = "expandedlicensing_NoAssertionLicense"

Element: TypeAlias = dict[str, Any]

# One SPDX id or a compound of them; anything else is a name and becomes a LicenseRef.
_EXPRESSION = re.compile(r"\(*[A-Za-z0-9][\w.+-]*\)*( (AND|OR|WITH) \(*[A-Za-z0-9][\w.+-]*\)*)*", re.ASCII)


def render(report: Report, look: Look) -> str:
    """Write the document; `look` plays no part. Identifiers follow from the report alone, the time from its day."""
    return json_text({"@context": CONTEXT, "@graph": _Graph(report).elements})


class _Graph:
    """The elements of one document, each with an identifier below the document's."""

    def __init__(self, report: Report) -> None:
        self.base = f"urn:uuid:{identity(report)}#"
        self.licenses: dict[str, str] = {}
        self.vendors: dict[str, str] = {}
        self.elements: list[Element] = [
            {
                "type": "CreationInfo",
                "@id": "_:creation",
                "specVersion": "3.0.1",
                "created": f"{report.provenance.today}T00:00:00Z",
                "createdBy": [self.base + "freehold"],
            }
        ]
        self.add("freehold", "SoftwareAgent", name=f"freehold {__version__}")
        project = self.add("project", "software_Package", name="project", software_primaryPurpose="application")
        parts = [self.model(row, f"model-{number}") for number, row in enumerate(rows(report), 1)]
        parts += [self.package(r, f"package-{number}") for number, r in enumerate(report.requirements, 1)]
        if parts:
            self.relate("project", "dependsOn", project, parts, complete=report.complete)
        everything = [element["spdxId"] for element in self.elements[1:]]
        sbom = self.add(
            "sbom", "software_Sbom", software_sbomType=["source"], rootElement=[project], element=everything
        )
        self.add(
            "document",
            "SpdxDocument",
            profileConformance=["core", "software", "simpleLicensing", "ai"],
            rootElement=[sbom],
            element=[*everything, sbom],
        )

    def add(self, itself: str, kind: str, /, **more: Any) -> str:
        """Add an element and give its identifier; what is None is left out."""
        known = {key: value for key, value in more.items() if value is not None}
        self.elements.append({"type": kind, "spdxId": self.base + itself, "creationInfo": "_:creation", **known})
        return self.base + itself

    def relate(self, name: str, kind: str, start: str, to: list[str], complete: bool | None = None) -> None:
        completeness = None if complete is None else "noAssertion" if complete else "incomplete"
        self.add(
            f"{name}-{kind}",
            "Relationship",
            relationshipType=kind,
            completeness=completeness,
            **{"from": start, "to": to},
        )

    def model(self, row: Row, name: str) -> str:
        model = row.model
        found = model if isinstance(model, Model) else None
        vendor = self.vendor(model.vendor) if model.vendor else None
        address = purl(model)
        told = [f"availability: {model.availability}", f"from {model.origin.source} as of {model.origin.as_of}"]
        told += [shorten(model.reason)] if model.reason else []
        told += [f"exposure: {row.exposure.score} of 100"] if row.exposure else []
        this = self.add(
            name,
            "ai_AIPackage",
            name=shorten(model.name) or "?",
            comment="; ".join(told),
            suppliedBy=vendor,
            software_primaryPurpose="model",
            software_packageVersion=shorten(found.commit) if found and found.commit else None,
            software_packageUrl=address,
            software_downloadLocation=f"https://huggingface.co/{model.name}" if address else None,
            ai_informationAboutApplication=f"task: {shorten(found.task)}" if found and found.task else None,
        )
        files = list(self.files(found, name)) if found else []
        if files:
            self.relate(name, "contains", this, files)
        for number, known in enumerate(ancestors(model), 1):
            ancestor = self.add(f"{name}-ancestor-{number}", "software_Package", name=shorten(known.id) or "?")
            self.relate(f"{name}-{number}", "descendantOf", this, [ancestor])
        self.license(this, name, row.license)
        return this

    def vendor(self, name: str) -> str:
        if name not in self.vendors:
            self.vendors[name] = self.add(f"vendor-{len(self.vendors) + 1}", "Organization", name=shorten(name) or "?")
        return self.vendors[name]

    def files(self, model: Model, name: str) -> Iterable[str]:
        for number, weight in enumerate(model.weights, 1):
            proven = weight.sha256 and re.fullmatch(r"[0-9a-f]{64}", weight.sha256)
            digest = {"type": "Hash", "algorithm": "sha256", "hashValue": weight.sha256}
            yield self.add(
                f"{name}-file-{number}",
                "software_File",
                name=shorten(weight.path) or "?",
                software_primaryPurpose="model",
                verifiedUsing=[digest] if proven else None,
            )

    def package(self, requirement: Requirement, name: str) -> str:
        this = self.add(
            name,
            "software_Package",
            name=shorten(requirement.name) or "?",
            software_packageVersion=shorten(requirement.version) if requirement.version else None,
            software_packageUrl=purl(requirement),
        )
        self.license(this, name, requirement.license)
        return this

    def license(self, this: str, name: str, claim: LicenseClaim | None) -> None:
        told = claim and (claim.expression or claim.name or claim.tag)
        known = self.expression(told) if told else NO_ASSERTION
        declared = known if claim and claim.source == "declared" else NO_ASSERTION
        concluded = NO_ASSERTION if claim and claim.source == "declared" else known
        self.relate(name, "hasDeclaredLicense", this, [declared])
        self.relate(name, "hasConcludedLicense", this, [concluded])

    def expression(self, told: str) -> str:
        """Give the element of a license, made when it is first named."""
        if not _EXPRESSION.fullmatch(told) or len(told) > 300:
            told = "LicenseRef-" + (re.sub(r"[^A-Za-z0-9.-]+", "-", shorten(told, 100)).strip("-") or "unnamed")
        if told not in self.licenses:
            self.licenses[told] = self.add(
                f"license-{len(self.licenses) + 1}",
                "simplelicensing_LicenseExpression",
                simplelicensing_licenseExpression=told,
            )
        return self.licenses[told]
