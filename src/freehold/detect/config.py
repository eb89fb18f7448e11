"""Configuration: YAML, JSON, TOML and INI, whichever program reads it.

A key that rules/calls knows makes its value a load. Containers (compose, Kubernetes, KServe, Helm values) and CI
hold command lines and environments, known by their keys wherever they stand. Every other value is a clue: code
may read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from freehold.detect import embedded, workflow
from freehold.detect.built import built
from freehold.detect.calls import Calls, Key, plain
from freehold.detect.filed import contributed, group, is_report, listed
from freehold.detect.found import Found
from freehold.detect.interpolated import take
from freehold.detect.keyed import (
    EMBEDDED,
    ENTRIES,
    MODELFILES,
    NO_VALUES,
    SETTINGS,
    VALUES,
    Keyed,
    entry,
    is_called,
    is_made,
)
from freehold.detect.keyed_names import offered
from freehold.detect.keyed_pins import named, within
from freehold.detect.names import Sure, identify, is_fetched, is_record
from freehold.detect.nodes import Listing, Node, NoTree, Scalar, Table, moved
from freehold.detect.notes import FETCHED, FILE, Notes
from freehold.detect.pins import is_pin
from freehold.detect.promise import Promise, promise
from freehold.detect.provided import provided, routed, served_here
from freehold.detect.shapes import shapes
from freehold.detect.started import Started, following, has_options, reckoned
from freehold.detect.trees import filled, numbers, read
from freehold.source import Source
from freehold.types import Role

_KINDS = {
    "yaml": "yaml", "yml": "yaml", "json": "json", "jsonc": "json", "json5": "json", "webmanifest": "json",
    "toml": "toml", "ini": "ini", "cfg": "ini", "conf": "ini", "properties": "ini",
    "service": "ini", "container": "ini", "prompty": "yaml", "kcpps": "json",
}  # fmt: skip
#: What is set up by a table beside its name: `{provider: ollama, config: {model: …}}`.
_SET_UP = (("config",), ("params",), ("parameters",), ("options",), ("settings",), ("kwargs",))
_TEMPLATES = (".example", ".sample", ".template", ".dist", ".tmpl", ".tpl", ".j2")
#: One for a certain machine, or in another spelling: `config.ini.gpu-example`, `config.yaml-dist`, `config.json.local`.
_TEMPLATE = re.compile(r"\.(\w+)[.-](?:[a-z0-9]+[._-])?(?:example|sample|template|dist|default|local)\Z")
#: Larger files are data. (`walk` has the bound for all files; this one is for those that only look like settings.)
MAX_BYTES = 1_048_576
#: Larger tables are data, and nothing in them belongs together.
MAX_BESIDE = 60

_BEGINS = re.compile(r"(?:[ \t]*(?:#[^\n]*|---)?\r?\n){0,50}[ \t]*(?:- )?[\w.-]{1,100}:(?:[ \t]|\r?$)", re.MULTILINE)
_TRANSLATED = re.compile(r"(?:^|/)(?:locales?|i18n|l10n|translations?|lang|langs|languages?)/", re.IGNORECASE)
#: What a run left behind: results name models, and select none.
_RESULTS = re.compile(
    r"(?:^|/)(?:[\w-]{1,80}[_-])?"
    r"(?:results?|outputs?|predictions|generations|logs|(?<=[_-])reports?)"
    r"(?:(?:[_-]\d[\w-]{1,80}|(?:[_-][\w-]{1,80})?/.*)?\.json|(?<!logs)(?:[_-][\w-]{1,80})?/.*\.ya?ml)$",
    re.IGNORECASE,
)
#: What tests are given in place of what there is.
_GIVEN = re.compile(r"(?:^|/)(?:tests?/(?:.*/)?snapshots|_{0,2}fixtures?(?:__)?|test[_-]?data|cassettes|mocks)/")
#: An extension of an editor says what its users can set.
_EXTENDS = re.compile(rb'"(?:contributes|preferences)"')
#: Requests that show how to use an interface.
_SHOWN = re.compile(r"\.postman_collection\.json$", re.IGNORECASE)
#: Tables about models rather than of models.
_FACTS = re.compile(r"pric(?:e|ing)|(?<![a-z])costs?(?![a-z])|capabilit|leaderboard|rate_?limits", re.IGNORECASE)
#: A place that a model comes from.
_SCHEMES = ("https://", *FETCHED)

#: What Ollama makes a model of.
_MODELFILE = re.compile(
    r"(?:[ \t]*(?:#[^\n]*)?\n){0,20}[ \t]*FROM[ \t]+\S+[ \t\r]*\n"
    r"(?:.*\n){0,20}?[ \t]*(?:PARAMETER|SYSTEM|TEMPLATE)[ \t]"
)
_FRONT = re.compile(r"---[ \t]*\r?\n(?:(?!---)[^\n]*\n)*+")

#: Files in which people write what their program shall use.
_SETTINGS = re.compile(
    r"(?:^|[/_.-])(?:config|configs|configuration|settings?|conf|agents?|llms?|crew)(?:[_.-][\w.-]*)?\.(?:ya?ml|toml|json)$|"
    r"(?:^|/)(?:config|configs|conf|settings)/[^/]+\.(?:ya?ml|toml)$"
)
#: Keys under which it says something else all the same.
_SAID = frozenset({"name", "title", "label", "description", "tags", "keywords", "project", "app", "version"})


def wants(source: Source) -> bool:
    """By its ending; not the texts of an interface in another language."""
    if source.name == "package.json":
        return _EXTENDS.search(source.data) is not None
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
    if kind is None and (template := _TEMPLATE.search(name)) is not None:
        kind = _KINDS.get(template[1])
    if kind is None and name.startswith("oai_config_list"):  # AutoGen's
        return "json"
    if source.name == "MLproject":
        return "yaml"
    if kind is None and source.name.endswith(".template") and b"AWS::" in source.data:  # CloudFormation's
        return "json" if source.data.lstrip().startswith(b"{") else "yaml"
    return kind


def find(source: Source, calls: Calls) -> Found:
    """Give what a configuration file says; a file that cannot be read is a problem with its place."""
    notes = Notes(
        source, calls, Role.MENTION if _SHOWN.search(source.name) or _GIVEN.search(source.path) else Role.LOAD
    )
    kind = _kind(source) or "yaml"
    if len(source.data) > MAX_BYTES:
        notes.problem(f"larger than {MAX_BYTES} bytes, not read as configuration", "exclude files of data")
        return notes.found()
    unread = not source.data and source.real is not None and source.stamp_read(None) is None  # that is said already
    if unread or (kind == "json" and numbers(source)):
        return notes.found()
    if source.name.endswith(".prompty"):  # what it is set to, and then the prompt
        head = _FRONT.match(source.text)
        source = Source(source.path, head[0].encode() if head is not None else b"")
    try:
        documents = read(source, kind)
    except NoTree as error:
        notes.problem(str(error), line=error.line)
        return notes.found()
    take(source.text, documents, notes.variables)
    reader = Reader(notes, kind)
    for document in documents:
        if isinstance(document, Table) and is_report(document, kind):
            notes.role = Role.MENTION
        if source.name == "package.json":
            for key, setting in contributed(document):
                reader.read(setting, *key.split("."))
        else:
            reader.read(document, *group(source.path), *listed(source.name, document, calls))
    return notes.found()


def inside(notes: Notes, name: str, text: str, place: Callable[[int, str], int]) -> bool:
    """Read JSON that is the value of a name; False where it is none."""
    try:
        (node,) = read(Source(notes.source.path, filled(text).encode()), "json")
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
        self.started = Started(notes)
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
        built(table, self.notes)
        for repository, pin in named(table):
            rule = self.notes.calls.key("repo_id", self.where, ("revision",), keyed.path)
            self.notes.value(repository.text or "", repository.at, "config", rule, revision=pin)
        served = ((own, keyed.path[-1], base) for own, base in provided(table, keyed.path))
        for own, whose, base in (*served, *routed(table, keyed.path, self.around[0])):
            rule, who = self.notes.calls.key("model", self.where), self.notes.calls.known_provider(whose)
            self.notes.value(own.text or "", own.at, "config", rule, provider=who, base_url=base)
        if keyed.several:
            self.keys(table, keyed.path)
        self.started.pair(table)
        self.started.loop(table)
        self.started.image(table)
        for key, value in table.entries:
            name = key.text or ""
            inner = keyed.inner.get(name) or keyed.below(name)
            kind = inner.kind
            if kind is None:
                names = (k.text or "" for k, _ in table.beside)
                rule = self.notes.calls.key(name, self.where, names, keyed.path)
                kind = "model" if rule is None else rule.kind
            if kind == "environment":
                self.started.environment(value)
                self.inner(value, inner)
                continue
            if kind == "shell":
                done = self.started.shell(value)
                for item in value.items if done and isinstance(value, Listing) else ():
                    if not isinstance(item, Scalar):
                        self.node(item, inner, table)  # Task's `- cmd: …`
            else:
                done = (kind == "command" or has_options(value)) and self.started.command(
                    table, name, value, keyed.path
                )
            if not done:
                self.node(value, inner, table)

    def keys(self, table: Table, path: tuple[str, ...]) -> None:
        """Judge the keys of a table of models."""
        rule = self.notes.calls.key(path[-1], self.where, (), path[:-1])
        if rule is not None and rule.kind == "model":
            for key, told in offered(table):
                own = replace(rule, telling=False, kind="mention" if told else "model")
                self.notes.value(key.text or "", key.at, "config", own)

    def inner(self, value: Node, keyed: Keyed) -> None:
        """Judge what stands in an environment and is no text: lists, tables."""
        if isinstance(value, Table):
            entries = tuple((key, node) for key, node in value.entries if not isinstance(node, Scalar))
            self.node(Table(entries, value.at), keyed)
        elif isinstance(value, Listing):
            for item in value.items:
                if isinstance(item, Table) and item.get("name") is None and item.get("key") is None:
                    self.node(item, keyed)

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
        self.setting(keyed.path, text, scalar.at, beside)

    def setting(self, path: tuple[str, ...], text: str, at: int, beside: Table | None = None) -> None:
        """Note what code may ask for: `model: {value: …, options: […]}` is the setting `model`, too."""
        few = beside is not None and "/" in text and len(beside.entries) <= MAX_BESIDE
        self.notes.setting(path, text, at, self.notes.pin(path[-1], None, self.texts(beside)) if few else None)
        if path[-1] in VALUES and len(path) > 1:
            self.notes.setting(path[:-1], text, at)

    def judge(self, scalar: Scalar, path: tuple[str, ...], beside: Table | None) -> None:
        """The same where the keys or the string may be telling."""
        text = scalar.text or ""
        composed = path[-1] == "content" and path[-3:-2] == ("configs",)  # a file that compose makes
        file = "config" if composed else EMBEDDED.get(path[-1], path[-1])
        if "\n" in text:
            settings = SETTINGS.fullmatch(file) is not None and _BEGINS.match(text) is not None
            whole = f"{file}.yaml" if settings else file if file != path[-1] or FILE.fullmatch(file) else None
            whole = "Modelfile" if path[-1] in MODELFILES and _MODELFILE.match(text) else whole
            if whole is not None and embedded.file(
                self.notes, whole, text, reckoned(scalar, self.notes), sure=not settings
            ):
                return
        # `"embeddingModel": {"value": …}`, a workflow's `model: {default: …}`: the name is that of the table.
        name, siblings = path[-1], self.texts(beside)
        if name in VALUES and len(path) > 1:
            name, siblings = path[-2], self.texts(self.around[-2] if len(self.around) > 1 else None)
        if "/" not in text and (is_called(name, siblings) or (name == "name" and self._manifest)):
            return  # what people read; what another object of the cluster is called
        if plain(name) == "model_name" and "provider" not in siblings and text == self._called:
            return  # the cluster's own name for it
        if siblings.get("repo_type") in ("dataset", "space"):
            return
        link = siblings.get("source") or siblings.get("url") or ""
        if name == "name" and link.startswith(_SCHEMES) and identify(link) is not None:
            return  # what it is called here, and beside it where it comes from
        rule = self.notes.calls.key(name, self.where, siblings, path[:-1], text)
        if rule is None:
            rule = self._entry(path, siblings) or self._meant(name, text)
        told = rule is not None and rule.kind == "model" and any(_FACTS.search(key) for key in path[:-1])
        if rule is not None and rule.kind == "model" and (told or is_record(map(plain, siblings))):
            rule = replace(rule, kind="mention")
        if rule is not None and rule.kind == "weights":
            rule = workflow.field(rule, workflow.kind(self.around), text)
            if rule is None:
                return
        if rule is not None:
            if rule.kind in NO_VALUES:
                if text.startswith(FETCHED) or (rule.kind == "other" and is_fetched(text)):
                    self.notes.value(text, scalar.at, "url")
                else:
                    self.notes.image(text, scalar.at)
                return
            sure = rule.telling or "/" not in text or rule.kind == "mention"
            if self._by(rule, name, scalar, siblings, path) and sure and not rule.values:
                return
        if rule is None and (is_pin(name) or is_made(path, text)):
            pass  # a version, whatever it looks like; what the program writes
        elif (rule is None or rule.kind == "path") and ("/" not in text or not self.notes.image(text, scalar.at)):
            self.notes.value(text, scalar.at, "url" if "://" in text else "config")
        if not self.notes.structured(name, text, following(scalar, self.notes)):
            self.setting(path, text, scalar.at, beside)

    def _meant(self, name: str, text: str) -> Key | None:
        """`primary: gpt-4o` in `config.yaml`: a name that only an API's model has, in a file of settings."""
        if _SETTINGS.search(self.notes.source.path) is None or plain(name) in _SAID:
            return None
        known = identify(text)
        sure = known is not None and known.sure is Sure.KNOWN and known.of_api
        return self.notes.calls.key("model", "any") if sure else None

    def texts(self, table: Table | None) -> Mapping[str, str]:
        """The strings of a table, those in a table of their own (`{"value": …}`) included; no text for all else."""
        if self._texts[0] is not table:
            found: dict[str, str] = {}
            for key, value in table.beside if table is not None else ():
                if isinstance(value, Table):
                    value = next((v for k, v in value.entries if k.text in VALUES and isinstance(v, Scalar)), value)
                found[key.text or ""] = (value.text or "") if isinstance(value, Scalar) else ""
            self._texts = (table, found)
        return self._texts[1]

    def _entry(self, path: tuple[str, ...], beside: Mapping[str, str]) -> Key | None:
        if (rule := entry(self.notes.calls, self.where, path, beside)) is not None:
            return rule
        # `kind: Model`: what it is made of is named somewhere in it.
        manifest = path[-1] in ENTRIES and self._manifest.endswith("Model")
        return self.notes.calls.key("model", self.where) if manifest else None

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

    def _by(self, rule: Key, name: str, scalar: Scalar, siblings: Mapping[str, str], path: tuple[str, ...]) -> bool:
        around = self.around[-1] if self.around else None
        provider = siblings.get(rule.provider or "providerId") or siblings.get("providerId") or siblings.get("provider")
        if provider is None and path[-2:-1] in _SET_UP and len(self.around) > 1:
            provider = self.around[-2].text("provider")
        if provider is None and rule.provider is not None:
            provider = next((t for table in self.around[:-1][-2:] if (t := table.text(rule.provider))), None)
        told = self.notes.provider_beside(name, siblings) if provider is None else None
        served = self.provider(rule, provider) or told
        if served is None and rule.ecosystem is None:
            served = self.notes.serving(path[:-1], scalar.text or "", rule)
        base: str | None = None
        own = (scalar.text or "").partition("/")[0]
        if self.around and served is None and self.notes.calls.known_provider(own) is None:
            scalar, base = served_here(scalar, self.around[0])
        return self.notes.value(
            scalar.text or "",
            scalar.at,
            "config",
            rule,
            provider=served,
            revision=self.notes.pin(name, rule, siblings) or self._within(name),
            file=siblings.get(rule.file) if rule.file else None,
            base_url=base or self.notes.base(name, siblings) or self.notes.base(name, self.texts(around)),
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
