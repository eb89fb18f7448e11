"""Two thousand hostile names in one project, through every format."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from junitparser import JUnitXml
from report_oracles import Shown, commands, rendered
from report_values import HOSTILE, at, voice_assistant
from sarif_pydantic import Sarif
from spdx_python_model import v3_0_1 as spdx

from freehold.report import FORMATS, Look, render
from freehold.safe import printable
from freehold.types import (
    Because,
    Coupling,
    Exposure,
    Finding,
    LicenseClaim,
    LockStatus,
    Model,
    Narrowest,
    Problem,
    Report,
    Requirement,
    Unresolved,
)

COUNT, PROJECTS = 2000, 8
TAME = tuple(f"org/name-{number}" for number in range(COUNT // PROJECTS))
PIECES = (
    *HOSTILE[:34],
    *(
        "::",
        "##[",
        "]",
        "\n",
        "\r",
        "\t",
        " ",
        "\x1b[",
        "\x1b]8;;",
        "\x07",
        "\x9b",
        "\x00",
        "\u202e",
        "\u2066",
        "\u200d",
    ),
    *("\ufeff", "\u2028", "\x85", "\ud83d", "\udfff", "\U000e0041", "\ufe0f", "\u034f", "\xa0", "\u3000", "a", "org/"),
    *(
        "\\",
        "..",
        "~",
        "|",
        "`",
        "```",
        "*",
        "_",
        "[",
        "](",
        ")",
        "<",
        ">",
        "&",
        '"',
        "'",
        "=",
        "%",
        "{",
        "}",
        "{0}",
        "/",
    ),
    *("$(id)", "${x}", "@", "#", "error", "set-output name=x", "add-mask", "漢", "ا", "é", "👍"),
)


@cache
def names() -> tuple[str, ...]:
    """The same two thousand every time, no two alike."""
    dice = random.Random(7)
    made = dict.fromkeys(HOSTILE)
    while len(made) < COUNT:
        made["".join(dice.choice(PIECES) for _ in range(dice.randint(1, 7)))] = None
    return tuple(made)


def project(named: tuple[str, ...]) -> Report:
    story = voice_assistant()
    lost, reference, problem, (waiver,) = story.findings[0], story.references[0], Problem(what="?"), story.waivers
    known = next(model for model in story.models if isinstance(model, Model))
    unknown = next(model for model in story.models if isinstance(model, Unresolved))

    def model(number: int, name: str) -> Model | Unresolved:
        if number % 5 == 0:
            return replace(unknown, name=name, reason=f"{number}: {name}")
        claim = LicenseClaim(expression=name, source="text", link=name, because=(name,))
        return replace(known, name=name, ecosystem="huggingface", license=claim, bases=(name,), reason=None, line=None)

    def exposure(number: int, name: str) -> Exposure:
        because = (Because(text=name, points=number % 100, source=name),)
        return Exposure(model=name, ecosystem="huggingface", closing=number % 100, repricing=3, because=because)

    def finding(number: int, name: str) -> Finding:
        return replace(
            lost,
            model=name,
            ecosystem="huggingface",
            location=at(name, 1),
            message=f"{name} is gone since {number} days",
            remedy=f"drop {name}",
            evidence=(name,),
            fingerprint=f"{number:064x}",
            workspace=name or ".",
        )

    return replace(
        story,
        references=tuple(replace(reference, name=n, written=n, location=at(n, 1)) for n in named),
        models=tuple(model(*pair) for pair in enumerate(named)),
        exposures=tuple(exposure(*pair) for pair in enumerate(named)),
        findings=tuple(finding(*pair) for pair in enumerate(named)),
        problems=tuple(replace(problem, what=n, hint=n, location=at(n, 1)) for n in named),
        requirements=tuple(
            Requirement(
                name=n, specifier=n, version=n, location=at(n, 1), license=LicenseClaim(expression=n, source="text")
            )
            for n in named[:30]
        ),
        couplings=tuple(Coupling(kind="sdk", text=n, family=n, location=at(n, 1), snippet=n) for n in named[:30]),
        narrowest=(Narrowest(family=named[4], path=named[5], passing=1, places=2, why=named[6]),),
        waivers=tuple(replace(waiver, model=n, reason=n, owner=n) for n in named),
        lock=LockStatus(path=named[0], present=True, not_loaded=named, not_locked=named),
        provenance=replace(story.provenance, endpoint=named[1], snapshot_name=named[2], settings=named[3]),
    )


@cache
def parts() -> tuple[tuple[str, ...], ...]:
    """The names as eight projects of 250: what a library does with the square of a number stays bearable."""
    return tuple(names()[start : start + COUNT // PROJECTS] for start in range(0, COUNT, COUNT // PROJECTS))


@cache
def written(name: str) -> tuple[str, ...]:
    return tuple(render(project(part), name, Look(width=80)) for part in parts())


def test_there_are_two_thousand() -> None:
    assert len(set(names())) == COUNT
    assert len(parts()) == PROJECTS


@pytest.mark.parametrize("name", FORMATS)
def test_no_line_is_a_command_that_was_not_meant(name: str) -> None:
    for text in written(name):
        assert [command for command, _, _ in commands(text)] == (["error"] * 10 if FORMATS[name].commands else [])


@pytest.mark.parametrize("name", FORMATS)
def test_every_character_is_one_that_shows(name: str) -> None:
    assert all(line.isprintable() for text in written(name) for line in text.split("\n"))
    if FORMATS[name].suffix.endswith(("json", ".sarif")):
        assert all(text.isascii() for text in written(name))


def test_only_our_own_colors_reach_a_terminal() -> None:
    for part in parts():
        colored = render(project(part), "text", Look(width=80, color=True, links=True))
        bare = re.sub(r"\x1b\[(0|1|2|3[1-6]|1;3[1-6])m", "", colored)
        bare = re.sub(r"\x1b\]8;id=\d+;https://huggingface\.co/[\w.-]+/[\w.-]+\x1b\\|\x1b\]8;;\x1b\\", "", bare)
        assert all(line.isprintable() for line in bare.split("\n"))


def test_json_gives_every_name_back() -> None:
    documents = map(json.loads, written("json"))
    assert {model["name"] for document in documents for model in document["models"]} == set(names())


def test_sarif_and_gitlab_keep_every_finding() -> None:
    for part, sarif, gitlab in zip(parts(), written("sarif"), written("gitlab"), strict=True):
        document = json.loads(sarif)
        Sarif.model_validate(document)
        assert len(document["runs"][0]["results"]) == len(part)
        assert len({row["fingerprint"] for row in json.loads(gitlab)}) == len(part)


@pytest.mark.parametrize(
    ("name", "version"), [("cyclonedx", SchemaVersion.V1_7), ("cyclonedx-1.6", SchemaVersion.V1_6)]
)
def test_cyclonedx_holds_to_its_schema(name: str, version: SchemaVersion) -> None:
    validator = JsonStrictValidator(version)
    for part, text in zip(parts(), written(name), strict=True):
        assert validator.validate_str(text) is None
        kinds = [component["type"] for component in json.loads(text)["components"]]
        assert kinds.count("machine-learning-model") == len(part)


def test_spdx_is_read_back() -> None:
    for part, text in zip(parts(), written("spdx"), strict=True):
        objects = spdx.SHACLObjectSet()
        spdx.JSONLDDeserializer().deserialize_data(json.loads(text), objects)
        assert not objects.link()
        assert len(list(objects.foreach_type(spdx.ai_AIPackage))) == len(part)


def test_junit_has_a_case_for_each() -> None:
    for part, text in zip(parts(), written("junit"), strict=True):
        (suite,) = JUnitXml.fromstring(text.encode())
        assert len(list(suite)) == 2 * len(part)


def test_csv_has_a_row_for_each_and_no_formula() -> None:
    for part, text in zip(parts(), written("csv"), strict=True):
        header, *rows = csv.reader(io.StringIO(text))
        assert [len(row) for row in rows] == [len(header)] * len(part)
        assert not any(cell.lstrip()[:1] in tuple("=+-@|%") for row in rows for cell in row if cell.strip())


def test_html_has_the_same_elements_as_with_tame_names() -> None:
    def shape(page: Shown) -> Counter[str]:
        # Backticks in a sentence make code, a name that fits is a link, an empty one leaves its element out.
        varying = ("code", "a", "span", "article", "p", "small", "br")
        return Counter(tag for tag, _ in page.tags if tag not in varying)

    tame = shape(Shown(render(project(TAME), "html")))
    for text in written("html"):
        page = Shown(text)
        assert shape(page) == tame
        assert all((attrs.get("href") or "https://").startswith("https://") for _, attrs in page.tags)
        assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_markdown_has_the_same_rows_as_with_tame_names() -> None:
    def shape(page: Shown) -> Counter[str]:
        return Counter(tag for tag, _ in page.tags if tag not in ("code", "span", "br"))

    tame = shape(rendered(render(project(TAME), "markdown")))
    for text in written("markdown"):
        page = rendered(text)
        assert shape(page) == tame
        assert not [attrs for _, attrs in page.tags if attrs]


def test_notices_name_each() -> None:
    for part, text in zip(parts(), written("notices"), strict=True):
        for name in part:
            if len(printable(name)) < 300 and "::" not in name and "##" not in name:
                assert f"model {printable(name)}".rstrip() in text
