from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.audit.endpoints import calls
from halo.ground.database import db
from halo.ledger import writer
from halo.ledger.executions import Execution
from halo.ledger.models import ActionExecution
from halo.workspaces import members
from tests import cast, factories
from tests.cast import ADMIN, OWNER, STRANGER, VIEWER
from tests.support.browser import Browser

AUDIT = "/dashboard/audit"


def a_call(slug: str = cast.ACME, **columns: Any) -> None:
    """One row of the log."""
    values: dict[str, Any] = {"workspace_id": cast.workspace(slug).id, "caller": "mcp", "tool": "data_find_user"}
    values |= {"person_id": cast.person(OWNER).id, "arguments": {"email": "mia@customer.test", "limit": 5}}
    db.session.rollback()  # what comes now reads the log as it is after this
    writer.record(Execution(**(values | columns)))


def words(browser: Browser) -> str:
    return "".join(browser.page.one(id="executions").itertext())


def test_the_calls_of_the_workspace_are_listed_newest_first(app: Flask, browser: Browser) -> None:
    with app.app_context():
        client = factories.an_oauth_client("Cursor")
        a_call(tool="first_tool")
        a_call(tool="second_tool", client_id=client.id, outcome="refused", reason="scope_missing")
        a_call(cast.UMBRA, tool="their_tool")
    browser.sign_in(OWNER).get(AUDIT)
    said = words(browser)
    assert said.index("second_tool") < said.index("first_tool")
    assert "Cursor for Olivia Owner could not call second_tool: the connection was not granted the scope" in said
    assert "their_tool" not in said


def test_filters_stand_in_the_url_and_come_off_as_chips(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="good_tool")
        a_call(tool="bad_tool", outcome="refused", reason="toggle_off")
    browser.sign_in(OWNER).get(AUDIT, query_string={"outcome": "refused", "reason": "toggle_off"})
    assert "bad_tool" in words(browser) and "good_tool" not in words(browser)
    without = [it.get("href") for it in browser.page.all("a", class_="chip-remove")]
    assert f"{AUDIT}?reason=toggle_off" in without and f"{AUDIT}?outcome=refused" in without


def test_the_log_needs_its_permission(browser: Browser) -> None:
    browser.sign_in(VIEWER)
    for path in ("", "/changes", "/export.csv", "/export.jsonl"):
        browser.get(AUDIT + path, status=403)


def test_one_call_shows_what_the_gate_said(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(outcome="refused", reason="flag_off")
    browser.sign_in(OWNER).get(AUDIT)
    browser.get(browser.page.one("a", class_="row-anchor").get("href"))
    detail = "".join(browser.page.one(id="detail").itertext())
    assert "m•••@customer.test" in detail
    assert "An operator of this Halo instance" in detail


def test_a_call_of_another_workspace_is_not_found(app: Flask, browser: Browser, make_browser) -> None:
    with app.app_context():
        a_call()
    browser.sign_in(OWNER).get(AUDIT)
    make_browser().sign_in(STRANGER).get(browser.page.one("a", class_="row-anchor").get("href"), status=404)


def test_htmx_gets_the_drawer_and_the_list_alone(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
    path = browser.sign_in(OWNER).get(AUDIT).one("a", class_="row-anchor").get("href")
    assert browser.htmx("GET", path).text.lstrip().startswith('<div id="drawer">')
    assert "<html" not in browser.htmx("GET", AUDIT).text


def test_personal_data_is_masked_without_the_permission(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(arguments={"email": "mia@customer.test", "name": "Mia Muster", "status": "open"})
        acme = cast.workspace().id
        members.change(acme, cast.person(VIEWER).id, members.Role.MEMBER, permissions=["audit:view"], principal=None)
    browser.sign_in(VIEWER).get(AUDIT)
    detail = browser.get(browser.page.one("a", class_="row-anchor").get("href")).text
    assert "mia@customer.test" not in detail and "Muster" not in detail
    assert "m•••@customer.test" in detail and "open" in detail
    assert "Muster" not in browser.client.get(AUDIT + "/export.jsonl").text
    browser.get(AUDIT, query_string={"text": "muster"})
    assert "No call fits these filters" in browser.page.text


def test_text_is_found_in_arguments_by_who_may_read_them_and_says_why(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="one_tool", arguments={"query": "Straße 100%"})
        a_call(tool="other_tool", arguments={"query": "1000"})
    browser.sign_in(ADMIN).get(AUDIT, query_string={"text": "100%"})
    assert "No call fits these filters" in browser.page.text
    browser.submit("search-arguments-form", why="Ticket 4711")
    assert "one_tool" in words(browser) and "other_tool" not in words(browser)
    assert "search-arguments-form" not in browser.response.text


@pytest.mark.parametrize("look", ["list", "htmx", "table", "live", "newer", "export", "other text"])
def test_nobody_confirms_a_masked_value_without_a_reason(
    app: Flask, browser: Browser, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "BEHIND_SECONDS", -60)  # the tail shows what was written just now
    with app.app_context():
        a_call(tool="before")
        after = db.session.scalar(select(ActionExecution.id))
        a_call(tool="one_tool", arguments={"email": "mia@customer.test"})
    browser.sign_in(ADMIN)
    asked = {"text": "mia@customer.test"}
    if look == "other text":
        browser.get(AUDIT, query_string={"text": "mia"})
        browser.submit("search-arguments-form", why="Ticket 4711")
        assert "one_tool" in words(browser)
    paths = {"newer": f"{AUDIT}/newer", "export": f"{AUDIT}/export.jsonl", "htmx": AUDIT}
    headers = {"HX-Request": "true"} if look in ("htmx", "newer") else {}
    more = {"table": {"view": "table"}, "live": {"live": "1"}, "newer": {"after": after}}.get(look, {})
    answer = browser.client.get(paths.get(look, AUDIT), query_string={**asked, **more}, headers=headers)
    assert answer.status_code == 200
    assert "one_tool" not in answer.text


def test_a_search_of_arguments_stands_in_the_changes_with_its_text_masked(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN).get(AUDIT, query_string={"text": "mia@customer.test"})
    browser.submit("search-arguments-form", why="  ", status=422)
    assert "Say why" in browser.page.text
    browser.submit("search-arguments-form", why="Ticket 4711")
    said = browser.get("/dashboard/audit/changes").text
    assert "searched the arguments of calls for" in said and "m•••@customer.test" in said and "Ticket 4711" in said
    assert "mia@customer.test" not in said


@pytest.mark.parametrize("path", [AUDIT, AUDIT + "?text="])
def test_only_a_search_for_a_text_is_opened(browser: Browser, path: str) -> None:
    browser.sign_in(ADMIN).get(path)
    assert "search-arguments-form" not in browser.response.text
    browser.post(AUDIT + "/arguments", {"why": "Ticket 4711"}, status=422)


def test_without_the_permission_no_reason_opens_arguments(app: Flask, browser: Browser) -> None:
    with app.app_context():
        acme = cast.workspace().id
        members.change(acme, cast.person(VIEWER).id, members.Role.MEMBER, permissions=["audit:view"], principal=None)
    browser.sign_in(VIEWER).get(AUDIT, query_string={"text": "mia"})
    assert "search-arguments-form" not in browser.response.text
    browser.post(AUDIT + "/arguments?text=mia", {"why": "Ticket 4711"}, status=403)


def test_an_empty_log_teaches(browser: Browser) -> None:
    browser.sign_in(OWNER).get(AUDIT)
    assert "Connect your AI" in browser.page.text


def test_odd_filters_are_harmless(browser: Browser) -> None:
    browser.sign_in(OWNER)
    odd = {
        "before": "' or 1=1",
        "since": "somewhen",
        "span": "9y",
        "text": "%_\\",
        "person": "x" * 500,
        "tool": "\t\x07",
    }
    for name, value in odd.items():
        browser.get(AUDIT, query_string={name: value}, status=200 if name == "text" else 422)
    browser.get(AUDIT, query_string=odd, status=422)
    browser.get(AUDIT, query_string={"tool": "\x00"}, status=422)


def test_a_call_leads_to_more_of_its_kind(app: Flask, browser: Browser) -> None:
    with app.app_context():
        client = factories.an_oauth_client("Cursor")
        a_call(tool="other_tool")
        a_call(tool="this_tool", client_id=client.id)
    browser.sign_in(OWNER).get(AUDIT)
    path = browser.page.all("a", class_="row-anchor")[0].get("href")
    links = {it.text: it.get("href") for it in browser.get(path).all("a")}
    browser.get(links["this app"])
    assert "this_tool" in words(browser) and "other_tool" not in words(browser)
    assert "Cursor" in [it.text for it in browser.page.all("span", class_="chip-value")]
