"""Dockerfiles: ENV, ARG, RUN, and ENTRYPOINT with CMD as one command line, in shell and in JSON form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from freehold.detect import commands, flags
from freehold.detect.assigned import pair
from freehold.detect.calls import Calls
from freehold.detect.commands import Word
from freehold.detect.found import Found
from freehold.detect.nodes import Listing, NoTree, Scalar
from freehold.detect.notes import Notes
from freehold.detect.trees import read
from freehold.source import Source

_NAME = re.compile(r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?", re.IGNORECASE)
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_FLAGS = re.compile(r"(?:--[\w-]+(?:=\S+)?\s+)*")
_SCRIPT = re.compile(r"[ \t]*<<-?[ \t]*['\"]?\w+['\"]?[ \t\r]*\n")
_HEREDOC = re.compile(r"<<-?[ \t]*['\"]?(\w+)['\"]?")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with everything that belongs to it. `text` has the length of what stands in the file."""

    word: str
    text: str
    at: int


def wants(source: Source) -> bool:
    """`Dockerfile`, `Dockerfile.gpu`, `api.dockerfile`, `Containerfile`."""
    name = source.name
    return (
        "file" in name.lower()
        and _NAME.fullmatch(name) is not None
        and not name.endswith((".md", ".py", ".yml", ".yaml"))
    )


def find(source: Source, calls: Calls) -> Found:
    """Give what a Dockerfile says."""
    notes = Notes(source, calls)
    image: str | None = None
    started: dict[str, list[Word]] = {}
    for instruction in instructions(source):
        word, text, at = instruction.word, instruction.text, instruction.at
        if word == "FROM":
            _start(started, image, notes)
            words = [word for word in text.split() if not word.startswith("--")]
            image = words[0] if words else None
            if image is not None:
                notes.image(image, at + text.index(image))
        elif word in ("ENV", "ARG"):
            _environment(text, at, notes)
        elif word in ("RUN", "HEALTHCHECK"):
            options = _FLAGS.match(text)
            begin = options.end() if options else 0
            listed = _words(source, text[begin:], at + begin, notes)
            if listed is None:
                script = _SCRIPT.match(text, begin)  # lines for the shell
                begin = script.end() if script is not None else begin
                flags.read(text[begin:], at + begin, notes)
            else:
                flags.judge(listed, notes)
        elif word in ("ENTRYPOINT", "CMD"):
            listed = _words(source, text, at, notes)
            if listed is None:
                flags.read(text, at, notes)
            else:
                started[word] = listed
        elif word == "ADD":
            flags.read(text, at, notes)
    _start(started, image, notes)
    pair(notes)
    return notes.found()


def _start(started: dict[str, list[Word]], image: str | None, notes: Notes) -> None:
    """The last ENTRYPOINT and the last CMD of a stage are one command."""
    words = started.pop("ENTRYPOINT", []) + started.pop("CMD", [])
    if words:
        flags.judge(words, notes, image=image)


def instructions(source: Source) -> Iterator[Instruction]:
    """Give the instructions of a Dockerfile, with their continuation lines and here-documents."""
    text = source.text
    at = 0
    while at < len(text):
        end, begin = _line(text, at), at
        found = _INSTRUCTION.match(text, at, end)
        if found is None or text[at:end].lstrip().startswith("#"):
            at = end
            continue
        while text[at:end].rstrip().endswith("\\") and end < len(text):
            at, end = end, _line(text, end)
            while text[at:end].lstrip().startswith("#") and end < len(text):
                at, end = end, _line(text, end)
        for mark in _HEREDOC.findall(text, begin, end) if found[1].upper() in ("RUN", "COPY") else ():
            stop = re.compile(rf"^[ \t]*{mark}[ \t\r]*$", re.MULTILINE).search(text, end)
            end = _line(text, stop.start()) if stop is not None else len(text)
        yield Instruction(found[1].upper(), _uncomment(text[found.end() : end]), found.end())
        at = end


def _line(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _uncomment(text: str) -> str:
    """Comment lines between continued lines vanish; here they become empty continued lines of the same length."""
    if "#" not in text or "<<" in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], 1):
        if line.lstrip().startswith("#"):
            lines[number] = " " * (len(line) - 1) + "\\"
    return "\n".join(lines)


def _words(source: Source, text: str, at: int, notes: Notes) -> list[Word] | None:
    """The words of the JSON form; None where it is the shell form."""
    if not text.lstrip().startswith("["):
        return None
    inner = Source(source.path, re.sub(r"\\(\r?\n)", r" \1", text).encode())
    try:
        node = read(inner, "json")[0]
    except NoTree:
        return None  # Docker, too, takes what is no JSON for the shell form
    items = node.items if isinstance(node, Listing) else ()
    return [Word(i.text or "", at + i.at, i.plain, True) for i in items if isinstance(i, Scalar)]


def _environment(text: str, at: int, notes: Notes) -> None:
    for command in commands.commands(text, at):
        first = command.words[0]
        if "=" not in first.text and len(command.words) > 1:  # the old form: ENV NAME value
            notes.assign(first.text, command.words[1].text, command.words[1].at, "env")
        else:
            flags.judge(command.words, notes, listed=command.listed)
