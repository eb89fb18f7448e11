"""The server: real HTTP/1.1 on loopback, plain or over TLS, that records what it is asked and can misbehave."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import replace
from types import TracebackType
from typing import Any

from hub import api, content
from hub.authority import Authority, Certificate
from hub.catalog import Catalog, Token
from hub.faults import Fault, Rule
from hub.listener import Listener
from hub.quota import Quota
from hub.wire import Answer, Asked, Recorded, refuse, say

_MARKS = {
    "X-Powered-By": "huggingface-moon",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Access-Control-Max-Age": "86400",
    "Vary": "Origin",
}
_EXPOSED = (
    "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,"
    "Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash"
)
_LOG_IN = "unauthenticated; Warning: set a HF_TOKEN to enable higher rate limits and faster downloads."


class LocalHub:
    """A Hub on loopback. Change `catalog`, `quota`, `latency`, `mirror` and `certificate` at any time."""

    def __init__(
        self,
        catalog: Catalog | None = None,
        *,
        authority: Authority | None = None,
        prefix: str = "",
        mirror: bool = False,
        quota: Quota | None = None,
        latency: float = 0.0,
    ) -> None:
        self.catalog = catalog or Catalog()
        self.authority = authority
        self.certificate: Certificate = "good"
        self.prefix = prefix.rstrip("/")
        self.mirror = mirror  # speak as an enterprise mirror does: without the marks of a Hub
        self.quota = quota or Quota()
        self.latency = latency
        self.conditional = True  # whether If-None-Match gives 304: not known of the real Hub
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._requests: list[Recorded] = []
        self._rules: list[Rule] = []
        self.struck = 0  # how many requests met a fault: some may be waiting in it
        self._numbers = itertools.count(1)
        self._hub = Listener(self, "hub")
        self._cdn = Listener(self, "cdn")

    def __enter__(self) -> LocalHub:
        self._hub.open()
        self._cdn.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and thread. Raises if the server itself failed at something."""
        self.closing.set()
        for listener in (self._hub, self._cdn):
            listener.close(forever=True)
        errors = self._hub.errors + self._cdn.errors
        if errors:
            raise ExceptionGroup("the local Hub failed", errors)

    @property
    def endpoint(self) -> str:
        """What HF_ENDPOINT is to be."""
        return f"{self._hub.url}{self.prefix}"

    @property
    def cdn(self) -> str:
        """The other host, where large files are. No credentials may ever reach it."""
        return self._cdn.url

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """Every request until now, in order of its answer."""
        with self._lock:
            return tuple(self._requests)

    def count(self, path: str = "", where: str = "hub") -> int:
        """Count the requests whose path matches this regular expression."""
        return sum(1 for r in self.requests if r.where == where and re.search(path, r.path))

    def forget(self) -> None:
        """Begin counting anew."""
        with self._lock:
            self._requests.clear()

    def fail(
        self, fault: Fault, path: str = "", *, method: str | None = None, times: int | None = None, skip: int = 0
    ) -> None:
        """Let a fault strike requests whose path matches this regular expression."""
        with self._lock:
            self._rules.append(Rule(fault, re.compile(path), method, times, skip))

    def heal(self) -> None:
        """Take every fault away and listen again."""
        with self._lock:
            self._rules.clear()
        self.certificate, self.mirror = "good", False
        self._hub.stall_handshake = False
        self._hub.close()
        self._hub.open()

    def refuse(self) -> None:
        """Refuse connections, and cut those there are."""
        self._hub.close()

    def vanish(self) -> None:
        """Let connections hang: packets go out and nothing ever answers."""
        self._hub.close()
        self._hub.swallow()

    def stall_handshake(self) -> None:
        """Accept connections, and never speak TLS on them."""
        self._hub.stall_handshake = True

    def answer(self, asked: Asked, where: str) -> tuple[Answer, Fault | None]:
        """Give the genuine answer to a request with the headers of a Hub, and the fault that strikes it."""
        with self._lock:
            rule = next((r for r in self._rules if where == "hub" and r.strikes(asked)), None)
            self.struck += rule is not None
        if self.latency:
            self.closing.wait(self.latency)
        if where == "cdn":
            return content.stored(asked, self.catalog), rule.fault if rule else None
        bucket = "api" if asked.path.startswith("/api/") else "resolvers" if "/resolve/" in asked.path else "pages"
        if asked.path.startswith("/api/resolve-cache/"):
            bucket = "resolvers"
        standing = self.quota.take(bucket, asked.who)
        if standing.exceeded:
            reply = self._rate_limited(asked.who, standing.limit)
        elif asked.path.startswith("/api/resolve-cache/"):
            reply = content.cached(asked, self.catalog)
        elif bucket == "api":
            reply = api.answer(asked, self.catalog)
        elif bucket == "resolvers":
            reply = content.resolve(asked, self.catalog, self.cdn)
        else:
            reply = refuse(404, "Sorry, we can't find the page you are looking for.")
        if self.mirror:
            return _as_mirror(asked, reply), rule.fault if rule else None
        etag = reply.headers.get("ETag")
        if self.conditional and reply.status == 200 and etag and asked.headers.get("if-none-match") == etag:
            reply = replace(reply, status=304, body=b"")
        return replace(reply, headers={**standing.headers, **reply.headers}), rule.fault if rule else None

    def marks(self, asked: Asked) -> dict[str, str]:
        """Give the headers by which a Hub is known."""
        marks = {
            **_MARKS,
            "X-Request-Id": f"Root=1-{next(self._numbers):08x}-{0:024x}",
            "Access-Control-Allow-Origin": self.endpoint,
            "Access-Control-Expose-Headers": _EXPOSED,
        }
        return marks if asked.who else {**marks, "X-HF-Warning": _LOG_IN}

    def standing(self, asked: Asked) -> dict[str, str]:
        """Give rate-limit headers for an answer that was not asked of the catalog."""
        limit = asked.who.api_quota if asked.who else self.quota.limits["api"]
        return {"RateLimit": f'"api";r={limit - 1};t=290', "RateLimit-Policy": f'"fixed window";"api";q={limit};w=300'}

    def record(self, recorded: Recorded) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(recorded)

    @staticmethod
    def _rate_limited(who: Token | None, limit: int) -> Answer:
        if who is None:
            return refuse(429, "We had to rate limit your IP (127.0.0.1). To continue, log in and pass a HF_TOKEN.")
        return refuse(429, f"We had to rate limit you, you hit the quota of {limit} api requests per 5 minutes period.")


def _as_mirror(asked: Asked, reply: Answer) -> Answer:
    # As an enterprise proxy answers: no code, no `_id`, no sizes, and its own 404 for whatever it has not.
    if reply.status in (401, 404) or asked.parts[-1] in ("refs", "auth-check", "whoami-v2"):
        return say({"errors": [{"status": 404, "message": "not found"}]}, 404)
    headers = {k: v for k, v in reply.headers.items() if not k.startswith("X-Error")}
    if reply.status != 200 or not reply.content_type.startswith("application/json"):
        return replace(reply, headers=headers)
    return replace(say(_anonymised(reply.json)), headers={k: v for k, v in headers.items() if k != "ETag"})


def _anonymised(value: Any) -> Any:
    if isinstance(value, list):
        return [_anonymised(one) for one in value]
    if isinstance(value, dict):
        return {k: _anonymised(v) for k, v in value.items() if k not in ("_id", "usedStorage", "size", "lfs", "blobId")}
    return value
