"""What is known about a name, in one screen, from the same data that the findings use.

A name is a rule, a vendor, a line, a model, a license, or `exposure`; the first that knows it answers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from datetime import date

from freehold.errors import UsageError
from freehold.exposure import factors
from freehold.hub.snapshot import Snapshot
from freehold.judge.catalog import load as load_rules
from freehold.licenses.catalog import License, catalog
from freehold.licenses.expression import claim
from freehold.licenses.sheet import sheet
from freehold.tomlread import suggest
from freehold.vendors import timeline
from freehold.vendors.hazard import of_line
from freehold.vendors.history import Line, LineState, Vendor
from freehold.vendors.lines import ECOSYSTEMS, MORE_ECOSYSTEMS, ApiModel, Vendors, Whose
from freehold.vendors.prices import Prices

WIDTH = 80


def explain(name: str, vendors: Vendors, snapshot: Snapshot, today: date) -> str:
    """Explain a name as plain text of at most 80 columns. Raises UsageError for one that nothing here knows."""
    asked = name.strip()
    answers: tuple[Callable[[], list[str] | None], ...] = (
        lambda: _rule(asked),
        lambda: _exposure() if asked == "exposure" else None,
        lambda: _vendor(asked, vendors, today),
        lambda: _line(asked, vendors, today),
        lambda: _both(_model(asked, vendors, snapshot, today), _license(asked)),
        lambda: _releases(asked, vendors, today),
        lambda: _unlisted(asked, vendors, snapshot, today),
    )
    for answer in answers:
        if (lines := answer()) is not None:
            return "\n".join(lines) + "\n"
    known = [rule.id for rule in load_rules()] + [v.id for v in vendors.all]
    known += [line.id for v in vendors.all for line in v.lines] + [each.id for each in catalog().licenses]
    raise UsageError(
        f"nothing here is called {asked!r}{suggest(asked, tuple(known))}",
        "give a rule, a license, a vendor, a line, a model, or `exposure`",
    )


def _both(model: list[str] | None, license: list[str] | None) -> list[str] | None:  # noqa: A002
    """Some licenses are called as the model that they are of."""
    return [*model, "", *license] if model and license else model or license


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    indent = first if rest is None else rest
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _rule(name: str) -> list[str] | None:
    rule = next((rule for rule in load_rules() if rule.id == name), None)
    if rule is None:
        return None
    lines = [
        f"{rule.id} ({rule.severity})",
        rule.title,
        "",
        *_wrap(rule.why),
        "",
        *_wrap(rule.remedy, "What to do: ", "  "),
    ]
    lines += [line for kind, text in rule.remedies for line in _wrap(text, f"  {kind}: ", "    ")]
    lines += ["", *_wrap(", ".join(rule.replaces), "It speaks instead of: ", "  ")] if rule.replaces else []
    return lines + (["", *rule.references] if rule.references else [])


def _exposure() -> list[str]:
    lines = [
        "exposure = round(100 x risk x depth x (1 - protection)), closing and repricing",
        *_wrap("Within a part, weights combine as 1 - (1 - a)(1 - b)...: each further fact adds, none counts twice."),
    ]
    for part in ("risk", "depth", "protection"):
        lines += ["", part.upper()]
        for factor in (f for f in factors() if f.part == part):
            lines += _wrap(f"{factor.weight:.2f}  {factor.text} ({', '.join(factor.sides)})", "  ", "        ")
            lines += _wrap(factor.reason, "        ")
    return [*lines, "", *_wrap("How well history supports this: `freehold explain exposure --backtest`")]


def _vendor(name: str, vendors: Vendors, today: date) -> list[str] | None:
    asked = name.lower()
    vendor = next((v for v in vendors.all if asked in (v.id, v.name.lower())), None)
    vendor = vendor or next((v for v in vendors.all if asked in {p.ecosystem for p in v.providers}), None)
    if vendor is None:
        return None
    lines = [f"{vendor.name} ({vendor.id}), checked {vendor.checked_on}"]
    lines += _wrap(", ".join(vendor.organizations), "on the Hub: ", "  ") if vendor.organizations else []
    for provider in vendor.providers:
        lines += _wrap(f"API: {provider.ecosystem}, {provider.name}: {provider.source}", "", "  ")
    lines += ["", "LINES"]
    for line in vendor.lines:
        state = line.state(today)
        lines += _wrap(f"{line.id}: {_standing(state) if state else 'no verified flagship'}", "  ", "    ")
    return [*lines, "", "WHAT HAPPENED", *_entries(timeline.of_vendor(vendor, today))]


def _line(name: str, vendors: Vendors, today: date) -> list[str] | None:
    line = vendors.line(name.lower())
    vendor = vendors.vendor(line.vendor) if line else None
    if line is None or vendor is None:
        return None
    return [
        f"{line.name} ({line.id}), a line of {vendor.name}, {line.modality}",
        *_history(vendor, line, vendors, today),
    ]


def _history(vendor: Vendor, line: Line, vendors: Vendors, today: date) -> list[str]:
    state = line.state(today)
    lines = _wrap(f"today: {_standing(state)}", "", "  ") if state else []
    band = of_line((each for v in vendors.all for each in v.lines), line, today)
    lines += _wrap(band.sentence, "", "  ") if band else []
    return [*lines, "", "WHAT HAPPENED", *_entries(timeline.of_line(vendor, line, today))]


def _standing(state: LineState) -> str:
    flagship = f"{state.flagship.model} of {state.flagship.on}"
    if state.open:
        return f"open; the newest flagship is {flagship}"
    words = "closed" if state.closed else "pending"
    before = f"; the newest flagship with weights is {state.previous_open.model}" if state.previous_open else ""
    dark = "; nothing of that generation came out" if state.dark else ""
    if not state.closed and state.closed_since:
        dark = f"; flagships before it have had none either, since {state.closed_since}"
    return f"{words}; {flagship} has had no weights for {state.days} days{before}{dark}"


_MARKS = {"open": "o", "opened": "o", "ungated": "o", "gated": "-", "api-only": "x", "closed": "x", "deleted": "x"}


def _entries(entries: Iterable[timeline.Entry]) -> list[str]:
    """A timeline: o with weights, - behind a gate, x without, . all else."""
    lines: list[str] = []
    for entry in entries:
        mark = _MARKS.get(entry.kind, ".")
        doubt = "" if entry.verified else " [unverified: decides nothing]"
        lines += _wrap(f"{entry.when:<10} {mark} {entry.kind}: {entry.text}{doubt}", "  ", "               ")
        lines.append(f"               {entry.source}")
    return lines


def _license(name: str) -> list[str] | None:
    known: License | None = catalog().find(name)
    if known is None and not name.count("/"):
        found = claim(name.lower())
        known = catalog().symbol(found.expression) if found.expression else None
    if known is None:
        return None
    told = sheet(known)
    lines = _wrap(f"{told.title} ({known.expression or known.id}), {', '.join(known.categories)}", "", "  ")
    lines += _wrap(f"source: {told.source}, checked {told.checked_on}, {known.status}", "", "  ")
    for part, rows in told.parts:
        lines += ["", part.upper()]
        for row in rows:
            own = f" ({row.source})" if row.source != told.source else ""
            lines += _wrap(f"{row.text}{own}", "  ", "    ")
    lines += ["", *(line for note in told.notes for line in _wrap(note))] if told.notes else []
    carriers = ", ".join(carrier.models for carrier in known.carriers)
    return lines + (["", *_wrap(carriers, "Read on: ", "  ")] if carriers else [])


def _prices(api: ApiModel, today: date) -> list[str]:
    """What it costs, since when, what is announced, and how far the hosts of its weights lie apart."""
    prices, lines = Prices.load(), list[str]()
    if (price := prices.price(api.ecosystem, api.name, today)) is not None:
        cost = f"{price.rate.input} in, {price.rate.output} out, US dollars per million tokens"
        old = ", too old to decide anything" if price.stale(today) else ""
        lines += _wrap(
            f"price: {cost} ({price.catalog}, {price.as_of or 'age unknown'}{old}: {price.source})", "", "  "
        )
    for change in prices.changes(api.ecosystem, api.name):
        tense = "will cost from" if change.on > today else "costs since"
        words = f"{change.after.input} in, {change.after.output} out ({change.why}; before {change.before.input}, "
        lines += _wrap(f"{tense} {change.on}: {words}{change.before.output}): {change.source}", "", "  ")
    for repository in api.weights:
        if (spread := prices.spread(repository, today)) is not None:
            words = f"{spread.lowest} to {spread.highest} US dollars per million output tokens"
            lines += _wrap(f"{spread.hosts} hosts serve {repository}: {words}", "", "  ")
    return lines


def _best_known(name: str, vendors: Vendors) -> ApiModel | None:
    """An API name as its maker offers it, else as the first host does."""
    everywhere = sorted({p.ecosystem for v in vendors.all for p in v.providers})
    found = [api for ecosystem in everywhere if (api := vendors.api(ecosystem, name)) is not None]
    own = [
        api
        for api in found
        if (v := vendors.vendor(api.vendor)) and api.ecosystem in {p.ecosystem for p in v.providers}
    ]
    return next(iter([*own, *found]), None)


def _end(api: ApiModel, vendors: Vendors, today: date) -> list[str]:
    """When the name ends, or before which day it does not, and what else was said of that."""
    notice = api.retirement or vendors.not_before(api.ecosystem, api.name)
    if notice is None:
        return []
    verb = "is not shut down before" if notice.earliest else "ended on" if notice.on <= today else "ends on"
    if notice.redirects and not notice.earliest:
        verb = f"answers from {notice.replacement or 'another model'} {'since' if notice.on <= today else 'from'}"
    lines = _wrap(f"{verb} {notice.on}: {notice.source}", "", "  ")
    for other in notice.others:
        lines += _wrap(f"others say {'not before ' if other.earliest else ''}{other.on}: {other.source}", "", "  ")
    return lines


def _whose(name: str, vendors: Vendors) -> Whose | None:
    """What can be said of an API name that is listed nowhere. A bare one may be asked of anybody, as on a host that
    leaves the maker's word out; only a family's name is one then."""
    ecosystem, slash, rest = name.partition("/")
    if slash:
        return vendors.whose(ecosystem, rest) if ecosystem in (*ECOSYSTEMS, *MORE_ECOSYSTEMS) else None
    whose = vendors.whose("openrouter", name)
    return whose if whose.line else None


def _model(name: str, vendors: Vendors, snapshot: Snapshot, today: date) -> list[str] | None:
    ecosystem, slash, rest = name.partition("/")
    api = vendors.api(ecosystem, rest) if slash else None
    found = snapshot.find(name)
    owner = vendors.of_repository(name)
    if api is None and not slash:
        api = _best_known(name, vendors)
    if api is not None:
        maker = vendors.vendor(api.vendor)
        at_home = maker is not None and api.ecosystem in {p.ecosystem for p in maker.providers}
        # Asked for without a place, a name that its maker's API does not have says nothing of where it is served.
        what = f"an API model ({api.ecosystem})" if slash or at_home else "a model"
        lines = _wrap(f"{api.name}, {what} of {api.vendor}: {api.availability(today)}", "", "  ")
        lines += _wrap(f"source: {api.source}", "", "  ")
        dated = vendors.snapshots(api.ecosystem, api.name)
        if api.moves and (dated or api.name.lower().endswith("-latest")):
            lines += _wrap(
                f"not dated: the vendor decides which model answers; dated names: {', '.join(dated) or 'none'}"
            )
        lines += _end(api, vendors, today)
        lines += _prices(api, today)
        owner = (api.vendor, api.line)
    elif found is not None:
        gate = f" ({found.gate})" if found.gate else ""
        lines = _wrap(f"{found.id}: {found.availability}{gate}, license {found.license or 'unknown'}", "", "  ")
        lines += _wrap(f"source: {found.cite}, {found.as_of}", "", "  ")
        lines += _wrap(", ".join(found.bases), "made from: ", "  ") if found.bases else []
    else:
        return None
    return [*lines, *_told_of(owner, vendors, today)]


def _releases(name: str, vendors: Vendors, today: date) -> list[str] | None:
    """The releases of that name, or whose names begin so: `Qwen3.5-Omni` came as Plus, Flash and Light."""
    asked = f"{name.lower()}-".replace(" ", "-")
    found = [
        (line, release)
        for vendor in vendors.all
        for line in vendor.lines
        for release in line.releases
        if release.verified and release.on <= today and f"{release.model.lower()}-".replace(" ", "-").startswith(asked)
    ]
    if not found:
        return None
    lines = [f"{name}: {len(found)} {'release begins' if len(found) == 1 else 'releases begin'} so"]
    for _, release in found:
        lines += _wrap(f"{release.on} {release.model}: {release.availability(today)}: {release.source}", "  ", "    ")
    line = found[0][0]
    return [*lines, *_told_of((line.vendor, line.id), vendors, today)]


def _unlisted(name: str, vendors: Vendors, snapshot: Snapshot, today: date) -> list[str] | None:
    """A name of which no more is known than whose it is."""
    lines, whose, owner = [], _whose(name, vendors), vendors.of_repository(name)
    if whose is not None:
        lines += _wrap(f"{name}: unknown, because it is {whose.reason}", "", "  ")
    if owner is not None and "/" in name:
        lines += _wrap(f"{name}: not in the snapshot of {snapshot.as_of}; `freehold audit` asks the Hub", "", "  ")
    if not lines:
        return None
    return [*lines, *_told_of((whose.vendor, whose.line) if whose and whose.vendor else owner, vendors, today)]


def _told_of(owner: tuple[str, str | None] | None, vendors: Vendors, today: date) -> list[str]:
    """The history of the line that a model is of."""
    vendor = vendors.vendor(owner[0]) if owner else None
    line = vendors.line(owner[1]) if owner and owner[1] else None
    if vendor is None or line is None:
        return []
    return ["", f"{line.name} ({line.id}), a line of {vendor.name}", *_history(vendor, line, vendors, today)]
