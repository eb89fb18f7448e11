"""Where a value of a configuration stands: the keys around it, and what they say of it whatever stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from freehold.detect.calls import Calls, Key, plain
from freehold.detect.names import OUTPUT, Sure, identify, is_label
from freehold.detect.notes import FILE, SILENT
from freehold.detect.shapes import shapes

#: Keys that only say "here it comes": deployment parameters, inputs of workflows, schemas of settings.
VALUES = (
    *("value", "values", "default", "defaultValue", "Default", "options", "allowedValues", "AllowedValues"),
    *("enum", "choices", "allowed_values"),
)

#: Values that are whole files: Ray Serve's configuration, what a machine runs when it starts, what a node of n8n runs.
EMBEDDED = {
    "serveConfigV2": "serve.yaml",
    "user_data": "user.sh",
    "Fn::Base64": "user.sh",
    "jsCode": "code.js",
    "pythonCode": "code.py",
}
#: A block under such a key is a file of settings too, if it begins like one.
SETTINGS = re.compile(r"(?:[\w.-]{0,80}[._-])?(?:config|configuration|settings|values|patch)", re.IGNORECASE)

#: Keys of an entry in a list of models.
ENTRIES = (
    *("id", "name", "value", "slug", "key", "repo", "path", "hf", "uri", "url", "source"),
    *("primary", "secondary", "fallback", "fallbacks", "backup"),
)

#: Kinds of rule under which no single string is a model.
NO_VALUES = (*SILENT, "command", "shell", "environment")


#: What a model that is made is called, and what it is made from.
_MADE = ("name", "model_name")
_BASES = ("base_model", "base_model_id", "base_model_name", "base_model_path", "base_model_name_or_path")
#: What the project itself calls a model, and where the name stands that it is looked up by.
SHORT = ("id", "slug", "key")
_WHOLE = ("model", "model_id", "model_name", "model_name_or_path", "repo", "repo_id", "hf_repo", "hf_id")
#: A table of several models, by its name, and what its entries would have.
_SEVERAL = re.compile(r"s$|catalog|models?_?(?:list|map|registry|table|by_|for_)|mapping$")
_ATTRIBUTES = frozenset((*ENTRIES[:11], "model", "model_id", "model_name", "label", "provider", "description", "type"))

#: Under such keys Ollama's charts have the files that models are made of.
MODELFILES = ("template", "modelfile", "Modelfile", "content")

_OWN = frozenset((*VALUES, *ENTRIES, *EMBEDDED, *MODELFILES))

#: What stands under such a key is something else's, or another model's.
_OTHER = re.compile(r"token|process|data|dir|out|save|log|image|fallback|config|project|group")


def is_called(name: str, beside: Mapping[str, str]) -> bool:
    """Is a word under this key only what something is called: what people read, or what is made from a base?"""
    key = plain(name)
    if key in _MADE and any(plain(other) in _BASES and "/" in text for other, text in beside.items()):
        return True
    if key in SHORT and any(is_whole(other, text) for other, text in beside.items() if other != name):
        return True  # `id: fast-web`, and beside it `model_name: org/name`
    return is_label(key, map(plain, beside)) or _is_short(key, _squeezed(beside.get(name, "")), beside)


def is_whole(key: str, text: str) -> bool:
    """Is it the name of a model with its owner, which stands where a program looks it up?"""
    return text.count("/") == 1 and plain(key) in _WHOLE and identify(text) is not None


def _is_short(key: str, word: str, beside: Mapping[str, str]) -> bool:
    """Is it short for a name with its owner that stands beside it: `name: some-7b` and `hf: nobody/Some-7B-v1`?"""
    if not word or key not in shapes().labels:
        return False
    whole = (text for other, text in beside.items() if text.count("/") == 1 and _OTHER.search(plain(other)) is None)
    lasts = (
        _squeezed(text.partition("/")[2]) for text in whole if (name := identify(text)) and name.sure >= Sure.SHAPED
    )
    return any(last == word or (key == "name" and last.startswith(word)) for last in lasts)


def _squeezed(text: str) -> str:
    return "" if "/" in text else "".join(filter(str.isalnum, text)).lower()


@dataclass(slots=True, eq=False)
class Keyed:
    """Keys, outermost first. `above` is what they mean to those below them, as `Calls.above` says."""

    path: tuple[str, ...]
    calls: Calls
    where: str
    above: int = 0
    kind: str | None = "model"  # of the first rule; None where that depends on what stands beside
    silent: bool = False  # a rule says that no string here is a model
    judged: bool = True  # any string here may be one
    inner: dict[str, Keyed] = field(default_factory=dict)

    def below(self, name: str) -> Keyed:
        """Give these keys and one more; always the same for the same."""
        found = self.inner.get(name)
        if found is None:
            above, kind, silent, judged = _said(self.calls, name, self.where, self.above)
            judged = judged or self.several
            found = self.inner[name] = Keyed((*self.path, name), self.calls, self.where, above, kind, silent, judged)
        return found

    @property
    def several(self) -> bool:
        """Do these keys hold several models, whatever each is called?"""
        name = self.path[-1] if self.path else ""
        return _SEVERAL.search(plain(name)) is not None and self.calls.key(name, self.where) is not None


def entry(calls: Calls, where: str, path: tuple[str, ...], beside: Mapping[str, str]) -> Key | None:
    """What a table of models says that a text in it is, if it looks like one: `models: [{id: …}]`,
    `models: {fast: {id: …}}`, `models: {fast: …}`."""
    own = path[-1]
    alias = (
        aliases(path[-2:-1], (key for key, text in beside.items() if text))
        and beside.get(own, "").lower() != own.lower()
    )  # what people read
    above = path[-2:-4:-1] if own in ENTRIES else path[-2:-1] if alias else ()
    for up, name in enumerate(above, 2):
        rule = calls.key(name, where, (), path[:-up])
        if rule is not None and (own in ENTRIES or rule.kind == "model"):
            return replace(rule, telling=False)
    return None


def aliases(table: Iterable[str], beside: Iterable[str]) -> bool:
    """Do the keys of a table of this name stand for a model each? Those of one entry say what it is like."""
    return any(_SEVERAL.search(plain(name)) for name in table) and _ATTRIBUTES.isdisjoint(map(plain, beside))


def is_made(path: tuple[str, ...], text: str) -> bool:
    """Is it a file of weights that the program writes?"""
    name = identify(text) if any(OUTPUT.search(plain(key)) for key in path[-2:]) and "://" not in text else None
    return name is not None and name.is_file


@lru_cache(maxsize=8_192)
def _said(calls: Calls, name: str, where: str, above: int) -> tuple[int, str | None, bool, bool]:
    """All but the keys. Files of one kind have the same names."""
    keys = calls.fitting(name, where, above)
    kind = "model" if not keys else keys[0].kind if not (keys[0].near or keys[0].values) else None
    whole = FILE.fullmatch(name) is not None or SETTINGS.fullmatch(name) is not None
    own = whole or name in _OWN or plain(name) in shapes().labels
    told = bool(keys) and kind not in NO_VALUES
    return above | calls.above((name,)), kind, bool(keys), own or told
