"""Make rules/fingerprints/licenses.json anew from the license texts inside a ScanCode Toolkit wheel.

    pip download --no-deps scancode-toolkit==32.5.0
    python .ci/fingerprints.py scancode_toolkit-32.5.0-*.whl

Only hashes are written. The texts stay where they are.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

from freehold.licenses.catalog import catalog
from freehold.licenses.text import normalize, pack

FOLDER = "licensedcode/data/licenses/"
#: Texts that packages carry and that stand near others; they have no file in rules/licenses.
NEIGHBORS = (
    "0BSD", "AGPL-1.0-only", "Apache-1.1", "BSD-1-Clause", "BSD-4-Clause", "BSD-4-Clause-UC", "BSD-3-Clause-LBNL",
    "BlueOak-1.0.0", "BUSL-1.1", "CC-BY-ND-3.0", "CC-BY-SA-2.0", "CC-BY-SA-2.5", "CDDL-1.0", "CDDL-1.1",
    "CECILL-2.1", "CNRI-Python", "Elastic-2.0", "GFDL-1.3-only", "GPL-1.0-only", "HPND", "ImageMagick", "JSON",
    "LGPL-2.0-only", "Libpng", "MIT-0", "MIT-CMU", "MPL-1.1", "MulanPSL-2.0", "NTP", "OLDAP-2.8", "OpenSSL",
    "PolyForm-Noncommercial-1.0.0", "PolyForm-Small-Business-1.0.0", "PSF-2.0", "Python-2.0", "SSPL-1.0", "UPL-1.0",
    "Unicode-3.0", "Unicode-DFS-2016", "W3C", "X11", "ZPL-2.1", "curl", "libpng-2.0", "ODbL-1.0", "ODC-By-1.0",
    "AML", "Parity-7.0.0",
)  # fmt: skip
#: ScanCode keys of editions that have no file of their own: near a license, and not it.
EDITIONS = ("gemma-tou-2024-04-01", "gemma-pup-2024-02-21", "ltxv-owl-2025-04-17", "apple-ml-ferret-2023")


def main(wheel: Path) -> None:
    """Read the wheel, write the fingerprints."""
    wanted: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    for one in catalog().licenses:
        if one.expression and (one.kind == "license" or not one.expression.startswith("LicenseRef-")):
            wanted.setdefault(one.expression, []).append(one.id)
            keys[one.id] = one.expression
    for expression in NEIGHBORS:
        wanted.setdefault(expression, [expression])
    for key in EDITIONS:
        wanted.setdefault(f"LicenseRef-scancode-{key}", [key])
    texts: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith(FOLDER) and name.endswith(".LICENSE"):
                head, text = split(archive.read(name).decode("utf-8"))
                stem = Path(name).stem
                for expression in {
                    f"LicenseRef-scancode-{stem}",
                    keys.get(stem, ""),
                    *identifiers(head),
                } & wanted.keys():
                    texts.setdefault(expression, text)
    rows = [
        pack(one, expression, words)
        for expression, text in sorted(texts.items())
        for one in wanted[expression][:1]
        for words in variants(text)
    ]
    target = Path(__file__).parents[1] / "rules" / "fingerprints" / "licenses.json"
    target.parent.mkdir(exist_ok=True)
    note = f"fingerprints of the texts in {wheel.name}, licensedcode/data/licenses (CC-BY-4.0, nexB Inc. and others)"
    body = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    target.write_text(f'{{"source": {json.dumps(note)},\n"texts": [\n{body}\n]}}\n', "utf-8")
    missing = ", ".join(sorted(wanted.keys() - texts.keys()))
    sys.stdout.write(f"{len(rows)} texts, {target.stat().st_size:,} bytes; no text for: {missing}\n")


def split(content: str) -> tuple[str, str]:
    """Give the front matter and the text of one of ScanCode's files."""
    _, head, text = (*re.split(r"^---[ ]*$", content, maxsplit=2, flags=re.MULTILINE), "", "")[:3]
    return head, text


def identifiers(head: str) -> list[str]:
    """Give the SPDX identifier of a text, where it has one."""
    return re.findall(r"^spdx_license_key: (\S+)$", head, re.MULTILINE)


def variants(text: str) -> list[tuple[str, ...]]:
    """Give the words of a text, and again without the appendix that tells how to apply it, which many leave out."""
    found = [normalize(text)]
    body, end, rest = text.partition("END OF TERMS AND CONDITIONS")
    if end and "to apply" in rest.lower()[:400]:
        found += [normalize(body + end), normalize(body)]
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
