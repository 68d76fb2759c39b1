"""A name that does not exist is told as that, with the nearest that do; never as "nothing fits"."""

from __future__ import annotations

import pytest

from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_conversation, a_lead, a_ticket, an_end_user, rate_down


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


@pytest.fixture
def _records(_inside):
    company = a_company("Northwind", domain="northwind.test", industry="Logistics", plan="Growth")
    user = an_end_user("Jane Doe", company=company, email="jane@northwind.test", plan="Growth", source="widget")
    a_ticket("Invoice", user=user, category="Billing", assignee_id=cast.person(cast.OWNER).id)
    a_ticket("Crash", category="Bug", assignee_id=cast.person(cast.SUPPORT).id)
    rate_down(a_conversation("Hello", "Hi", "No", user=user, agent_name="Ada"), 2)
    a_lead(source="webinar", email="max@southwind.test", domain="southwind.test")


@pytest.mark.usefixtures("_records")
def test_an_unknown_name_is_told_with_the_nearest_by_every_search():
    owner = cast.person(cast.OWNER).name
    for name, field, typed, nearest in (
        ("data_search_tickets", "category", "biling", "The nearest: Billing."),
        ("data_find_company", "name", "Nortwnd", "The nearest: Northwind"),
        ("data_find_company", "domain", "nortwind.test", "The nearest: northwind.test"),
        ("data_find_user", "email", "jane@nortwind.test", "The nearest: jane@northwind.test"),
        ("data_find_user", "name", "Jain Doe", "The nearest: Jane Doe"),
        ("data_search_tickets", "category", "refunds", "There are Billing, Bug."),
        ("data_search_tickets", "assignee", "olivai", f"The nearest: {owner}."),
        ("data_search_tickets", "assignee", "onwer@acme.test", f"The nearest: {cast.OWNER}"),
        ("data_search_tickets", "company", "Nortwind", "The nearest: Northwind"),
        ("data_search_tickets", "company", "northwind.tset", "The nearest: northwind.test"),
        ("data_search_tickets", "user", "jane@nortwind.test", "The nearest: jane@northwind.test"),
        ("data_search_transcripts", "agent", "Adda", "The nearest: Ada."),
        ("data_list_negative_feedback", "agent", "Eve", "There is only Ada."),
        ("data_search_users", "plan", "growht", "The nearest: Growth."),
        ("data_search_users", "source", "wigdet", "The nearest: widget."),
        ("data_search_companies", "industry", "logistic", "The nearest: Logistics."),
        ("data_search_companies", "plan", "grwth", "The nearest: Growth."),
        ("data_search_leads", "source", "webinars", "The nearest: webinar."),
        ("data_search_leads", "email", "max@soutwind.test", "The nearest: max@southwind.test."),
        ("data_search_leads", "domain", "southwind.tset", "The nearest: southwind.test."),
        ("data_search_leads", "id", "01a2", "id: no lead has '01a2'."),
        ("data_search_companies", "domain", "northwind.tset", "The nearest: northwind.test."),
        ("data_search_users", "domain", "northwind.tset", "The nearest: jane@northwind.test."),
    ):
        told = call(name, **{field: typed})
        assert told.is_error, (name, field)
        assert (
            told.text.startswith((f"{field}: ", "There is no such"))
            and repr(typed) in told.text
            and nearest in told.text
        ), told.text


@pytest.mark.usefixtures("_records")
def test_a_name_that_exists_and_fits_nothing_is_an_empty_list():
    for arguments in (
        {"category": "bug", "query": "invoice"}, {"assignee": "olivia", "category": "bug"},
        {"assignee": cast.VIEWER}, {"assignee": "owner", "status": "spam"},
    ):  # fmt: skip
        told = call("data_search_tickets", **arguments)
        assert not told.is_error and told.data["total"] == 0, (arguments, told.text)


@pytest.mark.usefixtures("_records")
def test_all_unknown_names_are_told_at_once():
    told = call("data_search_tickets", category="biling", assignee="olivai")
    assert [line.partition(":")[0] for line in told.text.splitlines()] == ["category", "assignee"]


@pytest.mark.usefixtures("_records")
def test_me_is_the_person_of_the_connection():
    for email, subject in ((cast.OWNER, "Invoice"), (cast.SUPPORT, "Crash")):
        caller = factories.a_caller(person=email)
        for me in ("me", " ME "):
            found = call("data_search_tickets", caller, assignee=me).data["tickets"]
            assert [ticket["subject"] for ticket in found] == [subject], email
    assert call("data_search_tickets", factories.a_caller(person=cast.ADMIN), assignee="me").data["total"] == 0


@pytest.mark.usefixtures("_records")
def test_signs_that_nobody_sees_are_no_part_of_a_filter():
    for sign in ("\u200b", "\u2060", "\u202e", "\u00ad", "\u3164", "\x07"):
        for field, typed in (
            ("category", f"bi{sign}lling"),
            ("assignee", f"olivia{sign}"),
            ("query", f"{sign}invoice"),
        ):
            assert call("data_search_tickets", **{field: typed}).data["total"] == 1, (field, sign)
    told = call("data_search_tickets", category="\u200b\u2060")
    assert told.is_error and told.text.startswith("category: must hold a sign that can be seen")


@pytest.mark.usefixtures("_records")
def test_a_teammate_is_found_by_the_last_name_too():
    found = call("data_search_tickets", assignee="owner").data["tickets"]
    assert [ticket["subject"] for ticket in found] == ["Invoice"]


@pytest.mark.usefixtures("_records")
def test_a_caller_who_is_bound_to_a_customer_learns_no_name_of_others():
    secret = a_company("Secretive", domain="secretive.test")
    a_ticket("Hidden", category="Layoffs", company_id=secret.id)
    mine = an_end_user("Mia Mine")
    a_ticket("Mine", user=mine, category="Setup")
    caller = bound_to(mine)
    told = call("data_search_tickets", caller, category="layofs")
    assert told.is_error and "Layoffs" not in told.text and "There is only Setup." in told.text
    for field, typed in (("assignee", "olivai"), ("company", "Secretiv")):
        told = call("data_search_tickets", caller, **{field: typed})
        assert told.is_error and "Olivia" not in told.text and "ecretive" not in told.text, told.text


@pytest.mark.usefixtures("_records")
def test_names_of_another_workspace_are_not_told():
    a_ticket("Theirs", workspace=cast.UMBRA, category="Bylaws")
    assert "Bylaws" not in call("data_search_tickets", category="bylaw").text
