"""What one file says, written down while it is read: the one place where detectors for files other than code turn a
text and a rule into a reference, a clue or a problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module

from freehold.detect.calls import Calls, Environment, Key
from freehold.detect.clones import Clones
from freehold.detect.commands import Word
from freehold.detect.found import Found, Setting, Settings
from freehold.detect.given import Given, Judge
from freehold.detect.names import OUTPUT, Name, Sure, identify, is_placeholder, is_used, several
from freehold.detect.pins import is_commit, is_pin, is_version, partner
from freehold.detect.places import copied, in_folder, in_path, put_together, spelled
from freehold.detect.promise import MAX_TEXT, Promise, is_container, promise
from freehold.detect.serving import Rule, Serving, meant, says
from freehold.detect.shapes import shapes
from freehold.detect.variables import ENTRY, INSERT, Variables, anywhere, default, settled
from freehold.source import Source
from freehold.types import Problem, Reference, Requirement, Role

#: A file that names more models than this is a table of data, not a configuration.
MAX_REFERENCES = 5_000

#: What such an address gives is weights, not a page about them.
FETCHED = ("hf://", "huggingface://", "ollama://", "oci://registry.ollama.ai/")
#: So begin names that are nothing but a model of one host, wherever they stand.
OWN = ("@cf/", "@hf/")
#: What a file is called that stands whole in another: a ConfigMap's data, a here-document.
FILE = re.compile(r"[\w.-]{0,100}\.(?:ya?ml|json|toml|ini|env|sh|py|conf|cfg)|Modelfile|Dockerfile")

#: Kinds of rule that say what is *not* a model: a data set, an image, an alias under which a model is served.
SILENT = ("dataset", "other")


class Notes(Serving):
    """The references, requirements, problems and clues of one file, as they are found."""

    def __init__(self, source: Source, calls: Calls, role: Role = Role.LOAD) -> None:
        self.source = source
        super().__init__(calls)
        self.role = role
        self.references: list[Reference] = []
        self.requirements: list[Requirement] = []
        self.problems: list[Problem] = []
        self.settings: list[Setting] = []
        self.variables = Variables()
        self._offered: list[tuple[Rule, Word]] = []
        self.last: int | None = None  # the number of the reference that was noted last
        self.assigned: dict[str, int] = {}  # and of those that names were set to
        self.clones = Clones()
        self._seen: dict[tuple[int, str | None, str, Role], int] = {}  # and their numbers among the references

    def found(self) -> Found:
        """Give everything noted. What a container of this file serves is meant where its name stands alone."""
        for reference in self.given.unknown() if self.taking else ():
            self._append(reference)
        told = {at for at, *_ in self._seen}
        for rule, word in self._offered:
            entry = ENTRY.match(word.text)
            begin = entry.end() if entry is not None else 0
            if word.at + begin not in told and "$" not in word.text:
                self.value(word.text[begin:], word.at + begin, "env", rule, told=True)
        served = {r.name: r.ecosystem for r in self.references if r.how == "image"}
        own = ("config", "env", "flag")
        return Found(
            references=tuple(
                replace(r, ecosystem=served[r.name])
                if r.name in served and r.ecosystem == "huggingface" and r.how in own
                else r
                for r in self.references
            ),
            requirements=tuple(self.requirements),
            problems=tuple(self.problems),
            clues=(Settings.of(self.source.path, self.settings),) if self.settings else (),
        )

    @cached_property
    def given(self) -> Given:
        """What the functions of a script do with what they are given."""
        return Given(self.source.text)

    @property
    def taking(self) -> Set[str]:
        """The functions of a script that are known to take a model."""
        return self.given.uses.keys() if "given" in self.__dict__ else frozenset()

    @property
    def full(self) -> bool:
        """Was the bound passed? Then nothing more is noted, and the problem is."""
        return len(self.references) > MAX_REFERENCES

    def problem(self, what: str, hint: str = "", line: int = 1) -> None:
        """Note something that could not be read."""
        self.problems.append(self.source.problem(what, hint, line))

    def value(
        self,
        text: str,
        at: int,
        how: str,
        rule: Rule | None = None,
        *,
        provider: str | None = None,
        revision: str | None = None,
        file: str | None = None,
        remote_code: bool = False,
        base_url: str | None = None,
        told: bool = False,
    ) -> bool:
        """Judge a text that stands where `rule` says that models stand, or anywhere (None). True if it was noted.
        With `told` it is what a variable was set to, and no variable any more."""
        if (rule is not None and rule.kind in SILENT) or len(text) > MAX_TEXT:
            return False
        if self.full:
            return True
        said = None
        if ("${" in text or "{{" in text) and (run := default(text)) is not None:
            # `${MODEL:-org/name}`: the default is what runs if nobody says otherwise.
            said = self.provider(run[2], run[0])
            text, at = run[0], at + run[1]
        if rule is not None and not told:
            # `MODEL=org/name` above, `--model "$MODEL"` here: the reference stands where the name does.
            texts = self.variables.ever(text, at) if revision is None else self.variables.told(text, at)
            if len(texts) > 1:
                given = partial(self.value, how=how, rule=rule, provider=provider, base_url=base_url, told=True)
                # Every one of them, not only the first that is noted; what is not known only if nothing is.
                sure = [one for one in texts if "$" not in one[0]] or texts
                noted = [given(one, at, revision=revision, remote_code=remote_code) for one, at in sure]
                return any(noted)
            text, at = texts[0]
            if "${" in text and (run := default(text)) is not None:
                text, at = run[0], at + run[1]
        if rule is not None and rule.kind == "link" and "://" not in text:
            return False
        known, kept = anywhere(text), None
        if INSERT.search(known) is not None:
            more = partial(
                self.value, how=how, rule=rule, revision=revision, file=file, remote_code=remote_code, told=True
            )
            whole = put_together(text, self.variables) if rule is not None and "://" not in text else ()
            if sum(more(one, at, provider=provider, base_url=base_url) for one in whole):
                return True
            kept = in_folder(text) if rule is not None and text[:1] == "$" else None  # `$HOME/models/name`
            if kept is None:
                return self._unknowable(text, at, how, rule, more)
        if ("," in text and " " not in text.replace(", ", ",")) or (rule is not None and " " in text.strip()):
            named = several(text, provider or (rule.ecosystem if rule is not None else None))
            for part, there in named if (text, 0) not in named else ():
                self.value(part, at + there, how, rule, provider=provider)
            if named and (text, 0) not in named:
                return True
        # An API base says who serves the name, whatever the client is called.
        host = self.calls.host(base_url) if base_url is not None else None
        trusted = rule is not None and not (base_url and isinstance(rule, Environment))
        ecosystem = host or provider or said or (rule.ecosystem if rule is not None and trusted else None)
        written = known.strip()
        if rule is not None and self.calls.library(rule.library).prefixes:
            ecosystem, written = self.calls.split(rule.library, written, ecosystem or "any")
        name = kept or (meant(written, ecosystem) if rule is None or rule.kind != "path" else None)
        if name is not None and written != text.strip() and ecosystem != "any":
            name = replace(name, sure=Sure.KNOWN)  # a prefix of the library's own stood before it
        if provider is not None and (own := identify(written)) is not None and own.ecosystem == provider:
            name = own  # `anthropic/claude-…` beside `provider: anthropic`
        if name is None and rule is not None:
            name = (in_path(written) if rule.telling else None) or copied(written)
            if name is not None and not rule.telling and "-" not in name.name.rstrip("/").rpartition("/")[2]:
                name = None  # `MODEL_DIR=/data/llama2_x`
        if name is None or (rule is not None and rule.kind == "alias" and "/" not in name.name):
            return False
        server = host if rule is None or rule.telling or says(text) else None
        role = self._role(name, rule, provider or server, how, text)
        if role is None:
            return False
        if (
            ecosystem in (None, "any")
            and "/" not in name.name
            and name.ecosystem == "huggingface"
            and name.sure < Sure.KNOWN
        ):
            # `MODEL=llama-3`: a model surely, but whether Ollama's, a server's alias or the Hub's nobody can tell.
            name = replace(name, ecosystem="unknown")
        self.add(
            name,
            text.strip(),
            at + len(text) - len(text.lstrip()),
            how,
            role,
            library=rule.library if rule is not None else None,
            revision=revision,
            file=file,
            remote_code=remote_code,
            base_url=base_url,
        )
        return role is not Role.CANDIDATE  # code may say more of that

    def image(self, text: str, at: int) -> bool:
        """Judge the name of a container image: some hold one model, which their name tells. True if it was noted."""
        found = self.calls.image(text)
        if found is None:
            return False
        library, rest = found
        name, _, tag = rest.partition("@")[0].partition(":")
        known = identify(name, library.ecosystem)
        if known is None or "/" not in name or INSERT.search(rest) is not None:
            return False
        self.add(known, text, at, "image", self.role, library=library.id, revision=tag or None)
        return True

    def _role(self, name: Name, rule: Rule | None, provider: str | None, how: str, text: str) -> Role | None:
        """How much must the text carry by itself? All of it in prose, nothing in a place that takes only models."""
        if rule is None:
            if text.startswith(OWN):
                return self.role
            if how == "url" and (text.startswith(FETCHED) or is_used(text) or name.ecosystem == "weights"):
                return self.role
            pinned = "/" in name.name and is_commit(name.revision)  # nobody pins what is no repository
            if how == "config" and (name.is_file or "models--" in text or pinned):  # what the Hub's cache keeps
                return self.role
            doubtful = Role.CANDIDATE if name.sure is Sure.KNOWN else None
            return Role.MENTION if how == "env" and name.is_file else doubtful
        if rule.kind == "mention":
            return Role.MENTION if name.sure >= Sure.SHAPED else None
        if name.sure is Sure.BARE and name.ecosystem in ("weights", "gguf") and not name.may_be_file:
            return None  # `model.gguf`, whatever is in it
        spelled = name.sure > Sure.BARE or any(c.isdigit() or c in "-_:." for c in text)
        # The body of a request, the part of a program: there the name of a family is one of its models'.
        near = isinstance(rule, Key) and (rule.near or rule.below) and (spelled or says(text))
        if (rule.kind == "weights" or rule.telling) and name.may_be_file:
            return self.role
        if provider is not None or (rule.telling and (rule.ecosystem is not None or near)):
            return self.role
        if text in shapes().alone and how in ("config", "env") and (rule.telling or isinstance(rule, Environment)):
            return self.role
        if rule.telling and name.sure is Sure.BARE and shapes().marks.search(text) is None:
            return Role.CANDIDATE if spelled else None
        if rule.telling or name.sure >= Sure.SHAPED:
            return self.role
        return Role.CANDIDATE if name.sure is Sure.PLAIN else None

    def _unknowable(self, text: str, at: int, how: str, rule: Rule | None, judge: Judge) -> bool:
        """A telling place whose text comes from somewhere else is visible and not knowable, unless that is an argument,
        which `judge` takes."""
        sure = rule is not None and rule.telling and rule.ecosystem is not None
        if rule is None or rule.kind == "path" or not (sure or text.startswith("$")):
            return False
        if len(text) > 200 or len(text.split()) > 1 or is_placeholder(text):
            return False  # `<your-model>`: a reader's own
        location = self.source.at(at)
        reference = Reference(
            name=None,
            written=text,
            ecosystem=rule.ecosystem or "unknown",
            role=self.role,
            location=location,
            how=how,
            library=rule.library,
            reason="the name is put together when it runs",
            snippet=self.source.line(location.line),
            scope=self.source.scope,
        )
        if self.given.use(text, at, judge, reference if sure else None):
            return True
        if sure:
            self._append(reference)
        return sure

    def add(
        self,
        name: Name,
        written: str,
        at: int,
        how: str,
        role: Role,
        *,
        library: str | None = None,
        revision: str | None = None,
        file: str | None = None,
        remote_code: bool = False,
        base_url: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Note a reference."""
        key = (at, name.name, name.ecosystem, role)
        self.last = self._seen.setdefault(key, len(self.references))
        if self.last < len(self.references):
            self.told_again(self.last, revision)
            return
        location = self.source.at(at)
        if reason is None and role is Role.CANDIDATE:
            reason = "it looks like a model, and nothing says that it is loaded"
        self._append(
            Reference(
                name=name.name,
                written=spelled(name, written),
                ecosystem=name.ecosystem if role is not Role.CANDIDATE else "unknown",
                role=role,
                location=location,
                how=how,
                library=library,
                revision=name.revision or revision,
                reason=reason,
                snippet=self.source.line(location.line),
                scope=self.source.scope,
                remote_code=remote_code,
                file=name.file or file,
                base_url=base_url,
            )
        )

    def inserted(self, text: str | None) -> str | None:
        """Give what a value becomes: a variable's text, a default, itself; None where that is not known here."""
        told = self.variables.told(text, 0) if text is not None else ()
        return settled(told[0][0]) if len(told) == 1 else None

    def told_again(self, number: int, revision: str | None) -> None:
        """`MODEL=org/name` above, `--model $MODEL --revision v1` below: what comes later may say more."""
        if revision is not None and number < len(self.references) and self.references[number].revision is None:
            self.references[number] = replace(self.references[number], revision=revision)

    def command(self, words: Sequence[str]) -> None:
        """Follow what a command does to what git has cloned."""
        pinned = self.clones.follow([self.inserted(word) or word for word in words], self.last)
        if pinned is not None and pinned[0] < len(self.references):
            self.references[pinned[0]] = replace(self.references[pinned[0]], revision=pinned[1])

    def _append(self, reference: Reference) -> None:
        if len(self.references) == MAX_REFERENCES:
            self.problem(f"more than {MAX_REFERENCES} references, the others are left out", "exclude files of data")
        if not self.full:
            self.references.append(reference)

    def assign(
        self,
        name: str,
        text: str,
        at: int,
        how: str,
        others: Mapping[str, str] | None = None,
        around: tuple[str, ...] | None = None,
    ) -> None:
        """Judge a name with its value; `others` are set beside it, `around` are the keys of the blocks around it."""
        self.variables.set(name, ((text, at),))
        if is_container(name, text):
            self.image(text, at)
            return
        if text.lower().replace("-", "_") == name.lower():
            return  # `IMAGE_MODEL=image-model`: where a reader puts a name
        key = self.calls.key(name, "any", others or (), around) if around else self.calls.key(name, "any")
        rules: list[Environment | Key] = [r for r in (self.calls.variable(name, text), key) if r is not None]
        rule = next((r for r in rules if r.ecosystem is not None), rules[0] if rules else None)
        beside = others or {}
        if rule is None and "/" in text and (pin := partner(name, beside)) is not None and is_pin(pin) and beside[pin]:
            rule = self.calls.key("repo_id", "any", ("revision",))  # what is pinned is a repository
        if rule is not None:
            file = beside.get(rule.file) if rule.file else None
            pin, served = self.pin(name, rule, beside), self.served(name, beside)
            said = self.provider(name, text, beside) if rule.ecosystem is None and rule.telling else None
            self.last = None
            noted = self.value(text, at, how, rule, provider=said, revision=pin, file=file, base_url=served)
            if noted and self.last is not None:
                self.assigned[name] = self.last
            if (noted and not rule.values) or rule.kind in SILENT:
                return  # of what is a word of everybody, code may know more
        elif (promised := promise(text)) is not Promise.MORE:
            if not ("/" in text and self.image(text, at)) and promised is not Promise.NOTHING:
                self.setting((name,), text, at)
            return
        elif (("://" in text or text.startswith(OWN)) and self.value(text, at, "url")) or (
            "/" in text and self.image(text, at)
        ):
            return
        if not self.structured(name, text, lambda offset, inside: self.near(inside, at + offset)):
            self.setting((name,), text, at)
            if rule is None and OUTPUT.search(name.lower()) is None:
                self.value(text, at, "env")

    def offered(self, name: str, words: Sequence[Word]) -> None:
        """Remember an array, or what a loop goes through, whose name says that these are models: each is one if it
        looks so, even where nothing is seen to take it."""
        rule = self.calls.variable(name.upper()) or self.calls.key(name.lower(), "any")
        if rule is not None and rule.kind == "model" and len(self._offered) < MAX_REFERENCES:
            self._offered += ((replace(rule, telling=False), word) for word in words)

    def structured(self, name: str, text: str, place: Callable[[int, str], int]) -> bool:
        """Read JSON that stands in a value: `MODELS=[{"id": …}]`, n8n's `={"model": …}`. True if it was one."""
        text = text.replace("=", " ", 1) if text.startswith(("={", "=[")) else text
        if text.lstrip()[:1] not in ("[", "{") or len(text) < 10:
            return False
        return bool(import_module("freehold.detect.config").inside(self, name, text, place))

    def pin(self, name: str, rule: Rule | None, others: Mapping[str, str]) -> str | None:
        """What a setting beside this one pins it to: the one that the rule names, one of the same stem, a commit."""
        if rule is not None and rule.revision is not None and rule.revision in others:
            return settled(others[rule.revision])
        pin = partner(name, (other for other, text in others.items() if text))
        if pin is not None:
            return settled(others[pin])
        commits = {text for other, text in others.items() if is_commit(text) and is_version(other)}
        return commits.pop() if len(commits) == 1 else None

    def near(self, text: str, at: int, last: int | None = None) -> int:
        """Give where a text stands behind this place, if it is not far, or before `last`: for values whose places
        cannot be reckoned."""
        end = at + len(text) + 2_000 if last is None else last
        there = self.source.text.find(text, at, end) if text else -1
        return there if there >= 0 else at

    def setting(self, keys: tuple[str, ...], text: str, at: int, pin: str | None = None, program: str = "") -> None:
        """Note a value that only code could tell to be a model."""
        if len(self.settings) < MAX_REFERENCES and identify(text) is not None:
            location = self.source.at(at)
            told = Setting(keys=keys, value=text.strip(), location=location, revision=pin, program=program)
            self.settings.append(replace(told, snippet=self.source.line(location.line)))
