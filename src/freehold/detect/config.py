"""Configuration: YAML, JSON, TOML and INI, whichever program reads it.

A key that rules/calls knows makes its value a load. Containers (compose, Kubernetes, KServe, Helm values) and CI
hold command lines and environments, known by their keys wherever they stand. Every other value is a clue: code
may read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from freehold.detect import commands, flags
from freehold.detect.calls import Calls, Key, plain
from freehold.detect.commands import Word
from freehold.detect.found import Found
from freehold.detect.keyed import EMBEDDED, ENTRIES, NO_VALUES, SETTINGS, VALUES, Keyed, is_made
from freehold.detect.keyed_pins import named, within
from freehold.detect.names import identify, is_label
from freehold.detect.nodes import Listing, Node, NoTree, Scalar, Table, moved
from freehold.detect.notes import FETCHED, FILE, Notes
from freehold.detect.pins import is_pin
from freehold.detect.promise import Promise, promise
from freehold.detect.shapes import shapes
from freehold.detect.trees import numbers, read
from freehold.source import Source
from freehold.types import Role

_KINDS = {
    "yaml": "yaml", "yml": "yaml", "json": "json", "jsonc": "json", "json5": "json", "webmanifest": "json",
    "toml": "toml", "ini": "ini", "cfg": "ini", "conf": "ini", "properties": "ini",
}  # fmt: skip
_TEMPLATES = (".example", ".sample", ".template", ".dist", ".tmpl", ".tpl", ".j2")
#: Larger files are data. (`walk` has the bound for all files; this one is for those that only look like settings.)
MAX_BYTES = 1_048_576

_BEGINS = re.compile(r"(?:[ \t]*(?:#[^\n]*|---)?\r?\n){0,50}[ \t]*(?:- )?[\w.-]{1,100}:(?:[ \t]|\r?$)", re.MULTILINE)
_TRANSLATED = re.compile(r"(?:^|/)(?:locales?|i18n|l10n|translations?|lang|langs|languages?)/", re.IGNORECASE)
#: JSON that a run left behind: results name models, and select none.
_RESULTS = re.compile(
    r"(?:^|/)(?:[\w-]{1,80}[_-])?(?:results?|outputs?|predictions|generations|logs)(?:(?:[_-][\w-]{1,80})?/.*)?\.json$",
    re.IGNORECASE,
)
#: Requests that show how to use an interface.
_SHOWN = re.compile(r"\.postman_collection\.json$", re.IGNORECASE)
#: A place that a model comes from.
_SCHEMES = ("https://", *FETCHED)

#: Folders of groups of settings.
_ROOTS = frozenset(("conf", "config", "configs"))

#: What Docker and Kubernetes put together to one command line.
_PARTS = ("entrypoint", "command", "args")


def wants(source: Source) -> bool:
    """By its ending; not the texts of an interface in another language."""
    return (
        _kind(source) is not None
        and _TRANSLATED.search(source.path) is None
        and _RESULTS.search(source.path) is None
        and source.name.lower() not in shapes().written
    )


def _kind(source: Source) -> str | None:
    name = source.name.lower()
    if name.endswith(_TEMPLATES):
        for ending in _TEMPLATES:
            name = name.removesuffix(ending)
    kind = _KINDS.get(name.rpartition(".")[2])
    if kind is None and source.name.endswith(".template") and b"AWS::" in source.data:  # CloudFormation's
        return "json" if source.data.lstrip().startswith(b"{") else "yaml"
    return kind


def find(source: Source, calls: Calls) -> Found:
    """Give what a configuration file says; a file that cannot be read is a problem with its place."""
    notes = Notes(source, calls, Role.MENTION if _SHOWN.search(source.name) else Role.LOAD)
    kind = _kind(source) or "yaml"
    if len(source.data) > MAX_BYTES:
        notes.problem(f"larger than {MAX_BYTES} bytes, not read as configuration", "exclude files of data")
        return notes.found()
    if kind == "json" and numbers(source):
        return notes.found()
    try:
        documents = read(source, kind)
    except NoTree as error:
        notes.problem(str(error), line=error.line)
        return notes.found()
    reader = Reader(notes, kind)
    for document in documents:
        reader.read(document, *_group(source.path))
    return notes.found()


def _group(path: str) -> tuple[str, ...]:
    """Hydra puts what `conf/model/small.yaml` holds below `model`."""
    *outer, folder, _ = ("", *path.lower().split("/"))
    return (folder,) if not _ROOTS.isdisjoint(outer) else ()


def inside(notes: Notes, name: str, text: str, place: Callable[[int, str], int]) -> bool:
    """Read JSON that is the value of a name; False where it is none."""
    try:
        (node,) = read(Source(notes.source.path, text.encode()), "json")
    except NoTree:
        return False
    if isinstance(node, Scalar):
        return False
    Reader(notes, "json").read(moved(node, place), name)
    return True


class Reader:
    """Walks a tree, top down, with the keys around each value in hand."""

    def __init__(self, notes: Notes, where: str) -> None:
        self.notes = notes
        self.where = where
        self.top = Keyed((), notes.calls, where)
        self.around: list[Table] = []
        self._told: set[tuple[Keyed, str]] = set()
        self._texts: tuple[Table | None, dict[str, str]] = (None, {})  # of the table that was asked for last
        self._kinds: tuple[Table | None, str] = (None, "")

    def read(self, node: Node, *keys: str) -> None:
        """Judge a document, or what stands below keys."""
        keyed = self.top
        for key in keys:
            keyed = keyed.below(key)
        self.node(node, keyed)

    def node(self, node: Node, keyed: Keyed, beside: Table | None = None) -> None:
        """Judge a value below these keys."""
        if isinstance(node, Scalar):
            if node.text is not None and keyed.path:
                self.scalar(node, node.text, keyed, beside)
        elif isinstance(node, Table):
            self.around.append(node)
            self.table(node, keyed)
            self.around.pop()
        else:
            for item in node.items:
                self.node(item, keyed, beside)

    def table(self, table: Table, keyed: Keyed) -> None:
        """Judge a mapping: first what its keys say together, then each."""
        if keyed.path == ("tool", "freehold"):
            return  # waivers and usage name models, and load none
        for repository, pin in named(table):
            rule = self.notes.calls.key("repo_id", self.where, ("revision",), keyed.path)
            self.notes.value(repository.text or "", repository.at, "config", rule, revision=pin)
        for key, value in table.entries:
            name = key.text or ""
            inner = keyed.inner.get(name) or keyed.below(name)
            kind = inner.kind
            if kind is None:
                names = (k.text or "" for k, _ in table.entries)
                rule = self.notes.calls.key(name, self.where, names, keyed.path)
                kind = "model" if rule is None else rule.kind
            if kind == "environment":
                done = self.environment(value)
            elif kind == "shell":
                done = self.shell(value)
            else:
                done = kind == "command" and self.command(table, name, value, keyed.path)
            if not done:
                self.node(value, inner, table)

    def scalar(self, scalar: Scalar, text: str, keyed: Keyed, beside: Table | None) -> None:
        """Judge a string under its keys."""
        promised = promise(text)
        if keyed.judged or promised is Promise.MORE:
            self.judge(scalar, keyed.path, beside)
            return
        if "/" in text:
            self.notes.image(text, scalar.at)
        if keyed.silent or promised is Promise.NOTHING:
            return
        if promised is Promise.WORD:
            if (keyed, text) in self._told:
                return  # a word that is nothing by itself is said once, however often it stands under the same keys
            self._told.add((keyed, text))
        self.notes.setting(keyed.path, text, scalar.at)

    def judge(self, scalar: Scalar, path: tuple[str, ...], beside: Table | None) -> None:
        """The same where the keys or the string may be telling."""
        text = scalar.text or ""
        file = EMBEDDED.get(path[-1], path[-1])
        if "\n" in text:
            settings = SETTINGS.fullmatch(file) is not None and _BEGINS.match(text) is not None
            whole = f"{file}.yaml" if settings else file if FILE.fullmatch(file) else None
            if whole is not None and self.notes.embedded(whole, text, self._reckoned(scalar), sure=not settings):
                return
        # `"embeddingModel": {"value": …}`, a workflow's `model: {default: …}`: the name is that of the table.
        name, siblings = path[-1], self.texts(beside)
        if name in VALUES and len(path) > 1:
            name, siblings = path[-2], self.texts(self.around[-2] if len(self.around) > 1 else None)
        if "/" not in text and (is_label(plain(name), map(plain, siblings)) or (name == "name" and self._manifest)):
            return  # what people read; what another object of the cluster is called
        if plain(name) == "model_name" and "provider" not in siblings and text == self._called:
            return  # the cluster's own name for it
        link = siblings.get("source") or siblings.get("url") or ""
        if name == "name" and link.startswith(_SCHEMES) and identify(link) is not None:
            return  # what it is called here, and beside it where it comes from
        rule = self.notes.calls.key(name, self.where, siblings, path[:-1])
        if rule is None and name in ENTRIES:
            rule = self._entry(path)
        if rule is not None:
            if rule.kind in NO_VALUES:
                if text.startswith(FETCHED):
                    self.notes.value(text, scalar.at, "url")
                else:
                    self.notes.image(text, scalar.at)
                return
            if self._by(rule, name, scalar, siblings, path):
                return
        elif is_pin(name) or is_made(path, text):
            pass  # a version, whatever it looks like; what the program writes
        elif "/" not in text or not self.notes.image(text, scalar.at):
            self.notes.value(text, scalar.at, "url" if "://" in text else "config")
        if not self.notes.structured(name, text, self._follow(scalar)):
            self.notes.setting(path, text, scalar.at)

    def texts(self, table: Table | None) -> Mapping[str, str]:
        """The strings of a table, those in a table of their own (`{"value": …}`) included; no text for all else."""
        if self._texts[0] is not table:
            found: dict[str, str] = {}
            for key, value in table.entries if table is not None else ():
                if isinstance(value, Table):
                    value = next((v for k, v in value.entries if k.text in VALUES), value)
                found[key.text or ""] = (value.text or "") if isinstance(value, Scalar) else ""
            self._texts = (table, found)
        return self._texts[1]

    def _entry(self, path: tuple[str, ...]) -> Key | None:
        """`models: [{id: …}]`, `models: {fast: {id: …}}`: the table says what its entries are, if they look like it."""
        for up in (2, 3):
            rule = self.notes.calls.key(path[-up], self.where, (), path[:-up]) if len(path) >= up else None
            if rule is not None:
                return replace(rule, telling=False)
        # `kind: Model`: what it is made of is named somewhere in it.
        return self.notes.calls.key("model", self.where) if self._manifest.endswith("Model") else None

    @property
    def _manifest(self) -> str:
        """The kind of an object of Kubernetes, or nothing."""
        top = self.around[0]
        if self._kinds[0] is not top:
            self._kinds = (top, (top.text("kind") or "") if top.text("apiVersion") is not None else "")
        return self._kinds[1]

    @property
    def _called(self) -> str | None:
        """What an object of Kubernetes is called, or None."""
        metadata = self.around[0].get("metadata") if self._manifest else None
        return metadata.text("name") if isinstance(metadata, Table) else None

    def _follow(self, scalar: Scalar) -> Callable[[int, str], int]:
        """Places within a value, one after the other: reckoned, or looked for where they cannot be."""
        last, reckoned = scalar.at, scalar.places(self.notes.source)

        def place(offset: int, text: str) -> int:
            nonlocal last
            known = reckoned(offset)
            last = self.notes.near(text, last) if known is None else known
            return last

        return place

    def _by(self, rule: Key, name: str, scalar: Scalar, siblings: Mapping[str, str], path: tuple[str, ...]) -> bool:
        provider = siblings.get(rule.provider or "providerId") or siblings.get("providerId") or siblings.get("provider")
        if provider is None and rule.provider is not None:
            provider = next((t for table in self.around[:-1][-2:] if (t := table.text(rule.provider))), None)
        served = self.provider(rule, provider)
        if served is None and rule.ecosystem is None:
            served = self.notes.serving(path[:-1], scalar.text or "", rule)
        return self.notes.value(
            scalar.text or "",
            scalar.at,
            "config",
            rule,
            provider=served,
            revision=self.notes.pin(name, rule, siblings) or self._within(name),
            file=siblings.get(rule.file) if rule.file else None,
            base_url=self.notes.base(siblings),
        )

    def _within(self, name: str) -> str | None:
        """A revision among the options beside a name."""
        return within(self.around[-1]) if self.around and "tokenizer" not in plain(name) else None

    def provider(self, rule: Key, text: str | None) -> str | None:
        """The ecosystem of a provider's name, where the rule's library or rules/names knows it."""
        if text is None:
            return None
        own = self.notes.calls.provider(rule.library, text)
        return own if own != text else self.notes.calls.known_provider(text)

    # ── containers and CI ─────────────────────────────────────────────────────

    def environment(self, node: Node) -> bool:
        """A mapping, a list of `NAME=value`, or Kubernetes' list of `name:`/`value:`."""
        pairs = list(self._pairs(node))
        others = {name: value.text or "" for name, value in pairs}
        for name, value in pairs:
            if value.plain or not self.notes.structured(name, value.text or "", self._follow(value)):
                self.notes.assign(name, value.text or "", value.at, "env", others)
        return bool(pairs)

    def _pairs(self, node: Node) -> Iterator[tuple[str, Scalar]]:
        if isinstance(node, Table):
            for key, value in node.entries:
                if isinstance(value, Scalar) and value.text is not None and key.text:
                    yield key.text, value
        elif isinstance(node, Listing):
            for item in node.items:
                if isinstance(item, Scalar) and item.text and "=" in item.text:
                    name, _, text = item.text.partition("=")
                    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
                    text = text[1:-1] if quoted else text
                    yield name, Scalar(text, item.at + len(name) + 1 + quoted, item.plain)
                elif isinstance(item, Table):
                    variable = item.text("name") or item.text("key") or item.text("Name")
                    set_to = item.get("value") or item.get("Value")
                    if variable and isinstance(set_to, Scalar) and set_to.text is not None:
                        yield variable, set_to

    def command(self, table: Table, name: str, node: Node, path: tuple[str, ...]) -> bool:
        """`entrypoint:`, `command:` and `args:` are one command line, in whichever order they stand."""
        parts = {plain(k.text or ""): v for k, v in table.entries if plain(k.text or "") in _PARTS}
        if plain(name) not in parts:
            words = self._words(node)
        elif plain(name) == next(iter(parts)):
            words = [word for part in _PARTS if part in parts for word in self._words(parts[part])]
        else:
            return True  # judged together with the first of them
        blocks = {word.at: number for number, word in enumerate(words) if word.quoted and not word.exact}
        for scalar in self._blocks(parts.values() if parts else (node,)) if blocks else ():
            number = blocks.get(scalar.at, 0)
            if number > 1 and flags.is_script(words[:number]):
                self.shell(scalar)  # every place in a block is known
                words[number] = Word("", scalar.at)
        if words:
            image = table.text("image") or (path and table.text("repository")) or None
            flags.judge(words, self.notes, image=image)
        return bool(words)

    def _blocks(self, nodes: Iterable[Node]) -> Iterator[Scalar]:
        for node in nodes:
            items = node.items if isinstance(node, Listing) else (node,)
            yield from (item for item in items if isinstance(item, Scalar) and item.row)

    def _words(self, node: Node) -> list[Word]:
        if isinstance(node, Listing):
            words: list[Word] = []
            for item in node.items:
                if isinstance(item, Scalar):
                    # `- --model org/name` as one item is two words to everyone but the kernel.
                    text = item.text or ""
                    pieces = self._split(item) if text.startswith("-") and " " in text else None
                    words += pieces or [Word(text, item.at, item.plain, True)]
                elif isinstance(item, Table) and (item.text("name") or "").startswith("-"):
                    # `- name: --model`, `  value: org/name`, as charts write it.
                    pair = (item.get("name"), item.get("value"))
                    words += [Word(s.text, s.at, s.plain, True) for s in pair if isinstance(s, Scalar) and s.text]
            return words
        return self._split(node) if isinstance(node, Scalar) and node.text else []

    def _split(self, scalar: Scalar) -> list[Word]:
        found: list[Word] = []
        place = scalar.places(self.notes.source)
        for number, command in enumerate(commands.commands(scalar.text or "")):
            found += [
                *([Word(";", scalar.at)] if number else []),
                *flags.placed(command.words, place, scalar.at, self.notes),
            ]
        return found

    def shell(self, node: Node) -> bool:
        """A script: one string, or a list of them."""
        items = node.items if isinstance(node, Listing) else (node,)
        scalars = [n for n in items if isinstance(n, Scalar) and n.text]
        for scalar in scalars:
            place, at, reckoned = scalar.places(self.notes.source), scalar.at, self._reckoned(scalar)
            silent = flags.silence(self.notes) if place(0) is not None else None
            for command in commands.commands(scalar.text or "", silent=silent):
                loud = silent is None or command.scripts or command.listed is not None
                if not loud and flags.quiet([word.text for word in command.words], self.notes.calls):
                    continue  # its places need not be reckoned
                words = flags.placed(command.words, place, at, self.notes)
                at = words[-1].at if words and place(0) is None else at
                scripts = command.scripts if place(0) is not None else ()
                flags.judge(words, self.notes, scripts=scripts, place=reckoned, listed=command.listed)
        return bool(scalars)

    def _reckoned(self, scalar: Scalar) -> Callable[[int], int]:
        """Places within a value; its beginning where they cannot be reckoned."""
        place = scalar.places(self.notes.source)

        def reckoned(offset: int) -> int:
            there = place(offset)
            return scalar.at if there is None else there

        return reckoned
