"""Names that end up in the address of an API: `f"{BASE}/models/{name}:generateContent"`.

The address itself is known by rules/names; the name counts where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from freehold.detect.beside import Passed, Sink
from freehold.detect.calls import Call
from freehold.detect.names import identify, is_used
from freehold.detect.outcomes import Value
from freehold.detect.python_expressions import MAX_BOUND, Expression
from freehold.detect.scopes import Spot
from freehold.detect.values import Values

#: What sends a request to an address.
TAILS = frozenset({"post", "request", "Request", "stream", "urlopen", "fetch"})
_MAX_DEPTH = 6
#: A name with an owner and one without; some APIs have the one kind, some the other.
_TRIED = ("nobody/unheard-1b", "unheard-1b")


def addressed(spot: Spot, e: Expression, values: Values) -> Iterator[Sink]:
    """Give the name of a model in the address that a call sends a request to."""
    for given in [*e[2][:2], *(e[3][key] for key in ("url",) if key in e[3])]:
        text = ""
        for where, part in _parts(spot, given, values):
            if (ecosystem := _asks(text)) is not None:
                call = Call(library="http", language="", name="**", ecosystem=ecosystem, argument=(0,))
                passed = Passed(where, part)
                yield Sink(call, spot, e, ecosystem, name=passed, origin=passed)
                break
            known = {o.text for o in values.outcomes(where, part) if isinstance(o, Value)}
            text += known.pop() if len(known) == 1 else "\0"


def _parts(spot: Spot, e: Expression, values: Values, depth: int = 0) -> list[tuple[Spot, Expression]]:
    """The parts of a text that is put together, wherever that is."""
    if e[0] == "f":
        return [one for part in e[1][:MAX_BOUND] for one in _parts(spot, part, values, depth + 1)]
    if e[0] in ("n", "a") and depth < _MAX_DEPTH:
        project = values.project
        bound = project.bound(spot, e)
        inner = [(Spot(w.module, o[1]), o[2]) if o[0] == "in" else (w, o) for w, o in bound]
        joined = [(where, one) for where, one in inner if one[0] == "f"]
        if len(joined) == 1:
            return _parts(*joined[0], values, depth + 1)
    return [(spot, e)]


def _asks(text: str) -> str | None:
    """Whose names go on after this beginning of an address, or None."""
    for tried in _TRIED if text.startswith("http") and text.endswith("/") else ():
        found = identify(text + tried) if is_used(text + tried) else None
        if found is not None and found.name == tried:
            return found.ecosystem
    return None
