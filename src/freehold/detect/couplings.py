"""Which parts of the project work with one family of models, or with one vendor's client, only?

Not a detector: it is asked for, because it reads every file once more. Python and notebooks are parsed; configuration,
scripts, templates and JavaScript are searched as text with their comments left out. Prose is not read, nor are the
files of a checkpoint, which belong to the model itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from freehold.detect import notebook, python_couplings
from freehold.detect.calls import Calls
from freehold.detect.found import Found, Imports
from freehold.detect.markers import Marks, marks_of
from freehold.detect.python import REFUSED, complaint
from freehold.detect.python_couplings import Seen
from freehold.source import Source
from freehold.types import Coupling, Location

#: More in one file is a table of tokens, which nobody works through by hand.
MAX_PLACES = 2_000

MAX_IMPORTS = 5_000

_SETTINGS = re.compile(
    r"\.(?:ya?ml|json|toml|ini|cfg|conf|sh|bash|env)\Z|(?:\A|/)(?:\.env[^/]*|Dockerfile[^/]*|Modelfile[^/]*)\Z"
)
_JAVASCRIPT = re.compile(r"\.[cm]?[jt]sx?\Z")
_TEMPLATE = re.compile(r"\.(?:jinja2?|j2|tmpl|gotmpl|prompt|mustache|hbs)\Z|prompt[^/]*\.txt\Z|template[^/]*\.txt\Z")
#: What a checkpoint brings along, and tables that tools write.
_NOT_WRITTEN = re.compile(
    r"(?:\A|/)(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|config|generation_config|"
    r"preprocessor_config|processor_config|model\.safetensors\.index|package-lock)\.json\Z"
)
_HASH = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
_BLOCK = ("/*", "*/")
_BRACES = (("{#", "#}"), ("{{/*", "*/}}"), ("{{!--", "--}}"))
_SLASHES = re.compile(r"(?:^|(?<=[\s;{}(),]))//[^\n]*", re.MULTILINE)
_LETTER = re.compile(r"[^\r\n]")
_NUMBER = re.compile(r"""^[ \t]*["']?([\w.-]{1,80})["']?\s*[:=]\s*\[?([\d,_ \t]{3,200})""", re.MULTILINE)
_DIGITS = re.compile(r"(?<![\d_])\d+(?![\d_])")
#: Imports at the beginning of a line: enough to know which file of the project uses which.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]{0,4000}\)|[^\n#]{1,4000})"
    rb"|import[ \t]+([^\n#]{1,2000}))",
    re.MULTILINE,
)


def find(source: Source, calls: Calls) -> Found:
    """Give the couplings of one file, sorted by place; of Python and JavaScript also what it imports."""
    marks, path = marks_of(calls), source.path
    python, sheet = path.endswith((".py", ".pyw")), path.endswith(".ipynb")
    names = _imports(source.data) if python else _scripts(source, marks) if _JAVASCRIPT.search(path) else None
    clues = () if names is None else (Imports(path=path, names=tuple(dict.fromkeys(islice(names, MAX_IMPORTS)))),)
    if _NOT_WRITTEN.search(path) or not marks.may_be_in(source.data):
        return Found(clues=clues)
    try:
        if sheet:
            return _told(source, _cells(source, marks), clues)
        if python:
            return _told(source, _placed(source, python_couplings.read(source, marks)), clues)
    except REFUSED as error:
        why = f"not Python that can be parsed: {complaint(error)}"  # in the words of the detector: it is told once
        return Found(clues=clues, problems=(source.problem(why, line=getattr(error, "lineno", None) or 1),))
    return _told(source, _placed(source, _in_text(source, marks)), clues)


def _told(source: Source, couplings: Iterator[Coupling], clues: tuple[Imports, ...]) -> Found:
    """One coupling for each text in a line, however often it stands there."""
    first: dict[tuple[int, str, str], Coupling] = {}
    for coupling in couplings:
        key = (coupling.location.line, coupling.kind, coupling.text)
        if key not in first or coupling.location < first[key].location:
            first[key] = coupling
    told = sorted(first.values(), key=lambda c: (c.location.line, c.location.column, c.kind, c.text))
    if len(told) <= MAX_PLACES:
        return Found(couplings=tuple(told), clues=clues)
    problem = source.problem(f"{len(told)} couplings in one file; only the first {MAX_PLACES} are listed")
    return Found(couplings=tuple(told[:MAX_PLACES]), clues=clues, problems=(problem,))


def _placed(source: Source, seen: Iterator[Seen]) -> Iterator[Coupling]:
    for kind, text, family, offset in seen:
        at = source.at(offset)
        yield Coupling(
            kind=kind, text=text, family=family, location=at, scope=source.scope, snippet=source.line(at.line)
        )


def _cells(source: Source, marks: Marks) -> Iterator[Coupling]:
    code = notebook.code(source)
    if code is None:
        return
    inside, place, snippet = code
    for kind, text, family, offset in python_couplings.read(inside, marks):
        at = inside.at(offset)
        line, column, cell = place(at.line, at.column, text)
        location = Location(path=source.path, line=line, column=column, cell=cell)
        yield Coupling(
            kind=kind, text=text, family=family, location=location, scope=source.scope, snippet=snippet(at.line)
        )


def _in_text(source: Source, marks: Marks) -> Iterator[Seen]:
    if _JAVASCRIPT.search(source.path):
        text = _SLASHES.sub(_blank, _without(source.text, *_BLOCK))
        yield from _packages(text, marks)
    elif _SETTINGS.search(source.path):
        text = source.text if source.path.endswith(".json") else _HASH.sub(_blank, source.text)
        yield from _settings(text, marks)
    elif _TEMPLATE.search(source.path):
        text = source.text
        for pair in _BRACES:
            text = _without(text, *pair)
    else:
        return
    for found in marks.chat.finditer(text):
        yield "chat-marker", found[0], marks.chats[found[0]], found.start()
    for found in marks.class_in_text.finditer(text):
        family = marks.class_family(found[0], sure=True)
        if family is not None:
            yield "class", found[0], family, found.start()


def _packages(text: str, marks: Marks) -> Iterator[Seen]:
    found = list(marks.javascript_import.finditer(text))
    if not any(marks.portable(m[1]) for m in found):
        for match in found:
            family = marks.client(match[1])
            if family is not None:
                yield "sdk", match[1], family, match.start(1)


def _settings(text: str, marks: Marks) -> Iterator[Seen]:
    for match in _NUMBER.finditer(text):
        for digits in _DIGITS.finditer(match[2]):
            for kind, family in marks.numbers(match[1], digits[0]):
                yield kind, digits[0], family, match.start(2) + digits.start()


def _without(text: str, begin: str, end: str) -> str:
    """Blank what stands between; what is never closed is no comment. In one pass, however often it is opened."""
    parts, at = [], 0
    while (opened := text.find(begin, at)) >= 0 and (closed := text.find(end, opened + len(begin))) >= 0:
        parts += [text[at:opened], _LETTER.sub(" ", text[opened : closed + len(end)])]
        at = closed + len(end)
    return "".join((*parts, text[at:]))


def _blank(found: re.Match[str]) -> str:
    """Lines and columns stay where they are."""
    return _LETTER.sub(" ", found[0])


def _imports(data: bytes) -> Iterator[str]:
    """Dotted names, with their leading dots; for `from a import b` both `a.b` and, where that is no module, `a`."""
    for match in _IMPORT.finditer(data):
        module, names, modules = (part.decode("utf-8", "replace") if part else "" for part in match.groups())
        for name in re.split(r"[,()\s]+", names):
            if name.isidentifier() and name != "as":
                yield f"{module}{'' if module.endswith('.') else '.'}{name}"
        for name in modules.split(","):
            if name.split():
                yield name.split()[0]


def _scripts(source: Source, marks: Marks) -> Iterator[str]:
    """The project's own files that a script imports: `./llm`."""
    if b'"./' in source.data or b"'./" in source.data or b"../" in source.data:
        yield from (m[1] for m in marks.javascript_import.finditer(source.text) if m[1].startswith(("./", "../")))
