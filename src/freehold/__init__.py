"""freehold: do you hold this model freehold, or on a lease that its vendor can end?

    import freehold

    report = freehold.audit("path/to/project", freehold.Options(offline=True))
    print(report.exit_code, [finding.message for finding in report.findings])

`audit`, `Options`, `Report` and the types of a report (`freehold.types`) are stable within a major version.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # as in typing, which costs more than everything else that `--version` needs
if TYPE_CHECKING:
    from freehold.audit import audit as audit
    from freehold.options import Options as Options
    from freehold.types import Report as Report

__all__ = ["Options", "Report", "__version__", "audit"]


def __getattr__(name: str) -> object:
    """Import the interface when it is first used: the command line must start without it."""
    from importlib import import_module

    if name == "audit":
        return import_module("freehold.audit")  # the module is callable: see its last lines
    if name == "Options":
        return import_module("freehold.options").Options
    if name == "Report":
        return import_module("freehold.types").Report
    raise AttributeError(f"module 'freehold' has no attribute {name!r}")
