"""rules/licenses: complete for the Hub, consistent, and strict about its own mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.licenses import canonicalize_license_expression

from freehold.errors import RulesError
from freehold.hub import snapshot
from freehold.licenses.catalog import ANSWERS, Catalog, License, catalog
from freehold.licenses.expression import claim
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import assess, judge
from freehold.licenses.territory import covers
from freehold.rules import overlay

# The identifiers that the Hub documents (docs/hub/repositories-licenses.md, 22 August 2026).
HUB = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0
artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0
cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0
epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research
intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0
postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2
llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
""".split()  # noqa: SIM905
# In SPDX 3.29, newer than the list that `packaging` carries.
NEWER = ("OpenMDW-1.0",)


def each(kind: str) -> list[License]:
    return [one for one in catalog().licenses if one.kind == kind]


@pytest.mark.parametrize("tag", HUB)
def test_every_hub_identifier_is_known_and_its_expression_is_spdx(tag: str) -> None:
    assert len(HUB) == len(set(HUB)) == 83
    assert catalog().hub(tag) is not None
    found = claim(tag).expression
    if found is None:
        assert tag in ("unknown", "other")
    elif found not in NEWER:
        assert canonicalize_license_expression(found) == found


@pytest.mark.parametrize("one", catalog().licenses, ids=lambda one: one.id)
def test_a_license_that_nobody_read_never_allows_and_never_forbids(one: License) -> None:
    if one.status == "verified" and one.kind == "license":
        return
    for commercial in (True, False, None):
        who = Organization(commercial=commercial, trains_on_outputs=True, hosts_as_service=True, countries=("DE", "KR"))
        declared = claim(one.hub[0] if one.hub else "other", one.id)
        assert assess(declared, who, LicensePolicy()).verdict == "needs-review"


@pytest.mark.parametrize("one", each("license"), ids=lambda one: one.id)
def test_every_license_says_something_on_every_topic(one: License) -> None:
    assert {fact.topic for fact in one.facts} == set(ANSWERS)
    for said in (*one.facts, *one.thresholds, *one.duties):
        assert said.source
        assert said.text
    assert one.fact("commercial").answer != "conditional" or one.thresholds or one.fact("commercial").business


@pytest.mark.parametrize("one", each("license"), ids=lambda one: one.id)
def test_knowing_more_about_the_user_never_lowers_a_forbidden_use(one: License) -> None:
    """What forbids a use for whoever says everything is at least a question for whoever says nothing."""
    told = Organization(
        commercial=True,
        monthly_active_users=10**9,
        monthly_active_users_at=tuple((f"{y}-{m:02}", 10**9) for y in range(2023, 2027) for m in range(1, 13)),
        annual_revenue_usd=10**10,
        monthly_revenue_usd=10**9,
        countries=("DE",),
        distributes_weights=True,
        hosts_as_service=True,
        trains_on_outputs=True,
    )
    declared = claim("other", one.id)
    silent = judge(declared, Organization(), LicensePolicy())
    if judge(declared, told, LicensePolicy()).verdict == "forbidden":
        assert silent.verdict == "needs-review"
    assert silent.verdict != "forbidden"


def test_a_license_is_found_by_whole_names_only() -> None:
    assert catalog().named("Solar-Apache-2.0") is catalog().find("solar-apache")
    assert catalog().named("acme-apache-2.0") is None
    assert catalog().named("qwen") is not catalog().named("qwen-research")
    assert catalog().find("bsl-1.0").title.startswith("Boost")  # type: ignore[union-attr]


def test_mistakes_in_a_file_are_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "licenses"
    folder.mkdir()
    (folder / "acme.toml").write_text(
        'id = "acme-1"\ntitle = "Acme"\nexpression = "LicenseRef-acme"\nhub = ["mit"]\nsource = "x"\n'
        "checked-on = 2026-11-22\n[facts.comercial]\n"
        'answer = "yes"\n[[thresholds]]\nmetric = "users"\neffect = "display"\ntext = "x"\n'
    )
    with pytest.raises(RulesError) as caught:
        catalog(tmp_path)
    told = caught.value.message
    assert "licenses/acme.toml:1: id: must be the file's name, 'acme'" in told
    assert "licenses/acme.toml:4: hub: 'mit' is that of 'mit' already" in told
    assert "unknown key 'comercial' (did you mean 'commercial'?)" in told
    assert "exactly one of `above` and `from` is needed" in told
    assert "metric: 'users' is not one of" in told


def test_an_organization_adds_a_license_with_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "licenses"
    folder.mkdir()
    (folder / "acme.toml").write_text(
        'id = "acme"\ntitle = "Acme License"\nexpression = "LicenseRef-acme"\nsource = "our lawyers"\n'
        "checked-on = 2026-11-22\n"
    )
    assert isinstance(catalog(tmp_path), Catalog)
    assert catalog(tmp_path).named("acme license").expression == "LicenseRef-acme"  # type: ignore[union-attr]


def test_the_european_union_has_its_members() -> None:
    assert covers(("EU",), "de")
    assert covers(("EU", "GB"), "GB")
    assert not covers(("EU",), "GB")
    assert not covers(("EU",), "CH")


def test_the_licenses_of_real_models_are_all_known() -> None:
    """The embedded snapshot holds what some two thousand repositories declare."""
    facts = [fact for fact in snapshot.load(None).facts if fact.license is not None]
    assert len(facts) > 1000
    unknown = {fact.license for fact in facts if fact.license and catalog().hub(fact.license) is None}
    assert unknown == set()
    for fact in facts:
        found = claim(fact.license, fact.license_name, fact.license_link).expression
        if found is not None and found not in NEWER:
            assert canonicalize_license_expression(found) == found


def test_an_organization_may_replace_what_freehold_says_of_a_license(tmp_path: Path) -> None:
    folder = tmp_path / "licenses"
    folder.mkdir()
    (folder / "mit.toml").write_text(
        'id = "mit"\ntitle = "MIT, as our lawyers read it"\nexpression = "MIT"\nhub = ["mit"]\n'
        'source = "our lawyers"\nchecked-on = 2026-11-22\n'
    )
    with overlay((tmp_path,)):
        assert catalog().find("mit").title == "MIT, as our lawyers read it"  # type: ignore[union-attr]
        assert assess(claim("mit"), Organization(), LicensePolicy()).verdict == "needs-review"
    assert catalog().find("mit").title == "MIT License"  # type: ignore[union-attr]
