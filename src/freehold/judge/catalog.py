"""The rules as data: rules/checks, one file each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from freehold.rules import documents, insist, remembered
from freehold.tomlread import Document
from freehold.types import Rule, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A miniature of a case in which a rule fires, or stays silent. The tests run every one."""

    rule: str
    fires: bool
    facts: tuple[tuple[str, str], ...]


@remembered
def load(*more: Path) -> tuple[Rule, ...]:
    """Read all rules, sorted by id. Raises RulesError with every mistake, its file and line."""
    return tuple(rule for rule, _ in _read(*more))


def examples(*more: Path) -> tuple[Example, ...]:
    """Give the examples of all rules."""
    return tuple(example for _, examples in _read(*more) for example in examples)


def _read(*more: Path) -> list[tuple[Rule, tuple[Example, ...]]]:
    files = documents("checks", *more)
    found = sorted((_rule(document) for document in files), key=lambda pair: pair[0].id)
    known = {rule.id for rule, _ in found}
    for document in files:
        for number, other in enumerate(document.data.get("replaces", ())):
            if other not in known:
                document.complain(("replaces", number), f"replaces: no rule is called {other!r}")
    insist(files)
    return found


def _rule(document: Document) -> tuple[Rule, tuple[Example, ...]]:
    top = document.table()
    name = top.name("id")
    if f"{name}.toml" != document.file.rpartition("/")[2]:
        top.complain("id: must be the file's name", "id")
    parameters, remedies = top.table("parameters"), top.table("remedies")
    rule = Rule(
        id=name,
        title=top.name("title"),
        severity=Severity(top.name("severity", choices=tuple(Severity)) or "note"),
        predicate=top.name("predicate"),
        why=" ".join(top.name("why").split()),
        remedy=top.name("remedy"),
        remedies=tuple((key, remedies.name(key)) for key in sorted(remedies.data)),
        references=top.texts("references"),
        parameters=tuple((key, parameters.texts(key)) for key in sorted(parameters.data)),
        replaces=tuple(sorted(top.texts("replaces"))),
    )
    found = []
    for row in top.tables("examples"):
        fires = row.boolean("fires")
        facts = tuple((key, row.text(key) or "") for key in sorted(row.data) if key != "fires")
        found.append(Example(rule=name, fires=bool(fires), facts=facts))
    if {example.fires for example in found} != {True, False}:
        top.complain("examples: one that fires and one that stays silent are asked for")
    top.done()
    return rule, tuple(found)
