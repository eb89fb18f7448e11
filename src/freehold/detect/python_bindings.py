"""What Python binds to names, scope by scope: assignments, loops, what is put into tables and lists."""

from __future__ import annotations

import ast
from typing import Any

from freehold.detect.pins import Partners, is_commit, is_data, is_pin
from freehold.detect.python_expressions import MAX_ITEMS, MAX_NAMED, UNKNOWN, Expression, Expressions, Place

_GROWS = frozenset({"append", "add", "extend", "update"})
MAX_SAID = 4  # tables and calls within one another, and what is looked at in each

_WIDGETS = frozenset({"text", "dropdown", "combobox", "multiselect"})  # of Databricks: flags of a notebook
MAX_TABLES = 8  # in which one name is looked up
_SEVERAL = (ast.Tuple, ast.List, ast.Subscript)
_TABLES = (ast.Name, ast.Attribute, ast.List, ast.Tuple, ast.Set, ast.Call)


#: In the place of a constant's name: what is pinned is the key of a table.
KEYED = ""


class Bindings(Expressions):
    """The scopes of one source, and the expressions that are bound to names in each (see python_read)."""

    def __init__(self, text: str, place: Place) -> None:
        super().__init__(text, place)
        self.scopes: list[dict[str, Any]] = []
        self.pins: list[list[Any]] = []  # where a name stands beside its revision, and which
        self.flags: dict[str, list[Expression]] = {}  # of the command line, by their names
        self.put_on: dict[str, list[list[Any]]] = {}  # what is put on objects, by its name: [object, scope, expression]
        self.elsewhere: dict[tuple[int, str], int] = {}  # names that a function binds outside of itself, and where

    def bind(self, scope: int, name: str, value: Expression) -> None:
        """Bind a name in a scope, or where the scope says that it belongs."""
        if (scope, name) in self.elsewhere:
            value, scope = ["in", scope, value], self.elsewhere[scope, name]
        bound = self.scopes[scope]["names"].setdefault(name, [])
        if len(bound) < MAX_NAMED and value[0] != "?":
            bound.append(value)

    def _class_around(self, scope: int) -> int | None:
        while scope >= 0 and self.scopes[scope]["kind"] == "function":
            scope = self.scopes[scope]["up"]
        return scope if scope >= 0 and self.scopes[scope]["kind"] == "class" else None

    def assign(self, target: ast.expr, value: ast.expr, scope: int) -> None:
        """Bind what an assignment binds: names, attributes of the object itself, several at once, entries."""
        if not isinstance(target, _SEVERAL):
            self._bound(target, self.expression(value), scope)
            if isinstance(value, ast.Subscript) and isinstance(target, ast.Name) and (offered := self.offered(value)):
                self.types[target.id] = offered
        elif isinstance(target, ast.Subscript):
            self.put(target.value, ["d", [[self.expression(target.slice), self.expression(value)]]], scope)
        elif isinstance(value, (ast.Tuple, ast.List)):
            for one, other in zip(target.elts, value.elts, strict=False):
                self.assign(one, other, scope)
        else:
            whole, starred = self.expression(value), [isinstance(one, ast.Starred) for one in target.elts]
            for number, one in enumerate(target.elts):
                at = number - len(starred) if any(starred[:number]) else number  # from the end, behind `*rest`
                self._bound(one, ["i", whole, ["b", at]], scope)

    def _bound(self, target: ast.expr, value: Expression, scope: int) -> None:
        if isinstance(target, ast.Name):
            self.bind(scope, target.id, value)
        elif isinstance(target, ast.Attribute) and _is_self(target.value):
            holder = self._class_around(scope)
            if holder is not None:
                # Read in the method, not in the class: its names are the method's.
                self.bind(holder, target.attr, ["in", scope, value])
        elif isinstance(target, ast.Attribute):
            self.put_under(target.value, target.attr, value, scope)

    def flagged(self, node: ast.Call, tail: str) -> None:
        """Note the flags of a command line that a call defines."""
        if tail in ("add_argument", "option", "add_option") or tail.startswith("DEFINE_"):
            flag = self.flag(node)
            if flag is not None:
                self.flags.setdefault(flag[0], []).append(flag[1])
        if tail in _WIDGETS and isinstance(node.func, ast.Attribute) and self.tail(node.func.value) == "widgets":
            name, *values = [self.expression(one) for one in node.args[:3]] or [UNKNOWN]
            if name[0] == "s" and values:  # `dbutils.widgets.dropdown("model", "…", ["…", "…"])`
                offered = [["e", one, -1] for one in values[1:]]
                self.flags.setdefault(name[1], []).append(["|", [values[0], *offered]])
        if tail == "set_defaults":
            for keyword in node.keywords:
                if keyword.arg:
                    self.flags.setdefault(keyword.arg, []).append(self.expression(keyword.value))

    def grown(self, node: ast.Call, tail: str, scope: int) -> None:
        """Bind what a call puts into a list, a table or an object."""
        if isinstance(node.func, ast.Attribute) and tail in _GROWS:
            if len(node.args) == 1:
                self.grow(node.func.value, self.expression(node.args[0]), tail, scope)
            for keyword in node.keywords if tail == "update" else ():  # `app.config.update(MODEL="…")`
                self.put_under(node.func.value, keyword.arg or "", self.expression(keyword.value), scope)
        elif tail == "init" and isinstance(node.func, ast.Attribute):  # `wandb.init(config={"model": "…"})`
            given = next((k.value for k in node.keywords if k.arg == "config"), None)
            for key, value in zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ():
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    settings = ["a", self.expression(node.func.value), "config"]
                    self._noted(settings, key.value, self.expression(value), scope)
        elif (tail in ("setdefault", "setattr") or self._kept(node, tail)) and len(node.args) > 1:
            *holder, key, value = node.args
            on = holder[0] if holder else node.func.value if isinstance(node.func, ast.Attribute) else None
            if on is not None and isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.put_under(on, key.value, self.expression(value), scope)
                if tail == "setdefault" and isinstance(on, ast.Name):
                    self.put(on, ["d", [[self.expression(key), self.expression(value)]]], scope)

    def _kept(self, node: ast.Call, tail: str) -> bool:
        """Does a session keep something under a name? `cl.user_session.set("model", "…")`."""
        return tail == "set" and isinstance(node.func, ast.Attribute) and self.tail(node.func.value).endswith("session")

    def grow(self, target: ast.expr, value: Expression, tail: str, scope: int) -> None:
        """`names.append("…")`, where the list is bound."""
        grown = value if tail in ("extend", "update") else ["l", [value]]
        if not isinstance(target, ast.Name):
            self.put(target, grown, scope)
            return
        up = scope
        while up >= 0 and target.id not in self.scopes[up]["names"]:
            up = self.scopes[up]["up"]
        if up >= 0:
            self.bind(up, target.id, grown if up == scope else ["in", scope, grown])

    def put(self, target: ast.expr, value: Expression, scope: int) -> None:
        """Bind what is put into a table or a list: a name, or an attribute of the object itself."""
        if isinstance(target, ast.Name):
            self.bind(scope, target.id, value)
        elif isinstance(target, ast.Attribute) and self.tail(target.value) in ("self", "cls"):
            holder = self._class_around(scope)
            if holder is not None:
                self.bind(holder, target.attr, ["in", scope, value])
        elif value[0] == "d":
            for key, one in value[1]:
                if key[0] == "s":
                    self.put_under(target, key[1], one, scope)

    def put_under(self, target: ast.expr, name: str, value: Expression, scope: int) -> None:
        """Note a text that an object gets under a name: `st.session_state.model = "…"`, `app.config["MODEL"] = "…"`."""
        self._noted(self.expression(target), name, value, scope)

    def _noted(self, on: Expression, name: str, value: Expression, scope: int) -> None:
        known = self.put_on.setdefault(name, []) if _says(value) else []
        if len(known) < MAX_NAMED:
            known.append([on, scope, value])

    def pinned(self, node: ast.Dict) -> None:
        """`{"org/name": "<commit>"}` and `{"repo_id": "org/name", "revision": "v1"}`."""
        texts = {
            key.value: (key, value, value.value)
            for key, value in zip(node.keys[:MAX_ITEMS], node.values, strict=False)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }
        pinned = any(map(is_pin, texts)) and not is_data(
            key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )
        partners = Partners(texts) if pinned else None
        for name, (key, value, text) in texts.items():
            if "/" in name and is_commit(text):
                self.pins.append([*self.at(key), text, None])
            elif partners and "/" in text and not is_pin(name) and (pin := partners.of(name)) and is_pin(pin):
                self.pins.append([*self.at(value), texts[pin][2], None])
        for owner, table in zip(node.keys[:MAX_ITEMS], node.values, strict=False):
            if isinstance(owner, ast.Constant) and isinstance(owner.value, str) and isinstance(table, ast.Dict):
                revision = _revision(table) if "/" in owner.value else None
                if revision is not None:
                    self.pins.append([*self.at(owner), revision, KEYED])

    def checked(self, node: ast.If | ast.Assert, scope: int) -> None:
        """Note what a name must be one of: `if name not in TABLE: raise …`, `assert name in TABLE`."""
        test, asserted = node.test, isinstance(node, ast.Assert)
        refused = asserted or any(isinstance(one, ast.Raise) for one in node.body)  # type: ignore[union-attr]
        if refused and isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In if asserted else ast.NotIn):
            self.among(test.comparators[0], test.left, scope, must=True)

    def among(self, table: ast.expr, key: ast.expr, scope: int, *, must: bool) -> None:
        """Note the table in which a name is looked up, and whether it must be there."""
        if isinstance(key, ast.Name) and isinstance(table, _TABLES):
            tables = self.scopes[scope].setdefault("among", {}).setdefault(key.id, [])
            if len(tables) < MAX_TABLES:
                tables.append([self.expression(table), must])

    def loop(self, target: ast.expr, iterable: ast.expr, scope: int) -> None:
        """Bind what a loop gives to its targets."""
        over = self.expression(iterable)
        if isinstance(target, ast.Name):
            self.bind(scope, target.id, ["e", over, -1])
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, one in enumerate(target.elts):
                if isinstance(one, ast.Name):
                    self.bind(scope, one.id, ["e", over, number])
                for inner, name in enumerate(one.elts if isinstance(one, (ast.Tuple, ast.List)) else ()):
                    if isinstance(name, ast.Name):  # `for key, (name, size) in TABLE.items()`
                        counted = over[0] == "c" and over[1] == ["n", "enumerate"] and over[2]
                        given = ["e", over[2][0], inner] if counted else ["i", ["e", over, number], ["b", inner]]
                        self.bind(scope, name.id, given)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _says(value: Expression, depth: int = 0) -> bool:
    """Does it hold a text that stands here?"""
    match value[0]:
        case "s" | "f":
            return True
        case "|":
            inner = value[1]
        case "d":
            inner = [one for _, one in value[1]]
        case "c":
            inner = [*value[2], *value[3].values()]
        case _:
            inner = []
    return depth < MAX_SAID and any(_says(one, depth + 1) for one in inner[:MAX_SAID])


def _revision(table: ast.Dict) -> str | None:
    """What pins the name under which a table stands: `"org/name": {"revision": "v1"}`."""
    names = [key.value if isinstance(key, ast.Constant) else None for key in table.keys[:MAX_ITEMS]]
    texts = (value.value if isinstance(value, ast.Constant) else None for value in table.values)
    known = {name: text for name, text in zip(names, texts, strict=False) if isinstance(name, str)}
    pins = [text for name, text in known.items() if is_pin(name) and isinstance(text, str) and text]
    return pins[0] if pins and not is_data(known) else None
