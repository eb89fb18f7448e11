"""What rules/names say a text looks like, made ready to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from freehold.detect.alternatives import any_of, beginning
from freehold.detect.rows import read_checked_against
from freehold.rules import documents, insist, remembered

_KINDS = (
    *(
        "families",
        "placeholders",
        "samples",
        "sets",
        "folders",
        "media",
        "zones",
        "others",
        "suffixes",
        "alone",
        "weights",
        "reserved",
        "things",
    ),
    *("pins", "stems", "records", "ids", "labels", "providers", "provides", "written", "generic", "vague", "packed"),
    *("released", "interfaces", "runs", "dated", "outcomes"),
)

#: A number of parameters, a format of weights, a kind of training: marks that hardly anything but a model carries.
_TRAINED = ("instruct", "gguf", "ggml", "gptq", "awq", "uncased", "cased", "fp8", "nf4", "mlx", "embedding", "reranker")
MARK = re.compile(
    r"(?<![A-Za-z0-9])(?:\d+[xX])?\d+(?:\.\d+)?[bBmM](?![A-Za-z0-9])|"
    rf"(?<![A-Za-z])(?:{beginning((w, 's?(?![a-z])' if w == 'embedding' else '(?![a-z])') for w in _TRAINED)})"
)


#: How web interfaces list their checkpoints: `name.safetensors [0a1b2c3d4e]`.
_TITLED = re.compile(r"\.(?:safetensors|ckpt|pth?)( \[[0-9a-f]{8,64}\])\Z")


def untitled(text: str) -> str:
    """The file of a checkpoint without the digest that is shown behind it."""
    titled = _TITLED.search(text) if text[-1:] == "]" else None
    return text if titled is None else text[: titled.start(1)]


#: Addresses at the Hub where readers put a repository of their own, and those of packages.
NOBODYS = re.compile(
    r"https?://(?:huggingface|hf)\.co/(?:(?:(?:x{3,}|user|username|org|owner|your[-_]\w+)/"
    r"(?:x{3,}|repo|repo[-_]?name|model|model[-_]name|your[-_][\w.-]+)|replace/with)(?=[/?#]|$)|.+\.whl$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shapes:
    """All of rules/names, made ready to ask."""

    prefixes: re.Pattern[str]
    routes: dict[str, tuple[str, re.Pattern[str] | None]]  # prefix -> ecosystem, what is on the Hub all the same
    envelopes: tuple[tuple[str, re.Pattern[str]], ...]  # ecosystem, what stands before a name in an ARN
    addresses: tuple[tuple[str, re.Pattern[str]], ...]  # ecosystem, the address of an API that runs a model
    paths: tuple[tuple[str, re.Pattern[str]], ...]  # and where such an address ends, whoever serves it
    asking: re.Pattern[str]  # any of these
    any_api: re.Pattern[str]
    owned: re.Pattern[str]  # those of them that have an owner
    api: tuple[tuple[str, re.Pattern[str]], ...]
    things: re.Pattern[str]  # behind the name of a vendor's model: no model, but what somebody made of it
    sizes: tuple[tuple[str, re.Pattern[str]], ...]  # ecosystem, names that are hardly more than words
    families: re.Pattern[str]
    marks: re.Pattern[str]
    placeholders: re.Pattern[str]
    samples: re.Pattern[str]
    sets: re.Pattern[str]  # last parts of the names of data sets
    folders: frozenset[str]
    media: frozenset[str]
    suffixes: frozenset[str]
    weights: frozenset[str]
    alone: frozenset[str]
    vague: frozenset[str]  # endings of weights and of much else
    packed: tuple[str, ...]  # endings of archives
    released: re.Pattern[str]  # names that only a release of weights has
    generic: re.Pattern[str]  # names of weight files that name no model
    reserved: frozenset[str]
    written: frozenset[str]  # files that programs write
    pins: tuple[str, ...]
    stems: tuple[str, ...]
    records: re.Pattern[str]  # what stands beside a name in a record about it
    ids: frozenset[str]
    labels: frozenset[str]
    providers: frozenset[str]  # keys of what a provider is called,
    provides: frozenset[str]  # and of its models
    interfaces: frozenset[str]  # what stands at the top of a file that describes an API
    runs: frozenset[str]  # and of one that some run left behind
    dated: frozenset[str]  # or one of these,
    outcomes: frozenset[str]  # and one of these

    def sized(self, text: str) -> str:
        """Give whose size a word is that is hardly more than a word: `large-v3`."""
        return next((own for own, sizes in self.sizes if sizes.match(text)), "")

    def served(self, text: str) -> tuple[str, str] | None:
        """Whose API an address asks, and the name of the model in it."""
        for ecosystem, address in self.addresses if text[:4].lower() in ("http", "wss:") else ():
            if (found := address.match(text)) is not None:
                return ecosystem, found[1]
        asked = self.asked(text)
        return None if asked is None else (asked[0], asked[1][asked[1].lastindex or 0])

    def asked(self, text: str) -> tuple[str, re.Match[str]] | None:
        """The path in an address that asks a model, `/models/name:generateContent`, and whose path that is."""
        if (":" in text or "/@" in text or "/deployments/" in text) and self.asking.search(text) and " " not in text:
            found = ((ecosystem, path.search(text)) for ecosystem, path in self.paths)
            return next(((ecosystem, path) for ecosystem, path in found if path is not None), None)
        return None


@remembered
def shapes() -> Shapes:
    """Read rules/names. Raises RulesError with every mistake."""
    found = documents("names")
    routes: dict[str, tuple[str, re.Pattern[str] | None]] = {}
    every: tuple[str, ...] = ()
    api: list[tuple[str, re.Pattern[str]]] = []
    envelopes: list[tuple[str, re.Pattern[str]]] = []
    addresses: list[tuple[str, re.Pattern[str]]] = []
    paths: list[tuple[str, re.Pattern[str]]] = []
    sizes: list[tuple[str, re.Pattern[str]]] = []
    words: dict[str, tuple[str, ...]] = {}
    for document in found:
        table = document.table()
        ecosystem = table.name("id")
        table.name("title")
        table.name("source")
        table.day("checked-on", required=True)
        read_checked_against(table)
        if ecosystem == "shapes":
            words = {kind: table.texts(kind) for kind in _KINDS}
        else:
            names, hub = table.texts("names"), table.texts("hub")
            routes |= {prefix: (ecosystem, any_of(hub) if hub else None) for prefix in table.texts("prefixes")}
            every += names
            envelopes += [(ecosystem, _before(pattern)) for pattern in table.texts("envelopes")]
            addresses += [(ecosystem, _address(pattern)) for pattern in table.texts("addresses")]
            if ends := table.texts("paths"):
                paths.append((ecosystem, _paths(ends)))
            if names:
                api.append((ecosystem, any_of(names)))
            if short := table.texts("sizes"):
                sizes.append((ecosystem, any_of(short)))
        table.done()
    insist(found)
    return Shapes(
        prefixes=re.compile("|".join(re.escape(p) for p in sorted(routes, key=lambda p: (-len(p), p)))),
        routes=routes,
        envelopes=tuple(envelopes),
        addresses=tuple(addresses),
        paths=tuple(paths),
        asking=re.compile("|".join(path.pattern for _, path in paths)),
        any_api=any_of(every),
        owned=any_of(tuple(name for name in every if "/" in name)),
        api=tuple(api),
        things=re.compile(rf"[-_](?:{'|'.join(map(re.escape, words['things']))})(?:[-_]?\d{{1,3}})?\Z", re.IGNORECASE),
        sizes=tuple(sizes),
        families=_families(words["families"]),
        marks=MARK,
        placeholders=any_of(words["placeholders"], ignore_case=True),
        samples=any_of(words["samples"], ignore_case=True),
        sets=any_of(words["sets"], ignore_case=True),
        folders=frozenset(words["folders"] + words["zones"] + words["others"]),
        media=frozenset(words["media"]),
        suffixes=frozenset(words["suffixes"]),
        weights=frozenset(words["weights"]),
        vague=frozenset(words["vague"]),
        released=any_of(words["released"]),
        packed=tuple(f".{ending}" for ending in words["packed"]),
        alone=frozenset(words["alone"]),
        generic=any_of(words["generic"], ignore_case=True),
        reserved=frozenset(words["reserved"]),
        written=frozenset(words["written"]),
        pins=words["pins"],
        stems=words["stems"],
        records=any_of(words["records"]),
        ids=frozenset(words["ids"]),
        labels=frozenset(words["labels"]),
        providers=frozenset(words["providers"]),
        provides=frozenset(words["provides"]),
        interfaces=frozenset(words["interfaces"]),
        runs=frozenset(words["runs"]),
        dated=frozenset(words["dated"]),
        outcomes=frozenset(words["outcomes"]),
    )


def _before(pattern: str) -> re.Pattern[str]:
    """A pattern for the beginning of a text: `*` is anything without a slash."""
    return re.compile(re.escape(pattern).replace(r"\*", "[^/]*"))


def _address(pattern: str) -> re.Pattern[str]:
    """A pattern for an address: `*` is anything without a slash, `{name}` the name, up to the next slash or colon."""
    name = "[^/\\s]+?" if "{name}/" in pattern else "[\\w.@-]+"
    known = re.sub(r"\\([{}])", r"\1", re.escape(pattern)).replace(r"\*", "[^/\\s]*")
    known = known.replace("{scope}/{owner}/{name}", r"(@[\w.-]+/[\w.-]+/[\w.-]+)")
    known = known.replace("{owner}/{name}", r"([\w.-]+/[\w.-]+)").replace("{name}", f"({name})")
    return re.compile(rf"(?:https?|wss)://{known}(?![\w$}}{{])", re.IGNORECASE)


def _paths(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for the end of an address, whoever serves it: `models/{name}:generateContent`. `/v1internal:generate`
    is a version of the API that names none."""
    known = re.sub(r"\\([{}])", r"\1", "|".join(map(re.escape, patterns)))
    known = known.replace("{scope}/{owner}/{name}", r"(@[\w.-]+/[\w.-]+/[\w.-]+)").replace("{name}", r"([\w.-]+)")
    return re.compile(rf"(?:\A|/)(?!v\d+[a-z]*\d*:)(?:{known})(?![\w-])")


def _families(words: tuple[str, ...]) -> re.Pattern[str]:
    """Short families must stand alone: `opt` is one, `optimizer` is not."""
    return re.compile(rf"(?<![A-Za-z])(?:{beginning((w, '' if len(w) > 4 else '(?![a-z])') for w in words)})")
