"""What other sites and caches between may do with a browser's pages: nothing."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from halo.ground.database import now, one_change
from halo.web import session_cookie, static_url
from halo.workspaces.accounts import sessions
from halo.workspaces.models import BrowserSession
from tests.oauth.flow import signed_in

FIELDS = {"name": "Evil", "time_zone": "UTC"}


@pytest.mark.parametrize("path", ["{style}", "/docs/scopes-and-permissions.md", "/llms.txt"])
def test_no_answer_that_a_cache_may_keep_sets_a_session_cookie(app: Flask, path: str) -> None:
    browser = signed_in(app)
    with app.app_context(), one_change() as rows:
        rows.execute(update(BrowserSession).values(last_seen_at=now() - datetime.timedelta(hours=1)))
        sessions.in_use.get().forget()
    with app.test_request_context():
        address = path.format(style=static_url("css/base.css"))
    response = browser.client.get(address)
    assert response.status_code == 200
    assert response.cache_control.public
    assert session_cookie_name(app) not in response.headers.get("Set-Cookie", "")
    response.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_is_not_offered_to_be_sent_again(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/dashboard/settings/general", data=FIELDS, headers=headers)
    assert answer.status_code == 403
    assert "csrf_token" not in answer.text
    assert "Evil" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}])
def test_a_form_of_our_own_is(client: FlaskClient, headers: dict[str, str]) -> None:
    assert "Evil" in client.post("/dashboard/settings/general", data=FIELDS, headers=headers).text


def session_cookie_name(app: Flask) -> str:
    with app.app_context():
        return session_cookie()
