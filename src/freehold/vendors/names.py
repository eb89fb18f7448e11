"""API names: how hosts spell them, and which of them move.

A host that is not the maker (Bedrock, Vertex, an aggregator) wraps the maker's name; these rules take the wrapping off.
"""

from __future__ import annotations

import re

#: Ecosystems that serve models of many makers.
HOSTS = frozenset(
    {"azure", "bedrock", "cerebras", "fireworks", "groq", "openrouter", "replicate", "sambanova", "together", "vertex"}
)

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
_BEDROCK_REGION = re.compile(r"^(?:us|eu|apac|au|jp|ca|sa|us-gov|global)\.")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\w+)?$|:\d+$")


def moves(name: str) -> bool:
    """May the model behind this name change under it? True for `-latest`, `-preview` and every name without a date."""
    bare = name.lower()
    return bare.endswith("-latest") or _DATED.search(bare) is None


def spellings(ecosystem: str, name: str) -> tuple[str, ...]:
    """Give the names to look a host's spelling up under, the most literal first, in lower case."""
    whole = name.strip().lower()
    found = [whole]
    if ecosystem == "bedrock":
        bare = _BEDROCK_REGION.sub("", whole.rpartition("/")[2])
        found += [bare, _BEDROCK_VERSION.sub("", bare.partition(".")[2])]
    elif ecosystem == "vertex":
        bare = whole.rpartition("/")[2]
        found += [bare, bare.replace("@", "-")]
    elif ecosystem == "openrouter":
        bare = whole.partition(":")[0]
        slug = bare.partition("/")[2]
        found += [bare, slug, slug.replace(".", "-")]
    elif ecosystem in HOSTS:
        found += [whole.rpartition("/")[2]]
    return tuple(dict.fromkeys(filter(None, found)))
