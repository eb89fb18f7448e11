"""What card and text say together. The text binds; a card that says something else contradicts it."""

from __future__ import annotations

from dataclasses import replace

from freehold.licenses import text as texts
from freehold.licenses.catalog import bare, catalog
from freehold.licenses.text import Custom, Modified, Recognition, Recognized
from freehold.licenses.tree import leaves, parse
from freehold.types import LicenseClaim

_HUNKS = 4


def with_text(claim: LicenseClaim, text: str) -> LicenseClaim:
    """Give the claim as the license text of the repository settles it, with the text's hash.

    A recognized text decides, whatever the card says. A changed or unknown text decides against a card only if
    freehold knows how the text of the declared license reads; otherwise the card stands and the hash is kept.
    """
    return settled(claim, texts.recognize(text))


def settled(claim: LicenseClaim, found: Recognition) -> LicenseClaim:
    """Give the claim with a recognized text: the same as `with_text`, for whoever has recognized it already."""
    read = replace(claim, text_sha256=found.sha256)
    if isinstance(found, Recognized):
        if claim.expression is not None and _same(claim.expression, found.expression):
            return replace(read, source="text")  # GPL-3.0-or-later has the text of GPL-3.0
        return replace(read, source="text", expression=found.expression)
    if claim.expression is not None and not _readable(claim.expression):
        return read
    return replace(read, source="text", expression=found.expression, because=(told(found),))


def told(found: Modified | Custom) -> str:
    """Say what is special about a text that is no known license."""
    if isinstance(found, Custom):
        return "the license text is like none that freehold knows; read it"
    known = catalog().find(found.family)
    words = [repr(h.words[:80]) if h.words else "(something is left out)" for h in found.hunks if h.material]
    more = f" and {len(words) - _HUNKS} more" if len(words) > _HUNKS else ""
    return (
        f"the license text is built on {known.title if known else found.family}, and says something else: "
        f"{', '.join(words[:_HUNKS])}{more}"
    )


def _same(declared: str, read: str) -> bool:
    try:
        return {bare(str(leaf)) for leaf in leaves(parse(declared))} == {bare(read)}
    except ValueError:
        return False


def _readable(expression: str) -> bool:
    """Does freehold know how the text of this license reads?"""
    try:
        symbols = [leaf.symbol for leaf in leaves(parse(expression))]
    except ValueError:
        return True
    known = texts.known_expressions()
    return all(bare(symbol) in known for symbol in symbols)
