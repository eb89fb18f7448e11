"""A request as the Hub sees it, an answer as it leaves, and the refusals that decide everything for a client."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from hub.catalog import Token


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request. `base` is scheme, host and prefix as the client addressed them."""

    method: str
    path: str  # without prefix and query, still percent-encoded
    query: str
    base: str
    who: Token | None = None  # None: anonymous
    rejected: bool = False  # a token was sent, and nobody knows it
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def parts(self) -> list[str]:
        """The decoded segments of the path."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query in order; `name[]` and `name` are one."""
        return [(k.removesuffix("[]"), v) for k, v in parse_qsl(self.query, keep_blank_values=True)]

    def every(self, name: str) -> list[str]:
        """Give all values of a query parameter."""
        return [value for key, value in self.parameters if key == name]

    def one(self, name: str, default: str = "") -> str:
        """Give the last value of a query parameter."""
        return (self.every(name) or [default])[-1]

    def true(self, name: str) -> bool:
        """Say whether a query parameter is switched on."""
        return self.one(name).lower() in ("true", "1")


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


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes over the wire. The server adds the headers that every answer of the Hub carries."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def say(value: object, status: int = 200, **headers: str) -> Answer:
    """Give a JSON answer with a weak ETag; `x_error_code=` becomes the header X-Error-Code."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Half a character is no UTF-8, but JSON can spell it.
    text = text if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text) else json.dumps(value)
    body = text.encode()
    return Answer(status=status, body=body, headers={"ETag": weak_etag(body), **_names(headers)})


def plain(words: str, status: int, **headers: str) -> Answer:
    """Give a text answer."""
    return Answer(status=status, body=words.encode(), headers=_names(headers), content_type="text/plain; charset=utf-8")


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def weak_etag(body: bytes) -> str:
    """Give the weak ETag of a body: its length in hexadecimal, and a hash."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    return f'W/"{len(body):x}-{digest[:27]}"'


def refuse(status: int, message: str, code: str = "") -> Answer:
    """Give a refusal as the API words it: the message in a header and in the body, a code where there is one."""
    headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Authentication required", charset="UTF-8"'
    answer = say({"error": message}, status)
    return Answer(status=status, body=answer.body, headers={**answer.headers, **headers})


def not_there(asked: Asked) -> Answer:
    """Missing, deleted and private look alike: 401 without a code to the anonymous, 404 with one to a known user."""
    if asked.who is None:
        return refuse(401, "Invalid username or password.")
    return refuse(404, "Repository not found", "RepoNotFound")


def bad_credentials() -> Answer:
    """The token itself is not known."""
    return refuse(401, "Invalid credentials in Authorization header")


def behind_gate(asked: Asked, name: str) -> Answer:
    """The terms were not accepted by whoever asks."""
    if asked.who is None:
        return refuse(
            401,
            f"Access to model {name} is restricted. You must have access to it and be authenticated to access it. "
            "Please log in.",
            "GatedRepo",
        )
    return refuse(
        403,
        f"Access to model {name} is restricted and you are not in the authorized list. "
        f"Visit {asked.base}/{name} to ask for access.",
        "GatedRepo",
    )


def disabled() -> Answer:
    """Files of a disabled repository; its info is a 200 that says so."""
    return refuse(403, "Access to this resource is disabled.")


def no_revision(revision: str) -> Answer:
    """The repository is there, the revision is not."""
    return refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def no_entry() -> Answer:
    """The revision is there, the file is not."""
    return refuse(404, "Entry not found", "EntryNotFound")


def moved(location: str) -> Answer:
    """A redirect that never names a host."""
    return plain(f"Temporary Redirect. Redirecting to {location}", 307, location=location)
