"""What is changed while a server is waited for."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import update

from halo.ground.database import one_change
from halo.servers.models import Server
from tests import cast
from tests.external.scripts import MANAGE, Script, lend, shop, switch_on


def test_a_change_that_waits_for_the_server_undoes_nothing_that_was_changed_meanwhile(app: Flask) -> None:
    with app.app_context():
        switch_on(cast.ACME)
        script = Script(app, lend(MANAGE))
    with shop() as upstream:
        script.connect(upstream.url, for_clients=True)
        usual = upstream.behaves

        def meanwhile(**columns: Any) -> None:
            def behaves(asked: Any) -> Any:
                upstream.behaves = usual
                with app.app_context(), one_change() as session:
                    session.execute(update(Server).values(**columns))
                return usual(asked)

            upstream.behaves = behaves

        meanwhile(is_on=False, for_clients=False, name="Stopped")
        assert script.ask("PATCH", "/shop", {"headers": {"X-Team": "a"}}).status_code == 200
        shown = script.get("/shop")
        assert (shown["is_on"], shown["for_clients"], shown["name"]) == (False, False, "Stopped")
        assert shown["headers"] == {"X-Team": "a"}
        elsewhere = f"{upstream.url}?other"
        meanwhile(url=elsewhere)
        assert script.ask("PATCH", "/shop", {"headers": {"X-Team": "b"}}).status_code == 409
        assert (script.get("/shop")["url"], script.get("/shop")["headers"]) == (elsewhere, {"X-Team": "a"})
        meanwhile(url=upstream.url)
        assert script.ask("POST", "/shop/refresh").status_code == 409, "a list of the one is no list of the other"
