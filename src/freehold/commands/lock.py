"""`freehold lock`: agree to what the models are today."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_hub, add_project, options

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Write or update models.lock: what each loaded model is today, so that an audit can tell when that changes.

It never records what is unknown, and never records a change for the worse (weights lost, a tighter gate, another
license, API-only) unless you accept it by name. Commit the file, and review changes to it as you review code.
In a monorepo every folder that has a models.lock keeps its own.

  freehold lock                              write or update models.lock
  freehold lock --check                      exit 1 where it is not current; writes nothing
  freehold lock --accept qwen3.5-omni-plus   agree to this model's change for the worse
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "lock", "agree to what the models are today: models.lock", _DESCRIPTION)
    add_project(parser)
    add_hub(parser)
    parser.add_argument("--check", action="store_true", help="say whether models.lock is current; write nothing")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="NAME", help="agree to a change for the worse of this model"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="update this model's entry and leave all others"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Resolve, compare, and write what was agreed to; nothing is written unless all of it can be."""
    from dataclasses import replace

    from freehold import lock as locks
    from freehold.agree import agree, insist_worse
    from freehold.audit import examine
    from freehold.errors import UsageError
    from freehold.safe import printable

    if arguments.offline:
        raise UsageError("a lock needs the Hub: a snapshot cannot be agreed to", "run it where the Hub can be reached")
    root, chosen = options(arguments)
    with console.progress("asking the Hub") as tick:
        audited = examine(root, replace(chosen, progress=tick))
    seen_as = audited.report.provenance.seen_as
    insist_worse(arguments.accept, [(part.lock, part.comparisons) for part in audited.parts])
    agreed = [
        (part, agree(part.lock, part.comparisons, chosen.today, seen_as, arguments.accept, arguments.only))
        for part in audited.parts
    ]
    for part, agreement in agreed:
        shown = printable(part.status.path)
        for line in agreement.words:
            console.write(printable(line) + "\n")
        if arguments.check:
            console.write(f"{shown} is {'not current' if agreement.words else 'current'}\n")
            continue
        if agreement.words or part.lock is None:
            locks.write(chosen.lock or root / part.status.path, agreement.lock)
        console.write(f"{shown}: {_models(len(agreement.lock.entries))}\n")
    return int(arguments.check and any(agreement.words for _, agreement in agreed))


def _models(count: int) -> str:
    return f"{count} model" + ("" if count == 1 else "s")
