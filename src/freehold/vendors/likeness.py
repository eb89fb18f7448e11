"""Names that are spelled otherwise, and names that are only a family's.

Hosts write `llama-v3p1-8b-instruct` or `Meta-Llama-3.1-8B-Instruct-Turbo` for `meta-llama/Llama-3.1-8B-Instruct`. What
is the same after case, separators and the marks of a faster or smaller edition is the same model; what only begins like
a family is of that family as long as no word in it speaks of anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

_TOKEN = re.compile(r"\d+x\d+(?:\.\d+)?b|a?\d+(?:\.\d+)?[bmk](?![a-z])|[a-z]+|\d+")
_POINT = re.compile(r"(?<=\d)p(?=\d)")  # Fireworks: `v3p1`
_VERSION = re.compile(r"(?<![a-z])v(?=\d)")
_WILD = re.compile(r"\*|\[[^\]]*\]")
_DAY = re.compile(r"\d{4}|20\d{6}")
#: How long a context the host grants, or the day on which it began to serve these weights (Volcano Engine: `-251201`).
_WINDOW = re.compile(r"\d+k|2[3-9](?:0[1-9]|1[0-2])[0-3]\d")
_YEAR, _MONTH = re.compile(r"20\d\d"), re.compile(r"0[1-9]|1[0-2]")
#: How a host runs published weights: they stay the same model.
_EDITIONS = frozenset(
    {
        "awq", "bf16", "cs", "exacto", "fast", "fp", "free", "gptq", "hf", "highspeed", "highthroughput", "int", "lite",
        "maas", "mxfp", "nvfp", "original", "spot", "tee", "tput", "turbo",
        "ultrafast", "us",
    }
)  # fmt: skip
#: What hosts leave out where only that edition is served.
_LEFT_OUT = ("instruct", "it", "chat")
#: Words within a family's names, beside numbers, sizes and parts of two letters; any other may be somebody's fine-tune.
_VARIANTS = _EDITIONS | frozenset(
    {
        "air", "alpha", "asr", "audio", "base", "beta", "chat", "code", "codex", "coder", "customtools", "deep", "dev",
        "distill", "edit", "embed", "embedding", "embeddings", "english", "exp", "experimental", "extended", "fill",
        "flash", "flashx", "guard", "haiku", "high", "image", "instant", "instruct", "kontext", "large", "latest",
        "light", "live", "llama", "long", "low", "math", "max", "medium", "micro", "mini", "moe", "multilingual",
        "multimodal", "nano", "native", "next", "omni", "opus", "plus", "premier", "preview", "pro", "prover", "qwen",
        "realtime", "reasoner", "reasoning", "rerank", "research", "schnell", "search", "small", "sonic", "sonnet",
        "speciale", "super", "terminus", "text", "thinking", "tiny", "transcribe", "tts", "ultra", "video", "vision",
        "voice", "xhigh", "zero", "argon", "astra", "fable", "luna", "mythos", "sol", "spark", "terra",
    }
)  # fmt: skip


def tokens(name: str) -> tuple[str, ...]:
    """Give the words, versions and sizes of a name, whatever stands between them."""
    text = _VERSION.sub("", _POINT.sub(".", name.lower().replace("+", "-plus")))
    return tuple(_TOKEN.findall(text))


def row(found: tuple[str, ...]) -> tuple[str, ...]:
    """Give the key of a name's tokens: `code-llama` is `CodeLlama`, `Meta-Llama` is `Llama`, `-hf` a file format."""
    found = found[1:] if found[:2] == ("meta", "llama") else found
    found = found[:-1] if found[-1:] == ("hf",) else found
    joined: list[str] = []
    for token in found:
        if joined and token.isalpha() and joined[-1].isalpha():
            joined[-1] += token
        else:
            joined.append(token)
    return tuple(joined)


def alike(name: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give the keys to look a name up under, the nearest first, and whether only published weights count: an edition
    of an API-only model is a model of its own."""
    whole = tokens(name)
    yield row(whole), False
    bare = whole
    while len(bare) > 1 and (
        bare[-1] in _EDITIONS or _WINDOW.fullmatch(bare[-1]) or (bare[-1] in ("4", "8", "16") and bare[-2] in _EDITIONS)
    ):
        bare = bare[:-1]
    if bare != whole:
        yield row(bare), True
    for found in dict.fromkeys((whole, bare)):
        for word in _LEFT_OUT:
            yield row((*found, word)), True


def undated(key: tuple[str, ...]) -> tuple[str, ...]:
    """Give a key without the date at its end, as a host writes it that serves one snapshot; where nothing else in it
    is a number, it stays."""
    rest = key[:-1]
    if _YEAR.fullmatch(key[-1]) and rest and _MONTH.fullmatch(rest[-1]):
        return rest[:-1]  # `command-r-08-2024`
    return rest if _DAY.fullmatch(key[-1]) and any(not token.isalpha() for token in rest) else key


def of_family(pattern: str, bare: str) -> bool:
    """Is this name, in lower case, one of the family: begins like the pattern and says nothing of anybody else?"""
    if pattern.startswith("*") or not fnmatchcase(bare, pattern):
        return False
    for literal in _WILD.split(pattern):
        bare = bare.replace(literal, " ", 1)
    return all(token in _VARIANTS or len(token) < 3 or not token.isalpha() for token in tokens(bare))
