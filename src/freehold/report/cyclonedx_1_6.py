"""CycloneDX 1.6, for readers that do not know 1.7 yet."""

from __future__ import annotations

from freehold.console import Look
from freehold.report import Format
from freehold.report.cyclonedx import write
from freehold.types import Report

FORMAT = Format("cyclonedx-1.6", ".cdx.json")


def render(report: Report, look: Look) -> str:
    """Write it as 1.6; `look` plays no part."""
    return write(report, (1, 6))
