"""When a request may go out: slots, the Hub's own quota, one deadline for the run, and no asking of the dead.

The genuine client would wait five minutes for a quota and half a minute for a refused connection. A run in CI has a
deadline instead: what fits into it is waited for, what does not is a fault at once.
"""

from __future__ import annotations

import random
import time
from threading import Condition

from freehold.hub.answer import RATE_LIMITED, Fault, FaultKind, Reply

#: How often a question is asked at most, by what went wrong. Others are asked once: they would not pass.
TRIES: dict[FaultKind, int] = {"refused": 2, "timeout": 2, "broken": 3, "server": 3, "rate-limit": 4}
#: So many questions in a row without any answer, and the endpoint is dead for this run.
DEAD: dict[FaultKind, int] = {"refused": 3, "dns": 2, "tls": 2, "timeout": 3, "broken": 5, "server": 8}
_BUSY_STATUS = (408, 500, 502, 503, 504)


class Governor:
    """Shared by all threads that ask one endpoint. Times are in seconds; `patience` is the first wait of a retry."""

    def __init__(self, *, deadline: float, jobs: int, patience: float) -> None:
        self.ends = time.monotonic() + deadline
        self._jobs = max(1, jobs)
        self._patience = patience
        self._condition = Condition()
        self._limit = float(self._jobs)  # grows by one a round, halves when the endpoint struggles
        self._running = 0
        self._not_before = 0.0
        self._silent = 0
        self._dead: str | None = None
        self._stopped = False
        self.requests = 0

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.ends - time.monotonic()

    @property
    def slots(self) -> int:
        """How many requests may be under way at once, at this moment."""
        return int(self._limit)

    def admit(self, requested: str) -> Fault | None:
        """Wait until one more request may go out; a Fault where it may not within this run."""
        with self._condition:
            while True:
                now = time.monotonic()
                if fault := self._refusal(requested, now):
                    return fault
                if now >= self._not_before and self._running < self.slots:
                    self._running += 1
                    self.requests += 1
                    return None
                self._condition.wait(min(max(self._not_before - now, 0.05), self.ends - now, 1.0))

    def _refusal(self, requested: str, now: float) -> Fault | None:
        if self._stopped:
            return Fault(requested=requested, reason="interrupted", kind="deadline")
        if self._dead is not None:
            # Word for word what opened it: which model was asked first is no part of a report.
            return Fault(requested=requested, reason=self._dead, kind="circuit")
        if now >= self.ends:
            return Fault(requested=requested, reason="the time for this run is up", kind="deadline")
        if self._not_before > self.ends:
            return Fault(requested=requested, reason=RATE_LIMITED, kind="rate-limit")
        return None

    def release(self, outcome: Reply | Fault) -> None:
        """Give the slot back and learn from what came of it: the quota that is left, and how busy the endpoint is."""
        with self._condition:
            self._running -= 1
            struggles = isinstance(outcome, Fault) or busy(outcome) is not None
            self._limit = max(1.0, self._limit / 2) if struggles else min(self._jobs, self._limit + 1 / self._limit)
            if isinstance(outcome, Reply) and (wait := self._quota(outcome)):
                self._not_before = max(self._not_before, time.monotonic() + wait)
            self._condition.notify_all()

    def _quota(self, reply: Reply) -> float:
        """Seconds to hold everyone back: the quota is used up, or those under way will use it up."""
        from huggingface_hub.utils._http import parse_ratelimit_headers

        quota = parse_ratelimit_headers(reply.headers)
        if quota is not None and quota.remaining <= self._running:
            return quota.reset_in_seconds + 1.0
        after = reply.headers.get("retry-after", "")
        return float(after) if busy(reply) and after.isascii() and after.isdigit() and len(after) < 6 else 0.0

    def again(self, outcome: Reply | Fault, attempt: int) -> bool:
        """Say whether to ask once more, after waiting for as long as that takes; `attempt` counts from 1."""
        kind = outcome.kind if isinstance(outcome, Fault) else busy(outcome)
        if kind is None or attempt >= TRIES.get(kind, 1):
            return False
        # Full jitter: many runners that failed together shall not come back together.
        wait = self._patience * 2.0 ** (attempt - 1) * (0.5 + random.random() / 2)  # noqa: S311  # no secret
        until = time.monotonic() + wait
        with self._condition:
            while (now := time.monotonic()) < until and until < self.ends and not self._stopped and self._dead is None:
                self._condition.wait(until - now)
        return until < self.ends

    def conclude(self, outcome: Reply | Fault) -> None:
        """Count questions that ended without an answer; any answer, even a refusal, shows that someone is there."""
        kind = outcome.kind if isinstance(outcome, Fault) else busy(outcome)
        with self._condition:
            if kind is None or kind not in DEAD:
                self._silent = self._silent if isinstance(outcome, Fault) else 0
                return
            self._silent += 1
            if self._silent >= DEAD[kind]:
                self._dead = outcome.reason if isinstance(outcome, Fault) else f"server error {outcome.status}"
                self._condition.notify_all()

    def stop(self) -> None:
        """Let nobody wait any longer and nothing more go out."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()


def busy(reply: Reply) -> FaultKind | None:
    """Say whether an answer only means: not now."""
    if reply.status == 429:
        return "rate-limit"
    return "server" if reply.status in _BUSY_STATUS else None
