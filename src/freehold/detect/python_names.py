"""Strings that no known call takes, but whose place says that they are models: `MODEL_ID = …`, `model_name="…"`, a
field, a default, a table; and those that are only mentioned: compared, priced, tested, said."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from freehold.detect.calls import Call, Calls, Key, plain
from freehold.detect.choices import ALIKE, called_after, in_company, offers
from freehold.detect.doubles import is_double
from freehold.detect.found import Module
from freehold.detect.names import Name, Sure, identify, is_own_word, is_record, is_used
from freehold.detect.pins import is_commit, is_pin
from freehold.detect.places import spelled
from freehold.detect.project import Project
from freehold.detect.python_bindings import KEYED
from freehold.detect.python_contexts import CALLED, MADE, TESTS, Context, hands_on
from freehold.detect.python_joined import is_written
from freehold.detect.python_stems import is_chosen, stems
from freehold.detect.python_words import Words, is_weights, words_of
from freehold.detect.shapes import shapes
from freehold.types import Location, Reference, Role

#: Calls whose arguments are only said, not used.
_SAID = re.compile(
    r"print|info|debug|warn(?:ing)?|error|exception|critical|log|write|markdown|echo|skip|fail|assert\w*|"
    r"title|header|subheader|caption|metric|toast|success|pop|remove|discard|labels|"
    r"(?:log|record|track|observe|emit|capture|set_tag|set_attribute|add_event)(?:s|_\w+)?"
)
#: What stands beside a model in an answer.
_ANSWERS = frozenset(
    {"status", "answer", "response", "success", "error", "timestamp", "processing_time", "tokens_used"}
)
_OUTCOME = re.compile(r"(?:^|_)(?:results?|response|answer|status|stats|info|summary|report|record|entry|event)$")
#: Calls that may load what they are given.
_LOADS = re.compile(
    r"model|load|pretrained|pipeline|llm|embed|rerank|client|chat|generat|complet|download|tokeniz|agent|"
    r"retriev|encod|vectoriz|transcri|translat|summari|classif|predict|detector|segment|caption|extract",
    re.IGNORECASE,
)
#: Calls that may lead to a file of weights: they make its path, or read it.
_FILES = re.compile(
    r"(?i:load|fetch|download|get|read|retrieve|restore|build|from_|model|pretrained|weights|network|session|join|path|cfg|init_)"
    r"|^[A-Z]|^$"  # a class, or what was looked up: `registry["vit_h"](checkpoint="…")`
)
_WEIGHTS_OF = re.compile(r"pretrained|checkpoint|ckpt|weights", re.IGNORECASE)
#: Calls that ask something of a file, or do something with it that needs no weights.
_HANDLED = re.compile(
    r"(?:get)?size(?:of)?|exists|is_?file|is_?dir|l?stat|mk\w+|rm\w*|unlink|copy\w*|move|rename|replace|upload\w*|push\w*|"
    r"(?:\w*_)?(?:save|export|write|dump|convert|quantize)\w*|\w*_to_(?:gguf|onnx)|chmod|zip|open_?write"
)
#: Calls that fetch something else, or put something there.
_OTHERS = re.compile(
    r"github|gitlab|dataset|data_?from|push_to|(?:create|delete|move)_repo|create_commit|CommitScheduler|"
    r"upload_(?:file|folder|large_folder)",
    re.IGNORECASE,
)
#: What stands beside a model in a table of facts about models.
_FACTS = re.compile(
    r"price|pricing|(?<!max_)cost(?!_(?:budget|limit|cap))|context_?(?:window|length|size)|knowledge_cutoff|release_?date",
    re.IGNORECASE,
)
#: What people read in a table.
_WORDS = frozenset({"description", "title", "help", "tooltip", "placeholder", "note", "notes", "summary", "comment"})
#: Under these names a call or a class shows what could stand there.
_SHOWN = re.compile(r"(?:openapi_)?examples?|(?:json_)?schema_extra|openapi_extra")
_SCHEMAS = ("schema_extra", "json_schema_extra", "openapi_examples")
#: What is asked whether it holds a name may say which may be chosen.
_ALLOWED = re.compile(
    r"_{0,2}(?:supported|allowed|available|valid|accepted|permitted|\w{0,80}(?:choices|options)\Z)", re.IGNORECASE
)
#: A variable that holds where a model is to be fetched.
_ADDRESS = re.compile(r"(?:\w+_)?(?:model|checkpoint|ckpt|weights|vae|lora|unet|controlnet|adapter)s?_(?:url|link|uri)")
_GIVES = ("assign", "field")
_ABOUT = re.compile(r"model|checkpoint|tokenizer|revision|(?:^|_)(?:hf|hub)(?:_|$)", re.IGNORECASE)
_HOW = {"default": "default", "field": "field", "assign": "constant", "item": "table", "element": "table"}


class _Unknown:
    """Names of which nothing is known before all files are read."""

    def __init__(self) -> None:
        self.asked = False

    def __contains__(self, name: object) -> bool:
        self.asked = True
        return False


@dataclass(frozen=True, slots=True)
class Names:
    """What a project does with its names."""

    tested: Container[str]  # only asked what they are
    offered: Container[str]  # tables from whose keys one is chosen
    idle: Container[str]  # constants that nothing uses
    asked: Container[str]  # words that something is compared with
    defined: Container[str]  # functions and classes
    short: Mapping[str, Call]  # what the libraries that it imports call so


def names_of(project: Project, calls: Calls) -> Names:
    """Gather them from all modules."""
    facts = [module.facts for module in project.modules]
    used = set(project.used)
    for name, target in [pair for f in facts for pair in f["loops"]]:
        used |= {name} if target in used else set()
    named = {name for f in facts for name in (*f["tested"], *(pair[0] for pair in f["loops"]))}
    constants = {name for f in facts for name in f["constants"]}
    roots = {root for f in facts for root in f["roots"]}
    libraries = {library.id for library in calls.libraries if roots & {m.partition(".")[0] for m in library.modules}}
    return Names(
        tested=named - used,
        offered={name for f in facts for name in f["offers"] if _FACTS.search(name) is None},
        idle=constants - used - named - {name for f in facts for name in f["borrowed"]},
        asked={word for f in facts for word in f["asked"]},
        defined={name for f in facts for name in f["defined"]},
        short=words_of(calls).called(libraries),
    )


def apart(module: Module, calls: Calls) -> tuple[list[list[Any]], tuple[Reference, ...]]:
    """Judge the strings of a module by themselves: give those whose meaning depends on the other files, with whether
    they stand among models, and what the others are."""
    unknown, words = _Unknown(), words_of(calls)
    stated = Stated(module, calls, Names(*(unknown,) * 5, short={}))
    strings = module.facts["strings"]
    company = in_company(strings, calls.known_provider)
    labels = called_after(strings)
    open_ones, told = [], list(_pairs(module, words))
    taken = {r.location for r in told}
    files = stems(strings)
    for number, (text, line, column, cell, context, _) in enumerate(strings):
        if number in labels and ((own := identify(text)) is None or not (own.of_api or own.is_file)):
            continue
        unknown.asked = text in words.short
        row = [text, line, column, cell, context, company.get(number)]
        if text in files and is_chosen(context):  # whatever other modules do with it
            told.append(stated.stem(row, files[text]))
            continue
        found = stated.reference(row)
        if unknown.asked:
            open_ones.append(row)
        elif found is not None and found.location not in taken:
            told.append(found)
    return open_ones, tuple(told)


def _pairs(module: Module, words: Words) -> Iterator[Reference]:
    """The pairs of a name and a tag that a library of the module knows, wherever they stand."""
    roots, test = module.facts["roots"], module.facts["scope"] in ("test", "doc")
    for text, line, column, cell, tag in module.facts["pairs"] if words.tagged else ():
        call = words.paired(text, tag, roots)
        if call is not None and (full := call.looked_up(text, tag)):
            yield Reference(
                name=full,
                written=text,
                ecosystem="huggingface" if "/" in full else call.ecosystem,
                role=Role.MENTION if test else Role.LOAD,
                location=Location(path=module.path, line=line, column=column, cell=cell),
                how="table",
                library=call.library,
                reason="its place does not say that it is loaded" if test else None,
            )


class Stated:
    """Judges the strings of a module."""

    def __init__(self, module: Module, calls: Calls, names: Names) -> None:
        self.module = module
        self.scope = module.facts["scope"]
        self.near = frozenset(module.facts["near"])
        self.words = words_of(calls)
        self.names = names
        #: Where a whole commit stands beside a name, or a name is the key of what pins it (True).
        self.pinned = {
            (line, column): constant == KEYED
            for line, column, _, revision, constant in module.facts["pins"]
            if is_commit(revision) or constant == KEYED
        }

    def reference(self, string: list[Any]) -> Reference | None:
        """Give a reference for a string whose place or shape says that it is a model."""
        text, line, column, cell, context, company = string
        if context is not None and context[0] == "annotation" and text.isidentifier():
            return None  # `tokenizer: "Gpt2Tokenizer"` is a class
        key = self.words.key(text, context)
        if (key is not None and key.kind in ("dataset", "other")) or (context and plain(text) == plain(context[1])):
            return None
        if context is not None and is_pin(context[1]):
            return None  # a version, whatever it looks like
        if context is not None and context[0] == "argument" and text.isupper() and text == context[2][1]:
            return None  # `getenv("MODEL_7B", …)`
        at = Location(path=self.module.path, line=line, column=column, cell=cell)
        short = self.names.short.get(text) if key is not None and key.kind == "model" else None
        if short is not None and not self._only_told(context):
            return self._called_so(text, at, context, short)
        pinned = self.pinned.get((line, column))
        alike = company == ALIKE
        company = None if alike else company
        among = company is None and (pinned is not None or (alike and key is not None))
        name = self.words.named(text, key, "" if among else company)
        role = self._role(name, text, context, key, company is not None, alike) if name is not None else None
        if context is not None and context[:2] == ["key", MADE] and name is not None and name.sure >= Sure.SHAPED:
            role = Role.LOAD if self.scope not in ("test", "doc") else role
        if pinned is not None and name is not None and "/" in name.name:
            sure = pinned or name.sure is Sure.KNOWN or _says_model(context)
            role = Role.LOAD if sure else role
        if name is None or role is None:
            return None
        return Reference(
            name=name.name,
            written=spelled(name, text),
            ecosystem=_ecosystem(name, key, self.near) if role is not Role.CANDIDATE else "unknown",
            role=role,
            location=at,
            how=_how(context),
            library=key.library if key is not None else None,
            revision=name.revision,
            file=name.file,
            reason=None if role is Role.LOAD else "its place does not say that it is loaded",
        )

    def stem(self, string: list[Any], file: Name) -> Reference:
        """Give a reference for a string that is the name of one of the module's files of weights without its ending:
        `choices=["zorb_x4"]` where `…/zorb_x4.pth` is fetched."""
        text, line, column, cell, context, _ = string
        test = self.scope in ("test", "doc")
        return Reference(
            name=file.name,
            written=text,
            ecosystem=file.ecosystem,
            role=Role.MENTION if test else Role.LOAD,
            location=Location(path=self.module.path, line=line, column=column, cell=cell),
            how=_how(context),
            file=file.file,
            reason="its place does not say that it is loaded" if test else None,
        )

    def _called_so(self, text: str, at: Location, context: Context, call: Call) -> Reference:
        """What a library of the project calls so, under a key for models."""
        full = call.looked_up(text) or text
        name = identify(full, "huggingface" if "/" in full else call.ecosystem)
        test = self.scope in ("test", "doc")
        return Reference(
            name=name.name if name is not None else text,
            written=text,
            ecosystem=name.ecosystem if name is not None else call.ecosystem,
            role=Role.MENTION if test else Role.LOAD,
            location=at,
            how=_how(context),
            library=call.library,
            reason="its place does not say that it is loaded" if test else None,
        )

    def _role(
        self, name: Name, text: str, context: Context, key: Key | None, company: bool, alike: bool
    ) -> Role | None:
        told = Role.MENTION if name.sure >= (Sure.KNOWN if key is None else Sure.SHAPED) else None
        if is_weights(name) and (self._only_passed(context, _FILES) or _is_handled(context)):
            return None
        if self.scope in ("test", "doc") or (key is not None and key.kind == "mention") or self._only_told(context):
            return told
        if is_weights(name):
            behind = context is not None and context[:2] == ["part", "+="]  # `name += "1k.pth"`
            return None if behind or is_written(context) else Role.LOAD
        if "://" in text and not is_used(text) and not (context and context[0] == "assign" and _says_where(context[1])):
            return told
        if company:
            return Role.CANDIDATE if self._is_idle(context) else Role.LOAD
        if key is not None and not alike and is_own_word(text, name.ecosystem) and text in self.names.asked:
            return None  # `if engine == "Zorb":` a word that the project itself gives a meaning
        if name.ecosystem in ("weights", "gguf") and "/" not in name.name and not name.may_be_file:
            return None  # what everybody calls a file
        if key is not None and "/" not in text and name.sure < Sure.KNOWN and self._is_handed(context):
            return None
        if key is not None and key.telling:
            told_so = bool(key.near or key.values) or (bool(self.near) and not text.isupper())
            if name.sure >= Sure.PLAIN or name.may_be_file or told_so or text in shapes().alone:
                return Role.CANDIDATE if self._is_idle(context) else Role.LOAD
            return None
        if key is not None:
            enough = alike or name.sure >= (Sure.SHAPED if self.near or key.near else Sure.KNOWN)
            return Role.LOAD if enough else None
        # Names of APIs are written small; `GPT-4o` is what a page shows.
        if "/" not in text and text != text.lower():
            return told
        if self._only_passed(context) and not is_used(text):
            return told
        return Role.CANDIDATE if self._is_idle(context) else Role.LOAD

    def _only_told(self, context: Context) -> bool:
        """Is a string compared, printed, the key of a table, or part of a table of facts about models?"""
        while context is not None:
            kind, name, beside, context = context
            if kind == "key" and context is not None and self._offered(context[1]):
                continue
            if kind in ("compare", "key", "annotation") or any(_FACTS.search(b) for b in beside):
                return True
            if kind == "item" and (plain(name) in _WORDS or is_record(map(plain, beside))):
                return True
            if (kind in ("item", "keyword") and _SHOWN.fullmatch(name)) or (kind in _GIVES and name in _SCHEMAS):
                return True
            if kind == "keyword" and "choices" not in beside and is_record(map(plain, beside[2:])):
                return True  # `Result(model="…", score=0.5)`
            if kind == "item" and not _ANSWERS.isdisjoint(beside) and _is_answer(context):
                return True
            if kind == "argument" and name == "0" and beside[0] in ("get", "setdefault") and beside[1]:
                return True  # `LIMITS.get("…", 8192)`
            if kind in CALLED and (_SAID.fullmatch(beside[0]) or beside[0] in TESTS or _OTHERS.search(beside[0])):
                return True
            tested = name in self.names.tested and _ALLOWED.match(name) is None
            if kind in _GIVES and (tested or is_double(name)):
                return True
        return False

    def _offered(self, table: str) -> bool:
        """Is one of the keys of a table chosen? What is no constant is known in its own module."""
        return table in (self.names.offered if table.isupper() else self.module.facts["offers"])

    def _is_idle(self, context: Context) -> bool:
        """A constant that nothing in the project uses any more, in a module that does something."""
        if context is None or context[0] != "assign" or context[3] is not None:
            return False
        return bool(self.module.facts["tails"]) and self.module.path.endswith(".py") and context[1] in self.names.idle

    def _is_handed(self, context: Context) -> bool:
        """Is a word given to a function of the project's own, of which nobody knows what it does with it? What that
        function gives back is something else."""
        kind, name, beside, _ = context or ("", "", ["", ""], None)
        own = kind == "argument" and not beside[1] and not beside[0][:1].isupper() and not offers(kind, name, beside[0])
        return own and beside[0] in self.names.defined

    def _only_passed(self, context: Context, loads: re.Pattern[str] = _LOADS) -> bool:
        """Is a string given to something that is not known to load, or that is the project's own and never does?"""
        while context is not None:
            kind, name, beside, context = context
            if kind in CALLED and beside[1].isupper() and name != "0":
                return False  # `getenv("MODEL", "…")`: whatever takes it, it is a setting
            # What is read instead of a setting, or offered, is used as that is.
            if kind not in CALLED or hands_on(beside[0]) or offers(kind, name, beside[0]):
                continue
            if loads is _FILES and kind == "keyword" and _WEIGHTS_OF.search(name) is not None:
                return False  # `build(pretrained="net.pth")`
            return (beside[0] in self.names.defined and loads is _LOADS) or loads.search(beside[0]) is None
        return False


def _is_answer(context: Context) -> bool:
    """Is it what a function gives back, or what tells how it went?"""
    while context is not None and context[0] in ("item", "element"):
        context = context[3]
    if context is None:
        return False
    return context[0] == "return" or (context[0] == "assign" and _OUTCOME.search(context[1]) is not None)


def _says_where(name: str) -> bool:
    """Is a variable of this name an address from which a model is fetched?"""
    return _ADDRESS.fullmatch(plain(name)) is not None


def _says_model(context: Context) -> bool:
    """Does the name of what a string stands in speak of models?"""
    while context is not None:
        if _ABOUT.search(context[1]):
            return True
        context = context[3]
    return False


def _is_handled(context: Context) -> bool:
    """Is it given to a call that does something with the file and needs no weights?"""
    while context is not None and context[0] not in CALLED:
        context = context[3]
    return context is not None and _HANDLED.fullmatch(context[2][0]) is not None


def _ecosystem(name: Name, key: Key | None, near: frozenset[str]) -> str:
    """A bare word that no key places is looked up where the module's libraries look."""
    told = "/" in name.name or name.ecosystem != "huggingface" or (key is not None and key.ecosystem is not None)
    if told or name.sure is Sure.KNOWN:  # `bert-base-uncased` is nobody else's
        return name.ecosystem
    places = sorted(near - {"any"})
    # The Hub's models have owners: `llama-3-8b` there would be somebody's own word.
    return places[0] if len(places) == 1 and places[0] != "huggingface" else "unknown"


def _how(context: Context) -> str:
    while context is not None and context[0] in ("part", "element"):
        context = context[3]
    if context is None:
        return "constant"
    if context[0] in CALLED:
        return "env" if context[2][1].isupper() else "argparse" if context[2][1].startswith("-") else "call"
    return _HOW.get(context[0], "constant")
