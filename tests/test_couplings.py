"""Couplings: what ties a project to one family, where one client could stand, what that does to the score."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from command import Freehold
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.detect import detect
from freehold.detect.calls import Example, load
from freehold.detect.couplings import MAX_PLACES, find
from freehold.detect.markers import marks_of
from freehold.detect.narrowest import _file
from freehold.knowledge import Knowledge
from freehold.source import Source
from freehold.types import Coupling, Narrowest

CALLS = load()
SPEC = Path(__file__).parent / "spec" / "detect" / "couplings.md"
SECTION = re.compile(
    r"^```\w+ (?P<path>\S+)\n(?P<text>.*?)^```\n```couples\n(?P<finds>.*?)^```", re.MULTILINE | re.DOTALL
)
PATHS = {"python": "app/main.py", "yaml": "conf/a.yaml", "typescript": "main.ts", "jinja": "chat.jinja"}
EXAMPLES = [e for e in CALLS.examples if e.library == "families"]


def couplings(**files: str) -> tuple[Coupling, ...]:
    found = detect([Source(path, text.encode()) for path, text in files.items()], couplings=True).couplings
    assert found is not None
    return found


def narrowest(files: dict[str, str]) -> dict[str, Narrowest]:
    found = detect([Source(path, text.encode()) for path, text in files.items()], couplings=True)
    return {each.family: each for each in found.narrowest}


def specified() -> list[Any]:
    text = SPEC.read_text("utf-8")
    return [
        pytest.param(m["path"], m["text"], m["finds"], id=f"{text.count(chr(10), 0, m.start()) + 1}:{m['path']}")
        for m in SECTION.finditer(text)
    ]


def told(path: str, data: bytes) -> list[str]:
    found = detect([Source(path, data)], couplings=True)
    return [
        *(
            f"{c.location.line}:{c.location.column} {c.kind} {c.family} {c.text}"
            + ("" if c.scope == "code" else f" ({c.scope})")
            for c in found.couplings or ()
        ),
        *(f"one client: {each.family} {each.path or 'nowhere'}" for each in found.narrowest),
    ]


@pytest.mark.parametrize(("path", "text", "finds"), specified())
def test_the_spec_holds(path: str, text: str, finds: str) -> None:
    assert told(path, text.encode()) == finds.splitlines()


@pytest.mark.parametrize(("path", "text", "finds"), specified())
def test_windows_line_ends_and_a_mark_do_not_move_places(path: str, text: str, finds: str) -> None:
    assert told(path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == finds.splitlines()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.number}")
def test_an_example_in_the_rules_is_seen_as_it_says(example: Example) -> None:
    found = couplings(**{PATHS[example.language]: example.text})
    assert sorted(f"{c.kind} {c.text}" for c in found) == sorted(example.couplings)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.couplings], ids=lambda e: f"{e.number}")
def test_the_filter_before_the_parser_lets_every_example_pass(example: Example) -> None:
    assert marks_of(CALLS).may_be_in(example.text.encode())


def test_every_marker_fires() -> None:
    """Not one row of the rules is dead: written as people write it, it is found, and for its own family."""
    key = {"token-id": "eos_token_id", "vocabulary": "vocab_size"}
    for marker in CALLS.markers:
        path = "a.py"
        if marker.kind == "chat-marker":
            text = f"x = {marker.text!r}\n"
        elif marker.kind == "class":
            text = f"from transformers import {marker.text}ForCausalLM\n"
        elif marker.kind == "sdk":
            text = f"import {marker.text}\n"
            if not marker.text.replace(".", "").isidentifier():
                path, text = "a.ts", f'import x from "{marker.text}"\n'
        else:
            text = f"{key[marker.kind]} = {marker.text}\n"
        assert [(c.kind, c.family) for c in couplings(**{path: text})] == [(marker.kind, marker.family)], marker


def test_every_family_is_known_and_used() -> None:
    ids = [family.id for family in CALLS.families]
    assert len(ids) == len(set(ids))
    assert {marker.family for marker in CALLS.markers} == set(ids)


def test_an_api_is_one_that_the_vendors_file_knows() -> None:
    known = {p.ecosystem for vendor in Knowledge.load().vendors.all for p in vendor.providers}
    assert {e for family in CALLS.families for e in family.ecosystems} <= known


def test_every_vendors_package_with_a_library_of_its_own_is_a_client() -> None:
    """rules/vendors names the packages; those that rules/calls reads calls of are clients here too."""
    vendors = Knowledge.load().vendors.all
    packages = {package for vendor in vendors for p in vendor.providers for package in p.packages}
    # boto3 serves all of AWS, these Azure's and NVIDIA's catalogs of many vendors: importing them ties to nobody.
    open_to_all = {"bedrock", "azure", "langchain", "fireworks"}
    clients = {m.text for m in CALLS.markers if m.kind == "sdk"}
    for library in CALLS.libraries:
        if set(library.packages) & packages and library.id not in open_to_all and not library.portable:
            assert any(fnmatchcase(client, f"{m}*") for m in library.modules for client in clients), library.id


# --- the narrowest place


def test_a_module_that_the_others_import_is_the_narrowest_place() -> None:
    files = {
        "src/app/llm.py": "import openai\n",
        "src/app/chat.py": "from app.llm import ask\nfrom openai import RateLimitError\n",
        "src/app/tools/search.py": "from ..llm import ask\nimport openai\n",
        "src/app/other.py": "import app\n",
    }
    found = narrowest(files)["gpt-api"]
    assert (found.path, found.passing, found.places) == ("src/app/llm.py", 3, 3)
    assert "2 files that import it" in found.why


def test_scripts_import_too() -> None:
    files = {
        "web/llm.ts": 'import OpenAI from "openai"\nexport const x = 1\n',
        "web/a.ts": 'import { x } from "./llm"\nimport OpenAI from "openai"\n',
        "web/b/c.ts": 'import { x } from "../llm.js"\nimport OpenAI from "openai"\n',
    }
    assert narrowest(files)["gpt-api"].path == "web/llm.ts"


def test_places_that_pass_through_nothing_in_common_have_none() -> None:
    found = narrowest({f"app/{name}.py": "import openai\n" for name in "abcd"})["gpt-api"]
    assert found.path is None
    assert (found.passing, found.places) == (1, 4)


def test_a_module_that_all_import_but_that_has_no_place_is_none() -> None:
    files = {f"app/{name}.py": "import openai\nimport app.constants\n" for name in "abc"}
    assert narrowest({**files, "app/constants.py": "X = 1\n"})["gpt-api"].path is None


def test_loads_of_the_family_count() -> None:
    load_line = "x = AutoModel.from_pretrained('Qwen/Qwen3-8B')\n"
    files = {
        "app/models.py": f"from transformers import AutoModel, Qwen2ForCausalLM\n{load_line}{load_line}",
        "app/other.py": "from transformers import Qwen2ForCausalLM\n",
    }
    found = narrowest(files)["qwen"]
    assert (found.path, found.passing, found.places) == ("app/models.py", 3, 4)


def test_an_import_is_followed_as_python_would_from_the_folder_of_the_file_and_those_above() -> None:
    assert _file("app.llm", "src/app/chat.py", {"src/app/llm.py"}) == "src/app/llm.py"
    assert _file("app.llm.ask", "web/chat.py", {"src/app/llm.py"}) == "src/app/llm.py"
    assert _file("..llm", "app/tools/search.py", {"app/llm.py"}) == "app/llm.py"
    assert _file(".", "app/chat.py", {"app/__init__.py"}) == "app/__init__.py"
    assert _file("...up", "a/b.py", {"up.py"}) is None


# --- hostile input


def test_a_table_of_tokens_is_cut_and_said() -> None:
    text = "T = [\n" + "".join(f'    "<|im_start|>{n}",\n' for n in range(MAX_PLACES + 5)) + "]\n"
    found = detect([Source("app/t.py", text.encode())], couplings=True)
    assert found.couplings is not None
    assert len(found.couplings) == MAX_PLACES
    assert [p.what for p in found.problems] == [
        f"{MAX_PLACES + 5} couplings in one file; only the first {MAX_PLACES} are listed"
    ]


@pytest.mark.parametrize(
    "text", ["import openai\nmodel = ('gpt-4o'\n", "(" * 9_000 + "'<|im_start|>'", "x = '\0<|im_end|>'"]
)
def test_what_is_no_python_is_a_problem_once(text: str) -> None:
    found = detect([Source("a.py", text.encode())], couplings=True)
    assert found.couplings == ()
    (problem,) = found.problems
    assert problem.what.startswith("not Python that can be parsed")


def test_an_escape_that_python_warns_of_is_read_in_silence() -> None:
    assert len(couplings(**{"a.py": "x = '\\d <|im_start|>'\n"})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.jinja", "{#" * 200_000 + "<|im_start|>"),
        ("a.ts", "/* " * 200_000 + 'import x from "openai"'),
        ("a.py", "max_model_len" * 50_000),
        ("a.yaml", "a: " + "Llama4" * 100_000 + "ForCausalLM"),
    ],
)
def test_what_is_opened_a_hundred_thousand_times_is_read_in_one_pass(path: str, text: str) -> None:
    """It ends: read anew from every opening, each of these would take minutes."""
    assert len(find(Source(path, text.encode()), CALLS).couplings) <= 1


PIECES = st.sampled_from(
    ["<|im_start|>", "import openai", "from transformers import Qwen2ForCausalLM", '"', "'", '"""', "\n", "\\", "{#",
     "#}", "/*", "*/", "//", "#", "eos_token_id", "=", ":", "[", "151645", "é", "\r", "\x00",
     "{", "}", " ", "(", ")", "\t"]
)  # fmt: skip
NAMES = st.sampled_from(["a.py", "a.ipynb", "a.ts", "a.yaml", "a.jinja", "Dockerfile", ".env", "a.json", "tests/a.py"])


@settings(max_examples=300, deadline=None)
@given(NAMES, st.lists(PIECES, max_size=25).map("".join))
def test_any_text_gives_places_that_exist(path: str, text: str) -> None:
    source = Source(path, text.encode())
    found = find(source, CALLS)
    for coupling in found.couplings:
        assert 1 <= coupling.location.line <= len(source.lines)
        assert 1 <= coupling.location.column <= len(source.lines[coupling.location.line - 1]) + 1
        assert coupling.scope == source.scope
    if found.couplings:
        assert marks_of(CALLS).may_be_in(source.data)


# --- what the user gets


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "p"
    (root / "tests").mkdir(parents=True)
    (root / "llm.py").write_text(
        "from transformers import AutoModelForCausalLM, Qwen2ForCausalLM\n"
        "model = AutoModelForCausalLM.from_pretrained('Qwen/Qwen3-8B')\n"
        "PROMPT = '<|im_start|>user'\n"
    )
    (root / "tests" / "test_llm.py").write_text("assert '<|im_start|>'\n")
    return root


def scanned(freehold: Freehold, project: Path, *arguments: str) -> str:
    ran = freehold.run("scan", *arguments, cwd=project)
    assert ran.code == 0, ran.stderr
    return ran.stdout


def test_scan_lists_them_with_the_narrowest_place(freehold: Freehold, project: Path) -> None:
    assert scanned(freehold, project, "--couplings") == (
        "COUPLINGS: 2 places, 1 more in tests, examples and documents; 2 families\n"
        "\n"
        "ChatML (Qwen and others): 2 places\n"
        "  one client could stand in llm.py: 2 of 2 places in code stand there\n"
        "  llm.py:3:11  chat marker <|im_start|>\n"
        "  tests/test_llm.py:1:9  chat marker <|im_start|> (test)\n"
        "\n"
        "Qwen: 1 place\n"
        "  one client could stand in llm.py: 2 of 2 places in code stand there\n"
        "  llm.py:1:48  class Qwen2ForCausalLM\n"
    )


def test_json_has_them_when_asked_and_null_when_not(freehold: Freehold, project: Path) -> None:
    asked = json.loads(scanned(freehold, project, "--couplings", "--format", "json"))["couplings"]
    assert [(c["kind"], c["location"]["path"], c["scope"]) for c in asked["entries"]] == [
        ("class", "llm.py", "code"),
        ("chat-marker", "llm.py", "code"),
        ("chat-marker", "tests/test_llm.py", "test"),
    ]
    assert [(n["family"], n["path"]) for n in asked["narrowest"]] == [("chatml", "llm.py"), ("qwen", "llm.py")]
    assert json.loads(scanned(freehold, project, "--format", "json"))["couplings"] is None


def test_a_hostile_path_reaches_the_screen_spelled_out(freehold: Freehold, project: Path) -> None:
    (project / "a\n::error::b\x1b[31m.py").write_text("import openai\n")
    shown = scanned(freehold, project, "--couplings")
    assert "\x1b" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


OFFLINE = ("--offline", "--today", "2026-11-22", "--format", "json")


def audited(freehold: Freehold, project: Path) -> dict[str, Any]:
    ran = freehold.run("audit", *OFFLINE, cwd=project)
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def test_couplings_outside_tests_deepen_the_exposure(freehold: Freehold, project: Path) -> None:
    (coupled,) = audited(freehold, project)["models"]
    assert any("2 places written for it" in line["text"] for line in coupled["exposure"]["because"])
    (project / "llm.py").write_text(
        "from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained('Qwen/Qwen3-8B')\n"
    )
    (free,) = audited(freehold, project)["models"]
    assert not any("written for it" in line["text"] for line in free["exposure"]["because"])
    assert _depth(free) < _depth(coupled) < 0


def _depth(model: dict[str, Any]) -> int:
    """What the depth takes away from the risk: the shallower, the more."""
    (points,) = [
        line["points"]
        for line in model["exposure"]["because"]
        if line["text"].startswith("the project stands only so deep")
    ]
    return int(points)


def test_what_if_tells_what_to_undo_and_where(freehold: Freehold, project: Path) -> None:
    ran = freehold.run("whatif", *OFFLINE, "--close", "alibaba", cwd=project)
    (outcome,) = json.loads(ran.stdout)["outcomes"]
    (hit,) = outcome["consequences"]
    assert {(c["kind"], c["location"]["path"]) for c in hit["couplings"]} == {
        ("class", "llm.py"),
        ("chat-marker", "llm.py"),
    }
    assert {n["path"] for n in hit["narrowest"]} == {"llm.py"}
    text = freehold.run("whatif", *OFFLINE[:3], "--close", "alibaba", cwd=project).stdout
    assert "to undo before another model can take their place" in text
    assert "llm.py:3:11  chat marker <|im_start|>" in text
