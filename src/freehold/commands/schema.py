"""`freehold schema`: the JSON Schemas, for editors and other programs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command

if TYPE_CHECKING:
    from freehold.console import Console

_FILES = {"settings": ("settings.schema.json",), "report": ("report", "schema-1.json")}


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands, "schema", "the JSON Schema of the settings, or of the JSON report", "Print a JSON Schema."
    )
    parser.add_argument("what", nargs="?", choices=tuple(_FILES), default="settings", help="default: settings")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print it."""
    from importlib.resources import files

    console.write(files("freehold").joinpath(*_FILES[arguments.what]).read_text("utf-8"))
    return 0
