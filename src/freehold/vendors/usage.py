"""Tokens per month from a CSV file, such as an export of a provider's or a gateway's usage page.

One row is one amount: a model, its input tokens and its output tokens; rows of one model are added up. With a column
that begins with a month (`month`, `date`, `day`), the result is the average over the months that the file names.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from freehold.errors import UsageError
from freehold.settings import Usage

MAX_BYTES = 64 * 1024 * 1024
MAX_MISTAKES = 20
#: The column names that exports use, in lower case and with `-` for `_` and blanks.
MODEL = ("model", "model-id", "model-name")
PLACE = ("ecosystem", "provider")
INPUT = ("input-tokens", "prompt-tokens", "n-context-tokens-total")
OUTPUT = ("output-tokens", "completion-tokens", "n-generated-tokens-total")
MONTH = ("month", "date", "day")
_DELIMITERS = ",;\t"


def read(path: Path) -> tuple[Usage, ...]:
    """Read a usage file. Raises UsageError with the line of every mistake; nothing of a broken file is used."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise UsageError(f"the usage file {path.name} is larger than {MAX_BYTES} bytes", "add its rows up first")
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the usage file {path.name}: {error.__class__.__name__}") from error
    return parse(path.name, text)


def parse(shown: str, text: str) -> tuple[Usage, ...]:
    """Read the text of a usage file, called `shown` in messages. Sorted by model."""
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    # strict: a quote that nobody closes would swallow the rest of the file
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    months: set[str] = set()
    mistakes: list[str] = []
    try:
        columns = _columns(next(rows, []))
        for row in rows:
            if len(mistakes) >= MAX_MISTAKES:
                break
            try:
                if any(cell.strip() for cell in row):
                    _add(row, columns, sums, months)
            except ValueError as error:
                mistakes.append(f"{shown}:{rows.line_num}: {error}")
    except (csv.Error, ValueError) as error:
        mistakes.append(f"{shown}:{rows.line_num}: {error}")
    if mistakes:
        raise UsageError(
            "\n".join(mistakes), "columns: model, input-tokens, output-tokens, and month where there are several"
        )
    count = len(months) or 1
    return tuple(
        Usage(model=model, input_tokens=-(-sums[model][0] // count), output_tokens=-(-sums[model][1] // count))
        for model in sorted(sums)
    )


def _columns(head: list[str]) -> Mapping[str, int]:
    """Give the place of each column that we know by one of its names."""
    names = [re.sub(r"[_\s]+", "-", cell.strip().lower()) for cell in head]
    found = {}
    for known in (MODEL, PLACE, INPUT, OUTPUT, MONTH):
        places = [i for i, name in enumerate(names) if name in known]
        if len(places) > 1:
            raise ValueError(f"two columns for {known[0]}")
        if places:
            found[known[0]] = places[0]
    if missing := [known[0] for known in (MODEL, INPUT, OUTPUT) if known[0] not in found]:
        raise ValueError(f"no column {' and no column '.join(missing)}")
    return found


def _add(row: list[str], columns: Mapping[str, int], sums: defaultdict[str, list[int]], months: set[str]) -> None:
    def cell(name: str) -> str:
        place = columns.get(name)
        return "" if place is None or place >= len(row) else row[place].strip()

    model = "/".join(filter(None, (cell(PLACE[0]).lower(), cell(MODEL[0]))))
    if not all(model.partition("/")[::2]):
        raise ValueError(f"{model!r} must be written as ecosystem/name, or with a column ecosystem")
    if MONTH[0] in columns:
        month = re.match(r"\d{4}-(0[1-9]|1[0-2])(?!\d)", cell(MONTH[0]))
        if month is None:
            raise ValueError(f"{cell(MONTH[0])!r} does not begin with a month such as 2026-10")
        months.add(month[0])
    amounts = [_tokens(cell(name)) for name in (INPUT[0], OUTPUT[0])]
    for i, amount in enumerate(amounts):
        sums[model][i] += amount


def _tokens(cell: str) -> int:
    if not re.fullmatch(r"\d{0,18}(\.0+)?", cell):
        raise ValueError(f"{cell!r} is no number of tokens")
    return int(cell.partition(".")[0] or 0)
