from __future__ import annotations

from typing import Any

from flask import Flask

from tests.audit.test_calls import AUDIT
from tests.audit.test_one_call import reads_the_log
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT, VIEWER
from tests.support.browser import Browser

VIEWS = AUDIT + "/views"


def save(browser: Browser, name: str, shared: str | None = None) -> None:
    browser.get(VIEWS, query_string={"outcome": "refused", "span": "7d"})
    browser.submit("save-view", name=name, shared=shared)


def names(browser: Browser) -> str:
    return browser.get(VIEWS).text


def test_a_view_is_an_address_under_a_name(browser: Browser) -> None:
    save(browser.sign_in(OWNER), "Refused this week")
    link = next(it for it in browser.get(AUDIT).all("a", class_="menu-item") if "Refused" in "".join(it.itertext()))
    assert link.get("href") == f"{AUDIT}?span=7d&outcome=refused"
    browser.get(link.get("href") or "")
    assert len(browser.page.all("a", class_="chip-remove")) == 2


def test_ones_own_view_is_nobody_elses_until_it_is_shared(browser: Browser, make_browser: Any) -> None:
    save(browser.sign_in(OWNER), "Mine")
    other = make_browser().sign_in(ADMIN)
    assert "Mine" not in names(other)
    save(browser, "Mine", "on")
    assert "Mine" in names(other) and "Shared" in names(other)


def test_another_workspace_sees_no_shared_view(browser: Browser, make_browser: Any) -> None:
    save(browser.sign_in(OWNER), "Ours", "on")
    assert "Ours" not in names(make_browser().sign_in(STRANGER))


def test_the_owner_and_admins_delete_a_shared_view(app: Flask, browser: Browser, make_browser: Any) -> None:
    reads_the_log(app)
    save(browser.sign_in(OWNER), "Ours", "on")
    path = next(form.get("action") for form in browser.get(VIEWS).all("form") if "removal" in form.get("action", ""))
    reader = make_browser().sign_in(VIEWER)
    assert "Ours" in names(reader) and "Delete" not in names(reader)
    reader.post(path, status=403)
    make_browser().sign_in(STRANGER).post(path, status=404)
    make_browser().sign_in(ADMIN).post(path)
    assert "Ours" not in names(browser)


def test_a_view_needs_a_name_and_a_filter(browser: Browser) -> None:
    browser.sign_in(OWNER).get(VIEWS, query_string={"outcome": "refused"})
    browser.submit("save-view", status=422, name=" ")
    assert "Enter a name" in browser.page.text
    browser.submit("save-view", status=422, name="Mine\u2800")
    assert "The name holds U+2800" in browser.page.text
    browser.post(VIEWS, {"name": "Nothing"}, status=422)


def test_views_need_the_permission(browser: Browser) -> None:
    browser.sign_in(SUPPORT).get(VIEWS, status=403)
    browser.post(VIEWS, {"name": "x"}, status=403)
