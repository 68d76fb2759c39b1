from __future__ import annotations

import datetime
import re
import time
import zoneinfo
from typing import Any

import pytest
from flask import Flask

from halo import tool
from halo.audit import phrases, search
from halo.ground.database import now, one_change
from tests import cast, factories
from tests.audit.test_calls import AUDIT, a_call, words
from tests.cast import OWNER, STRANGER, VIEWER
from tests.support.browser import Browser


def test_every_declared_tool_has_its_words() -> None:
    missing = [declared.name for declared in tool.every() if declared.name not in phrases.PHRASES]
    assert not missing, f"say in halo/audit/phrases.py what these did: {missing}"


def test_a_refusal_is_a_sentence_with_its_reason(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(outcome="refused", reason="flag_off")
        a_call(tool="search_docs", outcome="failed", reason="internal")
    browser.sign_in(OWNER).get(AUDIT)
    assert "Olivia Owner could not look up a customer: the MCP server is switched off" in words(browser)
    assert "could not search the documentation: something broke inside Halo" in words(browser)


def test_the_table_is_another_shape_of_the_same_list(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(outcome="refused", reason="toggle_off")
    page = browser.sign_in(OWNER).get(AUDIT, query_string={"outcome": "refused"})
    href = next(link.get("href") for link in page.all("a") if link.text == "Table")
    browser.get(href)
    assert "this action is switched off" in words(browser) and "outcome=refused" in href


def test_what_an_answer_cost_the_model_stands_in_the_table_and_at_the_call(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(result_size=4_830)
        a_call(tool="search_docs", outcome="refused", reason="flag_off")
        newest = search.page(cast.workspace().id, search.Filters(tool="data_find_user")).rows[0].id
    browser.sign_in(OWNER).get(AUDIT, query_string={"view": "table"})
    cells = ["".join(it.itertext()).strip() for it in browser.page.all("td", data_label="Cost")]
    assert cells == ["–", "≈ 1,200 tokens"]
    assert "4,830 bytes, ≈ 1,200 tokens for the model, after" in browser.get(f"{AUDIT}/{newest}").text
    browser.get(AUDIT)
    assert "tokens" not in words(browser), "the feed is sentences"


def test_every_filter_narrows_and_has_a_chip(app: Flask, browser: Browser) -> None:
    with app.app_context():
        grant_id = factories.a_grant().id
        a_call(tool="other_tool")
        a_call(
            tool="this_tool", grant_id=grant_id, outcome="refused", reason="rate_limited", caller="agent",
            integration="hubspot", protocol_version="2026-07-28", latency_us=700_000,
        )  # fmt: skip
    browser.sign_in(OWNER)
    wanted = {
        "grant": grant_id, "outcome": "refused", "reason": "rate_limited", "caller": "agent", "era": "modern",
        "integration": "hubspot", "slower": "500", "tool": "this_tool", "text": "this", "span": "1h",
        "from": "2020-01-01T00:00",
    }  # fmt: skip
    for name, value in wanted.items():
        browser.get(AUDIT, query_string={name: value})
        assert "this_tool" in words(browser), name
        assert "other_tool" not in words(browser) or name in ("span", "from"), name
        assert len(browser.page.all("a", class_="chip-remove")) == 1, name
    browser.get(AUDIT, query_string=wanted)
    assert "this_tool" in words(browser) and len(browser.page.all("a", class_="chip-remove")) == len(wanted)


def test_a_filter_that_is_no_longer_offered_survives_the_choice_of_another(app: Flask, browser: Browser) -> None:
    with app.app_context():
        revoked = factories.a_grant(revoked_at=now())
        held = {"grant": revoked.id, "person": cast.person(STRANGER).id, "reason": "NotFound", "slower": "250"}
        held |= {"era": "2025-06-18", "integration": "hubspot", "tool": "gone_tool", "client": "gone"}
    browser.sign_in(OWNER)
    for name, value in held.items():
        browser.get(AUDIT, query_string={name: value})
        browser.submit("filters", outcome="refused")
        without = [it.get("href") for it in browser.page.all("a", class_="chip-remove")]
        assert f"{AUDIT}?{name}={value}" in without, name
    browser.get(AUDIT, query_string={"grant": held["grant"]})
    (option,) = [it for it in browser.page.one(id="field-grant").iter("option") if it.get("selected") is not None]
    assert option.text == "one that ended"


def test_the_histogram_has_its_numbers_without_a_script(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
        a_call(outcome="refused", reason="flag_off")
    page = browser.sign_in(OWNER).get(AUDIT, query_string={"outcome": "refused"})
    figure = page.one(id="histogram")
    assert "outcome=refused" in (figure.get("data-href") or "")
    assert [cell.text for cell in figure.iter() if cell.get("class") == "numeric"][-4:] == ["0", "0", "1", "0"]


def test_a_live_list_asks_for_what_is_newer_and_marks_it(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="old_tool")
    page = browser.sign_in(OWNER).get(AUDIT, query_string={"live": "1", "tool": "new_tool"})
    asks = page.one("a", class_="status-live").get("hx-get")
    with app.app_context():
        a_call(tool="new_tool")
        a_call(tool="unwanted_tool")
    said = _settled(browser, asks, "new_tool")
    assert "New" in said and "unwanted_tool" not in said and "old_tool" not in said
    again = re.search(r'hx-get="([^"]+)"', said)
    assert again is not None
    assert "row-new" not in browser.htmx("GET", again[1].replace("&amp;", "&")).text


def test_a_live_list_stops_by_itself(browser: Browser) -> None:
    browser.sign_in(OWNER)
    old = int(time.time()) - 1801
    said = browser.htmx("GET", f"{AUDIT}/newer?live=1&started={old}").text
    assert "hx-get" not in said and "Stopped after 30 minutes" in said
    assert "hx-get" not in browser.htmx("GET", f"{AUDIT}/newer?live=1&started=soon").text


def test_without_htmx_the_tail_is_the_list(browser: Browser) -> None:
    browser.sign_in(OWNER).get(AUDIT + "/newer", query_string={"live": "1"})
    assert browser.at == AUDIT


def test_the_tail_needs_the_permission(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(AUDIT + "/newer", status=403)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"from": "last weak"}, "From: “last weak” is not understood; it takes a day (2026-08-01, 20260801"),
        ({"from": "last weak"}, "Did you mean last_week?"),
        ({"until": "2026-13-01"}, "Until: “2026-13-01” is not understood"),
        ({"slower": "a lot"}, "Slower than: “a lot” is not understood; it takes a whole number"),
        ({"span": "1y"}, "Time: “1y” is not understood; it takes one of 15m, 1h, 24h, 7d, 30d, 90d, today"),
        ({"outcome": "refussed"}, "Outcome: “refussed” is not understood; it takes one of ok, tool_error, refused"),
        ({"tool": "\u200b\u2060"}, "Tool: there is nothing in it but signs that cannot be seen"),
        ({"text": "x" * 201}, "it takes up to 200 characters"),
        ({"outcom": "refused"}, "This page has no filter “outcom”. Did you mean outcome?"),
        ({"reason": ["flag_off", "toggle_off"]}, "Reason: it is given 2 times with different values"),
        ({"from": "2026-03-02", "until": "2026-03-01"}, "Until: “2026-03-01” lies before “2026-03-02”"),
    ],
)
def test_what_is_not_understood_is_said_and_nothing_is_shown_or_exported(
    app: Flask, browser: Browser, query: dict[str, Any], says: str
) -> None:
    with app.app_context():
        a_call(tool="some_tool")
    page = browser.sign_in(OWNER).get(AUDIT, query_string=query | {"method": "tools/call"}, status=422)
    assert says in "".join(page.one(id="left-out").itertext()) and "some_tool" not in words(browser)
    assert [link.get("href") for link in page.all("a", class_="chip-remove")][-1:] == [AUDIT]
    assert not page.all("a", href=f"{AUDIT}/export.csv?method=tools/call")
    assert says in browser.get(f"{AUDIT}/export.csv", query_string=query, status=422).text


def test_a_day_as_the_end_is_included_and_days_are_those_of_the_workspace(app: Flask, browser: Browser) -> None:
    zone = "Pacific/Kiritimati"  # 14 hours ahead of UTC
    with app.app_context():
        a_call(tool="of_today")
        with one_change():
            cast.workspace().time_zone = zone
        here = now().astimezone(zoneinfo.ZoneInfo(zone)).date()
    browser.sign_in(OWNER)
    day = datetime.timedelta(days=1)
    for asked, is_in in (
        ({"from": f"{here}", "until": f"{here}"}, True),
        ({"from": "today", "until": f"{here:%Y-%j}"}, True),
        ({"until": f"{here:%Y%m%d}"}, True),
        ({"span": "today"}, True),
        ({"span": "today", "until": f"{here - day}"}, False),
        ({"until": "yesterday"}, False),
        ({"from": "tomorrow"}, False),
    ):
        browser.get(AUDIT, query_string=asked)
        assert ("of_today" in words(browser)) is is_in, asked
    browser.get(AUDIT, query_string={"until": f"{here}"})
    assert f"{here:%-d %b %Y}, 24:00 (+14:00)" in [it.text for it in browser.page.all("span", class_="chip-value")]
    assert browser.page.one(id="field-until").get("value") == f"{here + day}T00:00"


def test_a_token_is_called_by_the_name_that_its_person_gave_it(app: Flask, browser: Browser) -> None:
    with app.app_context():
        grant = factories.a_grant(name="Nightly report")
        a_call(grant_id=grant.id, client_id=grant.client_row_id)
    said = browser.sign_in(OWNER).get(AUDIT)
    assert "Nightly report for Olivia Owner" in words(browser), said.text


def test_days_are_those_of_the_workspace(app: Flask) -> None:
    with app.app_context():
        a_call()
        rows = search.page(cast.workspace().id, search.Filters()).rows
    at = rows[0].at.replace(year=2026, month=3, day=4, hour=23, minute=30)
    rows[0].at = at
    assert phrases.days(rows, "UTC", at)[0].words == "Today, 4 March"
    assert phrases.days(rows, "Asia/Tokyo", at)[0].words == "Today, 5 March"
    assert phrases.days(rows, "UTC", at.replace(day=5))[0].words == "Yesterday, 4 March"
    assert phrases.days(rows, "UTC", at.replace(year=2027))[0].words == "Wednesday, 4 March 2026"


def _settled(browser: Browser, address: str, wanted: str) -> str:
    """The tail's answer once the row is old enough for it: it stays a quarter of a second behind."""
    deadline = time.monotonic() + 10
    while wanted not in (said := browser.htmx("GET", address).text) or "row-new" not in said:
        assert time.monotonic() < deadline, said
    return said
