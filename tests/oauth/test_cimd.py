"""Client id metadata documents: read with care, believed for a while, shared by every install."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from halo.database import db, now, one_change
from halo.oauth import cimd
from halo.oauth.models import OAuthClient
from halo.settings import development_settings
from tests.oauth.documents import Vendor, vendor
from tests.oauth.flow import OAuthTestClient, is_good, signed_in

__all__ = ["vendor"]
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


def make_stale(since: datetime.timedelta = datetime.timedelta(seconds=1)) -> None:
    with one_change() as session:
        session.execute(update(OAuthClient).values(document_fresh_until=now() - since))


@pytest.mark.parametrize(
    ("client_id", "good"),
    [
        ("https://vendor.example/client.json", True),
        ("https://vendor.example", False),
        ("https://vendor.example/", False),
        ("http://vendor.example/client.json", False),
        ("https://user@vendor.example/client.json", False),
        ("https://vendor.example/client.json#x", False),
        ("https://vendor.example/a/../client.json", False),
        ("halo_client_x", False),
        ("https://[/x", False),
    ],
)
def test_what_names_a_document_in_production(client_id: str, good: bool) -> None:
    settings = development_settings(environment="production", base_url="https://halo.example")
    assert cimd.names_a_document(client_id, settings) is good


def test_a_private_address_is_not_asked_in_production(vendor: Vendor) -> None:
    settings = development_settings(environment="production", base_url="https://halo.example")
    with pytest.raises(cimd.Unreadable, match="public internet"):
        cimd.read("https://localhost:1/client.json", settings)
    assert vendor.asked == []
