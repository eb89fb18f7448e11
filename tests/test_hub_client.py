"""How the Hub is asked: where the token goes, what is retried, and when asking ends."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
from hub import LocalHub, Token, model
from hub.authority import Authority
from hub.faults import REQUEST_FAULTS, Elsewhere, rate_limited
from hub.quota import Quota

from freehold.errors import CredentialsError, UsageError
from freehold.hub.answer import Fault, Found
from freehold.hub.client import Branch, Hub, connect

TODAY = date(2026, 11, 22)
SECRET = "hf_" + "s3cr3t" * 5
NAMES = [f"org/m{number:02d}" for number in range(60)]


def ask(hub: LocalHub, token: str | None = None, **more: float) -> Hub:
    settings = {"timeout": 2.0, "deadline": 30.0, "patience": 0.01, **more}
    return Hub(hub.endpoint, token, today=TODAY, **settings)  # type: ignore[arg-type]


def kinds(answers: dict[str, object]) -> set[str]:
    return {answer.kind if isinstance(answer, Fault) else "answer" for answer in answers.values()}


# --- where the token goes


@pytest.mark.parametrize("token", ["hf_a b", "hf_\n", "hf_\x00", "hf_ü", "a\r\nX-Other: b"])
def test_a_token_that_cannot_be_sent_is_named_without_showing_it(token: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        Hub("http://127.0.0.1:9", token, today=TODAY)
    assert token not in str(caught.value) + caught.value.hint


def test_the_token_is_in_no_text_that_we_or_the_client_make(hub: LocalHub, caplog: pytest.LogCaptureFixture) -> None:
    hub.catalog.add(model("org/model"))
    hub.catalog.trust(Token(secret=SECRET))
    client = ask(hub, SECRET)
    with caplog.at_level(logging.DEBUG):
        assert isinstance(client.ask("org/model"), Found)
        hub.fail(REQUEST_FAULTS["garbage"])
        assert SECRET not in repr(client.ask("org/other"))
    assert SECRET not in repr(client) + caplog.text


@pytest.mark.parametrize("to", ["other", "other port", "userinfo", "outside of the prefix"])
def test_no_redirect_takes_the_token_elsewhere(to: str) -> None:
    with LocalHub(prefix="/api/hf") as hub, LocalHub() as other:
        hub.catalog.add(model("org/model"))
        hub.catalog.trust(Token(secret=SECRET))
        bare = hub.endpoint.removesuffix("/api/hf")
        places = {
            "other": "http://localhost:" + bare.rpartition(":")[2],
            "other port": other.endpoint,
            "userinfo": bare.replace("http://", "http://someone@"),
            "outside of the prefix": bare + "/api/hf/../..",
        }
        hub.fail(Elsewhere(places[to]))
        answer = ask(hub, SECRET).ask("org/model")
        assert isinstance(answer, Fault)
        assert answer.kind == "redirect"
        assert "someone" not in answer.reason
        assert other.requests == ()


@pytest.mark.parametrize(
    "endpoint",
    ["", "huggingface.co", "ftp://host", "http://", "http://host:0", "http://host:x", "http://h?q=1", "file:///x"],
)
def test_an_endpoint_that_is_no_url_is_named(endpoint: str) -> None:
    with pytest.raises(UsageError, match="no http"):
        Hub(endpoint, today=TODAY)


def test_an_endpoint_holds_no_credentials() -> None:
    with pytest.raises(UsageError) as caught:
        Hub("https://me:hunter2@host/hf", today=TODAY)
    assert "hunter2" not in str(caught.value)


def test_endpoint_and_token_come_from_the_environment(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.catalog.add(model("org/model", private=True))
    hub.catalog.trust(Token(secret=SECRET, reads=frozenset({"org"})))
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint + "/")
    monkeypatch.setenv("HF_TOKEN", SECRET)
    client = connect(today=TODAY)
    assert client.seen_as == "token"
    assert client.endpoint == hub.endpoint
    answer = client.ask("org/model")
    assert isinstance(answer, Found)
    assert answer.record.private is True


# --- other endpoints


def test_a_path_prefix_and_tls_are_fine(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.utils import close_session

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    close_session()
    with LocalHub(authority=authority, prefix="/artifactory/hf") as hub:
        hub.catalog.add(model("org/model"))
        hub.catalog.rename("org/model", "org/renamed")
        answer = ask(hub).ask("org/model")
        assert isinstance(answer, Found), answer
        assert (answer.hub, answer.record.id) == (True, "org/renamed")
    close_session()


def test_branches_are_listed(hub: LocalHub) -> None:
    repository = model("org/model")
    hub.catalog.add(repository)
    hub.catalog.move_weights_to_branch("org/model", "4.0bpw")
    now = hub.catalog.get("org/model")
    assert now is not None
    assert ask(hub).branches("org/model") == tuple(sorted(Branch(name=b.name, commit=b.commit) for b in now.branches))
    assert isinstance(ask(hub).branches("org/none"), Fault)


def test_the_clients_own_offline_switch_is_a_fault(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    answer = ask(hub).ask("org/model")
    assert isinstance(answer, Fault)
    assert answer.reason == "the client is in offline mode (HF_HUB_OFFLINE)"


# --- retries, quota, circuit, deadline


@pytest.mark.parametrize("name", ["500", "503", "502", "reset", "hang-up", "truncated", "429-bare"])
def test_what_passes_is_asked_again(hub: LocalHub, name: str) -> None:
    hub.catalog.add(model("org/model"))
    hub.fail(REQUEST_FAULTS[name], times=1)
    client = ask(hub)
    assert isinstance(client.ask("org/model"), Found)
    assert client.requests == 2


@pytest.mark.parametrize("name", ["403-bare", "451", "html", "null", "redirect-nowhere", "410"])
def test_what_does_not_pass_is_asked_once(hub: LocalHub, name: str) -> None:
    hub.catalog.add(model("org/model"))
    hub.fail(REQUEST_FAULTS[name])
    client = ask(hub)
    assert isinstance(client.ask("org/model"), Fault)
    assert client.requests == 1


def test_a_redirect_loop_ends(hub: LocalHub) -> None:
    hub.fail(REQUEST_FAULTS["loop"])
    client = ask(hub)
    answer = client.ask("org/model")
    assert isinstance(answer, Fault)
    assert answer.kind == "redirect"
    assert client.requests < 10


def test_a_quota_that_returns_within_the_deadline_is_waited_for(hub: LocalHub) -> None:
    hub.catalog.add(model("org/model"))
    hub.fail(rate_limited(0), times=1)
    assert isinstance(ask(hub).ask("org/model"), Found)


def test_a_quota_that_returns_too_late_ends_the_asking(hub: LocalHub) -> None:
    hub.catalog.add(*map(model, NAMES))
    hub.quota = Quota(api=20)
    client = ask(hub)
    answers = client.ask_all(NAMES)
    assert kinds(answers) == {"answer", "rate-limit"}
    assert 1 <= sum(isinstance(answer, Found) for answer in answers.values()) <= 20
    # Those under way when the last one was granted are all that is asked in vain.
    assert client.requests <= 20 + 32


@pytest.mark.parametrize(("name", "most"), [("500", 120), ("reset", 60), ("429-bare", 240)])
def test_an_endpoint_that_only_fails_is_not_asked_for_ever(hub: LocalHub, name: str, most: int) -> None:
    hub.catalog.add(*map(model, NAMES))
    hub.fail(REQUEST_FAULTS[name])
    client = ask(hub, jobs=4)
    answers = client.ask_all(NAMES)
    assert "answer" not in kinds(answers)
    assert client.requests <= most


def test_a_dead_endpoint_is_not_asked_for_every_model(hub: LocalHub) -> None:
    hub.refuse()
    client = ask(hub, jobs=4)
    answers = client.ask_all(NAMES)
    assert kinds(answers) == {"refused", "circuit"}
    assert client.requests < 20
    hub.heal()


def test_broken_models_do_not_hide_the_others(hub: LocalHub) -> None:
    hub.catalog.add(*map(model, NAMES))
    hub.fail(REQUEST_FAULTS["500"], "m0[0-5]$")
    answers = ask(hub, jobs=1).ask_all(NAMES)
    assert [name for name, answer in answers.items() if isinstance(answer, Fault)] == NAMES[:6]


def test_the_deadline_ends_the_asking(hub: LocalHub) -> None:
    hub.catalog.add(*map(model, NAMES))
    hub.latency = 0.2
    client = ask(hub, jobs=2, deadline=1.0)
    answers = client.ask_all(NAMES)
    assert "deadline" in kinds(answers)
    assert client.requests < len(NAMES)


def test_a_rejected_token_ends_the_asking(hub: LocalHub) -> None:
    hub.catalog.add(*map(model, NAMES))
    client = ask(hub, "hf_revoked", jobs=2)
    with pytest.raises(CredentialsError):
        client.ask_all(NAMES)
    assert client.requests < len(NAMES)


def test_the_caller_may_bring_an_executor(hub: LocalHub) -> None:
    hub.catalog.add(*map(model, NAMES))
    heard: list[tuple[int, int]] = []
    client = Hub(hub.endpoint, today=TODAY, progress=lambda done, total: heard.append((done, total)))
    with ThreadPoolExecutor(3) as executor:
        answers = client.ask_all([*NAMES, *NAMES], executor)
        assert executor.submit(int).result() == 0
    assert list(answers) == NAMES
    assert client.requests == len(NAMES)
    assert heard[-1] == (len(NAMES), len(NAMES))


@contextmanager
def raw_server(speak: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server of a few lines, for what no HTTP library would send."""
    closing = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)

    def serve() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                speak(connection, closing)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        closing.set()
        thread.join()
        listener.close()


def trickle_headers(connection: socket.socket, closing: threading.Event) -> None:
    connection.recv(4096)
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            if closing.wait(0.05):
                break
            connection.sendall(b"X-%d: 1\r\n" % number)
    except OSError:
        pass


def test_headers_that_trickle_in_do_not_hold_the_run() -> None:
    with raw_server(trickle_headers) as endpoint:
        client = Hub(endpoint, timeout=0.2, deadline=3.0, patience=0.01, today=TODAY)
        (answer,) = client.ask_all(["org/model"]).values()
        assert isinstance(answer, Fault)
