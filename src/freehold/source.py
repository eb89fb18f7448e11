"""One file of the project under audit: read once, as hostile as whoever wrote it."""

from __future__ import annotations

import bisect
import codecs
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeAlias

from freehold.types import Location, Problem

if TYPE_CHECKING:
    import ast

#: What a file system says of a file without opening it: bytes, nanoseconds of its last change and of its inode's, the
#: inode, the device.
Stamp: TypeAlias = tuple[int, int, int, int, int]
#: What freehold writes into a project: what was agreed to, and which findings are known.
LOCK, BASELINE = "models.lock", "freehold-baseline.toml"

Scope: TypeAlias = Literal["code", "test", "example", "doc"]

_NEWLINE = re.compile(r"\r\n|\r|\n")
_TESTS = re.compile(
    r"(^|/)(tests?|testing|e2e|__tests__|__mocks__|__fixtures__|mocks)/|"
    r"(^|/)conftest\.py$|(\.(test|spec|stories)|_test|(^|/)mock[-_A-Z][^/]*)\.[jt]sx?$"
)
#: So a page of a program or a script that tries something out may be called, too: then no test stands in it.
_CALLED_TEST = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
_HAS_TEST = re.compile(
    rb"^[ \t]*(?:async[ \t]+)?def[ \t]+_?test|^class[ \t]+\w*Test|\b(?:pytest|unittest|TestCase)\b", re.MULTILINE
)
_EXAMPLES = re.compile(r"(^|/)(examples?|samples?|tutorials?|demos?|cookbooks?|recipes?)/", re.IGNORECASE)
#: What is written, and what agents that write programs are told.
_DOCS = re.compile(
    r"(^|/)docs?/|\.(md|mdx|rst|adoc)$|(^|/)\.(agents?|claude|codex|cursor|gemini)/(skills|commands|agents|prompts)/",
    re.IGNORECASE,
)


def as_utf8(data: bytes) -> bytes:
    """Give a content as UTF-8 that says by its mark that it is UTF-16, as PowerShell writes it and pip reads it."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not data.startswith(codecs.BOM_UTF32_LE)
    return data.decode("utf-16", "replace").encode("utf-8", "replace") if marked else data


@dataclass(frozen=True)
class Source:
    """A file below the root: `path` relative to it, with `/`. Text is UTF-8 with replacement, never an error."""

    path: str
    data: bytes = field(repr=False)

    @property
    def real(self) -> str | None:
        """Where the file system has it; None for a text that is no file."""
        return None

    def stamp(self) -> Stamp | None:
        """What the file system says of it now; None for what is no regular file."""
        return None

    def stamp_read(self, unread: Stamp | None) -> Stamp | None:
        """The same as of when its content was read, None where that failed; `unread` where nobody read it."""
        return None

    @cached_property  # every detector asks for it
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def text(self) -> str:
        """The content without a byte order mark; what is not UTF-8 is replaced. Line ends stay as they are."""
        return self.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends, split at \\n, \\r\\n and \\r only: other separators are content."""
        text = self.text
        return tuple(_NEWLINE.split(text) if "\r" in text else text.split("\n"))

    @cached_property
    def _starts(self) -> list[int]:
        if "\r" not in self.text:
            return list(accumulate((len(line) + 1 for line in self.lines[:-1]), initial=0))
        return [0, *(m.end() for m in _NEWLINE.finditer(self.text))]

    @property
    def scope(self) -> Scope:
        """Where the file belongs: code, test, example or doc, told from its path. A Python file that only is called
        like a test is none."""
        if _TESTS.search(self.path) or (_CALLED_TEST.search(self.path) and _HAS_TEST.search(self.data)):
            return "test"
        if _DOCS.search(self.path):
            return "doc"
        return "example" if _EXAMPLES.search(self.path) else "code"

    def at(self, offset: int, cell: int | None = None) -> Location:
        """Give the place of an offset into `text`."""
        row = bisect.bisect_right(self._starts, offset) - 1
        return Location(path=self.path, line=row + 1, column=offset - self._starts[row] + 1, cell=cell)

    def offset(self, line: int, column: int = 1) -> int:
        """Give the offset into `text` of a line and a column, both from 1."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1

    def line(self, number: int) -> str:
        """Give a line by its number from 1, stripped and shortened: the snippet of a reference."""
        return self.lines[number - 1].strip()[:200] if 0 < number <= len(self.lines) else ""

    def problem(self, what: str, hint: str = "", line: int = 1) -> Problem:
        """Give a problem with a place in this file."""
        return Problem(what=what, hint=hint, location=Location(path=self.path, line=line))


def syntax_tree(data: bytes | str) -> ast.Module:
    """Parse Python. Raises SyntaxError, ValueError, RecursionError or MemoryError, as the parser does.

    For a syntax error CPython opens the file of that name to show its line; below /dev/null there can be none, so a
    project cannot put one there.
    """
    import ast
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python thinks of the project's escapes is not asked
        return ast.parse(data, filename="/dev/null/source")
