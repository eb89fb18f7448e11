"""API names: how hosts spell them, and which of them move.

A host that is not the maker (Bedrock, Vertex, an aggregator) wraps the maker's name; these rules take the wrapping off.
"""

from __future__ import annotations

import re

#: Places that have no models of their own; every name there is some maker's.
HOSTS = frozenset(
    {
        "azure", "baseten", "bedrock", "cerebras", "cloudflare", "deepinfra", "fireworks", "friendli", "github", "gmi",
        "groq", "hyperbolic", "lambda", "nebius", "novita", "nscale", "oci", "openrouter", "ovhcloud", "replicate",
        "sambanova", "scaleway", "siliconflow", "together", "vercel", "vertex", "wandb",
    }
)  # fmt: skip
#: Makers whose API also serves the models of others, under the names these have at home.
ALSO_HOSTS = frozenset({"dashscope", "databricks", "hunyuan", "ibm", "nvidia", "perplexity", "snowflake", "volcengine"})
#: The words of the detectors for places where API names live.
ECOSYSTEMS = (
    "openai", "anthropic", "google", "dashscope", "mistral", "cohere", "deepseek", "moonshot", "zhipu", "minimax",
    "volcengine", "xai", "bedrock", "azure", "vertex", "groq", "together", "fireworks", "replicate", "openrouter",
)  # fmt: skip
#: Providers with an API of their own that the detectors have no word for; whoever writes `provider/name` names them.
MORE_ECOSYSTEMS = (
    "ai21", "aleph-alpha", "assemblyai", "baidu", "baseten", "bfl", "bria", "cartesia", "cerebras", "cloudflare",
    "databricks", "deepgram", "deepinfra", "elevenlabs", "fal", "fish-audio", "friendli", "github", "gmi",
    "hunyuan", "hyperbolic", "ibm", "inflection", "jina", "kling", "lambda", "liquid", "luma", "meta", "naver",
    "nebius", "nomic", "novita", "nscale", "nvidia", "oci", "ovhcloud", "perplexity", "poolside", "reka", "runway",
    "sambanova", "scaleway", "siliconflow", "snowflake", "stability", "stepfun", "suno", "upstage", "vercel",
    "voyage", "wandb", "writer", "xiaomi",
)  # fmt: skip

_DATED = re.compile(
    r"20\d\d-?[01]\d-?[0-3]\d"  # 2024-11-20, 20241022
    r"|(?<![0-9.])(?:0[1-9]|1[0-2])-?20\d\d(?!\d)"  # 08-2024
    r"|(?<![0-9.])2[3-9](?:0[1-9]|1[0-2])(?:[0-3]\d)?(?![0-9])"  # 2411, 250828
    r"|(?<![0-9.])(?:0[1-9]|1[0-2])-?[0-3]\d(?![0-9])"  # 0613, 03-25
    r"|-00\d$|-v\d+:\d+$"  # numbered versions of Google and Bedrock
)
_SNAPSHOT = re.compile(r"(?:-20\d\d-\d\d-\d\d|@(?:20\d{6}|default|latest))$")
_REGION = re.compile(r"^(?:us|eu|apac|au|jp|ca|sa|in|us-gov|global|regional)\.")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)*(?::\w+)?$|-\d+:\d+$|:\d+$")
#: What stands between slashes and is no maker: regions and offers of Azure, the paths of Vertex, Fireworks, Cloudflare
#: and SiliconFlow.
_PATHS = re.compile(
    r"(?:us|eu|apac|us-gov|global|global-standard|data-?zone(?:-standard)?|publishers|models|accounts|fireworks|routers"
    r"|@cf|pro|lora|siliconflow|foundation-model|inference-profile)"
)
#: What a host puts before names of others: Fireworks' on Azure, Databricks', Google's on its Gemini API.
_HOSTED_BY = {"azure": re.compile("^fw-"), "databricks": re.compile(r"^(?:databricks-|system\.ai\.)")}
_MAKER = re.compile(r"([a-z][a-z0-9-]*?)\.(?=[a-z])")  # `anthropic.claude-…` on Bedrock and OCI
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
        found += [bare, model, _unversioned(model or bare, bool(model))]
    elif ecosystem == "vertex":
        bare = whole.rpartition("/")[2]
        found += [bare, bare.replace("@", "-")]
    elif ecosystem == "openrouter":
        found.append(whole.partition(":")[0])
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


def unwrapped(ecosystem: str, name: str) -> tuple[str, tuple[str, ...]]:
    """Give the maker's word, empty where the host leaves it out, and the bare names to try, all in lower case. On its
    own API a name is the maker's as it stands."""
    whole = name.strip().lower()
    if ecosystem not in HOSTS | ALSO_HOSTS:
        return "", (whole.removeprefix("models/"),)
    path = whole.partition("#")[0].removeprefix("~").split("/")
    parts = [part for part in path if part and not _PATHS.fullmatch(part)] or [path[-1]]
    owner, bare = parts[-2] if len(parts) > 1 else "", parts[-1]
    if ecosystem in ("bedrock", "oci"):
        bare = _REGION.sub("", bare)
        if found := _MAKER.match(bare):
            owner, bare = found.group(1), bare[found.end() :]
        tries = [bare.partition(":")[0], _unversioned(bare, found is not None)]
    else:
        bare = bare.partition(":")[0].partition("@")[0]
        tries = [_HOSTED_BY[ecosystem].sub("", bare) if ecosystem in _HOSTED_BY else bare]
    return owner, tuple(dict.fromkeys(tries))


def _unversioned(bare: str, made: bool) -> str:
    """A Bedrock name without its version. Without a maker before it, `deepseek-v4` is a name and `-v4` no version."""
    return _BEDROCK_VERSION.sub("", bare) if made or ":" in bare else bare


def hidden(ecosystem: str, name: str) -> str | None:
    """Say why a name of this kind can stand for any model, or None: what it calls stands in somebody's account."""
    whole = name.strip().lower()
    if (
        ecosystem == "bedrock"
        and ":" in whole
        and re.search(
            r"(?:application-inference-profile|provisioned-model|custom-model|imported-model|prompt-router|prompt)/",
            whole,
        )
    ):
        return "an ARN of an account's own: which model it calls stands there"
    if re.fullmatch(r"ft[:-].*|.*/endpoints/\d+|projects/.*/endpoints/.*|ep-\d{8,}.*", whole):
        return "a deployment of an account's own: which model answers stands there"
    return None


def origin(spelling: str) -> str:
    """Give the name of the model that a dated snapshot or a fine-tuned model comes from. It tells whose model that is
    and nothing of its end: a snapshot may outlive the alias, and the other way round."""
    return _SNAPSHOT.sub("", spelling.split(":")[1] if spelling.startswith("ft:") else spelling)
