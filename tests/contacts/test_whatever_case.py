"""What a person sees stored, a person finds, whatever its case and however its letters are composed."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category, normalize

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from halo.ground.database import one_change
from halo.ground.text import names
from tests import cast
from tests.contacts.calls import Result, a_busy_caller, bound_to, call
from tests.contacts.planted import a_company, a_ticket, an_end_user
from tests.contacts.rows import a_conversation, a_lead


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def ways(text: str) -> dict[str, str]:
    """The text as people type it."""
    return {
        "itself": text,
        "upper": text.upper(),
        "lower": text.lower(),
        "NFC": normalize("NFC", text),
        "NFD": normalize("NFD", text),
    }


LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Mn", "Nd"], max_codepoint=0xFFFF)
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=3).map(" ".join)
NAMES = NAMES.filter(lambda name: category(name[0])[0] in "LN" and names.fault(name) is None)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=NAMES)
@example(name="Öl & Straße GmbH")
@example(name="İsmail Işık")
@example(name="株式会社さくら")
@example(name="ΌΣΟΣ")
def test_a_name_a_subject_a_company_and_a_category_are_found_by_themselves(name: str) -> None:
    company = a_company(name, industry=name[:120], plan=name[:80])
    user = an_end_user(name, company=company)
    ticket = a_ticket(name, user=user, category=name[:80])
    caller = a_busy_caller()
    for way, typed in ways(name).items():
        asked: dict[str, tuple[str, str, dict[str, str]]] = {
            "name": ("data_search_users", "users", {"name": typed}),
            "company": ("data_search_tickets", "tickets", {"company": typed}),
            "subject": ("data_search_tickets", "tickets", {"query": typed}),
            "category": ("data_search_tickets", "tickets", {"category": typed[:320]}),
            "industry": ("data_search_companies", "companies", {"industry": typed[:320]}),
        }
        for field, (tool, rows, arguments) in asked.items():
            told = call(tool, caller, limit=50, **arguments)
            wanted = {"users": user.id, "tickets": ticket.id, "companies": company.id}[rows]
            assert wanted in ids(told, rows), (field, way, typed, told.text[:200])


def ids(told: Result, rows: str) -> list[str]:
    assert not told.is_error, told.text
    return [row["id"] for row in told.data[rows]]


def test_every_filter_whatever_its_case_sees_umlauts_as_letters() -> None:
    user = an_end_user("Jo", email="jo@x.test", plan="Größe")
    with one_change():
        user.source = "Büro"
    a_lead("Lea", source="Küche")
    a_ticket("Überweisung", category="Öl", user=user)
    a_conversation("Gespräch", "Ja?", user=user, agent_name="Ägent")
    for tool, rows, arguments in (
        ("data_search_users", "users", {"plan": "GRÖSSE"}), ("data_search_users", "users", {"source": "BÜRO"}),
        ("data_search_leads", "leads", {"source": "ku\u0308che"}),
        ("data_search_tickets", "tickets", {"category": "öl"}),
        ("data_search_transcripts", "transcripts", {"agent": "ägent"}),
    ):  # fmt: skip
        assert len(ids(call(tool, **arguments), rows)) == 1, arguments
    assert len(ids(call("data_search_tickets", bound_to(user), query="überweisung"), "tickets")) == 1


@pytest.mark.parametrize(
    "typed", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "www.Bu\u0308cher.example"]
)
def test_both_spellings_of_a_domain_are_one_in_every_argument(typed: str) -> None:
    company = a_company("Books", domain="bücher.example")
    a_company("Other books", domain="buecher.example")
    user = an_end_user("Anna", email="anna@xn--bcher-kva.example")
    lead = a_lead("Lea", domain="xn--bcher-kva.example")
    assert call("data_find_company", domain=typed).data["company"]["id"] == company.id
    assert ids(call("data_search_companies", domain=typed), "companies") == [company.id]
    assert ids(call("data_search_users", domain=typed), "users") == [user.id]
    assert ids(call("data_search_leads", domain=typed), "leads") == [lead.id]


def test_a_teammate_is_named_whatever_the_case() -> None:
    with one_change() as rows:
        person = rows.merge(cast.person(cast.OWNER))
        person.name = "Özlem Ünal"
    ticket = a_ticket("Theirs", assignee_id=person.id)
    for typed in ("özlem", "ÖZLEM ÜNAL", "o\u0308zlem", "ünal"):
        assert ids(call("data_search_tickets", assignee=typed), "tickets") == [ticket.id], typed
