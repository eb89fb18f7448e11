"""From what a model card declares to an SPDX expression: tags, `license_name`, `license_link`.

The words are the Hub's (docs/hub/repositories-licenses.md); what each stands for is in rules/licenses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from freehold.licenses.catalog import bare, catalog, plain
from freehold.licenses.spdx import spelled
from freehold.licenses.tree import leaves, parse
from freehold.types import LicenseClaim

_TAG = "license:"
_PLACEHOLDERS = ("other", "unknown", "none", "")


def claim(
    tag: str | Sequence[str] | None, name: str | None = None, link: str | None = None, tags: Sequence[str] = ()
) -> LicenseClaim:
    """Give the license that a card declares, with nothing read into it.

    `tag` is the card's `license` (one identifier or several), `name` and `link` its `license_name` and `license_link`,
    `tags` those of the repository. What has no SPDX identifier becomes a `LicenseRef-…`; what says nothing (`unknown`,
    `other` without a name, no tag at all) has no expression. The verdict is left to `terms.assess`.
    """
    declared = [tag] if isinstance(tag, str) else list(tag or ())
    declared += [t.removeprefix(_TAG) for t in tags if t.startswith(_TAG)]
    ids = tuple(dict.fromkeys(t.strip().lower() for t in declared if t.strip()))
    name, link = (name or "").strip() or None, (link or "").strip() or None
    expressions = dict.fromkeys(e for one in ids if (e := _expression(one, name, link)) is not None)
    if not ids and (found := _named(name, link)) is not None:
        expressions = {found: None}
    return LicenseClaim(
        expression=" AND ".join(expressions) or None,
        source="declared",
        tag=", ".join(ids) or None,
        name=name,
        link=link,
    )


#: The same under a name that an argument called `claim` does not hide.
declared = claim


def several(claim: LicenseClaim) -> tuple[str, ...]:
    """Give the identifiers of a card that declares several: whether all hold or one may be chosen, it leaves open."""
    ids = tuple((claim.tag or "").split(", "))
    return ids if claim.source == "declared" and len(ids) > 1 else ()


def contradictions(claim: LicenseClaim) -> tuple[tuple[str, str | None], ...]:
    """Give what sources say against one another: pairs of a sentence and the other expression, None where unknown."""
    ids = tuple(one for one in (claim.tag or "").split(", ") if one not in _PLACEHOLDERS)
    if not claim.expression or claim.source not in ("declared", "text"):
        return ()
    found: list[tuple[str, str | None]] = []
    if claim.source == "text":
        said = declared(claim.tag.split(", ") if claim.tag else None, claim.name, claim.link).expression
        if said is not None and not _agrees(said, claim.expression):
            found.append((f"the card says {said}, but the license text says {claim.expression}", said))
    if not ids:
        return tuple(found)
    said = declared(ids).expression or claim.expression
    if claim.name is not None:
        other = name_expression(claim.name)
        if plain(claim.name) not in map(plain, ids) and (other is None or not _agrees(said, other)):
            found.append((f"license is {claim.tag!r}, but license_name is {claim.name!r}", other))
    linked = catalog().linked(claim.link) if claim.link else None
    if linked is not None and linked.expression and not _agrees(said, linked.expression):
        found.append((f"license is {claim.tag!r}, but license_link leads to {linked.title}", linked.expression))
    return tuple(found)


def _agrees(said: str, read: str) -> bool:
    """Is `read` one of the licenses in `said`, or in one family with it?"""
    other = catalog().symbol(read)
    for leaf in leaves(parse(said)):
        known = catalog().symbol(leaf.symbol)
        if bare(str(leaf)) == bare(read) or (known is not None and known.covers(read)):
            return True
        if other is not None and other.covers(str(leaf)):
            return True
    return False


def name_expression(name: str) -> str | None:
    """Give the expression behind a license's full name, however written, or None. Never from a part of the name."""
    if (known := catalog().named(name)) is not None:
        return known.expression
    from licenselynx.licenselynx import LicenseLynx  # type: ignore[import-untyped]

    mapped = LicenseLynx.map(name)
    return mapped.id if mapped is not None and mapped.src == "spdx" else None


def reference(name: str) -> str:
    """Give a `LicenseRef-…` for a name: letters, digits, `-` and `.`, as SPDX wants it."""
    return "LicenseRef-" + (re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:100] or "unnamed")


def corrected(claim: LicenseClaim, expression: str, text_sha256: str) -> LicenseClaim:
    """Give the claim as someone corrected it, for this license text only; unchanged where the text is another."""
    if claim.text_sha256 is None or claim.text_sha256 != text_sha256:
        return claim
    return replace(claim, expression=expression, source="waiver")


def _expression(tag: str, name: str | None, link: str | None) -> str | None:
    known = catalog().hub(tag)
    if known is not None and known.kind != "placeholder":
        return known.expression
    if tag == "other":
        return _named(name, link) or (reference(name) if name else None)
    if known is not None or tag in _PLACEHOLDERS:
        return None
    return spelled(tag) or reference(tag)


def _named(name: str | None, link: str | None) -> str | None:
    if name and (found := name_expression(name)) is not None:
        return found
    linked = catalog().linked(link) if link else None
    return linked.expression if linked else None
