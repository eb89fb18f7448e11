"""`freehold baseline`: adopt on an old project."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_hub, add_project, options

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Write freehold-baseline.toml: the findings of today, which from now on are shown but fail no build.

Run it once when you adopt freehold. Run it again after fixing something: it removes what is gone and never adds, so
the list only shrinks. A new finding has to be fixed, waived with a reason and an end, or agreed to in models.lock.
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "baseline", "adopt on an old project: known findings stay known", _DESCRIPTION)
    add_project(parser)
    add_hub(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Audit, and write what is known."""
    from dataclasses import replace

    from freehold import baseline
    from freehold.audit import audit
    from freehold.errors import BaselineIncomplete

    root, chosen = options(arguments)
    file = root / baseline.NAME
    before = baseline.read(file)
    with console.progress("asking the Hub") as tick:
        report = audit(root, replace(chosen, progress=tick))
    if not report.complete:
        raise BaselineIncomplete(
            "the audit is incomplete: what could not be resolved may have findings of its own",
            "nothing was written, try again later",
        )
    after = baseline.shrink(before, report.findings)
    if before is None or after != before:
        baseline.write(file, after)
    gone = 0 if before is None else len(before) - len(after)
    console.write(f"{baseline.NAME}: {len(after)} known findings" + (f", {gone} gone\n" if gone else "\n"))
    return 0
