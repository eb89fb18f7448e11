"""Report values made by hand: a project as it could be, and one whose every text is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from freehold.types import (
    Ancestor,
    Availability,
    Because,
    Details,
    Exposure,
    Finding,
    LastKnown,
    LicenseClaim,
    Location,
    LockStatus,
    Model,
    Origin,
    Problem,
    Provenance,
    Reference,
    Report,
    Requirement,
    Role,
    Rule,
    Severity,
    Status,
    Unresolved,
    Waiver,
    Weight,
)

TODAY = date(2026, 11, 22)
SNAPSHOT = Origin(source="snapshot", as_of=date(2026, 11, 20), cite="the embedded snapshot")
RULES = Origin(source="rules", as_of=date(2026, 11, 1), cite="https://example.org/models")


def at(path: str, line: int, column: int = 1, cell: int | None = None) -> Location:
    return Location(path=path, line=line, column=column, cell=cell)


def load(name: str | None, where: Location, ecosystem: str = "huggingface", **more: object) -> Reference:
    return Reference(
        name=name, written=name or "name", ecosystem=ecosystem, role=Role.LOAD, location=where, how="call", **more
    )  # type: ignore[arg-type]


def declared(expression: str, verdict: str = "allowed", *because: str) -> LicenseClaim:
    return LicenseClaim(
        expression=expression, source="declared", tag=expression.lower(), verdict=verdict, because=because
    )  # type: ignore[arg-type]


def voice_assistant() -> Report:
    """A voice assistant that moved from Qwen3-Omni to Qwen3.5-Omni, judged offline."""
    omni, omni_at = "qwen3.5-omni-flash", at("src/voice/omni.py", 31, 15)
    wan, wan_at = "Wan-AI/Wan2.2-T2V-A14B", at("src/voice/clips.py", 9, 46)
    llama, llama_at = "meta-llama/Llama-3.1-8B-Instruct", at("conf/train.yaml", 4, 14)
    embed, embed_at = "BAAI/bge-m3", at("notebooks/index.ipynb", 48, 31, 2)
    chat, chat_at = "Qwen/Qwen3-30B-A3B-Instruct-2507", at("docker/Dockerfile", 12, 30)
    lora = "acme/support-lora"
    everywhere = {llama: llama_at, embed: embed_at, chat: chat_at}
    return Report(
        root=".",
        provenance=Provenance(
            today=TODAY,
            mode="offline",
            snapshot_as_of=SNAPSHOT.as_of,
            snapshot_name="freehold's own",
            rules_as_of=RULES.as_of,
            settings="pyproject.toml",
        ),
        references=(
            load(llama, llama_at),
            load(chat, chat_at),
            load(embed, embed_at),
            load(lora, at("conf/train.yaml", 11, 12)),
            Reference(
                name="Qwen/Qwen3-Omni-30B-A3B-Instruct",
                written="Qwen3-Omni",
                ecosystem="huggingface",
                role=Role.MENTION,
                location=at("README.md", 18, 4),
                how="text",
                scope="doc",
            ),
            load(None, at("src/voice/asr.py", 22, 40), reason="the name comes from the environment variable ASR_MODEL"),
            load(wan, wan_at),
            load(omni, omni_at, "dashscope"),
            load(omni, at("src/voice/stream.py", 77, 19), "dashscope"),
        ),
        requirements=(
            Requirement(name="torch", specifier=">=2.6", version="2.9.1", location=at("requirements.txt", 1)),
            Requirement(
                name="transformers",
                specifier="==5.2.0",
                version="5.2.0",
                license=declared("Apache-2.0"),
                location=at("requirements.txt", 2),
            ),
        ),
        models=(
            Model(
                name=omni,
                ecosystem="dashscope",
                availability=Availability.API_ONLY,
                origin=RULES,
                vendor="alibaba",
                line="qwen-omni",
                reason="offered through an API, no weights published",
            ),
            Model(
                name=embed,
                ecosystem="huggingface",
                availability=Availability.OPEN,
                origin=SNAPSHOT,
                id=embed,
                license=declared("MIT"),
            ),
            Model(
                name=chat,
                ecosystem="huggingface",
                availability=Availability.OPEN,
                origin=SNAPSHOT,
                id=chat,
                license=declared("Apache-2.0"),
                vendor="alibaba",
                line="qwen-chat",
                weights=(Weight(path="model-00001-of-00002.safetensors", size=4_000_000_000, sha256="ab" * 32),),
            ),
            Model(
                name=wan,
                ecosystem="huggingface",
                availability=Availability.OPEN,
                origin=SNAPSHOT,
                id=wan,
                license=declared("Apache-2.0"),
                vendor="alibaba",
                line="wan",
            ),
            Unresolved(
                name=lora,
                ecosystem="huggingface",
                reason="offline, and the snapshot does not know it",
                origin=SNAPSHOT,
                last_known=LastKnown(availability=Availability.OPEN, as_of=date(2026, 9, 1), source="cache"),
            ),
            Model(
                name=llama,
                ecosystem="huggingface",
                availability=Availability.GATED,
                origin=SNAPSHOT,
                id=llama,
                gate="manual",
                license=LicenseClaim(
                    expression="LicenseRef-llama-3.1",
                    source="declared",
                    tag="llama3.1",
                    link="https://example.org/llama3.1/license",
                    verdict="needs-review",
                    because=("is the product used by more than 700 million people a month?",),
                ),
                vendor="meta",
                line="llama",
                bases=("meta-llama/Llama-3.1-8B",),
                lineage=(Ancestor(id="meta-llama/Llama-3.1-8B", depth=1, relation="finetune"),),
                details=Details(hosts=("together",), copies=412, created_on=date(2024, 7, 18)),
                last_known=LastKnown(availability=Availability.GATED, as_of=date(2026, 5, 4), source="snapshot"),
            ),
        ),
        findings=(
            Finding(
                rule="model-became-api-only",
                severity=Severity.ERROR,
                model=omni,
                ecosystem="dashscope",
                location=omni_at,
                related=(at("models.lock", 20),),
                message="Qwen/Qwen3-Omni-30B-A3B-Instruct could be downloaded when it was locked on 2026-03-02; the "
                "code now calls qwen3.5-omni-flash of the same line, which is only offered through an API",
                remedy="go back to Qwen/Qwen3-Omni-30B-A3B-Instruct, whose weights you can hold, or agree to the lease "
                "with `freehold lock --accept qwen3.5-omni-flash`",
                evidence=(
                    "locked on 2026-03-02 as open",
                    "Qwen-Omni: Qwen3.5-Omni launched on 2026-03-30 without weights",
                ),
                fingerprint="a" * 64,
            ),
            Finding(
                rule="line-closed",
                severity=Severity.WARNING,
                model=wan,
                ecosystem="huggingface",
                location=wan_at,
                message=f"{wan} is open, but the newest flagship of its line has been API-only for 423 days",
                remedy="mirror the weights you have (`freehold mirror`) and plan the next upgrade outside this line",
                evidence=("Wan2.5 launched on 2025-09-24 without weights",),
                fingerprint="b" * 64,
            ),
            *(
                Finding(
                    rule="revision-unpinned",
                    severity=Severity.NOTE,
                    model=name,
                    ecosystem="huggingface",
                    location=where,
                    message=f"{name} is loaded at whatever its main branch holds that day",
                    remedy="name a commit with revision=, or let `freehold lock` do it",
                    fingerprint=f"{number:064x}",
                )
                for number, (name, where) in enumerate(sorted(everywhere.items()))
            ),
            Finding(
                rule="model-gated",
                severity=Severity.NOTE,
                model=llama,
                ecosystem="huggingface",
                location=llama_at,
                message=f"{llama} stands behind a gate that its vendor opens by hand",
                remedy="keep a mirror of the weights you were given",
                fingerprint="c" * 64,
                status=Status.WAIVED,
                waived_because="Access granted to the build account, copy in our mirror",
            ),
        ),
        problems=(
            Problem(
                what="the file is not valid YAML: mapping values are not allowed here",
                hint="fix the file, or exclude it",
                location=at("conf/old.yaml", 3, 18),
            ),
        ),
        exposures=(
            Exposure(
                model=omni,
                ecosystem="dashscope",
                closing=34,
                repricing=78,
                because=(
                    Because(text="the vendor alone serves it", points=50, source="https://example.org/models"),
                    Because(text="2 loads outside tests", points=28, source="src/voice/omni.py:31"),
                ),
                band="5 to 20 % a year",
            ),
            Exposure(
                model=wan,
                ecosystem="huggingface",
                closing=41,
                repricing=0,
                because=(
                    Because(text="the line went on without weights", points=41, source="rules/vendors/alibaba.toml"),
                ),
            ),
            Exposure(model=llama, ecosystem="huggingface", closing=22, repricing=0, because=()),
            Exposure(model=chat, ecosystem="huggingface", closing=12, repricing=0, because=()),
            Exposure(model=embed, ecosystem="huggingface", closing=3, repricing=0, because=()),
        ),
        lock=LockStatus(
            path="models.lock",
            present=True,
            entries=6,
            oldest=date(2026, 3, 2),
            not_loaded=("Qwen/Qwen3-Omni-30B-A3B-Instruct",),
            not_locked=(omni,),
        ),
        waivers=(
            Waiver(
                rule="model-gated",
                model=llama,
                reason="Access granted to the build account, copy in our mirror",
                until=date(2027, 3, 31),
                location=at("pyproject.toml", 30),
                owner="ml-platform",
            ),
        ),
        complete=False,
        exit_code=1,
        files=41,
        rules=tuple(
            Rule(
                id=name,
                title=title,
                severity=severity,
                predicate=name,
                why="Because it matters.",
                remedy="do something",
                references=("https://example.org/rules",),
            )
            for name, title, severity in (
                ("line-closed", "The model's line went on without weights", Severity.WARNING),
                ("model-became-api-only", "A model you could download has become API-only", Severity.ERROR),
                ("model-gated", "The model stands behind a gate", Severity.NOTE),
                ("revision-unpinned", "The load names no commit", Severity.NOTE),
            )
        ),
    )


HOSTILE = (
    "a\n::error::x",
    "::error file=a::x",
    "  ::stop-commands::x",
    "##[group]x",
    "x##[error]y##vso[task.complete]z",
    "[/]",
    "[red]x[/red]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "\u202egnp.exe",
    "a\u200bb\ufeffc\u00ad",
    "\u2028::error::x\u2029",
    "a|b",
    "a\\|b",
    "`code` and ``` fence",
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "![x](https://example.org/x.png)",
    "[x](javascript:alert(1))",
    "@everyone https://example.org www.example.org :poop: $x$ #1",
    "\ud800 lone",
    "a\rb\x00c\x08d",
    "# heading\n- list\n> quote",
    "=SUM(A1)",
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "z" + "\u0301" * 40,
    "]]>",
    "<!-- -->",
    "&amp;&#60;",
    "%0A::error::x",
    "--><b>",
    "x" * 5000,
    "漢字" * 60,
    "",
    " ",
)


def hostile(text: str) -> Report:
    """The same report in which every text that a stranger could have written is `text`."""
    report = voice_assistant()
    where = at(text, 3, 7)
    claim = LicenseClaim(expression=text, source="declared", tag=text, name=text, link=text, because=(text,))
    return replace(
        report,
        references=tuple(
            replace(r, written=text, snippet=text, location=where, reason=text) for r in report.references
        ),
        requirements=tuple(
            replace(r, name=text, specifier=text, version=text, license=claim, location=where)
            for r in report.requirements
        ),
        models=tuple(
            replace(
                m, name=text, id=text, license=claim, reason=text, bases=(text,), lineage=(), commit=text, task=text
            )
            if isinstance(m, Model)
            else replace(m, name=text, reason=text)
            for m in report.models
        ),
        findings=tuple(
            replace(f, model=text, message=f"{text} is gone", remedy=text, evidence=(text,), location=where)
            for f in report.findings
        ),
        problems=(Problem(what=text, hint=text, location=where),),
        exposures=tuple(
            replace(e, model=text, because=(Because(text=text, points=1, source=text),)) for e in report.exposures
        ),
        lock=LockStatus(path=text, present=True, not_loaded=(text,), not_locked=(text,)),
        waivers=tuple(replace(w, model=text, reason=text, owner=text, location=where) for w in report.waivers),
    )
