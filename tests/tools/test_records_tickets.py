"""`data_search_tickets` and `data_get_ticket`: which tickets are open?"""

from __future__ import annotations

import pytest

from halo.contacts.records.threads import LONGEST_PART
from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_ticket, an_end_user, days_ago


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def numbers(told):
    return [one["number"] for one in told.data["tickets"]]


def test_open_means_everything_that_is_not_done():
    for number, status in enumerate(("open", "priority", "in_progress", "snoozed", "resolved", "spam"), 1):
        a_ticket(number=number, status=status, created_at=days_ago(number))
    told = call("data_search_tickets", is_open=True)
    assert numbers(told) == [1, 2, 3, 4]
    assert told.text.startswith("4 tickets with is_open true. Last opened first.")
    assert numbers(call("data_search_tickets", is_open=False)) == [5, 6]
    assert numbers(call("data_search_tickets", status="open")) == [1]
    assert numbers(call("data_search_tickets", status=["spam", "priority"])) == [2, 6]


def test_a_line_says_what_a_person_would_ask():
    user = an_end_user(company=a_company("Northwind"), email="jane@northwind.test")
    owner = cast.person(cast.OWNER)
    a_ticket("Export fails", user=user, number=5, status="in_progress", priority="priority", assignee_id=owner.id)
    text = call("data_search_tickets").text
    assert "#5 Export fails: in progress, priority, Jane Doe <jane@northwind.test> (Northwind)" in text
    assert "assigned to Olivia Owner" in text


def test_filters_add_up():
    user = an_end_user(company=a_company("Northwind"), email="jane@northwind.test", external_id="u_1")
    owner = cast.person(cast.OWNER)
    a_ticket(
        "Export fails", "The CSV stays empty", user=user, number=5, category="Bug", channel="email",
        priority="priority",
        assignee_id=owner.id, created_at=days_ago(3), updated_at=days_ago(1),
    )  # fmt: skip
    a_ticket("Other", number=6, created_at=days_ago(30), updated_at=days_ago(30), resolved_by_ai=True)
    for arguments in (
        {"query": "csv empty"}, {"query": "northwind"}, {"query": "jane export"}, {"category": "bug"},
        {"channel": "email"}, {"priority": "priority"}, {"assignee": "olivia"}, {"assignee": "owner@acme.test"},
        {"company": "Northwind"}, {"user": "jane@northwind.test"}, {"user": "u_1"}, {"user": user.id},
        {"since": "7d"}, {"updated_since": "2d"}, {"resolved_by_ai": False},
    ):  # fmt: skip
        assert numbers(call("data_search_tickets", **arguments)) == [5], arguments
    assert numbers(call("data_search_tickets", assignee="none")) == [6]
    assert numbers(call("data_search_tickets", until=days_ago(10).date().isoformat())) == [6]
    assert numbers(call("data_search_tickets", sort="oldest")) == [6, 5]


@pytest.mark.parametrize("reference", ["7", "#7", "id"])
def test_reads_a_ticket_by_number_or_id(reference):
    ticket = a_ticket("Export fails", "The CSV\nstays empty", "note:Known bug", number=7)
    told = call("data_get_ticket", ticket=ticket.id if reference == "id" else reference)
    assert told.text.startswith("#7 Export fails\nStatus open")
    assert "> The CSV\n> stays empty" in told.text
    assert [one["kind"] for one in told.data["thread"]] == ["email", "note"]


def test_a_long_thread_comes_in_parts_that_join():
    a_ticket("Long", *(f"message {number}" for number in range(1, 8)), number=7)
    first = call("data_get_ticket", ticket="7", limit=5)
    assert first.data["next_after"] == 5
    assert "call again with after 5" in first.text
    rest = call("data_get_ticket", ticket="7", after=5)
    assert [one["position"] for one in first.data["thread"] + rest.data["thread"]] == list(range(1, 8))
    assert rest.data["next_after"] is None


def test_a_long_message_is_cut_and_says_so():
    a_ticket("Long", "x" * 9000, number=7)
    told = call("data_get_ticket", ticket="7")
    assert told.data["thread"][0] | {"body": ""} == told.data["thread"][0] | {
        "body": "",
        "length": 9000,
        "is_cut": True,
    }
    assert "[cut: 4000 of 9000 characters" in told.text
    whole = call("data_get_ticket", ticket="7", characters=50_000).data["thread"][0]
    assert (len(whole["body"]), whole["is_cut"]) == (9000, False)


def test_one_answer_stays_bearable_however_long_the_messages_are():
    a_ticket("Long", *("y" * 40_000 for _ in range(5)), number=7)
    told = call("data_get_ticket", ticket="7", characters=50_000)
    assert sum(len(one["body"]) for one in told.data["thread"]) <= LONGEST_PART
    assert told.data["next_after"] == 1


def test_another_workspace_sees_no_ticket():
    ticket = a_ticket("Secret", number=7)
    stranger = factories.a_caller(workspace=cast.UMBRA, person=cast.STRANGER)
    assert call("data_search_tickets", stranger).data["total"] == 0
    assert call("data_search_tickets", stranger, query="secret").data["total"] == 0
    assert call("data_get_ticket", stranger, ticket="7").text == "There is no such ticket: '7'."
    assert call("data_get_ticket", stranger, ticket=ticket.id).is_error


def test_a_bound_caller_sees_its_own_tickets_without_notes():
    company = a_company()
    jane, colleague = an_end_user("Jane", company=company), an_end_user("Colleague", company=company)
    mine = a_ticket("Mine", "please help", "note:is a pain", user=jane, number=1)
    theirs = a_ticket("Theirs", user=colleague, number=2)
    a_ticket("Of the company", number=3, company_id=company.id)
    caller = bound_to(jane)
    assert sorted(numbers(call("data_search_tickets", caller))) == [1, 3]
    assert [one["kind"] for one in call("data_get_ticket", caller, ticket=mine.id).data["thread"]] == ["email"]
    assert call("data_get_ticket", caller, ticket=theirs.id).is_error
    assert call("data_search_tickets", caller, user=colleague.id).is_error
    assert numbers(call("data_search_tickets", caller, query="pain")) == []
    assert numbers(call("data_search_tickets", caller, query="help mine")) == [1]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"since": "2026-02-01", "until": "2026-01-01"}, "until"),
        ({"since": "last weak"}, "since"),
        ({"since": "9999-12-31"}, "since"),
        ({"status": "closed"}, "status"),
        ({"user": "nobody@nowhere.test"}, "user"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"is_open": "perhaps"}, "is_open"),
    ],
)
def test_a_bad_argument_is_named(arguments, field):
    told = call("data_search_tickets", **arguments)
    assert told.is_error
    assert field in told.text


@pytest.mark.parametrize("reference", ["999999", "#1", "99999999999999999999", "nonsense", "٣"])
def test_an_unknown_ticket_is_said_to_be_unknown(reference):
    assert "no such ticket" in call("data_get_ticket", ticket=reference).text


def test_a_row_says_category_channel_and_how_long_it_waits():
    user = an_end_user(company=a_company("Northwind", domain="northwind.test"))
    waits = {"waiting_since": days_ago(2), "first_reply_at": days_ago(3)}
    a_ticket("Invoice", user=user, number=1, category="billing", channel="email", **waits)
    a_ticket("Done", number=2, status="resolved", created_at=days_ago(1))
    told = call("data_search_tickets", sort="oldest")
    waiting, done = told.data["tickets"][1], told.data["tickets"][0]
    assert ", billing, by email, opened " in told.text
    assert (
        f", first reply {waiting['first_reply_at'][:10]}, waiting since {waiting['waiting_since'][:10]}, " in told.text
    )
    assert ", by api, opened " in told.text
    assert "no reply yet, unassigned" in told.text
    assert waiting["company"]["domain"] == "northwind.test"
    assert (done["waiting_since"], done["first_reply_at"]) == (None, None)


def test_who_waits_longest_stands_first_and_who_does_not_wait_last():
    for number, days in enumerate((1, 9, 4), 1):
        a_ticket(number=number, waiting_since=days_ago(days), updated_at=days_ago(10 - days))
    a_ticket(number=4, status="resolved", updated_at=days_ago(30))
    assert numbers(call("data_search_tickets", sort="waiting")) == [2, 3, 1, 4]
    assert numbers(call("data_search_tickets", sort="unchanged")) == [4, 1, 3, 2]
    first = call("data_search_tickets", sort="waiting", limit=2)
    assert first.text.startswith("Showing 2 of 4 tickets. Longest waiting for an answer first.")
    rest = call("data_search_tickets", sort="waiting", limit=2, cursor=first.data["next_cursor"])
    assert numbers(first) + numbers(rest) == [2, 3, 1, 4]


def test_one_message_is_one_message():
    a_ticket("Hello", "please help", number=7)
    a_ticket("Hello", "please help", "note:later", number=8)
    assert call("data_get_ticket", ticket=7).text.count(". 1 message.") == 1
    assert ". 2 messages." in call("data_get_ticket", ticket=8).text
