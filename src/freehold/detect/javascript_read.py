"""JavaScript and TypeScript source to facts: which names are bound to what, which calls are made. The facts are those
of `python_read`, so that names are followed the same way in both languages; only imports are kept as written
(`[specifier, exported name]`) until every file is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from freehold.detect.javascript_expressions import FUNCTIONS, THROUGH, Expressions
from freehold.detect.javascript_names import callee, string, text
from freehold.detect.python_expressions import MAX_BOUND, Expression

if TYPE_CHECKING:
    from tree_sitter import Node

#: Everything of another module, and what it hands out without a name.
ALL, DEFAULT = "*", "default"
#: How deep the walk goes.
MAX_DEPTH = 400
#: Calls kept of one file.
MAX_CALLS = 5_000

_MODELS = re.compile(r"models?$", re.IGNORECASE)
_BINDS = frozenset(("variable_declarator", "export_specifier", "import_specifier", "import_clause"))
#: Methods that only ask whether something is in a list.
_ASKING = frozenset(("includes", "some", "has", "indexOf", "every"))
#: `.find((one) => name.includes(one))`
_ASKED = re.compile(r"\(\s*\(?\s*(\w+)\s*\)?\s*=>\s*[\w.?!]+\.(?:includes|startsWith|endsWith|indexOf)\(\s*\1\b")
_EACH = frozenset(("map", "forEach", "flatMap", "filter", "find", "some", "every"))


def read(root: Node, place: Callable[[int], tuple[int, int, int | None]]) -> dict[str, Any]:
    """Read a parsed script. `place` turns a byte into line, column and cell of the file."""
    return _Reader(place).module(root)


class _Reader(Expressions):
    def __init__(self, place: Callable[[int], tuple[int, int, int | None]]) -> None:
        super().__init__(place)
        self.imports: dict[str, list[str]] = {}
        self.stars: list[str] = []
        self.shared = True  # what it binds is everybody's on the page: it neither imports nor exports
        self.calls: list[list[Any]] = []
        self.used: set[str] = set()  # names of models, and what is done with them
        self.tested: set[str] = set()
        self.stack: list[tuple[Node, int, int]] = []
        self.names: dict[int, str] = {}  # functions and classes -> the names that they are bound to
        self.made: dict[int, Expression] = {}  # functions that get elements -> what their first parameter is

    def module(self, root: Node) -> dict[str, Any]:
        self.scope(-1, "module", "")
        self.stack.append((root, 0, 0))
        visits: dict[str, Callable[[Node, int], int | None] | None] = {}
        while self.stack:
            node, scope, depth = self.stack.pop()
            kind = node.type
            visit = visits[kind] if kind in visits else visits.setdefault(kind, getattr(self, f"_{kind}", None))
            inner = visit(node, scope) if visit is not None else scope
            if inner is not None and depth < MAX_DEPTH:
                self.stack += [
                    (child, inner, depth + 1)
                    for child in reversed(node.named_children)
                    if child.named_child_count or child.type == "identifier"
                ]
        return {
            "imports": self.imports, "stars": self.stars, "scopes": self.scopes, "calls": self.calls, "flags": {},
            "used": sorted(self.used), "tested": sorted(self.tested), "asked": [], "shared": self.shared,
        }  # fmt: skip

    def _bind(self, scope: int, name: str, value: Expression) -> None:
        bound = self.scopes[scope]["names"].setdefault(name, [])
        if len(bound) < MAX_BOUND and value[0] != "?" and value != ["n", name]:
            bound.append(value)

    def _identifier(self, node: Node, scope: int) -> int:
        name, parent = text(node), node.parent
        if parent is None or _MODELS.search(name) is None:
            return scope
        if parent.type in _BINDS:
            # Declared, or handed on.
            first = parent.named_children[0] if parent.named_children else None
            (self.used if parent.type == "variable_declarator" and first != node else set()).add(name)
            return scope
        tail = text(parent.child_by_field_name("property")) if parent.type == "member_expression" else ""
        asking = tail in _ASKING or (tail in _EACH and _ASKED.match(text(parent.parent)[len(text(parent)) :][:200]))
        (self.tested if asking else self.used).add(name)
        return scope

    # Functions and classes: each visit gives the scope of what stands inside

    def _function(self, node: Node, scope: int) -> int:
        name = text(node.child_by_field_name("name")) or self.names.get(node.id, "")
        method = node.type == "method_definition"
        inner = self.function(node, scope, "__init__" if method and name == "constructor" else name)
        self.scopes[inner]["up"] = scope
        if method and any(c.type == "get" for c in node.children):
            self.scopes[inner]["property"] = True
        if name:
            self._bind(scope, "__init__" if method and name == "constructor" else name, ["def", inner])
        single = node.child_by_field_name("parameter")
        listed = node.child_by_field_name("parameters")
        later: list[list[Any]] = []
        for number, part in enumerate([single] if single else listed.named_children if listed else ()):
            later += self._parameter(part, number, inner, scope)
        self.scopes[inner]["params"] += later
        simple = [p[0] for p in self.scopes[inner]["params"] if p[0].isidentifier() and p not in later]
        if simple:
            # `create(options)`, `create({ ...options })`: what callers give is passed on.
            self.scopes[inner].setdefault("rest", simple[-1])
        if node.id in self.made and (params := self.scopes[inner]["params"]):
            self._bind(inner, params.pop(0)[0], self.made[node.id])
        body = node.child_by_field_name("body")
        if body is not None and body.type != "statement_block":
            self.scopes[inner]["returns"].append(self.expression(body, inner))
        return inner

    _function_declaration = _generator_function_declaration = _function_expression = _function
    _arrow_function = _method_definition = _function

    def _parameter(self, node: Node, number: int, inner: int, scope: int) -> list[list[Any]]:
        """Bind one parameter; give those that are taken out of an object, which have no position of their own."""
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
        default = node.child_by_field_name("value") or node.child_by_field_name("right")
        params = self.scopes[inner]["params"]
        if pattern.type == "object_pattern":
            params.append([f"{{{number}}}", None, ""])
            taken = self._taken(pattern, inner)
            self.scopes[inner].setdefault("taken", []).extend(key for key, _ in taken)
            return [[key, given, ""] for key, given in taken]
        if pattern.type == "identifier":
            value = self.expression(default, scope) if default is not None else None
            params.append([text(pattern), value, _type(node)])
            if any(c.type in ("accessibility_modifier", "readonly") for c in node.children):
                self._bind(scope, text(pattern), ["in", inner, ["param", text(pattern)]])
        return []

    def _taken(self, pattern: Node, scope: int) -> list[tuple[str, Expression | None]]:
        """The keys that `{ a, b: c, d = 1 }` takes, with their defaults; `c` becomes a name for `b`."""
        taken: list[tuple[str, Expression | None]] = []
        for part in pattern.named_children[:MAX_BOUND]:
            if part.type == "rest_pattern" and part.named_children:
                self.scopes[scope]["rest"] = text(part.named_children[0])
            key, target, default = _taking(part)
            if key is None or target is None:
                continue
            if target != key:
                self._bind(scope, target, ["param", key])
            taken.append((key, self.expression(default, scope) if default is not None else None))
        return taken

    def _class_declaration(self, node: Node, scope: int) -> int:
        name = text(node.child_by_field_name("name")) or self.names.get(node.id, "")
        inner = self.scope(scope, "class", name)
        if name:
            self._bind(scope, name, ["class", inner])
        heritage = next((c for c in node.named_children if c.type == "class_heritage"), None)
        for part in heritage.named_children[:1] if heritage is not None else ():
            base = part.child_by_field_name("value") or part
            if base.type in ("identifier", "member_expression"):
                self.scopes[inner]["bases"].append(text(base))
        return inner

    _class = _abstract_class_declaration = _class_declaration

    # Statements

    def _import_statement(self, node: Node, scope: int) -> None:
        self.shared = False
        module = string(node.child_by_field_name("source"))
        clauses = [c for c in node.named_children if c.type == "import_clause"]
        if module is None:
            return
        for part in (p for c in clauses for p in c.named_children):
            if part.type == "identifier":
                self.imports[text(part)] = [module[0], DEFAULT]
            elif part.type == "namespace_import" and part.named_children:
                self.imports[text(part.named_children[-1])] = [module[0], ALL]
            for name in part.named_children if part.type == "named_imports" else ():
                words = [text(n) for n in name.named_children]
                if words:
                    self.imports[words[-1]] = [module[0], words[0]]

    def _export_statement(self, node: Node, scope: int) -> int:
        self.shared = False
        module = string(node.child_by_field_name("source"))
        value = node.child_by_field_name("value")
        if value is not None:
            self.names.setdefault(value.id, DEFAULT)
            self._bind(0, DEFAULT, self.expression(value, scope))
        elif module is not None and not any(c.type in ("export_clause", "namespace_export") for c in node.children):
            self.stars.append(module[0])
        elif any(c.type == "default" for c in node.children) and (named := node.child_by_field_name("declaration")):
            self._bind(0, DEFAULT, ["n", text(named.child_by_field_name("name"))])
        for clause in node.named_children:
            if clause.type == "namespace_export" and module is not None and clause.named_children:
                self.imports[text(clause.named_children[-1])] = [module[0], ALL]
            for part in clause.named_children if clause.type == "export_clause" else ():
                words = [text(n) for n in part.named_children]
                if words and module is not None:
                    self.imports[words[-1]] = [module[0], words[0]]
                elif len(words) > 1:
                    self._bind(0, words[-1], ["n", words[0]])
        return scope

    def _variable_declarator(self, node: Node, scope: int) -> int:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or (value is None and not _type(node)):
            return scope
        required = _required(value)
        if required is not None:
            self._require(name, *required)
        elif name.type == "identifier":
            self._assign(text(name), value, scope, _type(node))
        elif name.type == "object_pattern":
            base = self.chain(value, scope)
            for part in name.named_children[:MAX_BOUND]:
                key, target, default = _taking(part)
                if key is not None and target is not None:
                    taken: Expression = ["a", base, key]
                    holder = self._holder(base, scope)
                    if holder is not None:
                        self.scopes[holder]["params"].append([key, None, ""])
                        taken = ["in", holder, ["param", key]]
                    given = [self.expression(default, scope)] if default is not None else []
                    self._bind(scope, target, ["|", [taken, *given]] if given else taken)
        elif name.type == "array_pattern" and name.named_children:
            # `const [model, setModel] = useState("…")`
            self._bind(scope, text(name.named_children[0]), self.expression(value, scope))
        return scope

    def _require(self, name: Node, module: str, member: str, asked: str) -> None:
        self.shared = self.shared and asked == "import"
        if name.type == "identifier":
            # `const OpenAI = require("openai")` is a class, `const openai = require("openai")` a package.
            local = text(name)
            plain = asked == "require" and member == ALL and local[:1].isupper() and not module.startswith(".")
            self.imports[local] = [module, DEFAULT if plain else member]
        for part in name.named_children if name.type == "object_pattern" else ():
            key, target, _ = _taking(part)
            if key is not None and target is not None:
                self.imports[target] = [module, key]

    def _assign(self, name: str, value: Node | None, scope: int, typed: str = "") -> None:
        inner = value
        while inner is not None and inner.type in THROUGH and inner.named_children:
            inner = inner.named_children[0]
        if inner is None:
            if typed:
                self._bind(scope, name, ["c", ["n", typed], [], {}, 1, 1, None])
        elif inner.type in FUNCTIONS or inner.type == "class":
            self.names[inner.id] = name
        else:
            self._bind(scope, name, self.expression(inner, scope))

    def _field(self, node: Node, scope: int) -> int:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        self._assign(text(name), node.child_by_field_name("value"), scope, _type(node))
        return scope

    _public_field_definition = _field_definition = _field

    def _assignment_expression(self, node: Node, scope: int) -> int:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return scope
        target = text(left)
        if left.type == "identifier":
            here = scope
            while here > 0 and target not in self.scopes[here]["names"]:
                here = self.scopes[here]["up"]
            self._assign(target, right, here)
        elif left.type == "member_expression":
            base, _, name = target.rpartition(".")
            if base == "this" and (holder := self._class_around(scope)) is not None:
                value = self.expression(right, scope)
                self._bind(holder, name, ["in", scope, value] if value[0] != "?" else value)
            elif target == "module.exports":
                value = self.expression(right, scope)
                self._bind(0, DEFAULT, value)
                for key, inner in value[1] if value[0] == "d" else ():
                    if key[0] == "s":
                        self._bind(0, key[1], inner)
            elif base in ("exports", "module.exports"):
                self._assign(name, right, 0)
        return scope

    def _class_around(self, scope: int) -> int | None:
        while scope >= 0 and self.scopes[scope]["kind"] != "class":
            scope = self.scopes[scope]["up"]
        return scope if scope >= 0 else None

    def _enum_declaration(self, node: Node, scope: int) -> None:
        body = node.child_by_field_name("body")
        pairs: list[list[Expression]] = []
        for part in body.named_children[:1_000] if body is not None else ():
            name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
            if part.type == "enum_assignment" and name is not None:
                pairs.append([self._key(name, scope, 0), self.expression(value, scope)])
        self._bind(scope, text(node.child_by_field_name("name")), ["d", pairs])

    def _for_in_statement(self, node: Node, scope: int) -> int:
        left, over = node.child_by_field_name("left"), self.expression(node.child_by_field_name("right"), scope)
        if left is not None and left.type == "identifier":
            self._bind(scope, text(left), ["e", over, -1])
        for number, one in enumerate(left.named_children if left is not None and left.type == "array_pattern" else ()):
            self._bind(scope, text(one), ["e", over, number])
        return scope

    def _return_statement(self, node: Node, scope: int) -> int:
        returns = self.scopes[scope]["returns"]
        if len(returns) < MAX_BOUND and node.named_children and self.scopes[scope]["kind"] == "function":
            returns.append(self.expression(node.named_children[0], scope))
        return scope

    def _called(self, node: Node, scope: int) -> int:
        read = self.expression(node, scope)
        if read[0] == "c" and (read[2] or read[3] or node.type == "new_expression") and len(self.calls) < MAX_CALLS:
            self.calls.append([scope, read])
        called, arguments = callee(node), node.child_by_field_name("arguments")
        if called is None or arguments is None or called.type != "member_expression":
            return scope
        if text(called.child_by_field_name("property")) in _EACH:
            # `MODELS.map((m) => …)`: m is each of them.
            each: Expression = ["e", self.expression(called.child_by_field_name("object"), scope), -1]
            self.made |= {a.id: each for a in arguments.named_children[:1] if a.type in FUNCTIONS}
        return scope

    _call_expression = _new_expression = _called


def _taking(part: Node) -> tuple[str | None, str | None, Node | None]:
    """Key, local name and default of one part of `{ a, b: c, d = 1 }`."""
    default = None
    if part.type == "object_assignment_pattern":
        default = part.child_by_field_name("right")
        part = part.child_by_field_name("left") or part
    if part.type == "shorthand_property_identifier_pattern":
        return text(part), text(part), default
    if part.type != "pair_pattern":
        return None, None, None
    key, target = part.child_by_field_name("key"), part.child_by_field_name("value")
    if target is not None and target.type == "assignment_pattern":
        default, target = target.child_by_field_name("right"), target.child_by_field_name("left")
    local = text(target) if target is not None and target.type == "identifier" else None
    return text(key).strip("\"'"), local, default


def _required(value: Node | None) -> tuple[str, str, str] | None:
    """Module and member of `require("m")`, `require("m").x`, `await import("m")`, and which of the two it is."""
    member = ALL
    while value is not None and value.type in THROUGH and value.named_children:
        value = value.named_children[0]
    if value is not None and value.type == "member_expression":
        member = text(value.child_by_field_name("property"))
        value = value.child_by_field_name("object")
    asked = text(callee(value)) if value is not None and value.type == "call_expression" else ""
    if value is None or asked not in ("require", "import"):
        return None
    arguments = value.child_by_field_name("arguments")
    module = string(arguments.named_children[0]) if arguments is not None and arguments.named_children else None
    return (module[0], member, asked) if module is not None else None


def _type(node: Node) -> str:
    """The plain name of a type annotation."""
    annotation = node.child_by_field_name("type")
    inner = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    return text(inner) if inner is not None and inner.type == "type_identifier" else ""
