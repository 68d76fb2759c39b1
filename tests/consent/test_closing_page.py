"""After Allow: the page at its own address waits for the first call, turns green, and stops asking."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db, one_change
from halo.ground.permissions import Role
from halo.oauth.models import Grant
from halo.workspaces import members
from tests import cast
from tests.oauth.flow import OAuthTestClient, a_client, signed_in
from tests.support.browser import Browser

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def address_of(app: Flask) -> str:
    with app.app_context():
        return f"/mcp/connected/{db.session.scalars(select(Grant.id).order_by(Grant.id.desc())).first()}"


def rpc(app: Flask, token: str, method: str, **params: object) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    response = app.test_client().post("/api/mcp", json=message, headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200, response.text


def allowed(app: Flask, browser: Browser) -> tuple[OAuthTestClient, str]:
    """A client that was allowed and has not redeemed its code yet."""
    client = a_client(app, client_name="Notes")
    return client, client.consent(browser)["code"]


def test_it_waits_then_turns_green_and_asks_no_more(app: Flask) -> None:
    browser = signed_in(app)
    client, code = allowed(app, browser)
    where = address_of(app)
    page = browser.get(where)
    assert "Waiting for the first call of Notes" in page.text
    assert page.one(id="look-again").get("hx-trigger", "").startswith("every 2s")
    token = client.redeem(code).get_json()["access_token"]
    assert "Waiting" in browser.htmx("GET", where).text
    rpc(app, token, "tools/list")
    part = browser.htmx("GET", where).text
    assert part.lstrip().startswith('<section class="arrival arrival-arrived" id="arrival"')
    assert "just connected and sees 12 tools" in part
    assert "hx-get" not in part
    rpc(app, token, "tools/call", name="data_search_users", arguments={})
    assert "sees 12 tools and has made 1 call." in browser.get(where).text
    assert browser.page.all("a", href="/dashboard/apps")


def test_nobody_elses_connection_is_shown(app: Flask) -> None:
    allowed(app, signed_in(app))
    for email in (cast.ADMIN, cast.STRANGER):
        signed_in(app, email).get(address_of(app), status=404)


@one_database
def test_it_gives_up_waiting_and_says_what_to_do(app: Flask) -> None:
    browser = signed_in(app)
    allowed(app, browser)
    with app.app_context(), one_change() as session:
        grant = session.scalars(select(Grant)).one()
        grant.created_at -= datetime.timedelta(minutes=11)
    page = browser.get(address_of(app))
    assert "has not called yet" in page.text
    assert not [it for it in page.tree.iter() if it.get("hx-get")]


@one_database
def test_a_connection_that_ended_says_so(app: Flask) -> None:
    browser = signed_in(app)
    allowed(app, browser)
    with app.app_context(), one_change() as session:
        session.scalars(select(Grant)).one().revoked_at = datetime.datetime.now(datetime.UTC)
    assert "not connected any more" in browser.get(address_of(app)).text


@one_database
def test_a_first_call_that_was_refused_says_why_and_who_lifts_it(app: Flask) -> None:
    with app.app_context():
        members.add(
            cast.workspace(cast.UMBRA).id, cast.person(cast.SUPPORT).id, Role.MEMBER, preset="viewer", principal=None
        )
    browser = signed_in(app, cast.SUPPORT)
    client, code = allowed(app, browser)
    rpc(app, client.redeem(code).get_json()["access_token"], "ping")
    with app.app_context(), one_change() as session:
        session.scalars(select(Grant)).one().paused_at = datetime.datetime.now(datetime.UTC)
    text = browser.get(address_of(app)).text
    assert "was refused" in text
    assert "paused" in text


def test_after_an_application_scheme_the_page_itself_waits(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app, redirect_uris=["cursor://anysphere.cursor-mcp/oauth/callback"])
    client.consent_page(browser)
    page = browser.submit("consent", status=200, press="allow")
    assert page.one(id="look-again").get("hx-get") == address_of(app)
    code = answer_in(page.one(id="go-on").get("href") or "")
    rpc(app, client.redeem(code).get_json()["access_token"], "tools/list")
    assert "just connected" in browser.htmx("GET", address_of(app)).text


def answer_in(target: str) -> str:
    return target.split("code=")[1].split("&", maxsplit=1)[0]


@one_database
def test_after_a_denial_nothing_waits(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app, redirect_uris=["cursor://anysphere.cursor-mcp/oauth/callback"])
    client.consent_page(browser)
    page = browser.submit("consent", status=200, press="deny")
    assert "access_denied" in (page.one(id="go-on").get("href") or "")
    assert not page.all("section", id="arrival")


@one_database
@pytest.mark.parametrize(
    ("callback", "says"),
    [
        ("cursor://anysphere.cursor-mcp/oauth/callback", "this window waits for the first call"),
        ("http://127.0.0.1:8765/callback", "open “See it arrive” on Connected apps"),
        ("https://notes.example/callback", "open “See it arrive” on Connected apps"),
    ],
)
def test_before_allow_the_page_says_where_the_first_call_is_seen(app: Flask, callback: str, says: str) -> None:
    browser = signed_in(app)
    client = a_client(app, client_name="Notes", redirect_uris=[callback])
    client.consent_page(browser)
    assert says in "".join(browser.page.one(id="after-allow").itertext())
    if callback.startswith("cursor"):
        browser.submit("consent", press="allow")
        assert "Waiting for the first call" in browser.page.text
    else:
        browser.submit("consent", status=303, press="allow")
        assert browser.get("/dashboard/apps").all("a", href=address_of(app))
