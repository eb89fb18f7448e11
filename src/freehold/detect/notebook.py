"""Jupyter notebooks: code cells as one module of Python, or of TypeScript, shell lines as a script, Markdown cells as
prose. Outputs are what some run printed: they are not read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module

from freehold.detect import flags, javascript, markdown, python
from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.magics import MAGIC, SHELL, chosen, command, left_out
from freehold.detect.nodes import Listing, Node, NoTree, Scalar, Table
from freehold.detect.notes import Notes
from freehold.detect.python_expressions import Place
from freehold.detect.trees import read as read_tree
from freehold.source import Source
from freehold.types import Location, Problem, Reference, Role

_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")
_SHELL_CELL = re.compile(r"%%(?:bash|sh|script|!|sx|system)\b")
_FILE_CELL = re.compile(
    r"%%writefile[ \t]+(?:-a[ \t]+)?[\"']?(?P<name>[^\s\"']+\.(?:ya?ml|json|toml|env|sh|ini|cfg))\b"
)
_PYTHON_CELL = re.compile(r"%%(?:time|timeit|capture|prun|python3?|writefile[^\n]*\.py)\b")

#: Where a variable that stands in a command may be set.
_ASSIGNED = re.compile(
    r"(?:os\.environ\[[\"'])?([A-Z]|[A-Za-z_]\w{1,80})(?:[\"']\])?[ \t]*=[ \t]*"
    r"([\"'])([^\"'\\{}\n]{2,300})\2[ \t]*(?:#.*)?$"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a cell and where it begins in the file."""

    text: str
    at: int
    cell: int


def wants(source: Source) -> bool:
    """By its ending."""
    return source.path.endswith(".ipynb")


def find(source: Source, calls: Calls) -> Found:
    """Give what the cells say; lines and columns are those of the file on disk."""
    try:
        top = read_tree(source, "json")[0]
    except NoTree as error:
        return Found(problems=(source.problem(f"a notebook that cannot be read: {error}", line=error.line),))
    sheet = _Sheet(source, scripted=_language(top) in ("typescript", "javascript"))
    for number, kind, text in _cells(top):
        sheet.add(number, kind, text)
    return sheet.found(calls)


def code(source: Source) -> tuple[Source, Place, Callable[[int], str]] | None:
    """Give the Python of all cells as one source, and how its lines become places and snippets of the file; None for
    what is no notebook."""
    try:
        top = read_tree(source, "json")[0]
    except NoTree:
        return None
    sheet = _Sheet(source)
    for number, kind, text in _cells(top):
        sheet.add(number, kind, text)
    if python.refused(Source(source.path, sheet.text("python").encode())) is not None:
        sheet.without_broken()
    return Source(source.path, sheet.text("python").encode()), sheet.place, sheet.snippet


def _language(top: Node) -> str:
    """The language that the kernel runs: Deno's and tslab's is TypeScript."""
    about = _get(top, "metadata")
    name = _get(_get(about, "kernelspec"), "language") or _get(_get(about, "language_info"), "name")
    return (name.text or "").lower() if isinstance(name, Scalar) else ""


def _cells(top: Node) -> Iterator[tuple[int, str, Node]]:
    """Number, kind and source of every cell, in format 4 and format 3."""
    cells = _get(top, "cells")
    sheets = _get(top, "worksheets")
    listings = [cells, *(_get(s, "cells") for s in (sheets.items if isinstance(sheets, Listing) else ()))]
    number = 0
    for listing in listings:
        for cell in listing.items if isinstance(listing, Listing) else ():
            kind = _get(cell, "cell_type")
            text = _get(cell, "source") or _get(cell, "input")
            if isinstance(kind, Scalar) and text is not None:
                yield number, kind.text or "", text
            number += 1


def _get(node: Node | None, key: str) -> Node | None:
    return next((v for k, v in node.entries if k.text == key), None) if isinstance(node, Table) else None


class _Sheet:
    """The lines of all cells, one below the other; each belongs to Python, to the shell or to prose. With `scripted`
    code is JavaScript."""

    def __init__(self, source: Source, *, scripted: bool = False) -> None:
        self.source = source
        self.scripted = scripted
        self.lines: list[_Line] = []
        self.kinds: list[str] = []
        self.files: dict[int, str] = {}  # the files that cells write, by their numbers

    def add(self, number: int, kind: str, text: Node) -> None:
        parts = text.items if isinstance(text, Listing) else (text,)
        lines = [line for part in parts if isinstance(part, Scalar) for line in self._split(part, number)]
        first = next((line.text for line in lines if line.text.strip()), "")
        shell = _SHELL_CELL.match(first) is not None
        other = first.startswith("%%") and not shell and _PYTHON_CELL.match(first) is None
        if kind == "code" and (file := _FILE_CELL.match(first)) is not None:
            self.files[number] = file["name"]
        going_on = False
        for line in lines:
            if kind != "code":
                belongs = "prose" if kind == "markdown" else ""
            elif self.scripted:
                belongs = "javascript"
            elif other or (line.text.startswith("%%")):
                belongs = ""
            elif shell or going_on or SHELL.match(line.text):
                belongs = "script" if shell or going_on else "shell"
                going_on = not shell and line.text.rstrip().endswith("\\")
            else:
                belongs = "magic" if MAGIC.match(line.text) else "python"
            self.lines.append(line)
            self.kinds.append(belongs)

    def _split(self, part: Scalar, cell: int) -> Iterator[_Line]:
        """The lines of a JSON string. What an escape takes more than its character moves all that follows."""
        text = part.text or ""
        raw, at = self.source.text, part.at
        for line in text.splitlines(keepends=True):
            yield _Line(line.rstrip("\r\n"), at, cell)
            at += len(line)
            if not part.plain:
                at = self._after(raw, at - len(line), len(line))

    def _after(self, raw: str, at: int, characters: int) -> int:
        """Walk that many characters of a JSON string: from escape to escape, not from character to character."""
        while characters > 0:
            slash = raw.find("\\", at, at + characters)
            if slash < 0:
                return at + characters
            characters -= slash - at + 1
            escape = _ESCAPE.match(raw, slash)
            at = escape.end() if escape else slash + 1
        return at

    def found(self, calls: Calls) -> Found:
        script = Notes(Source(self.source.path, self.text("shell").encode()), calls)
        self._tell(script)
        flags.read(script.source.text, 0, script)
        cells = self._cells() if self.files else {}
        written = [r for number, name in self.files.items() for r in self._written(cells[number][1:], name, calls)]
        prose = Notes(Source(self.source.path, self.text("prose").encode()), calls, Role.MENTION)
        markdown.mention(prose.source.text, 0, prose)
        references = tuple(
            replace(r, location=self._location(r.location, r.written), snippet=self.snippet(r.location.line))
            for notes in (script, prose)
            for r in notes.references
        )
        if self.scripted:
            code = Source(self.source.path, self.text("javascript").encode())
            inside = javascript.read_at(code, calls, self.place, self.snippet)
            return replace(inside, references=(*references, *inside.references))
        code = Source(self.source.path, self.text("python").encode())
        inside = python.read_at(code, calls, self.place, self.snippet) if self.source.data else Found()
        if inside.problems:
            problems = self.without_broken()
            code = Source(self.source.path, self.text("python").encode())
            inside = python.read_at(code, calls, self.place, self.snippet)
            inside = replace(inside, problems=(*inside.problems, *problems))
        said = tuple(
            replace(r, location=self._location(r.location, r.written), snippet=self.snippet(r.location.line))
            for r in python.mentions(code, calls)
        )
        return replace(inside, references=(*references, *written, *said, *inside.references))

    def _tell(self, script: Notes) -> None:
        """What `{name}` in a command stands for is set by the Python above it."""
        at = 0
        shown = script.source.text.split("\n")
        for line, mine, row in zip(self.lines, self.kinds, shown, strict=False):
            if mine == "python" and (set_to := _ASSIGNED.match(line.text)) is not None:
                script.variables.set(set_to[1], ((set_to[3], at),))
            at += len(row) + 1

    def _written(self, rows: list[int], name: str, calls: Calls) -> Iterator[Reference]:
        """What a file selects that a cell writes: `%%writefile config.yaml`."""
        text = "".join(self.lines[i].text + "\n" for i in rows)
        found: Found = import_module("freehold.detect").read(
            Source(f"{self.source.path}!/{name}", text.encode()), calls
        )
        for reference in found.references:
            at = reference.location
            if at.line <= len(rows):
                place = Location(path=self.source.path, line=rows[at.line - 1] + 1, column=at.column)
                yield replace(reference, location=self._location(place, reference.written), scope=self.source.scope)

    def without_broken(self) -> list[Problem]:
        """Leave out the cells that are not Python: one of them must not hide the others."""
        problems = []
        for cell, mine in self._cells("python", "magic", "shell").items():
            if not any(self.kinds[i] == "python" for i in mine):
                continue
            first = mine[0]
            whole = [self._shown(self.lines[i], self.kinds[i], "python") for i in range(first, mine[-1] + 1)]
            error = self._refused(whole)
            if error is None:
                continue
            line = self.source.at(self.lines[first].at).line
            problems.append(self.source.problem(f"cell {cell} is not Python that can be parsed: {error}", line=line))
            # Statement by statement, if that leaves a cell that can be parsed.
            rest = python.salvaged("".join(line + "\n" for line in whole).encode()).decode().split("\n")
            broken = [first + n for n, (line, left) in enumerate(zip(whole, rest, strict=False)) if line != left]
            for i in broken if self._refused(rest) is None else mine:
                self.kinds[i] = ""
        return problems

    def _cells(self, *kinds: str) -> dict[int, list[int]]:
        """The lines of these kinds, or all, by cell."""
        cells: dict[int, list[int]] = {}
        for i, (line, kind) in enumerate(zip(self.lines, self.kinds, strict=True)):
            if not kinds or kind in kinds:
                cells.setdefault(line.cell, []).append(i)
        return cells

    def _refused(self, lines: list[str]) -> str | None:
        return python.refused(Source(self.source.path, "\n".join(lines).encode()))

    def text(self, kind: str) -> str:
        return "".join(self._shown(line, mine, kind) + "\n" for line, mine in zip(self.lines, self.kinds, strict=True))

    def _shown(self, line: _Line, mine: str, kind: str) -> str:
        if mine == "script" and kind == "shell" and not line.text.startswith("%%"):
            return line.text
        if mine != kind:
            return left_out(line.text) if kind == "python" and mine in ("magic", "shell") else ""
        if kind == "shell" and SHELL.match(line.text) is not None:
            return command(line.text)
        return chosen(line.text) if kind == "python" else line.text

    def snippet(self, line: int) -> str:
        return self.lines[line - 1].text.strip()[:200] if 0 < line <= len(self.lines) else ""

    def _location(self, location: Location, written: str) -> Location:
        line, column, cell = self.place(location.line, location.column, written)
        return Location(path=self.source.path, line=line, column=column, cell=cell)

    def place(self, line: int, column: int, written: str) -> tuple[int, int, int | None]:
        if not 0 < line <= len(self.lines):
            return 1, 1, None
        mine = self.lines[line - 1]
        offset = self._after(self.source.text, mine.at, column - 1)
        if written and not self.source.text.startswith(json.dumps(written)[1:-1], offset):
            offset = max(
                self.source.text.find(json.dumps(written, ensure_ascii=False)[1:-1], mine.at, offset + 400), offset
            )
        at = self.source.at(offset)
        return at.line, at.column, mine.cell
