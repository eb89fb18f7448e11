"""What works with one family of models only, as rules/calls says it: texts, classes, vendors' clients, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import TYPE_CHECKING, cast, get_args

from freehold.rules import documents, insist, remembered
from freehold.tomlread import Table
from freehold.types import CouplingKind

if TYPE_CHECKING:
    from freehold.detect.calls import Calls

#: The lists under `[words]`; the README of rules/calls explains them.
WORDS = (
    *("class-endings", "sure-endings", "class-modules", "portable"),
    *("token-id", "vocabulary", "context-size", "context-table"),
)
#: Smaller numbers are no context sizes that anyone has to know.
LEAST_CONTEXT = 512
_NEVER = r"(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that need the same markers, classes or client."""

    id: str
    title: str
    names: tuple[str, ...]  # fnmatch patterns for the last part of a name, in small letters, and for lines
    ecosystems: tuple[str, ...] = ()  # every name of these APIs

    def has(self, ecosystem: str | None, names: Iterable[str | None]) -> bool:
        """Is a model that goes by these names one of them?"""
        if ecosystem in self.ecosystems:
            return True
        lasts = {name.lower().rpartition("/")[2] for name in names if name}
        return any(fnmatchcase(last, pattern) for last in lasts for pattern in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A text, a class, a client or a number that works with one family only: a coupling."""

    kind: CouplingKind
    family: str
    text: str  # for a class: how its name begins


@remembered
def families() -> tuple[Family, ...]:
    """Read the families alone: who asks for nothing else need not read what every library looks like."""
    found = documents("calls", holding="families")
    read = tuple(read_family(table) for document in found for table in document.table().tables("families"))
    insist(found)
    return read


def read_family(table: Table) -> Family:
    """Read one entry of `families`."""
    family = Family(
        id=table.name("id"),
        title=table.name("title"),
        names=table.texts("names"),
        ecosystems=table.texts("ecosystems"),
    )
    table.done()
    return family


def read_markers(table: Table) -> list[Marker]:
    """Read one `[[markers]]` section: its texts share everything else."""
    kind = cast(CouplingKind, table.name("kind", choices=get_args(CouplingKind)))
    family = table.name("family")
    if not table.name("source").startswith("https://"):
        table.complain("source: must begin with https://", "source")
    texts = table.texts("texts")
    if kind in ("token-id", "vocabulary") and not all(text.isdecimal() for text in texts):
        table.complain("texts: must be numbers", "texts")
    table.done()
    return [Marker(kind=kind, family=family, text=text) for text in texts]


def read_words(table: Table) -> dict[str, tuple[str, ...]]:
    """Read the `[words]` table."""
    words = {key: table.texts(key) for key in WORDS if key in table}
    table.done()
    return words


class Marks:
    """The markers of one set of rules, compiled."""

    def __init__(self, calls: Calls) -> None:
        kinds: dict[str, dict[str, str]] = {kind: {} for kind in get_args(CouplingKind)}
        for marker in calls.markers:
            kinds[marker.kind].setdefault(marker.text, marker.family)
        words: Mapping[str, tuple[str, ...]] = calls.words
        self.families = {family.id: family for family in calls.families}
        self.chats = kinds["chat-marker"]
        self.clients = kinds["sdk"]
        self.chat = re.compile(_any(self.chats))
        self._begins = kinds["class"]
        begin = rf"(?P<begin>{_any(self._begins)})(?=[A-Z0-9_])\w{{0,80}}?"
        self._class = re.compile(rf"{begin}(?:{_any(words.get('class-endings', ()))})", re.ASCII)
        self._sure_class = re.compile(rf"{begin}(?:{_any(words.get('sure-endings', ()))})", re.ASCII)
        self.class_in_text = re.compile(rf"(?<![\w./-])(?:{self._sure_class.pattern})(?![\w/-])", re.ASCII)
        self.class_modules = frozenset(words.get("class-modules", ()))
        self._numbers = {kind: kinds[kind] for kind in ("token-id", "vocabulary")}
        self._keys = {kind: _patterns(words.get(kind, ())) for kind in WORDS[-4:]}
        libraries = (library for library in calls.libraries if library.portable)
        self._portable = _patterns((*(m for library in libraries for m in library.modules), *words.get("portable", ())))
        clients = sorted({text.partition(".")[0] for text in self.clients}, key=len, reverse=True)
        self.javascript_import = re.compile(
            r"""(?:\bfrom|\brequire\(|\bimport\(|\bimport)\s*["']([^"'\s]{1,200})["']"""
        )
        begins, modules = _any(self._begins), _any(self.class_modules)
        numbers = _any(number for numbers in self._numbers.values() for number in numbers)
        self._needles = (
            re.compile(_any(self.chats).encode()),
            re.compile(rf"(?:{numbers})\b".encode()),
            re.compile(rf"(?:from|import|require\()\s*[\"']?(?:{_any(clients)})\b".encode()),
        )
        self._modules = re.compile(rf"(?:from|import)\s+(?:{modules})\b".encode())
        self._begin = re.compile(rf"(?:{begins})[A-Z0-9_]".encode())
        # Searching a literal costs a tenth of what these patterns do.
        self._endings = tuple(ending.encode() for ending in words.get("sure-endings", ()))
        self._classes = re.compile(rf"(?:{begins})\w{{0,80}}(?:{_any(words.get('sure-endings', ()))})".encode())
        sizes = (*words.get("context-size", ()), *words.get("context-table", ()))
        self._sizes = tuple(word.strip("*").encode() for word in sizes)
        self._size = re.compile(
            rf"(?:{_any(word.strip('*') for word in sizes)})\w{{0,40}}[\"']?\s*[:=]\s*[^\n]{{0,80}}?[{{\d]".encode()
        )

    def may_be_in(self, data: bytes) -> bool:
        """Can there be a coupling in these bytes? More than what there is, never less."""
        if any(needle.search(data) for needle in self._needles):
            return True
        if self._modules.search(data) and self._begin.search(data):
            return True
        if any(ending in data for ending in self._endings) and self._classes.search(data):
            return True
        lower = data.lower()
        return any(size in lower for size in self._sizes) and self._size.search(lower) is not None

    def client(self, module: str) -> str | None:
        """Give the family of a vendor's own client, by the module or package that is imported."""
        parts = re.split(r"([./])", module)
        heads = ("".join(parts[: end + 1]) for end in range(0, len(parts), 2))
        return next((self.clients[head] for head in heads if head in self.clients), None)

    def portable(self, module: str) -> bool:
        """Does this import bring a client that speaks to many vendors?"""
        root = module if module.startswith("@") else module.partition(".")[0]
        return bool(self._portable.fullmatch(module) or self._portable.fullmatch(root))

    def class_family(self, name: str, *, sure: bool) -> str | None:
        """Give the family of a class name; `sure` asks for a name that is nothing else wherever it stands."""
        found = (self._sure_class if sure else self._class).fullmatch(name)
        return self._begins[found["begin"]] if found else None

    def numbers(self, key: str, number: str) -> Iterator[tuple[CouplingKind, str]]:
        """Give what a number means under such a name: kinds and families."""
        for kind, numbers in self._numbers.items():
            if number in numbers and self._keys[kind].fullmatch(key.lower()):
                yield cast(CouplingKind, kind), numbers[number]

    def size(self, key: str, *, table: bool = False) -> bool:
        """Is this the name of a context size, or of a table of them?"""
        return self._keys["context-table" if table else "context-size"].fullmatch(key.lower()) is not None

    def of(self, name: str, ecosystem: str | None = None) -> str | None:
        """Give the first family that has a model of this name."""
        return next((family.id for family in self.families.values() if family.has(ecosystem, (name,))), None)


def _any(texts: Iterable[str]) -> str:
    """One pattern for all, the longest first."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda t: (-len(t), t))) or _NEVER


def _patterns(texts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(text) for text in texts) or _NEVER)


@lru_cache(maxsize=8)
def marks_of(calls: Calls) -> Marks:
    """Give the markers of these rules."""
    return Marks(calls)
