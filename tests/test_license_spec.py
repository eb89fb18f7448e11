"""Every block of tests/spec/licenses is a card, who reads it, and the verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import tomli

from freehold.licenses.expression import claim
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import assess

SPEC = Path(__file__).parent / "spec" / "licenses"


def blocks(name: str) -> list[Any]:
    text, found = (SPEC / name).read_text("utf-8"), []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)):
            found.append(pytest.param(tomli.loads(block), id=f"{title} {number}" if number else title))
    assert found, name
    return found


def organization(table: dict[str, Any]) -> Organization:
    known = {key.replace("-", "_"): value for key, value in table.items()}
    if "countries" in known:
        known["countries"] = tuple(known["countries"])
    known["monthly_active_users_at"] = tuple(sorted(known.get("monthly_active_users_at", {}).items()))
    return Organization(**known)


def policy(table: dict[str, Any]) -> LicensePolicy:
    return LicensePolicy(**{key: tuple(value) for key, value in table.items()})


@pytest.mark.parametrize("case", [case for file in sorted(SPEC.glob("*.md")) for case in blocks(file.name)])
def test_a_card_has_the_verdict_that_the_specification_says(case: dict[str, Any]) -> None:
    card = case.pop("card")
    declared = claim(card.get("license"), card.get("license_name"), card.get("license_link"), tags=case.pop("tags", ()))
    found = assess(
        declared,
        organization(case.pop("organization", {})),
        policy(case.pop("policy", {})),
        task=case.pop("task", None),
    )
    expected = case.pop("expression", declared.expression)
    assert declared.expression == expected
    assert found.verdict == case.pop("verdict"), found.because
    for words in case.pop("says", ()):
        assert any(words in because for because in found.because), found.because
    assert not case, "unknown keys in the specification"
