"""How the local Hub misbehaves: each fault is a value, applied to the requests that a rule picks."""

from __future__ import annotations

import gzip
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from hub.wire import Answer, Asked, plain, refuse, say, weak_etag


class Wire(Protocol):
    """What a fault may do to the connection of the request that it strikes."""

    connection: socket.socket

    @property
    def closing(self) -> threading.Event:
        """Set when the server goes down: nothing may wait beyond it."""

    def send(self, answer: Answer, *, marks: bool = True, length: int | None = None, cut: int | None = None) -> None:
        """Send headers and body: with a wrong Content-Length, or cut after so many bytes of the body."""

    def write(self, data: bytes) -> None:
        """Send raw bytes at once."""

    def hang_up(self) -> None:
        """Close the connection after this request."""


class Fault(Protocol):
    """Something that goes wrong instead of, or with, the genuine answer."""

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        """Answer the request wrongly."""


@dataclass(frozen=True)
class Reply:
    """Another answer in place of the genuine one. Without `marks` it is not the Hub that speaks."""

    answer: Answer
    marks: bool = True

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(self.answer, marks=self.marks)


@dataclass(frozen=True)
class Altered:
    """The genuine answer, changed: one bad record, a missing key."""

    change: Callable[[Answer], Answer]

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(self.change(genuine))


@dataclass(frozen=True)
class Reset:
    """The connection is reset before a byte of the answer (RST), or closed in order (FIN)."""

    hard: bool = True

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        if self.hard:
            wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.hang_up()


@dataclass(frozen=True)
class Stall:
    """Nothing more comes: before the status line, or after half of the body."""

    where: str  # "headers" or "body"

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        if self.where == "body":
            wire.send(genuine, cut=len(genuine.body) // 2)
        wire.closing.wait()
        wire.hang_up()


@dataclass(frozen=True)
class Truncated:
    """The body ends halfway, whatever Content-Length promised."""

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(genuine, cut=len(genuine.body) // 2)
        wire.hang_up()


@dataclass(frozen=True)
class WrongLength:
    """Content-Length is off by so many bytes."""

    by: int

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(genuine, length=max(0, len(genuine.body) + self.by))
        wire.hang_up()


@dataclass(frozen=True)
class Drip:
    """The body comes a byte at a time, so slowly that no single read times out."""

    seconds: float = 0.2

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(genuine, cut=0)
        for byte in genuine.body:
            if wire.closing.wait(self.seconds):
                break
            wire.write(bytes([byte]))
        wire.hang_up()


@dataclass(frozen=True)
class Endless:
    """A body without an end, at full speed; it stops here at 64 MiB so that a careless reader only fails a test."""

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(replace(genuine, body=b'{"id": "'), length=-1)
        for _ in range(1024):
            if wire.closing.is_set():
                break
            wire.write(b"a" * 65536)
        wire.hang_up()


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no HTTP."""

    data: bytes = b"\x00\xff\x00SSH-2.0-nothing\r\n\r\n"

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.write(self.data)
        wire.hang_up()


@dataclass(frozen=True)
class Elsewhere:
    """A redirect: to another host with the same path, or, with no host, to the request itself for ever."""

    host: str = ""
    status: int = 307

    def strike(self, wire: Wire, asked: Asked, genuine: Answer) -> None:
        wire.send(plain("Temporary Redirect", self.status, location=self.host + asked.path))


@dataclass
class Rule:
    """Which requests a fault strikes: `times` None for all, after letting `skip` pass."""

    fault: Fault
    path: re.Pattern[str]
    method: str | None
    times: int | None
    skip: int

    def strikes(self, asked: Asked) -> bool:
        """Say whether this request is struck, and count it."""
        if not self.path.search(asked.path) or (self.method and asked.method != self.method):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


def _html(status: int, title: str, **headers: str) -> Reply:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    answer = Answer(status=status, body=page.encode(), headers=headers, content_type="text/html; charset=utf-8")
    return Reply(answer, marks=False)


def _raw(body: bytes, encoding: str = "") -> Reply:
    headers = {"ETag": weak_etag(body), **({"Content-Encoding": encoding} if encoding else {})}
    return Reply(Answer(body=body, headers=headers))


def rate_limited(seconds: int) -> Reply:
    """The quota of the window is used up; it is whole again in `seconds`."""
    refusal = refuse(429, "We had to rate limit your IP (127.0.0.1). To continue, log in and pass a HF_TOKEN.")
    return Reply(replace(refusal, headers={**refusal.headers, "RateLimit": f'"api";r=0;t={seconds}'}))


def _each(answer: Answer, change: Callable[[dict[str, object]], dict[str, object]]) -> Answer:
    if answer.status != 200:
        return answer
    records = answer.json
    changed = [change(r) for r in records] if isinstance(records, list) else change(records)
    return replace(say(changed), headers={k: v for k, v in answer.headers.items() if k != "ETag"})


def without(*keys: str) -> Altered:
    """Genuine records without these keys; a refusal stays as it is."""
    return Altered(lambda answer: _each(answer, lambda r: {k: v for k, v in r.items() if k not in keys}))


def with_(changes: Mapping[str, object]) -> Altered:
    """Genuine records with other values; a refusal stays as it is."""
    return Altered(lambda answer: _each(answer, lambda r: {**r, **changes}))


def one_bad_record(bad: object) -> Altered:
    """A list in which one record is not like the others."""
    return Altered(lambda a: replace(say([bad, *a.json]), headers=a.headers))


# What may happen to one request. None of these is an answer about a model.
REQUEST_FAULTS: dict[str, Fault] = {
    "429-now": rate_limited(1),
    "429-long": rate_limited(290),
    "429-bare": _html(429, "Too Many Requests"),
    **{str(status): Reply(refuse(status, "Internal Error - We're working hard to fix this")) for status in (500, 503)},
    **{str(status): _html(status, "upstream") for status in (501, 502, 504)},
    "400": Reply(refuse(400, "Bad request")),
    "401-proxy": _html(401, "Sign in", **{"WWW-Authenticate": 'Basic realm="proxy"'}),
    "403-bare": Reply(refuse(403, "Forbidden")),
    "403-html": _html(403, "Blocked by policy"),
    "404-bare": Reply(refuse(404, "Not found")),
    "404-html": _html(404, "404 Not Found"),
    "407": _html(407, "Proxy Authentication Required"),
    "410": _html(410, "Gone"),
    "451": Reply(refuse(451, "Unavailable For Legal Reasons")),
    "204": Reply(Answer(status=204)),
    "304": Reply(Answer(status=304)),
    "empty": _raw(b""),
    "html": _html(200, "Welcome to the hotel network"),
    "half-json": _raw(b'{"_id": "6283a9b7806a1feb9fbacf18", "id": "org/mod'),
    "not-utf-8": _raw(b'{"id": "\xff\xfe"}'),
    "null": _raw(b"null"),
    "list": _raw(b"[]"),
    "number": _raw(b"7"),
    "empty-object": _raw(b"{}"),
    "deep": _raw(b"[" * 100_000 + b"]" * 100_000),
    "bomb": _raw(gzip.compress(b'{"id": "' + b"a" * 64_000_000 + b'"}', 9), "gzip"),
    "wrong-encoding": _raw(b"this is not gzip", "gzip"),
    "no-id": without("id", "modelId"),
    "no-siblings": without("siblings"),
    "siblings-null": with_({"siblings": None}),
    "siblings-strange": with_({"siblings": [{"rfilename": 7}, "model.safetensors", None]}),
    "gated-strange": with_({"gated": "perhaps"}),
    "disabled-strange": with_({"disabled": "no"}),
    "other-id-same-name": with_({"id": ["org", "model"]}),
    "reset": Reset(),
    "hang-up": Reset(hard=False),
    "stall-headers": Stall("headers"),
    "stall-body": Stall("body"),
    "truncated": Truncated(),
    "too-long": WrongLength(by=40),
    "too-short": WrongLength(by=-40),
    "drip": Drip(),
    "endless": Endless(),
    "garbage": Garbage(),
    "loop": Elsewhere(),
    "redirect-nowhere": Elsewhere("http://nowhere.invalid"),
    "redirect-file": Elsewhere("file://"),
}
