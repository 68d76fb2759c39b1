"""`count_by`: how often each value of a field stands among the records that fit, in one call."""

from __future__ import annotations

import pytest

from halo import tool
from halo.contacts.records import paging
from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_conversation, a_lead, a_ticket, an_end_user, rate_down

COUNTING = [it.name for it in tool.every() if "count_by" in it.input_schema["properties"]]


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def counts(told):
    return {one["value"]: one["count"] for one in told.data["counts"]}


def test_the_top_categories_of_open_tickets_are_one_call():
    for category, many in (("billing", 3), ("bug", 2), (None, 1)):
        for _ in range(many):
            a_ticket(category=category)
    a_ticket(category="billing", status="resolved")
    told = call("data_search_tickets", is_open=True, count_by="category")
    assert told.text == "6 tickets with is_open true, by category:\n- billing: 3\n- bug: 2\n- (none): 1"
    assert told.data["counts"] == [
        {"value": "billing", "count": 3}, {"value": "bug", "count": 2}, {"value": None, "count": 1},
    ]  # fmt: skip
    assert (told.data["total"], told.data["tickets"], told.data["next_cursor"]) == (6, [], None)


def test_the_workload_of_the_team_names_people():
    owner, admin = cast.person(cast.OWNER), cast.person(cast.ADMIN)
    for somebody in (owner, owner, admin, None):
        a_ticket(assignee_id=somebody and somebody.id)
    told = call("data_search_tickets", count_by="assignee")
    assert counts(told) == {owner.name: 2, admin.name: 1, None: 1}
    assert f"- {owner.name}: 2 (id {owner.id})" in told.text


def test_two_records_of_one_name_are_counted_apart():
    first, second = a_company("Acme"), a_company("Acme")
    for company, many in ((first, 2), (second, 1)):
        for _ in range(many):
            a_ticket(user=an_end_user(company=company))
    told = call("data_search_tickets", count_by="company")
    assert {one["id"]: one["count"] for one in told.data["counts"]} == {first.id: 2, second.id: 1}


def test_every_field_of_every_list_can_be_counted_by():
    company = a_company("Northwind", plan="pro", industry="Logistics", health_score=90, renewal_status="at_risk")
    user = an_end_user("Jane", company=company, plan="pro", health_score=10, source="import")
    a_ticket("Broken", user=user)
    talk = a_conversation("Broken", "why", "because", user=user, mood="angry", outcome="resolved", agent_name="Ada")
    rate_down(talk, 2)
    a_lead(source="webinar")
    for name in COUNTING:
        for field in tool.find(name).input_schema["properties"]["count_by"]["enum"]:
            told = call(name, count_by=field)
            assert [one["count"] for one in told.data["counts"]] == [1], (name, field)
            assert told.text.splitlines()[0].endswith(f", by {field}:")
    assert len(COUNTING) == 6
    assert counts(call("data_search_users", count_by="health")) == {"critical": 1}
    assert counts(call("data_search_companies", count_by="health")) == {"healthy": 1}
    assert counts(call("data_search_transcripts", query="because", count_by="mood")) == {"angry": 1}
    assert counts(call("data_list_negative_feedback", count_by="agent")) == {"Ada": 1}


def test_a_long_tail_is_cut_and_says_how_much_it_holds(monkeypatch):
    monkeypatch.setattr("halo.tools.records.lists.MOST_COUNTS", 3)
    for number in range(5):
        a_ticket(category=f"c{number}")
    told = call("data_search_tickets", count_by="category")
    note = "counts: the 3 most frequent of 5 values; the others have 2 in all."
    assert told.text.endswith(note)
    assert (told.data["notes"], len(told.data["counts"]), told.data["total"]) == ([note], 3, 5)


def test_nobody_counts_what_they_may_not_see():
    company = a_company()
    jane, colleague = an_end_user("Jane", company=company), an_end_user("Colleague", company=company)
    for user in (jane, colleague, colleague):
        a_ticket(user=user, category="billing")
    assert counts(call("data_search_tickets", bound_to(jane), count_by="category")) == {"billing": 1}
    stranger = factories.a_caller(workspace=cast.UMBRA, person=cast.STRANGER)
    told = call("data_search_tickets", stranger, count_by="category")
    assert told.text == "No tickets."
    assert told.data["counts"] == []


def test_totals_by_count_go_past_where_lists_stop(monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 2)
    for _ in range(5):
        a_ticket(category="bug")
    told = call("data_search_tickets", count_by="category")
    assert (told.data["total"], told.data["total_is_exact"], counts(told)) == (5, True, {"bug": 5})
