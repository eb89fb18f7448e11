"""Licenses along a chain of models: what holds is the AND over a model and everything that it is made of.

An adapter cannot run without its base, a quantization is its base, a merge is all of its parents, a pipeline is its
components. A child that declares milder terms than a parent does not make the parent's terms go away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal, TypeAlias

from freehold.licenses.catalog import ANSWERS, UNKNOWN, License, Topic, bare, catalog, plain
from freehold.licenses.tree import Leaf, parse
from freehold.types import Ancestor, LicenseClaim

#: What a child drops: a restriction of its parent, a notice only, or terms that no child can keep together.
Kind: TypeAlias = Literal["restriction", "notice", "name", "conflict"]

_RESTRICTING: Final[tuple[tuple[Topic, tuple[str, ...], str], ...]] = (
    ("commercial", ("registration", "no"), "commercial use"),
    ("territory", ("excluded",), "territory"),
    ("use-policy", ("fixed", "changeable"), "use policy"),
    ("outputs", ("competitors", "non-commercial", "forbidden"), "training on outputs"),
    ("derivatives", ("restrictions", "same-terms", "non-commercial", "forbidden"), "derivatives"),
    ("hosting", ("source", "permission", "forbidden"), "hosting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What a child's license leaves out of a parent's, with both sides named."""

    kind: Kind
    parent: str
    parent_license: str
    child_license: str
    text: str
    topics: tuple[str, ...] = ()


def effective(claim: LicenseClaim, lineage: Sequence[Ancestor]) -> LicenseClaim:
    """Give the terms that hold: those of the model and those of everything it is made of, each named once.

    An ancestor of which no license is known leaves an expression of its own that asks; none is taken for permission.
    """
    expressions: dict[str, None] = {claim.expression: None} if claim.expression is not None else {}
    for ancestor in sorted(lineage, key=lambda one: (one.depth, one.id)):
        expression = (ancestor.license.expression if ancestor.license else None) or UNKNOWN
        if not any(bare(expression) == bare(known) for known in expressions):
            expressions[expression] = None
    if not expressions or list(expressions) == [claim.expression]:
        return claim
    return replace(claim, expression=" AND ".join(_grouped(e) for e in expressions), source="lineage")


def dropped(claim: LicenseClaim, lineage: Sequence[Ancestor], *, name: str | None = None) -> tuple[Dropped, ...]:
    """Give what the license that a model declares leaves out of the licenses of its ancestors.

    Only facts that were read decide, and only against a license that freehold knows: a name that nobody knows may hold
    their terms. A child without a license inherits and drops nothing. `name` is the child's repository id, for
    licenses that ask for the beginning of a derivative's name.
    """
    child = _single(claim)
    found: list[Dropped] = []
    for parent in lineage:
        base = _single(parent.license)
        if base is None or base.status != "verified":
            continue
        if child is not None and child.kind == "license" and child.status == "verified":
            found.extend(_dropped(child, base, parent))
        if name is not None and parent.depth == 1 and parent.relation != "component":
            found.extend(_unnamed(base, parent, child, name))
    found.extend(_conflicts(lineage))
    return tuple(sorted(found, key=lambda one: (one.kind != "restriction", one.parent, one.kind, one.text)))


def _dropped(child: License, base: License, parent: Ancestor) -> Iterable[Dropped]:
    if child.id == base.id or parent.relation == "component":
        return
    topics = [words for topic, answers, words in _RESTRICTING if _milder(child, base, topic, answers)]
    if base.thresholds and not child.thresholds:
        topics.append("thresholds")
    if "derivatives" not in topics and base.fact("derivatives").answer == "same-terms":
        topics.append("derivatives")  # under this license only, and the child has another one
    if topics:
        text = (
            f"{parent.id} is under {base.title}, whose terms on {', '.join(topics)} its derivatives carry; "
            f"{child.title} does not have them"
        )
        yield _drop("restriction", parent, base, child, text, tuple(topics))
    elif base.duties:
        text = f"{parent.id} is under {base.title}: {base.duties[0].text}, which {child.title} alone does not say"
        yield _drop("notice", parent, base, child, text)


def _milder(child: License, base: License, topic: Topic, answers: tuple[str, ...]) -> bool:
    theirs, own = base.fact(topic), child.fact(topic)
    if theirs.answer not in answers or theirs.status != "verified" or own.answer == "unknown":
        return False
    scale = ANSWERS[topic]
    return scale.index(own.answer) < scale.index(theirs.answer) and own.answer not in answers


def _unnamed(base: License, parent: Ancestor, child: License | None, name: str) -> Iterable[Dropped]:
    own = plain(name.rpartition("/")[2])
    for duty in base.duties:
        if duty.prefix and duty.status == "verified" and not own.startswith(plain(duty.prefix)):
            text = f"{parent.id} is under {base.title}: {duty.text}, and {name!r} does not begin so"
            yield _drop("name", parent, base, child, text)


def _conflicts(lineage: Sequence[Ancestor]) -> Iterable[Dropped]:
    """Two parents that each want every derivative under their own terms only."""
    strict = [
        (p, one)
        for p in lineage
        if p.depth == 1 and p.relation != "component" and (one := _single(p.license)) and _only(one)
    ]
    for (first, one), (second, other) in combinations(strict, 2):
        if one.id != other.id:
            text = (
                f"{first.id} wants derivatives under {one.title} only, and {second.id} under {other.title} only: "
                "no model made of both can keep the two"
            )
            yield _drop("conflict", first, one, None, text)


def _only(one: License) -> bool:
    fact = one.fact("derivatives")
    return fact.answer == "same-terms" and fact.status == "verified"


def _single(claim: LicenseClaim | None) -> License | None:
    try:
        tree = parse(claim.expression) if claim and claim.expression else None
    except ValueError:
        return None
    return catalog().symbol(tree.symbol) if isinstance(tree, Leaf) and tree.exception is None else None


def _grouped(expression: str) -> str:
    return f"({expression})" if " OR " in expression else expression


def _drop(
    kind: Kind, parent: Ancestor, base: License, child: License | None, text: str, topics: tuple[str, ...] = ()
) -> Dropped:
    return Dropped(
        kind=kind,
        parent=parent.id,
        parent_license=base.expression or base.id,
        child_license=child.expression or child.id if child else "none declared",
        text=text,
        topics=topics,
    )
