"""The HTML report: one file, no script, safe with any text, and looked at in a browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html import escape
from pathlib import Path

import pytest
from report_oracles import Shown
from report_values import HOSTILE, hostile, voice_assistant

from freehold.report import html, render
from freehold.report.page.markup import Markup, element, joined, link, prose

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page was not looked at")


def test_text_is_escaped_and_only_markup_is_not() -> None:
    assert element("p", "<b>", Markup("<i>x</i>"), title='"') == '<p title="&quot;">&lt;b&gt;<i>x</i></p>'
    assert joined("a", None, "&") == "a&amp;"
    assert prose("run `a<b` now") == "run <code>a&lt;b</code> now"


def test_only_https_becomes_a_link() -> None:
    assert 'href="https://example.org"' in link("x", "https://example.org")
    for address in ("http://example.org", "javascript:alert(1)", "//example.org", "data:text/html,x", None):
        assert link("x", address) == "x"


def test_the_page_is_alone_in_the_world() -> None:
    page = Shown(render(voice_assistant(), "html"))
    assert {"script", "link", "img", "iframe", "object", "embed", "base", "form"}.isdisjoint(
        tag for tag, _ in page.tags
    )
    attributes = [name for _, attrs in page.tags for name in attrs]
    assert not [name for name in attributes if name.startswith("on") or name == "src"]
    policy = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy == [html.POLICY]
    assert "url(" not in render(voice_assistant(), "html")
    assert "@import" not in render(voice_assistant(), "html")


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_a_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    def shape(page: Shown) -> Counter[str]:
        return Counter(f"{tag} {' '.join(sorted(attrs))}" for tag, attrs in page.tags)

    plain, page = Shown(render(hostile("x"), "html")), Shown(render(hostile(text), "html"))
    # A backtick pair in a sentence is a code span, as it is for our own sentences; an empty subject is left out.
    ignored = {"code ", "span class", "small ", "br "}
    assert {k: n for k, n in shape(page).items() if k not in ignored} == {
        k: n for k, n in shape(plain).items() if k not in ignored
    }
    for _, attrs in page.tags:
        assert (attrs.get("href") or "https://").startswith("https://")


def test_the_table_carries_every_order_it_can_be_sorted_in() -> None:
    page = render(voice_assistant(), "html")
    orders = re.findall(r'style="--model: (\d+); --availability: (\d+); --license: (\d+)"', page)
    for column in zip(*orders, strict=True):
        assert sorted(map(int, column)) == list(range(len(voice_assistant().models)))
    names = [row.group(1) for row in re.finditer(r'role="row" style="--model: (\d+)', page)]
    assert names == ["4", "5", "2", "3", "1", "0"]  # by exposure in the file, by name where asked for


def test_the_lines_of_loaded_models_are_drawn_with_what_the_project_loads() -> None:
    page = render(voice_assistant(), "html")
    assert page.count('class="line"') >= 2
    assert 'class="yours"' in page


@browser
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(width: int, tmp_path: Path) -> None:
    """Chromium lays the page out; a style of ours would show a row that sticks out by making the root scroll."""
    file = tmp_path / "report.html"
    for number, report in enumerate((voice_assistant(), hostile("W" * 3000), hostile("漢字" * 200))):
        # Headless Chromium opens no window narrower than 500, so the page stands in a frame that is measured.
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", render(report, "html"))
        file.write_text(
            f'<meta charset="utf-8"><iframe style="border:0;width:{width}px" srcdoc="{escape(page)}"></iframe>'
            "<script>onload = () => { const r = document.querySelector('iframe').contentDocument.documentElement;"
            "document.title = r.scrollWidth + ' of ' + r.clientWidth }</script>",
            "utf-8",
        )
        title = re.search(r"<title>(\d+) of (\d+)</title>", _dom(file, 1400))
        assert title, number
        assert 0 < int(title[1]) <= int(title[2]) <= width


@browser
def test_the_table_sorts_at_a_click_without_a_script(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", render(voice_assistant(), "html"))
    # The page itself has no script: the one around it clicks, and reads the rows from top to bottom.
    file.write_text(
        f'<meta charset="utf-8"><iframe style="border:0;width:1280px;height:3000px" srcdoc="{escape(page)}"></iframe>'
        """<script>onload = () => { const d = document.querySelector('iframe').contentDocument;
        const rows = () => [...d.querySelectorAll('.row:not(.head)')].map(r => [r.getBoundingClientRect().top,
          r.children[3].firstChild.textContent]).sort((a, b) => a[0] - b[0]).map(r => r[1]).join(',');
        const before = rows(); d.querySelector('label[for=by-model]').click();
        document.title = before + ' then ' + rows(); }</script>""",
        "utf-8",
    )
    title = re.search(r"<title>(.+) then (.+)</title>", _dom(file, 1400))
    assert title
    first, then = title[1].split(","), title[2].split(",")
    assert first[:2] == ["qwen3.5-omni-flash", "Wan-AI/Wan2.2-T2V-A14B"]
    assert then == sorted(first, key=str.lower)


@browser
def test_a_browser_runs_nothing_and_fetches_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    for text in HOSTILE:
        page = render(hostile(text), "html")
        file.write_text(page, "utf-8")
        assert "<script" not in page.lower()
    file.write_text(
        render(hostile("<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"), "html"),
        "utf-8",
    )
    assert "<title>freehold: FAIL</title>" in _dom(file, 800)


def _dom(file: Path, width: int) -> str:
    assert CHROMIUM
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},900"]
    done = subprocess.run(
        [CHROMIUM, *flags, f"--user-data-dir={file.parent / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")
