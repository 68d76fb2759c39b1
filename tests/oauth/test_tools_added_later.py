"""A read scope covers the tools that the person saw under it, and what is added later only where they said so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo import tool
from halo.ground.database import db
from halo.ledger.models import ActionExecution, Change
from halo.oauth.models import Grant
from halo.tool import Answer
from tests import cast
from tests.factories import a_token
from tests.oauth.flow import MCP, a_client, answer, signed_in
from tests.support.browser import Browser

LATER = "docs_release_notes"


@pytest.fixture
def ship() -> Iterator[Callable[[], None]]:
    """A release that brings one more tool for `docs:read`."""

    def now() -> None:
        known = tool.find("search_docs")
        assert known is not None
        tool.register(
            replace(
                known, name=LATER, result_schema=None, output_schema=None, handler=lambda *_, principal: Answer("none")
            )
        )

    yield now
    tool.forget(LATER)


def rpc(app: Flask, token: str, method: str, **params: Any) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return app.test_client().post(MCP, json=message, headers={"Authorization": f"Bearer {token}"})


def is_listed(app: Flask, token: str) -> bool:
    return LATER in {it["name"] for it in rpc(app, token, "tools/list").get_json()["result"]["tools"]}


def connected(app: Flask, browser: Browser, **fields: Any) -> str:
    client = a_client(app)
    given = client.consent(browser, scope="docs:read data:read", fields=fields)
    return str(client.redeem(given["code"]).get_json()["access_token"])


def grant_of(app: Flask) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Grant.id).order_by(Grant.id.desc())).first())


def edit(app: Flask, browser: Browser, **fields: Any) -> None:
    grant = grant_of(app)
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"access-{grant}", **fields)


def test_a_tool_that_nobody_was_shown_is_neither_listed_nor_called(app: Flask, ship: Callable[[], None]) -> None:
    token = connected(app, signed_in(app))
    ship()
    assert not is_listed(app, token)
    refused = rpc(app, token, "tools/call", name=LATER, arguments={})
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert refused.get_json()["error"]["data"]["reason"] == "tool_added_later"
    with app.app_context():
        written = select(ActionExecution.reason).where(ActionExecution.tool == LATER)
        assert db.session.scalars(written).all() == ["tool_added_later"]


def test_it_is_there_where_the_person_included_what_is_added_later(app: Flask, ship: Callable[[], None]) -> None:
    token = connected(app, signed_in(app), later=["docs:read"])
    ship()
    assert is_listed(app, token)
    assert rpc(app, token, "tools/call", name=LATER, arguments={}).status_code == 200


def test_asked_again_the_page_marks_it_and_allowing_includes_it(app: Flask, ship: Callable[[], None]) -> None:
    client, browser = a_client(app), signed_in(app)
    client.connect(browser, scope="docs:read data:read")
    ship()
    page = client.consent_page(browser, scope="docs:read data:read").page
    line = next(it for it in page.all("li") if LATER in "".join(it.itertext()))
    assert "+ new" in "".join(line.itertext())
    browser.submit("consent", status=303, press="allow")
    assert is_listed(app, client.redeem(answer(browser.response)["code"]).get_json()["access_token"])


def test_the_person_includes_it_on_connected_apps_and_takes_that_back(app: Flask, ship: Callable[[], None]) -> None:
    browser = signed_in(app)
    token = connected(app, browser)
    ship()
    grant = grant_of(app)
    assert LATER in browser.get(f"/dashboard/apps/{grant}").text
    edit(app, browser, later=["docs:read"])
    assert is_listed(app, token)
    edit(app, browser, later=[])  # what exists by now stays
    assert is_listed(app, token)


def test_saving_something_else_includes_nothing(app: Flask, ship: Callable[[], None]) -> None:
    browser = signed_in(app)
    token = connected(app, browser)
    ship()
    edit(app, browser, scope=["docs:read"])
    assert not is_listed(app, token)


def test_an_admin_may_exclude_but_not_include_for_somebody_else(app: Flask, ship: Callable[[], None]) -> None:
    token, admin = connected(app, signed_in(app)), signed_in(app, cast.ADMIN)
    ship()
    grant = grant_of(app)
    admin.get(f"/dashboard/apps/{grant}")
    admin.post(f"/dashboard/apps/{grant}/access", {"scope": ["docs:read", "data:read"], "later": ["docs:read"]})
    assert not is_listed(app, token)
    edit(app, signed_in(app), later=["docs:read", "data:read"])
    assert is_listed(app, token)
    admin.post(f"/dashboard/apps/{grant}/access", {"scope": ["docs:read", "data:read"], "later": ["data:read"]})
    with app.app_context():
        assert set(db.session.get(Grant, grant).known_tools) == {"docs:read"}


def test_what_was_allowed_before_the_choice_existed_includes_everything(app: Flask, ship: Callable[[], None]) -> None:
    with app.app_context():
        token = a_token("docs:read")
    ship()
    assert is_listed(app, token)


def test_reverting_the_choice_takes_it_back(app: Flask, ship: Callable[[], None]) -> None:
    browser = signed_in(app)
    token = connected(app, browser, later=["docs:read"])
    edit(app, browser, later=[])
    ship()
    assert not is_listed(app, token)
    with app.app_context():
        change = db.session.scalars(select(Change.id).where(Change.event == "grant.narrowed")).one()
    page = browser.get(f"/dashboard/audit/changes/{change}")
    assert "Includes tools added later" in page.text
    browser.submit("revert-form")
    assert is_listed(app, token)
