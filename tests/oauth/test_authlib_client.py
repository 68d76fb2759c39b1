"""Authlib's own client, which knows nothing of us, against our server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from flask import Flask

from tests import cast
from tests.oauth.clock import age_token
from tests.oauth.flow import CALLBACK, is_good, signed_in
from tests.support.browser import Browser

VERIFIER = "v" * 64


@pytest.fixture
def wire(app: Flask) -> Iterator[httpx.Client]:
    """HTTP to the app without a socket."""
    base = app.extensions["halo"].base_url
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url=base) as client:
        yield client


def discovered(wire: httpx.Client, path: str = "/api/mcp") -> dict[str, Any]:
    """From the 401 to the server's metadata, as a client walks."""
    challenge = wire.post(path, json={}).headers["WWW-Authenticate"]
    document = challenge.split('resource_metadata="')[1].split('"')[0]
    resource = wire.get(urlsplit(document).path).json()
    issuer = resource["authorization_servers"][0]
    metadata = wire.get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == issuer
    return metadata | {"resource": resource["resource"]}


def registered(wire: httpx.Client, metadata: dict[str, Any], app: Flask, method: str = "none") -> OAuth2Client:
    body = {"client_name": "Authlib", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method}
    said = wire.post(metadata["registration_endpoint"], json=body).json()
    return OAuth2Client(
        client_id=said["client_id"],
        client_secret=said.get("client_secret"),
        token_endpoint_auth_method=said["token_endpoint_auth_method"],
        redirect_uri=CALLBACK,
        scope="docs:read data:read",
        code_challenge_method="S256",
        transport=httpx.WSGITransport(app=app),
    )


def allowed(client: OAuth2Client, metadata: dict[str, Any], browser: Browser, **more: Any) -> str:
    """The address that the person's browser ends at."""
    asked = {"code_verifier": VERIFIER, "resource": metadata["resource"]} | more
    url, _ = client.create_authorization_url(metadata["authorization_endpoint"], **asked)
    parts = urlsplit(url)
    browser.get(f"{parts.path}?{parts.query}")
    browser.submit("consent", status=303, press="allow")
    return browser.response.headers["Location"]


def redeemed(client: OAuth2Client, metadata: dict[str, Any], location: str, **changes: Any) -> dict[str, Any]:
    options = {"code_verifier": VERIFIER, "resource": metadata["resource"]} | changes
    return dict(client.fetch_token(metadata["token_endpoint"], authorization_response=location, **options))


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
def test_discovery_registration_consent_token_call(app: Flask, wire: httpx.Client, method: str) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app, method)
    said = redeemed(client, metadata, allowed(client, metadata, signed_in(app)))
    assert said["scope"] == "docs:read data:read"
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = client.post(metadata["resource"], json=message)
    assert answer.status_code == 200
    assert "search_docs" in {tool["name"] for tool in answer.json()["result"]["tools"]}


def test_a_wrong_verifier_is_refused_and_the_right_one_still_works(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app)
    location = allowed(client, metadata, signed_in(app))
    with pytest.raises(OAuthError, match="invalid_grant"):
        redeemed(client, metadata, location, code_verifier="w" * 64)
    with pytest.raises(OAuthError, match="invalid_request"):
        redeemed(client, metadata, location, code_verifier=None)
    assert redeemed(client, metadata, location)["access_token"]


def test_a_code_is_good_once(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app)
    location = allowed(client, metadata, signed_in(app))
    said = redeemed(client, metadata, location)
    with pytest.raises(OAuthError, match="invalid_grant"):
        redeemed(client, metadata, location)
    assert not is_good(app, said["access_token"])


def test_refreshing_rotates_and_late_reuse_ends_the_family(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app)
    first = redeemed(client, metadata, allowed(client, metadata, signed_in(app)))
    second = dict(client.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"]))
    again = dict(client.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"]))
    assert second["refresh_token"] == again["refresh_token"] != first["refresh_token"]
    with app.app_context():
        age_token(first["refresh_token"], 61)
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"])
    assert not is_good(app, second["access_token"])


def test_a_revoked_connection_is_refused(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app)
    said = redeemed(client, metadata, allowed(client, metadata, signed_in(app)))
    done = client.revoke_token(
        metadata["revocation_endpoint"], token=said["refresh_token"], token_type_hint="refresh_token"
    )
    assert done.status_code == 200
    assert not is_good(app, said["access_token"])


def test_an_alias_is_discovered_and_bound(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire, "/api/mcp/w/acme")
    assert metadata["resource"].endswith("/api/mcp/w/acme")
    client = registered(wire, metadata, app)
    said = redeemed(client, metadata, allowed(client, metadata, signed_in(app)))
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert client.post(metadata["resource"], json=ping).status_code == 200
    assert is_good(app, said["access_token"])
    other = wire.post("/api/mcp/w/umbra", json=ping, headers={"Authorization": f"Bearer {said['access_token']}"})
    assert other.status_code == 401
    assert 'error="invalid_token"' in other.headers["WWW-Authenticate"]


def test_the_answer_names_the_issuer_and_carries_the_state(app: Flask, wire: httpx.Client) -> None:
    metadata = discovered(wire)
    client = registered(wire, metadata, app)
    location = httpx.URL(allowed(client, metadata, signed_in(app, cast.SUPPORT), state="kept"))
    assert location.params["iss"] == metadata["issuer"]
    assert location.params["state"] == "kept"
