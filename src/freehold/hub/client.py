"""The only socket: asks a Hub through the genuine client's session, with time limits that it does not have itself.

`huggingface_hub` brings sessions, proxies, certificates, headers and tokens as users have them in production. Requests
are made one by one, because its `model_info` waits for ever, follows redirects silently, and breaks on odd records.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from threading import Lock, get_ident
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

from freehold import __version__
from freehold.errors import CredentialsError, UsageError
from freehold.hub.answer import Answer, Fault, FaultKind, Reply, body, judge_info, refusal
from freehold.hub.governor import Governor
from freehold.types import SeenAs

DEFAULT_ENDPOINT = "https://huggingface.co"
MAX_BODY = 32 * 1024 * 1024
MAX_HOPS = 5
CONNECT = 5.0
MAX_BRANCHES = 50
JOBS = 32

_TOKEN = re.compile(r"[\x21-\x7e]+")
_REDIRECTS = (301, 302, 303, 307, 308)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Branch:
    """A branch of a repository and the commit it stands at."""

    name: str
    commit: str | None = None


class Hub:
    """One endpoint, one identity, one deadline.

    `timeout` limits each wait for the network, `deadline` all of it, both in seconds. The token goes to the endpoint's
    own origin only and is in no message and no `repr`.
    """

    def __init__(
        self,
        endpoint: str = DEFAULT_ENDPOINT,
        token: str | None = None,
        *,
        timeout: float = 15.0,
        deadline: float = 300.0,
        jobs: int = JOBS,
        patience: float = 0.5,
        today: date,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Open nothing yet. `progress` hears how many of how many questions are settled.

        Raises UsageError for an endpoint that is no http(s) URL, CredentialsError for a token that cannot be sent.
        """
        self.endpoint = _endpoint(endpoint)
        self.today = today
        self.timeout = timeout
        self.seen_as: SeenAs = "token" if token else "anonymous"
        if token and not _TOKEN.fullmatch(token):
            raise CredentialsError("the token has characters that no token has", "set HF_TOKEN anew")
        self._token = token
        self._governor = Governor(deadline=deadline, jobs=jobs, patience=patience)
        self._jobs = jobs
        self._progress = progress
        self._answers: dict[tuple[str, str | None], Future[Answer]] = {}
        self._since: dict[int, float] = {}  # when each thread's request began
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Hub({self.endpoint!r}, seen_as={self.seen_as!r})"

    @property
    def requests(self) -> int:
        """How many HTTP requests were made, redirects and retries included."""
        return self._governor.requests

    def ask(self, id: str, revision: str | None = None) -> Answer:  # noqa: A002
        """Ask for the info of one repository, with its files' sizes and hashes; the same question is asked once.

        Raises CredentialsError where the token is rejected.
        """
        with self._lock:
            known = self._answers.get((id, revision))
            if known is None:
                mine = self._answers[id, revision] = Future()
        if known is not None:
            return known.result()
        try:
            mine.set_result(self._ask(id, revision))
        except BaseException as error:  # noqa: BLE001  # others wait for this answer, whatever became of it
            mine.set_exception(error)
        return mine.result()

    def _ask(self, id: str, revision: str | None) -> Answer:  # noqa: A002
        if not _is_name(id):
            return Fault(requested=id, reason="no repository on a Hub can have this name", kind="name")
        path = f"/api/models/{quote(id, safe='/')}"
        if revision is not None:
            path += f"/revision/{quote(revision, safe='')}"
        reply = self._get(f"{path}?blobs=true", id)
        return reply if isinstance(reply, Fault) else judge_info(reply, id, self.seen_as, self.today)

    def ask_all(self, ids: Iterable[str], executor: Executor | None = None) -> dict[str, Answer]:
        """Ask for many repositories at once, each distinct one once.

        Raises CredentialsError where the token is rejected.
        """
        return self.each(self.ask, sorted(set(ids)), executor)

    def each(self, ask: Callable[[T], R], keys: list[T], executor: Executor | None = None) -> dict[T, R]:
        """Call `ask` for every key, in parallel, and give what it gave, in the order of the keys."""
        pool = executor or ThreadPoolExecutor(max(1, min(self._jobs, len(keys))), thread_name_prefix="freehold-hub")
        try:
            futures = {key: pool.submit(ask, key) for key in keys}
            while any(not future.done() for future in futures.values()):
                done, _ = wait(futures.values(), timeout=0.5, return_when=FIRST_EXCEPTION)
                if any(future.exception() is not None for future in done):
                    break
                self._tell(len(done), len(keys))
                self._cut_what_hangs()
            return {key: future.result() for key, future in futures.items()}
        except BaseException:
            self._governor.stop()
            raise
        finally:
            if executor is None:
                pool.shutdown(wait=False, cancel_futures=True)

    def _tell(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(done, total)

    def _cut_what_hangs(self) -> None:
        """Headers that trickle in reset every time limit that the transport has; closing its sockets does not."""
        oldest = min(tuple(self._since.values()), default=math.inf)
        if time.monotonic() - oldest > 3 * self.timeout:
            from huggingface_hub.utils._http import close_session

            close_session()

    def branches(self, id: str) -> tuple[Branch, ...] | Fault:  # noqa: A002
        """List the branches of a repository, `main` included, at most MAX_BRANCHES.

        Raises CredentialsError where the token is rejected.
        """
        reply = self._get(f"/api/models/{quote(id, safe='/')}/refs", id)
        if isinstance(reply, Fault):
            return reply
        if reply.status != 200:
            return refusal(reply, id, self.seen_as)
        value = body(reply, id)
        if isinstance(value, Fault):
            return value
        listed = value.json.get("branches") if isinstance(value.json, Mapping) else None
        if not isinstance(listed, list):
            return Fault(requested=id, reason="the answer is no list of branches", kind="malformed")
        found = [_branch(item) for item in listed]
        return tuple(sorted(branch for branch in found if branch is not None))[:MAX_BRANCHES]

    def _get(self, path: str, requested: str) -> Reply | Fault:
        """Make one GET below the endpoint; again where that may help and there is time for it."""
        attempt = 1
        while self._governor.again(outcome := self._follow(path, requested), attempt):
            attempt += 1
        self._governor.conclude(outcome)
        return outcome

    def _follow(self, path: str, requested: str) -> Reply | Fault:
        """Follow redirects within the endpoint and no others."""
        url = self.endpoint + path
        seen = {url}
        for _ in range(MAX_HOPS + 1):
            reply = self._send(url, requested)
            if isinstance(reply, Fault) or reply.status not in _REDIRECTS:
                return reply
            url = self._rooted(urljoin(url, reply.headers.get("location", "")))
            if not self._own(url):
                host = urlsplit(url).netloc.rpartition("@")[2][:100]
                return Fault(requested=requested, reason=f"redirected to another place: {host}", kind="redirect")
            if url in seen:
                break
            seen.add(url)
        return Fault(requested=requested, reason="redirects without end", kind="redirect")

    def _rooted(self, url: str) -> str:
        """Put a path of the Hub below the endpoint's own: proxies with a prefix pass its redirects on unchanged."""
        root = self.endpoint.removesuffix(urlsplit(self.endpoint).path)
        return f"{self.endpoint}{url.removeprefix(root)}" if url.startswith(f"{root}/api/models/") else url

    def _own(self, url: str) -> bool:
        """True for a URL of the endpoint's own scheme, host and port, below its path: only there goes the token."""
        try:
            there, here = urlsplit(url), urlsplit(self.endpoint)
            same = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
        except ValueError:
            return False
        return same and there.username is None and there.path.startswith(f"{here.path}/") and "/../" not in there.path

    def _send(self, url: str, requested: str) -> Reply | Fault:
        if fault := self._governor.admit(requested):
            return fault
        thread = get_ident()
        self._since[thread] = time.monotonic()
        outcome: Reply | Fault = Fault(requested=requested, reason="the request was interrupted", kind="broken")
        try:
            outcome = self._exchange(url, requested)
        finally:
            self._since.pop(thread, None)
            self._governor.release(outcome)
        return outcome

    def _exchange(self, url: str, requested: str) -> Reply | Fault:
        import httpx2
        from huggingface_hub.utils._http import get_session

        limit = max(0.01, min(self.timeout, self._governor.left))
        times = httpx2.Timeout(limit, connect=min(limit, CONNECT))
        stop = time.monotonic() + min(2 * self.timeout, self._governor.left)
        try:
            with get_session().stream(
                "GET", url, headers=self._headers(), timeout=times, follow_redirects=False
            ) as response:
                parts, size = [], 0
                for part in response.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > MAX_BODY:
                        return Fault(requested=requested, reason="the answer is too large", kind="malformed")
                    if time.monotonic() > stop:
                        return Fault(requested=requested, reason="timeout: the answer trickles", kind="timeout")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(status=response.status_code, headers=headers, body=b"".join(parts))
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError, RuntimeError) as error:
            kind, reason = _explain(error)
            return Fault(requested=requested, reason=reason, kind=kind)

    def _headers(self) -> dict[str, str]:
        from huggingface_hub import constants
        from huggingface_hub.utils._headers import build_hf_headers

        # Otherwise the first header that is built asks the public Hub for a list of agents.
        constants.HF_HUB_DISABLE_TELEMETRY = True
        headers = build_hf_headers(token=self._token or False, library_name="freehold", library_version=__version__)
        return {**headers, "accept": "application/json"}


def connect(
    *,
    endpoint: str | None = None,
    timeout: float = 15.0,
    deadline: float = 300.0,
    jobs: int = JOBS,
    today: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Hub:
    """Give the Hub that the environment names: HF_ENDPOINT, and the token that the genuine client would send.

    Raises UsageError for a bad endpoint, CredentialsError where a token was asked for and cannot be had.
    """
    from huggingface_hub.errors import OIDCError
    from huggingface_hub.utils._headers import get_token_to_send

    try:
        token = get_token_to_send(None)
    except (OIDCError, OSError, ValueError) as error:
        raise CredentialsError(f"cannot get a token: {error.__class__.__name__}", "see `hf auth whoami`") from None
    chosen = endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT
    day = today or date.today()  # noqa: DTZ011  # the user's own day
    return Hub(chosen, token, timeout=timeout, deadline=deadline, jobs=jobs, today=day, progress=progress)


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise UsageError("the Hub endpoint is no http(s) URL", "set HF_ENDPOINT to one such as https://huggingface.co")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the Hub endpoint must not hold credentials", "put the token into HF_TOKEN")
    return url.strip().rstrip("/")


def _is_name(name: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _branch(item: object) -> Branch | None:
    if not isinstance(item, Mapping) or not isinstance(name := item.get("name"), str) or len(name) > 250:
        return None
    commit = item.get("targetCommit")
    return Branch(name=name, commit=commit if isinstance(commit, str) and len(commit) <= 64 else None)


def _explain(error: BaseException) -> tuple[FaultKind, str]:
    """Put an exception of the transport into words of our own: its text may hold headers."""
    import socket
    import ssl

    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    rows: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], FaultKind, str], ...] = (
        (OfflineModeIsEnabled, "offline", "the client is in offline mode (HF_HUB_OFFLINE)"),
        (httpx2.ConnectTimeout, "timeout", "timeout while connecting"),
        (httpx2.TimeoutException, "timeout", "timeout: no answer in time"),
        (socket.gaierror, "dns", "the name of the endpoint's host is not known (DNS)"),
        (ssl.SSLError, "tls", "the endpoint's certificate or TLS is not accepted"),
        (ConnectionRefusedError, "refused", "connection refused"),
        (httpx2.ProxyError, "refused", "the proxy refused"),
        (httpx2.ConnectError, "refused", "cannot connect"),
        (httpx2.DecodingError, "not-json", "the answer cannot be decompressed"),
        (httpx2.TransportError, "broken", "the connection broke before the answer was whole"),
    )
    for kind_of_error, kind, words in rows:
        if any(isinstance(e, kind_of_error) for e in chain):
            return kind, words
    return "broken", f"the request failed ({error.__class__.__name__})"
