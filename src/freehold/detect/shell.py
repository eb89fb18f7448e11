"""Shell scripts, Makefiles, justfiles, Procfiles: command lines in files of their own."""

from __future__ import annotations

import re

from freehold.detect import flags
from freehold.detect.assigned import pair
from freehold.detect.calls import Calls
from freehold.detect.found import Found
from freehold.detect.notes import Notes
from freehold.detect.variables import inserted
from freehold.source import Source

_SHELL = (".sh", ".bash", ".zsh", ".ksh", ".slurm", ".sbatch", ".pbs", ".command", ".bats")
_MAKE = ("makefile", "gnumakefile", "justfile", ".justfile", "procfile")
_SHEBANG = re.compile(rb"#![^\n]*\b(?:sh|bash|zsh|ksh|dash)\b")
_VARIABLE = re.compile(r"^(?:export[ \t]+|override[ \t]+)?([A-Za-z_]\w*)[ \t]*(?:\?|:{1,2}|\+)?=[ \t]*(.*?)[ \t\r]*$")
_INSERTED = re.compile(r"\$\((\w+)\)")
#: just's `env("NAME", "text")`, and what a recipe takes where nobody says otherwise.
_UNLESS_SET = re.compile(r"env(?:_var_or_default)?\([ \t]*[\"'](\w+)[\"'],[ \t]*[\"']([^\"'\n]*)[\"'][ \t]*\)")
_PARAMETERS = re.compile(r"@?[A-Za-z_][\w-]{0,100}[ \t](?:[^:\"'\n]|\"[^\"\n]*\"|'[^'\n]*'){0,1000}:(?!=)")
_GIVEN = re.compile(r"\b(\w{1,100})=([\"'])([^\"'\n]{1,300})\2")
_JUST = ("justfile", ".justfile")
_PROCESS = re.compile(r"^([\w-]+):[ \t]+(?=\S)")


def wants(source: Source) -> bool:
    """By name or by the first line."""
    name = source.name.lower()
    return (
        name.endswith((*_SHELL, ".mk"))
        or name in _MAKE
        or name.startswith("makefile.")
        or ("." not in name and _SHEBANG.match(source.data) is not None)
    )


def find(source: Source, calls: Calls) -> Found:
    """Give what a script says."""
    notes = Notes(source, calls)
    name = source.name.lower()
    if name.startswith("makefile") or name.endswith(".mk") or name in _MAKE:
        _recipes(source, notes)
    else:
        flags.read(source.text, 0, notes)
    pair(notes)
    return notes.found()


def _recipes(source: Source, notes: Notes) -> None:
    """Recipe lines begin with a blank, variables stand at the margin; a backslash continues either."""
    lines = source.lines
    number = 0
    while number < len(lines):
        first = number
        while lines[number].endswith("\\") and number + 1 < len(lines):
            number += 1
        number += 1
        line, at = lines[first], source.offset(first + 1)
        process = _PROCESS.match(line)
        if line.startswith(("\t", "  ")) or (process is not None and source.name.lower() == "procfile"):
            begin = process.end() if process is not None else len(line) - len(line.lstrip("\t @-+"))
            end = source.offset(number) + len(lines[number - 1])
            # make's `$(NAME)` is no command; braces leave every place as it is.
            command = _INSERTED.sub(r"${\1}", inserted(source.text[at + begin : end], names=True))
            flags.read(command.replace("$$", "$"), at + begin, notes, exact="$$" not in command)
        elif (found := _VARIABLE.match(line)) is not None:
            value, shift = found[2], found.start(2)
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value, shift = value[1:-1], shift + 1
            elif (unset := _UNLESS_SET.fullmatch(value)) is not None:
                value, shift = unset[2], shift + unset.start(2)
            notes.assign(found[1], _INSERTED.sub(r"${\1}", value), at + shift, "env")
        elif source.name.lower() in _JUST and (recipe := _PARAMETERS.match(line)) is not None:
            for given in _GIVEN.finditer(line, 0, recipe.end()):
                notes.assign(given[1], given[3], at + given.start(3), "env")
