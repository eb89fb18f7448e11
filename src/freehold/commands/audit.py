"""`freehold audit`: everything."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from freehold.commands import LEVELS, Commands, add_command, add_hub, add_output, add_project, options, outputs, publish

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Find every model the project loads, ask the Hub what it is today, compare with models.lock, judge, score, report.

  freehold audit .                                  one screen: what we stand on, what to do first
  freehold audit --offline                          the same without a network, as of the embedded snapshot
  freehold audit --output json=freehold.json        a file for other programs beside the screen
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "audit", "which models, which licenses, how exposed, what changed", _DESCRIPTION)
    add_project(parser)
    add_hub(parser)
    parser.add_argument("--snapshot", type=Path, metavar="FILE", help="answer from this file instead of the Hub")
    add_output(parser)
    group = parser.add_argument_group("exit code")
    group.add_argument("--fail-on", choices=LEVELS, help="the mildest severity that exits 1 (default: error)")
    group.add_argument("--allow-incomplete", action="store_true", help="exit 0 instead of 4 where something is unknown")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Audit and report."""
    from dataclasses import replace

    from freehold.audit import audit

    files = outputs(arguments)
    root, chosen = options(arguments)
    with console.progress("asking the Hub") as tick:
        report = audit(root, replace(chosen, progress=tick))
    publish(report, arguments, files, console)
    return report.exit_code
