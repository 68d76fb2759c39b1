"""Cursors: a walk through a list meets every row exactly once, and no other text passes for a cursor."""

from __future__ import annotations

import base64
import datetime
import json
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from halo import demo, tool
from halo.contacts.models import Company, Conversation, ConversationMessage, EndUser, Lead, Ticket
from halo.contacts.records import companies, conversations, end_users, feedback, leads, tickets
from halo.contacts.records.paging import as_question
from halo.contacts.vocabulary import Rating
from halo.ground.database import db, one_change
from tests.contacts.calls import a_busy_caller, call

LISTS = [
    ("data_search_companies", companies.SORTS, Company, "companies"),
    ("data_search_leads", leads.SORTS, Lead, "leads"),
    ("data_search_tickets", tickets.SORTS, Ticket, "tickets"),
    ("data_search_transcripts", conversations.SORTS, Conversation, "transcripts"),
    ("data_search_users", end_users.SORTS, EndUser, "users"),
    ("data_list_negative_feedback", feedback.SORTS, ConversationMessage, "feedback"),
]


@pytest.fixture
def planted(app):
    with app.app_context():
        demo.seed_small()
        _spread_values()
        yield a_busy_caller()


def _spread_values():
    """Equal values, and none at all, in every column that a list sorts by."""
    luck = random.Random(7)
    moments = [None, *(datetime.datetime(2026, 1, day, tzinfo=datetime.UTC) for day in (1, 2))]
    with one_change() as rows:
        for user in rows.query(EndUser):
            user.last_seen, user.signed_up_at = luck.choice(moments), luck.choice(moments)
            user.mrr, user.health_score, user.name = (
                luck.choice([None, 1.5, 0.1]),
                luck.choice([None, 5]),
                luck.choice([None, "Same"]),
            )
        for company in rows.query(Company):
            company.mrr, company.renewal_date = (
                luck.choice([None, 9.99]),
                luck.choice([None, datetime.date(2027, 1, 1)]),
            )
        for conversation in rows.query(Conversation):
            conversation.ai_score = luck.choice([None, 50, 60])
        for message in rows.query(ConversationMessage).filter_by(rating=None, author="ai"):
            message.rating, message.rated_at = Rating.DOWN.value, luck.choice(moments[1:])


def test_a_walk_meets_every_row_exactly_once_in_every_order(planted):
    for entry in LISTS:
        walk(planted, *entry)


def walk(planted, name, sorts, model, key):
    expected = {identity for (identity,) in db.session.query(model.id).filter_by(workspace_id=planted.workspace_id)}
    if model is ConversationMessage:
        of_ours = db.session.query(model.id).filter_by(workspace_id=planted.workspace_id, rating="down")
        expected = {identity for (identity,) in of_ours}
    for sort in sorts:
        met, cursor = [], None
        while cursor is not None or not met:
            page = call(name, planted, sort=sort, limit=11, cursor=cursor).data
            met += [row["id"] for row in page[key]]
            assert (page["total"], page["total_is_exact"]) == (len(expected), True)
            cursor = page["next_cursor"]
        assert len(met) == len(expected), (name, sort)
        assert set(met) == expected


def test_rows_that_come_in_between_do_not_shift_the_walk(planted):
    first = call("data_search_tickets", planted, limit=10).data
    again = call("data_search_tickets", planted, limit=10).data
    with one_change() as rows:
        seen = rows.get(Ticket, first["tickets"][0]["id"])
        copy = {"subject": "New", "number": 99_999, "workspace_id": seen.workspace_id}
        rows.add(Ticket(**copy))
    rest = call("data_search_tickets", planted, limit=50, cursor=again["next_cursor"]).data["tickets"]
    assert not {row["id"] for row in first["tickets"]} & {row["id"] for row in rest}
    assert "New" not in [row["subject"] for row in rest]


_values = (
    st.none() | st.text(max_size=30) | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.booleans() | st.just([1])
)
_ids = st.uuids().map(str) | st.text(min_size=36, max_size=36) | st.text(max_size=5) | st.none()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=st.sampled_from(sorted(end_users.SORTS)), value=_values, identity=_ids)
@example(sort="health", value=2**31, identity="x" * 36)
@example(sort="health", value=-(2**40), identity="x" * 36)
@example(sort="mrr", value=2**70, identity="x" * 36)
def test_a_forged_cursor_is_a_mistake_or_a_place_and_never_a_crash(planted, sort, value, identity):
    question = as_question("users", {"sort": sort})
    packed = json.dumps([question, value, identity], separators=(",", ":")).encode()
    cursor = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    told = call("data_search_users", planted, sort=sort, cursor=cursor)
    assert not told.is_error or "cursor" in told.text


def test_a_cursor_counts_as_it_was_given_and_no_other_way(planted):
    cursor = call("data_search_users", planted, sort="name", limit=1).data["next_cursor"]
    assert not call("data_search_users", planted, sort="name", limit=1, cursor=cursor).is_error
    question, value, identity = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    halves = [[question, "\ud800", identity], [question, value, "\udfff" * 36], [question, value, identity, "x"]]
    written = [json.dumps(half, separators=(",", ":")) for half in halves] + [json.dumps([question, value, identity])]
    forged = [base64.urlsafe_b64encode(it.encode()).rstrip(b"=").decode() for it in written]
    for other in (cursor + "!", cursor + "=", cursor + "A", "=" + cursor, *forged):
        told = call("data_search_users", planted, sort="name", cursor=other)
        assert told.is_error and "no cursor of this search" in told.text, other


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60))
def test_no_text_breaks_a_search(planted, text):
    text = text.encode("utf-8", "replace").decode()
    for name in ("data_search_tickets", "data_search_users"):
        for field in ("query", "company", "cursor"):
            told = call(name, planted, **{field: text})
            assert "went wrong inside" not in told.text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_arguments_break_a_tool(planted, data):
    for name, *_ in LISTS:
        fields = sorted(tool.find(name).input_schema["properties"])
        arguments = data.draw(
            st.dictionaries(st.sampled_from(fields), _values | st.sampled_from(["30d", "2026-08-01"]), max_size=3)
        )
        clean = json.loads(json.dumps(arguments, default=str).encode("utf-8", "replace"))
        assert "went wrong inside" not in call(name, planted, **clean).text
