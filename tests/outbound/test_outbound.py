"""The way out: no private address, no detour, no endless answer."""

from __future__ import annotations

import gzip

import pytest

from halo import outbound
from halo.errors import UpstreamFailed
from halo.settings import development_settings
from tests.oauth.documents import Vendor, vendor

__all__ = ["vendor"]
OPEN = development_settings(allow_private_addresses=True)
GUARDED = development_settings(environment="production", base_url="https://halo.example")


@pytest.mark.parametrize(
    "url", ["https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"]
)
def test_a_name_for_loopback_is_refused(url: str) -> None:
    with outbound.client(GUARDED, seconds=1) as client, pytest.raises(UpstreamFailed, match="public internet"):
        client.get(url)


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/"])
def test_only_https_leaves_production(url: str) -> None:
    with outbound.client(GUARDED, seconds=1) as client, pytest.raises(UpstreamFailed, match="https"):
        client.get(url)


def test_a_redirect_is_not_followed_and_the_name_is_kept(vendor: Vendor) -> None:
    vendor.answers["/"] = (302, {"Location": "http://169.254.169.254/"}, b"")
    with outbound.client(OPEN, seconds=2) as client:
        response = client.get(vendor.url + "/")
    assert response.status_code == 302
    assert vendor.asked == ["/"]


def test_localhost_is_reached_by_whichever_address_answers(vendor: Vendor) -> None:
    vendor.answers["/x"] = (200, {}, b"hello")
    with outbound.client(OPEN, seconds=2) as client:
        assert client.get(vendor.url.replace("127.0.0.1", "localhost") + "/x").text == "hello"


def test_an_answer_is_read_up_to_its_limit(vendor: Vendor) -> None:
    vendor.answers["/big"] = (200, {}, b"x" * 5000)
    with outbound.client(OPEN, seconds=2) as client:
        with client.stream("GET", vendor.url + "/big") as response:
            assert len(outbound.capped(response, 5000, seconds=2)) == 5000
        with client.stream("GET", vendor.url + "/big") as response, pytest.raises(UpstreamFailed, match="longer"):
            outbound.capped(response, 4999, seconds=2)


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate", "br", "identity, gzip"])
def test_a_compressed_answer_is_never_unpacked(vendor: Vendor, coding: str) -> None:
    vendor.answers["/bomb"] = (200, {"Content-Encoding": coding}, gzip.compress(gzip.compress(b" " * 100_000)))
    with (
        outbound.client(OPEN, seconds=2) as client,
        client.stream("GET", vendor.url + "/bomb") as response,
        pytest.raises(UpstreamFailed, match="compressed"),
    ):
        assert response.request.headers["Accept-Encoding"] == "identity"
        outbound.capped(response, 1_000_000, seconds=2)


def test_an_answer_that_says_identity_is_read(vendor: Vendor) -> None:
    vendor.answers["/plain"] = (200, {"Content-Encoding": "Identity"}, b"hello")
    with outbound.client(OPEN, seconds=2) as client, client.stream("GET", vendor.url + "/plain") as response:
        assert outbound.capped(response, 5, seconds=2) == b"hello"


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    with outbound.client(OPEN, seconds=1) as client, pytest.raises(UpstreamFailed, match="not known"):
        client.get("https://nowhere.invalid/")
