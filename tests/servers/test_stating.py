"""What Halo states of a call to a server that checks it: to whom, with which request, and about whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt as pyjwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from halo.contacts import customers
from halo.contacts.models import EndUser
from halo.ground import vault
from halo.ground.database import one_change
from halo.ground.principal import NOBODY
from halo.servers import assertion
from halo.servers.assertion import HEADER
from tests import cast
from tests.servers.connected import FIND, JANE, SHIP, a_person, a_server, an_agent, answered, change, last_row
from tests.servers.upstream import MODERN, Answer, Asked, Theirs, legacy, modern, result, theirs
from tests.support.agents import an_agent_run

NAME = "shop__find_orders"
ASKED = {"email": "a@b.test"}
one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def came(upstream: Theirs) -> dict[str, list[bool]]:
    """Of each method, whether its requests carried a statement."""
    found: dict[str, list[bool]] = {}
    for asked in upstream.asked:
        found.setdefault(asked.rpc or asked.method, []).append(HEADER in asked.headers)
    return found


def claims(client: FlaskClient, upstream: Theirs) -> dict[str, Any]:
    """Of the last statement, as somebody checks it who has the published keys."""
    keys = KeySet.import_key_set(client.get("/.well-known/jwks.json").get_json())
    return jwt.decode(upstream.asked[-1].headers[HEADER], keys, algorithms=["ES256"]).claims


def test_it_goes_with_calls_and_nothing_else_and_can_be_checked(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), theirs(legacy(lambda: "s-1")) as upstream:
        a_server(upstream.url, FIND, is_ours=True, sends_assertion=True)
        caller = an_agent(NAME)
        answered(caller, NAME, ASKED)
        said = claims(client, upstream)
        row = last_row()
    assert came(upstream) == {
        "server/discover": [False], "initialize": [False], "notifications/initialized": [False], "tools/call": [True],
    }  # fmt: skip
    assert (said["aud"], said["tool"], said["workspace"]) == (upstream.url, "find_orders", caller.workspace_id)
    assert (said["agent"], said["conversation"]) == (row.agent_id, row.conversation_id)
    assert said["arguments_sha256"] == assertion.digest(ASKED)
    assert (said["sub"], said["customer"]["email"]) == (JANE.end_user_id, JANE.email)


@pytest.mark.parametrize(
    "columns",
    [
        {"is_ours": False, "sends_assertion": True},
        {"is_ours": True, "sends_assertion": False},
        {"is_ours": False, "sends_assertion": False},
    ],
)
@one_database
def test_a_stranger_gets_none_whatever_stands_in_its_row(app: Flask, columns: dict[str, bool]) -> None:
    with app.app_context(), theirs(modern) as upstream:
        server = a_server(upstream.url, FIND, is_ours=True, sends_assertion=True, protocol_version=MODERN)
        answered(a_person(), NAME, ASKED)
        change(server, **columns)
        answered(a_person(), NAME, ASKED)
    assert came(upstream) == {"tools/call": [True, False]}


@one_database
def test_no_redirect_carries_it_not_even_on_the_same_origin(app: Flask) -> None:
    def behaves(asked: Asked) -> Answer:
        return Answer(status=308, headers={"Location": "/moved"}) if asked.path == "/mcp" else modern(asked)

    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, FIND, is_ours=True, sends_assertion=True, protocol_version=MODERN)
        assert not answered(a_person(), NAME, ASKED).answer.is_error
    assert [(asked.path, HEADER in asked.headers) for asked in upstream.asked] == [("/mcp", True), ("/moved", False)]


@one_database
def test_every_request_has_one_of_its_own(app: Flask) -> None:
    def behaves(asked: Asked) -> Answer:
        is_first = "requestState" not in asked.body["params"]
        return result(asked, {"resultType": "input_required", "requestState": "s"}) if is_first else modern(asked)

    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, FIND, is_ours=True, sends_assertion=True, protocol_version=MODERN)
        answered(a_person(), NAME, ASKED)
    statements = [asked.headers[HEADER] for asked in upstream.asked]
    assert len(statements) == len(set(statements)) == 2


def test_only_who_proved_it_is_named(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), theirs(modern) as upstream:
        a_server(upstream.url, FIND, is_ours=True, sends_assertion=True, protocol_version=MODERN, for_clients=True)
        an_agent(NAME)
        chosen = replace(JANE, is_proven=False)
        bound = replace(a_person(), customer=JANE)
        for caller, is_named in (
            (an_agent_run(customer=JANE), True),
            (bound, True),
            (an_agent_run(customer=chosen), False),
            (an_agent_run(customer=NOBODY), False),
            (a_person(), False),
        ):
            answered(caller, NAME, ASKED)
            said = claims(client, upstream)
            assert ({"sub", "customer"} <= said.keys(), "sub" in said) == (is_named, is_named)


def test_a_statement_that_comes_back_reaches_no_model(app: Flask) -> None:
    def behaves(asked: Asked) -> Answer:
        return modern(asked, called={"content": [{"type": "text", "text": asked.headers[HEADER]}]})

    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, FIND, is_ours=True, sends_assertion=True, protocol_version=MODERN)
        done = answered(a_person(), NAME, ASKED)
    assert done.answer.text == "[redacted]"


@one_database
def test_arguments_that_have_no_digest_are_refused_before_anything_is_sent(app: Flask) -> None:
    with app.app_context(), theirs(modern) as upstream:
        a_server(upstream.url, SHIP, is_ours=True, sends_assertion=True, protocol_version=MODERN)
        done = answered(a_person(), "shop__ship", {"order": "1", "amount": 2**60})
        assert (last_row().outcome, upstream.asked) == ("tool_error", [])
    assert "2^53" in done.answer.text


def test_the_keys_are_public_kept_and_for_programs_anywhere(client: FlaskClient) -> None:
    answer = client.get("/.well-known/jwks.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert [each.keys() & {"d"} for each in answer.get_json()["keys"]] == [set()]
    asked = client.options("/.well-known/jwks.json")
    assert (asked.status_code, asked.headers["Access-Control-Allow-Methods"]) == (204, "GET, OPTIONS")
    assert client.get("/.well-known/jwks.json").data == answer.data


def test_a_customer_whom_the_product_vouches_for_is_proven_and_one_whom_a_teammate_chose_is_not(app: Flask) -> None:
    with app.app_context():
        acme = cast.workspace()
        with one_change() as rows:
            row = EndUser(workspace_id=acme.id, external_id="42", name="Jane")
            rows.add(row)
        token = pyjwt.encode({"user_id": "42"}, vault.open(acme.identity_secret))
        proven = customers.customer_of(token, workspace_id=acme.id)
        chosen = customers.bound(row.id, workspace_id=acme.id)
    assert (proven.is_proven, chosen.is_proven) == (True, False)
    assert proven == chosen
