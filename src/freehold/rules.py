"""Where the knowledge stands: rules/ beside the package in a wheel, beside src/ in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from freehold.errors import RulesError
from freehold.tomlread import Document, Mistake

T = TypeVar("T")


def rules_dir() -> Path:
    """Give the folder that holds calls/, licenses/, vendors/, checks/ and snapshot/.

    An editable install does not carry forced includes, hence the second place.
    """
    here = Path(__file__).parent
    packaged = here / "rules"
    return packaged if packaged.is_dir() else here.parents[1] / "rules"


def documents(kind: str, *more: Path) -> tuple[Document, ...]:
    """Read every TOML file of one kind, sorted by name; folders of an organization (`more`) last."""
    files = [file for folder in (rules_dir(), *more) for file in sorted((folder / kind).glob("*.toml"))]
    return tuple(Document(f"rules/{kind}/{file.name}", file.read_text("utf-8")) for file in files)


def insist(documents: tuple[Document, ...]) -> None:
    """Raise RulesError with every mistake of these documents, if there is one."""
    mistakes: list[Mistake] = sorted(m for document in documents for m in document.mistakes)
    if mistakes:
        raise RulesError("\n".join(map(str, mistakes)), "this is a bug in freehold unless you gave rules of your own")
