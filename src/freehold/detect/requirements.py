"""Which Python packages a project asks for: requirements.txt, pyproject.toml, setup.cfg, Pipfile, environment.yml.

The versions that lock files give (see `lockfiles`) meet them in `link`, by name, in the nearest folder above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Asked
from packaging.utils import canonicalize_name

from freehold.detect import lockfiles
from freehold.detect.calls import Calls
from freehold.detect.found import Clue, Found, Package
from freehold.detect.nodes import Listing, Node, NoTree, Scalar, Table
from freehold.detect.trees import read
from freehold.source import Source
from freehold.types import Location, Problem, Reference, Requirement, Role

#: `packaging` is quadratic in some texts; nobody's requirement is longer.
MAX_LINE = 1_000
MAX_PACKAGES = 20_000
#: Larger text files are not looked into for requirements that their name does not promise.
MAX_GUESSED = 50_000

_TEXT = re.compile(
    r"(?:.*[/._-])?(?:requirements?|constraints?)(?:[._-].*)?\.(?:txt|in|pip)|(?:.*/)?requirements/[^/]+\.(?:txt|in)",
    re.IGNORECASE,
)
_TREES = {
    "pyproject.toml": "toml",
    "setup.cfg": "ini",
    "pipfile": "toml",
    "environment.yml": "yaml",
    "environment.yaml": "yaml",
}
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w, -]*\])?[ \t]*[=~<>!]=[ \t]*\d")
_LINE = re.compile(r"(?:[A-Za-z0-9][\w.-]*(?:\[[\w, -]*\])?[ \t]*(?:[=~<>!;@(].*)?|-{1,2}[A-Za-z].*|[.\w+]+[:/].*)\\?$")
_OPTION = re.compile(r"(?P<option>-r|-c|--requirement|--constraint)(?:[ \t]+|=)?(?P<path>\S+)")
#: What an audit does not follow, and says so: a stranger's file must not choose where we ask or what we build.
_TOLD = (
    (("-e", "--editable"), "asked for from an address or a path: its license is not looked up"),
    (("-i", "--index-url", "--extra-index-url", "--find-links", "-f"), "names an index of its own, which is not asked"),
)
#: What most files of pinned packages consist of.
_EXACTLY = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)==(\d+(?:\.\d+)*)", re.ASCII)
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_NAMED = re.compile(r"[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]{0,200}\])?\s*@\s")
_EGG = re.compile(r"#egg=([A-Za-z0-9][\w.-]*)")
#: The name of a wheel, or of a source distribution.
_BUILT = re.compile(
    r"/(?P<name>[A-Za-z]\w{1,60})-(?P<version>\d[\w.]{0,40})(?:-[\w.-]{1,60})?\.(?:whl|tar\.gz|zip)(?=$|[#?])"
)
_POETRY = re.compile(r"[~^]?\d[\w.*+!-]*|\*")


def wants(source: Source) -> bool:
    """By name; lock files too."""
    path = source.path.lower()
    if not path.endswith((".txt", ".in", ".pip", ".toml", ".cfg", ".lock", ".yml", ".yaml", "pipfile")):
        return False
    return _is_text(source) or source.name.lower() in _TREES or lockfiles.is_lock(source)


def _is_text(source: Source) -> bool:
    """By name; or, because includes may be called anything, when every line could be a requirement and one has a
    version."""
    path = source.path.lower()
    if _TEXT.fullmatch(path) is not None:
        return True
    if not path.endswith((".txt", ".in")) or len(source.data) > MAX_GUESSED:
        return False
    lines = [bare for line in source.lines if (bare := (_COMMENT.sub("", line) if "#" in line else line).strip())]
    return any(_PINNED.match(line) for line in lines) and all(_LINE.match(line) for line in lines)


def find(source: Source, calls: Calls) -> Found:
    """Give the packages that a file asks for, or locks, as clues."""
    if lockfiles.is_lock(source):
        return lockfiles.packages(source)
    if _is_text(source):
        return _text(source, calls)
    kind = _TREES[source.name.lower()]
    try:
        documents = read(source, kind)
    except NoTree as error:
        # The configuration detector reports it for every other kind of file.
        problems = () if source.name != "Pipfile" else (source.problem(str(error), line=error.line),)
        return Found(problems=problems)
    top = documents[0] if documents else None
    if not isinstance(top, Table):
        return Found()
    return _gather(source, _entries(source.name.lower(), top), calls)


def link(clues: tuple[Clue, ...], calls: Calls) -> Found:
    """Put versions from lock files to the packages that are asked for. A lock file alone speaks for itself."""
    packages = [c for c in clues if isinstance(c, Package)]
    locked: dict[tuple[str, str], str] = {}
    for package in packages:
        if package.locked and package.version is not None:
            locked.setdefault((_folder(package.location.path), package.name), package.version)
    asked = [p for p in packages if not p.locked]
    folders = {_folder(p.location.path) for p in asked}
    alone = [p for p in packages if p.locked and not any(_above(f, _folder(p.location.path)) for f in folders)]
    return Found(
        requirements=tuple(
            Requirement(
                name=p.name, specifier=p.specifier, location=p.location, version=p.version or _version(p, locked)
            )
            for p in (*asked, *alone)
        )
    )


def _version(package: Package, locked: dict[tuple[str, str], str]) -> str | None:
    folder = PurePosixPath(_folder(package.location.path))
    return next((v for f in (folder, *folder.parents) if (v := locked.get((str(f), package.name))) is not None), None)


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _above(folder: str, other: str) -> bool:
    return PurePosixPath(other).is_relative_to(folder) or PurePosixPath(folder).is_relative_to(other)


# ── requirements.txt ──────────────────────────────────────────────────────────


def _text(source: Source, calls: Calls) -> Found:
    entries: list[tuple[str, int]] = []
    problems: list[Problem] = []
    number, lines = 0, source.lines
    while number < len(lines):
        first = number
        while lines[number].endswith("\\") and number + 1 < len(lines):
            number += 1
        number += 1
        text = " ".join(line.removesuffix("\\") for line in lines[first:number])
        bare = (_COMMENT.sub("", text) if "#" in text else text).strip()
        if not bare:
            continue
        option = _OPTION.match(bare)
        if option is not None:
            if _outside(source.path, option["path"]):
                problems.append(
                    source.problem("includes a file outside the project, which is not read", line=first + 1)
                )
            continue
        at = source.offset(first + 1) + len(text) - len(text.lstrip())
        if bare.startswith("-"):
            if (egg := _EGG.search(text)) is not None:
                entries.append((egg[1], at))
            if (said := next((what for flags, what in _TOLD if bare.startswith(flags)), None)) is not None:
                problems.append(source.problem(said, line=first + 1))
            continue
        entries.append((re.split(r"\s--\w", bare)[0].strip(), at))
    found = _gather(source, iter(entries), calls)
    return replace(found, problems=(*problems, *found.problems))


def _outside(path: str, include: str) -> bool:
    """`-r ../../secret.txt` must not lead out of the root; what lies inside is walked anyway."""
    if include.startswith(("/", "~")) or re.match(r"[A-Za-z]:|\\\\|\w+://", include):
        return "://" not in include
    depth = len(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(include.replace("\\", "/")).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


# ── trees ─────────────────────────────────────────────────────────────────────


def _entries(name: str, top: Table) -> Iterator[tuple[str, int]]:
    if name == "pyproject.toml":
        yield from _pyproject(top)
    elif name == "pipfile":
        for section in ("packages", "dev-packages"):
            yield from _poetry(top.get(section))
    elif name == "setup.cfg":
        yield from _setup(top)
    else:
        for item in _items(top.get("dependencies")):
            for inner in _items(item.get("pip")) if isinstance(item, Table) else ():
                if isinstance(inner, Scalar) and inner.text and not inner.text.startswith("-"):
                    yield inner.text, inner.at


def _pyproject(top: Table) -> Iterator[tuple[str, int]]:
    project = top.get("project")
    if isinstance(project, Table):
        yield from _texts(project.get("dependencies"))
        for _, extra in _pairs(project.get("optional-dependencies")):
            yield from _texts(extra)
    for _, group in _pairs(top.get("dependency-groups")):
        yield from _texts(group)
    tool = top.get("tool")
    tools = dict(_pairs(tool))
    uv = dict(_pairs(tools.get("uv")))
    yield from _texts(uv.get("dev-dependencies"))
    for _, group in _pairs(dict(_pairs(tools.get("pdm"))).get("dev-dependencies")):
        yield from _texts(group)
    poetry = dict(_pairs(tools.get("poetry")))
    yield from _poetry(poetry.get("dependencies"))
    yield from _poetry(poetry.get("dev-dependencies"))
    for _, group in _pairs(poetry.get("group")):
        yield from _poetry(dict(_pairs(group)).get("dependencies"))


def _setup(top: Table) -> Iterator[tuple[str, int]]:
    """setup.cfg's values run over indented lines, which the INI reader gives as they stand."""
    for section, keys in (("options", ("install_requires",)), ("options.extras_require", None)):
        for name, value in _pairs(top.get(section)):
            if (keys is None or name in keys) and isinstance(value, Scalar) and value.text:
                at = value.at
                for line in value.text.split("\n"):
                    if line.strip() and not line.strip().startswith("#"):
                        yield line.strip(), at + len(line) - len(line.lstrip())
                    at += len(line) + 1


def _poetry(node: Node | None) -> Iterator[tuple[str, int]]:
    """`name = "^1.2"` and `name = {version = "…", extras = […]}`: poetry's carets are turned into PEP 440."""
    for key, value in node.entries if isinstance(node, Table) else ():
        name = key.text or ""
        if name.lower() == "python":
            continue
        version = (
            value.text("version") if isinstance(value, Table) else value.text if isinstance(value, Scalar) else None
        )
        yield name + _pep440(version or "*"), key.at


def _pep440(version: str) -> str:
    version = version.strip()
    if version in ("*", ""):
        return ""
    if _POETRY.fullmatch(version) is None:
        return version
    bare = version.lstrip("^~")
    parts = bare.split(".")
    if version[0] == "~":
        return f"~={bare}" if len(parts) > 1 else f">={bare}"
    if version[0] != "^" or not all(p.isdigit() for p in parts):
        return f"=={bare}" if version[0] != "^" else f">={bare}"
    # The leftmost number that is not zero must not change.
    fixed = next((i for i, p in enumerate(parts) if int(p) != 0), len(parts) - 1)
    upper = ".".join([*parts[:fixed], str(int(parts[fixed]) + 1)])
    return f">={bare},<{upper}"


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else ()


def _texts(node: Node | None) -> Iterator[tuple[str, int]]:
    for item in _items(node):
        if isinstance(item, Scalar) and item.text:
            yield item.text, item.at


def _pairs(node: Node | None) -> Iterator[tuple[str, Node]]:
    for key, value in node.entries if isinstance(node, Table) else ():
        yield key.text or "", value


def _gather(source: Source, entries: Iterator[tuple[str, int]], calls: Calls) -> Found:
    packages: list[Package] = []
    models: list[Reference] = []
    problems: list[Problem] = []
    for text, at in entries:
        location = source.at(at)
        if len(packages) >= MAX_PACKAGES:
            problems.append(source.problem(f"more than {MAX_PACKAGES} requirements", line=location.line))
            break
        if (model := _model(text, location, calls)) is not None:
            models.append(replace(model, snippet=source.line(location.line), scope=source.scope))
        if _elsewhere(text):
            problems.append(source.problem(_TOLD[0][1], line=location.line))
            continue
        package = _package(text, location)
        if package is None:
            problems.append(source.problem("this requirement cannot be read", line=location.line))
        else:
            packages.append(package)
    return Found(references=tuple(models), clues=tuple(packages), problems=tuple(problems))


def _model(text: str, location: Location, calls: Calls) -> Reference | None:
    """A package that holds a model selects it: `en_core_web_sm==3.7.1`, or the address of its wheel."""
    package = _package(text, location) if not _elsewhere(text) else None
    address = text if package is None else package.specifier
    built = _BUILT.search(address) if "/" in address and len(address) <= MAX_LINE else None
    name = package.name if package is not None else canonicalize_name(built["name"]) if built is not None else ""
    library = calls.model_package(name)
    if library is None or library.ecosystem is None:
        return None
    version = package.version if package is not None else None
    return Reference(
        name=name.replace("-", "_"),
        written=name.replace("-", "_"),
        ecosystem=library.ecosystem,
        role=Role.LOAD,
        location=location,
        how="requirement",
        library=library.id,
        revision=version or (built["version"] if built is not None else None),
    )


def _elsewhere(text: str) -> bool:
    """A path or a bare URL: code that stands somewhere, not a package of the index."""
    if _NAMED.match(text) is not None:
        return False
    return text.startswith((".", "/", "file:", "git+", "http:", "https:")) or text.endswith((".whl", ".tar.gz", ".zip"))


def _package(text: str, location: Location) -> Package | None:
    asked = _asked(text) if len(text) <= MAX_LINE else None
    if asked is None:
        return None
    name, specifier, version = asked
    return Package(name=name, specifier=specifier, location=location, version=version)


@lru_cache(maxsize=4_096)
def _asked(text: str) -> tuple[str, str, str | None] | None:
    """Name, specifier and exact version; projects ask for the same in several files."""
    if (exactly := _EXACTLY.fullmatch(text)) is not None:
        return canonicalize_name(exactly[1]), f"=={exactly[2]}", exactly[2]
    try:
        asked = Asked(text)
    except InvalidRequirement:
        return None
    exact = [s.version for s in asked.specifier if s.operator in ("==", "===") and "*" not in s.version]
    specifier = f"@ {asked.url}" if asked.url else str(asked.specifier)
    return canonicalize_name(asked.name), specifier, exact[0] if len(exact) == 1 else None
