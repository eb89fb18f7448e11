"""`freehold completion SHELL`: static completion, made at build time so that it costs nothing at run time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command

if TYPE_CHECKING:
    from freehold.console import Console

SHELLS = ("bash", "zsh", "fish", "powershell")
_DESCRIPTION = """\
Print a completion script.

  bash        freehold completion bash > ~/.local/share/bash-completion/completions/freehold
  zsh         freehold completion zsh > "${fpath[1]}/_freehold"
  fish        freehold completion fish > ~/.config/fish/completions/freehold.fish
  powershell  freehold completion powershell >> $PROFILE
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "completion", "a completion script for your shell", _DESCRIPTION)
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print it."""
    from importlib.resources import files

    console.write(files("freehold").joinpath("share", f"freehold.{arguments.shell}").read_text("utf-8"))
    return 0
