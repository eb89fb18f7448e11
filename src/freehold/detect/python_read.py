"""Python source to facts: which names are bound to what, which calls are made, which strings stand where.

Nothing is judged here and no other file is looked at, so that the result can be made in another process and kept in a
cache: facts are plain lists and dictionaries. How expressions look, python_expressions says.

A scope is {"up", "kind": module | function | class, "name", "names": {name: [expressions]}, "params", "bases",
"returns"}, perhaps with "rest", the name of its `**` parameter, "among", the tables in which its names are looked up,
"gives", the annotation of what it gives back, "property", and "fixture", its name for tests; a parameter is
[name, default or None, annotation].
A string is [text, line, column, cell, context, scope]; a context is [kind, name, beside, outer context].
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from freehold.detect.names import begins_used
from freehold.detect.pins import is_commit
from freehold.detect.python_bindings import Bindings
from freehold.detect.python_contexts import MADE, Context, inside, instead, makes, part, said_first, says, tests
from freehold.detect.python_expressions import FIELDS, MAX_ITEMS, MAX_NAMED, Expression, Place
from freehold.detect.python_joined import joined
from freehold.detect.python_offered import INPUTS, entry, run
from freehold.detect.python_options import elements, of_data, text_of, unfilled, variable
from freehold.detect.shapes import untitled
from freehold.source import syntax_tree

Facts: TypeAlias = dict[str, Any]

MAX_BESIDE = 100  # keywords that say what stands beside them
MAX_GROWN = 6  # additions to one name that are told apart
#: Nodes with nothing below them that stand in every expression.
_BARE = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
#: One word: prose and other data name no model by themselves.
_WORD = re.compile(r"[^\s,;(){}<>]{2,200}\Z")
#: Where `.format` or `%` fills in the rest of an address.
_FILLED = re.compile(r"\{|%s")


def read(data: bytes | str, place: Place) -> Facts:
    """Read a source. `place` turns a line and a column in characters into those of the file. Raises SyntaxError,
    ValueError, RecursionError or MemoryError, as the parser does."""
    tree = syntax_tree(data)
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    return _Reader(text, place).module(tree)


class _Reader(Bindings):
    def __init__(self, text: str, place: Place) -> None:
        super().__init__(text, place)
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.calls: list[list[Any]] = []
        self.strings: list[list[Any]] = []
        self.docs: list[list[Any]] = []
        self.pairs: list[list[Any]] = []  # two texts and nothing else, and where the first stands
        self.used: set[str] = set()
        self.tested: set[str] = set()
        self.asked: set[str] = set()  # words that something is compared with
        self.loops: list[list[str]] = []
        self.entries: dict[int, str] = {}  # the methods by which a framework runs classes
        self.given: dict[int, dict[str, Expression]] = {}  # what the decorators of a class give to its methods
        self.mapped: dict[ast.Lambda, Expression] = {}  # what functions without a name are called with
        self.stack: list[tuple[ast.AST, int, Context]] = []

    def module(self, tree: ast.Module) -> Facts:
        """Read the whole tree with a stack of our own: nothing in it can be too deep."""
        self._scope(-1, "module", "", tree.body)
        stack, visits, children = self.stack, _visits(), _Reader._children
        while stack:
            node, scope, context = stack.pop()
            visits.get(type(node), children)(self, node, scope, context)
        return {
            "imports": self.imports,
            "stars": self.stars,
            "scopes": self.scopes,
            "calls": self.calls,
            "strings": self.strings,
            "docs": self.docs,
            "pins": self.pins,
            "pairs": self.pairs,
            "flags": self.flags,
            "put": self.put_on,
            "used": sorted(self.used),
            "tested": sorted(self.tested),
            "asked": sorted(self.asked),
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
        self.stack += [(node, scope, context) for node in reversed(nodes)]

    def _children(self, node: ast.AST, scope: int, context: Context) -> None:
        below: list[ast.AST] = []
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                below += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, _BARE):
                below.append(value)
        self._push(below, scope, context)

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
        given = {**self.given.get(scope, {}), **self.options(node.decorator_list)}
        self._params(node.args, inner, scope, given)
        self.bind(scope, node.name, ["def", inner])
        if node.name == INPUTS and (method := self.entries.get(scope)) is not None:
            self.calls += [[inner, called] for called in (run(self, node, inner, method),) if called is not None]
        if node.returns is not None and (gives := self.dotted(node.returns)) not in ("", "None"):
            self.scopes[inner]["gives"] = gives
        if (fixture := self.fixture(node)) is not None:
            self.scopes[inner]["fixture"] = fixture[0]
            if fixture[1] is not None:  # `request.param`
                self.bind(inner, "request", ["c", ["?"], [], {"param": ["e", fixture[1], -1]}, node.lineno, 1, None])
        if any(self.tail(d) in ("property", "cached_property") for d in node.decorator_list):
            self.scopes[inner]["property"] = True
        self._push(list(node.decorator_list), scope, None)

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda, scope: int, context: Context) -> None:  # noqa: N802
        name = context[1] if context is not None and context[0] == "assign" else ""
        inner = self._scope(scope, "function", name, [])
        first = [argument.arg for argument in node.args.args[:1]]
        self._params(node.args, inner, scope, dict.fromkeys(first, self.mapped[node]) if node in self.mapped else {})
        self.scopes[inner]["returns"].append(self.expression(node.body))
        if name:  # `load = lambda name: AutoModel.from_pretrained(name)`
            self.bind(scope, name, ["def", inner])
        self.stack.append((node.body, inner, context))

    def _params(self, arguments: ast.arguments, inner: int, scope: int, options: dict[str, Expression]) -> None:
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
        params: list[list[Any]] = []
        for argument, default in [
            *zip(plain, defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]:
            value = self.expression(default) if default is not None else options.get(argument.arg)
            if offered := self.offered(argument.annotation):
                value = ["|", [*([value] if value is not None else []), *offered]]
            params.append([argument.arg, value, self.dotted(argument.annotation)])
            if default is not None:
                self.stack.append((default, scope, ["default", argument.arg, [self.scopes[inner]["name"]], None]))
        if arguments.vararg is not None:  # the first of them
            params.insert(len(plain), [arguments.vararg.arg, None, ""])
        self.scopes[inner]["params"] = params
        if arguments.kwarg is not None:
            self.scopes[inner]["rest"] = arguments.kwarg.arg

    def _ClassDef(self, node: ast.ClassDef, scope: int, context: Context) -> None:  # noqa: N802
        inner = self._scope(scope, "class", node.name, node.body)
        self.scopes[inner]["bases"] = [d for base in node.bases if (d := self.dotted(base))]
        self.bind(scope, node.name, ["class", inner])
        self.given[inner] = self.options(node.decorator_list)
        if (method := entry(node)) is not None:
            self.entries[inner] = method
        self._push(list(node.decorator_list), scope, None)

    def _Global(self, node: ast.Global, scope: int, context: Context) -> None:  # noqa: N802
        self.elsewhere |= {(scope, name): 0 for name in node.names if scope}

    def _Nonlocal(self, node: ast.Nonlocal, scope: int, context: Context) -> None:  # noqa: N802
        self.elsewhere |= {(scope, name): self.scopes[scope]["up"] for name in node.names if scope}

    def _Return(self, node: ast.Return, scope: int, context: Context) -> None:  # noqa: N802
        if node.value is not None:
            returns = self.scopes[scope]["returns"]
            if len(returns) < MAX_NAMED:
                returns.append(self.expression(node.value))
            self.stack.append((node.value, scope, ["return", self.scopes[scope]["name"], [], None]))

    def _Yield(self, node: ast.Yield, scope: int, context: Context) -> None:  # noqa: N802
        if node.value is not None:
            returns = self.scopes[scope]["returns"]
            if len(returns) < MAX_NAMED:
                returns.append(["l", [self.expression(node.value)]])
            self.stack.append((node.value, scope, ["return", self.scopes[scope]["name"], [], None]))

    def _Assign(self, node: ast.Assign, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.value, ast.Call) and self.tail(node.value.func) == "namedtuple":
            self._namedtuple(node.value, scope)
        for target in node.targets:
            self.assign(target, node.value, scope)
        self.stack.append((node.value, scope, ["assign", self.target(node.targets[0]), [], None]))

    def _namedtuple(self, node: ast.Call, scope: int) -> None:
        """`Spec = namedtuple("Spec", "repo size")` is a class with these fields."""
        name, fields = [self.expression(a) for a in node.args[:2]] if len(node.args) > 1 else [["?"], ["?"]]
        words = fields[1].replace(",", " ").split() if fields[0] == "s" else []
        words = words or [e[1] for e in (fields[1] if fields[0] == "l" else ()) if e[0] == "s"]
        if name[0] == "s":
            inner = self._scope(scope, "class", name[1], [])
            self.scopes[inner] |= {"fields": words, "names": {word: [] for word in words}}
            self.bind(scope, name[1], ["class", inner])

    def _AnnAssign(self, node: ast.AnnAssign, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.target, ast.Name) and self.scopes[scope]["kind"] == "class":
            self.scopes[scope].setdefault("fields", []).append(node.target.id)
        if node.value is not None:
            self.assign(node.target, node.value, scope)
            kind = "field" if self.scopes[scope]["kind"] == "class" else "assign"
            self.stack.append((node.value, scope, [kind, self.target(node.target), [], None]))
        elif isinstance(node.target, ast.Name):
            self.scopes[scope]["names"].setdefault(node.target.id, [])  # a field without a default
        if isinstance(node.target, ast.Name) and (offered := self.offered(node.annotation)):
            self.bind(scope, node.target.id, ["|", offered])
        self._push([node.annotation], scope, ["annotation", self.target(node.target), [], None])

    def _NamedExpr(self, node: ast.NamedExpr, scope: int, context: Context) -> None:  # noqa: N802
        self.assign(node.target, node.value, scope)
        self.stack.append((node.value, scope, ["assign", self.target(node.target), [], context]))

    def _AugAssign(self, node: ast.AugAssign, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            value, name = self.expression(node.value), node.target.id
            before = list(self.scopes[scope]["names"].get(name, ())) if value[0] in ("s", "f") else []
            # An addition holds all that it may add to: of more than a few there would be millions.
            before = before if len(before) < MAX_GROWN else []
            self.bind(scope, name, ["f", [["|", before], value], *self.at(node.value)] if before else value)
        added: Context = ["assign", self.target(node.target), [], None]
        behind = isinstance(node.value, ast.Constant)  # that is no name by itself
        self.stack.append((node.value, scope, ["part", "+=", [], added] if behind else added))

    def _For(self, node: ast.For | ast.AsyncFor | ast.comprehension, scope: int, context: Context) -> None:  # noqa: N802
        self.loop(node.target, node.iter, scope)
        name = self.target(node.target) if isinstance(node.target, ast.Name) else ""
        asked = context is not None and context[0] == "argument" and context[2][0] in ("any", "all")
        if asked and isinstance(node.iter, ast.Name | ast.Attribute):
            self.tested.add(self.tail(node.iter))
        elif name and isinstance(node.iter, ast.Name | ast.Attribute):
            # A list is used as its elements are.
            self.loops.append([self.tail(node.iter), name])
        else:
            self.stack.append((node.iter, scope, ["assign", name, [], None]))
        rest = node.ifs if isinstance(node, ast.comprehension) else [*node.body, *node.orelse]
        self._push(list(rest), scope, None)

    _AsyncFor = _For
    _comprehension = _For

    def _With(self, node: ast.With | ast.AsyncWith, scope: int, context: Context) -> None:  # noqa: N802
        for item in node.items:
            if isinstance(item.optional_vars, ast.Name):
                self.bind(scope, item.optional_vars.id, self.expression(item.context_expr))
        self._push([*(item.context_expr for item in node.items), *node.body], scope, None)

    _AsyncWith = _With

    # Expressions: strings and calls with the place where they stand

    def _Constant(self, node: ast.Constant, scope: int, context: Context) -> None:  # noqa: N802
        text = untitled(node.value) if isinstance(node.value, str) else ""
        if "://" in text and (open_at := _FILLED.search(text)) is not None:
            text = begins_used(text[: open_at.start()]) or ""
        if text and not _WORD.match(text):
            self.strings += [[one, *self.at(node, one), inner, scope] for one, inner in inside(text, context)]
        elif text and says(text, context):
            self.strings.append([text, *self.at(node), context, scope])

    def _Name(self, node: ast.Name, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            (self.tested if tests(context) else self.used).add(node.id)

    def _Attribute(self, node: ast.Attribute, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            (self.tested if tests(context) else self.used).add(node.attr)
        self.stack.append((node.value, scope, context))

    def _Expr(self, node: ast.Expr, scope: int, context: Context) -> None:  # noqa: N802
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.docs.append([node.value.lineno, node.value.end_lineno])
        else:
            self.stack.append((node.value, scope, None))

    def _JoinedStr(self, node: ast.JoinedStr, scope: int, context: Context) -> None:  # noqa: N802
        if (plain := unfilled(node)) is not None:
            self._Constant(plain, scope, context)
            return
        first = node.values[0] if node.values else None
        text = text_of(first)
        if first is not None and "://" in text and (known := begins_used(text)) is not None:
            self.strings.append([known, *self.at(first), context, scope])
        elif (ending := self.file_at_end(node)) is not None:  # `f"{BASE}/net.pth"`
            self.strings.append([ending, *self.at(node, ending), context, scope])
        self._join(node, scope, context)
        inner = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
        self._push(inner, scope, part(context))

    def _join(self, node: ast.expr, scope: int, context: Context) -> None:
        if (what := joined(node, context)) is not None:
            self.calls.append([scope, ["c", ["n", what], [self.expression(node)], {}, *self.at(node)]])

    def _BinOp(self, node: ast.BinOp, scope: int, context: Context) -> None:  # noqa: N802
        self._join(node, scope, context)
        self._push([node.left, node.right], scope, part(context))

    def _BoolOp(self, node: ast.BoolOp, scope: int, context: Context) -> None:  # noqa: N802
        self._push([*node.values], scope, instead(node, context))

    def _Compare(self, node: ast.Compare, scope: int, context: Context) -> None:  # noqa: N802
        for one in (node.left, *node.comparators):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and _WORD.match(one.value):
                self.asked.add(one.value)
        self._push([node.left, *node.comparators], scope, ["compare", "", [], None])

    def _match_case(self, node: ast.match_case, scope: int, context: Context) -> None:
        self._push([node.pattern], scope, ["compare", "", [], None])
        self._push(list(node.body), scope, None)

    def _Dict(self, node: ast.Dict, scope: int, context: Context) -> None:  # noqa: N802
        names = [k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)][:40]
        self.pinned(node)
        own, data = variable(node), of_data(zip(map(text_of, node.keys), node.values, strict=True))
        for key, value in list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]:
            if key is not None:
                self.stack.append((key, scope, ["key", MADE if makes(value) else "", names, context]))
            name = text_of(key) or (self.tail(key) if isinstance(key, ast.Attribute | ast.Name) else "")
            name = "dataset" if data else own if own and name in ("value", "Value") else name
            self.stack.append((value, scope, ["item", name, names, context]))

    def _List(self, node: ast.List | ast.Tuple | ast.Set, scope: int, context: Context) -> None:  # noqa: N802
        texts = [text_of(e) for e in node.elts[:4]]
        if len(node.elts) == len(texts) > 1 and "/" in texts[0] and is_commit(texts[1]):
            self.pins.append([*self.at(node.elts[0]), texts[1], None])
        elif len(texts) == 2 and len(node.elts) == 2 and all(texts) and len(self.pairs) < MAX_ITEMS:
            self.pairs.append([texts[0], *self.at(node.elts[0]), texts[1]])
        self.stack += [(e, scope, place) for e, place in elements(node.elts[:MAX_ITEMS], context)][::-1]

    _Tuple = _List
    _Set = _List

    def _If(self, node: ast.If | ast.Assert, scope: int, context: Context) -> None:  # noqa: N802
        self.checked(node, scope)
        self._children(node, scope, context)

    _Assert = _If

    def _Subscript(self, node: ast.Subscript, scope: int, context: Context) -> None:  # noqa: N802
        self.among(node.value, node.slice, scope, must=False)
        self.stack.append((node.value, scope, context))
        self.stack.append((node.slice, scope, ["key", "", [], None]))

    def _Call(self, node: ast.Call, scope: int, context: Context) -> None:  # noqa: N802
        tail = self.tail(node.func)
        self.flagged(node, tail)
        if tail == "format" and isinstance(node.func, ast.Attribute):
            self._join(node, scope, context)
        if tail == "map" and len(node.args) == 2 and isinstance(node.args[0], ast.Lambda):
            self.mapped[node.args[0]] = ["e", self.expression(node.args[1]), -1]
        if tail == "get" and node.args and isinstance(node.func, ast.Attribute):
            self.among(node.func.value, node.args[0], scope, must=False)
        called = self.expression(node)
        if called[0] == "c":
            self.calls.append([scope, called])
        if (later := self.later(node)) is not None:
            self.calls.append([scope, later])
        self.grown(node, tail, scope)
        beside = [tail, said_first(node, tail), *(k.arg for k in node.keywords[:MAX_BESIDE] if k.arg)]
        data = of_data((k.arg or "", k.value) for k in node.keywords)
        if tail.startswith("assert_") and isinstance(node.func, ast.Attribute):
            data = data or "dataset" in self.tail(node.func.value)  # `load_dataset.assert_called_once_with("org/name")`
        for number, argument in enumerate(node.args):
            given = ("keyword", "dataset") if data else ("argument", str(number))
            self.stack.append((argument, scope, [*given, beside, context]))
        field = tail in FIELDS and context is not None and context[0] == "field"
        for keyword in node.keywords:
            inner: Context = ["keyword", "dataset" if data else keyword.arg or "", beside, context]
            # What `field(default_factory=lambda: […])` gives is what the field is.
            self.stack.append((keyword.value, scope, context if field and keyword.arg == "default_factory" else inner))
        self.stack.append((node.func, scope, None))


@cache
def _visits() -> dict[type[ast.AST], Callable[[_Reader, Any, int, Context], None]]:
    """The methods above by the nodes that they read."""
    return {
        kind: visit
        for name in dir(ast)
        if (visit := getattr(_Reader, f"_{name}", None)) and (kind := getattr(ast, name))
    }
