"""Where comments, docstrings and other triple-quoted strings stand in a Python source, told from its bytes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from freehold.detect.python_filter import BYTE_ORDER_MARK
from freehold.detect.search import find

_DOUBLE, _SINGLE = b'"""', b"'''"
_REMARK = re.compile(rb"[ \t]*#")
_TRAILING = re.compile(rb"[ \t]{2}# [^\"'\n]*\Z|\A[ \t]*#[^\n]*\Z")
#: Both begin with one sign, which is searched for several times faster than a word. The Apache license stands in the
#: first lines of most files.
_HINTS = (
    re.compile(rb"/(?!LICENSE-2\.0)[A-Za-z][\w.]*-[\w.-]*\d"),
    re.compile(rb"-(?:(?<=gpt-)\d|(?<=claude-)\w|(?<=gemini-)\d)"),
)
#: A name that far from the beginning of its line stands in no comment that anyone reads.
MAX_LINE = 400


class Spans:
    """Parts of a source, in their order."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        spans = list(spans)
        self.begins = [begin for begin, _ in spans]
        self.ends = [end for _, end in spans]

    def hold(self, offset: int) -> bool:
        """Does an offset lie inside one, behind its first character?"""
        i = bisect_right(self.begins, offset - 1) - 1
        return i >= 0 and offset < self.ends[i]


def documents(data: bytes) -> tuple[Spans, Spans]:
    """The docstrings of a source, and all its triple-quoted strings."""
    texts = list(_quoted(data))
    docs = ((begin, end) for begin, end in texts if _begins(data, begin) and data[end : end + 1] in (b"\n", b"\r", b""))
    return Spans(docs), Spans(texts)


def remarked(data: bytes, at: int) -> bool:
    """Does an offset lie in a comment on a line of its own?"""
    line = data.rfind(b"\n", max(0, at - MAX_LINE), at) + 1
    return bool(line) and _REMARK.match(data, line, at) is not None


def _line(data: bytes, at: int) -> int:
    """Where a line begins, looking back so far only: without bound, a long line would cost its square."""
    begin = max(0, at - MAX_LINE)
    return max(data.rfind(b"\n", begin, at) + 1, begin)


def _begins(data: bytes, at: int) -> bool:
    """Does a string begin its line?"""
    return data[_line(data, at) : at].strip(b" \tr") == b""


def documented(data: bytes) -> dict[int, bytes]:
    """Give the lines of comments and docstrings that may name a model, by their numbers from 1."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    hints = sorted(hint.start() for kind in _HINTS for hint in kind.finditer(data))
    if not hints:
        return {}
    docs: Spans | None = None
    lines: dict[int, bytes] = {}
    row = at = 0
    for begin in hints:
        line = data.rfind(b"\n", max(0, begin - MAX_LINE), begin) + 1
        told = (line and _REMARK.match(data, line)) or _TRAILING.search(data, line or max(0, begin - MAX_LINE), begin)
        if not told and docs is None:  # in most files there are only comments
            docs = Spans(span for span in _quoted(data) if _begins(data, span[0]))
        if told or (docs is not None and docs.hold(begin)):
            row += data.count(b"\n", at, begin)
            at = begin
            end = data.find(b"\n", begin)
            if line:  # what precedes a line that is too long is not read
                lines[row + 1] = data[line : end if end >= 0 else len(data)]
            elif begin < MAX_LINE:
                lines[row + 1] = data[: end if end >= 0 else len(data)]
    return lines


def _quoted(data: bytes) -> Iterator[tuple[int, int]]:
    """The triple-quoted strings, as long as nothing else holds three quotes."""
    double, single = find(data, _DOUBLE), find(data, _SINGLE)
    while double >= 0 or single >= 0:
        quotes, begin = (_DOUBLE, double) if single < 0 or 0 <= double < single else (_SINGLE, single)
        end = find(data, quotes, begin + 3)
        while end > 0 and data[end - 1 : end] == b"\\" and data[end - 2 : end] != b"\\\\":
            end = find(data, quotes, end + 1)
        end = len(data) if end < 0 else end + 3
        yield begin, end
        double = double if double >= end or double < 0 else find(data, _DOUBLE, end)
        single = single if single >= end or single < 0 else find(data, _SINGLE, end)
