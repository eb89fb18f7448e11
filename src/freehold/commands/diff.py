"""`freehold diff BASE HEAD`: what a change brings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from freehold.commands import LEVELS, Commands, add_command

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Compare two JSON reports: what came, what went, what got worse. Exits 1 on new findings only, so that an old project
can adopt freehold today and hold every change to account from now on.

  freehold audit --output json=head.json --fail-on never
  freehold diff base.json head.json
  freehold diff base.json head.json --format markdown > comment.md
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "diff", "two reports: what came, what went, what got worse", _DESCRIPTION)
    parser.add_argument("base", type=Path, metavar="BASE", help="the report of the base branch")
    parser.add_argument("head", type=Path, metavar="HEAD", help="the report of the change")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
    parser.add_argument("--fail-on", choices=LEVELS, default="error", help="the mildest new finding that exits 1")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Compare and tell."""
    from freehold.diff import diff, read, render
    from freehold.types import Severity

    found = diff(read(arguments.base), read(arguments.head))
    console.write(render(found, arguments.format))
    return found.exit_code(None if arguments.fail_on == "never" else Severity(arguments.fail_on))
