"""Prose: Markdown, reStructuredText. What a document names is a mention, in a fenced block as in a sentence; only the
`base_model` of a model card says what the model at hand is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.names import MAX_NAME, Name, Sure, could_be_known, identify
from freehold.detect.nodes import Listing, NoTree, Scalar, Table
from freehold.detect.notes import Notes
from freehold.detect.shapes import shapes
from freehold.detect.trees import read
from freehold.source import Source
from freehold.types import Role

_ENDINGS = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".mdc", ".qmd", ".rmd")
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_URL = re.compile(r"h(?:(?:ttps?|f)://[^\s)>\]\"'`<|]+|(?<=\bh)f\.co/[\w./:-]+)")
#: One word that could be a name: with an owner, or with a digit or hyphen in it.
_WORD = re.compile(
    r"(?<![\w./@:#-])(?:(?<!~)~(?=[a-z-]+/))?(?=[A-Za-z][\w.:]*[/-])"
    r"[A-Za-z][\w.-]*(?:[/:][A-Za-z0-9][\w.-]*)*(?<![.:-])(?![\w/]|[.:-]+[\w{<$*])"
)
#: A picture within the text: its letters may look like anything.
_INLINE = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=]*")
#: What makes a name another thing than a model: the text of a link to elsewhere, a tag of container images.
_ELSEWHERE = re.compile(r"\]\(https?://(?!(?:huggingface\.co|hf\.co)/(?!datasets/|spaces/))", re.IGNORECASE)
_IMAGE = re.compile(r":(?:latest|nightly|main|dev|stable|cuda|gpu|cpu|v?\d+\.\d)[\w.-]*\Z", re.IGNORECASE)
_CODE = re.compile(r"github\.com/([\w.-]{1,80}/[\w-]{1,100}(?:\.[\w-]{1,100}(?<!\.git))*)")
_HUB = re.compile(r"(?:huggingface\.co|hf\.co)/([\w.-]{1,96}/[\w.-]{1,96})")
_REASON = "named in a document"
#: How much of a text is taken apart at once.
BLOCK = 100_000
#: Who gives no weights away under the names of its API.
_CLOSED = ("openai", "anthropic", "google")
#: One version of a family, and nothing else.
_VERSION = re.compile(r"([A-Za-z]{3,})[-_]?\d+(?:\.\d+)?\Z")
#: What makes it a folder, or data.
_USES = re.compile(r"\buses:[ \t]*\Z")  # a step of GitHub Actions
#: The image of a container: `docker run -p 80:80 somebody/whisper-api`.
_RUN = re.compile(
    r"\b(?:docker|podman)[ \t]+(?!model\b)(?:(?:image|container|buildx)[ \t]+)?(?:run|build|pull|push|tag|create)\b"
    r"|\bimage:[ \t]*[\"']?\Z"
)
_OPTION = re.compile(r"(?:--[\w-]+[ \t]+|=)[\"']?\Z")
_LINES = re.compile(r"(?<!\\)(?<!\\\r)\n")
_CD = re.compile(r"\bcd[ \t]+(?:\./)?\Z")
_DATA = re.compile(
    r"(?:load_dataset\([ ]?|\bdatasets?(?:_name|_id|_path)?[\"']?[ ]?[:=][ ]?|--dataset(?:[_-]name)?[ =])[\"'`]?\Z"
)


def wants(source: Source) -> bool:
    """By its ending."""
    return source.name.lower().endswith(_ENDINGS)


def find(source: Source, calls: Calls) -> Found:
    """Give what a document names."""
    notes = Notes(source, calls, Role.MENTION)
    begin = _card(source, notes)
    mention(source.text, begin, notes)
    return notes.found()


def mention(text: str, begin: int, notes: Notes) -> None:
    """Note every name that prose carries by itself: URLs of the Hub, known families and providers' names. What it links
    to as code is code wherever it is named."""
    at, code = begin, _linked(text)
    for piece in _pieces(text, begin):
        if _telling(piece):
            at = _place(text, piece, at)
            end = at + len(piece)
            for url in _URL.finditer(text, at, end):
                _words(text, at, url.start(), notes, code)
                written = url[0].partition("?")[0].partition("#")[0].rstrip(".,;:*_")
                name = identify(written)
                if name is not None and name.ecosystem != "weights":
                    notes.add(name, written, url.start(), "text", Role.MENTION, reason=_REASON)
                at = url.end()
            _words(text, at, end, notes, code)
            at = end


def _linked(text: str) -> frozenset[str]:
    """Repositories of code that a document links to, and not to models of the same name."""
    if "github.com/" not in text:
        return frozenset()
    return frozenset(m[1].lower() for m in _CODE.finditer(text)) - {m[1].lower() for m in _HUB.finditer(text)}


def _pieces(text: str, begin: int) -> Iterator[str]:
    """Give what stands between blanks and could be a name, in order."""
    while begin < len(text):
        stop = text.find("\n", begin + BLOCK)
        stop = len(text) if stop < 0 else stop
        yield from [piece for piece in text[begin:stop].split() if "-" in piece or "/" in piece]
        begin = stop


def _telling(piece: str) -> bool:
    """Could a name stand in what stands between blanks? The same pieces come again and again."""
    return _told_of(piece) if len(piece) <= MAX_NAME else True


@lru_cache(maxsize=16_384)
def _told_of(piece: str) -> bool:
    return "://" in piece or "hf.co/" in piece or any(_known(word[0]) is not None for word in _WORD.finditer(piece))


def _place(text: str, piece: str, at: int) -> int:
    """Give where a piece stands next between blanks, or at this place."""
    first = at
    while True:
        at = text.index(piece, at)
        end = at + len(piece)
        if (at == first or text[at - 1].isspace()) and (end == len(text) or text[end].isspace()):
            return at
        at += 1


def _known(written: str) -> Name | None:
    """What a word names that says so by itself."""
    if "-" not in written and not ("/" in written and any(c.isdigit() for c in written)):
        return None
    name = identify(written) if could_be_known(written) else None
    if name is None or name.sure is not Sure.KNOWN:
        return None
    if name.name != written and "://" not in written and ("/" in written or ":" in written):
        own = identify(name.name)  # `azure/setup-helm` is an action, `azure/gpt-4o` a model
        return name if own is not None and own.sure >= Sure.SHAPED else None
    return name


def _words(text: str, begin: int, end: int, notes: Notes, code: frozenset[str]) -> None:
    while (inline := _INLINE.search(text, begin, end)) is not None:
        _words(text, begin, inline.start(), notes, code)
        begin = inline.end()
    for word in _WORD.finditer(text, begin, end):
        if notes.full:
            return
        written = word[0]
        name = _known(written)
        if name is None or _ELSEWHERE.match(text, word.end()) or written.lower() in code:
            continue
        if _USES.search(text, max(0, word.start() - 10), word.start()):
            continue
        if name.ecosystem == "huggingface":
            near = text[max(0, word.start() - 30) : word.start()]
            if _IMAGE.search(written) or _CD.search(near) or _DATA.search(near):
                continue
            if written == written.lower() and _is_image(text[max(0, word.start() - 300) : word.start()]):
                continue
            if not _told(name.name, text[word.start() - 1 : word.start()]):
                continue
        elif written != written.lower() and not written.startswith("MiniMax-"):
            continue  # `GPT-4o` and `GLM-4.5` are what people call them, not what a program asks for
        notes.add(name, written, word.start(), "text", Role.MENTION, reason=_REASON)


def _told(name: str, before: str) -> bool:
    """`Phi-3/Phi-4` and `gemma/gemma2` list families; a name has more to it, or stands in quotes."""
    owner, _, repo = name.partition("/")
    if not any(c.isdigit() or c == "-" for c in repo):
        return False
    if (family := _VERSION.match(owner)) is not None and repo.lower().startswith(family[1].lower()):
        return False  # `gemma-4/gemma-3-4b`
    quoted = before in ("`", '"', "'")
    shown = identify(repo.lower()) if not quoted and repo != repo.lower() else None
    if shown is not None and shown.ecosystem in _CLOSED:
        return False  # `ChatGPT/GPT-4`
    if not quoted and repo.isalnum() and shapes().marks.search(repo) is None:
        return False  # `MMS/Wav2Vec2`
    return quoted or not shapes().families.match(owner) or shapes().marks.search(repo) is not None


def _is_image(before: str) -> bool:
    """Is what comes next the image of a container, and no option's value?"""
    line = _LINES.split(before)[-1]
    return _RUN.search(line) is not None and _OPTION.search(line) is None


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
