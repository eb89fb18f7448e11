"""Prose: Markdown, reStructuredText. What a document names is a mention, in a fenced block as in a sentence; only the
`base_model` of a model card says what the model at hand is made from."""

from __future__ import annotations

import re

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import Sure, identify, shapes
from freehold.detect.nodes import Listing, NoTree, Scalar, Table
from freehold.detect.notes import Notes
from freehold.detect.trees import read
from freehold.source import Source
from freehold.types import Role

_ENDINGS = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".mdc", ".qmd", ".rmd")
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_URL = re.compile(r"(?:https?|hf)://[^\s)>\]\"'`<|]+|\bhf\.co/[\w./:-]+")
_COMMENT = re.compile(r"(?:^|(?<=\s))#+([^\n]*)", re.MULTILINE)
#: One word that could be a name: with an owner, or with a digit or hyphen in it.
_WORD = re.compile(
    r"(?<![\w./@:#-])(?=[A-Za-z][\w.:]*[/-])[A-Za-z][\w.-]*(?:[/:][A-Za-z0-9][\w.-]*)*(?<![.:-])(?![\w/])"
)
#: What makes a name another thing than a model: the text of a link to elsewhere, a tag of container images.
_ELSEWHERE = re.compile(r"\]\(https?://(?!(?:huggingface\.co|hf\.co)/(?!datasets/|spaces/))", re.IGNORECASE)
_IMAGE = re.compile(r":(?:latest|nightly|main|dev|stable|cuda|gpu|cpu|v?\d+\.\d)[\w.-]*\Z", re.IGNORECASE)
_CD = re.compile(r"\bcd[ \t]+(?:\./)?\Z")


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what a document names."""
    notes = Notes(source, calls, Role.MENTION)
    begin = _card(source, notes)
    mention(source.text, begin, notes)
    return notes.found()


def mention(text: str, begin: int, notes: Notes, end: int | None = None, reason: str = "named in a document") -> None:
    """Note every name that prose carries by itself: URLs of the Hub, known families and providers' names."""
    end = len(text) if end is None else end
    at = begin
    for url in _URL.finditer(text, begin, end):
        _words(text, at, url.start(), notes, reason)
        written = url[0].partition("?")[0].partition("#")[0].rstrip(".,;:*_")
        name = identify(written)
        if name is not None and name.ecosystem != "weights":
            notes.add(name, written, url.start(), "text", Role.MENTION, reason=reason)
        at = url.end()
    _words(text, at, end, notes, reason)


def comments(source: Source, notes: Notes) -> None:
    """Note what comments name: a configuration's commented-out alternatives."""
    for comment in _COMMENT.finditer(source.text):
        mention(source.text, comment.start(1), notes, comment.end(1), "named in a comment")


def _words(text: str, begin: int, end: int, notes: Notes, reason: str) -> None:
    for word in _WORD.finditer(text, begin, end):
        if notes.full:
            return
        written = word[0]
        if "-" not in written and not ("/" in written and any(c.isdigit() for c in written)):
            continue
        name = identify(written)
        if name is None or name.sure is not Sure.KNOWN or _ELSEWHERE.match(text, word.end()):
            continue
        if name.ecosystem == "huggingface":
            if _IMAGE.search(written) or _CD.search(text, max(0, word.start() - 8), word.start()):
                continue
            if not _told(name.name, text[word.start() - 1 : word.start()]):
                continue
        elif written != written.lower() and not written.startswith("MiniMax-"):
            continue  # `GPT-4o` and `GLM-4.5` are what people call them, not what a program asks for
        notes.add(name, written, word.start(), "text", Role.MENTION, reason=reason)


def _told(name: str, before: str) -> bool:
    """`Phi-3/Phi-4` and `gemma/gemma2` list families; a name has more to it, or stands in quotes."""
    owner, _, repo = name.partition("/")
    if not any(c.isdigit() or c == "-" for c in repo):
        return False
    return before in ("`", '"', "'") or not shapes().families.match(owner) or shapes().marks.search(repo) is not None


def _card(source: Source, notes: Notes) -> int:
    """The front matter of a model card; gives where the prose begins."""
    front = _FRONT.match(source.text)
    if front is None or "base_model" not in front[1]:
        return front.end() if front else 0
    try:
        documents = read(Source(source.path, ("\n" + front[1]).encode()), "yaml")
    except NoTree as error:
        notes.problem(f"front matter: {error}", line=error.line)
        return front.end()
    shift = front.start(1) - 1
    for document in documents:
        value = document.get("base_model") if isinstance(document, Table) else None
        for scalar in value.items if isinstance(value, Listing) else (value,):
            if (
                isinstance(scalar, Scalar)
                and scalar.text
                and (name := identify(scalar.text, "huggingface")) is not None
            ):
                notes.add(name, scalar.text, scalar.at + shift, "front-matter", Role.LOAD)
    return front.end()
