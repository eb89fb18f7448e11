"""Objects that a configuration makes: Hydra's `_target_`, the `class_path` of Lightning and jsonargparse, the `type`
and `args` of a project's own registry. What stands beside it, or in a table of its own, is what the call takes: of a
known library a model, of the project's own class what the class makes of it.
"""

from __future__ import annotations

import re

from freehold.detect.calls import Call
from freehold.detect.libraries import Key
from freehold.detect.nodes import Scalar, Table
from freehold.detect.notes import Notes

_TARGETS = ("_target_", "class_path")
#: Keys under which projects say which of their own classes to take, and those that hold what it is given.
_TYPES = ("type", "class_name", "class", "name", "target", "arch")
_ARGUMENTS = ("init_args", "args", "params", "kwargs", "arguments", "parameters")
_CLASS = re.compile(r"(?:\w+\.)*(?=[A-Z]\w*?[a-z])\w+")


def built(table: Table, notes: Notes) -> None:
    """Note what the object that a table makes is given."""
    for key, value in table.entries:
        if key.text in _TARGETS and isinstance(value, Scalar) and value.text and "." in value.text:
            inner = table.get("init_args")
            given = inner if key.text == "class_path" and isinstance(inner, Table) else table
            _given(value.text, given, notes)
            return
    made = next((v.text for key, v in table.entries if key.text in _TYPES and isinstance(v, Scalar) and v.text), "")
    if _CLASS.fullmatch(made):
        inner = next((one for one in map(table.get, _ARGUMENTS) if isinstance(one, Table)), table)
        _filled(made, inner, notes)


def _given(target: str, table: Table, notes: Notes) -> None:
    call = notes.calls.call(target, "python")
    texts = {key.text or "": value for key, value in table.entries if isinstance(value, Scalar)}
    if call is not None and not _takes_none(call, _words(table, notes)):
        name = next((key for key in call.argument if key in texts), None)
        pin = next((texts[key].text for key in call.revision if isinstance(key, str) and key in texts), None)
        if isinstance(name, str) and call.kind in ("model", "tokenizer", "adapter"):
            ecosystem = call.ecosystem if call.ecosystem != "any" else None
            rule = Key(library=call.library, name=name, where=("yaml",), ecosystem=ecosystem)
            notes.value(texts[name].text or "", texts[name].at, "config", rule, revision=notes.inserted(pin))
    elif call is None:
        _filled(target, table, notes)


def _filled(target: str, table: Table, notes: Notes) -> None:
    """What a class of the project's own is given."""
    own = target.rpartition(".")[2]
    for key, value in table.entries:
        if key.text and key.text not in (*_TARGETS, *_TYPES) and isinstance(value, Scalar) and value.text:
            notes.setting((own, key.text), value.text, value.at)


def _words(table: Table, notes: Notes) -> dict[str, str]:
    """The values as they are written; what is no text has no place of its own and stands behind its key."""
    found: dict[str, str] = {}
    for key, value in table.entries:
        name = key.text or ""
        end = key.at + len(name)
        behind = notes.source.text[end : end + 40].strip("\"': \t").partition("\n")[0]
        found[name] = behind if not isinstance(value, Scalar) or value.text is None else value.text
    return found


def _takes_none(call: Call, given: dict[str, str]) -> bool:
    """Does a call that is given this load no model?"""
    if any(
        given.get(str(key), "").lower().startswith(str(value).lower())
        for key, values in call.unless
        for value in values
    ):
        return True
    return bool(call.requires) and not any(key in given for key in call.requires)
