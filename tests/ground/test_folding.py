"""Comparing texts whatever their case: one function, under which a text is itself however it is written."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from halo.ground.text.folding import domain, fold, host, is_same, mail, wire_host, without_accents

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT)
@example("Straße Überweisung ÖL")
@example("İsmail Işık ΌΣΟΣ ﬁlet ǅ")
@example("株式会社さくらが ＶＩＳＡ ㍿")
def test_a_text_folds_alike_however_it_is_written(text: str) -> None:
    folded = fold(text)
    for other in (text.upper(), text.lower(), normalize("NFC", text), normalize("NFD", text), folded):
        assert fold(other) == folded, other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÖL", "öl"), ("Straße", "STRASSE"), ("İsmail", "ismail"), ("IŞIK", "ışık"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Mu\u0308ller", "MÜLLER"), ("ＡＣＭＥ", "acme"),
        ("Soft\u00adhyphen", "softhyphen"), ("علی\u200cرضا", "علیرضا"),
        ("が", "か\u3099"), ("ｶﾞ", "ガ"), (None, ""),
    ],
)  # fmt: skip
def test_two_spellings_are_one(one: str, other: str) -> None:
    assert is_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("Öl", "Ol"), ("résumé", "resume"), ("か", "が"), ("カ", "か"), ("a", None)]
)
def test_accents_and_letters_are_kept_apart(one: str, other: str) -> None:
    assert not is_same(one, other)


def test_accents_go_only_where_a_search_says_so_and_only_where_they_are_accents():
    assert without_accents(fold("Müller, Søren, Άρης")) == "muller, søren, αρησ"
    assert without_accents(fold("がんば йод हिन्दी")) == fold("がんば йод हिन्दी")


@pytest.mark.parametrize(
    "spelled",
    ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE", "bu\u0308cher.example."],
)
def test_a_host_has_one_spelling(spelled: str) -> None:
    assert (host(spelled), wire_host(spelled)) == ("bücher.example", "xn--bcher-kva.example")
    assert domain(f"www.{spelled}") == "bücher.example"
    assert mail(f" JOSÉ@{spelled}") == "josé@bücher.example"


@pytest.mark.parametrize("odd", ["foo_bar.example", "a..b", "xn--", "-", "", "localhost", "xn--zzzzzz-.example"])
def test_what_is_no_host_is_still_compared(odd: str) -> None:
    assert host(host(odd)) == host(odd.upper()) == host(odd)
    wire_host(odd)


def test_what_is_no_address_is_folded_as_a_word():
    assert (mail("ÜBER"), mail(""), mail("a@B@Bücher.example")) == ("über", "", "a@b@bücher.example")
