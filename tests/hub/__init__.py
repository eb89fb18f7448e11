"""A faithful local Hub: real HTTP on loopback, for the genuine client and for the installed command.

A `Catalog` holds frozen `Repository` descriptions and may change between two requests. `LocalHub` serves it, plain
or over TLS, records every request and can be told to misbehave. What is imitated, and where that was seen, stands
in `shapes.toml`.
"""

from hub.catalog import Catalog, Token
from hub.repository import Branch, File, Repository, model, pointer, shards, text, weight
from hub.server import LocalHub
from hub.wire import Recorded

__all__ = [
    "Branch",
    "Catalog",
    "File",
    "LocalHub",
    "Recorded",
    "Repository",
    "Token",
    "model",
    "pointer",
    "shards",
    "text",
    "weight",
]
