"""What every test can have: a local Hub, plain or over TLS, and the installed command in a clean environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Freehold
from hub import LocalHub
from hub.authority import Authority, found

# The machine's own settings never decide a test. This stands before any import of huggingface_hub, which reads some
# of them once for all.
for _name in [n for n in os.environ if n.startswith(("HF_", "HUGGING", "GITHUB_", "FREEHOLD_", "GITLAB_"))]:
    del os.environ[_name]
for _name in ("CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "SSL_CERT_FILE", "SSL_CERT_DIR", "COLUMNS"):
    os.environ.pop(_name, None)
os.environ["NO_PROXY"] = "127.0.0.1,localhost"
# A shell lets what it starts behind a prompt ignore an interruption, and every child inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority for this session."""
    return found(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A Hub over plain http, still empty: fill `hub.catalog`."""
    with LocalHub() as made:
        yield made


@pytest.fixture
def hub_tls(authority: Authority) -> Iterator[LocalHub]:
    """A Hub over TLS, still empty. A client must trust `authority.certificate`."""
    with LocalHub(authority=authority) as made:
        yield made


@pytest.fixture
def freehold(tmp_path: Path) -> Freehold:
    """The installed command with a home of its own and nothing of the tester's environment."""
    home = tmp_path / "home"
    home.mkdir()
    return Freehold(home)
