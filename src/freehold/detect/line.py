"""One command with its words found quickly: there are many rules, and scripts are long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from freehold.detect.calls import Flag
from freehold.detect.commands import Word
from freehold.detect.notes import FILE
from freehold.detect.pins import is_pin, partner

RUNNERS = ("docker", "podman", "nerdctl", "singularity", "apptainer")
#: What they do without starting a container.
_IDLE = frozenset(("build", "buildx", "image", "inspect", "manifest", "pull", "push", "rmi", "save", "tag"))
#: What they do with images that runs none.
_KEEPING = ("build", "buildx", "image", "images", "inspect", "manifest", "pull", "push", "rmi", "save", "scout", "tag")


class Line:
    """A command, its words by their names and its options by theirs."""

    def __init__(self, words: Sequence[Word], image: str | None) -> None:
        self.words = words
        self.image = image
        self.names = [word.text.rpartition("/")[2].removesuffix(".exe") for word in words]
        self.options: dict[str, list[int]] = {}
        self.places: dict[str, list[int]] = {}
        for number, word in enumerate(words):
            if word.text.startswith("-"):
                self.options.setdefault(word.text.partition("=")[0].replace("_", "-"), []).append(number)
            else:
                self.places.setdefault(self.names[number], []).append(number)

    def written(self) -> str | None:
        """What a here-document is the text of: `cat > FILE`, `tee FILE`, `kubectl apply -f -`,
        `ollama create NAME -f -`."""
        if "apply" in self.names[1:4]:
            return "applied.yaml"
        if self.names[:2] == ["ollama", "create"]:
            return "Modelfile"
        if self.names[:1] == ["tee"]:
            file = next((name for name in self.names[1:] if not name.startswith("-")), "")
        else:
            after = zip(self.words, self.names[1:], strict=False)
            file = next((name for word, name in after if word.text in (">", ">>")), "")
        return file if FILE.fullmatch(file) is not None else None

    def begin(self, flag: Flag) -> int | None:
        """Give the number of the first word behind the program; None where the command is another program's."""
        if not flag.program:
            return 0
        size = len(flag.program)
        for number in self.places.get(flag.program[0], ()):
            if tuple(self.names[number : number + size]) == flag.program:
                return number + size
        if flag.image and len(self.names) > 1 and self.names[0] in RUNNERS and self.names[1] not in _KEEPING:
            for number, word in enumerate(self.words):
                if any(image in word.text for image in flag.image) and not word.text.startswith("-"):
                    return number + 1
        if self.image is None or not any(image in self.image for image in flag.image):
            return None
        # The words of a container that name no program of their own go to the image's entry point.
        bare = bool(self.words) and (self.names[0].startswith("-") or self.words[0].text != self.names[0])
        return 0 if bare else None

    def values(self, option: str, begin: int) -> Iterator[tuple[int, Word, int]]:
        """Give the values of an option: number, word, and how many characters stand before the value in it."""
        for number in self.options.get(option.replace("_", "-"), ()):
            word = self.words[number]
            name, equals, _ = word.text.partition("=")
            if number < begin:
                continue
            if equals:
                yield number, word, len(name) + 1
            elif number + 1 < len(self.words) and not self.words[number + 1].text.startswith("-"):
                yield number + 1, self.words[number + 1], 0

    def value(self, option: str | None, begin: int) -> str | None:
        """Give the text of an option's first value."""
        found = next(self.values(option, begin), None) if option is not None else None
        return found[1].text[found[2] :] if found is not None else None

    def pin(self, flag: Flag) -> str | None:
        """Give the option that pins what a flag names, where no rule says it: `--tokenizer-revision`."""
        options = {option.lstrip("-"): option for option in self.options}
        name = next((option for option in flag.flag if option.replace("_", "-") in self.options), "")
        found = partner(name.lstrip("-"), options) if name else None
        return options[found] if found is not None and is_pin(found) else None

    def positional(self, begin: int) -> list[int]:
        """Give the numbers of the arguments that are no option and no option's value. What follows an option without
        `=` may be its value: such a word counts only when there is no other, and when it has an owner."""
        sure: list[int] = []
        maybe: list[int] = []
        for number in range(begin, len(self.words)):
            if self.words[number].text.startswith(("-", ">", "<", "2>")):
                continue
            before = self.words[number - 1].text if number > begin else ""
            (maybe if before.startswith("-") and "=" not in before else sure).append(number)
        return sure or [number for number in maybe[-1:] if "/" in self.words[number].text]
