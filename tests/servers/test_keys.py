"""The keys of statements about calls: made at the first use, followed by others, known to whoever checks."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from halo.ground import per_app
from halo.ground.database import db, one_change
from halo.servers import assertion, keys
from halo.servers.assertion import Call
from halo.servers.models import AssertionKey

DAY = datetime.timedelta(days=1)
CALL = Call("https://shop.example/mcp", "acme", "find_orders", {})


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AssertionKey)) or 0


def later(by: datetime.timedelta) -> None:
    """So much time goes by: every key is older, and no process has looked since."""
    with one_change() as session:
        for row in session.scalars(select(AssertionKey)):
            row.made_at -= by
            row.retires_at = row.retires_at and row.retires_at - by
    keys._kept.get().held = None


def is_checked(text: str) -> bool:
    held = KeySet.import_key_set(keys.published())
    return jwt.decode(text, held, algorithms=["ES256"]).claims["tool"] == "find_orders"


def test_the_first_use_makes_a_key_and_every_process_signs_with_it(make_app: Callable[..., Flask]) -> None:
    here, there = make_app(), make_app()
    with here.app_context():
        assert count() == 0
        text = assertion.signed(CALL, keys.signing(), issuer="https://halo.example")
        assert keys.signing().kid == keys.signing().kid
    with there.app_context():
        assert is_checked(text)
        assert count() == 1
        (row,) = db.session.scalars(select(AssertionKey))
        assert (row.kid, row.retires_at) == (keys.signing().kid, None)
        assert "EC" not in row.sealed


def test_whoever_asks_for_the_list_first_gets_a_key_that_signs_later(app: Flask) -> None:
    with app.app_context():
        (listed,) = keys.published()["keys"]
        assert listed["kid"] == keys.signing().kid
        assert listed.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_key_is_followed_by_one_that_was_known_for_a_day_and_stays_known_itself(app: Flask) -> None:
    with app.app_context():
        old = keys.signing()
        text = assertion.signed(CALL, old, issuer="https://halo.example")
        keys.rotate()
        assert count() == 1
        later(keys.SIGNS)
        keys.rotate()
        keys.rotate()
        assert (count(), keys.signing().kid) == (2, old.kid)
        assert {each["kid"] for each in keys.published()["keys"]} > {old.kid}
        later(keys.AHEAD)
        assert keys.signing().kid != old.kid
        assert is_checked(text)
        later(keys.AHEAD)
        keys.rotate()
        assert count() == 1
        assert keys.signing().kid != old.kid


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_key_of_a_secret_that_is_gone_is_followed_at_once(make_app: Callable[..., Any]) -> None:
    before = make_app()
    with before.app_context():
        old = keys.signing().kid
    per_app.close(before)
    with make_app(secret_key="another secret of forty characters or so").app_context():
        assert keys.signing().kid != old
        assert [each["kid"] for each in keys.published()["keys"]] == [keys.signing().kid]
