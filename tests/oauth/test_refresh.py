"""Refreshing: rotation, the window in which a race is answered alike, and what happens to a thief."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground import limits
from halo.ground.database import db, one_change
from halo.oauth.models import SecurityEvent, Token
from halo.workspaces.accounts import people
from tests import cast
from tests.oauth.clock import age_token
from tests.oauth.documents import Vendor, vendor
from tests.oauth.flow import REVOKE, TOKEN, OAuthTestClient, a_client, answer, is_good, signed_in

__all__ = ["vendor"]


def test_a_refresh_rotates_and_the_old_access_token_lives_on(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    second = client.refresh(first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    assert is_good(app, second["access_token"])
    assert is_good(app, first["access_token"])


def test_s46_a_race_of_processes_gets_the_same_pair(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    one = client.refresh(first["refresh_token"]).get_json()
    other = client.refresh(first["refresh_token"]).get_json()
    assert one["access_token"] == other["access_token"]
    assert one["refresh_token"] == other["refresh_token"]
    assert is_good(app, other["access_token"])
    assert client.refresh(other["refresh_token"]).status_code == 200


def test_s46_replay_after_the_window_ends_the_family(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    second = client.refresh(first["refresh_token"]).get_json()
    with app.app_context():
        age_token(first["refresh_token"], 61)
    replay = client.refresh(first["refresh_token"])
    assert (replay.status_code, replay.get_json()["error"]) == (400, "invalid_grant")
    assert not is_good(app, second["access_token"])
    assert client.refresh(second["refresh_token"]).get_json()["error"] == "invalid_grant"
    with app.app_context():
        event = db.session.scalars(select(SecurityEvent)).one()
        assert event.kind == "refresh_replayed"


def test_s46_the_window_is_open_only_to_the_same_client(app: Flask) -> None:
    client, other = a_client(app), a_client(app)
    first = client.connect(signed_in(app))
    client.refresh(first["refresh_token"])
    assert other.refresh(first["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_s48_a_dead_refresh_token_is_invalid_grant_and_nothing_else(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app))
    client.revoke(said["refresh_token"])
    for dead in (said["refresh_token"], "halo_rt_never_was", said["access_token"]):
        response = client.refresh(dead)
        assert response.status_code == 400
        assert response.get_json()["error"] == "invalid_grant"


def test_s12_s48_a_storm_is_capped_for_one_client_and_not_for_its_neighbour(app: Flask) -> None:
    client, neighbour = a_client(app), a_client(app)
    answers = [client.refresh("halo_rt_dead").status_code for _ in range(61)]
    assert answers == [400] * 60 + [429]
    response = client.refresh("halo_rt_dead")
    assert int(response.headers["Retry-After"]) <= 60
    assert neighbour.refresh("halo_rt_dead").status_code == 400


def test_s12_s48_a_storm_of_one_install_is_capped_and_stops_no_other_install(app: Flask, vendor: Vendor) -> None:
    client_id = vendor.serve("/client.json")
    stormy, calm = (OAuthTestClient(app.test_client(), client_id, "http://127.0.0.1:4000/callback") for _ in range(2))
    said = calm.connect(signed_in(app))
    assert [stormy.refresh("halo_rt_dead").status_code for _ in range(61)] == [400] * 60 + [429]
    assert calm.refresh(said["refresh_token"]).status_code == 200


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_s12_many_clients_behind_one_address_are_fine_up_to_a_high_ceiling(app: Flask) -> None:
    wire, ceiling = app.test_client(), int(limits.TOKENS_PER_ADDRESS.split()[0])
    answers = [wire.post(TOKEN, data={"client_id": f"halo_client_{number % 40}"}) for number in range(ceiling)]
    assert {response.status_code for response in answers} == {400}
    assert wire.post(TOKEN, data={"client_id": "halo_client_new"}).status_code == 429


def test_s50_a_refresh_without_a_client_id_is_a_standard_401(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app))
    response = client.refresh(said["refresh_token"], client_id=None)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")
    assert client.refresh(said["refresh_token"]).status_code == 200


def test_s47_a_token_lives_as_long_as_the_setting_says(make_app) -> None:
    app = make_app(access_token_seconds=8 * 3600)
    assert a_client(app).connect(signed_in(app))["expires_in"] == 8 * 3600


def test_a_refresh_may_ask_for_less_and_never_for_more(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    more = client.refresh(first["refresh_token"], scope="docs:read data:read setup:read")
    assert more.get_json()["error"] == "invalid_scope"
    less = client.refresh(first["refresh_token"], scope="docs:read").get_json()
    assert less["scope"] == "docs:read"
    again = client.refresh(less["refresh_token"]).get_json()
    assert again["scope"] == "docs:read data:read"


@pytest.mark.parametrize(
    ("granted", "refreshed"),
    [
        (["docs:read", "setup:read", "data:read"], "docs:read setup:read data:read actions:*"),
        (["docs:read"], "docs:read actions:*"),
        ([], "actions:*"),
    ],
)
def test_a_refresh_for_all_actions_brings_along_the_read_scopes_that_were_granted(
    app: Flask, granted: list[str], refreshed: str
) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent_page(browser, scope="actions:*")
    browser.submit("consent", status=303, press="allow", scope=[*granted, "actions:*"])
    first = client.redeem(answer(browser.response)["code"]).get_json()
    assert client.refresh(first["refresh_token"], scope="actions:*").get_json()["scope"] == refreshed


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        (None, None),
        ("{base}/api/mcp/", None),
        ("{base}/api/mcp/w/acme", None),
        ("https://evil.example/", "invalid_target"),
        ("{base}/api/mcp/w/umbra", "invalid_target"),
    ],
)
def test_s40_the_resource_of_a_refresh(app: Flask, resource: str | None, error: str | None) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    named = resource and resource.format(base=app.extensions["halo"].base_url)
    assert client.refresh(first["refresh_token"], resource=named).get_json().get("error") == error


def test_a_refresh_slides_and_ends_after_ninety_idle_days(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    with app.app_context():
        age_token(first["refresh_token"], 89 * 86400)
    second = client.refresh(first["refresh_token"]).get_json()
    with app.app_context():
        age_token(second["refresh_token"], 91 * 86400)
    assert client.refresh(second["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_a_deactivated_person_is_not_refreshed(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app, cast.SUPPORT))
    with app.app_context():
        people.deactivate(cast.person(cast.SUPPORT).id, principal=None)
    assert client.refresh(said["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_revoking_a_refresh_token_ends_the_connection(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app))
    assert client.revoke(said["refresh_token"]).status_code == 200
    assert not is_good(app, said["access_token"])
    assert client.revoke(said["refresh_token"]).status_code == 200


def test_revoking_an_access_token_leaves_the_refresh_token(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app))
    assert client.revoke(said["access_token"], token_type_hint="refresh_token").status_code == 200
    assert not is_good(app, said["access_token"])
    assert client.refresh(said["refresh_token"]).status_code == 200


@pytest.mark.parametrize("method", ["none", "client_secret_post"])
def test_revoking_without_a_token_is_an_error_and_ends_nothing(app: Flask, method: str) -> None:
    client = a_client(app, token_endpoint_auth_method=method)
    said = client.connect(signed_in(app))
    in_the_address = f"{REVOKE}?token={said['refresh_token']}"
    empty = client.wire.post(REVOKE, content_type="application/x-www-form-urlencoded")
    for refused in (client.revoke(""), client.revoke("\x00"), client.send(in_the_address, {}), empty):
        assert refused.status_code == 400
        assert refused.get_json()["error"] == "invalid_request"
        assert "The parameter token is missing" in refused.get_json()["error_description"]
    assert is_good(app, said["access_token"])


def test_revoking_what_is_not_ones_own_changes_nothing(app: Flask) -> None:
    client, other = a_client(app), a_client(app)
    said = client.connect(signed_in(app))
    assert other.revoke(said["refresh_token"]).status_code == 200
    assert other.revoke("halo_at_unknown").status_code == 200
    assert is_good(app, said["access_token"])


def test_a_confidential_clients_token_is_revoked_only_with_its_secret(app: Flask) -> None:
    client = a_client(app, token_endpoint_auth_method="client_secret_post")
    said = client.connect(signed_in(app))
    assert client.revoke(said["refresh_token"], client_secret=None).status_code == 401
    assert client.revoke(said["refresh_token"], client_id=None, client_secret=None).status_code == 200
    assert is_good(app, said["access_token"])
    assert client.revoke(said["refresh_token"]).status_code == 200
    assert not is_good(app, said["access_token"])


def test_a_refresh_adds_one_pair_of_digests(app: Flask) -> None:
    client = a_client(app)
    first = client.connect(signed_in(app))
    client.refresh(first["refresh_token"])
    with app.app_context(), one_change():
        digests = {row.digest for row in db.session.scalars(select(Token))}
    assert len(digests) == 4
