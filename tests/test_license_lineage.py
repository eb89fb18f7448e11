"""What holds along a chain of models, and what a child may not drop."""

from __future__ import annotations

import pytest

from freehold.licenses.expression import claim
from freehold.licenses.lineage import dropped, effective
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import assess
from freehold.types import Ancestor


def parent(license_id: str, relation: str = "finetune", name: str = "base/Model", named: str | None = None) -> Ancestor:
    return Ancestor(id=name, depth=1, license=claim(license_id, named), relation=relation)


def kinds(child: str | None, *parents: Ancestor, name: str | None = None) -> list[str]:
    return [one.kind for one in dropped(claim(child), parents, name=name)]


def test_a_fine_tune_that_says_apache_on_a_llama_base_keeps_the_llama_terms() -> None:
    base = parent("llama3.1", name="meta-llama/Llama-3.1-8B")
    found = effective(claim("apache-2.0"), [base])
    assert found.expression == "Apache-2.0 AND LicenseRef-scancode-llama-3.1-license-2024"
    assert found.source == "lineage"
    who = Organization(commercial=True, monthly_active_users_at=(("2024-06", 800_000_000),), trains_on_outputs=False)
    assert assess(found, who, LicensePolicy()).verdict == "forbidden"
    (drop,) = dropped(claim("apache-2.0"), [base])
    assert drop.kind == "restriction"
    assert "thresholds" in drop.topics
    assert "meta-llama/Llama-3.1-8B is under Llama 3.1 Community License Agreement" in drop.text
    assert "Apache License 2.0 does not have them" in drop.text
    assert (drop.parent_license, drop.child_license) == ("LicenseRef-scancode-llama-3.1-license-2024", "Apache-2.0")


@pytest.mark.parametrize(
    ("child", "base"),
    [
        ("apache-2.0", "cc-by-nc-4.0"),
        ("mit", "gemma"),
        ("apache-2.0", "creativeml-openrail-m"),
        ("mit", "cc-by-nc-nd-4.0"),
        ("apache-2.0", "agpl-3.0"),
        ("cc-by-4.0", "cc-by-sa-4.0"),
        ("mit", "apple-amlr"),
        ("llama3.1", "cc-by-nc-4.0"),
    ],
)
def test_a_milder_license_than_the_base_drops_a_restriction(child: str, base: str) -> None:
    assert "restriction" in kinds(child, parent(base))


@pytest.mark.parametrize(
    ("child", "base"),
    [
        ("cc-by-nc-4.0", "cc-by-nc-4.0"),
        ("cc-by-nc-sa-4.0", "cc-by-nc-4.0"),
        ("llama3.1", "llama3.1"),
        ("cc-by-nc-4.0", "apache-2.0"),
        (None, "llama3.1"),
        ("other", "cc-by-nc-4.0"),
        ("bsd", "cc-by-nc-4.0"),
        ("mit", "h-research"),
        ("mit", "unknown"),
        ("mit", "cc0-1.0"),
    ],
)
def test_the_same_a_stricter_or_an_unknown_license_drops_no_restriction(child: str | None, base: str) -> None:
    assert "restriction" not in kinds(child, parent(base))


def test_a_dropped_notice_is_something_milder() -> None:
    assert kinds("apache-2.0", parent("mit")) == ["notice"]


def test_a_quantized_copy_has_the_terms_of_what_it_copies() -> None:
    base = parent("other", "quantized", "mistralai/Ministral-8B-Instruct-2410", "mrl")
    found = effective(claim(None), [base])
    assert found.expression == "LicenseRef-mrl-0.1"
    assert assess(found, Organization(commercial=True), LicensePolicy()).verdict == "forbidden"


def test_a_parent_without_a_known_license_asks() -> None:
    found = assess(effective(claim("apache-2.0"), [parent("unknown")]), Organization(), LicensePolicy())
    assert found.expression == "Apache-2.0 AND LicenseRef-unknown"
    assert found.verdict == "needs-review"


def test_a_merge_is_the_and_of_all_parents_in_a_fixed_order() -> None:
    one = parent("cc-by-nc-4.0", "merge", "b/B")
    two = parent("apache-2.0", "merge", "a/A")
    assert effective(claim("apache-2.0"), [one, two]) == effective(claim("apache-2.0"), [two, one])
    assert effective(claim("apache-2.0"), [one, two]).expression == "Apache-2.0 AND CC-BY-NC-4.0"


def test_two_parents_that_want_their_own_terms_only_cannot_both_be_kept() -> None:
    one = parent("other", "merge", "x/LTX", "ltx-2.x")
    two = parent("other", "merge", "y/SAM", "sam-license")
    assert "conflict" in kinds("other", one, two)


def test_a_component_keeps_its_terms_without_making_the_rest_a_derivative() -> None:
    text_encoder = parent("llama3.1", "component", "meta-llama/Llama-3.1-8B-Instruct")
    assert kinds("mit", text_encoder, name="HiDream-ai/HiDream-I1-Full") == []
    assert "llama-3.1" in (effective(claim("mit"), [text_encoder]).expression or "")


def test_the_name_of_a_derivative_begins_as_the_license_asks() -> None:
    base = parent("llama3.1")
    assert kinds("llama3.1", base, name="acme/Hermes-8B") == ["name"]
    assert kinds("llama3.1", base, name="acme/Llama-Hermes-8B") == []
    assert kinds("llama3", parent("llama3"), name="acme/Llama-3-Hermes") == []


def test_what_a_grandparent_asks_for_is_not_lost_on_the_way() -> None:
    chain = [
        Ancestor(id="acme/Tuned", depth=1, relation="quantized", license=claim("apache-2.0")),
        Ancestor(id="meta-llama/Llama-2-7b", depth=2, relation="finetune", license=claim("llama2")),
        Ancestor(id="gone/Model", depth=3, reason="not there"),
    ]
    assert effective(claim("apache-2.0"), chain).expression == (
        "Apache-2.0 AND LicenseRef-scancode-llama-2-license-2023 AND LicenseRef-unknown"
    )
    assert [one.parent for one in dropped(claim("apache-2.0"), chain, name="x/Y")] == ["meta-llama/Llama-2-7b"]
