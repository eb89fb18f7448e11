"""Arguments to options; no logic. A command is a module of `commands` with `add` and `run`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from freehold import __version__

#: In the order in which a newcomer meets them.
COMMANDS = (
    "audit", "scan", "lock", "mirror", "whatif", "diff", "baseline", "snapshot", "init", "schema", "rules", "explain",
    "completion",
)  # fmt: skip

_DESCRIPTION = "Audits what an ML project stands on: which models it loads, under which license, and how exposed it is."
_EPILOG = """\
exit codes:
  0    nothing at or above --fail-on
  1    findings
  2    not started: arguments, settings, rules, lockfile or a rejected token
  3    nothing to audit under the given paths
  4    incomplete: something could not be resolved, and nothing else failed
  70   a bug in freehold
  130  interrupted

first steps:
  freehold audit .            what does this project stand on?
  freehold lock .             agree to it: writes models.lock, to be committed
  freehold explain RULE       why a finding matters, and what to do
"""


class Parser(argparse.ArgumentParser):
    """argparse with our words for a mistake: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2. Arguments can come from a script, so they are not printed raw."""
        from freehold.console import Console

        Console().error(message, f"`{self.prog} --help` lists the arguments")
        raise SystemExit(2)


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """Build the command line, with all commands or with these."""
    top = Parser(
        prog="freehold",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"freehold {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        import_module(f"freehold.commands.{name}").add(commands)
    return top


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; ends the program on --help, --version and mistakes."""
    asked = [name for name in argv[:1] if name in COMMANDS]  # a command needs no other
    return parser(asked or COMMANDS).parse_args(argv)
