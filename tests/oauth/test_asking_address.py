"""An address that says what to ask for: the challenge and the document repeat it, and nothing else depends on it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from flask import Flask
from flask.testing import FlaskClient

from halo.ground import scopes
from halo.oauth import resources
from tests.interop.test_sdks import connect
from tests.oauth.flow import CALLBACK, a_client, call, signed_in
from tests.support.live import LiveServer
from tests.support.pages import Page

MCP, ALIAS = "/api/mcp", "/api/mcp/w/acme"
PRM = "/.well-known/oauth-protected-resource"
LOOK_UP = "?scope=docs:read+data:read"
DEFAULT = "docs:read setup:read data:read"


def challenge(client: FlaskClient, address: str, **options: object) -> dict[str, str]:
    said = client.open(address, method="POST", json={}, **options).headers["WWW-Authenticate"].removeprefix("Bearer ")
    pairs = [part.partition("=") for part in said.split(", ")]
    return {name: value.strip('"') for name, _, value in pairs}


@pytest.mark.parametrize("path", [MCP, ALIAS, MCP + "/"])
def test_the_challenge_repeats_what_the_address_asks_for(client: FlaskClient, path: str) -> None:
    said = challenge(client, path + LOOK_UP)
    assert said["scope"] == "docs:read data:read"
    assert said["resource_metadata"].endswith(f"{PRM}{path}{LOOK_UP}")


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        ("scope=data:read%20docs:read", "docs:read data:read"),
        ("scope=data%3Aread%2Bdocs%3Aread", "docs:read data:read"),
        ("scope=docs:read&scope=actions:hubspot:*", "docs:read actions:hubspot:*"),
        ("x=1&scope=docs:read+admin+everything", "docs:read"),
        ("scope=admin", DEFAULT),
        ("scope=", DEFAULT),
        ("scope", DEFAULT),
        ("", DEFAULT),
        ("scope=%FF%00%0d%0aSet-Cookie:x", DEFAULT),
        ('scope=docs:read",+evil="', DEFAULT),
        ("scope=" + "docs:read+" * 200, DEFAULT),
    ],
)
def test_only_scopes_are_repeated_and_where_none_is_left_the_default_stands(
    client: FlaskClient, query: str, scope: str
) -> None:
    assert challenge(client, f"{MCP}?{query}")["scope"] == scope


def test_a_token_that_ended_is_challenged_the_same(client: FlaskClient) -> None:
    said = challenge(client, MCP + LOOK_UP, headers={"Authorization": "Bearer halo_at_unknown"})
    assert (said["error"], said["scope"]) == ("invalid_token", "docs:read data:read")


def test_the_document_names_the_address_byte_for_byte_and_its_scopes(client: FlaskClient) -> None:
    base = client.application.extensions["halo"].base_url
    for path in (MCP, ALIAS):
        document = client.get(PRM + path + LOOK_UP).get_json()
        assert document["resource"] == base + path + LOOK_UP
        assert document["scopes_supported"] == ["docs:read", "data:read"]
    plain = client.get(f"{PRM}{MCP}?scope=junk").get_json()
    assert (plain["resource"], plain["scopes_supported"]) == (base + MCP, list(scopes.ADVERTISED))


def test_a_missing_scope_is_asked_for_although_the_address_does_not_name_it(app: Flask) -> None:
    token = a_client(app).connect(signed_in(app), scope="docs:read")["access_token"]
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "data_find_user"}}
    headers = {"Authorization": f"Bearer {token}"}
    answer = app.test_client().post(f"{MCP}?scope=setup:read", json=message, headers=headers)
    assert 'scope="docs:read data:read"' in answer.headers["WWW-Authenticate"]


def test_a_token_serves_the_address_with_and_without_its_query(app: Flask) -> None:
    base = app.extensions["halo"].base_url
    token = a_client(app).connect(signed_in(app), resource=base + ALIAS + LOOK_UP)["access_token"]
    for address in (ALIAS + LOOK_UP, ALIAS, f"{MCP}?scope=junk"):
        assert call(app, token, address).status_code == 200


def test_an_authenticated_call_does_not_read_the_query(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    token = a_client(app).connect(signed_in(app))["access_token"]
    monkeypatch.setattr(resources, "asked_in", lambda query: pytest.fail(f"{query} was read"))
    assert call(app, token, MCP + LOOK_UP).status_code == 200


def test_what_the_address_asks_for_arrives_on_the_consent_page(app: Flask) -> None:
    """Authlib's client, which asks for what the challenge says."""
    base = app.extensions["halo"].base_url
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url=base) as wire:
        said = wire.post(ALIAS + LOOK_UP, json={}).headers["WWW-Authenticate"]
        found = {name: said.split(f'{name}="')[1].split('"')[0] for name in ("resource_metadata", "scope")}
        parts = urlsplit(found["resource_metadata"])
        document = wire.get(f"{parts.path}?{parts.query}").json()
        metadata = wire.get("/.well-known/oauth-authorization-server").json()
        body = {"client_name": "Authlib", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
        client_id = wire.post(metadata["registration_endpoint"], json=body).json()["client_id"]
    assert document["resource"] == base + ALIAS + LOOK_UP
    client = OAuth2Client(
        client_id=client_id,
        token_endpoint_auth_method="none",
        redirect_uri=CALLBACK,
        scope=found["scope"],
        code_challenge_method="S256",
        transport=httpx.WSGITransport(app=app),
    )
    asked = {"code_verifier": "v" * 64, "resource": document["resource"]}
    url, _ = client.create_authorization_url(metadata["authorization_endpoint"], **asked)
    browser = signed_in(app)
    browser.get(urlsplit(url).path + "?" + urlsplit(url).query)
    assert offered(browser.page) == {"docs:read", "data:read"}
    browser.submit("consent", status=303, press="allow")
    location = browser.response.headers["Location"]
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=location, **asked)
    assert token["scope"] == "docs:read data:read"
    assert client.post(document["resource"], json={"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 200


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
def test_the_sdk_asks_for_what_the_address_says(live_server: LiveServer) -> None:
    client = Path(__file__).parents[1] / "interop" / "sdk2.py"
    told = connect([sys.executable, str(client), f"{live_server.mcp_url}?scope=docs:read+setup:read", "auto"])
    assert told["scope"] == "docs:read setup:read", json.dumps(told)
    assert "setup_get_jwt_sample" in told["tools"] and "data_find_user" not in told["tools"]


def offered(page: Page) -> set[str]:
    """The scopes that the consent page has a switch for."""
    return {str(it.get("value")) for it in page.fields("scope")}
