"""What a file of settings is, told by its path, its name and its top level."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freehold.detect.calls import Calls, plain
from freehold.detect.nodes import Listing, Node, Table
from freehold.detect.shapes import shapes

#: Files that are called after what is in them.
_MODELS = re.compile(
    r"(?:[\w-]{1,80}[._-])?(?:models|llms|model[_-](?:list|registry|catalog|map|zoo))"
    r"(?:[._-](?:config|list|registry|catalog|map|local|example|default|prod|dev))?\.(?:json[c5]?|ya?ml|toml)"
)
#: Folders of groups of settings.
_ROOTS = frozenset(("conf", "config", "configs"))


def contributed(package: Node) -> Iterator[tuple[str, Node]]:
    """The settings that an extension of an editor adds: `"zorb.model": {"default": …, "enum": […]}`."""
    contributed = package.get("contributes") if isinstance(package, Table) else None
    added = contributed.get("configuration") if isinstance(contributed, Table) else None
    asked = package.get("preferences") if isinstance(package, Table) else None  # of Raycast
    for preference in asked.items if isinstance(asked, Listing) else ():
        if isinstance(preference, Table) and (name := preference.text("name")):
            yield name, preference
    for part in added.items if isinstance(added, Listing) else (added,):
        settings = part.get("properties") if isinstance(part, Table) else None
        for key, setting in settings.entries if isinstance(settings, Table) else ():
            yield key.text or "", setting


def listed(name: str, document: Node, calls: Calls) -> tuple[str, ...]:
    """What `models.json` holds are models: a list of them, or one for each of those who serve them."""
    if isinstance(document, Table):
        return ("models",) if _MODELS.fullmatch(name.lower()) and document.get("apiVersion") is None else ()
    stem = name.partition(".")[0]
    rule = calls.key(stem, "json") if isinstance(document, Listing) else None
    return (stem,) if rule is not None and rule.kind == "model" else ()


def is_report(top: Table, kind: str) -> bool:
    """Does a file tell what some run did, or what an interface takes? Both name models, and select none."""
    keys = {plain(key.text or "") for key, _ in top.beside}
    known = shapes()
    if not keys.isdisjoint(known.interfaces):
        return True
    return kind == "json" and (
        not keys.isdisjoint(known.runs) or (not keys.isdisjoint(known.dated) and not keys.isdisjoint(known.outcomes))
    )


def group(path: str) -> tuple[str, ...]:
    """Hydra puts what `conf/model/small.yaml` holds below `model`."""
    *outer, folder, _ = ("", *path.lower().split("/"))
    return (folder,) if not _ROOTS.isdisjoint(outer) else ()
