"""Which countries a territory has. Membership is data, in rules/territories."""

from __future__ import annotations

from freehold.rules import documents, insist, remembered


def covers(territories: tuple[str, ...], country: str) -> bool:
    """Does one of these territories, countries or unions of them, have this country in it?"""
    unions = _unions()
    wanted = country.upper()
    return any(wanted == one or wanted in unions.get(one, ()) for one in territories)


@remembered
def _unions() -> dict[str, tuple[str, ...]]:
    files = documents("territories")
    found = {}
    for document in files:
        table = document.table()
        found[table.name("id")] = table.texts("members")
        table.name("title")
        table.name("source")
        table.day("checked-on", required=True)
        table.done()
    insist(files)
    return found
