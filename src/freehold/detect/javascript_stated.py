"""What the strings of a script are by where they stand: values of keys, sides of comparisons, entries of tables.

The walk goes down once and carries along what a string would be there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from freehold.detect.calls import Environment, Key, plain
from freehold.detect.doubles import stands_in
from freehold.detect.javascript_expressions import SAME
from freehold.detect.javascript_kept import (
    ABOUT,
    ALIAS,
    LISTED,
    ONE,
    acted_on,
    function_name,
    hands_on,
    keeps,
    keys_told,
    kind_of,
    last,
    offers,
    read_from,
    tail,
)
from freehold.detect.javascript_names import Text, callee, parser, string
from freehold.detect.javascript_names import text as text_of
from freehold.detect.javascript_options import elements, variable
from freehold.detect.javascript_places import Places, names_in
from freehold.detect.keyed import aliases
from freehold.detect.markup import offer
from freehold.detect.names import Sure, begins_used, identify, is_label, is_used, offered
from freehold.detect.notes import Notes
from freehold.detect.shapes import shapes
from freehold.types import Role

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 400
#: Pairs of one object that are looked at for what stands beside a name.
MAX_BESIDE = 100

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
_READ = re.compile(r"(?:process\.env|import\.meta\.env|Bun\.env)(?:!?\.|\??\.|\[[\"'])(\w{1,100})(?:[\"']\])?")
#: Keys of an entry that say nothing by themselves: the table does.
_OPTIONS = frozenset(
    {
        *("value", "id", "name", "default", "slug", "key", "primary", "secondary", "fallback", "fallbacks", "backup"),
        *("api_name", "api_id", "api_model", "api_identifier", "identifier"),
    }
)
#: What has something to choose from, or one of it.
_OFFERED = frozenset(("value", "default", "defaultValue", "options", "items", "choices"))
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_TESTING = frozenset(("describe", "it", "test", "expect", "beforeEach", "vi", "jest"))


@dataclass(frozen=True, slots=True)
class Held:
    """What a string here would be: the value of a name."""

    name: str = ""
    around: tuple[str, ...] = ()
    table: bool = False  # the string is a key of a table of this name
    variable: str = ""  # the name of the environment without which it is this
    provider: str | None = None  # what stands beside it says who serves it
    beside: tuple[str, ...] = ()  # the keys of the object around it
    compared: bool = False


class Reader:
    """Walks a script once, and notes what its strings say where they stand."""

    def __init__(self, notes: Notes, text: str, typed: bool) -> None:
        self.notes = notes
        self.text = text
        data = text.encode()
        self.root = parser(typed).parse(data).root_node
        self.names = names_in(data)
        self.places = Places(text)
        self.told: set[int] = set()
        self.loose: list[tuple[Text, str]] = []  # with the key under which it stands
        self.under: dict[str, str] = {}  # where a name stands of which nothing is said -> its key
        self.lines: set[int] = set()  # where something was placed

    def read(self) -> None:
        """Everything first, then the strings of which nothing is said."""
        self._walk()
        for (text, at), key in self.loose:
            found = identify(text) if at not in self.told else None
            if found is not None and found.sure is Sure.KNOWN:
                if is_used(text):
                    self.notes.add(found, text, self.places.of(at), "url", self.notes.role)  # fetched, not shown
                    continue
                mention = self.notes.role is Role.MENTION or "://" in text
                reason = "nothing in this file says that it is loaded"
                role = Role.MENTION if mention else Role.CANDIDATE
                if key and not mention:
                    self.under["{}:{}".format(*self.place(at))] = key
                self.notes.add(found, text, self.places.of(at), "string", role, reason=reason)

    def _walk(self) -> None:
        stack: list[tuple[Node, Held | None, int]] = [(self.root, None, 0)]
        while stack:
            node, held, depth = stack.pop()
            if depth < MAX_DEPTH and node.named_child_count and self._holds(node):
                # Backwards on the stack, forwards in the file.
                stack += [(child, context, depth + 1) for child, context in reversed(self._visit(node, held))]

    def _holds(self, node: Node) -> bool:
        """Does anything that could be a name stand in it?"""
        nearest = bisect_left(self.names, node.start_byte)
        return nearest < len(self.names) and self.names[nearest] < node.end_byte

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
            # A pattern has defaults of its own: `const { model = "…" } = body`.
            plain_name = name is None or not name.type.endswith("_pattern")
            others = [(c, None) for c in node.named_children if c != value and (c != name or not plain_name)]
            told = self._assigned(name, node)
            told = (
                replace(told, beside=held.beside) if held is not None and kind == "object_assignment_pattern" else told
            )
            return [*others, *([(value, told)] if value is not None else [])]
        if kind == "augmented_assignment_expression":
            left, right = (node.child_by_field_name(f) for f in ("left", "right"))
            read = _READ.fullmatch(text_of(left))  # `process.env.MODEL ??= "…"`
            keeps = text_of(node.child_by_field_name("operator")) in ("??=", "||=")
            inner = Held(name=last(left), variable=read[1] if read is not None else "") if keeps else None
            return [(c, inner if c == right else None) for c in node.named_children]
        if kind == "pair":
            return self._pair(node, held)
        if kind == "object_pattern":
            # What is taken together says of each what it is: `({ model = "…", temperature = 0 })`.
            parts = [c.child_by_field_name("left") or c.child_by_field_name("key") or c for c in node.named_children]
            inner = Held(beside=tuple(plain(last(part)) for part in parts[:MAX_BESIDE]))
            return [(c, inner) for c in node.named_children]
        if kind == "member_expression":
            return [(c, held) for c in node.named_children[:1]]
        if kind == "pair_pattern":
            # `{ model: chosen = "…" }`
            key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
            default = value.child_by_field_name("right") if value is not None else None
            return [(default, Held(name=last(key)))] if default is not None else [(value, None)] if value else []
        if kind == "ternary_expression":
            condition = node.child_by_field_name("condition")
            return [(c, None if c == condition else held) for c in node.named_children]
        if kind == "binary_expression":
            operator = text_of(node.child_by_field_name("operator"))
            inner = held if operator in ("??", "||") else Held(compared=True) if "=" in operator else None
            left = node.child_by_field_name("left")
            if operator in ("??", "||") and (read := _READ.fullmatch(text_of(left))):
                inner = replace(held or Held(name=read[1]), variable=read[1])
            elif operator in ("??", "||") and not self._holding(held):
                inner = Held(name=asked) if self._says(asked := read_from(left)) else held
            return [(c, inner) for c in node.named_children]
        if kind in ("switch_case", "literal_type"):
            value = node.child_by_field_name("value")
            return [(c, Held(compared=True) if c == value or value is None else None) for c in node.named_children]
        if kind == "return_statement":
            # `getModel() { return "…" }`
            return [(c, Held(name=function_name(node))) for c in node.named_children]
        if kind == "enum_declaration":
            named = Held(name="value", around=(text_of(node.child_by_field_name("name")),))
            body = node.child_by_field_name("body")
            parts = [p for p in body.named_children if p.type == "enum_assignment"] if body is not None else []
            return [(v, named) for p in parts if (v := p.child_by_field_name("value")) is not None]
        if kind == "arrow_function":
            body = node.child_by_field_name("body")
            return [(c, held if c == body and body.type != "statement_block" else None) for c in node.named_children]
        if kind == "jsx_attribute":
            element = node.parent.child_by_field_name("name") if node.parent is not None else None
            named = Held(name=text_of(node.named_children[0]), around=(kind_of(text_of(element)),))
            return [(c, named) for c in node.named_children[1:]]
        if kind == "object":
            inner = self._object(node, held)
            return [(c, inner) for c in node.named_children]
        if kind in ("as_expression", "satisfies_expression") and not self._holding(held):
            typed = node.named_children[-1]
            held = Held(name="model") if ONE.fullmatch(text_of(typed)[:200]) else held
        if kind == "array":
            return [(c, Held(name=name) if name else held) for c, name in elements(node)]
        return [(c, held if kind in _THROUGH else None) for c in node.named_children]

    def _assigned(self, name: Node | None, node: Node) -> Held:
        """What a value is that is given to a name: `const [model, setModel] = …` gives it to the first."""
        if name is not None and name.type == "array_pattern" and name.named_children:
            return Held(name=last(name.named_children[0]))
        typed = node.child_by_field_name("type")
        told = text_of(typed) if typed is not None and typed.end_byte - typed.start_byte < 200 else ""
        if LISTED.search(told):
            return Held(name="models", around=(last(name),))
        own = last(name)
        if self._says(own, "mention"):
            return Held(name=own)
        return Held(name="model" if ONE.fullmatch(told) else kind_of(own), around=(own,))

    def _holding(self, held: Held | None) -> bool:
        return held is not None and self._says(held.name)

    def _says(self, name: str, *kinds: str) -> bool:
        """Is a model what is called so?"""
        rule = self.notes.calls.key(name, "javascript") if name else None
        return rule is not None and rule.kind in ("model", *kinds)

    def _call(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        called, arguments = callee(node), node.child_by_field_name("arguments")
        if called is None or arguments is None:
            return [(c, None) for c in node.named_children]
        first = text_of(called).partition(".")[0]
        if first in ("require", "import") or first in _TESTING:
            return [(c, None) for c in arguments.named_children if first not in ("require", "import")]
        method, kept = tail(called), held if keeps(called) else None
        if kept is not None and "model" in method.lower():
            kept = replace(kept, beside=())  # `languageModel("fast")`: the word may be the project's own
        # `z.enum(["…"]).optional()`, `["…", "…"].map((m) => <option …>)`
        receiver = kept or (held if method in SAME else Held(name="value") if method == "map" and not held else None)
        contexts: list[tuple[Node, Held | None]] = [(called, receiver)] if called.type != "identifier" else []
        inner, values = self._given(node, called, held, kept)
        # `model = pick("…")`, `modelPath: path.join(folder, "….gguf")`; `countTokens("…")` is about one
        whole = inner is None and held is not None and (hands_on(called) or first == "path")
        direct = Held(compared=True) if ABOUT.search(method) is not None else held if whole else inner
        given = arguments.named_children[values:]
        return [*contexts, *((a, direct if a.type == "string" else inner) for a in given)]

    def _given(self, node: Node, called: Node, held: Held | None, kept: Held | None) -> tuple[Held | None, int]:
        """What the arguments of a call are, and from which one on."""
        keys = list(keys_told(node))
        typed, acted = node.child_by_field_name("type_arguments"), acted_on(called)
        for key, values in keys:
            if self._says(key):
                return held if self._holding(held) else Held(name=key), values
        if typed is not None and not self._holding(kept) and ONE.fullmatch(text_of(typed)[:200].strip("<>")):
            return Held(name="model"), 0  # `useState<ModelName>("…")`
        if acted is not None and self._says(acted):
            return Held(name=acted), 0
        if offers(called):
            return Held(name="value"), 0
        if keys and kept is None and not self._holding(held):
            return Held(name=keys[0][0]), keys[0][1]  # `update("type", "…")`
        return kept, 0

    def _object(self, node: Node, held: Held | None) -> Held:
        """What the pairs of an object are in: the same, with what they have beside them."""
        pairs = [c for c in node.named_children[:MAX_BESIDE] if c.type == "pair"]
        keys = [plain(last(pair.child_by_field_name("key"))) for pair in pairs]
        said = next((p for k, p in zip(keys, pairs, strict=True) if k in ("provider_id", "provider")), None)
        value = string(said.child_by_field_name("value")) if said is not None else None
        provider = self.notes.calls.known_provider(value[0]) if value is not None else None
        return replace(held or Held(), provider=provider, beside=tuple(keys))

    def _pair(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        name = variable(node) or last(key)
        held = held or Held()
        inside = bool(held.name or held.around)
        around = (*held.around, held.name) if inside else ()
        inner = Held(name=name, around=around, provider=held.provider, beside=held.beside)
        if plain(name) in shapes().labels and is_label(plain(name), held.beside):
            inner = Held(compared=True)
        contexts: list[tuple[Node, Held | None]] = [(value, inner)] if value is not None else []
        if key is not None and key.type == "string" and inside:
            if not self._names_model(value, name):
                contexts.append((key, replace(held, table=True)))
            elif value is not None and value.type == "string":
                contexts.append((key, Held(compared=True)))
        return contexts

    def _names_model(self, entry: Node | None, key: str) -> bool:
        """`"small": { repo: "org/small-7b" }`: the entry names its model, the key is what the project calls it."""
        if (text := string(entry)) is not None:  # `"fast": "gpt-…"`; what people read is the key in other letters
            named = identify(text[0]) if text[0].lower() != key.lower() else None
            return named is not None and (named.sure is Sure.KNOWN or "/" in text[0])
        if entry is None or entry.type != "object":
            return False
        pairs = [c for c in entry.named_children[:MAX_BESIDE] if c.type == "pair"]
        beside = tuple(plain(last(pair.child_by_field_name("key"))) for pair in pairs)
        for name, pair in zip(beside, pairs, strict=True):
            rule = self.notes.calls.key(name, "javascript", beside)
            told = string(pair.child_by_field_name("value")) if rule is not None and rule.kind == "model" else None
            if told is not None and told[0] != key and identify(told[0]) is not None:
                return True
        return False

    def _judge(self, node: Node, held: Held | None) -> None:
        if node.type == "template_string" and "<option" in (page := text_of(node)):
            offer(page, self.places.of(node.start_byte), self.notes)
        found = string(node)
        if found is None:
            self._address(node)
            return
        text, at = found
        if held is None:
            self.loose.append((found, ""))
            return
        if held.compared or stands_in(text, (held.name, *held.around), held.beside):
            self._known(text, at, "compared")
        elif held.table and ALIAS.search(held.name) is not None:
            self._known(text, at, "table")
        elif held.table or any(ABOUT.search(n) for n in (*held.around, held.name)):
            outer = held.name or (held.around[-1] if held.around else "")
            if outer == "value" and self._option(text, at):
                return
            rule = self.notes.calls.key(outer, "javascript")
            if rule is None or ABOUT.search(outer) or not self._tell(text, at, replace(rule, telling=False), "table"):
                self._known(text, at, "table")
        else:
            self._setting(found, held)

    def _address(self, node: Node) -> None:
        """`https://…/models/name:generateContent?key=${key}` tells the name before it is put together."""
        first = node.named_children[0] if node.named_children else None
        text = begins_used(text_of(first)) if first is not None and first.type == "string_fragment" else None
        if first is not None and text is not None:
            self.loose.append(((text, first.start_byte), ""))

    def _setting(self, found: Text, held: Held) -> None:
        text, at = found
        if _CONSTANT.fullmatch(text) is not None:
            return  # `read(env.OLLAMA_LLM, "OLLAMA_LLM")`: what a setting is called
        variable = self.notes.calls.variable(held.variable) if held.variable else None
        said = held.provider or (self.notes.provider(held.variable) if held.variable else None)
        if variable is not None and self._tell(text, at, variable, "env", said if variable.telling else None):
            return
        names = [held.name, *(n for n in reversed(held.around) if n)]
        # `{ replicate: "…" }` in a table of models says who serves each.
        provider = self.notes.calls.known_provider(held.name)
        alias = text.lower() != held.name.lower() and aliases(held.around[-1:], held.beside)
        option = plain(held.name) in _OPTIONS or provider is not None or alias
        for name in names[:3] if option or not held.name else names[:1]:
            rule = self.notes.calls.key(name, "javascript", held.beside, held.around)
            # A name in code is weaker than a key in a file of settings: `userModel: "admin"` is everyone's.
            if rule is None:
                continue
            # `ollama: { model: "…" }`
            served = held.provider or self.notes.serving((*held.around, held.name), text, rule)
            said = rule.ecosystem or self._named_provider(name, text) or served
            own = name == held.name or not held.name
            telling = own and rule.telling and (said is not None or bool(rule.near))
            rule = replace(rule, ecosystem=said, telling=telling)
            if self._tell(text, at, rule, "constant", served):
                return
        # `{ openai: "gpt-…", anthropic: "claude-…" }`
        named = identify(text) if provider is not None else None
        own = named is not None and named.sure is Sure.KNOWN and named.ecosystem == provider
        choice = plain(held.name) in _OPTIONS and held.around[-1:] and held.around[-1] in _OFFERED
        if not (own or choice or held.name in _OFFERED) or not self._option(text, at):
            self.loose.append((found, held.name))

    def _option(self, text: str, at: int) -> bool:
        """What is offered to choose from, if it is known by its name."""
        if (name := offered(text)) is None:
            return False
        self.notes.add(name, text, self.places.of(at), "option", self.notes.role)
        self.told.add(at)
        return True

    def _named_provider(self, name: str, text: str) -> str | None:
        """`GROQ_MODELS`, `groqModel`; `OPENAI_MODELS` may be those of any server that speaks like it."""
        said = self.notes.calls.known_provider(plain(name).partition("_")[0])
        return said if said != "openai" and self.notes.calls.takes(said, text) else None

    def _tell(self, text: str, at: int, rule: Key | Environment, how: str, provider: str | None = None) -> bool:
        if at not in self.told and self.notes.value(text, self.places.of(at), how, rule, provider=provider):
            self.told.add(at)
        return at in self.told

    def _known(self, text: str, at: int, how: str) -> None:
        """A comparison or a table of facts names a model and loads none."""
        name = identify(text)
        if name is not None and name.sure is Sure.KNOWN and at not in self.told:
            self.told.add(at)
            self.notes.add(
                name, text, self.places.of(at), how, Role.MENTION, reason="compared or described, not loaded"
            )

    # ── places ────────────────────────────────────────────────────────────────

    def place(self, at: int) -> tuple[int, int]:
        """Give line and column of a byte."""
        there = self.notes.source.at(self.places.of(at))
        self.lines.add(there.line)
        return there.line, there.column
