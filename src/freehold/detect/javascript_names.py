"""Where the names in a JavaScript file come from: imports, constructors, destructuring. And the grammar itself."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query

Text: TypeAlias = tuple[str, int]  # what is written, byte offset

#: No name is longer, and no callee has more steps.
MAX_BYTES = 400
MAX_STEPS = 40

#: `f<T>` is a generic, `a<b` a comparison; an element does not follow a word.
_NESTING = re.compile(r"[(\[{)\]}]|</|/>|(?<![\w)\]])<(?=[A-Za-z>])")
_DELIVERED = re.compile(r"https?://[\w.-]+/(?:npm/|gh/)?((?:@[\w.-]+/)?[\w.-]+)")
_CALLS = ("call_expression", "new_expression")
_AROUND = ("parenthesized_expression", "await_expression")


def deepest(text: str, *, elements: bool) -> int:
    """Give how many brackets, or how many elements of JSX, stand open at once at most, taken roughly: those in strings
    and comments count too."""
    most = brackets = inside = 0
    for found in _NESTING.finditer(text):
        mark = found[0]
        if mark in "([{":
            brackets += 1
        elif mark in ")]}":
            brackets = max(brackets - 1, 0)
        elif elements:
            inside = max(inside - 1, 0) if mark in ("</", "/>") else inside + 1
        most = max(most, brackets, inside)
    return most


@cache
def grammar(typed: bool) -> tuple[Parser, Query]:
    """The grammars are only loaded for projects that have such files; JavaScript is a part of TSX."""
    import tree_sitter
    import tree_sitter_typescript as grammars

    language = tree_sitter.Language(grammars.language_typescript() if typed else grammars.language_tsx())
    names = tree_sitter.Query(language, "(import_statement) @import (variable_declarator) @name")
    return tree_sitter.Parser(language), names


class Names:
    """What the names of one file stand for, as dotted paths that begin with a package."""

    def __init__(self, root: Node, query: Query) -> None:
        """Read the imports, then the declarations in their order: one can be made with what was made above it."""
        import tree_sitter

        self.origin: dict[str, str] = {}
        found = tree_sitter.QueryCursor(query).captures(root)
        for node in found.get("import", ()):
            module = string(node.child_by_field_name("source"))
            for clause in node.named_children if module is not None else ():
                for part in clause.named_children if clause.type == "import_clause" else ():
                    self._import(part, _package(module[0]) if module is not None else "")
        for node in sorted(found.get("name", ()), key=lambda n: n.start_byte):
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                self._bind(name, value)

    def dotted(self, node: Node) -> str:
        """Give the callee after imports and constructors: `client.chat` is `openai.OpenAI.chat`."""
        parts: list[str] = []
        steps = 0
        while node.type in ("member_expression", *_CALLS, *_AROUND):
            inner: Node | None
            if node.type == "member_expression":
                parts.append(text(node.child_by_field_name("property")))
                inner = node.child_by_field_name("object")
            elif node.type in _AROUND:
                inner = node.named_children[0] if node.named_children else None
            else:
                if node.type == "call_expression":
                    parts.append("()")
                inner = callee(node)
            steps += 1
            if inner is None or steps > MAX_STEPS:
                return "?"
            node = inner
        first = text(node) if node.type in ("identifier", "this", "super") else "?"
        return ".".join([self.origin.get(first, first), *reversed(parts)]).replace(".()", "()")

    def _import(self, part: Node, module: str) -> None:
        if part.type == "identifier":  # `import OpenAI from "openai"`
            self.origin[text(part)] = f"{module}.{text(part)}"
        elif part.type == "namespace_import":
            self.origin[text(part.named_children[-1])] = module
        for name in part.named_children if part.type == "named_imports" else ():
            words = [text(n) for n in name.named_children]
            if words:
                self.origin[words[-1]] = f"{module}.{words[0]}"

    def _bind(self, name: Node, value: Node) -> None:
        """`const client = new OpenAI()`, `const { pipeline } = await import("…")`."""
        while value.type in (*_AROUND, "as_expression") and value.named_children:
            value = value.named_children[0]
        called = callee(value) if value.type in _CALLS else None
        if called is None:
            return
        # What a function gives is not the function: `createOpenAI()("gpt-4o")` is a rule of its own.
        made: str | None = self.dotted(called) + ("()" if value.type == "call_expression" else "")
        if text(called) in ("require", "import"):
            arguments = value.child_by_field_name("arguments")
            module = string(arguments.named_children[0]) if arguments and arguments.named_children else None
            made = _package(module[0]) if module is not None else None
        if made is not None and name.type == "identifier":
            self.origin[text(name)] = made
        for inner in name.named_children if made is not None and name.type == "object_pattern" else ():
            words = [text(n) for n in inner.named_children] or [text(inner)]
            self.origin[words[-1]] = f"{made}.{words[0]}"


def callee(node: Node) -> Node | None:
    """Give what a call or a `new` calls."""
    return node.child_by_field_name("function") or node.child_by_field_name("constructor")


def text(node: Node | None) -> str:
    """Give the text of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def string(node: Node | None) -> Text | None:
    """Give the text of a literal; None for one with substitutions or escapes, or far too long to be a name."""
    if node is None or node.type not in ("string", "template_string") or node.end_byte - node.start_byte > MAX_BYTES:
        return None
    parts = node.named_children
    if len(parts) != 1 or parts[0].type != "string_fragment":
        return None
    return text(parts[0]), parts[0].start_byte


def _package(module: str) -> str:
    """The package behind a URL: pages import from a content delivery network."""
    found = _DELIVERED.match(module)
    return found[1] if found is not None else module.removeprefix("npm:").partition("@^")[0]
