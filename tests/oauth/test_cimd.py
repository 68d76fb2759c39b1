"""Client id metadata documents: read with care, believed for a while, shared by every install."""

from __future__ import annotations

import datetime
import gzip
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db, now
from halo.ground.settings import development_settings
from halo.oauth import cimd
from halo.oauth.models import OAuthClient
from tests.ground.outbound.servers import Names, names
from tests.oauth.documents import Vendor, make_stale, vendor
from tests.oauth.flow import OAuthTestClient, is_good, signed_in

__all__ = ["names", "vendor"]
CALLBACK = "http://127.0.0.1:4000/callback"


def install(app: Flask, client_id: str) -> OAuthTestClient:
    """One install of the vendor's application."""
    return OAuthTestClient(app.test_client(), client_id, CALLBACK)


def test_s22_a_client_without_registration_connects(app: Flask, vendor: Vendor) -> None:
    client = install(app, vendor.serve("/client.json", client_name="Vendor's App"))
    browser = signed_in(app)
    page = client.consent_page(browser).page
    assert "Vendor's App" in page.text
    assert "127.0.0.1" in page.text
    said = client.connect(browser)
    assert is_good(app, said["access_token"])
    assert client.refresh(said["refresh_token"]).status_code == 200


def test_s23_a_document_that_prefers_a_key_is_served_as_a_public_client(app: Flask, vendor: Vendor) -> None:
    method = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://vendor.example/jwks"}
    client = install(app, vendor.serve("/client.json", **method))
    assert is_good(app, client.connect(signed_in(app))["access_token"])


def test_s24_renewing_or_revoking_one_install_leaves_the_others_signed_in(app: Flask, vendor: Vendor) -> None:
    client_id = vendor.serve("/client.json")
    laptop, desktop = install(app, client_id), install(app, client_id)
    browser = signed_in(app)
    first, second = laptop.connect(browser), desktop.connect(browser)
    assert is_good(app, first["access_token"])
    desktop.revoke(second["refresh_token"])
    assert is_good(app, first["access_token"])
    assert not is_good(app, second["access_token"])
    assert laptop.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, b""), "status 404"),
        ((302, {"Location": "http://127.0.0.1/"}, b""), "status 302"),
        ((200, {}, b"<html>bot check</html>"), "not JSON"),
        ((200, {}, b"[1]"), "not the address"),
        ((200, {}, b'{"client_id": "https://other.example/"}'), "not the address"),
        ((200, {}, b" " * 70_000), "longer than"),
    ],
)
def test_s25_a_bad_document_is_told_apart_from_an_unknown_client(app: Flask, vendor: Vendor, answer, why: str) -> None:
    vendor.answers["/client.json"] = answer
    response = install(app, f"{vendor.url}/client.json").ask(signed_in(app))
    assert response.status_code == 400
    assert "could not read the client document" in response.text
    assert why in response.text


@pytest.mark.parametrize(
    "answer",
    [
        (403, {}, b"blocked"),
        (302, {"Location": "https://gate.example/"}, b""),
        (200, {}, b"<html>sign in to the network</html>"),
        (200, {}, b'{"client_id": "http://127.0.0.1'),
    ],
)
def test_what_says_nothing_about_a_document_costs_a_client_no_grace(app: Flask, vendor: Vendor, answer) -> None:
    client, browser = install(app, vendor.serve("/client.json")), signed_in(app)
    client.consent_page(browser)
    with app.app_context():
        make_stale()
    vendor.answers["/client.json"] = answer
    assert client.ask(browser).status_code == 303


def test_a_document_with_redirect_uris_that_do_not_fit_is_good_for_the_others(app: Flask, vendor: Vendor) -> None:
    strange = ["com.example.app:/cb", "http://evil.example/cb", *[f"https://app.example/{n}" for n in range(25)], 5]
    client, browser = install(app, vendor.serve("/client.json", redirect_uris=[*strange, CALLBACK])), signed_in(app)
    assert is_good(app, client.connect(browser)["access_token"])
    assert client.ask(browser, redirect_uri="https://app.example/24").status_code == 303
    page = client.ask(browser, redirect_uri="com.example.app:/cb")
    assert page.status_code == 400
    assert "The scheme com.example.app: is not known here" in page.text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_s25_redirect_uris_of_a_document_keep_the_rules(app: Flask, vendor: Vendor) -> None:
    client = install(app, vendor.serve("/client.json", redirect_uris=["http://evil.example/cb"]))
    assert "Plain http" in client.ask(signed_in(app)).text


def test_s25_a_document_is_read_once_and_again_when_it_is_stale(app: Flask, vendor: Vendor) -> None:
    client = install(app, vendor.serve("/client.json", headers={"Cache-Control": "max-age=86400"}))
    browser = signed_in(app)
    client.consent_page(browser)
    client.consent_page(browser)
    assert vendor.asked == ["/client.json"]
    with app.app_context():
        row = db.session.scalars(select(OAuthClient).where(OAuthClient.kind == "cimd")).one()
        assert now() + datetime.timedelta(hours=23) < row.document_fresh_until < now() + datetime.timedelta(hours=25)
        make_stale()
    vendor.serve("/client.json", client_name="Renamed")
    assert "Renamed" in client.consent_page(browser).page.text
    make = len(vendor.asked)
    assert make == 2


def test_s25_a_vendors_outage_does_not_stop_people(app: Flask, vendor: Vendor) -> None:
    client = install(app, vendor.serve("/client.json"))
    browser = signed_in(app)
    said = client.connect(browser)
    with app.app_context():
        make_stale()
    vendor.answers["/client.json"] = (503, {}, b"")
    assert client.ask(browser).status_code == 303
    assert client.refresh(said["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "answer",
    [(404, {}, b""), (410, {}, b""), (200, {}, b'{"client_id": "https://other.example/"}'), (200, {}, b" " * 70_000)],
)
def test_s25_a_document_that_is_gone_or_wrong_is_not_believed_any_longer(app: Flask, vendor: Vendor, answer) -> None:
    client, browser = install(app, vendor.serve("/client.json")), signed_in(app)
    client.consent_page(browser)
    with app.app_context():
        make_stale()
    vendor.answers["/client.json"] = answer
    assert "could not read the client document" in client.ask(browser).text


def test_s25_no_document_is_believed_for_more_than_a_week_after_it_was_read(app: Flask, vendor: Vendor) -> None:
    week, forever = datetime.timedelta(days=7), {"Cache-Control": "max-age=315360000"}
    client, browser = install(app, vendor.serve("/client.json", headers=forever)), signed_in(app)
    client.consent_page(browser)
    vendor.answers["/client.json"] = (503, {}, b"")
    with app.app_context():
        row = db.session.scalars(select(OAuthClient).where(OAuthClient.kind == "cimd")).one()
        passed = week - (row.document_fresh_until - now())
        make_stale(passed + datetime.timedelta(minutes=1))
    assert "could not read the client document" in client.ask(browser).text


@pytest.mark.parametrize(
    ("client_id", "why"),
    [
        ("https://vendor.example/client.json", None),
        ("https://vendor.example:8443/.well-known/client?v=2", None),
        ("https://vendor.example/a...b/..c/d..", None),
        ("https://vendor.example", "whole site"),
        ("https://vendor.example/", "whole site"),
        ("https://vendor.example?x=/client.json", "whole site"),
        ("http://vendor.example/client.json", "does not begin with https"),
        ("urn:vendor:client", "needs a host"),
        ("https://[/x", "needs a host"),
        ("https:///client.json", "needs a host"),
        ("https://vendor.example:x/client.json", "needs a host"),
        ("https://vendor.example/cl ient.json", "characters of RFC 3986"),
        ("https://vendor.example\\@evil.example/client.json", "characters of RFC 3986"),
        ("https://user@vendor.example/client.json", "user name"),
        ("https://user:word@vendor.example/client.json", "user name"),
        ("https://vendor.example/client.json#x", "fragment"),
        ("https://vendor.example/client.json#", "fragment"),
        ("https://vendor.example/a/../client.json", "segment . or .."),
        ("https://vendor.example/./client.json", "segment . or .."),
        ("https://vendor.example/%2e/client.json", "segment . or .."),
        ("https://vendor.example/a/%2E%2e/client.json", "segment . or .."),
        ("https://vendor.example/a/.%2e", "segment . or .."),
        ("https://vendor.example/" + "x" * 2000, "more than 2000"),
    ],
)
def test_what_names_a_document_in_production(client_id: str, why: str | None) -> None:
    settings = development_settings(environment="production", base_url="https://halo.example")
    said = cimd.problem(client_id, settings)
    assert cimd.is_address(client_id)
    assert said is None if why is None else why in (said or "")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_id_that_can_be_no_documents_is_told_so_and_nothing_is_read(app: Flask, vendor: Vendor) -> None:
    browser = signed_in(app)
    vendor.serve("/client.json")
    for path in ("/./client.json", "/a/../client.json", "/%2e%2e/client.json", "/", "/client.json#x"):
        response = install(app, vendor.url + path).ask(browser)
        assert response.status_code == 400
        assert "The app&#39;s id cannot be used" in response.text
        assert "registration may have expired" not in response.text
    assert vendor.asked == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_stranger_learns_no_name_of_the_network(make_app: Callable[..., Flask], names: Names) -> None:
    app = make_app(allow_private_addresses=False)
    browser = signed_in(app)
    names.known = {"wiki.corp.example": [["10.1.2.3"]], "meta.corp.example": [["169.254.169.254"]]}
    told = set()
    for host in ("wiki", "meta", "nothing"):
        response = install(app, f"https://{host}.corp.example/client.json").ask(browser)
        assert response.status_code == 400
        shown = re.sub(r"<main.*?>|nonce=\S+|csrf\S+", "", response.text[response.text.index("<h1") :])
        told.add(shown.replace(f"{host}.corp", "HOST"))
    assert len(told) == 1
    assert "not known, or it is not on the public internet" in told.pop()
    assert names.asked == ["wiki.corp.example", "meta.corp.example", "nothing.corp.example"]


def test_a_packed_document_is_read(vendor: Vendor) -> None:
    client_id = vendor.serve("/client.json", {"Content-Encoding": "gzip"})
    status, headers, body = vendor.answers["/client.json"]
    vendor.answers["/client.json"] = (status, headers, gzip.compress(body))
    assert cimd.read(client_id, development_settings(allow_private_addresses=True)).metadata["client_name"] == "Vendor"


def test_a_private_address_is_not_asked_in_production(vendor: Vendor) -> None:
    settings = development_settings(environment="production", base_url="https://halo.example")
    with pytest.raises(cimd.Unreadable, match="public internet"):
        cimd.read("https://localhost/client.json", settings)
    assert vendor.asked == []
