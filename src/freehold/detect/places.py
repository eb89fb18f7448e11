"""Folders of the machine, told by how a text begins or by what the variable is called that holds one, and
what stands in them."""

from __future__ import annotations

import re
from dataclasses import replace

from freehold.detect.names import MAX_NAME, OUTPUT, REFUSED, SIZED, Name, Sure, identify, of_file
from freehold.detect.shapes import shapes, untitled
from freehold.detect.variables import Variables

#: A longer name is cut.
_VARIABLE = re.compile(r"\$\{?(\w{1,80})")
_HOLDS = re.compile(
    r"(?:^|_)(?:\w*dirs?|dir\w*|\w*path|root|home|base|folder|out(?:put)?s?|output\w*|results?|saves?|saved|ckpts?|checkpoints?|"
    r"runs?|exps?|experiments?|logs?|work(?:space)?)(?:_|$)",
    re.IGNORECASE,
)


_HOME = re.compile(r"(?:\A|/)(?:home|Users|root)/[^/]+\Z")


#: Folders by which people sort their models: nobody's.
_SORTED = frozenset(
    (
        *("tokenizer", "tokenizers", "llm", "llms", "vlm", "gguf", "ggml", "embedding", "rerank", "reranker", "asr"),
        *("llama", "llama2", "llama3", "mistral", "deepseek", "bert", "whisper", "gemma", "phi", "glm", "vicuna"),
    )
)


def in_path(text: str) -> Name | None:
    """The Hub repository that a local path is named after: `/mnt/models/meta-llama/Meta-Llama-3-8B`."""
    owner, _, repo = text.rstrip("/").rpartition("/")
    if owner.endswith("path/to") or _HOME.search(owner):  # where a reader's own path shall stand; what a user has
        return None
    folder = owner.rpartition("/")[2]
    own = text[:1] == "." and (_OWN_FOLDER.fullmatch(folder) or _OWN_FOLDER.fullmatch(repo))
    if folder.lower() in _SORTED or own:
        return None
    found = (
        identify(f"{owner.rpartition('/')[2]}/{repo}", "huggingface")
        if "://" not in text and len(text) <= MAX_NAME
        else None
    )
    digits = found is not None and any(c.isdigit() for c in repo)
    return (
        found
        if found is not None and found.sure is Sure.KNOWN and digits and found.ecosystem == "huggingface"
        else None
    )


#: Folders that a program writes to, and what it calls its own models.
_OWN_FOLDER = re.compile(
    r"out(?:put)?s?|results?|runs?|exps?|experiments?|logs?|tmp|temp|.*(?:save|(?<!pre)train(?!er)|tuned?|merge|lora|adapter|sft|"
    r"checkpoint-|ckpt|step|epoch|my[-_]|your|path|distilled|quantized).*|.*[-_]cache",
    re.IGNORECASE,
)


#: A size ends the name of a family: `gte-small`, `bge-base-en`.
_SIZE = re.compile(
    r"[A-Za-z][\w.-]*-(?:tiny|mini|small|base|medium|large|xl|xxl|huge)(?:-(?:en|zh|v\d[\d.]*|cased|uncased))?"
)
#: Where Kaggle keeps its models: family, framework, variation, version.
_KAGGLE = re.compile(
    r"/kaggle/input/[\w.-]+/(?:transformers|pytorch|tensorflow2|tflite|keras|flax|jax|onnx|gguf|gemmacpp|other)/[\w.-]+/\d+/?",
    re.IGNORECASE,
)
#: What stands in several words, and in an argument with its name.
_NO_FOLDER = re.compile(r"[,=]")


def copied(text: str) -> Name | None:
    """The public model that a local folder is named after, whoever has it: `/models/Qwen3-8B`. Not what a program
    writes: here, or to a folder of that name."""
    *folders, last = text.rstrip("/").split("/")
    if len(text) <= MAX_NAME and _KAGGLE.fullmatch(text) is not None:
        return Name(name=text.rstrip("/"), ecosystem="local", sure=Sure.KNOWN)
    if (
        not any(folder.strip(".") for folder in folders)
        or "://" in text
        or _NO_FOLDER.search(text) is not None
        or len(text) > MAX_NAME
        or any(map(_OWN_FOLDER.fullmatch, (*folders, last)))
    ):
        return None
    found = identify(last)
    sized = "-" in last and SIZED.search(last) is not None
    if found is None or found.file is not None or not (sized or shapes().families.search(last)):
        return None
    sure = sized or found.sure >= Sure.SHAPED or _SIZE.fullmatch(last) is not None
    return replace(found, ecosystem="local", name=text) if sure else None


#: A folder that a variable holds.
_FOLDER = re.compile(
    r"\$\{?(\w{0,40}(?:DIR|PATH|HOME|ROOT|PWD|FOLDER|CACHE|MODELS|STORAGE|VOLUME)\w{0,20})\}?/", re.IGNORECASE
)


def in_folder(text: str) -> Name | None:
    """What is kept in a folder that is known where the program runs: `$HOME/models/x.gguf`, `$MODELS_DIR/Qwen3-8B`."""
    folder = _FOLDER.match(text)
    rest = text[folder.end() :] if folder is not None and OUTPUT.search(folder[1]) is None else ""
    if not rest or REFUSED.search(rest) is not None:
        return None
    return of_file(rest, shapes()) or copied(text)


def is_place(text: str) -> bool:
    """Does a text begin like a path, and like no name?"""
    return text[:1] in (".", "/", "~")


def holds_place(name: str) -> bool:
    """Does a variable of this name hold a folder? What stands in one has a place there, and no owner."""
    return _HOLDS.search(name) is not None


def put_together(text: str, variables: Variables) -> list[str]:
    """Give the names that a shell puts together: `$ORG/$NAME`, `$MODELS/name`. What stands in a folder is a public
    model only where it says so by itself."""
    placed = any(holds_place(name) for name in _VARIABLE.findall(text))
    ways = [way for way in variables.joined(text) if "$" not in way] if "$" in text else []
    return [way for way in ways if not placed or copied(way) or in_path(way) or _is_known(way)]


def _is_known(text: str) -> bool:
    name = identify(text)
    return name is not None and name.sure is Sure.KNOWN


def spelled(name: Name, text: str) -> str:
    """What of a text names the model: all of it, but for the address of an API that says more than its number, and for
    what is shown behind a file."""
    part = name.name != text and name.name in text and not name.name.isdigit()
    return name.name if part and shapes().served(text) is not None else untitled(text)
