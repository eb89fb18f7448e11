"""A Hub that lies: whatever stands in its answers, no format of a report drives a terminal, a CI runner or a browser.

The records are well formed, so they are believed; what their authors wrote in them is not.
"""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import Freehold, Ran
from hub import LocalHub, Token, model, weight
from hub.faults import Elsewhere, Reply, with_
from hub.wire import Answer, refuse, say

from freehold.report import formats

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "\n::error file=app.py,line=1::owned",
    "\r\n##[error]owned",
    "\n##vso[task.setvariable variable=x]owned",
    "[/][link=https://owned.invalid]owned[/link]",
    "<script>alert('owned')</script><img src=x onerror=alert(1)>",
    "](javascript:alert(1)) | owned | `owned`",
    "\u202eowned\u2066\u200b",
    '=HYPERLINK("https://owned.invalid")',
    "\x00\x9b31m",
    "half a character: \ud800",
    "owned" * 80,
)
NAMES = [f"nimbus/model-{number}" for number in range(len(EVIL))]


def evil(hub: LocalHub) -> None:
    """Publish a model for each text, with the text wherever an author can put one."""
    for name, text in zip(NAMES, EVIL, strict=True):
        hub.catalog.add(
            model(
                name,
                weight("model.safetensors"),
                weight(f"extra-{text[:200]}.safetensors"),
                license="other",
                card={"license_name": text, "license_link": text, "base_model": [text], "new_version": text},
                pipeline_tag=text,
                library_name=text,
                extra_tags=(text, f"license:{text}", f"base_model:quantized:{text}"),
                gated="manual",
            )
        )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    loads = "".join(f'm{n} = AutoModel.from_pretrained("{name}")\n' for n, name in enumerate(NAMES))
    (root / "app.py").write_text("from transformers import AutoModel\n" + loads)
    return root


def harmless(text: str, format: str) -> None:  # noqa: A002
    """No character that drives a terminal, no line that a CI runner obeys."""
    bad = {c for c in text if c not in "\n\t\x1b" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")}
    assert not bad, f"{format}: {bad!r}"
    assert "\x1b" not in text, f"{format}: an escape sequence without a terminal"
    if format != "github":  # whose own annotations are such lines
        assert not re.search(r"^\s*(::|##\[|##vso)", text, re.MULTILINE), format
    assert "<script>alert" not in text or format not in ("markdown", "html"), format


def test_no_format_passes_on_what_authors_wrote(hub: LocalHub, freehold: Freehold, project: Path) -> None:
    evil(hub)
    command = freehold.at(HF_ENDPOINT=hub.endpoint)
    files = {name: project.parent / f"report.{name}" for name in formats()}
    outputs = [argument for name, path in files.items() for argument in ("--output", f"{name}={path}")]
    ran = command.run("audit", *outputs, cwd=project)
    assert ran.code in (0, 1), ran.stderr[-2000:]
    harmless(ran.stdout, "text")
    harmless(ran.stderr, "stderr")
    for name, path in files.items():
        harmless(path.read_text("utf-8"), name)
    parses(files)

    locked = command.run("lock", cwd=project)
    assert locked.code == 0, locked.stderr[-2000:]
    harmless(locked.stdout + locked.stderr, "lock")
    harmless((project / "models.lock").read_text("utf-8"), "models.lock")
    again = command.run("audit", "--format", "json", cwd=project)
    assert again.code in (0, 1), again.stderr[-2000:]
    assert not [f for f in again.report["findings"] if f["severity"] == "error"], "what was locked a moment ago holds"


def parses(files: dict[str, Path]) -> None:
    """Every machine format still is what it says."""
    for name, path in files.items():
        text = path.read_text("utf-8")
        if path.read_text("utf-8").startswith(("{", "[")):
            json.loads(text)
        elif name == "junit":
            ElementTree.fromstring(text)
        elif name == "csv":
            rows = list(csv.reader(io.StringIO(text)))
            assert len({len(row) for row in rows}) == 1
            assert not [cell for row in rows for cell in row if cell.startswith("=")]
        elif name == "html":
            Tags().feed(text)


class Tags(html.parser.HTMLParser):
    """No tag in the page comes from the Hub."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "iframe", "object", "base"), tag
        assert not [name for name, _ in attrs if name.startswith("on")]
        assert not [value for _, value in attrs if value and value.lower().strip().startswith("javascript:")]


def test_the_words_of_a_refusal_are_not_believed(hub: LocalHub, freehold: Freehold, project: Path) -> None:
    for name, words in zip(NAMES, EVIL, strict=True):
        # A header cannot hold everything that a body can.
        header = "".join(c for c in words if c.isprintable() and c.isascii())
        refusal = refuse(403, header)
        spoken = {"X-Request-Id": header, "X-HF-Warning": f"topic; {header}"}
        body = say({"error": words}).body
        hub.fail(Reply(Answer(status=403, body=body, headers={**refusal.headers, **spoken})), f"{name}$")
    ran = freehold.at(HF_ENDPOINT=hub.endpoint).run("audit", "--deadline", "60", cwd=project)
    assert ran.code == 4
    harmless(ran.stdout, "text")
    harmless(ran.stderr, "stderr")


def run(hub: LocalHub, freehold: Freehold, project: Path, *more: str) -> Ran:
    return freehold.at(HF_ENDPOINT=hub.endpoint).run("audit", "--format", "json", *more, cwd=project)


def test_a_record_of_another_name_says_so(hub: LocalHub, freehold: Freehold, project: Path) -> None:
    hub.catalog.add(*(model(name) for name in NAMES))
    hub.fail(with_({"id": "../../etc/passwd\x1b[31m"}), f"{NAMES[0]}$")
    ran = run(hub, freehold, project)
    assert ran.code in (0, 1, 4)
    harmless(ran.stdout, "json")
    assert len(ran.report["models"]) == len(NAMES)


def test_no_redirect_carries_the_token_away(hub: LocalHub, freehold: Freehold, project: Path) -> None:
    hub.catalog.trust(Token(secret="hf_builder"))
    with LocalHub() as thief:
        thief.catalog.add(*(model(name) for name in NAMES))
        for status in (301, 302, 303, 307, 308):
            hub.fail(Elsewhere(thief.endpoint, status), times=len(NAMES) // 4)
        hub.fail(Elsewhere(thief.endpoint))
        ran = freehold.at(HF_ENDPOINT=hub.endpoint, HF_TOKEN="hf_builder").run(
            "audit", "--format", "json", "--deadline", "60", cwd=project
        )
        assert ran.code == 4
        assert {m["availability"] for m in ran.report["models"]} == {"unknown"}
        assert thief.requests == ()
