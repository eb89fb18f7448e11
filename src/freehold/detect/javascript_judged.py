"""What is noted of a string in a script, once it is known where it stands.

What its place says comes first, then what the other entries of its list or table are, and then its own shape.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from freehold.detect.calls import Environment, Key, plain
from freehold.detect.doubles import stands_in
from freehold.detect.javascript_company import Company, Held
from freehold.detect.javascript_kept import ABOUT, ALIAS
from freehold.detect.javascript_names import Text, string
from freehold.detect.javascript_names import text as text_of
from freehold.detect.javascript_places import Places
from freehold.detect.keyed import aliases
from freehold.detect.markup import offer
from freehold.detect.names import Sure, begins_used, identify, is_used, offered
from freehold.detect.notes import Notes
from freehold.detect.pins import is_commit, partner
from freehold.detect.python_expressions import Place
from freehold.detect.shapes import shapes
from freehold.types import Role

if TYPE_CHECKING:
    from tree_sitter import Node

#: Keys of an entry that say nothing by themselves: the table does.
_OPTIONS = frozenset(
    {
        *("value", "id", "name", "default", "slug", "key", "primary", "secondary", "fallback", "fallbacks", "backup"),
        *("api_name", "api_id", "api_model", "api_identifier", "identifier", "enum"),
    }
)
#: What has something to choose from, or one of it.
_OFFERED = frozenset(("value", "default", "defaultValue", "initialValue", "options", "items", "choices"))
#: Pieces of a text that is put together.
MAX_PARTS = 20
#: What stands for a piece that is not known: no name has it.
INSERT = "~"
#: What is called so is taken if nobody says more.
_FIRST = frozenset(
    (
        "default",
        "preferred",
        "fallback",
        "fallbacks",
        "recommended",
        "selected",
        "chosen",
        "current",
        "active",
        "initial",
        "primary",
    )
)
#: What is called so is read by people.
_SAID = frozenset(
    ("name", "label", "title", "description", "desc", "note", "text", "hint", "help", "tooltip", "placeholder")
)
_PAGE = re.compile(r"<(?:option|input)\b")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


class Judge:
    """Notes what strings say, each where it stands."""

    def __init__(self, notes: Notes, text: str, elsewhere: Place) -> None:
        self.notes = notes
        self.elsewhere = elsewhere
        self.places = Places(text)
        self.company = Company()
        self.told: set[int] = set()
        self.pinned: dict[int, str] = {}  # where a name stands -> what pins it in the same object
        self.loose: list[tuple[Text, str]] = []  # with the key under which it stands
        self.under: dict[str, str] = {}  # where a name stands of which nothing is said -> its key
        self.lines: dict[int, int] = {}  # where something was placed, and the lines of the file

    def judge_company(self) -> None:
        """Note what is a model because the entries beside it are."""
        for name, (text, at) in self.company.models():
            if at not in self.told:
                self.told.add(at)
                revision = self.pinned.get(at)
                self.notes.add(name, text, self.places.of(at), "option", self.notes.role, revision=revision)

    def judge_loose(self) -> None:
        """Note the strings of which nothing is said, if they are known by themselves."""
        for (text, at), key in self.loose:
            found = identify(text) if at not in self.told else None
            if found is not None and found.sure is Sure.KNOWN:
                if is_used(text):
                    self.notes.add(found, text, self.places.of(at), "url", self.notes.role)  # fetched, not shown
                    continue
                mention = self.notes.role is Role.MENTION or "://" in text
                reason = "nothing in this file says that it is loaded"
                role = Role.MENTION if mention else Role.CANDIDATE
                if key and not mention:
                    self.under["{}:{}:{}".format(*self.place(at))] = key
                self.notes.add(found, text, self.places.of(at), "string", role, reason=reason)

    def says(self, name: str, *kinds: str) -> bool:
        """Is a model what is called so?"""
        rule = self.notes.calls.key(name, "javascript") if name else None
        return rule is not None and rule.kind in ("model", *kinds)

    def judge(self, node: Node, held: Held | None) -> None:
        """Note what a string says where it stands."""
        if node.type == "template_string" and _PAGE.search(page := text_of(node)) is not None:
            offer(page, self.places.of(node.start_byte), self.notes)
        found = string(node)
        if found is None:
            self._address(node, held)
            return
        text, at = found
        if held is None:
            self.loose.append((found, ""))
            return
        if held.pins:
            pin = partner(plain(held.name), (key for key, _ in held.pins))
            whole = [told for _, told in held.pins if is_commit(told)]  # a commit pins, whatever it is called
            if pin is not None or (len(whole) == 1 and "/" in text):
                self.pinned[at] = dict(held.pins)[pin] if pin is not None else whole[0]
        if held.compared or stands_in(text, (held.name, *held.around), held.beside):
            self._known(text, at, "compared")
        elif held.table and ALIAS.search(held.name) is not None:
            self._known(text, at, "table")
        elif held.table or any(ABOUT.search(n) for n in (*held.around, held.name)):
            outer = held.name or (held.around[-1] if held.around else "")
            if outer == "value" and self._option(text, at):
                return
            rule = self.notes.calls.key(outer, "javascript")
            if rule is None or ABOUT.search(outer):
                self._known(text, at, "table")
            elif self._tell(text, at, replace(rule, telling=False), "table"):
                self._in_company(held)
            else:
                self._known(text, at, "table")
                self.company.left(held, found, says=True)
        else:
            self._setting(found, held)

    def _address(self, node: Node, held: Held | None) -> None:
        """`https://…/models/name:generateContent?key=${key}` tells the name before it is put together; so does an ARN,
        whatever it is a part of."""
        parts = node.named_children if node.named_child_count <= MAX_PARTS else []
        texts = [text_of(part) if part.type == "string_fragment" else INSERT for part in parts]
        first = texts[0] if texts else ""
        if (text := begins_used(first)) is not None:
            self.loose.append(((text, parts[0].start_byte), ""))
        elif first.startswith("http"):
            # `https://…/accounts/${id}/ai/run/@cf/org/name`: whatever is put in before it.
            whole = "".join(texts)
            served = identify(whole) if is_used(whole) else None
            for part, text in zip(parts, texts, strict=True):
                if served is not None and INSERT not in served.name and (inside := text.find(served.name)) >= 0:
                    at = self.places.of(part.start_byte) + inside
                    self.notes.add(served, served.name, at, "url", self.notes.role)
        elif first.startswith("arn:"):
            model = identify("".join(texts))  # `arn:aws:bedrock:${region}::foundation-model/name`
            if model is not None and texts[-1].endswith(model.name):
                named = (model.name, parts[-1].end_byte - len(model.name.encode()))
                if held is None:
                    self.loose.append((named, ""))
                else:
                    self._setting(named, held)
        else:
            asking = (p for p, text in zip(parts, texts, strict=True) if shapes().asked(text) is not None)
            # `${base}/models/name:generateContent`
            self.loose += [((text_of(part), part.start_byte), "") for part in asking]

    def _setting(self, found: Text, held: Held) -> None:
        text, at = found
        if _CONSTANT.fullmatch(text) is not None:
            return  # `read(env.OLLAMA_LLM, "OLLAMA_LLM")`: what a setting is called
        variable = self.notes.calls.variable(held.variable) if held.variable else None
        said = held.provider or (self.notes.provider(held.variable) if held.variable else None)
        if variable is not None and self._tell(text, at, variable, "env", said if variable.telling else None):
            return
        names = [held.name, *(n for n in reversed(held.around) if n)]
        # `{ replicate: "…" }` in a table of models says who serves each.
        provider = self.notes.calls.known_provider(held.name)
        alias = text.lower() != held.name.lower() and aliases(held.around[-1:], held.beside)
        option = plain(held.name) in _OPTIONS or provider is not None or alias
        says = False
        for name in names[:3] if option or not held.name else names[:1]:
            rule = self.notes.calls.key(name, "javascript", held.beside, held.around, text)
            # A name in code is weaker than a key in a file of settings: `userModel: "admin"` is everyone's.
            if rule is None:
                continue
            says = says or rule.kind == "model"
            # `ollama: { model: "…" }`
            served = held.provider or self.notes.serving((*held.around, held.name), text, rule)
            said = rule.ecosystem or self._named_provider(name, text) or served
            own = name == held.name or not held.name
            telling = own and rule.telling and (said is not None or bool(rule.near))
            rule = replace(rule, ecosystem=said, telling=telling)
            if self._tell(text, at, rule, "constant", served):
                if rule.kind == "model":
                    self._in_company(held)
                return
        if says and self.notes.structured(held.name, text, lambda offset, _: self.places.of(at) + offset):
            return  # `'["gpt-…", "gpt-…"]'`
        choice = plain(held.name) in _OPTIONS and held.around[-1:] and held.around[-1] in _OFFERED
        if (choice or held.name in _OFFERED or self._chosen(text, held)) and self._option(text, at):
            self._in_company(held, says=False)
            return
        self.loose.append((found, held.name))
        self.company.left(held, found, says=says)

    def _chosen(self, text: str, held: Held) -> bool:
        """Is a name that only an API has what is taken first, `{ preferred: "gpt-…" }`, or does what stands around it
        say whose it is: `{ openai: "gpt-…", anthropic: { chat: "claude-…" } }`?"""
        named, key = identify(text), plain(held.name)
        if named is None or named.sure is not Sure.KNOWN or not named.of_api or key in _SAID:
            return False
        whose = (held.provider, *map(self.notes.calls.known_provider, (held.name, *held.around[-2:])))
        return named.ecosystem in whose or not _FIRST.isdisjoint(key.split("_"))

    def _in_company(self, held: Held, *, says: bool = True) -> None:
        last = self.notes.last
        if last is not None and last < len(self.notes.references):
            self.company.told(held, self.notes.references[last].ecosystem, says=says)

    def _option(self, text: str, at: int) -> bool:
        """What is offered to choose from, if it is known by its name."""
        if (name := offered(text)) is None:
            return False
        self.notes.add(name, text, self.places.of(at), "option", self.notes.role)
        self.told.add(at)
        return True

    def _named_provider(self, name: str, text: str) -> str | None:
        """`GROQ_MODELS`, `groqModel`; `OPENAI_MODELS` may be those of any server that speaks like it."""
        said = self.notes.calls.known_provider(plain(name).partition("_")[0])
        return said if said != "openai" and self.notes.calls.takes(said, text) else None

    def _tell(self, text: str, at: int, rule: Key | Environment, how: str, provider: str | None = None) -> bool:
        place, revision = self.places.of(at), self.pinned.get(at)
        if at not in self.told and self.notes.value(text, place, how, rule, provider=provider, revision=revision):
            self.told.add(at)
        return at in self.told

    def _known(self, text: str, at: int, how: str) -> None:
        """A comparison or a table of facts names a model and loads none."""
        name = identify(text)
        if name is not None and name.sure is Sure.KNOWN and at not in self.told:
            self.told.add(at)
            self.notes.add(
                name, text, self.places.of(at), how, Role.MENTION, reason="compared or described, not loaded"
            )

    # ── places ────────────────────────────────────────────────────────────────

    def place(self, at: int) -> tuple[int, int, int | None]:
        """Give line, column and cell of a byte."""
        there = self.notes.source.at(self.places.of(at))
        found = self.elsewhere(there.line, there.column, "")
        self.lines[there.line] = found[0]
        return found
