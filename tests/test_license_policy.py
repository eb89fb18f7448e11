"""Expressions are trees: the best branch of an OR, the worst of an AND; and what a policy may name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.licenses.profile import LicensePolicy, Organization
from freehold.licenses.terms import ORDER, assess, judge
from freehold.licenses.tree import Branch, Leaf, parse
from freehold.types import LicenseClaim, Verdict

NOBODY = Organization()
QUIET = Organization(commercial=True, distributes_weights=False, hosts_as_service=False, trains_on_outputs=False)


def verdict(expression: str, policy: LicensePolicy | None = None, who: Organization = QUIET) -> Verdict:
    return assess(LicenseClaim(expression=expression, source="declared"), who, policy or LicensePolicy()).verdict


@pytest.mark.parametrize(
    ("expression", "deny", "expected"),
    [
        ("GPL-3.0-only OR MIT", ("GPL-3.0-only",), "allowed"),
        ("GPL-3.0-only AND MIT", ("GPL-3.0-only",), "forbidden"),
        ("(GPL-3.0-only OR MIT) AND Apache-2.0", ("GPL-3.0-only",), "allowed"),
        ("(GPL-3.0-only AND MIT) OR Apache-2.0", ("GPL-3.0-only",), "allowed"),
        ("GPL-3.0-only AND MIT OR AGPL-3.0-only", ("category:copyleft",), "forbidden"),
        ("gpl-3.0-only", ("GPL-3.0-only",), "forbidden"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ("GPL-2.0-only",), "allowed"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ("GPL-2.0-only WITH Classpath-exception-2.0",), "forbidden"),
        ("MIT OR Apache-2.0", ("Apache-2.0 OR MIT",), "forbidden"),
        ("LGPL-3.0-or-later", ("category:copyleft",), "forbidden"),
    ],
)
def test_an_expression_is_judged_as_a_tree(expression: str, deny: tuple[str, ...], expected: Verdict) -> None:
    assert verdict(expression, LicensePolicy(deny=deny)) == expected


def test_a_policy_may_allow_a_whole_expression() -> None:
    policy = LicensePolicy(allow=("MIT OR Apache-2.0",))
    assert verdict("Apache-2.0 OR MIT", policy) == "allowed"
    assert verdict("Apache-2.0", policy) == "needs-review"


@pytest.mark.parametrize("facet", ["vendor:alibaba", "state:gated", "gate:manual"])
def test_a_policy_may_name_a_property_of_the_model(facet: str) -> None:
    claim = LicenseClaim(expression="MIT", source="declared")
    denied = judge(claim, QUIET, LicensePolicy(deny=(facet,)), about=(facet,))
    assert denied.verdict == "forbidden"
    assert judge(claim, QUIET, LicensePolicy(deny=(facet,)), about=("vendor:other",)).verdict == "allowed"
    allowed = LicensePolicy(allow=("MIT",), deny=(facet,))
    assert judge(claim, QUIET, allowed, about=(facet,)).verdict == "allowed", "an identifier beats a property"


@pytest.mark.parametrize(
    "text", ["MIT/Apache-2.0", "MIT AND", "(MIT", "MIT MIT", "", " ", "AND", "MIT OR OR MIT", "a" * 3000]
)
def test_what_is_no_expression_asks_and_never_crashes(text: str) -> None:
    if text == "MIT/Apache-2.0":
        assert verdict(text) == "needs-review"
        return
    with pytest.raises(ValueError, match="expression"):
        parse(text)
    assert verdict(text) == "needs-review"


@given(st.text(alphabet="MITandoOR ()-.+WHX19\n", max_size=60))
def test_any_text_is_an_expression_or_a_value_error(text: str) -> None:
    try:
        tree = parse(text)
    except ValueError:
        return
    assert parse(str(tree)) == tree or isinstance(tree, Leaf)


LEAVES = st.sampled_from(["MIT", "Apache-2.0", "CC-BY-NC-4.0", "AGPL-3.0-only", "LicenseRef-bsd", "CC0-1.0"]).map(Leaf)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda join, parts: Branch(join, tuple(parts)),
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


@given(TREES, st.booleans())
def test_or_is_never_worse_and_and_never_better_than_a_part(tree: Leaf | Branch, commercial: bool) -> None:
    who = Organization(commercial=commercial, hosts_as_service=True, distributes_weights=True, trains_on_outputs=False)
    rank = ORDER.index(verdict(str(tree), who=who))
    if isinstance(tree, Branch):
        parts = [ORDER.index(verdict(str(part), who=who)) for part in tree.parts]
        assert rank == (min(parts) if tree.join == "OR" else max(parts))


@given(TREES)
def test_saying_more_about_oneself_never_makes_an_unknown_answer_allow_more(tree: Leaf | Branch) -> None:
    """What a silent user may do, every user may do who says the rest: silence is never the best answer."""
    silent = verdict(str(tree), who=NOBODY)
    best = min(ORDER.index(verdict(str(tree), who=Organization(commercial=c, distributes_weights=False,
               hosts_as_service=False, trains_on_outputs=False))) for c in (True, False))  # fmt: skip
    assert ORDER.index(silent) >= best
