"""Nothing of one workspace can be reached from another: every route and every tool, walked as Umbra's owner.

The walk knows the kinds of things that addresses name (`NAMED`). A new parameter in a route, or a new argument of a
tool, has to say which of Acme's things it could be tried with, or the walk fails and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from halo import demo, tool, web
from halo.agents.models import Agent
from halo.apps import personal
from halo.audit.models import SavedView, Stream
from halo.contacts.models import Company, Conversation, EndUser, Lead, Ticket
from halo.flags import service as flags
from halo.ground import vault
from halo.ground.database import db, new_id, now, one_change
from halo.ground.errors import Reason
from halo.ground.permissions import Role
from halo.ledger.changes import record
from halo.ledger.models import ActionExecution, Change
from halo.oauth.models import Grant
from halo.perform import Answered, perform
from halo.servers.models import Server, ServerTool, ToolDefinition
from halo.workspaces.models import BrowserSession, Invitation, Membership, Person, Workspace
from tests import cast
from tests.factories import a_caller, a_context, a_token
from tests.support.browser import Browser

NOT_ACME = {"static", "documents.page", "documents.raw", "styleguide.switch", "oauth.not_known"}
"""Endpoints whose parameters name nothing of a workspace."""
PUBLIC_OF_ACME = {"contacts.config", "workspaces.signin", "workspaces.sign_in"}
"""What tells strangers something on purpose: the widget's settings, and outside production who is in the demo."""


SERVER_TOOL, ALIAS = "find_orders", "acme_shop__find_orders"
"""Of a connected server: what it calls its tool, and what models do."""


@dataclass
class Acme:
    """What Umbra must never see: ids and texts, and one thing of each kind to knock with."""

    secrets: set[str] = field(default_factory=set)
    named: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture
def acme(app: Flask) -> Iterator[Acme]:
    with app.app_context():
        demo.seed_small()
        token = a_token()
        caller = a_caller()
        perform("data_search_tickets", {}, principal=caller, context=a_context())
        with one_change() as rows:
            workspace = cast.workspace()
            subject = ("workspace", workspace.id, "Acme")
            record("workspace.updated", workspace_id=workspace.id, principal=None, subject=subject)
            rows.add(
                BrowserSession(
                    digest=vault.digest("x"),
                    person_id=cast.person(cast.OWNER).id,
                    workspace_id=workspace.id,
                    expires_at=workspace.created_at,
                )
            )
            rows.add(Agent(workspace_id=workspace.id, name="Acme desk", name_key="acme desk", kind="internal"))
            owner = cast.person(cast.OWNER).id
            rows.add(SavedView(workspace_id=workspace.id, person_id=owner, name="Ours", query="tool=x", is_shared=True))
            rows.add_all(_connected(workspace))
            address = vault.seal("https://logs.acme.example/halo")
            rows.add(Stream(workspace_id=workspace.id, kind="webhook", address=address, host="logs.acme.example"))
            invited = {"digest": vault.digest("y"), "email": "new@acme.test", "role": Role.MEMBER}
            rows.add(Invitation(workspace_id=workspace.id, expires_at=now() + timedelta(days=1), **invited))
        yield _collected(workspace, token)


def _connected(workspace: Workspace) -> list[Any]:
    """A server of Acme's, with a tool that anybody may be offered."""
    of, digest = {"workspace_id": workspace.id}, "a" * 64
    definition = {"name": SERVER_TOOL, "description": "What only Acme has.", "inputSchema": {"type": "object"}}
    address = {"url": "http://127.0.0.1:9/acme-mcp", "auth_method": "none", "for_clients": True}
    return [
        server := Server(id=new_id(), slug="acme_shop", name="Acme's own shop", **address, **of),
        ToolDefinition(digest=digest, definition=json.dumps(definition), **of),
        ServerTool(server_id=server.id, name=SERVER_TOOL, alias=ALIAS, accepted=digest, listed=digest, **of),
    ]


def _collected(workspace: Workspace, token: str) -> Acme:
    def ids(model: Any, *conditions: Any) -> list[str]:
        mine = model.workspace_id == workspace.id
        return list(db.session.scalars(select(model.id).where(mine, *conditions).limit(40)))

    users = db.session.scalars(select(EndUser).where(EndUser.workspace_id == workspace.id).limit(40)).all()
    companies = db.session.scalars(select(Company).where(Company.workspace_id == workspace.id).limit(40)).all()
    people = db.session.scalars(select(Membership.person_id).where(Membership.workspace_id == workspace.id)).all()
    found = Acme(
        named={
            "slug": ["acme"],
            "person_id": list(people),
            "session_id": list(db.session.scalars(select(BrowserSession.id))),
            "execution_id": ids(ActionExecution),
            "change_id": ids(Change),
            "view_id": ids(SavedView),
            "stream_id": ids(Stream),
            "agent_id": ids(Agent),
            "server": ["acme_shop"],
            "server_tool": [SERVER_TOOL],
            "alias": [ALIAS],
            "invitation_id": ids(Invitation),
            "grant_id": ids(Grant),
            "client_row_id": list(
                db.session.scalars(select(Grant.client_row_id).where(Grant.workspace_id == workspace.id))
            ),
            "end_user_id": [user.id for user in users],
            "company_id": [company.id for company in companies],
            "ticket_id": ids(Ticket),
            "conversation_id": ids(Conversation),
            "lead_id": ids(Lead),
            "email": [user.email for user in users if user.email],
            "external_id": [user.external_id for user in users if user.external_id],
            "domain": [company.domain for company in companies if company.domain],
            "name": [company.name for company in companies],
            "token": [token],
        }
    )
    for kind, values in found.named.items():
        if kind not in ("slug", "external_id", "name", "server_tool"):
            found.secrets.update(values)
    found.secrets |= {"acme-mcp", "What only Acme has", *ids(Server), *ids(ServerTool)}
    found.secrets |= {workspace.id, workspace.widget_key, cast.OWNER, cast.ADMIN}
    return found


def _state_of_acme() -> str:
    """A digest of every row that belongs to Acme, its people and their sessions included."""
    db.session.rollback()
    workspace = cast.workspace()
    digest = hashlib.sha256()
    for table in db.metadata.sorted_tables:
        if table.name in ("action_executions", "changes"):
            continue
        if "workspace_id" in table.columns:
            rows = select(table).where(table.c.workspace_id == workspace.id)
        elif table.name in ("people", "workspaces"):
            rows = select(table).where(table.c.id.in_([workspace.id, *_people(workspace.id)]))
        else:
            continue
        for row in sorted(repr(row) for row in db.session.execute(rows)):
            digest.update(row.encode())
    return digest.hexdigest()


def _people(workspace_id: str) -> list[str]:
    return list(db.session.scalars(select(Membership.person_id).where(Membership.workspace_id == workspace_id)))


def _assert_silent(acme: Acme, said: str, asked: str, where: str) -> None:
    told = [secret for secret in acme.secrets if secret in said and secret not in asked]
    assert not told, f"{where} tells Umbra of Acme: {told[:3]}"


def addresses(app: Flask, acme: Acme) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path) for every route, its parameters filled with what Acme has of that kind."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_ACME | PUBLIC_OF_ACME:
            continue
        fillings: list[dict[str, str]] = [{}]
        for name in sorted(rule.arguments):
            values = values_of(rule.endpoint, name, acme)
            fillings = [{**filling, name: value} for filling in fillings for value in values[:2]]
        for filling in fillings:
            _, path = rule.build(filling, append_unknown=False) or ("", "")
            assert path, f"cannot build {rule} from {filling}"
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, path


def values_of(endpoint: str, name: str, acme: Acme) -> list[str]:
    known = acme.named | {
        "kind": ["csv", "jsonl"],
        "tool": ["data_find_user"],
        "group": ["data"],
        "holder": ["external-clients", *acme.named["agent_id"]],
        "mode": ["never"],
        "name" if endpoint.startswith("flags.") else "": ["mcp_server"],
    }
    values = known.get(name)
    assert values, f"{endpoint} has the parameter {name!r}: say in tests/law/test_isolation.py what of Acme it names"
    return values


def test_no_route_shows_or_changes_anything_of_another_workspace(app: Flask, acme: Acme) -> None:
    browser = Browser(app).sign_in(cast.STRANGER)
    token = browser.csrf_token()
    before = _state_of_acme()
    for endpoint, method, path in addresses(app, acme):
        if endpoint in ("workspaces.signout", "workspaces.leave"):
            continue
        response = _knock(browser, method, path, token)
        assert response.status_code < 500, f"{method} {path}: {response.status_code}"
        _assert_silent(acme, _text(response), path, f"{method} {path}")
    assert _state_of_acme() == before


def _knock(browser: Browser, method: str, path: str, token: str) -> TestResponse:
    if method == "GET":
        return browser.client.get(path)
    return browser.client.open(path, method=method, data={"csrf_token": token, "why": "a stranger"})


def _text(response: TestResponse) -> str:
    return response.get_data(as_text=True) + json.dumps(dict(response.headers))


def test_no_route_answers_a_token_of_another_workspace(app: Flask, acme: Acme) -> None:
    with app.app_context():
        bearers = [a_token(person=cast.STRANGER, workspace=cast.UMBRA), _script_of_umbra()]
    before = _state_of_acme()
    for _, method, path in addresses(app, acme):
        for bearer in bearers:
            response = app.test_client().open(
                path, method=method, headers={"Authorization": f"Bearer {bearer}"}, json={}
            )
            assert response.status_code < 500, f"{method} {path}: {response.status_code}"
            _assert_silent(acme, _text(response), path, f"{method} {path} with a token")
    assert _state_of_acme() == before


def _script_of_umbra() -> str:
    """A personal access token that holds whatever one can hold."""
    workspace, person = cast.workspace(cast.UMBRA), cast.person(cast.STRANGER)
    flags.turn_on("mcp_external_servers", workspace_id=workspace.id, why="Ours", principal=None)
    held = {"permissions": [each.value for each in web.lendable()], "lendable": web.lendable(), "words": []}
    of = {"workspace_id": workspace.id, "person_id": person.id, "principal": None, "settings": web.settings()}
    return personal.create("A script", days=30, **held, **of)[1]


def test_no_tool_tells_of_another_workspace_whatever_it_is_asked(app: Flask, acme: Acme) -> None:
    with app.app_context():
        caller = a_caller(person=cast.STRANGER, workspace=cast.UMBRA)
        caller.workspace.limits.update(calls_per_client=10**6, calls_per_workspace=10**6)
        unknown = perform(ALIAS, {}, principal=caller, context=a_context())
        assert not isinstance(unknown, Answered) and unknown.reason is Reason.tool_unknown
        everything = [value for values in acme.named.values() for value in values[:1]]
        for wanted in tool.every():
            strings = [
                name
                for name, shape in wanted.input_schema["properties"].items()
                if shape.get("type") == "string" and "enum" not in shape
            ]
            asked: list[dict[str, Any]] = [{}] + [{name: value} for name in strings for value in everything]
            for arguments in asked:
                done = perform(wanted.name, arguments, principal=caller, context=a_context())
                said = done.wire.decode() if isinstance(done, Answered) else done.sentence
                _assert_silent(acme, said, json.dumps(arguments), f"{wanted.name}({arguments})")


def test_the_walk_would_see_a_leak(app: Flask, acme: Acme) -> None:
    """The same questions, asked by Acme's own owner, do find Acme's things: the walk is no dead letter."""
    browser = Browser(app).sign_in(cast.OWNER)
    said = _text(browser.client.get("/dashboard/settings/team"))
    assert any(secret in said for secret in acme.secrets)
    with app.app_context():
        done = perform("data_search_users", {}, principal=a_caller(), context=a_context())
    assert isinstance(done, Answered) and any(secret in done.wire.decode() for secret in acme.secrets)


def test_persons_of_another_workspace_do_not_exist_for_the_team_page(app: Flask) -> None:
    browser = Browser(app).sign_in(cast.STRANGER)
    with app.app_context():
        person = db.session.execute(select(Person).where(Person.email == cast.ADMIN)).scalar_one()
        path = f"/dashboard/settings/team/{person.id}"
    assert browser.client.get(path).status_code == 404
