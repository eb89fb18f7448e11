"""`freehold whatif`: what breaks, where, what it would cost, what could replace it."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from freehold.commands import Commands, add_command, add_hub, add_project, options

if TYPE_CHECKING:
    from decimal import Decimal

    from freehold.console import Console
    from freehold.types import Location
    from freehold.whatif import Consequence, Outcome

_DESCRIPTION = """\
Play through what a vendor could do. A name is a vendor, a line, an ecosystem (whose API it is), or a model.

  freehold whatif --close alibaba               its weights leave the Hub, its lines go on behind an API
  freehold whatif --retire openai/gpt-4o        the API name stops answering
  freehold whatif --reprice dashscope=+34%      another price; sums need `usage` in the settings
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(commands, "whatif", "what breaks if a vendor closes, retires or reprices", _DESCRIPTION)
    add_project(parser)
    add_hub(parser)
    group = parser.add_argument_group("scenarios (several are played one by one)")
    group.add_argument("--close", action="append", default=[], metavar="NAME")
    group.add_argument("--retire", action="append", default=[], metavar="NAME")
    group.add_argument("--reprice", action="append", default=[], metavar="NAME=+34%")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Audit, then play the scenarios through."""
    from dataclasses import replace

    from freehold.audit import examine
    from freehold.errors import UsageError
    from freehold.facts import copies
    from freehold.rules import overlay
    from freehold.safe import guard, json_text
    from freehold.whatif import parse, whatif

    scenarios = parse(arguments.close, arguments.retire, arguments.reprice)
    if not scenarios:
        raise UsageError("no scenario is given", "for example --close alibaba or --reprice dashscope=+34%")
    root, chosen = options(arguments)
    with console.progress("asking the Hub") as tick:
        audited = examine(root, replace(chosen, progress=tick))
    with overlay(audited.settings.rules):
        outcomes = whatif(
            audited.report,
            scenarios,
            vendors=audited.known.vendors,
            snapshot=audited.known.snapshot,
            prices=audited.known.prices,
            bill=audited.bill,
            organization=audited.settings.organization,
            policy=audited.settings.licenses,
            mirrored={name: on for part in audited.parts for name, on in copies(part.lock, chosen).items()},
        )
    if arguments.format == "json":
        console.write(json_text({"schema": 1, "outcomes": [_document(outcome) for outcome in outcomes]}))
    else:
        console.write(guard("\n\n".join(_tell(outcome) for outcome in outcomes) + "\n"))
    return 0 if audited.report.complete or chosen.allow_incomplete else 4


#: How many places of a model or a coupling, models alike, and groups of them a screen lists; `--format json` has all.
_PLACES, _MODELS, _GROUPS = 5, 8, 8


def _tell(outcome: Outcome) -> str:
    """What happens to models alike is said once: their places below, then what could take the place of each of them."""
    from freehold.safe import printable
    from freehold.whatif import EFFECTS

    lines = [f"WHAT IF: {printable(str(outcome.scenario))}"]
    if not outcome.consequences:
        lines.append(f"nothing: none of the {outcome.untouched} models loaded here is touched")
        return lines[0] + "\n" + lines[1]
    lines += _wrap(_counts(outcome))
    groups: dict[tuple[object, ...], list[Consequence]] = {}
    for each in outcome.consequences:
        groups.setdefault((each.effect, each.why, each.candidates), []).append(each)
    # The gravest first, as they come; among these what the most places stand on.
    ranked = sorted(groups.values(), key=lambda g: (EFFECTS.index(g[0].effect), -sum(len(c.loads) for c in g)))
    for group in ranked[:_GROUPS]:
        lines += _together(group)
    if rest := ranked[_GROUPS:]:
        lines += ["", f"and {sum(map(len, rest))} more models; --format json lists all"]
    return "\n".join([*lines, *_to_undo(outcome)])


def _counts(outcome: Outcome) -> str:
    from freehold.report.story import many
    from freehold.whatif import EFFECTS

    told = []
    for effect in EFFECTS:
        hit = [each for each in outcome.consequences if each.effect == effect]
        places = sum(len(each.loads) for each in hit)
        if hit:
            told.append(f"{effect}: {many(len(hit), 'model')} in {many(places, 'place')}")
    return "; ".join([*told, f"not touched: {outcome.untouched}"])


def _together(group: list[Consequence]) -> list[str]:
    from freehold.report.story import many
    from freehold.safe import printable

    first = group[0]
    lines = ["", *_wrap(f"{first.effect}: {printable(first.why)}")]
    for each in group[:_MODELS]:
        lines += _wrap(f"  {printable(each.model)}")
        lines += [f"    {printable(p.path)}:{p.line}:{p.column}" for p in each.loads[:_PLACES]]
        if len(each.loads) > _PLACES:
            lines.append(f"    and {many(len(each.loads) - _PLACES, 'more place')}")
        lines += _wrap(f"    {_cost(each)}") if each.was is not None else []
    if len(group) > _MODELS:
        lines.append(f"  and {many(len(group) - _MODELS, 'more model')}")
    for note in dict.fromkeys(_cost(each) for each in group if each.was is None and each.money):
        lines += _wrap(f"  {note}")
    for note in dict.fromkeys(each.note for each in group if each.note):
        lines += _wrap(f"  instead: {printable(note)}")
    for candidate in first.candidates:
        lines += _wrap(f"  instead: {printable(candidate.id)}: {printable(candidate.why)}")
        lines += [f"    {source}" for source in printable(candidate.cite).split("; ")]
    return lines


def _to_undo(outcome: Outcome) -> list[str]:
    """The couplings of all that is hit, once: several models of a family share them."""
    from freehold.report.couplings import families

    couplings = {coupling: None for each in outcome.consequences for coupling in each.couplings}
    narrowest = {found: None for each in outcome.consequences for found in each.narrowest}
    told = families(tuple(couplings), tuple(narrowest), 80, _PLACES)
    return ["", "to undo before another model can take their place:", *told] if told else []


def _cost(each: Consequence) -> str:
    if each.was is None:
        return f"no sum: {each.money}" if each.money else ""
    if each.becomes is None:
        return f"{each.was:,.2f} US dollars a month go through it ({each.priced})"
    return f"{each.was:,.2f} -> {each.becomes:,.2f} US dollars a month, at list prices ({each.priced})"


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, 80, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _document(outcome: Outcome) -> dict[str, object]:
    return {
        "scenario": str(outcome.scenario),
        "untouched": outcome.untouched,
        "consequences": [
            {
                "model": each.model,
                "ecosystem": each.ecosystem,
                "effect": each.effect,
                "why": each.why,
                "locations": [_location(place) for place in each.loads],
                "usd-per-month": _number(each.was),
                "usd-per-month-then": _number(each.becomes),
                "no-sum-because": each.money,
                "priced-by": each.priced,
                "candidates": [{"id": c.id, "why": c.why, "cite": c.cite} for c in each.candidates],
                "note": each.note,
                "couplings": [
                    {"kind": c.kind, "text": c.text, "family": c.family, "location": _location(c.location)}
                    for c in each.couplings
                ],
                "narrowest": [
                    {"family": n.family, "path": n.path, "passing": n.passing, "places": n.places, "why": n.why}
                    for n in each.narrowest
                ],
            }
            for each in outcome.consequences
        ],
    }


def _location(place: Location) -> dict[str, object]:
    return {"path": place.path, "line": place.line, "column": place.column, "cell": place.cell}


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 2))
