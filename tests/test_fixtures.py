"""The fixtures themselves: a fresh database each time, and the cast in it."""

from __future__ import annotations

import pytest
from flask import Flask

from halo.ground.database import one_change
from tests import cast


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_writes_the_next_one_does_not_see(app: Flask, turn: str) -> None:
    with app.app_context():
        assert cast.workspace().name == "Acme"
        with one_change():
            cast.workspace().name = "Changed"


def test_the_app_answers(client) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
