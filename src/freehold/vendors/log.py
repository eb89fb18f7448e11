"""Forecasts that were written down before anybody could know: rules/history/forecasts-<day>.tsv.

`python -m freehold.vendors.backtest --log DAY` writes one; what is there is never edited, so that it can be held
against what happens. The same day may be logged again when the rules or the band have changed: it gets a number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from freehold.vendors.hazard import of_line
from freehold.vendors.history import Line, Release

_HEAD = """\
# What freehold said on {day} of the next flagship of every line: the probability that it is API-only, its 80 % band.
# Made by `python -m freehold.vendors.backtest --log {day}`. Never edited: it is here to be held against what happens.
line\tvendor\tstate\tflagship\tprobability\tlow\thigh\tn\tn-vendor\tn-line"""


def forecasts(lines: Sequence[Line], today: date) -> list[str]:
    """Give the forecast of every line as of a day, one row each."""
    rows = []
    for line in sorted(lines, key=lambda line: line.id):
        state, told = line.state(today), of_line(lines, line, today)
        if state is not None and told is not None:
            numbers = (
                f"{told.probability:.3f}\t{told.low:.3f}\t{told.high:.3f}\t{told.n}\t{told.n_vendor}\t{told.n_line}"
            )
            rows.append(f"{line.id}\t{line.vendor}\t{told.state}\t{state.flagship.model}\t{numbers}")
    return rows


def write(lines: Sequence[Line], today: date, folder: Path) -> str:
    """Write the forecasts of a day, unless they stand there already, and say what was done."""
    text = "\n".join([_HEAD.format(day=today), *forecasts(lines, today), ""])
    before = sorted(folder.glob(f"forecasts-{today}*.tsv"))
    for file in before:
        if file.read_text("utf-8") == text:
            return f"{file.name} says so already"
    file = folder / f"forecasts-{today}{f'.{len(before) + 1}' if before else ''}.tsv"
    with file.open("x", encoding="utf-8", newline="\n") as new:
        new.write(text)
    return f"wrote {file.name}"


def compared(lines: Iterable[Line], folder: Path) -> list[str]:
    """Hold every log against the next flagship of each of its lines, where there is one by now: the Brier score, the
    number of API-only flagships that were said and that came for each state, and every outcome."""
    known, rows = {line.id: line for line in lines}, list[str]()
    for file in sorted(folder.glob("forecasts-*.tsv")):
        name = file.stem.removeprefix("forecasts-")
        said = list(csv.DictReader(file.read_text("utf-8").splitlines()[2:], delimiter="\t"))
        outcomes = [
            (row, float(row["probability"]), came)
            for row in said
            if (came := _next(known.get(row["line"]), date.fromisoformat(name[:10]))) is not None
        ]
        if not outcomes:
            rows.append(f"{name}  {len(said)} forecasts, 0 outcomes: nothing to hold them against yet")
            continue
        brier = sum((p - came.closed_at_launch) ** 2 for _, p, came in outcomes) / len(outcomes)
        rows.append(f"{name}  {len(said)} forecasts, {len(outcomes)} outcomes: Brier {brier:.3f}")
        for state in ("open", "closed"):
            of_state = [(p, came.closed_at_launch) for row, p, came in outcomes if row["state"] == state]
            if of_state:
                foreseen, closed = (sum(column) for column in zip(*of_state, strict=True))
                rows.append(f"  {state:6} -> closed  came {closed} of {len(of_state)}, foreseen {foreseen:.1f}")
        for row, p, came in outcomes:
            became = "closed" if came.closed_at_launch else "open"
            rows.append(
                f"  {came.on}  {row['line']:14} {row['state']:6} -> {became:6}  {p:.2f} ({row['low']} to {row['high']})"
            )
    return rows


def _next(line: Line | None, day: date) -> Release | None:
    return next((r for r in line.flagships() if r.on > day), None) if line else None
