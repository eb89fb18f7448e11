"""What an expression can be, across the modules of one project: names, constants, defaults, tables, wrappers.

Control flow is not followed: a name can be everything that is ever bound to it in its scope. What cannot be known is a
`Hole` that says why, never a silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from freehold.detect.lookups import Lookups, Seen
from freehold.detect.names import Sure, identify
from freehold.detect.outcomes import Given, Hole, Outcome, Value, beyond, passed_on
from freehold.detect.places import copied
from freehold.detect.project import Project, pick
from freehold.detect.python_expressions import GET, UNKNOWN, Expression, expression_of
from freehold.detect.scopes import Bound, Spot, argument
from freehold.detect.tables import MAX_DEPTH, Chosen, formatted, holds_classes, members_of, part_of
from freehold.types import Location

MAX_VALUES = 1_000
MAX_JOINED = 100
MAX_KEPT = 8  # parts of a text, the last ones
MAX_STEPS = 4_000  # for one question
MAX_MORE = 12_000  # and for the entries of a table, one by one

#: Methods and functions that give back what they are given, for our purpose.
_SAME = frozenset(
    {"strip", "rstrip", "lstrip", "lower", "str", "copy", "cast", "expanduser", "expandvars", "get_secret_value"}
)
#: What gives one of several: Python's own, searches, the widgets of Streamlit, Gradio and others.
_CHOICES = frozenset(
    {
        *("next", "iter", "choice", "suggest_categorical", "grid_search", "select", "selectbox", "select_slider"),
        *("radio", "multiselect", "pills", "segmented_control", "dropdown", "Dropdown", "Radio", "CheckboxGroup"),
        *("RadioButtons", "ToggleButtons", "Combobox", "SelectMultiple", "RadioButtonGroup", "RadioBoxGroup"),
    }
)
#: What asks for a text, and what stands there before anybody says more.
_FILLED = frozenset({"text_input", "text_area", "Textbox", "prompt"})
#: Methods that give a text with a part of it put otherwise, or left out.
_EDITS: Mapping[str, Callable[[str, str, str], str]] = {
    "replace": str.replace,
    "removeprefix": lambda text, old, _: text.removeprefix(old),
    "removesuffix": lambda text, old, _: text.removesuffix(old),
}

#: What the name of a variable says of any folder.
_PLACE = re.compile(r"_?(?:dir|path|folder|root|base)_?")


class Values(Lookups):
    """What expressions of a project can be."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.known: dict[tuple[str, int, int, str], tuple[list[Outcome], Expression]] = {}
        self.more = 0  # steps that a table's entries may take beside

    def as_called(self, function: Spot, caller: Spot, call: Expression, spot: Spot, e: Expression) -> list[Outcome]:
        """Give what an expression is when a function of the project is called like this."""
        passed = ((name, argument(function, call, name)) for name, *_ in function.data["params"])
        path, scope = function.module.path, function.scope
        return self.as_filled({(path, scope, n): (caller, one) for n, one in passed if one is not None}, spot, e)

    def as_filled(self, given: dict[tuple[str, int, str], Bound], spot: Spot, e: Expression) -> list[Outcome]:
        """Give what an expression is when parameters are these."""
        self.filled.update(given)
        try:
            return self.outcomes(spot, e)
        finally:
            self.filled.clear()

    def supposing(self, at: Spot, name: Expression, value: Value, spot: Spot, e: Expression) -> list[Outcome]:
        """Give what an expression is where another turned out to be this text: `TABLE[name]`, `revision_of(name)`."""
        self.supposed = (at, name, value)
        try:
            return self.outcomes(spot, e)
        finally:
            self.supposed = None
            self.filled.clear()

    def outcomes(self, spot: Spot, expression: Expression, how: str = "call") -> list[Outcome]:
        """Give everything an expression can be, each once, in the order in which it is met."""
        if self.filled or self.supposed or self.chosen:  # what it is depends on who calls
            return self._all(spot, expression, how)
        asked = (spot.module.path, spot.scope, id(expression), how)
        if asked not in self.known:
            # The expression is kept with the answer, so that its identity stays its own.
            self.known[asked] = (self._all(spot, expression, how), expression)
        return self.known[asked][0]

    def _all(self, spot: Spot, expression: Expression, how: str) -> list[Outcome]:
        seen: dict[Outcome, None] = {}
        self.left, self.more = MAX_STEPS, MAX_MORE
        for outcome in self._outcomes(spot, expression, how, 0, frozenset()):
            seen.setdefault(outcome)
            if len(seen) >= MAX_VALUES:
                seen.setdefault(Hole(f"one of more than {MAX_VALUES:,} values", more=True))
                break
        return list(seen)

    def _outcomes(self, spot: Spot, e: Expression, how: str, steps: int, seen: Seen) -> Iterator[Outcome]:
        self.left -= 1
        if steps > MAX_DEPTH or self.left < 0:
            yield Hole("too many steps", more=True)
            return
        deep = steps + 1
        if self.supposed is not None and self.supposed[0] == spot and self.supposed[1] == e:
            yield self.supposed[2]
            return
        match e[0]:
            case "s":
                yield Value(e[1], Location(path=spot.module.path, line=e[2], column=e[3], cell=e[4]), how)
            case "b":
                if how == "composed" and isinstance(e[1], int | float) and not isinstance(e[1], bool):
                    yield Value(str(e[1]), Location(path=spot.module.path, line=1), how)
                elif e[1] is not None and not isinstance(e[1], bool):
                    yield Hole("a number")
            case "n" | "a":
                yield from self._named(spot, e, how, deep, seen)
            case "|":
                for one in e[1]:
                    yield from self._outcomes(spot, one, how, deep, seen)
            case "f":
                yield from self._joined(spot, e, deep, seen)
            case "i":
                yield from self._indexed(spot, e, how, deep, seen)
            case "e":
                yield from self._elements(spot, e, deep, seen)
            case "c":
                yield from self._called(spot, e, how, deep, seen)
            case "in":
                yield from self._outcomes(Spot(spot.module, e[1]), e[2], how, deep, seen)
            case "param" if (filled := self.filled.get((spot.module.path, spot.scope, e[1]))) is not None:
                yield from self._outcomes(*filled, how, deep, seen)
            case "param" | "field":
                yield Given(spot.module.path, spot.scope, e[1])
                default, typed = next((p[1:] for p in spot.data["params"] if p[0] == e[1]), (None, ""))
                for where, members in self.tables(Spot(spot.module, 0), expression_of(typed)) if typed else ():
                    yield from self._elements(where, ["e", members, -1], deep, seen)
                for table, must in spot.data.get("among", {}).get(e[1], ()) if e[0] == "param" else ():
                    for where, shown in self.tables(spot, table, deep):
                        if must or holds_classes(shown):
                            yield from self._elements(where, ["e", shown, -1], deep, seen)
                if default is not None:
                    outer = Spot(spot.module, max(spot.data["up"], 0))
                    yield from self._outcomes(outer, default, "default", deep, seen)
                for fixture in self.project.fixtures(spot, e[1]) if e[0] == "param" and default is None else ():
                    for returned in fixture.data["returns"]:
                        yield from self._outcomes(fixture, returned, "constant", deep, seen)
            case "d":
                yield Hole("a table, not a name")
            case "l":
                yield from self._elements(spot, ["e", e, -1], deep, seen)
            case "**":
                yield from (Given(spot.module.path, spot.scope, name) for name in e[1] if isinstance(name, str))
            case "def" if spot.module.facts["scopes"][e[1]].get("property"):
                inner = Spot(spot.module, e[1])
                for returned in inner.data["returns"]:
                    yield from self._outcomes(inner, returned, "constant", deep, seen)
            case _:
                yield Hole("computed at run time")

    def _named(self, spot: Spot, e: Expression, how: str, steps: int, seen: Seen) -> Iterator[Outcome]:
        key = (spot.module.path, spot.scope, repr(e)[:200])
        if key in seen:  # `name = name.split(" (")[0]`: what it is made of is what it was before
            for where, one in self.project.bound(spot, e) if how != "composed" else ():
                if one[0] in ("param", "s"):
                    yield from self._outcomes(where, one, how, steps, seen)
            return
        seen |= {key}
        bound = self.project.bound(spot, e)
        if bound and e[0] == "a" and e[2] == "value":  # of a widget: what it shows first, and what it offers
            bound = bound + [(where, call) for where, call in self.made(spot, e[1], steps) if call[1][-1] in _CHOICES]
        if not bound and e[0] == "a" and spot.module.language == "python":
            for where, call in self.made(spot, e[1], steps):  # where one does not say it, its class does
                said = self.project.field(where, call, e[2])
                own = [(where, said)] if said is not None else self.project.attribute(where, call, e[2])
                bound = [*bound, *own]  # what the project answered stays its own
        if not bound and e[0] == "a" and e[2] in ("value", "name"):
            member = list(self._outcomes(spot, e[1], how, steps, seen))
            if not all(isinstance(o, Hole) and o.keys for o in member):
                yield from member
                return
        if not bound and e[0] == "a":
            # `MODELS.chat` is `MODELS["chat"]`.
            members = [m for where, table in self.tables(spot, e[1], steps) for m in members_of(where, table, e[2])]
            for where, one in members:
                yield from self._outcomes(where, one, "table", steps, seen)
            if members:
                return
            if (given := self.project.parameter(spot, e)) is not None and not given[1].startswith(("self.", "cls.")):
                yield Given(given[0].module.path, given[0].scope, given[1])
        flags = spot.module.facts["flags"].get(e[2], ()) if e[0] == "a" and not bound else ()
        for flag in flags:
            yield from self._outcomes(Spot(spot.module, 0), flag, "argparse", steps, seen)
        if flags:
            yield Hole(f"given on the command line (`--{e[2]}`)", (e[2],), flag=True)
        short = self.renamed(e, bound, steps) if len(bound) > 1 else frozenset()
        for where, one in bound:
            kind = "field" if where.data["kind"] == "class" else "constant" if how == "call" else how
            yield from beyond(self._outcomes(where, one, kind, steps, seen), short)
        if not bound and not flags:
            kept = self._kept(spot, e[1], e[2], steps, seen) if e[0] == "a" else ()
            yield from kept or self._read(spot, e, "not bound in this project")

    def of_entry(self, chosen: Chosen, spot: Spot, e: Expression) -> list[Outcome]:
        """Give what an expression is for one entry of a table."""
        before, self.chosen = self.chosen, [*chosen, *self.chosen]
        try:
            return self.outcomes(spot, e)
        finally:
            self.chosen = before

    def _joined(self, spot: Spot, e: Expression, steps: int, seen: Seen) -> Iterator[Outcome]:
        found: list[Outcome] = []
        entries = self.entries(spot, e[1], steps) if len(e[1]) > 1 else []
        if entries and not self.chosen:
            self.left, self.more = self.left + self.more, 0  # once for a question
        for chosen in entries:
            before, self.chosen = self.chosen, [*chosen, *self.chosen]
            try:
                found += (o for o in self._product(spot, e, steps, seen) if not isinstance(o, Hole) or o.more)
            finally:
                self.chosen = before
        yield from found if any(isinstance(o, Value) for o in found) else self._product(spot, e, steps, seen)

    def _product(self, spot: Spot, e: Expression, steps: int, seen: Seen) -> Iterator[Outcome]:
        texts: list[tuple[str, tuple[Value, ...]]] = [("", ())]
        more = False
        for part in e[1]:
            found = list(self._outcomes(spot, part, "composed", steps, seen))
            known = list(dict.fromkeys(o for o in found if isinstance(o, Value)))
            yield from (replace(o, joined=True) for o in found if isinstance(o, Given))
            if not known:
                rest = e[1][1:]
                if part is e[1][0] and len(rest) == 1 and rest[0][0] == "s" and rest[0][1].startswith("/"):
                    copy = self._path(spot, e[1])  # `f"{ROOT}/models/name"`
                    found = [copy] if isinstance(copy, Value) else found
                    yield from (o for o in found if o is copy)
                if not any(isinstance(o, Value) for o in found):
                    yield next((o for o in found if isinstance(o, Hole)), Hole("composed at run time"))
                return
            more = more or len(texts) * len(known) > MAX_JOINED
            chosen = [(one, (one.parts or (one,)) if part[0] != "s" else ()) for one in known[:MAX_JOINED]]
            texts = [(before + one.text, parts + own) for before, parts in texts for one, own in chosen][:MAX_JOINED]
        at = Location(path=spot.module.path, line=e[2], column=e[3], cell=e[4])
        for text, parts in texts:
            yield Value(text, at, "composed", parts=parts[-MAX_KEPT:])
        if more:
            yield Hole(f"composed in more than {MAX_JOINED} ways", more=True)

    def _called(
        self,
        spot: Spot,
        e: Expression,
        how: str,
        steps: int,
        seen: Seen,
        part: int | None = None,  # of several things that a function gives back
    ) -> Iterator[Outcome]:
        callee, args, keywords = e[1], e[2], e[3]
        dotted = self.project.dotted(spot, callee)
        tail = callee[2] if callee[0] == "a" else callee[1] if callee[0] == "n" else ""
        if callee[0] == "n":  # also by another name: `from decouple import config as setting`
            tail = self.project.imported(spot, callee).rpartition(".")[2] or tail
        if tail == "joinpath" and callee[0] == "a":
            yield self._path(spot, [callee[1], *args])
            return
        if dotted in ("os.path.join", "pathlib.Path", "os.path.abspath") or tail == "Path":
            if len(args) == 1:
                for outcome in self._outcomes(spot, args[0], how, steps, seen):
                    yield Hole("a path", callee="path") if tail == "Path" and _is_word(outcome) else outcome
            elif dotted == "os.path.join" and len(args) == 2:
                slash = ["s", "/", *e[4:7]]
                yield from self._owned(spot, ["f", [args[0], slash, args[1]], *e[4:7]], steps, seen)
            else:
                yield self._path(spot, args)
            return
        made = self.project.callee(spot, callee)
        reads = tail in GET or (tail == "str" and callee[0] == "a")  # `env.str("MODEL", "org/name")`
        if reads and (args or keywords) and not any(one[0] == "def" for _, one in made):
            yield from self._got(spot, e, dotted, steps, seen)
            return
        if tail in _SAME:
            method = callee[0] == "a" and tail != "cast" and not dotted.startswith("os.path.")
            yield from self._outcomes(spot, callee[1] if method else args[-1] if args else ["?"], how, steps, seen)
            return
        if tail in _EDITS and callee[0] == "a" and args and all(one[0] == "s" for one in args[:2]):
            new = args[1][1] if len(args) > 1 else ""
            for outcome in self._outcomes(spot, callee[1], how, steps, seen):
                text = _EDITS[tail](outcome.text, args[0][1], new) if isinstance(outcome, Value) else ""
                if not isinstance(outcome, Value) or text == outcome.text:
                    yield outcome
                elif not new:  # what is left stands where the whole does
                    yield replace(outcome, text=text, written=outcome.written or outcome.text)
                else:
                    at = Location(path=spot.module.path, line=e[4], column=e[5], cell=e[6])
                    yield Value(text, at, "composed")
            return
        if tail == "getattr" and len(args) > 1:
            if args[1][0] == "s":
                yield from self._outcomes(spot, ["a", args[0], args[1][1]], how, steps, seen)
            if len(args) > 2:
                yield from self._outcomes(spot, args[2], "default", steps, seen)
            return
        if tail in _CHOICES and (args or keywords):
            for one in (*args, *(keywords[key] for key in ("options", "choices", "values") if key in keywords)):
                if one[0] == "c" and one[1][-1] == "values":
                    yield from self._elements(spot, ["e", one, -1], steps, seen)
                    continue
                for where, table in self.tables(spot, one, steps):
                    if table[0] == "l":  # Gradio shows the first of a pair and gives the second
                        table = ["l", [one[1][-1] if one[0] == "l" and one[1] else one for one in table[1]]]
                    yield from self._elements(where, ["e", table, -1], steps, seen)
            if "value" in keywords:
                yield from self._outcomes(spot, keywords["value"], "default", steps, seen)
            return
        if tail in _FILLED and (filled := pick(e, ("value", "default", 1))) is not None:
            yield from self._outcomes(spot, filled, "default", steps, seen)
            return
        if tail == "join" and callee[0] == "a" and callee[1][0] == "s" and args and args[0][0] == "l":
            between = callee[1]
            parts = [part for one in args[0][1][:MAX_JOINED] for part in (between, one)][1:]
            yield from self._joined(spot, ["f", parts, *between[2:]], steps, seen)
            return
        if tail == "format" and callee[0] == "a":
            templates = self._outcomes(spot, callee[1], "composed", steps, seen)
            texts = [o.text for o in templates if isinstance(o, Value) and "{" in o.text][:MAX_KEPT]
            for whole in (formatted(text, e) for text in texts):
                yield from self._joined(spot, whole, steps, seen) if whole else (Hole("composed at run time"),)
            if texts:
                return
        found = False
        for where, one in made:
            if one[0] == "class":  # a member of an enumeration
                for holder, members in self.tables(where, one, steps):
                    found = True
                    yield from self._elements(holder, ["e", members, -1], steps, seen)
            elif one[0] == "def":
                inner_spot = Spot(where.module, one[1])
                for name, *_ in inner_spot.data["params"] if self.supposed is not None else ():
                    if (given := argument(inner_spot, e, name)) is not None:
                        self.filled.setdefault((where.module.path, one[1], name), (spot, given))
                for given_back in inner_spot.data["returns"]:
                    found = True
                    returned = given_back if part is None else part_of(given_back, part)
                    back = list(self._outcomes(inner_spot, returned, "constant", steps, seen))
                    if any(isinstance(o, Given) and o.joined and o.scope == one[1] for o in back):
                        back = self._given_back(spot, inner_spot, e, returned, steps, seen) or back
                    for outcome in back:
                        # What the caller gave is known here and nowhere else.
                        if isinstance(outcome, Given) and outcome.scope == one[1]:
                            yield from passed_on(
                                outcome, self._argument(spot, inner_spot, e, outcome.name, steps, seen)
                            )
                        else:
                            yield outcome
        if not found:
            yield Hole(f"what `{tail or 'a call'}` gives back at run time", callee=dotted)

    def _given_back(
        self, spot: Spot, function: Spot, e: Expression, returned: Expression, steps: int, seen: Seen
    ) -> list[Outcome]:
        """What a function puts together from what it is called with: an address, or a name of what is none itself."""
        path, scope = function.module.path, function.scope
        given = {(path, scope, name): argument(function, e, name) for name, *_ in function.data["params"]}
        own = {key: (spot, one) for key, one in given.items() if one is not None and key not in self.filled}
        self.filled.update(own)
        try:
            found = list(self._outcomes(function, returned, "constant", steps, seen))
        finally:
            for key in own:
                del self.filled[key]
        return [o for o in found if isinstance(o, Value) and o.parts and ("://" in o.text or not _has_owner(o))]

    def _owned(self, spot: Spot, e: Expression, steps: int, seen: Seen) -> Iterator[Outcome]:
        """`os.path.join(ORG, name)` is a path, unless it comes out as a repository."""
        for outcome in self._joined(spot, e, steps, seen):
            name = identify(outcome.text) if isinstance(outcome, Value) else None
            if name is not None and name.ecosystem == "huggingface" and name.sure is Sure.KNOWN:
                yield outcome
            else:
                yield self._path(spot, [e[1][0], e[1][2]])

    def _path(self, spot: Spot, parts: list[Expression]) -> Outcome:
        """A folder that is named after a public model, wherever that is: `ROOT / "models" / "name"`."""
        while parts and parts[0][0] == "c" and parts[0][1][0] == "a" and parts[0][1][2] == "joinpath":
            parts = [parts[0][1][1], *parts[0][2], *parts[1:]]
        known = list(takewhile(lambda one: one[0] == "s", reversed(parts)))
        folder = parts[-len(known) - 1] if known and len(known) < len(parts) else UNKNOWN
        own = str(folder[-1]) if folder[0] in ("n", "a") else "_"
        inside = "/".join(one[1].strip("/") for one in reversed(known))
        if copied(f"{_PLACE.sub('', own.lower()) or 'root'}/{inside}") is None:
            return Hole("a path", callee="path")
        at = Location(path=spot.module.path, line=known[0][2], column=known[0][3], cell=known[0][4])
        own_part = (Value(inside, at, "composed"),) if len(known) == 1 else ()
        return Value(f"${own}/{inside}", at, "composed", written=inside, parts=own_part)

    def _argument(
        self, spot: Spot, function: Spot, e: Expression, name: str, steps: int, seen: Seen
    ) -> Iterator[Outcome]:
        given = argument(function, e, name)
        if given is not None:
            yield from self._outcomes(spot, given, "call", steps, seen)


def _is_word(outcome: Outcome) -> bool:
    """Is it a folder beside the program, if it is a path? Some are named after public models."""
    name = identify(outcome.text) if isinstance(outcome, Value) and "/" not in outcome.text else None
    return name is not None and name.sure is Sure.BARE and not name.may_be_file


def _has_owner(value: Value) -> bool:
    """Is a part of what is put together a whole name already?"""
    return any("/" in part.text for part in value.parts)
