"""The scope grammar."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from halo.ground import scopes

WORDS = st.sampled_from(
    ["docs:read", "setup:read", "data:read", "actions:*", "actions:hubspot:*", "actions:hubspot:create_deal",
     "actions:slack:post_message"]
)  # fmt: skip
SETS = st.frozensets(WORDS)


def test_unknown_words_are_dropped_and_the_order_is_one() -> None:
    assert scopes.parse("data:read admin docs:read actions:x offline_access") == ("docs:read", "data:read")
    assert scopes.parse(None) == ()


def test_all_actions_imply_the_read_scopes_and_narrower_ones_do_not() -> None:
    assert scopes.expand(["actions:*"]) == ("docs:read", "setup:read", "data:read", "actions:*")
    assert scopes.expand(["actions:hubspot:*"]) == ("actions:hubspot:*",)


@given(SETS, WORDS)
def test_what_a_set_covers_it_still_covers_when_it_grows(held: frozenset[str], word: str) -> None:
    assert not scopes.covers(held, word) or scopes.covers(held | {"docs:read"}, word)


@given(SETS, SETS)
def test_narrowing_never_adds_anything(granted: frozenset[str], asked: frozenset[str]) -> None:
    narrowed = scopes.narrow(granted, asked)
    assert set(narrowed) <= asked
    assert all(scopes.covers(granted, word) for word in narrowed)


@given(SETS, SETS, WORDS)
def test_an_intersection_covers_what_both_cover(one: frozenset[str], other: frozenset[str], word: str) -> None:
    both = scopes.covers(one, word) and scopes.covers(other, word)
    assert scopes.covers(scopes.intersect(one, other), word) == both


@given(WORDS)
def test_every_scope_has_a_sentence(word: str) -> None:
    title, sentence = scopes.describe(word)
    assert title
    assert sentence.endswith(".")
