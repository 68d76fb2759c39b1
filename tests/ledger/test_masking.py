"""Personal data in arguments: what is hidden, whatever somebody writes to keep the masking busy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.ledger import mask

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w-])\+?\d(?:[\s().-]?\d){6,}(?![\w-])")
"""The same in plain words, which looks at the same characters again and again."""
MANY = 200_000


@given(st.text("ab1234567. @+-_()", max_size=60))
def test_what_is_hidden_is_what_the_plain_patterns_find(value: str) -> None:
    plain = EMAIL.sub(lambda found: f"{found.group()[:1]}•••{found.group()[found.group().index('@') :]}", value)
    assert mask.text(value) == PHONE.sub("•••", plain)
    assert ("@" in mask._short(value)[1:]) == (EMAIL.fullmatch(value) is not None)


@pytest.mark.parametrize(
    "value", ["v2 5551234567", "(017) 5556777", "a@b.test+x@y.test", "66781)7855678", "o'5x@y.test", "d’x5@y.test"]
)
def test_what_stands_beside_hides_nothing_from_the_masking(value: str) -> None:
    assert not set("5x") & set(mask.text(value))


@pytest.mark.parametrize("part", ["1.", "a.", "1", "+", "a@b", "a@b.", "1-", "1 ", "+1", "(1)", "a'", "'"])
@pytest.mark.parametrize("end", ["x", "-", "@"])
def test_many_characters_of_nearly_something_end(part: str, end: str) -> None:
    # Patterns that begin again at every character need hours for this.
    value = part * MANY + end
    assert mask.text(value).endswith(end)
    assert mask._short(value)


def test_a_cursor_of_a_look_up_is_masked() -> None:
    assert mask.masked({"cursor": "Wyig SmFuZSBEb2U"}, "data_search_users") == {"cursor": "W•••"}
    assert mask.masked({"cursor": "12"}, "read_doc") == {"cursor": "12"}
