"""An executor whose threads do not hold up the end of the program.

The standard one joins its threads at exit: after Ctrl-C the user would wait for every stalled answer to time out.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

_Task: TypeAlias = "tuple[Future[Any], Callable[[], Any]] | None"


class Threads(Executor):
    """A fixed number of daemon threads."""

    def __init__(self, number: int) -> None:
        """Start the threads."""
        self._tasks: SimpleQueue[_Task] = SimpleQueue()
        self._number = number
        self._threads = [Thread(target=self._work, name=f"freehold-hub-{n}", daemon=True) for n in range(number)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call and give its future."""
        future: Future[Any] = Future()
        self._tasks.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end after what is queued, or, with `cancel_futures`, after what they are at."""
        with suppress(Empty):
            while cancel_futures:
                if (task := self._tasks.get_nowait()) is not None:
                    task[0].cancel()
        for _ in range(self._number):
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for the future
                future.set_exception(error)
