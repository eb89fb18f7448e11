"""Adopting freehold on an old project: known findings stay known, and the list only shrinks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from freehold.errors import SettingsError
from freehold.source import BASELINE
from freehold.tomlread import Document, quote, write_text
from freehold.types import Finding, Status

NAME = BASELINE
VERSION = 1
_HEAD = f"""\
# Findings that were there when freehold was adopted. They are shown, and fail no build. `freehold baseline` removes
# what is gone and never adds; delete the file to begin anew. Findings in it can be fixed, not forgotten.
version = {VERSION}
"""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Known:
    """One finding of the baseline; all but the fingerprint is for the reader."""

    rule: str
    model: str
    path: str
    fingerprint: str


def read(file: Path, shown: str = NAME) -> tuple[Known, ...] | None:
    """Read a baseline; None where there is none. Raises SettingsError with every mistake and its line."""
    if file.is_symlink():  # a change under review could point it anywhere
        return None
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{shown}: cannot be read: {error.__class__.__name__}", "restore or delete it") from error
    document = Document(shown, text)
    top = document.table()
    version = top.integer("version")
    if version != VERSION and not document.mistakes:
        top.complain(f"version: this freehold reads {VERSION}", "version")
    known = []
    for row in top.tables("findings"):
        known.append(
            Known(
                rule=row.name("rule"),
                model=row.text("model") or "",
                path=row.text("path") or "",
                fingerprint=row.name("fingerprint"),
            )
        )
        row.done()
    top.done()
    if document.mistakes:
        raise SettingsError("\n".join(map(str, sorted(document.mistakes))), "restore or delete it")
    return tuple(sorted(known))


def mark(findings: Iterable[Finding], known: Collection[Known]) -> tuple[Finding, ...]:
    """Give open findings of the baseline their status; a waived one stays waived."""
    old = {each.fingerprint for each in known}
    return tuple(
        replace(f, status=Status.BASELINE) if f.status is Status.OPEN and f.fingerprint in old else f for f in findings
    )


def shrink(known: Collection[Known] | None, findings: Iterable[Finding]) -> tuple[Known, ...]:
    """Give the baseline to write: on first use every unwaived finding, afterwards only those that are still there."""
    today = tuple(
        sorted(
            Known(rule=f.rule, model=f.model or "", path=f.location.path, fingerprint=f.fingerprint)
            for f in findings
            if f.status is not Status.WAIVED
        )
    )
    if known is None:
        return today
    old = {each.fingerprint for each in known}
    return tuple(each for each in today if each.fingerprint in old)


def write(file: Path, known: Iterable[Known]) -> None:
    """Write a baseline atomically."""
    rows = (
        "\n[[findings]]\n" + "".join(f"{key} = {quote(value)}\n" for key, value in _row(each) if value)
        for each in sorted(known)
    )
    write_text(file, _HEAD + "".join(rows))


def _row(each: Known) -> tuple[tuple[str, str], ...]:
    return ("rule", each.rule), ("model", each.model), ("path", each.path), ("fingerprint", each.fingerprint)
