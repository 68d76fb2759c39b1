"""Text and data of an answer say the same, because clients hand a model only one of them. Walks every tool."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from halo import tool
from halo.ground.database import one_change
from tests import cast
from tests.contacts.calls import Result
from tests.contacts.calls import call as call_record
from tests.contacts.rows import a_company, a_conversation, a_lead, a_ticket, an_end_user, rate_down
from tests.tools.calling import call as call_any

LISTS = {
    it.name: next(name for name, part in it.output_schema["properties"].items() if part["type"] == "array")
    for it in tool.every()
    if it.output_schema and "heading" in it.output_schema["properties"]
}
"""Every tool that lists -> where its rows stand in the data."""
AT = datetime.datetime(2026, 7, 1, 23, 30, tzinfo=datetime.UTC)
ZONE = "Asia/Tokyo"


@pytest.fixture
def world(app) -> Any:
    """Two of everything, in a workspace whose days begin nine hours before UTC's."""
    with app.app_context():
        with one_change() as rows:
            workspace = rows.merge(cast.workspace())
            workspace.time_zone = ZONE
        made: dict[str, Any] = {}
        for number in (1, 2):
            company = a_company(f"Northwind {number}", domain=f"n{number}.test", mrr=number, signed_up_at=AT)
            user = an_end_user(f"Jane {number}", company=company, email=f"jane@n{number}.test", last_seen=AT, mrr=5)
            made["ticket"] = a_ticket("Export", "x" * 500, "y", user=user, number=number, created_at=AT, updated_at=AT)
            made["talk"] = a_conversation("Export", "why", "because", user=user, started_at=AT)
            rate_down(made["talk"], 2, "wrong")
            a_lead(f"Lee {number}", created_at=AT)
        yield made


def asked(name: str, made: dict[str, Any]) -> dict[str, Any]:
    return {
        "data_find_company": {"name": "Northwind 1"},
        "data_find_user": {"email": "jane@n1.test"},
        "data_get_ticket": {"ticket": 2, "limit": 1, "characters": 100},
        "data_get_transcript": {"id": made["talk"].id, "limit": 1},
        "search_docs": {"query": "refresh token"},
        "read_doc": {"doc": "protocol-reference"},
        "setup_get_install_snippet": {"framework": "react"},
        "setup_get_jwt_sample": {"language": "python"},
    }.get(name, {"limit": 1})


def ask(name: str, arguments: dict[str, Any]) -> Result:
    if name.startswith("data_"):
        return call_record(name, **arguments)
    answer = call_any(name, arguments, scopes="docs:read setup:read")
    return Result(answer.text, dict(answer.plain() or {}), answer.is_error)


@pytest.mark.usefixtures("world")
def test_every_tool_says_the_same_in_both(world: dict[str, Any]) -> None:
    for it in tool.every():
        told = ask(it.name, asked(it.name, world))
        assert not told.is_error, (it.name, told.text)
        for name, marked in (("next_cursor", " cursor "), ("next_after", " after ")):
            if name in told.data:
                goes_on = told.data[name] is not None
                assert (str(told.data[name]) in told.text and marked in told.text) is goes_on, it.name
        if it.name in LISTS:
            assert told.text.startswith(told.data["heading"] + "\n")
            assert told.data["heading"].endswith(f" Times in {ZONE}.")
            assert f"of {told.data['total']} " in told.text
        for message in told.data.get("thread", ()):
            assert (f"{len(message['body'])} of {message['length']} characters" in told.text) is message["is_cut"]
        for value in ("code", "markdown", "file", "currency"):
            assert str(told.data.get(value) or "") in told.text


def test_what_was_understood_stands_in_both(world: dict[str, Any]) -> None:
    for name in LISTS:
        told = ask(name, {"limit": 999, "query": "export lee northwind jane"[: 6 if "ticket" in name else 5]})
        (note,) = [note for note in told.data["notes"] if note.startswith("limit: 999")]
        assert note in told.text
        assert "query" in told.data["heading"]


def test_times_are_on_the_workspaces_clock_with_their_offset(world: dict[str, Any]) -> None:
    for name in ("data_search_tickets", "data_search_transcripts", "data_search_leads", "data_get_ticket"):
        told = ask(name, asked(name, world))
        assert "2026-07-02T08:30:00+09:00" in str(told.data), name
        assert "2026-07-02" in told.text, name
        assert "2026-07-01" not in told.text, name
    assert "Opened 2026-07-02 08:30+09:00" in ask("data_get_ticket", {"ticket": 1}).text
