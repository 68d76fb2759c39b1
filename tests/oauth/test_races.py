"""Several processes of one client at once: one wins the code, all get the same refreshed pair, nobody a 500."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from halo.ground.database import db
from halo.oauth.models import Grant, Token
from tests.oauth.flow import CONSENT, a_client, is_good, signed_in

AT_ONCE = 6


def race(act: Callable[[], TestResponse]) -> list[TestResponse]:
    """The answers of `AT_ONCE` callers that start together."""
    gate = threading.Barrier(AT_ONCE)
    answers: list[TestResponse] = []

    def run() -> None:
        gate.wait()
        answers.append(act())

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_code_is_redeemed_by_one_of_many(app: Flask) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app))["code"]
    answers = race(lambda: client_of(app, client).redeem(code))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (AT_ONCE - 1)
    assert count(app, Token) == 2


def test_s46_a_refresh_token_gives_all_of_them_one_pair(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    answers = race(lambda: client_of(app, client).refresh(first["refresh_token"]))
    pairs = {(answer.get_json()["access_token"], answer.get_json()["refresh_token"]) for answer in answers}
    assert len(pairs) == 1
    assert is_good(app, pairs.pop()[0])
    assert count(app, Token) == 4


def test_s31_many_presses_make_one_grant(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    client.consent_page(browser)
    form = browser.page.values(browser.page.form("consent"), "allow")
    jar = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.client._cookies.values())
    answers = race(lambda: app.test_client(use_cookies=False).post(CONSENT, data=form, headers={"Cookie": jar}))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert count(app, Grant) == 1


def client_of(app: Flask, client: Any) -> Any:
    """The same client over a connection of its own."""
    return type(client)(app.test_client(), client.client_id, client.redirect_uri, client.secret, client.verifier)
