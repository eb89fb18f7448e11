"""HTML: one file to send around and to print. No script, nothing loaded from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from freehold import __version__
from freehold.console import Look
from freehold.report import Format, story
from freehold.report.page.markup import Markup, element, joined, lines, link, prose
from freehold.report.page.style import STYLE
from freehold.report.page.timeline import timeline
from freehold.report.ranking import Group, Named, Row, actions, groups, named, rows
from freehold.types import Availability, Exposure, Location, Report, Resolved, Severity

if TYPE_CHECKING:
    from freehold.vendors.lines import Vendors

FORMAT = Format("html", ".html")

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
PLACES, FACTS = 5, 8  # of one finding; the rest unfolds
BARS = 40

_GOOD = (Availability.OPEN, Availability.LOCAL)
_UNSURE = (Availability.UNKNOWN, Availability.NOT_FOUND, Availability.INCOMPLETE)


def render(report: Report, look: Look) -> str:
    """Write the page; `look` plays no part."""
    verdict = story.verdict(report)
    head = element(
        "head",
        lines(
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", f"freehold: {verdict}"),
            element("style", Markup(STYLE)),
        ),
    )
    top = element(
        "header",
        lines(
            element("h1", element("span", verdict, class_=f"verdict {verdict}"), "freehold"),
            element("p", story.headline(report)),
            element("p", " · ".join(story.sources(report)), class_="dim"),
        ),
    )
    found, ranked = rows(report), groups(report)
    body = element(
        "main",
        lines(
            _first(report),
            _section("Findings", [_finding(group) for group in ranked if group.severity is not Severity.NOTE]),
            _section("Notes", [_finding(group) for group in ranked if group.severity is Severity.NOTE]),
            _exposure(found),
            _section("Loads", [_name(each) for each in named(report)] if report.provenance.mode == "none" else []),
            _models(found, report),
            _section("Lines", _lines(report, found)),
            _section("Unknown or unseen", [_unknown(item) for item in story.unknowns(report)]),
            _section("Waived", [_waived(report)]),
            _section(
                "Waivers proposed by this project, not in force",
                [element("p", line) for line in story.proposed(report)],
            ),
            _section("In all", [element("p", line) for line in story.counts(report)]),
            _section("Lock", [element("p", line) for line in story.lock(report)]),
        ),
    )
    foot = element("footer", element("p", f"{story.ending(report)} · freehold {__version__}"))
    page = element("html", lines(head, element("body", lines(top, body, foot))), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _section(title: str, parts: Iterable[Markup | None]) -> Markup | None:
    known = [part for part in parts if part]
    return element("section", lines(element("h2", title), *known)) if known else None


def _place(location: Location) -> Markup:
    return element("span", story.place(location), class_="place")


def _places(locations: Sequence[Location]) -> Markup:
    shown = [element("p", _place(location)) for location in locations[:PLACES]]
    rest = [element("p", _place(location)) for location in locations[PLACES:]]
    more = element("details", element("summary", f"and {len(rest)} more"), lines(*rest)) if rest else None
    return lines(*shown, more)


def _first(report: Report) -> Markup | None:
    todo = [
        element(
            "li",
            element("strong", action.rule or "unknown"),
            f" {action.model}" if action.model is not None else None,
            element("small", f" and {story.many(action.more, 'more model')}") if action.more else None,
            element("br"),
            prose(action.text),
            joined(element("br"), _place(action.finding.location)) if action.finding else None,
        )
        for action in actions(report)
    ]
    return _section("What to do first", [element("ol", lines(*todo), class_="first")] if todo else [])


def _finding(group: Group) -> Markup:
    first = group.first
    facts = [element("li", fact) for fact in story.evidence(first)]
    more = element(
        "details", element("summary", f"and {len(facts) - FACTS} more"), element("ul", lines(*facts[FACTS:]))
    )
    return element(
        "article",
        lines(
            element(
                "h3",
                element("span", str(group.severity), class_=f"severity {group.severity}"),
                group.rule,
                element("span", story.subjects(group, PLACES), class_="subject"),
                element("small", f" in {group.workspace}") if group.workspace else None,
            ),
            _places([finding.location for finding in group.findings]),
            element("p", prose(first.message)),
            element("ul", lines(*facts[:FACTS], element("li", more) if facts[FACTS:] else None), class_="facts")
            if facts
            else None,
            element("p", element("strong", "Next: "), prose(first.remedy), class_="next"),
        ),
        class_=str(group.severity),
    )


def _name(each: Named) -> Markup:
    """What a scan found: a name and its places."""
    title = element("h3", each.name, element("small", f" {each.ecosystem}"))
    return element("article", lines(title, _places([load.location for load in each.loads])), class_="note")


def _exposure(found: Sequence[Row]) -> Markup | None:
    scored = [(row, row.exposure) for row in found if row.exposure]
    if not scored:
        return None
    key = element(
        "p",
        "0 to 100: what it would cost, and how likely it is, that the vendor",
        element("span", class_="key closing"),
        "closes or",
        element("span", class_="key repricing"),
        "reprices the model",
        class_="dim",
    )
    bars = [_bar(row.model.name, exposure) for row, exposure in scored[:BARS]]
    left = f"and {len(scored) - BARS} less exposed models, in the table below" if len(scored) > BARS else None
    return _section("Exposure", [key, *bars, element("p", left, class_="dim") if left else None])


def _bar(name: str, exposure: Exposure) -> Markup:
    marks = [element("line", x1=f"{at}%", y1=0, x2=f"{at}%", y2=18, class_="grid") for at in range(0, 101, 25)]
    picture = element(
        "svg",
        *marks,
        element("rect", x=0, y=1, width=f"{exposure.closing}%", height=7, class_="closing"),
        element("rect", x=0, y=10, width=f"{exposure.repricing}%", height=7, class_="repricing"),
        class_="bars",
        role="img",
        aria_label=f"closing {exposure.closing}, repricing {exposure.repricing}",
    )
    reasons = [
        element("tr", element("td", f"{b.points:+d}"), element("td", b.text), element("td", link(b.source, b.source)))
        for b in exposure.because
    ]
    band = element("p", f"in history: {exposure.band}", class_="dim") if exposure.band else None
    return element(
        "details",
        element(
            "summary",
            element("span", name, class_="name"),
            picture,
            element("span", str(exposure.score), class_="score"),
        ),
        element("div", element("table", lines(*reasons)) if reasons else "no reason was told", band, class_="why"),
        class_="exposed",
    )


def _models(found: Sequence[Row], report: Report) -> Markup | None:
    """A table that sorts without a script: radio buttons choose which of the orders that each row carries is used."""
    if not found:
        return None
    orders = {
        "model": _positions([row.model.name.lower() for row in found]),
        "availability": _positions([str(row.model.availability) for row in found]),
        "license": _positions([row.license_name.lower() for row in found]),
    }
    controls = []
    for number, word in enumerate(("exposure", *orders)):
        itself = f"by-{word}"
        chosen = "" if number == 0 else None
        controls += [
            element("input", type="radio", name="order", id=itself, class_="pick", checked=chosen),
            element("label", f"by {word}", for_=itself, class_="sort"),
        ]
    head = element(
        "div",
        *(element("span", word, role="columnheader") for word in _COLUMNS),
        class_="row head",
        role="row",
    )
    body = [
        _model(row, report, "; ".join(f"--{word}: {positions[number]}" for word, positions in orders.items()))
        for number, row in enumerate(found)
    ]
    table = element("div", lines(head, *body), class_="rows", role="table", aria_label="models")
    return _section("Models", [joined(*controls, table)])


_COLUMNS = ("exposure", "availability", "license", "model", "loads", "as of")


def _positions(keys: Sequence[str]) -> list[int]:
    order = sorted(range(len(keys)), key=lambda number: (keys[number], number))
    positions = {number: position for position, number in enumerate(order)}
    return [positions[number] for number in range(len(keys))]


def _model(row: Row, report: Report, style: str) -> Markup:
    model = row.model
    about = [model.ecosystem] if model.ecosystem != "huggingface" else []
    reason = model.reason
    state = model.availability
    kind = "good" if state in _GOOD else "unknown" if state in _UNSURE else "note" if state == "gated" else "error"
    cells = (
        element("span", "–" if row.score < 0 else str(row.score), class_="number", role="cell"),
        element("span", str(state), class_=kind, role="cell"),
        element("span", row.license_name, _verdict(row), role="cell"),
        element(
            "span",
            link(model.name, _hub(model, report)),
            *(element("small", f" {word}") for word in about),
            joined(element("br"), element("small", reason)) if reason else None,
            role="cell",
        ),
        element("span", str(len(row.loads)), class_="number", role="cell"),
        element("span", element("small", story.origin(model.origin)), role="cell"),
    )
    return element("div", *cells, class_="row", role="row", style=style)


def _verdict(row: Row) -> Markup | None:
    """The verdict on the license, where a person must look at it."""
    kind = {"needs-review": "warning", "forbidden": "error"}.get(row.license.verdict) if row.license else None
    return joined(element("br"), element("small", row.license.verdict, class_=kind)) if row.license and kind else None


def _hub(model: Resolved, report: Report) -> str | None:
    """Only what is there, and where the Hub was meant, not a mirror: whoever takes a free name gets no reader."""
    plain = re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", model.name, flags=re.ASCII)
    public = report.provenance.endpoint in (None, "https://huggingface.co")
    there = model.ecosystem == "huggingface" and model.availability.has_weights
    return f"https://huggingface.co/{model.name}" if plain and public and there else None


@cache
def _vendors(overlay: tuple[Path, ...]) -> Vendors:
    from freehold.vendors.lines import Vendors

    return Vendors.load(*overlay)


def _lines(report: Report, found: Sequence[Row]) -> Iterable[Markup | None]:
    by_line: dict[str, list[Row]] = {}
    for row in found:
        if row.model.line:
            by_line.setdefault(row.model.line, []).append(row)
    if not by_line:
        return
    key = "filled: with weights · hollow: without · dark ring: what this project loads"
    yield element("p", key, class_="dim")
    for name, used in by_line.items():
        line = _vendors(report.overlay).line(name)
        if line is not None:
            yield timeline(line, tuple(used), report.provenance.today)


def _unknown(item: story.Unknown) -> Markup:
    what = prose(f"{item.what}: {item.why}" if item.why else item.what)
    return element(
        "article",
        lines(
            element("p", what),
            _places(item.places) if item.places else None,
            element("p", item.hint, class_="dim") if item.hint else None,
        ),
        class_="unknown",
    )


def _waived(report: Report) -> Markup | None:
    told = [
        element(
            "tr",
            element("td", element("code", waiver.rule)),
            element("td", waiver.model or waiver.path or "every model"),
            element("td", waiver.reason or "no reason"),
            element("td", f"until {waiver.until}" if waiver.until else "no end"),
            element("td", waiver.owner or ""),
        )
        for waiver in report.waivers
    ]
    return element("table", lines(*told)) if told else None
