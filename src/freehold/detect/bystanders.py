"""Scripts that read what others left behind and draw it: the models that they name are told, and none is loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from freehold.detect.found import Module

#: What reads results and draws them.
_READS = frozenset(
    (
        "altair",
        "bokeh",
        "csv",
        "matplotlib",
        "openpyxl",
        "pandas",
        "plotly",
        "polars",
        "seaborn",
        "sqlite3",
        "statsmodels",
    )
)
#: What else such a script has.
_HARMLESS = _READS | {"numpy", "scipy", "sklearn", "tqdm", "tabulate", "rich", "yaml", "adjustText", "mpl_toolkits"}
#: What of Python itself reaches further.
_REACHES = frozenset(("asyncio", "http", "importlib", "multiprocessing", "runpy", "socket", "subprocess", "urllib"))
_RUNS = frozenset(("system", "popen", "exec", "eval", "__import__"))


def bystanders(modules: Iterable[Module]) -> frozenset[str]:
    """Give the paths of scripts that nobody imports, and that import nothing by which a model could be reached."""
    alone = {module.path: module.path.rpartition("/")[2].removesuffix(".py") for module in modules if _is_alone(module)}
    if not alone:
        return frozenset()
    imported = {
        part
        for module in modules
        for target in (*module.facts["imports"].values(), *module.facts["stars"])
        for part in target.split(".")
    }
    return frozenset(path for path, name in alone.items() if name not in imported)


def _is_alone(module: Module) -> bool:
    roots = frozenset(module.facts["roots"])
    if not module.path.endswith(".py") or _READS.isdisjoint(roots) or not _RUNS.isdisjoint(module.facts["tails"]):
        return False
    return _REACHES.isdisjoint(roots) and all(root in _HARMLESS or root in sys.stdlib_module_names for root in roots)
