"""The operators' list of workspaces: found by name, narrowed to what differs, page by page."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask

from halo.flags import service
from halo.flags.models import FlagValue
from halo.ground.database import now, one_change
from halo.operators import board
from halo.workspaces.accounts import people
from halo.workspaces.models import Workspace
from tests import cast
from tests.cast import OPERATOR
from tests.support.browser import Browser

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def many(app: Flask) -> None:
    with app.app_context(), one_change() as rows:
        rows.add_all(
            Workspace(slug=f"many-{number:03}", name="Many", widget_key=f"ab_live_{number}", identity_secret="x")
            for number in range(70)
        )


def names(page) -> str:
    return "".join(page.one(id="workspaces").itertext())


def test_search_finds_workspaces_by_name(browser: Browser) -> None:
    page = browser.sign_in(OPERATOR).get("/admin/flags", query_string={"q": "umb"})
    assert "Umbra" in names(page) and "Acme" not in names(page)
    assert "No workspace fits" in browser.get("/admin/flags", query_string={"q": "100%"}).text


def test_the_list_goes_on_after_its_last_row(many: None, browser: Browser) -> None:
    page = browser.sign_in(OPERATOR).get("/admin/flags", query_string={"q": "many"})
    assert "70 workspaces" in page.text
    assert "many-049" in names(page) and "many-050" not in names(page)
    page = browser.get("/admin/flags", query_string={"q": "many", "after": "many-049"})
    assert "many-049" not in names(page) and "many-050" in names(page) and "many-069" in names(page)
    assert "First page" in page.text and "Next page" not in page.text


def test_who_differs_from_the_default_is_counted_and_found(app: Flask, browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    assert "No workspace differs from the default" in browser.get("/admin/flags?show=overrides").text
    browser.post("/admin/flags/acme/mcp_server/off", {"why": "Incident"})
    page = browser.get("/admin/flags", query_string={"show": "overrides", "flag": "mcp_server"})
    assert "Acme" in names(page) and "Umbra" not in names(page) and "Off in 1 workspace" in page.text
    assert "No workspace differs" in browser.get("/admin/flags?show=overrides&flag=mcp_external_servers").text


@pytest.mark.parametrize(
    ("columns", "differs"),
    [
        ({"is_on": False}, True),
        ({"is_on": True}, False),
        ({"is_on": False, "ends_at": -HOUR}, False),
        ({"is_on": False, "ends_at": HOUR}, True),
        ({"is_on": False, "starts_at": HOUR}, False),
        ({"is_on": True, "ends_at": -HOUR, "otherwise_on": False}, True),
    ],
)
def test_the_list_counts_what_the_flag_is_at_this_moment(app: Flask, columns: dict, differs: bool) -> None:
    with app.app_context():
        times = {name: now() + value for name, value in columns.items() if isinstance(value, datetime.timedelta)}
        with one_change() as rows:
            workspace_id = cast.workspace().id
            rows.add(FlagValue(workspace_id=workspace_id, name="mcp_server", **columns | times))
        assert board.overrides()["mcp_server"] == int(differs)
        (held, _) = service.held_in(workspace_id, named=people.names_of)
        assert held.state.is_override is differs
        assert board.page("", show="overrides").count == int(differs)
