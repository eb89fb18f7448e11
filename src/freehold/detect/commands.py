"""Command lines, wherever they stand: the one reader for shell scripts, Dockerfiles, compose, CI, Makefiles, notebooks.

`commands` splits a text as a POSIX shell would, without running anything; `judge` asks rules/calls which words select a
model. Every word knows its offset in the text, so that a place deep inside a quoted `sh -c` is still exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from freehold.detect.calls import Flag
from freehold.detect.notes import Notes
from freehold.detect.trees import NoTree, Scalar, Table
from freehold.detect.trees import read as read_tree
from freehold.source import Source

#: Longer lines are data; deeper nesting is nobody's script.
MAX_WORDS = 2_000
MAX_DEPTH = 8

_PART = re.compile(
    r"""(?P<join>\\\r?\n[ \t]*)|(?P<space>[ \t]+)|(?P<end>\r?\n|;+|&&|\|\|?|&(?!>)|[()])
    |(?P<heredoc><<-?[ \t]*['"\\]?(?P<mark>\w+)['"]?)|(?P<redirect>\d*(?:&>>?|>>?|<)&?\d*)
    |(?P<single>'[^']*')|(?P<double>"(?:[^"\\]|\\.)*")|(?P<insert>\$\{[^}\n]*\}|\$\{\{.*?\}\})
    |(?P<run>\$\()|(?P<tick>`[^`]*`)|(?P<escape>\\.)|(?P<bare>(?:[^\s'"`;&|()<>\\$]|\$(?![({]))+)|(?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_ASSIGN = re.compile(r"([A-Za-z_]\w*)\+?=")
_INNER = re.compile(r"\\([\"\\$`])")
_SHELLS = ("sh", "bash", "zsh", "ash", "dash")


@dataclass(frozen=True, slots=True)
class Word:
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
    """One simple command."""

    words: tuple[Word, ...]
    scripts: tuple[Script, ...] = field(default=())


def commands(text: str, at: int = 0, depth: int = 0) -> Iterator[Command]:
    """Split a text into simple commands, with the words of substitutions as commands of their own."""
    words: list[Word] = []
    scripts: list[Script] = []
    parts: list[tuple[str, int, bool, bool]] = []  # text, offset, exact, quoted
    marks: list[str] = []
    here, comment = 0, True  # a `#` begins a comment only where a word could begin

    def close() -> None:
        if parts:
            words.append(
                Word(
                    "".join(p[0] for p in parts),
                    at + parts[0][1],
                    all(p[2] for p in parts) and len(parts) == 1,
                    any(p[3] for p in parts),
                )
            )
            parts.clear()

    while here < len(text):
        if comment and text[here] == "#" and not parts:
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
                    until = len(text) if stop is None else stop.start()
                    scripts.append(Script(text[here:until], at + here, True))
                    here = until if stop is None else stop.end()
                marks.clear()
            if words:
                yield Command(tuple(words[:MAX_WORDS]), tuple(scripts))
                words, scripts = [], []
        elif kind == "heredoc":
            close()
            marks.append(found["mark"])
        elif kind == "redirect":
            close()
            words.append(Word(piece, at + start))
        elif kind == "single":
            parts.append((piece[1:-1], start + 1, True, True))
        elif kind == "double":
            inner = piece[1:-1]
            clean = _INNER.sub(r"\1", inner.replace("\\\n", ""))
            parts.append((clean, start + 1, clean == inner, True))
        elif kind == "escape":
            parts.append((piece[1], start, False, False))
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
        yield Command(tuple(words[:MAX_WORDS]), tuple(scripts))


def _closing(text: str, at: int) -> int:
    """Give the offset of the `)` that closes a substitution."""
    level = 1
    for found in re.compile(r"[()]|'[^']*'").finditer(text, at):
        level += {"(": 1, ")": -1}.get(found[0], 0)
        if level == 0:
            return found.start()
    return len(text)


def read(text: str, at: int, notes: Notes, how: str = "flag", *, exact: bool = True, depth: int = 0) -> None:
    """Judge every command of a text that stands at this offset of the file."""
    for command in commands(text, at):
        words = command.words if exact else tuple(Word(w.text, at, False, w.quoted) for w in command.words)
        judge(words, notes, how, scripts=command.scripts, depth=depth)


def judge(
    words: Sequence[Word],
    notes: Notes,
    how: str = "flag",
    *,
    image: str | None = None,
    scripts: Sequence[Script] = (),
    depth: int = 0,
) -> None:
    """Note every model that one command selects. `image` is the container image whose entry point takes these words."""
    rest = _assignments(words, notes, how)
    names = [word.text.rpartition("/")[2] for word in rest]
    _nested(rest, names, notes, how, scripts, depth)
    taken: set[int] = set()
    for flag in notes.calls.flags:
        begin = _program(flag, rest, names, image)
        if begin is not None and not any(word.text in flag.unless for word in rest):
            _flag(flag, rest, begin, taken, notes, how)
    for number, word in enumerate(rest):
        if number not in taken and "://" in word.text:
            notes.value(word.text, word.at, "url", None)
        elif word.quoted and word.text.lstrip().startswith("{"):
            _body(word, notes)


def _assignments(words: Sequence[Word], notes: Notes, how: str) -> Sequence[Word]:
    """Note `NAME=value` before a command or after `export`, `env`, `-e`; give the words of the command itself."""
    begin = 0
    for number, word in enumerate(words):
        assigned = _ASSIGN.match(word.text)
        if assigned is not None:
            value = word.text[assigned.end() :]
            shift = assigned.end() if word.exact or not word.quoted else assigned.end() + 1
            notes.assign(assigned[1], value, word.at + shift, "env")
            begin = number + 1 if begin == number else begin
        elif begin == number and word.text in (
            "export",
            "env",
            "declare",
            "local",
            "readonly",
            "typeset",
            "set",
            "sudo",
            "exec",
        ):
            begin = number + 1
    return words[begin:]


def _nested(
    words: Sequence[Word], names: list[str], notes: Notes, how: str, scripts: Sequence[Script], depth: int
) -> None:
    """`sh -c "…"`, `python -c "…"` and here-documents hold commands and code of their own."""
    for number, name in enumerate(names[:-1]):
        if words[number + 1].text not in ("-c", "-lc", "-ec", "-xc", "-ceu", "-exc") or number + 2 >= len(words):
            continue
        inner = words[number + 2]
        if name in _SHELLS and depth < MAX_DEPTH:
            read(inner.text, inner.at, notes, how, exact=inner.exact, depth=depth + 1)
        elif name.startswith("python"):
            notes.python(inner.text, inner.at)
    for script in scripts:
        if any(name.startswith("python") for name in names):
            notes.python(script.text, script.at)
        elif names and names[0] in _SHELLS and depth < MAX_DEPTH:
            read(script.text, script.at, notes, how, depth=depth + 1)


def _body(word: Word, notes: Notes) -> None:
    """The JSON body of a request: `curl -d '{"model": …}'`."""
    try:
        body = read_tree(Source(notes.source.path, word.text.encode()), "json")[0]
    except NoTree:
        return
    for key, value in body.entries if isinstance(body, Table) else ():
        rule = notes.calls.key(key.text or "", "json")
        if rule is not None and isinstance(value, Scalar) and value.text:
            notes.value(value.text, word.at + (value.at if word.exact else 0), "config", rule)


def _program(flag: Flag, words: Sequence[Word], names: list[str], image: str | None) -> int | None:
    """Give the number of the first word behind the program, or None where the command is another program's."""
    if not flag.program:
        return 0
    size = len(flag.program)
    for number in range(len(names) - size + 1):
        if all(_same(want, have) for want, have in zip(flag.program, names[number : number + size], strict=True)):
            return number + size
    # The words of a container without a program of their own go to the image's entry point.
    bare = bool(names) and (names[0].startswith("-") or words[0].text != names[0])
    return 0 if bare and image is not None and any(i in image for i in flag.image) else None


def _same(want: str, have: str) -> bool:
    return want == have or have.removesuffix(".exe") == want or (want == "python" and have.startswith("python"))


def _flag(flag: Flag, words: Sequence[Word], begin: int, taken: set[int], notes: Notes, how: str) -> None:
    revision = _after(flag.revision, words, begin)
    file = _after(flag.file, words, begin)
    if file is None and flag.file_positional is not None:
        further = _positional(words, begin)
        file = words[further[flag.file_positional]].text if len(further) > flag.file_positional else None
    remote = flag.remote_code is not None and any(w.text.partition("=")[0] == flag.remote_code for w in words[begin:])
    for number, word, shift in _named(flag, words, begin):
        if number in taken:
            continue
        text = word.text[shift:]
        place = word.at + (shift if word.exact else 0)
        if notes.value(text, place, how, flag, revision=revision, file=file, remote_code=remote):
            taken.add(number)


def _named(flag: Flag, words: Sequence[Word], begin: int) -> Iterator[tuple[int, Word, int]]:
    """Give the words that this rule speaks of: number, word, and how many characters stand before the value."""
    for number in range(begin, len(words)):
        option, equals, _ = words[number].text.partition("=")
        if option.replace("_", "-") in flag.flag or option in flag.flag:
            if equals:
                yield number, words[number], len(option) + 1
            elif number + 1 < len(words) and not words[number + 1].text.startswith("-"):
                yield number + 1, words[number + 1], 0
    if flag.positional is not None:
        places = _positional(words, begin)
        if len(places) > flag.positional:
            yield places[flag.positional], words[places[flag.positional]], 0


def _positional(words: Sequence[Word], begin: int) -> list[int]:
    """Give the numbers of the arguments that are no option and no option's value. What follows an option without `=`
    may be its value: such a word counts only when there is no other, and when it has an owner."""
    sure: list[int] = []
    maybe: list[int] = []
    for number in range(begin, len(words)):
        if words[number].text.startswith(("-", ">", "<", "2>")):
            continue
        before = words[number - 1].text if number > begin else ""
        (maybe if before.startswith("-") and "=" not in before else sure).append(number)
    return sure or [number for number in maybe[-1:] if "/" in words[number].text]


def _after(option: str | None, words: Sequence[Word], begin: int) -> str | None:
    if option is None:
        return None
    for number in range(begin, len(words)):
        name, equals, value = words[number].text.partition("=")
        if name == option:
            return value if equals else words[number + 1].text if number + 1 < len(words) else None
    return None
