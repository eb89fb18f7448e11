"""What others would make of our output: a CI runner, a terminal, a Markdown renderer. Written from their behavior."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pyte
from linkify_it.main import Match
from markdown_it import MarkdownIt


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What GitHub's runner would carry out of this output: (command, properties, message).

    After the behavior of actions/runner's ActionCommand: it splits at \\r and \\n, trims leading white space, wants
    `::` at the start and again later; failing that, it looks for `##[` anywhere and a `]` after it. Here every name is
    a command, and characters that a culture-sensitive comparison may skip are skipped: stricter than the runner.
    """
    found = []
    for line in re.split(r"[\r\n]", text):
        if line.count(":") < 2 and line.count("#") < 2:
            continue
        for seen in {line, _compared(line)}:
            command = _new_style(seen) or _old_style(seen)
            if command:
                found.append(command)
                break
    return found


def _compared(line: str) -> str:
    """The line as a comparison sees it that ignores what has no weight: controls, formats, variation selectors."""
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf") and not 0xFE00 <= ord(c) <= 0xFE0F)


def _new_style(line: str) -> tuple[str, dict[str, str], str] | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    pairs = (part.split("=", 1) for part in rest.strip().split(",") if "=" in part)
    unescape = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    properties = {key: _replaced(value, unescape) for key, value in pairs if value}
    return name, properties, _replaced(line[end + 2 :], {"%0D": "\r", "%0A": "\n", "%25": "%"})


def _old_style(line: str) -> tuple[str, dict[str, str], str] | None:
    start = line.find("##[")
    end = line.find("]", start)
    return (line[start + 3 : end], {}, line[end + 1 :]) if start >= 0 and end >= 0 else None


def _replaced(value: str, table: dict[str, str]) -> str:
    for old, new in table.items():
        value = value.replace(old, new)
    return value


class Screen:
    """A terminal that has shown this text. `asked` counts what no report may do: titles, reports, cursor movements."""

    def __init__(self, text: str, columns: int = 80, lines: int = 400) -> None:
        self._screen = _Watched(columns, lines)
        stream = pyte.Stream(self._screen)
        self._screen.asked.clear()
        stream.feed(text.replace("\n", "\r\n"))

    @property
    def asked(self) -> list[str]:
        return self._screen.asked

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self._screen.display]


class _Watched(pyte.Screen):
    def __init__(self, columns: int, lines: int) -> None:
        self.asked: list[str] = []
        self.inside = False  # one handler may call another: only what the text itself asked for counts
        super().__init__(columns, lines)

    def __getattribute__(self, name: str) -> object:
        """The stream looks up a handler for every event when it starts: give it ones that take notes."""
        handler = object.__getattribute__(self, name)
        if name not in pyte.Stream.events or self.inside:
            return handler

        def noted(*args: object, **more: object) -> object:
            if name not in _HARMLESS and not self.inside:
                self.asked.append(name)
            was, self.inside = self.inside, True
            try:
                return handler(*args, **more)
            finally:
                self.inside = was

        return noted


_HARMLESS = frozenset({"draw", "linefeed", "carriage_return", "select_graphic_rendition"})


class Shown(HTMLParser):
    """What a browser would show of HTML, and which elements and attributes it would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.code: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._in_code = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "code":
            self._in_code = True
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        if self._in_code:
            self.code[-1] += data


def rendered(markdown: str) -> Shown:
    """Markdown as GitHub renders it: CommonMark with tables and bare addresses as links, raw HTML let through."""
    page = MarkdownIt("gfm-like", {"html": True})
    assert page.linkify
    page.linkify.add("//", None)  # neither this nor a bare `example.org` is a link there
    page.linkify.match = lambda text, find=page.linkify.match: _no_bare_domains(find(text))  # type: ignore[method-assign]
    return Shown(page.render(markdown))


def _no_bare_domains(found: list[Match] | None) -> list[Match] | None:
    kept = [m for m in found or () if m.schema or m.raw.lower().startswith("www.")]
    return kept or None
