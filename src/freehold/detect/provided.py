"""What the providers that a file sets up serve: OpenCode's `provider: {here: {models: {name: {}}}}` and
then `model: here/name`."""

from __future__ import annotations

from collections.abc import Iterator

from freehold.detect.calls import plain
from freehold.detect.nodes import Scalar, Table

_PROVIDERS = ("provider", "providers")
#: What a provider is set up with, and where it says its address.
_SET_UP = frozenset(("npm", "options", "api", "api_key", "type"))
_BASES = frozenset(("base_url", "api_base", "url"))


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


def _is_set_up(table: Table) -> bool:
    return any(plain(key.text or "") in _SET_UP | _BASES for key, _ in table.beside)


def _base(provider: Table) -> str | None:
    options = provider.get("options")
    entries = (*provider.beside, *(options.beside if isinstance(options, Table) else ()))
    return next((v.text for k, v in entries if plain(k.text or "") in _BASES and isinstance(v, Scalar)), None)
