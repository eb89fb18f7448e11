"""Objects that a configuration makes: Hydra's `_target_`, the `class_path` of Lightning and jsonargparse. What stands
beside it, or in `init_args`, is what the call takes: of a known library a model, of the project's own class what the
class makes of it.
"""

from __future__ import annotations

from freehold.detect.calls import Call
from freehold.detect.libraries import Key
from freehold.detect.nodes import Scalar, Table
from freehold.detect.notes import Notes

_TARGETS = ("_target_", "class_path")


def built(table: Table, notes: Notes) -> None:
    """Note what the object that a table makes is given."""
    for key, value in table.entries:
        if key.text in _TARGETS and isinstance(value, Scalar) and value.text and "." in value.text:
            inner = table.get("init_args")
            given = inner if key.text == "class_path" and isinstance(inner, Table) else table
            _given(value.text, given, notes)
            return


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
        own = target.rpartition(".")[2]
        for key, value in texts.items():
            if value.text and key not in _TARGETS:
                notes.setting((own, key), value.text, value.at)


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
