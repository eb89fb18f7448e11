"""API names: how hosts spell them, and which of them move.

A host that is not the maker (Bedrock, Vertex, an aggregator) wraps the maker's name; these rules take the wrapping off.
"""

from __future__ import annotations

import re

#: Places that have no models of their own; every name there is some maker's.
HOSTS = frozenset(
    {"azure", "bedrock", "cerebras", "fireworks", "groq", "openrouter", "replicate", "sambanova", "together", "vertex"}
)
#: Makers whose API also serves the models of others, under the names these have at home.
ALSO_HOSTS = frozenset({"dashscope", "volcengine"})
#: The words of the detectors for places where API names live.
ECOSYSTEMS = (
    "openai", "anthropic", "google", "dashscope", "mistral", "cohere", "deepseek", "moonshot", "zhipu", "minimax",
    "volcengine", "xai", "bedrock", "azure", "vertex", "groq", "together", "fireworks", "replicate", "openrouter",
)  # fmt: skip
#: Providers with an API of their own that the detectors have no word for; whoever writes `provider/name` names them.
MORE_ECOSYSTEMS = (
    "ai21", "aleph-alpha", "baidu", "bfl", "bria", "cerebras", "elevenlabs", "fish-audio", "hunyuan", "ibm",
    "inflection", "jina", "kling", "liquid", "meta", "naver", "nvidia", "perplexity", "poolside", "reka", "runway",
    "sambanova", "stability", "stepfun", "suno", "upstage", "voyage", "writer", "xiaomi",
)  # fmt: skip

_DATED = re.compile(
    r"20\d\d-?[01]\d-?[0-3]\d"  # 2024-11-20, 20241022
    r"|(?<![0-9.])(?:0[1-9]|1[0-2])-?20\d\d(?!\d)"  # 08-2024
    r"|(?<![0-9.])2[3-9](?:0[1-9]|1[0-2])(?:[0-3]\d)?(?![0-9])"  # 2411, 250828
    r"|(?<![0-9.])(?:0[1-9]|1[0-2])-?[0-3]\d(?![0-9])"  # 0613, 03-25
    r"|-00\d$|-v\d+:\d+$"  # numbered versions of Google and Bedrock
)
_SNAPSHOT = re.compile(r"(?:-20\d\d-\d\d-\d\d|@(?:20\d{6}|default|latest))$")
_REGION = re.compile(r"^(?:us|eu|apac|au|jp|ca|sa|in|us-gov|global)\.")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)*(?::\w+)?$|-\d+:\d+$|:\d+$")
_TIER = re.compile(r"(?:-(?:turbo|free|lite|tput|fp8|fast))+$")


def moves(name: str) -> bool:
    """May the model behind this name change under it? True for `-latest`, `-preview` and every name without a date."""
    bare = name.lower()
    return bare.endswith("-latest") or _DATED.search(bare) is None


def is_date(text: str) -> bool:
    """Is this, and nothing else, the date in a snapshot's name: `2024-11-20`, `20241120`, `0613`?"""
    return re.fullmatch(r"\d{4}-\d\d-\d\d|20\d{6}|[01]\d[0-3]\d|\d\d-\d\d-\d{4}", text) is not None


def spellings(ecosystem: str, name: str) -> tuple[str, ...]:
    """Give the names to look a name up under, in lower case: as written first, then without what a host puts around
    it, last with hyphens for dots."""
    found = [name.strip().lower()]
    whole = found[0]
    if ecosystem == "bedrock":
        bare = _REGION.sub("", whole.rpartition("/")[2])
        model = bare.partition(".")[2]
        found += [bare, model, _BEDROCK_VERSION.sub("", model or bare)]
    elif ecosystem == "vertex":
        bare = whole.rpartition("/")[2]
        found += [bare, bare.replace("@", "-")]
    elif ecosystem == "openrouter":
        bare = whole.partition(":")[0]
        found += [bare, bare.partition("/")[2]]
    elif ecosystem == "fireworks":
        bare = whole.removeprefix("accounts/fireworks/models/")
        found += [bare, re.sub(r"(?<=\d)p(?=\d)", ".", bare)]
    elif ecosystem == "azure":
        found.append(whole.replace("gpt-35-", "gpt-3.5-"))
    elif ecosystem in HOSTS:
        found.append(_TIER.sub("", whole))
    # Gateways write the versions of all makers with a dot: `claude-haiku-4.5`.
    found += [spelling.replace(".", "-") for spelling in found]
    return tuple(dict.fromkeys(filter(None, found)))


def origin(spelling: str) -> str:
    """Give the name of the model that a dated snapshot or a fine-tuned model comes from. It tells whose model that is
    and nothing of its end: a snapshot may outlive the alias, and the other way round."""
    return _SNAPSHOT.sub("", spelling.split(":")[1] if spelling.startswith("ft:") else spelling)
