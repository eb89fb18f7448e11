"""Untrusted text: what it may do to a terminal, a CI runner, a Markdown page and a JSON file is nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from report_oracles import Screen, commands, rendered
from report_values import HOSTILE

from freehold import safe

# Dense in what matters: marks of commands and Markdown, blanks, controls, invisible and bidirectional characters.
NASTY = st.text(
    st.one_of(
        st.sampled_from(":#[]` |\\*_<>&$@!-\n\r\t\x00\x1b\x85\xa0\xad\u034f\u200b\u2028\u202e\ufe0f\ufeff\ud800m1a"),
        st.characters(categories=None),
    ),
    max_size=40,
)
COMMANDS = st.lists(
    st.sampled_from(
        ["::", ":", "#", "##", "##[", "[", "]", " ", "error", "vso", "\n", "\r", "\x1b[1m", "\xad", "\ufe0f", "\u2003"]
    ),
    max_size=14,
).map("".join)


@settings(deadline=None)
@given(NASTY)
def test_printable_text_holds_only_visible_signs(text: str) -> None:
    shown = safe.printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert safe.printable(shown) == shown


@pytest.mark.parametrize("text", ["Qwen/Qwen3-Omni", "src/été/日本語.py", "שלום", "naïve — “quoted”", "a\\nb", "👍🏽"])
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    assert safe.printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31m\x9b\x07", "\\x1b[31m\\x9b\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2028\u2029\u00a0", "\\u2028\\u2029\\xa0"),
        ("\ud800\ue000\U000e0041", "\\ud800\\ue000\\U000e0041"),
        ("a\u3164b\ufe0f", "a\\u3164b\\ufe0f"),
        ("e\u0301", "e\u0301"),
        ("\u0301", "\\u0301"),
    ],
)
def test_what_would_act_is_spelled_out(text: str, shown: str) -> None:
    assert safe.printable(text) == shown


def test_piled_up_marks_cannot_paint_over_other_lines() -> None:
    assert safe.printable("z" + "\u0301" * 40).count("\u0301") == 3


@settings(deadline=None)
@given(NASTY | COMMANDS)
@example("##\x1f\x1b[m]")
def test_no_guarded_line_is_a_command(text: str) -> None:
    assert commands(safe.guard(text)) == []


@settings(deadline=None)
@given(NASTY | COMMANDS)
def test_no_colored_line_is_a_command(text: str) -> None:
    assert commands(safe.guard(f"\x1b[1;31m{safe.printable(text)}\x1b[0m[x]")) == []


def test_the_oracle_sees_commands() -> None:
    assert commands("  ::error file=a%3Ab,line=1::x%0Ay") == [("error", {"file": "a:b", "line": "1"}, "x\ny")]
    assert commands("text\r::stop-commands::t") == [("stop-commands", {}, "t")]
    assert commands("log ##[group]x") == [("group", {}, "x")]


@pytest.mark.parametrize(
    "line",
    [
        "## Heading",
        "std::vector",
        "### a [b]",
        "a :: b",
        "x: y",
        "# [x]",
    ],
)
def test_the_guard_leaves_ordinary_lines_alone(line: str) -> None:
    assert safe.guard(line) == line


def test_the_guard_is_linear() -> None:
    """A megabyte of what almost is a command: with backtracking this would not end."""
    for text in ("#" * 10**6, ("## " + " " * 50) * 20_000, " " * 10**6 + "x", "##" + "a" * 10**6):
        assert safe.guard(text) == text


@settings(deadline=None)
@given(NASTY)
def test_a_screen_is_not_moved(text: str) -> None:
    screen = Screen(safe.printable(text))
    assert screen.asked == []


@settings(deadline=None)
@given(NASTY)
def test_markdown_prose_shows_as_written(text: str) -> None:
    text = text.replace("`", "'")
    page = rendered(f"- x {safe.markdown(text)}\n\n| a | b |\n|---|---|\n| {safe.markdown(text)} | end |\n")
    shown = safe.printable(text.strip())
    item, _, table = page.text.partition("ab" if not page.text.count("\na\n") else "\na\n")
    assert [
        tag for tag, _ in page.tags if tag not in ("ul", "li", "table", "thead", "tbody", "tr", "th", "td", "span")
    ] == []
    assert [tag for tag, _ in page.tags].count("td") == 2
    assert f"x {shown}".strip() in item
    assert shown.strip() in table


@settings(deadline=None)
@given(NASTY)
def test_a_code_span_shows_as_written_also_in_a_table(text: str) -> None:
    page = rendered(f"- x {safe.code(text)} y\n\n| a | b |\n|---|---|\n| {safe.code(text)} | end |\n")
    assert page.code == [safe.printable(text)] * 2
    assert [tag for tag, _ in page.tags].count("td") == 2


@settings(deadline=None)
@given(NASTY)
def test_backticks_in_prose_make_code_and_nothing_else(text: str) -> None:
    page = rendered(f"x {safe.markdown(text)} y")
    assert {tag for tag, _ in page.tags} <= {"p", "code", "span"}
    assert page.text.replace(" ", "").strip() == f"x{''.join(_without_marks(text))}y".replace(" ", "").strip()


def _without_marks(text: str) -> str:
    parts = text.strip().split("`")
    pairs = len(parts) // 2 * 2 if len(parts) % 2 else len(parts) - 2
    return "".join(safe.printable(p) + ("`" if i == pairs and len(parts) % 2 == 0 else "") for i, p in enumerate(parts))


def test_the_renderer_makes_links_of_bare_addresses() -> None:
    page = rendered("https://example.org www.example.org a@example.org example.org")
    assert len([tag for tag, _ in page.tags if tag == "a"]) == 3


@pytest.mark.parametrize("text", ["https://example.org", "www.example.org", "a@example.org"])
def test_no_address_becomes_a_link(text: str) -> None:
    for written in (safe.markdown(f"x {text} y"), safe.code(f"{text}"), safe.code(f"| {text}")):
        assert "a" not in [tag for tag, _ in rendered(f"- {written}").tags]


@pytest.mark.parametrize("text", ["@everyone", "https://example.org", "www.example.org", ":poop:", "$x$ $y$"])
def test_github_has_nothing_to_act_upon(text: str) -> None:
    written = safe.markdown(f"see {text} there")
    assert text not in written
    assert rendered(written).text.strip() == f"see {text} there"


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | NASTY | COMMANDS, lambda inner: st.lists(inner) | st.dictionaries(NASTY, inner)
    )
)
def test_json_is_ascii_no_command_and_exact(value: object) -> None:
    text = safe.json_text(value)
    assert text.isascii()
    assert commands(text) == []
    assert json.loads(text) == value


@settings(deadline=None)
@given(NASTY)
def test_html_shows_as_written_and_stays_in_its_attribute(text: str) -> None:
    from report_oracles import Shown

    page = Shown(f'<p title="{safe.html(text)}">{safe.html(text)}</p>')
    assert page.tags == [("p", {"title": safe.printable(text)})]
    assert page.text == safe.printable(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_addresses_are_none(text: str) -> None:
    assert safe.url(text) is None


def test_an_address_is_https() -> None:
    assert safe.url("https://example.org/a/b?c=d#e") == "https://example.org/a/b?c=d#e"
    for text in (
        "http://example.org",
        "javascript:x",
        "https://a b",
        'https://a"b',
        "https://a@b.org",
        "https://é.org",
    ):
        assert safe.url(text) is None


def test_long_text_keeps_both_ends() -> None:
    short = safe.shorten("a" * 5000 + "\n" * 5000 + "end", 100)
    assert len(short) == 100
    assert short.startswith("aaa")
    assert short.endswith("\\nend")
