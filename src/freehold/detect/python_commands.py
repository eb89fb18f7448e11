"""Command lines that Python runs: `subprocess.run(["ollama", "pull", "…"])`, `os.system(f"vllm serve {MODEL}")`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from freehold.detect import flags
from freehold.detect.calls import Calls
from freehold.detect.libraries import Argument
from freehold.detect.notes import Notes
from freehold.detect.outcomes import Given, Value
from freehold.detect.project import Project, Site, pick
from freehold.detect.python_expressions import Expression, callee_tail
from freehold.detect.scopes import Bound, Spot, argument
from freehold.detect.values import MAX_STEPS, Values
from freehold.source import Source
from freehold.types import Location, Reference, Role

#: What runs a command, by module: the filter looks for the same words.
RUNNERS = {
    "subprocess": frozenset({"run", "call", "Popen", "check_call", "check_output", "getoutput", "getstatusoutput"}),
    "os": frozenset({"system", "popen", "execvp", "execlp"}),
    "asyncio": frozenset({"create_subprocess_exec", "create_subprocess_shell"}),
    "modal": frozenset({"run_commands", "dockerfile_commands"}),
    "aws_cdk": frozenset({"add_commands", "add_user_data"}),
    "paramiko": frozenset({"exec_command"}),
    "lm_eval": frozenset({"simple_evaluate"}),
}
#: What takes the value of an option of its command: which argument, and the command up to there.
_OPTIONS: dict[str, tuple[Argument, str]] = {"simple_evaluate": (("model_args", 1), "lm_eval --model_args ")}
#: Each argument of these is a command, or a list of them: images are built so, and machines set up.
_SEVERAL = RUNNERS["modal"] | RUNNERS["aws_cdk"] | RUNNERS["paramiko"]
TAILS = frozenset(tail for tails in RUNNERS.values() for tail in tails)
MAX_WORDS = 200
MAX_CHOICES = 50  # texts that one word can be
#: What stands for a word that is not known before it runs.
_OPEN = "$_"


@dataclass(slots=True)
class _Line:
    """A command line put together, and where its parts are written."""

    number: int = 0  # which line it is of those that a call may run
    text: str = ""
    parts: list[tuple[int, Location]] = field(default_factory=list)  # offsets in the text, in order
    choices: int = 1  # how many texts a part of it can be

    def choose(self, texts: list[Value], *, quoted: bool = False) -> None:
        """Add a part that is one of several texts, or not known."""
        self.choices = max(self.choices, len(texts))
        value = texts[self.number % len(texts)] if texts else None
        if value is not None and value.parts and value.text.endswith(f"/{value.parts[-1].text}"):
            last = value.parts[-1]  # a model in a folder: it stands where its name does
            self.add(value.text[: -len(last.text)], value.at)
            value = last
        self.add(value.text if value else _OPEN, value.at if value else None, quoted=quoted and value is not None)

    def add(self, text: str, at: Location | None, *, quoted: bool = False) -> None:
        if at is not None:
            self.parts.append((len(self.text), at))
        self.text += shlex.quote(text) if quoted else text

    def last(self, offset: int, text: str) -> int:
        """Give where the last of the parts begins that a text at this offset is put together from."""
        end = offset + len(text) if self.text.startswith(text, offset) else offset + 1
        return max(offset, max((begin for begin, _ in self.parts if begin < end), default=offset))

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
        inside = last in _SEVERAL or last in _OPTIONS  # whatever of its modules gives it
        if last not in RUNNERS.get(root.partition(".")[0] if inside else root, ()):
            continue
        for where, call in _apart(spot, e) if last in _SEVERAL else ((spot, e), *_handed(spot, e, values)):
            for line in _commands(where, call, values):
                if line.parts:
                    yield from _judged(line, calls)


def _apart(spot: Spot, e: Expression) -> Iterator[Site]:
    """A call for each of the commands that one is given."""
    given = [one for argument in e[2] for one in (argument[1] if argument[0] == "l" else (argument,))]
    yield from ((spot, ["c", e[1], [one], {}, *e[4:]]) for one in given[:MAX_WORDS])


def _handed(spot: Spot, e: Expression, values: Values) -> Iterator[Site]:
    """The same call with the lists of words that callers of the function around it hand over."""
    values.left = MAX_STEPS
    outcomes = values.outcomes(spot, e[2][0]) if e[2] and e[2][0][0] == "n" else []
    for given in [o for o in outcomes if isinstance(o, Given) and not o.joined]:
        function = Spot(values.project.paths[given.module], given.scope)
        for caller, call in values.project.callers(given.module, given.scope)[:MAX_CHOICES]:
            passed = argument(function, call, given.name)
            tables = values.tables(caller, passed) if passed is not None else ()
            if any(table[0] == "l" for _, table in tables):
                yield caller, ["c", e[1], [passed], {}, *e[4:]]


def _judged(line: _Line, calls: Calls) -> Iterator[Reference]:
    notes = Notes(Source(line.parts[0][1].path, line.text.encode("utf-8", "replace")), calls)
    flags.read(line.text, 0, notes)
    for reference in notes.references:
        if reference.role is not Role.LOAD:
            continue
        at = notes.source.offset(reference.location.line, reference.location.column)
        last = line.last(at, reference.written)
        if reference.written[last - at :] == reference.name:  # `MODELS + "/" + NAME`
            reference = replace(reference, written=reference.name)
        yield replace(reference, location=line.place(last))


def _commands(spot: Spot, e: Expression, values: Values) -> Iterator[_Line]:
    """The command lines of one call: where a word is one of several, each has a line."""
    number, choices = 0, 1
    while number < choices:
        line = _Line(number)
        _command(line, spot, e, values)
        yield line
        number, choices = number + 1, line.choices


def _command(line: _Line, spot: Spot, e: Expression, values: Values) -> None:
    """A text, a list of words, words as arguments, or the value of one option."""
    option, before = _OPTIONS.get(callee_tail(e), ((), ""))
    if before:
        if (value := pick(e, option)) is not None:
            line.add(before, None)
            values.left = MAX_STEPS
            _text(line, spot, value, values)
        return
    given = e[2] or [v for k, v in e[3].items() if k in ("args", "cmd", "command")]
    if not given:
        return
    values.left = MAX_STEPS
    whole = _uncut(spot, given[0], values)
    inside, joined = _joined(spot, given[0], values)
    lists = [(where, table[1]) for where, table in values.tables(inside, joined) if table[0] == "l" and not whole]
    if not lists and len(e[2]) < 2:
        where, text = whole or (spot, given[0])
        _text(line, where, text, values)
        return
    words = [(where, one) for where, items in lists for one in items] or [(spot, one) for one in e[2]]
    for where, one in words[:MAX_WORDS]:
        if one[0] == "f":
            _text(line, where, one, values)
        else:
            line.choose(_texts(where, one, values), quoted=True)
        line.add(" ", None)


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
        line.choose(_texts(spot, e, values))


def _uncut(spot: Spot, e: Expression, values: Values) -> Bound | None:
    """The text of `shlex.split(command)` and `command.split()`: its parts keep their places."""
    for where, one in values.project.bindings(spot, e[1]) if e[0] == "n" else [(spot, e)]:
        if one[0] == "c" and one[1][0] == "a" and one[1][2] == "split":
            return where, one[2][0] if one[1][1] == ["n", "shlex"] and one[2] else one[1][1]
    return None


def _joined(spot: Spot, e: Expression, values: Values) -> Bound:
    """The words of `" ".join(words)`; anything else is itself."""
    for where, one in values.project.bindings(spot, e[1]) if e[0] == "n" else [(spot, e)]:
        if one[0] == "c" and one[1][0] == "a" and one[1][2] == "join" and one[2]:
            return where, one[2][0]
    return spot, e


def _texts(spot: Spot, e: Expression, values: Values) -> list[Value]:
    """What a part can be, also by the callers of the function around it."""
    outcomes = values.outcomes(spot, e)
    found = [o for o in outcomes if isinstance(o, Value)]
    for given in [o for o in outcomes if isinstance(o, Given) and not o.joined] if not found else ():
        function = Spot(values.project.paths[given.module], given.scope)
        for caller, call in values.project.callers(given.module, given.scope)[:MAX_CHOICES]:
            passed = argument(function, call, given.name)
            more = values.outcomes(caller, passed) if passed is not None else ()
            found += [o for o in more if isinstance(o, Value)]
    return found[:MAX_CHOICES]
