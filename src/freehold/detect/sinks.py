"""The calls of a project that select models, and what they select: loads that the program really makes.

A call of rules/calls is a sink. What reaches it is followed back to the place where the name is written; when that is a
parameter of a function of the project's own, its callers are asked in turn.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import TypeAlias

from freehold.detect import heirs
from freehold.detect.addressed import addressed
from freehold.detect.beside import MAX_CALLERS, Beside, Passed, Sink, only_options
from freehold.detect.calls import Call, Calls
from freehold.detect.clients import Clients
from freehold.detect.found import Settings
from freehold.detect.handed import handed
from freehold.detect.names import Sure, identify, is_own_word
from freehold.detect.outcomes import Given, Hole, Value, first_given, passed_on
from freehold.detect.outside import Outside
from freehold.detect.pins import is_commit
from freehold.detect.project import Project, Site, pick
from freehold.detect.python_expressions import LOOKED_UP, Expression, callee_tail, is_literal, looked_up
from freehold.detect.python_pins import needs_commit, pinning
from freehold.detect.questions import Question, Questions
from freehold.detect.references import References
from freehold.detect.scopes import Spot, argument
from freehold.detect.supplied import Supplied
from freehold.detect.values import MAX_STEPS, Values
from freehold.types import Location, Reference, Role

MAX_KEYS = 500  # of a table that pins
MAX_CALLEES = 40  # functions of one table
MAX_ASKED = 20_000  # questions to callers in one project
_ALIAS = re.compile(r"[A-Za-z_]+")
#: How classes are called that stand in for others.
_DOUBLES = ("Fake", "Mock", "Stub", "Dummy", "_Fake", "_Mock", "_Stub")

Through: TypeAlias = tuple[Given, Spot, Expression]  # a call of a function, and what it gives for it


class Sinks:
    """All sinks of a project."""

    def __init__(
        self, project: Project, calls: Calls, settings: tuple[Settings, ...], language: str = "python"
    ) -> None:
        self.project = project
        self.language = language
        self.values = Values(project)
        self.calls = calls
        every = {"*", "**"} & calls.tails(language)
        self.tails = None if every else calls.tails(language, project.roots)
        self.beside = Beside(project, self.values)
        self.clients = Clients(calls, self.beside)
        self.making = References(project, calls, self.beside)
        self.supplied = Supplied(project, calls, self.values, self.making, Outside(project, settings))
        self.queue: deque[tuple[Sink, Given, Through | None]] = deque()
        self.questions = Questions()
        self.waiting: list[tuple[Sink, list[Question]]] = []  # what is told when nobody knew
        self._made = {"path": True}  # is it counted where it is made, by what makes it
        self.members: set[str] = set()  # under which keys the project reads models
        self.others: set[Location] = set()  # where strings stand that are certainly no models

    def references(self) -> Iterator[Reference]:
        """Give a reference for every name that reaches a sink, and one without a name for what cannot be known."""
        sinks: list[Sink] = []
        for spot, e in self.project.sites("writes"):
            self.beside.writes(spot, e)
        members = {id(e): list(self._members(spot, e)) for spot, e in self.project.sites("members")}
        leads = (site for site in self.project.sites("leads", self.tails) if not members.get(id(site[1])))
        for spot, e in chain(leads, *members.values()):
            best = self._rule(spot, e)
            rows = self.calls.rows(best) if best is not None else ()
            for call in rows if best is None or best in rows else (best,):
                if call.kind == "dataset":
                    self._exclude(call, spot, e)
                elif call.kind != "route":
                    sinks.append(self._sink(call, spot, e, second=call is not best))
        for (spot, e), call in heirs.made(self.project, self.tails or frozenset(), self._call):
            handed_on = "**" in e[3]  # what nobody says there, nobody knows
            sinks += [self._sink(row, spot, e, second=handed_on or row is not call) for row in self.calls.rows(call)]
        for sink in sinks:
            yield from self._selected(sink)
        for spot, e in self.project.sites("asks"):
            for sink in addressed(spot, e, self.values):
                yield from self._selected(sink)
        for spot, e in self.project.sites("pinning"):
            known = (self.tails is None or callee_tail(e) in self.tails) and self._rule(spot, e) is not None
            for sink in pinning(spot, e, self.beside, self.calls) if not known else ():
                yield from self._pinned(sink)
        while self.queue and len(self.questions.asked) < MAX_ASKED:
            sink, given, through = self.queue.popleft()
            yield from self._asked(self._called(sink, *through) if through is not None else sink, given)
        for sink, questions in self.waiting:
            if (reason := self.questions.without_answer(questions)) is not None:
                yield self.making.unknown(sink, reason)

    def _members(self, spot: Spot, e: Expression) -> Iterator[Site]:
        """`models.__dict__[arch](…)` and `getattr(models, arch)(…)` call what the name turns out to be."""
        if e[1][0] == "n" or callee_tail(e) not in LOOKED_UP:
            yield from handed(spot, e, self.project, self.values)
            return
        holder, name = looked_up(e)
        for outcome in self.values.outcomes(spot, name):
            if isinstance(outcome, Value) and outcome.at.path == spot.module.path:
                at = outcome.at
                yield spot, ["c", ["a", holder, outcome.text], *e[2:4], at.line, at.column, at.cell]

    def _pinned(self, sink: Sink) -> Iterator[Reference]:
        """What is pinned beside its name (see python_pins)."""
        given = sink.name
        for outcome in self.values.outcomes(given.spot, given.expression) if given is not None else ():
            needed = needs_commit(outcome.text, sink, self.calls) if isinstance(outcome, Value) else None
            for reference in self.making.of(sink, outcome) if isinstance(outcome, Value) and needed is not None else ():
                if is_commit(reference.revision) or (reference.revision and not needed):
                    yield reference

    def _rule(self, spot: Spot, e: Expression) -> Call | None:
        """The rule for a call, by what is called or by what is imported under that name."""
        best = self._call(self.project.dotted(spot, e[1])) or self._call(self.project.imported(spot, e[1]))
        if best is None and e[1][0] in ("n", "i", "c"):
            best = self._listed(spot, e[1])
        return None if best is None or self._own(best, spot, e) else best

    def _listed(self, spot: Spot, callee: Expression) -> Call | None:
        """The rule for what is called out of a table: the first, for whom is not said where there are several."""
        self.values.left = MAX_STEPS
        several = islice(self.values.callees(spot, callee), MAX_CALLEES)
        found = [self._call(self.project.dotted(where, one)) for where, one in several]
        rules = [rule for rule in found if rule is not None]
        alike = len({rule.ecosystem for rule in rules}) < 2
        return None if not rules else rules[0] if alike else replace(rules[0], ecosystem="any")

    def _call(self, callee: str) -> Call | None:
        return self.calls.call(callee, self.language)

    def _own(self, call: Call, spot: Spot, expression: Expression) -> bool:
        """A function of the project's own that is only called like a library's."""
        loose = call.name.startswith("*") and not call.name.endswith(".from_pretrained")
        return loose and bool(self.project.callee(spot, expression[1]))

    def _others(self, call: Call, spot: Spot, e: Expression) -> bool:
        """Does a call say that it takes something else than a model?"""
        return any(self._is(spot, pick(e, (key,)), value) for key, values in call.unless for value in values)

    def _is(self, spot: Spot, given: Expression | None, value: str | bool) -> bool:
        """Is an expression this literal, or a constant that is?"""
        if given is None or given[0] != "n" or not isinstance(value, str):
            return is_literal(given, value)
        outcomes = self.values.outcomes(spot, given)
        return bool(outcomes) and all(isinstance(one, Value) and one.text == value for one in outcomes)

    def _exclude(self, call: Call, spot: Spot, e: Expression) -> None:
        """What a data set is loaded by is no model, whatever its name looks like."""
        given = self.beside.pick(spot, e, call.argument)
        for outcome in self.values.outcomes(given.spot, given.expression) if given is not None else ():
            if isinstance(outcome, Value):
                self.others.add(outcome.at)

    # One sink

    def _sink(self, call: Call, spot: Spot, e: Expression, *, second: bool) -> Sink:
        ecosystem, base_url = self.clients.serves(call, spot, e)
        name = self.beside.pick(spot, e, call.argument)
        return Sink(
            call=call,
            spot=spot,
            expression=e,
            ecosystem=ecosystem,
            name=name,
            origin=name,
            revision=self.beside.pick(spot, e, call.revision)
            or (self.beside.within(spot, e) if call.kind == "model" and ecosystem == "huggingface" else None),
            remote_code=self.beside.pick(spot, e, call.remote_code)
            or (self.beside.hidden(spot, e) if call.remote_code else None),
            file=self.beside.pick(spot, e, call.file),
            base_url=base_url,
            tag=self.beside.pick(spot, e, call.tag),
            second=second,
        )

    def _selected(self, sink: Sink) -> Iterator[Reference]:
        call, e = sink.call, sink.expression
        if self._others(call, sink.spot, e):
            self._exclude(call, sink.spot, e)
            return
        needed = self.beside.pick(sink.spot, e, call.requires)
        if call.requires and (needed is None or needed.expression == ["b", None]) and "**" not in e[3]:
            return
        given = sink.name
        if given is None or given.expression == ["b", None] or only_options(given, e):
            yield from self._implicit(sink)
            return
        found = list(self._named(sink, given.spot, given.expression))
        yield from found
        yield from self._picked(sink, found)

    def _picked(self, sink: Sink, found: list[Reference]) -> Iterator[Reference]:
        """The file that a call takes from a repository is written in a place of its own: `filename="x.gguf"`."""
        loads = [r for r in found if r.role is Role.LOAD] if sink.file is not None else []
        one = loads[0] if len({r.name for r in loads}) == 1 else None
        for outcome in self._given_too(sink.file) if sink.file is not None and loads else ():
            file = identify(outcome.text)
            # Of several repositories, the one that stands beside the file.
            whole = one or next((r for r in loads if r.file == outcome.text), None)
            may_be = sink.call.ecosystem == "torchhub" or (file is not None and file.may_be_file)
            if whole is not None and may_be:
                yield replace(whole, written=outcome.text, location=outcome.at, how=outcome.how, file=outcome.text)

    def _given_too(self, passed: Passed) -> Iterator[Value]:
        """The texts that an argument is, by itself or as the callers of the function around it give it."""
        for outcome in self.values.outcomes(passed.spot, passed.expression):
            if isinstance(outcome, Value):
                yield outcome
            elif isinstance(outcome, Given):
                function = Spot(self.project.paths[outcome.module], outcome.scope)
                for spot, e in self.project.callers(outcome.module, outcome.scope)[:MAX_CALLERS]:
                    given = argument(function, e, outcome.name)
                    told = self.values.outcomes(spot, given) if given is not None and not outcome.joined else []
                    yield from (one for one in told if isinstance(one, Value))

    def _named(self, sink: Sink, spot: Spot, given: Expression) -> Iterator[Reference]:
        outcomes = self.values.outcomes(spot, given)
        self._reads(sink, given)
        named = 0
        holes: list[Hole] = []
        asked: list[Question] = []
        for outcome in outcomes:
            match outcome:
                case Value():
                    named += 1
                    yield from self.making.of(sink, outcome)
                case Given():
                    asked += self._ask(sink, outcome)
                    found = [*self._pinned_by(sink, outcome), *self.supplied.filled(sink, outcome, spot)]
                    named += len(found)
                    yield from found
                case Hole():
                    found = list(self.supplied.set(sink, outcome, spot))
                    named += len(found)
                    yield from found
                    holes += [outcome] if not found else []
        holes = [h for h in holes if not self._counted(h)]
        cut = [h for h in holes if h.more]
        quiet = named or sink.second or sink.call.made or sink.call.kind == "mention"
        if not (quiet or cut) and asked:
            self.waiting.append((sink, asked))
        elif cut or (not quiet and (holes or any(isinstance(o, Given) for o in outcomes))):
            reason = (cut or holes)[0].reason if holes else f"given by callers as `{first_given(outcomes)}`"
            yield self.making.unknown(sink, reason)

    def _pinned_by(self, sink: Sink, given: Given) -> Iterator[Reference]:
        """`load(name, revision=TABLE[name])`: the keys of what pins it are the names that it can be."""
        revision, name = sink.revision, sink.name
        self.values.left = MAX_STEPS
        means = self.values.meant(revision.spot, revision.expression, 0) if revision is not None else ()
        for where, e in [(where, e) for where, e in means if e[0] == "i" and name is not None]:
            asked = [o for o in self.values.outcomes(where, e[2]) if isinstance(o, Given)]
            if not any((o.module, o.scope, o.name) == (given.module, given.scope, given.name) for o in asked):
                continue
            for there, table in self.values.tables(where, e[1]):
                for key, pin in table[1][:MAX_KEYS] if table[0] == "d" else ():
                    if key[0] == "s":
                        own = replace(sink, revision=Passed(there, pin))
                        yield from self._of_key(own, given, Value(key[1], _place(there, key), "table"), there, key)

    def _of_key(self, sink: Sink, given: Given, value: Value, spot: Spot, key: Expression) -> Iterator[Reference]:
        """What a call selects where a parameter is the key of a table, wherever the name is put together."""
        if given.joined and sink.name is not None:
            filled = {(given.module, given.scope, given.name): (spot, key)}
            whole = self.values.as_filled(filled, sink.name.spot, sink.name.expression)
            texts = [o.text for o in whole if isinstance(o, Value)]
            values = [replace(value, text=text, written=value.text) for text in texts]
        else:
            values = [value]
        for one in values:
            yield from self.making.of(sink, one)

    def _counted(self, hole: Hole) -> bool:
        """An object that a known call made, and what its own methods give back, is counted where it is made."""
        if hole.callee not in self._made:
            parts = hole.callee.split(".")
            self._made[hole.callee] = any(self._call(".".join(parts[:end])) for end in range(len(parts), 0, -1))
        return self._made[hole.callee]

    def _ask(self, sink: Sink, given: Given, through: Through | None = None) -> Iterator[Question]:
        """Ask those who call a function, if there are any: once for every kind of call. `through` is the call by which
        the sink is reached from there."""
        question = (self._kind(sink, given), given)
        if not self.project.callers(given.module, given.scope):
            return
        if question not in self.questions.asked:
            self.questions.asked.add(question)
            self.queue.append((sink, given, through))
        yield question

    def _reads(self, sink: Sink, e: Expression) -> None:
        """Keep the keys of which a model is read: `slot.engine`."""
        for one in e[1] if e[0] == "|" else (e,):
            if one[0] == "a" and sink.call.kind == "model":
                self.members.add(one[2])
            elif one[0] == "in" and one[2][0] == "param" and sink.call.kind == "model":
                self.members.add(one[2][1])

    def _kind(self, sink: Sink, given: Given) -> str:
        """What callers are asked for: the same call with another pin, or another name with that part, is asked anew."""
        pin = sink.revision.expression[1] if sink.revision is not None and sink.revision.expression[0] == "s" else ""
        place = f"{sink.spot.module.path} {sink.expression[4:7]}" if given.joined else ""
        return f"{sink.call.library} {sink.call.name} {sink.ecosystem} {pin} {place}"

    def _asked(self, sink: Sink, given: Given) -> Iterator[Reference]:
        function = Spot(self.project.paths[given.module], given.scope)
        question = (self._kind(sink, given), given)
        for spot, e in self.project.callers(given.module, given.scope)[:200]:
            passed = argument(function, e, given.name)
            if passed is None:
                continue
            self._reads(sink, passed)
            if "**" in sink.expression[3] and self._others(sink.call, spot, e):
                self._exclude(sink.call, spot, e)
                self.questions.answer(question)
                continue
            if given.joined:
                name = sink.name
                for joined in self.values.as_called(function, spot, e, name.spot, name.expression) if name else ():
                    if isinstance(joined, Value) and joined.how == "composed":
                        self.questions.answer(question)
                        yield from self._through(sink, joined, given, spot)
                self.questions.unknown(question, "composed at run time")  # told where no name is known
                continue
            called: Sink | None = None
            told: list[Reference] = []
            for outcome in passed_on(given, self.values.outcomes(spot, passed)):
                match outcome:
                    case Value():
                        self.questions.answer(question)
                        called = called or self._called(sink, given, spot, e)
                        told += self._through(called, outcome, given, spot)
                    case Given():
                        others = list(self._ask(sink, outcome, (given, spot, e)))
                        for other in others:
                            self.questions.lead(question, other)
                        found = list(self.supplied.filled(called or sink, outcome, spot))
                        yield from found
                        if found:
                            self.questions.answer(question)
                        elif not others:
                            self.questions.unknown(question, f"given by callers as `{outcome.name}`")
                    case Hole():
                        found = list(self.supplied.set(sink, outcome, spot)) if outcome.keys else []
                        yield from found
                        if found or self._counted(outcome):
                            self.questions.answer(question)
                        else:
                            self.questions.unknown(question, outcome.reason)
            yield from told
            yield from self._picked(called, told) if called is not None else ()

    def _called(self, sink: Sink, given: Given, spot: Spot, e: Expression) -> Sink:
        """A sink as one caller of the function around it reaches it."""
        passed = (sink.name, sink.revision, sink.remote_code, sink.file, sink.tag)
        own = tuple(self.beside.carried(one, given, spot, e) for one in passed)
        if all(one is before for one, before in zip(own, passed, strict=True)):
            return sink
        name, revision, remote_code, file, tag = own
        return replace(sink, name=name, revision=revision, remote_code=remote_code, file=file, tag=tag)

    def _through(self, sink: Sink, value: Value, given: Given, caller: Spot) -> Iterator[Reference]:
        """A name that a caller gives. Tests give names to doubles: only what is told by its shape counts there."""
        for reference in self.making.of(sink, value):
            known = value.text in sink.call.names
            own = sink.tag is None and not known and is_own_word(value.text, reference.ecosystem)
            if own and _ALIAS.fullmatch(value.text):
                continue  # `load("bart")` is the project's own word for something
            if caller.module.facts["scope"] == "test":
                name = identify(value.text)
                if name is None or name.sure < Sure.SHAPED or value.text == given.name:
                    continue
                asked = reference.ecosystem != "huggingface" or sink.call.ecosystem == "any"  # an API, not a download
                # What a test puts into an object may be for whatever stands in for the rest.
                if "/" not in value.text or "." in given.name or (asked and _has_doubles(caller)):
                    reference = replace(reference, role=Role.MENTION, reason="given to a function in a test")
            yield reference

    def _implicit(self, sink: Sink) -> Iterator[Reference]:
        call = sink.call
        if "**" in sink.expression[3]:
            return
        by = self.beside.pick(sink.spot, sink.expression, call.by)
        for outcome in self.values.outcomes(by.spot, by.expression) if by is not None else ():
            if isinstance(outcome, Value):
                name = call.defaults.get(outcome.text)
                reason = f"default of {call.said} for {outcome.text}"
                yield self.making.implied(sink, outcome.at, "implicit", outcome.text, name, reason)
        if by is None and call.default is not None:
            where = self.making.where(sink)
            reason = f"default of {call.said}"
            # `resnet50(pretrained=True)`: what is called is the name.
            written = call.default if call.default == callee_tail(sink.expression) else ""
            yield self.making.implied(sink, where, "implicit", written, call.default or None, reason)


def _place(spot: Spot, text: Expression) -> Location:
    return Location(path=spot.module.path, line=text[2], column=text[3], cell=text[4])


def _has_doubles(spot: Spot) -> bool:
    """Does the module put doubles in the place of what it tests?"""
    facts = spot.module.facts
    made_up = any("mock" in target for target in facts["imports"].values())
    return made_up or any(
        one["name"].startswith(_DOUBLES) if one["kind"] == "class" else ["monkeypatch", None, ""] in one["params"]
        for one in facts["scopes"]
    )
