"""The authorization endpoint: what is told to the person, what to the client, and what does not matter."""

from __future__ import annotations

import datetime
from urllib.parse import urlencode

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select

from halo.ground.database import db, now, one_change
from halo.oauth.models import ConsentRequest
from tests.oauth.flow import AUTHORIZE, CALLBACK, a_client, answer, is_good, signed_in
from tests.support.browser import Browser

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@one_database
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "halo_client_nobody"},
        {"client_id": "nul\x00"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1:8765/callback/../evil"},
        {"redirect_uri": "http://127.0.0.1.evil.example:8765/callback"},
        {"redirect_uri": "http://user@127.0.0.1:8765/callback"},
        {"redirect_uri": "http://127.0.0.1:8765/callback#"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//evil.example/callback"},
    ],
)
def test_s19_a_wrong_client_or_redirect_is_a_page_and_never_a_redirect(app: Flask, changes: dict) -> None:
    browser = signed_in(app)
    response = a_client(app).ask(browser, **changes)
    assert response.status_code in (400, 422)
    assert "Location" not in response.headers
    assert response.mimetype == "text/html"


@one_database
def test_the_page_for_what_cannot_be_answered_names_the_cause(app: Flask) -> None:
    client, browser = a_client(app, redirect_uris=[CALLBACK, "https://app.example/cb"]), signed_in(app)
    for changes, title in (
        ({"client_id": None}, "The app did not say who it is"),
        ({"client_id": "halo_client_nobody"}, "This app is not known here"),
        ({"client_id": "https://app.example/"}, "The app's id cannot be used"),
        ({"redirect_uri": None}, "The app did not say where the answer goes"),
        ({"redirect_uri": "https://evil.example/"}, "The answer would go to a strange address"),
        ({"redirect_uri": "http://evil.example/"}, "The answer cannot go where the app wants it"),
    ):
        page = client.ask(browser, **changes)
        assert page.status_code == 400
        assert f"<h1>{escape(title)}</h1>" in page.text


@one_database
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "codé"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/api/mcp"}, "invalid_target"),
        ({"resource": "{base}"}, "invalid_target"),
        ({"resource": ["{base}/api/mcp", "{base}/api/mcp/w/acme"]}, "invalid_target"),
        ({"scope": "nothing known"}, "invalid_scope"),
        ({"scope": ["docs:read", "data:read"]}, "invalid_request"),
        ({"state": "x" * 5000}, "invalid_request"),
    ],
)
def test_s35_what_the_client_got_wrong_goes_back_to_it_with_state_and_iss(
    app: Flask, changes: dict, error: str
) -> None:
    base = app.extensions["halo"].base_url
    filled = {
        name: [it.format(base=base) for it in value] if isinstance(value, list) else value and value.format(base=base)
        for name, value in changes.items()
    }
    client = a_client(app)
    response = client.ask(signed_in(app), **filled)
    said = answer(response)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(client.redirect_uri + "?")
    assert said["error"] == error
    assert said["iss"] == base
    assert said["state"] == filled.get("state", "the-state")


@one_database
@pytest.mark.parametrize(
    "registered", ["http://127.0.0.1/callback", "http://localhost:3000/callback", "http://[::1]/callback"]
)
@pytest.mark.parametrize(
    "asked", ["http://127.0.0.1:5001/callback", "http://localhost:5002/callback", "http://[::1]:5003/callback"]
)
def test_s27_s28_loopback_is_one_family_on_any_port(app: Flask, registered: str, asked: str) -> None:
    client = a_client(app, redirect_uris=[registered])
    assert client.ask(signed_in(app), redirect_uri=asked).status_code == 303


def test_s27_a_loopback_client_is_answered_on_the_port_that_it_asked_for(app: Flask) -> None:
    client = a_client(app, redirect_uris=["http://127.0.0.1/callback"])
    browser = signed_in(app)
    said = client.connect(browser, redirect_uri="http://localhost:54321/callback")
    assert browser.response.headers["Location"].startswith("http://localhost:54321/callback?")
    assert is_good(app, said["access_token"])


@one_database
@pytest.mark.parametrize(
    ("registered", "asked"),
    [("http://127.0.0.1:9", "http://127.0.0.1:7/"), ("http://localhost/", "http://127.0.0.1:7")],
)
def test_s29_bare_loopback_with_and_without_slash(app: Flask, registered: str, asked: str) -> None:
    assert a_client(app, redirect_uris=[registered]).ask(signed_in(app), redirect_uri=asked).status_code == 303


def test_s30_no_state_is_fine_and_none_comes_back(app: Flask) -> None:
    given = a_client(app).consent(signed_in(app), state=None)
    assert "state" not in given
    assert given["code"]


@one_database
def test_s34_other_parameters_do_not_matter(app: Flask) -> None:
    extra = {"prompt": "consent", "access_type": "offline", "nonce": "n", "application_type": "native", "x": "y"}
    assert a_client(app).ask(signed_in(app), **extra).status_code == 303


@one_database
@pytest.mark.parametrize("scope", [None, "", "   ", "offline_access"])
def test_s41_without_a_scope_the_default_is_offered(app: Flask, scope: str | None) -> None:
    said = a_client(app).connect(signed_in(app), scope=scope)
    assert said["scope"] == "docs:read setup:read data:read"


@one_database
def test_unknown_scopes_are_dropped(app: Flask) -> None:
    assert a_client(app).connect(signed_in(app), scope="openid docs:read profile")["scope"] == "docs:read"


@one_database
def test_the_only_registered_redirect_may_be_left_out(app: Flask) -> None:
    client = a_client(app)
    given = client.consent(signed_in(app), redirect_uri=None)
    assert client.redeem(given["code"], redirect_uri=None).status_code == 200


@one_database
def test_of_several_redirects_one_has_to_be_named(app: Flask) -> None:
    client = a_client(app, redirect_uris=["https://a.example/", "https://b.example/"])
    assert client.ask(signed_in(app), redirect_uri=None).status_code == 400


def test_a_visitor_signs_in_and_comes_back(app: Flask) -> None:
    from tests import cast
    from tests.support.browser import Browser

    browser = Browser(app)
    client = a_client(app)
    client.consent_page(browser)
    assert browser.at == "/signin"
    browser.submit("signin", email=cast.OWNER, password=cast.PASSWORD)
    assert browser.at == "/mcp/authorize"
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).status_code == 200


@one_database
def test_a_redirect_with_a_query_keeps_it(app: Flask) -> None:
    client = a_client(app, redirect_uris=["https://app.example/cb?tenant=a%20b&x"])
    browser = signed_in(app)
    client.consent(browser)
    assert browser.response.headers["Location"].startswith("https://app.example/cb?tenant=a%20b&x&code=halo_ac_")


@one_database
def test_a_state_of_any_kind_comes_back_as_it_was(app: Flask) -> None:
    state = "a b+c%20d&e=f#g/ü€\"'<>\r\n"
    assert a_client(app).consent(signed_in(app), state=state)["state"] == state


STATES = {
    "n+eBY2==": "n%2BeBY2%3D%3D",
    "n%2BeBY2==": "n%2BeBY2%3D%3D",
    "n+eBY2%3D%3D": "n%2BeBY2%3D%3D",
    "6QadZ5GFXGvZ649+OuQi+Q==": "6QadZ5GFXGvZ649%2BOuQi%2BQ%3D%3D",
    "a%20b": "a%20b",
    "a+b": "a%20b",
    "%7B%22to%22%3A+%22x%22%7D": "%7B%22to%22%3A%20%22x%22%7D",
    "a%2Bb%2520c": "a%2Bb%2520c",
}
"""As a client writes it into the address -> as it comes back."""


@one_database
def test_a_state_comes_back_so_that_every_decoder_reads_what_was_sent(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    asked = urlencode(client.query(state=None))
    for sent, wanted in STATES.items():
        for press in ("allow", "deny"):
            browser.get(f"{AUTHORIZE}?{asked}&state={sent}")
            browser.submit("consent", status=303, press=press)
            assert f"&state={wanted}&" in browser.response.headers["Location"]
        told = browser.client.get(f"{AUTHORIZE}?{asked}&state={sent}&response_mode=fragment").headers["Location"]
        assert f"&state={wanted}&" in told
        assert "+" not in told


@one_database
def test_a_state_survives_the_origin_alias_the_sign_in_and_a_second_start(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    browser.get(f"/authorize?{urlencode(client.query(state=None))}&state=n+eBY2==")
    name = browser.page.values(browser.page.form("consent"), "allow")["request"]
    with app.app_context(), one_change():
        db.session.scalars(select(ConsentRequest)).one().expires_at = now() - datetime.timedelta(seconds=1)
    again = str(browser.get(f"/mcp/authorize?request={name}", status=410).one(id="restart").get("href"))
    assert "&state=n%2BeBY2%3D%3D&" in again
    browser.get(again)
    browser.submit("consent", status=303, press="allow")
    assert answer(browser.response)["state"] == "n+eBY2=="


def test_authorize_takes_no_post(app: Flask) -> None:
    assert app.test_client().post(AUTHORIZE).status_code in (403, 405)


@one_database
def test_asking_without_end_is_told_to_wait(app: Flask) -> None:
    client = a_client(app)
    browser = signed_in(app)
    statuses = {client.ask(browser).status_code for _ in range(60)}
    response = client.ask(browser)
    assert statuses == {303}
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60


ELSEWHERE = "https://app.example/callback"


@one_database
def test_nobody_is_sent_to_a_stranger_without_having_signed_in(app: Flask) -> None:
    client = a_client(app, redirect_uris=[ELSEWHERE])
    stranger = Browser(app)
    page = stranger.get(AUTHORIZE, status=400, query_string=client.query(redirect_uri=ELSEWHERE, scope="nothing"))
    link = page.one(id="back")
    assert "app.example" in "".join(link.itertext())
    assert link.get("href").startswith(f"{ELSEWHERE}?error=invalid_scope&")
    assert "state=the-state" in link.get("href")


@one_database
@pytest.mark.parametrize(
    "trusted",
    [
        "http://127.0.0.1:8765/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://claude.ai/api/mcp/auth_callback",
    ],
)
def test_an_answer_on_the_device_or_to_a_known_address_needs_no_sign_in(app: Flask, trusted: str) -> None:
    client = a_client(app, redirect_uris=[trusted])
    response = client.ask(Browser(app), redirect_uri=trusted, scope="nothing")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(trusted + "?error=invalid_scope")


@one_database
def test_who_is_signed_in_is_sent_back_to_the_client(app: Flask) -> None:
    client = a_client(app, redirect_uris=[ELSEWHERE])
    response = client.ask(signed_in(app), redirect_uri=ELSEWHERE, scope="nothing")
    assert response.status_code == 302 and answer(response)["iss"] == app.extensions["halo"].base_url
