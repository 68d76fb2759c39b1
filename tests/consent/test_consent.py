"""Consent: what the page says, and what the ticks and fields mean."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.contacts.models import EndUser
from halo.ground.database import db, one_change
from halo.ground.permissions import Role
from halo.ledger.models import Change
from halo.oauth.models import Grant
from halo.workspaces import members
from tests import cast
from tests.consent.tools import integration_tools
from tests.oauth.flow import a_client, answer, call, is_good, signed_in

__all__ = ["integration_tools"]
one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def test_the_page_says_who_asks_where_it_goes_and_what_for(app: Flask) -> None:
    browser = signed_in(app)
    page = a_client(app, client_name="Notes <b>").consent_page(browser).page
    for words in (
        "Notes <b>",
        "Unverified",
        "127.0.0.1:8765",
        "Olivia Owner",
        "owner@acme.test",
        "Acme",
        "Read customer data",
    ):
        assert words in page.text
    assert "Approve only if you just started this" in page.text
    assert "is passed to the app" in page.text
    assert "Allow 2 permissions" in page.text


@one_database
def test_the_page_lets_the_form_end_at_the_client_and_nowhere_else(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app, redirect_uris=["https://app.example:8443/cb"]).consent_page(browser)
    policy = browser.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example:8443" in policy
    assert "frame-ancestors 'none'" in policy
    assert browser.response.headers["Cache-Control"] == "no-store"


@one_database
def test_a_known_client_is_verified_by_where_its_answer_goes(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app, client_name="Claude", redirect_uris=["https://claude.ai/api/mcp/auth_callback"]).consent_page(browser)
    assert "checked list as Claude" in browser.page.text
    a_client(app, client_name="Claude", redirect_uris=["https://claude.ai.evil.example/cb"]).consent_page(browser)
    assert "Unverified" in browser.page.text


def test_s36_what_is_taken_out_is_not_granted(app: Flask) -> None:
    client = a_client(app)
    browser = signed_in(app)
    client.consent_page(browser, scope="docs:read setup:read data:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read"])
    said = client.redeem(answer(browser.response)["code"]).get_json()
    assert said["scope"] == "docs:read"
    assert "docs:read" in client.refresh(said["refresh_token"]).get_json()["scope"]


def test_s36_the_tools_of_a_scope_that_was_taken_out_are_absent(app: Flask) -> None:
    client = a_client(app)
    browser = signed_in(app)
    client.consent_page(browser, scope="docs:read data:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read"])
    token = client.redeem(answer(browser.response)["code"]).get_json()["access_token"]
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    listed = app.test_client().post("/api/mcp", json=message, headers={"Authorization": f"Bearer {token}"}).get_json()
    names = {tool["name"] for tool in listed["result"]["tools"]}
    assert "search_docs" in names
    assert not [name for name in names if name.startswith("data_")]


def test_s36_the_refusal_of_a_tool_that_was_taken_out_says_what_to_do(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent_page(browser, scope="docs:read data:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read"])
    token = client.redeem(answer(browser.response)["code"]).get_json()["access_token"]
    params = {"name": "data_search_tickets", "arguments": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    refused = app.test_client().post("/api/mcp", json=message, headers={"Authorization": f"Bearer {token}"})
    error = refused.get_json()["error"]
    assert refused.status_code == 403
    with app.app_context():
        page = f"http://127.0.0.1:8000/dashboard/apps/{db.session.scalars(select(Grant.id)).one()}"
    assert error["message"] == (
        "The connection was not granted the scope for this. data_search_tickets needs data:read: Read customer data. "
        f"The person who connected it, on Connected apps or by connecting again. {page}"
    )
    assert (error["data"]["scope"], error["data"]["link"]) == ("data:read", page)
    browser.get(page.removeprefix("http://127.0.0.1:8000"), status=200)


def test_nothing_ticked_is_told_and_nothing_is_granted(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    browser.submit("consent", status=422, press="allow", scope=None)
    assert "at least one" in browser.page.text
    assert browser.page.all("button", id="allow")
    with app.app_context():
        assert db.session.scalar(select(Grant)) is None


def test_a_scope_that_was_not_asked_for_is_not_granted(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    client.consent_page(browser, scope="docs:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read", "data:read", "actions:*"])
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "docs:read"


def test_what_the_person_may_not_give_is_greyed_with_the_reason(app: Flask) -> None:
    browser = signed_in(app, cast.VIEWER)
    client = a_client(app)
    client.consent_page(browser, scope="actions:*")
    assert "Your role here does not include this" in browser.page.text
    browser.submit("consent", status=303, press="allow", scope=["actions:*", "data:read"])
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "data:read"


@one_database
def test_with_the_flag_off_nothing_can_be_allowed(app: Flask) -> None:
    from halo.flags import service

    with app.app_context():
        service.turn_off("mcp_server", workspace_id=cast.workspace().id, why="test", principal=None)
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    assert "switched off for this workspace" in browser.page.text
    assert not browser.page.all("button", id="allow")


def test_only_this_customer_binds_the_grant(app: Flask) -> None:
    with app.app_context():
        workspace_id = cast.workspace().id
        with one_change() as session:
            customer = EndUser(workspace_id=workspace_id, email="carla@shop.test", name="Carla", external_id="c-1")
            session.add(customer)
            session.flush()
            customer_id = customer.id
    client = a_client(app)
    for words in ("carla@shop.test", "Carla@Shop.test ", "carla@shop.test\u200b", "c-1", customer_id):
        said = client.consent(signed_in(app), fields={"customer": words})
        assert client.redeem(said["code"]).status_code == 200
    with app.app_context():
        assert {grant.end_user_id for grant in db.session.scalars(select(Grant))} == {customer_id}


def test_a_customer_who_is_not_there_is_told(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    browser.submit("consent", status=422, press="allow", customer="nobody@shop.test", scope=["docs:read"])
    assert "no customer with this" in browser.page.text
    ticked = [it.get("value") for it in browser.page.fields("scope") if it.get("checked") is not None]
    assert ticked == ["docs:read"]


def test_a_customer_who_is_not_understood_never_becomes_no_customer(app: Flask) -> None:
    client = a_client(app)
    for words in ("\u200b", "\u3164 \u2060", "\u202e", "carla"):
        browser = signed_in(app)
        client.consent_page(browser)
        browser.submit("consent", status=422, press="allow", customer=words)
        assert "no customer with this" in browser.page.text
    with app.app_context():
        assert db.session.scalar(select(Grant)) is None


@pytest.mark.parametrize(("duration", "days"), [("1", 1), ("30", 30), ("90", 90), ("", None)])
@one_database
def test_the_duration_ends_the_grant(app: Flask, duration: str, days: int | None) -> None:
    a_client(app).consent(signed_in(app), fields={"duration": duration})
    with app.app_context():
        grant = db.session.scalars(select(Grant)).one()
        held = grant.expires_at and round((grant.expires_at - grant.created_at).total_seconds() / 86400)
    assert held == days


def test_with_several_workspaces_there_is_a_choice(app: Flask) -> None:
    with app.app_context():
        members.add(
            cast.workspace(cast.UMBRA).id, cast.person(cast.SUPPORT).id, Role.MEMBER, preset="viewer", principal=None
        )
    browser = signed_in(app, cast.SUPPORT, cast.ACME)
    client = a_client(app)
    page = client.consent_page(browser, scope="docs:read data:read").page
    link = next(it for it in page.all("a", class_="chip") if "Umbra" in "".join(it.itertext()))
    browser.get(link.get("href") or "")
    browser.submit("consent", status=303, press="allow")
    token = client.redeem(answer(browser.response)["code"]).get_json()["access_token"]
    assert call(app, token, "/api/mcp/w/umbra").status_code == 200
    assert call(app, token, "/api/mcp/w/acme").status_code == 401


def test_a_workspace_of_others_cannot_be_chosen(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    browser.submit("consent", status=422, press="allow", workspace="umbra")
    assert "member of" in browser.page.text


def test_switching_the_account_comes_back_to_the_request(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    client.consent_page(browser)
    browser.submit("switch-account")
    assert browser.at == "/signin"
    browser.submit("signin", email=cast.ADMIN, password=cast.PASSWORD)
    assert "admin@acme.test" in browser.page.text
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).status_code == 200


def test_consent_is_recorded_with_what_was_allowed(app: Flask) -> None:
    a_client(app, client_name="Notes").consent(signed_in(app))
    with app.app_context():
        change = db.session.scalars(select(Change).where(Change.event == "grant.approved")).one()
        assert change.subject == "Notes"
        assert change.after["scopes"] == "docs:read data:read"
        assert change.by == cast.OWNER


def test_s49_a_new_grant_takes_the_place_of_that_one_only(app: Flask) -> None:
    client, other = a_client(app, redirect_uris=["http://127.0.0.1/callback", "https://app.example/cb"]), a_client(app)
    browser = signed_in(app)
    old = client.connect(browser, redirect_uri="http://127.0.0.1:1111/callback")
    web = client.connect(browser, redirect_uri="https://app.example/cb")
    neighbour = other.connect(browser)
    colleague = client.connect(signed_in(app, cast.ADMIN), redirect_uri="http://127.0.0.1:1111/callback")
    new = client.connect(browser, redirect_uri="http://127.0.0.1:2222/callback")
    good = [is_good(app, it["access_token"]) for it in (old, web, neighbour, colleague, new)]
    assert good == [False, True, True, True, True]


def test_a_new_consent_shows_the_old_choice(app: Flask) -> None:
    client = a_client(app)
    browser = signed_in(app)
    client.consent_page(browser, scope="docs:read data:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read"])
    page = client.consent_page(browser, scope="docs:read data:read").page
    ticked = [it.get("value") for it in page.fields("scope") if it.get("checked") is not None]
    assert ticked == ["docs:read"]


@pytest.mark.usefixtures("integration_tools")
@pytest.mark.parametrize(
    ("ticked", "granted"),
    [
        (
            [
                "actions:*",
                "actions:crm:*",
                "actions:crm:create_deal",
                "actions:crm:note",
                "actions:chat:*",
                "actions:chat:post",
            ],
            "actions:chat:post actions:crm:create_deal actions:crm:note",
        ),
        (
            ["actions:*", "actions:crm:*", "actions:crm:create_deal", "actions:chat:*", "actions:chat:post"],
            "actions:chat:post actions:crm:create_deal",
        ),
        (["actions:crm:create_deal"], "actions:crm:create_deal"),
        (["actions:crm:*", "actions:crm:create_deal", "actions:crm:note"], "actions:crm:create_deal actions:crm:note"),
    ],
)
@one_database
def test_within_all_actions_an_integration_or_one_action_can_be_taken_out(
    app: Flask, ticked: list[str], granted: str
) -> None:
    client = a_client(app)
    browser = signed_in(app)
    client.consent_page(browser, scope="actions:*")
    offered = {it.get("value") for it in browser.page.fields("scope")}
    assert offered >= {"docs:read", "actions:*", "actions:crm:*", "actions:crm:create_deal", "actions:chat:post"}
    assert "actions:crm:refund" not in offered
    browser.submit("consent", status=303, press="allow", scope=ticked, grouped="yes")
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == granted


@pytest.mark.usefixtures("integration_tools")
@pytest.mark.parametrize(
    ("left_out", "granted"),
    [
        ((), "actions:*"),
        (("actions:crm:note",), "actions:chat:* actions:crm:create_deal"),
        (("actions:crm:*",), "actions:chat:*"),
        (("actions:*",), "docs:read"),
    ],
)
@one_database
def test_what_is_added_later_is_included_only_where_the_person_says_so_and_takes_nothing_out(
    app: Flask, left_out: tuple[str, ...], granted: str
) -> None:
    """Without a script: what is off is off with everything under it."""
    client = a_client(app)
    browser = signed_in(app)
    client.consent_page(browser, scope="docs:read actions:*")
    offered = [str(it.get("value")) for it in browser.page.fields("scope")]
    ticked = [word for word in offered if word not in left_out and not word.endswith(":read")]
    browser.submit("consent", status=303, press="allow", scope=["docs:read", *ticked], later=["actions:*"])
    said = client.redeem(answer(browser.response)["code"]).get_json()["scope"]
    assert said.removeprefix("docs:read ") == granted


@pytest.mark.usefixtures("integration_tools")
@one_database
def test_all_that_is_ticked_at_first_is_what_exists_now(app: Flask) -> None:
    said = a_client(app).connect(signed_in(app), scope="actions:*")
    reads = "docs:read setup:read data:read"
    assert said["scope"] == f"{reads} actions:chat:post actions:crm:create_deal actions:crm:note"


@one_database
def test_without_any_integration_the_actions_are_off_until_they_are_switched_on(app: Flask) -> None:
    client = a_client(app)
    browser = signed_in(app)
    page = client.consent_page(browser, scope="docs:read actions:*").page
    assert "nothing to allow now" in page.text
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "docs:read setup:read data:read"
    other = a_client(app)
    other.consent_page(browser, scope="actions:*")
    browser.submit("consent", status=303, press="allow", scope=["actions:*"])
    assert other.redeem(answer(browser.response)["code"]).get_json()["scope"] == "actions:*"
