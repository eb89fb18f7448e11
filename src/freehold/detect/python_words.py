"""What a string of Python can be by rules alone, whatever the project."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import cache

from freehold.detect.calls import Call, Calls, Key, plain
from freehold.detect.choices import is_offer
from freehold.detect.names import Name, Sure, identify
from freehold.detect.python_contexts import CALLED, Context
from freehold.detect.python_filter import WEIGHTS
from freehold.detect.python_read import Facts
from freehold.detect.shapes import shapes

#: Calls that stand for their first argument.
_FIELD = re.compile(r"[A-Z]|field$|str$|list$|tuple$|set$|frozenset$")
#: `qwen2_vl` is a kind of architecture, `Qwen2Config` a class; names of models have hyphens or dots.
_ARCHITECTURE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+|[A-Z]\w*(?:Config|Model|Processor|Tokenizer|For[A-Z]\w+)")
#: What tells a name from a word: `nomic-embed-text`, `llama3.2`, not `custom`.
_SPELLED = re.compile(r"[-\d:]")
#: A function that gives back something else: `backend_for_model`, `price_of_model`.
_ABOUT_IT = re.compile(r"_(?:for|of|by|from|has|is)_")


class Words:
    """What a string can be by rules alone, whatever the project."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        # A package beside a module of its own says less: everybody imports `torch`, hardly anybody `torch.hub`.
        self.roots = {
            root: "any" if any(m.startswith(f"{root}.") for m in library.modules) else library.ecosystem or "any"
            for library in calls.libraries
            for root in library.modules
        }
        self.tasks = frozenset(task for call in calls.calls for task in call.defaults)
        self.mine = [c for c in calls.calls if c.language == "python" and c.kind == "model"]
        self.short = self.called({call.library for call in self.mine})

        #: What takes a tag beside a name, by the package that has it.
        self.tagged = [(call, {m.partition(".")[0] for m in calls.library(call.library).modules}) for call in self.mine]
        self.tagged = [(call, roots) for call, roots in self.tagged if call.tag]

    def paired(self, name: str, tag: str, roots: Container[str]) -> Call | None:
        """Give the call of an imported library that knows this name with this tag: a table of such pairs is loaded."""
        pair = f"{name}:{tag}"
        return next((c for c, own in self.tagged if pair in c.names and any(root in roots for root in own)), None)

    def called(self, libraries: Container[str]) -> dict[str, Call]:
        """Give the short names of libraries: `large-v3`, beside a key for models."""
        mine = [c for c in self.mine if c.library in libraries]
        return {name: call for call in mine for name in call.names if "*" not in name and ":" not in name}

    def near(self, facts: Facts) -> list[str]:
        """Give the ecosystems of the libraries that a module imports: beside them a weak key means what it says."""
        found: set[str] = set()
        for target in (*facts["imports"].values(), *facts["stars"]):
            parts = target.split(".")
            found.update(r for i in (1, 2) if (r := self.roots.get(".".join(parts[:i]))) is not None)
        return sorted(found)

    def key(self, text: str, context: Context) -> Key | None:
        """Give the first name around a string that is a known key: its own, or its table's or list's."""
        steps = 0
        passed = worded = inner = False
        while context is not None and steps < 6:
            kind, name, beside, context = context
            if kind == "return" and (passed or ("/" not in text and _ABOUT_IT.search(plain(name)))):
                return None  # `def gguf_config(): return Config(method="…")` gives back something else
            passed = passed or kind in CALLED
            # `model = Net(arch="resnet50")` says little of a word that makes it.
            worded = worded or (kind == "keyword" and "/" not in text and not is_offer(name))
            names = [name] if kind != "argument" and name else []
            if kind in CALLED and beside[1]:
                names.append(beside[1].lstrip("-"))  # the environment name, or the flag
            if kind == "item" and "/" in text and name.lower().endswith(WEIGHTS):
                return self.calls.key("hf_repo", "python", ("hf_file",))  # `{"net.pth": "org/name"}`
            for one in names:
                # What stands beside a table says nothing of what stands in it.
                found = self.calls.key(one, "python", () if inner else tuple(beside), (), text)
                if found is not None and (kind in CALLED or not worded):
                    return found
            if kind in ("key", "compare", "part"):
                return None
            if kind == "argument" and name == "0" and not _FIELD.match(beside[0]):
                return None  # `get("model_path")` names where the value comes from
            inner = inner or (kind in ("item", "keyword") and not is_offer(name))
            steps += 1
        return None

    def named(self, text: str, key: Key | None, company: str | None) -> Name | None:
        """Give the model that a string names where it stands, or None. `company`: it stands among models, and who
        serves it, if that is said."""
        if text in self.tasks or ("/" not in text and _ARCHITECTURE.fullmatch(text)):
            return None
        ecosystem, rest = self.calls.split(key.library, text, key.ecosystem or "") if key is not None else ("", text)
        name = identify(rest, ecosystem or company or None)
        if name is None or (name.sure < Sure.KNOWN and key is None and not is_weights(name) and company is None):
            return None
        family = company is not None or (key is not None and bool(key.near))
        told = (family and shapes().families.search(text)) or (
            key is not None and key.telling and text in shapes().alone
        )
        sure = "/" in text or _SPELLED.search(text) or name.may_be_file or told or (key is not None and key.values)
        return name if sure else None


@cache
def words_of(calls: Calls) -> Words:
    """Give the words of some rules."""
    return Words(calls)


def is_weights(name: Name) -> bool:
    """Is it a file of weights whose name is a model's? (The filter looks for the same endings.)"""
    return name.is_file and name.name.lower().endswith((*WEIGHTS, *shapes().packed))
