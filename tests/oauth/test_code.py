"""The authorization code: redeemed once, by its client, with its verifier, at its redirect URI."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.oauth import registration
from halo.oauth.models import Grant, SecurityEvent, Token
from tests import cast
from tests.oauth.clock import age_code
from tests.oauth.flow import TOKEN, a_client, call, is_good, signed_in


def test_a_client_gets_tokens_that_the_mcp_door_takes(app: Flask) -> None:
    client = a_client(app)
    given = client.consent(signed_in(app))
    response = client.redeem(given["code"])
    said = response.get_json()
    assert (given["state"], given["iss"]) == ("the-state", app.extensions["halo"].base_url)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 3600, "docs:read data:read")
    assert said["access_token"].startswith("halo_at_")
    assert said["refresh_token"].startswith("halo_rt_")
    assert call(app, said["access_token"]).status_code == 200


def test_nothing_secret_is_stored_in_the_clear(app: Flask) -> None:
    client = a_client(app, token_endpoint_auth_method="client_secret_post")
    given = client.consent(signed_in(app))
    said = client.redeem(given["code"]).get_json()
    with app.app_context():
        rows = [row for table in db.metadata.sorted_tables for row in db.session.execute(select(table))]
    stored = "\n".join(str(value) for row in rows for value in row)
    for secret in (given["code"], said["access_token"], said["refresh_token"], client.secret):
        assert secret not in stored


def test_a_code_replayed_ends_what_it_produced(app: Flask) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app))["code"]
    said = client.redeem(code).get_json()
    again = client.redeem(code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert not is_good(app, said["access_token"])
    assert client.refresh(said["refresh_token"]).get_json()["error"] == "invalid_grant"
    with app.app_context():
        assert [event.kind for event in db.session.scalars(select(SecurityEvent))] == ["code_replayed"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8765/other"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8765/callback/"}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:8765/callback"}, "invalid_grant"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"client_id": "halo_client_nobody"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"code": "halo_ac_wrong"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ],
)
def test_s40_a_wrong_request_does_not_burn_the_code(app: Flask, changes: dict, error: str) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app))["code"]
    refused = client.redeem(**{"code": code} | changes)
    assert refused.get_json()["error"] == error
    assert refused.status_code == (401 if error == "invalid_client" else 400)
    assert client.redeem(code).status_code == 200


@pytest.mark.parametrize("method", ["none", "client_secret_post"])
@pytest.mark.parametrize("left_out", [None, ""])
def test_an_oauth_2_1_client_redeems_without_naming_the_redirect_uri(
    app: Flask, method: str, left_out: str | None
) -> None:
    client = a_client(app, token_endpoint_auth_method=method)
    code = client.consent(signed_in(app))["code"]
    assert client.redeem(code, redirect_uri=left_out, code_verifier=None).status_code == 400
    assert client.redeem(code, redirect_uri=left_out).status_code == 200


def test_a_wrong_redirect_uri_is_refused_also_where_the_request_named_none(app: Flask) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app), redirect_uri=None)["code"]
    assert client.redeem(code, redirect_uri="https://evil.example/").get_json()["error"] == "invalid_grant"
    assert client.redeem(code, redirect_uri=client.redirect_uri).status_code == 200


REFUSALS = (
    ("client_secret_post", {"client_secret": "wrong"}, "with its secret in the form, as client_secret"),
    ("client_secret_post", {"client_secret": None}, "with its secret in the form, as client_secret"),
    ("client_secret_basic", {}, "with its secret in the Authorization header (Basic)"),
    ("none", {"client_secret": "what for"}, "without a secret"),
    ("none", {"client_id": "halo_client_nobody"}, "register it again"),
    ("none", {"client_id": None}, "names no client"),
    ("none", {"code": ""}, "The parameter code is missing"),
    ("none", {"code": "halo_ac_wrong"}, "The code is unknown"),
    ("none", {"code_verifier": None}, "The parameter code_verifier is missing"),
    ("none", {"code_verifier": "short"}, "43 to 128"),
    ("none", {"code_verifier": "w" * 64}, "does not fit the code_challenge"),
    ("none", {"redirect_uri": "http://127.0.0.1:8765/other"}, "leave it out"),
    ("none", {"grant_type": "password"}, "authorization_code and refresh_token"),
    ("none", {"grant_type": "refresh_token"}, "The parameter refresh_token is missing"),
    ("none", {"grant_type": "refresh_token", "refresh_token": "halo_rt_wrong"}, "The refresh token is unknown"),
    ("none", {"grant_type": ""}, "The parameter grant_type is missing"),
)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_refusal_is_a_sentence_of_ours_that_says_what_would_do(app: Flask) -> None:
    browser = signed_in(app)
    made = {method: a_client(app, token_endpoint_auth_method=method) for method in registration.AUTH_METHODS}
    codes = {method: client.consent(browser)["code"] for method, client in made.items()}
    for method, changes, sentence in REFUSALS:
        refused = made[method].redeem(**{"code": codes[method]} | changes)
        said = refused.get_json()["error_description"]
        assert sentence in said
        assert said.endswith(".")
        assert not set(said) & set('[]{}"')
        if refused.status_code == 401:
            assert said in refused.headers["WWW-Authenticate"]


def test_another_client_cannot_redeem_the_code(app: Flask) -> None:
    client, other = a_client(app), a_client(app)
    code = client.consent(signed_in(app))["code"]
    other.verifier = client.verifier
    assert other.redeem(code).get_json()["error"] == "invalid_grant"
    assert client.redeem(code).status_code == 200


def test_a_code_dies_after_a_minute(app: Flask) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app))["code"]
    with app.app_context():
        age_code(code, 61)
    assert client.redeem(code).get_json()["error"] == "invalid_grant"


def test_a_person_who_left_gets_no_tokens(app: Flask) -> None:
    from halo.workspaces import members

    client = a_client(app)
    code = client.consent(signed_in(app, cast.SUPPORT))["code"]
    with app.app_context():
        members.remove(cast.workspace().id, cast.person(cast.SUPPORT).id, principal=None)
    assert client.redeem(code).get_json()["error"] == "invalid_grant"


def test_s44_a_body_that_is_no_form_is_refused_in_json(app: Flask) -> None:
    client = app.test_client()
    for response in (
        client.post(TOKEN, json={"grant_type": "refresh_token"}),
        client.post(TOKEN, data=b"\xff\xfe", content_type="application/octet-stream"),
        client.post(TOKEN, data={"file": (__import__("io").BytesIO(b"x"), "x.txt")}),
        client.post(TOKEN),
        client.post(
            TOKEN,
            data="grant_type=refresh_token&grant_type=authorization_code",
            content_type="application/x-www-form-urlencoded",
        ),
        client.post(TOKEN, data={"grant_type": "refresh_token"}, headers={"Authorization": "Basic /////w=="}),
    ):
        assert response.status_code == 400
        assert response.get_json()["error"] == "invalid_request"
        assert response.headers["Cache-Control"] == "no-store"


def test_credentials_in_the_address_do_not_count(app: Flask) -> None:
    client = a_client(app)
    code = client.consent(signed_in(app))["code"]
    form = {"redirect_uri": client.redirect_uri, "code_verifier": client.verifier, "client_id": client.client_id}
    response = client.wire.post(f"{TOKEN}?grant_type=authorization_code&code={code}", data=form)
    assert response.get_json()["error"] == "invalid_request"


def test_tokens_do_not_outlive_the_consent(app: Flask) -> None:
    from tests.oauth.clock import age

    client = a_client(app)
    given = client.consent(signed_in(app), fields={"duration": "1"})
    with app.app_context():
        age(Grant, 86400 - 600)
    said = client.redeem(given["code"]).get_json()
    assert 590 <= said["expires_in"] <= 600
    with app.app_context():
        ends = {row.expires_at for row in db.session.scalars(select(Token))}
        assert ends == {db.session.scalars(select(Grant)).one().expires_at}
