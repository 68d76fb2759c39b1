"""Arrays of messages: revision 2025-03-26 and no other."""

from __future__ import annotations

import pytest
from pydantic import Field
from sqlalchemy import text

from halo import tool
from halo.ground.database import db
from halo.ground.principal import Principal
from halo.tool import Answer, Arguments
from tests.mcp.speaker import Speaker, envelope

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
NOTE = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@pytest.mark.parametrize("version", [None, "2025-03-26"])
def test_a_batch_is_answered_with_an_array_of_the_answers(speaker: Speaker, version: str | None) -> None:
    answer = speaker.post([PING, NOTE, PING | {"id": "b"}], MCP_Protocol_Version=version)
    assert answer.status_code == 200
    assert [it["id"] for it in answer.json] == [1, "b"]


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", "2026-07-28"])
def test_later_revisions_refuse_it(speaker: Speaker, version: str) -> None:
    answer = speaker.post([PING], MCP_Protocol_Version=version)
    assert (answer.status_code, answer.json["error"]["code"], answer.json["id"]) == (400, -32600, None)


@pytest.mark.parametrize("length", [0, 21])
def test_an_empty_batch_and_a_long_one_are_refused(speaker: Speaker, length: int) -> None:
    answer = speaker.post([PING] * length)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, -32600)


def test_notifications_alone_are_taken(speaker: Speaker) -> None:
    answer = speaker.post([NOTE, NOTE])
    assert (answer.status_code, answer.data) == (202, b"")


def test_a_bad_member_spoils_only_itself(speaker: Speaker) -> None:
    opening = {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {}}
    modern = {"jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": {"_meta": envelope()}}
    answer = speaker.post([5, opening, modern, [PING], PING])
    assert answer.status_code == 200
    assert [it.get("error", {}).get("code") for it in answer.json] == [-32600, -32600, -32020, -32600, None]


def test_every_call_of_a_batch_is_gated(speaker: Speaker) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_docs", "arguments": {}}}
    [answer] = speaker.post([call]).json
    assert answer["result"]["isError"]


class Asked(Arguments):
    is_wrong: bool = Field(False, description="Whether to ask for what is not there.")


def batch_probe(arguments: Asked, *, principal: Principal) -> Answer:
    """Asks the database something."""
    db.session.execute(text("SELECT no_such_column FROM workspaces" if arguments.is_wrong else "SELECT 1"))
    return Answer("asked")


def test_a_member_that_fails_in_the_database_spoils_only_itself(speaker: Speaker) -> None:
    hints = {"read_only": True, "destructive": False, "idempotent": True, "open_world": False}
    tool.tool(title="Probe", scope="docs:read", group="docs", result=None, bound="same", **hints)(batch_probe)
    try:
        answer = speaker.post([call(1), call(2, is_wrong=True), call(3)])
    finally:
        tool.forget("batch_probe")
    assert [it["result"].get("isError", False) for it in answer.json] == [False, True, False]


def call(number: int, **arguments: object) -> dict[str, object]:
    params = {"name": "batch_probe", "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
