"""The report on a screen: eighty cells wide or more, on light and dark, in a CI log, with color or without."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from freehold.console import Look
from freehold.report import Format, story
from freehold.report.ranking import Group, Row, actions, groups, named, rows
from freehold.safe import shorten
from freehold.types import Availability, Report, Severity

if TYPE_CHECKING:
    from rich.text import Text

FORMAT = Format("text", ".txt", human=True)

PLACES = 3  # of what happens in many places, so many are shown
FULL, BRIEF = 3, 7  # of a rule, so many findings are told in full, and so many more with a line and a place
MODELS, UNKNOWNS, EXPOSED = 25, 12, 3  # a screen is no list: the rest is counted, and stands in the other formats
SOURCE = 160  # characters of a source

# The sixteen colors of the terminal's own theme: only they are legible on light and dark alike. Nothing is said by
# color alone.
_VERDICT = {"PASS": "bold green", "SCANNED": "bold", "INCOMPLETE": "bold magenta", "FAIL": "bold red"}
_SEVERITY = {Severity.ERROR: "bold red", Severity.WARNING: "bold magenta", Severity.NOTE: "cyan"}
_LOOK = {"needs-review": "magenta", "forbidden": "bold red"}
_AVAILABILITY = {
    Availability.OPEN: "green",
    Availability.LOCAL: "green",
    Availability.GATED: "cyan",
    Availability.INCOMPLETE: "magenta",
    Availability.UNKNOWN: "magenta",
    Availability.NOT_FOUND: "magenta",
}


def render(report: Report, look: Look) -> str:
    """Write the report; the order is: the verdict, what to do first, findings, models, what is unknown, the rest."""
    return _Page(look).tell(report)


class _Page:
    """Lines that are not wider than the look, built up one after the other."""

    def __init__(self, look: Look) -> None:
        from rich.console import Console

        self.look = look
        self.console = Console(
            file=io.StringIO(),
            width=look.width,
            force_terminal=look.color or look.links,
            color_system="standard" if look.color else None,
            no_color=not look.color,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def tell(self, report: Report) -> str:
        word = story.verdict(report)
        headline = story.headline(report, self.look.width - len(word) - 2)
        self.line((word, _VERDICT[word]), ("  " + headline, "bold"))
        self.first(report)
        self.findings(groups(report))
        if report.provenance.mode == "none":
            self.names(report)
        self.models(report)
        self.unknown(report)
        self.rest(report)
        file = self.console.file
        assert isinstance(file, io.StringIO)  # noqa: S101  - made so above
        told = re.sub(
            r"(?: |\x1b\[[0-9;]*m)+$", lambda end: end[0].replace(" ", ""), file.getvalue(), flags=re.MULTILINE
        )
        return re.sub(r"\n{3,}", "\n\n", told)

    def line(self, *parts: str | tuple[str, str], indent: int = 0, hanging: int = 0) -> None:
        """Write a paragraph, wrapped at blanks; further lines stand `hanging` cells deeper."""
        from rich.padding import Padding

        text = self.text(*parts)
        if not hanging:
            self.console.print(Padding(text, (0, 0, 0, indent)))
            return
        wrapped = text.wrap(self.console, self.look.width - indent - hanging)
        for number, row in enumerate(wrapped):
            self.console.print(Padding(row, (0, 0, 0, indent + (hanging if number else 0))), no_wrap=True)

    def text(self, *parts: str | tuple[str, str]) -> Text:
        from rich.text import Text

        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(shorten(words, 600), style)
        return text

    def place(self, where: str, indent: int = 2) -> None:
        """Write a place on a line of its own and never break it: editors and terminals make it a link."""
        self.console.print(self.text(" " * indent, (shorten(where), "cyan")), soft_wrap=True)

    def heading(self, words: str, aside: str = "") -> None:
        self.console.print()
        self.line((words.upper(), "bold"), (f"  {aside}" if aside else "", "dim"))

    def first(self, report: Report) -> None:
        todo = actions(report)
        if not todo:
            return
        self.heading("what to do first")
        for number, action in enumerate(todo, 1):
            head = (action.rule or "unknown", f"  {action.model}" if action.model else "")
            more = f"  and {story.many(action.more, 'more model')}" if action.more else ""
            self.line((f"{number}. ", "bold"), (head[0], "bold"), head[1], (more, "dim"), hanging=3)
            self.line(action.text, indent=3)
            if action.finding:
                self.place(story.place(action.finding.location), indent=3)

    def findings(self, ranked: tuple[Group, ...]) -> None:
        if not ranked:
            return
        self.heading("findings")
        by_rule: dict[tuple[Severity, str], list[Group]] = {}
        for group in ranked:
            by_rule.setdefault((group.severity, group.rule), []).append(group)
        for (severity, _), alike in by_rule.items():
            if severity is Severity.NOTE:
                self.note(alike[0])
                continue
            for group in alike[:FULL]:
                self.group(group)
                self.console.print()
            self.brief(alike[FULL:])

    def group(self, group: Group) -> None:
        first = group.first
        self.line(
            (f"{group.severity:<8}", _SEVERITY[group.severity]),
            (group.rule, "bold"),
            f"  {story.subjects(group)}",
            (f"  in {group.workspace}" if group.workspace else "", "dim"),
        )
        for finding in group.findings[:PLACES]:
            self.place(story.place(finding.location))
        if len(group.findings) > PLACES:
            self.line(f"and {story.many(len(group.findings) - PLACES, 'more place')}", indent=2)
        self.line(first.message, indent=2)
        for fact in story.evidence(first)[:PLACES]:
            self.line(("· " + fact, "dim"), indent=2, hanging=2)
        self.line(("→ ", "bold"), first.remedy, indent=2, hanging=2)

    def brief(self, alike: list[Group]) -> None:
        """The further findings of a rule: a line and a place each, and in the end their number."""
        for group in alike[:BRIEF]:
            self.line(
                (f"{group.severity:<8}", _SEVERITY[group.severity]), (group.rule, "bold"), f"  {story.subjects(group)}"
            )
            self.place(story.place(group.first.location))
        if len(alike) > BRIEF:
            more = story.many(len(alike) - BRIEF, f"more {alike[0].rule}", f"more of {alike[0].rule}")
            self.line(f"and {more}; --format html lists all")
        if alike:
            self.console.print()

    def note(self, group: Group) -> None:
        """What is said of many: the rule, how often, where first."""
        first, count = group.first, len(group.findings)
        self.line(
            ("note    ", _SEVERITY[Severity.NOTE]),
            (group.rule, "bold"),
            f" × {count:,}, first:" if count > 1 else "",
        )
        self.place(story.place(first.location))
        self.line(first.message, indent=2)
        self.line(("→ ", "bold"), first.remedy, indent=2, hanging=2)

    def names(self, report: Report) -> None:
        """What a scan found: names and places, no facts."""
        found = named(report)
        if not found:
            return
        self.heading("loads")
        for each in found[:MODELS]:
            ecosystem = "" if each.ecosystem == "huggingface" else f"  {each.ecosystem}"
            self.line((each.name, "bold"), (ecosystem, "dim"))
            for load in each.loads[:PLACES]:
                self.place(story.place(load.location))
            if len(each.loads) > PLACES:
                self.line(f"and {story.many(len(each.loads) - PLACES, 'more place')}", indent=2)
        if len(found) > MODELS:
            self.line(f"and {story.many(len(found) - MODELS, 'more name')}; --format json lists all")

    def models(self, report: Report) -> None:
        found = rows(report)
        if not found:
            return
        from rich.table import Table

        usual = story.usual_origin(report)
        self.heading("models", f"from {story.origin(usual)} where nothing else is said" if usual else "")
        table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
        table.add_column("exposure", justify="right", no_wrap=True)
        table.add_column("availability", no_wrap=True)
        table.add_column("license", overflow="fold", max_width=18)
        table.add_column("model", overflow="fold", ratio=1)
        for row in found[:MODELS]:
            style = _AVAILABILITY.get(row.model.availability, "red")
            name = self.linked(row)
            aside = [] if len(row.loads) == 1 else [story.many(len(row.loads), "load")]
            if row.model.ecosystem != "huggingface":
                aside.insert(0, row.model.ecosystem)
            if usual and (row.model.origin.source, row.model.origin.as_of) != (usual.source, usual.as_of):
                aside.append(story.origin(row.model.origin))
            if aside:
                name.append("\n").append_text(self.text((" · ".join(aside), "dim")))
            table.add_row(
                "-" if row.score < 0 else str(row.score),
                self.text((str(row.model.availability), style)),
                self.license(row),
                name,
            )
        self.console.print(table)
        rest = found[MODELS:]
        if rest:
            unknown = sum(row.model.availability is Availability.UNKNOWN for row in rest)
            self.line(f"and {len(rest):,} less exposed models, {unknown:,} of them unknown; --format csv lists all")
        self.why(found)

    def why(self, found: tuple[Row, ...]) -> None:
        """What the scores of the most exposed models are made of."""
        exposed = [(row, row.exposure) for row in found[:EXPOSED] if row.exposure and row.exposure.because]
        if not exposed:
            return
        self.heading("why so exposed", "closing and repricing, 0 to 100")
        for row, exposure in exposed:
            self.line(
                (f"{exposure.score:>3}  ", "bold"),
                (row.model.name, "bold"),
                (f"  closing {exposure.closing}, repricing {exposure.repricing}", "dim"),
            )
            for line in exposure.because:
                self.line(f"{line.points:>+3}  {line.text}", indent=1, hanging=5)
                if line.source != "project":
                    self.line((shorten(line.source, SOURCE), "dim"), indent=6)
            if exposure.band:
                self.line(("in history: " + exposure.band, "dim"), indent=6)

    def license(self, row: Row) -> Text:
        """The license as short as it can be told, and the verdict where someone must look at it."""
        name = row.license_name.removeprefix("LicenseRef-").removeprefix("scancode-")
        text = self.text(shorten(name, 60))
        if row.license and row.license.verdict in _LOOK:
            text.append("\n").append_text(self.text((row.license.verdict, _LOOK[row.license.verdict])))
        return text

    def linked(self, row: Row) -> Text:
        """The model's name, as a link to its page where the terminal knows links and the name is a Hub id."""
        text = self.text(shorten(row.model.name, 120))
        plain = re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", row.model.name, flags=re.ASCII)
        if self.look.links and plain and row.model.ecosystem == "huggingface":
            text.stylize(f"link https://huggingface.co/{quote(row.model.name)}")
        return text

    def unknown(self, report: Report) -> None:
        told = story.unknowns(report)
        if not told:
            return
        self.heading("unknown or unseen")
        for item in told[:UNKNOWNS]:
            self.line(("? ", "magenta"), f"{item.what}: {item.why}" if item.why else item.what, hanging=2)
            for where in item.places[:PLACES]:
                self.place(story.place(where))
            if len(item.places) > PLACES:
                self.line(f"and {story.many(len(item.places) - PLACES, 'more place')}", indent=2)
            if item.hint:
                self.line(item.hint, indent=2)
        if len(told) > UNKNOWNS:
            self.line(f"and {len(told) - UNKNOWNS:,} more; --format html lists all")

    def rest(self, report: Report) -> None:
        self.section("waivers proposed by this project, not in force", story.proposed(report))
        self.section("in all", story.counts(report))
        self.section("lock", story.lock(report))
        self.section("sources", story.sources(report))
        self.console.print()
        self.line((story.ending(report), "bold"))
        # A terminal shows the end first: what matters most stands there once more.
        if report.exit_code == 1 and (todo := actions(report)):
            self.line((f"{story.verdict(report)}, first: {shorten(todo[0].text, self.look.width * 2)}", ""))

    def section(self, words: str, lines: Iterable[str]) -> None:
        told = tuple(lines)
        if told:
            self.heading(words)
            for line in told:
                self.line(line)
