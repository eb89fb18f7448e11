"""Where a string stands in Python code: [kind, name, beside, outer context], or None (see python_read)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias

from freehold.detect.choices import WIDGETS
from freehold.detect.python_expressions import GET

Context: TypeAlias = list[Any] | None

#: What is given to a call.
CALLED = ("argument", "keyword")

#: In the place of the name of a key: its value is what loads the model that the key names.
MADE = "()"
_NAME = re.compile(r"-{0,2}[A-Za-z_][\w.-]*\Z")
_LETTERS = re.compile(r"\w+")
MAX_WORDS = 4  # by which one option is called
MAX_LABEL = 80
_ABROAD = re.compile(r"模型|モデル|모델|модел|\bmod[eè]l(?:l|lo|o|e)\b", re.IGNORECASE)
#: What people read beside a choice, where it is not the first that a widget is given.
_LABELS = frozenset({"label", "message", "name", "description", "placeholder", "title"})
_CLASS = re.compile(r"[A-Z]\w*?(?:Model|Tokenizer|TokenizerFast|Processor|Pipeline|For[A-Z]\w+)")

MAX_SAID = 12  # keys of an entry
_SERVED = frozenset(
    {
        "base_url",
        "baseurl",
        "api_base",
        "api_url",
        "api_key",
        "api_key_env",
        "env_key",
        "endpoint",
        "client",
        "client_class",
    }
)
#: Beside these the key is a word for another model, or a price is told.
_DESCRIBED = re.compile(r"model|deployment|pric|cost|context|(?:in|out)put(?:_tokens)?\Z")

#: Without one of these a word is no name that carries itself (see python_names), and few strings have one.
_SPELLED = re.compile(r"[-./:\d]")
#: Calls that give back what they are given, and that split it: `parse_list(…)`, `env_list(…)`, `split_csv(…)`.
_SAME = frozenset((*GET, "str", "dict"))
_LISTS = re.compile(r"_*(?:[a-z]+_)?(?:list|csv)|_*split\w*")
#: A list of words in one text.
_LISTED = re.compile(r"[\w./:@-]{1,200}(?:, ?[\w./:@-]{1,200}){1,40},?")

#: An option with its value.
_OPTION = re.compile(r"--([a-z][\w-]{1,40})(?:=|[ \t]+)([\w./:@+-]{2,200})(?=\s|\Z)")

#: Under these names a call says how a setting is called, and what it is.
_CALLED_SO = frozenset({"key", "name", "field", "setting", "option", "env", "env_var", "env_name"})
_SET = frozenset({"default", "default_value", "value"})

#: Methods that ask something of a text.
TESTS = frozenset(
    {"startswith", "endswith", "removeprefix", "removesuffix", "replace", "sub", "split", "count", "find", "match"}
)


def said_first(node: ast.Call, callee: str) -> str:
    """Give the first word of a call if it names what the others are: `getenv("MODEL", …)`, `add_argument("--model",
    default=…)`, `Setting(key="model", value=…)`; of `-m` and `--model` the long one. What people read on a widget names
    it as a variable would."""
    if WIDGETS.fullmatch(callee) is not None and (label := _label(node)):
        return label
    first = node.args[0] if len(node.args) > 1 or (node.args and node.keywords) else _registered(node.keywords)
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    others = (a.value for a in node.args[1:MAX_WORDS] if isinstance(a, ast.Constant)) if first.value[:1] == "-" else ()
    long = (word for word in (first.value, *others) if isinstance(word, str) and word.startswith("--"))
    name = next(long, first.value)
    return name if _NAME.match(name) else ""


def _registered(given: list[ast.keyword]) -> ast.expr | None:
    """The name of a setting that a call makes: `Setting(key="model", value=…)`."""
    if _SET.isdisjoint(one.arg for one in given):
        return None
    return next((one.value for one in given if one.arg in _CALLED_SO), None)


def _label(node: ast.Call) -> str:
    """The label of a widget as a name: `choose_a_model` for `selectbox("Choose a model:", …)`."""
    labels = (*node.args[:1], *(k.value for k in node.keywords if k.arg in _LABELS))
    first = next((a.value for a in labels if isinstance(a, ast.Constant) and isinstance(a.value, str)), "")
    if len(first) > MAX_LABEL:
        return ""
    return "_".join(_LETTERS.findall(first.lower())) + "_model" * bool(_ABROAD.search(first))


def part(context: Context) -> Context:
    """A part of a part is a part: sums may be long, and what is found must not be nested as deeply as they are."""
    return context if context is not None and context[0] == "part" else ["part", "", [], context]


def instead(node: ast.BoolOp, context: Context) -> Context:
    """`load(model_name or "…")`: what stands in the place of a name is called as it is."""
    first = node.values[0]
    name = first.id if isinstance(first, ast.Name) else first.attr if isinstance(first, ast.Attribute) else ""
    given = context is not None and context[0] == "argument" and isinstance(node.op, ast.Or)
    return ["default", name, [""], context] if given and name else context


def for_model(context: list[Any]) -> bool:
    """Is a word given under a name like `model` or `llm`, or to a flag of that name?"""
    # A list of them, and what a call offers: `model = Dropdown(choices=["base", "small"])`.
    while context[3] is not None and (context[0] == "element" or context[1] in ("choices", "value", "default")):
        context = context[3]
    kind, name, beside, _ = context
    flag = beside[1] if kind in ("argument", "keyword") and len(beside) > 1 else ""
    said = f"{name} {flag}".lower()
    return "model" in said or "llm" in said


def inside(text: str, context: Context) -> Iterator[tuple[str, Context]]:
    """Give the words of a list in one text that stands under a name for models, `getenv("MODELS", "one,two")`, or the
    values of options, each under the name of its own: `create(args="--model org/name")`."""
    if text.startswith("--"):
        for option in islice(_OPTION.finditer(text), MAX_WORDS):
            yield option[2], ["keyword", option[1].replace("-", "_"), ["", ""], context]
    elif context is not None and "," in text and for_model(context) and _LISTED.fullmatch(text) is not None:
        inner: Context = ["element", "", [], context]
        yield from ((one, inner) for one in text.replace(" ", "").strip(",").split(","))


def hands_on(callee: str) -> bool:
    """Does a call give back what it is given, or the parts of that?"""
    return callee in _SAME or _LISTS.fullmatch(callee) is not None


def says(text: str, context: Context) -> bool:
    """Could a word be a name? A table may say which hub has even a plain one."""
    placed = _SPELLED.search(text) is not None
    return placed or (context is not None and (context[0] == "item" or for_model(context)))


def tests(context: Context) -> bool:
    """Is what stands here only compared?"""
    return context is not None and (context[0] == "compare" or (context[0] == "argument" and context[2][0] in TESTS))


def makes(node: ast.expr) -> bool:
    """Are these classes that load something, `(BertModel, BertTokenizer)`, or is it said who serves what the key names:
    `{"base_url": …}`?"""
    if isinstance(node, ast.Dict):
        keys = [
            k.value.lower() for k in node.keys[:MAX_SAID] if isinstance(k, ast.Constant) and isinstance(k.value, str)
        ]
        return not _SERVED.isdisjoint(keys) and not any(map(_DESCRIBED.search, keys))
    parts = node.elts[:4] if isinstance(node, ast.Tuple | ast.List) else [node]
    names = (p.id if isinstance(p, ast.Name) else p.attr if isinstance(p, ast.Attribute) else "" for p in parts)
    return any(_CLASS.fullmatch(name) for name in names)
