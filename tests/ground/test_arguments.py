"""Arguments as clients send them: what can mean one thing only is taken, the rest is refused all at once."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

import halo.tools  # noqa: F401 - fills the registry
from halo import tool
from halo.ground.errors import Mistake

TICKETS, USERS = "data_search_tickets", "data_search_users"


def understood(name: str, sent: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    declared = tool.find(name)
    assert declared is not None
    arguments, notes = declared.parse(sent)
    return arguments.model_dump(mode="json", exclude_unset=True), notes


def refused(name: str, sent: dict[str, Any]) -> Mistake:
    with pytest.raises(Mistake) as raised:
        understood(name, sent)
    return raised.value


@pytest.mark.parametrize(
    ("name", "sent", "meant"),
    [
        ("data_get_ticket", {"ticket": 3517}, {"ticket": "3517"}),
        ("data_get_ticket", {"ticket": 3517.0}, {"ticket": "3517"}),
        ("data_get_ticket", {"ticket": ["3517"], "after": "4"}, {"ticket": "3517", "after": 4}),
        ("data_find_user", {"external_id": 4242, "email": None, "name": ""}, {"external_id": "4242"}),
        ("data_find_company", {"external_id": -7}, {"external_id": "-7"}),
        (TICKETS, {"status": "open"}, {"status": ["open"]}),
        (TICKETS, {"status": '["open", "In Progress"]'}, {"status": ["open", "in_progress"]}),
        (TICKETS, {"status": "open, snoozed"}, {"status": ["open", "snoozed"]}),
        (TICKETS, {"status": ["IN-PROGRESS"]}, {"status": ["in_progress"]}),
        (TICKETS, {"priority": ["Priority"], "is_open": "false"}, {"priority": "priority", "is_open": False}),
        (USERS, {"min_mrr": "1000", "limit": 5.0}, {"min_mrr": 1000, "limit": 5}),
        (USERS, {"min_mrr": " 99.5 ", "health": "Not scored"}, {"min_mrr": 99.5, "health": "not_scored"}),
        ("setup_get_jwt_sample", {"language": "Python"}, {"language": "python"}),
    ],
)
def test_what_can_mean_one_thing_only_is_taken(name: str, sent: dict[str, Any], meant: dict[str, Any]) -> None:
    assert understood(name, sent) == (meant, ())


@pytest.mark.parametrize(
    ("name", "argument", "sent", "most"),
    [
        (TICKETS, "limit", 500, 50),
        (USERS, "limit", "51", 50),
        ("search_docs", "limit", 100.0, 20),
        ("data_get_transcript", "characters", 10**6, 50_000),
    ],
)
def test_a_limit_past_the_highest_is_the_highest_and_says_so(name: str, argument: str, sent: Any, most: int) -> None:
    required = {"search_docs": {"query": "scopes"}, "data_get_transcript": {"id": "x"}}.get(name, {})
    arguments, notes = understood(name, {argument: sent, **required})
    assert arguments[argument] == most
    (note,) = notes
    assert note.startswith(f"{argument}: ")
    assert f"{most:,} was taken" in note


@pytest.mark.parametrize(
    ("name", "sent", "says"),
    [
        (TICKETS, {"limit": True}, "limit: got true; accepted: a whole number, 1 to 50."),
        (TICKETS, {"limit": 0}, "limit: got 0; accepted: a whole number, 1 to 50."),
        (USERS, {"min_mrr": False}, "min_mrr: got false; accepted: a number of at least 0."),
        (USERS, {"min_mrr": "1,000"}, 'min_mrr: got "1,000"; accepted: a number of at least 0.'),
        (TICKETS, {"user": True}, "user: got true; accepted: text."),
        (TICKETS, {"user": 1e22}, "user: got 1e+22; accepted: text"),
        (TICKETS, {"company": {"id": 3}}, 'company: got {"id": 3}; accepted: text.'),
        (TICKETS, {"company": ["a", "b"]}, 'company: got ["a", "b"]; accepted: text.'),
        (TICKETS, {"category": "  "}, 'category: got "  "; accepted: text that is not empty.'),
        (TICKETS, {"is_open": "perhaps"}, 'is_open: got "perhaps"; accepted: true or false.'),
        (TICKETS, {"status": '["open", '}, 'status: got "[\\"open\\", "; accepted: any of open, priority,'),
        ("search_docs", {"query": "x" * 5000}, " …; accepted: text of at most 400 characters."),
        ("data_get_ticket", {}, "The argument 'ticket' is required. Accepted: text."),
        ("data_get_ticket", {"ticket": ""}, "The argument 'ticket' is required. \"\" came. Accepted: text."),
        ("setup_get_jwt_sample", {"language": "cobol"}, "accepted: node, python, ruby, php, go, java."),
    ],
)
def test_what_cannot_be_understood_says_what_came_and_what_is_accepted(
    name: str, sent: dict[str, Any], says: str
) -> None:
    assert says in refused(name, sent).message


@pytest.mark.parametrize(
    ("name", "sent", "points"),
    [
        (TICKETS, {"status": "closed"}, 'For "closed": resolved.'),
        (TICKETS, {"status": ["open", "Solved"]}, 'For "Solved": resolved.'),
        (TICKETS, {"status": "pending"}, 'For "pending": open or in_progress or snoozed.'),
        (TICKETS, {"priority": "urgent"}, 'For "urgent": priority.'),
        (TICKETS, {"status": "opne"}, 'For "opne": open.'),
        ("data_search_transcripts", {"status": "closed"}, 'For "closed": completed.'),
        ("data_search_transcripts", {"mood": "negative"}, 'For "negative": frustrated or angry.'),
        (USERS, {"renewal_status": "churned"}, 'For "churned": lost.'),
        ("setup_get_install_snippet", {"framework": "Next.js"}, 'For "Next.js": next.'),
        (TICKETS, {"categry": "bug"}, "There is no argument 'categry'; accepted: assignee, "),
        (TICKETS, {"categry": "bug"}, "Did you mean category?"),
    ],
)
def test_a_word_that_does_not_exist_points_to_those_that_do(name: str, sent: dict[str, Any], points: str) -> None:
    assert points in refused(name, sent).message


def test_every_wrong_argument_is_told_at_once() -> None:
    sent = {"status": "closed", "priority": "urgent", "limit": "many", "since": "whenever", "colour": 1, "shape": 2}
    mistake = refused(TICKETS, sent)
    first, *lines = mistake.message.splitlines()
    assert first == "6 arguments do not fit:"
    assert [line.partition(":")[0] for line in lines[:-1]] == ["- status", "- priority", "- since", "- limit"]
    assert lines[-1].startswith("- There is no argument 'colour' or 'shape'; accepted: ")
    assert mistake.field == "status"


def test_no_synonym_is_a_word_that_exists_itself() -> None:
    """It would be taken where a list has it, and point elsewhere only where it has not."""
    from halo.ground.words import SYNONYMS

    words = {word for it in tool.every() for word in _enumerated(it.input_schema)}
    for said, meant in SYNONYMS.items():
        assert said not in {"".join(filter(str.isalnum, word)) for word in meant}
        assert set(meant) <= words, f"{said} points to a word that no tool has"


def _enumerated(shape: Any) -> set[str]:
    if isinstance(shape, list):
        return {word for one in shape for word in _enumerated(one)}
    if not isinstance(shape, dict):
        return set()
    return set(shape.get("enum", ())) | {word for one in shape.values() for word in _enumerated(one)}


@pytest.mark.parametrize("name", [it.name for it in tool.every()])
def test_no_value_of_any_json_type_crashes_a_tools_arguments(name: str) -> None:
    declared = tool.find(name)
    assert declared is not None
    values = [
        None,
        True,
        0,
        -1.5,
        10**30,
        1e308,
        "",
        " ",
        "[",
        "[" * 5000,
        "\ud800",
        "a\x00b",
        [],
        [[]],
        [None],
        {},
        {"a": 1},
    ]
    for argument in [*declared.input_schema["properties"], "unknown", ""]:
        for value in values:
            with contextlib.suppress(Mistake):
                declared.parse({argument: value})
