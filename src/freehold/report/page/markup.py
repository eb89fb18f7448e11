"""HTML as values: a plain string is text and gets escaped, only `Markup` is markup. `element` is the way to make it."""

from __future__ import annotations

from freehold.safe import html, shorten, spans, url

_VOID = frozenset({"meta", "input", "br"})  # drawings are XML: there every element is closed
_LONGEST = 2000


class Markup(str):
    """Finished HTML."""

    __slots__ = ()


def element(tag: str, *children: str | None, **attributes: str | int | float | None) -> Markup:
    """Give an element. Names are Python's: `class_` and `stroke_width` become `class` and `stroke-width`; an attribute
    that is None is left out, an empty one stands without a value."""
    told = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + (f'="{html(str(value))}"' if value != "" else "")
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{told}>" + ("" if tag in _VOID else f"{joined(*children)}</{tag}>"))


def joined(*children: str | None) -> Markup:
    """Put markup and text one after the other; None is nothing."""
    parts = (c if isinstance(c, Markup) else html(shorten(c, _LONGEST)) for c in children if c is not None)
    return Markup("".join(parts))


def lines(*children: str | None) -> Markup:
    """The same, each on a line of its own, so that two reports can be compared."""
    return Markup("".join(f"\n{joined(child)}" for child in children if child) + "\n")


def prose(words: str) -> Markup:
    """Give a sentence; what stands between backticks is code."""
    cut = spans(shorten(words, _LONGEST))
    return joined(*(element("code", part) if is_code else part for part, is_code in cut))


def link(words: str, address: str | None) -> Markup:
    """Give a link, or mere text where a person should not be sent there."""
    target = url(address) if address else None
    return element("a", words, href=target, rel="noopener noreferrer") if target else joined(words)
