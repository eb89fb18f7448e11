"""What a file of settings takes from another place in it: `${org}/name`, `${base.name}`, as OmegaConf fills them in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from freehold.detect.nodes import Node, Scalar, Table
from freehold.detect.variables import Variables

#: Names in capitals are those of an environment.
_TAKEN = re.compile(r"\$\{([a-z]\w{0,80}(?:\.\w{1,80}){0,8})\}")
MAX_TAKEN = 200
MAX_TEXT = 200  # characters: what is longer is no part of a name, and could be taken a thousand times


def take(text: str, documents: Sequence[Node], variables: Variables) -> None:
    """Set what is taken to what stands there, where that is a text that takes nothing itself."""
    if "${" not in text or len(documents) != 1:
        return
    for path in sorted(set(_TAKEN.findall(text)))[:MAX_TAKEN]:
        node: Node | None = documents[0]
        for key in path.split("."):
            node = node.get(key) if isinstance(node, Table) and node.beside else None
        if (
            isinstance(node, Scalar)
            and node.text
            and len(node.text) <= MAX_TEXT
            and node.plain
            and "$" not in node.text
        ):
            variables.set(path, ((node.text, node.at),))
