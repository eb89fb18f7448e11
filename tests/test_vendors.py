"""rules/vendors: what stands there, and what follows from it on a given day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.errors import RulesError
from freehold.explain import explain
from freehold.hub.snapshot import Snapshot
from freehold.hub.snapshot import load as load_snapshot
from freehold.resolve import resolve
from freehold.types import Availability, Location, Model, Reference, Role, Unresolved
from freehold.vendors.history import Line, LineState, Published, Release
from freehold.vendors.lines import Vendors
from freehold.vendors.names import ECOSYSTEMS, MORE_ECOSYSTEMS, moves

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def vendors() -> Vendors:
    return Vendors.load()


def state(vendors: Vendors, line: str, today: date = TODAY) -> LineState:
    found = vendors.line(line)
    assert found is not None
    told = found.state(today)
    assert told is not None
    return told


# The story this program was made for, row by row.


def test_qwen_omni_was_open_twice_and_closed_with_3_5(vendors: Vendors) -> None:
    line = vendors.line("qwen-omni")
    assert line is not None
    rows = {r.model: r for r in line.releases}
    for model, day in (("Qwen2.5-Omni-7B", date(2025, 3, 26)), ("Qwen3-Omni-30B-A3B", date(2025, 9, 22))):
        assert (rows[model].on, rows[model].access, rows[model].license) == (day, "open", "Apache-2.0")
    for tier in ("Plus", "Flash", "Light"):
        release = rows[f"Qwen3.5-Omni-{tier}"]
        assert (release.on, release.access, release.weights) == (date(2026, 3, 30), "api-only", ())
    told = state(vendors, "qwen-omni")
    assert told.flagship.model == "Qwen3.5-Omni-Plus"
    assert told.closed
    assert told.dark
    assert told.previous_open is not None
    assert told.previous_open.model == "Qwen3-Omni-30B-A3B"


def test_a_closed_flagship_is_not_a_dark_generation(vendors: Vendors) -> None:
    in_july = state(vendors, "qwen", date(2026, 5, 20))
    assert in_july.flagship.model == "Qwen3.6-Plus"
    assert not in_july.open
    later = Line(id="x", vendor="x", name="x", modality="llm", releases=(in_july.flagship,)).state(date(2026, 7, 15))
    assert later is not None
    assert later.closed
    assert not later.dark  # Qwen3.6-27B and 35B-A3B had come with weights


def test_qwen_opened_again_with_3_8(vendors: Vendors) -> None:
    assert state(vendors, "qwen", date(2026, 8, 11)).pending
    assert state(vendors, "qwen", date(2026, 8, 12)).open
    assert state(vendors, "qwen").flagship.weights == ("Qwen/Qwen3.8-2.4T-A95B",)


def test_wan_closed_after_2_2(vendors: Vendors) -> None:
    line = vendors.line("wan")
    assert line is not None
    access = {r.model: r.access for r in line.releases}
    assert access["Wan2.1"] == access["Wan2.2"] == "open"
    for model in ("Wan2.5", "Wan2.6", "Wan2.7", "Wan2.7-Image", "Wan3.0"):
        assert access[model] == "api-only", model
    told = state(vendors, "wan")
    assert told.closed
    assert told.closed_since == date(2025, 12, 23)  # 90 days after Wan2.5


def test_muse_glimmer_is_a_reduced_variant_of_a_closed_flagship(vendors: Vendors) -> None:
    told = state(vendors, "llama", date(2026, 8, 31))
    assert told.flagship.model == "Muse Spark 1.2"
    assert not told.open
    assert told.closed_since == date(2026, 7, 7)  # 90 days after the first Muse Spark: 1.1 and 1.2 start no new clock
    assert [r.model for r in told.reduced_variants] == ["Muse Glimmer 30B"]
    assert told.reduced_variants[0].license == "Apache-2.0"
    assert state(vendors, "llama", date(2026, 8, 9)).reduced_variants == ()
    assert told.previous_open is not None
    assert told.previous_open.model == "Llama 4 Maverick"


def test_a_new_api_only_flagship_of_a_closed_line_is_pending_and_the_line_stays_closed(vendors: Vendors) -> None:
    told = state(vendors, "llama")
    assert told.flagship.model == "Muse Wonder 1.0"
    assert told.pending
    assert told.closed_since == date(2026, 7, 7)
    assert told.newest_open is not None
    assert told.newest_open.weights == ("meta-models/Muse-Spark-Open-816B-A42B",)


def test_the_cloud_price_claim_that_nobody_confirms_decides_nothing(vendors: Vendors) -> None:
    alibaba = vendors.vendor("alibaba")
    assert alibaba is not None
    claim = next(e for e in alibaba.events if "34 %" in e.text)
    assert not claim.verified
    assert claim.when == "2026-04"
    assert "not tokens" in claim.text


@pytest.mark.parametrize("line", ["kimi", "minimax", "mistral-large", "glm", "mimo", "command"])
def test_labs_that_moved_the_other_way_are_open(vendors: Vendors, line: str) -> None:
    assert state(vendors, line).open


# Names.


@pytest.mark.parametrize(
    ("ecosystem", "name", "vendor", "line", "availability"),
    [
        ("dashscope", "qwen3.5-omni-plus", "alibaba", "qwen-omni", Availability.API_ONLY),
        ("dashscope", "qwen3.5-omni-flash", "alibaba", "qwen-omni", Availability.API_ONLY),
        ("dashscope", "qwen3-omni-flash", "alibaba", "qwen-omni", Availability.API_ONLY),
        ("dashscope", "qwen3.6-plus", "alibaba", "qwen", Availability.API_ONLY),
        ("dashscope", "wan2.7-image", "alibaba", "wan", Availability.API_ONLY),
        ("dashscope", "qwen3.8-max", "alibaba", "qwen", Availability.OPEN),
        ("dashscope", "qwen-plus", "alibaba", "qwen", Availability.API_ONLY),
        ("openai", "gpt-4o", "openai", "gpt", Availability.API_ONLY),
        ("openai", "whisper-1", "openai", "whisper", Availability.OPEN),
        ("azure", "gpt-4o-2024-11-20", "openai", "gpt", Availability.API_ONLY),
        ("anthropic", "claude-3-5-sonnet-latest", "anthropic", "claude", Availability.API_ONLY),
        ("bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic", "claude", Availability.API_ONLY),
        ("vertex", "claude-sonnet-4-5@20250929", "anthropic", "claude", Availability.API_ONLY),
        ("openrouter", "anthropic/claude-opus-4.5", "anthropic", "claude", Availability.API_ONLY),
        ("together", "meta-llama/Llama-3.3-70B-Instruct", "meta", "llama", Availability.GATED),
        ("google", "gemini-2.5-pro", "google", "gemini", Availability.API_ONLY),
        ("mistral", "mistral-large-2512", "mistral", "mistral-large", Availability.OPEN),
    ],
)
def test_an_api_name_resolves(
    vendors: Vendors, ecosystem: str, name: str, vendor: str, line: str, availability: Availability
) -> None:
    found = vendors.api(ecosystem, name)
    assert found is not None
    assert (found.vendor, found.line, found.availability(TODAY)) == (vendor, line, availability)
    assert found.source


def test_an_api_model_says_where_its_weights_are(vendors: Vendors) -> None:
    call = Reference(name="whisper-1", written="whisper-1", ecosystem="openai", role=Role.LOAD,
                     location=Location(path="app.py", line=1), how="call")  # fmt: skip
    (model,) = resolve(
        (call,), lock=None, snapshot=Snapshot(name="s", as_of=TODAY), vendors=vendors, hub=None, today=TODAY
    )
    assert isinstance(model, Model)
    assert (model.availability, model.reason) == (Availability.OPEN, "its weights: openai/whisper-large-v2")


def test_an_unknown_name_is_not_guessed(vendors: Vendors) -> None:
    assert vendors.api("openai", "gpt-4o-by-someone-else") is None
    assert vendors.api("anthropic", "gpt-4o") is None
    assert vendors.api("huggingface", "Qwen/Qwen3-32B") is None


_pieces = st.sampled_from(
    ["ft:", "gpt-4o", "anthropic.", "us.", "qwen", "-latest", "-v1", ":0", "@", "/", "-2024-08-06"]
)


@given(
    ecosystem=st.sampled_from((*ECOSYSTEMS, *MORE_ECOSYSTEMS, "huggingface", "")),
    name=st.text() | st.lists(_pieces).map("".join),
)
def test_any_text_is_a_known_name_or_none(vendors: Vendors, ecosystem: str, name: str) -> None:
    found = vendors.api(ecosystem, name)
    assert found is None or (found.name == name and found.source and vendors.line(found.line).vendor == found.vendor)
    ended = vendors.retirement(ecosystem, name)
    assert ended is None or ended.source


@pytest.mark.parametrize("name", ["gpt-4o", "mistral-large-latest", "gemini-3-pro-preview", "qwen-plus", "grok-4.20"])
def test_undated_names_move(name: str) -> None:
    assert moves(name)


@pytest.mark.parametrize(
    "name",
    ["gpt-4o-2024-08-06", "claude-3-opus-20240229", "gpt-4-0613", "mistral-large-2411", "command-r-08-2024",
     "gemini-2.0-flash-001", "doubao-seed-2-0-pro-260215", "gemini-2.5-pro-preview-05-06", "amazon.nova-pro-v1:0"],
)  # fmt: skip
def test_dated_names_stay(name: str) -> None:
    assert not moves(name)


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("Qwen/Qwen2.5-Omni-7B", ("alibaba", "qwen-omni")),
        ("qwen/qwen3-omni-30b-a3b-instruct", ("alibaba", "qwen-omni")),
        ("Qwen/Qwen2.5-VL-7B-Instruct", ("alibaba", "qwen-vl")),
        ("Qwen/Qwen2.5-Coder-7B", ("alibaba", "qwen-coder")),
        ("Qwen/Qwen2.5-7B-Instruct", ("alibaba", "qwen")),
        ("Qwen/Qwen3-Embedding-0.6B", ("alibaba", "qwen-embedding")),
        ("Qwen/something-new", ("alibaba", None)),
        ("meta-llama/Llama-3.2-1B", ("meta", "llama")),
        ("unsloth/Qwen2.5-Omni-7B", None),
    ],
)
def test_a_repository_belongs_to_a_line(
    vendors: Vendors, repository: str, expected: tuple[str, str | None] | None
) -> None:
    assert vendors.of_repository(repository) == expected


# Dates.

_days = st.integers(0, 900)


@given(launch=st.dates(date(2023, 1, 1), date(2026, 1, 1)), days=_days, lag=st.none() | st.integers(1, 400))
def test_a_line_is_open_pending_or_closed_and_day_90_is_closed(launch: date, days: int, lag: int | None) -> None:
    opened = None if lag is None else launch + timedelta(days=lag)
    release = Release(model="m", on=launch, access="api-only", opened_on=opened, any_open=False, source="s")
    told = Line(id="l", vendor="v", name="L", modality="llm", releases=(release,)).state(launch + timedelta(days=days))
    assert told is not None
    assert [told.open, told.pending, told.closed].count(True) == 1
    assert told.open == (lag is not None and days >= lag)
    assert told.closed == (not told.open and days >= 90)
    assert told.dark == told.closed
    assert (told.closed_since is not None) == told.closed


def test_tomorrow_does_not_exist_yet() -> None:
    open_one = Release(model="one", on=date(2025, 1, 1), access="open", source="s")
    closed_one = Release(model="two", on=date(2025, 6, 1), access="api-only", source="s")
    line = Line(id="l", vendor="v", name="L", modality="llm", releases=(open_one, closed_one))
    assert line.state(date(2024, 12, 31)) is None
    before = line.state(date(2025, 5, 31))
    assert before is not None
    assert before.flagship.model == "one"
    after = line.state(date(2025, 6, 1))
    assert after is not None
    assert (after.flagship.model, after.days, after.pending) == ("two", 0, True)


def test_an_unverified_release_decides_nothing() -> None:
    open_one = Release(model="one", on=date(2025, 1, 1), access="open", source="s")
    rumor = Release(model="two", on=date(2025, 2, 1), access="api-only", source="", verified=False)
    told = Line(id="l", vendor="v", name="L", modality="llm", releases=(open_one, rumor)).state(date(2026, 1, 1))
    assert told is not None
    assert told.open


# Strictness.


def test_every_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'id = "mine"\nname = "Mine"\norganizations = ["Qwen"]\nchecked-on = 2026-01-01\nsource = "x"\n'
        '[[lines]]\nid = "wan"\nname = "W"\nmodality = "llm"\nreleases = [\n'
        '  { model = "a", date = 2026-01-01, access = "opened", source = "s" },\n'
        '  { model = "b", date = 2026-01-01, access = "open" },\n'
        '  { model = "c", date = 2026-01-01, access = "api-only", weights = ["o/c"], source = "s" },\n'
        '  { model = "d", date = 2026-01-01, access = "api-only", opened-on = 2025-01-01, source = "s" },\n]\n',
        "utf-8",
    )
    with pytest.raises(RulesError) as raised:
        Vendors.load(tmp_path)
    told = raised.value.message.splitlines()
    places = [line.split(": ")[0].partition("vendors/mine.toml:")[2] for line in told]
    assert places == ["3", "7", "11", "12", "13", "14"]
    assert "already taken in rules/vendors/alibaba.toml" in told[0]
    assert "already taken in rules/vendors/alibaba.toml" in told[1]
    assert "did you mean 'open'?" in told[2]
    assert "verified = false" in told[3]


def test_a_host_cannot_serve_what_nobody_knows(tmp_path: Path) -> None:
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "host.toml").write_text(
        'id = "host"\nname = "Host"\norganizations = []\nchecked-on = 2026-01-01\nsource = "x"\n'
        '[[providers]]\necosystem = "nvidia"\nname = "H"\nsource = "x"\napi-source = "x"\n'
        'serves = [\n  { name = "a", model = "gpt-4o" },\n  { name = "b", model = "gpt-40" },\n]\n',
        "utf-8",
    )
    with pytest.raises(RulesError) as raised:
        Vendors.load(tmp_path)
    assert raised.value.message.endswith("vendors/host.toml:13: model: 'gpt-40' stands nowhere in rules/vendors")


def test_verified_rows_have_a_source_and_unverified_ones_say_so(vendors: Vendors) -> None:
    rows = [r for v in vendors.all for line in v.lines for r in line.releases]
    assert len(rows) > 400
    assert all(r.source for r in rows if r.verified)
    assert any(not r.verified for r in rows)


def test_weights_that_were_taken_down_are_no_longer_had(vendors: Vendors) -> None:
    release = vendors.release_of("stabilityai/stable-diffusion-2")
    assert release is not None
    assert release.availability(date(2025, 11, 12)) is Availability.OPEN
    assert release.availability(date(2025, 11, 13)) is Availability.WITHDRAWN
    assert not release.has_weights(TODAY)


# What a reader is told of a name.


@pytest.fixture(scope="module")
def told() -> Callable[[str], str]:
    snapshot = load_snapshot()
    known = Vendors.load(published=snapshot.published())
    return lambda name: " ".join(explain(name, known, snapshot, TODAY).split())


def test_a_generation_is_all_releases_whose_names_begin_so(told: Callable[[str], str]) -> None:
    text = told("Qwen3.5-Omni")
    assert text.startswith("Qwen3.5-Omni: 3 releases begin so 2026-03-30 Qwen3.5-Omni-Plus: api-only")
    assert "Qwen3.5-Omni-Light: api-only" in text
    assert told("muse image").startswith("muse image: 1 release begins so 2026-07-07 Muse Image: api-only")


def test_a_model_comes_before_the_license_that_is_called_like_it(told: Callable[[str], str]) -> None:
    text = told("minimax-m2.5")
    assert text.startswith("minimax-m2.5, an API model (minimax) of minimax: open")
    assert "LicenseRef-minimax-m2.5" in text


def test_no_host_is_named_that_nobody_named(told: Callable[[str], str]) -> None:
    assert told("LTX-2.3").startswith("LTX-2.3, a model of lightricks: open")


def test_an_unlisted_name_is_unknown_with_its_maker_and_a_reason(told: Callable[[str], str]) -> None:
    for name in ("anthropic/claude-opus-9", "claude-opus-9"):
        assert f"{name}: unknown, because it is not listed in rules/vendors" in told(name)
        assert "Claude (claude), a line of Anthropic" in told(name)
    assert "a deployment" not in told("azure/our-model")
    assert "whoever deploys a model chooses the name" in told("azure/our-model")


def test_a_loaded_name_that_nobody_lists_still_has_a_vendor_and_a_line(vendors: Vendors) -> None:
    here = Location(path="app.py", line=1)
    wanted = Reference(
        name="claude-opus-9", ecosystem="anthropic", location=here, role=Role.LOAD, how="call", written="claude-opus-9"
    )
    [found] = resolve(
        [wanted],
        lock=None,
        snapshot=Snapshot(name="none", as_of=TODAY),
        vendors=vendors,
        hub=None,
        today=TODAY,
    )
    assert (found.vendor, found.line, found.availability) == ("anthropic", "claude", Availability.UNKNOWN)
    assert isinstance(found, Unresolved)
    assert not found.blocking
    assert "claude" in found.reason


def test_copies_of_others_weights_are_no_models_of_the_organization_that_keeps_them() -> None:
    seen = [
        Published(repository="NousResearch/Meta-Llama-9-8B", availability=Availability.OPEN, source="s", as_of=TODAY),
        Published(repository="NousResearch/Hermes-9-8B", availability=Availability.OPEN, source="s", as_of=TODAY),
    ]
    known = Vendors.load(published=seen)
    assert known.api("fireworks", "llama-v9-8b") is None
    assert known.whose("fireworks", "llama-v9-8b").vendor == "meta"
    hermes = known.api("fireworks", "hermes-9-8b")
    assert hermes is not None
    assert (hermes.vendor, hermes.weights, hermes.as_of) == ("nous-research", ("NousResearch/Hermes-9-8B",), TODAY)


@pytest.mark.parametrize("state", [Availability.OPEN, Availability.GATED, Availability.WITHDRAWN])
def test_what_a_snapshot_saw_of_the_weights_since_their_release_counts(state: Availability) -> None:
    seen = Published(repository="databricks/dbrx-instruct", availability=state, source="s", as_of=TODAY)
    dbrx = Vendors.load(published=[seen]).api("databricks", "dbrx-instruct")
    assert dbrx is not None
    # Whoever calls it after that depends on the API alone.
    assert dbrx.availability(TODAY) is (Availability.API_ONLY if state is Availability.WITHDRAWN else state)


def test_a_snapshot_gives_no_weights_to_an_api_model() -> None:
    seen = Published(repository="Qwen/Qwen3.6-Plus", availability=Availability.OPEN, source="s", as_of=TODAY)
    plus = Vendors.load(published=[seen]).api("dashscope", "qwen3.6-plus")
    assert plus is not None
    assert plus.availability(TODAY) is Availability.API_ONLY


@given(st.text(max_size=60), st.sampled_from(ECOSYSTEMS + MORE_ECOSYSTEMS))
def test_no_name_is_too_strange_to_be_looked_up(name: str, ecosystem: str) -> None:
    found = _KNOWN.api(ecosystem, name)
    whose = _KNOWN.whose(ecosystem, name)
    assert whose.reason
    assert found is None or found.source


_KNOWN = Vendors.load()


def test_a_version_of_bedrock_stands_behind_a_maker(vendors: Vendors) -> None:
    """Nobody's `deepseek-v4` is DeepSeek without a version."""
    assert vendors.api("bedrock", "deepseek-v4") is None
    known = vendors.api("bedrock", "us.deepseek.r1-v1:0")
    assert known is not None
    assert known.weights == ("deepseek-ai/DeepSeek-R1",)
