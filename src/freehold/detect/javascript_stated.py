"""What the strings of a script are by where they stand: values of keys, sides of comparisons, entries of tables.

The walk goes down once and carries along what a string would be there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from freehold.detect.calls import plain
from freehold.detect.choices import COMPANY
from freehold.detect.javascript_company import Held
from freehold.detect.javascript_expressions import SAME
from freehold.detect.javascript_judged import Judge
from freehold.detect.javascript_kept import (
    ABOUT,
    LISTED,
    ONE,
    acted_on,
    describes,
    function_name,
    hands_on,
    keeps,
    keys_told,
    kind_of,
    last,
    offers,
    put_into,
    read_from,
    tail,
)
from freehold.detect.javascript_names import callee, parser, string
from freehold.detect.javascript_names import text as text_of
from freehold.detect.javascript_options import elements, variable
from freehold.detect.javascript_places import names_in
from freehold.detect.keyed import SHORT, is_whole
from freehold.detect.names import Sure, identify, is_label
from freehold.detect.notes import Notes
from freehold.detect.pins import is_commit, is_pin
from freehold.detect.python_expressions import Place

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
_READ = re.compile(
    r"(?:process\.env|import\.meta\.env|Bun\.env)(?:!?\.|\??\.|\[[\"'])(?:(?:VITE|NEXT_PUBLIC|REACT_APP|EXPO_PUBLIC|PUBLIC)_)?"
    r"(\w{1,100})(?:[\"']\])?|Deno\.env\.get\([\"'](\w{1,100})[\"']\)"
)
#: What a question is called by, and what it may be answered with.
_QUESTIONS = frozenset(("name", "key", "id", "field"))
_ANSWERS = frozenset(
    ("choices", "options", "default", "default_value", "initial", "initial_value", "enum_choices", "values")
)
_ASKS = frozenset(("default", "type", "alias", "describe", "description", "message", "label"))
_TESTING = frozenset(("describe", "it", "test", "expect", "beforeEach", "vi", "jest"))


class Reader(Judge):
    """Walks a script once, and notes what its strings say where they stand."""

    def __init__(self, notes: Notes, text: str, typed: bool, elsewhere: Place) -> None:
        super().__init__(notes, text, elsewhere)
        self.data = text.encode()
        self.root = parser(typed).parse(self.data).root_node
        self.names = names_in(self.data)

    def read(self) -> None:
        """Everything first, then what others say, then the strings of which nothing is said."""
        self._walk()
        self.judge_company()
        self.judge_loose()

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
            self.judge(node, held)
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
            inner = Held(name=last(left), variable=_variable(read)) if keeps else None
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
                inner = replace(held or Held(name=_variable(read)), variable=_variable(read))
            elif operator in ("??", "||") and not self._holding(held):
                inner = Held(name=asked) if self.says(asked := read_from(left)) else held
            return [(c, inner) for c in node.named_children]
        if kind in ("switch_case", "literal_type"):
            value = node.child_by_field_name("value")
            return [(c, Held(compared=True) if c == value or value is None else None) for c in node.named_children]
        if kind == "return_statement":
            # `getModel() { return "…" }`
            return [(c, Held(name=function_name(node), root=node.start_byte + 1)) for c in node.named_children]
        if kind == "enum_declaration":
            named = Held(name="value", around=(text_of(node.child_by_field_name("name")),), root=node.start_byte + 1)
            body = node.child_by_field_name("body")
            parts = [p for p in body.named_children if p.type == "enum_assignment"] if body is not None else []
            return [(v, named) for p in parts if (v := p.child_by_field_name("value")) is not None]
        if kind == "arrow_function":
            body = node.child_by_field_name("body")
            return [(c, held if c == body and body.type != "statement_block" else None) for c in node.named_children]
        if kind == "for_in_statement":
            left, right = (node.child_by_field_name(f) for f in ("left", "right"))  # `for (const model of ["…"])`
            inner = self._assigned(left, node) if right is not None and right.type == "array" else None
            return [(c, inner if c == right else None) for c in node.named_children]
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
        own, root = last(name), node.start_byte + 1
        if LISTED.search(told):
            return Held(name="models", around=(own,), root=root)
        if self.says(own, "mention"):
            return Held(name=own, root=root)
        return Held(name="model" if ONE.fullmatch(told) else kind_of(own), around=(own,), root=root)

    def _holding(self, held: Held | None) -> bool:
        return held is not None and self.says(held.name)

    def _call(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        called, arguments = callee(node), node.child_by_field_name("arguments")
        if called is None or arguments is None:
            return [(c, None) for c in node.named_children]
        first = text_of(called).partition(".")[0]
        if first in ("require", "import") or first in _TESTING:
            return [(c, None) for c in arguments.named_children if first not in ("require", "import")]
        if first == "String":
            return [(c, held) for c in arguments.named_children]  # `String(body.model || "…")`
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
        into, values = put_into(called)
        if into and (values == 0 or self.says(into)):
            return Held(name=into, root=node.start_byte + 1), values
        keys = list(keys_told(node))
        typed, acted = node.child_by_field_name("type_arguments"), acted_on(called)
        for key, values in keys:
            if self.says(key):
                return held if self._holding(held) else Held(name=key), values
        if typed is not None and not self._holding(kept) and ONE.fullmatch(text_of(typed)[:200].strip("<>")):
            return Held(name="model"), 0  # `useState<ModelName>("…")`
        if acted is not None and self.says(acted):
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
        held, among = replace(held or Held(), asked=self._asked(keys, pairs)), node.parent
        compared = (
            describes(keys)
            and not plain(held.name).endswith("models")
            and among is not None
            and among.type == "array"
            and among.named_child_count >= COMPANY
        )
        # What has answers to choose from is no reply of an API, which has `choices` too.
        asks = held.asked or not _ASKS.isdisjoint(keys)
        beside = tuple(key for key in keys if key != "choices" or not asks)
        texts = ((key, string(pair.child_by_field_name("value"))) for key, pair in zip(keys, pairs, strict=True))
        pins = tuple((key, text[0]) for key, text in texts if text is not None and (is_pin(key) or is_commit(text[0])))
        return replace(held, provider=provider, beside=beside, compared=compared, pins=pins)

    def _asked(self, keys: list[str], pairs: list[Node]) -> str:
        """What an object asks for that has answers to choose from."""
        if _ANSWERS.isdisjoint(keys):
            return ""
        named = (string(p.child_by_field_name("value")) for k, p in zip(keys, pairs, strict=True) if k in _QUESTIONS)
        return next((told[0] for told in named if told is not None and self.says(told[0])), "")

    def _pair(self, node: Node, held: Held | None) -> list[tuple[Node, Held | None]]:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        name = variable(node) or last(key)
        held = held or Held()
        inside = bool(held.name or held.around)
        around = (*held.around, held.name) if inside else ()
        root = held.root or node.start_byte + 1
        inner = Held(name, around, provider=held.provider, beside=held.beside, pins=held.pins, root=root)
        if held.asked and plain(name) in _ANSWERS:
            inner = replace(inner, name=held.asked, around=())
        if held.compared or self._is_called(node, plain(name), value, held):
            inner = Held(compared=True)
        contexts: list[tuple[Node, Held | None]] = [(value, inner)] if value is not None else []
        if key is not None and key.type == "string" and inside:
            if not self._names_model(value, name):
                contexts.append((key, replace(held, table=True)))
            elif value is not None and value.type == "string":
                contexts.append((key, Held(compared=True)))
        return contexts

    def _is_called(self, pair: Node, key: str, value: Node | None, held: Held) -> bool:
        """Is it what people read, or what the project calls the model whose name stands beside it?"""
        text = string(value)
        if is_label(key, held.beside):
            return text is None or not is_whole(key, text[0])
        if text is None or "/" in text[0] or key not in SHORT or pair.parent is None:
            return False
        pairs = [c for c in pair.parent.named_children[:MAX_BESIDE] if c.type == "pair" and c != pair]
        beside = ((last(p.child_by_field_name("key")), string(p.child_by_field_name("value"))) for p in pairs)
        return any(told is not None and is_whole(other, told[0]) for other, told in beside)

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


def _variable(read: re.Match[str] | None) -> str:
    """The variable of the environment that is read."""
    return (read[1] or read[2]) if read is not None else ""
