"""JavaScript and TypeScript across the files of one project: where a name is written counts, whichever way it goes."""

from __future__ import annotations

import pytest

from freehold.detect import Detection, detect
from freehold.source import Source
from freehold.types import Role

CLIENT = "import OpenAI from 'openai';\nconst client = new OpenAI();\n"


def project(files: dict[str, str]) -> Detection:
    """Detect in files given as texts."""
    return detect([Source(path, text.encode()) for path, text in files.items()])


def loads(found: Detection) -> list[str]:
    """The names that are loaded, each where it is written."""
    return [
        f"{r.location.path}:{r.location.line} {r.ecosystem} {r.name or '?'}"
        for r in found.references
        if r.role is Role.LOAD
    ]


TABLES = """export const CHAT = "chat-one";
export const MODELS = { fast: "fast-one", slow: { id: "slow-one", label: "Slow" } } as const;
export const LIST = [{ id: "first-one" }, { id: "second-one" }];
export enum Kind { Small = "small-one", Big = "big-one" }
export default "plain-one";
"""

#: What stands in the calling file, and what is loaded from the tables.
WAYS = [
    ("import { CHAT } from './lib/models';", "CHAT", "1 openai chat-one"),
    ("import { CHAT as TALK } from './lib/models.js';", "TALK", "1 openai chat-one"),
    ("import { TALK } from './lib';", "TALK", "1 openai chat-one"),
    ("import { CHAT } from '@/models';", "CHAT", "1 openai chat-one"),
    ("import { CHAT } from '@acme/lib/models';", "CHAT", "1 openai chat-one"),
    ("import { MODELS } from './lib/models';", "MODELS.fast", "2 openai fast-one"),
    ("import { MODELS } from './lib/models';", "MODELS['slow'].id", "2 openai slow-one"),
    ("import * as all from './lib/models';", "all.MODELS.slow.id", "2 openai slow-one"),
    ("import { LIST } from './lib';", "LIST[1].id", "3 openai second-one"),
    ("import { Kind } from './lib/models';", "Kind.Big", "4 openai big-one"),
    ("import plain from './lib/models';", "plain", "5 openai plain-one"),
    ("const { CHAT } = require('./lib/models');", "CHAT", "1 openai chat-one"),
    ("const lib = require('./lib/models');", "lib.CHAT", "1 openai chat-one"),
]


@pytest.mark.parametrize(("taken", "model", "expected"), WAYS, ids=[w[1] + " " + w[0][:40] for w in WAYS])
def test_a_name_of_another_file_counts_where_it_is_written(taken: str, model: str, expected: str) -> None:
    """Relative imports, aliases of tsconfig.json, packages of the workspace, files that hand on, CommonJS."""
    found = project(
        {
            "web/lib/models.ts": TABLES,
            "web/lib/index.ts": "export * from './models';\nexport { CHAT as TALK } from './models';\n",
            "web/lib/package.json": '{"name": "@acme/lib"}',
            "web/tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./lib/*"]}}}',
            "web/app.ts": f"{CLIENT}{taken}\nclient.chat.completions.create({{ model: {model}, messages: [] }});\n",
        }
    )
    assert loads(found) == [f"web/lib/models.ts:{expected}"]


def test_a_wrapper_is_asked_in_every_file_that_calls_it() -> None:
    """Positions, defaults, taken-apart options and options as a whole."""
    found = project(
        {
            "llm.ts": CLIENT
            + "export const one = async (model = 'default-one') => client.chat.completions.create({ model });\n"
            + "export function two({ model, n = 1 }: Options) { return client.chat.completions.create({ model }); }\n"
            + "export function three(o) { return client.embeddings.create({ model: o.embedder, input: '' }); }\n"
            + "export const four = (params) => client.chat.completions.create({ stream: true, ...params });\n",
            "use.ts": "import { one, two, three, four } from './llm';\n"
            "one('first-one');\ntwo({ model: 'second-one' });\n"
            "three({ embedder: fast ? 'third-one' : 'fourth-one' });\nfour({ model: 'fifth-one' });\n",
        }
    )
    assert loads(found) == [
        "llm.ts:3 openai default-one",
        "use.ts:2 openai first-one",
        "use.ts:3 openai second-one",
        "use.ts:4 openai third-one",
        "use.ts:4 openai fourth-one",
        "use.ts:5 openai fifth-one",
    ]


def test_functions_of_a_table_are_asked_in_every_file_that_calls_them() -> None:
    """`providers.openai("…")`, where `providers` is a table of functions in another file."""
    made = (
        'import { openai } from "@ai-sdk/openai";\n'
        "const table = { openai: (id) => openai(id), inner: { direct: openai },\n"
        "  again(id) { return table.openai(id); } };\n"
        "export const use = () => table;\nexport default table;\n"
    )
    asks = (
        'import t, { use } from "./made";\nconst { again } = t;\n'
        't.openai("unheard-1"); again("unheard-2"); t.inner.direct("unheard-3"); use().openai("unheard-4");\n'
    )
    assert loads(project({"made.ts": made, "asks.ts": asks})) == [f"asks.ts:3 openai unheard-{n}" for n in (1, 2, 3, 4)]


def test_settings_count_where_their_default_is_written() -> None:
    """`??`, `||`, zod, t3-env, envalid, and the file of the environment where there is no default."""
    found = project(
        {
            "env.ts": "export const env = z.object({ CHAT: z.string().default('zod-one') }).parse(process.env);\n",
            "t3.ts": "export const env = createEnv({ server: { CHAT: z.string().optional().default('t3-one') } });\n",
            "valid.js": "module.exports = cleanEnv(process.env, { CHAT: str({ default: 'valid-one' }) });\n",
            ".env": "TALK=file-one\n",
            "use.ts": "import { openai } from '@ai-sdk/openai';\nimport { env } from './env';\n"
            "import { env as t3 } from './t3';\nimport valid from './valid';\n"
            "openai(env.CHAT); openai(t3.CHAT); openai(valid.CHAT);\n"
            "openai(process.env.X ?? 'or-one'); openai(process.env['Y'] || `or-${'two'}`); openai(process.env.TALK);\n",
        }
    )
    assert [load.split(" ", 1)[1] for load in loads(found)] == [
        "openai file-one",
        "openai zod-one",
        "openai t3-one",
        "openai or-one",
        "openai or-two",
        "openai valid-one",
    ]


def test_a_class_keeps_its_model_in_a_field() -> None:
    """Fields, parameters of a constructor, what a constructor stores, and loops over tables."""
    text = CLIENT + (
        "class Service {\n"
        "  private model = 'field-one';\n"
        "  constructor(private readonly small: string = 'given-one', options) { this.big = options.big; }\n"
        "  a() { return client.chat.completions.create({ model: this.model }); }\n"
        "  b() { return client.chat.completions.create({ model: this.small }); }\n"
        "  c() { return client.chat.completions.create({ model: this.big }); }\n"
        "}\n"
        "new Service(undefined, { big: 'big-one' });\n"
        "for (const model of ['loop-one', 'loop-two']) client.chat.completions.create({ model });\n"
        "[{ id: 'map-one' }].map((m) => client.chat.completions.create({ model: m.id }));\n"
    )
    names = [load.rpartition(" ")[2] for load in loads(project({"a.ts": text}))]
    assert names == ["field-one", "given-one", "big-one", "loop-one", "loop-two", "map-one"]


def test_whoever_makes_the_client_says_who_serves() -> None:
    """A client that another file makes, with a base URL of its own."""
    found = project(
        {
            "client.ts": "import OpenAI from 'openai';\nconst BASE = 'https://openrouter.ai/api/v1';\n"
            "export function made() { return new OpenAI({ baseURL: BASE }); }\n",
            "use.ts": "import { made } from './client';\nconst client = made();\n"
            "client.chat.completions.create({ model: 'nobody/heard-of', messages: [] });\n",
        }
    )
    assert loads(found) == ["use.ts:3 openrouter nobody/heard-of"]


def test_what_the_project_calls_like_a_package_is_its_own() -> None:
    """A local `openai` is no client, and an object that is given as a model names none."""
    found = project(
        {
            "mine.ts": "export const openai = (name) => name;\n",
            "a.ts": "import { openai } from './mine';\nopenai('hello');\n",
            "b.ts": "import { openai } from '@ai-sdk/openai';\nconst M = { fast: { id: 'x' } };\nopenai(M[key]);\n",
        }
    )
    assert [r.name for r in found.references if r.role is Role.LOAD and r.name] == []


HOSTILE = {
    "circle": {"a.ts": "export * from './b';\nexport { X } from './b';", "b.ts": "export * from './a';"},
    "stars": {f"{a}.ts": "".join(f"export * from './{b}';\n" for b in "abcdefgh") for a in "abcdefgh"}
    | {"x.ts": CLIENT + "import { X } from './a';\nclient.images.edit({ model: X });"},
    "itself": {"a.ts": CLIENT + "const X = X ?? Y; const Y = X; client.chat.completions.create({ model: X });"},
    "callers": {"a.ts": CLIENT + "const f = (model) => f(model) ?? client.chat.completions.create({ model });"},
    "outside": {"a.ts": "import { X } from '../../../../etc/passwd';\n" + CLIENT + "client.images.edit({ model: X });"},
    "aliases": {
        "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["*", "../*", 1], "a*b*c": ["x"]}}}',
        "a.ts": "import { X } from 'a/b';\n" + CLIENT + "client.images.edit({ model: X });",
    },
    "fields": {"a.ts": CLIENT + "class A extends A { m = this.m; f() { client.images.edit({ model: this.m }); } }"},
    "functions": {
        "a.ts": CLIENT + "const t = { t: t, f: (m) => t.t.f(m), g: (m) => client.images.edit({ model: t.f(m) }) };"
    },
    "members": {
        "a.ts": CLIENT
        + "function f(a) { const b = a.b, a = b.c; f(b); client.images.edit({ model: b.m.n }); } f({ b: f });"
    },
    "names": {"a.ts": CLIENT + "var a = b, b = c, c = a;\n" * 80 + "client.images.edit({ model: a.m.n });"},
    "tables": {"a.ts": CLIENT + "const A = [A, A]; const B = { b: A }; client.images.edit({ model: B.b[0][1].b });"},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_circles_end(files: dict[str, str]) -> None:
    """Files and names that lead to themselves name nothing."""
    assert [r.name for r in project(files).references if r.name] == []


def test_joined_parts_and_wide_tables_stay_within_bounds() -> None:
    """What multiplies is cut off."""
    many = ", ".join(f"'m-{i}'" for i in range(3_000))
    text = f"{CLIENT}const M = [{many}];\n"
    text += "for (const a of M) for (const b of M) client.images.edit({ model: `${a}-${b}` });"
    assert len(project({"a.ts": text}).references) <= 200


def test_scripts_of_a_page_share_their_names() -> None:
    """Two scripts of one component are one module, each at its own lines."""
    text = (
        "<script context='module'>\nexport const MODEL = 'nobody/heard-of';\n</script>\n<p>é</p>\n<script lang='ts'>\n"
        "import { pipeline } from '@huggingface/transformers';\npipeline('translation', MODEL, { revision: 'v2' });\n"
        "</script>\n"
    )
    (found,) = (r for r in project({"a.svelte": text}).references if r.role is Role.LOAD)
    assert (found.location.line, found.location.column, found.revision) == (2, 23, "v2")


@pytest.mark.parametrize("unit", ["(a)=>\n", "a?b:\n", "(a)=>a?{}:\n", "f(\n", "{a:\n", "`${\n"])
def test_what_stands_in_itself_without_end_is_a_problem(unit: str) -> None:
    """The grammar's cost grows with the square of what stands open: such a file is not read, and said so."""
    found = project({"a.ts": "const model = 'gpt-4o';\nconst x = " + unit * 30_000})
    assert [p.what for p in found.problems] == ["nested too deeply"]


def test_tables_whose_entries_stand_beside_thousands_of_others_are_read_once() -> None:
    """A wide object costs what it is long."""
    text = "const models = {\n" + "".join(f"a{i}: 'gpt-4o',\n" for i in range(20_000)) + "};"
    assert len(project({"a.ts": text}).references) == 5_001


@pytest.mark.parametrize("rest", ["${key}", "a b " * 300 + "${key}", 'it\'s "said" ${key}'])
def test_an_address_is_told_whatever_a_template_goes_on_with(rest: str) -> None:
    """Only strings that could hold a name are looked at, and those of no known end are among them."""
    address = "https://generativelanguage.googleapis.com/v1beta/models/unheard-4:generateContent?key="
    found = project({"src/ask.ts": f"const asked = await fetch(`{address}{rest}`);\n"})
    assert [r.name for r in found.references if r.role is Role.LOAD] == ["unheard-4"]


BRING = "async function bring() { const m = await import('@huggingface/transformers'); return m.pipeline; }"
SHARED = {
    "demo/load.js": BRING,
    "demo/sketch.js": "async function go() { const model = await bring(); return model('ner', 'nobody/heard-of'); }",
}


def test_scripts_of_one_page_share_what_they_bind() -> None:
    assert loads(project(SHARED)) == ["demo/sketch.js:1 huggingface nobody/heard-of"]


@pytest.mark.parametrize(
    "files",
    [
        {"other/sketch.js": SHARED["demo/sketch.js"], "demo/load.js": BRING},
        SHARED | {"demo/sketch.js": "import x from './x';\n" + SHARED["demo/sketch.js"]},
        SHARED | {"demo/load.js": BRING + "\nexport { bring };"},
        SHARED | {f"demo/{n}.js": f"const n{n} = 'gpt-{n}';" for n in range(40)},
    ],
    ids=["another folder", "imports", "exports", "many"],
)
def test_scripts_share_nothing_that_are_modules_or_on_no_page(files: dict[str, str]) -> None:
    assert "nobody/heard-of" not in " ".join(loads(project(files)))
