"""Who serves a model, told by what stands around its name and beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from freehold.detect.calls import Calls, Environment, Flag, Key, plain
from freehold.detect.names import Name, Sure, identify
from freehold.detect.shapes import shapes

Rule: TypeAlias = Key | Flag | Environment

#: Settings that say where an API is.
BASES = ("base_url", "api_base", "api_base_url", "endpoint", "api_url")
_OWN = ("port", "host", "url", "base_url", "endpoint", "api_key")
_WHERE = ("url", "uri", "host", "base", "endpoint", "server")


def says(text: str) -> bool:
    """Does a name say anything by itself: a number, an owner, a family?"""
    return re.search(r"[\d/]", text) is not None or shapes().families.search(text) is not None


#: Who has no models of others, by names of theirs.
_OWN_ONLY = frozenset(
    ("huggingface", "anthropic", "google", "cohere", "voyage", "xai", "deepseek", "mistral", "moonshot")
)


def meant(text: str, ecosystem: str | None) -> Name | None:
    """What a text names where one place may be for several: `gpt-4o` is nowhere but at its own API or where others are
    served too, `kimi-k2:cloud` at Ollama, and `…-q4f16_1-MLC` is compiled, whoever made it."""
    name = identify(text, ecosystem or None)
    own = identify(text) if ecosystem and "/" not in text else None
    if own is None or own.sure is not Sure.KNOWN:
        return name
    others = own.ecosystem in ("ollama", "mlc") or (own.of_api and ecosystem in _OWN_ONLY)
    return own if others else name


class Serving:
    """What the rules say of providers."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def provider(self, name: str, text: str = "", others: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """The ecosystem that the name of a variable says, or one beside it: `GROQ_MODEL`, `LLM_PROVIDER=groq`.
        `OPENAI_MODEL` says nothing: every server that speaks like OpenAI's is told its model so."""
        rule = self.calls.variable(name, text)
        said = rule.ecosystem if rule is not None and rule.kind == "model" else None
        if rule is not None and said is None:
            said = self.calls.known_provider(name.partition("_")[0]) or self.provider_beside(name, others)
        return said if said not in ("any", "openai") and self.calls.takes(said, text) else None

    def provider_beside(self, name: str, others: Mapping[str, str]) -> str | None:
        """The ecosystem that a setting beside this one says: `embedding_provider` beside `embedding_model_name`."""
        stem = plain(name).removesuffix("_name").removesuffix("_id").removesuffix("_model")
        beside = {plain(other): text for other, text in others.items() if plain(other).endswith("provider")}
        telling = (f"{stem}_provider", "model_provider", "llm_provider", "ai_provider", "provider")
        return next((self.calls.known_provider(beside[key]) for key in telling if key in beside), None)

    def serving(self, around: Sequence[str], text: str, rule: Rule) -> str | None:
        """The ecosystem that the keys around a name say, the nearest first: `ollama: {model: mistral}`. Under a key
        that says little, the name must say something too; and `openai:` may be any server that speaks like OpenAI's."""
        if not rule.telling and not says(text):
            return None
        said = (self.calls.known_provider(key) for key in reversed(around[-3:]))
        found = next((s for s in said if s is not None), None)
        return found if found not in ("any", "openai", "huggingface") and self.calls.takes(found, text) else None

    def base(self, name: str, others: Mapping[str, str]) -> str | None:
        """The API base that stands beside a name: what is called so, or any address where somebody known serves, unless
        the name has a server of its own: `TEI_PORT` beside `TEI_MODEL_ID`."""
        told = {plain(other): text for other, text in others.items() if text.startswith(("http://", "https://"))}
        named = next((told[name] for name in (*BASES, "baseurl", "apibase") if name in told), None)
        known = (text for other, text in told.items() if other.endswith(_WHERE) and self.calls.host(text) is not None)
        first = plain(name).partition("_")[0]
        own = first not in ("", plain(name)) and any(plain(o) in (f"{first}_{w}" for w in _OWN) for o in others)
        return named or next((text for text in known if not own), None)

    def served(self, name: str, others: Mapping[str, str]) -> str | None:
        """The API base that a setting beside this one gives: `OPENAI_BASE_URL` changes who serves `OPENAI_MODEL`."""
        own = plain(name)
        for other, text in others.items():
            first, _, rest = plain(other).partition("_")
            if rest in BASES and own.startswith(first) and text.startswith(("http://", "https://")):
                return text
        return None
