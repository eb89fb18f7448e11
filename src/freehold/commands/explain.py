"""`freehold explain NAME`: what is known about a name, from the same data that the findings use."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, day

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Explain a rule, a license, a vendor, a line or a model in one screen, with sources. No network.

  freehold explain model-became-api-only     why it matters, and what to do
  freehold explain llama3.1                  what the license allows, asks and forbids
  freehold explain alibaba                   what the vendor did, with dates
  freehold explain qwen-omni                 how a line stands today
  freehold explain Qwen/Qwen2.5-Omni-7B      a model; also openai/gpt-4o
  freehold explain exposure                  what the score is made of, and why
  freehold explain exposure --backtest       how well history supports it, recomputed
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "explain", "a rule, a license, a vendor, a line or a model", _DESCRIPTION)
    parser.add_argument("name", metavar="NAME", help="its id or name")
    parser.add_argument("--today", type=day, metavar="DATE", help="as of this day (default: today, UTC)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="with the rules of its own that this policy names")
    parser.add_argument("--backtest", action="store_true", help="with `exposure`: recompute the back-test")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Explain, or recompute."""
    from freehold.errors import UsageError
    from freehold.explain import explain
    from freehold.hub.snapshot import load
    from freehold.rules import overlay
    from freehold.safe import guard, printable
    from freehold.settings import load as read
    from freehold.vendors.lines import Vendors

    if arguments.backtest:
        if arguments.name != "exposure":
            raise UsageError("--backtest goes with `exposure`", "freehold explain exposure --backtest")
        from freehold.vendors.backtest import main

        return main([]) or 0
    today = arguments.today or datetime.now(UTC).date()
    snapshot = load()
    with overlay(read(Path(), _ids, arguments.policy).rules if arguments.policy else ()):
        text = explain(arguments.name, Vendors.load(published=snapshot.published()), snapshot, today)
    console.write(guard("\n".join(map(printable, text.splitlines()))) + "\n")
    return 0


def _ids(over: tuple[Path, ...]) -> tuple[str, ...]:
    from freehold.judge.catalog import load

    return tuple(rule.id for rule in load(*over))
