"""The one place where untrusted text becomes printable. Nothing is escaped anywhere else.

A file name, a model name and a Hub answer are written by whoever may gain from fooling the reader: the terminal, the CI
runner, the Markdown renderer, the browser. So text from outside passes `printable` (no character that acts instead of
showing), then the form of the place where it will stand (`markdown`, `code`, `html`, `xml`, `json_text`), and every
physical line passes `guard`.
"""

from __future__ import annotations

import html as _html
import json
import re
import unicodedata
from collections.abc import Iterator

# Characters that Python calls printable and no screen shows (Unicode's default ignorables outside category Cf): a name
# that holds one looks like another name.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MARKS_IN_A_ROW = 3  # more combining marks than any script needs would paint over the neighboring lines

# What a runner skips over when it looks for a command: characters without weight in a culture-sensitive comparison,
# color sequences, and, before the first mark, blanks.
_WEIGHTLESS = (
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_IGNORED = rf"\x1b\[[0-9;]*m|{_WEIGHTLESS}"
_LINE_START = r"(?:^|(?<=[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]))"
_COMMAND = re.compile(rf"({_LINE_START}(?:\s|{_IGNORED})*+:)(?=(?:{_IGNORED})*+:)")
_OLD_COMMAND = re.compile(rf"(#(?:{_IGNORED})*+#)(?=(?:{_WEIGHTLESS}|[A-Za-z])*+\[|\x1b)")


def printable(text: str) -> str:
    """Spell out every character that is not a visible sign or a plain blank: controls, bidirectional and other format
    characters, surrogates, separators, private use, unassigned, invisible fillers, piled-up combining marks."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = _MARKS_IN_A_ROW  # a mark with nothing before it would sit on our own text
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if sign.isprintable() and sign not in _INVISIBLE and marks <= _MARKS_IN_A_ROW:
            shown.append(sign)
        else:
            shown.append(escape(sign))
    return "".join(shown)


def escape(sign: str) -> str:
    """Spell one character as Python would: `\\n`, `\\x1b`, `\\u202e`, `\\U000e0041`."""
    code = ord(sign)
    return _SHORT.get(sign) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def shorten(text: str, limit: int = 300) -> str:
    """Make printable and keep at most `limit` characters, cut in the middle: both ends of a path tell something."""
    if len(text) > 4 * limit:  # do not spell out a megabyte to throw it away
        text = text[: 2 * limit] + text[-2 * limit :]
    shown = printable(text)
    if len(shown) <= limit:
        return shown
    head = limit // 2
    return f"{shown[:head]}…{shown[len(shown) - (limit - head - 1) :]}"


def guard(text: str) -> str:
    """Break what a CI runner would take for a command, in each physical line of `text`.

    GitHub's runner parses `::name …::` after leading blanks, and the older `##[name …]` anywhere in a line (source:
    actions/runner, ActionCommand.cs); Azure's agent `##vso[…]`, TeamCity `##teamcity[…]`. A backslash within the mark
    is visible and enough.
    """
    if "::" not in text and "##" not in text and text.isascii() and text.isprintable():
        return text
    return _OLD_COMMAND.sub(r"\1\\", _COMMAND.sub(r"\1\\", text))


def markdown(text: str) -> str:
    """Give prose that a Markdown renderer shows as written: no markup, link, image, mention, emoji, formula or HTML.
    Only what stands between two backticks becomes a code span.

    Good inside a paragraph, a list item and a table cell; the text should not stand first in its line.
    """
    return "".join(code(part) if is_code else _prose(part) for part, is_code in spans(text.strip()))


def spans(text: str) -> Iterator[tuple[str, bool]]:
    """Cut prose at its backticks; what stands between two of them is code. A backtick without a partner is a sign."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return ((part, number % 2 == 1) for number, part in enumerate(parts))


def _prose(text: str) -> str:
    shown = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Tables are cut at `|` before anything else is read, and renderers differ in what a backslash before it means.
    shown = re.sub(r"[`*\[\]~\\|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", _entity, shown)
    shown = re.sub(r"^[#+=-]|^\d+(?=[.)])|##", _entity, shown)
    # An emoji's name and a formula are read from the finished text, where no escape is left.
    shown = re.sub(r":(?=[A-Za-z0-9_+-]+:)", r"\g<0><!-- -->", shown)
    return _unlinked(shown).replace("$", "<span>$</span>")


def _unlinked(text: str) -> str:
    """Split what GitHub makes a link or a mention of in finished text; an empty comment shows nothing."""
    return re.sub(r"@|&#64;|:(?=//)|&#58;(?=//)|www\.", r"\g<0><!-- -->", text, flags=re.IGNORECASE)


def code(text: str) -> str:
    """Give a Markdown code span, also good inside a table cell; what would end it or act in it becomes an entity."""
    shown = printable(text)
    if shown and shown == shown.strip() and not re.search(r"[`|$\\]|##", shown):
        return f"`{shown}`"
    return f"<code>{_unlinked(re.sub(r'[^A-Za-z0-9 ./]', _entity, shown, flags=re.ASCII))}</code>"


def _entity(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(sign)};" for sign in match[0])


def html(text: str) -> str:
    """Give text for an HTML or XML element or quoted attribute."""
    return _html.escape(printable(text)).replace("##", "#&#35;")


def url(text: str) -> str | None:
    """Give the address if a person may be sent there: `https:`, visible ASCII, nothing that ends a quotation."""
    return text if re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~!$&()*+,;=:@%/?#-]*)?", text) else None


def json_text(value: object) -> str:
    """Write JSON in pure ASCII, sorted as built, so that any string survives any encoding and no line is a command.

    `json.loads` of the result gives the value back exactly, lone surrogates included.
    """
    written = json.dumps(value, ensure_ascii=True, indent=2, allow_nan=False)
    return written.replace("##", "#\\u0023") + "\n"  # `#` stands only inside strings, where this is the same text


def command(name: str, message: str, **properties: str | int) -> str:
    """Give a workflow command as GitHub's runner reads it back: the only line that is meant to be one."""
    told = ",".join(
        f"{key}={_percent(str(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {told}::{_percent(message)}"


def _percent(text: str) -> str:
    return "%0A".join(printable(line).replace("%", "%25") for line in text.split("\n"))
