"""Every spelling of a text as one expression: it fits what folding takes for the same."""

from __future__ import annotations

import re
from unicodedata import normalize

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from halo.ground.text.folding import fold
from halo.ground.text.spellings import pattern

TEXT = st.text(st.characters(exclude_categories=["Cs", "No", "So"], exclude_characters="\ufdfa"), max_size=10)
"""Without fractions and signs in circles: of a row of those some are found by themselves alone."""


def ways(text: str) -> set[str]:
    return {text, text.upper(), text.lower(), normalize("NFC", text), normalize("NFD", text), fold(text)}


@settings(deadline=None)
@given(TEXT)
@example("Straße Überweisung ÖL")
@example("İsmail Işık ΌΣΟΣ ﬁlet ﬃ ǅ")
@example("株式会社さくらが ＶＩＳＡ ㍿ ế 한글")
@example(r"a.b*c[d-e]^$ (f|g) \d #&~")
def test_a_text_fits_itself_however_either_is_written(text: str) -> None:
    assume(fold(text))
    for asked in ways(text):
        for stored in ways(text):
            assert re.search(pattern(asked), f"before {stored} after"), (asked, stored)


@pytest.mark.parametrize(
    ("asked", "stored"), [("Muller", "Müller"), ("Öl", "Ol"), ("a.c", "abc"), ("[ab]", "a"), ("が", "か"), ("ss", "s")]
)
def test_other_letters_do_not_fit(asked: str, stored: str) -> None:
    assert not re.search(pattern(asked), stored)


def test_a_long_text_costs_no_more_than_its_length() -> None:
    assert not re.search(pattern("ss" * 100 + "!"), "ß" * 5_000)
    assert len(pattern("ss" * 400)) < 3 * len(pattern("ss" * 200))
