"""JavaScript and TypeScript: calls of known libraries, settings by their names, tables of models, `<option>` elements.

The grammar is tree-sitter's; the walk goes down once and carries along what a string would be there: an argument, the
value of a key, one side of a comparison.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from freehold.detect.calls import Call, Calls, Key
from freehold.detect.found import Found
from freehold.detect.names import Sure, identify
from freehold.detect.notes import Notes
from freehold.source import Source
from freehold.types import Role

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_TYPED = (".ts", ".mts", ".cts")
_EMBEDDED = (".vue", ".svelte", ".astro", ".html", ".htm")
_ENDINGS = (*_TYPED, *_EMBEDDED, ".js", ".jsx", ".tsx", ".mjs", ".cjs")
#: Larger files, and those with longer lines, were made by a program.
MAX_BYTES = 500_000
MAX_LINE = 20_000
MAX_DEPTH = 400

_DELIVERED = re.compile(r"https?://[\w.-]+/(?:npm/|gh/)?((?:@[\w.-]+/)?[\w.-]+)")
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>|\A---\r?\n(.*?)\r?\n---", re.DOTALL | re.IGNORECASE)
#: These hand on what they are: `(x)`, `x as T`, `await x`, `...x`, `{x}` in JSX, a list.
_THROUGH = frozenset(
    (
        *(
            "parenthesized_expression",
            "as_expression",
            "satisfies_expression",
            "non_null_expression",
            "await_expression",
        ),
        *("spread_element", "jsx_expression", "array", "sequence_expression", "type_assertion"),
    )
)
#: What gives a name a value: the fields that hold either.
_NAMED = {
    **dict.fromkeys(("variable_declarator", "public_field_definition", "enum_assignment"), ("name", "value")),
    **dict.fromkeys(("required_parameter", "optional_parameter"), ("pattern", "value")),
    **dict.fromkeys(("assignment_pattern", "object_assignment_pattern", "assignment_expression"), ("left", "right")),
    "field_definition": ("property", "value"),
}
#: Tables about models rather than of models.
_ABOUT = re.compile(
    r"price|pricing|cost|context|limit|tokens?$|window|dimension|encod|capabilit|label|icon|color",
    re.IGNORECASE,
)
_TESTING = frozenset(("describe", "it", "test", "expect", "beforeEach", "vi", "jest"))


@dataclass(frozen=True, slots=True)
class Held:
    """What a string here would be: the value of a name, perhaps an argument of a call."""

    name: str = ""
    around: tuple[str, ...] = ()
    call: Call | None = None
    takes: bool = False  # the call selects its model by this argument
    table: bool = False  # the string is a key of a table of this name
    compared: bool = False
    pin: str | None = None


Text: TypeAlias = tuple[str, int]  # what is written, byte offset


def wants(source: Source) -> bool:
    """By its ending; what was minified is no source."""
    name = source.name.lower()
    return name.endswith(_ENDINGS) and not name.endswith((".min.js", ".d.ts", ".min.mjs", ".bundle.js"))


def find(source: Source, calls: Calls) -> Found:
    """Give what a file, or the scripts in it, say."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    if len(source.data) > MAX_BYTES or any(len(line) > MAX_LINE for line in source.lines):
        notes.problem("too large, or made by a program: not read as JavaScript", "exclude it")
        return notes.found()
    if source.name.lower().endswith(_EMBEDDED):
        for script in _SCRIPT.finditer(source.text):
            group = 1 if script[1] is not None else 2
            _Reader(notes, script[group], script.start(group), True).read()
    else:
        _Reader(notes, source.text, 0, source.name.lower().endswith(_TYPED)).read()
    return notes.found()


@cache
def _parser(typed: bool) -> Parser:
    """The grammars are only loaded for projects that have such files; JavaScript is a part of TSX."""
    import tree_sitter
    import tree_sitter_typescript as grammars

    grammar = grammars.language_typescript() if typed else grammars.language_tsx()
    return tree_sitter.Parser(tree_sitter.Language(grammar))


class _Reader:
    def __init__(self, notes: Notes, text: str, at: int, typed: bool) -> None:
        self.notes = notes
        self.text = text
        self.begin = at
        self.data = text.encode()
        self.root = _parser(typed).parse(self.data).root_node
        self.origin: dict[str, str] = {}  # local name -> dotted origin
        self.held: dict[str, list[Text]] = {}  # declared name -> the strings it may be
        self.selected: dict[str, Call] = {}  # names that a known call takes its model from
        self.told: set[int] = set()
        self.loose: list[Text] = []

    def read(self) -> None:
        """Names first, because they are used above their declaration; then everything; then what names hold."""
        self._walk(self._declare)
        self._walk(self._visit)
        for name, call in self.selected.items():
            for text, at in self.held.get(name, ()):
                self._tell(text, at, _as_key(call), "constant")
        for text, at in self.loose:
            found = identify(text) if at not in self.told else None
            if found is not None and found.sure is Sure.KNOWN:
                mention = self.notes.role is Role.MENTION or "://" in text
                reason = "nothing in this file says that it is loaded"
                role = Role.MENTION if mention else Role.CANDIDATE
                self.notes.add(found, text, self._place(at), "string", role, reason=reason)

    def _walk(self, visit: Any) -> None:
        stack: list[tuple[Node, Held | None, int]] = [(self.root, None, 0)]
        while stack:
            node, held, depth = stack.pop()
            if depth < MAX_DEPTH:
                # Backwards on the stack, forwards in the file: names are used below their import.
                stack += [(child, context, depth + 1) for child, context in reversed(visit(node, held))]

    # ── names ─────────────────────────────────────────────────────────────────

    def _declare(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        if node.type == "import_statement":
            module = self._string(node.child_by_field_name("source"))
            for clause in node.named_children if module is not None else ():
                for part in clause.named_children if clause.type == "import_clause" else ():
                    self._import(part, _package(module[0]) if module is not None else "")
            return []
        if node.type == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                self._bind(name, value)
        return [(child, None) for child in node.named_children]

    def _import(self, part: Node, module: str) -> None:
        if part.type == "identifier":  # `import OpenAI from "openai"`
            self.origin[_text(part)] = f"{module}.{_text(part)}"
        elif part.type == "namespace_import":
            self.origin[_text(part.named_children[-1])] = module
        for name in part.named_children if part.type == "named_imports" else ():
            words = [_text(n) for n in name.named_children]
            if words:
                self.origin[words[-1]] = f"{module}.{words[0]}"

    def _bind(self, name: Node, value: Node) -> None:
        """`const client = new OpenAI()`, `const { pipeline } = await import("…")`."""
        while value.type in ("await_expression", "as_expression", "parenthesized_expression") and value.named_children:
            value = value.named_children[0]
        if value.type not in ("call_expression", "new_expression"):
            return
        callee = value.child_by_field_name("function") or value.child_by_field_name("constructor")
        if callee is None:
            return
        # What a function gives is not the function: `createOpenAI()("gpt-4o")` is a rule of its own.
        made: str | None = self._dotted(callee) + ("()" if value.type == "call_expression" else "")
        if _text(callee) in ("require", "import"):
            arguments = value.child_by_field_name("arguments")
            module = self._string(arguments.named_children[0]) if arguments and arguments.named_children else None
            made = _package(module[0]) if module is not None else None
        if made is not None and name.type == "identifier":
            self.origin[_text(name)] = made
        for inner in name.named_children if made is not None and name.type == "object_pattern" else ():
            words = [_text(n) for n in inner.named_children] or [_text(inner)]
            self.origin[words[-1]] = f"{made}.{words[0]}"

    def _dotted(self, node: Node) -> str:
        """The callee after imports and constructors: `client.chat` is `openai.OpenAI.chat`."""
        parts: list[str] = []
        steps = 0
        while node.type in (
            "member_expression",
            "call_expression",
            "new_expression",
            "parenthesized_expression",
            "await_expression",
        ):
            if node.type == "member_expression":
                parts.append(_text(node.child_by_field_name("property")))
                inner = node.child_by_field_name("object")
            elif node.type in ("parenthesized_expression", "await_expression"):
                inner = node.named_children[0] if node.named_children else None
            else:
                if node.type == "call_expression":
                    parts.append("()")
                inner = node.child_by_field_name("function") or node.child_by_field_name("constructor")
            steps += 1
            if inner is None or steps > 40:
                return "?"
            node = inner
        first = _text(node) if node.type in ("identifier", "this", "super") else "?"
        return ".".join([self.origin.get(first, first), *reversed(parts)]).replace(".()", "()")

    # ── strings ───────────────────────────────────────────────────────────────

    def _visit(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        kind = node.type
        if kind in ("string", "template_string"):
            self._judge(node, held)
            return [(c, None) for c in node.named_children if c.type == "template_substitution"]
        if kind == "import_statement" or kind == "comment":
            return []
        if kind in ("call_expression", "new_expression"):
            return self._call(node, held)
        if kind in _NAMED:
            name, value = (node.child_by_field_name(f) for f in _NAMED[kind])
            others = [(c, None) for c in node.named_children if c not in (name, value)]
            return [*others, *([(value, Held(name=_last(name)))] if value is not None else [])]
        if kind == "pair":
            return self._pair(node, held)
        if kind == "ternary_expression":
            condition = node.child_by_field_name("condition")
            return [(c, None if c == condition else held) for c in node.named_children]
        if kind == "binary_expression":
            operator = _text(node.child_by_field_name("operator"))
            inner = held if operator in ("??", "||") else Held(compared=True) if "=" in operator else None
            return [(c, inner) for c in node.named_children]
        if kind in ("switch_case", "literal_type"):
            value = node.child_by_field_name("value")
            return [(c, Held(compared=True) if c == value or value is None else None) for c in node.named_children]
        if kind == "jsx_attribute":
            return [(c, Held(name=_text(node.named_children[0]))) for c in node.named_children[1:]]
        keep = kind in _THROUGH or kind == "object"
        if kind == "identifier" and held is not None and held.takes and held.call is not None:
            self.selected.setdefault(_text(node), held.call)
        return [(c, held if keep else None) for c in node.named_children]

    def _call(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        arguments = node.child_by_field_name("arguments")
        if callee is None or arguments is None:
            return [(c, None) for c in node.named_children]
        dotted = self._dotted(callee)
        if dotted in ("require", "import") or dotted.split(".")[0] in _TESTING:
            return [(c, None) for c in arguments.named_children if dotted not in ("require", "import")]
        call = (
            self.notes.calls.call(dotted, "javascript") if "?" not in dotted.split(".")[:1] or "." in dotted else None
        )
        pin = self._pin(call, arguments)
        # `defaultModel.trim()`, `process.env.X`: a method of a string hands nothing on; `getModel("x")` may.
        contexts: list[tuple[Node, Held | None]] = [(callee, None)] if callee.type != "identifier" else []
        for position, argument in enumerate(a for a in arguments.named_children if a.type != "comment"):
            inner = Held(call=call, takes=position in call.argument, pin=pin) if call is not None else None
            contexts.append((argument, inner))
        return contexts

    def _pin(self, call: Call | None, arguments: Node) -> str | None:
        """The revision in an object among the arguments."""
        for argument in arguments.named_children if call is not None and call.revision else ():
            for pair in argument.named_children if argument.type == "object" else ():
                if pair.type == "pair" and call is not None and _last(pair.child_by_field_name("key")) in call.revision:
                    value = self._string(pair.child_by_field_name("value"))
                    return value[0] if value is not None else None
        return None

    def _pair(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        name = _last(key)
        call = held.call if held is not None and not held.name else None
        around = (*held.around, held.name) if held is not None else ()
        takes = call is not None and name in call.argument
        inner = Held(name=name, around=around, call=call, takes=takes, pin=held.pin if held is not None else None)
        contexts: list[tuple[Node, Held | None]] = [(value, inner)] if value is not None else []
        if key is not None and key.type == "string" and held is not None:
            contexts.append((key, replace(held, table=True)))
        return contexts

    def _judge(self, node: Node, held: Held | None) -> None:
        found = self._string(node)
        if found is None:
            return
        text, at = found
        if held is None:
            self.loose.append(found)
            return
        if held.compared:
            self._known(text, at, "compared")
        elif held.takes and held.call is not None:
            self._tell(text, at, _as_key(held.call), "call", held.pin, held.call)
        elif held.table or any(_ABOUT.search(n) for n in (*held.around, held.name)):
            outer = held.name or (held.around[-1] if held.around else "")
            rule = self.notes.calls.key(outer, "javascript")
            if rule is None or _ABOUT.search(outer) or not self._tell(text, at, replace(rule, telling=False), "table"):
                self._known(text, at, "table")
        else:
            self._setting(found, held)

    def _setting(self, found: Text, held: Held) -> None:
        text, at = found
        self.held.setdefault(held.name, []).append(found)
        names = [held.name, *(n for n in reversed(held.around) if n)]
        option = held.name in ("value", "id", "name", "default", "slug", "key")
        for name in names[:2] if option or not held.name else names[:1]:
            rule = self.notes.calls.key(name, "javascript", (), held.around)
            # A name in code is weaker than a key in a file of settings: `userModel: "admin"` is everyone's.
            if rule is not None and self._tell(text, at, replace(rule, telling=rule.ecosystem is not None), "constant"):
                return
        option_name = identify(text) if held.name == "value" else None
        if option_name is not None and option_name.sure is Sure.KNOWN:
            self.notes.add(option_name, text, self._place(at), "option", self.notes.role)
            self.told.add(at)
        self.loose.append(found)

    def _tell(self, text: str, at: int, rule: Key, how: str, pin: str | None = None, call: Call | None = None) -> bool:
        if at in self.told:
            return True
        if call is not None:
            text = call.names.get(text) or (call.prefix + text if call.prefix and "/" not in text else text)
        if self.notes.value(text, self._place(at), how, rule, revision=pin):
            self.told.add(at)
            return True
        return False

    def _known(self, text: str, at: int, how: str) -> None:
        """A comparison or a table of facts names a model and loads none."""
        name = identify(text)
        if name is not None and name.sure is Sure.KNOWN and at not in self.told:
            self.told.add(at)
            self.notes.add(name, text, self._place(at), how, Role.MENTION, reason="compared or described, not loaded")

    def _string(self, node: Node | None) -> Text | None:
        """The text of a literal; None for one with substitutions or escapes, or far too long to be a name."""
        if node is None or node.type not in ("string", "template_string") or node.end_byte - node.start_byte > 400:
            return None
        parts = node.named_children
        if len(parts) != 1 or parts[0].type != "string_fragment":
            return None
        return _text(parts[0]), parts[0].start_byte

    # ── places ────────────────────────────────────────────────────────────────

    @cached_property
    def _bytes(self) -> list[int] | None:
        """Where each character begins, in bytes; None where characters are bytes."""
        if self.text.isascii():
            return None
        at, starts = 0, []
        for character in self.text:
            starts.append(at)
            at += len(character.encode())
        return starts

    def _place(self, at: int) -> int:
        return self.begin + (at if self._bytes is None else bisect_right(self._bytes, at) - 1)


def _package(module: str) -> str:
    """The package behind a URL: pages import from a content delivery network."""
    found = _DELIVERED.match(module)
    return found[1] if found is not None else module.removeprefix("npm:").partition("@^")[0]


def _as_key(call: Call) -> Key:
    return Key(library=call.library, name="", where=(), ecosystem=call.ecosystem, kind=call.kind)


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def _last(node: Node | None) -> str:
    """The name that is assigned: `this.model` is `model`, `"model"` is `model`."""
    text = _text(node).strip("\"'`")
    return text.rpartition(".")[2] if len(text) <= 200 else ""
