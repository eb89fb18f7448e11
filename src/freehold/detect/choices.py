"""What is offered: the defaults of fields and options, the choices of widgets, and what stands in company of models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from freehold.detect.names import Name, Sure, identify

#: Under these names any call has what is taken if nobody says more, or what may be.
_OFFERED = frozenset({"default", "default_factory", "server_default", "initial", "choices"})
#: What is its first argument if nobody says more: fields of pydantic and attrs, parameters of Typer and FastAPI.
_FIRST = re.compile(r"[Ff]ield|Option|Argument|Query|Body|Form")
#: What shows a choice, or a text to change: in Streamlit, Gradio, Chainlit, NiceGUI, questionary, Tk, Qt.
WIDGETS = re.compile(
    r"select(?:box|_slider)?|multiselect|radio|pills|segmented_control|text_input|Dropdown|Radio|"
    r"CheckboxGroup|Textbox|Select|TextInput|OptionMenu|Combobox|CTk(?:OptionMenu|ComboBox)|addItems?"
)
_SHOWN = frozenset({"value", "values", "options", "items", "initial", "initial_value"})
#: So many names must be beyond doubt in a table before they speak for the others.
COMPANY = 3


def is_offer(name: str) -> bool:
    """Is what is given under this name a default or a choice?"""
    return name in _OFFERED or name in _SHOWN


def offers(kind: str, name: str, callee: str) -> bool:
    """Does a call take this argument if nobody says more, or show it as a choice?"""
    given = kind == "argument"
    if name in _OFFERED or (given and name == "0" and _FIRST.fullmatch(callee)):
        return True
    return (given or name in _SHOWN) and WIDGETS.fullmatch(callee) is not None


def in_company(strings: list[Any]) -> Iterator[int]:
    """Give the numbers of the strings in tables most of whose values are models beyond doubt: the others are models
    too. A word must stand under a key that holds such a name elsewhere in the table. Of choices that are shown one
    must be beyond doubt, if all look like models."""
    tables: dict[tuple[int, str], list[tuple[int, str, Name | None]]] = {}
    shown: dict[int, list[tuple[int, Name | None]]] = {}  # by the context that the elements of one list share
    for number, (text, _, _, _, context, scope) in enumerate(strings):
        under, outer = "", context
        while outer is not None and outer[0] in ("item", "element"):
            under, outer = under or outer[1], outer[3]
        if outer is context or outer is None:
            continue
        if outer[0] in ("assign", "field"):
            tables.setdefault((scope, outer[1]), []).append((number, under, identify(text)))
        elif outer[0] in ("argument", "keyword") and offers(outer[0], outer[1], outer[2][0]):
            shown.setdefault(id(outer), []).append((number, identify(text)))
    for rows in tables.values():
        sure = [under for _, under, name in rows if name is not None and name.sure is Sure.KNOWN]
        if len(sure) < COMPANY or len(sure) * 2 < len(rows):
            continue
        for number, under, name in rows:
            if name is not None and (name.sure >= Sure.PLAIN or (under and under in sure)):
                yield number
    for choices in shown.values():
        names = [name.sure if name is not None else Sure.BARE for _, name in choices]
        if max(names) is Sure.KNOWN and min(names) >= Sure.SHAPED:
            yield from (number for number, _ in choices)
