"""Files written to hurt: whatever they hold, detection ends, keeps to its bounds, and says what it did not read."""

from __future__ import annotations

import json
import string
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.detect import detect
from freehold.detect.notes import MAX_REFERENCES
from freehold.source import Source

SIZE = 100_000


def full(pattern: str) -> str:
    """As much of a pattern as fills the file."""
    return (pattern * (SIZE // len(pattern) + 1))[:SIZE]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join('*' + chr(97 + i) for _ in range(9))}]\n" for i in range(9)
)


def notebook(*cells: str) -> str:
    """A notebook of code."""
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


#: Path, text, and whether it must be a problem with its place.
HOSTILE = [
    ("bomb.yaml", BOMB, False),
    ("self.yaml", "a: &a [*a]\n", False),
    ("deep.yaml", full("["), True),
    ("deep-tables.yaml", full("{a: "), True),
    ("deep-blocks.yaml", "".join(" " * i + "a:\n" for i in range(440)), True),
    ("zero.yaml", "a: \0b", True),
    ("tag.yaml", 'model: !!python/object/apply:os.system ["id"]', False),
    ("keys.yaml", "? [a]\n: b\n? {c: d}\n: e", False),
    ("long-key.yaml", "a" * SIZE + ": b", True),
    ("deep.json", full("["), True),
    ("deep-tables.json", full('{"a":'), True),
    ("number.json", '{"a": ' + "1" * 5_000 + "}", False),
    ("open.json", full('"'), True),
    ("comment.json", full("/*"), True),
    ("empty.json", "", True),
    ("dotted.toml", ".".join(["a"] * 10_100) + "=1", True),
    ("deep.toml", "a=" + full("["), True),
    ("blank.ini", full(" ") + "x", False),
    ("run-on.ini", "a=\n" + full(" b\n"), False),
    ("Dockerfile", "RUN " + full("a \\\n"), False),
    ("here.dockerfile", full("RUN <<EOF\n"), False),
    ("form.dockerfile", "ENTRYPOINT " + full("["), False),
    ("run.sh", full("$("), False),
    ("quote.sh", full("'\"`$("), False),
    ("here.sh", full("cat <<A\n"), False),
    ("nested.sh", full('sh -c "'), False),
    ("insert.sh", full("${"), False),
    ("body.sh", full('{"model":'), False),
    ("flags.sh", full("--model "), False),
    ("Makefile", full("\ta\\\n"), False),
    (".env", "A=" + full(" #"), False),
    ("words.md", full("a/"), False),
    ("links.md", full("http://"), False),
    ("card.md", "---\nbase_model: " + full("[") + "\n---\n", True),
    ("requirements.txt", full("a\\\n"), True),
    ("requirements-brackets.txt", full("(" * 900 + "\n"), True),
    ("requirements-out.txt", "-r " + "../" * 30_000, True),
    ("uv.lock", full("[[package]]\n"), False),
    ("Pipfile.lock", full('{"default":'), True),
    ("open.ts", "model" + full("("), True),
    ("types.ts", "model\n" + full("a<b>(c)\n"), False),
    ("jsx.tsx", "model\n" + full("<a>\n"), True),
    ("chain.js", "model\n" + full("a\n.b()"), False),
    ("script.vue", full("<script>model\n"), False),
    ("minified.js", full("model;"), True),
    ("models.txt", full("a/b-7b\n"), True),
    ("keys.py", full("model_repo"), False),
    ("keys.json", json.dumps({f"{i}_model": "x" for i in range(SIZE // 20)}), False),
    ("keys.yaml", "".join(f"{i}_model: x\n" for i in range(SIZE // 20)), False),
    ("keys.tf", "".join(f'model_{i} = "a/b-7b"\n' for i in range(SIZE // 20)), False),
    ("keys.env", "".join(f"MODEL_{i}=x\n" for i in range(SIZE // 20)), False),
    ("classes.py", "from vllm import LLM\nx = LLM(" + full("class A:\n"), True),
    ("texts.py", "x = " + full('"""a"""'), False),
    ("Modelfile", full("FROM "), False),
    ("rows.sql", full("insert into models (id) values ('x');\n") * 2, True),
    ("large.go", full('var model = "x"\n') * 6, True),
    ("blank.sql", full("insert into models (model, id) values (" + " " * 600 + "x\n"), False),
    (
        "names.py",
        f"from transformers import AutoModel\n{'_' * SIZE} = 'a/b-7b'\nAutoModel.from_pretrained({'_' * SIZE})\n",
        False,
    ),
    ("lines.ipynb", notebook("def " + "a\n" * 40_000), True),
    ("cells.ipynb", notebook(*["def a\n"] * 5_000), True),
    ("files.ipynb", notebook(*["%%writefile a.yaml\nb: c\n"] * 5_000), False),
    ("a.tf", full('variable "a" {\n'), True),
    ("a.ps1", full('$a="b" '), False),
    ("a.nix", full('a.b.c = "\\'), False),
    ("a.bicep", full("'\\"), False),
    (
        "loop.yaml",
        "a: {env: [MODEL=$MODEL]}\nb: {env: ['MODEL=${MODEL:-$MODEL}']}\nc: {env: ['MODEL=${MODEL}']}\n",
        False,
    ),
]


@pytest.mark.parametrize(("path", "text", "problem"), HOSTILE, ids=[path for path, _, _ in HOSTILE])
def test_hostile_file(path: str, text: str, problem: bool) -> None:
    """It ends, within the bounds, and what could not be read is a problem of this file."""
    found = detect([Source(path, text.encode())])
    assert len(found.references) <= MAX_REFERENCES + 1
    assert all(p.location is not None and p.location.path == path for p in found.problems)
    assert bool(found.problems) == problem, found.problems


def test_a_table_of_names_is_cut_short_and_says_so() -> None:
    """More references than anyone could read are a problem, not a report."""
    found = detect([Source("many.yaml", b"model: gpt-4o\n---\n" * (MAX_REFERENCES + 10))])
    assert len(found.references) <= MAX_REFERENCES + 1
    assert any("references" in p.what for p in found.problems)


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_word_of_a_megabyte_costs_memory_in_proportion(quote: str) -> None:
    """Splitting a command line keeps no state per character."""
    source = Source("run.sh", f"vllm serve {quote}{'a' * 1_000_000}".encode())
    tracemalloc.start()
    try:
        detect([source])
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_a_link_longer_than_any_link_is_no_name() -> None:
    """What a stranger writes without end is not carried into a report."""
    assert not detect([Source("a.md", b"https://huggingface.co/nobody/heardof" + b"/a" * 100_000)]).references


KINDS = [
    *(
        "a.yaml",
        "a.json",
        "a.toml",
        "a.ini",
        "Dockerfile",
        "run.sh",
        "Makefile",
        ".env",
        "a.md",
        "requirements.txt",
        "pyproject.toml",
    ),
    *(
        "setup.cfg",
        "environment.yml",
        "uv.lock",
        "Pipfile.lock",
        "Modelfile",
        "a.ts",
        "a.jsx",
        "a.vue",
        "a.tf",
        "a.ps1",
        "models.txt",
    ),
    *("docker-compose.yml", ".github/workflows/a.yml"),
]
#: What means something to at least one of the readers, so that random texts get somewhere.
PIECES = st.sampled_from(
    [
        *("model", "MODEL=", "model: ", '"model": ', "image: ", "command: ", "run: |\n  ", "env:\n  ", "FROM ", "RUN "),
        *("CMD ", "ENV ", "vllm serve ", "--model ", "hf download ", "gpt-4o", "Qwen/Qwen3-8B", "nobody/heardof"),
        *("https://hf.co/a/b", "${X:-", "}", "$(", "\n", "\r\n", "\r", "\t", " ", "  ", "- ", "[", "]", "{", "}", ","),
        *(":", '"', "'", "`", "\\", "#", "|", ">", "&a ", "*a", "---\n", "import x from 'openai';", "new OpenAI()"),
        *(".create({", "=> ", "<script>", "</script>", "é", "\u2028", "\0", "\ufeff", "😀", "torch==2.0", "-r ../x"),
        *("[project]\n", "dependencies = [", "[[package]]\n", 'name = "a"\n', "version = 1\n"),
    ]
)
TEXTS = st.lists(PIECES | st.text(string.printable, max_size=5), max_size=60).map("".join)


@pytest.mark.parametrize("path", KINDS)
@given(text=TEXTS)
@settings(max_examples=20, deadline=None)
def test_any_text_is_read_without_an_error_and_places_exist(path: str, text: str) -> None:
    """No text raises; every place lies in the file; the same text gives the same answer."""
    source = Source(path, text.encode("utf-8", "replace"))
    found = detect([source])
    for reference in found.references:
        at = reference.location
        assert 1 <= at.line <= len(source.lines)
        assert 1 <= at.column <= len(source.lines[at.line - 1]) + 1
    assert detect([source]) == found
