"""search_docs and read_doc, called through the gate."""

import pytest

import halo.tools.docs  # noqa: F401 - declares them
from halo.documents.service import LONGEST_READ
from halo.ground.errors import Denied, Reason
from halo.mcp import results
from tests.tools.calling import call

SCOPE = "docs:read"


@pytest.fixture(autouse=True)
def in_app(app):
    with app.app_context():
        yield


def test_a_search_names_passages_that_can_be_read():
    found = call("search_docs", {"query": "refresh token rotation", "limit": 2}, scopes=SCOPE).plain()["passages"]
    assert "**" in found[0]["excerpt"]
    read = call("read_doc", {"doc": found[0]["doc"]}, scopes=SCOPE)
    assert "Refresh rotates" in read.plain()["markdown"]


def test_the_text_of_a_search_says_the_same_as_its_data():
    answer = call("search_docs", {"query": "rate limits"}, scopes=SCOPE)
    assert all(passage["doc"] in answer.text for passage in answer.plain()["passages"])


def test_words_past_the_most_are_said_in_text_and_data():
    many = " ".join(f"scope{number}" for number in range(18))
    told = call("search_docs", {"query": many}, scopes=SCOPE)
    assert told.notes == ("query: only the first 16 words were looked for, not these: scope16, scope17.",)
    assert told.notes[0] in results.written(told).decode() and told.plain()["notes"] == list(told.notes)
    assert not call("search_docs", {"query": many.rpartition(" scope16")[0]}, scopes=SCOPE).notes


def test_a_search_without_an_answer_names_the_pages():
    answer = call("search_docs", {"query": "quagga"}, scopes=SCOPE)
    assert answer.plain() == {"passages": []}
    assert "connecting-clients" in answer.text


@pytest.mark.parametrize("arguments", [{"query": ""}, {"query": "***"}, {}, {"query": "x", "limit": 0}, {"q": "x"}])
def test_a_query_that_does_not_fit_is_an_answer_the_model_can_act_on(arguments):
    assert call("search_docs", arguments, scopes=SCOPE).is_error


def test_a_page_is_read_to_its_end_by_cursors():
    text, cursor = "", None
    while True:
        part = call("read_doc", {"doc": "protocol-reference", "cursor": cursor}, scopes=SCOPE).plain()
        assert len(part["markdown"]) <= LONGEST_READ
        text, cursor = text + part["markdown"], part["next_cursor"]
        if cursor is None:
            break
    assert len(text) == part["total"]


def test_a_page_that_is_not_there_is_said_to_the_model():
    answer = call("read_doc", {"doc": "nonsense"}, scopes=SCOPE)
    assert answer.is_error
    assert "documentation page" in answer.text


@pytest.mark.parametrize("name", ["search_docs", "read_doc"])
def test_without_the_scope_the_call_is_refused(name):
    with pytest.raises(Denied) as refused:
        call(name, {"query": "x", "doc": "flags"}, scopes="data:read")
    assert refused.value.reason is Reason.scope_missing
