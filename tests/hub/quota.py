"""Fixed windows of requests, per kind of address and per identity, as the Hub counts them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hub.catalog import Token

WINDOW = 300  # seconds
ANONYMOUS = {"api": 500, "resolvers": 3000, "pages": 100}


@dataclass(frozen=True)
class Standing:
    """What is left of a window after this request."""

    bucket: str
    limit: int
    remaining: int
    reset: int  # seconds until the window ends
    exceeded: bool

    @property
    def headers(self) -> dict[str, str]:
        """The two headers that stand on every answer."""
        return {
            "RateLimit": f'"{self.bucket}";r={self.remaining};t={self.reset}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.limit};w={WINDOW}',
        }


class Quota:
    """Counts requests. `limits` replaces what the anonymous may ask; the clock can be another one in tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, **limits: int) -> None:
        self.limits = {**ANONYMOUS, **limits}
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, bucket: str, who: Token | None) -> Standing:
        """Count one request and say what is left."""
        limit = who.api_quota if who and bucket == "api" else self.limits[bucket]
        with self._lock:
            now = self._clock()
            key = (bucket, who.secret if who else "")
            start, used = self._windows.get(key, (now, 0))
            if now - start >= WINDOW:
                start, used = now, 0
            self._windows[key] = (start, used + 1)
        left = max(1, round(WINDOW - (now - start)))
        return Standing(bucket, limit, max(0, limit - used - 1), left, exceeded=used >= limit)
