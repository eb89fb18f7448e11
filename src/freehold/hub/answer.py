"""What an answer of the endpoint means: it is authentically the Hub's and well formed, or it is a fault.

    Found      200 with a record
    Missing    the shapes in which the Hub says "not there": 401 to the anonymous, 404 with a code to a token
    Fault      everything else, with a reason: it says nothing about the model

An endpoint is a Hub by its answers, never by host or scheme: the Hub puts `RateLimit-Policy` on every one, and an
`_id` into every record. A mirror without these marks may say what it has; what it has not, it cannot say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from freehold.errors import CredentialsError
from freehold.hub.record import Record, parse
from freehold.types import SeenAs

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
#: The Hub's words, from captured answers (2026-04-30, 2026-10-02).
NOT_FOR_ANONYMOUS = "Invalid username or password."
RATE_LIMITED = "rate limit: the endpoint asks to wait longer than this run may"
BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105

FaultKind: TypeAlias = Literal[
    "name", "dns", "refused", "tls", "timeout", "broken", "redirect", "rate-limit", "server", "refusal", "not-json",
    "malformed", "mirror", "deadline", "circuit", "offline",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The repository is there. `requested` is the name we asked for; `record.id` differs after a rename."""

    record: Record
    requested: str
    as_of: date
    hub: bool = True  # False: no Hub marks on the answer, a mirror
    source: Literal["hub", "cache"] = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The Hub authentically says that it is not there, to these credentials."""

    requested: str
    seen_as: SeenAs
    as_of: date
    what: Literal["repository", "revision"] = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """No answer. `reason` is a sentence's worth of words; it may hold text of the server."""

    requested: str
    reason: str
    kind: FaultKind


Answer: TypeAlias = Found | Missing | Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer, read whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def marked(self) -> bool:
        """True where the answer carries the Hub's mark."""
        return "ratelimit-policy" in self.headers

    @property
    def code(self) -> str | None:
        """The Hub's error code, such as RepoNotFound."""
        return self.headers.get("x-error-code")

    @property
    def message(self) -> str:
        """The server's own words, shortened: hostile until printed."""
        if "x-error-message" in self.headers:
            return self.headers["x-error-message"][:200]
        try:
            body = json.loads(self.body[:4_000])
        except (ValueError, RecursionError):
            return ""
        error = body.get("error") if isinstance(body, dict) else None
        return str(_whole(error[:200])) if isinstance(error, str) else ""


def judge_info(reply: Reply, requested: str, seen_as: SeenAs, as_of: date) -> Answer:
    """Say what an answer to an info request means.

    Raises CredentialsError where the token was rejected: then no answer could be told from a refusal.
    """
    if reply.status == 200:
        value = body(reply, requested)
        if isinstance(value, Fault):
            return value
        try:
            record = parse(value.json)
        except ValueError as error:
            return Fault(requested=requested, reason=f"the answer is no record of a model: {error}", kind="malformed")
        return Found(record=record, requested=requested, as_of=as_of, hub=reply.marked and record.uid is not None)
    absent = _absent(reply, seen_as)
    if absent and not reply.marked:
        return Fault(requested=requested, reason="a mirror that cannot say whether the model exists", kind="mirror")
    if absent:
        return Missing(requested=requested, seen_as=seen_as, as_of=as_of, what=absent)
    return refusal(reply, requested, seen_as)


def _absent(reply: Reply, seen_as: SeenAs) -> Literal["repository", "revision"] | None:
    if reply.status == 404 and reply.code == "RevisionNotFound":
        return "revision"
    if seen_as == "token" and reply.status == 404 and reply.code == "RepoNotFound":
        return "repository"
    if seen_as == "anonymous" and reply.status == 401 and reply.code is None and reply.message == NOT_FOR_ANONYMOUS:
        return "repository"
    return None


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value; a class of its own so that it is never mistaken for a fault."""

    json: object


def body(reply: Reply, requested: str) -> Json | Fault:
    """Read the JSON of a 200."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not reply.body.strip():
        return Fault(requested=requested, reason="the answer is empty", kind="not-json")
    try:
        value = json.loads(reply.body)
        return Json(_whole(value) if _HALF.search(reply.body) else value)
    except (ValueError, RecursionError):
        reason = f"the answer is {kind[:60]}, not JSON" if kind and kind != "application/json" else "the JSON is broken"
        return Fault(requested=requested, reason=reason, kind="not-json")


def _whole(value: object) -> object:
    """Replace half characters, which JSON can spell and nothing else can write: `"\\ud800"`."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value


def refusal(reply: Reply, requested: str, seen_as: SeenAs) -> Fault:
    """Put any other status into words.

    Raises CredentialsError where the token was rejected.
    """
    status, message = reply.status, reply.message
    if status == 401 and seen_as == "token" and message == BAD_TOKEN:
        raise CredentialsError(
            "the Hub rejected the token",
            "renew HF_TOKEN, or unset it and log out (`hf auth logout`) to audit public models only",
        )
    if status == 429:
        return Fault(requested=requested, reason=RATE_LIMITED, kind="rate-limit")
    if status >= 500 or status == 408:
        return Fault(requested=requested, reason=f"server error {status}", kind="server")
    if not reply.marked and (status == 404 or (status == 401 and reply.code == "RepoNotFound")):
        return Fault(requested=requested, reason="a mirror that cannot say whether the model exists", kind="mirror")
    if reply.code == "GatedRepo":
        reason = "gated, and the endpoint tells no more without access"
    elif status == 403:
        reason = f"forbidden (403){_quoted(message)}; a token may lack the scope to read this"
    elif status == 401 and seen_as == "token":
        reason = f"the token was not accepted for this (401){_quoted(message)}"
    else:
        reason = f"unexpected answer {status}{_quoted(message)}"
    return Fault(requested=requested, reason=reason, kind="refusal")


def _quoted(message: str) -> str:
    return f": {message}" if message else ""
