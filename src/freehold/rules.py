"""Where the knowledge stands: rules/ beside the package in a wheel, beside src/ in a checkout; what lies over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from freehold.errors import RulesError

if TYPE_CHECKING:
    from freehold.tomlread import Document, Mistake

P = ParamSpec("P")
T = TypeVar("T")

_over: tuple[Path, ...] = ()


def rules_dir() -> Path:
    """Give the folder that holds calls/, licenses/, vendors/, checks/ and snapshot/.

    An editable install does not carry forced includes, hence the second place.
    """
    here = Path(__file__).parent
    packaged = here / "rules"
    return packaged if packaged.is_dir() else here.parents[1] / "rules"


def folders() -> tuple[Path, ...]:
    """Give the folder of the rules that ship, and those that an organization lays over it."""
    return (rules_dir(), *_over)


@contextmanager
def overlay(folders: tuple[Path, ...]) -> Iterator[None]:
    """Lay an organization's own folders over the shipped rules: same schema, same checks, a file of the same name wins.

    Rules are the law of a whole run, so they hold for the whole process; runs with different ones take turns.
    """
    global _over  # noqa: PLW0603
    before, _over = _over, folders
    try:
        yield
    finally:
        _over = before


def remembered(read: Callable[P, T]) -> Callable[P, T]:
    """Cache what a reader of rules gives, for each overlay apart."""

    @cache
    def keyed(over: tuple[Path, ...], *arguments: P.args, **keywords: P.kwargs) -> T:
        return read(*arguments, **keywords)

    @wraps(read)
    def reader(*arguments: P.args, **keywords: P.kwargs) -> T:
        return keyed(_over, *arguments, **keywords)  # type: ignore[arg-type]  # whoever calls it gives hashable ones

    return reader


def documents(kind: str, *more: Path, holding: str = "") -> tuple[Document, ...]:
    """Read every TOML file of one kind, sorted by name, or only those `holding` a word; in the folders of an
    organization (`more`, and the overlay) a file may replace a shipped one."""
    from freehold.tomlread import Document

    files: dict[str, tuple[str, Path]] = {}
    for folder in (*folders(), *more):
        shown = "rules" if folder == rules_dir() else str(folder)
        for file in sorted((folder / kind).glob("*.toml")):
            files[file.name] = (f"{shown}/{kind}/{file.name}", file)
    texts = ((shown, file.read_text("utf-8")) for _, (shown, file) in sorted(files.items()))
    return tuple(Document(shown, text) for shown, text in texts if holding in text)


def insist(documents: tuple[Document, ...]) -> None:
    """Raise RulesError with every mistake of these documents, if there is one."""
    mistakes: list[Mistake] = sorted(m for document in documents for m in document.mistakes)
    if mistakes:
        raise RulesError("\n".join(map(str, mistakes)), "this is a bug in freehold unless you gave rules of your own")
