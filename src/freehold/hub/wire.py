"""The only socket: one GET at a time below one endpoint, through the genuine client's session.

`huggingface_hub` brings sessions, proxies, certificates, headers and error texts as users have them in production. Its
own calls wait for ever, follow redirects silently and send the token along: here every wait has a limit, every redirect
is looked at, and the token goes to the endpoint's own origin and is in no message and no `repr`.
"""

from __future__ import annotations

import errno
import math
import re
import time
from pathlib import Path
from threading import get_ident
from urllib.parse import urljoin, urlsplit

from freehold import __version__
from freehold.errors import CredentialsError, UsageError
from freehold.hub.answer import Fault, FaultKind, Reply
from freehold.hub.governor import Governor

MAX_BODY = 32 * 1024 * 1024
MAX_HOPS = 5
CONNECT = 5.0

_TOKEN = re.compile(r"[\x21-\x7e]+")
_REDIRECTS = (301, 302, 303, 307, 308)


class Wire:
    """One endpoint and one identity. `timeout` limits each wait for the network, in seconds."""

    def __init__(self, endpoint: str, token: str | None, timeout: float, governor: Governor) -> None:
        """Open nothing yet.

        Raises UsageError for an endpoint that is no http(s) URL, CredentialsError for a token that cannot be sent.
        """
        if token and not _TOKEN.fullmatch(token):
            raise CredentialsError("the token has characters that no token has", "set HF_TOKEN anew")
        self.endpoint = _endpoint(endpoint)
        self._token = token
        self._timeout = timeout
        self._governor = governor
        self._since: dict[int, float] = {}  # when each thread's request began

    def get(self, path: str, requested: str, etag: str | None = None) -> Reply | Fault:
        """Make one GET below the endpoint; again where that may help and there is time for it. What the answer means
        is for the caller to judge; `requested` only stands in a fault."""
        attempt = 1
        while self._governor.again(outcome := self._follow(path, requested, etag), attempt):
            attempt += 1
        self._governor.conclude(outcome)
        return outcome

    def _follow(self, path: str, requested: str, etag: str | None) -> Reply | Fault:
        """Follow redirects within the endpoint and no others."""
        url = self.endpoint + path
        seen = {url}
        for _ in range(MAX_HOPS + 1):
            reply = self._send(url, requested, etag)
            if isinstance(reply, Fault) or reply.status not in _REDIRECTS:
                return reply
            url = self._rooted(urljoin(url, reply.headers.get("location", "")))
            if not self._own(url):
                scheme, host = url.partition(":")[0][:10], urlsplit(url).netloc.rpartition("@")[2][:100]
                reason = f"redirected to another place: {scheme}://{host}"
                return Fault(requested=requested, reason=reason, kind="redirect")
            if url in seen:
                break
            seen.add(url)
        return Fault(requested=requested, reason="redirects without end", kind="redirect")

    def download(self, id: str, commit: str, path: str, folder: Path) -> Path | Fault:  # noqa: A002
        """Fetch one file at a commit into a folder, as the genuine client does: resumed where a run was cut short."""
        import httpx2
        from huggingface_hub import constants, hf_hub_download
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError
        from huggingface_hub.utils.tqdm import disable_progress_bars

        constants.HF_HUB_DISABLE_TELEMETRY = True
        disable_progress_bars()  # stderr is the console's
        try:
            file = hf_hub_download(
                id,
                path,
                revision=commit,
                local_dir=folder,
                endpoint=self.endpoint,
                token=self._token or False,
                library_name="freehold",
                library_version=__version__,
            )
        except GatedRepoError:
            return Fault(requested=id, reason=f"{path}: behind a gate that does not open to us", kind="refusal")
        except HfHubHTTPError as error:
            reason = f"{path}: the endpoint answers {error.response.status_code}"
            return Fault(requested=id, reason=reason, kind="refusal")
        except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                return Fault(requested=id, reason=f"{path}: the disk is full", kind="broken")
            kind, reason = _explain(error)
            return Fault(requested=id, reason=f"{path}: {reason}", kind=kind)
        return Path(file)

    def cut_what_hangs(self) -> None:
        """Headers that trickle in reset every time limit that the transport has; closing its sockets does not."""
        oldest = min(tuple(self._since.values()), default=math.inf)
        if time.monotonic() - oldest > 3 * self._timeout:
            from huggingface_hub.utils._http import close_session

            close_session()

    def below(self, url: str) -> str | None:
        """Give the path of a URL that lies below the endpoint, None for any other: `Link` names whatever it likes."""
        rooted = self._rooted(urljoin(f"{self.endpoint}/", url))
        return rooted.removeprefix(self.endpoint) if self._own(rooted) else None

    def _rooted(self, url: str) -> str:
        """Put a path of the Hub below the endpoint's own: proxies with a prefix pass its redirects on unchanged."""
        root = self.endpoint.removesuffix(urlsplit(self.endpoint).path)
        return f"{self.endpoint}{url.removeprefix(root)}" if url.startswith(f"{root}/api/") else url

    def _own(self, url: str) -> bool:
        """True for a URL of the endpoint's own scheme, host and port, below its path: only there goes the token."""
        try:
            there, here = urlsplit(url), urlsplit(self.endpoint)
            same = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
        except ValueError:
            return False
        return same and there.username is None and there.path.startswith(f"{here.path}/") and "/../" not in there.path

    def _send(self, url: str, requested: str, etag: str | None) -> Reply | Fault:
        if fault := self._governor.admit(requested):
            return fault
        thread = get_ident()
        self._since[thread] = time.monotonic()
        outcome: Reply | Fault = Fault(requested=requested, reason="the request was interrupted", kind="broken")
        try:
            outcome = self._exchange(url, requested, etag)
        finally:
            self._since.pop(thread, None)
            self._governor.release(outcome)
        return outcome

    def _exchange(self, url: str, requested: str, etag: str | None) -> Reply | Fault:
        import httpx2
        from huggingface_hub.utils._http import get_session

        limit = max(0.01, min(self._timeout, self._governor.left))
        times = httpx2.Timeout(limit, connect=min(limit, CONNECT))
        stop = time.monotonic() + min(2 * self._timeout, self._governor.left)
        try:
            with get_session().stream(
                "GET", url, headers=self._headers(etag), timeout=times, follow_redirects=False
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

    def _headers(self, etag: str | None) -> dict[str, str]:
        from huggingface_hub import constants
        from huggingface_hub.utils._headers import build_hf_headers

        # Otherwise the first header that is built asks the public Hub for a list of agents.
        constants.HF_HUB_DISABLE_TELEMETRY = True
        headers = build_hf_headers(token=self._token or False, library_name="freehold", library_version=__version__)
        return {**headers, "accept": "application/json, */*;q=0.5", **({"if-none-match": etag} if etag else {})}


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
