"""The ports of the local Hub: connections, TLS, and HTTP on the wire."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from hub.wire import Answer, Asked, Recorded, refuse

if TYPE_CHECKING:
    from hub.server import LocalHub

_MOST_CONNECTIONS = 64
_MOST_BODY = 1_000_000


class Listener(ThreadingHTTPServer):
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
    server: Listener

    def handle_one_request(self) -> None:
        self._recorded = False
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
            self._record(asked, 0)

    def _record(self, asked: Asked, status: int) -> None:
        # Before the first byte leaves, so that whoever has the answer finds the record.
        if not self._recorded:
            self._recorded = True
            self.server.hub.record(
                Recorded(
                    method=asked.method,
                    path=self.path.partition("?")[0],
                    query=asked.query,
                    headers=dict(asked.headers),
                    status=status,
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
        self._record(self._asked, answer.status)
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
