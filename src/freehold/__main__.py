"""The program: parse, run, and turn every end into its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from freehold import __version__

INTERRUPTED = 130
#: EX_SOFTWARE of sysexits.h: a bug in freehold, never something about the project.
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run freehold with these arguments and give the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) == ["--version"]:
        # Asked for by every installer and every bug report: it need not wait for the command line to be built.
        sys.stdout.write(f"freehold {__version__}\n")
        return 0
    from freehold.cli import parse
    from freehold.errors import FreeholdError

    arguments = parse(argv)
    from freehold.console import Console

    console = Console(color=getattr(arguments, "color", "auto"))
    try:
        code: int = arguments.run(arguments, console)
        return code
    except FreeholdError as error:
        console.error(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        console.say("interrupted")
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the one place where a bug becomes an exit code
        import traceback

        console.say(traceback.format_exc())
        console.error("this is a bug in freehold", "please report it with the lines above; nothing was written")
        return BUG


if __name__ == "__main__":
    sys.exit(main())
