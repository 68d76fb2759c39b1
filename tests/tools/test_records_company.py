"""`data_find_company` and `data_search_companies`."""

from __future__ import annotations

import datetime

import pytest

from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_conversation, a_ticket, an_end_user


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def northwind(**columns):
    known = {"domain": "northwind.test", "external_id": "c_1", "plan": "Scale", "mrr": 900.0, "health_score": 35}
    return a_company("Northwind Traders", **known | columns)


@pytest.mark.parametrize(
    ("by", "value"),
    [("external_id", "c_1"), ("domain", "WWW.northwind.test"), ("name", "northwind traders"), ("name", "trad")],
)
def test_finds_a_company_by_each_way_of_naming_one(by, value):
    company = northwind()
    assert call("data_find_company", **{by: value}).data["company"]["id"] == company.id


def test_tells_state_people_and_open_tickets():
    company = northwind(renewal_status="at_risk", renewal_date=datetime.date(2027, 3, 1))
    user = an_end_user(email="jane@northwind.test", company=company)
    a_ticket("Export fails", user=user, number=12)
    a_conversation("Export", user=user)
    told = call("data_find_company", id=company.id)
    assert told.text.startswith("Northwind Traders (northwind.test)")
    assert "health 35 (critical), renewal 2027-03-01 (at risk)" in told.text
    assert "1 open of 1 ticket; 1 conversation; 1 known end user." in told.text
    assert "#12 Export fails" in told.text
    assert told.data["company"]["people"][0]["email"] == "jane@northwind.test"


def test_a_name_of_several_companies_gives_their_ids():
    first, second = a_company("Acme Labs"), a_company("Acme Foods")
    told = call("data_find_company", name="Acme")
    assert {other["id"] for other in told.data["others"]} == {first.id, second.id}


def test_an_unknown_company_is_said_to_be_unknown():
    assert call("data_find_company", domain="none.test").text == "There is no such company: domain 'none.test'."
    assert "at least one of" in call("data_find_company").text


def test_another_workspace_sees_no_company():
    company = northwind()
    stranger = factories.a_caller(workspace=cast.UMBRA, person=cast.STRANGER)
    assert call("data_find_company", stranger, id=company.id).is_error
    assert call("data_find_company", stranger, name="Northwind Traders").is_error
    assert call("data_search_companies", stranger).data["total"] == 0


def test_a_bound_caller_sees_its_own_company_alone():
    own, _other = northwind(), a_company("Other")
    caller = bound_to(an_end_user(company=own))
    assert call("data_find_company", caller).data["company"]["id"] == own.id
    assert [one["id"] for one in call("data_search_companies", caller).data["companies"]] == [own.id]
    assert call("data_find_company", caller, name="Other").is_error


def test_a_bound_caller_without_a_company_sees_none():
    northwind()
    caller = bound_to(an_end_user())
    assert call("data_find_company", caller, name="Northwind Traders").is_error
    assert call("data_search_companies", caller).data["total"] == 0


def test_filters_add_up():
    northwind(renewal_date=datetime.date(2027, 1, 10), renewal_status="at_risk", employee_count=50, on_contract=True)
    a_company("Healthy", health_score=90, mrr=900, plan="Scale", renewal_date=datetime.date(2027, 1, 10))
    a_company("Late", health_score=30, mrr=900, plan="Scale", renewal_date=datetime.date(2027, 9, 1))
    a_company("Unscored", plan="Scale")
    told = call("data_search_companies", health="critical", plan="scale", renewal_to="2027-06-30")
    assert [one["name"] for one in told.data["companies"]] == ["Northwind Traders"]
    assert (
        call("data_search_companies", renewal_status="at_risk", min_employees=10, on_contract=True).data["total"] == 1
    )
    assert call("data_search_companies", health="not_scored").data["companies"][0]["name"] == "Unscored"
    assert call("data_search_companies", query="north", max_mrr=900).data["total"] == 1
    assert call("data_search_companies", industry="space").text.startswith("industry: no company has 'space'.")


@pytest.mark.parametrize(
    ("sort", "first"),
    [("mrr", "Big"), ("health", "Ill"), ("renewal_date", "Soon"), ("name", "Alone"), ("signed_up", "New")],
)
def test_sorts_put_what_is_unknown_last(sort, first):
    a_company("Unknown"), a_company("Zero", mrr=0, health_score=90, renewal_date=datetime.date(2029, 1, 1))
    (
        a_company("Big", mrr=1e6),
        a_company("Ill", health_score=1),
        a_company("Soon", renewal_date=datetime.date(2026, 1, 1)),
    )
    a_company("Alone"), a_company("New", signed_up_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    told = call("data_search_companies", sort=sort).data["companies"]
    assert told[0]["name"] == first
    assert len(told) == 7


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"min_mrr": 5, "max_mrr": 1}, "max_mrr"),
        ({"renewal_from": "2027-02-01", "renewal_to": "2027-01-01"}, "renewal_to"),
        ({"renewal_to": "soon"}, "renewal_to"),
        ({"limit": -1}, "limit"),
        ({"health": "poorly"}, "health"),
        ({"colour": "red"}, "colour"),
        ({"query": "!!!"}, "query"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
    ],
)
def test_a_bad_argument_is_named(arguments, field):
    told = call("data_search_companies", **arguments)
    assert told.is_error
    assert field in told.text
