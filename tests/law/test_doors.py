"""One line for every call, one kind of credential for every door, and no view without one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from halo.web import Need
from tests import cast
from tests.factories import a_token
from tests.law.test_imports import modules
from tests.oauth.flow import call, signed_in

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
READING = {"GET", "HEAD", "OPTIONS"}


def test_only_perform_calls_a_tool() -> None:
    readers = {
        name
        for name, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr == "handler"
    }
    assert readers == {"perform"}, "a tool is called through halo.perform: the gate before it, the audit row after it"


@one_database
def test_an_unmarked_view_answers_500_and_does_not_run(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.testing = False
    app.add_url_rule("/unmarked", "unmarked", lambda: "came in", methods=["GET", "POST"])
    for answer in (app.test_client().get("/unmarked"), signed_in(app).client.post("/unmarked")):
        assert answer.status_code == 500
        assert "came in" not in answer.text


@one_database
def test_doors_for_cookies_refuse_a_bearer_token(app: Flask) -> None:
    with app.app_context():
        bearer = {"Authorization": f"Bearer {a_token('docs:read setup:read data:read actions:*')}"}
    assert call(app, bearer["Authorization"].split()[1]).status_code == 200
    assert signed_in(app).client.get("/dashboard").status_code == 200
    doors = list(addresses(app, "cookie"))
    assert len(doors) > 50
    for method, address in doors:
        plain, sent = (app.test_client().open(address, method=method, headers=it) for it in ({}, bearer))
        assert sent.status_code >= 300, (method, address)
        assert (sent.status_code, sent.headers.get("Location")) == (plain.status_code, plain.headers.get("Location"))


@one_database
@pytest.mark.parametrize("credential", ["bearer", "widget_key"])
def test_doors_for_tokens_and_keys_refuse_a_cookie(app: Flask, credential: str) -> None:
    browser: FlaskClient = signed_in(app, cast.OWNER, cast.ACME).client
    doors = [(method, address) for method, address in addresses(app, credential) if method not in READING]
    assert doors
    for method, address in doors:
        answer = browser.open(address, method=method, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert answer.status_code == 401, (method, address)


@one_database
def test_doors_for_the_widget_key_refuse_a_bearer_token(app: Flask) -> None:
    with app.app_context():
        bearer = {"Authorization": f"Bearer {a_token()}"}
    for method, address in addresses(app, "widget_key"):
        assert app.test_client().open(address, method=method, headers=bearer, json={}).status_code == 401


def addresses(app: Flask, credential: str) -> Iterator[tuple[str, str]]:
    """(method, address) of every route whose door takes this credential, with something in place of its parameters."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        need: Need = app.view_functions[rule.endpoint].need  # type: ignore[attr-defined]
        if need.credential == credential:
            address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "x1"))
            yield from ((method, address) for method in sorted(rule.methods or ()) if method not in READING - {"GET"})
