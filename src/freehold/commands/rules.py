"""`freehold rules`: every rule with its severity."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command

if TYPE_CHECKING:
    from freehold.console import Console


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "rules", "every rule and its severity", "List the rules, gravest first.")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the list."""
    from freehold.judge.catalog import load

    rules = sorted(load(), key=lambda rule: (-rule.severity.rank, rule.id))
    width = max(len(rule.id) for rule in rules)
    console.write("".join(f"{rule.severity:<7}  {rule.id:<{width}}  {rule.title}\n" for rule in rules))
    return 0
