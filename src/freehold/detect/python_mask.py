"""Blank what can hold nothing in a Python source: parsing it would cost a hundred times what searching did.

A source is cut into its top-level statements, and large classes into theirs. Where `python_filter` found nothing is
blanked, unless what is kept needs it; lines stay where they are. A cut in the wrong place can only make the rest
unparsable, and then the whole file is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

from freehold.detect.python_filter import BYTE_ORDER_MARK, Hit
from freehold.detect.python_texts import MAX_LINE, Spans, documents, remarked
from freehold.detect.search import everywhere, has

_START = re.compile(rb"\n(?=[A-Za-z_@(\[{*])")
_CLAUSE = re.compile(rb"(?:else|elif|except|finally|case)\b")
_IMPORT = re.compile(rb"import\b|from\b")
_BLOCK = re.compile(rb"[ \t]*(?:@|def\b|class\b|async\b)")
_HEAD = re.compile(rb"[ \t]*(?:async )?(def|class) (\w+)")
_CLASS = re.compile(rb"class \w+\s*(?:\([^()]*\))?\s*:[^\n]*\n\s*?([ \t]+)\S")
_MADE_FROM = re.compile(rb"\(([^()]{1,300})\)")
_CONSTANT = re.compile(rb"\n([A-Z_][A-Z\d_]{2,})\b")
_CAPITALS = re.compile(rb"\b[A-Z_][A-Z\d_]{2,}\b")
#: A constant of another module, which is imported as a whole.
_OF_OTHERS = re.compile(rb"\.([A-Z_][A-Z\d_]{2,})\b(?!\s*=[^=])")
_USED = re.compile(rb"(?!\w|\s*=[^=])")
_BOUND = re.compile(rb"(_?[A-Z][A-Z\d_]*)\s*(?::[^=\n]+)?=")
_GIVES = re.compile(rb"return [A-Z][A-Z_\d]+\b")
_FIELDS = re.compile(
    rb"@(?:\w+\.)?(?:dataclass|define|frozen|attrs)\b|"
    rb"class \w+\([^)\n]*(?:BaseModel|BaseSettings|NamedTuple|TypedDict|Enum|Choices)\b|"
    rb"class \w{0,40}(?i:config(?:uration)?|cfg|conf|settings|params|args|opts?|options)\s*[(:]"
)
_RETURN = re.compile(rb"return\b")
_ATTRIBUTE = re.compile(rb"\.([A-Za-z_]\w*)")
#: What a method binds, and the flags that it defines.
_BINDS = re.compile(rb"self\.(\w+)\s*(?::[^=\n]+)?=(?!=)")
_DEFINES = re.compile(rb"--(?<=[\"']--)([\w-]+)[\"']")
#: Functions that may load what they are given.
_LOADS = re.compile(rb"(?i:load|model|pretrained|tokeniz|embed|rerank|llm|pipeline|client|fetch|engine|server)")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_INSIDE = re.compile(rb"\w")
#: Smaller statements are kept: constants, and what runs when the module runs.
SMALL = 2_000
#: Smaller methods of a class that is kept are kept: what they give back may be asked.
SHORT = 300
#: So much of what follows a place may belong to the same statement.
NEAR = 300
MAX_STEPS = 4
MANY = 200  # statements
FEW = 20  # constants
#: Where classes bind what their methods use.
_MAKES = frozenset({b"__init__", b"__post_init__", b"__new__", b"setUp", b"setUpClass", b"setup_method"})


def mask(data: bytes, hits: list[Hit], *, always: bool = False) -> bytes | None:
    """Blank the statements that hold no hit outside of docstrings and comments; lines stay where they are. None if
    there is no such hit, unless `always` asks for what is kept all the same: imports and constants."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    docs, texts = documents(data)
    live = sorted(hit for hit in hits if not docs.hold(hit[0]) and not remarked(data, hit[0]))
    if not live and not always:
        return None
    whole = _Body(data, 0, len(data), _START, texts)
    names: set[bytes] = set()
    if live:
        whole.keep(live)
        constants = whole.bound(live)
        whole.keep_callers({name + b"(" for name in whole.heads()} | constants)
        whole.keep_called(live)
        whole.keep_bases()
        names = {name + b"(" for name in whole.heads()} | constants
    whole.constants = _constants(whole)
    out = (
        _members(data, whole, i, live, names) if i in whole.kept else whole.stub(i) for i in range(len(whole.begins))
    )
    return b"".join(out)


def salvaged(data: bytes, refused: Callable[[bytes], object]) -> bytes:
    """Blank the statements at the top level that cannot be parsed: another version of the language may have written
    them."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    whole = _Body(data, 0, len(data), _START, documents(data)[1])
    whole.constants = _constants(whole)
    pieces = [(data[slice(*whole.span(i))], i) for i in range(len(whole.begins))]
    return b"".join(whole.stub(i) if refused(piece) else piece for piece, i in pieces)


def _members(data: bytes, whole: _Body, number: int, hits: list[Hit], names: set[bytes]) -> bytes:
    """A large class without the methods that can hold nothing."""
    begin, end = whole.span(number)
    head = whole.head(number) if end - begin > SMALL else None
    inner = _CLASS.match(data, head.start(), end) if head is not None else None
    if inner is None:
        return data[begin:end]
    hits = hits[bisect_left(hits, (begin - NEAR,)) : bisect_left(hits, (end + NEAR,))]
    body = _Body(data, begin, end, _starts(inner[1]), whole.texts, inner[1])
    body.constants = whole.constants
    body.kept |= {0} | {i for i in range(len(body.begins)) if body.is_short(i)}
    body.keep(hits)
    body.keep_callers(names)
    body.keep_callers({b"." + name + b"(" for name in body.heads() if not name.startswith(b"__")})
    body.keep_called(hits)
    body.keep_asked(hits)
    return b"".join(data[slice(*body.span(i))] if i in body.kept else body.stub(i) for i in range(len(body.begins)))


class _Body:
    """The statements of a module or a class, each with everything below it, and which of them are kept."""

    def __init__(
        self,
        data: bytes,
        begin: int,
        end: int,
        starts: re.Pattern[bytes],
        texts: Spans,
        indent: bytes = b"",
    ) -> None:
        self.data, self.end, self.starts, self.texts, self.indent = data, end, starts, texts, indent
        self.begins = list(_cuts(data, begin, end, starts, texts))
        self.kept = {i for i in range(len(self.begins)) if self._stays(*self.span(i))}
        self.constants: frozenset[bytes] = frozenset()  # of the module, and what it imports of others
        self._heads: dict[int, re.Match[bytes] | None] = {}

    def span(self, i: int) -> tuple[int, int]:
        """Where a statement begins and ends."""
        return self.begins[i], self.begins[i + 1] if i + 1 < len(self.begins) else self.end

    def head(self, i: int) -> re.Match[bytes] | None:
        """`def` or `class`, and the name, behind decorators."""
        if i not in self._heads:
            begin, end = self.span(i)
            at = begin + len(self.indent)
            while self.data[at : at + 1] == b"@" and (line := self.starts.search(self.data, at, end)) is not None:
                at = line.end()
            self._heads[i] = _HEAD.match(self.data, at, end)
        return self._heads[i]

    def heads(self) -> set[bytes]:
        """The names of the functions and classes that are kept."""
        return {found[2] for i in self.kept if (found := self.head(i)) is not None}

    def _stays(self, begin: int, end: int) -> bool:
        """Imports, constants, what runs when the module runs, what gives a constant, small classes of fields."""
        if _BLOCK.match(self.data, begin, end) is None:
            return end - begin < SMALL or _IMPORT.match(self.data, begin, end) is not None
        if end - begin >= SMALL:
            return False
        return (_GIVES.search(self.data, begin, end) or _FIELDS.match(self.data, begin, end)) is not None

    def is_short(self, i: int) -> bool:
        """Is it a small method, or one that binds what the others use?"""
        begin, end = self.span(i)
        if end - begin < SHORT:
            return True
        head = self.head(i)
        return head is not None and head[2] in _MAKES

    def keep(self, hits: list[Hit]) -> None:
        """Keep the statements in which something was found."""
        for at, groups in hits:
            i = self._at(at)
            if i is not None and i not in self.kept:
                begin, end = self.span(i)
                if not groups or any(has(group, self.data[begin:end]) for group in groups):
                    self.kept.add(i)

    def bound(self, hits: list[Hit]) -> set[bytes]:
        """The names of the constants in which something was found."""
        found = {
            _BOUND.match(self.data, self.begins[i], self.begins[i] + NEAR)
            for at, _ in hits
            if (i := self._at(at)) is not None
        }
        return {match[1] for match in found if match is not None}

    def keep_callers(self, names: set[bytes]) -> None:
        """Keep what calls a function that matters: it matters too."""
        for _ in range(MAX_STEPS):
            if not names or len(self.kept) == len(self.begins):
                return
            new = {i for name in names for i in self._callers(name)}
            self.kept |= new
            heads = (self.head(i) for i in new)
            dot = b"." if self.indent else b""
            names = {dot + head[2] + b"(" for head in heads if head is not None}

    def _callers(self, name: bytes) -> Iterator[int]:
        if name.lstrip(b".").startswith((b"test_", b"Test")):
            return
        for at in self._places(name):
            i = self._at(at)
            if (
                i is not None
                and i not in self.kept
                and (name[:1] == b"." or not _INSIDE.match(self.data, max(at - 1, 0)))
            ):
                yield i
        made = name[:-1] if name[:1].isupper() and name[-1:] == b"(" else b""  # `class Small(Encoder):`
        for at in (*self._places(b"(" + made + b")"), *self._places(b"(" + made + b",")) if made else ():
            i = self._at(at)
            if i is not None and i not in self.kept and (head := self.head(i)) is not None and head[1] == b"class":
                yield i

    def keep_called(self, hits: list[Hit]) -> None:
        """Keep the functions that are called where something was found, and those that seem to load what is passed."""
        places = [at for at, _ in hits]
        heads = ((i, head[2]) for i in range(len(self.begins)) if i not in self.kept and (head := self.head(i)))
        rest = [(i, name) for i, name in heads if places or _LOADS.search(name)]
        for _ in range(MAX_STEPS):
            runs = self._runs()
            called = {name for name in {name for _, name in rest} if self._is_called(name, places, runs)}
            new = {i for i, name in rest if name in called}
            if not new:
                return
            self.kept |= new
            rest = [(i, name) for i, name in rest if i not in new]

    def keep_bases(self) -> None:
        """Keep the classes from which those that are kept are made: these bind what the others use."""
        heads = [(i, head) for i in range(len(self.begins)) if (head := self.head(i)) and head[1] == b"class"]
        classes = {head[2]: i for i, head in heads}
        for _ in range(MAX_STEPS):
            made = [_MADE_FROM.match(self.data, head.end()) for i, head in heads if i in self.kept]
            names = {name[0] for found in made if found is not None for name in _NAME.finditer(found[1])}
            self.kept |= (new := {classes[name] for name in names if name in classes} - self.kept)
            if not new:
                return

    def _runs(self) -> list[tuple[int, int]]:
        """The spans of what is kept; neighbors are one."""
        runs: list[tuple[int, int]] = []
        for begin, end in map(self.span, sorted(self.kept)):
            if runs and runs[-1][1] == begin:
                runs[-1] = runs[-1][0], end
            else:
                runs.append((begin, end))
        return runs

    def _is_called(self, name: bytes, places: list[int], runs: list[tuple[int, int]]) -> bool:
        loads = _LOADS.search(name) is not None
        for at in self._places((b"." if self.indent else b"") + name + b"(", runs):
            if (i := self._at(at)) is not None and i in self.kept:
                near = bisect_right(places, at - NEAR)
                if loads or (near < len(places) and places[near] < at + NEAR):
                    return True
        return False

    def keep_asked(self, hits: list[Hit]) -> None:
        """Keep the methods that bind or give what is used where something was found, and so on."""
        places = [at for at, _ in hits if self._at(at) is not None]
        if not places or len(self.kept) == len(self.begins):
            return
        told: dict[bytes, list[tuple[int, int]]] = {}
        for i in range(len(self.begins)):
            for name, at in self._tells(i):
                told.setdefault(name, []).append((i, at))
        asked: set[bytes] = set()
        while places:
            names = {m[1] for at in places for m in _ATTRIBUTE.finditer(self.data, self._line(at), at + NEAR)} - asked
            asked |= names
            found = [place for name in names for place in told.get(name, ())]
            self.kept |= {i for i, _ in found}
            places = [at for _, at in found]

    def _tells(self, i: int) -> Iterator[tuple[bytes, int]]:
        """What a method binds, and where; what it gives back is told for its name."""
        begin, end = self.span(i)
        head = self.head(i)
        if head is not None:
            yield head[2], begin
            yield from ((head[2], m.start()) for m in _RETURN.finditer(self.data, head.end(), end))
        yield from ((m[1], m.start()) for m in _BINDS.finditer(self.data, begin, end))
        yield from ((m[1].replace(b"-", b"_"), m.start()) for m in _DEFINES.finditer(self.data, begin, end))

    def _places(self, name: bytes, runs: list[tuple[int, int]] | None = None) -> Iterator[int]:
        """Where a name stands, with the signs around it, perhaps only in these parts. Of many statements each has a
        name: then all words are looked up, for searching once for each would cost the square."""
        if len(self.begins) <= MANY:
            for begin, end in runs or ((self.begins[0], self.end),):
                yield from everywhere(name, self.data, begin, end)
            return
        word = name.strip(b".(")
        dot, called = name[:1] == b".", name[-1:] == b"("
        for at in self._words.get(word, ()):
            end = at + len(word)
            if (not dot or self.data[at - 1 : at] == b".") and (not called or self.data[end : end + 1] == b"("):
                yield at

    @cached_property
    def _words(self) -> dict[bytes, list[int]]:
        words: dict[bytes, list[int]] = {}
        for found in _NAME.finditer(self.data, self.begins[0], self.end):
            words.setdefault(found[0], []).append(found.start())
        return words

    def _line(self, at: int) -> int:
        begin = max(0, at - MAX_LINE)
        return max(self.data.rfind(b"\n", begin, at) + 1, begin)

    def _at(self, offset: int) -> int | None:
        """The statement in which an offset lies."""
        i = bisect_right(self.begins, offset) - 1
        return i if i >= 0 and offset < self.end else None

    def stub(self, i: int) -> bytes:
        """The lines stay, and the name: what the project defines itself is no library's."""
        data, (begin, end) = self.data, self.span(i)
        lines = b"\n" * data.count(b"\n", begin, end)
        head = self.head(i)
        if head is None:
            return lines
        # What it uses is used, and what it only looks into is only looked into.
        uses = {m[1] for m in _OF_OTHERS.finditer(data, begin, end)}
        named = self.constants
        if len(named) > FEW:
            named = named & {m[0] for m in _CAPITALS.finditer(data, begin, end)}
        for name in named:
            uses |= {
                (b"0 in " if data[at - 3 : at] == b"in " else b"") + name
                for at in everywhere(name, data, begin, end)
                if _USED.match(data, at + len(name)) and not _INSIDE.match(data, at - 1)
            }
        call = b"()" if head[1] == b"def" else b""
        return b"%s%s %s%s: [%s]%s" % (self.indent, head[1], head[2], call, b", ".join(sorted(uses)), lines)


def _constants(module: _Body) -> frozenset[bytes]:
    """The constants that a module binds, and those that it imports."""
    data = module.data
    found = {m[1] for m in _CONSTANT.finditer(data)}
    for i in module.kept:
        begin, end = module.span(i)
        if _IMPORT.match(data, begin, end) is not None:
            found |= {m[0] for m in _CAPITALS.finditer(data, begin, end)}
    return frozenset(found)


def _cuts(data: bytes, begin: int, end: int, starts: re.Pattern[bytes], texts: Spans) -> Iterator[int]:
    """Where statements begin; decorators stay with what they decorate."""
    yield begin
    decorated = data[begin : begin + 1] == b"@"
    for newline in starts.finditer(data, begin, end):
        at, word = newline.start() + 1, newline.end()
        if texts.hold(at) or _CLAUSE.match(data, word):
            continue
        if not decorated:
            yield at
        decorated = data[word : word + 1] == b"@"


@lru_cache(maxsize=16)
def _starts(indent: bytes) -> re.Pattern[bytes]:
    """Where the statements of a body begin."""
    return re.compile(rb"\n" + indent + rb"(?=[A-Za-z_@])")
