"""Tabs of a real browser at the served Halo: signing in, and what the browser complains about."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests import cast
from tests.support.live import LiveServer
from tests.support.tokens import beside


def sign_in(page: Page, server: LiveServer, email: str) -> None:
    """Sign in as a person does, by the form."""
    page.goto(server.url + "/signin")
    form = page.locator("#signin")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password").fill(cast.PASSWORD)
    form.get_by_role("button", name="Sign in").click()
    expect(page.locator("#navigation")).to_be_attached()
    page.wait_for_load_state("load")  # the scripts are there


def come_in(context: Any, server: LiveServer, email: str = cast.OWNER) -> Page:
    """A tab of somebody of Acme who is signed in already."""
    from flask import current_app

    from halo.web import session_cookie
    from halo.workspaces.accounts import sessions

    with beside(server), current_app.test_request_context():
        token = sessions.start(cast.person(email).id, workspace_id=cast.workspace().id)
        context.add_cookies([{"name": session_cookie(), "value": token, "url": server.url}])
    page: Page = context.new_page()
    return page


def complaints(page: Page) -> list[str]:
    """Fills with what the browser complains about: scripts that fail, what the content policy blocks."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if "Security Policy" in said.text else None)
    return found
