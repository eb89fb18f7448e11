"""The license that a package's core metadata declares, in PEP 639's order. Text in, values out; nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from typing import Final

from freehold.licenses.catalog import catalog
from freehold.licenses.expression import name_expression
from freehold.licenses.spdx import spelled
from freehold.licenses.text import Recognized, recognize
from freehold.licenses.tree import Leaf, leaves, mapped, parse
from freehold.types import LicenseClaim

#: Headers end at the first empty line; a description after it may be megabytes and is not wanted.
MAX_HEADERS: Final = 262_144
_CLOSED: Final = frozenset({"License :: Other/Proprietary License"})
_NOTHING: Final = ("", "unknown", "none", "n/a", "other", "see license", "see license file", "license.txt", "license")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What of a METADATA file is about licenses, with the name and version that it is for."""

    name: str
    version: str
    expression: str | None = None  # License-Expression
    license: str | None = None  # License: a name, a sentence, or the whole text
    classifiers: tuple[str, ...] = ()  # those that begin with `License ::`
    requires: tuple[str, ...] = ()  # Requires-Dist


def read(data: bytes) -> Metadata:
    """Read the headers of a METADATA file. Raises ValueError where it has no name or version."""
    head = data[:MAX_HEADERS].replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    message = message_from_bytes(head + b"\n\n", policy=policy.compat32)

    def one(key: str) -> str | None:
        value = message.get(key)
        return str(value).strip() or None if value is not None else None

    name, version = one("Name"), one("Version")
    if not name or not version:
        raise ValueError("no name or no version in it")
    return Metadata(
        name=name,
        version=version,
        expression=one("License-Expression"),
        license=one("License"),
        classifiers=tuple(
            sorted({str(c).strip() for c in message.get_all("Classifier", ()) if str(c).startswith("License ::")})
        ),
        requires=tuple(str(r) for r in message.get_all("Requires-Dist", ())),
    )


def claim(metadata: Metadata, where: str) -> LicenseClaim:
    """Give the license that the metadata declares: the expression, else the field, else one clear classifier.

    Several classifiers have no AND and no OR, so more than one says nothing; a field and a classifier that contradict
    each other say nothing either. `where` tells a person where the metadata was read.
    """
    if metadata.expression:
        found = expression(metadata.expression)
        if found is not None:
            return _claim(found, metadata.expression, f"License-Expression of {where}")
        return _unknown(metadata.expression, f"{where} declares {metadata.expression!r}, which is no SPDX expression")
    written = metadata.license
    field = _field(written) if written else None
    classified = {c: e for c in metadata.classifiers if (e := name_expression(c)) is not None}
    if field is not None:
        others = {*classified.values(), *(c for c in metadata.classifiers if c in _CLOSED)}
        if others and not others & _symbols(field) and not (_CLOSED & others and field.startswith("LicenseRef-")):
            return _unknown(written, f"{where} says {field} in one field and {', '.join(sorted(others))} in another")
        return _claim(field, written, f"License of {where}")
    if len(classified) == 1 and len(_specific(metadata.classifiers)) == 1:
        classifier, found = next(iter(classified.items()))
        return _claim(found, classifier, f"classifier of {where}")
    words = written or "; ".join(metadata.classifiers) or None
    if len(_specific(metadata.classifiers)) > 1 and not written:
        return _unknown(words, f"{where} has several license classifiers, and nothing says whether all of them hold")
    if words is None:
        return _unknown(None, f"{where} declares no license")
    return _unknown(words, f"{where} declares {_short(words)!r}, which names no one license")


def claim_with_texts(metadata: Metadata, where: str, texts: Sequence[str]) -> LicenseClaim:
    """Give the license that the metadata declares, or else the one that all license texts of the package agree on."""
    found = claim(metadata, where)
    whole = [metadata.license] if metadata.license and len(metadata.license) > 200 else []
    if found.expression is not None or not (whole or texts):
        return found
    read = [recognize(text) for text in whole or texts]
    known = {one.expression for one in read if isinstance(one, Recognized)}
    if len(known) == 1 and all(isinstance(one, Recognized) for one in read):
        return replace(
            found, expression=known.pop(), source="text", text_sha256=read[0].sha256, link=f"license text of {where}",
            because=(),
        )  # fmt: skip
    return found


def expression(text: str) -> str | None:
    """Give an SPDX expression in its own spelling, or None for what is not one."""
    try:
        tree = parse(text)
    except ValueError:
        return None
    if any(spelled(leaf.symbol) is None for leaf in leaves(tree)):
        return None
    return str(mapped(tree, lambda leaf: Leaf(spelled(leaf.symbol) or leaf.symbol, leaf.exception)))


def _field(written: str) -> str | None:
    line = " ".join(written.split())
    if line.lower() in _NOTHING or len(line) > 200:
        return None
    found = expression(line) or name_expression(line)
    known = catalog().symbol(found) if found else None
    return None if known is not None and known.kind == "family" else found  # "BSD" is several licenses


def _symbols(text: str) -> set[str]:
    return {leaf.symbol for leaf in leaves(parse(text))}


def _specific(classifiers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(c for c in classifiers if c != "License :: OSI Approved")


def _claim(expression: str, written: str | None, where: str) -> LicenseClaim:
    return LicenseClaim(expression=expression, source="declared", tag=_short(written), link=where)


def _unknown(written: str | None, reason: str) -> LicenseClaim:
    return LicenseClaim(expression=None, source="declared", tag=_short(written), because=(reason,))


def _short(text: str | None) -> str | None:
    return " ".join(text.split())[:120] if text else None
