"""`data_search_users` and `data_search_leads`."""

from __future__ import annotations

import pytest

from halo import gate
from halo.ground.errors import Denied
from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_lead, a_ticket, an_end_user, days_ago


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def names(told, key="users"):
    return [one["name"] for one in told.data[key]]


def test_lists_everybody_last_active_first():
    an_end_user("Never", last_seen=None), an_end_user("Old", last_seen=days_ago(5)), an_end_user("New")
    told = call("data_search_users")
    assert names(told) == ["New", "Old", "Never"]
    assert told.text.startswith("3 end users. Most recently active first.")


def test_filters_add_up():
    company = a_company("Northwind", domain="northwind.test")
    jane = an_end_user("Jane", company=company, plan="Growth", email="jane@northwind.test", mrr=50, health_score=20)
    an_end_user("Roe", plan="Growth", email="roe@other.test", mrr=500)
    a_ticket(user=jane)
    for arguments in (
        {"company": "Northwind"}, {"company": "northwind.test"}, {"company": company.id}, {"domain": "northwind.test"},
        {"plan": "GROWTH", "max_mrr": 100}, {"query": "jan north"}, {"health": "critical"}, {"name": "jane"},
    ):  # fmt: skip
        assert names(call("data_search_users", **arguments)) == ["Jane"], arguments
    assert call("data_search_users", query="jane").data["users"][0]["open_tickets"] == 1


def test_activity_can_be_asked_as_a_span():
    an_end_user("New"), an_end_user("Old", last_seen=days_ago(40))
    assert names(call("data_search_users", seen_since="30d")) == ["New"]
    assert names(call("data_search_users", seen_until="30d")) == ["Old"]


def test_an_unknown_company_is_a_mistake_rather_than_an_empty_list():
    told = call("data_search_users", company="Nobody Inc")
    assert told.is_error
    assert "no company" in told.text


def test_says_how_many_of_how_many_and_how_to_go_on():
    for number in range(12):
        an_end_user(f"User {number}")
    told = call("data_search_users")
    assert told.text.startswith("Showing 10 of 12 end users.")
    assert told.text.endswith(f"cursor {told.data['next_cursor']}")
    rest = call("data_search_users", cursor=told.data["next_cursor"])
    assert len(rest.data["users"]) == 2
    assert (rest.data["total"], rest.data["next_cursor"]) == (12, None)


def test_a_cursor_fits_only_the_search_that_gave_it():
    for number in range(3):
        an_end_user(f"User {number}")
    cursor = call("data_search_users", limit=2).data["next_cursor"]
    for other in ({"sort": "name"}, {"query": "user"}):
        told = call("data_search_users", cursor=cursor, **other)
        assert told.is_error
        assert "cursor" in told.text


def test_another_workspace_sees_nobody():
    an_end_user("Jane"), a_lead()
    stranger = factories.a_caller(workspace=cast.UMBRA, person=cast.STRANGER)
    assert call("data_search_users", stranger).data["total"] == 0
    assert call("data_search_users", stranger, query="jane").data["total"] == 0
    assert call("data_search_leads", stranger).data["total"] == 0


def test_a_bound_caller_sees_itself_alone():
    company = a_company()
    jane = an_end_user("Jane", company=company)
    an_end_user("Colleague", company=company)
    assert names(call("data_search_users", bound_to(jane))) == ["Jane"]
    assert names(call("data_search_users", bound_to(jane), company="Northwind")) == ["Jane"]


def test_leads_do_not_exist_for_a_bound_caller():
    a_lead()
    assert "data_search_leads" not in {one.name for one in gate.listed(bound_to(an_end_user()))}
    assert call("data_search_leads", bound_to(an_end_user())).is_error


def test_leads_can_be_narrowed():
    lee = a_lead("Lee", status="qualified", score=90, email="lee@lead.test", domain="lead.test", interest="Wants SSO")
    a_lead("Mo", status="new", score=10, source="webinar")
    for arguments in (
        {"status": "qualified"}, {"status": ["qualified", "converted"]}, {"min_score": 50}, {"email": "LEE@lead.test"},
        {"domain": "www.lead.test"}, {"query": "le lead"}, {"source": "Widget"}, {"id": lee.id},
    ):  # fmt: skip
        assert names(call("data_search_leads", **arguments), "leads") == ["Lee"], arguments
    assert names(call("data_search_leads", sort="score"), "leads") == ["Lee", "Mo"]
    assert "asks for: Wants SSO" in call("data_search_leads", status="qualified").text


@pytest.mark.parametrize("name", ["data_search_users", "data_search_leads"])
def test_without_the_scope_the_call_is_refused(name):
    with pytest.raises(Denied):
        call(name, factories.a_caller("docs:read"))
