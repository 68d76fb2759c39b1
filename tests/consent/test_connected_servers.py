"""Tools of connected servers at consent: only where the workspace offers them to clients, under the server's name."""

from __future__ import annotations

from flask import Flask

from halo.actions import holders, service
from halo.facts import now_of
from halo.ground.modes import Mode
from halo.servers import connecting
from tests import cast
from tests.external.scripts import shop, switch_on
from tests.oauth.flow import a_client, signed_in
from tests.servers.desk import connected, member


def offered(app: Flask) -> str:
    browser = signed_in(app, cast.OWNER)
    page = a_client(app).consent_page(browser, scope="data:read actions:*").page
    return " ".join(page.text.split())


def test_a_server_that_is_kept_from_clients_is_not_at_consent_and_one_that_is_offered_has_its_own_name(
    app: Flask,
) -> None:
    with shop() as server:
        with app.app_context():
            switch_on()
            connected(server.url, name="Parcel desk", slug="parcels")
        assert "Parcel desk" not in offered(app)
        with app.app_context():
            connecting.change("parcels", {"for_clients": True}, principal=member())
        said = offered(app)
        assert "Act in Parcel desk" in said
        assert "Every action of it is switched off." in said
        assert "refund" not in said.lower()
        with app.app_context():
            who = member()
            holder = holders.get("external_clients", principal=who)
            workspace = now_of(who.workspace_id)
            service.set_mode(["parcels__find_orders"], Mode.AUTO, holder=holder, workspace=workspace, principal=who)
        assert "switched off" not in offered(app)
