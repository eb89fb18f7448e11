"""What tests may rely on in the local Hub: changes, quotas, recording, faults that end, and a clean close."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from hub import Catalog, LocalHub, Token, model, shards, weight
from hub.faults import REQUEST_FAULTS, Elsewhere, Reply, one_bad_record
from hub.quota import Quota
from hub.test_shapes import ask
from hub.wire import refuse


def info(hub: LocalHub, name: str, token: str | None = None) -> Any:
    return json.loads(ask(hub, f"GET /api/models/{name}?blobs=true", token)[2])


class TestChanges:
    def test_every_change_shows_at_the_next_request(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/m", *shards(2)))
        before = info(hub, "org/m")

        hub.catalog.gate("org/m", "manual")
        assert info(hub, "org/m")["gated"] == "manual"
        hub.catalog.relicense("org/m", "other", license_name="some-license")
        assert info(hub, "org/m")["cardData"] == {"license": "other", "license_name": "some-license"}
        assert "license:other" in info(hub, "org/m")["tags"]
        hub.catalog.remove("org/m", "model-00002-of-00002.safetensors")
        after = info(hub, "org/m")
        assert after["sha"] != before["sha"]
        assert after["_id"] == before["_id"]
        hub.catalog.disable("org/m")
        assert info(hub, "org/m")["disabled"] is True
        hub.catalog.make_private("org/m")
        assert ask(hub, "GET /api/models/org/m")[0] == 401
        hub.catalog.delete("org/m")
        assert ask(hub, "GET /api/models/org/m")[0] == 401

    def test_other_bytes_have_another_hash_and_the_same_size(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/m"))
        before = {f["rfilename"]: f.get("lfs") for f in info(hub, "org/m")["siblings"]}["model.safetensors"]
        hub.catalog.put("org/m", weight("model.safetensors", seed="another"))
        after = {f["rfilename"]: f.get("lfs") for f in info(hub, "org/m")["siblings"]}["model.safetensors"]
        assert before["size"] == after["size"]
        assert before["sha256"] != after["sha256"]

    def test_weights_can_live_on_another_branch_only(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/m"))
        hub.catalog.move_weights_to_branch("org/m", "8bit")
        assert "model.safetensors" not in {f["rfilename"] for f in info(hub, "org/m")["siblings"]}
        assert info(hub, "org/m")["usedStorage"] == 4096
        branches = json.loads(ask(hub, "GET /api/models/org/m/refs")[2])["branches"]
        assert [b["name"] for b in branches] == ["main", "8bit"]

    def test_a_commit_outlives_the_branch_that_left_it_until_history_is_squashed(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/m"))
        before = info(hub, "org/m")["sha"]
        hub.catalog.remove_weights("org/m")
        files = {f["rfilename"] for f in info(hub, f"org/m/revision/{before}")["siblings"]}
        assert "model.safetensors" in files
        assert info(hub, "org/m")["usedStorage"] == 4096
        hub.catalog.put("org/m", weight("model.safetensors"))
        hub.catalog.remove_weights("org/m", history=False)
        assert ask(hub, f"GET /api/models/org/m/revision/{before}")[1]["x-error-code"] == "RevisionNotFound"
        assert info(hub, "org/m")["usedStorage"] == 0

    def test_a_revoked_token_is_unknown(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/m"))
        hub.catalog.trust(Token(secret="hf_x"))
        assert ask(hub, "GET /api/models/org/m", "hf_x")[0] == 200
        hub.catalog.revoke("hf_x")
        assert ask(hub, "GET /api/models/org/m", "hf_x")[1]["x-error-message"] == (
            "Invalid credentials in Authorization header"
        )


class TestQuota:
    def test_everything_counts_and_the_window_starts_anew(self) -> None:
        now = [0.0]
        with LocalHub(Catalog(model("org/m")), quota=Quota(clock=lambda: now[0], api=2)) as hub:
            assert ask(hub, "GET /api/models/org/none")[1]["ratelimit"] == '"api";r=1;t=300'
            now[0] = 100
            assert ask(hub, "GET /api/models/org/m")[1]["ratelimit"] == '"api";r=0;t=200'
            status, headers, body = ask(hub, "GET /api/models/org/m")
            assert (status, headers["ratelimit"]) == (429, '"api";r=0;t=200')
            assert "rate limit your IP" in json.loads(body)["error"]
            now[0] = 300
            assert ask(hub, "GET /api/models/org/m")[0] == 200

    def test_files_have_a_quota_of_their_own(self) -> None:
        with LocalHub(Catalog(model("org/m")), quota=Quota(api=1)) as hub:
            ask(hub, "GET /api/models/org/m")
            assert ask(hub, "GET /api/models/org/m")[0] == 429
            status, headers, _ = ask(hub, "HEAD /org/m/resolve/main/README.md")
            assert (status, headers["ratelimit-policy"]) == (307, '"fixed window";"resolvers";q=3000;w=300')

    def test_a_token_has_its_own_window(self) -> None:
        catalog = Catalog(model("org/m"), tokens=[Token(secret="hf_x", api_quota=5)])
        with LocalHub(catalog, quota=Quota(api=1)) as hub:
            ask(hub, "GET /api/models/org/m")
            assert ask(hub, "GET /api/models/org/m")[0] == 429
            assert ask(hub, "GET /api/models/org/m", "hf_x")[1]["ratelimit"].startswith('"api";r=4;')


class TestFaults:
    def test_a_fault_strikes_where_and_as_often_as_told(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/a"), model("org/b"))
        hub.fail(Reply(refuse(500, "x")), "org/a", times=2, skip=1)
        seen = [ask(hub, "GET /api/models/org/a")[0] for _ in range(4)]
        assert seen == [200, 500, 500, 200]
        assert ask(hub, "GET /api/models/org/b")[0] == 200

    def test_one_bad_record_stands_among_good_ones(self, hub: LocalHub) -> None:
        hub.catalog.add(model("org/a"), model("org/b"))
        hub.fail(one_bad_record({"id": 7}), "^/api/models$")
        found = json.loads(ask(hub, "GET /api/models?author=org")[2])
        assert [r["id"] for r in found] == [7, "org/a", "org/b"]

    def test_a_redirect_elsewhere_names_the_other_host(self, hub: LocalHub) -> None:
        hub.fail(Elsewhere(hub.cdn))
        assert ask(hub, "GET /api/models/org/a")[1]["location"] == f"{hub.cdn}/api/models/org/a"

    def test_faults_of_strangers_carry_no_marks_of_a_hub(self, hub: LocalHub) -> None:
        hub.fail(REQUEST_FAULTS["html"])
        headers = ask(hub, "GET /api/models/org/a")[1]
        assert "ratelimit-policy" not in headers
        assert "x-powered-by" not in headers
        hub.heal()
        assert "ratelimit-policy" in ask(hub, "GET /api/models/org/a")[1]

    def test_closing_ends_what_stalls(self) -> None:
        before = threading.active_count()
        with LocalHub(Catalog(model("org/m"))) as hub:
            hub.fail(REQUEST_FAULTS["stall-headers"])
            cut = threading.Thread(target=self._is_cut, args=(hub,))
            cut.start()
            while threading.active_count() < before + 4:  # the two ports, the client, and its connection
                cut.join(0.01)
        cut.join()
        assert threading.active_count() == before

    @staticmethod
    def _is_cut(hub: LocalHub) -> None:
        with pytest.raises(ConnectionError):
            ask(hub, "GET /api/models/org/m")


class TestMirror:
    def test_a_mirror_has_no_marks_and_says_less(self) -> None:
        with LocalHub(Catalog(model("org/m"), model("org/p", private=True)), mirror=True) as hub:
            status, headers, _ = ask(hub, "GET /api/models/org/m?blobs=true")
            assert status == 200
            assert not {"ratelimit", "ratelimit-policy", "x-powered-by", "x-request-id"} & set(headers)
            assert "_id" not in info(hub, "org/m")
            assert all(set(f) == {"rfilename"} for f in info(hub, "org/m")["siblings"])
            status, headers, _ = ask(hub, "GET /api/models/org/none")
            assert (status, headers.get("x-error-code")) == (404, None)

    def test_a_prefix_is_part_of_every_address(self) -> None:
        with LocalHub(Catalog(model("org/a"), model("org/b")), prefix="/proxy/hf") as hub:
            assert hub.endpoint.endswith("/proxy/hf")
            root = replace_endpoint(hub)
            assert ask(root, "GET /proxy/hf/api/models/org/a")[0] == 200
            assert ask(root, "GET /api/models/org/a")[0] == 404
            link = ask(root, "GET /proxy/hf/api/models?limit=1&sort=createdAt")[1]["link"]
            assert f"<{hub.endpoint}/api/models?" in link


def replace_endpoint(hub: LocalHub) -> Any:
    """Give something whose endpoint is the host alone."""

    class _Root:
        endpoint = hub.endpoint.removesuffix(hub.prefix)

    return _Root()


def test_requests_are_recorded_with_their_outcome_and_whether_they_carried_a_token(hub: LocalHub) -> None:
    hub.catalog.add(model("org/m"))
    hub.catalog.trust(Token(secret="hf_x"))
    ask(hub, "GET /api/models/org/m?blobs=true", "hf_x")
    ask(hub, "HEAD /api/models/org/none")
    assert [(r.method, r.path, r.query, r.status, r.authorized) for r in hub.requests] == [
        ("GET", "/api/models/org/m", "blobs=true", 200, True),
        ("HEAD", "/api/models/org/none", "", 401, False),
    ]
    hub.forget()
    assert hub.count() == 0


def test_an_unchanged_info_may_be_304(hub: LocalHub) -> None:
    hub.catalog.add(model("org/m"))
    etag = ask(hub, "GET /api/models/org/m")[1]["etag"]
    connection = http.client.HTTPConnection(hub.endpoint.removeprefix("http://"), timeout=10)
    connection.request("GET", "/api/models/org/m", headers={"If-None-Match": etag})
    unchanged = connection.getresponse()
    assert (unchanged.status, unchanged.read()) == (304, b"")
    hub.catalog.change("org/m", lambda r: replace(r, likes=r.likes + 1))
    connection.request("GET", "/api/models/org/m", headers={"If-None-Match": etag})
    changed = connection.getresponse()
    assert (changed.status, json.loads(changed.read())["likes"]) == (200, 8)
    connection.close()
