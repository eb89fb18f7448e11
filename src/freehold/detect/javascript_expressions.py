"""JavaScript expressions in the form that `python_expressions` describes, so that one reader of values serves both
languages. Objects given to a call are its keywords: `create({ model })` passes `model`.

What a schema or an environment reader hands on is what was written into it: `z.string().default("x")` is `"x"`,
`createEnv({ server: {…} })` is the table of its settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from freehold.detect.javascript_names import callee, string, text
from freehold.detect.python_expressions import MAX_BOUND, MAX_DEPTH, MAX_ITEMS, UNKNOWN, Expression

if TYPE_CHECKING:
    from tree_sitter import Node

#: These are what stands in them.
THROUGH = frozenset(
    (
        *("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"),
        *("await_expression", "type_assertion", "spread_element"),
    )
)
FUNCTIONS = frozenset(
    ("function_declaration", "generator_function_declaration", "function_expression", "arrow_function")
)
#: Methods that give back what they are called on, for our purpose.
SAME = frozenset(
    (
        *("optional", "nullable", "describe", "trim", "min", "max", "nonempty", "toString", "toLowerCase", "readonly"),
        *("filter", "slice", "sort", "reverse", "toSorted", "parse", "safeParse", "catch", "concat", "flat", "brand"),
    )
)
#: Methods that give one of the elements.
_ONE = frozenset(("find", "at", "pop", "shift", "findLast"))
_TABLES = {"entries": "items", "values": "values", "keys": "keys"}
#: Tables of settings within one table.
_SETTINGS = frozenset(("server", "client", "shared"))
#: What options are called that are given by name.
_OPTIONS = re.compile(r"(?:^|[a-z_])(?:[Oo]ptions|[Oo]pts|[Kk]wargs)$|^config$")
_NOTHING = {"true": True, "false": False, "null": None, "undefined": None}


class Expressions:
    """Reads the expressions of one script, each once."""

    def __init__(self, place: Callable[[int], tuple[int, int, int | None]]) -> None:
        self.place = place
        self.scopes: list[dict[str, Any]] = []
        self.known: dict[int, Expression] = {}
        self.inside: dict[int, int] = {}  # functions -> their scopes

    def at(self, byte: int) -> list[int | None]:
        """Give line, column and cell of a byte."""
        return list(self.place(byte))

    def function(self, node: Node, scope: int, name: str) -> int:
        """Give the scope of a function: one that stands in a table is told of before it is read."""
        if node.id not in self.inside:
            self.inside[node.id] = self.scope(scope, "function", name)
        return self.inside[node.id]

    def scope(self, up: int, kind: str, name: str) -> int:
        """Make a scope."""
        self.scopes.append(
            {"up": up, "kind": kind, "name": name, "names": {}, "params": [], "bases": [], "returns": []}
        )
        return len(self.scopes) - 1

    def expression(self, node: Node | None, scope: int, depth: int = 0) -> Expression:
        """Read an expression that stands in a scope."""
        if node is None or depth > MAX_DEPTH:
            return UNKNOWN
        known = self.known.get(node.id)
        if known is None:
            known = self.known[node.id] = self._reading(node, scope, depth + 1)
        return known

    def _reading(self, node: Node, scope: int, deep: int) -> Expression:
        kind = node.type
        if kind in THROUGH:
            return self.expression(node.named_children[0] if node.named_children else None, scope, deep)
        if kind in ("string", "template_string"):
            return self._text(node, scope, deep)
        if kind in ("identifier", "shorthand_property_identifier"):
            name = text(node)
            return ["b", _NOTHING[name]] if name in _NOTHING else ["n", name]
        if kind in ("this", "super"):
            return ["n", "self" if kind == "this" else "super"]
        if kind in _NOTHING:
            return ["b", _NOTHING[kind]]
        if kind == "number":
            return ["b", int(number) if (number := text(node)).isdigit() and len(number) < 10 else 0.5]
        if kind == "member_expression":
            return self._member(node, scope, deep)
        if kind == "subscript_expression":
            base, key = node.child_by_field_name("object"), node.child_by_field_name("index")
            return ["i", self.chain(base, scope, deep), self.expression(key, scope, deep)]
        if kind in ("call_expression", "new_expression"):
            return self._call(node, scope, deep)
        if kind == "ternary_expression":
            sides = (node.child_by_field_name(f) for f in ("consequence", "alternative"))
            return ["|", [self.expression(side, scope, deep) for side in sides]]
        if kind == "binary_expression":
            return self._binary(node, scope, deep)
        if kind == "object":
            return ["d", self._pairs(node, scope, deep)]
        if kind == "array":
            return ["l", [self.expression(n, scope, deep) for n in node.named_children[:MAX_ITEMS]]]
        if kind in ("assignment_expression", "augmented_assignment_expression"):
            return self.expression(node.child_by_field_name("right"), scope, deep)
        return UNKNOWN

    def chain(self, node: Node | None, scope: int, depth: int = 0) -> Expression:
        """Read what a member is taken of: there `options.client` is no parameter but the way to its members."""
        if node is not None and node.type in THROUGH and node.named_children:
            return self.chain(node.named_children[0], scope, depth + 1) if depth < MAX_DEPTH else UNKNOWN
        if node is None or node.type != "member_expression" or depth > MAX_DEPTH:
            return self.expression(node, scope, depth)
        base = self.chain(node.child_by_field_name("object"), scope, depth + 1)
        return ["a", base, text(node.child_by_field_name("property"))]

    def _text(self, node: Node, scope: int, deep: int) -> Expression:
        found = string(node)
        if found is not None:
            return ["s", found[0], *self.at(found[1])]
        if node.type == "string" or not 0 < node.named_child_count <= MAX_BOUND:
            return UNKNOWN
        parts: list[Expression] = []
        for part in node.named_children:
            if part.type == "string_fragment":
                parts.append(["s", text(part), *self.at(part.start_byte)])
            elif part.type == "template_substitution" and part.named_children:
                parts.append(self.expression(part.named_children[0], scope, deep))
            else:
                return UNKNOWN
        return ["f", parts, *self.at(node.start_byte + 1)]

    def _binary(self, node: Node, scope: int, deep: int) -> Expression:
        sides = [self.expression(node.child_by_field_name(f), scope, deep) for f in ("left", "right")]
        match text(node.child_by_field_name("operator")):
            case "??" | "||":
                return ["|", sides]
            case "&&":
                return sides[1]
            case "+":
                return ["f", sides, *self.at(node.start_byte)]
            case _:
                return UNKNOWN

    def _member(self, node: Node, scope: int, deep: int) -> Expression:
        base = self.chain(node.child_by_field_name("object"), scope, deep)
        name = text(node.child_by_field_name("property"))
        if base in (["a", ["n", "process"], "env"], ["a", ["n", "Bun"], "env"], ["a", UNKNOWN, "env"]):
            return ["i", ["a", ["n", "process"], "env"], ["s", name, *self.at(node.start_byte)]]
        holder = self._holder(base, scope)
        if holder is None:
            return ["a", base, name]
        # `options.model` is what callers give as `{ model: … }`.
        params = self.scopes[holder]["params"]
        if all(p[0] != name for p in params) and len(params) < MAX_BOUND:
            params.append([name, None, ""])
        return ["in", holder, ["param", name]]

    def _holder(self, base: Expression, scope: int) -> int | None:
        """The function whose parameter this is."""
        while base[0] == "n" and scope >= 0 and base[1] not in self.scopes[scope]["names"]:
            if any(p[0] == base[1] for p in self.scopes[scope]["params"]):
                # What is taken out of an object is one by itself: `({ slot }) => slot.model`.
                return scope if base[1] not in self.scopes[scope].get("taken", ()) else None
            scope = self.scopes[scope]["up"]
        return None

    def _pairs(self, node: Node, scope: int, deep: int) -> list[list[Expression]]:
        pairs: list[list[Expression]] = []
        for part in node.named_children[:MAX_ITEMS]:
            if part.type == "shorthand_property_identifier":
                pairs.append([["s", text(part), *self.at(part.start_byte)], self.expression(part, scope, deep)])
            elif part.type == "pair" and (key := part.child_by_field_name("key")) is not None:
                told, value = self._key(key, scope, deep), part.child_by_field_name("value")
                if value is not None and value.type in FUNCTIONS and told[0] == "s":
                    pairs.append([told, ["def", self.function(value, scope, told[1])]])
                else:
                    pairs.append([told, self.expression(value, scope, deep)])
            elif part.type == "method_definition" and (key := part.child_by_field_name("name")) is not None:
                pairs.append([self._key(key, scope, deep), ["def", self.function(part, scope, text(key))]])
        return pairs

    def _key(self, node: Node, scope: int, deep: int) -> Expression:
        if node.type == "computed_property_name":
            return self.expression(node.named_children[0] if node.named_children else None, scope, deep)
        found = string(node) if node.type == "string" else (text(node), node.start_byte)
        return ["s", found[0], *self.at(found[1])] if found is not None else UNKNOWN

    def _call(self, node: Node, scope: int, deep: int) -> Expression:
        called, arguments = callee(node), node.child_by_field_name("arguments")
        if called is None or arguments is None or arguments.type != "arguments":
            return UNKNOWN
        given = [a for a in arguments.named_children if a.type != "comment"][:MAX_BOUND]
        if called.type == "member_expression":
            base, tail = called.child_by_field_name("object"), text(called.child_by_field_name("property"))
            handed = self._handed(base, tail, given, scope, deep)
        else:
            handed = self._settings(text(called), given, scope, deep)
        if handed is not None:
            return handed
        args = [self.expression(a, scope, deep) for a in given]
        keywords: dict[str, Expression] = {}
        for argument, read in zip(given, args, strict=True):
            if read[0] == "d":
                keywords |= {k[1]: v for k, v in read[1] if k[0] == "s"}
                spread = [n for n in argument.named_children if n.type == "spread_element"]
                if spread:
                    keywords["**"] = self.expression(spread[0], scope, deep)
            elif read[0] in ("n", "c") and (len(given) == 1 or _OPTIONS.search(text(argument)) is not None):
                keywords["**"] = read
        return ["c", self.chain(called, scope, deep), args, keywords, *self.at(node.start_byte)]

    def _handed(self, base: Node | None, tail: str, given: list[Node], scope: int, deep: int) -> Expression | None:
        """What a method gives back, where it is something that its receiver or its arguments hold."""
        owner = text(base) if base is not None and base.type == "identifier" else ""
        if owner == "Object" and given:
            inner = self.expression(given[0], scope, deep)
            if tail == "freeze":
                return inner
            return (
                ["c", ["a", inner, _TABLES[tail]], [], {}, *self.at(given[0].start_byte)] if tail in _TABLES else None
            )
        if tail == "default" and len(given) == 1:
            return self.expression(given[0], scope, deep)
        if tail in ("object", "strictObject", "enum") and owner == "z" and given:
            return self.expression(given[0], scope, deep)
        if tail in SAME and owner not in ("JSON", "Math", "path", "Promise"):
            return self.expression(base, scope, deep)
        return ["e", self.expression(base, scope, deep), -1] if tail in _ONE and owner else None

    def _settings(self, called: str, given: list[Node], scope: int, deep: int) -> Expression | None:
        """The table of settings that t3-env and envalid read, and React's state."""
        if not given or called not in ("createEnv", "cleanEnv", "str", "useState"):
            return None
        read = [self.expression(a, scope, deep) for a in given]
        if called == "useState":
            return read[0]
        if called == "cleanEnv":
            return read[1] if len(read) > 1 else None
        pairs = read[0][1] if read[0][0] == "d" else []
        if called == "str":
            return next((v for k, v in pairs if k[:2] == ["s", "default"]), None)
        inner = [v for k, v in pairs if k[0] == "s" and k[1] in _SETTINGS and v[0] == "d"]
        return ["d", [pair for table in inner for pair in table[1]]] if inner else None
