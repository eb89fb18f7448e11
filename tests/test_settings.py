"""Settings: every mistake at once, with its line; found where a person expects them and nowhere else."""

from pathlib import Path

import pytest

from freehold.errors import SettingsError
from freehold.settings import Settings, load


def rules(over: tuple[Path, ...]) -> tuple[str, ...]:
    return ("model-gated", "revision-unpinned")


def test_no_settings_are_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, rules) == Settings()


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "freehold.toml").write_text(
        """\
fail-on = "eror"
exclud = ["x"]
limits = { exposure = 600 }
[severity]
model-gate = "off"
[organization]
commercial = "yes"
countries = ["DE", "Germany"]
monthly-active-users-at = { "2024-6" = 3 }
[[waivers]]
rule = "model-gated"
modl = "x"
until = "2027-01-01"
[usage]
gpt = { input-tokens = 3 }
"""
    )
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, rules)
    assert caught.value.message.splitlines() == [
        "freehold.toml:1: fail-on: 'eror' is not one of note, warning, error, never (did you mean 'error'?)",
        "freehold.toml:2: unknown key 'exclud' (did you mean 'exclude'?)",
        "freehold.toml:3: exposure: must be 0 to 100, got 600",
        "freehold.toml:5: no rule is called 'model-gate' (did you mean 'model-gated'?)",
        "freehold.toml:7: commercial: must be true or false, got a string",
        "freehold.toml:8: countries: 'Germany' is not a two-letter code (ISO 3166-1)",
        "freehold.toml:9: '2024-6' is not a month such as '2024-06'",
        "freehold.toml:12: unknown key 'modl' (did you mean 'model'?)",
        "freehold.toml:13: until: must be a date, such as 2027-03-31 without quotes, got a string",
        "freehold.toml:15: usage: 'gpt' must be written as ecosystem/name, such as 'openai/gpt-4o'",
    ]


def test_the_documented_example_is_valid_in_both_places(tmp_path: Path) -> None:
    example = """\
[tool.freehold]
fail-on = "never"
exclude = ["third_party/**"]
severity = { model-gated = "error", revision-unpinned = "off" }
limits = { exposure = 60, retires-within-days = 90, snapshot-age-days = 60 }

[tool.freehold.organization]
commercial = true
monthly-active-users = 2_000_000
monthly-active-users-at = { "2024-06" = 900_000 }
annual-revenue-usd = 5_000_000
monthly-revenue-usd = 400_000
countries = ["DE", "US"]
distributes-weights = false
hosts-as-service = true
trains-on-outputs = false
core-business = "customer support software"

[tool.freehold.licenses]
allow = ["Apache-2.0", "MIT", "category:permissive"]
review = ["category:community"]
deny = ["category:non-commercial", "AGPL-3.0-only"]

[[tool.freehold.waivers]]
rule = "model-gated"
model = "meta-llama/Llama-3.1-8B-Instruct"
reason = "Access granted to the build account, copy in our mirror"
until = 2027-03-31
owner = "ml-platform"

[tool.freehold.usage]
"openai/gpt-4o" = { input-tokens = 2_000_000_000, output-tokens = 300_000_000 }
"""
    for folder, name, text in (
        ("a", "pyproject.toml", example),
        ("b", "freehold.toml", example.replace("[tool.freehold]\n", "").replace("tool.freehold.", "")),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
        settings = load(tmp_path / folder, rules)
        assert settings.file == name
        assert settings.fail_on is None
        assert settings.limits.exposure == 60
        assert settings.organization.countries == ("DE", "US")
        assert settings.organization.monthly_active_users_at == (("2024-06", 900_000),)
        assert dict(settings.severity)["revision-unpinned"] is None
        assert settings.waivers[0].owner == "ml-platform"
        assert settings.usage[0].output_tokens == 300_000_000


def test_settings_are_looked_for_up_to_the_repository_and_no_further(tmp_path: Path) -> None:
    (tmp_path / "freehold.toml").write_text('fail-on = "note"')
    inner = tmp_path / "repository" / "service"
    inner.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    assert load(inner, rules).file is None
    (tmp_path / "repository" / "freehold.toml").write_text('fail-on = "warning"')
    assert load(inner, rules).file == "../freehold.toml"


def test_two_places_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "freehold.toml").write_text('fail-on = "note"')
    (tmp_path / "pyproject.toml").write_text('[tool.freehold]\nfail-on = "error"')
    with pytest.raises(SettingsError, match="both hold settings"):
        load(tmp_path, rules)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.toml"
    secret.write_text('fail-on = "never"')
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "freehold.toml").symlink_to(secret)
    assert load(tmp_path / "project", rules) == Settings()


def test_a_policy_replaces_the_projects_own_settings(tmp_path: Path) -> None:
    (tmp_path / "freehold.toml").write_text('fail-on = "never"')
    (tmp_path / "policy.toml").write_text('fail-on = "warning"')
    settings = load(tmp_path, rules, tmp_path / "policy.toml")
    assert settings.fail_on == "warning"
    with pytest.raises(SettingsError, match="cannot read the policy"):
        load(tmp_path, rules, tmp_path / "absent.toml")
