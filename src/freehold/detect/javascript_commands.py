"""Command lines that JavaScript runs, and scripts that it hands on to machines: `execSync("ollama pull …")`,
`spawn("vllm", ["serve", "…"])`, `userData.addCommands("…", "…")`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from freehold.detect import embedded
from freehold.detect.javascript_names import callee
from freehold.detect.javascript_places import Places
from freehold.detect.notes import Notes

if TYPE_CHECKING:
    from tree_sitter import Node

#: Each text in these is a line, wherever in their arguments it stands.
_LINES = frozenset(("addCommands", "addUserData"))
#: The first argument of these is a script, or a program whose words follow.
_RUN = frozenset(
    (
        *("exec", "execSync", "execAsync", "execa", "execaSync", "execaCommand", "execFile", "execFileSync"),
        *("spawn", "spawnSync", "custom"),
    )
)
_CALL = re.compile(rf"\b(?:{'|'.join(sorted(_LINES | _RUN))})\s*\(".encode())
_INSERTED = re.compile(r"\$\{(\w{1,80})\}")
#: `const NAME: string = "…"`.
_HELD = re.compile(r"\b(?:const|let|var)[ ](\w{1,80})(?:[ ]?:[ ]?string)?[ ]?=[ ]?([\"'`])([\w./:@-]{1,200})\2")
_QUOTED = ("string", "template_string")
#: What a machine runs when it starts.
_SCRIPT = re.compile(rb"`\s{0,40}#!/(?:usr/)?bin/")
_BLANK = re.compile(r"[\s\"']")
#: Calls in one file, and texts in one call.
MAX_CALLS = 500
MAX_TEXTS = 2_000
MAX_INSERTED = 20


def tell(root: Node, data: bytes, places: Places, notes: Notes) -> None:
    """Note what the command lines of a script select."""
    stated, notes.references = notes.references, []
    held: dict[str, tuple[str, int]] | None = None  # what a name is bound to, and where that stands
    done: set[int] = set()
    for number, found in enumerate(_CALL.finditer(data)):
        call = _called(root.descendant_for_byte_range(found.start(), found.start() + 1))
        given = call.child_by_field_name("arguments") if call is not None else None
        if number == MAX_CALLS:
            break
        if call is None or given is None or call.id in done or b"/." in (call.text or b"")[:80].partition(b"(")[0]:
            continue  # `/…/.exec(text)`
        if held is None:
            held = {m[1]: (m[3], m.start(3)) for m in _HELD.finditer(places.text)}
        done.add(call.id)
        name = (callee(call) or call).text or b""
        texts = list(_lines(given)) if name.split(b".")[-1].decode() in _LINES else list(_words(given))
        _read(texts, "\n" if name.split(b".")[-1].decode() in _LINES else " ", places, notes, held)
    for found in islice(_SCRIPT.finditer(data), MAX_CALLS):
        node = root.descendant_for_byte_range(found.start(), found.start() + 1)
        node = node.parent if node is not None and node.type == "`" else node
        around = node.parent.parent if node is not None and node.parent is not None else None
        if node is not None and node.type == "template_string" and (around is None or around.id not in done):
            _read([node], "\n", places, notes, {})
    run = {(r.location, r.name) for r in notes.references}
    notes.references = [*(r for r in stated if (r.location, r.name) not in run), *notes.references]


def _called(node: Node | None) -> Node | None:
    """The call that a name stands at the head of."""
    for _ in range(3):
        if node is None or node.type == "call_expression":
            return node
        node = node.parent
    return None


def _lines(node: Node) -> Iterator[Node]:
    """Give the texts within arguments, as they follow one another: of arrays, of what is chosen from."""
    stack, count = list(reversed(node.named_children)), 0
    while stack and count < MAX_TEXTS:
        inner = stack.pop()
        if inner.type in _QUOTED:
            count += 1
            yield inner
        elif inner.type in ("array", "spread_element", "parenthesized_expression", "ternary_expression"):
            stack += reversed(inner.named_children)


def _words(given: Node) -> Iterator[Node]:
    """Give the first argument, and the words of the array behind it."""
    first, *more = given.named_children or [given]
    if first.type in _QUOTED:
        yield first
        yield from (w for a in more[:1] if a.type == "array" for w in a.named_children[:MAX_TEXTS] if w.type in _QUOTED)


def _read(nodes: list[Node], between: str, places: Places, notes: Notes, held: Mapping[str, tuple[str, int]]) -> None:
    parts: list[tuple[str, int]] = []  # and where each stands
    for node in nodes:
        start, end = places.of(node.start_byte) + 1, places.of(node.end_byte) - 1
        text = places.text[start:end]
        if between == "\n" or not parts or _BLANK.search(text) is None:  # else a word with words in it
            parts.append((text + between, start))
    inserted = sorted({name for text, _ in parts for name in _INSERTED.findall(text) if name in held})[:MAX_INSERTED]
    parts = [*((f"{name}={held[name][0]}\n", held[name][1] - len(name) - 1) for name in inserted), *parts]
    begins = [0, *accumulate(len(text) for text, _ in parts)]

    def place(offset: int) -> int:
        number = min(bisect_right(begins, offset), len(parts)) - 1
        return parts[number][1] + offset - begins[number]

    if parts:
        embedded.file(notes, "commands.sh", "".join(text for text, _ in parts), place, sure=False)
