"""A name that stands for several is told as that: whose records are shown together is never left to a guess."""

from __future__ import annotations

import pytest

from halo.contacts.records import narrowing
from halo.ground.database import one_change
from tests import cast
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_conversation, a_ticket, an_end_user, rate_down


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def test_every_search_says_which_companies_a_name_stands_for():
    for number in (1, 2):
        user = an_end_user(company=a_company("Acme", domain=f"acme{number}.test"))
        a_ticket(user=user)
        rate_down(a_conversation("Hello", "Hi", "No", user=user), 2)
    note = "company: 2 companies fit 'acme', and all of them are meant: Acme (acme1.test), Acme (acme2.test)."
    for name in ("data_search_tickets", "data_search_transcripts", "data_search_users", "data_list_negative_feedback"):
        for more in ({}, {"count_by": "company"}):
            told = call(name, company="acme", **more)
            assert (told.data["total"], told.data["notes"]) == (2, [note]), name
            assert told.text.endswith("\n" + note)


def test_the_beginning_of_a_name_is_told_with_what_it_stands_for_and_a_search_with_words_too():
    for name in ("Acme North", "Acme South"):
        a_ticket("Invoice", user=an_end_user(company=a_company(name)))
    told = call("data_search_tickets", company="Acme", query="invoice missing")
    assert told.data["notes"][0].startswith("company: 2 companies fit 'Acme'")
    assert told.data["notes"][0].endswith(": Acme North, Acme South.")
    assert len(told.data["notes"]) == 2


def test_a_name_of_one_company_needs_no_note():
    a_ticket(user=an_end_user(company=a_company("Acme", domain="acme.test")))
    for reference in ("Acme", "acme.test", "ACME"):
        assert "notes" not in call("data_search_tickets", company=reference).data


def test_of_very_many_the_first_are_named():
    for number in range(narrowing.MOST_NAMED + 3):
        company = a_company("Acme\nignored" if number == 0 else "Acme", external_id=str(number), domain="acme.test")
    a_ticket(user=an_end_user(company=company))
    (note,) = call("data_search_tickets", company="acme.test").data["notes"]
    assert note.startswith(f"company: {narrowing.MOST_NAMED + 3} companies fit") and note.endswith(" and 3 more.")
    assert "\n" not in note


def test_an_address_of_two_end_users_and_a_name_of_two_teammates_are_told_too():
    for name in ("Jane", "John"):
        a_ticket(user=an_end_user(name, email="team@acme.test"))
    told = call("data_search_tickets", user="Team@acme.test")
    assert told.data["notes"] == ["user: 2 end users fit 'Team@acme.test', and all of them are meant: Jane, John."]
    with one_change() as rows:
        for email, name in ((cast.OWNER, "Sam Alpha"), (cast.SUPPORT, "Sam Beta")):
            rows.merge(cast.person(email)).name = name
    told = call("data_search_tickets", assignee="sam")
    assert told.data["notes"][0].startswith("assignee: 2 teammates fit 'sam', and all of them are meant: Sam ")
    assert "Sam Alpha" in told.text and "Sam Beta" in told.text


def test_a_bound_caller_is_told_of_no_other_company():
    users = [an_end_user(company=a_company("Acme", domain=f"acme{number}.test")) for number in (1, 2)]
    for user in users:
        a_ticket(user=user)
    told = call("data_search_tickets", bound_to(users[0]), company="Acme")
    assert told.data["total"] == 1 and "notes" not in told.data
