"""Classes of the project that are made from a library's: `class Judge(ChatOpenAI)`. What makes one selects a model as
what makes the library's does: `super().__init__(model="…")`, `Judge(model="…")`, and a field of the class that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from freehold.detect.libraries import Call
from freehold.detect.project import Project, Site, pick
from freehold.detect.python_expressions import Expression, expression_of
from freehold.detect.scopes import Spot

MAX_HEIRS = 200  # classes that are made from one, in any way


def made(project: Project, tails: frozenset[str], rule: Callable[[str], Call | None]) -> Iterator[tuple[Site, Call]]:
    """Give the calls that make such classes, each with the rule for the library's class."""
    for tail in sorted(tails.intersection(project.heirs)):
        for heir in project.heirs[tail]:
            above = Spot(heir.module, max(heir.data["up"], 0))
            for base in heir.data["bases"]:
                dotted = project.dotted(above, expression_of(base)) if base.rpartition(".")[2] == tail else "?"
                call = rule(dotted) if not dotted.startswith("?") else None
                if call is not None and call.kind not in ("route", "dataset"):
                    for site in _making(project, heir, call, set()):
                        yield site, call
                    break


def _making(project: Project, heir: Spot, call: Call, seen: set[tuple[str, int]]) -> Iterator[Site]:
    """The calls that make a class, or one that is made from it and does it in the same way."""
    if (heir.module.path, heir.scope) in seen or len(seen) > MAX_HEIRS:
        return
    seen.add((heir.module.path, heir.scope))
    fields = _fields(heir, call)
    if fields is not None:
        yield heir, fields
    own = heir.defs("__init__")
    inits = ((Spot(heir.module, scope), e) for scope, e in project.inits(heir.module, own) if _is_super(e))
    for spot, e in inits if own else project.callers(heir.module.path, heir.scope):
        if fields is None or pick(e, call.argument) is not None:
            yield spot, e
    for child in project.made_from(heir) if not own else ():
        yield from _making(project, child, call, seen)


def _fields(heir: Spot, call: Call) -> Expression | None:
    """A call that gives what fields of the class say: `model_name: str = "…"`."""
    given = {
        name: bound[0]
        for name in call.argument
        if isinstance(name, str) and (bound := [e for e in heir.data["names"].get(name, ()) if e[0] in ("s", "|", "n")])
    }
    return ["c", ["n", heir.data["name"]], [], given, 1, 1, None] if given else None


def _is_super(e: Expression) -> bool:
    return bool(e[1][0] == "a" and e[1][1][0] == "c" and e[1][1][1] == ["n", "super"])
