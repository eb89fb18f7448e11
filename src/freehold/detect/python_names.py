"""Strings that no known call takes, but whose place says that they are models: `MODEL_ID = …`, `model_name="…"`, a
field, a default, a table; and those that are only mentioned: compared, tested, written in comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.calls import Calls, Key, plain
from freehold.detect.found import Module
from freehold.detect.names import Name, Sure, identify
from freehold.detect.python_project import Project
from freehold.detect.python_read import Context
from freehold.types import Location, Reference, Role

#: Calls whose arguments are only said, not used.
_SAID = frozenset(
    {
        "print",
        "info",
        "debug",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "write",
        "markdown",
        "echo",
        "skip",
        "fail",
    }
)
_TOLD = frozenset({"compare", "key", "annotation"})
#: What tells a name from a word: `nomic-embed-text`, `llama3.2`, not `custom`.
_SPELLED = re.compile(r"[-\d:]")
_LOADERS = re.compile(
    r"model|load|pipeline|llm|embed|rerank|client|chat|generat|complet|download|tokeniz|agent", re.IGNORECASE
)


def stated(project: Project, calls: Calls) -> Iterator[Reference]:
    """Give a reference for every string whose place or shape says that it is a model."""
    for module in project.modules:
        known = frozenset(root for library in calls.libraries for root in library.modules)
        imports = {*module.facts["imports"].values(), *module.facts["stars"]}
        near = any(i.partition(".")[0] in known for i in imports) or any(
            i.startswith(f"{k}.") for i in imports for k in known if "." in k
        )
        for text, line, column, cell, context, _ in module.facts["strings"]:
            at = Location(path=module.path, line=line, column=column, cell=cell)
            yield from _string(module, text, at, context, near, calls)


def _string(module: Module, text: str, at: Location, context: Context, near: bool, calls: Calls) -> Iterator[Reference]:
    key = _key(context, calls)
    if key is not None and key.kind == "dataset":
        return
    if context is not None and plain(text) == plain(context[1]):
        return
    name = identify(text, key.ecosystem if key is not None else None)
    if name is None or (name.sure < Sure.KNOWN and key is None):
        return
    role, how = _role(module, name, context, key, near)
    if role is None:
        return
    yield Reference(
        name=name.name,
        written=text,
        ecosystem=name.ecosystem,
        role=role,
        location=at,
        how=how,
        library=key.library if key is not None else None,
        revision=name.revision,
        file=name.file,
    )


def _role(module: Module, name: Name, context: Context, key: Key | None, near: bool) -> tuple[Role | None, str]:
    kinds = _kinds(context)
    if kinds & _TOLD:
        return (Role.MENTION if name.sure >= Sure.KNOWN else None), "comparison" if "compare" in kinds else "text"
    if "part" in kinds and name.sure < Sure.KNOWN:
        return None, ""
    outer = context
    while outer is not None:
        if outer[0] in ("argument", "keyword") and outer[2] and outer[2][0] in _SAID:
            return (Role.MENTION if name.sure >= Sure.KNOWN else None), "text"
        outer = outer[3]
    how = _how(context)
    if module.facts["scope"] in ("test", "doc"):
        return (Role.MENTION if name.sure >= Sure.KNOWN else None), how
    if key is not None and key.telling:
        if name.sure >= Sure.PLAIN or key.near or (near and _SPELLED.search(name.name)):
            return Role.LOAD, how
        return (Role.CANDIDATE if near else None), how
    if name.sure >= Sure.KNOWN:
        if key is None and kinds & {"argument", "keyword"} and not _LOADERS.search(_callee(context)):
            return Role.MENTION, "text"
        return Role.LOAD, how
    if key is not None and name.sure >= Sure.SHAPED and near:
        return Role.LOAD, how
    return None, ""


def _key(context: Context, calls: Calls) -> Key | None:
    """The first name around a string that is a known key: its own, or that of the table or list it stands in."""
    steps = 0
    while context is not None and steps < 6:
        kind, name, beside, context = context
        names = [name] if kind != "argument" and name else []
        if kind in ("argument", "keyword") and len(beside) > 1 and beside[1]:
            names.append(beside[1].lstrip("-"))  # the environment name, or the flag
        for one in names:
            found = calls.key(one, "python", tuple(beside))
            if found is not None:
                return found
        if kind in ("key", "compare", "part"):
            return None
        steps += 1
    return None


def _kinds(context: Context) -> set[str]:
    kinds: set[str] = set()
    while context is not None:
        kinds.add(context[0])
        context = context[3]
    return kinds


def _callee(context: Context) -> str:
    while context is not None:
        if context[0] in ("argument", "keyword"):
            return str(context[2][0])
        context = context[3]
    return ""


def _how(context: Context) -> str:
    words = {
        "default": "default",
        "field": "field",
        "assign": "constant",
        "keyword": "keyword",
        "item": "table",
        "element": "table",
    }
    return "constant" if context is None else words.get(context[0], "call")
