"""The authorization code: redeemed once, by its client, with its verifier, for its resource."""

from __future__ import annotations

from flask import Flask

from tests.oauth.flow import a_client, answer, call, is_good, signed_in


def test_a_client_gets_tokens_that_the_mcp_door_takes(app: Flask) -> None:
    client = a_client(app)
    given = client.consent(signed_in(app))
    assert given["state"] == "the-state"
    assert given["iss"] == app.extensions["halo"].base_url
    response = client.redeem(given["code"])
    said = response.get_json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert said["token_type"] == "Bearer"
    assert said["expires_in"] == 3600
    assert said["scope"] == "docs:read data:read"
    assert said["access_token"].startswith("halo_at_")
    assert said["refresh_token"].startswith("halo_rt_")
    assert call(app, said["access_token"]).status_code == 200
