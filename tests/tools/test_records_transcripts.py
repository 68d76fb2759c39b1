"""`data_search_transcripts`, `data_get_transcript` and `data_list_negative_feedback`: what were they told?"""

from __future__ import annotations

import pytest

from tests import cast, factories
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_conversation, an_end_user, days_ago, rate_down

QUESTION, ANSWER = "How does onboarding work?", "Onboarding takes two weeks; Maria leads it."


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def told_about_onboarding(**columns):
    user = an_end_user(company=a_company("Northwind"), email="jane@northwind.test")
    known = {
        "mood": "confused",
        "outcome": "abandoned",
        "ai_score": 30,
        "agent_name": "Halo",
        "started_at": days_ago(3),
    }
    return a_conversation("Getting started", QUESTION, ANSWER, user=user, **known | columns)


def titles(told):
    return [one["title"] for one in told.data["transcripts"]]


def test_finds_what_a_company_was_told_about_a_subject():
    told_about_onboarding()
    a_conversation("Billing", "Where is my invoice?", "Under Billing.")
    told = call("data_search_transcripts", company="Northwind", query="onboarding weeks")
    assert titles(told) == ["Getting started"]
    assert told.data["transcripts"][0]["match"] == f"ai: {ANSWER}"
    assert "Maria leads it" in told.text


def test_filters_add_up():
    told_about_onboarding()
    a_conversation("Other", "Hi", started_at=days_ago(60), mood="happy", outcome="resolved", ai_score=95)
    for arguments in (
        {"mood": "confused"}, {"mood": ["confused", "angry"]}, {"outcome": "abandoned"}, {"max_ai_score": 50},
        {"agent": "halo"}, {"user": "jane@northwind.test"}, {"since": "30d"}, {"query": "northwind"},
    ):  # fmt: skip
        assert titles(call("data_search_transcripts", **arguments)) == ["Getting started"], arguments
    assert titles(call("data_search_transcripts", sort="oldest")) == ["Other", "Getting started"]
    assert titles(call("data_search_transcripts", sort="ai_score")) == ["Getting started", "Other"]


def test_reads_a_conversation_with_ratings_and_corrections():
    conversation = told_about_onboarding(summary="Asked about onboarding.")
    rate_down(conversation, 2, "That is not what I asked", correction="It takes one week.")
    told = call("data_get_transcript", id=conversation.id)
    assert told.text.startswith("Getting started\nJane Doe <jane@northwind.test> (Northwind) with Halo")
    assert f"> {QUESTION}" in told.text
    assert "[rated thumbs down: That is not what I asked]" in told.text
    assert "[correction by the team: It takes one week.]" in told.text
    assert [one["author"] for one in told.data["thread"]] == ["end_user", "ai"]


def test_a_long_conversation_comes_in_parts():
    conversation = a_conversation("Long", *(f"message {number}" for number in range(1, 8)))
    first = call("data_get_transcript", id=conversation.id, limit=4)
    rest = call("data_get_transcript", id=conversation.id, after=first.data["next_after"])
    assert [one["position"] for one in first.data["thread"] + rest.data["thread"]] == list(range(1, 8))


def test_negative_feedback_shows_question_answer_and_comment():
    conversation = told_about_onboarding()
    rate_down(conversation, 2, "Too slow")
    told = call("data_list_negative_feedback")
    one = told.data["feedback"][0]
    assert (one["question"], one["answer"], one["comment"]) == (QUESTION, ANSWER, "Too slow")
    assert told.text.startswith("1 answer rated down.")
    assert "comment: Too slow" in told.text


def test_negative_feedback_can_be_narrowed():
    rate_down(told_about_onboarding(), 2, "Too slow")
    rate_down(a_conversation("Other", "Hm?", "Well."), 2, correction="Say yes.")
    for arguments, count in (
        ({}, 2), ({"has_comment": True}, 1), ({"has_comment": False}, 1),
        ({"is_corrected": True}, 1), ({"agent": "halo"}, 1),
        ({"company": "Northwind"}, 1), ({"user": "jane@northwind.test"}, 1), ({"query": "onboard"}, 1),
        ({"since": "1d"}, 2),
        ({"until": "1d"}, 0),
    ):  # fmt: skip
        assert call("data_list_negative_feedback", **arguments).data["total"] == count, arguments


def test_another_workspace_sees_no_conversation():
    conversation = told_about_onboarding()
    rate_down(conversation, 2)
    stranger = factories.a_caller(workspace=cast.UMBRA, person=cast.STRANGER)
    assert call("data_search_transcripts", stranger, query="onboarding").data["total"] == 0
    assert call("data_get_transcript", stranger, id=conversation.id).is_error
    assert call("data_list_negative_feedback", stranger).data["total"] == 0


def test_a_bound_caller_sees_its_own_conversations():
    theirs = told_about_onboarding()
    jane = an_end_user("Jane", company=a_company("Other"))
    mine = a_conversation("Mine", "Hello", "Hi", user=jane)
    rate_down(theirs, 2), rate_down(mine, 2)
    caller = bound_to(jane)
    assert titles(call("data_search_transcripts", caller)) == ["Mine"]
    assert call("data_get_transcript", caller, id=theirs.id).is_error
    assert [one["transcript_title"] for one in call("data_list_negative_feedback", caller).data["feedback"]] == ["Mine"]


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("data_search_transcripts", {"mood": "gloomy"}, "mood"),
        ("data_search_transcripts", {"min_ai_score": 90, "max_ai_score": 10}, "max_ai_score"),
        ("data_search_transcripts", {"since": "1d", "until": "2d"}, "until"),
        ("data_list_negative_feedback", {"cursor": "x"}, "cursor"),
        ("data_get_transcript", {"id": "nonsense"}, "transcript"),
        ("data_get_transcript", {}, "id"),
        ("data_get_transcript", {"id": "x", "characters": 5}, "characters"),
    ],
)
def test_a_bad_argument_is_named(name, arguments, field):
    told = call(name, **arguments)
    assert told.is_error
    assert field in told.text
