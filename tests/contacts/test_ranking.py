"""Searching by words: best first, most of them where none has all, alike on both databases, and said in the answer."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

import pytest
from flask import Flask

from halo.contacts.records import excerpts
from halo.contacts.vocabulary import Side
from tests import cast
from tests.contacts.calls import bound_to, call
from tests.contacts.planted import a_company, a_ticket, an_end_user
from tests.contacts.rows import a_conversation, a_lead


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def subjects(query: str, **arguments: object) -> list[str]:
    return [row["subject"] for row in call("data_search_tickets", query=query, **arguments).data["tickets"]]


def test_what_holds_every_word_is_shown_alone_and_the_title_weighs_most() -> None:
    a_ticket("Invoices", "We cannot export them as a file.")
    a_ticket("Export of invoices", "It is empty.")
    a_ticket("Export", "Nothing to see.")
    assert subjects("invoice exports") == ["Export of invoices", "Invoices"]
    assert subjects("invoice exports", sort="oldest") == ["Invoices", "Export of invoices"]


def test_where_nothing_holds_every_word_what_holds_most_comes_and_the_answer_says_so() -> None:
    a_ticket("Charged twice in May", "Please refund it.", category="Billing")
    a_ticket("Charged for seats", "Too many seats.")
    a_ticket("Dark mode")
    told = call("data_search_tickets", query="charged twice zebra")
    assert [row["subject"] for row in told.data["tickets"]] == ["Charged twice in May"]
    assert any("Nothing holds all of these words: charged, twice, zebra" in note for note in told.data["notes"])
    assert "Nothing holds all of these words" in told.text
    assert "notes" not in call("data_search_tickets", query="charged twice").data


def test_other_filters_decide_which_records_there_are_to_hold_words() -> None:
    a_ticket("Import of rows failed", status="resolved")
    a_ticket("Import of columns")
    assert subjects("import rows") == ["Import of rows failed"]
    assert subjects("import rows", status=["open"]) == ["Import of columns"]


def test_words_of_a_question_need_not_be_found_and_endings_do_not_matter() -> None:
    a_ticket("Billed two times", "We were charged again.")
    a_ticket("Training", "Nothing.")
    for query in ("billing", "any complaints about bills?", "which customers were BILLED", "who complained of charges"):
        assert subjects(query) == ["Billed two times"], query


def test_asides_alone_are_looked_for() -> None:
    a_ticket("A complaint")
    a_ticket("Something else")
    assert subjects("complaints") == ["A complaint"]


def test_words_that_mean_the_same_find_each_other_in_what_was_said_and_not_in_names() -> None:
    a_ticket("Charged twice")
    a_company("Twice Ltd")
    assert subjects("double charges") == ["Charged twice"]
    assert call("data_search_companies", query="double").data["companies"] == []


def test_pages_of_the_best_follow_each_other_without_gap_or_repetition() -> None:
    for number in range(7):
        a_ticket(f"Export {number}", "about the export" if number % 2 else "")
    found, cursor = [], {}
    for _ in range(4):
        told = call("data_search_tickets", query="export", limit=2, **cursor)
        assert told.data["total"] == 7
        found += [row["subject"] for row in told.data["tickets"]]
        cursor = {"cursor": told.data["next_cursor"]}
    assert sorted(found) == [f"Export {number}" for number in range(7)]
    assert told.data["next_cursor"] is None


def test_what_others_write_moves_nothing() -> None:
    a_ticket("Export of rows")
    a_ticket("Rows of export", "rows")
    before = subjects("export rows")
    for _ in range(5):
        a_ticket("export export", "rows", workspace=cast.UMBRA)
    assert subjects("export rows") == before


def test_a_bound_caller_is_answered_from_what_they_may_read_only() -> None:
    user = an_end_user("Jo", email="jo@x.test")
    a_ticket("Printer", "It is jammed.", "note: they are angry about the zebra", user=user)
    a_ticket("Zebra", "Of somebody else.")
    caller = bound_to(user)
    assert call("data_search_tickets", caller, query="zebra").data["tickets"] == []
    assert call("data_search_tickets", caller, query="angry printer").data["tickets"][0]["subject"] == "Printer"
    assert {row["subject"] for row in call("data_search_tickets", query="zebra").data["tickets"]} == {
        "Printer",
        "Zebra",
    }


def test_more_words_than_are_looked_for_are_named() -> None:
    words = [f"word{number}" for number in range(30)]
    a_ticket(" ".join(words))
    told = call("data_search_tickets", query=" ".join(words))
    assert told.data["total"] == 1
    assert any(note.endswith(f"not these: {', '.join(words[24:])}.") for note in told.data["notes"])


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("株式会社さくら", "さくら"), ("株式会社さくら", "会社"), ("ความช่วยเหลือ", "ช่วย"), ("서울시청", "시청"),
        ("東京", "京"),
        ("İsmail Yılmaz", "ismail"), ("İsmail Yılmaz", "YILMAZ"), ("Mu\u0308ller", "Müller"),
        ("Müller", "mu\u0308ller"),
        ("Müller", "muller"), ("ＶＩＳＡ", "visa"), ("Straße", "STRASSE"), ("हिन्दी", "हिन्दी"), ("علی‌رضا", "علیرضا"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_every_script_and_however_it_is_written(stored: str, asked: str) -> None:
    user = an_end_user(stored)
    a_company(f"{stored} AG")
    a_lead(stored)
    a_ticket("Of them", user=user)
    a_ticket("Said so", f"A letter from {stored}.")
    a_ticket("Of others", "Nothing.")
    for tool, name in (
        ("data_search_users", "users"),
        ("data_search_companies", "companies"),
        ("data_search_leads", "leads"),
    ):
        assert len(call(tool, query=asked).data[name]) == 1, tool
    assert sorted(subjects(asked)) == ["Of them", "Said so"]
    assert sorted(subjects(normalize("NFD", asked.upper()))) == ["Of them", "Said so"]


@pytest.mark.parametrize("asked", ["bücher.example", "xn--bcher-kva.example", "BÜCHER", "anna@bücher.example"])
def test_both_spellings_of_a_host_find_its_company_and_its_people(asked: str) -> None:
    a_company("Books", domain="xn--bcher-kva.example")
    an_end_user("Anna", email="anna@bücher.example")
    if "@" not in asked:
        assert len(call("data_search_companies", query=asked).data["companies"]) == 1
    assert len(call("data_search_users", query=asked).data["users"]) == 1


def test_a_name_that_no_word_of_which_fits_finds_nobody_even_where_a_part_does() -> None:
    an_end_user("Maria Lopez")
    assert call("data_find_user", name="Maria Zebra").is_error
    assert "Maria Lopez" in call("data_find_user", name="maria LÓPEZ").text


SAID = (
    "What does onboarding cost?",
    "Onboarding is free for ten people.",
    "And the import?",
    "The import is free too.",
)


@pytest.mark.parametrize(
    ("side", "query", "place"),
    [
        (None, "onboarding cost", "end_user: What does onboarding cost?"),
        ("us", "onboarding cost", "ai: Onboarding is free for ten people."),
        ("agent", "import", "ai: The import is free too."),
        ("customer", "free import", "end_user: And the import?"),
        ("us", "cost", "ai: Onboarding is free for ten people."),
        ("team", "import", "end_user: And the import?"),
    ],
)
def test_the_side_that_is_asked_for_is_quoted(side: str | None, query: str, place: str) -> None:
    a_conversation("Start", *SAID)
    asked = {"said_by": side} if side else {}
    (found,) = call("data_search_transcripts", query=query, **asked).data["transcripts"]
    assert found["match"] == place


def test_a_place_is_cut_round_the_word() -> None:
    long = "before " * 60 + "the zebra " + "after " * 60
    (place,) = excerpts.of_conversations([("c", "ai", long)], "zebras", Side.US).values()
    assert "zebra" in place
    assert place.startswith("ai: … ")
    assert place.endswith(" …")
