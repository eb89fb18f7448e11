"""What a text names, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.detect.names import MAX_NAME, Name, Sure, identify
from freehold.detect.places import in_path

NAMES = [
    ("mistral:latest", None, "ollama", "mistral:latest", Sure.SHAPED),
    ("mistral:7b-instruct", None, "ollama", "mistral:7b-instruct", Sure.KNOWN),
    ("mistral:mistral-large-latest", None, "mistral", "mistral-large-latest", Sure.KNOWN),
    ("Qwen/Qwen2.5-7B", None, "huggingface", "Qwen/Qwen2.5-7B", Sure.KNOWN),
    ("nobody/heardof", None, "huggingface", "nobody/heardof", Sure.PLAIN),
    ("Nobody/Heard-Of", None, "huggingface", "Nobody/Heard-Of", Sure.SHAPED),
    ("bert-base-uncased", None, "huggingface", "bert-base-uncased", Sure.KNOWN),
    ("llama3.1:8b", None, "ollama", "llama3.1:8b", Sure.KNOWN),
    ("gpt-4o", None, "openai", "gpt-4o", Sure.KNOWN),
    ("openai/gpt-4-turbo", None, "openai", "gpt-4-turbo", Sure.KNOWN),
    ("openai/whisper-large-v3", None, "huggingface", "openai/whisper-large-v3", Sure.KNOWN),
    ("openai/gpt-4-turbo", "huggingface", "huggingface", "openai/gpt-4-turbo", Sure.KNOWN),
    ("google/gemma-2-9b-it", None, "huggingface", "google/gemma-2-9b-it", Sure.KNOWN),
    ("google/gemini-2.5-pro", None, "google", "gemini-2.5-pro", Sure.KNOWN),
    ("huggingface/Nobody/heard-of", None, "huggingface", "Nobody/heard-of", Sure.KNOWN),
    ("openai:chat:gpt-4.1-nano", None, "openai", "gpt-4.1-nano", Sure.KNOWN),
    (
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        None,
        "bedrock",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        Sure.KNOWN,
    ),
    ("us.anthropic.claude-unheard-v1:0", None, "bedrock", "us.anthropic.claude-unheard-v1:0", Sure.KNOWN),
    (
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2:1",
        None,
        "bedrock",
        "anthropic.claude-v2:1",
        Sure.KNOWN,
    ),
    (
        "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.nobody.unheard-v1:0",
        "bedrock",
        "bedrock",
        "us-gov.nobody.unheard-v1:0",
        Sure.KNOWN,
    ),
    ("hf://nobody/heardof", None, "huggingface", "nobody/heardof", Sure.KNOWN),
    ("https://huggingface.co/nobody/heardof?library=x", None, "huggingface", "nobody/heardof", Sure.KNOWN),
    ("https://modelscope.cn/models/Qwen/Qwen3-8B", None, "modelscope", "Qwen/Qwen3-8B", Sure.KNOWN),
    ("https://ollama.com/library/phi4", None, "ollama", "phi4", Sure.KNOWN),
    ("./models/zephyr-7b.Q4_K_M.gguf", None, "gguf", "zephyr-7b.Q4_K_M.gguf", Sure.SHAPED),
    ("qwen-image-edit.safetensors", None, "weights", "qwen-image-edit.safetensors", Sure.SHAPED),
    ("mistral-small-24b-q4_k_m.gguf", None, "gguf", "mistral-small-24b-q4_k_m.gguf", Sure.SHAPED),
    ("models/sdxl-turbo.safetensors", None, "weights", "sdxl-turbo.safetensors", Sure.SHAPED),
]


@pytest.mark.parametrize(("text", "place", "ecosystem", "name", "sure"), NAMES, ids=[n[0] for n in NAMES])
def test_a_name_is_told_with_its_ecosystem(text: str, place: str | None, ecosystem: str, name: str, sure: Sure) -> None:
    """The ecosystem is what the place says, and else what the prefix or the provider's naming says."""
    found = identify(text, place)
    assert found is not None
    assert (found.ecosystem, found.name, found.sure) == (ecosystem, name, sure)


@pytest.mark.parametrize(
    ("text", "revision", "file"),
    [
        ("nobody/heardof@v1", "v1", None),
        ("https://huggingface.co/nobody/heardof/resolve/0123abc/w/model.bin", "0123abc", "w/model.bin"),
        ("https://hf.co/nobody/heardof/tree/main", "main", None),
        ("hf.co/nobody/heardof-GGUF:Q4_K_M", None, "Q4_K_M"),
        ("nobody/heardof-GGUF:Q8_0", None, "Q8_0"),
        ("hf://nobody/heardof-GGUF:Q8_0", None, "Q8_0"),
        ("hf://nobody/heardof:v1", "v1", None),
        ("hf://nobody/heardof@v1", "v1", None),
    ],
)
def test_revision_and_file_are_told(text: str, revision: str | None, file: str | None) -> None:
    """What pins a name, and which file of it is asked for, are not part of it."""
    found = identify(text)
    assert found is not None
    assert found.name.startswith("nobody/heardof")
    assert ":" not in found.name
    assert (found.revision, found.file) == (revision, file)


NOT_NAMES = [
    "text/plain",
    "application/json",
    "multipart/form-data",
    "America/New_York",
    "Europe/Berlin",
    "linux/amd64",
    "apps/v1",
    "actions/checkout",
    "data/raw_pdfs",
    "models/final",
    "outputs/run-1",
    "./checkpoints/final",
    "/mnt/models",
    "~/weights",
    "../x/y",
    "src/main.py",
    "docs/setup.md",
    "conf/model.yaml",
    "1/2",
    "24/7",
    "3.11",
    "v1/v2",
    "your-org/your-model",
    "path/to/model",
    "<model>",
    "${MODEL}",
    "model",
    "none",
    "default",
    "a/b/c/d",
    "https://github.com/nobody/heardof-7b",
    "https://huggingface.co/datasets/nobody/data",
    "git@github.com:nobody/heardof.git",
    "https://huggingface.co/spaces/nobody/space",
    "https://huggingface.co/docs/hub",
    "https://huggingface.co/blog/llama-7b",
    "модель/имя",
    "org/na\x1bme",
]


@pytest.mark.parametrize("text", [*NOT_NAMES, "", " ", "{{ model }}", "a b/c", "a" * (MAX_NAME + 1)])
def test_what_is_no_model_is_none(text: str) -> None:
    """Media types, time zones, platforms, paths, placeholders, data sets, Spaces and code are no models."""
    assert identify(text) is None


def test_a_path_may_be_named_after_a_repository() -> None:
    """A mounted copy of a public model is that model; a folder of one's own is not."""
    found = in_path("/mnt/models/meta-llama/Meta-Llama-3-8B-Instruct")
    assert found == Name(name="meta-llama/Meta-Llama-3-8B-Instruct", ecosystem="huggingface", sure=Sure.KNOWN)
    assert in_path("/mnt/models/final") is None
    assert in_path("./outputs/llama-7b") is None


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_that_can_be_looked_up(text: str) -> None:
    """No text raises, and a name that comes out has no blank, quote or control character in it."""
    found = identify(text)
    assert found is None or (found.name.isascii() and found.name.isprintable() and " " not in found.name)
