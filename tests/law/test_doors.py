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
from tests.law import test_isolation
from tests.law.test_imports import modules
from tests.law.test_isolation import NOT_ACME, Acme, values_of
from tests.oauth.flow import call, signed_in

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
READING = {"GET", "HEAD", "OPTIONS"}
acme = test_isolation.acme


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
@pytest.mark.parametrize(("person", "workspace"), [(cast.OWNER, cast.ACME), (cast.STRANGER, cast.UMBRA)])
def test_doors_for_cookies_refuse_a_bearer_token(app: Flask, acme: Acme, person: str, workspace: str) -> None:
    """One of the workspace whose things the addresses name, and one of the workspace next door."""
    token = a_token("docs:read setup:read data:read actions:*", person=person, workspace=workspace)
    assert call(app, token).status_code == 200
    doors = list(addresses(app, "cookie", acme))
    assert len(doors) > 50
    for method, address in doors:
        plain, sent = (answer_of(app.test_client(), method, address, it) for it in ("", f"Bearer {token}"))
        assert sent == plain and sent[0] >= 300, (method, address)


@one_database
def test_every_door_for_cookies_opens_to_one(app: Flask, acme: Acme) -> None:
    """The laws beside this one knock at what is there: the owner's cookie finds it, and is answered otherwise."""
    browser: FlaskClient = signed_in(app, cast.OWNER, cast.ACME).client
    named = {value for values in acme.named.values() for value in values}
    for method, address in addresses(app, "cookie", acme):
        if method == "GET":
            opened = answer_of(browser, method, address)
            assert opened != answer_of(app.test_client(), method, address), address
            is_there = opened[0] != 404 or address.startswith("/dashboard/logos/")  # this application has none
            assert is_there or not named.intersection(address.split("/")), address


@one_database
@pytest.mark.parametrize("credential", ["bearer", "widget_key"])
def test_doors_for_tokens_and_keys_refuse_a_cookie(app: Flask, acme: Acme, credential: str) -> None:
    browser: FlaskClient = signed_in(app, cast.OWNER, cast.ACME).client
    doors = [(method, address) for method, address in addresses(app, credential, acme) if method not in READING]
    assert doors
    for method, address in doors:
        answer = browser.open(address, method=method, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert answer.status_code == 401, (method, address)


@one_database
def test_doors_for_the_widget_key_refuse_a_bearer_token(app: Flask, acme: Acme) -> None:
    bearer = {"Authorization": f"Bearer {a_token()}"}
    for method, address in addresses(app, "widget_key", acme):
        assert app.test_client().open(address, method=method, headers=bearer, json={}).status_code == 401


def answer_of(client: FlaskClient, method: str, address: str, authorization: str = "") -> tuple[int, str | None]:
    """Its status, and where it leads."""
    answer = client.open(address, method=method, headers={"Authorization": authorization} if authorization else {})
    return answer.status_code, answer.headers.get("Location")


def addresses(app: Flask, credential: str, acme: Acme) -> Iterator[tuple[str, str]]:
    """(method, address) of every route whose door takes this credential, with what Acme has in place of its parameters;
    anything where they name nothing of a workspace."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        need: Need = app.view_functions[rule.endpoint].need  # type: ignore[attr-defined]
        if need.credential == credential:
            is_ours = rule.endpoint not in NOT_ACME
            values = {name: values_of(rule.endpoint, name, acme)[0] if is_ours else "x1" for name in rule.arguments}
            address = adapter.build(rule.endpoint, values)
            yield from ((method, address) for method in sorted(rule.methods or ()) if method not in READING - {"GET"})
