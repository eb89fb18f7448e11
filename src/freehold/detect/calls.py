"""What libraries look like: rules/calls, read strictly. The schema is explained in rules/calls/README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase, translate
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from freehold.detect.libraries import CHECKED, NOTHING, Argument, Call, Environment, Example, Flag, Key, Library
from freehold.detect.markers import Family, Marker, read_family, read_markers, read_words
from freehold.rules import documents, insist, remembered
from freehold.tomlread import Document, Table

__all__ = ["Argument", "Call", "Calls", "Environment", "Example", "Flag", "Key", "Library", "load", "plain"]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

#: Longer keys are nobody's setting.
MAX_KEY = 200
#: How many answers about keys are kept.
MAX_NAMES = 20_000

LANGUAGES = ("python", "javascript")
KINDS = (
    *("model", "adapter", "tokenizer", "dataset", "weights", "route"),
    "alias",  # the name under which a model is served: it is the model's own only where it has an owner
    "path",  # only a path that is named after a repository counts
    "link",  # only a URL counts, such as what `git clone` takes
    "other",  # known not to be a model; like "dataset" never reported
    *("command", "shell", "environment"),  # what stands there is a command line, a script, names with values
)
PLACES = ("python", "javascript", "yaml", "json", "toml", "ini", "any")


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

    def library(self, name: str) -> Library:
        """Give a library by its id (KeyError where there is none)."""
        return self._libraries[name]

    def call(self, callee: str, language: str = "python") -> Call | None:
        """Give the best call for a dotted callee such as `transformers.AutoModel.from_pretrained`."""
        if (callee, language) not in self._callees:
            if len(self._callees) > MAX_NAMES:
                self._callees.clear()
            self._callees[callee, language] = self._call(tuple(callee.split(".")), language)
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

    def tails(self, language: str = "python") -> frozenset[str]:
        """Give the last parts of all callees: without one of these words a file has no known call."""
        return frozenset(tail for lang, tail in self._by_tail if lang == language)

    def key(self, name: str, where: str, beside: tuple[str, ...] = (), around: tuple[str, ...] = ()) -> Key | None:
        """Give the first key that matches; `beside` are the sibling keys, `around` the keys of the tables above."""
        matching = self._matching(plain(name), where) if len(name) <= MAX_KEY else ()
        if not matching:
            return None
        others = frozenset(map(plain, beside)) if any(k.near for k in matching) else frozenset()
        above = tuple(map(plain, around)) if any(k.below for k in matching) else ()
        for key in matching:
            if (not key.near or others & set(key.near)) and (
                not key.below or any(fnmatchcase(a, b) for a in above for b in key.below)
            ):
                return key
        return None

    def _matching(self, name: str, where: str) -> tuple[Key, ...]:
        """The same names come again and again, and patterns are slow."""
        found = self._names.get((name, where))
        if found is None:
            known = self._key_like.match(name) is not None
            found = tuple(k for k, fits in self._fitting if fits(name) and k.holds(where)) if known else ()
            if len(self._names) < MAX_NAMES:
                self._names[name, where] = found
        return found

    @cached_property
    def _fitting(self) -> tuple[tuple[Key, Callable[[str], object]], ...]:
        return tuple((k, re.compile(translate(k.name)).match) for k in self.keys)

    @cached_property
    def _key_like(self) -> re.Pattern[str]:
        return re.compile("|".join(translate(k.name) for k in self.keys) or r"\Z.")

    @cached_property
    def _variable_like(self) -> re.Pattern[str]:
        return re.compile("|".join(translate(e.name) for e in self.environment) or r"\Z.")

    @cached_property
    def _names(self) -> dict[tuple[str, str], tuple[Key, ...]]:
        return {}

    def variable(self, name: str) -> Environment | None:
        """Give the first environment name that matches."""
        if len(name) > MAX_KEY or self._variable_like.match(name.upper()) is None:
            return None
        return next((e for e in self.environment if e.matches(name)), None)

    def host(self, url: str) -> str | None:
        """Give the ecosystem that serves this API base URL, or None where it is nobody we know."""
        rest = url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
        return next((eco for host, eco in self._hosts if rest == host or rest.endswith("." + host)), None)

    def split(self, library: str, name: str, ecosystem: str) -> tuple[str, str]:
        """Take the library's prefix off a name: `huggingface/Qwen/Qwen3-8B` under LiteLLM is
        `("huggingface", "Qwen/Qwen3-8B")`. Without a known prefix, `(ecosystem, name)`."""
        prefixes = self._libraries[library].prefixes if library in self._libraries else NOTHING
        best = max((p for p in prefixes if name.startswith(p)), key=len, default=None)
        return (ecosystem, name) if best is None else (prefixes[best] or ecosystem, name[len(best) :])


def _exactness(call: Call) -> tuple[bool, int, int, str]:
    """The most exact name first: one that begins with its library, without a star, long."""
    return (call.name.startswith("*"), call.name.count("*"), -len(call.name), call.library)


def _width(rule: Key | Environment) -> tuple[bool, int, bool]:
    """The most exact rule first: a whole name before a pattern, one that asks for company before one that does not."""
    company = isinstance(rule, Key) and bool(rule.near or rule.below)
    return ("*" in rule.name, -len(rule.name.replace("*", "")), not company)


def plain(name: str) -> str:
    """Compare keys so: `modelName`, `model-name` and `Model Name` are `model_name`."""
    return _HUMP.sub("_", name.strip()).lower().replace("-", "_").replace(" ", "_")


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
    insist(found)
    return Calls(
        libraries=tuple(p.libraries[0] for p in parts),
        calls=tuple(c for p in parts for c in p.calls),
        keys=tuple(sorted((k for p in parts for k in p.keys), key=_width)),
        flags=tuple(sorted((f for p in parts for f in p.flags), key=lambda f: not f.program)),
        environment=tuple(sorted((e for p in parts for e in p.environment), key=_width)),
        families=tuple(f for p in parts for f in p.families),
        markers=tuple(m for p in parts for m in p.markers),
        words={k: tuple(w for p in parts for w in p.words.get(k, ())) for p in parts for k in p.words},
        examples=tuple(e for p in parts for e in p.examples),
    )


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
        source=_url(top, "source"),
        ecosystem=ecosystem,
        packages=top.texts("packages"),
        modules=top.texts("modules"),
        prefixes=_texts(top.table("prefixes")),
        hosts=top.texts("hosts"),
        portable=top.boolean("portable") or False,
        checked_against=_checked_against(top),
    )
    top.day("checked-on", required=True)
    read = Calls(
        libraries=(library,),
        calls=tuple(c for t in top.tables("calls") for c in _calls(t, name, ecosystem)),
        keys=tuple(k for t in top.tables("keys") for k in _keys(t, name, ecosystem)),
        flags=tuple(_flag(t, name, ecosystem) for t in top.tables("flags")),
        environment=tuple(e for t in top.tables("environment") for e in _environment(t, name, ecosystem)),
        families=tuple(map(read_family, top.tables("families"))),
        markers=tuple(m for t in top.tables("markers") for m in read_markers(t)),
        words=read_words(top.table("words")),
        examples=tuple(_example(t, name) for t in top.tables("examples")),
    )
    top.done()
    return read


def _calls(table: Table, library: str, ecosystem: str | None) -> list[Call]:
    eco = table.text("ecosystem") or ecosystem
    if eco is None:
        table.complain("ecosystem: is missing here and at the top")
    default = table.text("default")
    by = _argument(table, "by")
    defaults = _texts(table.table("defaults"))
    if (default is not None or defaults) and not table.text("default-source"):
        table.complain("default-source: a default needs the place where it is documented")
    table.text("default-source")
    unless = table.table("unless")
    call = Call(
        library=library,
        language=table.text("language", choices=LANGUAGES) or "python",
        name="",
        ecosystem=eco or "unknown",
        argument=_argument(table, "argument"),
        kind=table.text("kind", choices=KINDS) or "model",
        revision=_argument(table, "revision"),
        remote_code=_argument(table, "remote-code"),
        file=_argument(table, "file"),
        base_url=_argument(table, "base-url"),
        provider=_argument(table, "provider"),
        tag=_argument(table, "tag"),
        unless=tuple(sorted((key, _literals(unless, key)) for key in unless.data)),
        requires=table.texts("requires"),
        default=default,
        by=by,
        defaults=defaults,
        names=_texts(table.table("names")),
        prefix=table.text("prefix") or "",
    )
    names = _names(table)
    table.done()
    return [replace(call, name=name) for name in names]


def _keys(table: Table, library: str, ecosystem: str | None) -> list[Key]:
    shared = Key(
        library=library,
        name="",
        where=table.texts("where", choices=PLACES) or ("any",),
        ecosystem=table.text("ecosystem") or ecosystem,
        near=tuple(map(plain, table.texts("near"))),
        below=tuple(map(plain, table.texts("below"))),
        revision=table.text("revision"),
        file=table.text("file"),
        provider=table.text("provider"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    names = _names(table)
    table.done()
    return [replace(shared, name=plain(name)) for name in names]


def _flag(table: Table, library: str, ecosystem: str | None) -> Flag:
    flag = Flag(
        library=library,
        program=table.texts("program"),
        ecosystem=table.text("ecosystem") or ecosystem,
        inner=table.text("inner"),
        unless=table.texts("unless"),
        image=table.texts("image"),
        flag=table.texts("flag") if isinstance(table.data.get("flag"), list) else _one(table, "flag"),
        positional=table.integer("positional", least=0),
        revision=table.text("revision"),
        file=table.text("file"),
        file_positional=table.integer("file-positional", least=0),
        remote_code=table.text("remote-code"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    if not flag.flag and flag.positional is None:
        table.complain("one of flag and positional must be there")
    table.done()
    return flag


def _environment(table: Table, library: str, ecosystem: str | None) -> list[Environment]:
    shared = Environment(
        library=library,
        name="",
        ecosystem=table.text("ecosystem") or ecosystem,
        revision=table.text("revision"),
        file=table.text("file"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    names = _names(table)
    table.done()
    return [replace(shared, name=name.upper()) for name in names]


def _example(table: Table, library: str) -> Example:
    silent = table.boolean("silent")
    expect = table.texts("expect")
    couplings = table.texts("couplings")
    if bool(silent) == bool(expect or couplings):
        table.complain("an example either expects something or is silent")
    example = Example(
        library=library,
        language=table.name("language"),
        text=table.name("text"),
        expect=expect,
        couplings=couplings,
        line=table.line(),
    )
    table.done()
    return example


def _names(table: Table) -> tuple[str, ...]:
    """`name` is one pattern or a list of them that share everything else."""
    names = table.texts("name") if isinstance(table.data.get("name"), list) else (table.name("name"),)
    if not names:
        table.complain("name: must not be empty", "name")
    return names


def _one(table: Table, key: str) -> tuple[str, ...]:
    value = table.text(key)
    return () if value is None else (value,)


def _argument(table: Table, key: str) -> Argument:
    """A keyword, or a list of keywords and positions."""
    if not isinstance(table.data.get(key), list):
        return _one(table, key)
    good: list[str | int] = []
    for value in table.items(key):
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            good.append(value)
        else:
            table.complain(f"{key}: must hold keywords and positions from 0", key)
    return tuple(good)


def _literals(table: Table, key: str) -> tuple[str | bool, ...]:
    """A boolean, or a list of strings."""
    if isinstance(table.data[key], bool):
        return (bool(table.boolean(key)),)
    return table.texts(key)


def _texts(table: Table) -> Mapping[str, str]:
    return MappingProxyType({key: table.text(key) or "" for key in table.data})


def _true(table: Table, key: str) -> bool:
    value = table.boolean(key)
    return True if value is None else value


def _checked_against(table: Table) -> tuple[str, ...]:
    """What the file was held against: packages with their versions, repositories with their commits, documentation."""
    key = "checked-against"
    given = table.texts(key) if isinstance(table.data.get(key), list) else _one(table, key)
    for one in given:
        if not CHECKED.fullmatch(one):
            table.complain(
                f"{key}: {one!r} is no package with a version, repository with a commit, or documentation", key
            )
    return given


def _url(table: Table, key: str) -> str:
    value = table.name(key)
    if value and not value.startswith("https://"):
        table.complain(f"{key}: must begin with https://", key)
    return value
