"""What ships beside the program is made from its command line: completion, the man page, the schema of the settings."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
import shtab
import tomli
from argparse_manpage.manpage import Manpage
from command import Freehold

from freehold import settings
from freehold.cli import parser
from freehold.commands.completion import SHELLS
from freehold.commands.init import _TEMPLATE
from freehold.tomlread import Document, Table

SHARE = Path(settings.__file__).parent / "share"


def current(file: Path, text: str) -> None:
    """Run with UPDATE_SHARE=1 to write the file anew."""
    if os.environ.get("UPDATE_SHARE"):
        file.write_text(text)
    assert file.read_text() == text


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_is_that_of_the_command_line(shell: str, freehold: Freehold, tmp_path: Path) -> None:
    current(SHARE / f"freehold.{shell}", shtab.complete(parser(), shell))
    assert freehold.run("completion", shell, cwd=tmp_path).stdout == (SHARE / f"freehold.{shell}").read_text()


def test_the_man_page_is_that_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795305600")
    top = parser()
    top.man_short_description = "what an ML project stands on"  # type: ignore[attr-defined]
    page = str(Manpage(top))
    current(
        SHARE / "freehold.1",
        re.sub(r"^\.TH .*$", '.TH FREEHOLD "1" "" "freehold" "User Commands"', page, count=1, flags=re.MULTILINE),
    )


def schema() -> dict[str, object]:
    loaded: dict[str, object] = json.loads((SHARE.parent / "settings.schema.json").read_text())
    return loaded


def test_the_schema_knows_exactly_the_keys_that_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[tuple[str | int, ...], set[str]] = {}
    done = Table.done

    def noting(self: Table) -> None:
        asked.setdefault(self.path, set()).update(self._known)
        done(self)

    monkeypatch.setattr(Table, "done", noting)
    (tmp_path / "freehold.toml").write_text(
        '[organization]\ncountries = []\n[[waivers]]\nrule = "x"\n[[paths]]\nmatch = "x"\n'
        '[[licenses.corrections]]\nmodel = "m"\nlicense = "MIT"\ntext-sha256 = "0"\nreason = "r"\n[usage]\n"a/b" = {}\n'
    )
    settings.load(tmp_path, lambda over: ["x"])
    properties = schema()["properties"]
    assert set(properties) == asked[()]  # type: ignore[call-overload]
    for path, part in {
        ("limits",): properties["limits"],  # type: ignore[index]
        ("organization",): properties["organization"],  # type: ignore[index]
        ("licenses",): properties["licenses"],  # type: ignore[index]
        ("waivers", 0): properties["waivers"]["items"],  # type: ignore[index]
        ("waivers", 0, "only"): properties["waivers"]["items"]["properties"]["only"],  # type: ignore[index]
        ("licenses", "corrections", 0): properties["licenses"]["properties"]["corrections"]["items"],  # type: ignore[index]
        ("paths", 0): properties["paths"]["items"],  # type: ignore[index]
        ("usage", "a/b"): properties["usage"]["additionalProperties"],  # type: ignore[index]
    }.items():
        assert set(part["properties"]) == asked[path], path


def test_the_schema_is_a_schema_and_the_template_fits_it() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(tomli.loads(_TEMPLATE), schema())
    everything = re.sub(r"^# (?=[a-z-]+ = |\[\[)", "", _TEMPLATE, flags=re.MULTILINE)
    document = Document("freehold.toml", everything)
    assert not document.mistakes
    jsonschema.validate(document.data, schema())


def test_init_writes_a_configuration_fit_for_the_project(freehold: Freehold, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('from openai import OpenAI\nOpenAI().chat.completions.create(model="gpt-4o")\n')
    first = freehold.run("init", cwd=tmp_path)
    assert first.code == 0, first.stderr
    assert '# "openai/gpt-4o" = { input-tokens = 0, output-tokens = 0 }' in (tmp_path / "freehold.toml").read_text()
    again = freehold.run("init", cwd=tmp_path)
    assert again.code == 2
    assert "there are settings already" in again.stderr


def test_the_schemas_are_printed(freehold: Freehold, tmp_path: Path) -> None:
    assert json.loads(freehold.run("schema", cwd=tmp_path).stdout) == schema()
    assert "$schema" in json.loads(freehold.run("schema", "report", cwd=tmp_path).stdout)
