"""Limits hold for who spends them, and for nobody else."""

from __future__ import annotations

import base64
import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.oauth.endpoints.token import who
from halo.oauth.models import ConsentRequest
from tests import cast
from tests.oauth.flow import TOKEN, a_client, signed_in
from tests.support.browser import Browser

FORM = {"grant_type": "refresh_token", "refresh_token": "halo_rt_guess"}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_stranger_does_not_use_up_the_limit_of_a_client_whose_id_they_know(app: Flask) -> None:
    known = a_client(app)
    stranger = app.test_client()
    for _ in range(int(limits.TOKENS_PER_CLIENT.split()[0]) + 1):
        last = stranger.post(TOKEN, data=FORM | {"client_id": known.client_id}, environ_base={"REMOTE_ADDR": "9.9.9.9"})
    assert last.status_code == 429
    assert known.refresh("halo_rt_mine").status_code == 400


def test_the_limit_of_a_client_counts_whatever_secret_is_guessed_and_keeps_none(app: Flask) -> None:
    def key(secret: str) -> str:
        basic = base64.b64encode(f"halo_client_x:{secret}".encode()).decode()
        with app.test_request_context(TOKEN, method="POST", headers={"Authorization": f"Basic {basic}"}):
            return who()

    assert key("halo_cs_one") == key("halo_cs_two")
    assert "halo" not in key("halo_cs_one")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_all_addresses_of_one_ipv6_network_are_one_visitor(one: str, other: str, same: bool) -> None:
    assert (limits.visitor(one) == limits.visitor(other)) is same


def test_requests_for_consent_that_nobody_answers_do_not_pile_up(app: Flask) -> None:
    known, browser = a_client(app), signed_in(app)
    known.ask(browser)
    with app.app_context(), one_change() as rows:
        rows.execute(update(ConsentRequest).values(expires_at=now() - datetime.timedelta(hours=2)))
    known.ask(browser)
    app.test_cli_runner().invoke(args=["jobs", "run", "oauth.reap"])
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ConsentRequest)) == 1


def test_the_present_password_is_not_guessed_from_a_browser_that_was_left_open(app: Flask) -> None:
    browser = Browser(app).sign_in(cast.OWNER)
    guess = {"old_password": "wrong", "new_password": "long-enough-and-new"}
    for _ in range(10):
        browser.post("/dashboard/profile/password", guess, status=422)
    browser.post("/dashboard/profile/password", guess | {"old_password": cast.PASSWORD}, status=429)


@pytest.mark.parametrize("path", ["/signin", "/dashboard/profile/password", "/api/mcp/oauth/consent"])
def test_a_form_that_is_too_large_is_refused_as_such(app: Flask, client: FlaskClient, path: str) -> None:
    app.testing = False
    assert client.post(path, data={"email": "a" * 2_000_000}).status_code == 413
