"""Which answers are authentically the Hub's, and what the genuine client makes of the same bytes."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import hf_raise_for_status
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import CredentialsError
from freehold.hub.answer import Fault, Found, Missing, Reply, judge_info
from freehold.hub.record import File, parse
from freehold.types import SeenAs

TODAY = date(2026, 11, 22)
MARK = {"ratelimit-policy": '"fixed window";"api";q=500;w=300', "content-type": "application/json; charset=utf-8"}
SMALL: dict[str, Any] = {"_id": "a" * 24, "id": "org/model", "gated": False, "disabled": False, "siblings": []}


def reply(
    status: int, body: object = None, *, code: str | None = None, message: str | None = None, marked: bool = True
) -> Reply:
    headers = dict(MARK) if marked else {"content-type": "application/json"}
    if code:
        headers["x-error-code"] = code
    if message:
        headers["x-error-message"] = message
    return Reply(
        status=status, headers=headers, body=json.dumps(body if body is not None else {"error": message}).encode()
    )


NOT_HERE = "Invalid username or password."
SPEC = Path(__file__).parent / "spec" / "hub" / "answers.md"


def read_spec() -> list[tuple[Reply, SeenAs, str]]:
    """The rows of the specification as answers."""
    rows: list[tuple[Reply, SeenAs, str]] = []
    for line in SPEC.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 6 or not cells[0].isdigit():
            continue
        status, code, words, mark, who, then = cells
        body = words.strip("`").encode() if status == "200" else None
        made = reply(int(status), code=code or None, message=words or None, marked=mark == "yes")
        if body is not None:
            kind = "text/html" if body.startswith(b"<") else "application/json"
            made = Reply(status=200, headers={**made.headers, "content-type": kind}, body=body)
        rows.append((made, "token" if who == "token" else "anonymous", then))
    return rows


ROWS = read_spec()


def test_the_specification_is_read_whole() -> None:
    said = [line for line in SPEC.read_text("utf-8").splitlines() if line[:3].strip("| ").isdigit()]
    assert len(ROWS) == len(said) > 25


@pytest.mark.parametrize(("given_reply", "who", "then"), ROWS)
def test_an_answer_or_a_fault(given_reply: Reply, who: SeenAs, then: str) -> None:
    answer = judge_info(given_reply, "org/model", who, TODAY)
    match answer:
        case Found():
            kind = "found"
        case Missing(what="revision"):
            kind = "no revision"
        case Missing():
            kind = "missing"
        case Fault():
            kind = answer.kind
            assert answer.reason
    assert kind == then


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 410, 418, 429, 451, 500, 503, 599])
@pytest.mark.parametrize("who", ["anonymous", "token"])
def test_without_the_hubs_mark_nothing_is_missing(status: int, who: SeenAs) -> None:
    for code in (None, "RepoNotFound", "RevisionNotFound"):
        answer = judge_info(reply(status, code=code, message=NOT_HERE, marked=False), "org/model", who, TODAY)
        assert isinstance(answer, Fault)


def test_a_rejected_token_is_no_answer_at_all() -> None:
    rejected = reply(401, message="Invalid credentials in Authorization header")
    with pytest.raises(CredentialsError):
        judge_info(rejected, "org/model", "token", TODAY)
    assert isinstance(judge_info(rejected, "org/model", "anonymous", TODAY), Fault)


def test_the_message_may_stand_in_the_body_only() -> None:
    told = Reply(status=401, headers=MARK, body=json.dumps({"error": NOT_HERE}).encode())
    assert isinstance(judge_info(told, "org/model", "anonymous", TODAY), Missing)


@pytest.mark.parametrize(("given_reply", "who", "then"), ROWS)
def test_we_call_missing_only_what_the_genuine_client_calls_missing(given_reply: Reply, who: SeenAs, then: str) -> None:
    """On production's own URLs, where the client knows the difference (reference: utils/_http.py of 2.4)."""
    request = httpx2.Request("GET", "https://huggingface.co/api/models/org/model")
    response = httpx2.Response(
        given_reply.status, headers=dict(given_reply.headers), content=given_reply.body, request=request
    )
    raised: Exception | None = None
    try:
        hf_raise_for_status(response)
    except HfHubHTTPError as error:
        raised = error
    if then == "missing":
        assert isinstance(raised, RepositoryNotFoundError)
        assert not isinstance(raised, GatedRepoError)
    elif then == "no revision":
        assert isinstance(raised, RevisionNotFoundError)
    elif then == "found":
        assert raised is None


def test_half_a_character_becomes_a_whole_one() -> None:
    raw = {**SMALL, "cardData": {"base_model": "a\ud800/b", "license_name": "\ud83d\ude00 \udc00"}, "tags": ["\udfff"]}
    told = Reply(status=200, headers=MARK, body=json.dumps(raw).encode())
    answer = judge_info(told, "org/model", "anonymous", TODAY)
    assert isinstance(answer, Found)
    assert answer.record.bases == ("a\ufffd/b",)
    assert answer.record.license_name == "\U0001f600 \ufffd"
    assert answer.record.tags == ("\ufffd",)
    for status in (403, 404):
        refused = Reply(status=status, headers=MARK, body=b'{"error": "\\ud800"}')
        judged = judge_info(refused, "org/model", "token", TODAY)
        assert isinstance(judged, Fault)
        assert judged.reason.encode()


# --- records


def test_what_the_answer_does_not_say_stays_unknown() -> None:
    record = parse({"id": "org/model"})
    assert (record.gated, record.disabled, record.private, record.files, record.used_storage) == (None,) * 5
    assert parse(SMALL).gated is False
    assert parse(SMALL).files == ()


@pytest.mark.parametrize(
    ("raw", "bases", "relation"),
    [
        ({"baseModels": {"relation": "quantized", "models": [{"_id": "x", "id": "a/b"}]}}, ("a/b",), "quantized"),
        ({"tags": ["base_model:a/b", "base_model:finetune:a/b"]}, ("a/b",), "finetune"),
        ({"tags": ["base_model:merge:c/d", "base_model:merge:a/b"]}, ("a/b", "c/d"), "merge"),
        ({"cardData": {"base_model": "a/b", "base_model_relation": "adapter"}}, ("a/b",), "adapter"),
        ({"cardData": {"base_model": ["a/b", 7, None]}}, ("a/b",), None),
        ({"config": {"peft": {"base_model_name_or_path": "a/b"}}}, ("a/b",), "adapter"),
        ({"cardData": None, "config": None, "tags": None}, (), None),
    ],
)
def test_bases_stand_in_several_places(raw: dict[str, object], bases: tuple[str, ...], relation: str | None) -> None:
    record = parse({**SMALL, **raw})
    assert (record.bases, record.relation) == (bases, relation)


def test_files_keep_the_hash_of_their_content_only() -> None:
    siblings = [
        {
            "rfilename": "b.bin",
            "size": 9,
            "blobId": "c" * 40,
            "lfs": {"sha256": "ab" * 32, "size": 9, "pointerSize": 134},
        },
        {"rfilename": "a.json", "size": 3, "blobId": "d" * 40},
        {"rfilename": "c.txt"},
        {"rfilename": "c.txt", "size": 7},
    ]
    assert parse({**SMALL, "siblings": siblings}).files == (
        File(path="a.json", size=3, blob="d" * 40),
        File(path="b.bin", size=9, sha256="ab" * 32, blob="c" * 40),
        File(path="c.txt"),
    )


@pytest.mark.parametrize(
    ("raw", "license"),
    [
        ({"tags": ["license:mit", "en"], "cardData": {"license": "mit"}}, "mit"),
        ({"tags": ["license:mit"], "cardData": {"license": "apache-2.0"}}, "mit"),
        ({"cardData": {"license": ["mit", "apache-2.0"]}}, "mit"),
        ({"cardData": {"license": {"no": "text"}}}, None),
        ({}, None),
    ],
)
def test_the_tag_is_the_license(raw: dict[str, object], license: str | None) -> None:  # noqa: A002
    assert parse({**SMALL, **raw}).license == license


@pytest.mark.parametrize(
    "raw",
    [
        None, [], 7, "x", {}, {"id": ""}, {"id": "a/b/c"}, {"id": None},
        {"id": "a/b\n"}, {"id": "a/\x1b[2J"}, {"id": "a/" + "b" * 97}, {**SMALL, "gated": "perhaps"},
        {**SMALL, "gated": True}, {**SMALL, "disabled": "no"}, {**SMALL, "siblings": {}},
        {**SMALL, "siblings": [7]}, {**SMALL, "siblings": [{"size": 3}]}, {**SMALL, "sha": "main"},
        {**SMALL, "siblings": [{"rfilename": "a", "size": -1}]}, {**SMALL, "usedStorage": "much"},
        {**SMALL, "siblings": [{"rfilename": "a", "lfs": {"sha256": "no hash"}}]}, {**SMALL, "tags": "en"},
        {**SMALL, "cardData": [1]}, {**SMALL, "usedStorage": True},
    ],
)  # fmt: skip
def test_a_shape_that_the_hub_never_gives_is_no_record(raw: object) -> None:
    with pytest.raises(ValueError, match=r"is|has"):
        parse(raw)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "rfilename", "size", "lfs", "sha256", "license", "models"]), inner),
    ),
    max_leaves=12,
)
KEYS = ["id", "_id", "sha", "gated", "disabled", "siblings", "tags", "cardData", "baseModels", "config", "usedStorage"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_json_is_a_record_or_a_value_error(raw: dict[str, object]) -> None:
    with suppress(ValueError):
        assert parse(raw).id
