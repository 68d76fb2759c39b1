"""The scripts of the pages, in a real browser: each adds comfort and takes nothing away when it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

ORIGIN = "http://127.0.0.1"
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # no data is touched


@pytest.fixture
def open_page(app: Flask, page: Any) -> Iterator[Any]:
    """The style guide in a tab whose requests the app answers without a network."""
    client = app.test_client()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Security" in said.text else None)

    def answer(route: Any) -> None:
        asked = route.request
        headers = {name: value for name, value in asked.headers.items() if name != "cookie"}
        with client.open(asked.url, method=asked.method, headers=headers, data=asked.post_data_buffer) as got:
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    page.route("**/*", answer)

    def go(path: str = "/styleguide") -> Any:
        page.goto(ORIGIN + path)
        return page

    yield go
    assert not problems, problems


def theme(page: Any) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).colorScheme")


def test_the_theme_is_kept_and_there_before_the_first_paint(open_page) -> None:
    page = open_page()
    page.click("[data-theme-choice=dark]")
    assert theme(page) == "dark"
    page.reload()
    assert theme(page) == "dark"
    assert page.eval_on_selector("head script", "it => it.src.includes('/theme.js') && !it.defer && !it.async")
    page.click("[data-theme-choice=system]")
    assert theme(page) == "light dark"


def test_a_switch_changes_in_place(open_page) -> None:
    page = open_page()
    page.click("#sample-deal-switch")
    page.wait_for_selector("#sample-deal-switch[aria-checked=true]")
    page.click("#sample-deal-switch")
    page.wait_for_selector("#sample-deal-switch[aria-checked=false]")


def test_a_form_is_sent_once_however_often_it_is_pressed(open_page) -> None:
    page = open_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.evaluate("""() => {
        const button = document.querySelector("#sample-post button");
        button.click();
        button.click();
    }""")
    page.wait_for_selector(".toast")
    assert len(sent) == 1


def test_a_question_answered_with_no_leaves_the_form_ready(open_page) -> None:
    page = open_page()
    page.eval_on_selector("#sample-deal", "it => it.setAttribute('hx-confirm', 'Sure?')")
    page.once("dialog", lambda asked: asked.dismiss())
    page.click("#sample-deal-switch")
    page.once("dialog", lambda asked: asked.accept())
    page.click("#sample-deal-switch")
    page.wait_for_selector("#sample-deal-switch[aria-checked=true]")


def test_a_parent_shows_and_sets_what_stands_under_it(open_page) -> None:
    page = open_page()
    parent, group = page.locator("#scope-actions-all"), page.locator("#scope-actions-hubspot-all")
    assert parent.evaluate("it => it.indeterminate")
    page.check("#scope-actions-hubspot-add_note")
    assert group.is_checked()
    assert parent.is_checked()
    parent.uncheck()
    assert not page.locator("#scope-actions-slack-post_message").is_checked()
    page.check("#scope-actions-slack-post_message")
    assert parent.evaluate("it => it.indeterminate && !it.checked")


def test_the_keyboard_finds_the_search_and_walks_the_rows(open_page) -> None:
    page = open_page()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("j/k")
    assert page.input_value("#search") == "j/k"
    page.evaluate("document.activeElement.blur()")
    for key, row in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        assert page.locator("#sample-table [data-row]").nth(row).locator("a:focus").count() == 1


def test_a_dialog_opens_over_the_page_and_escape_closes_it(open_page) -> None:
    page = open_page()
    page.click("[data-opens=sample-dialog]")
    assert page.locator("#sample-dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#sample-dialog").is_visible()


def test_escape_closes_the_drawer(open_page) -> None:
    page = open_page("/styleguide?drawer=1")
    assert page.locator("#sample-drawer .drawer-panel").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/styleguide#panels")
    assert not page.locator("#sample-drawer").count()


def test_copying_says_so(open_page, browser_context) -> None:
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page()
    button = page.locator(".copy-line-box [data-copy]").first
    button.click()
    page.wait_for_selector(".copied")
    assert page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")


def test_a_refusal_of_htmx_is_a_notice_and_the_page_stays(open_page) -> None:
    page = open_page()
    page.eval_on_selector("#sample-deal [name=csrf_token]", "it => it.value = ''")
    page.eval_on_selector("body", "it => it.removeAttribute('hx-headers')")
    page.click("#sample-deal-switch")
    page.wait_for_selector(".toast-danger >> text=out of date")
    assert page.locator("#sample-deal-switch[aria-checked=false]").count() == 1


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(open_page, page, width) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_slash_leads_to_the_search_field_of_the_documentation(open_page) -> None:
    page = open_page("/docs/overview")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "docs-search"
    page.set_viewport_size({"width": 390, "height": 800})
    open_page("/docs/overview")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "docs-search", "it stands in the menu, which is closed"
