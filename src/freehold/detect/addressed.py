"""Names that end up in the address of an API: `f"{BASE}/models/{name}:generateContent"`.

The address itself is known by rules/names; the name counts where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from freehold.detect.beside import Passed, Sink
from freehold.detect.calls import Call
from freehold.detect.names import identify, is_used
from freehold.detect.outcomes import Value
from freehold.detect.python_expressions import Expression
from freehold.detect.scopes import Spot
from freehold.detect.values import Values

#: What sends a request to an address.
TAILS = frozenset({"post", "request", "Request", "stream", "urlopen", "fetch"})
MAX_PARTS = 60  # that are looked at, of one address
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


def _parts(spot: Spot, e: Expression, values: Values) -> Iterator[tuple[Spot, Expression]]:
    """The parts of a text that is put together, in their order, wherever that is."""
    waiting = [(spot, e)]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        spot, e = waiting.pop()
        bound = values.project.bound(spot, e) if e[0] in ("n", "a") else [(spot, e)]
        inner = [(Spot(w.module, one[1]), one[2]) if one[0] == "in" else (w, one) for w, one in bound]
        joined = [(where, one) for where, one in inner if one[0] == "f"]
        if len(joined) == 1:
            where, whole = joined[0]
            waiting += [(where, part) for part in reversed(whole[1])]
        else:
            yield spot, e


def _asks(text: str) -> str | None:
    """Whose names go on after this beginning of an address, or None."""
    for tried in _TRIED if text.startswith("http") and text.endswith("/") else ():
        found = identify(text + tried) if is_used(text + tried) else None
        if found is not None and found.name == tried:
            return found.ecosystem
    return None
