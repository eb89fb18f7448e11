"""Which words of a command line select a model: rules/calls' flags, environment assignments, URLs, request bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import dropwhile, takewhile

from freehold.detect import embedded, own_options
from freehold.detect.calls import Calls, Flag
from freehold.detect.commands import MAX_DEPTH, Script, Word, commands
from freehold.detect.line import RUNNERS, Line
from freehold.detect.names import OUTPUT, identify
from freehold.detect.nodes import NoTree, Scalar, Table
from freehold.detect.notes import Notes
from freehold.detect.shapes import shapes
from freehold.detect.tagged import of_ollama
from freehold.detect.trees import filled
from freehold.detect.trees import read as read_tree
from freehold.detect.variables import ENTRY
from freehold.source import Source

_ASSIGN = re.compile(r"([A-Za-z_]\w*)\+?=")
_ENTRY_OF = re.compile(r"([A-Za-z_]\w*)\[([^][\s]{1,80})\]=")
_SHELLS = ("sh", "bash", "zsh", "ash", "dash")
_TEXT_FOLLOWS = ("-c", "-lc", "-ec", "-xc", "-ceu", "-exc")
#: How much longer a line may be in the file than in the text that it holds: indentation, escapes.
_INDENT = 80
#: How much of what a name stands for is read as words.
MAX_EXPANDED = 2_000
#: In a flow of YAML braces would begin a table.
_INSERTED = re.compile(r"\$\{\w{1,100}\}")
#: An assignment, an option with its value or spelled in another way, a body.
_LOUD = re.compile(r"(?:^|\s)(?:[A-Za-z_]\w*(?:\[[^][\s]{1,80}\])?\+?=|-\S*[=_]|\{|\$\{\w+:?=)")
_BETWEEN = str.maketrans(dict.fromkeys("\"';|&>", " "))
#: A text that is a command with options, or options alone.
_COMMAND = re.compile(r"\A\w[^\n]*\s--?\w|\A\w[^\n]*\\\r?\n\s*--?\w|\A\s*(?:\$\{?\w+\}?\s+)?(?:\\\s+)?--?\w[\w-]*[=\s]")
#: The command itself is what a name stands for; a name that has a value from here on if it had none.
_NAMED = re.compile(r"\$(?:\w{1,100}|\{[\w-]{1,100}\})")
#: The parts of where a chart has a value, `server.models[0].id`; and which of them only say which of what is before.
_PARTED = re.compile(r"[A-Za-z_][\w-]*")
_ENTRIES = ("id", "name", "repo", "path", "uri", "url", "source")
_MODELS = ("model", "tokenizer", "adapter", "weights")
#: A table whose keys have no quotes.
_KEYED = re.compile(r"\s*\{\s*\w+\s*:")
#: Ollama's request to fetch a model names it so, or `model`.
_PULL = "/api/pull"
_SETTINGS = re.compile(r"(?:^|,)-{0,2}([A-Za-z_][\w.\[\]-]{0,200})=(\{[^{}]*\}|[^,]*)")
#: One of several that a chart is given: `models={a,b}`.
_ONE_OF = re.compile(r"[^{},]+")
#: Endings of files that hold nothing but weights.
_WEIGHTS = (".gguf", ".safetensors", ".onnx", ".pth", ".ckpt")
#: What asks for files or moves them about, and loads none: `[ -f net.pth ]`, `ls -l net.pth`.
_FILES = re.compile(
    r"test|\[\[?|rm|ls|mv|cp|ln|du|stat|find|cat|head|tar|(?:un)?zip|chmod|chown|touch|file|grep|rsync|scp|(?:md5|sha\d*)sum"
)
#: A script of the project's own, what it may be given, and what it then does not load.
_OWN = (".sh", ".bash", ".py", ".ps1")
_OF_SIZE = re.compile(r"(?<![\w./:-])[a-z][\w.-]*:(?:\d+x)?\d+(?:\.\d+)?b(?![\w:/])", re.ASCII)
_DROPS = re.compile(r"(?i)(?:^|[-_])(?:rm|remove|delete|del|drop|stop|unload|prune|clean|uninstall)(?:$|[-_])")
_FETCHERS = frozenset(("wget", "curl", "aria2c"))
_ADDRESS = re.compile(r"\$(?:\w{1,100}|\{[\w-]{1,100}\})/")
_UNLESS_SET = re.compile(r"\$\{(\w+):?=([^{}]*)\}")
#: What runs a command that is one of its words, elsewhere or in another window.
_HANDED = ("ssh", "tmux", "screen", "su", "wsl", "watch")
#: Words of the shell before a command.
_FLOW = ("if", "elif", "then", "else", "do", "while", "until", "!", "{", "time")
#: What only shows its words to people.
_SAYS = frozenset(("echo", "write-host", "write-output", "write-warning"))
#: What is set for one command only: `CUDA_VISIBLE_DEVICES=0 pull some-model`.
_SET = re.compile(r"[A-Za-z_]\w*=")
#: Words before the command itself, or before assignments.
_BEFORE = ("export", "env", "declare", "local", "readonly", "typeset", "set", "sudo", "exec")


def is_script(words: Sequence[Word]) -> bool:
    """Is what follows these words a text that a shell runs?"""
    return len(words) > 1 and words[-1].text in _TEXT_FOLLOWS and words[-2].text.rpartition("/")[2] in _SHELLS


def read(text: str, at: int, notes: Notes, *, exact: bool = True, depth: int = 0) -> None:
    """Judge every command of a text that stands at this offset of the file; if it does not stand there as it is
    (`exact` is False), its words are looked for from there on."""
    begin, last = at, at + len(text) + _INDENT * (text.count("\n") + 1)
    for command in commands(text, at, silent=silence(notes)) if exact else commands(text):
        words = command.words
        if not exact:
            # A substitution is told before the command around it, which begins further up.
            first = words[0].text if words else ""
            at = at if notes.near(first, at, last) > at else notes.near(first, begin, last)
            words = tuple(searched(words, at, notes, last))
            at = words[-1].at if words else at
        judge(words, notes, scripts=command.scripts, depth=depth, exact=exact, listed=command.listed)


def searched(words: Sequence[Word], at: int, notes: Notes, last: int | None = None) -> Iterator[Word]:
    """Give words whose places cannot be reckoned the places where their texts stand next, none behind `last`."""
    for word in words:
        at = notes.near(word.text, at, last)
        yield Word(word.text, at, notes.source.text.startswith(word.text, at), word.quoted)


def placed(words: Sequence[Word], place: Callable[[int], int | None], at: int, notes: Notes) -> list[Word]:
    """Give the words of a value that begins `at` their places in the file."""
    places = [place(word.at) for word in words]
    if any(there is None for there in places):
        return list(searched(words, notes.near(words[0].text, at) if words else at, notes))
    return [Word(w.text, p, w.exact, w.quoted) for w, p in zip(words, places, strict=True) if p is not None]


def judge(
    words: Sequence[Word],
    notes: Notes,
    *,
    image: str | None = None,
    scripts: Sequence[Script] = (),
    depth: int = 0,
    exact: bool = True,
    place: Callable[[int], int] | None = None,
    listed: str | None = None,
) -> None:
    """Note every model that one command selects. `image` is the container image whose entry point takes these words;
    `place` gives the places of the scripts' offsets where they are not those of the file; `listed` is the name that
    stands for the words, one after the other."""
    words = tuple(_expanded(words, notes)) if any("[@]}" in word.text for word in words) else words
    if listed is not None:
        keys: list[tuple[str, int]] = []
        for word in words:
            if word.quoted and depth < MAX_DEPTH and _COMMAND.search(word.text) is not None:
                read(word.text, word.at, notes, exact=word.exact, depth=depth + 1)  # `RUNS=("python train.py …" …)`
            if (entry := ENTRY.match(word.text)) is not None:  # `declare -A defaults=([MODEL]="…")`
                notes.assign(entry[1], word.text[entry.end() :], word.at + _shift(word, entry), "env")
                keys.append((entry[1], notes.near(entry[1], word.at)))
        values = ((word.text, word.at) for word in words)
        notes.variables.set(listed.removesuffix("+"), values, words=True, more=listed.endswith("+"))
        notes.variables.set(f"!{listed}", keys, words=True)
        notes.offered(listed.removesuffix("+"), words)
        if not any(word.text.startswith("--") for word in words):  # else `ARGUMENTS=(--model … --epochs 3)`
            return
    if words and words[0].text.startswith("$") and _NAMED.fullmatch(words[0].text) is not None:
        (text, _), *others = notes.variables.told(words[0].text, 0)
        if not others and not text.startswith("$"):  # `SERVER="llama-server --port 1"`, `$SERVER -m model.gguf`
            own = (word for command in commands(text[:MAX_EXPANDED]) for word in command.words)
            words = (*(Word(word.text, words[0].at, False) for word in own), *words[1:])
    if notes.taking:
        name, *given = [*dropwhile(lambda word: word.text in _FLOW or _SET.match(word.text), words), Word("", 0)]
        notes.given.call(name.text, [notes.variables.ever(word.text, word.at) for word in given[:-1]])
    if image is None and not scripts and quiet([word.text for word in words], notes.calls):
        return
    words = _assignments(words, notes, depth)
    if not words and not scripts:
        return
    line = Line(words, image)
    notes.last = None
    _nested(line, notes, scripts if exact else (), depth, place or (lambda at: at))
    taken: set[int] = set()
    imaged = image is not None or (bool(line.names) and line.names[0] in RUNNERS)
    does = next((w.text for w in words if w.text not in _FLOW), "").lstrip("@").lower()
    said = does in _SAYS
    for flag in () if said else notes.calls.flags_of(line.places, line.options, image=imaged):
        begin = line.begin(flag)
        if begin is not None and not any(word.text in flag.unless for word in line.words):
            _flag(flag, line, begin, taken, notes)
    fetches = not _FETCHERS.isdisjoint(line.names[:4])
    project = not said and any(name.endswith(_OWN) for name in line.names[:3])
    project = project and not any(_DROPS.search(word.text) for word in line.words)
    for number, word in enumerate(line.words):
        if number in taken:
            continue
        if "://" in word.text or _ADDRESS.match(word.text) or (fetches and _NAMED.fullmatch(word.text)):
            for text, at in notes.variables.addresses(word.text, word.at):
                notes.value(text, at, "url", None)
            if "$" in word.text:
                asked = notes.variables.arguments(word.text)
                notes.given.address(asked, word.at, lambda text, at: notes.value(text, at, "url", None))
        elif word.quoted and word.text.lstrip().startswith("{"):
            _body(word, notes, next((w.text for w in line.words if w.text.startswith("http")), None))
        elif (unset := _UNLESS_SET.search(word.text)) is not None:
            shift = unset.start(2) if word.exact else 0
            notes.assign(unset[1], unset[2], word.at + shift, "env")
        elif number == 0 and word.text.endswith(".llamafile"):
            notes.value(word.text.removeprefix("./"), word.at + 2 * word.text.startswith("./"), "config")
        elif word.text.endswith(_WEIGHTS) and number and _is_option(line.words[number - 1].text):
            if _FILES.fullmatch(does) is None:
                notes.value(word.text, word.at, "config")
        elif project and number and of_ollama(word.text, shapes()):
            if (known := identify(word.text, "ollama")) is not None:
                notes.add(known, word.text, word.at, "flag", notes.role)
        elif "/" in word.text:
            notes.image(word.text, word.at)
    own_options.judge(line.words, taken, notes)
    if line.names[:1] in (["git"], ["cd"], ["pushd"]):
        notes.command([word.text for word in line.words])


def _is_option(text: str) -> bool:
    """Is it an option, and none that says what is written: `--vae`, not `-O` or `--outfile`?"""
    name = text.lstrip("-").replace("-", "_")
    return (
        text.startswith("-")
        and name not in ("", "o", "O")
        and OUTPUT.search(name) is None
        and "out" not in name.lower()
    )


def _expanded(words: Sequence[Word], notes: Notes) -> Iterator[Word]:
    """Give an array that stands as `"${NAME[@]}"` as its words."""
    for word in words:
        if word.text.endswith("[@]}"):
            yield from (Word(text, at) for text, at in notes.variables.ever(word.text, word.at))
        else:
            yield word


def quiet(texts: Sequence[str], calls: Calls) -> bool:
    """Is there nothing in these words that a rule could speak of? Most commands are like that."""
    whole = " ".join(texts)
    signs = "=" in whole or "{" in whole or "_" in whole
    # Options of a script of the project's own.
    own = (
        whole.startswith("--")
        or ((".py" in whole or " -m " in whole or " --module " in whole) and ("--" in whole or "=" in whole))
        or whole.count(" -m ") + (".py" in whole) > 1  # `python ablate.py -m org/name`
    )
    fetched = "$" in whole and not _FETCHERS.isdisjoint(texts)  # `do wget $URL`
    loud = (
        whole.startswith("$")
        or any(sign in whole for sign in (".llamafile", ".gguf", ".safetensors", "://", ".exe"))
        or fetched
        or (":" in whole and any(end in whole for end in _OWN) and _OF_SIZE.search(whole) is not None)
    )
    if own or loud or (signs and _LOUD.search(whole) is not None):
        return False
    known = _loud(calls)
    if "" in known or not known.isdisjoint(texts):
        return False
    paths = [text for text in texts if "/" in text] if "/" in whole else ()
    return not any(path.rpartition("/")[2] in known or calls.image(path) for path in paths)


@cache
def _loud(calls: Calls) -> frozenset[str]:
    """Words that some rule speaks of, and what makes a command more than its words: a text to run, a container."""
    return calls.spoken | {*_TEXT_FOLLOWS, *RUNNERS, *_HANDED, "cd", "pushd"}


def silence(notes: Notes) -> Callable[[str], bool]:
    """Give what says whether all commands of a simple line are quiet."""

    def silent(line: str) -> bool:
        texts = line.translate(_BETWEEN).split()
        calls = bool(notes.taking) and not notes.taking.isdisjoint(texts)
        return not calls and "for" not in texts and "[@]}" not in line and quiet(texts, notes.calls)

    return silent


def _flag(flag: Flag, line: Line, begin: int, taken: set[int], notes: Notes) -> None:
    found = [value for option in flag.flag if option not in flag.defaults for value in line.values(option, begin)]
    for option, model in flag.defaults.items():
        for number in line.options.get(option, ()):
            if number >= begin and notes.value(model, line.words[number].at, "implicit", flag):
                taken.add(number)
    places = line.positional(begin) if flag.positional is not None or flag.file_positional is not None else []
    if flag.positional is not None and len(places) > flag.positional:
        found.append((places[flag.positional], line.words[places[flag.positional]], 0))
    if flag.kind == "settings":
        for number, word, shift in found:
            taken.add(number)
            for name, text, inside in settings(word.text[shift:]):
                put(name, text, word.at + (shift + inside if word.exact else 0), notes)
        return
    if not found:
        return
    file = line.value(flag.file, begin)
    taken.update(number for number, _, _ in (line.values(flag.file, begin) if flag.file is not None else ()))
    if file is None and flag.file_positional is not None and len(places) > flag.file_positional:
        file = line.words[places[flag.file_positional]].text
    pinned = line.value(flag.revision, begin)
    if pinned is None and not (flag.revision and flag.program):  # a program that says which pins it
        pinned = line.value(line.pin(flag), begin)
    revision = notes.inserted(pinned)
    remote = flag.remote_code is not None and flag.remote_code in line.options
    if flag.inner == "*":  # adapters: as many words as there are
        more = (range(number + 1, len(line.words)) for number, _, _ in found)
        found += [(n, line.words[n], 0) for r in more for n in takewhile(lambda n: line.words[n].text[:1] != "-", r)]
    if pinned is not None and not flag.program and not flag.telling:
        told = (text for _, word, shift in found for text, _ in notes.variables.ever(word.text[shift:], 0))
        if all("/" in text for text in told):  # what is pinned is a repository
            flag = replace(flag, telling=True, ecosystem="huggingface")
    for number, word, shift in found:
        pairs = notes.variables.paired(word.text[shift:], pinned) if pinned is not None and "$" in pinned else ()
        for (text, place), own in pairs:
            if notes.value(text, place, "flag", flag, revision=own, file=file, remote_code=remote):
                taken.add(number)
        for inside, text in _inner(flag.inner, word.text[shift:]):
            place = word.at + (shift + inside if word.exact else 0)
            pin = revision
            if flag.inner is not None and flag.revision is not None and not flag.revision.startswith("-"):
                pin = notes.inserted(next((text for _, text in _inner(flag.revision, word.text[shift:])), None))
            if (number not in taken or flag.inner is not None) and notes.value(
                text, place, "flag", flag, revision=pin, file=file, remote_code=remote
            ):
                taken.add(number)


def put(name: str, text: str, at: int, notes: Notes) -> None:
    """Judge what is set from outside if its name says that it is a model: `MODEL_ID`, a chart's `server.model.id`."""
    if text.startswith("{") and text.endswith("}"):
        for one in _ONE_OF.finditer(text):
            put(name, one[0], notes.near(one[0], at), notes)
        return
    *around, last = _PARTED.findall(name) or (name,)
    if around and last in _ENTRIES:
        last = around.pop()
    rule = notes.calls.key(last, "yaml", (last,), tuple(around))
    known = name.isupper() and notes.calls.variable(name) is not None
    if known or (rule is not None and rule.kind in _MODELS):
        notes.assign(last, text, at, "env", {last: text}, tuple(around))
    elif "/" in text:
        notes.image(text, at)


def settings(text: str) -> Iterator[tuple[str, str, int]]:
    """`a.b=c,d=e`: names, texts, and where these stand."""
    yield from ((m[1], m[2], m.start(2)) for m in _SETTINGS.finditer(text))


def _inner(key: str | None, text: str) -> Iterator[tuple[int, str]]:
    """Give the parts of a flag's value that are names, and where: all, that of `key=…`, or with `*` every one."""
    if key is None:
        yield 0, text
        return
    if text.startswith("{"):  # `{"name": "mine", "path": "org/adapter"}`
        yield from ((m.start(1), m[1]) for m in re.finditer(r'"path"\s*:\s*"([^"]*)"', text))
        return
    named = r"(?:[\w.-]+=)?" if key == "*" else rf"{re.escape(key)}="
    yield from ((m.start(1), m[1]) for m in re.finditer(rf"(?:^|,){named}([^,=]*)(?=,|$)", text))


def _assignments(words: Sequence[Word], notes: Notes, depth: int) -> Sequence[Word]:
    """Note `NAME=value` before a command or after `export`, `env`, `-e`; give the words of the command itself."""
    begin = 0
    found = [_ASSIGN.match(word.text) for word in words]
    beside = {m[1]: w.text[m.end() :] for m, w in zip(found, words, strict=True) if m is not None}
    for number, (word, assigned) in enumerate(zip(words, found, strict=True)):
        if assigned is None and (entry := _ENTRY_OF.match(word.text)) is not None:
            value = (word.text[entry.end() :], word.at + _shift(word, entry))
            notes.variables.put(entry[1], (entry[2], notes.near(entry[2], word.at)), value)
        if assigned is not None:
            shift = _shift(word, assigned)
            text = word.text[assigned.end() :]
            notes.assign(assigned[1], text, word.at + shift, "env", beside)
            if text.startswith("$"):  # `URL="$BASE/net.pt"`
                whole = notes.variables.filled(text, word.at + shift, last=True)
                filled_in = [one for one in whole if len(one[0]) <= MAX_EXPANDED]
                for one, at in filled_in:
                    notes.value(one, at, "url", None)
                if filled_in:
                    notes.variables.set(assigned[1], filled_in)
            if depth < MAX_DEPTH and _COMMAND.search(text) is not None:  # `RUN="python train.py --model …"`
                read(text, word.at + shift, notes, exact=word.exact, depth=depth + 1)
            begin = number + 1 if begin == number else begin
        elif begin == number and word.text in _BEFORE:
            begin = number + 1
    return words[begin:]


def _shift(word: Word, name: re.Match[str]) -> int:
    """How far into a word its value begins: in `NAME="value"` a quote stands between."""
    return name.end() if word.exact or not word.quoted else name.end() + 1


def _nested(line: Line, notes: Notes, scripts: Sequence[Script], depth: int, place: Callable[[int], int]) -> None:
    """`sh -c "…"`, `python -c "…"` and here-documents hold commands and code of their own."""
    for number, name in enumerate(line.names[:-2]):
        if line.words[number + 1].text not in _TEXT_FOLLOWS:
            continue
        inner = line.words[number + 2]
        if name in _SHELLS and depth < MAX_DEPTH:
            read(inner.text, inner.at, notes, exact=inner.exact, depth=depth + 1)
        elif name.startswith("python"):
            embedded.code(notes, inner.text, lambda offset, at=inner.at: at + offset)  # type: ignore[misc]
    for word in line.words[1:] if line.names[:1] and line.names[0] in _HANDED and depth < MAX_DEPTH else ():
        if word.quoted and " " in word.text:
            read(word.text, word.at, notes, exact=word.exact, depth=depth + 1)
    for script in scripts:
        if (file := line.written()) is not None:
            text = _INSERTED.sub(lambda m: "_" * len(m[0]), script.text)
            embedded.file(notes, file, text, lambda offset, at=script.at: place(at + offset), sure=False)  # type: ignore[misc]
        elif any(name.startswith("python") for name in line.names):
            embedded.code(notes, script.text, lambda offset, at=script.at: place(at + offset))  # type: ignore[misc]
        elif line.names and line.names[0] in _SHELLS and depth < MAX_DEPTH:
            read(script.text, place(script.at), notes, exact=place(script.at) == script.at, depth=depth + 1)
        elif script.text.lstrip().startswith("{") and (
            url := next((w.text for w in line.words if "://" in w.text), "")
        ):
            _body(Word(script.text, place(script.at)), notes, url)


def _body(word: Word, notes: Notes, url: str | None) -> None:
    """The JSON body of a request: `curl URL -d '{"model": …}'`."""
    name = f"{notes.source.path}.json5" if _KEYED.match(word.text) else notes.source.path  # `jq -n '{model: "…"}'`
    try:
        body = read_tree(Source(name, filled(word.text).encode()), "json")[0]
    except NoTree:
        return
    entries = body.entries if isinstance(body, Table) else ()
    names = [key.text or "" for key, _ in entries]
    for key, value in entries:
        pulled = key.text == "name" and url is not None and url.endswith(_PULL)
        rule = notes.calls.key("ollama_model" if pulled else key.text or "", "json", names)
        if rule is not None and isinstance(value, Scalar) and value.text:
            at = word.at + value.at if word.exact else notes.near(value.text, word.at)
            notes.value(value.text, at, "config", rule, base_url=url)
