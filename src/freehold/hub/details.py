"""What makes a model replaceable or safe: other hosts, copies, a successor, the security scan. One request a model."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from urllib.parse import quote

from freehold.hub.answer import Fault, body
from freehold.hub.client import Hub
from freehold.hub.record import Record
from freehold.hub.weights import is_candidate
from freehold.types import Details

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".nemo", ".distcp")


def gather(hub: Hub, record: Record) -> Details:
    """Ask for what the info does not say. A fault leaves it unknown: details decide no state.

    Raises CredentialsError where the token is rejected.
    """
    more = _ask(hub, record.id)
    weights = [file.path.lower() for file in record.files or () if is_candidate(file.path)]
    children = more.get("childrenModelCount")
    copies = children.get("quantized") if isinstance(children, Mapping) else None
    return Details(
        hosts=_hosts(more.get("inferenceProviderMapping")),
        copies=copies if isinstance(copies, int) and not isinstance(copies, bool) else None,
        successor=record.successor,
        scanned=record.scanned,
        flagged=record.flagged,
        pickle_only=bool(weights) and all(path.endswith(_PICKLES) for path in weights),
        downloads=record.downloads,
        created_on=_day(record.created_at),
    )


def _ask(hub: Hub, id: str) -> Mapping[str, object]:  # noqa: A002
    reply = hub.get(f"/api/models/{quote(id, safe='/')}?expand=childrenModelCount&expand=inferenceProviderMapping", id)
    if isinstance(reply, Fault) or reply.status != 200 or not reply.marked:
        return {}
    value = body(reply, id)
    return value.json if not isinstance(value, Fault) and isinstance(value.json, Mapping) else {}


def _hosts(mapping: object) -> tuple[str, ...] | None:
    """The providers that serve it now; the Hub gave the mapping as an object and as a list."""
    if isinstance(mapping, Mapping):
        rows = [(name, row) for name, row in mapping.items() if isinstance(row, Mapping)]
    elif isinstance(mapping, list):
        rows = [(row.get("provider"), row) for row in mapping if isinstance(row, Mapping)]
    else:
        return None
    return tuple(sorted({name for name, row in rows if isinstance(name, str) and row.get("status") == "live"}))


def _day(stamp: str | None) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(stamp[:10]) if stamp else None
    return None
