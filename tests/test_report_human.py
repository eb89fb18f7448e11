"""The reports that people read: in a terminal of eighty cells, in a CI log, in a job summary."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from report_oracles import Screen, rendered
from report_values import HOSTILE, at, hostile, voice_assistant

from freehold.report import FORMATS, Look, markdown, render
from freehold.report.ranking import actions, groups
from freehold.types import Provenance, Report, Severity, Status, Unresolved

PLAIN = Look(width=80)


def test_text_tells_the_story_in_eighty_columns() -> None:
    text = render(voice_assistant(), "text", PLAIN)
    assert max(map(len, text.splitlines())) <= 80
    order = [
        "FAIL  1 error, 1 warning, 3 notes · 6 models, 1 unknown · exposure 78/100",
        "WHAT TO DO FIRST",
        "1. model-became-api-only  qwen3.5-omni-flash",
        "   go back to Qwen/Qwen3-Omni-30B-A3B-Instruct",
        "FINDINGS",
        "error   model-became-api-only  qwen3.5-omni-flash",
        "  src/voice/omni.py:31:15",
        "warning line-closed  Wan-AI/Wan2.2-T2V-A14B",
        "note    revision-unpinned × 3",
        "MODELS",
        "WHY SO EXPOSED",
        " +50  the vendor alone serves it",
        "UNKNOWN OR UNSEEN",
        "? acme/support-lora: offline, and the snapshot does not know it",
        "5 of 5 Hub loads are not pinned to a commit",
        "models.lock: 6 models",
        "offline: the Hub was not asked",
        "exit 1: findings at or above error",
    ]
    position = 0
    for line in order:
        position = text.index(line, position) + len(line)


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("color", [False, True])
def test_a_terminal_shows_the_text_without_a_broken_line(width: int, color: bool) -> None:
    text = render(voice_assistant(), "text", Look(width=width, color=color))
    screen = Screen(text, columns=width)
    assert screen.asked == []
    plain = render(voice_assistant(), "text", Look(width=width))
    assert screen.rows[: plain.count("\n")] == plain.splitlines()


def test_color_changes_no_word_and_only_uses_the_sixteen_of_the_theme() -> None:
    colored = render(voice_assistant(), "text", Look(width=80, color=True))
    assert set(re.findall(r"\x1b\[([0-9;]*)m", colored)) <= {
        "0",
        "1",
        "2",
        "1;31",
        "1;32",
        "31",
        "32",
        "35",
        "36",
        "1;35",
    }
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(voice_assistant(), "text", PLAIN)


def test_links_go_to_hub_pages_and_nowhere_else() -> None:
    linked = render(voice_assistant(), "text", Look(width=80, color=True, links=True))
    targets = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\", linked)
    assert targets
    assert all(re.fullmatch(r"https://huggingface\.co/[\w.-]+/[\w.-]+", target) for target in targets)
    for text in HOSTILE:
        assert "]8;" not in render(hostile(text), "text", Look(width=80, color=True, links=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_project_cannot_drive_the_terminal(text: str) -> None:
    screen = Screen(render(hostile(text), "text", Look(width=80, color=True)))
    assert screen.asked == []
    assert screen.rows[0].startswith("FAIL")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_project_cannot_add_markup_to_the_summary(text: str) -> None:
    page = rendered(render(hostile(text), "markdown"))
    allowed = {"h2", "h3", "p", "ol", "ul", "li", "strong", "em", "code", "br", "span"}
    assert {tag for tag, _ in page.tags} <= allowed | {"table", "thead", "tbody", "tr", "th", "td"}
    assert [attributes for _, attributes in page.tags if attributes] == []
    plain = rendered(render(hostile("x"), "markdown"))
    assert [tag for tag, _ in page.tags].count("td") == [tag for tag, _ in plain.tags].count("td")
    assert [tag for tag, _ in page.tags].count("li") == [tag for tag, _ in plain.tags].count("li")


def test_the_summary_has_its_tables_and_its_end() -> None:
    page = rendered(render(voice_assistant(), "markdown"))
    assert [tag for tag, _ in page.tags].count("table") == 2
    assert "src/voice/omni.py:31:15" in page.code
    assert "freehold lock --accept qwen3.5-omni-flash" in page.code
    assert page.text.rstrip().endswith("exit 1: findings at or above error; the audit is incomplete besides")


def test_a_summary_that_is_too_long_ends_between_two_rows_and_says_so() -> None:
    report = voice_assistant()
    finding = report.findings[0]
    many = tuple(
        replace(
            finding,
            location=at(f"src/{number}.py", 1),
            model=f"org/model-{number}",
            remedy=f"fix {number} " + "é" * 400,
        )
        for number in range(2000)
    )
    text = render(replace(report, findings=many), "markdown")
    assert markdown.LIMIT - 4096 < len(text.encode()) <= markdown.LIMIT
    told = text.count("- **error**")
    assert f"_{2000 - told:,} more did not fit here" in text
    assert all(line.endswith("é") for line in text.splitlines() if line.startswith("- **error**"))
    assert text.endswith("besides**\n")


def test_at_most_three_things_come_first_and_the_worst_leads() -> None:
    told = actions(voice_assistant())
    assert [action.rule for action in told] == ["model-became-api-only", None, "line-closed"]
    assert told[1].model == "acme/support-lora"
    assert told[1].text.startswith("offline, and the snapshot does not know it: ask the Hub without --offline")


def test_waived_findings_are_counted_and_nothing_else() -> None:
    report = voice_assistant()
    silent = replace(report, findings=tuple(replace(f, status=Status.WAIVED) for f in report.findings))
    assert groups(silent) == ()
    assert "not counted above: 6 findings waived" in render(silent, "text", PLAIN)


def test_the_more_exposed_model_comes_first_among_equals() -> None:
    report = voice_assistant()
    warning = report.findings[1]
    chat = replace(warning, model="Qwen/Qwen3-30B-A3B-Instruct-2507")
    ranked = groups(replace(report, findings=(chat, warning)))
    assert [group.models[0] for group in ranked] == ["Wan-AI/Wan2.2-T2V-A14B", "Qwen/Qwen3-30B-A3B-Instruct-2507"]


def test_what_is_said_of_many_is_one_entry_with_a_count() -> None:
    (note,) = (group for group in groups(voice_assistant()) if group.severity is Severity.NOTE)
    assert len(note.findings) == len(note.models) == 3


@pytest.mark.parametrize("name", [f.name for f in FORMATS.values() if f.human])
def test_an_empty_report_is_still_a_report(name: str) -> None:
    empty = Report(root=".", provenance=Provenance(today=voice_assistant().provenance.today, mode="live"))
    assert ("exit 0" if name != "notices" else "2026-11-22") in render(empty, name, PLAIN)


def test_a_scan_says_that_nobody_was_asked() -> None:
    report = voice_assistant()
    scan = Report(
        root=".",
        provenance=Provenance(today=report.provenance.today, mode="none"),
        references=report.references,
        files=41,
    )
    text = render(scan, "text", PLAIN)
    assert text.startswith("SCANNED  8 loads of 6 models in 41 files\n")
    assert "a scan asks nobody" in text
    assert '"dashscope","qwen3.5-omni-flash"' in render(scan, "csv").splitlines()[1]
    for name in ("text", "markdown", "html"):
        shown = render(scan, name, PLAIN)
        assert shown.index("qwen3.5-omni-flash") < shown.index("BAAI/bge-m3")
        assert "src/voice/stream.py:77:19" in shown
        assert "a scan judges nothing" in shown


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_waivers_that_a_change_proposes_stand_apart(name: str) -> None:
    report = voice_assistant()
    (waiver,) = report.waivers
    shown = render(replace(report, proposed=(replace(waiver, rule="line-closed", owner=None),)), name, PLAIN).lower()
    assert "waivers proposed by this project, not in force" in shown
    assert "line-closed for meta-llama/llama-3.1-8b-instruct, until 2027-03-31" in " ".join(shown.split())
    assert "proposed" not in render(report, name, PLAIN)


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_license_that_someone_must_look_at_says_so(name: str) -> None:
    assert render(voice_assistant(), name, PLAIN).count("needs-review") == 1


def test_a_screen_counts_what_it_does_not_list() -> None:
    report = voice_assistant()
    warning, model = report.findings[1], report.models[1]
    many = replace(
        report,
        findings=tuple(
            replace(warning, model=f"org/{n}", rule=f"line-{n % 2}", message=f"org/{n} since {n} days")
            for n in range(300)
        ),
        models=tuple(replace(model, name=f"org/{n}") for n in range(300)),
        exposures=(),
    )
    text = render(many, "text", PLAIN)
    assert text.count("and 140 more of line-") == 2
    assert "and 275 less exposed models, 0 of them unknown" in text
    assert text.count("\n") < 200
    assert "\n\n\n" not in text
    for name in ("html", "markdown"):
        assert render(many, name).count("org/299") >= 2


def test_fifty_models_with_the_same_sentence_are_one_finding() -> None:
    report = voice_assistant()
    warning = report.findings[1]
    alike = tuple(replace(warning, model=f"org/{n}", message=f"org/{n} asks how large you are") for n in range(50))
    (group,) = groups(replace(report, findings=alike))
    assert len(group.models) == 50
    text = render(replace(report, findings=alike), "text", PLAIN)
    assert text.count("asks how large you are") == 1
    assert "warning line-closed  org/0 and 49 more" in text
    assert "1. unknown" in text
    assert "2. line-closed  org/0  and 49 more models" in text


def test_a_rule_is_one_thing_to_do_and_names_the_model_and_how_many_more() -> None:
    report = voice_assistant()
    lost = report.findings[0]
    retired = tuple(
        replace(lost, rule="model-retired", model=f"m{n}", remedy=f"move to successor {n}", message=f"gone since {n}")
        for n in range(12)
    )
    (first, *others) = actions(replace(report, findings=(*retired, report.findings[1])))
    assert (first.rule, first.model, first.text, first.more) == ("model-retired", "m0", "move to successor 0", 11)
    assert "model-retired" not in [action.rule for action in others]


def test_evidence_does_not_say_the_sentence_again() -> None:
    report = voice_assistant()
    said = "no rights until the vendor grants them: how many users were yours then?"
    finding = replace(
        report.findings[1], message=f"x stands under y: {said}", evidence=(f"{said} (license.txt)", "new fact")
    )
    text = render(replace(report, findings=(finding,)), "text", PLAIN)
    assert " ".join(text.split()).count(said) == 1
    assert "· license.txt" in text
    assert "· new fact" in text


def test_models_unknown_for_the_same_reason_are_one_entry() -> None:
    report = voice_assistant()
    unknown = next(m for m in report.models if isinstance(m, Unresolved))
    many = tuple(replace(unknown, name=f"org/{n}", reason=f"org/{n} timed out", last_known=None) for n in range(540))
    text = render(replace(report, models=many, exposures=()), "text", PLAIN)
    assert "? 540 models (org/0, org/1, org/2 and 537 more): it timed out" in text


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_in_a_monorepo_a_finding_says_whose_settings_judged_it(name: str) -> None:
    report = voice_assistant()
    there = replace(report, findings=tuple(replace(f, workspace="services/voice") for f in report.findings))
    assert "in services/voice" in render(there, name, PLAIN).replace("`", "")
    assert "services/voice" not in render(report, name, PLAIN)


def test_the_verdict_stays_one_line() -> None:
    report = voice_assistant()
    note = report.findings[3]
    many = replace(report, findings=(*report.findings, *(replace(note, model=f"m{n}") for n in range(12345))))
    unknown = next(m for m in report.models if isinstance(m, Unresolved))
    many = replace(many, models=tuple(replace(unknown, name=f"m{n}") for n in range(12345)))
    first = render(many, "text", PLAIN).splitlines()[0]
    assert first == "FAIL  1 error, 1 warning · 12,345 models, 12,345 unknown · exposure 78/100"


def test_nothing_milder_is_asked_first_of_a_model_that_has_an_error() -> None:
    report = voice_assistant()
    lost, closed, note = report.findings[0], report.findings[1], report.findings[3]
    alias = replace(note, rule="floating-alias", model=lost.model, ecosystem=lost.ecosystem)
    told = actions(replace(report, findings=(lost, alias, replace(closed, model=lost.model)), models=()))
    assert [action.rule for action in told] == ["model-became-api-only"]
    told = actions(replace(report, findings=(lost, alias, replace(alias, model="other")), models=()))
    assert [(action.rule, action.model, action.more) for action in told[1:]] == [("floating-alias", "other", 0)]
