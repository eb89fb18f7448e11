"""Names in Python code that are pinned where they are written, whoever reads them there.

A call that is given a revision beside a name is no mention of it: `ModelSpec(repo_id="org/name", revision="…")`. A
table may pair names with commits, and constants of one scope may belong together: `MODEL_NAME`, `MODEL_REVISION`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from freehold.detect.beside import Beside, Passed, Sink, is_options
from freehold.detect.calls import Call, Calls
from freehold.detect.names import Sure, identify
from freehold.detect.pins import Partners, is_data, is_pin
from freehold.detect.project import Project
from freehold.detect.python_expressions import Expression, callee_tail
from freehold.detect.python_read import Facts
from freehold.detect.scopes import Spot
from freehold.types import Location

#: Calls that write to the Hub, ask it, or fetch something else; `ModelInfo(…)` and `create_model(…)` are none of them.
_OTHERS = re.compile(
    r"(?i:upload|push|delet|publish|commit|exists)|"
    r"(?:^|_)(?:tags?|branch|branches|list|refs|info|git|create_(?:repo|pull|discussion))(?![a-z])"
)
_TASKS = re.compile(r"dataset|corpus|data_?from|(?:^|_)data(?:_|$)|task", re.IGNORECASE)
_OWNED = re.compile(r"[^/.~][^/]*/.")
_REPOSITORIES = ("dataset", "space")


def pinned(call: Expression, calls: Calls) -> Iterator[tuple[str | int, str | None]]:
    """Give what names a repository in a call, its keyword or 0, and the keyword that pins it (None: among its
    options)."""
    given: dict[str, Expression] = call[3]
    options, pins = any(map(is_options, given)), any(map(is_pin, given))
    if not (options or pins) or _OTHERS.search(callee_tail(call)) is not None:
        return
    if "repo_type" in given and given["repo_type"][:1] == ["s"] and given["repo_type"][1] in _REPOSITORIES:
        return
    partners = Partners(given)
    data = is_data(given) or _TASKS.search(callee_tail(call)) is not None
    for name in given:
        rule = calls.key(name, "python", given)
        if data and "model" not in name:
            continue  # the revision of a data set, unless it says model
        if is_pin(name) or (rule is not None and rule.kind not in ("model", "weights", "path", "alias")):
            continue
        pin = partners.of(name) if pins else None
        if pin is not None and is_pin(pin):
            yield name, pin
        elif options and rule is not None and rule.telling and rule.kind == "model":
            yield name, None
    if call[2] and not data and (pin := partners.of("model")) is not None and is_pin(pin):
        yield 0, pin


def pinning(spot: Spot, e: Expression, beside: Beside, calls: Calls) -> Iterator[Sink]:
    """A call that is given a revision beside a name takes a repository of the Hub, whatever it is called."""
    for name, pin in pinned(e, calls):
        revision = beside.within(spot, e) if pin is None else Passed(spot, e[3][pin])
        if revision is not None:
            call = Call(library="settings", language="python", name="**", ecosystem="huggingface", argument=(name,))
            given = Passed(spot, e[3][name] if isinstance(name, str) else e[2][name])
            yield Sink(call, spot, e, "huggingface", name=given, revision=revision, origin=given)


def needs_commit(text: str, sink: Sink, calls: Calls) -> bool | None:
    """Does it take a whole commit to say that such a call fetches this? None where nothing can say so."""
    key = str(sink.call.argument[0])
    rule = calls.key(key, "python")
    telling = key == "name" or (rule is not None and rule.kind in ("model", "weights"))  # `layer_name` is not
    name = identify(text, "huggingface")
    if name is None or name.ecosystem != "huggingface" or name.sure < Sure.PLAIN:
        return None
    if "/" not in name.name:
        return True if telling and name.sure >= Sure.SHAPED else None
    # In a test a revision may be a word for one.
    in_test = sink.spot.module.facts["scope"] in ("test", "doc")
    return in_test or name.sure < (Sure.PLAIN if telling else Sure.SHAPED)


def rows(facts: Facts) -> list[list[Any]]:
    """Give where in a file a name is pinned by a table or a constant beside it: [line, column, cell, revision, the name
    of the constant or None]."""
    scopes = [scope for scope in facts["scopes"] if any(map(is_pin, scope["names"]))]
    return [*facts["pins"], *(row for scope in scopes for row in _constants(scope["names"], scope["kind"]))]


def _constants(names: dict[str, list[Expression]], kind: str) -> Iterator[list[Any]]:
    bound = {name: [e[2] if e[0] == "in" else e for e in some] for name, some in names.items()}
    partners = Partners(bound)
    pairs: dict[str, list[Expression]] = {}  # what a revision may pin
    for name, some in bound.items():
        pin = partners.of(name) if not is_pin(name) else None
        if pin is not None and is_pin(pin):
            pairs.setdefault(pin, []).extend(e for e in some if e[0] == "s" and _OWNED.match(e[1]))
    for pin, texts in pairs.items():
        revisions = {e[1] for e in bound[pin] if e[0] == "s"}
        if len(texts) == 1 and len(revisions) == 1:
            # Nobody can tell who reads a field.
            yield [*texts[0][2:], revisions.pop(), None if kind == "class" else pin]


def written(project: Project) -> dict[Location, str]:
    """Give the revisions of all these names, by the place of the name. A constant that nobody uses pins nothing."""
    return {
        Location(path=module.path, line=line, column=column, cell=cell): revision
        for module in project.modules
        for line, column, cell, revision, constant in module.facts["pins"]
        if not constant or constant in project.used
    }
