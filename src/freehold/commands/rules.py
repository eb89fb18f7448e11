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
    """Print the list: severity, id, title, and a case in which the rule speaks."""
    from freehold.judge.catalog import examples, load

    shown = {each.rule: each for each in reversed(examples()) if each.fires}
    rules = sorted(load(), key=lambda rule: (-rule.severity.rank, rule.id))
    for rule in rules:
        case = ", ".join(f"{key} {value or 'none'}" for key, value in shown[rule.id].facts)
        console.write(f"{rule.severity:<7}  {rule.id}\n         {rule.title}\n         for example: {case}\n")
    return 0
