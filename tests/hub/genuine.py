"""The genuine client in front of the local Hub, with its own session for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx2
import huggingface_hub
from huggingface_hub import HfApi
from huggingface_hub.utils import _http

from hub import LocalHub


@contextlib.contextmanager
def client(hub: LocalHub, token: str | None = None, timeout: float = 5.0) -> Iterator[HfApi]:
    """Give a client that trusts the Hub's authority and no other; nothing is read from the machine's settings."""
    verify = hub.authority.trusting() if hub.authority else True

    def session() -> httpx2.Client:
        return httpx2.Client(
            event_hooks={"request": [_http.hf_request_event_hook]},
            follow_redirects=True,
            timeout=timeout,
            verify=verify,
            trust_env=False,
        )

    huggingface_hub.set_client_factory(session)
    try:
        yield HfApi(endpoint=hub.endpoint, token=token or False)
    finally:
        huggingface_hub.set_client_factory(_http.default_client_factory)
