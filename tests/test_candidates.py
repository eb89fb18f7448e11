"""What could take a model's place: facts in words, nearest first; where nothing is known, that is said."""

from datetime import date

import pytest

from freehold.candidates import Found, Search, parameters
from freehold.hub.snapshot import Known, Snapshot, load
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.types import Availability, Model, Origin
from freehold.vendors.lines import Vendors
from freehold.vendors.prices import Prices

TODAY = date(2026, 11, 22)
VENDORS = Vendors.load()


def found(
    name: str,
    *,
    task: str | None = "text-generation",
    ecosystem: str = "huggingface",
    line: str | None = None,
    snapshot: Snapshot | None = None,
    policy: LicensePolicy | None = None,
) -> Found:
    search = Search(
        VENDORS, snapshot or load(), Prices.load(), Organization(commercial=True), policy or LicensePolicy(), TODAY
    )
    owner = VENDORS.of_repository(name)
    known = VENDORS.line(line) if line else None
    return search.find(
        Model(
            name=name,
            ecosystem=ecosystem,
            availability=Availability.OPEN if ecosystem == "huggingface" else Availability.API_ONLY,
            origin=Origin(source="snapshot", as_of=TODAY),
            task=task,
            vendor=owner[0] if owner else known.vendor if known else None,
            line=line,
        )
    )


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Qwen/Qwen3-8B", 8),
        ("hexgrad/Kokoro-82M", 0.082),
        ("mistralai/Mixtral-8x22B-Instruct-v0.1", 176),
        ("Qwen/Qwen3-30B-A3B", 30),
        ("tencent/Hunyuan-A13B-Instruct", None),  # what is active, not what there is
        ("google/gemma-3n-E4B-it", None),
        ("meta-llama/Llama-2-7b-hf", 7),
        ("Qwen/Qwen2.5-Omni-7B", 7),
        ("microsoft/Phi-3-mini-4k-instruct", None),
        ("openai/whisper-large-v3", None),
    ],
)
def test_sizes_are_those_that_names_tell(name: str, billions: float | None) -> None:
    assert parameters(name) == (None if billions is None else pytest.approx(billions))


@pytest.mark.parametrize("name", ["mistralai/Mistral-7B-v0.1", "Qwen/Qwen3-4B-Instruct-2507", "google/gemma-7b"])
def test_a_candidate_is_of_another_vendor_the_same_task_and_a_comparable_size(name: str) -> None:
    told, own = found(name), parameters(name)
    assert len(told.candidates) == 3
    assert told.note is None
    vendors = [VENDORS.of_repository(each.id) for each in told.candidates]
    assert len({v[0] for v in vendors if v}) == 3  # one of each vendor
    assert VENDORS.of_repository(name) not in vendors
    for each in told.candidates:
        size = parameters(each.id)
        assert size is not None
        assert own is not None
        assert 0.5 <= size / own <= 2
        assert "text-generation" in each.why
        assert "by its name" in each.why
        assert "line" in each.why
        assert each.cite
        assert not any(word in each.why.lower() for word in ("better", "best", "quality", "faster", "state-of-the-art"))


def test_what_the_policy_forbids_is_no_candidate() -> None:
    before = found("mistralai/Mistral-7B-v0.1").candidates
    assert any("Apache-2.0" in each.why for each in before)
    after = found("mistralai/Mistral-7B-v0.1", policy=LicensePolicy(deny=("Apache-2.0",))).candidates
    assert not any("Apache-2.0" in each.why for each in after)
    assert after != before


def test_what_is_known_comes_before_what_has_to_be_reviewed_and_the_nearer_size_first() -> None:
    def known(id: str, license: str | None) -> Known:  # noqa: A002
        return Known(
            id=id, availability=Availability.OPEN, cite="c", as_of=TODAY, license=license, task="text-generation"
        )

    told = found(
        "meta-llama/Llama-3.1-8B-Instruct",
        snapshot=Snapshot(
            name="s",
            as_of=TODAY,
            facts=(
                known("Qwen/Qwen3-14B", "apache-2.0"),
                known("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "mit"),
                known("ibm-granite/granite-3.3-8b-base", "apache-2.0"),  # only continues text
                known("tencent/Hunyuan-7B-Instruct", None),  # nobody says under which license
                known("somebody/else-8B", "mit"),  # a stranger's
                known("google/gemma-3-27b-it", "apache-2.0"),  # too large
            ),
        ),
    )
    assert [each.id for each in told.candidates] == ["deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "Qwen/Qwen3-14B"]
    assert "14B beside 8B by its name" in told.candidates[1].why


def test_an_api_model_of_unknown_size_is_set_beside_the_newest_flagships_of_its_modality() -> None:
    told = found("gpt-4o", task=None, ecosystem="openai", line="gpt")
    assert told.note == "its size is not known: sizes are not compared"
    assert told.candidates
    for each in told.candidates:
        assert "the newest flagship of its line" in each.why
        owner = VENDORS.of_repository(each.id)
        line = VENDORS.line(owner[1] or "") if owner else None
        assert line is not None
        assert line.modality == "llm"


def test_a_name_that_speaks_of_another_task_than_its_line_is_heard() -> None:
    told = found("gpt-4o-mini-tts", task=None, ecosystem="openai", line="gpt")
    assert told.candidates
    assert all(each.why.startswith("text-to-speech") for each in told.candidates)
    assert found("tts-1", task=None, ecosystem="openai").candidates == told.candidates
    live = found("gpt-4o-realtime-preview", task=None, ecosystem="openai", line="gpt")
    assert live == Found(note="not known: no source here says what it is for")


def test_nothing_comparable_is_said_and_not_filled_up() -> None:
    told = found("hexgrad/Kokoro-82M", task="text-to-speech")
    assert told.candidates == ()
    assert told.note is not None
    assert told.note.startswith("nothing comparable is known here: no text-to-speech model that says 41M to 164M")
    assert found("somebody/else", task=None).note == "not known: no source here says what it is for"


def test_a_line_for_something_else_comes_after_and_is_told() -> None:
    names = ("Qwen/Qwen2.5-Coder-7B", "Qwen/Qwen3-VL-8B-Instruct", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B")
    facts = tuple(
        Known(id=n, availability=Availability.OPEN, cite="c", as_of=TODAY, license="mit", task="text-generation")
        for n in names
    )
    snapshot = Snapshot(name="s", as_of=TODAY, facts=facts)
    coder, other = found("mistralai/Mistral-7B-v0.1", line="mistral-small", snapshot=snapshot).candidates[::-1]
    assert other.id == "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    assert coder.id == "Qwen/Qwen2.5-Coder-7B"
    assert "of a line for code, not llm" in coder.why
