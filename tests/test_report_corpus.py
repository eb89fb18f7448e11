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
from freehold.types import Because, Exposure, Finding, LicenseClaim, Model, Problem, Report, Unresolved

COUNT = 2000
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
    lost, reference, problem = story.findings[0], story.references[0], Problem(what="?")
    known = next(model for model in story.models if isinstance(model, Model))
    unknown = next(model for model in story.models if isinstance(model, Unresolved))

    def model(number: int, name: str) -> Model | Unresolved:
        if number % 5 == 0:
            return replace(unknown, name=name, reason=name)
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
            message=f"{name} is gone",
            remedy=f"drop {name}",
            evidence=(name,),
            fingerprint=f"{number:064x}",
        )

    return replace(
        story,
        references=tuple(replace(reference, name=n, written=n, location=at(n, 1)) for n in named),
        models=tuple(model(*pair) for pair in enumerate(named)),
        exposures=tuple(exposure(*pair) for pair in enumerate(named)),
        findings=tuple(finding(*pair) for pair in enumerate(named)),
        problems=tuple(replace(problem, what=n, hint=n, location=at(n, 1)) for n in named),
    )


@cache
def written(name: str, color: bool = False) -> str:
    return render(project(names()), name, Look(width=80, color=color))


@cache
def plain(name: str) -> str:
    return render(project(tuple(f"org/name-{number}" for number in range(COUNT))), name)


def test_there_are_two_thousand() -> None:
    assert len(set(names())) == COUNT


@pytest.mark.parametrize("name", FORMATS)
def test_no_line_is_a_command_that_was_not_meant(name: str) -> None:
    found = [command for command, _, _ in commands(written(name))]
    assert found == (["error"] * 10 if FORMATS[name].commands else [])


@pytest.mark.parametrize("name", FORMATS)
def test_every_character_is_one_that_shows(name: str) -> None:
    assert all(line.isprintable() for line in written(name).split("\n"))


def test_only_our_own_colors_reach_a_terminal() -> None:
    bare = re.sub(r"\x1b\[(0|1|2|3[1-6]|1;3[1-6])m", "", written("text", color=True))
    assert all(line.isprintable() for line in bare.split("\n"))


def test_json_gives_every_name_back() -> None:
    document = json.loads(written("json"))
    assert {model["name"] for model in document["models"]} == set(names())


def test_sarif_and_gitlab_keep_every_finding() -> None:
    document = json.loads(written("sarif"))
    Sarif.model_validate(document)
    assert len(document["runs"][0]["results"]) == COUNT
    assert len({row["fingerprint"] for row in json.loads(written("gitlab"))}) == COUNT


def test_cyclonedx_holds_to_its_schema() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(written("cyclonedx")) is None
    components = json.loads(written("cyclonedx"))["components"]
    assert sum(component["type"] == "machine-learning-model" for component in components) == COUNT


def test_spdx_is_read_back() -> None:
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().deserialize_data(json.loads(written("spdx")), objects)
    assert not objects.link()
    assert len(list(objects.foreach_type(spdx.ai_AIPackage))) == COUNT


def test_junit_has_a_case_for_each() -> None:
    (suite,) = JUnitXml.fromstring(written("junit").encode())
    assert len(list(suite)) == 2 * COUNT


def test_csv_has_a_row_for_each_and_no_formula() -> None:
    header, *rows = csv.reader(io.StringIO(written("csv")))
    assert [len(row) for row in rows] == [len(header)] * COUNT
    assert not any(cell.lstrip()[:1] in tuple("=+-@|%") for row in rows for cell in row if cell.strip())


def test_html_has_the_same_elements_as_with_tame_names() -> None:
    def shape(text: str) -> Counter[str]:
        # Backticks in a sentence make code, a name that fits is a link, an empty one leaves its element out.
        return Counter(
            tag for tag, _ in Shown(text).tags if tag not in ("code", "a", "span", "article", "p", "small", "br")
        )

    page = Shown(written("html"))
    assert shape(written("html")) == shape(plain("html"))
    assert all((attrs.get("href") or "https://").startswith("https://") for _, attrs in page.tags)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_markdown_has_the_same_rows_as_with_tame_names() -> None:
    page, tame = rendered(written("markdown")), rendered(plain("markdown"))
    tags, tame_tags = Counter(tag for tag, _ in page.tags), Counter(tag for tag, _ in tame.tags)
    assert set(tags) <= set(tame_tags) | {"code", "span"}
    assert not [attrs for _, attrs in page.tags if attrs]
    per_row = tame_tags["td"] // max(tame_tags["tr"] - tame_tags["thead"], 1)
    assert tags["td"] == per_row * (tags["tr"] - tags["thead"])


def test_notices_name_each() -> None:
    shown = written("notices")
    for name in names():
        if len(printable(name)) < 300 and "::" not in name and "##" not in name:
            assert f"model {printable(name)}".rstrip() in shown
