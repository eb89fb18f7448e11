"""Bounded reading from package indexes: http and https, and folders that the user's own configuration names."""

from __future__ import annotations

import base64
import io
import re
import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from freehold.licenses.indexes import Indexes

#: Of a wheel, this much is read to find its metadata and license texts; the weights of an index stay where they are.
MAX_RANGES: Final = 16_000_000
_BLOCK: Final = 131_072
ABSENT: Final = "the index does not have it"


class Refused(Exception):
    """The answer cannot be used; the message says why, without credentials."""


class Web:
    """Sends requests, counts them, and stops at the deadline."""

    def __init__(self, indexes: Indexes, *, timeout: float, until: float) -> None:
        self._credentials = {parts.netloc.rpartition("@")[2]: parts for url in indexes.pages
                             if (parts := urlsplit(url)).username}  # fmt: skip
        context = ssl.create_default_context(cafile=indexes.certificates)
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Redirects())
        self._timeout = timeout
        self._until = until
        self.requests = 0

    def get(self, url: str, most: int, *, accept: str = "*/*") -> tuple[str, str, bytes]:
        """Give the final address, the content type and the body of at most `most` bytes. Raises Refused."""
        if urlsplit(url).scheme == "file":
            return _local(url, most)
        with self._send(url, {"Accept": accept}) as response:
            data = self._body(response, most + 1)
            if len(data) > most:
                raise Refused(f"the answer is larger than {most:,} bytes")
            return response.geturl(), response.headers.get("Content-Type", ""), data

    def ranges(self, url: str) -> io.BufferedIOBase:
        """Give a remote file that is read in pieces. Raises Refused where the server does not do that."""
        with self._send(url, {"Range": f"bytes=-{_BLOCK}"}) as response:
            if response.status != 206:
                size = response.headers.get("Content-Length", "")
                if not size.isdigit() or int(size) > MAX_RANGES:
                    raise Refused("the index serves wheels only as a whole, and this one is large")
                return io.BytesIO(self._body(response, MAX_RANGES))
            total = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
            if total is None:
                raise Refused("the index answers with a range that is none")
            tail = self._body(response, _BLOCK)
            return io.BufferedReader(_Remote(self, url, int(total[2]), int(total[1]), tail))

    def piece(self, url: str, start: int, end: int) -> bytes:
        """Give the bytes from `start` up to and without `end`. Raises Refused."""
        with self._send(url, {"Range": f"bytes={start}-{end - 1}"}) as response:
            data = self._body(response, end - start)
            if response.status != 206 or len(data) != end - start:
                raise Refused("the index stopped answering in ranges")
            return data

    def _send(self, url: str, headers: dict[str, str]) -> Any:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise Refused(f"an address that is neither http nor https: {parts.scheme}")
        host = parts.netloc.rpartition("@")[2]
        request = urllib.request.Request(  # noqa: S310  # the scheme was checked above
            urlunsplit(parts._replace(netloc=host)), headers={"User-Agent": "freehold", **headers}
        )
        if (known := parts if parts.username else self._credentials.get(host)) is not None:
            pair = f"{unquote(known.username or '')}:{unquote(known.password or '')}"
            request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        left = self._until - time.monotonic()
        if left <= 0:
            raise Refused("no time left for the package index")
        self.requests += 1
        try:
            return self._opener.open(request, timeout=min(self._timeout, left))
        except urllib.error.HTTPError as error:
            error.close()
            reason = ABSENT if error.code == 404 else f"the index answers {error.code}"
            raise Refused(reason) from None
        except (OSError, HTTPException, ValueError) as error:
            raise Refused(f"the index cannot be reached ({type(error).__name__})") from None

    def _body(self, response: IO[bytes], most: int) -> bytes:
        """Read in pieces: a server that sends a byte a second must not hold the run past its deadline."""
        pieces, size = [], 0
        try:
            while size < most and (piece := response.read1(min(_BLOCK, most - size))):  # type: ignore[attr-defined]
                pieces.append(piece)
                size += len(piece)
                if time.monotonic() > self._until:
                    raise Refused("no time left for the package index")
        except (OSError, HTTPException) as error:
            raise Refused(f"the answer broke off ({type(error).__name__})") from None
        return b"".join(pieces)


class _Remote(io.RawIOBase):
    """A remote file that zipfile can seek in; what was read once is kept."""

    def __init__(self, web: Web, url: str, size: int, start: int, tail: bytes) -> None:
        self._web, self._url, self._size, self._at, self._read = web, url, size, 0, len(tail)
        self._tail_start, self._tail = start, tail
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Give the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place within the file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, from what is here or from the server."""
        end = min(self._at + len(buffer), self._size)
        if self._at >= end:
            return 0
        if self._at >= self._tail_start:
            data = self._tail[self._at - self._tail_start : end - self._tail_start]
        else:
            start = self._at - self._at % _BLOCK
            data = self._block(start)[self._at - start : end - start]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _block(self, start: int) -> bytes:
        if start not in self._blocks:
            self._read += _BLOCK
            if self._read > MAX_RANGES:
                raise Refused("the wheel is read too far for its metadata")
            self._blocks[start] = self._web.piece(self._url, start, min(start + _BLOCK, self._size))
        return self._blocks[start]


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows within http and https, and never from https to http. Credentials stay with the first host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Refuse a redirect that leaves the protocol."""
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise Refused("the index redirects to an address that is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _local(url: str, most: int) -> tuple[str, str, bytes]:
    path = Path(unquote(urlsplit(url).path))
    file = path / "index.html" if path.is_dir() else path
    try:
        if not file.is_file():
            raise Refused(ABSENT)
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise Refused(f"the index cannot be read ({type(error).__name__})") from None
    if len(data) > most:
        raise Refused(f"the answer is larger than {most:,} bytes")
    return url if url.endswith("/") or path == file else f"{url}/", "text/html", data
