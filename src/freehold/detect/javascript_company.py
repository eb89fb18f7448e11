"""What stands in company of models: the other entries of a list, or of a table under the same key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from freehold.detect.calls import plain
from freehold.detect.choices import COMPANY
from freehold.detect.javascript_names import Text
from freehold.detect.names import Name, Sure, identify
from freehold.detect.shapes import shapes

#: So many speak for the others where the list says that it is one of models.
FEW = 2
#: And so large a part of it they must be.
PART = 3

#: What a name has that a word of the project's own does not: `neural-chat`, `CharGLM-3`, `phi3`.
_SPELLED = re.compile(r"[A-Za-z][\w.]*(?:[-:/.][\w.-]+|\d)[\w.:/-]*")
#: Entries with which a reader names one of their own.
_OWN = re.compile(r"(?:custom|default|other|new|add|select|choose|manual|auto|local|no|none)\b", re.IGNORECASE)


#: Keys of what is said of a model: whose it is, of which family, what people read.
_SAYING = frozenset(
    (
        *("display_name", "label", "title", "description", "family", "provider", "vendor", "company", "author"),
        *("publisher", "brand", "creator", "developer", "icon", "logo", "type", "category", "architecture", "badge"),
    )
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a string here would be: the value of a name."""

    name: str = ""
    around: tuple[str, ...] = ()
    table: bool = False  # the string is a key of a table of this name
    variable: str = ""  # the name of the environment without which it is this
    provider: str | None = None  # what stands beside it says who serves it
    beside: tuple[str, ...] = ()  # the keys of the object around it
    pins: tuple[tuple[str, str], ...] = ()  # those of them that pin what stands beside them, and to what
    compared: bool = False
    asked: str = ""  # what the object around it asks for: `{ name: "model", choices: […] }`
    root: int = 0  # where the list or the table begins that all of it stands in


@dataclass(slots=True)
class Company:
    """The entries of lists and tables: those that were told as models, and those of which nothing was said."""

    _told: dict[tuple[int, int, str], list[str]] = field(default_factory=dict)
    _left: dict[tuple[int, int, str], list[Text]] = field(default_factory=dict)
    _said: set[int] = field(default_factory=set)  # roots whose names say that they hold models

    def told(self, held: Held, ecosystem: str, *, says: bool) -> None:
        """Note a model; `says` that its place is one of models."""
        self._told.setdefault(_place(held), []).append(ecosystem)
        if says:
            self._said.add(held.root)

    def left(self, held: Held, text: Text, *, says: bool) -> None:
        """Note an entry that is no model by itself."""
        if held.root and not held.variable and plain(held.name) not in _SAYING:
            self._left.setdefault(_place(held), []).append(text)
            if says:
                self._said.add(held.root)

    def models(self) -> Iterator[tuple[Name, Text]]:
        """Give those that are models because the others are."""
        for place, texts in self._left.items():
            served = self._told.get(place, [])
            few = place[0] in self._said
            # `mistral` is a word, and in a list of models one.
            known = len(served) + (sum(map(_is_family, texts)) if few else 0)
            if known < (FEW if few else COMPANY) or known * (PART if few else 2) < len(served) + len(texts):
                continue
            ecosystem = served[0] if len(set(served)) == 1 else None
            for text in texts:
                if _is_family(text) or (_SPELLED.fullmatch(text[0]) and _OWN.match(text[0]) is None):
                    name = identify(text[0], ecosystem)
                    if name is not None and ecosystem is None and name.sure is Sure.BARE:
                        name = replace(name, ecosystem="unknown")
                    if name is not None:
                        yield name, text


def _is_family(text: Text) -> bool:
    return shapes().families.fullmatch(text[0]) is not None


def _place(held: Held) -> tuple[int, int, str]:
    return held.root, len(held.around), "" if held.table else held.name
