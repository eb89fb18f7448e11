"""What pins a model is written beside its name: `revision`, or a setting with the stem of the name's own.

`REPO_ID` and `REVISION`, `onnx_path` and `onnx_revision`, `LLAMA_REPO` and `LLAMA_REVISION`: the words are data,
in rules/names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from freehold.detect.libraries import plain
from freehold.detect.shapes import shapes

#: What is left of `pretrained_model_name_or_path`, `repo_id` and the like.
_MAIN = frozenset({"model", "pretrained", "repo", "repository", "base", "hf", "hub", "checkpoint"})
_COMMIT = re.compile(r"[0-9a-f]{40}")
#: What pins whatever stands beside it.
_BARE = ("revision", "rev", "ref", "branch")
#: Arguments that only a data set has.
_DATA = re.compile(r"(?:.*_)?(?:split|splits|subset|subsets|datasets?|dataset_\w+|data_files)")
#: What may.
_VERSION = re.compile(r"(?:(?:hf|hub|model|repo|git)_)?(?:rev|ref|version|sha|hash|commit(?:_(?:id|sha|hash))?)")
#: What says by itself that a version of a repository is meant.
_TELLING = re.compile(r"(?:.*_)?(?:revision|commit|commit_hash|commit_sha|(?:model|hf|hub|repo)_rev)")


def is_commit(text: str | None) -> bool:
    """Is it a whole commit? Nobody writes one by accident."""
    return text is not None and _COMMIT.fullmatch(text) is not None


@lru_cache(maxsize=8_192)
def is_pin(name: str) -> bool:
    """Does a setting of this name hold a revision and nothing else?"""
    return _TELLING.fullmatch(plain(name)) is not None


@lru_cache(maxsize=8_192)
def is_version(name: str) -> bool:
    """May a setting of this name hold a revision?"""
    return _VERSION.fullmatch(plain(name)) is not None


def is_data(names: Iterable[str]) -> bool:
    """Do settings of these names, one of them a revision, say what a data set is?"""
    return any(_DATA.fullmatch(plain(name)) for name in names)


def partner(name: str, others: Iterable[str]) -> str | None:
    """Give the one of these settings that pins what stands under a name."""
    return Partners(others).of(name)


class Partners:
    """Settings that stand together: which of them pins which."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = {plain(name): name for name in names}

    def of(self, name: str) -> str | None:
        """Give the setting that pins what stands under a name: the nearest by its own name."""
        pin = next((pin for pin in _wanted(plain(name)) if pin in self._known), None)
        if pin in _BARE and not _is_main(plain(name)) and self._main:
            return None  # `model_name` beside `controlnet_name`: a bare `revision` is the model's
        return None if pin is None else self._known[pin]

    @cached_property
    def _main(self) -> bool:
        return any(map(_is_main, self._known))


@lru_cache(maxsize=4_096)
def _is_main(name: str) -> bool:
    """Is this the name of a model with nothing said of its part?"""
    return list(_stems(name))[-1] in _MAIN and name not in _MAIN - {"model", "repo", "repository"}


@lru_cache(maxsize=4_096)
def _wanted(name: str) -> tuple[str, ...]:
    """The names of what pins it, the nearest first."""
    pins = shapes().pins
    own = [f"{stem}_{pin}" for stem in _stems(name) for pin in pins]
    return tuple(pin for pin in dict.fromkeys((*own, *_BARE)) if pin != name)


def _stems(name: str) -> Iterator[str]:
    """`model_repo_id`, `model_repo`, `model`."""
    yield name
    for _ in range(3):
        shorter = next((name.removesuffix(s) for s in shapes().stems if name.endswith(s)), name)
        if shorter in (name, ""):
            return
        yield (name := shorter)
