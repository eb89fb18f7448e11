"""What only Ollama calls a model: a name with a tag that says how large it is, or that its servers run it."""

from __future__ import annotations

import re

from freehold.detect.shapes import Shapes

#: `mistral:latest` and `mistral:7b-instruct` are Ollama's, whosever prefix that is.
TAG = re.compile(r"latest|\d+(?:\.\d+)?[bm](?:-[\w.-]+)?", re.IGNORECASE)
#: `name:7b`: nobody else says how large something is behind a colon.
OF_SIZE = re.compile(r"[a-z][\w.-]*:(?:\d+x)?\d+(?:\.\d+)?b(?:-[\w.-]+)?", re.ASCII)
#: What Ollama's servers run: `name:cloud`, `name:24b-cloud`.
_OF_CLOUD = re.compile(r"[a-z][\w.-]*:(?:[\w.]+-){0,4}cloud", re.ASCII)
#: `exaone3`, the third of a family, and no part of an address; `qwen-3` is somebody's own way to write it.
_GENERATION, _HYPHENED = re.compile(r"[a-z]{3}\d"), re.compile(r"-\d")


def of_ollama(text: str, known: Shapes) -> bool:
    """Is this a model of Ollama's beyond doubt: `qwen3:8b`, `name:cloud`?"""
    stem, colon, _ = text.partition(":")
    if not colon or OF_SIZE.fullmatch(text) is None:
        return colon != "" and _OF_CLOUD.fullmatch(text) is not None
    sure = known.families.search(stem) or _GENERATION.search(stem)
    return sure is not None and _HYPHENED.search(stem) is None


def only_ollama(name: str, known: Shapes) -> bool:
    """Is a model of Ollama's called what nothing else is?"""
    return of_ollama(name, known) or any(names.match(name) for whose, names in known.api if whose == "ollama")
