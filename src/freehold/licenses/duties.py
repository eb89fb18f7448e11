"""The duties of everything that a project stands on, as a to-do and for a notices file: values, no layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from freehold.licenses.catalog import Duty, License, Status, When, catalog
from freehold.licenses.profile import Organization
from freehold.licenses.spdx import category
from freehold.licenses.tree import Leaf, Tree, parse
from freehold.types import LicenseClaim

_PERMISSIVE = ("public-domain", "permissive", "attribution")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One duty of one license, with everything that brings it. `words` are to be shown exactly so."""

    license: str  # the expression
    title: str
    when: When
    text: str
    words: str | None
    prefix: str | None
    status: Status
    source: str
    subjects: tuple[str, ...]  # models and packages, sorted


def owed(claims: Iterable[tuple[str, LicenseClaim]], organization: Organization | None = None) -> tuple[Owed, ...]:
    """Give the duties of all claims (name, claim), each once, display duties first.

    Of a choice (OR) the first of the mildest licenses is taken. What an organization has answered with no (it passes
    nothing on, hosts nothing) is left out; what it has not answered stays.
    """
    who = organization or Organization()
    found: dict[tuple[str, Duty], tuple[License | None, list[str]]] = {}
    for name, claim in claims:
        for leaf in _leaves(claim):
            known = catalog().symbol(leaf.symbol)
            service = known is not None and known.fact("hosting").answer == "duties"
            for duty in (*known.duties, *_shown(known)) if known else _plain(leaf):
                if who.does(duty.when, service_counts=service) is not False:
                    found.setdefault((known.expression or known.id if known else str(leaf), duty), (known, []))[
                        1
                    ].append(name)
    everything = [
        Owed(
            license=expression,
            title=known.title if known else expression,
            when=duty.when,
            text=duty.text,
            words=duty.words,
            prefix=duty.prefix,
            status=duty.status,
            source=duty.source,
            subjects=tuple(sorted(set(subjects))),
        )
        for (expression, duty), (known, subjects) in found.items()
    ]
    return tuple(sorted(everything, key=lambda one: (one.words is None, one.prefix is None, one.title, one.text)))


def _leaves(claim: LicenseClaim) -> tuple[Leaf, ...]:
    try:
        return tuple(dict.fromkeys(_chosen(parse(claim.expression)))) if claim.expression else ()
    except ValueError:
        return ()


def _chosen(tree: Tree) -> tuple[Leaf, ...]:
    if isinstance(tree, Leaf):
        return (tree,)
    parts = [_chosen(part) for part in tree.parts]
    if tree.join == "AND":
        return tuple(leaf for part in parts for leaf in part)
    return min(parts, key=lambda part: sum(_kind(leaf) not in _PERMISSIVE for leaf in part))


def _kind(leaf: Leaf) -> str:
    known = catalog().symbol(leaf.symbol)
    return known.category if known else category(leaf.symbol)


def _shown(known: License) -> tuple[Duty, ...]:
    """What is to be displayed above a line: a duty with its condition."""
    return tuple(
        Duty(when="commercial", text=t.text, words=None, prefix=None, status=t.status, source=t.source)
        for t in known.thresholds
        if t.effect == "display"
    )


def _plain(leaf: Leaf) -> tuple[Duty, ...]:
    """What any license asks of which only the kind is known."""
    kind = _kind(leaf)
    if kind == "public-domain":
        return ()
    text = "include the license text and the notices"
    if "copyleft" in kind:
        text += ", and offer the source under the same license"
    source = "the category of the license in the index of license-expression"
    return (Duty(when="distribute", text=text, words=None, prefix=None, status="reported", source=source),)
