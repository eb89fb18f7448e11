"""Notices: what the project stands on under which license, to hand on with a product. Lawyers read the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from freehold.console import Look
from freehold.licenses.duties import Owed, owed
from freehold.report import Format
from freehold.safe import shorten, url
from freehold.types import LicenseClaim, Model, Report, Resolved, Role

FORMAT = Format("notices", ".txt", human=True)

# Kind, name, version or commit, claim.
_Subject: TypeAlias = tuple[str, str, str, LicenseClaim | None]

_RULE = "-" * 78
_UNDECLARED = "no license known"
_WHEN = {
    "distribute": "when you pass it on: ",
    "derive": "when you publish a derivative: ",
    "host": "when you offer it as a service: ",
    "train": "when you train on its outputs: ",
}


def render(report: Report, look: Look) -> str:
    """Write models and packages by license; `look` plays no part."""
    shipped = {(r.ecosystem, r.name) for r in report.references if r.role is Role.LOAD and r.scope == "code"}
    models = [model for model in report.models if (model.ecosystem, model.name) in shipped]
    called = [model for model in models if model.origin.source == "rules"]
    subjects: list[_Subject] = [("model", m.name, _commit(m), _claim(m)) for m in models if m not in called]
    subjects += [("package", r.name, r.version or "", r.license) for r in report.requirements]
    by_license: dict[str, list[_Subject]] = {}
    for subject in sorted(subjects, key=lambda subject: subject[:3]):
        by_license.setdefault(_license(subject[3]), []).append(subject)
    lines = [
        "THIRD-PARTY MODELS AND PACKAGES",
        "",
        f"As found by freehold on {report.provenance.today}. Not legal advice.",
    ]
    for terms in sorted(by_license, key=lambda name: (name == _UNDECLARED, name.lower(), name)):
        lines += ["", _RULE, shorten(terms), _RULE, ""]
        for kind, name, version, claim in by_license[terms]:
            lines.append(f"{kind} {shorten(name)} {shorten(version)}".rstrip())
            lines += [f"  {line}" for line in _evidence(claim)]
        duties = owed((name, claim) for _, name, _, claim in by_license[terms] if claim is not None)
        if duties:
            lines += ["", "What this license asks:", *(f"  * {_duty(duty)}" for duty in duties)]
    if called:
        lines += ["", _RULE, "called through an API, under the vendor's terms: nothing of it is passed on", _RULE, ""]
        lines += [f"model {shorten(model.name)} ({shorten(model.vendor or model.ecosystem)})" for model in called]
    return "\n".join(lines) + "\n"


def _duty(duty: Owed) -> str:
    doubt = "" if duty.status == "verified" else f" [{duty.status}]"
    return f"{_WHEN.get(duty.when, '')}{shorten(duty.text)}{doubt}"


def _commit(model: Resolved) -> str:
    return (isinstance(model, Model) and model.commit) or ""


def _claim(model: Resolved) -> LicenseClaim | None:
    return model.license if isinstance(model, Model) else None


def _license(claim: LicenseClaim | None) -> str:
    return (claim and (claim.expression or claim.name or claim.tag)) or _UNDECLARED


def _evidence(claim: LicenseClaim | None) -> Iterable[str]:
    if claim is None:
        return
    if claim.source != "declared":
        yield f"by its {claim.source}, not its own declaration"
    if claim.link:
        yield f"text: {url(claim.link) or shorten(claim.link)}"
    if claim.text_sha256:
        yield f"sha256 of the text: {claim.text_sha256}"
