"""A redirect URI is what it looks like."""

from __future__ import annotations

import pytest
from flask import Flask

from halo.oauth import redirects
from tests.oauth.flow import register


@pytest.mark.parametrize(
    "uri",
    [
        "http://[::1].evil.example/cb", "http://evil.example[::1]/cb", "https://[::1]evil.example/cb",
        "http://[::1]:80:90/cb", "http://[::1]:x/cb",
    ],
)  # fmt: skip
def test_what_stands_round_brackets_is_no_loopback_host(uri: str) -> None:
    assert redirects.problem(uri)


@pytest.mark.parametrize("uri", ["http://[::1]/cb", "http://[::1]:8000/cb", "https://[2606:4700::1]/cb"])
def test_addresses_in_brackets_stay_good(uri: str) -> None:
    assert redirects.problem(uri) is None


def test_a_client_without_a_name_and_with_an_endless_host_registers(app: Flask) -> None:
    host = ".".join(["a" * 60] * 10)
    assert register(app, client_name=None, redirect_uris=[f"https://{host}/cb"]).status_code == 201
