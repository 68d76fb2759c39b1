"""Chromium: a page that is not for the person says who can lift that, and offers nothing that would be refused."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests import cast
from tests.support.tabs import come_in

REFUSED = [
    ("/admin/flags", cast.OWNER, "An operator"),
    ("/dashboard/settings", cast.VIEWER, "An admin, on Team"),
    ("/dashboard/settings/team", cast.VIEWER, "An admin of the workspace"),
    ("/dashboard/apps?show=all", cast.VIEWER, "An admin, on Team"),
]


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("path", "email", "lifted_by"), REFUSED)
def test_who_may_not_is_told_who_can_lift_it_and_finds_no_control(
    live_server, browser_context: Any, path: str, email: str, lifted_by: str
) -> None:
    page = come_in(browser_context, live_server, email)
    page.goto(live_server.url + path)
    expect(page.locator("main")).to_contain_text(f"Who can lift it: {lifted_by}")
    expect(page.locator("main").locator("form[method=post], input, select, button")).to_have_count(0)
