"""Code and files that stand whole in another file: a ConfigMap's `config.yaml: |`, a here-document, `python -c`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from freehold.detect.found import Found, Settings
from freehold.detect.libraries import Key
from freehold.detect.notes import Notes
from freehold.source import Source

#: Files within files within files.
MAX_EMBEDDED = 2
_WITHIN = "!"


def code(notes: Notes, text: str, place: Callable[[int], int]) -> bool:
    """Read Python code; `place` gives the places of its offsets. True if it says something."""
    python = import_module("freehold.detect.python")
    inside = Source(notes.source.path, text.encode())
    found: Found = python.alone(inside, notes.calls)
    for reference in found.references:
        at = place(inside.offset(reference.location.line, reference.location.column))
        revision = reference.revision
        if revision is not None and "$" in revision:
            revision = notes.inserted(revision)
        if "$" in reference.written and "$" in (reference.name or "$") and reference.library is not None:
            # `MODEL=org/name` above, `python -c "…from_pretrained('$MODEL')"` here: the shell puts it in.
            hub = "huggingface" if reference.ecosystem == "local" else reference.ecosystem
            call = Key(library=reference.library, name="", where=("any",), ecosystem=hub)
            if notes.value(reference.written, at, reference.how, call, revision=revision):
                continue
        location = notes.source.at(at)
        told = replace(reference, location=location, snippet=notes.source.line(location.line), revision=revision)
        notes.references.append(told)
    return bool(found.references)


def file(notes: Notes, name: str, text: str, place: Callable[[int], int], *, sure: bool = True) -> bool:
    """Read a file of this name. If it is not `sure` that there is one, what cannot be read is no problem. True if it
    says something."""
    if name.endswith(".py"):
        return code(notes, text, place)
    if notes.source.path.count(_WITHIN) >= MAX_EMBEDDED:
        return False
    inside = Source(f"{notes.source.path}{_WITHIN}/{name}", text.encode())
    found = import_module("freehold.detect").read(inside, notes.calls)
    script = (
        import_module("freehold.detect.javascript").link(found.clues, notes.calls) if name.endswith(".js") else Found()
    )
    for reference in (*found.references, *script.references):
        location = notes.source.at(place(inside.offset(reference.location.line, reference.location.column)))
        notes.references.append(replace(reference, location=location, snippet=notes.source.line(location.line)))
    for clue in found.clues:
        for setting in clue.told() if isinstance(clue, Settings) else ():
            at = place(inside.offset(setting.location.line, setting.location.column))
            notes.settings.append(replace(setting, location=notes.source.at(at)))
    for problem in found.problems if sure else ():
        at = place(inside.offset(problem.location.line)) if problem.location else 0
        notes.problem(f"{name} in it: {problem.what}", problem.hint, notes.source.at(at).line)
    return bool(found.references or found.clues)
