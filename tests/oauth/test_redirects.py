"""The redirect rules: what registers is accepted at authorize, and nothing else."""

from __future__ import annotations

import itertools
import string
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo.ground.wire import addresses
from halo.oauth import redirects
from tests.oauth.flow import AUTHORIZE, REGISTER, OAuthTestClient

GOOD = (
    "https://app.example/cb",
    "https://app.example:8443/cb?x=1",
    "http://localhost:3000/callback",
    "http://127.0.0.1/",
    "http://[::1]:9/cb",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://publisher.extension/callback",
    "https://chatgpt.com/connector/oauth/abc",
)
BAD = (
    "",
    "callback",
    "/callback",
    "//app.example/cb",
    "https:/app.example/cb",
    "https://app.example/cb#",
    "https://app.example/cb#x",
    "https://user@app.example/cb",
    "https://*.example/cb",
    "https://app.example/*",
    "http://app.example/cb",
    "http://localhost.evil.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://127.0.0.2/cb",
    "http://2130706433/",
    "http://localhost:0x50/",
    "https://app.example:99999/",
    "https://app.example\\@evil.example/",
    "https://app.example/ cb",
    "https://app.example/cb\n",
    "https://app.example/%zz",
    "https://äpp.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "cursor://evil/oauth/callback",
    "cursor:anysphere.cursor-mcp/oauth/callback",
    "vscode://publisher/callback",
    "file:///etc/passwd",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://chatgpt.com/connector/*/abc",
    "https://chatgpt.com/connector/oauth/..",
    "https://chatgpt.com/connector/oauth/.",
    "https://app.example/a/../cb",
    "https://app.example/%2e%2E/cb",
    "vscode://publisher.extension/../callback",
    "https://app.example/cb?code=1",
    "http://127.0.0.1/cb?x=1&state",
    "https://app.example/cb?%69ss=x",
    "https://app.example/cb?error=",
)


@pytest.mark.parametrize("uri", GOOD)
def test_what_clients_use_is_accepted(uri: str) -> None:
    assert redirects.problem(uri) is None


@pytest.mark.parametrize("uri", BAD)
def test_what_could_mislead_is_refused_with_a_sentence(uri: str) -> None:
    assert (redirects.problem(uri) or "").endswith(".")


@pytest.mark.parametrize("uri", [None, 5, [], {}, "https://a.example/" + "x" * 3000])
def test_what_is_no_address_is_refused(uri: object) -> None:
    assert redirects.problem(uri)


_visitors = itertools.count(1)
hosts = st.sampled_from(["localhost", "127.0.0.1", "[::1]", "app.example", "LOCALHOST", "evil.example", "chatgpt.com"])
ports = st.sampled_from(["", ":1", ":80", ":65535", ":0", ":70000", ":x"])
paths = st.one_of(
    st.sampled_from(["", "/", "/cb", "/connector/oauth/x", "/a/../b"]), st.text("/ab%2F.*@:\\?#", max_size=8)
)
uris = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["http://", "https://", "cursor://", "ftp://", "//", ""]),
        hosts,
        ports,
        paths,
    ),
    st.text(max_size=40),
    st.text(string.printable, max_size=40).map(lambda rest: "https://" + rest),
    st.sampled_from(GOOD + BAD),
)


@given(uris)
def test_s18_whatever_registers_is_accepted_at_authorize(uri: str) -> None:
    assert redirects.matches([uri], uri) == (redirects.problem(uri) is None)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uri=uris)
def test_s18_what_register_takes_authorize_takes_and_the_rest_is_refused_at_once(app: Flask, uri: str) -> None:
    wire = app.test_client()
    visitor = {"REMOTE_ADDR": f"2001:db8:{next(_visitors):x}::1"}  # limits count by address
    registered = wire.post(REGISTER, json={"redirect_uris": [uri]}, environ_overrides=visitor)
    said = registered.get_json()
    if registered.status_code != 201:
        assert (registered.status_code, said["error"]) == (400, "invalid_redirect_uri")
        assert said["error_description"].endswith(".")
        return
    query = OAuthTestClient(wire, said["client_id"], uri).query()
    assert wire.get(AUTHORIZE, query_string=query, environ_overrides=visitor).status_code == 303


@given(st.sampled_from(GOOD), uris)
def test_what_is_accepted_beside_the_registered_one_leads_to_the_same_place(registered: str, asked: str) -> None:
    if not redirects.matches([registered], asked) or asked == registered:
        return
    one, other = urlsplit(registered), urlsplit(asked)
    if one.hostname == "chatgpt.com":
        assert other.hostname == "chatgpt.com"
        assert other.path.startswith("/connector/oauth/")
        assert other.path.count("/") == 3
    else:
        assert {one.hostname, other.hostname} <= redirects.LOOPBACK
        assert (one.scheme, one.path or "/", one.query) == (other.scheme, other.path or "/", other.query)


@given(uris, uris)
def test_being_the_same_goes_both_ways(one: str, other: str) -> None:
    assert redirects.same(one, other) == redirects.same(other, one)


@given(st.sampled_from(GOOD), st.text(max_size=30))
def test_parameters_never_change_where_an_answer_goes(uri: str, state: str) -> None:
    answer = addresses.extended(uri, [("code", "c"), ("state", state)])
    assert answer.startswith(uri)
    assert urlsplit(answer).netloc == urlsplit(uri).netloc
    assert dict(parse_qsl(urlsplit(answer).query, keep_blank_values=True))["state"] == state


@given(uris)
def test_every_accepted_destination_can_be_told_to_a_person_and_to_the_browser(uri: str) -> None:
    if redirects.problem(uri) is None:
        to = redirects.destination(uri)
        assert to.words
        assert not set(to.csp) & set("; ,'\"")
