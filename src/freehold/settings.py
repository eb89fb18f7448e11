"""What the project, or its policy, asks of freehold: `[tool.freehold]` in pyproject.toml, or freehold.toml."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

from freehold.errors import SettingsError
from freehold.licenses.profile import Correction, LicensePolicy, Organization
from freehold.tomlread import Document, Table, suggest
from freehold.types import Location, Severity, Waiver
from freehold.waivers import FACTS

NAMES = ("freehold.toml", "pyproject.toml")
_LEVELS = tuple(s.value for s in Severity)
#: The ids of all rules, with those in an organization's own folders: a severity may name these too.
RuleIds: TypeAlias = Callable[[tuple[Path, ...]], Collection[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a number becomes a finding. None = no limit."""

    exposure: int | None = None  # 0 to 100
    retires_within_days: int | None = None
    snapshot_age_days: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens per month of one model."""

    model: str  # "<ecosystem>/<name>", as in "openai/gpt-4o"
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPolicy:
    """Other severities for what stands under some paths: experiments are not held to what production is."""

    match: str  # a glob, relative to the root
    severity: tuple[tuple[str, Severity | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, with the defaults of a project that has none."""

    file: str | None = None  # as it is shown; None = no settings were found
    fail_on: Severity | None = Severity.ERROR  # None = never
    exclude: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity | None], ...] = ()  # rule -> severity; None = off
    paths: tuple[PathPolicy, ...] = ()
    limits: Limits = field(default_factory=Limits)
    organization: Organization = field(default_factory=Organization)
    licenses: LicensePolicy = field(default_factory=LicensePolicy)
    waivers: tuple[Waiver, ...] = ()
    usage: tuple[Usage, ...] = ()
    rules: tuple[Path, ...] = ()  # an organization's own rules; only a policy may name them

    def severity_of(self, rule: str, default: Severity, path: str) -> Severity | None:
        """Give the severity that these settings choose for a finding at a path; None = off. The last match decides."""
        chosen = dict(self.severity)
        for policy in self.paths:
            if fnmatchcase(path, policy.match):
                chosen |= dict(policy.severity)
        return chosen.get(rule, default)


def load(root: Path, rules: RuleIds, policy: Path | None = None) -> Settings:
    """Read the policy file, or else the nearest settings at or above the root, up to the repository's own top.

    `rules` gives the ids that a severity may name. Raises SettingsError with every mistake, each with file and line.
    """
    if policy is not None:
        try:
            text = policy.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"cannot read the policy {policy}: {error.__class__.__name__}", "check --policy"
            ) from error
        return parse(str(policy), text, rules, beside=policy.resolve().parent)
    for folder in _upwards(root):
        found = [s for name in NAMES if (s := _at(folder, name, root, rules)) is not None]
        if len(found) == 2:
            raise SettingsError(
                f"{found[0].file} and [tool.freehold] in {found[1].file} both hold settings", "keep one of the two"
            )
        if found:
            return found[0]
    return Settings()


def _upwards(root: Path) -> list[Path]:
    """A project outside a repository is looked at alone: what lies above it is somebody else's."""
    folders = [root, *root.parents]
    top = next((i for i, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return folders[: top + 1]


def _at(folder: Path, name: str, root: Path, rules: RuleIds) -> Settings | None:
    file = folder / name
    # A pull request can bring a link to anywhere; settings are read from the file itself only.
    if file.is_symlink() or not file.is_file():
        return None
    shown = _shown(file, root)
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {shown}: {error.__class__.__name__}", "settings are UTF-8 text") from error
    settings = parse(shown, text, rules)
    return settings if settings.file else None


def _shown(file: Path, root: Path) -> str:
    return "../" * (len(root.parts) - len(file.parent.parts)) + file.name


def parse(shown: str, text: str, rules: RuleIds, beside: Path | None = None) -> Settings:
    """Read the text of a settings file: of pyproject.toml its table, which may be absent, of any other name all of it.

    `beside` is the folder of a policy, whose rules stand relative to it; a project's own settings have none.
    Raises SettingsError with every mistake, each with file and line.
    """
    if shown.rpartition("/")[2] != "pyproject.toml":
        document = Document(shown, text)
        top = document.table()
        settings = _settings(shown, top, rules, beside)
        top.done()
    else:
        # A pyproject.toml that is broken elsewhere is a problem of its own, told by the requirements reader.
        if "freehold" not in text:
            return Settings()
        document = Document(shown, text)
        tool = document.table().table("tool")
        if "freehold" not in tool.data:
            return Settings()
        top = tool.table("freehold")
        settings = _settings(shown, top, rules, beside)
        top.done()
    if document.mistakes:
        raise SettingsError("\n".join(map(str, sorted(document.mistakes))), "`freehold schema` lists every setting")
    return settings


def _settings(shown: str, top: Table, rules: RuleIds, beside: Path | None) -> Settings:
    over = _overlay(top, beside)
    known = cache(partial(rules, over))  # read only where a rule is named, or where they are not ours alone
    if over:
        known()
    fail_on = top.text("fail-on", choices=(*_LEVELS, "never")) or "error"
    return Settings(
        file=shown,
        fail_on=None if fail_on == "never" else Severity(fail_on),
        exclude=top.texts("exclude"),
        severity=_severities(top.table("severity"), known),
        paths=tuple(_path_policy(table, known) for table in top.tables("paths")),
        limits=_limits(top.table("limits")),
        organization=_organization(top.table("organization")),
        licenses=_policy(top.table("licenses")),
        waivers=tuple(_waiver(shown, table) for table in top.tables("waivers")),
        usage=_usage(top.table("usage")),
        rules=over,
    )


def _overlay(top: Table, beside: Path | None) -> tuple[Path, ...]:
    """A change under review could lay rules over ours that see nothing; so only a policy from elsewhere may."""
    named = top.texts("rules")
    if named and beside is None:
        top.complain("rules: only a policy given with --policy may name rules", "rules")
        return ()
    folders = tuple(beside / name for name in named) if beside else ()
    for number, folder in enumerate(folders):
        if not folder.is_dir():
            top.document.complain((*top.path, "rules", number), f"rules: there is no folder {named[number]}")
    return folders


def _severities(table: Table, known: Callable[[], Collection[str]]) -> tuple[tuple[str, Severity | None], ...]:
    chosen: list[tuple[str, Severity | None]] = []
    for rule in sorted(table.data):
        level = table.text(rule, choices=(*_LEVELS, "off"))
        if rule not in (rules := known()):
            table.complain(f"no rule is called {rule!r}{suggest(rule, tuple(rules))}", rule)
        elif level is not None:
            chosen.append((rule, None if level == "off" else Severity(level)))
    return tuple(chosen)


def _path_policy(table: Table, known: Callable[[], Collection[str]]) -> PathPolicy:
    policy = PathPolicy(match=table.name("match"), severity=_severities(table.table("severity"), known))
    table.done()
    return policy


def _limits(table: Table) -> Limits:
    age = table.integer("snapshot-age-days", least=0)
    limits = Limits(
        exposure=table.integer("exposure", least=0, most=100),
        retires_within_days=table.integer("retires-within-days", least=0),
        snapshot_age_days=Limits().snapshot_age_days if age is None else age,
    )
    table.done()
    return limits


def _organization(table: Table) -> Organization:
    past = table.table("monthly-active-users-at")
    for month in past.data:
        if not _is_month(month):
            past.complain(f"{month!r} is not a month such as '2024-06'", month)
    countries = table.texts("countries") if "countries" in table else None
    for number, country in enumerate(countries or ()):
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            table.document.complain(
                (*table.path, "countries", number), f"countries: {country!r} is not a two-letter code (ISO 3166-1)"
            )
    organization = Organization(
        commercial=table.boolean("commercial"),
        monthly_active_users=table.integer("monthly-active-users", least=0),
        monthly_active_users_at=tuple(sorted((m, n) for m in past.data if (n := past.integer(m, least=0)) is not None)),
        annual_revenue_usd=table.integer("annual-revenue-usd", least=0),
        monthly_revenue_usd=table.integer("monthly-revenue-usd", least=0),
        countries=None if countries is None else tuple(sorted(c.upper() for c in countries)),
        distributes_weights=table.boolean("distributes-weights"),
        hosts_as_service=table.boolean("hosts-as-service"),
        trains_on_outputs=table.boolean("trains-on-outputs"),
        core_business=table.text("core-business"),
    )
    table.done()
    return organization


def _is_month(text: str) -> bool:
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        return False
    return len(text) == len("2024-06")


def _policy(table: Table) -> LicensePolicy:
    policy = LicensePolicy(
        allow=table.texts("allow"),
        review=table.texts("review"),
        deny=table.texts("deny"),
        corrections=tuple(_correction(row) for row in table.tables("corrections")),
    )
    table.done()
    return policy


def _correction(table: Table) -> Correction:
    correction = Correction(
        model=table.name("model"),
        license=table.name("license"),
        text_sha256=table.name("text-sha256"),
        reason=table.name("reason"),
    )
    table.done()
    return correction


def _waiver(shown: str, table: Table) -> Waiver:
    """A missing reason or end date is a finding, not a mistake: the build should say so, not stop."""
    waiver = Waiver(
        rule=table.name("rule"),
        model=table.text("model"),
        reason=(table.text("reason") or "").strip() or None,
        until=table.day("until"),
        owner=table.text("owner"),
        path=table.text("path"),
        only=_only(table.table("only")),
        location=Location(path=shown, line=table.line()),
    )
    table.done()
    return waiver


def _only(table: Table) -> tuple[tuple[str, str], ...]:
    facts = tuple((key, value) for key in FACTS if (value := table.text(key)) is not None)
    table.done()
    return facts


def _usage(table: Table) -> tuple[Usage, ...]:
    found: list[Usage] = []
    for model in sorted(table.data):
        row = table.table(model)
        found.append(
            Usage(
                model=model,
                input_tokens=row.integer("input-tokens", least=0) or 0,
                output_tokens=row.integer("output-tokens", least=0) or 0,
            )
        )
        row.done()
        if "/" not in model:
            table.complain(f"usage: {model!r} must be written as ecosystem/name, such as 'openai/gpt-4o'", model)
    return tuple(found)
