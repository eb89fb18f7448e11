"""References for the names that reach the calls of a project that select models."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from freehold.detect.beside import Beside, Sink
from freehold.detect.calls import Calls
from freehold.detect.names import Name, Sure, identify, is_own_word, is_placeholder
from freehold.detect.outcomes import Value
from freehold.detect.places import copied, is_place
from freehold.detect.project import Project
from freehold.detect.python_joined import ADDRESS
from freehold.detect.serving import meant, says
from freehold.detect.shapes import shapes
from freehold.types import Location, Reference, Role

MAX_SHOWN = 200
_DOUBLE = re.compile(r"fake|mock|dummy|stub|(?:^|[-_/])test(?:[-_/]|ing|$)", re.IGNORECASE)
#: Files and folders of the machine: nobody else could have them.
_LOCAL = re.compile(
    r"\.{0,2}/|~|\.{1,2}$|[A-Za-z]:[\\/]|.*\\|\w[\w-]*(?:/[\w.-]+){2,}$|$|path/|.*\.[a-z]{1,5}$|https?://|[^\W\d]+$"
)


#: Why a text that reaches a sink says nothing by itself.
_FOLDER = "a folder of the machine"
_NO_NAME = "not a name that a model can have"
_OPEN = (_FOLDER, _NO_NAME)  # until all that the project names is known


def named_after(references: Collection[Reference]) -> Iterator[Reference]:
    """Tell of the folders that are called like a repository of the project, `./weights/zorb-vqa` beside `org/zorb-vqa`:
    they hold its model. What the others hold nobody can tell."""
    known = {_last(r.name) for r in references if r.name and "/" in r.name and r.reason not in _OPEN}
    for one in references:
        if one.name is None or one.reason not in _OPEN:
            yield one
        elif _last(one.name) in known:
            yield replace(one, ecosystem="local", reason=None, revision=None, revision_reason=None)
        elif one.reason != _FOLDER:
            yield replace(one, name=None, written=one.written[:MAX_SHOWN])


def _may_be_called(path: str) -> bool:
    """Is the last folder of a path called like a model: no plain word?"""
    last = _last(path) if "/" in path and len(path) <= MAX_SHOWN else ""
    return any(c.isalpha() for c in last) and any(c.isdigit() or c in "-_." for c in last)


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


class References:
    """Says what a text is that reaches a sink, and what stands beside it."""

    def __init__(self, project: Project, calls: Calls, beside: Beside) -> None:
        self.project = project
        self.calls = calls
        self.beside = beside

    def of(self, sink: Sink, value: Value) -> Iterator[Reference]:
        """Give what a name is that reaches a sink, if it is one, or why nobody can tell."""
        tag = self.beside.told(sink.tag, value, sink).text
        name = self._name(sink, value.text, tag) if value.text == value.text.strip() else None
        if name is None:
            if (part := _whole(value)) is not None:
                yield from self.of(sink, part)
                return
            hub = sink.ecosystem == "huggingface"
            if hub and copied(value.text) is not None:
                told = self.implied(sink, value.at, value.how, value.written or value.text, value.text, "")
                yield replace(told, ecosystem="local", reason=None, revision=None, revision_reason=None)
                return
            nothing = sink.call.looked_up(value.text) == ""  # a name of the library's own that loads none
            if nothing or value.how == "composed":
                return
            local = _LOCAL.match(value.text) is not None
            reason = _FOLDER if local else "a placeholder" if is_placeholder(value.text) else _NO_NAME
            if hub and reason in _OPEN and _may_be_called(value.text) and value.text not in self.beside.own:
                yield self.implied(sink, value.at, value.how, value.written or value.text, value.text, reason)
            elif not local:
                yield self.implied(sink, value.at, value.how, value.text[:MAX_SHOWN], None, reason)
            return
        call = sink.call
        loose = call.ecosystem in ("any", "ollama") and value.how == "composed" and name.sure is Sure.BARE
        if loose and not says(name.name):
            return  # `f"{part}-group"`: nobody but the project knows what that is
        if call.kind == "joined":
            part = _chosen(name, value, sink.expression[1][1])
            if part is None:
                return
            value = replace(value, at=part.at, written=part.text) if part is not value else value
        if (
            value.text in self.beside.own
            and (call.ecosystem in ("huggingface", "any", "openai") or is_place(value.text))
            and ((own := identify(value.text)) is None or own.sure < Sure.KNOWN)
        ):
            return
        if is_own_word(value.text, name.ecosystem) and self._compared(value, sink):
            return  # `if kind == "bm25":` a word that the project itself gives a meaning
        revision = self.beside.told(sink.revision, value, sink)
        whole, _, cut = value.written.partition("@")
        pinned = name.revision or (cut if whole == value.text else None)  # `name.split("@")[0]`
        # A tag that chose the repository is none of its revisions.
        apart = tag is not None and name.ecosystem == call.ecosystem and not name.name.endswith(tag)
        given = revision.text if revision.text != "*" else None  # whichever there is
        text = given or pinned or (tag if apart else None)
        in_test = sink.spot.module.facts["scope"] == "test"
        double = in_test and "/" not in value.text and _DOUBLE.search(value.text) is not None
        only = "the name of a double in a test" if double else "named, not loaded" if call.kind == "mention" else None
        yield Reference(
            name=name.name,
            # `org/name (what it is good for)`: the name stands there as it is.
            written=value.text if value.written.startswith(f"{value.text} ") else value.written or value.text,
            ecosystem=name.ecosystem,
            role=Role.MENTION if only else Role.LOAD,
            reason=only,
            location=value.at,
            how=value.how,
            library=call.library,
            revision=text,
            revision_reason=None if text else revision.reason,
            remote_code=self.beside.allowed(sink.remote_code),
            file=self.beside.told(sink.file, value, sink).text or name.file,
            base_url=sink.base_url,
        )

    def _compared(self, value: Value, sink: Sink) -> bool:
        """Does the module of a name, or of its call, compare something with it?"""
        modules = (self.project.paths.get(value.at.path), sink.spot.module)
        return any(value.text in module.facts["asked"] for module in modules if module is not None)

    def _name(self, sink: Sink, text: str, tag: str | None) -> Name | None:
        call = sink.call
        ecosystem, rest = self.calls.split(call.library, text, sink.ecosystem or "")
        if "/" in rest and call.owned is not None and ecosystem == call.ecosystem:
            ecosystem = call.owned
        if (
            sink.base_url
            and call.ecosystem == "any"
            and (own := identify(rest))
            and own.ecosystem in (ecosystem, "openai")
        ):
            rest = own.name  # `ollama/…` and `openai/…` only say how the server speaks
        found = identify(rest, ecosystem or None) if rest in call.names else meant(rest, ecosystem)
        if ecosystem == "huggingface" and found is not None and not call.names and _is_folder(found):
            return None
        short = call.looked_up(rest, tag) if found is not None or rest in call.names else None
        if short is not None:
            hub = "/" in short and ecosystem not in ("modelscope", "replicate")  # these have owners too
            return identify(short, "huggingface" if hub else call.ecosystem)
        if found is not None and not ecosystem and found.sure is Sure.BARE:
            # Nothing but the call says what this is.
            return replace(found, ecosystem=call.ecosystem if call.ecosystem != "any" else "unknown")
        if found is not None and ecosystem in ("", "any") and "/" not in found.name and found.sure < Sure.KNOWN:
            # `llama3.2` is Ollama's, or a server's own name: the Hub has no model without an owner that looks so.
            return replace(found, ecosystem="unknown") if found.ecosystem == "huggingface" else found
        return found

    def unknown(self, sink: Sink, reason: str) -> Reference:
        """Give a reference without a name, where the call stands."""
        return self.implied(sink, self.where(sink), "call", "", None, reason)

    def implied(self, sink: Sink, at: Location, how: str, written: str, name: str | None, reason: str) -> Reference:
        """Give a reference whose name does not stand there as it is looked up, and why."""
        ecosystem = sink.ecosystem or (sink.call.ecosystem if sink.call.ecosystem != "any" else "unknown")
        pinned = None  # a library may pin its own default; in other ecosystems `@` is part of the name
        if name is not None and ecosystem == "huggingface":
            name, _, pinned = name.partition("@")
        return Reference(
            name=name,
            written=written,
            ecosystem=ecosystem,
            role=Role.LOAD,
            location=at,
            how=how,
            library=sink.call.library,
            revision=(revision := self.beside.told(sink.revision)).text or pinned or None,
            revision_reason=revision.reason,
            reason=reason,
            remote_code=self.beside.allowed(sink.remote_code),
            base_url=sink.base_url,
        )

    def where(self, sink: Sink) -> Location:
        """Give the place of the call."""
        line, column, cell = sink.expression[4:7]
        return Location(path=sink.spot.module.path, line=line, column=column, cell=cell)


def _whole(value: Value) -> Value | None:
    """The name that a folder is called by: `MODELS + "/" + NAME`. Whoever keeps a copy there, that is the model."""
    part = value.parts[-1] if value.parts else value
    if "/" not in part.text or not value.text.endswith(f"/{part.text}"):
        return None
    name = identify(part.text)
    return part if name is not None and name.sure is Sure.KNOWN and name.name == part.text else None


def _is_folder(name: Name) -> bool:
    """Is it where a program puts its own: `output`, `lora_model`? The Hub's old names have hyphens."""
    own = name.name.lower()
    return name.sure is Sure.BARE and "/" not in own and ("_" in own or own in shapes().folders)


def _chosen(name: Name, value: Value, what: str) -> Value | None:
    """Give the part of a text that is put together which says what it is: a repository, or the stem of a file. The
    whole where that stands in it; None where nothing of it is a model's."""
    if what == ADDRESS and name.sure is Sure.KNOWN:
        whole = ((part, identify(part.text.strip("/"))) for part in value.parts)
        return next((part for part, own in whole if own is not None and own.name == name.name), value)
    stem = value.parts[-1] if value.parts and (name.is_file or name.sure is Sure.KNOWN) else None
    if stem is None or is_placeholder(stem.text):
        return None
    if name.file and stem.text.rpartition("/")[2] == name.file.rpartition("/")[2]:
        return stem  # `BASE_URL + file`
    file = (name.file or "").rpartition(".")[0]
    if stem.text.isalpha() and file != stem.text:
        return None  # `f"{model}_{size}.pth"`: a word says nothing without what stands before it
    if file != stem.text and not stem.text[:1].isalnum():
        return value  # `f"encoder{suffix}.pt"`: what comes last is no stem
    return stem if file.endswith(stem.text) else None
