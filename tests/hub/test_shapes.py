"""The local Hub's answers have the shapes of real ones; `shapes.toml` says which and where they were seen."""

from __future__ import annotations

import http.client
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import Catalog, LocalHub, Repository, Token, model, shards, text, weight

SHAPES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("shapes.toml").read_text("utf-8"))["shapes"]


@pytest.fixture(scope="module")
def sample() -> Iterator[LocalHub]:
    catalog = Catalog(
        model("org/open"),
        model("org/other-open"),
        model("org/gated", gated="manual"),
        model("org/disabled", gated="auto"),
        model("org/private", private=True),
        model("org/quantised", weight("m.Q4_K_M.gguf"), card={"base_model": "org/open"}),
        model("org/hosted", providers={"novita": _provider()}),
        model("org/flagged", flagged=(("model.safetensors", "suspicious"),)),
        Repository(id="org/large").with_files(shards(2)[:2]),
        model("org/old-name"),
        model("google/bert", pipeline_tag="fill-mask", providers={"x": _provider()}, widget=({"text": "Paris"},)),
        tokens=[Token(secret="hf_plain")],
    )
    catalog.rename("org/old-name", "org/new-name")
    catalog.redirect("bert", "google/bert")
    catalog.disable("org/disabled")
    with LocalHub(catalog) as hub:
        yield hub


def _provider() -> dict[str, Any]:
    return {"isModelAuthor": False, "providerId": "org/open", "status": "live", "task": "conversational"}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s["id"])
def test_answer_has_the_shape_of_a_real_one(shape: dict[str, Any], sample: LocalHub) -> None:
    status, headers, body = ask(sample, shape["ask"], shape.get("token"))

    assert status == shape["status"]
    for name, pattern in shape.get("headers", {}).items():
        assert re.fullmatch(pattern, headers.get(name, "")), f"{name}: {headers.get(name)!r} is not {pattern}"
    assert not [name for name in shape.get("absent", ()) if name in headers]
    if "keys" in shape:
        assert set(json.loads(body)) == set(shape["keys"])
    for path, keys in shape.get("within", {}).items():
        found = list(below(json.loads(body), path))
        assert found, f"nothing at {path}"
        assert all(set(one) == set(keys) for one in found), found
    for path, pattern in shape.get("is", {}).items():
        values = list(below(json.loads(body), path))
        assert values, f"nothing at {path}"
        assert all(re.fullmatch(pattern, json.dumps(value)) for value in values), f"{path}: {values} is not {pattern}"


def test_every_shape_says_where_it_was_seen() -> None:
    assert [shape["id"] for shape in SHAPES if not re.search(r"\d{4}|https://|huggingface_hub", shape["source"])] == []
    assert len({shape["id"] for shape in SHAPES}) == len(SHAPES)


def test_a_head_has_the_headers_of_a_get_and_no_body(sample: LocalHub) -> None:
    _, get, _ = ask(sample, "GET /api/models/org/open")
    _, head, body = ask(sample, "HEAD /api/models/org/open")
    changing = {"date", "x-request-id", "ratelimit"}
    assert body == b""
    assert {k: v for k, v in head.items() if k not in changing} == {k: v for k, v in get.items() if k not in changing}


def test_small_files_in_git_have_no_lfs_entry(sample: LocalHub) -> None:
    _, _, body = ask(sample, "GET /api/models/org/open?blobs=true")
    kinds = {f["rfilename"]: "lfs" in f for f in json.loads(body)["siblings"]}
    assert kinds["config.json"] is False
    assert kinds["model.safetensors"] is True


def test_a_pointer_without_its_object_looks_like_any_small_file(sample: LocalHub) -> None:
    sample.catalog.add(model("org/pointer", text("model.safetensors", "version https://git-lfs")))
    _, _, body = ask(sample, "GET /api/models/org/pointer?blobs=true")
    sizes = {f["rfilename"]: f.get("lfs") for f in json.loads(body)["siblings"]}
    assert sizes["model.safetensors"] is None


def ask(hub: LocalHub, request: str, token: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Ask without any client's convenience: no redirect is followed."""
    method, _, path = request.partition(" ")
    connection = http.client.HTTPConnection(hub.endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def below(value: Any, path: str) -> Iterator[Any]:
    """Give the values at a dotted path, where `[]` means every element of a list."""
    step, _, rest = path.partition(".")
    name, bracket, _ = step.partition("[")
    if name and (not isinstance(value, dict) or name not in value):
        return
    inner = value[name] if name else value
    for one in inner if bracket else [inner]:
        if rest:
            yield from below(one, rest)
        else:
            yield one
