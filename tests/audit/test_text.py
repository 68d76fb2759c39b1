"""Searching the calls for a text: whatever its case and however its letters are composed, on both databases."""

from __future__ import annotations

from unicodedata import normalize

from flask import Flask

from halo.audit import search
from halo.audit.counting import counts
from halo.audit.search import Filters
from halo.ground.database import now
from tests import cast
from tests.audit.test_calls import a_call
from tests.audit.test_counts import HOUR

FOUND = (
    ("Müller", ["Müller", "MÜLLER", "müller", "MüLLER", normalize("NFD", "müller"), "Mül\u00adler"]),
    (normalize("NFD", "Müller"), ["Müller", "MÜLLER", "müller", "MüLLER"]),
    ("ÖZlem ÜnAL", ["özlem ünal", "ÖZLEM", "öZLEM üNAL"]),
    ("Straße", ["strasse", "STRASSE", "Straße", "STRAẞE", "rass"]),
    ("GROSSE STRASSE", ["große straße", "Große"]),
    ("İsmail IŞIK", ["ismail", "İSMAİL", "ışık", "işik"]),
    ("ΌΣΟΣ", ["όσος", "όσοσ"]),
    ("株式会社さくら", ["さくら", "㍿さくら"]),
    ("ＶＩＳＡ", ["visa"]),
    ("علی‌رضا", ["علیرضا", "علی‌رضا"]),
    ("plain Words", ["PLAIN words", "ＰＬＡＩＮ"]),
    ('says "ÜBER\\100%_"', ['"über\\100%_"']),
)
NOT_FOUND = ("Muller", "Stra.e", "[ü]", "über.100", "M%ller", "ÖzlemÜ", "\u200b", "sakura")


def found(text: str) -> list[str | None]:
    """The arguments of what is found by what was asked; in the page, and counted for the chart above it."""
    filters, acme, end = Filters(text=text), cast.workspace().id, now() + HOUR
    rows = search.page(acme, filters, reads_payloads=True).rows
    steps = counts.over_time(acme, since=end - 2 * HOUR, until=end, buckets=2, filters=filters, reads_payloads=True)
    assert sum(step.calls for step in steps) == len(rows), text
    return [row.detail or (row.arguments or {}).get("name") for row in rows]


def test_a_text_in_the_arguments_of_a_call_is_found_in_every_spelling(app: Flask) -> None:
    with app.app_context():
        for stored, _ in FOUND:
            a_call(arguments={"name": stored})
        for stored, typed in FOUND:
            for text in typed:
                assert stored in found(text), (stored, text)
        for text in NOT_FOUND:
            assert found(text) == [], text


def test_a_text_in_what_a_call_says_of_itself_is_found_in_every_spelling(app: Flask) -> None:
    with app.app_context():
        for stored, _ in FOUND:
            a_call(detail=stored, arguments=None)
        a_call(client_info="Büro/1.0", detail="of the office", arguments=None)
        a_call(tool="über_tool", detail="of the tool", arguments=None)
        for stored, typed in (*FOUND, ("of the office", ["BÜRO"]), ("of the tool", ["ÜBER_T"])):
            for text in typed:
                assert stored in found(text), (stored, text)
