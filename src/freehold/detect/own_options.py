"""What a project's own program is given on a command line: `python train.py --teacher org/name`,
`python -m train +model.teacher=org/name`, or options that were put together without a program. What such an option is,
its name says, and else the program that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias

from freehold.detect.commands import Word
from freehold.detect.keyed import NO_VALUES
from freehold.detect.names import OUTPUT, Sure, identify
from freehold.detect.notes import Notes
from freehold.detect.pins import is_pin, partner
from freehold.detect.places import copied, in_path, put_together
from freehold.detect.variables import default

#: What runs a module of Python.
_LAUNCHERS = ("python", "accelerate", "torchrun", "deepspeed", "uv", "poetry", "composer", "srun")
#: A setting on the command line of a program that reads configuration: Hydra's, OmegaConf's.
_OVERRIDE = re.compile(r"(?=\+|[\w-]+\.)\+{0,2}([A-Za-z_][\w-]*(?:\.[\w-]+){0,8})=(?=.)")

_Keys: TypeAlias = tuple[str, ...]
#: What a letter means to nearly every program that has it: `python ablate.py -d formal -m org/name`.
_SHORT: Mapping[str, _Keys] = {"-m": ("model",)}


def judge(words: Sequence[Word], taken: Set[int], notes: Notes) -> None:
    """Note the models among the values of such options, but for the words that are `taken`."""
    begin = _begin(words)
    own = begin is not None  # else only an option that says it by itself counts: `trl dpo --ref_model org/name`
    program = words[begin - 1].text.rpartition("/")[2] if begin else ""
    every = [one for one in _given(words, begin or 0, overrides=own) if one[0] not in taken]
    beside: dict[_Keys, dict[str, str]] = {}  # the options of the same group
    for _, keys, text, _ in every:
        beside.setdefault(keys[:-1], {})[keys[-1]] = text
    given = (one for one in every if own or "/" in one[2] or "$" in one[2])
    for _, keys, text, at in given:
        rule = notes.calls.key(keys[-1], "yaml", beside[keys[:-1]], keys[:-1])
        if rule is not None and rule.kind in (*NO_VALUES, "alias"):
            continue
        pin = partner(keys[-1], beside[keys[:-1]]) if rule is not None and not is_pin(keys[-1]) else None
        pinned = beside[keys[:-1]][pin] if pin is not None and is_pin(pin) else None
        pairs = dict(notes.variables.paired(text, pinned)) if pinned is not None and "$" in pinned else {}
        for one, there in _written(text, at, notes):
            revision = pairs.get((one, there)) or notes.inserted(pinned)
            run = default(one)
            value, place = (run[0], there + run[1]) if run is not None else (one, there)
            name = identify(value)
            copy = copied(value) if name is None and in_path(value) is None else None
            if copy is not None and rule is not None and rule.kind == "model":
                notes.add(copy, value, place, "flag", notes.role, library=rule.library)
                continue
            if name is None:
                continue
            if name.sure < Sure.SHAPED:  # only the program that is told it knows what it is
                if program and run is None:
                    notes.setting(keys, value, place, program=program)
                continue
            if not own and not (rule is not None and rule.telling and "/" in value):
                continue
            if name.is_file and OUTPUT.search(keys[-1]) is None:  # `--vae_ckpt some-vae.ckpt`, whatever reads it
                notes.add(name, value, place, "flag", notes.role)
                continue
            # A word without an owner may be what the project's own servers call a model.
            told = rule is not None and ("/" in value or (name.sure is Sure.KNOWN and rule.kind == "model"))
            if not (told and notes.value(value, place, "flag", rule, revision=revision)):
                notes.setting(keys, value, place)


def _written(text: str, at: int, notes: Notes) -> Iterator[tuple[str, int]]:
    """Give what an option's value stands for, and where."""
    for one, there in notes.variables.ever(text, at):
        whole = put_together(one, notes.variables) if "/" in one else ()
        yield from ((name, there) for name in whole or (one,))


def _begin(words: Sequence[Word]) -> int | None:
    """Give the number of the first word behind the program, as far as that can be told; 0 where there is none."""
    if words and words[0].text.startswith("--"):
        return 0
    launched = False
    for number, word in enumerate(words):
        if word.text.endswith(".py"):
            return number + 1
        if word.text in ("-m", "--module") and launched and number + 1 < len(words):
            return number + 2
        launched = launched or word.text.rpartition("/")[2].startswith(_LAUNCHERS)
    return None


def _given(words: Sequence[Word], begin: int, *, overrides: bool) -> Iterator[tuple[int, _Keys, str, int]]:
    """Give every value: the number of its word, the keys it is for, its text and place."""
    keys: _Keys | None = None
    for number, word in enumerate(words[begin:], begin):
        text, shift = word.text, 0
        if text.startswith("--"):
            option, equals, _ = text.partition("=")
            keys, shift = tuple(option.lstrip("-").replace("-", "_").split(".")), len(option) + 1
            if not equals:
                continue
        elif overrides and (override := _OVERRIDE.match(text)) is not None:
            keys, shift = tuple(override[1].split(".")), override.end()
        elif text.startswith(("-", ">", "<")):
            keys = _SHORT.get(text) if overrides else None
            continue
        if keys is not None:
            yield number, keys, text[shift:].strip("\"'"), word.at + (shift if word.exact else 0)
            keys = None if shift else keys  # `--models org/one org/two`
