"""*Try it*: a form made of the tool's schema, the very request that goes out, and a question before a write."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests import cast
from tests.external.shopping import SHOP, calls
from tests.servers.upstream import Theirs
from tests.support.browser import Browser


def test_try_it_makes_a_form_of_the_schema_and_shows_the_very_request_and_the_answer(
    app: Flask, at_shop: Browser, listed_shop: Theirs
) -> None:
    at_shop.get(f"{SHOP}/tools/shop__find_orders/trial")
    page = at_shop.submit("trial-form", **{"arg:email": "nina@example.com", "arg:limit": "3"})
    sent = [asked.body for asked in listed_shop.asked if asked.rpc == "tools/call"]
    assert [body["params"]["arguments"] for body in sent] == [{"email": "nina@example.com", "limit": 3}]
    shown = "".join(page.one(id="answer").itertext())
    assert "hello" in shown and '"name": "find_orders"' in shown and "MCP 2026-07-28" in shown
    (row,) = calls(app)
    assert (row.outcome, row.tool, row.server_id is not None) == ("ok", "shop__find_orders", True)
    assert page.all("a", href=f"/dashboard/audit/{row.id}")
    page = at_shop.get(f"{SHOP}/calls")
    page.one("tr", id=f"call-{row.id}")


def test_what_may_change_something_is_asked_about_once_more_with_what_would_be_sent(
    app: Flask, at_shop: Browser, listed_shop: Theirs
) -> None:
    at_shop.get(f"{SHOP}/tools/shop__add_note/trial")
    page = at_shop.submit("trial-form", **{"arg:order": "SH-1", "arg:text": "Call back"})
    assert calls(app) == [] and "Call it for real?" in page.text and "SH-1" in "".join(page.one(id="sure").itertext())
    page = at_shop.submit("sure-form")
    (row,) = calls(app)
    assert row.outcome == "ok" and page.one(id="answer") is not None
    assert listed_shop.asked[-1].body["params"]["arguments"] == {"order": "SH-1", "text": "Call back"}


def test_a_destructive_tool_is_withheld_with_the_reason_even_from_who_is_sure(app: Flask, at_shop: Browser) -> None:
    page = at_shop.get(f"{SHOP}/tools/shop__refund_order/trial")
    assert page.one(id="withheld") is not None and not page.all("form", id="trial-form")
    page = at_shop.post(f"{SHOP}/tools/shop__refund_order/trial", {"arg:order": "SH-1", "sure": "on"})
    (row,) = calls(app)
    assert (row.outcome, row.reason) == ("refused", "tool_unknown") and page.one(id="refused") is not None


def test_who_may_only_look_tries_what_reads_and_not_what_changes(at_shop: Browser, make_browser: Any) -> None:
    viewer = make_browser().sign_in(cast.SUPPORT)
    viewer.get(f"{SHOP}/tools/shop__find_orders/trial")
    viewer.submit("trial-form", **{"arg:email": "nina@example.com"})
    assert "hello" in viewer.page.text
    page = viewer.get(f"{SHOP}/tools/shop__add_note/trial")
    assert page.one(id="needs-more") is not None
    viewer.post(f"{SHOP}/tools/shop__add_note/trial", {"arg:order": "1", "arg:text": "x", "sure": "on"}, status=403)


def test_a_mistake_in_the_form_names_its_field_and_keeps_the_rest(app: Flask, at_shop: Browser) -> None:
    at_shop.get(f"{SHOP}/tools/shop__find_orders/trial")
    page = at_shop.submit("trial-form", 422, **{"arg:email": "nina@example.com", "arg:limit": "three"})
    held = page.values(page.form("trial-form"))
    assert (held["arg:email"], held["arg:limit"]) == ("nina@example.com", "three")
    assert calls(app) == [] and "A number is needed here" in page.text
    page = at_shop.submit("trial-form", **{"arg:limit": "900"})
    assert "at most 50" in page.text or "50" in "".join(page.one(id="answer").itertext())
