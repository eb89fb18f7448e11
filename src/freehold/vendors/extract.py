"""Write rules/prices and rules/retirements anew from LiteLLM's table: `python -m freehold.vendors.extract TABLE`.

The table is model_prices_and_context_window_backup.json in the wheel `litellm`, which is large and has a hundred
dependencies: it is read once per release of freehold, and is no dependency. What stays is one line a model: its name,
its price, and the page that LiteLLM cites for it. `--seen FILE` are older tables by month (month, provider, model,
input, output, separated by tabs, US dollars per token): they tell since when a price has not moved.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import tomli

from freehold.rules import rules_dir

Row: TypeAlias = Mapping[str, Any]

URL = "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"
MODES = frozenset({"chat", "responses", "completion", "embedding", "rerank"})
#: LiteLLM's provider, and our word for the place.
OWN = {
    "ai21": "ai21",
    "anthropic": "anthropic",
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "dashscope": "dashscope",
    "deepseek": "deepseek",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "groq": "groq",
    "meta": "meta",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "openai": "openai",
    "perplexity": "perplexity",
    "sambanova": "sambanova",
    "tencent": "hunyuan",
    "together_ai": "together",
    "vertex_ai": "vertex",
    "volcengine": "volcengine",
    "voyage": "voyage",
    "xai": "xai",
    "xiaomi_mimo": "xiaomi",
    "zai": "zhipu",
}
#: Places that sell what others made, under names with a `/`; elsewhere that is a region.
SELLERS = frozenset({"cerebras", "fireworks", "groq", "perplexity", "sambanova", "together"})
#: LiteLLM prices many old names there by their size alone: only a row that cites its page counts.
CITED = frozenset({"fireworks", "perplexity", "together"})
#: Platforms that are in rules/retirements only.
ENDS = {
    "baseten": "baseten", "bedrock_mantle": "bedrock", "databricks": "databricks", "scaleway": "scaleway",
    "text-completion-openai": "openai", "wandb": "wandb",
}  # fmt: skip
#: Platforms whose own pages show, beside announced shutdowns, days before which nothing ends; the table has one column.
PLANNED = frozenset({"azure", "bedrock", "google", "vertex"})
#: Days in the table that are no shutdowns. claude-mythos-preview was deprecated on that day, and its end is still to be
#: announced: Anthropic's page of deprecations as restated in PyPI package depdesk 0.3.0, 2026-09-24.
NO_ENDS = frozenset({("anthropic", "claude-mythos-preview")})
#: Hosts whose names for a model are the Hub's own ids.
HOSTS = {
    "baseten": "Baseten",
    "deepinfra": "DeepInfra",
    "gmi": "GMI Cloud",
    "groq": "Groq",
    "hyperbolic": "Hyperbolic",
    "nebius": "Nebius",
    "novita": "Novita",
    "nscale": "Nscale",
    "scaleway": "Scaleway",
    "together_ai": "Together",
}
#: The same model at the same list price, or nearly, under another name.
_DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d")
_LIFECYCLE = re.compile(r"retire|deprecat|lifecycle|legacy|model-card")
_PICTURE = re.compile(r"(?:^|/)(?:\d+-x-\d+|max-x-max)/")
_REGION = re.compile(r"^(?:us|eu|apac|au|jp|ca|sa|us-gov|global)\.")


def per_million(value: object) -> str | None:
    """Give US dollars per million tokens as a TOML number, or None."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    # LiteLLM's floats carry noise in the sixteenth digit; nobody lists a price in more than six.
    amount = round(Decimal(repr(value)) * 1_000_000, 6).normalize()
    text = f"{amount:f}"
    return text if "." in text else f"{text}.0"


def line(name: str, row: Row, source: str, since: date | None = None, extra: str = "") -> str | None:
    """Give one inline table, or None where the model has no price by tokens."""
    tiers = [t for t in row.get("tiered_pricing") or () if "range" in t]
    first = tiers[0] if tiers else row
    if not first.get("input_cost_per_token"):
        return None  # free for now, or sold by the minute, the picture, the search
    rate = _rate(first)
    longer = [(int(t["range"][0]), _rate(t)) for t in tiers[1:]]
    parts = [f"{extra}name = {_text(name)}", rate]
    if longer:
        parts.append("tiers = [" + ", ".join(f"{{ above = {above}, {r} }}" for above, r in longer if r) + "]")
    if since:
        parts.append(f"since = {since}")
    cited = _cited(row)
    if cited and cited != source:
        parts.append(f"source = {_text(cited)}")
    return "{ " + ", ".join(parts) + " }"


def own_name(key: str, row: Row) -> tuple[str, str]:
    """Give our word for the place, empty if it is none of ours, and the model's name there."""
    place = OWN.get(str(row.get("litellm_provider")).partition("-")[0], "")
    head, _, rest = key.partition("/")
    name = rest if OWN.get(head) == place else key
    return place, name.removeprefix("accounts/fireworks/models/") if place == "fireworks" else name


def own_prices(table: Mapping[str, Row], seen: Mapping[tuple[str, str], date]) -> dict[str, list[str]]:
    """Give the lines of each place, sorted by name."""
    found: dict[str, dict[str, str]] = {}
    for key, row in table.items():
        place, name = own_name(key, row)
        if not place or row.get("mode") not in MODES or key.startswith("ft:") or _REGION.match(name):
            continue
        if ("/" in name and place not in SELLERS) or (place in CITED and not _cited(row)):
            continue
        text = line(name, row, URL, seen.get((place, name.lower())))
        if text is not None:
            found.setdefault(place, {}).setdefault(name, text)
    return {place: [rows[name] for name in sorted(rows)] for place, rows in sorted(found.items())}


def offers(table: Mapping[str, Row], repositories: Iterable[str]) -> list[str]:
    """Give the lines of hosts that serve one of these repositories, sorted."""
    known = {repository.lower(): repository for repository in repositories}
    found = []
    for key, row in table.items():
        host, _, name = key.partition("/")
        repository = known.get(name.lower())
        if host not in HOSTS or repository is None or row.get("mode") not in MODES:
            continue
        prefix = f"repository = {_text(repository)}, host = {_text(HOSTS[host])}, "
        if (text := line(name, row, URL, extra=prefix)) is not None:
            found.append(((repository.lower(), HOSTS[host]), text))
    return [text for _, text in sorted(found)]


def since_when(months: Iterable[str], table: Mapping[str, Row], as_of: date) -> dict[tuple[str, str], date]:
    """Give the last day of the first month from which on every older table shows the price of today."""
    today = {}
    for key, row in table.items():
        place, name = own_name(key, row)
        rate = tuple(per_million(row.get(f"{word}_cost_per_token")) for word in ("input", "output"))
        today[place, name.lower()] = rate
    since: dict[tuple[str, str], date] = {}
    for text in sorted(months):
        month, place, name, price_in, price_out = text.split("\t")[:5]
        at = ({"alibaba": "dashscope", "bytedance": "volcengine", "zai": "zhipu"}.get(place, place), name.lower())
        then = tuple(per_million(float(price)) if price else None for price in (price_in, price_out))
        if today.get(at) == then:
            year, number = map(int, month.split("-"))
            since.setdefault(at, date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1))
        else:
            since.pop(at, None)
    return {at: day for at, day in since.items() if day <= as_of}


def write(
    to: Path, table: Mapping[str, Row], version: str, as_of: date, repositories: Iterable[str], months: Iterable[str]
) -> None:
    """Write one file a place, and hosts.toml, which has what serves one of these repositories."""
    head = f'as-of = {as_of}\ncatalog = "LiteLLM {version}"\nsource = {_text(URL)}\n'
    for place, lines in own_prices(table, since_when(months, table, as_of)).items():
        _write(to / f"{place}.toml", f"ecosystem = {_text(place)}\n{head}", "prices", lines)
    _write(to / "hosts.toml", head, "offers", offers(table, repositories))


def shutdowns(table: Mapping[str, Row]) -> dict[str, list[str]]:
    """Give the lines of each platform, sorted by name. A region before a name, and an edition after it, say nothing new
    where the bare name ends on the same day."""
    ends: dict[str, dict[str, tuple[str, str]]] = {}
    for key, row in table.items():
        place, name = own_name(key, row)
        if not place:
            provider = str(row.get("litellm_provider"))
            place = ENDS.get(provider, "")
            name = key.removeprefix(f"{provider}/")
        day = row.get("deprecation_date")
        if place and (place, name) not in NO_ENDS and isinstance(day, str) and _DAY.fullmatch(day):
            # The page that a row cites is that of its price; only some of these also tell when a model ends.
            cited = _cited(row) or ""
            ends.setdefault(place, {}).setdefault(name, (day, cited if _LIFECYCLE.search(cited) else ""))
    found = {}
    for place, rows in sorted(ends.items()):
        kept = [
            (name, day, cited)
            for name, (day, cited) in rows.items()
            if not _PICTURE.search(name) and all(rows.get(bare, ("",))[0] != day for bare in _bare(name))
        ]
        found[place] = [
            f"{{ name = {_text(name)}, date = {day}" + (f", source = {_text(cited)}" if cited else "") + " }"
            for name, day, cited in sorted(kept)
        ]
    return found


def write_shutdowns(to: Path, table: Mapping[str, Row], version: str, as_of: date) -> None:
    """Write one file a platform."""
    head = f'as-of = {as_of}\ncatalog = "LiteLLM {version}"\nsource = {_text(URL)}\n'
    for place, lines in shutdowns(table).items():
        planned = "planned = true\n" if place in PLANNED else ""
        _write(to / f"{place}.toml", f"ecosystem = {_text(place)}\n{head}{planned}", "retirements", lines)


def _bare(name: str) -> Iterable[str]:
    """The names without a region; the name itself is none of them."""
    region, _, rest = name.rpartition("/")
    if region:
        yield rest
    if (bare := _REGION.sub("", rest)) != name:
        yield bare


def _write(file: Path, head: str, key: str, lines: list[str]) -> None:
    body = "".join(f"  {text},\n" for text in lines)
    file.write_text(
        f"# Written by freehold.vendors.extract; see README.md. Not edited by hand.\n{head}{key} = [\n{body}]\n",
        "utf-8",
    )


def _cited(row: Row) -> str | None:
    cited = row.get("source")
    return cited if isinstance(cited, str) and cited.startswith("https://") else None


def _rate(row: Row) -> str:
    found = [(word, per_million(row.get(f"{word}_cost_per_token"))) for word in ("input", "output")]
    return ", ".join(f"{word} = {value}" for word, value in found if value is not None)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Read the arguments and write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--to", type=Path, default=Path("rules/prices"))
    parser.add_argument("--retirements", type=Path, default=Path("rules/retirements"))
    parser.add_argument("--seen", type=Path, help="gzipped, with a line of titles")
    given = parser.parse_args()
    snapshot = tomli.loads((rules_dir() / "snapshot" / "hub.toml").read_text("utf-8"))
    months = gzip.decompress(given.seen.read_bytes()).decode().splitlines()[1:] if given.seen else []
    table = json.loads(given.table.read_text("utf-8"))
    write(given.to, table, given.version, given.as_of, [m["id"] for m in snapshot["models"]], months)
    write_shutdowns(given.retirements, table, given.version, given.as_of)


if __name__ == "__main__":
    main()
