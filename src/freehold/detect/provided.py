"""What the providers that a file sets up serve: OpenCode's `provider: {here: {models: {name: {}}}}` and
then `model: here/name`, Claude Code Router's `Router: {default: "here,name"}`."""

from __future__ import annotations

from collections.abc import Iterator

from freehold.detect.calls import plain
from freehold.detect.nodes import Listing, Scalar, Table

_PROVIDERS = ("provider", "providers")
#: What a provider is set up with, and where it says its address.
_SET_UP = frozenset(("npm", "options", "api", "api_key", "type"))
_BASES = frozenset(("base_url", "api_base", "api_base_url", "url"))


def provided(table: Table, path: tuple[str, ...]) -> Iterator[tuple[Scalar, str | None]]:
    """Give the names that a provider lists as keys, and the address it has."""
    models = table.get("models") if path[-2:-1] and path[-2] in _PROVIDERS else None
    if isinstance(models, Table) and _is_set_up(table):
        base = _base(table)
        for key, value in models.entries:
            if isinstance(value, Table) and value.text("id") is None:
                yield key, base


def served_here(name: Scalar, top: Table) -> tuple[Scalar, str | None]:
    """Take a provider that only this file knows off a name, and give the address it has."""
    own, slash, rest = (name.text or "").partition("/")
    for providers in map(top.get, _PROVIDERS) if slash else ():
        provider = providers.get(own) if isinstance(providers, Table) else None
        if isinstance(provider, Table) and _is_set_up(provider):
            return name._replace(text=rest, at=name.at + len(own) + 1), _base(provider)
    return name, None


def routed(table: Table, path: tuple[str, ...], top: Table) -> Iterator[tuple[Scalar, str, str | None]]:
    """Give what a router sends requests to, whose it is, and the address: `Router: {default: "here,name"}`."""
    if path[-1:] not in (("Router",), ("router",)):
        return
    providers = top.get("Providers") or top.get("providers")
    entries = providers.items if isinstance(providers, Listing) else ()
    known = {one.text("name"): one for one in entries if isinstance(one, Table)}
    for _, value in table.beside:
        whose, comma, name = (value.text or "").partition(",") if isinstance(value, Scalar) else ("", "", "")
        if isinstance(value, Scalar) and comma and whose in known:
            at = value.at + len(whose) + 1 + len(name) - len(name.lstrip())
            yield value._replace(text=name.strip(), at=at), whose, _base(known[whose])


def _is_set_up(table: Table) -> bool:
    return any(plain(key.text or "") in _SET_UP | _BASES for key, _ in table.beside)


def _base(provider: Table) -> str | None:
    options = provider.get("options")
    entries = (*provider.beside, *(options.beside if isinstance(options, Table) else ()))
    return next((v.text for k, v in entries if plain(k.text or "") in _BASES and isinstance(v, Scalar)), None)
