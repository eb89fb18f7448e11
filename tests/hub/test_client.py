"""The genuine huggingface_hub client works against the local Hub, and raises what it raises in production."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    BadRequestError,
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hub import Branch, LocalHub, Token, model, shards, weight
from hub.faults import REQUEST_FAULTS, Reply, rate_limited
from hub.genuine import client
from hub.wire import refuse


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without this the client asks an endpoint of the real Hub which programs there are.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)


@pytest.fixture
def filled(hub_tls: LocalHub) -> LocalHub:
    hub_tls.catalog.add(
        model("org/open", card={"base_model": "org/base"}),
        model("org/sharded", *shards(3)),
        model("org/gated", gated="manual"),
        model("org/private", private=True),
        model("org/disabled", disabled=True),
        model("org/branches", branches=(Branch(name="exl2", files=(weight("output.safetensors"),)),)),
    )
    hub_tls.catalog.trust(Token(secret="hf_plain"), Token(secret="hf_wide", reads=frozenset({"org/private"})))
    return hub_tls


class TestReading:
    def test_info_names_every_file_with_size_and_hash(self, filled: LocalHub) -> None:
        with client(filled) as api:
            info = api.model_info("org/open", files_metadata=True)
        file = next(s for s in info.siblings or () if s.rfilename == "model.safetensors")
        assert file.lfs is not None
        assert (file.size, file.lfs.sha256) == (4096, filled.catalog.get("org/open").main.file(file.rfilename).sha256)  # type: ignore[union-attr]
        assert (info.gated, info.disabled, info.private) == (False, False, False)
        assert info.card_data is not None
        assert info.card_data.license == "apache-2.0"

    def test_expansion_gives_bases_as_an_object(self, filled: LocalHub) -> None:
        with client(filled) as api:
            info = api.model_info("org/open", expand=["baseModels", "childrenModelCount", "usedStorage"])
        assert info.base_models["models"][0]["id"] == "org/base"  # type: ignore[index,call-overload]
        assert info.used_storage == 4096
        assert info.gated is None

    def test_listing_goes_through_every_page_once(self, filled: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hub.api.PAGE", 2)
        with client(filled) as api:
            found = [m.id for m in api.list_models(author="org", sort="created_at")]
        assert found == ["org/branches", "org/disabled", "org/gated", "org/open", "org/sharded"]
        assert filled.count("^/api/models$") == 3

    def test_private_models_are_listed_to_those_who_may_read_them(self, filled: LocalHub) -> None:
        with client(filled, "hf_wide") as api:
            assert "org/private" in [m.id for m in api.list_models(author="org")]
            assert api.model_info("org/private").private is True

    def test_tree_refs_paths_and_commits(self, filled: LocalHub) -> None:
        with client(filled) as api:
            tree = {f.path for f in api.list_repo_tree("org/sharded", recursive=True)}
            refs = [b.name for b in api.list_repo_refs("org/branches", include_pull_requests=True).branches]
            paths = api.get_paths_info("org/open", ["model.safetensors", "nothing.bin"])
            commits = api.list_repo_commits("org/open")
        assert {"model-00001-of-00003.safetensors", "model.safetensors.index.json"} <= tree
        assert refs == ["main", "exl2"]
        assert [p.path for p in paths] == ["model.safetensors"]
        assert commits[0].commit_id == filled.catalog.get("org/open").main.commit  # type: ignore[union-attr]

    def test_shard_headers_come_in_one_request(self, filled: LocalHub) -> None:
        with client(filled) as api:
            assert len(api.get_sharded_safetensors_metadata("org/sharded").files_metadata) == 3
        assert filled.count() == 1

    def test_downloaded_bytes_have_the_announced_hash_and_the_cdn_sees_no_token(
        self, filled: LocalHub, tmp_path: Path
    ) -> None:
        with client(filled, "hf_plain") as api:
            large = api.hf_hub_download("org/open", "model.safetensors", cache_dir=tmp_path)
            small = api.hf_hub_download("org/open", "config.json", cache_dir=tmp_path)
        announced = filled.catalog.get("org/open").main.file("model.safetensors").sha256  # type: ignore[union-attr]
        assert hashlib.sha256(Path(large).read_bytes()).hexdigest() == announced
        assert "model_type" in Path(small).read_text()
        at_cdn = [r for r in filled.requests if r.where == "cdn"]
        assert at_cdn
        assert not any(r.authorized for r in at_cdn)
        assert all(r.authorized for r in filled.requests if r.where == "hub")

    def test_snapshot_can_be_planned_without_a_download(self, filled: LocalHub, tmp_path: Path) -> None:
        with client(filled) as api:
            plan: Any = api.snapshot_download("org/sharded", cache_dir=tmp_path, dry_run=True)
        assert {f.filename: f.file_size for f in plan}["model-00002-of-00003.safetensors"] == 2048
        assert filled.count(where="cdn") == 0

    def test_a_renamed_model_answers_under_its_new_id_and_keeps_its_uid(self, filled: LocalHub) -> None:
        with client(filled) as api:
            before: Any = api.model_info("org/open")
            filled.catalog.rename("org/open", "org/opened")
            after: Any = api.model_info("org/open")
        assert (after.id, after._id) == ("org/opened", before._id)

    def test_a_replaced_model_has_another_uid(self, filled: LocalHub) -> None:
        with client(filled) as api:
            before: Any = api.model_info("org/open")
            filled.catalog.supersede("org/open", model("community/open"))
            after: Any = api.model_info("org/open")
        assert after.id == "community/open"
        assert after._id != before._id

    def test_a_disabled_model_says_so_in_its_info(self, filled: LocalHub) -> None:
        with client(filled) as api:
            assert api.model_info("org/disabled").disabled is True

    def test_removed_weights_leave_a_trace_in_used_storage(self, filled: LocalHub) -> None:
        filled.catalog.remove_weights("org/sharded")
        with client(filled) as api:
            info = api.model_info("org/sharded")
        assert not [s for s in info.siblings or () if "safetensors" in s.rfilename]
        assert info.used_storage == 3 * 2048


INFO: Callable[[HfApi, str], Any] = lambda api, name: api.model_info(name)  # noqa: E731
CHECK: Callable[[HfApi, str], Any] = lambda api, name: api.auth_check(name)  # noqa: E731
TREE: Callable[[HfApi, str], Any] = lambda api, name: list(api.list_repo_tree(name))  # noqa: E731
HEAD: Callable[[HfApi, str], Any] = lambda api, name: api.get_hf_file_metadata(  # noqa: E731
    url=f"{api.endpoint}/{name}/resolve/main/config.json", token=api.token
)


@pytest.mark.parametrize(
    ("ask", "name", "token", "raised", "status"),
    [
        pytest.param(INFO, "org/none", None, RepositoryNotFoundError, 401, id="missing-anonymous"),
        pytest.param(INFO, "org/private", None, RepositoryNotFoundError, 401, id="private-anonymous"),
        pytest.param(INFO, "org/none", "hf_plain", RepositoryNotFoundError, 404, id="missing-token"),
        pytest.param(INFO, "org/private", "hf_plain", RepositoryNotFoundError, 404, id="private-token"),
        pytest.param(INFO, "org/open", "hf_unknown", HfHubHTTPError, 401, id="bad-token"),
        pytest.param(CHECK, "org/gated", None, GatedRepoError, 401, id="gate-anonymous"),
        pytest.param(CHECK, "org/gated", "hf_plain", GatedRepoError, 403, id="gate-token"),
        pytest.param(CHECK, "org/none", "hf_plain", RepositoryNotFoundError, 404, id="check-missing"),
        pytest.param(CHECK, "org/disabled", None, DisabledRepoError, 403, id="check-disabled"),
        pytest.param(TREE, "org/gated", None, GatedRepoError, 401, id="tree-gated"),
        pytest.param(TREE, "org/disabled", None, DisabledRepoError, 403, id="tree-disabled"),
        pytest.param(HEAD, "org/gated", None, GatedRepoError, 401, id="head-gated"),
        pytest.param(HEAD, "org/gated", "hf_unknown", GatedRepoError, 401, id="head-gated-bad-token"),
        pytest.param(HEAD, "org/none", None, RepositoryNotFoundError, 401, id="head-missing"),
    ],
)
def test_refusals_raise_the_production_class(
    filled: LocalHub, ask: Callable[[HfApi, str], Any], name: str, token: str | None, raised: type, status: int
) -> None:
    with client(filled, token) as api, pytest.raises(HfHubHTTPError) as caught:
        ask(api, name)
    assert type(caught.value) is raised
    assert caught.value.response.status_code == status


def test_other_misses_raise_the_production_class(filled: LocalHub) -> None:
    with client(filled) as api:
        with pytest.raises(RevisionNotFoundError):
            api.model_info("org/open", revision="nothing")
        with pytest.raises(RemoteEntryNotFoundError):
            api.get_hf_file_metadata(url=f"{api.endpoint}/org/open/resolve/main/nothing.bin")
        with pytest.raises(BadRequestError):
            api.model_info("org/open", expand=["nonsense"])  # type: ignore[list-item]
        with pytest.raises(HFValidationError):
            api.model_info("a/b/c")
        assert filled.count("a/b/c") == 0


def test_accepting_the_terms_opens_the_gate(filled: LocalHub) -> None:
    with client(filled, "hf_plain") as api:
        filled.catalog.accept("hf_plain", "org/gated")
        api.auth_check("org/gated")


@pytest.mark.parametrize("status", [403, 404, 410, 429, 451, 500, 502, 503, 504])
def test_a_status_without_a_code_is_the_bare_class(filled: LocalHub, status: int) -> None:
    filled.fail(Reply(refuse(status, "something")))
    with client(filled) as api, pytest.raises(HfHubHTTPError) as caught:
        api.model_info("org/open")
    assert type(caught.value) is HfHubHTTPError
    assert caught.value.response.status_code == status


@pytest.mark.parametrize("prefix", ["", "/artifactory/api/huggingfaceml/models"])
def test_on_plain_http_and_below_a_prefix_missing_is_the_bare_class(prefix: str) -> None:
    # Production classes need https and no path: users of plain loopback and of proxies get this one.
    with LocalHub(prefix=prefix) as hub, client(hub) as api, pytest.raises(HfHubHTTPError) as caught:
        api.model_info("org/none")
    assert type(caught.value) is HfHubHTTPError
    assert caught.value.response.status_code == 401


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("reset", (httpx2.NetworkError, httpx2.RemoteProtocolError)),  # over TLS it reads as an early end
        ("hang-up", httpx2.RemoteProtocolError),
        ("stall-headers", httpx2.ReadTimeout),
        ("stall-body", httpx2.ReadTimeout),
        ("truncated", httpx2.RemoteProtocolError),
        ("too-long", httpx2.RemoteProtocolError),
        ("garbage", httpx2.RemoteProtocolError),
        ("loop", httpx2.TooManyRedirects),
        ("redirect-nowhere", httpx2.ConnectError),
        ("empty", ValueError),
        ("html", ValueError),
        ("half-json", ValueError),
        ("too-short", (ValueError, httpx2.RemoteProtocolError)),
        ("wrong-encoding", httpx2.DecodingError),
        ("304", ValueError),
        ("null", TypeError),
        ("list", TypeError),
        ("no-id", KeyError),
        ("deep", RecursionError),
    ],
)
def test_faults_reach_the_client_as_in_production(
    filled: LocalHub, fault: str, raised: type[Exception] | tuple[type[Exception], ...]
) -> None:
    filled.fail(REQUEST_FAULTS[fault])
    with client(filled) as api, pytest.raises(raised):
        api.model_info("org/open", timeout=0.5)  # without one, the client waits for ever
    filled.heal()
    with client(filled) as api:
        assert api.model_info("org/open").id == "org/open"


@pytest.mark.parametrize("certificate", ["expired", "wrong-host", "unknown-authority"])
def test_a_wrong_certificate_is_a_connection_error(filled: LocalHub, certificate: Any) -> None:
    filled.certificate = certificate
    with client(filled) as api, pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        api.model_info("org/open")
    assert filled.count() == 0


def test_refused_hanging_and_silent_connections_then_recovery(filled: LocalHub) -> None:
    for trouble, raised in (
        (filled.refuse, httpx2.ConnectError),
        (filled.vanish, httpx2.ConnectTimeout),
        (filled.stall_handshake, httpx2.ConnectTimeout),
    ):
        trouble()
        with client(filled) as api, pytest.raises(raised):
            api.model_info("org/open", timeout=0.5)
        filled.heal()
        with client(filled) as api:
            assert api.model_info("org/open").id == "org/open"


def test_the_client_waits_out_a_rate_limit_where_it_retries(filled: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", slept.append)
    filled.fail(rate_limited(7), times=1)
    with client(filled) as api:
        assert [m.id for m in api.list_models(author="org", search="open")] == ["org/open"]
    assert slept == [8.0]
