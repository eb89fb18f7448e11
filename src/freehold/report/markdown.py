"""Markdown: the summary of a CI job, or the body of a comment; for GitHub, GitLab and plain CommonMark alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from freehold.console import Look
from freehold.report import Format, story
from freehold.report.ranking import Group, Named, Row, actions, groups, named, rows
from freehold.safe import code, markdown, shorten
from freehold.types import Location, Report, Severity

FORMAT = Format("markdown", ".md", human=True)

# A GitHub step summary ends at 1 MiB and fails above; what does not fit is cut between two rows, and counted.
T = TypeVar("T")

LIMIT = 900 * 1024
PLACES, EXPOSED = 5, 3
LOOK = ("needs-review", "forbidden")  # verdicts that a person must look at
LONGEST = 1000


def render(report: Report, look: Look) -> str:
    """Write the summary; `look` plays no part."""
    page = _Page(LIMIT)
    page.add(f"## freehold: {story.verdict(report)}\n\n{_say(story.headline(report))}\n")
    ranked = groups(report)
    page.rows("### What to do first\n\n", list(_todo(report)), _same)
    loud = [group for group in ranked if group.severity is not Severity.NOTE]
    page.rows("### Findings\n\n", loud, _finding)
    notes = [group for group in ranked if group.severity is Severity.NOTE]
    page.rows(_head("Notes", "rule", "how often", "where first", "what"), notes, _note)
    names = named(report) if report.provenance.mode == "none" else ()
    page.rows(_head("Loads", "name", "ecosystem", "loads", "where"), names, _name)
    page.rows(_head("Models", "exposure", "availability", "license", "model", "loads", "as of"), rows(report), _model)
    page.rows("### Why so exposed\n\n", [row for row in rows(report)[:EXPOSED] if row.exposure], _why)
    page.rows("### Unknown or unseen\n\n", story.unknowns(report), _unknown)
    for title, lines in (
        ("Waivers proposed by this project, not in force", story.proposed(report)),
        ("In all", story.counts(report)),
        ("Lock", story.lock(report)),
        ("Sources", story.sources(report)),
    ):
        page.rows(f"### {title}\n\n", lines, lambda line: f"- {_say(line)}\n")
    page.add(f"\n**{_say(story.ending(report))}**\n", always=True)
    return page.text


class _Page:
    """Text that grows while there is room."""

    def __init__(self, limit: int) -> None:
        self.parts: list[str] = []
        self.room = limit - 1024  # the last line is always written

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, part: str, *, always: bool = False) -> bool:
        size = len(part.encode())
        if size > self.room and not always:
            return False
        self.room -= size
        self.parts.append(part)
        return True

    def rows(self, head: str, values: Sequence[T], row: Callable[[T], str]) -> None:
        if not values or not self.add(f"\n{head}"):
            return
        for number, value in enumerate(values):
            if not self.add(row(value)):
                self.add(f"\n_{len(values) - number:,} more did not fit here; the JSON report has all._\n", always=True)
                return


def _say(text: str) -> str:
    return markdown(shorten(text, LONGEST))


def _code(text: str) -> str:
    return code(shorten(text))


def _same(text: str) -> str:
    return text


def _head(title: str, *columns: str) -> str:
    return f"### {title}\n\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _todo(report: Report) -> Iterable[str]:
    for number, action in enumerate(actions(report), 1):
        model = f" {_code(action.model)}" if action.model is not None else ""
        more = f" and {story.many(action.more, 'more model')}" if action.more else ""
        where = f", {_code(story.place(action.finding.location))}" if action.finding else ""
        yield f"{number}. **{action.rule or 'unknown'}**{model}{more}: {_say(action.text)}{where}\n"


def _where(places: Sequence[Location]) -> str:
    told = "<br>".join(_code(story.place(place)) for place in places[:PLACES])
    return told + (f"<br>and {len(places) - PLACES} more" if len(places) > PLACES else "")


def _named(text: str, name: str | None) -> str:
    """Set the model's name in a sentence as code, and the rest as prose."""
    return _say(text.replace(name, f"`{name}`") if name and "`" not in text + name else text)


def _finding(group: Group) -> str:
    first = group.first
    models = ", ".join(map(_code, group.models[:PLACES]))
    models += f" and {len(group.models) - PLACES:,} more" if len(group.models) > PLACES else ""
    within = f" · in {_code(group.workspace)}" if group.workspace else ""
    lines = [
        f"- **{group.severity}** · {_code(group.rule)}{f' · {models}' if models else ''}{within}",
        _where([finding.location for finding in group.findings]),
        _named(first.message, first.model),
        *(f"<em>{_say(fact)}</em>" for fact in story.evidence(first)[:PLACES]),
        f"<strong>Next:</strong> {_say(first.remedy)}",
    ]
    return "<br>".join(lines) + "\n"


def _note(group: Group) -> str:
    first = group.first
    return _row(
        _code(group.rule),
        f"{len(group.findings):,}",
        _code(story.place(first.location)),
        _named(first.message, first.model),
    )


def _name(each: Named) -> str:
    places = _where([load.location for load in each.loads])
    return _row(_code(each.name), _say(each.ecosystem), f"{len(each.loads):,}", places)


def _model(row: Row) -> str:
    model = row.model
    name = _code(model.name) + ("" if model.ecosystem == "huggingface" else f" ({_say(model.ecosystem)})")
    return _row(
        "–" if row.score < 0 else str(row.score),
        str(model.availability),
        _say(row.license_name)
        + (f", **{row.license.verdict}**" if row.license and row.license.verdict in LOOK else ""),
        name,
        str(len(row.loads)),
        _say(story.origin(model.origin)),
    )


def _why(row: Row) -> str:
    told = [f"- **{row.score}** {_code(row.model.name)}"]
    if row.exposure:
        told[0] += f", closing {row.exposure.closing}, repricing {row.exposure.repricing}"
        told += [f"{line.points:+d} {_say(line.text)}" for line in row.exposure.because]
        told += [f"<em>in history: {_say(row.exposure.band)}</em>"] if row.exposure.band else []
    return "<br>".join(told) + "\n"


def _unknown(item: story.Unknown) -> str:
    told = f"- **{_code(item.what)}**" if item.why else f"- **unread:** {_say(item.what)}"
    told += f": {_say(item.why)}" if item.why else ""
    told += f", {_code(story.place(item.places[0]))}" if item.places else ""
    told += f" and {len(item.places) - 1:,} more" if len(item.places) > 1 else ""
    return told + (f" ({_say(item.hint)})" if item.hint else "") + "\n"
