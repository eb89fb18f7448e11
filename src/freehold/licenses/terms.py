"""What the terms of a license mean for this organization and this policy.

Verdicts rise: allowed, obligations, needs-review, forbidden. A fact decides only if it was read in the license's text.
An answer that the organization has not given asks its question where it could forbid or change the terms, and states
the duty with its condition where it could only add one. It never makes anything allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from freehold.licenses import expression as declared
from freehold.licenses.catalog import UNKNOWN, Duty, Fact, License, Status, Threshold, When, catalog
from freehold.licenses.policy import rulings, whole
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.territory import covers
from freehold.licenses.tree import Leaf, Tree, parse, replaced
from freehold.types import LicenseClaim, Verdict

ORDER: Final[tuple[Verdict, ...]] = ("allowed", "obligations", "needs-review", "forbidden")

About: TypeAlias = Literal[
    "policy", "unknown", "unread", "contradiction", "commercial", "threshold", "territory", "use-policy", "outputs",
    "derivatives", "hosting", "duty",
]  # fmt: skip

_MULTIMODAL: Final = (
    "image-text-to-text", "any-to-any", "visual-question-answering", "document-question-answering", "image-to-text",
    "video-text-to-text", "audio-text-to-text",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a verdict is what it is: one forbidding, one question, one duty."""

    effect: Verdict
    about: About
    text: str
    license: str  # the id in rules/licenses, or the expression where none is known
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and everything that led to it, the gravest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


def assess(
    claim: LicenseClaim,
    organization: Organization,
    policy: LicensePolicy,
    *,
    task: str | None = None,
    about: tuple[str, ...] = (),
) -> LicenseClaim:
    """Give the claim with its verdict and `because`: what forbids, the questions to answer, the duties to fulfil.

    `task` is the Hub's pipeline tag: some territories concern multimodal models only. `about` are properties of the
    model that a policy may name: `vendor:…`, `state:…`, `gate:…`.
    """
    judgement = judge(claim, organization, policy, task=task, about=about)
    return replace(claim, verdict=judgement.verdict, because=tuple(dict.fromkeys(r.text for r in judgement.reasons)))


def judge(
    claim: LicenseClaim,
    organization: Organization,
    policy: LicensePolicy,
    *,
    task: str | None = None,
    about: tuple[str, ...] = (),
) -> Judgement:
    """Give the verdict on a claim with its reasons. Several identifiers and contradictions do not settle it."""
    if claim.expression is None:
        ruling = rulings(None, None, policy, about)
        return _judgement([_undeclared(claim), *(_ruled(ruling, "none") if ruling else ())])
    try:
        tree = parse(claim.expression)
    except ValueError as error:
        return _judgement([_reason("needs-review", "unknown", str(error), claim.expression)])
    first = weigh(tree, organization, policy, task=task, about=about)
    against: list[Reason] = []
    if claim.source == "text" and catalog().symbol(claim.expression) is None:
        # A changed or unknown text: what is special about it was said when it was read.
        against = [_reason("needs-review", "unknown", text, claim.expression) for text in claim.because]
    others: list[Judgement] = []
    if ids := declared.several(claim):
        others.append(weigh(replaced(tree, "OR"), organization, policy, task=task, about=about))
        if others[-1].verdict != first.verdict:
            text = (
                f"several licenses are declared ({', '.join(ids)}): whether all hold or one may be chosen is not said"
            )
            against.append(_reason("needs-review", "contradiction", text, claim.expression))
    for sentence, other in declared.contradictions(claim):
        against.append(_reason("needs-review", "contradiction", sentence, claim.expression))
        if other is not None:
            others.append(weigh(parse(other), organization, policy, task=task, about=about))
    if not against:
        return first
    readings = (first, *others)
    reasons = [reason for one in readings for reason in one.reasons]
    if not all(one.verdict == "forbidden" for one in readings):
        # One reading would forbid, another would not: that is a question, not an answer.
        reasons = [replace(r, effect="needs-review") if r.effect == "forbidden" else r for r in reasons]
    return _judgement([*against, *reasons])


def weigh(
    tree: Tree,
    organization: Organization,
    policy: LicensePolicy,
    *,
    task: str | None = None,
    about: tuple[str, ...] = (),
) -> Judgement:
    """Give the verdict on an expression: the best branch of an OR, the worst of an AND."""
    if isinstance(tree, Leaf):
        return _leaf(tree, organization, policy, task, about)
    ruling = whole(tree, policy)
    if ruling is not None:
        terms = weigh(tree, organization, LicensePolicy(), task=task)
        return terms if ruling[0] == "allowed" else _judgement([*_ruled(ruling, str(tree)), *terms.reasons])
    parts = [weigh(part, organization, policy, task=task, about=about) for part in tree.parts]
    if tree.join == "OR":
        return min(parts, key=lambda one: ORDER.index(one.verdict))
    return _judgement([reason for part in parts for reason in part.reasons])


def _leaf(
    leaf: Leaf, organization: Organization, policy: LicensePolicy, task: str | None, about: tuple[str, ...]
) -> Judgement:
    known = catalog().symbol(leaf.symbol)
    ruling = rulings(leaf, known, policy, about)
    ruled = _ruled(ruling, known.id if known else str(leaf)) if ruling else ()
    if known is None:
        return _judgement([*ruled, *_unlisted(leaf)])
    if known.kind == "family":
        text = f"{known.title}: the name stands for several texts and decides nothing; {'; '.join(known.notes)}"
        return _judgement([*ruled, _reason("needs-review", "unknown", text, known.id, known.source)])
    return _judgement([*ruled, *_terms(known, organization, task)])


def _terms(terms: License, organization: Organization, task: str | None) -> Iterable[Reason]:
    yield from _commercial(terms, organization)
    for threshold in terms.thresholds:
        yield from _threshold(terms, threshold, organization)
    yield from _territory(terms, organization, task)
    policy = terms.fact("use-policy")
    if policy.answer in ("fixed", "changeable"):
        changes = "; it can change" if policy.answer == "changeable" else ""
        yield _said(terms, policy, "obligations", "use-policy", f"keep to its use policy ({policy.text}){changes}")
    yield from _outputs(terms, organization)
    yield from _sharing(terms, organization)
    yield from _hosting(terms, organization)
    for duty in terms.duties:
        yield from _due(terms, duty, organization)


def _commercial(terms: License, organization: Organization) -> Iterable[Reason]:
    fact = terms.fact("commercial")
    if fact.answer == "unknown":
        text = "nobody has read whether it allows commercial use; read the text"
        yield _reason("needs-review", "unread", text, terms.id, fact.source)
    elif fact.answer == "no":
        if organization.commercial is None:
            text = f"commercial use is not allowed ({fact.text}): is yours commercial?"
            yield _said(terms, fact, "needs-review", "commercial", text)
        elif organization.commercial:
            yield _said(terms, fact, "forbidden", "commercial", f"commercial use is not allowed ({fact.text})")
        else:
            yield _said(terms, fact, "obligations", "commercial", f"keep the use non-commercial ({fact.text})")
    elif fact.answer == "registration" and organization.commercial is not False:
        text = f"commercial use needs a registration or an approval ({fact.text}): do you have it?"
        yield _said(terms, fact, "needs-review", "commercial", text)
    elif fact.business and organization.commercial is not False:
        business = f" ({organization.core_business})" if organization.core_business else ""
        text = f"needs a license of its own for {fact.business}: is that your business{business}?"
        yield _said(terms, fact, "needs-review", "commercial", text)
    elif fact.status != "verified":
        yield _said(terms, fact, "needs-review", "commercial", f"commercial use: {fact.text}")


def _threshold(terms: License, threshold: Threshold, organization: Organization) -> Iterable[Reason]:
    if threshold.commercial and organization.commercial is False:
        return
    value, question = _measured(threshold, organization)
    if value is None:
        text = f"{threshold.text}: {question}"
        yield _said(terms, threshold, "needs-review", "threshold", text)
    elif value < threshold.value or (value == threshold.value and not threshold.inclusive):
        if threshold.status != "verified":
            yield _said(terms, threshold, "needs-review", "threshold", threshold.text)
    elif threshold.competitor is not None:
        business = f" ({organization.core_business})" if organization.core_business else ""
        text = f"{threshold.text}; you are above it: is {threshold.competitor} your business{business}?"
        yield _said(terms, threshold, "needs-review", "threshold", text)
    else:
        effect: Verdict = "obligations" if threshold.effect == "display" else "forbidden"
        yield _said(terms, threshold, effect, "threshold", f"{threshold.text}; you have {value:,}")


def _measured(threshold: Threshold, organization: Organization) -> tuple[int | None, str]:
    if threshold.metric == "monthly-active-users":
        if not threshold.at_release:
            return organization.monthly_active_users, "how many are yours (monthly-active-users)?"
        if threshold.month is None:
            return None, "when was the model released, and how many were yours then?"
        question = f'how many were yours then (monthly-active-users-at = {{ "{threshold.month}" = … }})?'
        return organization.users_in(threshold.month), question
    if threshold.metric == "annual-revenue" and threshold.currency == "USD":
        return organization.annual_revenue_usd, "what is yours (annual-revenue-usd)?"
    monthly = organization.monthly_revenue_usd
    if threshold.metric == "monthly-revenue" and threshold.currency == "USD":
        return monthly, "what is yours (monthly-revenue-usd)?"
    recurring = threshold.metric == "recurring-revenue" and threshold.currency == "USD"
    if recurring and monthly is not None and 12 * monthly <= threshold.value:
        # What recurs in a month is at most the month's revenue: twelve times that bounds it from above, and only so.
        return 12 * monthly, ""
    return None, "are you above it?"


def _territory(terms: License, organization: Organization, task: str | None) -> Iterable[Reason]:
    fact = terms.fact("territory")
    if fact.answer == "unknown":
        yield _reason("needs-review", "unread", "nobody has read where it applies", terms.id, fact.source)
    if fact.answer != "excluded":
        return
    if fact.only == "multimodal" and task is not None and task not in _MULTIMODAL:
        return
    outputs = ", what the model generates included" if fact.outputs else ""
    where = f"not licensed in {', '.join(fact.excluded)}{outputs} ({fact.text})"
    if organization.countries is None:
        yield _said(terms, fact, "needs-review", "territory", f"{where}: in which countries are you (countries)?")
        return
    hit = tuple(c for c in organization.countries if covers(fact.excluded, c))
    if not hit:
        return
    words = f"{where}; you are in {', '.join(hit)}"
    if fact.only == "multimodal" and task is None:
        yield _said(terms, fact, "needs-review", "territory", f"{words}: is this model multimodal?")
    elif fact.seat and len(hit) < len(organization.countries):
        yield _said(terms, fact, "needs-review", "territory", f"{words}: is your principal place of business there?")
    else:
        yield _said(terms, fact, "forbidden", "territory", words)


def _outputs(terms: License, organization: Organization) -> Iterable[Reason]:
    fact = terms.fact("outputs")
    trains = organization.trains_on_outputs
    if trains is False:
        return
    effect: Verdict | None = None
    match fact.answer:
        case "forbidden":
            effect = "forbidden"
        case "non-commercial":
            effect = (
                None if organization.commercial is False else "forbidden" if organization.commercial else "needs-review"
            )
        case "competitors" | "unknown":
            effect = "needs-review"
        case "duties" | "derivative" if trains:
            effect = "obligations"
    if effect is None:
        return
    words = f"training other models on its outputs ({fact.text or 'nobody has read what it says'})"
    if trains is None and effect != "obligations":
        yield _said(terms, fact, "needs-review", "outputs", f"{words}: do you (trains-on-outputs)?")
    else:
        yield _said(terms, fact, effect, "outputs", words)


def _sharing(terms: License, organization: Organization) -> Iterable[Reason]:
    fact = terms.fact("derivatives")
    if organization.distributes_weights is False:
        return
    if fact.answer in ("restrictions", "same-terms", "non-commercial"):
        yield _said(terms, fact, "obligations", "derivatives", f"if you publish derivatives: {fact.text}")
    elif fact.answer == "forbidden":
        effect: Verdict = "needs-review" if organization.distributes_weights else "obligations"
        yield _said(terms, fact, effect, "derivatives", f"publish no changed copy: {fact.text}")
    elif fact.answer == "unknown" and organization.distributes_weights:
        yield _said(terms, fact, "needs-review", "derivatives", "nobody has read what it asks of published derivatives")


def _hosting(terms: License, organization: Organization) -> Iterable[Reason]:
    fact = terms.fact("hosting")
    hosts = organization.hosts_as_service
    if hosts is False or fact.answer in ("free", "duties"):
        return
    if fact.answer == "source":
        text = f"offering it as a service: {fact.text}"
        yield _said(terms, fact, "obligations", "hosting", text if hosts else f"if you do so, {text}")
    elif fact.answer in ("forbidden", "permission") or hosts:
        words = f"offering it as a service ({fact.text or 'nobody has read what it says'})"
        if hosts is None:
            yield _said(terms, fact, "needs-review", "hosting", f"{words}: do you (hosts-as-service)?")
        elif fact.answer == "forbidden" or (fact.answer == "permission" and organization.commercial):
            yield _said(terms, fact, "forbidden", "hosting", words)
        else:
            yield _said(terms, fact, "needs-review", "hosting", words)


def _due(terms: License, duty: Duty, organization: Organization) -> Iterable[Reason]:
    service = terms.fact("hosting").answer == "duties"
    answer = organization.does(duty.when, service_counts=service)
    if answer is False:
        return
    # A derivative stays a condition even for whoever distributes: not everyone changes what they pass on.
    known = answer and duty.when != "derive"
    condition = _OR_SERVICE if service and duty.when == "distribute" else _CONDITIONS.get(duty.when, "")
    yield _said(terms, duty, "obligations", "duty", duty.text if known else f"{condition}{duty.text}")


_OR_SERVICE: Final = "if you pass it on or offer it as a service: "
_CONDITIONS: Final[dict[When, str]] = {
    "distribute": "if you pass it on: ",
    "derive": "if you publish a derivative: ",
    "host": "if you offer it as a service: ",
    "train": "if you train on its outputs: ",
    "commercial": "if your use is commercial: ",
}


def _undeclared(claim: LicenseClaim) -> Reason:
    if claim.because:  # whoever made the claim knows better why it is empty
        return _reason("needs-review", "unknown", claim.because[0], claim.tag or "none")
    words = {
        None: "no license is declared; without one nothing is permitted beyond the platform's terms",
        "unknown": "its publisher says that the license is unknown",
        "other": "the license is 'other' and neither its name nor its link is given",
    }
    text = words.get(claim.tag, f"the declared license {claim.tag!r} says nothing")
    return _reason("needs-review", "unknown", text, claim.tag or "none")


def _unlisted(leaf: Leaf) -> Iterable[Reason]:
    from freehold.licenses.spdx import category

    text = f"{leaf}: freehold does not know this license; read its text"
    if leaf.symbol == UNKNOWN:
        text = "the license of something that it is made of is not known"
    match category(leaf.symbol):
        case "public-domain":
            return
        case "permissive":
            yield _reason(
                "obligations", "duty", "if you pass it on: include the license text and the notices", str(leaf)
            )
        case "weak-copyleft" | "copyleft" | "network-copyleft":
            yield _reason(
                "obligations", "duty", "if you pass it on: offer the source under the same license", str(leaf)
            )
        case "proprietary":
            yield _reason("needs-review", "unknown", f"{leaf}: a proprietary license; read its text", str(leaf))
        case _:
            yield _reason("needs-review", "unknown", text, str(leaf))


def _ruled(ruling: tuple[Verdict, str], of: str) -> tuple[Reason, ...]:
    return (_reason(ruling[0], "policy", ruling[1], of),)


def _said(terms: License, said: Fact | Threshold | Duty, effect: Verdict, about: About, text: str) -> Reason:
    """A reason from a fact. What nobody read in the text decides nothing: it asks."""
    if said.status != "verified":
        effect, about, text = "needs-review", "unread", f"{_UNREAD[said.status]}: {text}"
    return _reason(effect, about, text, terms.id, said.source)


_UNREAD: Final[dict[Status, str]] = {"reported": "reported, not read in the text", "unverified": "not verified"}


def _reason(effect: Verdict, about: About, text: str, of: str, source: str = "") -> Reason:
    return Reason(effect=effect, about=about, text=text, license=of, source=source)


def _judgement(reasons: Iterable[Reason]) -> Judgement:
    ranked = sorted(reasons, key=lambda reason: -ORDER.index(reason.effect))
    return Judgement(verdict=ranked[0].effect if ranked else "allowed", reasons=tuple(ranked))
