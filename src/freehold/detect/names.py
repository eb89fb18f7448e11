"""What a written text names: which ecosystem, which model, which revision and file, and how sure its shape makes us.

Sinks decide, shape only helps: a place that takes nothing but models carries a name nobody has heard of. The words that
make a name likely or rule it out are data, in rules/names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from urllib.parse import unquote

from freehold.detect.shapes import MARK, NOBODYS, Shapes, shapes, untitled
from freehold.detect.tagged import OF_SIZE, TAG, of_ollama, only_ollama

#: Where an API's way of naming says nothing.
_HUBS = ("huggingface", "modelscope", "ollama", "gguf", "timm")

#: The Hub allows 96 characters a part; anything longer than this is no name.
MAX_NAME = 200
MAX_URL = 2_000  # longer ones are nobody's link

#: No ecosystem has these in a name.
REFUSED = re.compile(r"""[\s"'`$%{}<>()\[\]|\\,;=&?#!*^]|[^\x00-\x7f]""")
_ACTION = re.compile(r"(?:[A-Z][a-z]+){2,12}\*?")
_WORD = re.compile(r"[A-Za-z0-9][\w.+:@-]*", re.ASCII)
#: Pictures and sounds beside a model are there to be shown.
_SHOWN = re.compile(
    r"\.(?:png|jpe?g|gif|webp|svg|bmp|mp[34]|wav|flac|ogg|webm|mov)(?:\?[^\s/]{0,80})?\Z", re.IGNORECASE
)
_NUMBER = re.compile(r"v?[\d.:-]+")  # and a version
_DIGIT = re.compile(r"\d")
#: A path on Windows: `.\models\x.gguf`, where folders and files may be called in several words.
_FOLDERS = re.compile(
    r"(?:[A-Za-z]:[\\/]|(?=[^\\]*\\)(?:\.{1,2}\\)?)(?:\w[\w. -]{0,99}[\\/]){0,12}\w[\w. -]{0,99}", re.ASCII
)
_FILE = re.compile(r"[A-Za-z0-9][\w.+:@ -]*", re.ASCII)
_REPO = re.compile(r"([A-Za-z0-9][\w.-]{0,95})/([A-Za-z0-9][\w.-]{0,95})", re.ASCII)
_PLAIN = re.compile(r"[a-z]+/[a-z]+")
_QUANT = re.compile(r"I?Q\d|U?D-|[BF]F?\d|MXFP", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{7,40}")
_LINKED = re.compile(r"\w+://|(?:www\.)?(?:huggingface|hf|modelscope|ollama)\.", re.IGNORECASE)  # any of these
_HUB_URL = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(.+)", re.IGNORECASE)
_SCOPE_URL = re.compile(r"(?:https?://)?(?:www\.)?modelscope\.(?:cn|ai)/(?:models/|api/v1/models/)?(.+)", re.IGNORECASE)
_TF_URL = re.compile(r"https?://(?:www\.)?(?:tfhub\.dev|kaggle\.com/models)/(\w[\w.-]*(?:/\w[\w.-]*){1,5})")
_OLLAMA_URL = re.compile(r"(?:https?://)?(?:www\.)?ollama\.com/(?:library/)?(.+)", re.IGNORECASE)
_OLLAMA_REGISTRY = "oci://registry.ollama.ai/library/"
_CLONED = re.compile(r"git[+:](?=https?://)")
#: Where the cache of the Hub keeps a repository: `models--org--name/snapshots/COMMIT`.
_CACHED = re.compile(
    r"(?:[^\s\"'$]{0,300}/)?models--([A-Za-z0-9][\w.-]{0,95}?)--([A-Za-z0-9][\w.-]{0,95}?)"
    r"(?:/snapshots/([0-9a-f]{7,40})|/snapshots|/blobs)?(?:\.tar(?:\.gz)?|/)?",
    re.ASCII,
)
#: Folders of weights.
_KEPT = re.compile(r"(?:^|/)(?:weights|pretrained\w*|checkpoints?|ckpts?|model_?zoo)/", re.IGNORECASE)
#: Folders of archives that hold weights, and of those of source code.
_PACKED = re.compile(
    r"(?<![a-z])(?:models?|weights|pretrained|checkpoints?|ckpts?)(?![a-z])(?!.*/archive/)", re.IGNORECASE
)
#: Variables and settings that say where a file shall be.
_PORT = re.compile(r"[\w.-]{1,200}:\d{3,5}")
OUTPUT = re.compile(r"(?:^|_)(?:out(?:put)?s?|saved?|save_?\w*|export(?:ed)?|dst|dest\w*|logs?)(?:_|$)", re.IGNORECASE)
#: A number of parameters.
SIZED = re.compile(r"(?<![A-Za-z0-9])\d+(?:\.\d+)?[bB](?![A-Za-z0-9])")
_LISTED = re.compile(r"(?P<sign>[+-]?)(?P<name>[^,\s=]+)(?:=[^,]*)?")
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+|[A-Z][A-Z\d]*(?:_+[A-Z\d]+){3,}")
_CAMEL = re.compile(r"[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*(?<=[A-Z][a-z][a-z])[A-Za-z0-9]*")


class Sure(IntEnum):
    """How much of the claim "this is a model" the text carries by itself."""

    BARE = 0  # a word: only a telling place makes it a model
    PLAIN = 1  # `word/word` in small letters: as well a path
    SHAPED = 2  # `Org/Name-1`, nothing speaks against it
    KNOWN = 3  # a family, a size, a provider's naming, or a URL of the Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What a text names. `name` is normalised as its ecosystem would look it up."""

    name: str
    ecosystem: str
    sure: Sure
    revision: str | None = None
    file: str | None = None

    @property
    def is_file(self) -> bool:
        """True for a file of weights whose name is a model's."""
        return self.ecosystem in ("weights", "gguf") and self.sure >= Sure.SHAPED

    @property
    def of_api(self) -> bool:
        """True for a name of an API alone, which nothing else is called, Ollama's own names included."""
        if self.ecosystem == "ollama":
            return only_ollama(self.name, shapes())
        return "/" not in self.name and self.ecosystem not in ("huggingface", "gguf", "weights")

    @property
    def may_be_file(self) -> bool:
        """The same where the place says that a file of weights is asked for: any name but `model.bin` and the like."""
        stem = self.name.rpartition(".")[0].removesuffix(".tar")
        named = stem != "" and not stem.isdigit() and shapes().generic.fullmatch(stem) is None
        return self.ecosystem in ("weights", "gguf") and named


@lru_cache(maxsize=32_768)
def identify(written: str, ecosystem: str | None = None) -> Name | None:
    """Say what a text names, or None where it cannot be a model's name (a path, a media type, a placeholder, prose).

    `ecosystem` is what the place says: `huggingface` keeps `openai/whisper-large-v3` whole, None lets a provider's
    prefix and naming decide. The answer may be `Sure.BARE`: then it is for the place to be telling.
    """
    text = untitled(written.strip())
    text = text[cloned.end() :] if (cloned := _CLONED.match(text)) is not None else text
    if "models--" in text and (cached := _CACHED.fullmatch(text)) is not None and "--" not in cached[2]:
        name, revision = f"{cached[1]}/{cached[2]}", cached[3]
        return Name(name=name, ecosystem="huggingface", sure=Sure.KNOWN, revision=revision)
    known = shapes()
    if known.asked(text) is not None and "://" not in text:
        return _served(text)
    if text.startswith("models/") and (ecosystem in ("google", "vertex") or _of_google(text, known)):
        text = text.removeprefix("models/")  # the full name of a resource of Google's API
    if text[-1:] in ("-", ":", ".") or (text[-1:].isdigit() and _PORT.fullmatch(text) is not None):
        return None  # only the beginning of a name; where something is served
    if not text or len(text) > MAX_NAME or REFUSED.search(text) is not None:
        if "://" in text and len(text) <= MAX_URL:
            return _link(text) or (of_file(text, known) if len(text.split()) == 1 else None)
        return of_file(text.replace("\\", "/"), known) if _FOLDERS.fullmatch(text) else None
    own = text[0] == "@" or (text[0] == "~" and text.count("/") == 1)  # below somebody's home there is more
    scoped = own and known.owned.match(text) is not None  # `@cf/org/name`, `~org/name-latest`
    if (linked := _link(text)) is not None or "://" in text or (text[0] in "./~-@" and not scoped) or text[1:3] == ":/":
        return None if NOBODYS.match(text) else linked or of_file(text, known)
    # `tts_models/multilingual/multi-dataset/your_tts` is called so by its library.
    if known.placeholders.match(text) and (ecosystem in (None, "any", *_HUBS) or text.count("/") < 3):
        return None
    for provider, before in known.envelopes:
        if (found := before.match(text)) is not None:
            inner = identify(text[found.end() :], provider)
            return None if inner is None else replace(inner, sure=Sure.KNOWN)
    if ecosystem in (None, "any"):
        found = known.prefixes.match(text)
        tagged = found is not None and found[0].endswith(":") and TAG.fullmatch(text, found.end()) is not None
        if found is not None and found.end() < len(text) and not tagged:
            route, kept = known.routes[found[0]]
            rest = text[found.end() :]
            if kept is None or not kept.match(rest):
                # `google/gemini-…` is a route of gateways; `google/gemma-…` is on the Hub.
                rest = text.removeprefix("google/") if found[0].startswith("google/") else rest
                inner = identify(rest, route)
                if inner is None or (inner.sure is Sure.BARE and ("@" in rest or _ACTION.fullmatch(rest))):
                    return None  # `openai/skills@main` is somebody's code, `bedrock:InvokeModel` a right
                return replace(inner, ecosystem=route, sure=Sure.KNOWN)
    elif ecosystem not in _HUBS and (found := known.prefixes.match(text)) and known.routes[found[0]][0] == ecosystem:
        inner = identify(text[found.end() :], ecosystem)
        if inner is not None and inner.of_api and inner.sure is Sure.KNOWN:
            return inner  # the client is told the rest
    ending = text.rpartition(".")[2].lower()
    file = ending in known.weights or ending in known.suffixes
    if ecosystem not in (*_HUBS, "docker") and of_ollama(text, known):
        return Name(name=text, ecosystem="ollama", sure=Sure.KNOWN)
    api = ecosystem not in _HUBS and not file and ("/" not in text or known.owned.match(text) is not None)
    if api and known.any_api.match(text) and known.things.search(text) is None:
        provider = next(provider for provider, names in known.api if names.match(text))
        return Name(name=text, ecosystem=provider if ecosystem in (None, "any") else ecosystem, sure=Sure.KNOWN)
    name, at, revision = text.partition("@")
    found = _REPO.fullmatch(name.partition(":")[0])
    if found is not None:
        hub = _repository(found[1], found[2], name.partition(":")[2], revision if at else None, ecosystem, known)
        return replace(hub, sure=Sure.BARE) if hub is not None and known.samples.match(text) else hub
    if ecosystem == "huggingface" and text.count("/") == 2:  # `org/name-7b/net.pt`, `org/name-7b/`
        owner, repo, last = text.split("/")
        hub = _repository(owner, repo, "", None, ecosystem, known) if _REPO.fullmatch(f"{owner}/{repo}") else None
        if hub is not None and hub.sure is Sure.KNOWN and (file or not last):
            return replace(hub, file=last or None)
    if "/" in text:
        deep = ecosystem not in (None, "any", "huggingface", "ollama")
        return Name(name=text, ecosystem=ecosystem or "", sure=Sure.BARE) if deep else of_file(text, known)
    return _bare(text, ecosystem, known)


def _of_google(text: str, known: Shapes) -> bool:
    """Is what follows `models/` a name at Google's API?"""
    return any(names.match(text, 7) for provider, names in known.api if provider == "google")


def could_be_known(text: str) -> bool:
    """Could `identify` be sure of this text by itself? Most that is written in prose has nothing of a name."""
    known = shapes()
    if "://" in text or text.startswith("models/") or _LINKED.match(text) or known.prefixes.match(text):
        return True
    if known.any_api.match(text) or any(before.match(text) for _, before in known.envelopes):
        return True
    return "/" in text and (known.families.search(text) or known.marks.search(text)) is not None


def _bare(text: str, ecosystem: str | None, known: Shapes) -> Name | None:
    if _WORD.fullmatch(text) is None or _NUMBER.fullmatch(text) is not None:
        return None
    if ecosystem in (None, "any") and (_CONSTANT.fullmatch(text) or _CAMEL.fullmatch(text)):
        return None  # `MODEL_CONNECTION_NAME`, `claude2WebFree`: where a reader puts a name, what a project calls it
    if "." in text:
        if (weights := of_file(text, known)) is not None:
            return weights
        if text.rpartition(".")[2].lower() in known.suffixes:
            return None
    marked = "-" in text and (MARK.search(text) is not None or "-embed-" in text)
    family = (marked or _DIGIT.search(text) or text.endswith(":latest")) and known.families.search(text)
    likely = bool(family or OF_SIZE.fullmatch(text) or known.sized(text))
    if ecosystem == "gguf" and not likely:
        return None  # a word that stands beside the name of a file
    owned = any(own == ecosystem and names.match(text) for own, names in known.api)
    if ecosystem in (None, "any"):
        # Ollama's `name:tag`; everything else without an owner is one of the Hub's old short names, if anything.
        ecosystem = known.sized(text) or ("ollama" if ":" in text else "huggingface")
    return Name(name=text, ecosystem=ecosystem, sure=Sure.SHAPED if likely or owned else Sure.BARE)


def _repository(
    owner: str, repo: str, tag: str, revision: str | None, ecosystem: str | None, known: Shapes
) -> Name | None:
    suffix = repo.rpartition(".")[2].lower() if "." in repo else ""
    if suffix in known.weights or known.released.match(repo):
        return of_file(f"{owner}/{repo}", known)
    low = owner.lower()  # `….amazonaws.com/name`, `….azurecr.io/name` are images of containers
    if low in known.folders or low in known.media or ".." in repo or "--" in low or low.endswith((".com", ".io")):
        return None
    if suffix in known.suffixes or (owner.replace(".", "").isdigit() and repo.replace(".", "").isdigit()):
        return None
    # What follows a colon picks a version (Replicate, torch.hub), a quantisation (Ollama, llama.cpp), a provider.
    if ecosystem in ("replicate", "torchhub"):
        revision, tag = revision or tag, ""
    whole = f"{owner}/{repo}"
    if SIZED.search(owner) is not None or (len(repo) == 40 and _SHA.fullmatch(repo) is not None):
        return None  # `A-120B/20B` lists two; what stands behind a name is its commit
    rows = known.sets.match(repo) is not None and (repo[-1:] not in "kK" or SIZED.search(repo) is None)
    if not rows and ((len(repo) > 4 and known.families.search(repo)) or MARK.search(repo)):
        sure = Sure.KNOWN
    else:
        sure = Sure.PLAIN if _PLAIN.fullmatch(whole) else Sure.SHAPED
    if ecosystem == "ollama" and tag:
        return Name(name=f"{whole}:{tag}", ecosystem="ollama", sure=sure)
    return Name(
        name=whole,
        ecosystem=ecosystem if ecosystem not in (None, "any", "gguf") else "huggingface",
        sure=sure,
        revision=revision or None,
        file=tag or None,
    )


def is_placeholder(text: str) -> bool:
    """Does this stand where a reader puts a name of their own?"""
    return len(text) <= MAX_NAME and shapes().placeholders.match(text.strip()) is not None


def is_own_word(text: str, ecosystem: str) -> bool:
    """Could a text that is looked up on the Hub as well be a word of the project's own?"""
    own = identify(text)
    return ecosystem == "huggingface" and "/" not in text and (own is None or own.sure is Sure.BARE)


def several(text: str, ecosystem: str | None = None) -> list[tuple[str, int]]:
    """Give the names in a list of names and where they begin, or nothing where anything else stands in it but limits
    behind names, `gpt-…,16000`, and what chat programs write: `-all,+gpt-…,claude-…=Fast`. Between commas a name beyond
    doubt speaks for words that may be one."""
    named: list[tuple[str, int]] = []
    surest, doubtful = Sure.BARE, False
    for part in _LISTED.finditer(text):
        if part["sign"] == "-" or part["name"] == "all" or _NUMBER.fullmatch(part["name"]) is not None:
            continue
        name = identify(part["name"], ecosystem)
        if name is None:
            return []
        if name.sure < Sure.SHAPED:
            doubtful = True
            if _DIGIT.search(part["name"]) is None and part["name"] not in shapes().alone:
                return []
        surest = max(surest, name.sure)
        named.append((part["name"], part.start("name")))
    return named if not doubtful or (surest is Sure.KNOWN and "," in text) else []


def offered(text: str) -> Name | None:
    """Give what a text names that is offered to choose from, among tones and themes: `llama3:8b` is a model,
    `fast_llama_3` somebody's own word."""
    name = identify(text) if "://" not in text and len(text) > 2 else None  # `o1` is the first of somebody's choices
    least = Sure.KNOWN if "/" in text or "_" in text else Sure.SHAPED
    return name if name is not None and name.sure >= least else None


def is_label(key: str, others: Iterable[str]) -> bool:
    """Is this key (like `others` already `plain`) what people read, while one beside it is what programs use? Or what
    somebody is called who serves the models beside it?"""
    known, beside = shapes(), set(others)
    if key in known.labels and any(other in known.ids and other != key for other in beside):
        return True
    return key in known.providers and not known.provides.isdisjoint(beside)


def is_record(others: Iterable[str]) -> bool:
    """Do these keys (already `plain`) say how a model did, or what it is?"""
    return any(shapes().records.fullmatch(other) is not None for other in others)


def of_file(text: str, known: Shapes) -> Name | None:
    """A single file of weights, by its name: the only trace of a model in many projects."""
    addressed = "://" in text
    text = text.partition("?")[0] if addressed else text
    last = text.rpartition("/")[2].rpartition(":")[2]  # `detector:net.onnx`
    stem, dot, suffix = last.rpartition(".")
    suffix = suffix.lower()
    held = suffix in known.weights or (addressed and text.lower().endswith(known.packed) and _PACKED.search(text))
    released = known.released.match(last) is not None
    if not dot or not (held or released) or not stem or _FILE.fullmatch(last) is None:
        return None
    # `.bin` and `.pt` may be anything, and `model.safetensors` is everyone's; but an address is that of one file.
    kept = known.families.search(stem) or _KEPT.search(text)
    likely = kept or suffix not in known.vague or stem.count("-") > 1
    named = likely and not known.generic.fullmatch(stem) and not stem.isdigit()  # `00.pth`
    # What everybody's bucket has is nobody's: `s3://bucket/model.tar.gz`.
    one = addressed and (text.startswith("http") or known.generic.fullmatch(stem.removesuffix(".tar")) is None)
    sure = Sure.SHAPED if one or released or named else Sure.BARE
    return Name(name=last, ecosystem="gguf" if suffix in ("gguf", "ggml") else "weights", sure=sure, file=last)


def _link(text: str) -> Name | None:
    """Names in URLs: hf://, huggingface.co and hf.co, modelscope.cn, ollama.com. Data sets and Spaces are none."""
    if _LINKED.match(text) is None:
        return None
    if text.startswith("huggingface://"):
        return _hub_path(text[14:])  # LocalAI's: owner, repository, file
    if text[:5] in ("hf://", "HF://"):
        hub = _hub_path(text[5:])
        tag = hub.file if hub is not None and "@" not in text and text.endswith(f":{hub.file}") else None
        # KServe pins so; where a quantization stands, others pick a file so.
        pins = hub is not None and tag is not None and _QUANT.match(tag) is None
        return replace(hub, revision=tag, file=None) if hub is not None and pins else hub
    if text.startswith("ollama://") and _WORD.fullmatch(text, 9):
        return Name(name=text[9:], ecosystem="ollama", sure=Sure.KNOWN)
    if text.startswith("oci://") and _WORD.match(text, 6):
        if text.startswith(_OLLAMA_REGISTRY):
            return Name(name=text.removeprefix(_OLLAMA_REGISTRY), ecosystem="ollama", sure=Sure.KNOWN)
        image, _, tag = text[6:].partition(":")
        return Name(name=image, ecosystem="oci", sure=Sure.SHAPED, revision=tag or None)
    if (served := _served(text)) is not None:
        return served
    if (found := _HUB_URL.fullmatch(text)) is not None:
        return _hub_path(found[1])
    if (found := _SCOPE_URL.fullmatch(text)) is not None:
        parts = found[1].partition("?")[0].strip("/").split("/")
        if (
            len(parts) >= 2
            and parts[0] not in ("api", "datasets", "studios", "docs", "papers", "organization", "profile", "learn")
            and _REPO.fullmatch("/".join(parts[:2]))
        ):
            return Name(name="/".join(parts[:2]), ecosystem="modelscope", sure=Sure.KNOWN)
        return None
    if (found := _TF_URL.fullmatch(text)) is not None:
        return Name(name=found[1], ecosystem="tfhub", sure=Sure.KNOWN)
    if (found := _OLLAMA_URL.fullmatch(text)) is not None:
        name = found[1].partition("?")[0].strip("/")
        reserved = ("blog", "docs", "download", "library", "search", "install.sh", "models", "public")
        if _WORD.fullmatch(name) and name not in reserved:
            return Name(name=name, ecosystem="ollama", sure=Sure.KNOWN)
    return None


def _served(text: str) -> Name | None:
    found = shapes().served(text)
    return None if found is None else Name(name=unquote(found[1]), ecosystem=found[0], sure=Sure.KNOWN)


def begins_used(text: str) -> str | None:
    """The part of the beginning of an address that tells a model, whatever follows: its last part may go on."""
    known = text[: max(text.rfind(sign) for sign in "/:?#") + 1]
    return known if _served(known) is not None or ("/resolve/" in known and _link(known) is not None) else None


def is_used(text: str) -> bool:
    """Does whoever opens this address use the model: does it give a file, or run it?"""
    return (text.startswith("hf://") or "/resolve/" in text or _served(text) is not None) and not _SHOWN.search(text)


def is_fetched(text: str) -> bool:
    """Is it one address, and that of a file of a model?"""
    if "://" not in text or len(text.split()) > 1:
        return False
    name = identify(text)
    return name is not None and (name.ecosystem in ("weights", "gguf") or is_used(text))


def _hub_path(path: str) -> Name | None:
    parts = unquote(path.partition("?")[0].partition("#")[0]).rstrip("/.,)").split("/")
    if len(parts) < 2 or parts[0].lower() in shapes().reserved:
        return None
    if parts[1] in ("resolve", "blob", "raw", "tree", "discussions"):  # `…/gpt2/tree/main`: one of the old names
        own = identify(parts[0])
        pin = parts[2] if len(parts) > 2 and parts[1] != "discussions" else None
        return replace(own, revision=pin) if own is not None and own.sure is Sure.KNOWN else None
    name, _, tag = parts[1].partition(":")
    name, _, revision = name.partition("@")
    if _REPO.fullmatch(f"{parts[0]}/{name}") is None:
        return None
    rest = parts[2:]
    if rest and rest[0] in ("resolve", "blob", "raw", "tree") and len(rest) > 1:
        revision = rest[1]
        rest = rest[2:]
    elif rest and rest[0] in ("discussions", "commit", "commits", "edit", "settings", "resolve", "tree"):
        rest = []
    file = tag or ("/".join(rest) or None)
    return Name(
        name=f"{parts[0]}/{name}", ecosystem="huggingface", sure=Sure.KNOWN, revision=revision or None, file=file
    )
