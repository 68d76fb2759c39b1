"""Searching the documentation."""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.documents import service
from halo.documents.index import CLOSE, LONGEST_QUERY, OPEN
from halo.documents.pages import words_of
from halo.ground.errors import Mistake
from halo.ground.settings import development_settings

SETTINGS = development_settings()


def found(query, limit=5):
    return [f"{hit.slug}#{hit.anchor}" for hit in service.search(query, limit=limit, settings=SETTINGS)]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("how do I connect Claude Code?", "connecting-clients#claude-code"),
        ("connect claude code", "connecting-clients#claude-code"),
        ("rate limits", "protocol-reference#rate-limits"),
        ("why can't I see a tool", "scopes-and-permissions#why-can-t-i-see-a-tool"),
        ("rotating refresh tokens", "protocol-reference#tokens"),
        ("halo_at_", "protocol-reference#tokens"),
        ("reverse proxies", "running-halo#behind-a-reverse-proxy"),
        ("who can lift flag_off?", "scopes-and-permissions#the-gate"),
        ("POST /users/identify", "ingestion-api#post-users-identify"),
    ],
)
def test_a_question_finds_the_passage_that_answers_it_first(query, answer):
    assert found(query)[0] == answer


def test_a_word_still_being_typed_finds_its_endings():
    assert any(hit.startswith("identity-verification") for hit in found("identi"))


def test_a_whole_word_comes_before_what_it_could_become():
    hits = found("connect claude code", limit=20)
    assert hits.index("connecting-clients#claude-code") < hits.index("personal-access-tokens#using-it")
    assert "connecting-clients#codex" in found("connect code", limit=20)


def test_words_that_stand_nowhere_together_find_passages_with_some_of_them():
    assert "personal-access-tokens#" in found("mainframe personal access token quagga", limit=20)


def test_the_text_of_a_passage_keeps_what_stands_as_code_and_no_bullets():
    text = "- Under `actions:*`, **never** `_x`.\n2. [A link](/y)\n| `a*` | *b* |"
    assert words_of(text) == "Under actions:*, never _x.\nA link\na* · b"


def test_excerpts_mark_what_was_found():
    (hit, *_) = service.search("refresh token rotation", limit=1, settings=SETTINGS)
    assert OPEN in hit.excerpt
    assert hit.excerpt.count(OPEN) == hit.excerpt.count(CLOSE)


@pytest.mark.parametrize("query", ["", "   ", '"', "***", "-- ()", "^:", "\x00"])
def test_a_query_without_a_word_is_a_mistake_that_says_so(query):
    with pytest.raises(Mistake, match="no word"):
        found(query)


def test_a_query_that_is_a_text_is_refused():
    with pytest.raises(Mistake, match=str(LONGEST_QUERY)):
        found("word " * 100)


@pytest.mark.parametrize(
    "query", ['claude" OR "', "NEAR(a b)", "title: x", "a AND NOT b", "col:* ^x", "x';--", "🦊 fox"]
)
def test_operators_are_words_like_others(query):
    found(query)


@given(st.text(max_size=LONGEST_QUERY))
def test_no_query_breaks_the_index(query):
    with contextlib.suppress(Mistake):
        found(query)


def test_many_threads_search_one_index():
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(found, ["rate limits"] * 64))
    assert {answer[0] for answer in answers} == {"protocol-reference#rate-limits"}


def test_a_search_takes_a_few_milliseconds_at_most():
    """Counted in calls of functions, of which a millisecond holds some ten thousand, whatever else the machine does."""
    found("warm up")
    calls = []
    sys.setprofile(lambda _frame, event, _argument: calls.append(event) if event.endswith("call") else None)
    try:
        found("connecting claude code to a workspace")
    finally:
        sys.setprofile(None)
    assert 0 < len(calls) < 20_000
