"""Where vendors' hosts cannot be reached, known clients connect all the same, and nobody else pretends to be one."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.ground.outbound import lookups
from halo.oauth import cimd
from halo.oauth.models import OAuthClient
from tests.oauth.documents import Vendor, make_stale, vendor
from tests.oauth.flow import CALLBACK, OAuthTestClient, is_good, signed_in

__all__ = ["vendor"]
CODEX = "https://chatgpt.com/oauth/codex/client.json"
AS = "/.well-known/oauth-authorization-server"


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network in which only this computer has a name."""

    def here(host: str) -> list[str]:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [host]

    monkeypatch.setattr(lookups, "resolve", here)


def install(app: Flask, client_id: str = CODEX, redirect_uri: str = CALLBACK) -> OAuthTestClient:
    return OAuthTestClient(app.test_client(), client_id, redirect_uri)


def test_a_known_client_connects_from_our_list_and_the_page_says_so(app: Flask) -> None:
    client, browser = install(app), signed_in(app)
    page = client.consent_page(browser).page
    assert page.one(id="from-list") is not None
    assert "Allow Codex to use" in page.text
    assert "could not read what chatgpt.com says" in page.text
    assert "Its id is an address of chatgpt.com" in page.text
    assert "served by" not in page.text
    said = client.connect(browser)
    assert is_good(app, said["access_token"])
    assert client.refresh(said["refresh_token"]).status_code == 200


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_it_is_answered_on_this_computer_or_at_the_vendors_addresses_and_nowhere_else(app: Flask) -> None:
    browser = signed_in(app)
    chatgpt, web = "https://chatgpt.com/oauth/client.json", "https://chatgpt.com/connector/oauth/abc"
    for client_id, redirect_uri, status in (
        (CODEX, "http://localhost:1455/auth/callback", 303),
        (CODEX, "http://[::1]:9/", 303),
        (CODEX, web, 400),
        (CODEX, "cursor://anysphere.cursor-mcp/oauth/callback", 400),
        (CODEX, "https://evil.example/cb", 400),
        (CODEX, "http://127.0.0.1.evil.example/cb", 400),
        (chatgpt, web, 303),
        (chatgpt, "https://chatgpt.com/connector/oauth/..", 400),
        (chatgpt, "https://chatgpt.com/share/evil", 400),
        (chatgpt, "https://claude.ai/api/mcp/auth_callback", 400),
    ):
        answered = install(app, client_id, redirect_uri).ask(browser)
        assert answered.status_code == status, redirect_uri
        assert "Location" not in answered.headers or "request=" in answered.headers["Location"]
    assert install(app).ask(browser, redirect_uri=None).status_code == 400


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "client_id",
    [
        "https://vendor.example/client.json",
        "https://chatgpt.com.evil.example/oauth/codex/client.json",
        "https://chatgpt.com/share/client.json",
        "https://chatgpt.com/oauth/codex%2f..%2fclient.json",
    ],
)
def test_an_unknown_client_is_refused_and_the_page_names_the_cause(app: Flask, client_id: str) -> None:
    answered = install(app, client_id).ask(signed_in(app))
    assert answered.status_code == 400
    assert "<h1>The app&#39;s description cannot be read</h1>" in answered.text
    assert "The name of the host is not known, or it is not on the public internet." in answered.text
    assert "Something is wrong" not in answered.text


def test_our_list_gives_way_to_the_document_as_soon_as_it_can_be_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, client = signed_in(app), install(app)
    client.consent_page(browser)
    monkeypatch.setattr(cimd, "read", lambda *_: cimd.ClientDocument(SAID, cimd.DEFAULT))
    with app.app_context():
        make_stale()
    assert not client.consent_page(browser).page.all(id="from-list")
    assert client.ask(browser, redirect_uri="http://127.0.0.1:1/elsewhere").status_code == 400


SAID = {"client_name": "Codex", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}


@pytest.mark.parametrize(
    "answer", [(404, {}, b""), (410, {}, b""), (200, {}, b'{"client_id": "https://other.example/"}')]
)
def test_a_document_that_is_gone_or_wrong_is_not_replaced(
    app: Flask, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, answer: tuple
) -> None:
    vendor.answers["/client.json"] = answer
    read = cimd.read
    monkeypatch.setattr(cimd, "read", lambda _, settings: read(f"{vendor.url}/client.json", settings))
    assert install(app).ask(signed_in(app)).status_code == 400
    with app.app_context():
        assert db.session.scalars(select(OAuthClient).where(OAuthClient.kind == "cimd")).all() == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_where_documents_are_off_none_is_announced_or_read_and_known_clients_connect(
    make_app: Callable[..., Flask], vendor: Vendor
) -> None:
    app = make_app(client_documents=False)
    assert app.test_client().get(AS).get_json()["client_id_metadata_document_supported"] is False
    browser = signed_in(app)
    assert is_good(app, install(app).connect(browser)["access_token"])
    refused = install(app, vendor.serve("/client.json")).ask(browser)
    assert refused.status_code == 400
    assert "HALO_CLIENT_DOCUMENTS is off" in refused.text
    assert vendor.asked == []
