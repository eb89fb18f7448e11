"""Python expressions as small lists whose first element says what they are:

["s", text, line, column, cell]     a string              ["b", value]               True, False, None, a number
["n", name]                         a name                ["a", base, attribute]
["c", callee, args, keywords, line, column, cell]          ["i", base, key]           a subscript
["f", parts, line, column, cell]    joined parts          ["|", alternatives]
["d", [[key, value], …]]            ["l", elements]       ["e", iterable, position]  what a loop gives
["{}"]                              the key of a table within a table
[":"]                               the key of a part of a list: `names[:2]`
["**", names]                       what callers pass on under these names
["?"]                               anything else
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any, TypeAlias

from freehold.detect.names import OUTPUT
from freehold.detect.python_options import unfilled
from freehold.detect.shapes import shapes

Expression: TypeAlias = list[Any]
Place: TypeAlias = Callable[[int, int, str], tuple[int, int, int | None]]

UNKNOWN: Expression = ["?"]
SPREAD: Expression = ["{}"]  # the key of a table whose entries stand in another: `{**other}`
SLICE: Expression = [":"]
#: Types within one type.
MAX_TYPES = 20
MAX_DEPTH = 24
MAX_ITEMS = 2_000
MAX_BOUND = 24  # arguments of a call, alternatives and parts of an expression
MAX_NAMED = 500  # expressions kept for one name
MAX_TEXT = 300

_NEWLINE = re.compile(r"\r\n|\r|\n")

_FORMAT = re.compile(r"%[sd]")

#: Members of a module that are called by a name which is only known when it runs.
LOOKED_UP = ("__dict__", "getattr")

#: Calls that stand for their default: dataclasses, attrs, pydantic, typer, FastAPI; and Cog's `Input`.
FIELDS = frozenset(
    {
        "field",
        "Field",
        "ib",
        "attrib",
        "Option",
        "Argument",
        "Parameter",
        "parameter",
        "mapped_column",
        "Form",
        "Query",
        "Body",
    }
)


#: Variables that hold where files are.
_PLACE = re.compile(r"url|base|dir|path|root|folder|repo|hub|host", re.IGNORECASE)

#: Calls that call what they are given, and which argument that is: functools, concurrent.futures, asyncio, anyio.
_LATER = {"partial": 0, "submit": 0, "to_thread": 0, "run_sync": 0, "run_in_executor": 1}


#: What ipywidgets calls with what somebody chooses.
_INTERACTS = frozenset({"interact", "interactive", "interact_manual", "interactive_output"})

#: `map`, and methods of Gradio's components that call a function with what other components hold.
_EVENTS = frozenset({"map", "click", "change", "input", "select", "release"})

#: Methods and functions that read a setting.
GET = frozenset({"get", "getenv", "pop", "setdefault", "config", "env", "get_env", "get_config", "env_str"})


class Expressions:
    """Reads the expressions of one source, each once."""

    def __init__(self, text: str, place: Place) -> None:
        self.lines = _NEWLINE.split(text) if "\r" in text else text.split("\n")
        self.place = place
        self.seen: dict[int, int] = {}  # lines of the file where something was placed, and their lines in the text
        self.known: dict[int, Expression] = {}  # by the identity of nodes, which live as long as the tree
        self.names: dict[str, Expression] = {}  # what is said often is kept once: most names, and their attributes
        self.attributes: dict[tuple[int, str], Expression] = {}
        self.types: dict[str, list[Expression]] = {}  # what types are called that take some texts and no others

    def flag(self, node: ast.Call) -> tuple[str, Expression] | None:
        """What argparse and click make of `"--model-name", default=…, choices=…`, absl of `"model", default, help`."""
        words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        given = {k.arg: k.value for k in node.keywords}
        if (tail := self.tail(node.func)).startswith("DEFINE_"):
            words = words[:1]
            given |= dict(zip(("default", "choices" if "enum" in tail else ""), node.args[1:], strict=False))
            given |= {"choices": given["enum_values"]} if "enum_values" in given else {}
        if isinstance(kind := given.get("type"), ast.Call) and self.tail(kind.func) == "Choice" and kind.args:
            given.setdefault("choices", kind.args[0])
        # click takes a bare word beside the flags for the parameter's name.
        long = next((w for w in words if not w.startswith("-")), "") or next(
            (w for w in words if w.startswith("--")), words[0] if words else ""
        )
        dest = given.get("dest")
        name = dest.value if isinstance(dest, ast.Constant) and isinstance(dest.value, str) else long
        values = [self.expression(given[k]) for k in ("default", "choices") if k in given]
        if "choices" in given:
            values[-1] = ["e", values[-1], -1]
        return (name.lstrip("-").replace("-", "_"), ["|", values]) if name else None

    def offered(self, annotation: ast.expr | None) -> list[Expression]:
        """The texts that a parameter or a field takes and no others: `Literal["a", "b"]`, wherever in its type."""
        inside = [annotation] if annotation is not None else []
        for node in inside:
            if isinstance(node, ast.Subscript):
                within = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                if self.tail(node.value) == "Literal":
                    return [self.expression(one) for one in within if isinstance(one, ast.Constant)]
                inside += within[:MAX_TYPES]
            elif isinstance(node, ast.BinOp):
                inside += [node.left, node.right]
            elif isinstance(node, ast.Name) and node.id in self.types:
                return self.types[node.id]
            if len(inside) > MAX_TYPES:
                break
        return []

    def options(self, decorators: list[ast.expr]) -> dict[str, Expression]:
        """What click gives to parameters by default, and what pytest gives to them in turn."""
        found: dict[str, Expression] = {}
        for decorator in decorators:
            tail = self.tail(decorator.func) if isinstance(decorator, ast.Call) else ""
            if isinstance(decorator, ast.Call) and tail in ("option", "argument"):
                flag = self.flag(decorator)
                if flag is not None and flag[1][1]:
                    found[flag[0]] = flag[1]
            elif isinstance(decorator, ast.Call) and tail == "parametrize" and len(decorator.args) > 1:
                names, values = self._parametrized(decorator.args[0]), self.expression(decorator.args[1])
                found |= {name: ["e", values, at if len(names) > 1 else -1] for at, name in enumerate(names)}
            elif isinstance(decorator, ast.Call) and tail in _INTERACTS:
                found |= self._offered(decorator)
        return found

    def _offered(self, node: ast.Call) -> dict[str, Expression]:
        """What `interact(load, name=["…", "…"])` gives to parameters in turn."""
        given = {k.arg: (self.expression(k.value), k.value) for k in node.keywords[:MAX_BOUND] if k.arg}
        return {name: e if isinstance(value, ast.Call) else ["e", e, -1] for name, (e, value) in given.items()}

    def _parametrized(self, node: ast.expr) -> list[str]:
        """`"name, size"` or `("name", "size")`."""
        parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return [name.strip() for text in texts for name in text.split(",") if name.strip()]

    def fixture(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, Expression | None] | None:
        """The name of a fixture of pytest, and the values that it is made with in turn."""
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if self.tail(call.func if call is not None else decorator) == "fixture":
                given = {k.arg: k.value for k in call.keywords} if call is not None else {}
                named = given.get("name")
                own = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else node.name
                return own, self.expression(given["params"]) if "params" in given else None
        return None

    def expression(self, node: ast.AST | None, depth: int = 0) -> Expression:
        """Read an expression once, however many calls it stands in."""
        if node is None or depth > MAX_DEPTH:
            return UNKNOWN
        kind = type(node)
        if kind is ast.Name:
            name: str = node.id  # type: ignore[attr-defined]
            found = self.names.get(name)
            if found is None:
                found = self.names[name] = ["n", name]
            return found
        known = self.known.get(id(node))
        if known is None:
            read = _readers().get(kind)
            known = UNKNOWN if read is None else read(self, node, depth + 1)
            self.known[id(node)] = known
        return known

    def _of_Constant(self, node: ast.Constant, deep: int) -> Expression:  # noqa: N802
        value = node.value
        if isinstance(value, str):
            return ["s", value, *self.at(node)] if len(value) <= MAX_TEXT else UNKNOWN
        return ["b", value if isinstance(value, bool | int | float) else None]

    def _of_UnaryOp(self, node: ast.UnaryOp, deep: int) -> Expression:  # noqa: N802
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and isinstance(operand.value, int):
            return ["b", -operand.value]  # `parts[-1]`
        return UNKNOWN

    def _of_Attribute(self, node: ast.Attribute, deep: int) -> Expression:  # noqa: N802
        base = self.expression(node.value, deep)
        found = self.attributes.get((id(base), node.attr))
        if found is None:
            found = self.attributes[id(base), node.attr] = ["a", base, node.attr]
        return found

    def _of_Subscript(self, node: ast.Subscript, deep: int) -> Expression:  # noqa: N802
        return ["i", self.expression(node.value, deep), self.expression(node.slice, deep)]

    def _of_Slice(self, node: ast.Slice, deep: int) -> Expression:  # noqa: N802
        return SLICE

    def _of_IfExp(self, node: ast.IfExp, deep: int) -> Expression:  # noqa: N802
        return ["|", [self.expression(node.body, deep), self.expression(node.orelse, deep)]]

    def _of_BoolOp(self, node: ast.BoolOp, deep: int) -> Expression:  # noqa: N802
        return ["|", [self.expression(v, deep) for v in node.values[:MAX_BOUND]]]

    def _of_FormattedValue(  # noqa: N802
        self, node: ast.FormattedValue | ast.NamedExpr | ast.Await | ast.Starred, deep: int
    ) -> Expression:
        return self.expression(node.value, deep)

    _of_NamedExpr = _of_Await = _of_Starred = _of_FormattedValue  # noqa: N815

    def _of_JoinedStr(self, node: ast.JoinedStr, deep: int) -> Expression:  # noqa: N802
        if (text := unfilled(node)) is not None:
            return self._of_Constant(text, deep)
        return ["f", [self.expression(v, deep) for v in node.values[:MAX_BOUND]], *self.at(node)]

    def _of_BinOp(self, node: ast.BinOp, deep: int) -> Expression:  # noqa: N802
        left = node.left
        if isinstance(node.op, ast.Add):
            return ["f", [self.expression(left, deep), self.expression(node.right, deep)], *self.at(node)]
        if isinstance(node.op, ast.BitOr):  # of two tables
            return ["|", [self.expression(left, deep), self.expression(node.right, deep)]]
        text = left.value if isinstance(left, ast.Constant) else None
        if isinstance(node.op, ast.Div) and isinstance(getattr(node.right, "value", None), str):  # `ROOT / "name"`
            return [
                "c",
                ["a", self.expression(left, deep), "joinpath"],
                [self.expression(node.right, deep)],
                {},
                *self.at(node),
            ]
        texts = _FORMAT.split(text) if isinstance(node.op, ast.Mod) and isinstance(text, str) else []
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if not 1 < len(texts) == len(given) + 1 <= MAX_BOUND:
            return UNKNOWN
        at = self.at(node)
        parts: list[Expression] = [["s", texts[0], *at]]
        for one, after in zip(given, texts[1:], strict=True):
            parts += [self.expression(one, deep), ["s", after, *at]]
        return ["f", parts, *at]

    def _of_Dict(self, node: ast.Dict, deep: int) -> Expression:  # noqa: N802
        pairs = list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]
        return ["d", [[self.expression(k, deep) if k else SPREAD, self.expression(v, deep)] for k, v in pairs]]

    def _of_DictComp(self, node: ast.DictComp, deep: int) -> Expression:  # noqa: N802
        return ["d", [[self.expression(node.key, deep), self.expression(node.value, deep)]]]

    def _of_List(self, node: ast.List | ast.Tuple | ast.Set, deep: int) -> Expression:  # noqa: N802
        return ["l", [self.expression(e, deep) for e in node.elts[:MAX_ITEMS]]]

    _of_Tuple = _of_Set = _of_List  # noqa: N815

    def _of_ListComp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, deep: int) -> Expression:  # noqa: N802
        return ["l", [self.expression(node.elt, deep)]]

    _of_GeneratorExp = _of_SetComp = _of_ListComp  # noqa: N815

    def _of_Call(self, node: ast.Call, depth: int) -> Expression:  # noqa: N802
        tail = self.tail(node.func)
        given = {k.arg: k.value for k in node.keywords if k.arg}
        if tail in FIELDS or (tail == "Input" and not node.args):
            default = given.get("default", node.args[0] if node.args else given.get("default_factory"))
            default = default.body if isinstance(default, ast.Lambda) else default
            if "choices" not in given:
                return self.expression(default, depth)
            chosen = ["e", self.expression(given["choices"], depth), -1]
            return ["|", [self.expression(default, depth), chosen]] if default is not None else chosen
        if isinstance(node.func, ast.Lambda):
            return UNKNOWN
        if tail == "param" and isinstance(node.func, ast.Attribute) and node.args:  # `pytest.param("name", id="…")`
            values = [self.expression(a, depth) for a in node.args[:MAX_BOUND]]
            return values[0] if len(values) == 1 else ["l", values]
        args = [self.expression(a, depth) for a in node.args[:MAX_BOUND]]
        keywords = {name: self.expression(value, depth) for name, value in islice(given.items(), MAX_BOUND)}
        if len(given) < len(node.keywords):
            more = [k.value for k in node.keywords if k.arg is None]
            if more:
                keywords["**"] = self.expression(more[0], depth)
        return ["c", self.expression(node.func, depth), args, keywords, *self.at(node)]

    def later(self, node: ast.Call) -> Expression | None:
        """`partial(load, "name")`, `pool.submit(load, "name")`, `map(load, names)`, `button.click(load, inputs=[…])`:
        the call that is made of it, or None."""
        tail = self.tail(node.func)
        if tail in _INTERACTS and len(node.args) == 1:
            return ["c", self.expression(node.args[0]), [], self._offered(node), *self.at(node)]
        if tail not in _LATER and tail not in _EVENTS and not any(k.arg == "fn" for k in node.keywords):
            return None
        given = {k.arg: k.value for k in node.keywords if k.arg}
        if tail == "map" and len(node.args) == 2:
            return ["c", self.expression(node.args[0]), [["e", self.expression(node.args[1]), -1]], {}, *self.at(node)]
        called, inputs = given.get("fn"), given.get("inputs")
        if tail in _EVENTS and node.args:
            called, inputs = called or node.args[0], inputs or (node.args[1] if len(node.args) > 1 else None)
        if called is not None and inputs is not None:
            parts = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else [inputs]
            args = [self.expression(part) for part in parts[:MAX_BOUND]]
            return ["c", self.expression(called), args, {}, *self.at(node)]
        at = _LATER.get(tail)
        if at is None or len(node.args) <= at:
            return None
        args = [self.expression(a) for a in node.args[at + 1 :][:MAX_BOUND]]
        keywords = {name: self.expression(value) for name, value in islice(given.items(), MAX_BOUND)}
        return ["c", self.expression(node.args[at]), args, keywords, *self.at(node)]

    def file_at_end(self, node: ast.JoinedStr) -> str | None:
        """The file that a text ends with that is put together, `f"{BASE}/net.pth"`, if it is not written there; or the
        path of an API, `f"{BASE}/models/name:generateContent"`."""
        for part in node.values:
            if isinstance(part, ast.Constant) and (asked := shapes().asked(str(part.value))) is not None:
                return asked[1][0]
        before, last = node.values[:-1], node.values[-1] if node.values else None
        if not isinstance(last, ast.Constant) or not isinstance(last.value, str) or "." not in last.value:
            return None
        places = [self.tail(part.value) for part in before if isinstance(part, ast.FormattedValue)]
        if not places or any(OUTPUT.search(place) for place in places):
            return None
        _, slash, file = last.value.rpartition("/")
        return file if slash or _PLACE.search(places[-1]) else None

    def tail(self, node: ast.expr) -> str:
        """Give the last part of a callee or a target."""
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    def target(self, node: ast.expr) -> str:
        """Give the name that an assignment binds, or the key."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            return node.slice.value if isinstance(node.slice.value, str) else ""
        return self.tail(node)

    def dotted(self, node: ast.expr | None) -> str:
        """`a.b.c` of an annotation or a base; the inner one of `Optional[X]` and `X | None`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value if node.value.replace(".", "").replace("_", "").isalnum() else ""
        if isinstance(node, ast.Subscript):
            return self.dotted(node.slice if not isinstance(node.slice, ast.Tuple) else node.slice.elts[0])
        if isinstance(node, ast.BinOp):
            return self.dotted(node.left)
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""

    def at(self, node: ast.expr, part: str | None = None) -> tuple[int, int, int | None]:
        """Give the place of a node: of the text itself, behind its quotes; or of a part of it."""
        line = node.lineno
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = node.col_offset
        if not text.isascii():  # the parser counts bytes
            column = len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        if part is not None:
            at = self.place(line, max(text.find(part, column), column) + 1, part)
        elif not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            at = self.place(line, column + 1, "")
        else:
            # The name itself, after prefix and quotes, where it stands on the line as it is.
            inside = text.find(node.value, column, column + len(node.value) + 6)
            at = self.place(line, max(inside, column) + 1, node.value)
        self.seen[at[0]] = line
        return at


@cache
def _readers() -> dict[type[ast.AST], Callable[[Expressions, Any, int], Expression]]:
    """The methods above by the nodes that they read."""
    return {getattr(ast, name[4:]): read for name, read in vars(Expressions).items() if name.startswith("_of_")}


def expression_of(dotted: str) -> Expression:
    """Read `a.b.c` of an annotation or a base."""
    first, *rest = dotted.split(".")
    expression: Expression = ["n", first]
    for part in rest:
        expression = ["a", expression, part]
    return expression


def callee_tail(call: Expression) -> str:
    """Give the last part of what a call calls."""
    callee = call[1]
    if callee[0] == "i" and callee[1][0] == "a":
        return str(callee[1][2]) if callee[1][2] == LOOKED_UP[0] else ""  # `models.__dict__[name](…)`
    if callee[0] == "c" and callee[1] == ["n", LOOKED_UP[1]] and len(callee[2]) > 1:
        return LOOKED_UP[1]  # `getattr(models, name)(…)`
    return str(callee[2] if callee[0] == "a" else callee[1] if callee[0] == "n" else "")


def looked_up(call: Expression) -> tuple[Expression, Expression]:
    """Give what a call of a member looks into, and for which name."""
    callee = call[1]
    return (callee[1][1], callee[2]) if callee[0] == "i" else (callee[2][0], callee[2][1])


def is_literal(e: Expression | None, value: str | bool) -> bool:
    """Is it this text, or this truth value? `weights=None` is as good as no."""
    same = [["s", value]] if isinstance(value, str) else [["b", value], ["b", value or None]]
    return e is not None and e[:2] in same
