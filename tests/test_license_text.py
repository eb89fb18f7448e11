"""Recognizing license texts. The texts are those that installed packages carry; none is kept here."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.licenses.evidence import settled, with_text
from freehold.licenses.expression import claim, contradictions, corrected
from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import assess
from freehold.licenses.text import Custom, Modified, Recognized, digest, normalize, pack, recognize
from freehold.rules import rules_dir

CARRIED = {
    ("rich", "LICENSE"): "MIT",
    ("tomli", "LICENSE"): "MIT",
    ("packaging", "LICENSE.APACHE"): "Apache-2.0",
    ("packaging", "LICENSE.BSD"): "BSD-2-Clause",
    ("huggingface_hub", "LICENSE"): "Apache-2.0",
    ("licenselynx", "LICENSE"): "BSD-3-Clause",
    ("license-expression", "apache-2.0.LICENSE"): "Apache-2.0",
}


def carried(package: str, file: str) -> str:
    found = [f for f in importlib.metadata.files(package) or () if f.name == file and ".dist-info" in str(f)]
    assert found, f"{package} carries no {file}"
    return found[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("where", "expression"), CARRIED.items(), ids=lambda x: "-".join(x) if isinstance(x, tuple) else x
)
def test_texts_that_packages_carry_are_recognized(where: tuple[str, str], expression: str) -> None:
    found = recognize(carried(*where))
    assert isinstance(found, Recognized)
    assert found.expression == expression


def test_case_quotes_wrapping_markup_and_list_numbers_make_no_difference() -> None:
    text = carried("packaging", "LICENSE.APACHE")
    wrapped = "> " + " ".join(text.split("\n\n")[0].upper().split()) + "\n\n" + "\n\n".join(text.split("\n\n")[1:])
    assert digest(normalize(text)) == digest(normalize(wrapped.replace('"', "”").replace("\n", "\r\n")))
    assert normalize("1,000,000 Licences") == ("1000000", "licenses")


@pytest.mark.parametrize("where", [("rich", "LICENSE"), ("packaging", "LICENSE.BSD"), ("packaging", "LICENSE.APACHE")])
@pytest.mark.parametrize("kind", ["left out", "put in", "put instead"])
def test_a_changed_word_is_never_taken_for_the_license(where: tuple[str, str], kind: str) -> None:
    words = carried(*where).split()
    # Where a name stands, another name may stand.
    names = set(
        "the or and of by a author authors copyright holder holders owner contributor contributors name yyyy".split()  # noqa: SIM905
    )
    places = [i for i in range(25, len(words) - 6) if words[i].strip(".,;()[]\"'").lower() not in names]
    for place in places[:: max(1, len(places) // 15)]:
        changed = list(words)
        if kind == "left out":
            del changed[place]
        elif kind == "put in":
            changed.insert(place, "kittens")
        else:
            changed[place] = "hardly"
        if normalize(" ".join(changed)) != normalize(" ".join(words)):
            assert not isinstance(recognize(" ".join(changed)), Recognized), " ".join(changed[place - 3 : place + 4])


@pytest.mark.parametrize(
    "addition",
    [
        "This model is for students.",
        "The Software may only be used for non-commercial purposes.",
        "If your products have more than 100 million monthly active users, you shall display the name.",
    ],
)
@pytest.mark.parametrize("at_end", [True, False])
def test_an_added_sentence_makes_it_a_changed_text(addition: str, at_end: bool) -> None:
    text = carried("rich", "LICENSE")
    head, cut, tail = text.partition("The above copyright notice")
    changed = f"{text}\n{addition}" if at_end else f"{head}{addition}\n\n{cut}{tail}"
    found = recognize(changed)
    assert isinstance(found, Modified)
    assert found.family == "mit"
    assert found.expression == "LicenseRef-modified-mit"
    assert any(addition.split()[-1].strip(".") in hunk.words for hunk in found.hunks if hunk.material)


def test_a_restriction_hidden_in_the_copyright_line_is_seen() -> None:
    text = carried("rich", "LICENSE").replace("Will McGugan", "Acme, research use only")
    assert isinstance(recognize(text), Modified)
    named = carried("rich", "LICENSE").replace("Will McGugan", "Academic Research Institute of Korea")
    assert isinstance(recognize(named), Recognized)


def test_what_is_like_nothing_known_is_its_own() -> None:
    found = recognize("All kittens of this repository may be petted by whoever asks them nicely before noon. " * 20)
    assert isinstance(found, Custom)
    assert found.expression.startswith("LicenseRef-text-")
    assert isinstance(recognize(""), Custom)


def test_a_text_that_is_too_long_is_not_accepted_for_what_its_beginning_says() -> None:
    text = carried("packaging", "LICENSE.APACHE")
    assert not isinstance(recognize(text + " and so on" * 20_000), Recognized)


@given(st.text(max_size=400))
def test_any_text_is_recognized_as_something(text: str) -> None:
    assert recognize(text).sha256 == digest(normalize(text))


def test_the_card_agrees_with_the_text() -> None:
    found = with_text(claim("apache-2.0"), carried("packaging", "LICENSE.APACHE"))
    assert (found.expression, found.source) == ("Apache-2.0", "text")
    assert found.text_sha256 is not None
    assert contradictions(found) == ()
    assert assess(found, Organization(distributes_weights=False), LicensePolicy()).verdict == "allowed"


def test_the_text_contradicts_the_card() -> None:
    found = with_text(claim("apache-2.0"), carried("rich", "LICENSE"))
    assert (found.expression, found.source, found.tag) == ("MIT", "text", "apache-2.0")
    assert contradictions(found) == (("the card says Apache-2.0, but the license text says MIT", "Apache-2.0"),)
    assert assess(found, Organization(), LicensePolicy()).verdict == "needs-review"


def test_a_modified_mit_under_the_tag_mit_is_told_with_its_words() -> None:
    text = carried("rich", "LICENSE") + "\nIf you have more than 100 million monthly active users, display the name."
    found = assess(with_text(claim("mit"), text), Organization(commercial=False), LicensePolicy())
    assert found.expression == "LicenseRef-modified-mit"
    assert found.verdict == "needs-review"
    assert any("the card says MIT, but the license text says LicenseRef-modified-mit" in b for b in found.because)
    again = assess(found, Organization(commercial=False), LicensePolicy())
    assert again.verdict == found.verdict


def test_a_family_tag_is_settled_by_the_text() -> None:
    found = with_text(claim("bsd"), carried("packaging", "LICENSE.BSD"))
    assert found.expression == "BSD-2-Clause"
    assert contradictions(found) == ()
    assert assess(found, Organization(distributes_weights=False), LicensePolicy()).verdict == "allowed"


def test_no_card_but_a_text() -> None:
    assert with_text(claim(None), carried("rich", "LICENSE")).expression == "MIT"
    assert with_text(claim("other"), "our very own terms " * 30).expression.startswith("LicenseRef-text-")  # type: ignore[union-attr]


def test_a_card_whose_text_freehold_cannot_read_stands() -> None:
    """Qwen's research text is near its commercial one; without a fingerprint, nearness is no evidence."""
    near = Modified(family="qwen", sha256="0" * 64, similarity=0.93, hunks=())
    found = settled(claim("other", "qwen-research"), near)
    assert (found.expression, found.source, found.text_sha256) == ("LicenseRef-qwen-research", "declared", "0" * 64)


def test_version_or_later_has_the_same_text() -> None:
    found = settled(
        replace(claim("gpl-3.0"), expression="GPL-3.0-or-later"),
        Recognized(expression="GPL-3.0-only", license="gpl-3.0", sha256="1" * 64, exact=True),
    )
    assert found.expression == "GPL-3.0-or-later"
    assert found.source == "text"


def test_a_correction_holds_for_its_text_only() -> None:
    read = with_text(claim("other", "acme"), "our very own terms " * 30)
    assert read.text_sha256 is not None
    assert corrected(read, "Apache-2.0", read.text_sha256).expression == "Apache-2.0"
    assert corrected(read, "Apache-2.0", read.text_sha256).source == "waiver"
    assert corrected(read, "Apache-2.0", "0" * 64) == read
    assert corrected(claim("other"), "Apache-2.0", "0" * 64) == claim("other")


def test_fingerprints_hold_hashes_and_not_texts() -> None:
    stored = json.loads((rules_dir() / "fingerprints" / "licenses.json").read_text("utf-8"))
    row = pack("mit", "MIT", normalize(carried("rich", "LICENSE")))
    assert {frozenset(one) for one in stored["texts"]} == {frozenset(row)}
    assert len(stored["texts"]) > 140
    assert stored["source"]
