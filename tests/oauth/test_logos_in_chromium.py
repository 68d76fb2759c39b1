"""Chromium: a logo that arrives stands alone, and where none can be had nothing but the initials is seen."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.consent.test_consent_in_chromium import asking
from tests.oauth.documents import Vendor, vendor
from tests.support.live import LiveServer
from tests.support.tabs import come_in, complaints

__all__ = ["vendor"]
pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
CALLBACK = "http://127.0.0.1:8765/callback"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAEklEQVR42mP8z8DwnwEIGBkQAAAl9QP/K9qFkgAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize(("image", "is_seen"), [(PNG, True), (b"no picture", False)])
def test_a_logo_that_arrives_stands_alone(
    live_server: LiveServer, browser_context: Any, vendor: Vendor, image: bytes, is_seen: bool
) -> None:
    vendor.answers["/logo.png"] = (200, {"Content-Type": "image/png"}, image)
    document = vendor.serve("/client.json", logo_uri=vendor.url + "/logo.png", redirect_uris=[CALLBACK])
    page = come_in(browser_context, live_server)
    problems = complaints(page)
    with page.expect_response("**/dashboard/logos/*"):
        page.goto(asking(live_server, document, CALLBACK))
    mark = page.locator(".consent-marks .avatar")
    if is_seen:
        expect(mark.locator("span")).to_be_hidden()
    expect(page.locator("#who img[data-logo]")).to_have_js_property("complete", True)
    expect(mark.locator("span")).to_be_visible(visible=not is_seen)
    assert problems == []
