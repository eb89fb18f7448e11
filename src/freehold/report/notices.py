"""Notices: what the project stands on under which license, to hand on with a product. Lawyers read the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from freehold.console import Look
from freehold.report import Format
from freehold.safe import shorten, url
from freehold.types import LicenseClaim, Model, Report, Resolved

FORMAT = Format("notices", ".txt", human=True)

# Kind, name, version or commit, claim.
_Subject: TypeAlias = tuple[str, str, str, LicenseClaim | None]

_RULE = "-" * 78
_UNDECLARED = "no license known"


def render(report: Report, look: Look) -> str:
    """Write models and packages by license; `look` plays no part."""
    subjects: list[_Subject] = [("model", m.name, _commit(m), _claim(m)) for m in report.models]
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
        asked: dict[str, None] = {}
        for kind, name, version, claim in by_license[terms]:
            lines.append(f"{kind} {shorten(name)} {shorten(version)}".rstrip())
            lines += [f"  {line}" for line in _evidence(claim)]
            asked.update(dict.fromkeys(claim.because if claim else ()))
        if asked:
            lines += ["", "What this license asks:", *(f"  * {shorten(line)}" for line in asked)]
    return "\n".join(lines) + "\n"


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
