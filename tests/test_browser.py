"""The tests' browser refuses pages that are not sound, and fills forms in as a person would."""

from __future__ import annotations

import pytest

from tests.cast import OWNER, SUPPORT
from tests.support.browser import Browser
from tests.support.pages import Page

SOUND = '<!doctype html><html lang="en"><head><title>T</title></head><body><main><h1>H</h1>{}</main></body></html>'


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ('<p id="a"></p><p id="a"></p>', "id 'a' stands 2 times"),
        ("<form></form>", "a form without an action"),
        ('<form action="/x" method="post"></form>', "without csrf_field"),
        ('<p style="color: red"></p>', "inline style"),
        ("<script>alert(1)</script>", "inline <script>"),
        ('<a href="#" onclick="go()">x</a>', "inline handler onclick"),
        ('<button hx-post="/x">x</button>', "hx-post on <button>"),
        ("<p><div></p>", "HTML line"),
        ('<label for="nowhere">x</label>', "points at nothing"),
    ],
)
def test_an_unsound_page_is_named(markup: str, problem: str) -> None:
    with pytest.raises(AssertionError, match=problem.replace("(", r"\(")):
        Page(SOUND.format(markup)).check()


def test_a_sound_page_passes() -> None:
    Page(SOUND.format("<p>Fine.</p>")).check()


def test_a_form_sends_what_it_shows() -> None:
    page = Page(
        SOUND.format(
            '<form action="/x"><input name="a" value="1"><input type="checkbox" name="b" checked>'
            '<input type="checkbox" name="c"><select name="d"><option value="2">two</option></select>'
            '<button name="go" value="yes">Go</button></form>'
        )
    )
    assert page.values(page.form("form"), press="Go") == {"a": "1", "b": "on", "d": "2", "go": "yes"}


def test_a_person_signs_in_through_the_form(browser: Browser) -> None:
    assert "Acme" in browser.sign_in(OWNER).page.text


def test_two_browsers_are_two_people(browser: Browser, make_browser) -> None:
    browser.sign_in(OWNER)
    other = make_browser().sign_in(SUPPORT)
    assert "Olivia" in browser.get("/").text
    assert "Sam" in other.get("/").text
