"""Places in TOML: every key and element is found on the line on which it stands."""

import tomli
from hypothesis import given
from hypothesis import strategies as st

from freehold.tomlread import Document, parse, places

keys = st.text("abcXYZ019_-", min_size=1, max_size=5) | st.text(
    st.characters(exclude_categories=["C", "Z"]), max_size=4
)
scalars = st.booleans() | st.integers(-9, 9) | st.dates() | st.floats(allow_nan=False) | st.text(max_size=8)


def quote(text: str) -> str:
    body = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{body}"'


def inline(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return repr(value) if value not in (float("inf"), float("-inf")) else str(value)
    if isinstance(value, list):
        return "[ # a note ]\n" + "".join(f"  {inline(v)}, # more\n" for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(k)} = {inline(v)}" for k, v in value.items()) + "}"
    return str(value)


# TOML before 1.1 forbids newlines in inline tables, so lists (which we spread over lines) do not stand inside them.
flat = st.dictionaries(keys, scalars, max_size=3)
values = st.one_of(scalars, st.lists(scalars | flat, max_size=3), flat)
tables = st.dictionaries(keys, values, max_size=4)
documents = st.dictionaries(keys, st.lists(tables, min_size=1, max_size=3), max_size=3)


def lookup(data: object, path: tuple[str | int, ...]) -> object:
    for step in path:
        data = data[step]  # type: ignore[index]
    return data


@given(documents)
def test_places_hold_what_the_parser_reads(arrays: dict[str, list[dict[str, object]]]) -> None:
    text = "".join(
        f"[[{quote(name)}]]\n" + "".join(f"{quote(k)} = {inline(v)}\n" for k, v in table.items())
        for name, found in arrays.items()
        for table in found
    )
    data = parse(text)
    assert data == tomli.loads(text)
    for place in places(text):
        value = lookup(data, place.path)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            found = text[place.value :]
            assert found.startswith((inline(value), repr(value))), (place, found[:20])


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    document = Document("f.toml", text)
    for mistake in document.mistakes:
        assert mistake.line >= 1
        assert str(mistake).startswith("f.toml:")


def test_multi_line_strings_do_not_hide_what_follows() -> None:
    text = 'a = """\n[b]\nc = 1\n"""\nd = \'\'\'\n"""\'\'\'\n[e]\nf = 1\n'
    document = Document("f.toml", text)
    assert document.line(("d",)) == 5
    assert document.line(("e", "f")) == 8


def test_hostile_depth_and_length_are_refused_at_once() -> None:
    assert Document("f.toml", "a = " + "[" * 100_000).mistakes
    assert Document("f.toml", "a" + ".a" * 20_000 + " = 1").mistakes
    assert "line is longer" in str(Document("f.toml", "x" * 30_000).mistakes[0])
