"""What is offered: the defaults of fields and options, the choices of widgets, and what stands in company of models."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freehold.detect.names import Name, Sure, identify
from freehold.detect.serving import says
from freehold.detect.shapes import shapes

#: Under these names any call has what is taken if nobody says more, or what may be.
_OFFERED = frozenset({"default", "default_value", "default_factory", "server_default", "initial", "choices"})
#: What is its first argument if nobody says more: fields of pydantic and attrs, parameters of Typer and FastAPI.
_FIRST = re.compile(r"[Ff]ield|Option|Argument|Query|Body|Form")
#: What shows a choice, or a text to change: in Streamlit, Gradio, Chainlit, NiceGUI, marimo, questionary, Tk, Qt, Dear
#: PyGui.
WIDGETS = re.compile(
    r"select(?:box|_slider)?|multiselect|radio|pills|segmented_control|text_input|[dD]ropdown|Radio|"
    r"CheckboxGroup|Textbox|Select|TextInput|OptionMenu|Combobox|CTk(?:OptionMenu|ComboBox|Entry)|addItems?|"
    r"StringVar|QLineEdit|set(?:Edit|Current)?Text|add_(?:combo|listbox|radio_button|input_text)"
)
_SHOWN = frozenset({"value", "values", "options", "items", "initial", "initial_value"})
#: So many names must be beyond doubt in a table before they speak for the others.
COMPANY = 3
#: Instead of who serves what stands in company: only what the others of its list look like speaks for it.
ALIKE = "?"
#: So many repositories may be given to one call.
MAX_NAMED = 20


def is_offer(name: str) -> bool:
    """Is what is given under this name a default or a choice?"""
    return name in _OFFERED or name in _SHOWN


def offers(kind: str, name: str, callee: str) -> bool:
    """Does a call take this argument if nobody says more, or show it as a choice?"""
    given = kind == "argument"
    if name in _OFFERED or (given and name == "0" and _FIRST.fullmatch(callee)):
        return True
    return (given or name in _SHOWN) and WIDGETS.fullmatch(callee) is not None


def called_after(strings: list[Any]) -> set[int]:
    """Give the numbers of the words that say what a repository is called here: `Spec("org/name-7b", "name-7b")`."""
    calls: dict[int, list[tuple[int, str]]] = {}  # by what the arguments of one call share
    for number, (text, _, _, _, context, _) in enumerate(strings):
        if context is not None and context[0] in ("argument", "keyword"):
            calls.setdefault(id(context[2]), []).append((number, text.lower()))
    labels: set[int] = set()
    for given in calls.values():
        names = [text.rpartition("/")[2] for _, text in given if "/" in text][:MAX_NAMED]
        labels.update(number for number, text in given if "/" not in text and any(text in name for name in names))
    return labels


def in_company(strings: list[Any], provider: Callable[[str], str | None]) -> dict[int, str]:
    """Give the numbers of the strings in tables most of whose values are models beyond doubt: the others are models
    too. A word must stand under a key that holds such a name elsewhere in the table. Of choices that are shown one
    must be beyond doubt, if all look like models. Where several providers are keys, each says who serves what stands
    under it. Where all of a list look like models, it is left to its own name to say that they are (`ALIKE`)."""
    tables: dict[tuple[int, str], list[_Row]] = {}
    shown: dict[int, list[_Row]] = {}  # by the context that the elements of one list share
    lists: dict[int, list[_Row]] = {}
    for number, (text, _, _, _, context, scope) in enumerate(strings):
        under, outer = "", context
        while outer is not None and outer[0] in ("item", "element"):
            under, outer = under or outer[1], outer[3]
        if outer is context or outer is None:
            continue
        row = _Row(number, under, text, identify(text))
        if context[0] == "element":
            lists.setdefault(id(context[3]), []).append(row)
        if outer[0] in ("assign", "field", "return"):
            tables.setdefault((scope, outer[1]), []).append(row)
        elif outer[0] in ("argument", "keyword") and offers(outer[0], outer[1], outer[2][0]):
            shown.setdefault(id(outer), []).append(row)
    found: dict[int, str] = {}
    for rows in lists.values():
        if max(row.sure for row in rows) >= Sure.SHAPED and all(row.looks for row in rows):
            found |= dict.fromkeys((row.number for row in rows), ALIKE)
    for rows in tables.values():
        found |= _sure(rows) | _served(rows, provider)
    for rows in shown.values():
        if max(row.sure for row in rows) is Sure.KNOWN and min(row.sure for row in rows) >= Sure.SHAPED:
            found |= dict.fromkeys((row.number for row in rows), "")
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A string in a table, and the key that it stands under."""

    number: int
    under: str
    text: str
    name: Name | None

    @property
    def sure(self) -> Sure:
        return self.name.sure if self.name is not None else Sure.BARE

    @property
    def looks(self) -> bool:
        """Does it look like a model by itself, or as one whose whole name is a word?"""
        return self.sure >= Sure.SHAPED or self.text in shapes().alone


def _sure(rows: list[_Row]) -> dict[int, str]:
    """The models of a table most of whose values are models beyond doubt."""
    sure = ["" if is_offer(row.under) else row.under for row in rows if row.sure is Sure.KNOWN]
    if len(sure) < COMPANY or len(sure) * 2 < len(rows):
        return {}
    models = (r for r in rows if r.name is not None and (r.sure >= Sure.PLAIN or (r.under and r.under in sure)))
    return {row.number: "" for row in models}


def _served(rows: list[_Row], provider: Callable[[str], str | None]) -> dict[int, str]:
    """The models of a table whose keys are providers, if one of them is a model beyond doubt and most may be."""
    served = [(row, said) for row in rows if (said := provider(row.under)) is not None]
    models = [
        (row, said)
        for row, said in served
        if row.name is not None and (row.sure >= Sure.PLAIN or row.looks or says(row.text))
    ]
    beyond = any(row.sure is Sure.KNOWN for row, _ in models)
    if not beyond or len({said for _, said in served}) < 2 or len(models) * 2 < len(served):
        return {}
    return {row.number: said for row, said in models}
