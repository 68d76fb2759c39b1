from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from halo import gate
from halo.authenticate import by_bearer
from halo.flags import service
from halo.ground.errors import Reason
from halo.perform import Refusal, perform
from tests import cast, factories
from tests.cast import OPERATOR, OWNER, STRANGER
from tests.external.scripts import shop, switch_on
from tests.servers.connected import a_person
from tests.servers.desk import connected
from tests.support.agents import an_agent_run
from tests.support.browser import Browser

ACME = "/admin/flags/acme"
FLAG = f"{ACME}/mcp_server"
OFF = f"{FLAG}/off"
ASK = f"{OFF}/confirmation"


def is_on(app: Flask, slug: str = cast.ACME) -> bool:
    with app.app_context():
        return service.is_on("mcp_server", workspace_id=cast.workspace(slug).id)


def test_an_operator_switches_a_flag_off_and_says_why(app: Flask, browser: Browser) -> None:
    browser.sign_in(OPERATOR).get("/admin/flags")
    browser.get(ASK)
    browser.submit("switch-mcp_server", why="They asked us to")
    assert not is_on(app)
    assert is_on(app, cast.UMBRA)
    page = browser.get(ACME)
    assert "Set by Otto Operator" in page.text
    assert "They asked us to" in "".join(page.one(id="history-mcp_server").itertext())


def test_before_switching_off_the_page_says_whom_it_hits(app: Flask, browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    assert "Nobody used this" in "".join(browser.get(ASK).one(id="radius").itertext())
    with app.app_context():
        for person in (cast.OWNER, cast.SUPPORT):
            caller = factories.a_caller(person=person)
            perform("search_docs", {"query": "flags"}, principal=caller, context=factories.a_context())
        stranger = factories.a_caller(person=STRANGER, workspace=cast.UMBRA)
        perform("search_docs", {"query": "flags"}, principal=stranger, context=factories.a_context())
    said = " ".join("".join(browser.get(ASK).one(id="radius").itertext()).split())
    assert "2 apps of 2 people used this in the last 24 hours: 2 calls" in said


def test_before_servers_are_switched_off_the_page_says_whose_calls_it_hits(app: Flask, browser: Browser) -> None:
    ask = f"{ACME}/mcp_external_servers/off/confirmation"
    browser.sign_in(OPERATOR)
    assert "Nobody used this" in "".join(browser.get(ask).one(id="radius").itertext())
    with shop() as server, app.app_context():
        switch_on()
        connected(server.url)
        for caller in (a_person(), an_agent_run()):
            perform("shop__find_orders", {"email": "jo@customer.test"}, principal=caller, context=factories.a_context())
    said = " ".join("".join(browser.get(ask).one(id="radius").itertext()).split())
    assert "1 server served 1 agent in the last 24 hours: 2 calls" in said


def test_what_the_operators_say_of_servers_reaches_who_is_refused(app: Flask, browser: Browser) -> None:
    with shop() as server, app.app_context():
        switch_on()
        connected(server.url)
        service.turn_off(
            "mcp_external_servers",
            workspace_id=cast.workspace().id,
            why="Tried",
            message="Back at noon",
            principal=None,
        )
        done = perform("shop__find_orders", {"email": "a@b.test"}, principal=a_person(), context=factories.a_context())
    assert isinstance(done, Refusal)
    assert (done.reason, "Back at noon" in done.sentence) == (Reason.external_servers_off, True)


def test_the_gate_refuses_on_the_next_call(app: Flask, browser: Browser) -> None:
    with app.app_context():
        token = factories.a_token()
        assert gate.connection_refusal(by_bearer(token)) is None
    browser.sign_in(OPERATOR).post(OFF, {"why": "Test"})
    with app.app_context():
        assert gate.connection_refusal(by_bearer(token)) is Reason.flag_off
    browser.post(f"{FLAG}/on", {"why": "Over"})
    with app.app_context():
        assert gate.connection_refusal(by_bearer(token)) is None


def test_the_workspaces_admins_read_who_why_until_when_and_who_lifts_it(browser: Browser, make_browser) -> None:
    browser.sign_in(OPERATOR).post(OFF, {"why": "Maintenance till noon", "span": "4h", "message": "Back soon"})
    page = make_browser().sign_in(OWNER).get("/dashboard/settings")
    said = "".join(page.one(id="flags").itertext())
    for words in ("Maintenance till noon", "Back to on at", "Back soon", "an operator of this Halo instance"):
        assert words in said
    assert not page.one(id="flags").findall(".//form")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(OPERATOR).post(OFF, {"why": "  ", "message": "Back soon"}, status=422)
    assert "Say why" in page.text and "Back soon" in page.text
    assert "Keep the message" in browser.post(OFF, {"why": "x", "message": "m" * 301}, status=422).text
    assert "This time is over" in browser.post(OFF, {"why": "x", "ends_at": "2020-01-01T00:00"}, status=422).text
    assert "Write the time as" in browser.post(OFF, {"why": "x", "starts_at": "somewhen"}, status=422).text
    assert is_on(app)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_day_as_the_end_of_a_switch_is_included(app: Flask, browser: Browser) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    page = browser.sign_in(OPERATOR).post(OFF, {"why": "Migration", "starts_at": f"{day}", "ends_at": f"{day:%Y-%j}"})
    said = " ".join("".join(page.one(id="origin-mcp_server").itertext()).split())
    assert f"{day} 00:00:00 UTC" in said and f"{day + timedelta(days=1)} 00:00:00 UTC" in said


def test_a_switch_can_be_planned(app: Flask, browser: Browser) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    times = {"starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00"}
    page = browser.sign_in(OPERATOR).post(OFF, {"why": "Migration"} | times)
    said = " ".join("".join(page.one(id="origin-mcp_server").itertext()).split())
    assert f"MCP server will be off for Acme from {day} 18:00:00 UTC." in page.text
    assert said.startswith(f"On, as before. Off from {day} 18:00:00 UTC until {day} 20:00:00 UTC")
    assert is_on(app)
    listed = browser.get("/admin/flags", query_string={"show": "planned"})
    assert "Acme" in "".join(listed.one(id="workspaces").itertext())


def test_only_operators_come_in(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    for path in ("/admin/flags", ACME, FLAG, ASK, f"{FLAG}/on/confirmation"):
        browser.get(path, status=403)
    browser.post(OFF, {"why": "I want to"}, status=403)
    assert is_on(app)


def test_a_stranger_sees_nothing_of_it(browser: Browser) -> None:
    assert "Acme" not in browser.sign_in(STRANGER).get(ACME, status=403).text


def test_unknown_flags_and_workspaces_are_not_found(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    browser.get("/admin/flags/nowhere", status=404)
    browser.get(f"{ACME}/no_such_flag", status=404)
    browser.get(f"{ACME}/no_such_flag/off/confirmation", status=404)
    browser.post(f"{ACME}/no_such_flag/off", {"why": "Test"}, status=404)


def test_without_htmx_the_answer_is_a_303(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    answer = browser.client.post(OFF, data={"csrf_token": browser.csrf_token(), "why": "Test"})
    assert (answer.status_code, answer.location) == (303, ACME)


def test_with_htmx_the_answer_is_the_card(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    asked = browser.htmx("GET", ASK)
    assert asked.status_code == 200 and 'id="radius"' in asked.text and "<html" not in asked.text
    answer = browser.htmx("POST", OFF, {"why": "Test"})
    assert answer.status_code == 200 and 'id="flag-mcp_server"' in answer.text and "Switch on" in answer.text
    assert browser.htmx("POST", f"{FLAG}/on", {"why": ""}).status_code == 422
