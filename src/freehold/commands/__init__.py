"""One module per command: `add` declares its arguments, `run` does it. What is slow to import is imported in `run`."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from freehold.console import Console
    from freehold.options import Options
    from freehold.types import Report

Commands: TypeAlias = "argparse._SubParsersAction[Any]"
COLORS = ("auto", "always", "never")
LEVELS = ("error", "warning", "note", "never")


def day(text: str) -> date:
    """Read a date argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-22") from None


def seconds(text: str) -> float:
    """Read a span of time; infinity and nothing are none."""
    try:
        span = float(text)
    except ValueError:
        span = 0.0
    if not 0 < span < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return span


def positive(text: str) -> int:
    """Read a count of at least one."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def add_command(commands: Commands, name: str, help: str, description: str) -> argparse.ArgumentParser:  # noqa: A002
    """Declare a command with the arguments that all have."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--color", choices=COLORS, default="auto", help="color the report (default: on a terminal)")
    return parser


def add_project(parser: argparse.ArgumentParser) -> None:
    """Declare which project, and how it is read."""
    group = parser.add_argument_group("project")
    group.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="the project, or parts of it (default: .)")
    group.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="leave these paths out")
    group.add_argument("--policy", type=Path, metavar="FILE", help="settings from here instead of the project's own")
    group.add_argument("--today", type=day, metavar="DATE", help="judge as of this day (default: today, UTC)")


def add_hub(parser: argparse.ArgumentParser) -> None:
    """Declare where facts about models come from."""
    group = parser.add_argument_group("facts")
    group.add_argument("--offline", action="store_true", help="ask nobody: answer from the embedded snapshot")
    group.add_argument("--lock", type=Path, metavar="FILE", help="the lockfile (default: models.lock at the root)")
    group.add_argument("--mirror", metavar="TARGET", help="where `freehold mirror` keeps verified copies")
    group.add_argument("--details", action="store_true", help="also ask for other hosts, copies and scans")
    group.add_argument("--refresh", action="store_true", help="ask anew instead of trusting what the cache holds")
    group.add_argument("--usage", type=Path, metavar="CSV", help="tokens per month, instead of `usage` in the settings")
    group.add_argument("--no-index", action="store_true", help="do not ask your package index about licenses")
    group.add_argument("--jobs", type=positive, metavar="N", help="requests at a time (default: as the Hub allows)")
    group.add_argument(
        "--deadline",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="time that may be spent on the Hub (default: 300)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Declare where the report goes."""
    group = parser.add_argument_group("report")
    group.add_argument("--format", default="text", metavar="FORMAT", help="what stdout gets (default: text)")
    group.add_argument(
        "--output", action="append", default=[], metavar="FORMAT=PATH", help="write a report to a file too; repeatable"
    )


def locate(paths: list[Path]) -> tuple[Path, tuple[Path, ...]]:
    """Give the root and the parts of it to read: one folder is the root; several paths are parts of where we stand.

    Raises UsageError for a path that is not there.
    """
    from freehold.errors import UsageError

    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}", "give a folder or a file of the project")
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0].resolve(), ()
    return Path.cwd(), tuple(paths)


def options(arguments: argparse.Namespace) -> tuple[Path, Options]:
    """Turn parsed arguments into the root and the options of a run."""
    from freehold.options import Options
    from freehold.types import Severity

    root, parts = locate(arguments.paths)
    level = getattr(arguments, "fail_on", None)
    return root, Options(
        today=arguments.today or _today(),
        paths=parts,
        exclude=tuple(arguments.exclude),
        policy=arguments.policy,
        offline=getattr(arguments, "offline", False),
        snapshot=getattr(arguments, "snapshot", None),
        lock=getattr(arguments, "lock", None),
        fail_on=None if level in (None, "never") else Severity(level),
        never_fail=level == "never",
        allow_incomplete=getattr(arguments, "allow_incomplete", False),
        deadline=getattr(arguments, "deadline", 300.0),
        mirror=getattr(arguments, "mirror", None),
        details=getattr(arguments, "details", False),
        refresh=getattr(arguments, "refresh", False),
        jobs=getattr(arguments, "jobs", None),
        usage=getattr(arguments, "usage", None),
        packages=not getattr(arguments, "no_index", False),
    )


def _today() -> date:
    """Give the day, UTC; a build that is to be the same tomorrow sets SOURCE_DATE_EPOCH (reproducible-builds.org)."""
    try:
        return datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC).date()
    except (KeyError, ValueError, OverflowError, OSError):
        return datetime.now(UTC).date()


def outputs(arguments: argparse.Namespace) -> list[tuple[str, Path]]:
    """Check the formats before any work is done, and give the files to write.

    Raises UsageError for an unknown format or a file that has no folder.
    """
    from freehold.errors import UsageError
    from freehold.report import formats, known

    files: list[tuple[str, Path]] = []
    for text in arguments.output:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise UsageError(f"--output {text}: must be FORMAT=PATH", "for example --output json=report.json")
        if not Path(path).parent.is_dir():
            raise UsageError(f"--output {text}: there is no folder {Path(path).parent}", "make it first")
        files.append((name, Path(path)))
    for name in (arguments.format, *(name for name, _ in files)):
        if not known(name):
            from freehold.tomlread import suggest

            every = tuple(formats())
            raise UsageError(f"no format is called {name!r}{suggest(name, every)}", f"there are {', '.join(every)}")
    return files


def publish(report: Report, arguments: argparse.Namespace, files: list[tuple[str, Path]], console: Console) -> None:
    """Write the report to its files, then to stdout; as `github` also to the summary of the job."""
    from freehold.report import render

    save(report, files)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if arguments.format == "github" and summary:
        _write(Path(summary), "a", render(report, "markdown"))
    console.write(render(report, arguments.format, console.look))


def save(report: Report, files: list[tuple[str, Path]]) -> None:
    """Write the report to its files. Raises UsageError where one cannot be written."""
    from freehold.report import render

    for name, path in files:
        _write(path, "w", render(report, name))


def _write(path: Path, mode: str, text: str) -> None:
    from freehold.errors import UsageError

    try:
        with path.open(mode, encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", "check --output") from error
