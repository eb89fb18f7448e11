"""What the names in a script stand for: what they were set to above, the words of a loop, the entries of an array."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from freehold.detect.names import begins_used

#: The words of one loop or array; the names of one file.
MAX_LISTED = 500
MAX_NAMES = 5_000
#: `${A:-${B:-text}}`
MAX_DEFAULTS = 4
MAX_FILLED = 8  # variables of one address
MAX_WAYS = 50  # to fill them in

#: An entry of an array by names: `[NAME]=value`.
ENTRY = re.compile(r"\[([^][\s]{1,80})\]=")
#: A shell's `${NAME:-default}`, and Spring's `${NAME:default}`.
_DEFAULT = re.compile(r"""\$\{(?:([\w.]+):?[-=]|([A-Z][A-Z0-9_]*):(?=[A-Za-z]))(["']?)([^{}]*?)\3\}""")
#: `${!NAME[@]}` stands for the keys of an array, which are known as `!NAME`; `${base.name}` for a setting; `$$NAME` is
#: how compose and make write what the shell shall see.
_VARIABLE = re.compile(r"\$\$?(?:(\w+)|\{(!?[\w.-]+)(?:\[[^][{}\s]{1,80}\])?\})")
#: What stands before a sign, `${NAME%@*}`, and behind it, `${NAME#*@}`.
_CUT = re.compile(r"\$\{(\w+)(%%?|##?)(\*?)([@:|,;=])(\*?)\}")
#: `{{ model | default("text") }}` of Jinja, `{{ default "text" .Values.model }}` of Helm, and what a workflow has:
#: `${{ inputs.model || 'text' }}`.
_INSERTED = re.compile(
    r"""(?:\{\{-?[^{}\n]{0,200}?\bdefault[ (]{1,3}|\$\{\{[^{}\n]{0,200}?\|\|[ ]?)"""
    r"""(["'])(?P<text>[^"'{}\s]{1,200})\1[^{}\n]{0,200}\}\}"""
)
#: `{{ name }}` of Jinja and just, `{{.NAME}}` of Task, where a word ends.
_NAMED = re.compile(r"\{\{[ \t]?\.?(\w{1,80})[ \t]?\}\}(?=[\s\"']|$)")
#: The last part of an ARN says which model, whatever region and account are.
_ARN = re.compile(r"(arn:[^\s/]{1,300}/)[\w.:-]+")
_PARTS = re.compile(r"\$\{[^{}]{1,200}\}")
#: What something else stands for when it runs.
INSERT = re.compile(r"\$\{|\$\(|\$\w|\{\{|<[\w -]{1,80}>|__+|%\(\w{1,80}\)s|\{\w{0,80}\}")
_MARKED = re.compile(r"__\w+__")
_WORD = re.compile(r"\S+")
_STEM = re.compile(r"\.\w{1,20}")  # what follows the stem of a file

Placed: TypeAlias = tuple[str, int]  # a text and its offset


def default(text: str) -> tuple[str, int, str] | None:
    """Give a text as it runs if nobody says otherwise, how far it stands in what is written, and the name that others
    would set. None where there is no such name in it."""
    if "{{" in text and (found := _INSERTED.search(text)) is not None:
        return text[: found.start()] + found["text"] + text[found.end() :], found.start("text"), ""
    first = _DEFAULT.search(text)
    if first is None:
        return None
    told, found = text, first
    for _ in range(MAX_DEFAULTS):
        told = told[: found.start()] + found[4] + told[found.end() :]
        if (more := _DEFAULT.search(told)) is None:
            break
        found = more
    return told, max(text.find(told), first.start()), found[1] or found[2]


def anywhere(text: str) -> str:
    """Give an ARN with some region and account, whatever they are; anything else as it is."""
    arn = _ARN.fullmatch(text)
    return text if arn is None else _PARTS.sub("any", arn[1]) + text[arn.end(1) :]


def settled(text: str) -> str | None:
    """`${REVISION:-v1}` is v1 if nobody says otherwise; `${REVISION}` is not known."""
    if text.startswith("${") and (run := default(text)) is not None:
        text = run[0]
    known = text and INSERT.search(text.replace("__", "")) is None and _MARKED.fullmatch(text) is None
    return text if known else None


def inserted(text: str, *, names: bool = False) -> str:
    """Give a template with what stands in it if nobody says otherwise, where that is a word of its own; with `names` a
    variable of it is the shell's. Every place stays what it was."""
    if "{{" not in text:
        return text
    text = _INSERTED.sub(_alone, text)
    return _NAMED.sub(lambda m: f"${{{m[1]}}}".ljust(len(m[0])), text) if names else text


def _cut(how: re.Match[str], text: str, at: int) -> Placed:
    """What a shell leaves of a text: `%` takes away its end, `#` its begin, twice as much of it."""
    part = text.partition if how[2] in ("%%", "#") else text.rpartition
    before, sign, after = part(how[4])
    if not sign:
        return text, at
    return (before, at) if how[2].startswith("%") else (after, at + len(before) + 1)


def _alone(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if before.strip() or after.strip():
        return found[0]
    begin = found.start("text") - found.start()
    return (" " * begin + found["text"]).ljust(len(found[0]))


class Variables:
    """What names were set to above, and where. Control flow is not followed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Placed, ...], ...]] = {}  # what each was set to, one after the other
        self._fetched: set[Placed] = set()

    @property
    def names(self) -> Collection[str]:
        """The names that were set."""
        return self._known.keys()

    def set(self, name: str, values: Iterable[Placed], *, words: bool = False, more: bool = False) -> None:
        """Remember what a name is set to: one text, or the `words` of a loop or an array, to which there may come
        `more`."""
        if len(self._known) < MAX_NAMES:
            told = (one for text, at in values for one in (self._words(text, at) if words else self.told(text, at)))
            before = self._known.get(name, ()) if more or not words else ()
            self._known[name] = (*before[-MAX_LISTED:], tuple(islice(told, MAX_LISTED)))

    def put(self, name: str, key: Placed, value: Placed) -> None:
        """Remember an entry of an array by names."""
        for one, entry in ((f"!{name}", key), (name, value)):
            *before, last = self._known.get(one) or ((),)
            if len(self._known) < MAX_NAMES and len(last) < MAX_LISTED:
                self._known[one] = (*before, (*last, *self.told(*entry)))

    def paired(self, text: str, other: str) -> Iterator[tuple[Placed, str]]:
        """Give what two texts stand for in turn where there are as many of both: an array by its keys, two arrays."""
        told, others = self.told(text, 0), self.told(other, 0)
        if len(told) == len(others) > 1:
            yield from zip(told, (one for one, _ in others), strict=True)

    def told(self, text: str, at: int) -> tuple[Placed, ...]:
        """Give what a text stands for if it is the name of a variable that was set, the last time; else the text."""
        if "$" in text and (cut := _CUT.fullmatch(text.strip())) is not None:
            return (
                tuple(_cut(cut, *one) for one in self.told(f"${cut[1]}", at))
                if cut[1] in self._known
                else ((text, at),)
            )
        found = _VARIABLE.fullmatch(text.strip()) if "$" in text else None
        known = self._known.get(found[1] or found[2], ()) if found is not None else ()
        return known[-1] if known and known[-1] else ((text, at),)

    def ever(self, text: str, at: int) -> tuple[Placed, ...]:
        """The same, whichever time it was set."""
        if "%" in text or "#" in text:
            return self.told(text, at)
        found = _VARIABLE.fullmatch(text.strip()) if "$" in text else None
        known = self._known.get(found[1] or found[2], ()) if found is not None else ()
        return tuple(islice((one for told in known for one in told), MAX_LISTED)) or ((text, at),)

    def filled(self, text: str, at: int, *, last: bool = False) -> Iterator[Placed]:
        """Give an address with the variables in it filled in, whatever they were set to or what they were `last`: where
        it stands, or where the stem of a file is written that it ends with. Of one that nobody sets, the part before it
        that tells a model."""
        set_to = self.told if last else self.ever
        texts = [(text, at)]
        for found in list(_VARIABLE.finditer(text))[:MAX_FILLED]:
            known = [one for one in set_to(found[0], at) if "$" not in one[0]][:MAX_WAYS]
            # A file is named by its stem, if nothing before it names a repository.
            stem = _STEM.fullmatch(text, found.end()) is not None and begins_used(text[: found.start()]) is None
            own = stem or text.startswith(("/resolve/", "/raw/", "/blob/"), found.end())
            ways = [(t.replace(found[0], one), there if own else b) for t, b in texts for one, there in known]
            texts = ways[:MAX_WAYS] or texts
        for one, there in texts:
            if "$" in one:
                one, there = begins_used(one.partition("$")[0]) or "", at
            if "://" in one:
                yield one, there

    def arguments(self, text: str) -> str:
        """Give an address with what is known of the names in it: they may stand for what a function is given, `$1`."""
        told = {found[0]: self.told(found[0], 0)[0][0] for found in islice(_VARIABLE.finditer(text), MAX_FILLED)}
        return _VARIABLE.sub(lambda found: told.get(found[0], found[0]), text)

    def addresses(self, text: str, at: int) -> Iterator[Placed]:
        """Give the addresses that a word of a command stands for, those of a variable once."""
        for one in self.told(text, at):
            if "$" in one[0]:
                yield from self.filled(*one)
            elif "://" in one[0] and (one[0] == text or one not in self._fetched):
                self._fetched.add(one)
                yield one

    def joined(self, text: str) -> list[str]:
        """Give what a text can be that is put together: `$ORG/$NAME`. What nobody sets stays as it is."""
        ways, end = [""], 0
        for found in islice(_VARIABLE.finditer(text), MAX_FILLED):
            ever = ((default(one) or (one,))[0] for one, _ in self.ever(found[0], 0))
            known = [one for one in ever if "$" not in one] or [found[0]]
            ways = [way + text[end : found.start()] + one for way in ways for one in known[:MAX_WAYS]][:MAX_WAYS]
            end = found.end()
        return [way + text[end:] for way in ways]

    def _words(self, text: str, at: int) -> Iterator[Placed]:
        """The words of one that stands in a loop or an array."""
        if (entry := ENTRY.match(text)) is not None:
            yield text[entry.end() :], at + entry.end()
            return
        for one, there in self.ever(text, at):
            if there == at or "$" in one:
                yield one, there
            else:  # `for model in $MODELS`
                yield from ((word[0], there + word.start()) for word in _WORD.finditer(one))
