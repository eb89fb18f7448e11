"""The readers of configuration agree with the parsers that programs use, and their places are true."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.detect.commands import commands
from freehold.detect.nodes import Listing, Node, Scalar, Table
from freehold.detect.trees import read
from freehold.source import Source

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\x85"),
    max_size=12,
)
VALUES = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers(-1000, 1000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def strings(value: object) -> object:
    """A parsed document with everything that is no string left blank, as the trees have it."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else None: strings(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [strings(inner) for inner in value]
    return value if isinstance(value, str) else None


def plain(node: Node) -> object:
    """A tree without its places."""
    if isinstance(node, Table):
        return {key.text: plain(inner) for key, inner in node.entries}
    if isinstance(node, Listing):
        return [plain(inner) for inner in node.items]
    return node.text


def scalars(node: Node) -> Iterator[Scalar]:
    """Every key and leaf of a tree."""
    if isinstance(node, Scalar):
        yield node
    for key, inner in node.entries if isinstance(node, Table) else ():
        yield key
        yield from scalars(inner)
    for inner in node.items if isinstance(node, Listing) else ():
        yield from scalars(inner)


@given(VALUES, st.booleans())
@settings(deadline=None)
def test_json_agrees_with_the_standard_library(value: object, ascii_only: bool) -> None:
    """The same document, and every plain string stands where the tree says."""
    source = Source("a.json", json.dumps(value, ensure_ascii=ascii_only, indent=1).encode())
    (tree,) = read(source, "json")
    assert plain(tree) == strings(value)
    assert all(source.text.startswith(s.text, s.at) for s in scalars(tree) if s.text is not None and s.plain)


@given(VALUES, st.sampled_from([None, "'", '"']), st.booleans())
@settings(deadline=None)
def test_yaml_agrees_with_pyyaml(value: object, style: str | None, flow: bool) -> None:
    """The same strings in the same structure, and every plain one stands where the tree says."""
    text = yaml.safe_dump(value, default_style=style, default_flow_style=flow, allow_unicode=True)
    source = Source("a.yaml", text.encode())
    trees = read(source, "yaml")
    loaded = yaml.safe_load(text)
    assert [plain(tree) for tree in trees] == [strings(loaded)]
    assert all(
        source.text.startswith(s.text, s.at) for t in trees for s in scalars(t) if s.text is not None and s.plain
    )


@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None)
def test_words_agree_with_the_shell(words: list[str]) -> None:
    """What the shell would take apart is taken apart the same way, and exact words stand where they say."""
    text = shlex.join(words)
    (command,) = commands(text)
    assert [word.text for word in command.words] == words
    assert all(text.startswith(word.text, word.at) for word in command.words if word.exact)


@given(VALUES)
@settings(deadline=None)
def test_json_with_a_comment_has_the_same_strings_in_the_same_places(value: object) -> None:
    """What the standard library refuses is read by other means, to the same end."""
    text = json.dumps(value, indent=1)
    (strict,) = read(Source("a.json", text.encode()), "json")
    (loose,) = read(Source("a.json", f"{text} // as editors write".encode()), "json")
    assert plain(strict) == plain(loose)
    placed = [[(s.text, s.at, s.plain) for s in scalars(tree) if s.text is not None] for tree in (strict, loose)]
    assert placed[0] == placed[1]
