"""Groups of tools that a person leaves out of a scope: at consent, on Connected apps, and where the risk says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.audit import history, why
from halo.audit.history import Wanted
from halo.authenticate import of_grant
from halo.catalogue import declared as every_tool
from halo.consent import risks
from halo.ground.database import db
from halo.ledger.models import ActionExecution
from halo.oauth.models import Grant
from tests import cast
from tests.oauth.flow import MCP, a_client, answer, signed_in
from tests.support.browser import Browser
from tests.support.pages import Page
from tests.support.toolbox import a_group_tool, declared

WEB, RECORDS = "data:read/web", "data:read/records"
FETCH = "data_web_fetch"
PREVIEW = "/mcp/authorize/preview"
one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def a_tool_of_the_web() -> Iterator[None]:
    with declared(a_group_tool(FETCH, "web", open_world=True)):
        yield


def rpc(app: Flask, token: str, method: str, **params: Any) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return app.test_client().post(MCP, json=message, headers={"Authorization": f"Bearer {token}"})


def listed(app: Flask, token: str) -> set[str]:
    return {it["name"] for it in rpc(app, token, "tools/list").get_json()["result"]["tools"]}


def call(app: Flask, token: str) -> Any:
    return rpc(app, token, "tools/call", name=FETCH, arguments={"name": "Carla"})


def grant_of(app: Flask) -> Grant:
    with app.app_context():
        return db.session.scalars(select(Grant).order_by(Grant.id.desc())).first()


def connected(app: Flask, browser: Browser, **fields: Any) -> dict[str, Any]:
    client = a_client(app)
    given = client.consent(browser, scope="docs:read data:read", fields=fields)
    return dict(client.redeem(given["code"]).get_json())


def edit(app: Flask, browser: Browser, **fields: Any) -> Page:
    grant = grant_of(app).id
    browser.get(f"/dashboard/apps/{grant}")
    return browser.submit(f"access-{grant}", **fields)


def ticked(page: Page, name: str = "group") -> set[str]:
    return {str(box.get("value")) for box in page.fields(name) if box.get("checked") is not None}


def test_what_is_left_out_is_not_listed_and_called_it_answers_with_a_sentence_and_no_challenge(app: Flask) -> None:
    said = connected(app, signed_in(app), group=[RECORDS])
    assert said["scope"] == "docs:read data:read"
    token = said["access_token"]
    assert {"data_find_user", "search_docs"} < listed(app, token) and FETCH not in listed(app, token)
    refused = call(app, token)
    assert (refused.status_code, "WWW-Authenticate" in refused.headers) == (200, False)
    result = refused.get_json()["result"]
    assert result["isError"] is True
    assert "left this group of tools out" in result["content"][0]["text"]
    with app.app_context():
        rows = db.session.scalars(select(ActionExecution).where(ActionExecution.tool == FETCH)).all()
        assert [(row.outcome, row.reason) for row in rows] == [("refused", "group_declined")]


def test_at_first_everything_is_in(app: Flask) -> None:
    browser = signed_in(app)
    page = a_client(app).consent_page(browser).page
    assert ticked(page) == {WEB, RECORDS}
    token = connected(app, browser)["access_token"]
    assert FETCH in listed(app, token)
    assert call(app, token).get_json()["result"]["isError"] is False


@one_database
def test_a_scope_whose_tools_are_about_one_thing_has_no_groups(app: Flask) -> None:
    page = a_client(app).consent_page(signed_in(app), scope="docs:read setup:read").page
    assert not page.fields("group")


@one_database
def test_leaving_everything_out_of_a_scope_leaves_the_scope_out(app: Flask) -> None:
    browser = signed_in(app)
    assert connected(app, browser, group=[])["scope"] == "docs:read"
    a_client(app).consent_page(browser, scope="data:read")
    page = browser.submit("consent", status=422, press="allow", group=[])
    assert "Leave at least one permission ticked, or deny." in page.text


@one_database
def test_a_second_consent_shows_what_was_left_out_before_and_keeps_it_out(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent(browser, fields={"group": [RECORDS]})
    page = client.consent_page(browser).page
    assert ticked(page) == {RECORDS}
    assert "You left out The open web (Read customer data), which stays out unless you tick it." in " ".join(
        page.text.split()
    )
    browser.submit("consent", status=303, press="allow")
    token = client.redeem(answer(browser.response)["code"]).get_json()["access_token"]
    assert FETCH not in listed(app, token)
    client.consent(browser, fields={"group": [RECORDS, WEB]})
    assert grant_of(app).left_out == []


def test_on_connected_apps_a_group_is_left_out_and_put_back_from_the_next_call_on(app: Flask) -> None:
    browser = signed_in(app)
    token = connected(app, browser)["access_token"]
    edit(app, browser, group=[RECORDS])
    assert FETCH not in listed(app, token)
    with app.app_context():
        rows, _ = history.page(cast.workspace().id, Wanted(event="grant.narrowed"))
        (line,) = history.lines(rows[0])
        assert (history.label(line.name), [history.word("left_out", it) for it in line.after]) == (
            "Left out",
            ["The open web (Read customer data)"],
        )
    edit(app, browser, group=[RECORDS, WEB])
    assert FETCH in listed(app, token)


@one_database
def test_an_admin_leaves_more_out_and_puts_nothing_back(app: Flask) -> None:
    token = connected(app, signed_in(app, cast.SUPPORT), group=[RECORDS])["access_token"]
    admin = signed_in(app)
    edit(app, admin, group=[RECORDS, WEB])
    grant = grant_of(app)
    assert grant.left_out == [WEB]
    shown = {"scope": ["docs:read", "data:read"], "groups-shown": [RECORDS, WEB], "group": [RECORDS, WEB]}
    admin.post(f"/dashboard/apps/{grant.id}/access", shown)
    assert FETCH not in listed(app, token)
    assert "Only who connected it can put it back." in admin.get(f"/dashboard/apps/{grant.id}").text


@one_database
def test_a_form_that_shows_no_groups_leaves_them_as_they_were(app: Flask) -> None:
    browser = signed_in(app)
    connected(app, browser, group=[RECORDS])
    browser.post(f"/dashboard/apps/{grant_of(app).id}/access", {"scope": ["data:read"]})
    assert (grant_of(app).scopes, grant_of(app).left_out) == ("data:read", [WEB])


@one_database
def test_leaving_a_group_out_is_taken_back_like_any_change(app: Flask) -> None:
    browser = signed_in(app)
    token = connected(app, browser)["access_token"]
    edit(app, browser, group=[RECORDS])
    with app.app_context():
        rows, _ = history.page(cast.workspace().id, Wanted(event="grant.narrowed"))
    browser.get(f"/dashboard/audit/changes/{rows[0].id}")
    browser.submit("revert-form")
    assert FETCH in listed(app, token)


@one_database
def test_why_names_the_group_as_the_reason(app: Flask) -> None:
    connected(app, signed_in(app), group=[RECORDS])
    with app.app_context():
        answered = why.answer(of_grant(grant_of(app).id), FETCH)
    assert answered.refusal is not None and answered.refusal.name == "group_declined"


@pytest.mark.parametrize(
    ("left_out", "title", "leave"),
    [
        ([], "Reads customer data and can reach the open web", ["records", "web"]),
        ([WEB], "Reads customer data, changes nothing", []),
        ([RECORDS], "Can reach the open web", []),
    ],
)
def test_the_risk_is_that_of_what_is_left_in(left_out: list[str], title: str, leave: list[str]) -> None:
    risk = risks.risk_of(["data:read"], every_tool(), left_out)
    assert (risk.title, sorted(group.key for group in risk.leave)) == (title, leave)


@one_database
@pytest.mark.parametrize(("key", "stays"), [("web", {RECORDS}), ("records", {WEB})])
def test_the_sentence_about_the_risk_can_be_followed(app: Flask, key: str, stays: set[str]) -> None:
    browser = signed_in(app)
    page = a_client(app).consent_page(browser).page
    buttons = {"".join(it.itertext()) for it in page.all("button", name="leave")}
    assert buttons == {"Leave the web out", "Leave the records out"}
    form = page.values(page.form("consent"))
    page = browser.post(PREVIEW, form | {"leave": key})
    assert ticked(page) == stays
    assert "and can reach the open web" not in page.text
    assert not page.all("button", name="leave")
    part = browser.htmx("POST", PREVIEW, form | {"leave": key}).text
    assert "and can reach the open web" not in part


@one_database
def test_where_a_scope_is_about_the_group_alone_following_the_risk_leaves_the_scope_out(app: Flask) -> None:
    acts = a_group_tool("data_send_mail", "email", scope="setup:read", read_only=False)
    browser = signed_in(app)
    with declared(acts):
        page = a_client(app).consent_page(browser, scope="docs:read setup:read").page
        form = page.values(page.form("consent"))
        page = browser.post(PREVIEW, form | {"leave": "docs"})
    assert ticked(page, "scope") == {"setup:read"}
