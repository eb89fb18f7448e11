"""JavaScript and TypeScript: settings by their names, tables of models, and what calls select.

The grammar is tree-sitter's. What a string looks like where it stands is told file by file; what reaches the calls of
known libraries, from whichever file, is found at the end, as for Python, and says more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, product
from typing import Any

from freehold.detect.calls import Calls
from freehold.detect.found import Alias, Clue, Found, Module, Settings
from freehold.detect.gathered import gathered
from freehold.detect.javascript_commands import tell
from freehold.detect.javascript_names import too_deep
from freehold.detect.javascript_project import compared_in, linked, named
from freehold.detect.javascript_read import read
from freehold.detect.javascript_stated import Reader
from freehold.detect.names import could_be_known, identify
from freehold.detect.notes import OWN, SILENT, Notes
from freehold.detect.project import Project
from freehold.detect.python import settled
from freehold.detect.python_expressions import Place
from freehold.detect.sinks import Sinks
from freehold.source import Source
from freehold.types import Location, Reference, Role

_TYPED = (".ts", ".mts", ".cts")
_EMBEDDED = (".vue", ".svelte", ".astro", ".html", ".htm")
_ENDINGS = (*_TYPED, *_EMBEDDED, ".js", ".jsx", ".tsx", ".mjs", ".cjs")
#: Larger files, and those with longer lines, were made by a program.
MAX_BYTES = 500_000
MAX_LINE = 20_000
#: tree-sitter's cost grows with the square of what stands open.
MAX_NESTING = 500

#: A longer name is looked for by its longest part.
MAX_PARTS = 5

#: Names of models have a hyphen and a digit, mostly.
_HYPHENATED = re.compile(r"[\"'`]([a-z][a-z.]{1,30}-[\w.:-]{0,40}\d[\w.:-]{0,40})[\"'`]")
_SCRIPT = re.compile(r"<script\b[^>]{0,1000}>", re.IGNORECASE)
_VISIBLE = re.compile(r"[^\r\n]")
_FENCED = re.compile(r"\A---\r?\n")

#: A text that no word of a language is.
_NAME = r"[\"'`][A-Za-z0-9]\w*[-/:.\d][\w./:@-]{0,100}[\"'`]"
#: What only hands names on: constants and tables of texts, and modules that gather others.
_HANDS_ON = re.compile(
    rf"\b(?:const|let|var|enum|static|readonly)\b[^=\n]{{1,200}}[={{]\s*[\[{{(]*\s*(?:\w+:\s*)?{_NAME}|"
    r"\bexport\s*(?:\*|\{[^}]{0,2000}\}\s*from)|"
    rf"(?:\bexports\b[^=\n]{{0,100}}=|\bexport\s+default|\?\?|\|\||\.default\(|default:)[\s({{[]*(?:\w+:\s*)?{_NAME}"
)


def wants(source: Source) -> bool:
    """By its ending; what was minified is no source."""
    name = source.name.lower()
    return name.endswith(_ENDINGS) and not name.endswith((".min.js", ".d.ts", ".min.mjs", ".bundle.js"))


def find(source: Source, calls: Calls) -> Found:
    """Give what a file, or the scripts in it, say, and what it does with names."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    telling = _telling(source.text, calls)
    if not telling and _HANDS_ON.search(source.text) is None:
        return notes.found()
    if len(source.data) > MAX_BYTES or (len(source.data) > MAX_LINE and max(map(len, source.lines)) > MAX_LINE):
        if telling:
            notes.problem("too large, or made by a program: not read as JavaScript", "exclude it")
        return notes.found()
    embedded = source.name.lower().endswith(_EMBEDDED)
    typed = embedded or source.name.lower().endswith(_TYPED)
    text = _scripts(source.text) if embedded else source.text
    return _read_at(
        notes, text, lambda line, column, _: (line, column, None), source.line, typed=typed, telling=telling
    )


def read_at(source: Source, calls: Calls, place: Place, snippet: Callable[[int], str]) -> Found:
    """Read TypeScript whose lines stand elsewhere: `place` and `snippet` tell where and how."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    if not _telling(source.text, calls):
        return notes.found()
    return _read_at(notes, source.text, place, snippet, typed=True, telling=True)


def _telling(text: str, calls: Calls) -> bool:
    """Does a script hold anything that could be known to name a model?"""
    small = text.lower()
    return any(word in small for word in _words(calls)) or any(map(could_be_known, _HYPHENATED.findall(text)))


def _read_at(
    notes: Notes, text: str, place: Place, snippet: Callable[[int], str], *, typed: bool, telling: bool
) -> Found:
    source, calls = notes.source, notes.calls
    if too_deep(text, MAX_NESTING, elements=not typed):
        notes.problem("nested too deeply")
        return notes.found()
    reader = Reader(notes, text, typed, place)
    if telling:
        reader.read()
        tell(reader.root, reader.data, reader.places, notes)
    facts = read(reader.root, reader.place) | {"scope": source.scope}
    facts["under"] = reader.under
    facts["snippets"] = {str(shown): snippet(line) for line, shown in reader.lines.items()}
    found = notes.found()
    module = Module(
        path=source.path,
        name=named(source.path),
        facts=gathered(facts, calls, "javascript"),
        language="javascript",
        stated=tuple(replace(r, location=_moved(r, place), snippet=snippet(r.location.line)) for r in found.references),
    )
    return replace(found, references=(), clues=(*found.clues, module))


def _moved(reference: Reference, place: Place) -> Location:
    at = reference.location
    line, column, cell = place(at.line, at.column, "")
    return replace(at, line=line, column=column, cell=cell)


def link(clues: tuple[Clue, ...], calls: Calls) -> Found:
    """Follow names across the files of the project."""
    packages = frozenset(c.name.partition(".")[0] for c in calls.calls if c.language == "javascript")
    scripts = sorted((c for c in clues if isinstance(c, Module) and c.language == "javascript"), key=lambda m: m.path)
    modules = tuple(linked(scripts, (c for c in clues if isinstance(c, Alias)), packages))
    sinks = Sinks(Project(modules), calls, tuple(c for c in clues if isinstance(c, Settings)), "javascript")
    loads: dict[Location, list[Reference]] = {}
    for reference in sinks.references():
        loads.setdefault(reference.location, []).append(reference)
    facts = {module.path: module.facts for module in modules}
    found = [_dressed(r, facts) for here in loads.values() for r in settled(here)]
    compared = frozenset(compared_in(modules))
    stated = (
        replace(r, role=Role.MENTION, reason="only compared with")
        if r.location in compared
        else _read(r, module, sinks)
        for module in scripts
        for r in module.stated
        if r.location not in loads
    )
    return Found(references=(*found, *(r for r in stated if r.location not in sinks.others)))


def _read(reference: Reference, module: Module, sinks: Sinks) -> Reference:
    """A name that is known by itself is loaded where the project reads what stands under its key as a model:
    `{ engine: "gpt-…" }`, `create({ model: slot.engine })`."""
    there = reference.location
    if module.facts["under"].get(f"{there.line}:{there.column}:{there.cell}") not in sinks.members:
        return reference
    name = identify(reference.written)
    return replace(reference, role=Role.LOAD, reason=None, ecosystem=name.ecosystem) if name is not None else reference


def _dressed(reference: Reference, facts: dict[str, dict[str, Any]]) -> Reference:
    """With its line; what a test does is no load of the program."""
    own = facts.get(reference.location.path)
    if own is None:
        return reference
    snippet = own["snippets"].get(str(reference.location.line), "")
    role = Role.MENTION if own["scope"] == "test" else reference.role
    return replace(reference, snippet=snippet, scope=own["scope"], role=role)


def _scripts(text: str) -> str:
    """The scripts of a page or a component, and the part between `---` at the top of an Astro file, each where it
    stands: all else is blank."""
    parts: list[tuple[int, int]] = []
    at = 0
    if (fence := _FENCED.match(text)) is not None and (end := text.find("\n---", fence.end())) > 0:
        parts.append((fence.end(), end))
        at = end
    while (opened := _SCRIPT.search(text, at)) is not None:
        at = text.find("</script", opened.end())
        if at < 0:
            break
        parts.append((opened.end(), at))
    shown, last = [], 0
    for begin, end in parts:
        shown += [_VISIBLE.sub(" ", text[last:begin]), text[begin:end]]
        last = end
    return "".join([*shown, _VISIBLE.sub(" ", text[last:])])


@cache
def _words(calls: Calls) -> tuple[str, ...]:
    """What a file must hold somewhere, in small letters, to be worth parsing: a module of a known library, or part of
    a known name."""
    modules = {lib.id: lib.modules for lib in calls.libraries}
    words = {m for c in calls.calls if c.language == "javascript" for m in modules[c.library]}
    words |= {c.name.rpartition(".")[0].partition(".")[0] for c in calls.calls if c.language == "javascript"}
    for key in calls.keys:
        if not key.below and not key.near and {"any", "javascript"} & set(key.where) and key.kind not in SILENT:
            words.add(max(re.split(r"[*?\[\]]+", key.name), key=len).strip("_"))
    every = {spelled for word in words - {"", "*", "**"} if len(word) > 2 for spelled in _spelled(word.lower())}
    kept: list[str] = []
    for word in sorted(every | {"huggingface.co/", "hf.co/", *OWN}, key=lambda w: (len(w), w)):
        if not any(k in word for k in kept):
            kept.append(word)
    return tuple(kept)


def _spelled(word: str) -> Iterator[str]:
    """`model_id` is `modelId` and `model-id` too."""
    parts = word.split("_")
    if len(parts) > MAX_PARTS:
        yield max(parts, key=len)
        return
    for between in product(("", "_", "-"), repeat=len(parts) - 1):
        yield "".join(chain.from_iterable(zip(parts, (*between, ""), strict=True)))
