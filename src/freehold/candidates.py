"""What could take a model's place: another vendor's own repository for the same task, of a line that is open today,
under a license that the policy does not forbid, of comparable size. Facts with their source, no word on quality.

A stranger's copy is never proposed: its card may say anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from freehold.hub.snapshot import Known, Snapshot
from freehold.licenses.expression import claim
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import assess
from freehold.types import Availability, LicenseClaim, Model, Verdict
from freehold.vendors.history import Line, Release
from freehold.vendors.lines import Vendors
from freehold.vendors.prices import Prices

#: Another model is of comparable size between half and twice as many parameters.
NEAR = 2.0
_MOST = 3
_VERDICTS: dict[Verdict, str] = {
    "allowed": "allowed",
    "obligations": "allowed, with duties",
    "needs-review": "to be reviewed",
}
#: Parameters as names tell them: 7B, 82M, 8x22B. A13B and E4B are what is active, not what there is.
_SIZE = re.compile(r"(?<![a-z\d.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z\d])", re.IGNORECASE)
#: Smaller encodings of a model that has a repository of its own.
_ENCODED = re.compile(
    r"(?<![a-z])(gguf|awq|gptq|fp8|nvfp4|mxfp4|int[48]|w[48]a(8|16)|qat|bnb|mlx|onnx|[48]bit)", re.IGNORECASE
)
#: A model that only continues text cannot take the place of one that answers. (Elsewhere, "base" is a size.)
_WRITING = ("text-generation", "image-text-to-text")
_UNTUNED = re.compile(r"(?<![a-z])(base|pt)(?![a-z])", re.IGNORECASE)
_TUNED = re.compile(r"(?<![a-z])(instruct|chat|it|rl|sft|dpo|distill|reason\w*|think\w*)(?![a-z])", re.IGNORECASE)
#: What an API line's modality means in the Hub's tasks.
_TASKS: dict[str, frozenset[str]] = {
    "llm": frozenset({"text-generation", "image-text-to-text"}),
    "llm-small": frozenset({"text-generation"}),
    "code": frozenset({"text-generation"}),
    "vlm": frozenset({"image-text-to-text"}),
    "omni": frozenset({"any-to-any"}),
    "embedding": frozenset({"feature-extraction", "sentence-similarity"}),
    "image": frozenset({"text-to-image"}),
    "video": frozenset({"text-to-video", "image-to-video"}),
    "speech": frozenset({"automatic-speech-recognition"}),
    "speech-asr": frozenset({"automatic-speech-recognition"}),
    "speech-tts": frozenset({"text-to-speech"}),
    "audio": frozenset({"text-to-audio"}),
    "3d": frozenset({"image-to-3d"}),
}
#: An API name may say that it is for something else than the rest of its line; None: for what, no task here tells.
_BY_NAME: tuple[tuple[re.Pattern[str], frozenset[str] | None], ...] = tuple(
    (re.compile(rf"(?<![a-z])({words})(?![a-z])"), tasks)
    for words, tasks in (
        ("tts", _TASKS["speech-tts"]),
        ("transcribe|asr|whisper", _TASKS["speech-asr"]),
        ("embed|embedding|embeddings", _TASKS["embedding"]),
        ("image|dall-e|imagen", _TASKS["image"]),
        ("video|sora|veo", _TASKS["video"]),
        ("audio|realtime|live|music|moderation|guard|rerank|ocr|search|research|computer-use|robotics", None),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that could take a place, and why it is named."""

    id: str
    why: str
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The candidates for one model, the nearest first, one of each vendor; `note` says what could not be compared."""

    candidates: tuple[Candidate, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offered:
    """A repository that could be had, its line, and the newest flagship of that."""

    known: Known
    line: Line
    flagship: Release
    size: float | None

    @property
    def kind(self) -> str:
        """What its line is for: `llm`, `code`, `vlm`, …; small ones are for the same."""
        return self.line.modality.removesuffix("-small")

    @property
    def newest(self) -> bool:
        """Is it the newest flagship itself?"""
        return self.known.id in self.flagship.weights


class Search:
    """Looks through a snapshot for what an organization may use."""

    def __init__(
        self,
        vendors: Vendors,
        snapshot: Snapshot,
        prices: Prices,
        organization: Organization,
        policy: LicensePolicy,
        today: date,
    ) -> None:
        """Look with the eyes of this organization, as of a day."""
        self._vendors = vendors
        self._prices = prices
        self._organization = organization
        self._policy = policy
        self._today = today
        self._offered = tuple(self._offers(snapshot))
        self._terms: dict[str, LicenseClaim] = {}

    def _offers(self, snapshot: Snapshot) -> Iterator[_Offered]:
        """What can be had at all: with weights and a known task, of a vendor here, of a line that is open today."""
        for known in snapshot.facts:
            there = known.availability in (Availability.OPEN, Availability.GATED)
            if not known.task or not there or _ENCODED.search(known.id):
                continue
            owner = self._vendors.of_repository(known.id)
            line = self._vendors.line(owner[1]) if owner and owner[1] else None
            state = line.state(self._today) if line else None
            if line is not None and state is not None and state.open:
                yield _Offered(known=known, line=line, flagship=state.flagship, size=parameters(known.id))

    def find(self, model: Model) -> Found:
        """Give what could take the place of a model: first by what its license asks, then by its gate, its size,
        what its line is for, whether it is tuned alike by its name, and how many hosts are known to serve it.

        Where the size of a model that writes is not known, which is so of almost every API model, only the newest
        flagships are named: that is what their vendors put in the same place.
        """
        line = self._vendors.line(model.line) if model.line else None
        name = model.id or model.name
        by_name = next((tasks for words, tasks in _BY_NAME if words.search(name.lower())), frozenset[str]())
        kind = line.modality.removesuffix("-small") if line and not by_name else None
        if model.task or by_name:
            tasks, line = frozenset({model.task}) if model.task else by_name, None
        else:
            tasks = frozenset() if line is None or by_name is None else _TASKS.get(line.modality, frozenset())
        if not tasks:
            return Found(note="not known: no source here says what it is for")
        size = parameters(name)
        ranked = []
        fit = [o for o in self._offered if o.known.task in tasks and o.line.vendor != model.vendor]
        flagships = {o.line.id for o in fit if o.newest}
        for offered in fit:
            known, own, flagship = offered.known, offered.size, offered.flagship
            if line is not None and offered.kind != kind:
                continue  # an API name has no task of its own, and a line of vision models answers too
            if not _comparable(offered, name, size, of_flagships=offered.line.id in flagships):
                continue
            terms = self._assessed(known, offered.line.vendor)
            if terms.verdict not in _VERDICTS or terms.expression is None:
                continue
            hosts = {offer.host for offer in self._prices.offers(known.id)}
            order = (
                list(_VERDICTS).index(terms.verdict),
                known.availability is Availability.GATED,
                round(max(size / own, own / size), 1) if size and own else 0,
                kind is not None and offered.kind != kind,
                bool(_TUNED.search(known.id)) != bool(_TUNED.search(name)),
                -len(hosts),
                not offered.newest,
                -flagship.on.toordinal(),
                known.id,
            )
            facts = [
                f"{known.task}, {known.availability} on {known.as_of}",
                f"{terms.expression}: {_VERDICTS[terms.verdict]}",
                *([f"{_billions(own)}{f' beside {_billions(size)}' if size else ''} by its name"] if own else []),
                f"the newest flagship of its line ({flagship.on})"
                if offered.newest
                else f"its line is open ({flagship.model}, {flagship.on})",
                *([f"of a line for {offered.kind}, not {kind}"] if kind and offered.kind != kind else []),
                *([self._served(known.id, len(hosts))] if hosts else []),
            ]
            candidate = Candidate(id=known.id, why="; ".join(facts), cite=known.cite)
            ranked.append((order, offered.line.vendor, candidate))
        nearest: dict[str, Candidate] = {}
        for _, vendor, candidate in sorted(ranked, key=lambda each: each[0]):
            nearest.setdefault(vendor, candidate)
        return Found(candidates=tuple(nearest.values())[:_MOST], note=_note(tasks, size, bool(nearest)))

    def _served(self, repository: str, hosts: int) -> str:
        spread = self._prices.spread(repository, self._today)
        asked = (
            f" at {spread.lowest} to {spread.highest} US dollars per million output tokens"
            if spread and spread.lowest
            else ""
        )
        return f"{hosts} host{'s serve' if hosts > 1 else ' serves'} it{asked}"

    def _assessed(self, known: Known, vendor: str) -> LicenseClaim:
        if known.id not in self._terms:
            self._terms[known.id] = assess(
                claim(known.license, known.license_name, known.license_link),
                self._organization,
                self._policy,
                task=known.task,
                about=(
                    f"vendor:{vendor}",
                    f"state:{known.availability}",
                    *((f"gate:{known.gate}",) if known.gate else ()),
                ),
            )
        return self._terms[known.id]


def parameters(name: str) -> float | None:
    """Give the billions of parameters that a name tells; None where it does not."""
    found = _SIZE.search(name.rpartition("/")[2])
    if found is None:
        return None
    return int(found[1] or 1) * float(found[2]) * (1 if found[3].lower() == "b" else 0.001)


def _comparable(offered: _Offered, name: str, size: float | None, *, of_flagships: bool) -> bool:
    """Without a size, the newest flagships; where none of a line is for this task, what the line has for it."""
    writes = offered.known.task in _WRITING
    if writes and _UNTUNED.search(offered.known.id) and not _UNTUNED.search(name):
        return False
    if size is None:
        return offered.newest or not (writes or of_flagships)
    return offered.size is not None and 1 / NEAR <= offered.size / size <= NEAR


def _billions(size: float) -> str:
    return f"{size:.3g}B" if size >= 1 else f"{size * 1000:.3g}M"


def _note(tasks: frozenset[str], size: float | None, found: bool) -> str | None:
    task = " or ".join(sorted(tasks))
    if found:
        return None if size is not None else "its size is not known: sizes are not compared"
    near = f" that says {_billions(size / NEAR)} to {_billions(size * NEAR)}" if size is not None else ""
    return f"nothing comparable is known here: no {task} model{near}, another vendor's own, of a line that is open"
