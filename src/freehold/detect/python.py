"""Python source: the calls that load models, the names that settings and tables give them, what comments mention."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice

from freehold.detect import flags, python_commands, python_mask
from freehold.detect.bystanders import bystanders
from freehold.detect.calls import Calls
from freehold.detect.found import Clue, Found, Module, Settings, merge
from freehold.detect.gathered import gathered
from freehold.detect.magics import apart as apart_from_commands
from freehold.detect.magics import may_be_saved
from freehold.detect.markdown import mention
from freehold.detect.names import Sure, identify
from freehold.detect.notes import Notes
from freehold.detect.outcomes import HELD
from freehold.detect.project import Project
from freehold.detect.python_expressions import Place
from freehold.detect.python_filter import BYTE_ORDER_MARK, filter_of
from freehold.detect.python_mask import mask
from freehold.detect.python_names import Stated, apart, names_of
from freehold.detect.python_pins import written
from freehold.detect.python_read import Facts, read
from freehold.detect.python_scripts import scripts
from freehold.detect.python_templates import filled, is_template
from freehold.detect.python_texts import documented
from freehold.detect.sinks import Sinks
from freehold.source import Source, syntax_tree
from freehold.types import Location, Reference, Role

SEVERAL = 2  # ecosystems: of more than these, none is meant
_HUBS = ("huggingface", "modelscope")
SEVERAL_PINS = 8  # of what one place loads
#: In another encoding nothing can be told from bytes.
_COOKIE = re.compile(rb"(?:[^\n]*\n)?[ \t\f]*#[^\n]*coding[:=](?![ \t]*(?:utf-?8|ascii))", re.IGNORECASE)
#: How a script begins that has no ending.
_SHEBANG = re.compile(rb"(?:\xef\xbb\xbf)?#![^\n]{0,100}\bpython")
#: Small files of constants are read whole: `ENCODER = "resnet34"` says nothing before somebody uses it.
_SETTINGS = re.compile(
    r"(?:\A|[/_])(?:config|configs|configuration|constants?|consts?|settings|defaults?|globals?|params|hparams|options|"
    r"args|arguments|cfg|conf|secrets|credentials)(?:[._-](?:example|sample|template|dist))?\.pyw?(?:\.\w+)?\Z"
)
#: One of several such files: `configs/large.py`, `cfg_2.py`.
_CHOSEN = re.compile(
    r"(?:\A|/)(?:(?:configs?|cfgs?|confs?)/(?:[\w.-]+/){0,3}(?!__)[\w.-]+|(?:config|cfg|conf)[_-][\w.-]+)\.py\Z"
)
TINY = 8_000
SMALL = 20_000
#: What the parser may raise for a hostile file.
REFUSED = (SyntaxError, ValueError, RecursionError, MemoryError)


def wants(source: Source) -> bool:
    """Python files, by name or by the first line: `script/download-weights`."""
    return source.path.endswith((".py", ".pyw", ".py.example", ".py.sample", ".py.template", ".py.dist")) or (
        "." not in source.name and _SHEBANG.match(source.data) is not None
    )


def find(source: Source, calls: Calls) -> Found:
    """Read a file into facts; what they mean is told when all files are read."""
    data = source.data
    if _COOKIE.match(data) is not None:
        return read_at(source, calls, _here, source.line)
    data = data.removeprefix(BYTE_ORDER_MARK)  # offsets count from behind it
    said = Found(references=mentions(source, calls))
    if data.find(b"#!/", 3) > 0:
        said = merge((said, scripts(source, calls)))
    if may_be_saved(data) and _refused(data) is not None:
        data, script = apart_from_commands(data)
        notes = Notes(Source(source.path, script), calls)
        flags.read(notes.source.text, 0, notes)
        said = merge((said, notes.found()))
    hits = filter_of(calls).hits(data)
    settings = len(data) < SMALL and _SETTINGS.search(source.path) is not None
    settings = settings or (len(data) < TINY and _CHOSEN.search(source.path) is not None)
    package = source.name == "__init__.py" and b"import" in data
    kept = data if settings else mask(data, hits, always=package) if hits or package else None
    if kept is None:
        return said
    found = read_at(Source(source.path, kept), calls, _here, source.line)
    if found.problems:  # cut in the wrong place, or no Python at all
        found = read_at(Source(source.path, data), calls, _here, source.line)
    if found.problems and is_template(data):
        data = filled(data)
        found = read_at(Source(source.path, data), calls, _here, source.line)
    if found.problems:
        rest = read_at(Source(source.path, salvaged(data)), calls, _here, source.line)
        found = replace(found, clues=rest.clues)
    return merge((said, found))


def mentions(source: Source, calls: Calls) -> tuple[Reference, ...]:
    """What comments and docstrings name."""
    found: list[Reference] = []
    for number, line in documented(source.data).items():
        notes = Notes(Source(source.path, line), calls, Role.MENTION)
        mention(notes.source.text, 0, notes)
        for reference in notes.references:
            at = replace(reference.location, line=number)
            said = "named in a comment or a docstring"
            found.append(replace(reference, location=at, reason=said, scope=source.scope))
    return tuple(found)


def _here(line: int, column: int, _: str) -> tuple[int, int, int | None]:
    return line, column, None


def alone(source: Source, calls: Calls) -> Found:
    """Read code that stands inside another file: nothing else is known of it, so it is told at once."""
    found = find(source, calls)
    told = link(found.clues, calls) if found.clues else Found()
    return replace(found, references=(*found.references, *told.references), clues=())


def read_at(source: Source, calls: Calls, place: Place, snippet: Callable[[int], str]) -> Found:
    """Read code whose lines stand elsewhere: `place` and `snippet` tell where and how."""
    error = None
    try:
        facts = read(source.data, place)
    except REFUSED as refusal:
        error = refusal
    if error is not None:
        line = getattr(error, "lineno", None) or 1
        return Found(problems=(source.problem(f"not Python that can be parsed: {complaint(error)}", line=line),))
    facts["scope"] = source.scope
    facts["snippets"] = _snippets(facts, snippet)
    module = Module(path=source.path, name=dotted(source.path), facts=gathered(facts, calls))
    strings, stated = apart(module, calls)
    said = tuple(_dressed(reference, facts) for reference in stated)
    return Found(clues=(replace(module, facts=module.facts | {"strings": strings}, stated=said),))


def refused(source: Source) -> str | None:
    """Say why a text is no Python, or None."""
    return _refused(source.data)


def salvaged(data: bytes) -> bytes:
    """Leave out the statements that are no Python."""
    return python_mask.salvaged(data, _refused)


def _refused(data: bytes) -> str | None:
    try:
        syntax_tree(data)
    except REFUSED as error:
        return complaint(error)
    return None


def complaint(error: BaseException) -> str:
    """Say what the parser says."""
    return (error.msg if isinstance(error, SyntaxError) else None) or type(error).__name__


def _snippets(facts: Facts, snippet: Callable[[int], str]) -> dict[str, str]:
    """The lines that references may stand on, by the line in the file."""
    return {str(shown): snippet(line) for shown, line in facts.pop("seen")}


def dotted(path: str) -> str:
    """Give the name by which the project could import a file."""
    parts = path.rpartition(".")[0].split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def link(clues: tuple[Clue, ...], calls: Calls) -> Found:
    """Follow names across the files of the project."""
    modules = tuple(
        sorted((c for c in clues if isinstance(c, Module) and c.language == "python"), key=lambda m: m.path)
    )
    settings = tuple(c for c in clues if isinstance(c, Settings))
    project = Project(modules)
    sinks = Sinks(project, calls, settings)
    loads: dict[Location, list[Reference]] = {}
    for reference in (*sinks.references(), *python_commands.references(project, sinks.values, calls)):
        loads.setdefault(reference.location, []).append(reference)
    names = names_of(project, calls)
    judges = ((module, Stated(module, calls, names)) for module in modules if module.facts["strings"])
    judged = (r for module, judge in judges for row in module.facts["strings"] if (r := judge.reference(row)))
    facts = {module.path: module.facts for module in modules}
    found = [_dressed(r, facts.get(r.location.path)) for here in loads.values() for r in settled(here)]
    dressed = (_dressed(r, facts[r.location.path]) for r in judged)
    others = (r for r in chain(dressed, *(module.stated for module in modules)) if r.location not in loads)
    aside = bystanders(modules)
    others = (
        replace(r, role=Role.MENTION, reason="named in a script that can load nothing")
        if r.location.path in aside and r.role is Role.LOAD and r.file is None
        else r
        for r in others
    )
    found += [r for r in others if r.location not in sinks.others and r.written not in sinks.beside.own]
    pins = written(project)
    found = [_pinned(r, pins.get(r.location)) for r in found]
    elsewhere = {
        Location(path=module.path, line=line, column=column, cell=cell): hub
        for module in modules
        for line, column, cell, hub in module.facts["elsewhere"]
    }
    return Found(
        references=tuple(replace(r, ecosystem=hub) if (hub := elsewhere.get(r.location)) else r for r in found)
    )


def _pinned(reference: Reference, revision: str | None) -> Reference:
    """What stands beside a name pins it, unless the call that takes it says more."""
    if revision is None or reference.revision is not None or reference.ecosystem not in _HUBS:
        return reference
    return replace(reference, revision=revision, revision_reason=None)


def settled(here: list[Reference]) -> Iterator[Reference]:
    """Give what one place is. A string may reach several calls: its ecosystem is where most of them look it up."""
    texts: dict[str, list[Reference]] = {}
    for reference in here:
        texts.setdefault(reference.written, []).append(reference)
    for said_so in texts.values():
        same = [r for r in said_so if r.role is Role.LOAD] or said_so  # mentioned beside, loaded all the same
        same = [r for r in same if r.how != HELD] or [replace(r, how="field") for r in same]
        count = Counter(r.ecosystem for r in same)
        own = identify(same[0].written)
        said = own.ecosystem if own is not None and own.sure is Sure.KNOWN else None
        best = min(
            same,
            key=lambda r: (
                r.ecosystem != said,
                "/" in r.written and r.ecosystem != "huggingface",  # whatever else is asked for weights of its owner
                r.how != "implicit",  # what is called by its own name
                r.base_url is not None and r.ecosystem == "huggingface" and "/" not in r.written,  # a guess
                -count[r.ecosystem],
                r.ecosystem != "huggingface",
                r.library == "settings",
                r.revision is None,
            ),
        )
        owned = "/" in best.written and best.ecosystem == "huggingface" and count["huggingface"] * 2 >= len(same)
        if len(count) > SEVERAL and not owned and best.ecosystem != said and best.name is not None:
            # A function that serves every provider does not say which one serves this name.
            best = replace(best, name=own.name if own and said else best.written, ecosystem=said or "unknown")
        # One place may be loaded at several revisions.
        pins = dict.fromkeys(r.revision for r in same if r.revision and r.ecosystem == best.ecosystem)
        yield from (replace(best, revision=pin, revision_reason=None) for pin in islice(pins, SEVERAL_PINS))
        if not pins:
            yield best


def _dressed(reference: Reference, facts: Facts | None) -> Reference:
    if facts is None:
        return reference
    snippet = facts["snippets"].get(str(reference.location.line), "")
    return replace(reference, snippet=snippet, scope=facts["scope"])
