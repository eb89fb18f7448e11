"""Command lines, wherever they stand: a text is split as a POSIX shell would split it, and nothing is run.

Every word knows its offset in the text, so that a place deep inside a quoted `sh -c` is still exact. `flags` says which
words select a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

#: Longer lines are data; deeper nesting is nobody's script.
MAX_WORDS = 2_000
MAX_DEPTH = 8

_PART = re.compile(
    r"""(?P<join>\\\r?\n[ \t]*)|(?P<space>[ \t]+)|(?P<end>\r?\n|;+|&&|\|\|?|&(?!>)|[()])
    |(?P<array>[A-Za-z_]\w*\+?=\()|(?P<heredoc><<-?[ \t]*['"\\]?(?P<mark>\w+)['"]?)
    |(?P<redirect>\d*(?:&>>?|>>?|<<<|<)&?\d*)|(?P<single>'[^']*')|(?P<double>"[^"\\]*+(?:\\.[^"\\]*+)*+")
    |(?P<insert>\$\{\{[^{}\n]{0,200}\}\}|\$\{[^}\n]{0,300}\})
    |(?P<run>\$\()|(?P<tick>`[^`]*`)|(?P<escape>\\.)|(?P<bare>(?:[^\s'"`;&|()<>\\$]++|\$(?![({]))++)|(?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
#: A word of one piece, or a name with its value in quotes, with the blanks before it.
_WORD = re.compile(
    r"""[ \t]*+(?:(?P<bare>(?:[^\s#'"`;&|()<>\\$]|\$(?![({]))(?:[^\s'"`;&|()<>\\$]++|\$(?![({]))*+)
    |(?P<name>[A-Za-z_]\w*+=)"(?P<value>(?:[^"\\$]++|\$(?!\())*+)"|(?P<insert>\$\{[^}\n]{0,300}\})
    |"(?P<double>(?:[^"\\$]++|\$(?!\())*+)"|'(?P<single>[^']*+)')(?=[ \t\n;|)]|&(?!>)|\r\n|\Z)""",
    re.VERBOSE,
)
#: A line that no other line goes on with, and that holds nothing but words.
_LINE = re.compile(r"""(?:[^\n'"`\\()<#=]|"[^"\\\n=`]*+"|'[^'\n=]*+')*+\n""")
_EMPTY = re.compile(r"(?:[ \t]*+(?:#[^\n]*+)?\r?\n)*+")  # lines between commands
#: A path of Windows: what separates its parts escapes nothing.
_WINDOWS = re.compile(r"(?<![\w\\])[A-Za-z]:\\[^\s\"']+")
_INNER = re.compile(r"\\([\"\\$`])")
#: What opens and closes within quotes and substitutions, and how far one is followed.
_NEST = re.compile(r"""\\.|\$\(|[()"']""", re.DOTALL)
MAX_QUOTED = 8_000
#: Each is looked for to the end of the text.
MAX_ENDLESS = 8


class Word(NamedTuple):  # there are so many of them that making them counts
    """One word after quotes were taken off, and the offset of its first character. In an `exact` word the text stands
    in the file as it is, so that places inside it hold."""

    text: str
    at: int
    exact: bool = True
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Text in another language inside a command: `python -c`, a here-document."""

    text: str
    at: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command; or with `listed`, the words that a name stands for, one after the other (`NAME+`: some more
    of them)."""

    words: tuple[Word, ...]
    scripts: tuple[Script, ...] = field(default=())
    listed: str | None = None


def commands(text: str, at: int = 0, depth: int = 0, silent: Callable[[str], bool] | None = None) -> Iterator[Command]:
    """Split a text into simple commands, with the words of substitutions as commands of their own. Simple lines that
    are `silent` are left out."""
    if ":\\" in text:
        text = _WINDOWS.sub(lambda path: path[0].replace("\\", "/"), text)
    words: list[Word] = []
    scripts: list[Script] = []
    parts: list[tuple[str, int, bool, bool]] = []  # text, offset, exact, quoted
    marks: list[str] = []
    here, comment = 0, True  # a `#` begins a comment only where a word could begin
    endless = 0  # here-documents that nothing ends
    unclosed = 0  # quotes before this offset do not close within reach
    line = 0 if silent is not None else len(text)  # where the next one begins

    def close() -> None:
        if len(words) < MAX_WORDS:
            if len(parts) == 1:
                piece, start, exact, quoted = parts[0]
                words.append(Word(piece, at + start, exact, quoted))
            elif parts:
                whole = "".join([p[0] for p in parts])
                words.append(Word(whole, at + parts[0][1], False, any(p[3] for p in parts)))
        parts.clear()

    while here < len(text):
        if here >= line and silent is not None and comment and not (words or parts or marks):
            if (whole := _LINE.match(text, here)) is not None and silent(whole[0]):
                here = whole.end()
                continue
            line = text.find("\n", here) + 1 or len(text)
        if not parts:
            if (word := _WORD.match(text, here)) is not None:
                group = word.lastgroup or "bare"
                if len(words) < MAX_WORDS:
                    words.append(
                        Word(word["name"] + word["value"], at + word.start("name"), False, True)
                        if group == "value"
                        else Word(word[group], at + word.start(group), True, group in ("single", "double"))
                    )
                here, comment = word.end(), False
                continue
            if comment and text[here] == "#":
                newline = text.find("\n", here)
                here = len(text) if newline < 0 else newline
                continue
        found = _PART.match(text, here)
        if found is None:  # pragma: no cover - `stray` takes every character
            break
        kind, piece = found.lastgroup or "stray", found[0]
        start, here = here, found.end()
        comment = kind in ("space", "join", "end")
        if kind == "mark":
            kind = "heredoc"
        if kind in ("space", "join"):
            close()
        elif kind == "end":
            close()
            if piece.endswith("\n") and marks:
                for mark in marks:
                    stop = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t\r]*$", re.MULTILINE).search(text, here)
                    if stop is None and (endless := endless + 1) <= MAX_ENDLESS:
                        continue  # `(( bits << shift ))`
                    until = len(text) if stop is None else stop.start()
                    scripts.append(Script(text[here:until], at + here, True))
                    here = until if stop is None else stop.end()
                marks.clear()
            if words:
                yield _command(words, scripts)
                words, scripts = [], []
            if piece.endswith("\n") and not marks and (empty := _EMPTY.match(text, here)) is not None:
                here = empty.end()
        elif kind == "heredoc":
            close()
            marks.append(found["mark"])
        elif kind == "redirect":
            close()
            words.append(Word(piece, at + start))
        elif kind == "single":
            parts.append((piece[1:-1], start + 1, True, True))
        elif kind == "double":
            if "$(" in piece and start >= unclosed:
                end, runs = _quoted(text, start)
                if end is None:
                    unclosed = start + MAX_QUOTED
                else:
                    here, piece = end, text[start:end]
                    for first, last in runs if depth < MAX_DEPTH else ():
                        yield from commands(text[first:last], at + first, depth + 1)
            inner = piece[1:-1]
            clean = _INNER.sub(r"\1", inner.replace("\\\n", "")) if "\\" in inner else inner
            parts.append((clean, start + 1, clean == inner, True))
        elif kind == "escape":
            parts.append((piece[1], start, False, False))
        elif kind == "array" and not parts:
            until = _closing(text, here)
            if depth < MAX_DEPTH:
                inside = commands(text[here:until], at + here, depth + 1)
                if values := tuple(word for command in inside for word in command.words):
                    yield Command(values, listed=piece.rstrip("=("))
            here = until + 1
        elif kind == "run":
            until = _closing(text, here)
            parts.append(("$()", start, False, False))
            if depth < MAX_DEPTH:
                yield from commands(text[here:until], at + here, depth + 1)
            here = until + 1
        else:
            parts.append((piece, start, True, False))
    close()
    if words:
        yield _command(words, scripts)


def _command(words: list[Word], scripts: list[Script]) -> Command:
    if len(words) > 3 and words[0].text == "for" and words[2].text == "in":
        return Command(tuple(words[3:]), listed=words[1].text)
    return Command(tuple(words), tuple(scripts))


def _quoted(text: str, at: int) -> tuple[int | None, list[tuple[int, int]]]:
    """Find the end of the double quotes that open here, and the substitutions in them, which have quotes of their own:
    `"$(cd "$(dirname "$0")" && pwd)"`."""
    open_ = ['"']
    inside: list[tuple[int, int]] = []
    begin = at + 1
    here, last = at + 1, at + MAX_QUOTED
    while (found := _NEST.search(text, here, last)) is not None:
        sign, here = found[0], found.end()
        if sign == '"' and open_[-1] == '"':
            open_.pop()
            if not open_:
                return here, inside
        elif sign == "$(" or (open_[-1] == ")" and sign in ("(", '"')):
            begin = here if len(open_) == 1 else begin
            open_.append('"' if sign == '"' else ")")
        elif sign == "'" and open_[-1] == ")":
            here = text.find("'", here, last) + 1 or last
        elif sign == ")" and open_[-1] == ")":
            open_.pop()
            if len(open_) == 1:
                inside.append((begin, found.start()))
    return None, []


def _closing(text: str, at: int) -> int:
    """Give the offset of the `)` that closes a substitution."""
    level = 1
    for found in re.compile(r"[()]|'[^']*'").finditer(text, at):
        level += {"(": 1, ")": -1}.get(found[0], 0)
        if level == 0:
            return found.start()
    return len(text)
