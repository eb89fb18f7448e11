"""JavaScript and TypeScript: settings by their names, tables of models, `<option>` elements, and what calls select.

The grammar is tree-sitter's; the walk goes down once and carries along what a string would be there: the value of a
key, one side of a comparison. What reaches the calls of known libraries, from whichever file, is found at the end, as
for Python; it says more than what a string looks like where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from freehold.detect.calls import Calls, Environment, Key, plain
from freehold.detect.found import Alias, Clue, Found, Module, Setting
from freehold.detect.javascript_expressions import FUNCTIONS
from freehold.detect.javascript_names import Text, callee, deepest, parser, string
from freehold.detect.javascript_names import text as text_of
from freehold.detect.javascript_project import compared_in, linked, named
from freehold.detect.javascript_read import read
from freehold.detect.names import Sure, identify, is_label, shapes
from freehold.detect.notes import SILENT, Notes
from freehold.detect.python import settled
from freehold.detect.python_project import Project
from freehold.detect.python_sinks import Sinks
from freehold.source import Source
from freehold.types import Location, Reference, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPED = (".ts", ".mts", ".cts")
_EMBEDDED = (".vue", ".svelte", ".astro", ".html", ".htm")
_ENDINGS = (*_TYPED, *_EMBEDDED, ".js", ".jsx", ".tsx", ".mjs", ".cjs")
#: Larger files, and those with longer lines, were made by a program.
MAX_BYTES = 500_000
MAX_LINE = 20_000
MAX_DEPTH = 400
#: tree-sitter's cost grows with the square of what stands open.
MAX_NESTING = 500

_SCRIPT = re.compile(r"<script\b[^>]{0,1000}>", re.IGNORECASE)
_VISIBLE = re.compile(r"[^\r\n]")
_FENCED = re.compile(r"\A---\r?\n")
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
    r"price|pricing|cost|context|limit|tokens?$|tiktok|window|dimension|encod|capabilit|label|icon|color",
    re.IGNORECASE,
)
_READ = re.compile(r"(?:process\.env|import\.meta\.env|Bun\.env)(?:!?\.|\??\.|\[[\"'])(\w{1,100})(?:[\"']\])?")
_TESTING = frozenset(("describe", "it", "test", "expect", "beforeEach", "vi", "jest"))


#: What only hands names on: constants and tables of texts, and modules that gather others.
_HANDS_ON = re.compile(
    r"\b(?:const|let|var|enum|static|readonly)\b[^=\n]{1,200}[={]\s*[\[{(]*\s*(?:\w+:\s*)?[\"'`]|"
    r"\bexport\s*(?:\*|\{[^}]{0,2000}\}\s*from)|\bexports\b[^=\n]{0,100}=|"
    r"\bexport\s+default\s*[\"'`]|(?:\?\?|\|\||\.default\(|default:)\s*[\"'`]"
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a string here would be: the value of a name."""

    name: str = ""
    around: tuple[str, ...] = ()
    table: bool = False  # the string is a key of a table of this name
    variable: str = ""  # the name of the environment without which it is this
    provider: str | None = None  # what stands beside it says who serves it
    compared: bool = False


def wants(source: Source) -> bool:
    """By its ending; what was minified is no source."""
    name = source.name.lower()
    return name.endswith(_ENDINGS) and not name.endswith((".min.js", ".d.ts", ".min.mjs", ".bundle.js"))


def find(source: Source, calls: Calls) -> Found:
    """Give what a file, or the scripts in it, say, and what it does with names."""
    notes = Notes(source, calls, Role.MENTION if source.scope == "test" else Role.LOAD)
    telling = _words(calls).search(source.text) is not None
    if not telling and _HANDS_ON.search(source.text) is None:
        return notes.found()
    if len(source.data) > MAX_BYTES or any(len(line) > MAX_LINE for line in source.lines):
        if telling:
            notes.problem("too large, or made by a program: not read as JavaScript", "exclude it")
        return notes.found()
    embedded = source.name.lower().endswith(_EMBEDDED)
    typed = embedded or source.name.lower().endswith(_TYPED)
    text = _scripts(source.text) if embedded else source.text
    if deepest(text, elements=not typed) > MAX_NESTING:
        notes.problem("nested too deeply")
        return notes.found()
    reader = _Reader(notes, text, typed)
    if telling:
        reader.read()
    facts = read(reader.root, reader.place) | {"scope": source.scope}
    facts["snippets"] = {str(line): source.line(line) for line in reader.lines}
    found = notes.found()
    module = Module(
        path=source.path, name=named(source.path), facts=facts, language="javascript", stated=found.references
    )
    return replace(found, references=(), clues=(*found.clues, module))


def link(clues: tuple[Clue, ...], calls: Calls) -> Found:
    """Follow names across the files of the project."""
    packages = frozenset(c.name.partition(".")[0] for c in calls.calls if c.language == "javascript")
    scripts = sorted((c for c in clues if isinstance(c, Module) and c.language == "javascript"), key=lambda m: m.path)
    modules = tuple(linked(scripts, (c for c in clues if isinstance(c, Alias)), packages))
    sinks = Sinks(Project(modules), calls, tuple(c for c in clues if isinstance(c, Setting)), "javascript")
    loads: dict[Location, list[Reference]] = {}
    for reference in sinks.references():
        loads.setdefault(reference.location, []).append(reference)
    facts = {module.path: module.facts for module in modules}
    found = [_dressed(r, facts) for here in loads.values() for r in settled(here)]
    compared = frozenset(compared_in(modules))
    stated = (
        replace(r, role=Role.MENTION, reason="only compared with") if r.location in compared else r
        for module in scripts
        for r in module.stated
        if r.location not in loads
    )
    return Found(references=(*found, *(r for r in stated if r.location not in sinks.others)))


def _dressed(reference: Reference, facts: dict[str, dict[str, Any]]) -> Reference:
    """With its line; what a test does is no load of the program."""
    own = facts.get(reference.location.path)
    if own is None:
        return reference
    snippet = own["snippets"].get(str(reference.location.line), "")
    role = Role.MENTION if own["scope"] == "test" else reference.role
    return replace(reference, snippet=snippet, scope=own["scope"], role=role)


def _scripts(text: str) -> str:
    """The scripts of a page or a component, and the part between `---` at the top of an Astro file, each where it
    stands: all else is blank."""
    parts: list[tuple[int, int]] = []
    at = 0
    if (fence := _FENCED.match(text)) is not None and (end := text.find("\n---", fence.end())) > 0:
        parts.append((fence.end(), end))
        at = end
    while (opened := _SCRIPT.search(text, at)) is not None:
        at = text.find("</script", opened.end())
        if at < 0:
            break
        parts.append((opened.end(), at))
    shown, last = [], 0
    for begin, end in parts:
        shown += [_VISIBLE.sub(" ", text[last:begin]), text[begin:end]]
        last = end
    return "".join([*shown, _VISIBLE.sub(" ", text[last:])])


@cache
def _words(calls: Calls) -> re.Pattern[str]:
    """What a file must hold somewhere to be worth parsing: a module of a known library, or part of a known name."""
    modules = {lib.id: lib.modules for lib in calls.libraries}
    words = {m for c in calls.calls if c.language == "javascript" for m in modules[c.library]}
    words |= {c.name.rpartition(".")[0].partition(".")[0] for c in calls.calls if c.language == "javascript"}
    for key in calls.keys:
        if not key.below and not key.near and {"any", "javascript"} & set(key.where) and key.kind not in SILENT:
            words.add(max(re.split(r"[*?\[\]]+", key.name), key=len).strip("_"))
    least = [w for w in sorted(words - {"", "*", "**"}, key=len) if len(w) > 2]
    kept: list[str] = []
    for word in least:
        if not any(k in word for k in kept):
            kept.append(word)
    patterns = (re.escape(w).replace("_", "[_-]?") for w in kept)
    return re.compile("|".join((*patterns, r"(?:huggingface|hf)\.co/")), re.IGNORECASE)


class _Reader:
    def __init__(self, notes: Notes, text: str, typed: bool) -> None:
        self.notes = notes
        self.text = text
        self.root = parser(typed).parse(text.encode()).root_node
        self.told: set[int] = set()
        self.loose: list[Text] = []
        self.lines: set[int] = set()  # where something was placed

    def read(self) -> None:
        """Everything first, then the strings of which nothing is said."""
        self._walk()
        for text, at in self.loose:
            found = identify(text) if at not in self.told else None
            if found is not None and found.sure is Sure.KNOWN:
                if "/resolve/" in text and found.file is not None:
                    self.notes.add(found, text, self._place(at), "url", self.notes.role)  # fetched, not shown
                    continue
                mention = self.notes.role is Role.MENTION or "://" in text
                reason = "nothing in this file says that it is loaded"
                role = Role.MENTION if mention else Role.CANDIDATE
                self.notes.add(found, text, self._place(at), "string", role, reason=reason)

    def _walk(self) -> None:
        stack: list[tuple[Node, Held | None, int]] = [(self.root, None, 0)]
        while stack:
            node, held, depth = stack.pop()
            if depth < MAX_DEPTH and node.named_child_count:
                # Backwards on the stack, forwards in the file.
                stack += [(child, context, depth + 1) for child, context in reversed(self._visit(node, held))]

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
            operator = text_of(node.child_by_field_name("operator"))
            inner = held if operator in ("??", "||") else Held(compared=True) if "=" in operator else None
            if operator in ("??", "||") and (read := _READ.fullmatch(text_of(node.child_by_field_name("left")))):
                inner = replace(held or Held(name=read[1]), variable=read[1])
            return [(c, inner) for c in node.named_children]
        if kind in ("switch_case", "literal_type"):
            value = node.child_by_field_name("value")
            return [(c, Held(compared=True) if c == value or value is None else None) for c in node.named_children]
        if kind == "return_statement":
            # `getModel() { return "…" }`
            return [(c, Held(name=_within(node))) for c in node.named_children]
        if kind == "enum_declaration":
            named = Held(name="value", around=(text_of(node.child_by_field_name("name")),))
            body = node.child_by_field_name("body")
            parts = [p for p in body.named_children if p.type == "enum_assignment"] if body is not None else []
            return [(v, named) for p in parts if (v := p.child_by_field_name("value")) is not None]
        if kind == "jsx_attribute":
            return [(c, Held(name=text_of(node.named_children[0]))) for c in node.named_children[1:]]
        keep = kind in _THROUGH or kind == "object"
        return [(c, held if keep else None) for c in node.named_children]

    def _call(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        called, arguments = callee(node), node.child_by_field_name("arguments")
        if called is None or arguments is None:
            return [(c, None) for c in node.named_children]
        first = text_of(called).partition(".")[0]
        if first in ("require", "import") or first in _TESTING:
            return [(c, None) for c in arguments.named_children if first not in ("require", "import")]
        # `defaultModel.trim()`, `process.env.X`: a method of a string hands nothing on; `getModel("x")` may.
        contexts: list[tuple[Node, Held | None]] = [(called, None)] if called.type != "identifier" else []
        return [*contexts, *((argument, None) for argument in arguments.named_children)]

    def _pair(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        name = _last(key)
        around = (*held.around, held.name) if held is not None else ()
        inner = Held(name=name, around=around, provider=self._provider(node.parent))
        if plain(name) in shapes().labels and is_label(plain(name), self._keys(node.parent)):
            inner = Held(compared=True)
        contexts: list[tuple[Node, Held | None]] = [(value, inner)] if value is not None else []
        if key is not None and key.type == "string" and held is not None:
            contexts.append((key, replace(held, table=True)))
        return contexts

    def _provider(self, node: Node | None) -> str | None:
        """`{ provider: "groq", model: … }`"""
        for pair in node.named_children[:100] if node is not None else ():
            if pair.type == "pair" and plain(_last(pair.child_by_field_name("key"))) in ("provider", "provider_id"):
                value = string(pair.child_by_field_name("value"))
                return self.notes.calls.known_provider(value[0]) if value is not None else None
        return None

    def _keys(self, node: Node | None) -> list[str]:
        """The keys of the object around a pair."""
        pairs = node.named_children[:100] if node is not None else []
        return [plain(_last(pair.child_by_field_name("key"))) for pair in pairs if pair.type == "pair"]

    def _judge(self, node: Node, held: Held | None) -> None:
        found = string(node)
        if found is None:
            return
        text, at = found
        if held is None:
            self.loose.append(found)
            return
        if held.compared:
            self._known(text, at, "compared")
        elif held.table or any(_ABOUT.search(n) for n in (*held.around, held.name)):
            outer = held.name or (held.around[-1] if held.around else "")
            rule = self.notes.calls.key(outer, "javascript")
            if rule is None or _ABOUT.search(outer) or not self._tell(text, at, replace(rule, telling=False), "table"):
                self._known(text, at, "table")
        else:
            self._setting(found, held)

    def _setting(self, found: Text, held: Held) -> None:
        text, at = found
        variable = self.notes.calls.variable(held.variable) if held.variable else None
        said = held.provider or (self.notes.provider(held.variable) if held.variable else None)
        if variable is not None and self._tell(text, at, variable, "env", said):
            return
        names = [held.name, *(n for n in reversed(held.around) if n)]
        option = held.name in ("value", "id", "name", "default", "slug", "key")
        for name in names[:2] if option or not held.name else names[:1]:
            rule = self.notes.calls.key(name, "javascript", (), held.around)
            # A name in code is weaker than a key in a file of settings: `userModel: "admin"` is everyone's.
            telling = rule is not None and rule.telling and (rule.ecosystem or held.provider) is not None
            if rule is not None and self._tell(text, at, replace(rule, telling=telling), "constant", held.provider):
                return
        option_name = identify(text) if held.name == "value" else None
        if option_name is not None and option_name.sure is Sure.KNOWN:
            self.notes.add(option_name, text, self._place(at), "option", self.notes.role)
            self.told.add(at)
        self.loose.append(found)

    def _tell(self, text: str, at: int, rule: Key | Environment, how: str, provider: str | None = None) -> bool:
        if at not in self.told and self.notes.value(text, self._place(at), how, rule, provider=provider):
            self.told.add(at)
        return at in self.told

    def _known(self, text: str, at: int, how: str) -> None:
        """A comparison or a table of facts names a model and loads none."""
        name = identify(text)
        if name is not None and name.sure is Sure.KNOWN and at not in self.told:
            self.told.add(at)
            self.notes.add(name, text, self._place(at), how, Role.MENTION, reason="compared or described, not loaded")

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
        return at if self._bytes is None else bisect_right(self._bytes, at) - 1

    def place(self, at: int) -> tuple[int, int]:
        """Give line and column of a byte."""
        there = self.notes.source.at(self._place(at))
        self.lines.add(there.line)
        return there.line, there.column


def _within(node: Node) -> str:
    """The name of the function around a node, or nothing."""
    inner: Node | None = node
    for _ in range(MAX_DEPTH):
        inner = inner.parent if inner is not None else None
        if inner is None or inner.type in FUNCTIONS or inner.type == "method_definition":
            break
    if inner is None:
        return ""
    own = inner if inner.type != "arrow_function" else inner.parent
    return _last(own.child_by_field_name("name")) if own is not None else ""


def _last(node: Node | None) -> str:
    """The name that is assigned: `this.model` is `model`, `"model"` is `model`."""
    text = text_of(node).strip("\"'`")
    return text.rpartition(".")[2] if len(text) <= 200 else ""
