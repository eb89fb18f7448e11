"""Command lines that Python runs: `subprocess.run(["ollama", "pull", "…"])`, `os.system(f"vllm serve {MODEL}")`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from freehold.detect import flags
from freehold.detect.calls import Calls
from freehold.detect.notes import Notes
from freehold.detect.outcomes import Value
from freehold.detect.project import Project
from freehold.detect.python_expressions import Expression
from freehold.detect.scopes import Spot
from freehold.detect.values import MAX_STEPS, Values
from freehold.source import Source
from freehold.types import Location, Reference, Role

#: What runs a command, by module: the filter looks for the same words.
RUNNERS = {
    "subprocess": frozenset({"run", "call", "Popen", "check_call", "check_output", "getoutput", "getstatusoutput"}),
    "os": frozenset({"system", "popen", "execvp", "execlp"}),
    "asyncio": frozenset({"create_subprocess_exec", "create_subprocess_shell"}),
}
TAILS = frozenset(tail for tails in RUNNERS.values() for tail in tails)
MAX_WORDS = 200
#: What stands for a word that is not known before it runs.
_OPEN = "$_"


@dataclass(slots=True)
class _Line:
    """A command line put together, and where its parts are written."""

    text: str = ""
    parts: list[tuple[int, Location]] = field(default_factory=list)  # offsets in the text, in order

    def add(self, text: str, at: Location | None, *, quoted: bool = False) -> None:
        if at is not None:
            self.parts.append((len(self.text), at))
        self.text += shlex.quote(text) if quoted else text

    def place(self, offset: int) -> Location:
        """Give the place of a word: in the part before it, as many lines down as there are between."""
        begin, at = next(((b, a) for b, a in reversed(self.parts) if b <= offset), self.parts[0])
        down = self.text.count("\n", begin, offset)
        column = at.column + offset - begin if not down else offset - self.text.rindex("\n", begin, offset)
        return replace(at, line=at.line + down, column=max(column, 1))


def references(project: Project, values: Values, calls: Calls) -> Iterator[Reference]:
    """Give what the commands of a project's Python select."""
    for spot, e in project.sites("leads", TAILS):
        root, _, last = project.dotted(spot, e[1]).rpartition(".")
        if last not in RUNNERS.get(root, ()):
            continue
        line = _command(spot, e, values)
        if line.parts:
            yield from _judged(line, spot.module.path, calls)


def _judged(line: _Line, path: str, calls: Calls) -> Iterator[Reference]:
    notes = Notes(Source(path, line.text.encode("utf-8", "replace")), calls)
    flags.read(line.text, 0, notes)
    for reference in notes.references:
        if reference.role is not Role.LOAD:
            continue
        at = reference.location
        yield replace(reference, location=line.place(notes.source.offset(at.line, at.column)))


def _command(spot: Spot, e: Expression, values: Values) -> _Line:
    """The command line of one call: a text, a list of words, or words as arguments."""
    line = _Line()
    given = e[2] or [v for k, v in e[3].items() if k in ("args", "cmd", "command")]
    if not given:
        return line
    values.left = MAX_STEPS
    lists = [(where, table[1]) for where, table in values.tables(spot, given[0]) if table[0] == "l"]
    if lists or len(e[2]) > 1:
        words = [(where, one) for where, items in lists for one in items] or [(spot, one) for one in e[2]]
        for where, one in words[:MAX_WORDS]:
            value = _only(where, one, values)
            line.add(value.text if value else _OPEN, value.at if value else None, quoted=value is not None)
            line.add(" ", None)
    else:
        _text(line, spot, given[0], values)
    return line


def _text(line: _Line, spot: Spot, e: Expression, values: Values, depth: int = 0) -> None:
    """A text with what is inserted into it; every part keeps its place."""
    if e[0] == "f" and depth < 4:
        for part in e[1]:
            _text(line, spot, part, values, depth + 1)
    elif e[0] == "s":
        line.add(e[1], Location(path=spot.module.path, line=e[2], column=e[3], cell=e[4]))
    elif e[0] == "n" and depth < 4 and (bound := values.project.bindings(spot, e[1])) and bound[0][1][0] in ("s", "f"):
        _text(line, bound[0][0], bound[0][1], values, depth + 1)
    else:
        value = _only(spot, e, values)
        line.add(value.text if value else _OPEN, value.at if value else None)


def _only(spot: Spot, e: Expression, values: Values) -> Value | None:
    """The one text that an expression is, or None."""
    found = [o for o in values.outcomes(spot, e) if isinstance(o, Value)]
    return found[0] if len(found) == 1 else None
