"""What a person is told of a license, and what a project owes."""

from __future__ import annotations

import pytest

from freehold.licenses.catalog import License, catalog
from freehold.licenses.duties import owed
from freehold.licenses.expression import claim
from freehold.licenses.profile import Organization
from freehold.licenses.sheet import PARTS, Sheet, sheet
from freehold.types import LicenseClaim


def shown(name: str) -> Sheet:
    found = catalog().find(name)
    assert found is not None
    return sheet(found)


def part(of: Sheet, name: str) -> str:
    return "\n".join(line.text for known, lines in of.parts if known == name for line in lines)


def test_llama_on_one_screen() -> None:
    llama = shown("llama3.2")
    assert "700 million" in part(llama, "conditions")
    assert 'show "Built with Llama"' in part(llama, "asks")
    assert "use policy" in part(llama, "asks")
    assert "European Union" in part(llama, "forbids")
    assert part(llama, "unverified") == ""


def test_what_nobody_read_stands_apart() -> None:
    grok = shown("grok2-community")
    assert "commercial use" in part(grok, "unverified")
    assert {name for name, _ in grok.parts} == {"unverified"}


def test_non_commercial_is_forbidden_and_apache_forbids_nothing() -> None:
    assert "commercial use" in part(shown("mrl"), "forbids")
    assert part(shown("apache-2.0"), "forbids") == ""
    assert "gpt-oss" in shown("apache-2.0").carriers


@pytest.mark.parametrize("one", catalog().licenses, ids=lambda one: one.id)
def test_every_statement_of_a_license_stands_once_in_its_sheet(one: License) -> None:
    found = sheet(one)
    assert sum(len(lines) for _, lines in found.parts) == len(one.facts) + len(one.thresholds) + len(one.duties)
    assert [name for name, _ in found.parts] == [name for name in PARTS if name in dict(found.parts)]
    assert all(line.status == "verified" for name, lines in found.parts if name != "unverified" for line in lines)


def test_display_duties_come_first_and_name_what_brings_them() -> None:
    found = owed([("meta/B", claim("llama3.1")), ("meta/A", claim("llama3.1")), ("x", claim("mit"))])
    assert found[0].words == "Built with Llama"
    assert found[0].subjects == ("meta/A", "meta/B")
    assert any(one.prefix == "Llama" for one in found)
    assert any(one.license == "MIT" and one.subjects == ("x",) for one in found)


def test_of_a_choice_the_mildest_is_owed_and_of_all_everything() -> None:
    either = LicenseClaim(expression="GPL-3.0-only OR MIT", source="declared")
    both = LicenseClaim(expression="HPND AND LGPL-2.0-or-later", source="declared")
    assert [one.license for one in owed([("a", either)])] == ["MIT"]
    assert [one.license for one in owed([("a", both)])] == ["HPND", "LGPL-2.0-or-later"]
    assert "offer the source" in owed([("a", both)])[1].text


def test_what_the_organization_does_not_do_is_not_owed() -> None:
    assert owed([("a", claim("mit"))], Organization(distributes_weights=False)) == ()
    assert owed([("a", claim("mit"))], Organization(distributes_weights=True)) != ()
    assert owed([("a", claim(None)), ("b", claim("cc0-1.0"))]) == ()


def test_what_is_due_above_a_line_is_told_with_the_line() -> None:
    texts = [one.text for one in owed([("a", claim("other", "kimi-k2-modified-mit"))], Organization(commercial=True))]
    assert any("more than 100 million" in text and "Kimi K2" in text for text in texts)
