"""What kind of license an SPDX identifier stands for, where rules/licenses has no file for it."""

from __future__ import annotations

from functools import cache
from typing import Final

from freehold.rules import remembered

#: ScanCode's categories, in our words. What is not here is `unknown`, and asks.
_CATEGORIES: Final = {
    "Permissive": "permissive",
    "Public Domain": "public-domain",
    "Copyleft Limited": "weak-copyleft",
    "Copyleft": "copyleft",
    "Proprietary Free": "proprietary",
    "Commercial": "proprietary",
    "Free Restricted": "use-restricted",
    "Source-available": "use-restricted",
}
_NETWORK: Final = ("agpl-", "eupl-", "osl-", "rpl-", "cpal-", "sspl-")


def category(symbol: str) -> str:
    """Give the category of an SPDX identifier or a `LicenseRef-scancode-…`, after the index of `license-expression`."""
    found = _index().get(symbol.lower(), "unknown")
    return "network-copyleft" if found == "copyleft" and symbol.lower().startswith(_NETWORK) else found


def spelled(symbol: str) -> str | None:
    """Give an SPDX identifier in its own spelling, or None for what the list does not have. `LicenseRef-…` pass."""
    return symbol if symbol.startswith("LicenseRef-") else _spellings().get(symbol.lower())


@cache
def _index() -> dict[str, str]:
    from license_expression import get_license_index  # type: ignore[import-untyped]

    found: dict[str, str] = {}
    for entry in get_license_index():
        words = _CATEGORIES.get(entry.get("category") or "", "unknown")
        for key in (entry.get("spdx_license_key"), *(entry.get("other_spdx_license_keys") or ())):
            if key:
                found.setdefault(key.lower(), words)
    return found


@remembered
def _spellings() -> dict[str, str]:
    from license_expression import get_license_index

    from freehold.licenses.catalog import catalog

    found = {
        str(e["spdx_license_key"]).lower(): str(e["spdx_license_key"])
        for e in get_license_index()
        if e.get("spdx_license_key")
    }
    # Newer than that index's edition of the list.
    found |= {e.lower(): e for one in catalog().licenses if (e := one.expression) and one.kind == "license"}
    return found
