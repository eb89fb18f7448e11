"""Read many files in several processes.

The work goes through an executor that the caller hands in or, for a large tree, through one of our own: copies of this
process that run nothing but the detectors. The answer is the same, in the same order.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from freehold.detect.found import Found, merge
from freehold.source import Source

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")

#: Below this, starting processes takes longer than what they save.
MANY = 1_500
BATCH = 40
WORKERS = 8


def spread(
    sources: Sequence[Source], read: Callable[[Source], tuple[Found, T]], executor: Executor | None
) -> Iterator[tuple[Found, T]]:
    """Read all sources, here or through an executor; then `read` must be a function that another process can be told
    of by name. What could not be read of a source is added to what was found in it."""
    batches = (tuple(sources[i : i + BATCH]) for i in range(0, len(sources), BATCH))
    batch = _Batch(read)
    return chain.from_iterable(map(batch, batches) if executor is None else executor.map(batch, batches))


@contextmanager
def workers(files: int) -> Iterator[Executor | None]:
    """Give an executor for so many files, or None where this process does it best by itself."""
    if files < MANY:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    count = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, WORKERS)
    # A copy of a process with threads can hang; a fresh process would first read all rules again.
    can_copy = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    if count < 2 or not can_copy:
        yield None
        return
    # Trees and facts hold no circles: looking for some costs a fifth of the time.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(count, mp_context=context, initializer=gc.disable) as executor:
        yield executor


@contextmanager
def unswept() -> Iterator[None]:
    """Do not look for circles of objects meanwhile."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Batch(Generic[T]):
    """Reads some sources, and holds none of them longer than that."""

    def __init__(self, read: Callable[[Source], tuple[Found, T]]) -> None:
        self.read = read

    def __call__(self, sources: tuple[Source, ...]) -> list[tuple[Found, T]]:
        return [self._one(source) for source in sources]

    def _one(self, source: Source) -> tuple[Found, T]:
        found, more = self.read(source)
        if (forget := getattr(source, "forget", None)) is not None:
            forget()
        trouble = getattr(source, "trouble", ())
        return merge((found, Found(problems=trouble))) if trouble else found, more
