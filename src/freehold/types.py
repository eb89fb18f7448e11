"""The words of freehold as frozen values. Every collection is a tuple, already sorted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeAlias


class Role(StrEnum):
    """Does this place select a model, only name one, or merely look like it?"""

    LOAD = "load"
    MENTION = "mention"
    CANDIDATE = "candidate"


class Availability(StrEnum):
    """Can anyone still download it? The states of the design's section 5; `unknown` is an `Unresolved`."""

    OPEN = "open"
    GATED = "gated"
    INCOMPLETE = "incomplete"
    NO_WEIGHTS = "no-weights"
    DISABLED = "disabled"
    WITHDRAWN = "withdrawn"
    NOT_FOUND = "not-found"
    API_ONLY = "api-only"
    LOCAL = "local"
    UNKNOWN = "unknown"

    @property
    def has_weights(self) -> bool:
        """True for the states in which weights were there to download, whole or in part."""
        return self in (Availability.OPEN, Availability.GATED, Availability.INCOMPLETE)


class Severity(StrEnum):
    """SARIF's words, in rising order."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error."""
        return ("note", "warning", "error").index(self.value)


class Status(StrEnum):
    """What became of a finding."""

    OPEN = "open"
    WAIVED = "waived"
    BASELINE = "baseline"


Gate: TypeAlias = Literal["auto", "manual"]
SeenAs: TypeAlias = Literal["anonymous", "token"]
FactSource: TypeAlias = Literal["hub", "cache", "snapshot", "rules", "lock", "project"]
LicenseSource: TypeAlias = Literal["declared", "text", "lineage", "vendor", "waiver"]
Verdict: TypeAlias = Literal["allowed", "obligations", "needs-review", "forbidden"]
CouplingKind: TypeAlias = Literal["chat-marker", "class", "sdk", "token-id", "vocabulary", "context-size"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A place in the project. `path` is relative to the root, with `/`, and untrusted; lines and columns count from 1,
    columns in characters. `cell` counts notebook cells from 0, while `line` stays that of the file on disk."""

    path: str
    line: int = 1
    column: int = 1
    cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that could not be read or known: never a silence, never a finding."""

    what: str
    hint: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place in the project that names a model."""

    name: str | None  # normalised, as its ecosystem would look it up; None = visible, not knowable (see `reason`)
    written: str  # exactly as it stands in the file
    ecosystem: str  # "huggingface", "openai", "ollama", …; "unknown" for a candidate
    role: Role
    location: Location
    how: str  # the form: call, default, constant, config, flag, env, url, table, text, …
    library: str | None = None  # id of the rules/calls file that recognised it
    revision: str | None = None  # as written: commit, branch or tag
    reason: str | None = None  # why `name` is None, or why the role is not `load`
    snippet: str = ""  # the line it stands on, stripped; goes into the fingerprint
    scope: Literal["code", "test", "example", "doc"] = "code"
    remote_code: bool | None = False  # is the model's own code allowed to run? None: cannot be told
    file: str | None = None  # a single weight file that is asked for, e.g. a GGUF quantisation
    base_url: str | None = None  # an API base that changes who serves it
    revision_reason: str | None = None  # a revision is given, but not one that can be known, and why

    @property
    def pinned(self) -> bool:
        """True where it names a commit: at least seven hexadecimal digits. Branches and tags move."""
        revision = (self.revision or "").lower()
        return len(revision) >= 7 and not revision.strip("0123456789abcdef")

    @property
    def floating(self) -> bool:
        """True where it follows a branch or a tag. Of a revision that cannot be known nothing is said."""
        return not self.pinned and self.revision_reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """One place that works with one family of models, or with one vendor's client, only."""

    kind: CouplingKind
    text: str  # as written
    family: str  # its id in rules/calls
    location: Location
    scope: Literal["code", "test", "example", "doc"] = "code"
    snippet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowest:
    """Where one portable client could stand between a family and the project: the file through which most of the places
    in code outside tests already pass. `path` None = there is no such file, see `why`."""

    family: str
    path: str | None
    passing: int  # places in that file, and in files that import it
    places: int  # all of the family's couplings and loads in code
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseClaim:
    """What a source says the license is. `expression` is SPDX or `LicenseRef-…`; None = nothing was declared."""

    expression: str | None
    source: LicenseSource
    tag: str | None = None  # the Hub's identifier, or a package's own words
    name: str | None = None  # the card's `license_name`
    link: str | None = None  # the card's `license_link`, or where the source can be read
    text_sha256: str | None = None  # of the normalised license text
    verdict: Verdict = "needs-review"
    because: tuple[str, ...] = ()  # why this verdict; the questions to answer, the duties to fulfil


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A Python package that the project asks for."""

    name: str  # normalised as PEP 503 says
    specifier: str
    location: Location
    version: str | None = None  # where a lock file gives one
    license: LicenseClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Weight:
    """One file of a loadable set of weights. `sha256` is that of the content (the LFS oid), never of a pointer."""

    path: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a fact comes from and when it was taken."""

    source: FactSource
    as_of: date
    cite: str | None = None  # what a person can follow


@dataclass(frozen=True, slots=True, kw_only=True)
class LastKnown:
    """What an older source said about a model that could not be resolved now."""

    availability: Availability
    as_of: date
    source: FactSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """What a model was made from, as far as the cards declare it. The nearest stands first."""

    id: str
    depth: int  # 1 = what the model itself names
    relation: str | None = None  # how the child came from it: adapter, merge, quantized, finetune
    license: LicenseClaim | None = None  # None = not known, see `reason`
    vendor: str | None = None
    line: str | None = None
    reason: str | None = None  # why no more is known: gone, a fault, a path, not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What makes a model replaceable or safe, gathered when asked for. None = not told."""

    hosts: tuple[str, ...] | None = None  # inference providers that serve it now
    copies: int | None = None  # quantised copies on the Hub
    successor: str | None = None  # the card's `new_version`
    scanned: bool | None = None  # the Hub's security scan is through
    flagged: tuple[str, ...] = ()  # files that the scan warns of, with its word for each
    pickle_only: bool = False  # no weights in a form that cannot run code when loaded
    downloads: int | None = None  # in the last 30 days, as the Hub counts
    created_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a name turned out to be: a Hub repository at a commit, or a vendor's API model. None = not known."""

    name: str  # as the references name it
    ecosystem: str
    availability: Availability  # never UNKNOWN: that is `Unresolved`
    origin: Origin
    id: str | None = None  # the repository's id today
    uid: str | None = None  # the Hub's permanent `_id`
    commit: str | None = None
    gate: Gate | None = None
    reason: str | None = None  # why this availability, where the state alone does not say
    license: LicenseClaim | None = None
    weights: tuple[Weight, ...] = ()
    bases: tuple[str, ...] = ()
    vendor: str | None = None  # id of the rules/vendors file
    line: str | None = None  # id of the line in it
    task: str | None = None
    private: bool = False
    granted: bool | None = None  # whether our token may pass the gate; None = no gate, no token, or nobody can tell
    lineage: tuple[Ancestor, ...] = ()
    details: Details | None = None
    last_known: LastKnown | None = None  # what the snapshot knew of it, beside what it is now


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """A model of which could not be told what it is. `blocking` is False where no answer was to be had in the first
    place (an API name that rules/vendors does not list): that does not make a run incomplete."""

    name: str
    ecosystem: str
    reason: str
    origin: Origin
    last_known: LastKnown | None = None
    blocking: bool = True
    vendor: str | None = None
    line: str | None = None

    @property
    def availability(self) -> Availability:
        """Always `unknown`."""
        return Availability.UNKNOWN


Resolved: TypeAlias = Model | Unresolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One judgement: its words stand in rules/checks, its logic is a predicate."""

    id: str
    title: str
    severity: Severity
    predicate: str
    why: str
    remedy: str
    references: tuple[str, ...]
    remedies: tuple[tuple[str, str], ...] = ()  # for one kind of change, instead of `remedy`
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    replaces: tuple[str, ...] = ()  # milder rules that are silent about a model of which this one speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One occurrence of a rule."""

    rule: str
    severity: Severity
    message: str  # one sentence
    remedy: str  # one next action
    location: Location
    fingerprint: str  # stable while lines move
    model: str | None = None
    ecosystem: str | None = None
    evidence: tuple[str, ...] = ()
    related: tuple[Location, ...] = ()
    status: Status = Status.OPEN
    waived_because: str | None = None
    workspace: str = "."  # the folder whose settings judged it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A signed exception. Without reason or end date it is itself reported, and without a reason it waives nothing."""

    rule: str
    model: str | None
    reason: str | None
    until: date | None
    location: Location
    owner: str | None = None
    path: str | None = None  # a glob: only findings at such a place
    only: tuple[tuple[str, str], ...] = ()  # facts of the model that it is bound to; it lapses when one changes
    inline: bool = False  # a comment: covers findings on its line, or on the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One line of a score. The points of a score's lines add up to it exactly."""

    text: str
    points: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What it would cost, and how likely it is, that the vendor closes, retires or reprices this: 0 to 100."""

    model: str
    ecosystem: str
    closing: int
    repricing: int
    because: tuple[Because, ...]
    band: str | None = None  # the probability band of history, in words; never part of the score

    @property
    def score(self) -> int:
        """The larger of the two sides."""
        return max(self.closing, self.repricing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How this run knew what it says."""

    today: date
    mode: Literal["live", "offline", "none"]  # none: a scan, which asks nobody
    endpoint: str | None = None
    seen_as: SeenAs = "anonymous"
    snapshot_as_of: date | None = None
    snapshot_name: str | None = None
    rules_as_of: date | None = None
    settings: str | None = None
    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStatus:
    """What the lockfile has to do with this run."""

    path: str
    present: bool
    entries: int = 0
    oldest: date | None = None
    not_loaded: tuple[str, ...] = ()  # locked, but no longer loaded
    not_locked: tuple[str, ...] = ()  # loaded, but not in the lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one run found out, in the order in which it is told."""

    root: str
    provenance: Provenance
    references: tuple[Reference, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    models: tuple[Resolved, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    couplings: tuple[Coupling, ...] | None = None  # None = nobody looked for them
    narrowest: tuple[Narrowest, ...] = ()  # of every family with couplings outside tests
    lock: LockStatus | None = None  # of the root
    locks: tuple[LockStatus, ...] = ()  # of every workspace that has one of its own
    loosened: tuple[str, ...] = ()  # severities that the project's own settings would lower, in words
    proposed: tuple[Waiver, ...] = ()  # in the project's own settings, but not in the policy that judged it
    waivers: tuple[Waiver, ...] = ()
    fail_on: Severity | None = Severity.ERROR  # None = never
    complete: bool = True
    exit_code: int = 0
    files: int = 0
    rules: tuple[Rule, ...] = field(default=(), repr=False)  # all of them: formats that list rules list every one
    overlay: tuple[Path, ...] = field(default=(), repr=False)  # an organization's own folders, which lay over the rules
