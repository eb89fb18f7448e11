"""`freehold init`: a commented configuration, fit for the project it finds."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_project, options

if TYPE_CHECKING:
    from freehold.console import Console
    from freehold.types import Reference

_DESCRIPTION = """\
Write freehold.toml: every setting with its default and what it means, and a line for each API model the project loads.
It changes no file that is there. In a project with pyproject.toml the same can stand there under [tool.freehold].
"""

_TEMPLATE = """\
# What this project asks of freehold. Every key is optional; `freehold schema` prints them all.
# In pyproject.toml the same stands under [tool.freehold].

# The mildest severity that makes an audit exit 1: error, warning, note or never.
fail-on = "error"

# Paths that are not part of what you ship.
exclude = []

# Another severity for a rule, or "off"; `freehold rules` lists them.
[severity]
# revision-unpinned = "warning"

[limits]
# exposure = 60                # a model above this is a finding
# retires-within-days = 90     # tell of a published shutdown only this close ahead
snapshot-age-days = 60         # an offline audit warns of an older snapshot

# Who you are, counted with affiliates. Licenses ask; what is not said is unknown, and unknown asks, never allows.
[organization]
# commercial = true
# monthly-active-users = 0
# monthly-active-users-at = { "2024-06" = 0 }    # some licenses count the month before their release
# annual-revenue-usd = 0
# monthly-revenue-usd = 0
# countries = ["DE"]
# hosts-as-service = true
# distributes-weights = false
# trains-on-outputs = false
# core-business = ""

# SPDX expressions, or category:<name>. Deny beats review beats allow.
[licenses]
# allow = ["category:permissive"]
# review = ["category:community"]
# deny = ["category:non-commercial"]

# Signed exceptions that end. Without a reason or an end, one covers nothing.
# [[waivers]]
# rule = "model-gated"
# model = "org/name"
# reason = "access is granted to the build account"
# until = 2027-03-31
# owner = "ml-platform"
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "init", "write a commented configuration", _DESCRIPTION)
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Scan, and write the file where there is none."""
    from freehold.errors import UsageError
    from freehold.scan import scan
    from freehold.tomlread import write_text

    root, chosen = options(arguments)
    report = scan(root, chosen)
    if report.provenance.settings is not None:
        raise UsageError(f"there are settings already, in {report.provenance.settings}", "edit them there")
    write_text(root / "freehold.toml", _TEMPLATE + _usage(report.references))
    loads = {(r.ecosystem, r.name) for r in report.references if r.role == "load" and r.name}
    console.write(f"freehold.toml written; the project loads {len(loads)} models. Next: `freehold audit`\n")
    return 0


def _usage(references: Iterable[Reference]) -> str:
    """A commented line for each API model that is loaded: only who runs it knows how much."""
    from freehold.tomlread import quote

    local = ("huggingface", "gguf", "timm", "unknown")
    names = sorted(
        {f"{r.ecosystem}/{r.name}" for r in references if r.role == "load" and r.name and r.ecosystem not in local}
    )
    if not names:
        return ""
    lines = [f"# {quote(name)} = {{ input-tokens = 0, output-tokens = 0 }}" for name in names[:50]]
    return "\n# Tokens per month: turns ratios into money.\n[usage]\n" + "\n".join(lines) + "\n"
