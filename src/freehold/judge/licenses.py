"""Predicates about what may be done: with a loaded model, and with a Python requirement."""

from __future__ import annotations

from collections.abc import Iterator

from freehold.judge.case import Case, Hit, ModelPredicate, Project, ProjectPredicate, hit, parameter
from freehold.types import Model, Requirement, Rule, Severity


def license_verdict(case: Case, rule: Rule) -> Iterator[Hit]:
    """The license asks or forbids something `about` one of these, with one of the `effects`.

    Where the answer is a question, the finding is a note: unknown asks, it neither allows nor forbids.
    """
    model, judged = case.comparison.model, case.judgement
    if not isinstance(model, Model) or judged is None or case.served or not model.availability.has_weights:
        return
    about, effects = parameter(rule, "about"), parameter(rule, "effects")
    without = parameter(rule, "without")
    reasons = [r for r in judged.reasons if r.effect in effects and (not about or r.about in about)]
    reasons = [r for r in reasons if r.about not in without]
    if not reasons:
        return
    asks = all(reason.effect == "needs-review" for reason in reasons)
    named = model.license.expression or model.license.tag if model.license else None
    yield hit(
        case,
        f"{model.name} stands under {named}: {reasons[0].text}",
        severity=Severity.NOTE if asks and rule.severity is Severity.ERROR else None,
        # The first reason is the message; its source, and the further reasons, are the evidence.
        evidence=tuple(dict.fromkeys([reasons[0].source or reasons[0].license, *(r.text for r in reasons[1:])])),
    )


def license_unknown(case: Case, rule: Rule) -> Iterator[Hit]:
    """A model with weights whose source was asked, and which declares no license."""
    model = case.comparison.model
    if not isinstance(model, Model) or case.served or not model.availability.has_weights:
        return
    if model.license is not None and model.license.expression is None:
        yield hit(case, f"{model.name} declares no license that can be read")


def license_dropped(case: Case, rule: Rule) -> Iterator[Hit]:
    """The license that a model declares leaves out what one of its bases asks for, in one of these `kinds`."""
    model = case.comparison.model
    # Whoever published the base may publish its copy under other terms.
    own = ((isinstance(model, Model) and model.id) or model.name).partition("/")[0].lower()
    lost = [each for each in case.dropped if each.kind in parameter(rule, "kinds")]
    lost = [each for each in lost if each.parent.partition("/")[0].lower() != own]
    if lost and isinstance(model, Model):
        first = lost[0]
        yield hit(
            case,
            f"{model.name} ({first.child_license}), made of {first.parent} ({first.parent_license}): {first.text}",
            evidence=tuple(f"{each.parent} ({each.parent_license}): {each.text}" for each in lost),
        )


def package_denied(project: Project, rule: Rule) -> Iterator[Hit]:
    """The policy forbids the license of a requirement."""
    for requirement in project.requirements:
        claim = requirement.license
        if claim is not None and claim.verdict == "forbidden":
            why = f": {claim.because[0]}" if claim.because else ""
            yield Hit(
                message=f"{_called(requirement)} stands under {claim.expression or claim.tag}{why}",
                location=requirement.location,
                evidence=claim.because,
                words=(("package", requirement.name),),
            )


def package_unknown(project: Project, rule: Rule) -> Iterator[Hit]:
    """Requirements of which no license could be read: one finding for all, at the first."""
    unknown = [r for r in project.requirements if r.license is None or r.license.expression is None]
    if unknown:
        names, total = tuple(sorted({_called(r) for r in unknown})), len({_called(r) for r in project.requirements})
        reasons = [f"{_called(r)}: {r.license.because[0]}" for r in unknown if r.license and r.license.because]
        yield Hit(
            message=f"no license could be read of {len(names)} of {total} packages",
            location=min(r.location for r in unknown),
            evidence=tuple(dict.fromkeys(reasons)) or names,
        )


def package_relicensed(project: Project, rule: Rule) -> Iterator[Hit]:
    """The newest version of a requirement has another license than the locked one."""
    for each in project.relicensed:
        name = each.requirement.name
        yield Hit(
            message=f"{_called(each.requirement)} stands under {each.was}; {each.newest} stands under {each.now}",
            location=each.requirement.location,
            words=(("package", name),),
        )


def _called(requirement: Requirement) -> str:
    return f"{requirement.name} {requirement.version}" if requirement.version else requirement.name


MODEL_PREDICATES: dict[str, ModelPredicate] = {
    "license-verdict": license_verdict,
    "license-unknown": license_unknown,
    "license-dropped": license_dropped,
}
PROJECT_PREDICATES: dict[str, ProjectPredicate] = {
    "package-denied": package_denied,
    "package-unknown": package_unknown,
    "package-relicensed": package_relicensed,
}
