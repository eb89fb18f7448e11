"""What the user's lists say about a license, and about the model that carries it.

An entry is an SPDX expression, an id of rules/licenses, `category:…`, or a property of the model: `vendor:alibaba`,
`state:gated`, `gate:manual`. An identifier beats everything else; then deny, review, allow.
"""

from __future__ import annotations

from freehold.licenses.catalog import License, bare
from freehold.licenses.profile import LicensePolicy
from freehold.licenses.spdx import category
from freehold.licenses.tree import Branch, Leaf, parse
from freehold.types import Verdict

_CATEGORY = "category:"


def rulings(
    leaf: Leaf | None, known: License | None, policy: LicensePolicy, about: tuple[str, ...] = ()
) -> tuple[Verdict, str] | None:
    """Give the policy's verdict on one license and why, or None where it lets the terms decide.

    `leaf` is None where no license is declared, `about` are the model's properties. A policy that allows some licenses
    asks about all that it does not mention. A category decides nothing about a family name, nor about a license whose
    text nobody has read. `-only` and `-or-later` are the same license here.
    """
    lists = _lists(policy)
    names = {
        bare(name)
        for name in (str(leaf), known.id if known and leaf and not leaf.exception else "")
        if leaf is not None and name
    }
    for verdict, verb, entries in lists:
        if hit := next((e for e in entries if bare(e) in names), None):
            return None if verdict == "allowed" else (verdict, f"your policy {verb} {hit}")
    groups = known.categories if known else (category(leaf.symbol),) if leaf else ("unknown",)
    facets = {facet.lower() for facet in about}
    for verdict, verb, entries in lists:
        if hit := next((e for e in entries if e.lower() in facets), None):
            return None if verdict == "allowed" else (verdict, f"your policy {verb} {hit}")
        if hit := next((e for e in entries if e.lower().startswith(_CATEGORY) and e[9:].lower() in groups), None):
            if verdict == "allowed":
                return None
            sure = "ambiguous" not in groups and (known is None or known.status == "verified")
            return (verdict if sure else "needs-review"), f"your policy {verb} {hit}"
    if policy.allow:
        return "needs-review", f"your policy does not mention {leaf or 'models without a license'}"
    return None


def whole(tree: Branch, policy: LicensePolicy) -> tuple[Verdict, str] | None:
    """Give what the policy says about this very expression, in any order of its parts, or None."""
    for verdict, verb, entries in _lists(policy):
        if hit := next((entry for entry in entries if _equal(entry, tree)), None):
            return verdict, f"your policy {verb} {hit}"
    return None


def _equal(entry: str, tree: Branch) -> bool:
    try:
        parsed = parse(entry)
    except ValueError:
        return False
    if not isinstance(parsed, Branch) or parsed.join != tree.join:
        return False
    return {str(part).lower() for part in parsed.parts} == {str(part).lower() for part in tree.parts}


def _lists(policy: LicensePolicy) -> tuple[tuple[Verdict, str, tuple[str, ...]], ...]:
    return (
        ("forbidden", "denies", policy.deny),
        ("needs-review", "wants a review of", policy.review),
        ("allowed", "allows", policy.allow),
    )
