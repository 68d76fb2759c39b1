"""Discovery as clients do it: the challenge, the documents wherever somebody looks, cross-origin reading."""

from __future__ import annotations

import json
import time

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9207 import discovery as rfc9207
from flask import Flask
from flask.testing import FlaskClient

from halo.ground import scopes
from tests.consent.tools import integration_tools
from tests.oauth.flow import MCP, REGISTER, REVOKE, TOKEN, a_client, call, signed_in

__all__ = ["integration_tools"]

PRM = "/.well-known/oauth-protected-resource"
AS = "/.well-known/oauth-authorization-server"
OIDC = "/.well-known/openid-configuration"

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def test_s01_a_post_without_a_token_is_challenged(client: FlaskClient) -> None:
    response = client.post(MCP, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    challenge = response.headers["WWW-Authenticate"]
    base = client.application.extensions["halo"].base_url
    assert response.status_code == 401
    assert f'resource_metadata="{base}{PRM}/api/mcp"' in challenge
    assert f'as_uri="{base}{AS}"' in challenge
    assert 'realm="halo-mcp"' in challenge
    assert "error=" not in challenge


def test_s02_every_oauth_answer_can_be_read_across_origins(client: FlaskClient) -> None:
    answers = [client.get(PRM), client.get(AS), client.post(REGISTER), client.post(TOKEN), client.post(REVOKE)]
    for response in answers:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "WWW-Authenticate" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", [PRM, PRM + MCP, AS, AS + MCP, OIDC, REGISTER, TOKEN, REVOKE, "/token", "/register"])
def test_s03_preflight_needs_no_credentials(client: FlaskClient, path: str) -> None:
    response = client.options(path, headers={"Origin": "https://inspector.example"})
    allowed = response.headers["Access-Control-Allow-Headers"]
    assert response.status_code == 204
    assert response.data == b""
    for name in ("Authorization", "Content-Type", "Accept", "MCP-Protocol-Version", "Mcp-Session-Id", "Last-Event-ID"):
        assert name in allowed


def test_s03_the_page_for_people_is_not_open_to_other_origins(app: Flask) -> None:
    response = a_client(app).ask(signed_in(app))
    assert "Access-Control-Allow-Origin" not in response.headers


def test_s04_root_and_path_inserted_documents_name_the_same_resource(client: FlaskClient) -> None:
    root, inserted = client.get(PRM), client.get(PRM + MCP)
    assert root.status_code == inserted.status_code == 200
    assert root.get_json() == inserted.get_json()
    assert root.get_json()["resource"] == client.application.extensions["halo"].mcp_url
    assert scopes.OFFLINE not in root.get_json()["scopes_supported"]


@pytest.mark.parametrize("path", [AS, AS + MCP, AS + MCP + "/w/acme", OIDC, OIDC + MCP, MCP + OIDC, AS + "/"])
def test_s05_server_metadata_is_found_wherever_it_is_looked_for(client: FlaskClient, path: str) -> None:
    assert client.get(path).get_json() == client.get(AS).get_json()


def test_s05_other_well_known_documents_are_absent_in_json(client: FlaskClient) -> None:
    response = client.get("/.well-known/webfinger", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert response.mimetype == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *[(method, path, 405) for method in ("GET", "PUT") for path in (TOKEN, REGISTER, REVOKE)],
        ("GET", "/token", 405),
        ("GET", "/register", 405),
        ("POST", PRM, 405),
        ("POST", AS, 405),
        ("POST", AS + MCP, 405),
        ("GET", MCP + AS, 404),
        ("GET", MCP + PRM, 404),
        ("POST", MCP + "/w/", 404),
        ("POST", MCP + "/w/a/b", 404),
        ("GET", PRM + MCP + "/w/-acme", 404),
        ("GET", AS + MCP + "/w/no!", 404),
        ("GET", OIDC + MCP + "/w/a--b/", 404),
        ("GET", MCP + "/w/a" + OIDC, 404),
        ("GET", "/.well-known/", 404),
        ("GET", "/api/nothing", 404),
        ("GET", AS + "?x=%00", 400),
    ],
)
def test_s02_s05_s44_what_a_machine_asks_is_answered_in_json_that_it_may_read(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method, headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert response.get_json()["error"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"


def test_s05_the_pages_for_people_below_the_same_path_stay_pages(client: FlaskClient) -> None:
    response = client.get("/api/mcp/oauth/authorize", headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (400, "text/html")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_s06_one_issuer_in_one_spelling(client: FlaskClient) -> None:
    issuer = client.application.extensions["halo"].base_url
    assert client.get(PRM).get_json()["authorization_servers"] == [issuer]
    assert client.get(AS).get_json()["issuer"] == issuer
    assert not issuer.endswith("/")


def test_s07_authorize_at_the_origin_leads_to_the_real_one(client: FlaskClient) -> None:
    response = client.get("/authorize?client_id=x&scope=a%20b")
    assert response.status_code == 302
    assert response.headers["Location"] == "/api/mcp/oauth/authorize?client_id=x&scope=a%20b"


@pytest.mark.parametrize("path", ["/token", "/register"])
def test_s07_token_and_register_answer_at_the_origin(client: FlaskClient, path: str) -> None:
    response = client.post(path)
    assert response.status_code == 400
    assert response.get_json()["error"].startswith("invalid_")


@pytest.mark.parametrize("path", [TOKEN, REGISTER, REVOKE])
def test_s08_a_trailing_slash_does_not_redirect(client: FlaskClient, path: str) -> None:
    assert client.post(path + "/").status_code == client.post(path).status_code


def test_s10_documents_can_be_read_uncompressed(client: FlaskClient) -> None:
    response = client.get(AS, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in response.headers
    assert json.loads(response.data)["issuer"]


@pytest.mark.parametrize("agent", ["python-httpx/0.28", "Claude-User", "Googlebot/2.1", "curl/8", ""])
def test_s11_no_user_agent_is_turned_away(client: FlaskClient, agent: str) -> None:
    def asked(path: str, method: str = "POST", **headers: str) -> tuple[int, bytes]:
        response = client.open(path, method=method, json={} if method == "POST" else None, headers=headers)
        return response.status_code, response.data

    for path in (MCP, TOKEN, REGISTER, REVOKE, "/token", "/register"):
        assert asked(path, User_Agent=agent) == asked(path, User_Agent="Mozilla/5.0")
    assert asked(AS, "GET", User_Agent=agent)[0] == 200


def test_s22_metadata_offers_client_documents_and_public_clients(client: FlaskClient) -> None:
    said = client.get(AS).get_json()
    assert said["client_id_metadata_document_supported"] is True
    assert said["token_endpoint_auth_methods_supported"][0] == "none"
    assert said["code_challenge_methods_supported"] == ["S256"]


def test_s35_metadata_announces_iss(client: FlaskClient) -> None:
    assert client.get(AS).get_json()["authorization_response_iss_parameter_supported"] is True


PATHS = [MCP, MCP + "/", MCP + "/w/acme", MCP + "/w/acme/", MCP + "/w/ACME", MCP + "/w/Nobody-here/"]


@pytest.mark.parametrize("path", PATHS)
def test_s39_the_challenge_leads_to_a_document_that_names_the_very_address(client: FlaskClient, path: str) -> None:
    base = client.application.extensions["halo"].base_url
    challenge = client.post(path, json={}).headers["WWW-Authenticate"]
    assert f'resource_metadata="{base}{PRM}{path}"' in challenge
    assert client.get(PRM + path).get_json()["resource"] == base + path


@pytest.mark.parametrize("path", [MCP + "/", MCP + "/w/acme/", MCP + "/w/ACME/"])
def test_s39_a_token_for_an_address_with_a_slash_opens_both_spellings(app: Flask, path: str) -> None:
    resource = app.extensions["halo"].base_url + path
    client = a_client(app)
    given = client.consent(signed_in(app), resource=resource)
    token = client.redeem(given["code"], resource=resource).get_json()["access_token"]
    assert call(app, token, path).status_code == call(app, token, path.rstrip("/")).status_code == 200


def test_s39_each_address_has_a_document_of_its_own(client: FlaskClient) -> None:
    base = client.application.extensions["halo"].base_url
    assert client.get(f"{PRM}/api/mcp/w/acme").get_json()["resource"] == f"{base}/api/mcp/w/acme"


NOBODYS = ["NO!", "a", "9to5", "a--b", "acme-", "a_b", "%E2%84%AAeep", "x" * 41, "acme%20", "acm%C3%A9"]


def test_a_short_name_that_no_workspace_can_have_is_no_address(client: FlaskClient) -> None:
    for slug in NOBODYS:
        alias = f"{MCP}/w/{slug}"
        answers = [client.post(alias, json={}), client.get(alias), client.get(PRM + alias), client.get(AS + alias)]
        for answer in answers:
            assert (answer.status_code, answer.mimetype) == (404, "application/json"), (slug, answer.request.path)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "WWW-Authenticate" not in answer.headers


def test_a_workspace_that_does_not_exist_is_described_like_one_that_does(client: FlaskClient) -> None:
    def said(slug: str) -> tuple[str, ...]:
        alias = f"{MCP}/w/{slug}"
        challenge = client.post(alias, json={}).headers["WWW-Authenticate"]
        texts = (challenge, client.get(PRM + alias).text, client.get(AS + alias).text, client.get(alias).text)
        return tuple(text.replace(slug, "SLUG") for text in texts)

    assert said("acme") == said("nowhere") == said("NoWhere") == said("admin")


@pytest.mark.parametrize("path", ["/api/mcp//w/acme", "/api//mcp", "/api/mcp/w//acme", "/api/mcp/w/acme//"])
def test_an_address_of_machines_with_a_doubled_slash_is_answered_in_json(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.post(path, json={})):
        assert (answer.status_code, answer.mimetype) == (404, "application/json")


def test_a_person_who_doubles_a_slash_is_sent_on(client: FlaskClient) -> None:
    assert client.get("/docs//overview").status_code == 308


def test_s42_offline_access_is_listed_by_the_server_alone(client: FlaskClient) -> None:
    assert scopes.OFFLINE in client.get(AS).get_json()["scopes_supported"]
    assert scopes.OFFLINE not in client.get(PRM).get_json()["scopes_supported"]


def test_the_metadata_is_valid_by_authlibs_rules(client: FlaskClient) -> None:
    metadata = AuthorizationServerMetadata(client.get(AS).get_json())
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])


def test_s43_the_challenge_names_all_that_is_sensible(client: FlaskClient) -> None:
    assert 'scope="docs:read setup:read data:read"' in client.post(MCP, json={}).headers["WWW-Authenticate"]


@pytest.mark.usefixtures("integration_tools")
def test_s43_where_tools_act_the_challenge_names_actions_too(client: FlaskClient) -> None:
    challenge = client.post(MCP, json={}).headers["WWW-Authenticate"]
    assert 'scope="docs:read setup:read data:read actions:*"' in challenge


def test_s09_what_a_client_waits_for_answers_well_within_a_second(app: Flask) -> None:
    client = app.test_client()
    took = []
    for _ in range(30):
        for ask in (
            lambda: client.get(PRM),
            lambda: client.get(AS),
            lambda: client.post(TOKEN, data={"grant_type": "x"}),
        ):
            began = time.thread_time()  # of the processor, which others share
            ask()
            took.append(time.thread_time() - began)
    assert sorted(took)[-2] < 1
