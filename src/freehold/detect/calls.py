"""What libraries look like: rules/calls, read strictly. The schema is explained in rules/calls/README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, TypeVar

from freehold.detect.alternatives import any_of
from freehold.detect.libraries import Argument, Call, Environment, Example, Flag, Key, Library, plain
from freehold.detect.markers import Family, Marker, read_family, read_markers, read_words
from freehold.detect.pins import is_pin
from freehold.detect.rows import (
    read_calls,
    read_checked_against,
    read_environment,
    read_example,
    read_flag,
    read_keys,
    read_texts,
    read_url,
)
from freehold.detect.shapes import shapes
from freehold.rules import documents, insist, remembered
from freehold.tomlread import Document

__all__ = ["Argument", "Call", "Calls", "Environment", "Example", "Flag", "Key", "Library", "load", "plain"]

_Fits: TypeAlias = Callable[[str], object]

_K = TypeVar("_K")
_V = TypeVar("_V")

_PATTERN = re.compile(r"[*?\[]")

#: Longer keys are nobody's setting.
MAX_KEY = 200
#: How many answers about keys are kept.
MAX_NAMES = 20_000


@dataclass(frozen=True, eq=False)
class Calls:
    """All of rules/calls, indexed the way detectors ask."""

    libraries: tuple[Library, ...] = ()
    calls: tuple[Call, ...] = ()
    keys: tuple[Key, ...] = ()
    flags: tuple[Flag, ...] = ()
    environment: tuple[Environment, ...] = ()
    families: tuple[Family, ...] = ()
    markers: tuple[Marker, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = field(default=(), repr=False)

    @cached_property
    def _libraries(self) -> dict[str, Library]:
        return {library.id: library for library in self.libraries}

    @cached_property
    def _by_tail(self) -> dict[tuple[str, str], tuple[Call, ...]]:
        tails: dict[tuple[str, str], list[Call]] = {}
        for call in self.calls:
            tails.setdefault((call.language, call.name.rpartition(".")[2]), []).append(call)
        return {k: tuple(sorted(v, key=_exactness)) for k, v in tails.items()}

    @cached_property
    def _hosts(self) -> tuple[tuple[str, str], ...]:
        return tuple((h, lib.ecosystem or lib.id) for lib in self.libraries for h in lib.hosts)

    def model_package(self, name: str) -> Library | None:
        """Give the library whose models come in packages of their own, of which this is one."""
        holding = (lib for lib in self.libraries for pattern in lib.model_packages if fnmatchcase(name, pattern))
        return next(holding, None)

    @cached_property
    def _images(self) -> tuple[tuple[str, Library], ...]:
        return tuple((image, lib) for lib in self.libraries for image in lib.images)

    def image(self, text: str) -> tuple[Library, str] | None:
        """Give the library whose container images go on with the model in them, and what this one goes on with."""
        if not text.startswith(self._imaged):
            return None
        return next(((lib, text[len(image) :]) for image, lib in self._images if text.startswith(image)), None)

    @cached_property
    def _imaged(self) -> tuple[str, ...]:
        return tuple(image for image, _ in self._images)

    def library(self, name: str) -> Library:
        """Give a library by its id (KeyError where there is none)."""
        return self._libraries[name]

    def call(self, callee: str, language: str = "python") -> Call | None:
        """Give the best call for a dotted callee such as `transformers.AutoModel.from_pretrained`."""
        if (callee, language) not in self._callees:
            _keep(self._callees, (callee, language), self._call(tuple(callee.split(".")), language))
        return self._callees[callee, language]

    @cached_property
    def _callees(self) -> dict[tuple[str, str], Call | None]:
        return {}

    def _call(self, parts: tuple[str, ...], language: str) -> Call | None:
        for tail in (parts[-1], "*", "**"):
            for call in self._by_tail.get((language, tail), ()):
                if _matches(tuple(call.name.split(".")), parts):
                    return call
        return None

    def rows(self, call: Call) -> tuple[Call, ...]:
        """Give every row of this call: one that selects several models has a row for each of them."""
        return self._rows[call.library, call.language, call.name]

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str], tuple[Call, ...]]:
        rows: dict[tuple[str, str, str], list[Call]] = {}
        for call in self.calls:
            rows.setdefault((call.library, call.language, call.name), []).append(call)
        return {k: tuple(v) for k, v in rows.items()}

    def tails(self, language: str = "python", roots: Container[str] | None = None) -> frozenset[str]:
        """Give the last parts of all callees: without one of these words a file has no known call. With `roots`, only
        of what can be in a project whose dotted names begin so."""
        if roots is None:
            return self._tails.get(language, frozenset())
        names = (call.name.split(".") for call in self.calls if call.language == language)
        return frozenset(parts[-1] for parts in names if parts[0].startswith("*") or parts[0] in roots)

    @cached_property
    def _tails(self) -> dict[str, frozenset[str]]:
        tails: dict[str, set[str]] = {}
        for language, tail in self._by_tail:
            tails.setdefault(language, set()).add(tail)
        return {language: frozenset(same) for language, same in tails.items()}

    def key(
        self, name: str, where: str, beside: Iterable[str] = (), around: tuple[str, ...] = (), text: str = ""
    ) -> Key | None:
        """Give the first key that matches; `beside` are the sibling keys, `around` the keys of the tables above, `text`
        is its value."""
        fitting = self.fitting(name, where, self.above(around))
        if not fitting or not (fitting[0].near or fitting[0].values):
            return fitting[0] if fitting else None
        others = {plain(b) for b in beside}
        return next((k for k in fitting if k.fits(others, text)), None)

    def fitting(self, name: str, where: str, above: int = 0) -> tuple[Key, ...]:
        """Give the keys that match whatever stands beside, in their order; `above` is what was said of the tables
        around it."""
        asked = (name, where, above)
        found = self._keys.get(asked)
        if found is None:
            found = ()
            if len(name) <= MAX_KEY and not is_pin(name) and "://" not in name:
                fit = (self.keys[n] for n in self._numbers(plain(name)))
                found = tuple(k for k in fit if k.holds(where) and (not k.below or above & self._tables[k.below][0]))
            _keep(self._keys, asked, found)
        return found

    def above(self, around: tuple[str, ...]) -> int:
        """Say what the keys of the tables above mean to the keys below them: a bit for each `below` of a rule."""
        said = 0
        for name in around:
            own = self._meant.get(name)
            if own is None:
                key = plain(name)
                own = sum(bit for bit, fits in self._tables.values() if fits(key))
                _keep(self._meant, name, own)
            said |= own
        return said

    def _numbers(self, key: str) -> list[int]:
        """Most names are no rule's, and patterns are slow."""
        exact, some, patterns = self._named
        fit = {n for n, fits in patterns if fits(key)} if some(key) else set()
        return sorted(fit.union(exact.get(key, ()), exact["*"]))

    @cached_property
    def _named(self) -> tuple[dict[str, list[int]], _Fits, list[tuple[int, _Fits]]]:
        """The numbers of keys by their whole names, and by what matches their patterns; `*` is a name of its own."""
        exact: dict[str, list[int]] = {"*": []}
        patterns: dict[str, list[int]] = {}
        for number, key in enumerate(self.keys):
            pattern = key.name != "*" and _PATTERN.search(key.name)
            (patterns if pattern else exact).setdefault(key.name, []).append(number)
        return exact, _fitting(patterns), [(n, _fitting((p,))) for p, ns in patterns.items() for n in ns]

    @cached_property
    def _tables(self) -> dict[tuple[str, ...], tuple[int, _Fits]]:
        """What keys ask of the tables above them: a bit, and what says whether a name is one of those."""
        asked = sorted({key.below for key in self.keys} - {()})
        return {below: (1 << number, _fitting(below)) for number, below in enumerate(asked)}

    @cached_property
    def _keys(self) -> dict[tuple[str, str, int], tuple[Key, ...]]:
        return {}

    @cached_property
    def _meant(self) -> dict[str, int]:
        return {}

    @cached_property
    def _variable_like(self) -> re.Pattern[str]:
        return any_of(sorted({e.name for e in self.environment}))

    def flags_of(self, words: Iterable[str], options: Iterable[str], *, image: bool) -> list[Flag]:
        """Give the flags that a command with these words and options can have, in their order."""
        programs, free, images = self._flags
        numbers = set(images) if image else set()
        numbers.update(n for word in words for n in programs.get(word, ()))
        numbers.update(n for option in ("", *options) for n in free.get(option, ()))
        return [self.flags[n] for n in sorted(numbers)]

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The words of command lines that flags speak of: programs, and options of any program."""
        programs, free, _ = self._flags
        return frozenset((*programs, *free))

    @cached_property
    def _flags(self) -> tuple[dict[str, list[int]], dict[str, list[int]], list[int]]:
        """The numbers of flags by the first word of their program, without a program by their options, and those of
        images. An argument that is no option stands under the empty one."""
        programs: dict[str, list[int]] = {}
        free: dict[str, list[int]] = {}
        for number, flag in enumerate(self.flags):
            if flag.program:
                programs.setdefault(flag.program[0], []).append(number)
            else:
                for option in flag.flag if flag.positional is None else ("",):
                    free.setdefault(option.replace("_", "-"), []).append(number)
        return programs, free, [number for number, flag in enumerate(self.flags) if flag.image]

    def variable(self, name: str, value: str = "") -> Environment | None:
        """Give the first environment name that matches and takes such a value; who serves it is said first."""
        fitting = self._variables.get(name)
        if fitting is None:
            like = len(name) <= MAX_KEY and self._variable_like.match(name.upper()) is not None
            fitting = tuple(e for e in self.environment if e.matches(name)) if like else ()
            _keep(self._variables, name, fitting)
        found = [e for e in fitting if self.takes(e.ecosystem, value) and (not e.values or value in e.values)]
        return next((e for e in found if e.ecosystem is not None), found[0] if found else None)

    @cached_property
    def _variables(self) -> dict[str, tuple[Environment, ...]]:
        return {}

    def host(self, url: str) -> str | None:
        """Give the ecosystem that serves this API base URL, or None where it is nobody we know."""
        host, _, port = url.partition("://")[2].partition("/")[0].lower().partition(":")
        return next(
            (eco for h, eco in self._hosts if h in (host, f":{port}") or host.endswith("." + h)),
            None,
        )

    def provider(self, library: str, value: str) -> str:
        """Give the ecosystem that a library means by a provider: LangChain's `google_genai` is `google`."""
        prefixes = self._libraries[library].prefixes
        own = next((prefixes[value + end] for end in ":/" if value + end in prefixes), None)
        return own or self.known_provider(value) or value

    def takes(self, ecosystem: str | None, name: str) -> bool:
        """Can this be a name there? Most APIs have names without an owner only."""
        return "/" not in name or ecosystem not in self._bare

    @cached_property
    def _bare(self) -> frozenset[str | None]:
        return frozenset(library.ecosystem for library in self.libraries if library.bare)

    def known_provider(self, word: str) -> str | None:
        """Give the ecosystem that a word names by itself, as a setting `provider: groq` or `GROQ_MODEL` does."""
        return self._providers.get(word.lower().replace("-", "_"))

    @cached_property
    def _providers(self) -> dict[str, str]:
        routes = {p.rstrip(":/"): eco for p, (eco, _) in shapes().routes.items() if p[-1] in ":/"}
        libraries = {lib.id: lib.ecosystem for lib in self.libraries if lib.ecosystem not in (None, "any")}
        return {word.lower().replace("-", "_"): eco for word, eco in (libraries | routes).items() if eco is not None}

    def split(self, library: str, name: str, ecosystem: str) -> tuple[str, str]:
        """Take the library's prefix off a name: `huggingface/Qwen/Qwen3-8B` under LiteLLM is
        `("huggingface", "Qwen/Qwen3-8B")`. Without a known prefix, `(ecosystem, name)`; so it is where a call of its
        own ecosystem, such as a framework's class for Ollama, takes `mistral:7b`."""
        if library not in self._libraries:
            return ecosystem, name
        own, prefixes = self._libraries[library].ecosystem, self._libraries[library].prefixes
        free = ecosystem in ("", "any", own)
        fitting = (p for p, leads in prefixes.items() if name.startswith(p) and (free or leads in ("", ecosystem)))
        best = max(fitting, key=len, default=None)
        return (ecosystem, name) if best is None else (prefixes[best] or ecosystem, name[len(best) :])


def _keep(answers: dict[_K, _V], asked: _K, answer: _V) -> None:
    """Remember an answer; the memory is bounded."""
    if len(answers) >= MAX_NAMES:
        answers.clear()
    answers[asked] = answer


def _fitting(patterns: Iterable[str]) -> _Fits:
    return any_of(sorted(patterns)).match


def _exactness(call: Call) -> tuple[bool, int, int, str]:
    """The most exact name first: one that begins with its library, without a star, long."""
    return (call.name.startswith("*"), call.name.count("*"), -len(call.name), call.library)


def _width(rule: Key | Environment) -> tuple[bool, bool, int, bool]:
    """The most exact rule first: one for certain values, a whole name before a pattern, one that asks for company
    before one that does not."""
    company = isinstance(rule, Key) and bool(rule.near or rule.below)
    return (not rule.values, "*" in rule.name, -len(rule.name.replace("*", "")), not company)


def _matches(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """`*` is exactly one part; as the first part it is any receiver, and `**` is any number of parts."""
    if pattern[:1] == ("*",):
        return len(parts) >= len(pattern) and _fits(pattern[1:], parts[len(parts) - len(pattern) + 1 :])
    return _fits(pattern, parts)


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(pattern[1:], parts[i:]) for i in range(len(parts) + 1))
    return bool(parts) and pattern[0] in ("*", parts[0]) and _fits(pattern[1:], parts[1:])


@remembered
def load(*more: Path) -> Calls:
    """Read rules/calls, and an organization's own after it.

    Raises RulesError with every mistake.
    """
    found = documents("calls", *more)
    parts = [_library(document) for document in found]
    known = {p.libraries[0].id: p.libraries[0] for p in parts}
    libraries = tuple(_routed(document, p.libraries[0], known) for document, p in zip(found, parts, strict=True))
    insist(found)
    return Calls(
        libraries=libraries,
        calls=tuple(c for p in parts for c in p.calls),
        keys=tuple(sorted((k for p in parts for k in p.keys), key=_width)),
        flags=tuple(sorted((f for p in parts for f in p.flags), key=lambda f: not f.program)),
        environment=tuple(sorted((e for p in parts for e in p.environment), key=_width)),
        families=tuple(f for p in parts for f in p.families),
        markers=tuple(m for p in parts for m in p.markers),
        words={k: tuple(w for p in parts for w in p.words.get(k, ())) for p in parts for k in p.words},
        examples=tuple(e for p in parts for e in p.examples),
    )


def _routed(document: Document, library: Library, known: Mapping[str, Library]) -> Library:
    """Give a library the prefixes of the one that routes its names; its own come first."""
    if library.routes is None:
        return library
    if library.routes not in known:
        document.table().complain(f"routes: there is no library {library.routes!r}", "routes")
        return library
    return replace(library, prefixes={**known[library.routes].prefixes, **library.prefixes})


def _library(document: Document) -> Calls:
    top = document.table()
    name = top.name("id")
    stem = document.file.rpartition("/")[2].removesuffix(".toml")
    if name and name != stem:
        top.complain(f"id: must be the file's name, {stem!r}", "id")
    ecosystem = top.text("ecosystem")
    library = Library(
        id=name,
        title=top.name("title"),
        source=read_url(top, "source"),
        ecosystem=ecosystem,
        packages=top.texts("packages"),
        modules=top.texts("modules"),
        prefixes=read_texts(top.table("prefixes")),
        routes=top.text("routes"),
        hosts=top.texts("hosts"),
        portable=top.boolean("portable") or False,
        images=top.texts("images"),
        model_packages=top.texts("model-packages"),
        bare=top.boolean("bare") or False,
        checked_against=read_checked_against(top),
    )
    top.day("checked-on", required=True)
    read = Calls(
        libraries=(library,),
        calls=tuple(c for t in top.tables("calls") for c in read_calls(t, name, ecosystem)),
        keys=tuple(k for t in top.tables("keys") for k in read_keys(t, name, ecosystem)),
        flags=tuple(read_flag(t, name, ecosystem) for t in top.tables("flags")),
        environment=tuple(e for t in top.tables("environment") for e in read_environment(t, name, ecosystem)),
        families=tuple(map(read_family, top.tables("families"))),
        markers=tuple(m for t in top.tables("markers") for m in read_markers(t)),
        words=read_words(top.table("words")),
        examples=tuple(read_example(t, name, number) for number, t in enumerate(top.tables("examples"), 1)),
    )
    top.done()
    return read
