"""Whatever is sent: never a 500, never a redirect to where nobody registered, always JSON where machines ask."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo.web import limiter
from tests.oauth.flow import AUTHORIZE, CALLBACK, REGISTER, REVOKE, TOKEN, OAuthTestClient, a_client, signed_in

many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

words = st.one_of(
    st.text(max_size=20),
    st.text(string.printable, max_size=20),
    st.sampled_from(["", "a b", "\x00", "%00", "é", "\u202e"]),
)
NAMES = (
    "response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method",
    "resource", "prompt", "response_mode", "request", "code", "code_verifier", "grant_type", "refresh_token",
    "client_secret", "token",
)  # fmt: skip
METADATA = (
    "redirect_uris", "client_name", "scope", "contacts", "grant_types", "response_types", "client_uri", "logo_uri",
    "token_endpoint_auth_method", "software_id", "x",
)  # fmt: skip
targets = st.one_of(
    words,
    st.sampled_from([
        CALLBACK, "http://localhost:1/callback", "https://evil.example/", "//evil.example", "javascript:alert(1)",
        CALLBACK + "@evil.example", CALLBACK + "\\@evil.example", "http://127.0.0.1:8765.evil.example/callback",
        CALLBACK + "\r\nLocation: https://evil.example/", "http://evil.example\\@127.0.0.1/callback",
    ]),
)  # fmt: skip
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)


@pytest.fixture
def known(app: Flask) -> OAuthTestClient:
    return a_client(app)


def fresh(app: Flask) -> FlaskClient:
    """A visitor whom no limit knows yet."""
    with app.app_context():
        limiter.reset()
    return app.test_client()


@many
@given(changes=st.dictionaries(st.sampled_from(NAMES), words, max_size=4), redirect_uri=targets, twice=st.booleans())
def test_authorize_never_fails_and_never_leads_astray(
    app: Flask, known: OAuthTestClient, changes: dict[str, Any], redirect_uri: str, twice: bool
) -> None:
    query: dict[str, Any] = known.query() | changes | {"redirect_uri": redirect_uri}
    if twice:
        query = {name: [value, value] for name, value in query.items()}
    response = fresh(app).get(AUTHORIZE, query_string=query)
    assert response.status_code < 500
    goes_to = urlsplit(response.headers.get("Location", "/signin"))
    assert goes_to.netloc in ("", "127.0.0.1:8765", "localhost:1")
    assert goes_to.path in ("/signin", "/mcp/authorize", "/callback")
    if goes_to.netloc:
        assert "code=" not in goes_to.query


@many
@given(
    form=st.dictionaries(st.one_of(st.sampled_from(NAMES), words), words, max_size=6),
    path=st.sampled_from([TOKEN, REVOKE]),
)
def test_token_and_revoke_answer_json_to_any_form(
    app: Flask, known: OAuthTestClient, form: dict[str, str], path: str
) -> None:
    response = fresh(app).post(path, data={"client_id": known.client_id} | form)
    assert response.status_code in (200, 400, 401)
    assert response.mimetype == "application/json"
    if response.status_code != 200:
        assert response.get_json()["error"]


@many
@given(
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "application/json", "text/plain", ""]),
)
@pytest.mark.parametrize("path", [TOKEN, REVOKE, REGISTER])
def test_any_bytes_are_answered_in_json(app: Flask, body: bytes, kind: str, path: str) -> None:
    response = fresh(app).post(path, data=body, content_type=kind)
    assert response.status_code < 500
    assert response.mimetype == "application/json"


@many
@given(
    authorization=st.one_of(
        words, words.map(lambda text: "Basic " + text), st.just("Basic Og=="), st.just("Basic OmE6Yg==")
    )
)
def test_any_authorization_header_is_answered_in_json(app: Flask, authorization: str) -> None:
    header = authorization.encode("latin-1", "ignore").decode("latin-1").translate({10: None, 13: None})
    form = {"grant_type": "refresh_token", "refresh_token": "halo_rt_x"}
    response = fresh(app).post(TOKEN, data=form, headers={"Authorization": header})
    assert response.status_code in (400, 401)
    assert response.mimetype == "application/json"


@many
@given(metadata=st.dictionaries(
    st.sampled_from(METADATA),
    json_values, max_size=5,
), body=st.one_of(st.none(), json_values))  # fmt: skip
def test_registration_answers_any_metadata(app: Flask, metadata: dict[str, Any], body: Any) -> None:
    sent = {"redirect_uris": [CALLBACK]} | metadata if body is None else body
    response = fresh(app).post(REGISTER, json=sent)
    assert response.status_code in (201, 400)
    assert response.mimetype == "application/json"


@many
@given(
    form=st.dictionaries(st.sampled_from(["scope", "duration", "customer", "workspace", "decision"]), words, max_size=5)
)
def test_consent_answers_any_form(app: Flask, known: OAuthTestClient, form: dict[str, str]) -> None:
    fresh(app)
    browser = signed_in(app)
    known.consent_page(browser)
    sent = browser.page.values(browser.page.form("consent"), "allow") | form
    response = browser.client.post("/api/mcp/oauth/consent", data=sent)
    assert response.status_code in (303, 422)
    if response.status_code == 303:
        assert urlsplit(response.headers["Location"]).netloc == "127.0.0.1:8765"
