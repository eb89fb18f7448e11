"""`freehold explain NAME`: what a finding means, from the same data that made it."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command

if TYPE_CHECKING:
    from freehold.console import Console


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "explain", "what a rule means, and what to do", "Explain a rule in one screen.")
    parser.add_argument("name", metavar="RULE", help="the id of a rule: `freehold rules` lists them")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the explanation."""
    from freehold.errors import UsageError
    from freehold.judge.catalog import load
    from freehold.tomlread import suggest

    rules = {rule.id: rule for rule in load()}
    rule = rules.get(arguments.name)
    if rule is None:
        near = suggest(arguments.name, tuple(rules))
        raise UsageError(f"no rule is called {arguments.name!r}{near}", "`freehold rules` lists them")
    parts = [f"{rule.id} ({rule.severity})", rule.title, textwrap.fill(rule.why, 80)]
    parts += ["What to do: " + textwrap.fill(rule.remedy, 80, initial_indent=" " * 12).strip()]
    parts += ["It speaks instead of " + ", ".join(rule.replaces) + "."] if rule.replaces else []
    parts += ["\n".join(rule.references)] if rule.references else []
    console.write("\n\n".join(parts) + "\n")
    return 0
