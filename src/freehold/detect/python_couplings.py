"""Couplings in Python: what strings, imports and named numbers tie to one family; comments and docstrings do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeAlias

from freehold.detect.markers import LEAST_CONTEXT, Marks
from freehold.source import Source, syntax_tree
from freehold.types import CouplingKind

#: Kind, text, family, offset into the text of the source.
Seen: TypeAlias = tuple[CouplingKind, str, str, int]

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_TELLING = (
    *(ast.Constant, ast.Import, ast.ImportFrom, ast.Attribute, ast.Assign, ast.AnnAssign, ast.keyword, ast.arguments),
    *(ast.Dict, ast.Compare, ast.Call),
)
_LEAVES = (ast.Name, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_NUMBERS = (ast.Constant, ast.List, ast.Tuple, ast.Set)


def read(source: Source, marks: Marks) -> Iterator[Seen]:
    """Give the couplings of a Python source, in no order. Raises what the parser raises for a hostile file."""
    yield from _Reader(source, marks).read(syntax_tree(source.data))


class _Reader:
    """One walk over one tree."""

    def __init__(self, source: Source, marks: Marks) -> None:
        self.source = source
        self.marks = marks
        self.modules: set[str] = set()  # names bound to a module that model-specific classes come from
        self.imports: list[tuple[ast.stmt, str]] = []

    def read(self, tree: ast.Module) -> Iterator[Seen]:
        silent: set[int] = set()
        nodes: list[ast.AST] = []
        for node in _walk(tree):
            if isinstance(node, _DOCUMENTED):
                silent |= {id(s.value) for s in node.body[:1] if isinstance(s, ast.Expr)}
            elif isinstance(node, _TELLING):
                nodes.append(node)
                self._bind(node)
        yield from self._clients()
        for node in nodes:
            if isinstance(node, ast.Constant):
                if isinstance(node.value, str) and id(node) not in silent:
                    yield from self._string(node, node.value)
            elif isinstance(node, ast.ImportFrom):
                yield from self._classes(node)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            else:
                yield from self._values(node)

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.imports.append((node, alias.name))
                root = alias.name.partition(".")[0]
                if root in self.marks.class_modules:
                    self.modules.add(alias.asname or root)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            self.imports += ((node, f"{node.module}.{alias.name}") for alias in node.names)

    def _clients(self) -> Iterator[Seen]:
        """Imports of vendors' clients; none where a client for many vendors stands in the same module."""
        if any(self.marks.portable(name) for _, name in self.imports):
            return
        seen: set[tuple[int, str]] = set()
        for node, name in self.imports:
            family = self.marks.client(name)
            if family is not None and (id(node), family) not in seen:
                seen.add((id(node), family))
                client = next(c for c in self.marks.clients if name == c or name.startswith(f"{c}."))
                yield "sdk", client, family, self._at(node, client.rpartition(".")[2])

    def _classes(self, node: ast.ImportFrom) -> Iterator[Seen]:
        if node.level or (node.module or "").partition(".")[0] not in self.marks.class_modules:
            return
        for alias in node.names:
            family = self.marks.class_family(alias.name, sure=False)
            if family is not None:
                yield "class", alias.name, family, self._at(alias)

    def _attribute(self, node: ast.Attribute) -> Iterator[Seen]:
        root: ast.expr = node.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self.modules:
            family = self.marks.class_family(node.attr, sure=False)
            if family is not None:
                yield "class", node.attr, family, self._at(node, node.attr)

    def _string(self, node: ast.Constant, text: str) -> Iterator[Seen]:
        family = self.marks.class_family(text, sure=True)
        if family is not None:
            yield "class", text, family, self._at(node, text)
        if self.marks.chat.search(text) is None:
            return
        begin, end = self._at(node), self._end(node)
        places = [(m[0], m.start()) for m in self.marks.chat.finditer(self.source.text, begin, end)]
        # Written with escapes, a marker is in the value and not in the text.
        for marker, at in places or [(m[0], begin) for m in self.marks.chat.finditer(text)]:
            yield "chat-marker", marker, self.marks.chats[marker], at

    def _values(self, node: ast.AST) -> Iterator[Seen]:
        """Numbers under a name that says what they are, and context sizes beside a model's name: in the same call, in
        the same dict, or as a table of them."""
        for key, value in _named(node):
            for number in _integers(value):
                for kind, family in self.marks.numbers(key, str(number.value)):
                    yield kind, str(number.value), family, self._at(number)
            if isinstance(value, ast.Dict) and self.marks.size(key, table=True):
                for model, size in zip(value.keys, value.values, strict=True):
                    yield from self._size(_text(model), size)
        if isinstance(node, ast.Call):
            entries = [(k.arg, k.value) for k in node.keywords if k.arg]
            yield from self._beside(entries, [*node.args[:2], *(value for _, value in entries)])
        elif isinstance(node, ast.Dict):
            pairs = list(_named(node))
            yield from self._beside(pairs, [value for _, value in pairs])

    def _beside(self, entries: list[tuple[str, ast.expr]], beside: list[ast.expr]) -> Iterator[Seen]:
        sizes = [value for key, value in entries if isinstance(value, _NUMBERS) and self.marks.size(key)]
        if sizes:
            model = next((text for value in beside if (text := _text(value)) and self.marks.of(text)), None)
            for value in sizes:
                yield from self._size(model, value)

    def _size(self, model: str | None, value: ast.expr) -> Iterator[Seen]:
        family = self.marks.of(model) if model else None
        if family is not None:
            for number in _integers(value):
                if isinstance(number.value, int) and number.value >= LEAST_CONTEXT:
                    yield "context-size", str(number.value), family, self._at(number)

    def _at(self, node: ast.stmt | ast.expr | ast.alias, text: str = "") -> int:
        """The offset of a node, or of this text in it."""
        begin = self._offset(node.lineno, node.col_offset)
        found = (
            re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.source.text[begin : self._end(node)]) if text else None
        )
        return begin + found.start() if found else begin

    def _end(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, line: int, octets: int) -> int:
        """Python counts columns in bytes."""
        lines = self.source.lines
        text = lines[line - 1] if line <= len(lines) else ""
        return self.source.offset(line, len(text.encode()[:octets].decode("utf-8", "replace")) + 1)


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but the leaves that tell nothing, without recursion; the order says nothing."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                stack += [v for v in value if isinstance(v, ast.AST) and not isinstance(v, _LEAVES)]
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                stack.append(value)


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What gives a value a name: an assignment, a keyword, a default, a key, a comparison."""
    if isinstance(node, ast.Assign):
        yield from ((name, node.value) for target in node.targets if (name := _name(target)))
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from ((name, node.value) for name in (_name(node.target),) if name)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.arguments):
        positional = (*node.posonlyargs, *node.args)
        yield from ((a.arg, d) for a, d in zip(reversed(positional), reversed(node.defaults), strict=False))
        yield from ((a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None)
    elif isinstance(node, ast.Dict):
        yield from ((key, v) for k, v in zip(node.keys, node.values, strict=True) if (key := _text(k)))
    elif isinstance(node, ast.Compare):
        yield from ((name, right) for name in (_name(node.left),) if name for right in node.comparators)


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _integers(node: ast.expr) -> Iterator[ast.Constant]:
    """A number, or the numbers of a list."""
    if isinstance(node, ast.Constant):
        if type(node.value) is int:
            yield node
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        yield from (e for e in node.elts if isinstance(e, ast.Constant) and type(e.value) is int)
