"""Predicates about one loaded model: what it is, and what it was when it was locked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from freehold import agreed, types
from freehold.agreed import ChangeKind, Locked
from freehold.judge.case import Case, Hit, ModelPredicate, hit, parameter
from freehold.types import Availability, Model, Reference, Role, Rule, Severity
from freehold.vendors.money import Change

#: Below this a change is rounding, a currency, or a tier.
_RISE = Decimal("1.05")
_SAYS: dict[Availability, str] = {
    Availability.NO_WEIGHTS: "has no weights on any branch",
    Availability.DISABLED: "is disabled by the Hub",
    Availability.WITHDRAWN: "is not there any more: deleted or made private",
    Availability.NOT_FOUND: "is not there, and nobody saw it before: a typo, private, or it needs a token",
    Availability.API_ONLY: "is offered through its vendor's API only",
    Availability.GATED: "stands behind a gate",
    Availability.INCOMPLETE: "has incomplete weights",
}


def changed(case: Case, rule: Rule) -> Iterator[Hit]:
    """The model differs from its lock entry in one of the respects `kinds`; several differences are one hit."""
    model, locked = case.comparison.model, case.comparison.locked
    changes = [c for c in case.comparison.changes if c.kind in parameter(rule, "kinds")]
    if not changes or locked is None or not isinstance(model, Model):
        return
    first = changes[0]
    yield hit(
        case,
        _sentence(first, locked, model, len(changes)),
        evidence=(_was(locked), _now(model), *(f"{c.kind}: {c.was} -> {c.now}" for c in changes[:20])),
        remedy=first.kind,
        words=(("locked", locked.name), ("today", _today(case.comparison.predecessor))),
    )


def _today(predecessor: types.Resolved | None) -> str:
    """What has become of the model that one would go back to."""
    if not isinstance(predecessor, Model):
        return "nobody could be asked what it is today"
    if predecessor.origin.source in ("hub", "cache"):
        kept = "" if predecessor.availability.has_weights else ", so only a copy that you hold"
        return f"{predecessor.availability} today{kept}"
    return f"{predecessor.availability} on {predecessor.origin.as_of}, says the {predecessor.origin.source}"


def _sentence(change: agreed.Change, locked: Locked, model: Model, count: int) -> str:
    since = f"when it was locked on {locked.locked_on}"
    match change.kind:
        case ChangeKind.SUCCESSOR_API_ONLY:
            return (
                f"{model.name} is offered through an API only; it takes the place of {locked.name}, whose weights were "
                f"{locked.availability} {since} and which nothing loads any more"
            )
        case ChangeKind.WEIGHTS_LOST:
            return f"{model.name} was {locked.availability} {since}; now it {_SAYS[model.availability]}"
        case ChangeKind.GATE_TIGHTENED:
            return f"{model.name} had {_gate(change.was)} {since}; now it has {_gate(change.now)}"
        case ChangeKind.LICENSE_CHANGED:
            return f"{model.name} stood under {change.was} {since}; now it says {change.now}"
        case ChangeKind.REPLACED:
            return f"{model.name} leads to another repository than {since}: {model.id} with another permanent id"
        case ChangeKind.WEIGHTS_CHANGED:
            more = f", and {count - 1} more" if count > 1 else ""
            return f"{model.name} has other weight files than {since}: {change.was} -> {change.now}{more}"
        case ChangeKind.BRANCH_MOVED:
            return f"{model.name} stands at another commit than {since}: {change.was[:12]} -> {change.now[:12]}"
        case ChangeKind.WEIGHTS_INCOMPLETE | ChangeKind.RENAMED | ChangeKind.NEW_API_ONLY:
            return f"{model.name} is not what it was {since}: {change.was} -> {change.now}"


def _gate(words: str) -> str:
    return words if words == "no gate" else f"a gate ({words})"


def state(case: Case, rule: Rule) -> Iterator[Hit]:
    """The model is in one of `states`. With `locked = ["no"]` only models without a lock entry count;
    `unless-known` is the milder severity for a model that no dated source ever saw with weights."""
    model = case.comparison.model
    if model.availability not in parameter(rule, "states") or not isinstance(model, Model):
        return
    if case.comparison.locked is not None and parameter(rule, "locked") == ("no",):
        return
    known = model.last_known
    milder = parameter(rule, "unless-known")
    seen = known is not None and known.availability.has_weights
    words = _SAYS[model.availability]
    if seen and known is not None and not model.availability.has_weights:
        words += f"; it was {known.availability} on {known.as_of} ({known.source})"
    if model.availability is Availability.GATED and model.gate:
        words += f" ({model.gate})"
    severity = Severity(milder[0]) if milder and not seen else None
    yield hit(case, f"{model.name} {words}", severity=severity, evidence=(_now(model),))


def incomplete(case: Case, rule: Rule) -> Iterator[Hit]:
    """The weights are not complete, and nobody agreed to that in the lock."""
    model, locked = case.comparison.model, case.comparison.locked
    if model.availability is not Availability.INCOMPLETE or not isinstance(model, Model):
        return
    if locked is not None and locked.availability is Availability.INCOMPLETE:
        return
    was = (_was(locked),) if locked else ()
    yield hit(case, f"{model.name}: {model.reason or _SAYS[model.availability]}", evidence=(*was, _now(model)))


def api_only(case: Case, rule: Rule) -> Iterator[Hit]:
    """The model is API-only: newly so in a project with a lockfile (`new`), or agreed to or never locked (`known`)."""
    model = case.comparison.model
    if model.availability is not Availability.API_ONLY or not isinstance(model, Model):
        return
    new = case.locking and case.comparison.locked is None
    if new == ("new" in parameter(rule, "locked")):
        vendor = f" of {model.vendor}" if model.vendor else ""
        yield hit(case, f"{model.name}{vendor} {_SAYS[model.availability]}", evidence=(_now(model),))


def renamed(case: Case, rule: Rule) -> Iterator[Hit]:
    """The name leads to a repository that is called otherwise today: by its lock entry, or by what the code says."""
    model, locked = case.comparison.model, case.comparison.locked
    if not isinstance(model, Model) or model.id is None:
        return
    if locked is None:
        moved = model.id != model.name and model.origin.source in ("hub", "cache")
    else:
        moved = any(change.kind is ChangeKind.RENAMED for change in case.comparison.changes)
    if moved:
        yield hit(case, f"{model.name} is called {model.id} today", evidence=(_now(model),), words=(("id", model.id),))


def line(case: Case, rule: Rule) -> Iterator[Hit]:
    """The model has weights, and its line went on without them: for 90 days (`closed`), or for less (`pending`)."""
    model, now = case.comparison.model, case.line_state
    if now is None or case.line is None or case.served or not model.availability.has_weights:
        return
    if (now.closed and "closed" in parameter(rule, "states")) or (
        now.pending and "pending" in parameter(rule, "states")
    ):
        flagship = now.flagship
        words = f"{now.access} since {flagship.on}, {now.days} days"
        dark = ("no weights of that generation came out within 90 days of its launch",) if now.dark else ()
        if now.pending and now.closed_since:
            dark = (f"flagships before it have had no weights either, since {now.closed_since}",)
        yield hit(
            case,
            f"{model.name}: {flagship.model}, the newest flagship of {case.line.name}, is {words}",
            evidence=(f"{flagship.model}, {flagship.on}: {flagship.source}", *dark),
        )


def reduced_variant(case: Case, rule: Rule) -> Iterator[Hit]:
    """These weights are the cut-down sibling of a closed flagship, says a cited row of rules/vendors."""
    model, release = case.comparison.model, case.release
    if case.served or not release or not release.verified or not model.availability.has_weights:
        return
    if release.reduced_variant_of:
        yield hit(
            case, f"{model.name} is a reduced variant of {release.reduced_variant_of}", evidence=(release.source,)
        )


def retired(case: Case, rule: Rule) -> Iterator[Hit]:
    """The provider has shut the API name down (`past`), or has published the day on which it will (`ahead`)."""
    notice = case.retirement
    if notice is None or notice.earliest or not notice.verified:
        return
    name, days = case.comparison.model.name, (notice.on - case.today).days
    instead = f"; {notice.replacement} takes its place" if notice.replacement else ""
    words = (("successor", notice.replacement or "another model"),)
    if days <= 0 and "past" in parameter(rule, "states"):
        how = "answers from another model since" if notice.redirects else "was shut down on"
        yield hit(case, f"{name} {how} {notice.on}{instead}", evidence=(notice.source,), words=words)
    limit = case.retires_within_days
    if days > 0 and "ahead" in parameter(rule, "states") and (limit is None or days <= limit):
        message = f"{name} will be shut down in {days} days, on {notice.on}{instead}"
        yield hit(case, message, evidence=(notice.source,), words=words)


def price(case: Case, rule: Rule) -> Iterator[Hit]:
    """The provider has announced a rise (`ahead`), or raised the price since the model was locked (`past`).

    Only a provider's own dated change counts, of more than 5 %: a catalog that corrected itself changed nothing.
    """
    name, locked = case.comparison.model.name, case.comparison.locked
    rises = [change for change in case.prices if change.ratio > _RISE]
    ahead = [change for change in rises if change.on > case.today]
    past = [change for change in rises if locked and locked.locked_on < change.on <= case.today]
    if ahead and "ahead" in parameter(rule, "states"):
        yield hit(case, f"{name} will cost {_rise(ahead[0])} from {ahead[0].on}", evidence=(ahead[0].source,))
    if past and "past" in parameter(rule, "states"):
        yield hit(case, f"{name} costs {_rise(past[-1])} since {past[-1].on}", evidence=(past[-1].source,))


def _rise(change: Change) -> str:
    return f"up to {float(change.ratio):.2g} times as much"


def loss_accepted(case: Case, rule: Rule) -> Iterator[Hit]:
    """There are no weights, and someone agreed to that in the lock: still worth a line."""
    model, locked = case.comparison.model, case.comparison.locked
    if not isinstance(model, Model) or locked is None or not locked.accepted or case.comparison.changes:
        return
    if not model.availability.has_weights and model.availability in _SAYS and not case.served:
        last = locked.accepted[-1]
        yield hit(
            case,
            f"{model.name} {_SAYS[model.availability]}; that was agreed to on {last.on}, before it was {last.was}",
            evidence=(_was(locked), _now(model)),
        )


def single_host(case: Case, rule: Rule) -> Iterator[Hit]:
    """Asked for details, the Hub named no inference provider and nobody's quantised copy: one host has its weights."""
    model = case.comparison.model
    details = model.details if isinstance(model, Model) else None
    if details is not None and details.hosts == () and details.copies == 0 and model.availability.has_weights:
        yield hit(case, f"{model.name}: no other host serves it, and nobody keeps a quantised copy")


def unpinned(case: Case, rule: Rule) -> Iterator[Hit]:
    """A load of a Hub model follows a branch or a tag."""
    loads = [load for load in case.comparison.loads if _on_hub(load) and load.floating]
    state = case.comparison.model.availability
    if loads and (state.has_weights or state is Availability.UNKNOWN):
        total = len(case.comparison.loads)
        yield _at(case, loads, f"{case.comparison.model.name}: {len(loads)} of {total} loads name no commit")


def remote_code_unpinned(case: Case, rule: Rule) -> Iterator[Hit]:
    """A load runs the repository's own code, at a branch or a tag."""
    loads = [load for load in case.comparison.loads if load.remote_code and _on_hub(load) and load.floating]
    if loads:
        yield _at(case, loads, f"{case.comparison.model.name} is loaded with trust_remote_code at a moving branch")


def floating_alias(case: Case, rule: Rule) -> Iterator[Hit]:
    """The API name is one that the vendor moves: it says so (`-latest`), or dated names of it are listed."""
    if case.floating:
        name = case.comparison.model.name
        dated = f" ({case.snapshot} is a dated name of it)" if case.snapshot else ""
        words = (("snapshot", case.snapshot or "a dated name, where the vendor offers one"),)
        yield hit(case, f"{name} is not dated{dated}: the vendor decides which model answers", words=words)


def _on_hub(load: Reference) -> bool:
    return load.ecosystem == "huggingface" and load.role is Role.LOAD


def _at(case: Case, loads: list[Reference], message: str) -> Hit:
    """A hit at those loads only that it is about."""
    place = min(loads, key=lambda load: (load.scope != "code", load.location)).location
    return replace(hit(case, message), location=place, related=tuple(x.location for x in loads if x.location != place))


def _was(locked: Locked) -> str:
    parts = [f"locked {locked.locked_on}: {locked.name} {locked.availability}"]
    parts += [f"seen with {locked.seen_as} credentials"] if locked.seen_as == "token" else []
    parts += [f"commit {locked.commit}"] if locked.commit else []
    parts += [f"{len(locked.weights)} weight files"] if locked.weights else []
    return ", ".join(parts)


def _now(model: Model) -> str:
    parts = [f"{model.origin.as_of} ({model.origin.source}): {model.availability}"]
    parts += [model.reason] if model.reason else []
    parts += [model.origin.cite] if model.origin.cite else []
    return ", ".join(parts)


PREDICATES: dict[str, ModelPredicate] = {
    "changed": changed,
    "state": state,
    "incomplete": incomplete,
    "api-only": api_only,
    "renamed": renamed,
    "line": line,
    "reduced-variant": reduced_variant,
    "retired": retired,
    "price": price,
    "single-host": single_host,
    "loss-accepted": loss_accepted,
    "unpinned": unpinned,
    "remote-code-unpinned": remote_code_unpinned,
    "floating-alias": floating_alias,
}
