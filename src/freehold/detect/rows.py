"""The tables of rules/calls, read strictly into rows. The schema is explained in rules/calls/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from freehold.detect.libraries import CHECKED, NOTHING, Argument, Call, Environment, Example, Flag, Key, plain
from freehold.tomlread import Table

LANGUAGES = ("python", "javascript")
KINDS = (
    *("model", "adapter", "tokenizer", "dataset", "weights", "route", "joined"),
    "alias",  # the name under which a model is served: it is the model's own only where it has an owner
    "path",  # only a path that is named after a repository counts
    "link",  # only a URL counts, such as what `git clone` takes
    "settings",  # `a.b=c,d=e`: what its value sets from outside says itself what it is
    "mention",  # a call that is told a model's name and loads none
    "other",  # known not to be a model; like "dataset" never reported
    *("command", "shell", "environment"),  # what stands there is a command line, a script, names with values
)
PLACES = ("python", "javascript", "yaml", "json", "toml", "ini", "any")


def read_calls(table: Table, library: str, ecosystem: str | None) -> list[Call]:
    """Read one of `[[calls]]`: a row for each of its names."""
    eco = table.text("ecosystem") or ecosystem
    if eco is None:
        table.complain("ecosystem: is missing here and at the top")
    default = table.text("default")
    by = _argument(table, "by")
    defaults = _texts(table, "defaults")
    if (default is not None or defaults) and not table.text("default-source"):
        table.complain("default-source: a default needs the place where it is documented")
    table.text("default-source")
    prefix = table.text("prefix")
    names = _texts(table, "names")
    row = partial(
        Call,
        library=library,
        language=table.text("language", choices=LANGUAGES) or "python",
        ecosystem=eco or "unknown",
        argument=_argument(table, "argument"),
        kind=table.text("kind", choices=KINDS) or "model",
        revision=_argument(table, "revision"),
        remote_code=_argument(table, "remote-code"),
        file=_argument(table, "file"),
        base_url=_argument(table, "base-url"),
        client=_argument(table, "client"),
        clients=_texts(table, "clients"),
        provider=_argument(table, "provider"),
        served=_texts(table, "served"),
        tag=_argument(table, "tag"),
        unless=_unless(table.table("unless")) if table.has("unless") else (),
        made=table.boolean("made") or False,
        requires=_argument(table, "requires"),
        by=by,
        owned=table.text("owned"),
        names=MappingProxyType({**names, "*": f"{prefix}*"}) if prefix else names,
    )
    # What a call gives back is asked like what was called: `createClient().chat` is `createClient.chat`.
    called = tuple(name.replace("().", ".") for name in _names(table))
    table.done()
    if by:
        return [row(name=name, default=default, defaults=defaults) for name in called]
    # Nothing chooses among `defaults` but what is called: its last part that is one of them.
    tails = {name: next((p for p in reversed(name.split(".")) if p in defaults), "") for name in called}
    unused = sorted(set(defaults) - set(tails.values()))
    if unused:
        table.complain(f"defaults: nothing here is called {', '.join(unused)}", "defaults")
    return [row(name=name, default=defaults.get(tail, default)) for name, tail in tails.items()]


def read_keys(table: Table, library: str, ecosystem: str | None) -> list[Key]:
    """Read one of `[[keys]]`: a row for each of its names."""
    row = partial(
        Key,
        library=library,
        where=table.texts("where", choices=PLACES) or ("any",),
        ecosystem=table.text("ecosystem") or ecosystem,
        near=tuple(map(plain, table.texts("near"))),
        below=tuple(map(plain, table.texts("below"))),
        values=table.texts("values"),
        revision=table.text("revision"),
        file=table.text("file"),
        provider=table.text("provider"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    names = _names(table)
    table.done()
    return [row(name=plain(name)) for name in names]


def read_flag(table: Table, library: str, ecosystem: str | None) -> Flag:
    """Read one of `[[flags]]`."""
    defaults = _texts(table, "defaults")
    if defaults and not table.text("default-source"):
        table.complain("default-source: a default needs the place where it is documented")
    flag = Flag(
        library=library,
        program=table.texts("program"),
        ecosystem=table.text("ecosystem") or ecosystem,
        inner=table.text("inner"),
        unless=table.texts("unless"),
        image=table.texts("image"),
        flag=(*(table.texts("flag") if isinstance(table.data.get("flag"), list) else _one(table, "flag")), *defaults),
        defaults=defaults,
        positional=table.integer("positional", least=0),
        revision=table.text("revision"),
        file=table.text("file"),
        file_positional=table.integer("file-positional", least=0),
        remote_code=table.text("remote-code"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    if not flag.flag and flag.positional is None:
        table.complain("one of flag and positional must be there")
    table.done()
    return flag


def read_environment(table: Table, library: str, ecosystem: str | None) -> list[Environment]:
    """Read one of `[[environment]]`: a row for each of its names."""
    row = partial(
        Environment,
        library=library,
        ecosystem=table.text("ecosystem") or ecosystem,
        revision=table.text("revision"),
        file=table.text("file"),
        values=table.texts("values"),
        kind=table.text("kind", choices=KINDS) or "model",
        telling=_true(table, "telling"),
    )
    names = _names(table)
    table.done()
    return [row(name=name.upper()) for name in names]


def read_example(table: Table, library: str, number: int) -> Example:
    """Read one of `[[examples]]`."""
    silent = table.boolean("silent")
    expect = table.texts("expect")
    couplings = table.texts("couplings")
    if bool(silent) == bool(expect or couplings):
        table.complain("an example either expects something or is silent")
    example = Example(
        library=library,
        language=table.name("language"),
        text=table.name("text"),
        expect=expect,
        couplings=couplings,
        number=number,
    )
    table.done()
    return example


def _names(table: Table) -> tuple[str, ...]:
    """`name` is one pattern or a list of them that share everything else."""
    names = table.texts("name") if isinstance(table.data.get("name"), list) else (table.name("name"),)
    if not names:
        table.complain("name: must not be empty", "name")
    return names


def _one(table: Table, key: str) -> tuple[str, ...]:
    value = table.text(key)
    return () if value is None else (value,)


def _argument(table: Table, key: str) -> Argument:
    """A keyword, or a list of keywords and positions."""
    if not table.has(key):
        return ()
    if not isinstance(table.data.get(key), list):
        return _one(table, key)
    good: list[str | int] = []
    for value in table.items(key):
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            good.append(value)
        else:
            table.complain(f"{key}: must hold keywords and positions from 0", key)
    return tuple(good)


def _unless(table: Table) -> tuple[tuple[str | int, tuple[str | bool, ...]], ...]:
    return tuple((int(key) if key.isdigit() else key, _literals(table, key)) for key in sorted(table.data))


def _texts(table: Table, key: str) -> Mapping[str, str]:
    return read_texts(table.table(key)) if table.has(key) else NOTHING


def _literals(table: Table, key: str) -> tuple[str | bool, ...]:
    """A boolean, or a list of strings."""
    if isinstance(table.data[key], bool):
        return (bool(table.boolean(key)),)
    return table.texts(key)


def read_texts(table: Table) -> Mapping[str, str]:
    """Read a table whose values are all strings."""
    return MappingProxyType({key: table.text(key) or "" for key in table.data})


def _true(table: Table, key: str) -> bool:
    value = table.boolean(key)
    return True if value is None else value


def read_checked_against(table: Table) -> tuple[str, ...]:
    """Read what a file was held against: packages and their versions, repositories and commits, documentation."""
    key = "checked-against"
    given = table.texts(key) if isinstance(table.data.get(key), list) else _one(table, key)
    for one in given:
        if not CHECKED.fullmatch(one):
            table.complain(
                f"{key}: {one!r} is no package with a version, repository with a commit, or documentation", key
            )
    return given


def read_url(table: Table, key: str) -> str:
    """Read an address that a person can follow."""
    value = table.name(key)
    if value and not value.startswith("https://"):
        table.complain(f"{key}: must begin with https://", key)
    return value
