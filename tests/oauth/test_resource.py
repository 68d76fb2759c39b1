"""The resource: however a client spells it, the token works where it should and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.settings import development_settings
from halo.oauth import resources
from tests import cast
from tests.oauth.flow import MCP, a_client, call, signed_in

SETTINGS = development_settings(base_url="https://app.halo.example")
CANONICAL = "https://app.halo.example/api/mcp"


@pytest.mark.parametrize(
    "spelling",
    [
        CANONICAL,
        CANONICAL + "/",
        "HTTPS://APP.Halo.Example/api/mcp",
        "https://app.halo.example:443/api/mcp/",
        CANONICAL + "?utm_source=docs",
        CANONICAL + "/?a=b#fragment",
    ],
)
def test_s37_s38_every_spelling_is_one_resource(spelling: str) -> None:
    assert resources.ours(SETTINGS, spelling) == CANONICAL


@pytest.mark.parametrize(
    "stranger",
    [
        "https://evil.example/api/mcp",
        "https://app.halo.example.evil.example/api/mcp",
        "https://app.halo.example:8443/api/mcp",
        "http://app.halo.example/api/mcp",
        "https://user@app.halo.example/api/mcp",
        "https://app.halo.example/API/MCP",
        "https://app.halo.example/api/mcp/other",
        "https://app.halo.example/api/mcp/w/",
        "https://app.halo.example/api/mcp/w/a/b",
        "app.halo.example/api/mcp",
        "urn:halo",
        "",
        "https://[",
    ],
)
def test_a_strangers_resource_is_not_ours(stranger: str) -> None:
    assert resources.ours(SETTINGS, stranger) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_comparison(text: str) -> None:
    assert resources.ours(SETTINGS, text) in (None, CANONICAL) or "/w/" in text
    assert resources.ours(SETTINGS, f"{CANONICAL}?{text.replace('#', '')}") in (None, CANONICAL)


@pytest.mark.parametrize("slug", ["acme", "ACME", "AcMe"])
def test_a_workspaces_address_is_one_resource_whatever_the_case_of_its_name(slug: str) -> None:
    assert resources.ours(SETTINGS, f"{CANONICAL}/w/{slug}/") == f"{CANONICAL}/w/acme"


def test_s45_what_a_token_for_either_address_serves() -> None:
    alias, other = f"{CANONICAL}/w/acme", f"{CANONICAL}/w/umbra"
    cases = {
        (CANONICAL, CANONICAL): True,
        (CANONICAL, alias): True,
        (CANONICAL, other): False,
        (alias, CANONICAL): True,
        (alias, alias): True,
        (alias, other): False,
        (other, alias): False,
        (other, CANONICAL): False,
    }
    for (held, asked), good in cases.items():
        assert resources.serves(SETTINGS, held, asked, workspace_slug="acme") is good, (held, asked)


@pytest.mark.parametrize(
    "named", [None, "{base}/api/mcp", "{base}/api/mcp/", "{base}/api/mcp?utm_source=x", "{base}/api/mcp/w/acme"]
)
def test_s37_s40_s45_a_token_works_on_every_address_of_its_workspace(app: Flask, named: str | None) -> None:
    base = app.extensions["halo"].base_url
    said = a_client(app).connect(signed_in(app), resource=named and named.format(base=base))
    for path, status in ((MCP, 200), (f"{MCP}/w/acme", 200), (f"{MCP}/w/umbra", 401)):
        assert call(app, said["access_token"], path).status_code == status, path


def test_an_alias_can_be_allowed_only_by_a_member_of_that_workspace(app: Flask) -> None:
    base = app.extensions["halo"].base_url
    browser = signed_in(app, cast.STRANGER)
    a_client(app).consent_page(browser, resource=f"{base}/api/mcp/w/acme")
    assert "not a member" in browser.page.text
    assert not browser.page.all("button", id="allow")


def test_an_alias_of_no_workspace_looks_like_one_of_a_strangers(app: Flask) -> None:
    base = app.extensions["halo"].base_url
    browser = signed_in(app, cast.STRANGER)
    a_client(app).consent_page(browser, resource=f"{base}/api/mcp/w/nowhere")
    assert "not a member" in browser.page.text
