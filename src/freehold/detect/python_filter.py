"""Which parts of a Python file can matter, told from its bytes: parsing costs a hundred times what searching does.

The tests are a superset of what the reader finds, drawn from rules/calls. A file is cut into its top-level statements;
those that can hold nothing are blanked out, so that lines stay where they are. A cut in the wrong place can only make
the rest unparsable, and then the whole file is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from freehold.detect.calls import Calls
from freehold.detect.python_commands import RUNNERS
from freehold.detect.search import everywhere, find, has

#: A quoted word with a slash in it ends here. Patterns begin with a literal: that is what makes them fast.
_SLASH = re.compile(rb"/[A-Za-z0-9][\w.:@+-]*[\"'\\]")
_BEFORE = re.compile(rb"[\"'][A-Za-z0-9][\w.:@+/-]{0,80}\Z|[}\"']\Z")
_NO_MODEL = re.compile(
    rb"[}\"']/[a-z_]+[\"'\\]\Z|/[A-Za-z][\"'\\]\Z|"
    rb"[\"'](?:application|text|image|audio|video|multipart)/|://(?!huggingface|hf\.co|(?:www\.)?modelscope)|"
    rb"\.(?:py|json|jsonl|txt|md|ya?ml|png|jpe?g|toml|sh|html|csv|so|h|cu|cuh|cpp|cc|log|wav|mp[34])[\"'\\]\Z"
)
#: A function of the project's own that is given a constant: what it puts together is told by who calls it.
_CONSTANT = rb"\(\s{0,20}[A-Z][A-Z0-9_]{2,60}\s{0,20}[,)]"
#: A setting named like a model, with a literal: `model = "`, `"model": "`, `("MODEL", "…")`, `"--model", …, default="`.
_REST = (
    rb"(?i:s|_id|_name|_path|_name_or_path|_name_or_id|_repo\w{0,40}|_version|_checkpoint\w{0,40}|_choices|_list|_map)?"
    rb"(?:[\"'\\]+\]?\s*[:=]\s*[\[({]?\s*[\"'\\]"
    rb"|\s*(?::[^=\n]{1,60})?=\s*(?:[\[({]*\s*[rRfF]?|(?:\w+\.)*(?:[A-Z]\w*|field)\(\s*(?:default\s*=\s*)?)[\"'\\]"
    rb"|[\"'\\]+\s*,[^()]{0,200}?(?:default(?:_value)?|value|choices)\s*=\s*[\[(]?\s*[\"'\\]"
    rb"|[\"'\\]+\s*,\s*[\"'\\]+[^\"'\s]+(?:, [^\"'\s]+)*[\"'\\]+\s*\)"
    rb"|:?\s?[\"'\\]+\s*,\s*(?:options\s*=\s*)?[\[(]\s*[\"'\\]"  # a choice, and what is read instead
    rb"|\s*=[^=\n][^\n]{0,120}?\b(?:or|else)\s+[\"']"
    rb"|\s+or\s+[\"']"
    rb"|s?" + _CONSTANT + rb"|S?\s*(?::[^=\n]{1,60})?=\s*[\[{(]\s*\(\s*[\"']"  # a table of pairs
    rb"|\w{0,40}\s*=\s*(?:\w+\.)*(?:Dropdown|Radio|CheckboxGroup|Textbox|selectbox|radio|multiselect|text_input)\()"
)
_KEYS = tuple(
    (word, re.compile(word + _REST))
    for word in (
        *(b"odel", b" llm", b"_llm", b"mbedding", b"mbedder", b"eranker"),
        *(b"ODEL", b"LLM", b"MBEDDING", b"MBEDDER", b"ERANKER", b"HECKPOINT", b"OKENIZER", b"NCODER", b"ACKBONE"),
    )
)
#: What projects call their own loaders: callers pass names and tables on to them.
_LOADER = re.compile(
    rb"_model\((?:" + b"|".join(rb"(?<=(?<!def )%s_model\()" % verb for verb in (b"load", b"make", b"create")) + rb")"
)
#: What is called may be looked up by a name.
_MEMBERS = (
    (b"__dict__[", re.compile(rb"__dict__\[[^\]\n]{1,60}\]\(")),
    (b"getattr(", re.compile(rb"getattr\([^()\n]{1,80}\)\(")),
)
#: Endings of files of weights, and of the archives in which they come.
WEIGHTS = (".safetensors", ".gguf", ".pth", ".pt", ".ckpt", ".onnx", ".bin", ".nemo", ".t7", ".jit", ".tflite", ".h5")
_RELEASED = re.compile(b"model_final_")  # of Detectron2's model zoo
_PACKED = re.compile(rb"://[^\s\"']{1,300}\.(?:tar|tar\.gz|tgz|tar\.bz2|tar\.xz|zip|7z|pkl)[\"'?]")
#: How names of models at APIs begin; the others stand beside a key or a call.
_FAMILIES = (
    *(b"gpt-", b"claude-", b"gemini-", b"mistral-", b"deepseek-", b"grok-", b"command-", b"embedding-", b"qwen-"),
    *(b"glm-", b"qwen2-", b"qwen3-", b"doubao-", b"moonshot-", b"kimi-", b"hunyuan-", b"ernie-", b"ERNIE-"),
    *(b"davinci-", b"curie-", b"babbage-", b"text-ada-"),
    *(quote + word for quote in (b"'", b'"') for word in (b"o1-", b"o3-", b"o4-")),
)
#: How names without an owner go on: `all-MiniLM-L6-v2`, `bert-base-cased`. What a module gives to others may be one.
_TRAINED = rb"(?:base|large|small|cased|uncased|MiniLM|mpnet|v\d)[\w.-]{0,40}[\"'\\]"
_FAMILY = re.compile(rb"-(?:" + _TRAINED + b"|" + b"|".join(rb"(?<=%s)" % family for family in _FAMILIES) + rb")")
#: What a class keeps for those that are made from it, perhaps in other files.
_KEPT = tuple(
    (
        b"self." + word,
        re.compile(rb"self\.%s\w{0,20}\s*(?::[^=\n]{1,60})?=\s*%s\w{0,20}\s*(?:[#\n]|or\b)" % (word, word)),
    )
    for word in (b"model", b"engine", b"checkpoint", b"deployment")
)
#: The address of an API that runs a model, also before it is put together.
_ADDRESS = re.compile(rb"://[\w.*{}-]+/(?:[\w.{}-]+/){0,4}(?:models?|pipeline|deployments)/")
_FETCHED = re.compile(b"/resolve/")
#: The names without an owner that are written most: in some file that calls nothing.
_BERTS = tuple((word, re.compile(word + rb"[\w.-]{1,40}[\"']")) for word in (b"bert-", b"berta-"))
#: What a node of ComfyUI offers for its parameters.
_OFFERS = re.compile(b"def INPUT_TYPES")
#: What clients are made with: their calls select models elsewhere.
_CLIENTS = tuple((word, re.compile(word + rb"\s*=")) for word in (b"base_url", b"api_key"))

#: Words, and patterns that begin with them: a word is found in a fraction of the time that a pattern takes.
_WORDS = (
    *_KEYS,
    *_CLIENTS,
    (b"_model(", _LOADER),
    (b"_lm(", re.compile(rb"_lm" + _CONSTANT)),
    *_KEPT,
    *_MEMBERS,
    *_BERTS,
    (b"://", _ADDRESS),
    (b"://", _PACKED),
    (b"model_final_", _RELEASED),
    (b"/resolve/", _FETCHED),
    (b"def INPUT_TYPES", _OFFERS),
)

_WORD = re.compile(rb"\w")
_IMPORTED = re.compile(rb"\w+")
_ALIAS = re.compile(rb" as (\w+)")
#: What binds a function to another name, puts it into a table, calls it later, or makes a class from one.
_BINDS = re.compile(
    rb"(?:=[ ]?|[\"']:[ ]|\bclass \w+\((?:[\w.]+,[ ]?)*|"
    rb"\b(?:partial|submit|to_thread|run_sync|run_in_executor)\(\s*)[\w.]*\Z"
)
#: A command that somebody else has written.
_HANDED = re.compile(rb"\(\s*\w+\s*[,)]")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: An import further into its line than that is none.
MAX_LINE = 400
MAX_IMPORT = 4_000  # names that one import brings
MANY = 20  # groups: no library's call has as many

#: An offset, and groups of words one of which must stand in the same statement.
Hit: TypeAlias = tuple[int, tuple[tuple[bytes, ...], ...]]


class Filter:
    """The tests for one set of rules."""

    def __init__(self, calls: Calls) -> None:
        anchored: dict[bytes, set[tuple[bytes, ...]]] = {}
        #: By the package that is imported: tags that stand beside a name, as the second of a pair.
        self.tags: dict[bytes, set[bytes]] = {}
        anywhere: set[bytes] = set()
        #: Functions that many packages may give: which of them a module imports, it calls by their names alone.
        self.given: set[bytes] = set()
        for call in calls.calls:
            if call.language != "python" or call.kind == "route":
                continue
            parts = call.name.split(".")
            words = tuple(p.encode() for p in parts if p not in ("*", "**"))
            if parts[0] == "*":
                if len(words) > 1 or not words[-1][:1].isupper():
                    anywhere.add(b".".join(words[-2:]) + b"(")
                    if len(words) == 1 and call.kind != "dataset":
                        self.given.add(words[0])
                else:  # a class of one of the library's packages
                    for module in calls.library(call.library).modules:
                        root = module.partition(".")[0].encode()
                        anchored.setdefault(root, set()).add((words[-1],))
            else:
                anchored.setdefault(words[0], set()).add((words[-1], *words[1:-1]))
            for tag in {name.partition(":")[2] for name in call.names if call.tag and ":" in name}:
                for module in calls.library(call.library).modules:
                    self.tags.setdefault(module.partition(".")[0].encode(), set()).add(tag.encode())
        selecting = {(f.program or f.flag)[:1] for f in calls.flags} | {f.flag for f in calls.flags if not f.program}
        needles = {word.encode() for group in selecting for word in group}
        for runner, tails in RUNNERS.items():
            runs = {tail.encode() for tail in tails}
            anchored.setdefault(runner.encode(), set()).update((run, word) for run in runs for word in needles)
        #: By the package that is imported: groups of words one of which stands beside a call, and what such calls end
        #: with.
        self.anchored: dict[bytes, list[tuple[tuple[tuple[bytes, ...], ...], list[bytes]]]] = {}
        for root, calling in anchored.items():
            beside: dict[bytes, list[tuple[bytes, ...]]] = {}
            for tail, *others in sorted(calling):
                beside.setdefault(tail, []).append(tuple(others))
            alike: dict[tuple[tuple[bytes, ...], ...], list[bytes]] = {}
            for tail, groups in beside.items():
                alike.setdefault(tuple(groups), []).append(tail)
            self.anchored[root] = list(alike.items())
        # One pass for all that begins with a dot.
        endings = b"|".join(ending[1:].encode() for ending in WEIGHTS)
        called = re.compile(rb"\.(?:" + _one_of(anywhere) + rb"|(?:" + endings + rb")(?:[\"'\\{?@:]| \[[0-9a-f]))")
        #: Patterns that begin with one sign.
        self.signs = (_FAMILY, called)

    def hits(self, data: bytes) -> list[Hit]:
        """Where something may be a model, or may lead to one."""
        hits: list[Hit] = [(match.start(), ()) for match in _SLASH.finditer(data) if _whole(data, match)]
        for sign in self.signs:
            hits += [(match.start(), ()) for match in sign.finditer(data)]
        for word, test in _WORDS:
            hits += [(at, ()) for at in everywhere(word, data) if test.match(data, at)]
        for root, imported in self._roots(data).items():
            hits += [(at, ()) for tag in self.tags.get(root, ()) for at in everywhere(tag, data)]
            hits += [(at, ()) for word in imported & self.given for at in _uses(word, data)]
            for groups, tails in self.anchored.get(root, ()):
                # Commands have many groups: nobody calls what runs them by another name.
                if len(groups) > MANY and not any(find(data, tail + b"(") >= 0 for tail in tails):
                    continue
                # What an import says need not stand beside the call: `from gensim.downloader import load`.
                found = tuple(
                    tuple(word for word in group if word not in imported) for group in groups if has(group, data)
                )
                for tail in tails if found else ():
                    for at in _uses(tail, data):
                        handed = _HANDED.match(data, at + len(tail)) if len(groups) > MANY else None
                        hits.append((at, found if all(found) and handed is None else ()))
        return hits

    def _roots(self, data: bytes) -> dict[bytes, set[bytes]]:
        """The first parts of everything that is imported, and the other words of those imports."""
        roots: dict[bytes, set[bytes]] = {}
        data = data.removeprefix(BYTE_ORDER_MARK)
        at = find(data, b"import ")
        while at >= 0:
            # An import further into its line than that is none; looking back without bound would cost its square.
            begin = data.rfind(b"\n", max(0, at - MAX_LINE), at) + 1
            before = [b"?"] if begin == 0 and at > MAX_LINE else data[begin:at].rpartition(b";")[2].split()
            if before[:1] == [b"from"] and len(before) > 1:
                root, *words = before[1].split(b".")
                end = data.find(b")" if data[at + 7 : at + 8] == b"(" else b"\n", at, at + MAX_IMPORT)
                roots.setdefault(root, set()).update(
                    words, _IMPORTED.findall(data, at + 7, end if end >= 0 else at + 7)
                )
            elif not before:
                end = data.find(b"\n", at)
                line = data[at + 7 : end if end >= 0 else len(data)].partition(b";")[0]
                for part in line.split(b","):
                    for name in part.split()[:1]:
                        root, *words = name.split(b".")
                        roots.setdefault(root, set()).update(words)
            at = find(data, b"import ", at + 7)
        return roots


def _one_of(words: Iterable[bytes]) -> bytes:
    """A pattern for many words: most of what is none of them has another first letter."""
    same = groupby(sorted(words), itemgetter(slice(1)))
    return b"|".join(b"%s(?:%s)" % (first, b"|".join(re.escape(word[1:]) for word in some)) for first, some in same)


def _uses(tail: bytes, data: bytes) -> Iterator[int]:
    """Where a function of a library is called, by its own name or by the one that it is imported as; bound to another
    name, or put into a table, it may be called anywhere."""
    size = len(tail)
    aliases: set[bytes] = set()
    for at in everywhere(tail, data):
        if _WORD.match(data, at + size) or (at and _WORD.match(data, at - 1)):
            continue
        if data[at + size : at + size + 1] != b"(":
            if (alias := _ALIAS.match(data, at + size)) is not None:
                aliases.add(alias[1])
                continue
            if _BINDS.search(data, max(0, at - 80), at) is None:
                continue
        yield at
    for alias_of in sorted(aliases)[:MANY]:
        yield from everywhere(alias_of + b"(", data)


def _whole(data: bytes, found: re.Match[bytes]) -> bool:
    """Is it one quoted word, and no media type or file?"""
    before = _BEFORE.search(data, max(0, found.start() - 90), found.start())
    return before is not None and _NO_MODEL.search(before[0] + found[0]) is None


@lru_cache(maxsize=8)
def filter_of(calls: Calls) -> Filter:
    """Give the filter of these rules."""
    return Filter(calls)
