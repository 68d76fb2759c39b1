"""Calls of servers that want credentials: which are shown, what a 401 changes, and that none comes back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from halo.ground.database import db
from halo.perform import UNKNOWN
from halo.servers import credentials
from halo.servers.models import Server
from halo.servers.sealing import Secrets
from tests.servers.connected import FIND, SHIP, a_person, a_server, an_agent, answered, found, last_row
from tests.servers.issuing import Issuing
from tests.servers.rows import credential, signed_in
from tests.servers.upstream import MODERN, Answer, Asked, error, modern, result, theirs

SECRET = "tok-4711-very-much-a-secret"
NAMES = ("shop__find_orders", "shop__ship")


def shown_in_calls(issuer: Issuing) -> list[str]:
    return [asked.headers.get("Authorization", "") for asked in issuer.server.asked if asked.rpc == "tools/call"]


def test_a_token_that_the_server_takes_no_more_is_renewed_and_the_call_made_once_more(
    app: Flask, issuer: Issuing
) -> None:
    """A write too: who is refused at the door has done nothing."""
    with app.app_context():
        server = a_server(issuer.server.url, FIND, SHIP, auth_method="oauth2", protocol_version=MODERN)
        signed_in(server, issuer)
        answered(an_agent(NAMES[0]), NAMES[0], {"email": "a@b.test"})
        issuer.access.clear()
        done = answered(a_person(), NAMES[1], {"order": "1"})
        assert (done.answer.is_error, last_row().outcome) == (False, "ok")
        assert found(server).problem_at is None
    assert shown_in_calls(issuer) == ["Bearer at-1", "Bearer at-1", "Bearer at-2"]
    assert issuer.renewed == 1


def test_a_sign_in_that_nothing_renews_is_told_once_and_not_tried_again(app: Flask, issuer: Issuing) -> None:
    with app.app_context():
        server = a_server(issuer.server.url, FIND, auth_method="bearer", protocol_version=MODERN)
        credentials.keep(server, Secrets("not theirs"), principal=None)
        done = answered(a_person(), NAMES[0], {"email": "a@b.test"})
        assert done.answer.text == "The server wants a sign-in."
        assert len(shown_in_calls(issuer)) == 1
        stands = found(server)
        assert (stands.problem_stage, last_row().detail) == ("auth", "auth: HTTP 401")


def test_credentials_that_were_replaced_meanwhile_are_shown_instead(app: Flask) -> None:
    """Another process, or a person, was faster than the call."""
    with app.app_context():

        def behaves(asked: Asked) -> Answer:
            if asked.headers.get("Authorization") == "Bearer second-token":
                return modern(asked)
            with app.app_context():
                credentials.keep(db.session.get_one(Server, server_id), Secrets("second-token"), principal=None)
            return Answer(b"", 401)

        with theirs(behaves) as upstream:
            server = a_server(upstream.url, SHIP, auth_method="bearer", protocol_version=MODERN)
            server_id = server.id
            credentials.keep(server, Secrets("first-token"), principal=None)
            assert not answered(a_person(), NAMES[1], {"order": "1"}).answer.is_error


def test_a_sign_in_that_does_not_reach_far_enough_is_another_state(app: Flask) -> None:
    wants_more = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="orders:write"'}
    with app.app_context(), theirs(lambda _: Answer(b"", 403, headers=wants_more)) as upstream:
        server = a_server(upstream.url, SHIP, auth_method="bearer", protocol_version=MODERN)
        credentials.keep(server, Secrets(SECRET), principal=None)
        done = answered(a_person(), NAMES[1], {"order": "1"})
        assert (UNKNOWN in done.answer.text, found(server).problem_stage) == (False, "scope")
        assert len(upstream.asked) == 1
        assert credential(server).short_of == "orders:write"


ECHOES: dict[str, Any] = {
    "in a text": lambda asked: {"content": [{"type": "text", "text": f"you sent {asked.headers['Authorization']}"}]},
    "in data": lambda asked: {"content": [], "structuredContent": {"a": [{"b": asked.headers["Authorization"][7:]}]}},
    "in a key": lambda asked: {"content": [], "structuredContent": {asked.headers["Authorization"][7:]: 1}},
    "behind signs that nobody sees": lambda _: {"content": [{"type": "text", "text": "\u200b".join(SECRET)}]},
    "in colours": lambda _: {"content": [{"type": "text", "text": f"{SECRET[:5]}\x1b[0m{SECRET[5:]}"}]},
    "in a link": lambda _: {
        "content": [{"type": "resource_link", "uri": f"https://evil.test/?t={SECRET}", "name": SECRET}]
    },
}


@pytest.mark.parametrize("says", ECHOES.values(), ids=ECHOES)
def test_what_was_shown_to_a_server_does_not_come_back_to_a_model(app: Flask, says: Any) -> None:
    def behaves(asked: Asked) -> Answer:
        return result(asked, says(asked)) if asked.rpc == "tools/call" else modern(asked)

    with app.app_context(), theirs(behaves) as upstream:
        server = a_server(upstream.url, FIND, auth_method="bearer", protocol_version=MODERN)
        credentials.keep(server, Secrets(SECRET), principal=None)
        done = answered(a_person(), NAMES[0], {"email": "a@b.test"})
    assert not done.answer.is_error
    assert SECRET.encode() not in done.wire
    assert "[redacted]" in done.wire.decode()


def test_nor_to_the_log(app: Flask) -> None:
    def behaves(asked: Asked) -> Answer:
        said = error(asked, -32602)
        said.body["error"]["message"] = f"bad token {asked.headers['Authorization']} \u202e<b>"
        return said

    with app.app_context(), theirs(behaves) as upstream:
        server = a_server(upstream.url, FIND, auth_method="bearer", protocol_version=MODERN)
        credentials.keep(server, Secrets(SECRET), principal=None)
        answered(a_person(), NAMES[0], {"email": "a@b.test"})
        row = last_row()
    assert row.detail is not None
    assert (SECRET in row.detail, "\u202e" in row.detail, "bad token" in row.detail) == (False, False, True)


@pytest.mark.parametrize("version", ["", "2025-11-25"])
def test_nor_to_who_connects_the_server(version: str) -> None:
    """In what the server calls itself, and in the definitions that would be locked and shown."""
    named = {"name": f"Shop {SECRET}", "version": "1"}

    def behaves(asked: Asked) -> Answer:
        if asked.rpc == "initialize" and version:
            return result(asked, {"protocolVersion": version, "serverInfo": named, "instructions": SECRET})
        if asked.rpc == "server/discover" and not version:
            meta = {"io.modelcontextprotocol/serverInfo": named}
            return result(asked, {"supportedVersions": [MODERN], "instructions": SECRET, "_meta": meta})
        if asked.rpc == "tools/list":
            return result(asked, {"tools": [FIND | {"description": f"Say {SECRET}"}]})
        return error(asked, -32601)

    with theirs(behaves) as upstream, upstream.upstream().conversation(f"Bearer {SECRET}", seconds=30) as talk:
        welcome = talk.welcome()
        (tool,) = talk.tools().tools
    assert (welcome.name, welcome.instructions) == ("Shop [redacted]", "[redacted]")
    assert tool["description"] == "Say [redacted]"
