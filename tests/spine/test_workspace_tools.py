"""Two workspaces have different tools of one name: wherever tools show, each meets its own, nothing of the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo import catalogue, facts
from halo.audit import why
from halo.authenticate import of_grant
from halo.facts import FactsPart
from halo.ground.database import db, one_change
from halo.ledger import changes
from halo.ledger.models import ActionExecution
from tests import cast, factories
from tests.oauth.flow import MCP, a_client, signed_in
from tests.support.toolbox import given

SCOPES = "docs:read actions:crm:*"
NOTE, FIND, ERASE = "crm__note", "crm__find", "crm__erase"
PLACES = ((cast.OWNER, cast.ACME, "Acme"), (cast.STRANGER, cast.UMBRA, "Umbra"))


@pytest.fixture(autouse=True)
def an_integration_of_both(app: Flask) -> Iterator[None]:
    facts.register("crm", lambda workspace_id: FactsPart({"crm": "connected"}, f"crm of {workspace_id}"))
    with app.app_context(), one_change():
        for _, slug, _ in PLACES:
            changes.raise_version(cast.workspace(slug).id)
    with given():
        yield
    facts.forget("crm")


def rpc(app: Flask, token: str, method: str, **params: Any) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = app.test_client().post(MCP, json=message, headers={"Authorization": f"Bearer {token}"})
    return answer.get_json()["result"]


def token_of(app: Flask, person: str, slug: str, **columns: Any) -> str:
    with app.app_context():
        return factories.a_token(SCOPES, person=person, workspace=slug, **columns)


def listed(app: Flask, token: str) -> dict[str, dict[str, Any]]:
    return {it["name"]: it for it in rpc(app, token, "tools/list")["tools"]}


def other(name: str) -> str:
    return "Umbra" if name == "Acme" else "Acme"


def test_each_lists_its_own_and_never_the_others_bytes(app: Flask) -> None:
    for _ in range(2):  # the second time from what the process keeps
        for person, slug, name in PLACES:
            held = listed(app, token_of(app, person, slug))
            assert held[NOTE]["description"] == f"Writes a note of {name}."
            assert held[NOTE]["inputSchema"]["title"] == name
            assert ERASE not in held
            assert f"of {other(name)}" not in str(held)


def test_each_calls_its_own_and_the_row_says_which_definition(app: Flask) -> None:
    for person, slug, _ in PLACES:
        said = rpc(app, token_of(app, person, slug), "tools/call", name=FIND, arguments={"about": "rent"})
        assert said["content"][0]["text"] == f"{slug}: rent of None"
    with app.app_context():
        rows = db.session.scalars(select(ActionExecution).where(ActionExecution.tool == FIND)).all()
        assert len({row.definition for row in rows}) == 2
        assert {(row.integration, row.action) for row in rows} == {("crm", "find")}


def test_what_does_not_fit_is_told_in_our_words(app: Flask) -> None:
    said = rpc(
        app, token_of(app, *PLACES[0][:2]), "tools/call", name=FIND, arguments={"abuot": "rent", "email": "c@x.y"}
    )
    assert said["isError"] is True
    assert "The argument 'about' is required. Accepted: text." in said["content"][0]["text"]
    assert (
        "There is no argument 'abuot'; accepted: about, email, pin. Did you mean about?" in said["content"][0]["text"]
    )


def test_what_its_schema_marks_secret_is_not_kept(app: Flask) -> None:
    rpc(app, token_of(app, *PLACES[0][:2]), "tools/call", name=FIND, arguments={"about": "rent", "pin": "1234"})
    with app.app_context():
        (row,) = db.session.scalars(select(ActionExecution).where(ActionExecution.tool == FIND)).all()
        assert row.arguments == {"about": "rent", "pin": "[redacted]"}


def test_a_bound_caller_neither_sees_nor_sends_who_the_customer_is(app: Flask) -> None:
    with app.app_context():
        from tests.contacts.rows import an_end_user

        user = an_end_user(email="carla@shop.test")
    token = token_of(app, *PLACES[0][:2], end_user_id=user.id)
    assert "email" not in listed(app, token)[NOTE]["inputSchema"]["properties"]
    assert "email" in listed(app, token)[FIND]["inputSchema"]["properties"]
    said = rpc(app, token, "tools/call", name=NOTE, arguments={"about": "rent"})
    assert said["content"][0]["text"] == "acme: rent of carla@shop.test"
    wrong = rpc(app, token, "tools/call", name=NOTE, arguments={"about": "rent", "email": "dan@shop.test"})
    assert wrong["isError"] is True and "bound to one customer" in wrong["content"][0]["text"]


def test_consent_the_palette_and_the_pages_of_the_log_name_its_own(app: Flask) -> None:
    for person, slug, name in PLACES:
        browser = signed_in(app, person, slug)
        consent = a_client(app).consent_page(browser, scope=SCOPES).page
        assert f"Note at {name}" in consent.text and f"at {other(name)}" not in consent.text
        found = browser.get("/dashboard/palette?q=crm__note").text
        assert f"Note at {name}" in found and f"at {other(name)}" not in found
        assert f"Note at {name}" in str(browser.get("/dashboard/audit").html)
        assert f"Erase at {name}" in browser.get("/dashboard/agents/external-clients/actions").text


def test_why_answers_for_the_workspace_of_the_connection(app: Flask) -> None:
    with app.app_context():
        for person, slug, name in PLACES:
            grant = factories.a_grant(SCOPES, person=person, workspace=slug)
            answer = why.answer(of_grant(grant.id), NOTE)
            assert answer.refusal is None
            assert any(step.about == f"Note at {name}" for step in answer.steps)


def test_a_workspace_that_has_no_such_integration_has_none_of_its_tools(app: Flask) -> None:
    with app.app_context(), one_change():
        acme, umbra = (cast.workspace(slug).id for _, slug, _ in PLACES)
        changes.raise_version(umbra)
    facts.register(
        "crm", lambda workspace_id: FactsPart({"crm": "connected"}, "crm") if workspace_id == acme else FactsPart()
    )
    assert NOTE in listed(app, token_of(app, *PLACES[0][:2]))
    assert NOTE not in listed(app, token_of(app, *PLACES[1][:2]))


def test_a_process_keeps_only_so_many_bytes_of_catalogues(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        acme = facts.now_of(cast.workspace().id)
        first = catalogue.of(acme)
        assert catalogue.of(acme) is first
        assert first.weight > 1_000
        monkeypatch.setattr("halo.ground.limits.CATALOGUE_BYTES", first.weight)
        assert catalogue.of(replace(acme, catalogue="later")) is not catalogue.of(replace(acme, catalogue="later"))
