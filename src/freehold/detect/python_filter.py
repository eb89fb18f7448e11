"""Which parts of a Python file can matter, told from its bytes: parsing costs a hundred times what searching does.

The tests are a superset of what the reader finds, drawn from rules/calls. A file is cut into its top-level statements;
those that can hold nothing are blanked out, so that lines stay where they are. A cut in the wrong place can only make
the rest unparsable, and then the whole file is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from freehold.detect.calls import Calls
from freehold.detect.python_commands import RUNNERS

#: A quoted word with a slash in it ends here. Patterns begin with a literal: that is what makes them fast.
_SLASH = re.compile(rb"/[A-Za-z0-9][\w.:@+-]*[\"'\\]")
_BEFORE = re.compile(rb"[\"'][A-Za-z0-9][\w.:@+/-]{0,80}\Z|[}\"']\Z")
_NO_MODEL = re.compile(
    rb"[\"'](?:application|text|image|audio|video|multipart)/|://(?!huggingface|hf\.co|(?:www\.)?modelscope)|"
    rb"\.(?:py|json|jsonl|txt|md|ya?ml|png|jpe?g|toml|sh|html|csv|so|h|cu|cuh|cpp|cc|log|wav|mp[34])[\"'\\]\Z"
)
#: A setting named like a model, with a literal: `model = "`, `"model": "`, `("MODEL", "…")`, `"--model", …, default="`.
_REST = (
    rb"(?:s|_id|_name|_path|_name_or_path|_name_or_id|_repo\w*|_version|_checkpoint\w*|_choices|_list|_map)?"
    rb"(?:[\"'\\]+\]?\s*[:=]\s*[\[({]?\s*[\"'\\]"
    rb"|\s*(?::[^=\n]{1,60})?=\s*(?:[\[({]*\s*[rRfF]?|(?:\w+\.)*(?:[A-Z]\w*|field)\(\s*(?:default\s*=\s*)?)[\"'\\]"
    rb"|[\"'\\]+\s*,[^()]{0,200}?(?:default|choices)\s*=\s*[\[(]?\s*[\"'\\]"
    rb"|[\"'\\]+\s*,\s*[\"'\\]+[^\"'\s]+[\"'\\]+\s*\))"
)
_KEYS = tuple(
    re.compile(word + _REST)
    for word in (rb"odel", rb"ODEL", rb" llm", rb"_llm", rb"_LLM", rb"mbedding", rb"MBEDDING", rb"mbedder", rb"eranker")
)
#: Endings that only files of weights have.
WEIGHTS = (".safetensors", ".gguf", ".pth", ".ckpt", ".onnx", ".bin")
#: How names of models at APIs begin; the others stand beside a key or a call.
_FAMILIES = (b"gpt-", b"claude-", b"gemini-")
_WORDS = (*_FAMILIES, *map(str.encode, WEIGHTS))

_MARK = b"\xef\xbb\xbf"
_DOUBLE, _SINGLE = b'"""', b"'''"
_START = re.compile(rb"\n(?=[A-Za-z_@(\[{*])")
_COMMENT = re.compile(rb"\n[ \t]*#[^\n]*")
_REMARK = re.compile(rb"[ \t]*#")
_TRAILING = re.compile(rb"[ \t]{2}# [^\"'\n]*\Z|\A[ \t]*#[^\n]*\Z")
_HINTS = tuple(map(re.compile, (rb"/[A-Za-z][\w.]*-[\w.-]*\d", rb"gpt-\d", rb"claude-\w", rb"gemini-\d")))
_CLAUSE = re.compile(rb"(?:else|elif|except|finally|case)\b")
_IMPORT = re.compile(rb"import\b|from\b")
_BLOCK = re.compile(rb"@|def\b|class\b|async\b")
_HEAD = re.compile(rb"(?:@[^\n]*\n)*(?:async )?(def|class) (\w+)")
_CONSTANT = re.compile(rb"[A-Z](?<!\w[A-Z])[A-Z\d_]{2,}\b(?!\s*=[^=])")
_GIVES = re.compile(rb"\breturn [A-Z][A-Z_\d]+\b")
#: Smaller statements at the top level are kept: constants, and what runs when the module runs.
SMALL = 2_000
MAX_STEPS = 4
#: A name that far from the beginning of its line stands in no comment that anyone reads.
MAX_LINE = 400


NONE: Mapping[bytes, list[tuple[bytes, ...]]] = {}


class Filter:
    """The tests for one set of rules."""

    def __init__(self, calls: Calls) -> None:
        anchored: dict[bytes, set[tuple[bytes, ...]]] = {}
        anywhere: set[bytes] = set()
        for call in calls.calls:
            if call.language != "python" or call.kind == "route":
                continue
            parts = call.name.split(".")
            words = tuple(p.encode() for p in parts if p not in ("*", "**"))
            if parts[0] == "*":
                if len(words) > 1 or not words[-1][:1].isupper():
                    anywhere.add(b".".join(words[-2:]) + b"(")
                else:  # a class of one of the library's packages
                    for module in calls.library(call.library).modules:
                        root = module.partition(".")[0].encode()
                        anchored.setdefault(root, set()).add((words[-1] + b"(",))
            else:
                last = words[-1] + b"("
                anchored.setdefault(words[0], set()).add((last, *words[1:-1]))
        selecting = {(f.program or f.flag)[:1] for f in calls.flags} | {f.flag for f in calls.flags if not f.program}
        needles = {word.encode() for group in selecting for word in group}
        for runner, tails in RUNNERS.items():
            runs = {f"{tail}(".encode() for tail in tails}
            anchored.setdefault(runner.encode(), set()).update((run, word) for run in runs for word in needles)
        #: By the package that is imported: what a call ends with, and the groups of words one of which stands with it.
        self.anchored: dict[bytes, dict[bytes, list[tuple[bytes, ...]]]] = {}
        for root, calling in anchored.items():
            for callee, *others in sorted(calling):
                self.anchored.setdefault(root, {}).setdefault(callee, []).append(tuple(others))
        self.anywhere = re.compile(rb"\.(?:" + b"|".join(map(re.escape, sorted(anywhere))) + rb")")

    def relevant(self, path: str, data: bytes) -> bool:
        """Can anything in here be a model, or lead to one?"""
        if path.endswith("__init__.py") and b"import" in data:
            return True
        return _named(data, _KEYS, _WORDS) or any(self._calls(data))

    def mask(self, data: bytes) -> bytes:
        """Blank docstrings, comments and the top-level statements that can hold nothing; lines stay where they are."""
        code, inside = _undocumented(data.removeprefix(_MARK))
        # What the whole has not, no part has.
        keys = tuple(key for key in _KEYS if key.search(code))
        words = tuple(word for word in _WORDS if word in code)
        calls = tuple(self._calls(code))
        pieces = list(_pieces(code, inside))
        kept = {i for i, p in enumerate(pieces) if _kept(p) or _named(p, keys, words) or any(c(p) for c in calls)}
        new = kept
        for _ in range(MAX_STEPS):
            names = {h[2] for i in new if (h := _HEAD.match(pieces[i])) and not h[2].startswith((b"test_", b"Test"))}
            # What calls a function that matters matters too.
            calling = tuple(name + b"(" for name in names)
            rest = (i for i in range(len(pieces)) if i not in kept) if calling else ()
            new = {i for i in rest if any(call in pieces[i] for call in calling)}
            kept = kept | new
        return b"".join(piece if i in kept else _stub(piece) for i, piece in enumerate(pieces))

    def _calls(self, data: bytes) -> Iterator[Callable[[bytes], object]]:
        """Tests for the calls that this may make: each holds for the whole."""
        if self.anywhere.search(data) is not None:
            yield self.anywhere.search
        for root in self._roots(data):
            for call, groups in self.anchored.get(root, NONE).items():
                if call in data and (found := [group for group in groups if _has(group, data)]):
                    yield partial(_calls, call, found)

    def _roots(self, data: bytes) -> set[bytes]:
        """The first parts of everything that is imported."""
        roots: set[bytes] = set()
        data = data.removeprefix(_MARK)
        at = data.find(b"import ")
        while at >= 0:
            # An import further into its line than that is none; looking back without bound would cost its square.
            begin = data.rfind(b"\n", max(0, at - MAX_LINE), at) + 1
            before = [b"?"] if begin == 0 and at > MAX_LINE else data[begin:at].split()
            if before[:1] == [b"from"] and len(before) > 1:
                roots.add(before[1].partition(b".")[0])
            elif not before:
                end = data.find(b"\n", at)
                line = data[at + 7 : end if end >= 0 else len(data)]
                roots.update(part.split()[0].partition(b".")[0] for part in line.split(b",") if part.split())
            at = data.find(b"import ", at + 7)
        return roots


def _kept(piece: bytes) -> bool:
    """Imports, constants, what runs when the module runs, and functions that give a constant."""
    if len(piece) < SMALL and (_BLOCK.match(piece) is None or _GIVES.search(piece) is not None):
        return True
    return _IMPORT.match(piece) is not None


def _named(data: bytes, keys: tuple[re.Pattern[bytes], ...], words: tuple[bytes, ...]) -> bool:
    return (
        any(_whole(data, m) for m in _SLASH.finditer(data))
        or any(key.search(data) for key in keys)
        or any(word in data for word in words)
    )


def _calls(call: bytes, groups: list[tuple[bytes, ...]], data: bytes) -> bool:
    return call in data and any(_has(group, data) for group in groups)


def _has(needles: tuple[bytes, ...], data: bytes) -> bool:
    return all(needle in data for needle in needles)


def _stub(piece: bytes) -> bytes:
    """The lines stay, and the name: what the project defines itself is no library's."""
    head = _HEAD.match(piece)
    # What it uses is used, and what it only looks into is only looked into.
    uses = {(b"0 in " if piece[m.start() - 3 : m.start()] == b"in " else b"") + m[0] for m in _CONSTANT.finditer(piece)}
    names = b", ".join(sorted(uses))
    stub = b"%s %s%s: [%s]" % (head[1], head[2], b"()" if head[1] == b"def" else b"", names) if head else b""
    return stub + b"\n" * piece.count(b"\n")


def _whole(data: bytes, found: re.Match[bytes]) -> bool:
    """Is it one quoted word, and no media type or file?"""
    before = _BEFORE.search(data, max(0, found.start() - 90), found.start())
    return before is not None and _NO_MODEL.search(before[0] + found[0]) is None


@lru_cache(maxsize=8)
def filter_of(calls: Calls) -> Filter:
    """Give the filter of these rules."""
    return Filter(calls)


def _pieces(data: bytes, inside: Callable[[int], bool]) -> Iterator[bytes]:
    """Cut a source before every top-level statement; decorators stay with what they decorate."""
    begin = 0
    decorated = data[:1] == b"@"
    for newline in _START.finditer(data):
        at = newline.end()
        if inside(at) or _CLAUSE.match(data, at):
            continue
        if not decorated:
            yield data[begin:at]
            begin = at
        decorated = data[at : at + 1] == b"@"
    yield data[begin:]


def _undocumented(data: bytes) -> tuple[bytes, Callable[[int], bool]]:
    """Put `0` for every docstring and nothing for every comment on a line of its own. Also tell whether an offset lies
    inside another triple-quoted string; offsets are asked in rising order."""
    out: list[bytes] = []
    spans: list[tuple[int, int]] = []
    done = size = 0
    for begin, end in _quoted(data):
        line = data.rfind(b"\n", done, begin) + 1 if begin else 0
        out.append(piece := _COMMENT.sub(b"\n", data[done:begin]))
        size += len(piece)
        if data[line:begin].strip(b" \tr") == b"" and data[end : end + 1] in (b"\n", b"\r", b""):
            piece = b"0" + b"\n" * data.count(b"\n", begin, end)
        else:
            piece = data[begin:end]
            spans.append((size, size + len(piece)))
        out.append(piece)
        size += len(piece)
        done = end
    out.append(_COMMENT.sub(b"\n", data[done:]))
    spans.reverse()

    def inside(offset: int) -> bool:
        while spans and spans[-1][1] <= offset:
            spans.pop()
        return bool(spans) and spans[-1][0] < offset

    return b"".join(out), inside


def documented(data: bytes) -> dict[int, bytes]:
    """Give the lines of comments and docstrings that may name a model, by their numbers from 1."""
    data = data.removeprefix(_MARK)
    hints = sorted(hint.start() for kind in _HINTS for hint in kind.finditer(data))
    if not hints:
        return {}
    docs = [(b, e) for b, e in _quoted(data) if data[data.rfind(b"\n", 0, b) + 1 : b].strip(b" \tr") == b""]
    docs.reverse()
    lines: dict[int, bytes] = {}
    row = at = 0
    for begin in hints:
        while docs and docs[-1][1] <= begin:
            docs.pop()
        line = data.rfind(b"\n", max(0, begin - MAX_LINE), begin) + 1
        if (
            (docs and docs[-1][0] < begin)
            or (line and _REMARK.match(data, line))
            or _TRAILING.search(data, line or max(0, begin - MAX_LINE), begin)
        ):
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
    double, single = data.find(_DOUBLE), data.find(_SINGLE)
    while double >= 0 or single >= 0:
        quotes, begin = (_DOUBLE, double) if single < 0 or 0 <= double < single else (_SINGLE, single)
        end = data.find(quotes, begin + 3)
        while end > 0 and data[end - 1 : end] == b"\\" and data[end - 2 : end] != b"\\\\":
            end = data.find(quotes, end + 1)
        end = len(data) if end < 0 else end + 3
        yield begin, end
        double = double if double >= end or double < 0 else data.find(_DOUBLE, end)
        single = single if single >= end or single < 0 else data.find(_SINGLE, end)
