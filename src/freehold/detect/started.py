"""What configuration starts: environments, command lines and scripts, by whichever program they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from freehold.detect import commands, flags
from freehold.detect.calls import plain
from freehold.detect.commands import Word
from freehold.detect.nodes import Listing, Node, Scalar, Table
from freehold.detect.notes import Notes
from freehold.detect.variables import inserted

#: What Docker and Kubernetes put together to one command line.
_PARTS = ("entrypoint", "command", "args")
_LOOPS = ("loop", "with_items")
_SPACE = re.compile(r"\s")
#: An option whose value a template fills in: `--model={{ .Values.model }}`.
_FILLED = re.compile(r"--?[\w-]{1,100}=\{\{[^{}]{1,300}\}\}")
_OPTION = re.compile(r"--[A-Za-z]")


def has_options(node: Node) -> bool:
    """Does this begin with an option? Then it is a part of a command line, whatever it is called."""
    first = node.items[0] if isinstance(node, Listing) and node.items else node
    return isinstance(first, Scalar) and first.text is not None and _OPTION.match(first.text) is not None


def following(scalar: Scalar, notes: Notes) -> Callable[[int, str], int]:
    """Places within a value, one after the other: reckoned, or looked for where they cannot be."""
    last, known = scalar.at, scalar.places(notes.source)

    def place(offset: int, text: str) -> int:
        nonlocal last
        there = known(offset)
        last = notes.near(text, last) if there is None else there
        return last

    return place


def reckoned(scalar: Scalar, notes: Notes) -> Callable[[int], int]:
    """Places within a value; its beginning where they cannot be reckoned."""
    known = scalar.places(notes.source)

    def place(offset: int) -> int:
        there = known(offset)
        return scalar.at if there is None else there

    return place


class Started:
    """Judges what a node of a tree starts or sets."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def environment(self, node: Node) -> None:
        """A mapping, a list of `NAME=value`, Kubernetes' list of `name:`/`value:`, systemd's `A=1 B=2`."""
        pairs = list(self._pairs(node))
        others = {name: value.text or "" for name, value in pairs}
        for name, value in pairs:
            if value.plain or not self.notes.structured(name, value.text or "", following(value, self.notes)):
                self.notes.assign(name, value.text or "", value.at, "env", others)
            if has_options(value):  # `VLLM_ARGS: --model org/name`
                flags.judge(self._split(value), self.notes)

    def pair(self, table: Table) -> None:
        """`{name: MODEL_ID, value: …}` says what it is wherever it stands; `{name: server.model, value: …}` is what is
        set in a chart."""
        for name, value in self._pairs(Listing((table,), table.at)):
            flags.put(name, value.text or "", value.at, self.notes)

    def image(self, table: Table) -> None:
        """A chart's `image: {registry: …, repository: …, tag: …}` is one name; some hold a model."""
        repository = table.get("repository")
        if isinstance(repository, Scalar) and repository.text and "/" in repository.text:
            registry, tag = table.text("registry"), table.text("tag")
            whole = f"{registry}/{repository.text}" if registry else repository.text
            self.notes.image(f"{whole}:{tag}" if tag and ":" not in repository.text else whole, repository.at)

    def loop(self, table: Table) -> None:
        """Ansible's `loop: [a, b]` gives its words to the command beside it."""
        words = next((w for name in _LOOPS if isinstance(w := table.get(name), Listing)), None)
        if words is not None:
            told = ((i.text, i.at) for i in words.items if isinstance(i, Scalar) and i.text)
            self.notes.variables.set("item", told, words=True)

    def _pairs(self, node: Node) -> Iterator[tuple[str, Scalar]]:
        if isinstance(node, Table) and node.text("name") and node.get("value") is not None:
            yield from self._pairs(Listing((node,), node.at))  # Terraform's `env { name = …, value = … }`
        elif isinstance(node, Table):
            for key, value in node.entries:
                if isinstance(value, Scalar) and value.text is not None and key.text:
                    yield key.text, value
        elif isinstance(node, Scalar):
            for word in self._split(node):
                for name, text, inside in flags.settings(word.text):
                    yield name, Scalar(text, word.at + (inside if word.exact else 0), word.exact)
        else:
            for item in node.items:
                if isinstance(item, Scalar) and item.text and "=" in item.text:
                    name, _, text = item.text.partition("=")
                    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
                    text = text[1:-1] if quoted else text
                    yield name, Scalar(text, item.at + len(name) + 1 + quoted, item.plain)
                elif isinstance(item, Table):
                    variable = item.text("name") or item.text("key") or item.text("Name")
                    asked = item.get("input")  # RunPod's `{key: MODEL, input: {default: …}}`
                    set_to = (
                        asked.get("default") if isinstance(asked, Table) else (item.get("value") or item.get("Value"))
                    )
                    if variable and isinstance(set_to, Scalar) and set_to.text is not None:
                        yield variable, set_to

    def command(self, table: Table, name: str, node: Node, path: tuple[str, ...]) -> bool:
        """`entrypoint:`, `command:` and `args:` are one command line, in whichever order they stand."""
        if isinstance(node, Table) and plain(name).endswith("_command"):  # a devcontainer's, each with a name
            for _, value in node.entries:
                flags.judge(self._words(value), self.notes)
            return True
        parts = {plain(k.text or ""): v for k, v in table.entries if plain(k.text or "") in _PARTS}
        if plain(name) not in parts:
            words = self._words(node)
        elif plain(name) == next(iter(parts)):
            words = [word for part in _PARTS if part in parts for word in self._words(parts[part])]
        else:
            return True  # judged together with the first of them
        blocks = {word.at: number for number, word in enumerate(words) if word.quoted and not word.exact}
        for scalar in self._blocks(parts.values() if parts else (node,)) if blocks else ():
            number = blocks.get(scalar.at, 0)
            if number > 1 and flags.is_script(words[:number]):
                self.shell(scalar)  # every place in a block is known
                words[number] = Word("", scalar.at)
        if words:
            image = table.text("image") or (path and table.text("repository")) or None
            flags.judge(words, self.notes, image=image)
        return bool(words)

    def _blocks(self, nodes: Iterable[Node]) -> Iterator[Scalar]:
        for node in nodes:
            items = node.items if isinstance(node, Listing) else (node,)
            yield from (item for item in items if isinstance(item, Scalar) and item.row)

    def _words(self, node: Node) -> list[Word]:
        if isinstance(node, Listing):
            words: list[Word] = []
            for item in node.items:
                if isinstance(item, Scalar):
                    # `- --model org/name` as one item is two words to everyone but the kernel.
                    text = item.text or ""
                    two = text.startswith("-") and " " in text and _FILLED.fullmatch(text) is None
                    pieces = self._split(item) if two else None
                    words += pieces or [Word(text, item.at, item.plain, True)]
                elif isinstance(item, Table) and (item.text("name") or "").startswith("-"):
                    # `- name: --model`, `  value: org/name`, as charts write it.
                    pair = (item.get("name"), item.get("value"))
                    words += [Word(s.text, s.at, s.plain, True) for s in pair if isinstance(s, Scalar) and s.text]
            return words
        return self._split(node) if isinstance(node, Scalar) and node.text else []

    def _split(self, scalar: Scalar) -> list[Word]:
        found: list[Word] = []
        place = scalar.places(self.notes.source)
        for number, command in enumerate(commands.commands(inserted(scalar.text or "", names=True))):
            found += [
                *([Word(";", scalar.at)] if number else []),
                *flags.placed(command.words, place, scalar.at, self.notes),
            ]
        return found

    def shell(self, node: Node) -> bool:
        """A script: one string, or a list of them; or the words of one command."""
        items = node.items if isinstance(node, Listing) else (node,)
        if len(items) > 1 and all(isinstance(i, Scalar) and i.text and not _SPACE.search(i.text) for i in items):
            flags.judge(self._words(node), self.notes)
            return True
        scalars = [n for n in items if isinstance(n, Scalar) and n.text]
        for scalar in scalars:
            place, at = scalar.places(self.notes.source), scalar.at
            silent = flags.silence(self.notes) if place(0) is not None else None
            for command in commands.commands(inserted(scalar.text or "", names=True), silent=silent):
                loud = silent is None or command.scripts or command.listed is not None
                if not loud and flags.quiet([word.text for word in command.words], self.notes.calls):
                    continue  # its places need not be reckoned
                words = flags.placed(command.words, place, at, self.notes)
                at = words[-1].at if words and place(0) is None else at
                scripts = command.scripts if place(0) is not None else ()
                flags.judge(
                    words, self.notes, scripts=scripts, place=reckoned(scalar, self.notes), listed=command.listed
                )
        return bool(scalars)
