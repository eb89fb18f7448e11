"""What a call passes beside the name of a model: its revision, a file, whether the repository's code may run.

An argument is read where it stands. Where that is a parameter of a function of the project's own, each caller has its
own; where name and revision come out of one table, each entry has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from freehold.detect.libraries import Argument, Call
from freehold.detect.outcomes import Given, Hole, Value
from freehold.detect.places import is_place
from freehold.detect.project import Project, pick
from freehold.detect.python_expressions import UNKNOWN, Expression, callee_tail
from freehold.detect.scopes import Bound, Spot, argument
from freehold.detect.values import MAX_STEPS, Values
from freehold.types import Location

MAX_FOLLOWED = 12
_PUSHES = frozenset({"push_to_hub", "push_to_hub_merged", "push_to_hub_gguf"})
_SAVES = frozenset(
    {"save_pretrained", "save_pretrained_merged", "save_pretrained_gguf", "save_model", "save_quantized"}
)
_WRITES = _PUSHES | _SAVES
MAX_CALLERS = 50
_OPTIONS = re.compile(r"(?!tokenizer|processor|data)(?:\w+_)?(?:kwargs|args|options)")


@dataclass(frozen=True, slots=True)
class Passed:
    """An argument, and where to read it. `["**", names]` is what callers pass on under these names."""

    spot: Spot
    expression: Expression


@dataclass(frozen=True, slots=True)
class Told:
    """What an argument says: a text, nothing, or something that cannot be known and why."""

    text: str | None = None
    reason: str | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Sink:
    """One call that selects a model, with everything that does not depend on which."""

    call: Call
    spot: Spot
    expression: Expression
    ecosystem: str | None
    name: Passed | None = None
    revision: Passed | None = None
    remote_code: Passed | None = None
    file: Passed | None = None
    base_url: str | None = None
    tag: Passed | None = None
    origin: Passed | None = None  # the name as the call itself has it, whoever gives it
    second: bool = False  # another row of the same call tells what cannot be known about it


class Beside:
    """Reads arguments."""

    def __init__(self, project: Project, values: Values) -> None:
        self.project = project
        self.values = values
        self.own: set[str] = set()  # folders that the project itself writes models to
        self._said: dict[tuple[str, int, int], tuple[Told, Expression]] = {}
        self._entries: dict[tuple[str, int, int, int], tuple[dict[tuple[Location, str], Told], Passed, Passed]] = {}

    def writes(self, spot: Spot, e: Expression) -> None:
        """Note where a call writes a model to: what is read from there later is the project's own."""
        given = written(e)
        for outcome in self.values.outcomes(spot, given) if given is not None else ():
            if not isinstance(outcome, Value):
                continue
            pushed = callee_tail(e) in _PUSHES
            if pushed and outcome.parts and outcome.text.endswith(f"/{outcome.parts[-1].text}"):
                self.own.add(outcome.parts[-1].text)  # `f"{user}/{repo}"`
            # A whole name may be kept under the words under which it was fetched.
            if (outcome.parts and not pushed) or "/" not in outcome.text or is_place(outcome.text):
                self.own.add(outcome.text)

    def pick(self, spot: Spot, e: Expression, wanted: Argument) -> Passed | None:
        """Give the first of these arguments that a call passes, also through `**options`; `json.model` is an entry of
        one."""
        given = pick(e, wanted)
        if given is not None:
            return Passed(spot, given)
        for holder, _, entry in (key.partition(".") for key in wanted if isinstance(key, str) and "." in key):
            given = pick(e, (int(holder) if holder.isdigit() else holder,))
            if given is not None and (found := self._entry(spot, given, entry)) is not None:
                return found
        if not wanted or "**" not in e[3]:
            return None
        self.values.left = MAX_STEPS
        for where, table in self.values.tables(spot, e[3]["**"]):
            for key, value in table[1] if table[0] == "d" else ():
                if key[0] == "s" and key[1] in wanted:
                    return Passed(where, value)
        rest = self.project.rest(spot, e[3]["**"])
        return None if rest is None else Passed(rest, ["**", wanted])

    def within(self, spot: Spot, e: Expression) -> Passed | None:
        """A revision that stands among the options for the model: `model_kwargs={"revision": "…"}`."""
        found = (self._entry(spot, e[3][key], "revision") for key in e[3] if is_options(key))
        return next((one for one in found if one is not None), None)

    def _entry(self, spot: Spot, e: Expression, name: str) -> Passed | None:
        """What a table has under a name."""
        self.values.left = MAX_STEPS
        for where, table in self.values.tables(spot, e):
            for key, value in table[1] if table[0] == "d" else ():
                if key[:2] == ["s", name]:
                    return Passed(where, value)
        return None

    def served(self, spot: Spot, e: Expression, switches: Mapping[str, str]) -> str | None:
        """Give who serves a model where a switch of the call, or of the client that makes it, is set to True."""
        made = [(spot, e), *self.project.makers(spot, e[1])] if switches else []
        for switch, ecosystem in switches.items():
            for where, one in made:
                passed = self.pick(where, one, (switch,))
                if passed is not None and passed.expression == ["b", True]:
                    return ecosystem
        return None

    def carried(self, passed: Passed | None, given: Given, caller: Spot, call: Expression) -> Passed | None:
        """The same argument as one call of the function gives it."""
        if passed is None:
            return None
        if passed.expression[0] == "**":
            mine = (passed.spot.module.path, passed.spot.scope) == (given.module, given.scope)
            return self.pick(caller, call, passed.expression[1]) if mine else passed
        inner = self._given(passed, given)
        return passed if inner is None else self._from(passed, inner, caller, call)

    def _given(self, passed: Passed, given: Given) -> Given | None:
        """The parameter of the same function, or field of the same class, that this argument is."""
        if passed.expression[0] not in ("n", "a", "in"):
            return None
        for outcome in self.values.outcomes(passed.spot, passed.expression):
            mine = isinstance(outcome, Given) and (outcome.module, outcome.scope) == (given.module, given.scope)
            if isinstance(outcome, Given) and mine and not outcome.cut:
                return outcome
        return None

    def _from(self, passed: Passed, inner: Given, caller: Spot, call: Expression) -> Passed | None:
        function = Spot(self.project.paths[inner.module], inner.scope)
        found = argument(function, call, inner.name)
        own = Passed(caller, found) if found is not None else self.pick(caller, call, (inner.name,))
        if own is not None:
            return own
        default = next((p[1] for p in function.data["params"] if p[0] == inner.name), None)
        if default is not None:
            return Passed(Spot(function.module, max(function.data["up"], 0)), default)
        if fields := function.data["names"].get(inner.name) if function.data["kind"] == "class" else None:
            return Passed(function, fields[0]) if len(fields) == 1 else passed
        return None if function.data["kind"] == "function" else passed

    def told(self, passed: Passed | None, value: Value | None = None, sink: Sink | None = None) -> Told:
        """What an argument of a sink says for a name that reaches it."""
        if passed is None or passed.expression in (["b", None], ["b", False]) or passed.expression[0] == "**":
            return Told()
        name = sink.name if sink is not None else None
        if name is not None and value is not None and name.spot == passed.spot:
            rows = dict(self._pairs(passed, name))
            if rows:  # a row without one has none, whatever the others have
                return Told(text=rows.get(value.at))
        asked = (passed.spot.module.path, passed.spot.scope, id(passed.expression))
        if asked not in self._said:
            # The expression is kept with the answer, so that its identity stays its own.
            self._said[asked] = (self._all(passed), passed.expression)
        said = self._said[asked][0]
        if name is not None and value is not None and (own := self._of_entry(passed, name).get((value.at, value.text))):
            return own
        if said.several and value is not None and sink is not None and sink.origin is not None:
            return self._supposing(sink.origin, value, passed) or said
        return said

    def _of_entry(self, passed: Passed, name: Passed) -> dict[tuple[Location, str], Told]:
        """What an argument says for each name, where both come out of one entry of a table."""
        if name.spot != passed.spot or passed.expression[0] in ("s", "b"):
            return {}
        asked = (name.spot.module.path, name.spot.scope, id(name.expression), id(passed.expression))
        if asked not in self._entries:
            found: dict[tuple[Location, str], Told] = {}
            self.values.left = MAX_STEPS
            parts = name.expression[1] if name.expression[0] == "f" else [name.expression]
            for chosen in self.values.entries(name.spot, [*parts, passed.expression]):
                outcomes = self.values.of_entry(chosen, passed.spot, passed.expression)
                pins = {o.text for o in outcomes if isinstance(o, Value)}
                told = Told(text=pins.pop()) if len(pins) == 1 else Told()
                for one in self.values.of_entry(chosen, name.spot, name.expression):
                    if isinstance(one, Value):
                        found.setdefault((one.at, one.text), told)
            self._entries[asked] = (found, name, passed)
        return self._entries[asked][0]

    def _supposing(self, name: Passed, value: Value, passed: Passed) -> Told | None:
        """Which of several texts it is may depend on the name: `TABLE[name]`, `revision_of(name)`."""
        own = self.values.supposing(name.spot, name.expression, value, passed.spot, passed.expression)
        texts = {o.text for o in own if isinstance(o, Value)}
        return Told(text=texts.pop()) if len(texts) == 1 else None if texts else Told()

    def _all(self, passed: Passed) -> Told:
        """What an argument says by itself, or what the callers of the function around it say."""
        outcomes = self.values.outcomes(passed.spot, passed.expression)
        texts = {o.text for o in outcomes if isinstance(o, Value)}
        for given in [o for o in outcomes if isinstance(o, Given)] if not texts else ():
            for spot, call in self.project.callers(given.module, given.scope)[:MAX_CALLERS]:
                own = argument(Spot(self.project.paths[given.module], given.scope), call, given.name)
                found = self.values.outcomes(spot, own) if own is not None else []
                texts |= {o.text for o in found if isinstance(o, Value)}
        if any(isinstance(o, Given) and o.cut for o in outcomes):
            return Told(reason="it is a part of the name", several=True)
        if len(texts) == 1:
            return Told(text=texts.pop())
        if texts:
            return Told(reason=f"one of {len(texts)} values", several=True)
        return Told(reason=next((o.reason for o in outcomes if isinstance(o, Hole)), None))

    def _pairs(self, passed: Passed, name: Passed) -> Iterator[tuple[Location, str]]:
        """Names and texts that stand in one entry of one table."""
        spot, one, other = name.spot, name.expression, passed.expression
        if one[0] == "|":  # `spec.repo ?? spec.id`
            for choice in one[1]:
                yield from self._pairs(passed, Passed(spot, choice))
            return
        if one[0] == other[0] == "i" and one[1] == other[1]:
            self.values.left = MAX_STEPS
            for where, table in self.values.tables(spot, one[1]):
                yield from _pair(where, table, one[2], other[2])
        elif one[0] == other[0] == "i" and one[2] == other[2]:  # `REPOS[size]`, `REVISIONS[size]`
            yield from self._by_key(spot, one[1], other[1])
        elif one[0] == other[0] == "a" and one[1] == other[1]:  # `config.name`, `config.revision`
            self.values.left = MAX_STEPS
            for where, made in self.values.made(spot, one[1], 0):
                fields = (self.project.field(where, made, e[2]) or UNKNOWN for e in (one, other))
                yield from _strings(where, *fields)
            yield from _in_turn(*(self.project.attribute(spot, e[1], e[2]) for e in (one, other)))
            tables = self.values.tables(spot, one[1]) if spot.module.language == "javascript" else ()
            for where, table in tables:  # `MODELS[size].repo`
                yield from _pair(where, table, ["s", one[2]], ["s", other[2]])
        elif one[0] == other[0] == "n":
            names, pins = self.project.bindings(spot, one[1]), self.project.bindings(spot, other[1])
            yield from _in_turn(names, pins)
            for (where, first), (_, second) in zip(names, pins, strict=False):
                if first[0] == second[0] == "e" and first[1] == second[1]:
                    yield from self._rows(where, first, second)
                elif first[0] == second[0] == "i" and first[1] == second[1]:  # `arch, tag = TABLE[size]`
                    self.values.left = MAX_STEPS
                    for there, table in self.values.tables(where, first[1]):
                        yield from _pair(there, table, first[2], second[2])

    def _by_key(self, spot: Spot, names: Expression, pins: Expression) -> Iterator[tuple[Location, str]]:
        """Two tables with the same keys."""
        self.values.left = MAX_STEPS
        tables = [table for _, table in self.values.tables(spot, pins) if table[0] == "d"]
        revisions = {key[1]: value for table in tables for key, value in table[1] if key[0] == "s"}
        for where, table in self.values.tables(spot, names) if revisions else ():
            for key, value in table[1] if table[0] == "d" else ():
                if key[0] == "s" and key[1] in revisions:
                    yield from _strings(where, value, revisions[key[1]])

    def _rows(self, spot: Spot, first: Expression, second: Expression) -> Iterator[tuple[Location, str]]:
        over = first[1]
        items = over[0] == "c" and over[1][0] == "a" and over[1][2] == "items"
        self.values.left = MAX_STEPS
        for where, table in self.values.tables(spot, over):
            for row in table[1]:
                cells = row if table[0] == "d" and items else row[1] if row[0] == "l" else ()
                if min(first[2], second[2]) >= 0 and max(first[2], second[2]) < len(cells):
                    yield from _strings(where, cells[first[2]], cells[second[2]])

    def allowed(self, passed: Passed | None) -> bool | None:
        """Does this argument allow it? None where that cannot be told. A parameter is its default where no caller is
        known to give another."""
        if passed is None:
            return False
        for _ in range(MAX_FOLLOWED):
            spot, e = passed.spot, passed.expression
            if e[0] == "b":
                return bool(e[1])
            if e[0] not in ("n", "a"):
                return None
            bound = self.project.bound(spot, e)
            plain = [(where, one) for where, one in bound if one[0] not in ("param", "field")]
            if len(plain) > 1 or (plain and len(plain) < len(bound) and plain[0][1][0] != "b"):
                return None
            if not plain and bound and bound[0][1][0] == "param":
                where, one = bound[0]
                default = next((p[1] for p in where.data["params"] if p[0] == one[1]), None)
                plain = [] if default is None else [(Spot(where.module, max(where.data["up"], 0)), default)]
            if not plain:
                return None
            passed = Passed(*plain[0])
        return None

    def hidden(self, spot: Spot, e: Expression) -> Passed | None:
        """What `**options` might pass, where nobody knows what they are."""
        unknown = "**" in e[3] and not any(self.values.tables(spot, e[3]["**"]))
        return Passed(spot, UNKNOWN) if unknown else None


@lru_cache(maxsize=8_192)
def is_options(name: str) -> bool:
    """Are options for the model given under this name?"""
    return _OPTIONS.fullmatch(name) is not None


def only_options(given: Passed, e: Expression) -> bool:
    """`new ChatOpenAI({ temperature: 0 })`: what stands where a name may stand are options, and none is the name."""
    return given.spot.module.language == "javascript" and given.expression[0] == "d" and "**" not in e[3]


def written(e: Expression) -> Expression | None:
    """Give the argument that says where a call writes a model to."""
    given: Expression | None = e[3].get("output_dir")
    return given or (e[2][0] if e[2] and callee_tail(e) in _WRITES else e[3].get("save_directory"))


def _pair(where: Spot, table: Expression, one: Expression, other: Expression) -> Iterator[tuple[Location, str]]:
    if table[0] == "d" and one[0] == other[0] == "s":
        found = {k[1]: v for k, v in table[1] if k[0] == "s"}
        if one[1] in found and other[1] in found:
            yield from _strings(where, found[one[1]], found[other[1]])
    elif table[0] == "l" and one[0] == other[0] == "b":
        cells = table[1]
        if all(isinstance(i, int) and -len(cells) <= i < len(cells) for i in (one[1], other[1])):
            yield from _strings(where, cells[one[1]], cells[other[1]])


def _in_turn(names: list[Bound], pins: list[Bound]) -> Iterator[tuple[Location, str]]:
    """A name and its pin that are bound in turn, branch by branch or one after the other: what stands between two of
    the names belongs to the first, or to the second where the pins come first."""
    turns = [
        ((e[4] or 0, e[2], e[3]), is_pin, where, e)
        for is_pin, bound in enumerate((names, pins))
        for where, one in bound
        if (e := one[2] if one[0] == "in" else one)[0] == "s"
    ]
    several = len({e[1] for _, is_pin, _, e in turns if is_pin}) > 1
    if not several or len({where.module.path for _, _, where, _ in turns}) > 1:
        return
    turns.sort(key=lambda turn: turn[:2])
    beside: dict[str, Expression] = {}
    for _, is_pin, where, e in turns if turns[0][1] else reversed(turns):
        if is_pin:
            beside[e[1]] = e
        else:
            if len(beside) == 1:
                yield from _strings(where, e, *beside.values())
            beside = {}


def _strings(where: Spot, one: Expression, other: Expression) -> Iterator[tuple[Location, str]]:
    if one[0] == other[0] == "s":
        yield Location(path=where.module.path, line=one[2], column=one[3], cell=one[4]), other[1]
