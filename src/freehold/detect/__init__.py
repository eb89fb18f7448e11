"""Which models does this project name, and which Python packages does it ask for?

One module per kind of file; `found` says what makes a module a detector. They are found by listing this package, so
adding a kind of file is adding a module. What libraries look like is data: see `calls` and rules/calls.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from freehold.detect.found import Clue, Found, Imports, merge
from freehold.detect.found import Detection as Detection
from freehold.detect.recall import Kept, Memory, memory_of
from freehold.detect.spread import spread, unswept, workers
from freehold.source import BASELINE, LOCK, Source
from freehold.types import Location, Reference, Role

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from freehold.detect.calls import Calls

#: What linking may raise for facts that nobody would have noted.
MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Detector(Protocol):
    """A module of this package."""

    def wants(self, source: Source) -> bool:
        """Is this file of my kind?"""

    def find(self, source: Source, calls: Calls) -> Found:
        """What does it say?"""


@cache
def detectors() -> tuple[Detector, ...]:
    """Give the modules of this package that have `wants` and `find`, sorted by name."""
    import pkgutil

    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return tuple(cast(Detector, m) for m in modules if hasattr(m, "wants") and hasattr(m, "find"))


def detect(
    sources: Iterable[Source],
    calls: Calls | None = None,
    *,
    couplings: bool = False,
    executor: Executor | None = None,
    memory: Path | None = None,
) -> Detection:
    """Read every source with every detector that wants it. Never raises for what a file holds. With `couplings`, every
    file is also read for what ties it to one family of models. `executor` shares the work; with the rules that ship
    (`calls` None) a large tree is shared among processes of our own without one.
    `memory` is a folder where what the files say is kept, by what they hold."""
    own = calls is None
    ours = (LOCK, BASELINE)
    sources = tuple(s for s in sources if not s.path.endswith(ours) or s.name not in ours)  # most names are not asked
    kept = memory_of(memory, couplings=couplings) if memory is not None and own else None
    digests: dict[str, bytes] = {}
    with unswept():
        if kept is not None:
            digests = kept.digests(sources, None if couplings else _wanted)
            if (answer := kept.answer(digests)) is not None:
                return answer
            sources = tuple(s for s in sources if s.path in digests)
        reader = partial(_read, calls, couplings=couplings, kept=kept)
        calls = calls or _load()
        _ready()  # before any process is copied
        known = kept.found(digests) if kept is not None else {}
        try:
            answer, records = _told(sources, known, reader, executor, calls, couplings=couplings, alone=not own)
        except MISSHAPEN:
            if not known:
                raise  # else what was kept is broken
            answer, records = _told(sources, {}, reader, executor, calls, couplings=couplings)
        known.clear()  # before anybody looks for circles in it
    if kept is not None:
        kept.keep_found(records, digests)
        if all(digests[path] == digest for path, digest, _ in records):  # else a file changed meanwhile
            kept.keep_answer(digests, answer)
    return answer


def _wanted(sources: Iterable[Source]) -> Iterator[Source]:
    """Those that some detector wants. Files of a kind stand together: who wanted the last is asked first."""
    order = list(detectors())
    for source in sources:
        for number, detector in enumerate(order):
            if detector.wants(source):
                order.insert(0, order.pop(number))
                yield source
                break


def _told(
    sources: tuple[Source, ...],
    known: Mapping[str, Found],
    reader: Callable[[Source], tuple[Found, Kept | None]],
    executor: Executor | None,
    calls: Calls,
    *,
    couplings: bool,
    alone: bool = False,
) -> tuple[Detection, list[Kept]]:
    """What the files say together, and what is to be kept of each."""
    parts, records = _parts(sources, known, reader, executor, alone=alone)
    return _linked(parts, calls, couplings=couplings), records


def _parts(
    sources: tuple[Source, ...],
    known: Mapping[str, Found],
    reader: Callable[[Source], tuple[Found, Kept | None]],
    executor: Executor | None,
    *,
    alone: bool = False,
) -> tuple[list[Found], list[Kept]]:
    """What each file says, in their order, and what is to be kept of it."""
    rest = tuple(source for source in sources if source.path not in known)
    with workers(len(rest) if executor is None and not alone else 0) as copies:
        fresh = iter(list(spread(rest, reader, None if alone else executor or copies)))
    told = [(known[s.path], None) if s.path in known else next(fresh) for s in sources]
    return [found for found, _ in told], [record for _, record in told if record is not None]


def _read(calls: Calls | None, source: Source, *, couplings: bool, kept: Memory | None) -> tuple[Found, Kept | None]:
    found = read(source, calls, couplings=couplings)
    return found, kept.record(source, found) if kept is not None else None


def _linked(parts: list[Found], calls: Calls, *, couplings: bool) -> Detection:
    """What the files say together."""
    from freehold.detect.made import without
    from freehold.detect.markers import marks_of
    from freehold.detect.narrowest import narrowest
    from freehold.detect.references import named_after

    found = merge(parts)
    linked = merge((found, *(_link(d, found.clues, calls) for d in detectors())))
    references = tuple(sorted(_settled({*named_after(without(linked.references, linked.clues))}), key=_order))
    coupled = tuple(
        sorted(linked.couplings, key=lambda c: (c.location.path, c.location.line, c.location.column, c.text))
    )
    imports = (clue for clue in linked.clues if isinstance(clue, Imports))
    return Detection(
        references=references,
        requirements=tuple(sorted(set(linked.requirements), key=lambda r: (r.location, r.name, r.specifier))),
        problems=tuple(sorted(set(linked.problems), key=lambda p: (p.location or Location(path=""), p.what))),
        couplings=coupled if couplings else None,
        narrowest=narrowest(coupled, references, imports, marks_of(calls).families) if couplings else (),
    )


def read(source: Source, calls: Calls | None = None, *, couplings: bool = False) -> Found:
    """Read one file with every detector that wants it."""
    wanting = [detector for detector in detectors() if detector.wants(source)]
    if not (wanting or couplings) or _ours(source):
        return Found()
    calls = calls or _load()
    parts = [detector.find(source, calls) for detector in wanting]
    return merge((*parts, _couplings(source, calls)) if couplings else parts)


def _ours(source: Source) -> bool:
    """What freehold itself wrote names models, and loads none: a report must not keep itself alive."""
    suffix = source.name.rpartition(".")[2]
    if suffix in ("json", "sarif"):
        return b'"freehold"' in source.data[:2000]
    return suffix == "toml" and source.data.startswith(b"schema = 1\nname = ") and b"\nas-of = " in source.data[:200]


def _load() -> Calls:
    """Neither rules nor readers are there before they are needed: what is kept needs none."""
    from freehold.detect.calls import load

    return load()


def _ready() -> None:
    from freehold.detect.shapes import shapes

    shapes()
    detectors()


def _couplings(source: Source, calls: Calls) -> Found:
    from freehold.detect.couplings import find

    return find(source, calls)


def _link(detector: Detector, clues: tuple[Clue, ...], calls: Calls) -> Found:
    link = getattr(detector, "link", None)
    return cast(Found, link(clues, calls)) if link is not None else Found()


def _settled(references: set[Reference]) -> Iterator[Reference]:
    """What looked like a model where it stands, and was found out to be loaded from there, is no candidate any more;
    what a file says of a setting and the code that reads it says too is told once, as the code has it. What pins a name
    in one of the languages of a file pins it."""
    known = {r.location for r in references if r.role is not Role.CANDIDATE}
    loads = [r for r in references if r.role is Role.LOAD]
    meant = {(r.location, r.written, how) for r in loads if "/" in (r.name or r.written) for how in ("config", "env")}
    meant |= {(r.location, r.written, "env") for r in loads if r.how == "config"}
    pinned = {(r.location, r.name, r.written) for r in loads if r.revision is not None}
    read: dict[Reference, dict[str | None, Reference]] = {}  # by what they pin it to
    for one in references:
        if one.role is Role.CANDIDATE:
            if one.location not in known:
                yield _named(one)
        elif one.name == one.written and "/" not in one.written and (one.location, one.written, one.how) in meant:
            continue  # `large-v3` is what the library that is told it makes of it
        elif one.how != "config":
            said_less = one.revision is None and one.revision_reason is None
            if not (said_less and (one.location, one.name, one.written) in pinned):
                yield one
        else:
            said = read.setdefault(replace(one, library=None, revision=None, revision_reason=None), {})
            said[one.revision] = min(one, said.get(one.revision, one), key=lambda r: r.library or "")
    for said in read.values():
        yield from (one for revision, one in said.items() if revision is not None or len(said) == 1)


def _named(candidate: Reference) -> Reference:
    """What is certainly called like a model is named there, whatever for; a candidate is like nothing that is known."""
    from freehold.detect.names import Sure, identify
    from freehold.detect.shapes import shapes

    name = identify(candidate.written)
    if name is None or name.sure is not Sure.KNOWN:
        return candidate
    owner, _, repo = name.name.rpartition("/")
    page = "://" in candidate.written and candidate.file is None  # not a picture that lies in a repository
    spelled = any(c.isdigit() or c == "-" for c in repo)  # `openai/gym` may be anything of theirs
    if owner:
        scoped = shapes().owned.match(name.name) is not None  # `@cf/org/name`
        certain = page or scoped or (spelled and shapes().families.search(repo) is not None)
    else:
        bare = (own := identify(repo)) is None or own.sure is Sure.BARE  # `openai/openai-node` is their code
        spelled = any(map(str.isdigit, repo)) if bare else spelled or "_" in repo
        certain = spelled and name.of_api and len(repo) > len("o1")  # which is the first of somebody's choices, too
    return replace(candidate, role=Role.MENTION, ecosystem=name.ecosystem) if certain else candidate


def _order(reference: Reference) -> tuple[str | int, ...]:
    """By place; what several libraries or revisions make of one place must not stand as a set happens to have it."""
    r, at = reference, reference.location
    cell = -1 if at.cell is None else at.cell
    more = (r.library or "", r.revision or "", r.file or "", r.base_url or "", r.reason or "", str(r.remote_code))
    return (at.path, at.line, at.column, cell, r.written, r.ecosystem, r.how, *more)
