"""Under which name a call, an element of JSX or a fallback keeps the strings that it is given.

`form.append("model", "…")`, `option("-m, --model <name>", …)`, `onSelectModel("…")`, `get("model") ?? "…"`,
`<ModelPicker value="…">`: what the author calls the place says what the string is, as the name of a variable does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile
from typing import TYPE_CHECKING

from freehold.detect.javascript_expressions import FUNCTIONS
from freehold.detect.javascript_names import callee, string, text

if TYPE_CHECKING:
    from tree_sitter import Node

#: Calls one behind the other that are looked at: `text("model").notNull().default("…")`.
MAX_CHAIN = 12

#: How far out the function around a node is looked for.
MAX_OUTER = 400

_FLAG = re.compile(r"(?:^|[\s,])--([A-Za-z][\w-]{0,60})")
_KEY = re.compile(r"[A-Za-z][\w-]*(?:[.:][A-Za-z][\w-]*){0,6}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Tables about models rather than of models.
ABOUT = re.compile(
    r"price|pricing|cost|context|limit|tokens?$|tiktok|window|dimension|encoding|capabilit|label|icon|color",
    re.IGNORECASE,
)
_NAMES = frozenset(("model", "id", "name", "model_name", "model_id"))
#: What an entry of such a table says of a model, behind its name.
_FACT = re.compile(
    r"(?:max|min|input|output|context|prompt|completion|cached|token|rate|price|cost|usd|per|window|length|limit|size|"
    r"dimensions?|tokens|chars|rpm|tpm|encoding|k|m|1k|1m|in|out|million|knowledge|cutoff|speed|latency)(?:_|$)"
)
#: The keys of such a table are other words for models.
ALIAS = re.compile(r"alias", re.IGNORECASE)
#: `const LIST: ModelRecord[]` is a list of models, whatever its name.
LISTED = re.compile(r"\b(?:[A-Z]\w*)?Model(?:Record|Info|Option|Config|Entry|Definition|Item|Spec|Meta)?(?:\[\]|>)")
#: `const chosen: ModelName` is one.
ONE = re.compile(r":?\s*(?:[A-Z]\w*)?(?:Model|LLM)(?:Name|Id|ID|Key|Slug|Type)?")
#: What is done with a model, before and behind what it is called: `handleModelChange`, `onSelectChatModel`.
_DOING = frozenset(
    (
        *("on", "handle", "set", "select", "choose", "change", "update", "switch", "use", "pick", "toggle", "load"),
        *("init", "initialize", "create", "get", "make", "build", "resolve", "with", "do", "save", "store", "activate"),
        *("call", "run", "invoke", "query", "ask", "try", "test"),
    )
)
_DONE = frozenset(("change", "changed", "select", "selected", "selection", "click", "clicked", "pick", "picked"))
#: What an element or a schema is, behind what it is of: `ModelPicker`, `ModelSchema`.
_KINDS = frozenset(
    (
        *("select", "selector", "picker", "option", "options", "dropdown", "item", "chooser", "combobox", "menu"),
        *("schema", "enum", "type", "union", "choice", "choices", "input", "field", "radio", "switcher", "toggle"),
        *("ref", "atom", "signal", "state", "store", "arg", "flag"),
    )
)
#: What keeps a value that is given to it under the name that it is assigned to.
_KEEPING = frozenset(
    (
        *("useState", "useRef", "ref", "shallowRef", "signal", "useSignal", "atom", "reactive", "writable"),
        *("useQueryState", "useLocalStorage", "useStorage", "useCookie", "atomWithStorage", "withDefault"),
        *(
            "$state",
            "$bindable",
            "createSignal",
            "persisted",
            "Map",
            "Set",
            "useMemo",
            "computed",
            "createMemo",
            "$derived",
        ),
    )
)
#: Methods of schemas and of what reads a command line: what they allow, and what is taken if nothing is given.
_ALLOWING = frozenset(
    ("default", "enum", "literal", "union", "picklist", "optional", "nullish", "fallback", "oneOf", "withDefault")
)
#: These ask for something, write it for people, or change a text: what they are given is no setting.
_ASKING = frozenset(
    (
        *("eq", "neq", "where", "andWhere", "orWhere", "like", "ilike", "is", "in", "filter", "match", "contains"),
        *("equals", "find", "findOne", "findFirst", "findMany", "findUnique", "includes", "startsWith", "endsWith"),
        *("indexOf", "replace", "replaceAll", "split", "join", "test", "has", "log", "warn", "error", "info", "debug"),
        *("t", "translate", "localeCompare", "getByText", "getByLabelText", "query", "select", "equal", "toBe"),
    )
)
#: These are given what to look for; what stands behind it is what there is otherwise.
_READING = frozenset(
    ("get", "getItem", "getElementById", "querySelector", "querySelectorAll", "closest", "useSelector", "watch")
)
#: These put what they are given into what they belong to, from one argument on.
_PUTTING = {"push": 0, "unshift": 0, "add": 0, "set": 1}
#: These offer what they are given.
_OFFERING = frozenset(("addOption", "addOptions", "addChoices", "setChoices", "choices", "setOptions", "showQuickPick"))


def keys_told(call: Node) -> Iterator[tuple[str, int]]:
    """What a call is told first, `setItem("model", "…")`, or one before it, `setName("model").addChoices("…")`, and
    the number of the argument from which on values stand."""
    called, arguments = callee(call), call.child_by_field_name("arguments")
    if called is None or arguments is None or tail(called) in _ASKING:
        return
    given = arguments.named_children
    if len(given) > 1:
        yield from ((key, 1) for key in _told(given[0]))
    inner: Node | None = called
    for _ in range(MAX_CHAIN):
        inner = inner.child_by_field_name("object") if inner is not None and inner.type == "member_expression" else None
        if inner is None or inner.type not in ("call_expression", "new_expression"):
            return
        before = inner.child_by_field_name("arguments")
        inner = callee(inner)
        if before is not None and before.named_children and inner is not None and tail(inner) not in _ASKING:
            yield from ((key, 0) for key in _told(before.named_children[0]))


def put_into(called: Node) -> tuple[str, int]:
    """What a call puts something into, and from which argument on: `models.push("…")`, `this.models.set("fast", …)`."""
    values = _PUTTING.get(tail(called)) if called.type == "member_expression" else None
    return ("", 0) if values is None else (last(called.child_by_field_name("object")), values)


def acted_on(called: Node) -> str | None:
    """What a function does something with, by its name: `onSelectModel`, `handleModelChange`, `setModel`."""
    words = _WORD.findall(tail(called))
    rest = list(dropwhile(lambda w: w.lower() in _DOING, words))
    if len(rest) == len(words):
        return None
    while rest and rest[-1].lower() in _DONE:
        rest.pop()
    return "".join(rest) or None


def describes(keys: list[str]) -> bool:
    """Does an entry with these keys (already `plain`) say nothing but how much a model takes or costs?"""
    others = [key for key in keys if key not in _NAMES]
    return len(others) == len(keys) - 1 and bool(others) and all(_is_fact(key) for key in others)


def _is_fact(key: str) -> bool:
    at = 0
    while at < len(key) and (word := _FACT.match(key, at)) is not None:
        at = word.end()
    return at >= len(key)


def offers(called: Node) -> bool:
    """Does a call offer what it is given, whatever it is called?"""
    return tail(called) in _OFFERING


def keeps(called: Node) -> bool:
    """Does a call keep what it is given, for whatever its value is given to? `useState("…")`, `z.enum(["…"])`."""
    method = tail(called)
    return method in _KEEPING or method in _ALLOWING or "model" in method.lower()


def hands_on(called: Node) -> bool:
    """May what a call gives back be what it was given? `const model = pick("…")`."""
    return tail(called) not in _ASKING | _READING


def read_from(node: Node | None) -> str:
    """The key that is read where something else stands for it: `body.model || "…"`, `get("model") ?? "…"`."""
    while node is not None and node.type in ("parenthesized_expression", "as_expression", "non_null_expression"):
        node = node.named_children[0] if node.named_children else None
    if node is not None and node.type == "await_expression" and node.named_children:
        return read_from(node.named_children[0])
    if node is None:
        return ""
    if node.type == "binary_expression" and text(node.child_by_field_name("operator")) in ("??", "||"):
        return read_from(node.child_by_field_name("right"))  # `a.model ?? b.model ?? "…"`
    if node.type == "member_expression":
        named, owner = text(node.child_by_field_name("property")), node.child_by_field_name("object")
        taken = named == "value" and owner is not None and owner.type == "call_expression"
        return read_from(owner) if taken else named  # `get("model")?.value`
    if node.type == "subscript_expression":
        return next(_told(node.child_by_field_name("index")), "")
    called, arguments = callee(node), node.child_by_field_name("arguments")
    if node.type != "call_expression" or called is None or arguments is None or len(arguments.named_children) != 1:
        return ""
    return next(_told(arguments.named_children[0]), "")


def kind_of(name: str) -> str:
    """What an element, a schema or a type is of: `ModelPicker` and `ModelSchema` are of a `Model`."""
    words = _WORD.findall(name.partition(".")[0])
    while len(words) > 1 and words[-1].lower() in _KINDS:
        words.pop()
    return "".join(words)


def _told(node: Node | None) -> Iterator[str]:
    found = string(node)
    if found is None:
        return
    if (flag := _FLAG.search(found[0])) is not None:
        yield flag[1]
    elif len(found[0]) <= 80 and _KEY.fullmatch(found[0]) is not None:
        yield re.split("[.:]", found[0])[-1]


def tail(called: Node) -> str:
    """The last part of what is called, a method or a function, if it has a name."""
    named = called.child_by_field_name("property") if called.type == "member_expression" else called
    return text(named) if named is not None and named.end_byte - named.start_byte <= 200 else ""


def function_name(node: Node) -> str:
    """The name of the function around a node, or nothing."""
    inner: Node | None = node
    for _ in range(MAX_OUTER):
        inner = inner.parent if inner is not None else None
        if inner is None or inner.type in FUNCTIONS or inner.type == "method_definition":
            break
    if inner is None:
        return ""
    own = inner if inner.type != "arrow_function" else inner.parent
    if own is not None and own.type == "arguments" and own.parent is not None:
        called = callee(own.parent)  # `const [model, setModel] = useState(() => { … return "…" })`
        own = own.parent.parent if called is not None and keeps(called) else None
    name = own.child_by_field_name("name") if own is not None else None
    return last(next(iter(name.named_children), None) if name is not None and name.type == "array_pattern" else name)


def last(node: Node | None) -> str:
    """The name that is assigned: `this.model`, `"model"`, `model[0]` are `model`."""
    name = text(node).strip("\"'`").partition("[")[0]
    return name.rpartition(".")[2] if len(name) <= 200 else ""
