"""What pins a name in a tree of settings without standing beside it: the options of a table, the value of a key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.libraries import plain
from freehold.detect.nodes import Node, Scalar, Table
from freehold.detect.pins import is_commit, is_data, is_pin

#: Keys of what a program is given for the model beside them.
_OPTIONS = re.compile(r"(?:(?:model|load|hub|client|from_pretrained|init)_)?(?:kwargs|args|options|params|spec)")


def within(table: Table) -> str | None:
    """Give a revision among the options in a table: `model_kwargs: {revision: v1}`, `client_spec: {args: …}`."""
    tables = [table]
    for _ in range(2):
        tables = [
            value
            for table in tables
            for key, value in table.beside
            if isinstance(value, Table) and _OPTIONS.fullmatch(plain(key.text or ""))
        ]
        pins = {text for table in tables if (text := table.text("revision"))}
        if pins:
            return pins.pop() if len(pins) == 1 else None
    return None


def named(table: Table) -> Iterator[tuple[Scalar, str | None]]:
    """Give the keys that name repositories, and what pins each: `org/name: {revision: v1}`, `org/name: 8c1d…`. Where
    one is pinned, the others of its table are repositories too."""
    found = [(key, value, _pin(value)) for key, value in table.entries if key.text is not None and "/" in key.text]
    if any(pin is not None for _, _, pin in found):
        yield from ((key, pin) for key, value, pin in found if pin is not None or isinstance(value, Table))


def _pin(node: Node) -> str | None:
    if isinstance(node, Scalar):
        return node.text if is_commit(node.text) else None
    if not isinstance(node, Table) or is_data(key.text or "" for key, _ in node.entries):
        return None
    return next((v.text for k, v in node.entries if isinstance(v, Scalar) and v.text and is_pin(k.text or "")), None)
