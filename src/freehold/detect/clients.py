"""Who serves the model that a call selects: its API base, the client that makes the call or that it is given, a
provider that it names, a switch."""

from __future__ import annotations

from freehold.detect.beside import Beside, Passed
from freehold.detect.calls import Call, Calls
from freehold.detect.outcomes import Value
from freehold.detect.project import Site
from freehold.detect.python_expressions import Expression, callee_tail
from freehold.detect.scopes import Spot


class Clients:
    """Reads what calls and the constructors of their clients say of that."""

    def __init__(self, calls: Calls, beside: Beside) -> None:
        self.calls = calls
        self.beside = beside

    def serves(self, call: Call, spot: Spot, e: Expression) -> tuple[str | None, str | None]:
        """Give the ecosystem in which the name is looked up, or None where only the name can tell, and the API base."""
        base_url, known = self._base_url(call, spot, e)
        ecosystem: str | None = call.ecosystem if call.ecosystem != "any" else None
        if base_url is not None or not known:
            ecosystem = (self.calls.host(base_url) if base_url else None) or (None if base_url != "" else ecosystem)
        provider = self._provider(call, spot, e)
        if provider:
            return self.calls.provider(call.library, provider), base_url
        return self.beside.served(spot, e, call.served) or ecosystem, base_url

    def _base_url(self, call: Call, spot: Spot, e: Expression) -> tuple[str | None, bool]:
        """The API base of a call or of its client, and whether that client is known at all."""
        if not call.base_url:
            return None, True
        given = self.beside.pick(spot, e, call.base_url)
        if given is not None:
            return self._one(given), False
        made = list(self.beside.project.makers(spot, e[1]))
        clients = [*made, *self._given(call, spot, e)]
        passed = [(client[1], self.beside.pick(where, client, call.base_url)) for where, client in clients]
        if (makes := next((callee for callee, given in passed if given is not None), None)) is not None:
            # One with a base and one without, or with another: which of them it is, is decided at run time.
            bases = {self._one(given) for callee, given in passed if callee == makes}
            return (bases.pop() if len(bases) == 1 else None), False
        return None, bool(made) or not self.beside.project.dotted(spot, e[1]).startswith("?")

    def _given(self, call: Call, spot: Spot, e: Expression) -> list[Site]:
        """The constructor calls behind the client that a call is given: `provider=OpenAIProvider(base_url="…")`."""
        given = self.beside.pick(spot, e, call.client)
        return list(self.beside.project.makers(given.spot, ["a", given.expression, ""])) if given is not None else []

    def _provider(self, call: Call, spot: Spot, e: Expression) -> str | None:
        """What a call says of who serves it: a text, or the class of the client that it is given."""
        said = self._one(self.beside.pick(spot, e, call.provider))
        tails = (callee_tail(client) for _, client in self._given(call, spot, e)) if said is None else ()
        return said or next((call.clients[tail] for tail in tails if tail in call.clients), None)

    def _one(self, passed: Passed | None) -> str | None:
        """The one text that an argument is, or None."""
        if passed is None:
            return None
        outcomes = self.beside.values.outcomes(passed.spot, passed.expression)
        texts = {o.text for o in outcomes if isinstance(o, Value)}
        return texts.pop() if len(texts) == 1 else None
