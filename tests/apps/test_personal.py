"""Personal access tokens from the command line."""

from __future__ import annotations

import pytest
from flask import Flask

from halo.apps import personal
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission, Role
from halo.workspaces import members
from tests import cast
from tests.oauth.flow import MCP, TOKEN, is_good


def flask(app: Flask, *words: str):
    return app.test_cli_runner().invoke(args=list(words))


def created(app: Flask, email: str = cast.OWNER, scopes: str = "data:read docs:read", *more: str) -> str:
    done = flask(app, "token", "create", "--workspace", "acme", "--person", email, "--scopes", scopes, *more)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_token_and_nothing_else_is_printed(app: Flask) -> None:
    output = created(app)
    assert output.startswith("halo_at_")
    assert len(output.split()) == 1
    assert is_good(app, output.strip())


def test_a_token_is_listed_and_revoked(app: Flask) -> None:
    text = created(app, cast.OWNER, "docs:read", "--name", "Nightly").strip()
    listed = flask(app, "token", "list", "--workspace", "acme").output
    assert "owner@acme.test" in listed
    assert "Nightly" in listed
    assert text not in listed
    assert flask(app, "token", "revoke", listed.split()[0], "--workspace", "umbra").exit_code == 1
    assert is_good(app, text)
    assert flask(app, "token", "revoke", listed.split()[0], "--workspace", "acme").exit_code == 0
    assert not is_good(app, text)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workspace", "nowhere", "--person", cast.OWNER, "--scopes", "docs:read"], "workspace"),
        (["--workspace", "acme", "--person", "nobody@acme.test", "--scopes", "docs:read"], ""),
        (["--workspace", "acme", "--person", cast.STRANGER, "--scopes", "docs:read"], "member"),
        (["--workspace", "acme", "--person", cast.OWNER, "--scopes", "everything"], "everything"),
        (["--workspace", "acme", "--person", cast.OWNER, "--scopes", ""], "Choose"),
        (["--workspace", "acme", "--person", cast.VIEWER, "--scopes", "actions:*"], "integrations:view"),
        (["--workspace", "acme", "--person", cast.OWNER, "--scopes", "docs:read", "--days", "0"], "days"),
        (["--workspace", "acme", "--person", cast.OWNER, "--scopes", "docs:read", "--days", "5000"], "days"),
    ],
)
def test_what_cannot_be_granted_ends_with_a_sentence_and_exit_code_1(app: Flask, words: list[str], says: str) -> None:
    done = flask(app, "token", "create", *words)
    assert done.exit_code == 1
    assert says in done.output
    assert "halo_at_" not in done.output


def test_a_token_takes_so_many_scopes_and_no_more(app: Flask) -> None:
    with app.app_context(), pytest.raises(Mistake, match="at most 200"):
        personal._allowed(["docs:read"] * 201, frozenset(Permission), needs_one=True)


@pytest.mark.parametrize(("words", "sees"), [("actions:*", True), ("actions:crm:*", False)])
def test_all_actions_bring_the_read_scopes_along_and_nothing_narrower_does(app: Flask, words: str, sees: bool) -> None:
    text = created(app, cast.OWNER, words).strip()
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    said = app.test_client().post(MCP, json=message, headers={"Authorization": f"Bearer {text}"}).get_json()
    assert {"data_find_user", "search_docs"} <= {tool["name"] for tool in said["result"]["tools"]} or not sees
    assert bool(said["result"]["tools"]) is sees


def test_what_all_actions_bring_along_is_under_the_same_ceiling(app: Flask) -> None:
    with app.app_context():
        workspace, person = cast.workspace().id, cast.person(cast.VIEWER).id
        members.change(workspace, person, Role.MEMBER, permissions=["integrations:view"], principal=None)
    done = flask(app, "token", "create", "--workspace", "acme", "--person", cast.VIEWER, "--scopes", "actions:*")
    assert done.exit_code == 1
    assert "contacts:view" in done.output


def test_a_token_shrinks_with_its_person(app: Flask) -> None:
    text = created(app, cast.SUPPORT).strip()
    with app.app_context():
        members.remove(cast.workspace().id, cast.person(cast.SUPPORT).id, principal=None)
    assert not is_good(app, text)


def test_a_personal_token_is_never_refreshed(app: Flask) -> None:
    text = created(app).strip()
    form = {"grant_type": "refresh_token", "refresh_token": text, "client_id": "halo_client_personal"}
    response = app.test_client().post(TOKEN, data=form)
    assert response.get_json()["error"] == "invalid_client"


def test_unused_registrations_are_reaped_from_the_command_line(app: Flask) -> None:
    assert flask(app, "oauth", "reap").output == "forgot 0 clients\n"
