from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from flask import Flask

from halo.audit import again, history, payloads, search
from halo.audit.history import Wanted
from halo.ground.permissions import Role
from halo.workspaces import members
from tests import cast
from tests.audit.test_calls import AUDIT, a_call
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT, VIEWER
from tests.factories import a_token
from tests.support.browser import Browser

SECRET = "mia@customer.test"


@pytest.fixture
def path(app: Flask) -> str:
    """The address of one answered call."""
    with app.app_context():
        a_call(tool="search_docs", arguments={"query": f"about {SECRET}"}, latency_us=12_000)
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    return f"{AUDIT}/{row.id}"


def detail(browser: Browser) -> str:
    return "".join(browser.page.one(id="detail").itertext())


def reads_the_log(app: Flask, email: str = VIEWER) -> None:
    """Give a Member the log without its payloads."""
    with app.app_context():
        words = ["audit:view", "contacts:view"]
        members.change(cast.workspace().id, cast.person(email).id, Role.MEMBER, permissions=words, principal=None)


def test_personal_data_is_masked_for_everybody_until_it_is_revealed(browser: Browser, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    assert SECRET not in browser.page.text
    browser.submit("reveal-form", why="Ticket 4711")
    assert SECRET in detail(browser) and "Personal data is shown to you" in detail(browser)
    assert SECRET in browser.get(path).text


def test_the_link_to_a_call_is_built_from_our_own_address(app: Flask, browser: Browser, path: str) -> None:
    client = browser.sign_in(OWNER).client
    client.set_cookie("halo_session", client.get_cookie("halo_session").value, domain="evil.example")
    page = client.get(path, base_url="http://evil.example").text
    assert app.extensions["halo"].base_url + path in page
    assert "evil.example" not in page


def test_what_one_person_revealed_stays_hidden_from_the_next(browser: Browser, make_browser: Any, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    browser.submit("reveal-form", why="Ticket 4711")
    assert SECRET not in make_browser().sign_in(ADMIN).get(path).text


def test_who_revealed_what_and_why_is_a_change(app: Flask, browser: Browser, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    browser.submit("reveal-form", why="Ticket 4711")
    said = browser.get(AUDIT + "/changes").text
    assert "Olivia Owner revealed the arguments of search_docs" in said and "Ticket 4711" in said
    with app.app_context():
        (change,), _ = history.page(cast.workspace().id, Wanted(event="payload.revealed"))
    assert (change.subject_kind, change.subject_id) == ("execution", path.rpartition("/")[2])


def test_without_a_reason_nothing_is_revealed(app: Flask, browser: Browser, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    browser.submit("reveal-form", status=422, why="  ")
    assert SECRET not in browser.page.text and "Say why" in detail(browser)
    assert browser.htmx("POST", path + "/reveal", {"why": ""}).status_code == 422
    with app.app_context():
        assert history.page(cast.workspace().id, Wanted(event="payload.revealed"))[0] == []


def test_what_was_revealed_closes_again(app: Flask, browser: Browser, path: str, monkeypatch: Any) -> None:
    browser.sign_in(OWNER).get(path)
    browser.submit("reveal-form", why="Ticket 4711")
    monkeypatch.setattr(payloads, "MINUTES", 0)
    assert SECRET not in browser.get(path).text


def test_htmx_reveals_in_place(browser: Browser, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    answer = browser.htmx("POST", path + "/reveal", {"why": "Ticket 4711"})
    assert answer.status_code == 200 and SECRET in answer.text
    assert answer.text.lstrip().startswith('<div class="stack stack-large panels" id="detail">')


def test_who_may_not_reveal_is_told_who_can(app: Flask, browser: Browser, path: str) -> None:
    reads_the_log(app)
    browser.sign_in(VIEWER).get(path)
    assert "Olivia Owner" in detail(browser) and not browser.page.all("form", id="reveal-form")
    browser.post(path + "/reveal", {"why": "curious"}, status=403)


@pytest.mark.parametrize("what", ["reveal", "rerun"])
def test_calls_of_others_do_not_exist(browser: Browser, make_browser: Any, path: str, what: str) -> None:
    browser.sign_in(STRANGER).post(f"{path}/{what}", {"why": "curious"}, status=404)
    make_browser().sign_in(SUPPORT).post(f"{path}/{what}", {"why": "curious"}, status=403)


def test_a_read_only_call_is_made_again_as_oneself(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="search_docs", arguments={"query": "flags"})
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    browser.sign_in(OWNER).get(f"{AUDIT}/{row.id}")
    browser.submit("rerun-form")
    assert "Now, as you" in browser.page.text and "Answer now" in browser.page.text
    with app.app_context():
        newest = search.page(cast.workspace().id, search.Filters()).rows[0]
    assert (newest.caller, newest.tool, newest.person_id) == ("dashboard", "search_docs", row.person_id)


def test_masked_arguments_are_revealed_before_they_run(browser: Browser, path: str) -> None:
    browser.sign_in(OWNER).get(path)
    assert "Reveal them first" in detail(browser) and not browser.page.all("form", id="rerun-form")
    browser.post(path + "/rerun", status=422)
    browser.get(path)
    browser.submit("reveal-form", why="Ticket 4711")
    browser.submit("rerun-form")
    assert "Now, as you" in browser.page.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"token": "[redacted]"}, "left out before"), (None, "not recorded"), ({}, "")],
)
def test_what_stands_in_the_way_of_a_second_run_is_said(app: Flask, arguments: Any, says: str) -> None:
    with app.app_context():
        a_call(tool="search_docs", arguments=arguments)
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
        payload = payloads.Payload(row.arguments, False, payloads._is_redacted(row.arguments), None)
        said = again.obstacle(row, payload)
    assert says in said if says else said == ""


def test_a_call_that_is_refused_today_says_so(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="data_search_tickets", arguments={"status": "open"})
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    with app.app_context():
        members.change(
            cast.workspace().id, cast.person(VIEWER).id, Role.MEMBER, permissions=["audit:view"], principal=None
        )
    browser.sign_in(VIEWER).get(f"{AUDIT}/{row.id}")
    browser.submit("rerun-form")
    assert "lacks the permission" in "".join(browser.page.one(id="again").itertext())


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28", None])
def test_the_curl_of_a_call_works(app: Flask, browser: Browser, version: str | None) -> None:
    with app.app_context():
        a_call(tool="search_docs", arguments={"query": 'what\'s a "flag"'}, protocol_version=version)
        path = f"{AUDIT}/{search.page(cast.workspace().id, search.Filters()).rows[0].id}"
        token = a_token("docs:read")
    page = browser.sign_in(OWNER).get(path)
    line = "".join(page.one(id="curl").iter("code").__next__().itertext())
    words = shlex.split(line.replace("$HALO_TOKEN", token))
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    url, body = words[2], words[words.index("--data") + 1]
    assert url == app.extensions["halo"].mcp_url and token not in line
    answer = app.test_client().post("/api/mcp", data=body, headers=headers)
    assert answer.status_code == 200 and json.loads(body)["params"]["name"] == "search_docs"
    assert 'isError":true' not in answer.text and "structuredContent" in answer.text


def test_the_trail_claims_nothing_of_a_call_that_an_outage_cut_off(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(outcome="failed", reason="unavailable")
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    browser.sign_in(OWNER).get(f"{AUDIT}/{row.id}")
    said = "".join(browser.page.one(id="every-question").itertext())
    assert "not recorded" in said and "not asked" not in said and "derived" not in said
    assert "something that Halo stands on was away" in detail(browser)


def test_the_trail_says_what_was_recorded_and_what_follows(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(outcome="refused", reason="scope_missing")
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    browser.sign_in(OWNER).get(f"{AUDIT}/{row.id}")
    said = "".join(browser.page.one(id="every-question").itertext())
    assert said.count("recorded") == 1 and "derived" in said and "not asked" in said
    assert "The person who connected it, on Connected apps" in detail(browser)
