"""What git has cloned is pinned by what is checked out in it: `git clone URL`, `cd folder`, `git checkout v1`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_CHECKS_OUT = frozenset({"checkout", "switch", "reset"})
#: Options of `git clone` whose value is a word of its own.
_VALUED = frozenset({"-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "--filter", "-j", "--jobs"})
#: What makes something new, or takes files only.
_OTHER = frozenset({"-b", "-B", "-c", "-C", "--"})


@dataclass(slots=True)
class Clones:
    """The folders of one file's clones, by the numbers of their references, and where its commands are run."""

    folders: dict[str, int] = field(default_factory=dict)
    here: str = ""

    def follow(self, words: Sequence[str], number: int | None) -> tuple[int, str] | None:
        """Read one command; `number` is the reference that it made. Give what it pins: which reference, to what."""
        match words:
            case ["cd" | "pushd", folder, *_]:
                self.here = _last(folder)
            case ["git", "-C", folder, *rest]:
                return self._git(rest, _last(folder), number)
            case ["git", *rest]:
                return self._git(rest, self.here, number)
            case _:
                pass
        return None

    def _git(self, words: Sequence[str], folder: str, number: int | None) -> tuple[int, str] | None:
        if words[:1] == ["clone"] and number is not None:
            plain = [word for before, word in pairwise(words) if before not in _VALUED and not word.startswith("-")]
            self.folders[_last(plain[-1]) if plain else ""] = number
            short = next((b for a, b in pairwise(words) if a == "-b"), None)
            return (number, short) if short else None
        known = self.folders.get(folder) if words and words[0] in _CHECKS_OUT else None
        pin = next((word for word in words[1:] if not word.startswith("-")), "")
        good = known is not None and pin and not pin.startswith("$") and _OTHER.isdisjoint(words)
        return (known, pin) if known is not None and good else None


def _last(path: str) -> str:
    """Give the name of a folder: that of a clone is what stands last in its URL."""
    return path.rstrip("/").rpartition("/")[2].removesuffix(".git")
