"""Calls of functions that stand in a table or were handed over: `MODELS[name](pretrained=True)`, or `build(weights=…)`
where callers say what `build` is.
"""

from __future__ import annotations

from collections.abc import Iterator

from freehold.detect.project import Project, Site
from freehold.detect.python_expressions import Expression
from freehold.detect.scopes import Spot, argument
from freehold.detect.values import MAX_STEPS, Values

MAX_HANDED = 200


def handed(spot: Spot, e: Expression, project: Project, values: Values) -> Iterator[Site]:
    """Give such a call once for everything that may be called, where that is named."""
    values.left = MAX_STEPS
    for where, called, place in _called(spot, e[1], project, values):
        if called[0] in ("n", "a"):
            yield where, ["c", called, *e[2:4], *place]


def _called(
    spot: Spot, callee: Expression, project: Project, values: Values
) -> Iterator[tuple[Spot, Expression, list[object]]]:
    """What may be called, the scope in which to read it, and where it is named."""
    if callee[0] == "i":
        for where, table in values.tables(spot, callee[1]):
            for key, value in table[1][:MAX_HANDED] if table[0] == "d" else ():
                first = value[1][0] if value[0] == "l" and value[1] else value
                if key[0] == "s":
                    yield where, first, key[2:5]
        return
    for function, bound in project.bindings(spot, callee[1]):
        if bound[0] == "param" and function.data["kind"] == "function":
            for caller, call in project.callers(function.module.path, function.scope)[:MAX_HANDED]:
                if (passed := argument(function, call, bound[1])) is not None:
                    yield caller, passed, call[4:7]
