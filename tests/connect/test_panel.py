"""Connect your AI: the page, and the panel that follows a connection; nothing is noted while nobody looks."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.connect import applications
from halo.ground.database import db
from halo.oauth import steps
from halo.oauth.models import ConnectionStep, ConnectionWatch
from tests import cast
from tests.oauth import flow
from tests.support.browser import Browser
from tests.support.pages import Page

PAGE, PANEL = "/dashboard/connect", "/dashboard/connect/progress"
ALIAS = "http://127.0.0.1:8000/api/mcp/w/acme"
METADATA = "/.well-known/oauth-protected-resource/api/mcp/w/acme"


def look(browser: Browser, since: float) -> Page:
    answer = browser.htmx("GET", f"{PANEL}?since={since}")
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def states(page: Page) -> list[str]:
    return [str(it.get("class")).rpartition("-")[2] for it in page.all("li", class_="progress-step")]


def words(page: Page) -> str:
    return " ".join("".join(page.one(id="progress").itertext()).split())


@pytest.fixture
def since() -> float:
    return time.time() - 1


@pytest.fixture
def watcher(browser: Browser) -> Browser:
    """The owner, with the page open."""
    browser.sign_in(cast.OWNER).get(PAGE)
    return browser


def test_each_step_turns_green_as_it_happens(app: Flask, watcher: Browser, since: float) -> None:
    assert states(look(watcher, since)) == ["now", "later", "later", "later", "later"]
    app.test_client().get(METADATA)
    assert states(look(watcher, since)) == ["done", "now", "later", "later", "later"]
    client = flow.a_client(app, client_name="Claude Code")
    client.ask(Browser(app), resource=ALIAS)
    page = look(watcher, since)
    assert states(page) == ["done", "done", "now", "later", "later"]
    assert "Claude Code asks for access" in words(page)
    person = flow.signed_in(app)
    code = client.consent(person, resource=ALIAS)["code"]
    assert states(look(watcher, since)) == ["done", "done", "done", "now", "later"]
    token = client.redeem(code).get_json()["access_token"]
    assert states(look(watcher, since)) == ["done", "done", "done", "done", "now"]
    assert flow.is_good(app, token)
    page = look(watcher, since)
    assert states(page) == ["done"] * 5
    assert "Claude Code is connected" in words(page)
    assert not [it for it in page.all("a") if it.get("hx-trigger")]


def test_a_call_is_named_and_a_refused_one_says_who_can_lift_it(app: Flask, watcher: Browser, since: float) -> None:
    token = flow.a_client(app, client_name="Cursor").connect(flow.signed_in(app), resource=ALIAS)["access_token"]
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    message["params"] = {"name": "search_docs", "arguments": {"query": "flags"}}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    assert app.test_client().post("/api/mcp", json=message, headers=headers).status_code == 200
    assert "Cursor just called search_docs" in words(look(watcher, since))
    message["params"]["name"] = "setup_get_jwt_sample"
    app.test_client().post("/api/mcp", json=message, headers=headers)
    page = look(watcher, since)
    assert states(page)[-1] == "failed"
    assert "on Connected apps or by connecting again" in words(page)


def test_a_refused_registration_says_which_field(app: Flask, watcher: Browser, since: float) -> None:
    app.test_client().get(METADATA)
    assert flow.register(app, redirect_uris=["http://evil.example/cb"]).status_code == 400
    page = look(watcher, since)
    assert states(page) == ["done", "failed", "later", "later", "later"]
    assert "Plain http is accepted only for localhost" in words(page)
    assert "redirect_uris" in words(page)


def test_a_request_without_pkce_or_for_another_address_says_so(app: Flask, watcher: Browser, since: float) -> None:
    client = flow.a_client(app)
    client.ask(Browser(app), resource=ALIAS, code_challenge=None)
    page = look(watcher, since)
    assert states(page)[2] == "failed"
    assert "PKCE is required" in words(page)
    client.ask(flow.signed_in(app), resource="https://elsewhere.example/mcp")
    assert "The resource here is" in words(look(watcher, since))


def test_a_callback_that_was_not_registered_says_so(app: Flask, watcher: Browser, since: float) -> None:
    flow.a_client(app).ask(Browser(app), resource=ALIAS, redirect_uri="https://elsewhere.example/cb")
    assert "at an address that it did not register" in words(look(watcher, since))


def test_a_denial_and_a_refused_exchange_say_so(app: Flask, watcher: Browser, since: float) -> None:
    client = flow.a_client(app, client_name="Zed")
    person = flow.signed_in(app)
    client.consent(person, press="deny", resource=ALIAS)
    page = look(watcher, since)
    assert states(page)[2] == "failed"
    assert "You denied Zed" in words(page)
    code = client.consent(person, resource=ALIAS)["code"]
    assert client.redeem(code, code_verifier="x" * 64).status_code == 400
    page = look(watcher, since)
    assert states(page) == ["done", "done", "done", "failed", "later"]
    assert "invalid_grant" in words(page)


def test_nothing_is_noted_while_nobody_looks(app: Flask) -> None:
    app.test_client().get(METADATA)
    flow.register(app, redirect_uris=["http://evil.example/cb"])
    flow.a_client(app).ask(Browser(app), resource=ALIAS, code_challenge=None)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ConnectionStep)) == 0


def test_a_flood_of_looks_is_not_kept(app: Flask, watcher: Browser) -> None:
    wire = app.test_client()
    for _ in range(steps.MOST + 5):
        wire.get(METADATA)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ConnectionStep)) == steps.MOST


def test_another_workspace_sees_nothing_of_it(app: Flask, watcher: Browser, since: float) -> None:
    stranger = Browser(app).sign_in(cast.STRANGER)
    stranger.get(PAGE)
    app.test_client().get(METADATA)
    flow.register(app, redirect_uris=["http://evil.example/cb"])
    flow.a_client(app).connect(flow.signed_in(app), resource=ALIAS)
    assert states(look(watcher, since))[3] == "done"
    assert states(look(stranger, since)) == ["now", "later", "later", "later", "later"]


def test_a_registration_that_could_be_of_two_workspaces_is_shown_to_neither(
    app: Flask, watcher: Browser, since: float
) -> None:
    stranger = Browser(app).sign_in(cast.STRANGER)
    stranger.get(PAGE)
    app.test_client().get(METADATA)
    app.test_client().get(METADATA.replace("acme", "umbra"))
    flow.register(app, redirect_uris=["http://evil.example/cb"])
    assert "refused" not in words(look(watcher, since)) + words(look(stranger, since))


def test_what_was_before_is_not_of_this_attempt(app: Flask, watcher: Browser) -> None:
    flow.a_client(app).connect(flow.signed_in(app), resource=ALIAS)
    assert states(look(watcher, time.time()))[0] == "now"


def test_nothing_new_is_no_content_and_a_watch_is_written_once(app: Flask, watcher: Browser) -> None:
    link = next(it for it in watcher.get(PAGE).all("a") if it.get("hx-trigger"))
    assert watcher.htmx("GET", str(link.get("hx-get"))).status_code == 204
    with app.app_context():
        until = db.session.scalar(select(ConnectionWatch.until))
    watcher.get(PAGE)
    with app.app_context():
        assert db.session.scalar(select(ConnectionWatch.until)) == until


def test_the_choice_lives_in_the_address_and_works_without_scripts(browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get(PAGE, query_string={"client": "codex"})
    assert "codex mcp add halo --url http://127.0.0.1:8000/api/mcp/w/acme" in page.text
    page = browser.submit("choices", address="any", preset="look-up")
    assert "codex mcp add halo --url http://127.0.0.1:8000/api/mcp codex" in page.text
    assert "--scopes docs:read,data:read" in page.text
    page = browser.get(PAGE, query_string={"client": "cursor", "preset": "look-up"})
    assert "what you tick is what it gets" in "".join(page.one(id="preset-note").itertext())
    page = browser.get(PAGE, query_string={"client": "claude"})
    assert "cannot reach this Halo" in page.text


@pytest.mark.parametrize(("words", "ago"), [("Look now", 0), ("Look again", 3000)])
def test_looking_again_keeps_the_choice(browser: Browser, words: str, ago: int) -> None:
    asked = {"client": "codex", "preset": "look-up", "address": "any", "since": str(time.time() - ago)}
    page = browser.sign_in(cast.OWNER).get(PAGE, query_string=asked)
    panel = browser.htmx("GET", f"{PANEL}?{urlencode(asked)}")
    for shown in (page, Page(panel.text)):
        link = next(it for it in shown.all("a") if "".join(it.itertext()).strip() == words)
        assert _is_chosen(browser.get(str(link.get("href"))))
    assert _is_chosen(browser.get(PANEL, query_string=asked)), "without htmx"


def _is_chosen(page: Page) -> bool:
    return "--url http://127.0.0.1:8000/api/mcp codex" in page.text and "--scopes docs:read,data:read" in page.text


@pytest.mark.parametrize("key", applications.clients())
def test_the_address_to_copy_says_what_the_preset_asks_for(browser: Browser, key: str) -> None:
    browser.sign_in(cast.OWNER)
    for preset, address in (("everything", ALIAS), ("docs", ALIAS + "?scope=docs:read+setup:read")):
        browser.get(PAGE, query_string={"client": key, "preset": preset})
        assert address in ["".join(it.itertext()) for it in browser.page.all("code")]


def test_who_may_not_connect_apps_is_refused(app: Flask, browser: Browser) -> None:
    from halo.ground.database import one_change

    with app.app_context(), one_change() as rows:
        rows.merge(cast.person(cast.VIEWER).memberships[0]).permissions = ["inbox:view"]
    browser.sign_in(cast.VIEWER).get(PAGE, status=403)
    browser.get(PANEL, status=403)
