"""`freehold mirror`: keep a verified copy of the locked weights."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, locate, positive

if TYPE_CHECKING:
    from freehold.console import Console

_DESCRIPTION = """\
Fetch the locked weights at the locked commits and hold every byte against the hashes in models.lock. Run it again to go
on where it stopped. A copy that is not whole is never called complete.

  freehold mirror --to /srv/models              a folder, or a URL that fsspec knows
  freehold mirror --to /srv/models --check      read the copy and verify it; also after the repository is gone
  freehold audit --mirror /srv/models           the audit then counts on it
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    from pathlib import Path

    parser = add_command(commands, "mirror", "keep a verified copy of the locked weights", _DESCRIPTION)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="the project (default: .)")
    parser.add_argument("--to", required=True, metavar="TARGET", help="where the copy is, or shall be")
    parser.add_argument("--check", action="store_true", help="verify the copy; fetch nothing")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this model; repeatable")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="the lockfile (default: models.lock at the root)")
    parser.add_argument("--jobs", type=positive, default=4, metavar="N", help="files at a time (default: 4)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Fetch and verify, or only verify; 0 where every copy is whole, else 1."""
    from datetime import UTC, datetime

    from freehold import lock as locks
    from freehold.errors import LockError
    from freehold.mirror import check, keep
    from freehold.safe import printable

    root, _ = locate(arguments.paths)
    shown = str(arguments.lock or locks.NAME)
    lock = locks.read(arguments.lock or root / locks.NAME, shown)
    if lock is None:
        raise LockError(f"there is no {shown}", "run `freehold lock` first: a copy is verified against it")
    today = datetime.now(UTC).date()
    if arguments.check:
        mirror = check(lock, arguments.to, today=today, names=arguments.only)
    else:
        from freehold.hub.client import connect

        with console.progress("mirroring") as tick:
            mirror = keep(
                lock,
                arguments.to,
                connect(today=today),
                today=today,
                names=arguments.only,
                jobs=arguments.jobs,
                progress=lambda name, done, total: tick(done, total, name),
            )
    for copy in mirror.copies:
        state = f"verified on {copy.verified_on}" if copy.verified_on else "not complete"
        console.write(f"{printable(copy.name)}: {state}, {copy.files} files, {copy.size:,} bytes\n")
        for problem in copy.problems:
            console.write(f"  {printable(problem)}\n")
    return 0 if mirror.complete else 1
