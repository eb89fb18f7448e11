"""Python source to facts: which names are bound to what, which calls are made, which strings stand where.

Nothing is judged here and no other file is looked at, so that the result can be made in another process and kept in a
cache: facts are plain lists and dictionaries. Expressions become small lists whose first element says what they are:

    ["s", text, line, column, cell]     a string              ["b", value]               True, False, None, a number
    ["n", name]                         a name                ["a", base, attribute]
    ["c", callee, args, keywords, line, column, cell]          ["i", base, key]           a subscript
    ["f", parts, line, column, cell]    joined parts          ["|", alternatives]
    ["d", [[key, value], …]]            ["l", elements]       ["e", iterable, position]  what a loop gives
    ["?"]                               anything else

A scope is {"up", "kind": module | function | class, "name", "names": {name: [expressions]}, "params", "bases",
"returns"}; a parameter is [name, default or None, annotation].
A string is [text, line, column, cell, context, scope]; a context is [kind, name, beside, outer context].
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, TypeAlias

Expression: TypeAlias = list[Any]
Context: TypeAlias = list[Any] | None
Facts: TypeAlias = dict[str, Any]
Place: TypeAlias = Callable[[int, int, str], tuple[int, int, int | None]]

UNKNOWN: Expression = ["?"]
MAX_DEPTH = 24
MAX_ITEMS = 2_000
MAX_BOUND = 24  # expressions kept for one name
MAX_TEXT = 300

_NAME = re.compile(r"-{0,2}[A-Za-z_][\w-]*\Z")
#: Methods that ask something of a text.
TESTS = frozenset(
    {"startswith", "endswith", "removeprefix", "removesuffix", "replace", "split", "count", "find", "match"}
)
#: One word: prose and other data name no model by themselves.
_WORD = re.compile(r"[^\s,;(){}<>]{2,200}\Z")
_NEWLINE = re.compile(r"\r\n|\r|\n")

#: Calls that stand for their default: dataclasses, attrs, pydantic, typer.
_FIELDS = frozenset({"field", "Field", "ib", "attrib", "Option", "Argument", "Parameter", "mapped_column"})


def read(data: bytes | str, place: Place) -> Facts:
    """Read a source. `place` turns a line and a column in characters into those of the file.

    Raises SyntaxError, ValueError, RecursionError or MemoryError, as the parser does.
    """
    tree = ast.parse(data)
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    return _Reader(text, place).module(tree)


class _Reader:
    def __init__(self, text: str, place: Place) -> None:
        self.lines = _NEWLINE.split(text) if "\r" in text else text.split("\n")
        self.place = place
        self.scopes: list[dict[str, Any]] = []
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.calls: list[list[Any]] = []
        self.strings: list[list[Any]] = []
        self.docs: list[list[Any]] = []
        self.flags: dict[str, list[Expression]] = {}
        self.seen: dict[int, int] = {}
        self.known: dict[int, Expression] = {}  # by the identity of nodes, which live as long as the tree
        self.used: set[str] = set()
        self.tested: set[str] = set()
        self.loops: list[list[str]] = []
        self.stack: list[tuple[ast.AST, int, Context]] = []

    def module(self, tree: ast.Module) -> Facts:
        """Read the whole tree with a stack of our own: nothing in it can be too deep."""
        self._scope(-1, "module", "", tree.body)
        while self.stack:
            node, scope, context = self.stack.pop()
            visit = getattr(self, f"_{type(node).__name__}", None)
            if visit is not None:
                visit(node, scope, context)
            else:
                self._children(node, scope, context)
        return {
            "imports": self.imports,
            "stars": self.stars,
            "scopes": self.scopes,
            "calls": self.calls,
            "strings": self.strings,
            "docs": self.docs,
            "flags": self.flags,
            "used": sorted(self.used),
            "tested": sorted(self.tested),
            "loops": self.loops,
            "seen": list(self.seen.items()),
        }

    # Scopes

    def _scope(self, up: int, kind: str, name: str, body: list[ast.stmt]) -> int:
        scope = len(self.scopes)
        self.scopes.append(
            {"up": up, "kind": kind, "name": name, "names": {}, "params": [], "bases": [], "returns": []}
        )
        first = body[0] if body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            self.docs.append([first.value.lineno, first.value.end_lineno])
            body = body[1:]
        self._push(body, scope, None)
        return scope

    def _push(self, nodes: list[Any], scope: int, context: Context) -> None:
        self.stack.extend((node, scope, context) for node in reversed(nodes))

    def _children(self, node: ast.AST, scope: int, context: Context) -> None:
        self._push(list(ast.iter_child_nodes(node)), scope, context)

    def _bind(self, scope: int, name: str, value: Expression) -> None:
        bound = self.scopes[scope]["names"].setdefault(name, [])
        if len(bound) < MAX_BOUND and value[0] != "?":
            bound.append(value)

    def _class_around(self, scope: int) -> int | None:
        while scope >= 0 and self.scopes[scope]["kind"] == "function":
            scope = self.scopes[scope]["up"]
        return scope if scope >= 0 and self.scopes[scope]["kind"] == "class" else None

    # Statements

    def _Import(self, node: ast.Import, scope: int, context: Context) -> None:  # noqa: N802
        for alias in node.names:
            if alias.asname:
                self.imports[alias.asname] = alias.name
            else:
                root = alias.name.partition(".")[0]
                self.imports.setdefault(root, root)

    def _ImportFrom(self, node: ast.ImportFrom, scope: int, context: Context) -> None:  # noqa: N802
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(origin)
            else:
                dot = "" if origin.endswith(".") else "."
                self.imports[alias.asname or alias.name] = f"{origin}{dot}{alias.name}"

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int, context: Context) -> None:  # noqa: N802
        inner = self._scope(scope, "function", node.name, node.body)
        options = self._options(node.decorator_list)
        arguments = node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
        params: list[list[Any]] = []
        for argument, default in [
            *zip(plain, defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]:
            value = self._expression(default) if default is not None else options.get(argument.arg)
            params.append([argument.arg, value, self._dotted(argument.annotation)])
            if default is not None:
                self.stack.append((default, scope, ["default", argument.arg, [node.name], None]))
        self.scopes[inner]["params"] = params
        self._bind(scope, node.name, ["def", inner])
        self._push(list(node.decorator_list), scope, None)

    _AsyncFunctionDef = _FunctionDef

    def _options(self, decorators: list[ast.expr]) -> dict[str, Expression]:
        """Defaults that click gives to parameters."""
        found: dict[str, Expression] = {}
        for decorator in decorators:
            if isinstance(decorator, ast.Call) and self._tail(decorator.func) in ("option", "argument"):
                flag = self._flag(decorator)
                if flag is not None:
                    found[flag[0]] = flag[1]
        return found

    def _ClassDef(self, node: ast.ClassDef, scope: int, context: Context) -> None:  # noqa: N802
        inner = self._scope(scope, "class", node.name, node.body)
        self.scopes[inner]["bases"] = [d for base in node.bases if (d := self._dotted(base))]
        self._bind(scope, node.name, ["class", inner])
        self._push(list(node.decorator_list), scope, None)

    def _Return(self, node: ast.Return, scope: int, context: Context) -> None:  # noqa: N802
        if node.value is not None:
            returns = self.scopes[scope]["returns"]
            if len(returns) < MAX_BOUND:
                returns.append(self._expression(node.value))
            self.stack.append((node.value, scope, ["return", self.scopes[scope]["name"], [], None]))

    def _Assign(self, node: ast.Assign, scope: int, context: Context) -> None:  # noqa: N802
        for target in node.targets:
            self._assign(target, node.value, scope)
        self.stack.append((node.value, scope, ["assign", self._target(node.targets[0]), [], None]))

    def _AnnAssign(self, node: ast.AnnAssign, scope: int, context: Context) -> None:  # noqa: N802
        if node.value is not None:
            self._assign(node.target, node.value, scope)
            kind = "field" if self.scopes[scope]["kind"] == "class" else "assign"
            self.stack.append((node.value, scope, [kind, self._target(node.target), [], None]))
        self._push([node.annotation], scope, ["annotation", self._target(node.target), [], None])

    def _NamedExpr(self, node: ast.NamedExpr, scope: int, context: Context) -> None:  # noqa: N802
        self._assign(node.target, node.value, scope)
        self.stack.append((node.value, scope, ["assign", self._target(node.target), [], context]))

    def _AugAssign(self, node: ast.AugAssign, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            self._bind(scope, node.target.id, self._expression(node.value))
        self.stack.append((node.value, scope, ["assign", self._target(node.target), [], None]))

    def _assign(self, target: ast.expr, value: ast.expr, scope: int) -> None:
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, self._expression(value))
        elif (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id in ("self", "cls")
        ):
            holder = self._class_around(scope)
            if holder is not None:
                # Read in the method, not in the class: its names are the method's.
                self._bind(holder, target.attr, ["in", scope, self._expression(value)])
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            for one, other in zip(target.elts, value.elts, strict=False):
                self._assign(one, other, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, one in enumerate(target.elts):
                if isinstance(one, ast.Name):
                    self._bind(scope, one.id, ["i", self._expression(value), ["b", number]])
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            key = self._expression(target.slice)
            self._bind(scope, target.value.id, ["d", [[key, self._expression(value)]]])

    def _For(self, node: ast.For | ast.AsyncFor | ast.comprehension, scope: int, context: Context) -> None:  # noqa: N802
        self._loop(node.target, node.iter, scope)
        name = self._target(node.target) if isinstance(node.target, ast.Name) else ""
        if name and isinstance(node.iter, ast.Name | ast.Attribute):
            # A list is used as its elements are.
            self.loops.append([self._tail(node.iter), name])
        else:
            self.stack.append((node.iter, scope, ["assign", name, [], None]))
        rest = node.ifs if isinstance(node, ast.comprehension) else [*node.body, *node.orelse]
        self._push(list(rest), scope, None)

    _AsyncFor = _For
    _comprehension = _For

    def _loop(self, target: ast.expr, iterable: ast.expr, scope: int) -> None:
        over = self._expression(iterable)
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, ["e", over, -1])
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, one in enumerate(target.elts):
                if isinstance(one, ast.Name):
                    self._bind(scope, one.id, ["e", over, number])

    def _With(self, node: ast.With | ast.AsyncWith, scope: int, context: Context) -> None:  # noqa: N802
        for item in node.items:
            if isinstance(item.optional_vars, ast.Name):
                self._bind(scope, item.optional_vars.id, self._expression(item.context_expr))
        self._push([*(item.context_expr for item in node.items), *node.body], scope, None)

    _AsyncWith = _With

    # Expressions: strings and calls with the place where they stand

    def _Constant(self, node: ast.Constant, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.value, str) and _WORD.match(node.value):
            self.strings.append([node.value, *self._at(node), context, scope])

    def _Name(self, node: ast.Name, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            (self.tested if _tests(context) else self.used).add(node.id)

    def _Attribute(self, node: ast.Attribute, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            (self.tested if _tests(context) else self.used).add(node.attr)
        self.stack.append((node.value, scope, context))

    def _Expr(self, node: ast.Expr, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.docs.append([node.value.lineno, node.value.end_lineno])
        else:
            self.stack.append((node.value, scope, None))

    def _JoinedStr(self, node: ast.JoinedStr, scope: int, context: Context) -> None:  # noqa: N802
        inner = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
        self._push(inner, scope, ["part", "", [], context])

    def _BinOp(self, node: ast.BinOp, scope: int, context: Context) -> None:  # noqa: N802
        self._push([node.left, node.right], scope, ["part", "", [], context])

    def _Compare(self, node: ast.Compare, scope: int, context: Context) -> None:  # noqa: N802
        self._push([node.left, *node.comparators], scope, ["compare", "", [], None])

    def _match_case(self, node: ast.match_case, scope: int, context: Context) -> None:
        self._push([node.pattern], scope, ["compare", "", [], None])
        self._push(list(node.body), scope, None)

    def _Dict(self, node: ast.Dict, scope: int, context: Context) -> None:  # noqa: N802
        names = [k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)][:40]
        for key, value in list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]:
            if key is not None:
                self.stack.append((key, scope, ["key", "", names, context]))
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            name = name or (self._tail(key) if isinstance(key, ast.Attribute | ast.Name) else "")
            self.stack.append((value, scope, ["item", name, names, context]))

    def _List(self, node: ast.List | ast.Tuple | ast.Set, scope: int, context: Context) -> None:  # noqa: N802
        self._push(node.elts[:MAX_ITEMS], scope, ["element", "", [], context])

    _Tuple = _List
    _Set = _List

    def _Subscript(self, node: ast.Subscript, scope: int, context: Context) -> None:  # noqa: N802
        self.stack.append((node.value, scope, context))
        self.stack.append((node.slice, scope, ["key", "", [], None]))

    def _Call(self, node: ast.Call, scope: int, context: Context) -> None:  # noqa: N802
        tail = self._tail(node.func)
        if tail in ("add_argument", "option", "add_option"):
            flag = self._flag(node)
            if flag is not None:
                self.flags.setdefault(flag[0], []).append(flag[1])
        called = self._expression(node)
        if called[0] == "c":
            self.calls.append([scope, called])
        names = [k.arg for k in node.keywords if k.arg]
        # `getenv("MODEL", …)`, `add_argument("--model", default=…)`: the first word names what the others are.
        words = [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        name = words[0] if words and (len(node.args) > 1 or node.keywords) and _NAME.match(words[0]) else ""
        for number, argument in enumerate(node.args):
            self.stack.append((argument, scope, ["argument", str(number), [tail, name, *names], context]))
        for keyword in node.keywords:
            self.stack.append((keyword.value, scope, ["keyword", keyword.arg or "", [tail, name, *names], context]))
        self.stack.append((node.func, scope, None))

    def _flag(self, node: ast.Call) -> tuple[str, Expression] | None:
        """What argparse and click make of `"--model-name", default=…, choices=…`."""
        words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        given = {k.arg: k.value for k in node.keywords}
        long = next((w for w in words if w.startswith("--")), words[0] if words else "")
        dest = given.get("dest")
        name = dest.value if isinstance(dest, ast.Constant) and isinstance(dest.value, str) else long
        values = [self._expression(given[k]) for k in ("default", "choices") if k in given]
        if "choices" in given:
            values[-1] = ["e", values[-1], -1]
        return (name.lstrip("-").replace("-", "_"), ["|", values]) if name and values else None

    # Expressions as values

    def _expression(self, node: ast.AST | None, depth: int = 0) -> Expression:
        """Read an expression once, however many calls it stands in."""
        if node is None or depth > MAX_DEPTH:
            return UNKNOWN
        known = self.known.get(id(node))
        if known is None:
            known = self.known[id(node)] = self._reading(node, depth + 1)
        return known

    def _reading(self, node: ast.AST, deep: int) -> Expression:
        match node:
            case ast.Constant(value=str() as text):
                return ["s", text, *self._at(node)] if len(text) <= MAX_TEXT else UNKNOWN
            case ast.Constant(value=value):
                return ["b", value if isinstance(value, bool | int | float) or value is None else None]
            case ast.Name(id=name):
                return ["n", name]
            case ast.Attribute(value=base, attr=attr):
                return ["a", self._expression(base, deep), attr]
            case ast.Call():
                return self._call(node, deep)
            case ast.Subscript(value=base, slice=key):
                return ["i", self._expression(base, deep), self._expression(key, deep)]
            case ast.IfExp(body=body, orelse=other):
                return ["|", [self._expression(body, deep), self._expression(other, deep)]]
            case ast.BoolOp(values=values):
                return ["|", [self._expression(v, deep) for v in values[:MAX_BOUND]]]
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self._expression(value, deep)
            case ast.JoinedStr(values=values):
                return ["f", [self._expression(v, deep) for v in values[:MAX_BOUND]], *self._at(node)]
            case ast.FormattedValue(value=value):
                return self._expression(value, deep)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return ["f", [self._expression(left, deep), self._expression(right, deep)], *self._at(node)]
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right) if text.count("%s") == 1:
                before, _, after = text.partition("%s")
                at = self._at(node)
                return ["f", [["s", before, *at], self._expression(right, deep), ["s", after, *at]], *at]
            case ast.Dict(keys=keys, values=values):
                pairs = list(zip(keys, values, strict=True))[:MAX_ITEMS]
                return ["d", [[self._expression(k, deep), self._expression(v, deep)] for k, v in pairs]]
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return ["l", [self._expression(e, deep) for e in elts[:MAX_ITEMS]]]
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return ["l", [self._expression(element, deep)]]
            case _:
                return UNKNOWN

    def _call(self, node: ast.Call, depth: int) -> Expression:
        tail = self._tail(node.func)
        given = {k.arg: k.value for k in node.keywords if k.arg}
        if tail in _FIELDS:
            default = given.get("default", node.args[0] if node.args else given.get("default_factory"))
            return self._expression(default, depth)
        if isinstance(node.func, ast.Lambda):
            return UNKNOWN
        args = [self._expression(a, depth) for a in node.args[:MAX_BOUND]]
        keywords = {name: self._expression(value, depth) for name, value in list(given.items())[:MAX_BOUND]}
        more = [k.value for k in node.keywords if k.arg is None]
        if more:
            keywords["**"] = self._expression(more[0], depth)
        return ["c", self._expression(node.func, depth), args, keywords, *self._at(node)]

    def _tail(self, node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    def _target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            return node.slice.value if isinstance(node.slice.value, str) else ""
        return self._tail(node)

    def _dotted(self, node: ast.expr | None) -> str:
        """`a.b.c` of an annotation or a base; the inner one of `Optional[X]` and `X | None`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value if node.value.replace(".", "").replace("_", "").isalnum() else ""
        if isinstance(node, ast.Subscript):
            return self._dotted(node.slice if not isinstance(node.slice, ast.Tuple) else node.slice.elts[0])
        if isinstance(node, ast.BinOp):
            return self._dotted(node.left)
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""

    def _at(self, node: ast.expr) -> tuple[int, int, int | None]:
        line = node.lineno
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = node.col_offset
        if not text.isascii():  # the parser counts bytes
            column = len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            at = self.place(line, column + 1, "")
        else:
            # The name itself, after prefix and quotes, where it stands on the line as it is.
            inside = text.find(node.value, column, column + len(node.value) + 6)
            at = self.place(line, max(inside, column) + 1, node.value)
        self.seen[at[0]] = line
        return at


def _tests(context: Context) -> bool:
    """Is what stands here only compared?"""
    return context is not None and (context[0] == "compare" or (context[0] == "argument" and context[2][0] in TESTS))
