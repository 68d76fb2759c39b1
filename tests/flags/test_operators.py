from __future__ import annotations

from flask import Flask

from halo import gate
from halo.authenticate import by_bearer
from halo.errors import Reason
from halo.flags import service
from tests import cast, factories
from tests.cast import OPERATOR, OWNER, STRANGER
from tests.support.browser import Browser

ACME = "/admin/flags/acme"
OFF = f"{ACME}/mcp_server/off"


def is_on(app: Flask, slug: str = cast.ACME) -> bool:
    with app.app_context():
        return service.is_on("mcp_server", workspace_id=cast.workspace(slug).id)


def test_an_operator_switches_a_flag_off_and_says_why(app: Flask, browser: Browser) -> None:
    browser.sign_in(OPERATOR).get("/admin/flags")
    browser.get(ACME)
    browser.submit("switch-mcp_server", why="They asked us to")
    assert not is_on(app)
    assert is_on(app, cast.UMBRA)
    page = browser.get(ACME)
    assert "Set by Otto Operator" in page.text
    assert "They asked us to" in "".join(page.one(id="history-mcp_server").itertext())


def test_the_gate_refuses_on_the_next_call(app: Flask, browser: Browser) -> None:
    with app.app_context():
        token = factories.a_token()
        assert gate.connection_refusal(by_bearer(token)) is None
    browser.sign_in(OPERATOR).post(OFF, {"why": "Test"})
    with app.app_context():
        assert gate.connection_refusal(by_bearer(token)) is Reason.flag_off
    browser.post(f"{ACME}/mcp_server/on", {"why": "Over"})
    with app.app_context():
        assert gate.connection_refusal(by_bearer(token)) is None


def test_the_workspaces_admins_read_who_and_why(browser: Browser, make_browser) -> None:
    browser.sign_in(OPERATOR).post(OFF, {"why": "Maintenance till noon"})
    page = make_browser().sign_in(OWNER).get("/dashboard/settings")
    assert "Maintenance till noon" in "".join(page.one(id="flags").itertext())


def test_a_reason_is_needed(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(OPERATOR).post(OFF, {"why": "  "}, status=422)
    assert "Say why" in page.text
    assert is_on(app)


def test_only_operators_come_in(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    browser.get("/admin/flags", status=403)
    browser.get(ACME, status=403)
    browser.post(OFF, {"why": "I want to"}, status=403)
    assert is_on(app)


def test_a_stranger_sees_nothing_of_it(browser: Browser) -> None:
    assert "Acme" not in browser.sign_in(STRANGER).get(ACME, status=403).text


def test_unknown_flags_and_workspaces_are_not_found(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    browser.get("/admin/flags/nowhere", status=404)
    browser.post(f"{ACME}/no_such_flag/off", {"why": "Test"}, status=404)


def test_without_htmx_the_answer_is_a_303(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    answer = browser.client.post(OFF, data={"csrf_token": browser.csrf_token(), "why": "Test"})
    assert (answer.status_code, answer.location) == (303, ACME)


def test_with_htmx_the_answer_is_the_card(browser: Browser) -> None:
    answer = browser.sign_in(OPERATOR).htmx("POST", OFF, {"why": "Test"})
    assert answer.status_code == 200 and 'id="flag-mcp_server"' in answer.text and "Switch on" in answer.text


def test_search_finds_workspaces_by_name(browser: Browser) -> None:
    page = browser.sign_in(OPERATOR).get("/admin/flags", query_string={"q": "umb"})
    rows = "".join(page.one(id="workspaces").itertext())
    assert "Umbra" in rows and "Acme" not in rows
    assert "No workspace fits" in browser.get("/admin/flags", query_string={"q": "100%"}).text
