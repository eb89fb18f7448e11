"""The server: real HTTP/1.1 on loopback, plain or over TLS, that records what it is asked and can misbehave."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import ssl
import sys
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from hub import api, content
from hub.authority import Authority, Certificate
from hub.catalog import Catalog, Token
from hub.faults import Fault, Rule
from hub.quota import Quota
from hub.wire import Answer, Asked, refuse, say

_MOST_CONNECTIONS = 64
_MOST_BODY = 1_000_000
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


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One request as it came in, and how it was answered (0: not at all)."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    status: int
    where: str  # "hub" or "cdn"

    @property
    def authorized(self) -> bool:
        """Say whether credentials were sent."""
        return "authorization" in self.headers


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
        self._numbers = itertools.count(1)
        self._hub = _Listener(self, "hub")
        self._cdn = _Listener(self, "cdn")

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


class _Listener(ThreadingHTTPServer):
    """One port. It stays reserved while nobody listens on it, so that `refuse` and recovery are at the same place."""

    daemon_threads = False  # so that closing waits for every thread
    request_queue_size = 128

    def __init__(self, hub: LocalHub, where: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.hub = hub
        self.where = where
        self.errors: list[Exception] = []
        self.stall_handshake = False
        self._live: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._swallowed: list[socket.socket] = []
        self._place = self._socket(0)
        self.port = self._place.getsockname()[1]

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.hub.authority else 'http'}://127.0.0.1:{self.port}"

    @staticmethod
    def _socket(port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        return made

    def open(self) -> None:
        """Listen, and answer."""
        self.socket = self._socket(self.port)
        self.server_name, self.server_port = "127.0.0.1", self.port
        self.socket.listen(self.request_queue_size)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def swallow(self) -> None:
        """Listen with a full queue: the kernel drops what comes, and connecting hangs."""
        self.socket = self._socket(self.port)
        self.socket.listen(0)
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._swallowed.append(filler)

    def close(self, *, forever: bool = False) -> None:
        """Stop listening and cut every connection; the port stays ours unless this is for ever."""
        if self._thread:
            self.shutdown()
            self._thread.join()
            self._thread = None
        for one in self._swallowed:
            one.close()
        self._swallowed.clear()
        self.socket.close()
        with self._guard:
            live = list(self._live)
        for connection in live:
            _cut(connection)
        if forever:
            self.server_close()
            self._place.close()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Bound the number of connections."""
        with self._guard:
            if len(self._live) < _MOST_CONNECTIONS:
                return True
        self.errors.append(RuntimeError(f"more than {_MOST_CONNECTIONS} connections at once"))
        return False

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS if this Hub does, then HTTP, in the connection's own thread."""
        connection: socket.socket = request
        if self.hub.authority:
            context = self.hub.authority.contexts[self.hub.certificate]
            connection = context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        with self._guard:
            self._live.add(connection)
        try:
            if self.stall_handshake:
                self.hub.closing.wait(60)
                return
            if isinstance(connection, ssl.SSLSocket):
                connection.settimeout(10)
                connection.do_handshake()
            _Handler(connection, client_address, self)
        except (OSError, ValueError):
            # The client went away, distrusts us, or we are closing: its own test says whether that was right.
            pass
        finally:
            with self._guard:
                self._live.discard(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong here, instead of printing it."""
        error = sys.exception()
        if isinstance(error, Exception):
            self.errors.append(error)


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not SSLSocket.shutdown: it takes the TLS state away from under the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Listener

    def handle_one_request(self) -> None:
        self._status = 0
        self._asked: Asked | None = None
        super().handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the hub records."""

    @property
    def closing(self) -> threading.Event:
        return self.server.hub.closing

    def _serve(self) -> None:
        hub = self.server.hub
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _MOST_BODY))
        raw, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        secret = headers.get("authorization", "").removeprefix("Bearer ")
        who = hub.catalog.token(secret) if secret else None
        inside = raw.startswith(hub.prefix) or self.server.where == "cdn"
        scheme = "https" if hub.authority else "http"
        asked = Asked(
            method=self.command,
            path=raw.removeprefix(hub.prefix) if self.server.where == "hub" else raw,
            query=query,
            base=f"{scheme}://{headers.get('host', '')}{hub.prefix}",
            who=who,
            rejected=bool(secret) and who is None,
            body=body,
            headers=headers,
        )
        self._asked = asked
        try:
            if not inside:
                self.send(refuse(404, "outside of the prefix"), marks=False)
                return
            genuine, fault = hub.answer(asked, self.server.where)
            if fault:
                fault.strike(self, asked, genuine)
            else:
                self.send(genuine, marks=not hub.mirror)
        finally:
            hub.record(
                Recorded(
                    method=self.command,
                    path=raw,
                    query=query,
                    headers=headers,
                    status=self._status,
                    where=self.server.where,
                )
            )

    do_GET = do_HEAD = do_POST = _serve  # noqa: N815

    def send(self, answer: Answer, *, marks: bool = True, length: int | None = None, cut: int | None = None) -> None:
        """Send an answer; see `faults.Wire`."""
        assert self._asked is not None
        hub = self.server.hub
        headers = dict(answer.headers)
        if marks and self.server.where == "hub":
            known = {name.lower() for name in headers}
            extra = {**hub.marks(self._asked), **hub.standing(self._asked)}
            headers.update({k: v for k, v in extra.items() if k.lower() not in known})
        self._status = answer.status
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        if answer.body or answer.status not in (204, 304):
            self.send_header("Content-Type", answer.content_type)
        if length != -1 and answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body) if length is None else length))
        elif length == -1:
            self.close_connection = True
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body if cut is None else answer.body[:cut])
        self.wfile.flush()

    def write(self, data: bytes) -> None:
        """Send raw bytes at once."""
        self.wfile.write(data)
        self.wfile.flush()

    def hang_up(self) -> None:
        """Close the connection after this request."""
        self.close_connection = True
