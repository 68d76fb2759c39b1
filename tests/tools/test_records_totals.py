"""How many fit is told as it is: the number, or that there are more than were counted."""

from __future__ import annotations

import re

import pytest

from halo.contacts.records import companies, end_users, narrowing, paging
from tests.contacts.calls import call
from tests.contacts.rows import a_company, a_ticket, an_end_user


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def test_a_name_that_many_share_is_counted_to_the_end():
    for number in range(13):
        an_end_user(f"Maria M{number}")
    told = call("data_find_user", name="Maria")
    assert told.text.startswith("13 end users fit; say which one by id. The first 10, of all that data_search_users")
    assert (told.data["total"], told.data["total_is_exact"], len(told.data["others"])) == (13, True, 10)
    assert told.text.count("\n- ") == 10


@pytest.mark.parametrize("name", ["Maria", "maria curie"])
def test_a_name_of_few_is_told_whole(name):
    for number in range(3):
        an_end_user("Maria Curie", email=f"m{number}@x.test")
    told = call("data_find_user", name=name)
    assert told.text.startswith("3 end users fit; say which one by id:\n")
    assert (told.data["total"], len(told.data["others"])) == (3, 3)


def test_an_address_of_many_people_says_how_many(monkeypatch):
    for number in range(13):
        an_end_user(f"N{number}", email="office@x.test")
    told = call("data_find_user", email="office@x.test")
    assert "The same address belongs to 12 others, the last seen of whom are " in told.text
    assert (told.data["total"], len(told.data["others"])) == (13, 10)
    for more in range(end_users.MOST_FOUND):
        an_end_user(f"O{more}", email="office@x.test")
    told = call("data_find_user", email="office@x.test")
    assert f"belongs to more than {end_users.MOST_FOUND - 1} others" in told.text
    assert (told.data["total"], told.data["total_is_exact"]) == (end_users.MOST_FOUND, False)
    assert "name the end user by id" in call("data_find_user", email="office@x.test", name="O99").text


@pytest.mark.parametrize("name", ["Acme", "acme gmbh"])
def test_companies_of_one_name_are_counted_to_the_end(name):
    for number in range(12):
        a_company("Acme GmbH", domain=f"acme{number}.test")
    told = call("data_find_company", name=name)
    assert told.text.startswith("12 companies fit; ")
    assert (told.data["total"], len(told.data["others"])) == (12, 10)


def test_more_companies_of_one_name_than_are_read_are_more_than_that(monkeypatch):
    for _ in range(companies.MOST_FOUND + 1):
        a_company("Acme")
    told = call("data_find_company", name="Acme")
    assert told.text.startswith(f"More than {companies.MOST_FOUND} companies fit; ")
    assert (told.data["total"], told.data["total_is_exact"]) == (companies.MOST_FOUND, False)


@pytest.mark.parametrize(("tool", "noun"), [("data_search_tickets", "tickets"), ("data_search_users", "end users")])
def test_a_list_past_what_is_counted_says_more_than(monkeypatch, tool, noun):
    monkeypatch.setattr(paging, "COUNTED", 5)
    for _ in range(7):
        a_ticket()
        an_end_user()
    told = call(tool, limit=2)
    assert re.match(rf"Showing 2 of more than 5 {noun}\.", told.text)
    assert (told.data["total"], told.data["total_is_exact"]) == (5, False)
    assert call(tool, limit=2, cursor=told.data["next_cursor"]).data["total_is_exact"] is False


def test_a_filter_that_stands_for_more_than_it_can_is_refused_and_not_cut():
    for number in range(narrowing.MOST_MEANT + 1):
        a_company(f"Ltd {number}")
    told = call("data_search_tickets", company="ltd")
    assert told.is_error
    assert told.text == "company: more than 50 companies fit 'ltd'; name one of them."
