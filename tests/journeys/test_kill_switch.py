"""What is switched off, revoked or taken away is so on the very next call, whichever of two workers gets it."""

from __future__ import annotations

import datetime

import pytest

from halo.flags import service as flags
from halo.ground.database import now, one_change
from halo.ground.permissions import Role
from halo.ledger.changes import raise_version
from halo.oauth import grants
from halo.workspaces import members
from tests import cast, factories
from tests.journeys.caller import ask, call, statuses
from tests.support.live import LiveServer
from tests.support.tokens import a_token_for, beside, lift_limits


def flag(server: LiveServer, value: str, *options: str) -> None:
    done = server.flask("flags", "set", "mcp_server", value, "--workspace", "acme", "--why", "a test", *options)
    assert done.returncode == 0, done.stderr


def test_the_kill_switch_holds_for_every_worker_and_for_one_workspace(live_server: LiveServer) -> None:
    acme = a_token_for(live_server)
    umbra = a_token_for(live_server, person=cast.STRANGER, workspace=cast.UMBRA)
    assert statuses(live_server, acme) == statuses(live_server, umbra) == {200}
    flag(live_server, "off")
    assert statuses(live_server, acme) == {403}
    assert statuses(live_server, umbra) == {200}
    flag(live_server, "on")
    assert statuses(live_server, acme) == {200}


def test_refused_callers_read_the_operators_words_in_every_worker(live_server: LiveServer) -> None:
    token = a_token_for(live_server)
    flag(live_server, "off", "--message", "We move the database.", "--for", "1h")
    for answer in [call(live_server, token) for _ in range(6)]:
        assert answer.status_code == 403
        error = answer.json()["error"]
        assert error["code"] == 40301 and error["message"].endswith("The operators say: We move the database.")
        assert error["data"]["message"] == "We move the database." and error["data"]["until"].endswith("Z")
    flag(live_server, "on")
    assert statuses(live_server, token) == {200}


def test_an_end_takes_effect_on_time_in_every_worker_though_nothing_happens_then(live_server: LiveServer) -> None:
    lift_limits(live_server)  # refused calls count, and a quick machine makes many
    token = a_token_for(live_server)
    assert statuses(live_server, token) == {200}
    end = now() + datetime.timedelta(seconds=3)
    with beside(live_server):
        acme = cast.workspace().id
        flags.turn_off("mcp_server", workspace_id=acme, why="a test", principal=None, ends_at=end)
    while (began := now()) < end:
        refused = call(live_server, token).status_code == 403
        assert refused or now() >= end, f"a call that began {end - began} before the end was answered"
    assert statuses(live_server, token) == {200}


def test_a_revoked_connection_is_refused_on_its_next_call(live_server: LiveServer) -> None:
    with beside(live_server):
        grant = factories.a_grant(resource=live_server.mcp_url)
        token, other = factories.a_token(grant=grant), factories.a_token(resource=live_server.mcp_url)
    assert statuses(live_server, token) == {200}
    with beside(live_server), one_change() as rows:
        grants.end(rows.merge(grant), "revoked", principal=None)
    assert statuses(live_server, token) == {401}
    assert statuses(live_server, other) == {200}


def test_a_person_who_leaves_takes_their_connections_along(live_server: LiveServer) -> None:
    token = a_token_for(live_server, person=cast.ADMIN)
    assert statuses(live_server, token) == {200}
    with beside(live_server):
        members.remove(cast.workspace().id, cast.person(cast.ADMIN).id, principal=None)
    assert statuses(live_server, token) <= {401, 403}


@pytest.mark.parametrize("person", [cast.SUPPORT])
def test_a_role_that_shrinks_shrinks_the_connection(live_server: LiveServer, person: str) -> None:
    token = a_token_for(live_server, person=person)
    assert statuses(live_server, token, name="data_search_users", query="nobody") == {200}
    with beside(live_server):
        workspace, who = cast.workspace().id, cast.person(person).id
        members.change(workspace, who, role=Role.MEMBER, permissions=["inbox:view"], principal=None)
    assert statuses(live_server, token, name="data_search_users", query="nobody") == {403}
    assert statuses(live_server, token) == {200}
    listed = ask(live_server, token, "tools/list").json()["result"]["tools"]
    assert not any(tool["name"].startswith("data_") for tool in listed)


def test_a_change_elsewhere_leaves_connections_alone(live_server: LiveServer) -> None:
    token = a_token_for(live_server)
    with beside(live_server), one_change():
        raise_version(cast.workspace(cast.UMBRA).id)
    assert statuses(live_server, token, times=4) == {200}
