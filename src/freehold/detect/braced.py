"""Reading Terraform, Bicep, Nix and BAML into a tree with places (see `nodes`), as far as braces and quotes tell.

Expressions are not understood: the texts, lists and tables within one are its value, whatever joins them. What a text
is only compared with is no value. Nothing is refused but what is too much.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from freehold.detect.nodes import MAX_DEPTH, MAX_NODES, NOTHING, Listing, Node, NoTree, Scalar, Table
from freehold.source import Source

# What nobody closes ends with the line, or with the text: nothing is looked at twice.
_DOUBLE = (
    r'"(?P<double>(?:[^"\\$%s]|\\[^\n]?+|\$\{(?:[^{}"\n]|"[^"\n]{0,200}"|\{[^{}\n]{0,200}\}){0,300}\}|\$)*+)'
    r'(?:"|(?=\n)|\Z)'
)
_HEREDOC = r"(?P<heredoc><<[-~]?[ \t]*[\"']?(?P<mark>\w+)[\"']?[ \t]*\r?\n)"
_BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_REST = (
    r"(?P<compare>[=!]=)|(?P<arrow>[=<>]>|[<>]=)|(?P<set>[=:])|(?P<ask>\?)|(?P<end>[,;])"
    # An expression may go on behind the line: `? "a"`, `: "b"`.
    r"|(?P<open>[\[{(])|(?P<close>[\]})])|(?P<line>\n(?![ \t]*[?:]))|(?P<word>[A-Za-z_@][\w.@-]*+)"
)
_TOKENS = {
    kind: re.compile("|".join(parts), re.DOTALL)
    for kind, parts in {
        "hcl": (rf"(?P<comment>(?:#|//)[^\n]*|{_BLOCK})", _DOUBLE % r"\n", _HEREDOC, _REST),
        "bicep": (
            rf"(?P<comment>(?:#|//)[^\n]*|{_BLOCK})",
            r"'''(?P<long>(?:[^']|'(?!''))*+)(?:'''|\Z)",
            r"'(?P<single>(?:[^'\\\n]|\\[^\n]?+)*+)(?:'|(?=\n)|\Z)",
            _REST,
        ),
        "baml": (
            r"(?P<comment>//[^\n]*)",
            r"#+\"(?P<long>(?:[^\"]|\"(?!#))*+)(?:\"#+|\Z)",
            _DOUBLE % r"\n",
            _REST,
        ),
        "nix": (
            rf"(?P<comment>#[^\n]*|{_BLOCK})",
            r"''(?P<long>(?:[^']|'(?!')|''['$\\])*+)(?:''|\Z)",
            _DOUBLE % "",
            _REST,
        ),
    }.items()
}
_INDEXED = re.compile(r"[\w\])]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
#: Words of Terraform and Bicep before what is made, of a type; and before what is only named.
_MADE = ("resource", "data", "module", "variable")
_NAMED = ("param", "var", "output")


@dataclass(slots=True)
class _Frame:
    """What stands between an opening brace and where the reader is."""

    brace: str
    at: int
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)  # of a list, or of the value that is being read
    header: list[tuple[Scalar, bool]] = field(default_factory=list)  # words before it, and whether they were quoted
    key: Scalar | None = None  # of the value that is being read
    subscript: bool = False  # what stands in it only says which


def read(source: Source, kind: str) -> Table:
    """Read a file: `hcl`, `bicep`, `nix` or `baml`. Raises NoTree if there is too much of it, or too deep."""
    return _Braced(source, kind).table()


class _Braced:
    def __init__(self, source: Source, kind: str) -> None:
        self.source = source
        self.text = source.text
        self.kind = kind
        self.frames = [_Frame("{", 0)]
        self.compared = False
        self.made = 0
        self.allowed: list[Node] = []  # what Bicep's `@allowed([…])` offers for the parameter below it

    def table(self) -> Table:
        """Take the text apart from its beginning to its end; what is open then ends there."""
        at, tokens = 0, _TOKENS[self.kind]
        while (found := tokens.search(self.text, at)) is not None:
            at = self.token(found)
        while len(self.frames) > 1:
            self.close()
        self.finish(self.frames[0])
        return Table(tuple(self.frames[0].entries), 0)

    def token(self, found: re.Match[str]) -> int:
        """Take one token; give where the next may begin."""
        kind, frame, end = found.lastgroup, self.frames[-1], found.end()
        if kind == "heredoc":
            stop = re.compile(rf"^[ \t]*{found['mark']}\b", re.MULTILINE).search(self.text, end)
            begin, until = end, len(self.text) if stop is None else stop.start()
            end = until if stop is None else stop.end()
            self.string(self.text[begin:until], begin)
        elif kind in ("double", "single", "long"):
            self.string(found[kind], found.start(kind))
        elif kind == "open":
            self.open(found[0], found.start())
        elif kind == "close":
            if any(f.brace == _CLOSES[found[0]] for f in self.frames[1:]):
                while self.close() != _CLOSES[found[0]]:
                    pass
        elif kind == "compare" and frame.nodes and isinstance(frame.nodes[-1], Scalar):
            frame.nodes.pop()
        elif frame.brace == "{" and frame.key is None and kind == "word":
            frame.header.append((Scalar(found[0], found.start()), False))
        elif frame.brace == "{" and frame.key is None and kind == "set" and (found[0] == "=" or self.kind != "nix"):
            frame.key = self.name(frame)
        elif kind == "end" or (kind == "line" and self.kind != "nix"):
            self.finish(frame)
        self.compared = kind == "compare"
        return end

    def string(self, text: str, at: int) -> None:
        frame, scalar = self.frames[-1], Scalar(text, at)
        self.count()
        if frame.brace == "{" and frame.key is None:
            frame.header.append((scalar, True))
        elif not self.compared:
            frame.nodes.append(scalar)

    def count(self) -> None:
        """Bound what is made."""
        self.made += 1
        if self.made > MAX_NODES:
            raise NoTree(f"more than {MAX_NODES} nodes")

    def open(self, brace: str, at: int) -> None:
        self.count()
        if len(self.frames) > MAX_DEPTH:
            raise NoTree("nested too deeply", self.source.at(at).line)
        frame = self.frames[-1]
        if brace == "{" and frame.brace == "{" and frame.key is None and self.kind != "nix":
            frame.key = self.name(frame)  # `model {`, `resource "type" "name" {`
        subscript = brace == "[" and self.kind != "nix" and at > 0 and _INDEXED.match(self.text, at - 1) is not None
        self.frames.append(_Frame(brace, at, subscript=subscript))

    def close(self) -> str:
        """Close what was opened last; what it holds goes to what is around it."""
        inner = self.frames.pop()
        frame = self.frames[-1]
        self.finish(inner)
        nodes = inner.nodes
        if inner.brace == "{":
            nodes = [Table(tuple(inner.entries), inner.at)]
        elif inner.brace == "[":
            nodes = [Listing(tuple(inner.nodes), inner.at)]
        if inner.subscript:
            pass
        elif frame.brace != "{" or frame.key is not None:
            frame.nodes += nodes
        elif inner.brace == "{":
            frame.entries += inner.entries  # `let … in { … }`
        elif frame.header and frame.header[-1][0].text == "@allowed":
            self.allowed = nodes
        return inner.brace

    def finish(self, frame: _Frame) -> None:
        """A value ends here."""
        if frame.brace != "{":
            return
        if self.allowed and frame.header and frame.header[0][0].text == "param":
            frame.key, frame.nodes = self.name(frame), [*frame.nodes, *self.allowed]
            self.allowed = []
        if frame.key is not None:
            for node in frame.nodes or [NOTHING]:
                frame.entries.append(self.entry(frame.key, node))
            frame.nodes = []
        elif self.kind == "baml" and len(frame.header) == 2:  # `model "name"`, `client "provider/name"`
            (key, _), (value, quoted) = frame.header
            frame.entries.append((Scalar("model", key.at) if quoted and key.text == "client" else key, value))
        frame.key = None
        frame.header.clear()

    def entry(self, key: Scalar, node: Node) -> tuple[Scalar, Node]:
        """Nix writes `services.ollama.enable = …` for tables within tables."""
        if self.kind == "nix" and "." in (key.text or ""):
            *outer, last = (key.text or "").split(".")[:MAX_DEPTH]
            node, key = Table(((Scalar(last, key.at), node),), key.at), Scalar(outer[0], key.at)
            for name in reversed(outer[1:]):
                node = Table(((Scalar(name, key.at), node),), key.at)
        return key, node

    def name(self, frame: _Frame) -> Scalar:
        """What stands before a value or a brace says what it is called: its type, its name, its last word."""
        header = frame.header
        first = header[0][0].text if header and not header[0][1] else ""
        quoted = next((scalar for scalar, in_quotes in header if in_quotes), None)
        if first in _MADE and quoted is not None:
            return quoted
        if first in _NAMED and len(header) > 1:
            return header[1][0]
        return header[-1][0] if header else Scalar("", frame.at)
