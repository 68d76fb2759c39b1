"""Logos of applications: from Halo's own address, where somebody vouches for them, and initials everywhere else."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from halo.apps.endpoints.logo import BLANK
from halo.ground.database import db, now, one_change
from halo.ground.errors import UpstreamFailed
from halo.oauth import logos
from halo.oauth.models import ClientLogo, OAuthClient
from tests import cast
from tests.oauth.documents import Vendor, vendor
from tests.oauth.flow import OAuthTestClient, a_client, signed_in
from tests.support.browser import Browser

__all__ = ["vendor"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
DOCUMENT, LOGO = "/client.json", "/logo.png"


def a_document_client(app: Flask, vendor: Vendor, **metadata: Any) -> OAuthTestClient:
    """A client with a document that names a logo, as its first authorization request makes it known."""
    said = {"logo_uri": vendor.url + LOGO, "redirect_uris": ["http://127.0.0.1:8765/callback"]} | metadata
    return OAuthTestClient(app.test_client(), vendor.serve(DOCUMENT, **said))


def serve(vendor: Vendor, body: bytes = PNG, kind: str = "image/png", status: int = 200) -> None:
    vendor.answers[LOGO] = (status, {"Content-Type": kind}, body)


def shown(browser: Browser) -> str | None:
    """The logo that the page names; None for initials."""
    images = browser.page.all("img", class_="avatar-logo")
    return str(images[0].get("src")) if images else None


def row_of(app: Flask, client: OAuthTestClient) -> OAuthClient:
    with app.app_context():
        row = db.session.query(OAuthClient).filter_by(client_id=client.client_id).one()
        db.session.expunge(row)
        return row


def consent(app: Flask, client: OAuthTestClient) -> Browser:
    return client.consent_page(signed_in(app))


def test_the_logo_of_a_document_is_shown_from_our_own_address(app: Flask, vendor: Vendor) -> None:
    serve(vendor)
    browser = consent(app, a_document_client(app, vendor))
    address = shown(browser)
    assert address is not None and address.startswith("/dashboard/logos/")
    assert vendor.asked.count(LOGO) == 0, "the page itself waits for nobody"
    assert vendor.url + LOGO not in browser.page.html
    assert "img-src 'self' data:;" in browser.response.headers["Content-Security-Policy"]
    answer = browser.client.get(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"].startswith("private")


def test_it_is_fetched_once_a_week_and_outlives_an_outage(app: Flask, vendor: Vendor) -> None:
    serve(vendor)
    browser = consent(app, a_document_client(app, vendor))
    address = str(shown(browser))
    for _ in range(3):
        assert browser.client.get(address).status_code == 200
    assert vendor.asked.count(LOGO) == 1
    age(app)
    serve(vendor, status=500)
    assert browser.client.get(address).data == PNG
    assert vendor.asked.count(LOGO) == 2
    browser.client.get(address)
    assert vendor.asked.count(LOGO) == 2
    age(app)
    serve(vendor, PNG + b"new")
    assert browser.client.get(address).data == PNG + b"new"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 200),
        (b"<script>alert(1)</script>", "image/png", 200),
        (PNG, "text/html", 200),
        (PNG, "image/jpeg", 200),
        (b"RIFF0000AVI ", "image/webp", 200),
        (PNG + b"x" * logos.BYTES, "image/png", 200),
        (PNG, "image/png", 404),
        (b"", "image/png", 302),
    ],
    ids=["svg", "no picture", "wrong header", "another kind", "other riff", "too large", "not there", "moved"],
)
def test_what_is_no_small_picture_is_not_shown_and_is_remembered(
    app: Flask, vendor: Vendor, body: bytes, kind: str, status: int
) -> None:
    serve(vendor, body, kind, status)
    client = a_document_client(app, vendor)
    browser = consent(app, client)
    address = str(shown(browser))
    for _ in range(2):
        assert browser.client.get(address).data == BLANK
    assert vendor.asked.count(LOGO) == 1
    assert shown(consent(app, client)) is None
    age(app)
    assert shown(consent(app, client)) == address


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
        (PNG, "Image/PNG; a=b"),
    ],
)
def test_other_kinds_of_pictures_are_shown(app: Flask, vendor: Vendor, body: bytes, kind: str) -> None:
    serve(vendor, body, kind)
    browser = consent(app, a_document_client(app, vendor))
    assert browser.client.get(str(shown(browser))).data == body


def test_a_logo_on_another_host_is_not_fetched(app: Flask, vendor: Vendor) -> None:
    client = a_document_client(app, vendor, logo_uri="https://claude.ai/logo.png")
    browser = consent(app, client)
    assert shown(browser) is None
    assert browser.client.get(f"/dashboard/logos/{row_of(app, client).id}").status_code == 404


def test_who_registered_itself_borrows_no_logo(app: Flask, vendor: Vendor) -> None:
    serve(vendor)
    client = a_client(app, logo_uri=vendor.url + LOGO)
    browser = consent(app, client)
    assert shown(browser) is None
    assert browser.client.get(f"/dashboard/logos/{row_of(app, client).id}").status_code == 404
    assert vendor.asked == []


CURSORS = "https://www.cursor.com/agents/mcp/oauth/callback"


@pytest.mark.parametrize(
    ("kind", "client_id", "redirects", "logo", "is_shown"),
    [
        ("dcr", "halo_client_x", [CURSORS], "https://www.cursor.com/logo.png", True),
        ("dcr", "halo_client_x", [CURSORS], "https://evil.example/logo.png", False),
        ("dcr", "halo_client_x", [CURSORS, "http://127.0.0.1/cb"], "https://www.cursor.com/logo.png", False),
        ("dcr", "halo_client_x", ["http://127.0.0.1/cb"], "https://www.cursor.com/logo.png", False),
        ("cimd", "https://claude.ai/oauth/app", ["http://127.0.0.1/cb"], "https://cdn.example/logo.png", True),
        ("cimd", "https://app.example/c.json", ["http://127.0.0.1/cb"], "https://app.example/logo.png", True),
        ("cimd", "https://app.example/c.json", ["http://127.0.0.1/cb"], "http://app.example/logo.png", False),
        ("cimd", "https://app.example/c.json", ["http://127.0.0.1/cb"], "https://app.example:8443/logo.png", False),
        ("cimd", "https://app.example/c.json", [CURSORS], "https://www.cursor.com/logo.png", False),
    ],
)
def test_somebody_besides_the_client_vouches_for_its_logo(
    kind: str, client_id: str, redirects: list[str], logo: str, is_shown: bool
) -> None:
    client = OAuthClient(client_id=client_id, kind=kind, name="X", redirect_uris=redirects, details={"logo_uri": logo})
    assert logos.address_of(client) == (logo if is_shown else None)


def test_a_private_address_is_not_reached(app: Flask, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(vendor)
    browser = consent(app, a_document_client(app, vendor))
    address = str(shown(browser))
    guarded = dataclasses.replace(app.extensions["halo"], allow_private_addresses=False)
    monkeypatch.setitem(app.extensions, "halo", guarded)
    assert browser.client.get(address).data == BLANK
    assert vendor.asked.count(LOGO) == 0
    with pytest.raises(UpstreamFailed, match="public internet"):
        logos._fetched("https://127.0.0.1/logo.png", guarded)


def test_who_is_not_signed_in_sees_none(app: Flask, vendor: Vendor, client: FlaskClient) -> None:
    serve(vendor)
    address = str(shown(consent(app, a_document_client(app, vendor))))
    answer = client.get(address)
    assert answer.status_code != 200 and PNG not in answer.data
    assert vendor.asked.count(LOGO) == 0


def test_it_stands_beside_the_connection_too(app: Flask, vendor: Vendor) -> None:
    serve(vendor)
    client = a_document_client(app, vendor)
    client.connect(signed_in(app))
    browser = signed_in(app)
    browser.get("/dashboard/apps")
    address = str(shown(browser))
    assert browser.client.get(address).data == PNG
    href = next(str(it.get("href")) for it in browser.page.all("a", class_="row-anchor"))
    for path in (href, "/dashboard", href.replace("/dashboard/apps/", "/mcp/connected/")):
        browser.get(path)
        assert shown(browser) == address
        assert browser.page.all("span", class_="avatar-filled")


def test_a_new_address_in_the_document_is_fetched_anew(app: Flask, vendor: Vendor) -> None:
    serve(vendor)
    browser = consent(app, a_document_client(app, vendor))
    address = str(shown(browser))
    browser.client.get(address)
    with app.app_context(), one_change() as session:
        row = session.query(OAuthClient).filter_by(client_id=vendor.url + DOCUMENT).one()
        row.details = row.details | {"logo_uri": vendor.url + "/other.png"}
    vendor.answers["/other.png"] = (200, {"Content-Type": "image/gif"}, b"GIF89a")
    assert browser.client.get(address).data == b"GIF89a"


def test_what_does_not_exist_has_none(browser: Browser) -> None:
    browser.sign_in(cast.OWNER)
    assert browser.client.get("/dashboard/logos/01a204a4-8435-7504-acfb-4886ac68b0d7").status_code == 404


def age(app: Flask) -> None:
    """As if what is kept had run out."""
    with app.app_context(), one_change() as session:
        for row in session.query(ClientLogo):
            row.fresh_until = now() - datetime.timedelta(seconds=1)
