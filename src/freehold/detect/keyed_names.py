"""Tables whose keys are the names of models: `models: {gpt-4o: {provider: openai}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.names import Sure, identify
from freehold.detect.nodes import Scalar, Table

#: What says how a model is, and what it costs.
_FACTS = re.compile(r"pric|cost|context|capabilit|rate_?limit|(?:in|out)put(?:_tokens)?\Z|released?", re.IGNORECASE)
#: What is called so is another model, and the key an alias.
_OTHER = re.compile(
    r"(?:.*[_-])?(?:model|deployment)(?:[_-]?(?:name|id))?|id|target|ur[li]|repo|path|source", re.IGNORECASE
)


def offered(table: Table) -> Iterator[tuple[Scalar, bool]]:
    """Give the keys of a table of models that certainly name one, and whether they are only described there."""
    for key, value in table.beside:
        if not isinstance(value, Table):
            continue
        words = [word.text or "" for word, _ in value.beside]
        name = identify(key.text or "")
        if name is not None and name.sure is Sure.KNOWN and not any(map(_OTHER.fullmatch, words)):
            yield key, any(map(_FACTS.search, words))
