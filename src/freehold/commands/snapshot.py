"""`freehold snapshot export`: Hub facts in one file, for machines that cannot reach the Hub."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_hub, add_project, options

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Ask the Hub about the models that a project loads, and print what it said as a snapshot.

  freehold snapshot export > models-snapshot.toml          where the Hub can be reached
  freehold audit --snapshot models-snapshot.toml           where it cannot
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "snapshot", "Hub facts in one file, for machines without the Hub", _DESCRIPTION)
    parser.add_argument("what", choices=("export",), help="print a snapshot of the project's models")
    add_project(parser)
    add_hub(parser)
    parser.add_argument("--name", default="export", help="what reports call it (default: export)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Resolve and print; 4 where a model could not be resolved."""
    from dataclasses import replace

    from freehold.audit import audit
    from freehold.errors import UsageError
    from freehold.hub.snapshot import export

    if arguments.offline:
        raise UsageError("a snapshot is taken from the Hub", "run it where the Hub can be reached")
    root, chosen = options(arguments)
    with console.progress("asking the Hub") as tick:
        report = audit(root, replace(chosen, progress=tick))
    known = report.provenance
    console.write(
        export(
            report.models,
            name=arguments.name,
            endpoint=known.endpoint or "",
            seen_as=known.seen_as,
            as_of=known.today,
        )
    )
    if not report.complete:
        console.say("some models could not be resolved and are not in it; `freehold audit` says why")
    return 0 if report.complete else 4
