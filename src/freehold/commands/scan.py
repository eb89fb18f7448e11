"""`freehold scan`: references and requirements only; no network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_output, add_project, options, outputs, publish, save

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Find every place that names a model, and every Python package that is asked for. Nothing is executed, nobody is asked.

  freehold scan .                    where are models selected, and where are they only mentioned?
  freehold scan --format json        the same for other programs
  freehold scan --couplings          which parts work with one family of models only, and where one
                                     portable client could stand between
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "scan", "where the project names models; no network", _DESCRIPTION)
    add_project(parser)
    add_output(parser)
    parser.add_argument(
        "--couplings", action="store_true", help="list what ties the project to one family of models or one vendor"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Scan and report."""
    from dataclasses import replace

    from freehold.scan import scan

    files = outputs(arguments)
    root, chosen = options(arguments)
    report = scan(root, replace(chosen, couplings=arguments.couplings))
    if arguments.couplings and arguments.format == "text":
        from freehold.report.couplings import tell

        save(report, files)
        console.write(tell(report, console.look))
    else:
        publish(report, arguments, files, console)
    return report.exit_code
