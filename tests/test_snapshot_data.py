"""The facts of rules/snapshot/hub.toml: each sourced, dated and of a shape that the Hub could give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import tomli

from freehold.hub.snapshot import load
from freehold.rules import rules_dir
from freehold.types import Availability

DATA: dict[str, Any] = tomli.loads((rules_dir() / "snapshot" / "hub.toml").read_text("utf-8"))
MODELS: list[dict[str, Any]] = DATA["models"]
IDS = {model["id"] for model in MODELS}

#: The Hub's license identifiers: https://huggingface.co/docs/hub/repositories-licenses, as of 2026-06-06.
LICENSES = frozenset(
    {
        "apache-2.0",
        "mit",
        "openrail",
        "bigscience-openrail-m",
        "creativeml-openrail-m",
        "bigscience-bloom-rail-1.0",
        "bigcode-openrail-m",
        "afl-3.0",
        "artistic-2.0",
        "bsl-1.0",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsd-3-clause-clear",
        "c-uda",
        "cc",
        "cc0-1.0",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "cdla-sharing-1.0",
        "cdla-permissive-1.0",
        "cdla-permissive-2.0",
        "wtfpl",
        "ecl-2.0",
        "epl-1.0",
        "epl-2.0",
        "etalab-2.0",
        "eupl-1.1",
        "eupl-1.2",
        "agpl-3.0",
        "gfdl",
        "gpl",
        "gpl-2.0",
        "gpl-3.0",
        "lgpl",
        "lgpl-2.1",
        "lgpl-3.0",
        "isc",
        "h-research",
        "intel-research",
        "lppl-1.3c",
        "ms-pl",
        "apple-ascl",
        "apple-amlr",
        "mpl-2.0",
        "odc-by",
        "odbl",
        "openmdw-1.0",
        "openmdw-1.1",
        "openrail++",
        "osl-3.0",
        "postgresql",
        "ofl-1.1",
        "ncsa",
        "unlicense",
        "zlib",
        "pddl",
        "lgpl-lr",
        "deepfloyd-if-license",
        "fair-noncommercial-research-license",
        "llama2",
        "llama3",
        "llama3.1",
        "llama3.2",
        "llama3.3",
        "llama4",
        "grok2-community",
        "gemma",
        "unknown",
        "other",
    }
)


def test_it_is_the_schema_that_the_program_reads() -> None:
    snapshot = load()
    assert snapshot.name == "embedded"
    assert len(snapshot.facts) == len(MODELS)
    assert {fact.id for fact in snapshot.facts} == IDS


def test_it_covers_what_projects_use() -> None:
    assert len(MODELS) >= 2000
    states = {model["availability"] for model in MODELS}
    assert {"open", "gated", "withdrawn", "disabled"} <= states
    tasks = {model.get("task") for model in MODELS}
    assert {
        "any-to-any",
        "automatic-speech-recognition",
        "feature-extraction",
        "image-text-to-text",
        "text-generation",
        "text-ranking",
        "text-to-image",
        "text-to-speech",
        "text-to-video",
    } <= tasks


def test_ids_are_sorted_and_unique_whatever_their_case() -> None:
    ids = [model["id"] for model in MODELS]
    assert ids == sorted(ids)
    assert len({one.lower() for one in ids}) == len(ids)
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", model["id"]) for model in MODELS if "moved-to" not in model)


def test_every_fact_can_be_followed_and_believed() -> None:
    assert [f"{model['id']}: {what}" for model in MODELS for what in mistakes(model)] == []


def mistakes(model: dict[str, Any]) -> Iterator[str]:
    """Say what is wrong with one entry."""
    source = r"(?:https://\S+|PyPI package \S+ \S+) \((\d{4}-\d\d-\d\d)\): [^;]+(?:; |$)"
    parts = re.findall(source, model["cite"])
    if re.sub(source, "", model["cite"]) or not parts:
        yield "each source is an address or a released package, its date, and what it says"
        return
    dates = [date.fromisoformat(found) for found in parts]
    facts = dates[1:] if "moved-to" in model else dates  # a name that moved stays moved, however long ago
    if max(dates) > DATA["as-of"]:
        yield "a source from the future"
    if Availability(model["availability"]).has_weights and model["as-of"] != min(facts):
        yield "an entry is as old as its oldest source"
    if model["as-of"] not in dates:
        yield "the date of the facts is that of a source"
    if "gate" in model and model["availability"] not in ("gated", "disabled"):
        yield "a gate where nothing is gated"
    if model.get("license", "other") not in LICENSES:
        yield f"the Hub has no license {model['license']}"
    if "license-name" in model and model["license"] != "other":
        yield "a name for a license that has an identifier"
    if model["id"] in model.get("bases", ()):
        yield "made from itself"
    if {"commit", "uid", "weights", "sha"} & set(model):
        yield "nobody looked at the files"


def test_a_name_that_moved_leads_to_an_entry_that_says_the_same() -> None:
    by_id = {model["id"]: model for model in MODELS}
    moved = [model for model in MODELS if "moved-to" in model]
    assert {"gpt2", "bert-base-uncased", "meta-llama/Meta-Llama-3.1-8B"} <= {model["id"] for model in moved}
    for model in moved:
        target = by_id[model["moved-to"]]
        assert "moved-to" not in target
        for key in ("availability", "gate", "license", "license-name", "bases", "task", "vendor"):
            assert model.get(key) == target.get(key), model["id"]


def test_no_open_model_comes_from_a_family_that_is_gated_elsewhere_here() -> None:
    """Absence of a word about a gate proves nothing where a vendor gates a family."""
    families = ("meta-llama/", "google/gemma-2", "google/gemma-3", "google/gemma-7b", "pyannote/", "facebook/dinov3")
    silent = [m["id"] for m in MODELS if m["id"].startswith(families) and m["availability"] == "open"]
    assert [m["id"] for m in MODELS if m["id"] in silent and "not gated" not in m["cite"]] == []


def test_vendors_are_those_of_the_rules() -> None:
    vendors = {file.stem for file in (rules_dir() / "vendors").glob("*.toml")}
    assert {model["vendor"] for model in MODELS if "vendor" in model} <= vendors
