"""Names that reach a call from outside the code: out of files of settings, the environment, a command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from freehold.detect.beside import Sink
from freehold.detect.calls import Calls
from freehold.detect.names import Sure, identify
from freehold.detect.outcomes import HELD, Given, Hole, Value
from freehold.detect.outside import Outside, owner
from freehold.detect.project import Project
from freehold.detect.references import References
from freehold.detect.scopes import Spot
from freehold.detect.values import Values
from freehold.types import Reference

#: Keys of everything.
_VAGUE = frozenset({"name", "path", "id", "type", "title", "repo", "repository", "image", "url", "project", "source"})
#: Keys of everything that has a model.
_ANY = _VAGUE | {"model", "tokenizer", "engine", "checkpoint"}


class Supplied:
    """References for what a program is told from outside."""

    def __init__(self, project: Project, calls: Calls, values: Values, making: References, outside: Outside) -> None:
        self.project = project
        self.calls = calls
        self.values = values
        self.making = making
        self.outside = outside
        self._alike: dict[tuple[str | None, ...], list[Reference]] = {}  # what calls of a kind were told

    def set(self, sink: Sink, hole: Hole, reader: Spot) -> Iterator[Reference]:
        """A setting of a configuration file, of the environment or of the command line that this code reads."""
        if not hole.keys:
            return
        for spot, flag in self.outside.flags(reader, hole.keys[-1]):
            for outcome in self.values.outcomes(spot, flag, "argparse"):
                if isinstance(outcome, Value):
                    yield from self.making.of(sink, outcome)
        told = self._given(sink, hole, reader) if hole.flag else self._held(sink, hole)
        yield from self._once(sink, (reader.module.path if hole.flag else "", *hole.keys), told)
        wanted = tuple(k.lower() for k in hole.keys)
        if len(wanted) == 1 and not hole.keys[0].isupper() and not hole.flag:
            key = self.calls.key(wanted[0], "any")
            if key is None or not key.telling:
                # `name` and `path` are keys of everything, and of `weights_place` only what has an owner is a name.
                own = "_" in wanted[0] and sink.ecosystem == "huggingface"
                found = self._written(sink, wanted, Sure.PLAIN) if own else ()
                yield from (reference for reference in found if "/" in reference.written)
                if "_" not in wanted[0] and wanted[0] not in _VAGUE:
                    yield from self._written(sink, wanted, Sure.SHAPED, alone=True)
                return
        least = Sure.SHAPED if hole.flag else Sure.PLAIN
        environment = len(wanted) == 1 and hole.keys[0].isupper()
        yield from self._written(sink, wanted, Sure.BARE if hole.keys[0].isupper() else least, environment, hole.flag)

    def _once(self, sink: Sink, asked: tuple[str, ...], told: Iterator[Reference]) -> Iterator[Reference]:
        """What many calls of a kind ask is told once; the others learn that it is known."""
        pins = (repr(one.expression)[:100] if one is not None else None for one in (sink.revision, sink.remote_code))
        kind = (sink.call.library, sink.call.name, sink.ecosystem, sink.base_url, *pins, *asked)
        if kind in self._alike:
            yield from self._alike[kind]
        else:
            found = list(told)
            self._alike[kind] = found[:1]
            yield from found

    def _given(self, sink: Sink, hole: Hole, reader: Spot) -> Iterator[Reference]:
        """Words that only the program knows that is told them: `python train.py --arch resnet50`."""
        for setting in self.outside.told(reader, hole.keys[-1]):
            for reference in self.making.of(sink, Value(setting.value, setting.location, "flag")):
                yield replace(reference, snippet=setting.snippet)

    def _held(self, sink: Sink, hole: Hole) -> Iterator[Reference]:
        """What the project's own code has under these keys."""
        key = hole.keys[-1]
        rule = self.calls.key(key, "python")
        telling = rule is not None and rule.telling  # then what looks like a name is told there
        fields = [] if telling else self.outside.fields(key)
        hub = sink.ecosystem in (None, "huggingface", "modelscope")
        # `cfg.model` may be a table or a text of any library, and what stands under `out` is no model.
        sure = (rule is None or rule.kind == "model") and (len(hole.keys) > 1 or key.lower() not in _ANY)
        held = self.outside.held(hole.keys) if sure else []
        for number, (spot, e) in enumerate((*fields, *(one for one in held if one not in fields))):
            own = number >= len(fields)
            for outcome in self.values.outcomes(spot, e, HELD if own else "field"):
                if isinstance(outcome, Value):
                    name = identify(outcome.text) if hub and own else None
                    if not own or not hub or (not telling and name is not None and name.sure > Sure.BARE):
                        yield from self.making.of(sink, outcome)

    def _written(
        self,
        sink: Sink,
        keys: tuple[str, ...],
        least: Sure,
        environment: bool = False,
        flag: bool = False,
        *,
        alone: bool = False,
    ) -> Iterator[Reference]:
        """What files of settings say under these keys, if it is at `least` so sure; or only what says it in the first
        place, under no other key, of a name with its owner (`alone`)."""
        if not (flag or alone) and sink.ecosystem not in (None, "huggingface"):
            least = Sure.BARE  # `cfg.model.name`, where names are plain words
        # What the code pins by default is not what a file sets; that stands beside the name there.
        pinned = sink.revision is not None and sink.revision.expression[0] == "s"
        short = () if flag else sink.call.names  # what the library itself calls so needs no more
        own = sink if pinned or sink.revision is None else replace(sink, revision=None)
        for setting in self.outside.named(keys, Sure.BARE if short else least, environment):  # mostly there is none
            name = identify(setting.value) if short and setting.value not in short else None
            if name is not None and name.sure < least:
                continue
            # A file in a folder of choices stands for what it is named after.
            if alone and (
                "/" not in setting.value or not set(setting.keys[:-1]) <= set(setting.location.path.split("/"))
            ):
                continue
            pin = setting.revision if sink.revision is not None and not pinned else None
            for reference in self.making.of(own, Value(setting.value, setting.location, "config")):
                if pin is not None and reference.revision is None:
                    reference = replace(reference, revision=pin, revision_reason=None)
                yield replace(reference, snippet=setting.snippet)

    def _built(self, sink: Sink, kind: str, name: str) -> Iterator[Reference]:
        """What tables of settings have for a class of this name."""
        for spot, e in self.outside.built(kind, name):
            for outcome in self.values.outcomes(spot, e, HELD):
                yield from self.making.of(sink, outcome) if isinstance(outcome, Value) else ()

    def filled(self, sink: Sink, given: Given, reader: Spot) -> Iterator[Reference]:
        """A field of a class of the project's own that a file of settings or a command line fills, or a parameter.
        Names of one word are keys of everything."""
        spot = Spot(self.project.paths[given.module], given.scope)
        if spot.data["kind"] != "class":  # `_target_: models.Net` and what it is given; what gin binds
            yield from self._written(sink, (owner(spot).lower(), given.name.lower()), Sure.PLAIN)
            yield from self._once(sink, (owner(spot), given.name), self._built(sink, owner(spot), given.name))
        elif "_" in given.name:
            yield from self.set(sink, Hole("", (given.name,), flag=True), reader)
        elif any(base.endswith("Settings") for base in spot.data["bases"]):  # pydantic reads them of the environment
            yield from self.set(sink, Hole("", (given.name.upper(),)), reader)
