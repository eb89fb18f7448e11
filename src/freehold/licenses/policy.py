"""What the user's lists say about a license. An identifier beats a category, and then deny, review, allow."""

from __future__ import annotations

from freehold.licenses.catalog import License
from freehold.licenses.profile import LicensePolicy
from freehold.licenses.spdx import category
from freehold.licenses.tree import Leaf
from freehold.types import Verdict

_CATEGORY = "category:"


def rulings(leaf: Leaf | None, known: License | None, policy: LicensePolicy) -> tuple[Verdict, str] | None:
    """Give the policy's verdict on one license and why, or None where it lets the terms decide.

    `leaf` is None where no license is declared. A policy that allows some licenses asks about all that it does not
    mention. A category decides nothing about a family name, nor about a license whose text nobody has read.
    """
    lists: tuple[tuple[Verdict, str, tuple[str, ...]], ...] = (
        ("forbidden", "denies", policy.deny),
        ("needs-review", "wants a review of", policy.review),
        ("allowed", "allows", policy.allow),
    )
    names = {name.lower() for name in (str(leaf), known.id if known else "") if leaf is not None and name}
    for verdict, verb, entries in lists:
        if hit := next((e for e in entries if e.lower() in names), None):
            return None if verdict == "allowed" else (verdict, f"your policy {verb} {hit}")
    groups = known.categories if known else (category(leaf.symbol),) if leaf else ("unknown",)
    for verdict, verb, entries in lists:
        if hit := next((e for e in entries if e.lower().startswith(_CATEGORY) and e[9:].lower() in groups), None):
            if verdict == "allowed":
                return None
            sure = "ambiguous" not in groups and (known is None or known.status == "verified")
            return (verdict if sure else "needs-review"), f"your policy {verb} {hit}"
    if policy.allow:
        return "needs-review", f"your policy does not mention {leaf or 'models without a license'}"
    return None
