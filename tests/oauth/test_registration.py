"""Dynamic registration, as the clients of the field do it (RFC 7591)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from halo.ground.database import db, now, one_change
from halo.jobs import declared, runner, sweep
from halo.oauth import clients, transactions
from halo.oauth.models import ConsentRequest, OAuthClient
from tests.oauth.flow import REGISTER, OAuthTestClient, a_client, register, signed_in

CURSOR = [
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
]
VS_CODE = [
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "http://127.0.0.1/",
    "http://127.0.0.1:33418/",
]


def test_s13_cursor_registers_three_redirects(app: Flask) -> None:
    response = register(app, redirect_uris=CURSOR)
    assert response.status_code == 201
    assert response.get_json()["redirect_uris"] == CURSOR


def test_s13_an_unknown_custom_scheme_is_refused_with_a_reason(app: Flask) -> None:
    response = register(app, redirect_uris=["evil://callback"])
    assert response.status_code == 400
    assert response.get_json()["error"] == "invalid_redirect_uri"
    assert "cursor://" in response.get_json()["error_description"]


def test_s14_vs_code_registers_its_four(app: Flask) -> None:
    assert register(app, redirect_uris=VS_CODE).get_json()["redirect_uris"] == VS_CODE


def test_s15_registering_twice_gives_two_clients(app: Flask) -> None:
    claude = {"client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"]}
    first, second = register(app, **claude), register(app, **claude)
    assert first.status_code == second.status_code == 201
    assert first.get_json()["client_id"] != second.get_json()["client_id"]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "uri",
    [
        "https://chatgpt.com/connector/oauth/abc123",
        "https://chatgpt.com/connector_platform_oauth_redirect",
        "https://global.consent.azure-apim.net/redirect/halo-1",
        "https://claude.com/api/mcp/auth_callback",
    ],
)
def test_s16_s17_hosted_clients_register(app: Flask, uri: str) -> None:
    assert register(app, redirect_uris=[uri]).status_code == 201


def test_s16_only_the_last_segment_of_chatgpt_is_free(app: Flask) -> None:
    client = a_client(app, redirect_uris=["https://chatgpt.com/connector/oauth/one"])
    browser = signed_in(app)
    assert client.ask(browser, redirect_uri="https://chatgpt.com/connector/oauth/two").status_code == 303
    assert client.ask(browser, redirect_uri="https://chatgpt.com/connector/oauth/two/x").status_code == 400
    assert client.ask(browser, redirect_uri="https://chatgpt.com/connector/other/one").status_code == 400


def test_s17_a_wrong_registration_is_answered_in_json(app: Flask) -> None:
    response = app.test_client().post(REGISTER, data="not json", content_type="text/plain")
    assert response.status_code == 400
    assert response.get_json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize("member", ["client_uri", "logo_uri", "tos_uri", "policy_uri"])
def test_a_link_with_a_fragment_is_left_out(app: Flask, member: str) -> None:
    answer = register(app, **{member: "https://app.example/#about"})
    assert answer.status_code == 201 and member not in answer.json


def test_what_authlib_refuses_is_refused_in_json(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.oauth.registration.is_web_link", bool)
    answer = register(app, logo_uri="https://app.example/#about")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


def test_s20_a_public_client_gets_no_secret_and_whole_seconds(app: Flask) -> None:
    said = register(app, token_endpoint_auth_method="none").get_json()
    assert "client_secret" not in said
    assert "registration_client_uri" not in said
    assert type(said["client_id_issued_at"]) is int
    assert said["token_endpoint_auth_method"] == "none"
    assert said["client_id"].startswith("halo_client_")


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic", None])
def test_s20_s21_a_confidential_client_gets_a_secret(app: Flask, method: str | None) -> None:
    said = register(app, token_endpoint_auth_method=method).get_json()
    assert said["client_secret"].startswith("halo_cs_")
    assert said["client_secret_expires_at"] == 0
    assert type(said["client_secret_expires_at"]) is int
    assert said["token_endpoint_auth_method"] == (method or "client_secret_basic")


def test_s21_the_registered_method_is_enforced(app: Flask) -> None:
    client = a_client(app, token_endpoint_auth_method="client_secret_post")
    code = client.consent(signed_in(app))["code"]
    refused = client.redeem(code, client_secret=None)
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    wrong = client.redeem(code, client_secret="halo_cs_wrong")
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")
    assert client.redeem(code).status_code == 200


def test_s21_basic_authentication_works(app: Flask) -> None:
    client = a_client(app, token_endpoint_auth_method="client_secret_basic")
    code = client.consent(signed_in(app))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": client.verifier,
    }
    response = client.wire.post("/api/mcp/oauth/token", data=form, auth=(client.client_id, client.secret))
    assert response.status_code == 200


def test_s34_members_that_we_do_not_know_do_not_matter(app: Flask) -> None:
    response = register(app, application_type="native", tls_client_certificate_bound_access_tokens=True, x={"y": [1]})
    assert response.status_code == 201
    assert response.get_json()["application_type"] == "native"
    assert "x" not in response.get_json()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://a.example/"}, "invalid_redirect_uri"),
        ({"redirect_uris": [5]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/" + "x" * 3000]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/cb?code=x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["com.example.app:/cb", "http://evil.example/"]}, "invalid_redirect_uri"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"client_name": "x" * 70_000}, "invalid_client_metadata"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_right_code(app: Flask, metadata: dict, error: str) -> None:
    response = register(app, **metadata)
    assert response.status_code == 400
    assert response.get_json()["error"] == error
    assert response.get_json()["error_description"]


@pytest.mark.parametrize(
    ("redirect_uris", "taken", "reasons"),
    [
        (["http://127.0.0.1/cb", "com.example.app:/cb"], 1, ["com.example.app: is not known here"]),
        ([5, "http://127.0.0.1/cb", "http://127.0.0.1/cb", None], 1, ["is a string"]),
        ([f"https://a.example/{n}" for n in range(25)], 25, []),
        ([f"https://a.example/{n}" for n in range(201)], 200, ["first 200"]),
        ([*(f"ftp://{n}" for n in range(25)), "http://127.0.0.1/cb"], 1, [*["ftp: is not known"] * 20, "And 5 more"]),
        (["https://a.example/cb?iss=x", "https://a.example/cb?%73tate", "https://a.example/cb?error_code=1"], 1,
         ["parameter iss of its own", "parameter state of its own"]),
    ],
)  # fmt: skip
def test_redirect_uris_that_do_not_fit_are_ignored_and_told(
    app: Flask, redirect_uris: list, taken: int, reasons: list[str]
) -> None:
    said = register(app, redirect_uris=redirect_uris).get_json()
    told = said.get("ignored_redirect_uris", [])
    assert len(said["redirect_uris"]) == taken
    assert len(told) == len(reasons)
    assert all(reason in it["reason"] for it, reason in zip(told, reasons, strict=True))
    client = OAuthTestClient(app.test_client(), said["client_id"], said["redirect_uris"][-1])
    assert client.ask(signed_in(app)).status_code == 303


def test_a_scope_is_registered_in_whole_words_and_other_long_words_not_at_all(app: Flask) -> None:
    words = [f"actions:shop:tool_{n:04}" for n in range(500)]
    said = register(app, scope=" ".join(words), software_id="x" * 1001, contacts=["a@a.example", "x" * 1001]).get_json()
    kept = said["scope"].split()
    assert kept == words[: len(kept)]
    assert 7900 < len(said["scope"]) <= 8000
    assert "software_id" not in said
    assert said["contacts"] == ["a@a.example"]
    assert register(app, scope="docs:read  docs:read data:read").get_json()["scope"] == "docs:read data:read"
    assert "scope" not in register(app, scope="x" * 9000).get_json()


def test_a_name_cannot_disguise_itself(app: Flask) -> None:
    said = register(app, client_name="Cl\u202eaude\n\x00<b>").get_json()
    assert said["client_name"] == "Cl aude <b>"


@pytest.mark.parametrize("name", ["\u3164", "\u2800\u2800", "\uffa0 \u115f", "\u200b\U000e0041", "\u0301", " "])
def test_a_name_that_nobody_sees_is_none(app: Flask, name: str) -> None:
    said = register(app, client_name=name).get_json()
    assert said["client_name"] == register(app, client_name=None).get_json()["client_name"] != ""


def test_a_name_is_registered_in_the_form_that_people_read(app: Flask) -> None:
    assert register(app, client_name="Ｍｙ\u3000ａｐｐ").get_json()["client_name"] == "My app"
    assert register(app, client_name="برنامه‌ها").get_json()["client_name"] == "برنامه‌ها"


def test_the_eleventh_registration_of_an_hour_waits(app: Flask) -> None:
    for _ in range(10):
        assert register(app).status_code == 201
    response = register(app)
    assert response.status_code == 429
    assert response.get_json()["error"] == "temporarily_unavailable"
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_s26_only_clients_without_a_grant_are_forgotten(app: Flask) -> None:
    used, unused, fresh = a_client(app), a_client(app), a_client(app)
    used.connect(signed_in(app))
    with app.app_context():
        age(used.client_id, days=40)
        age(unused.client_id, days=2)
        assert clients.reap() == 1
        known = [clients.find(it.client_id) is not None for it in (used, unused, fresh)]
    assert known == [True, False, True]


def test_s26_a_job_forgets_unused_clients_and_requests_that_are_over_a_few_at_a_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, *unused = (a_client(app) for _ in range(4))
    monkeypatch.setattr(clients, "AT_ONCE", 2)
    with app.app_context():
        asked = clients.find(unused[0].client_id)
        assert asked is not None
        transactions.open_request(asked, {}, settings=app.extensions["halo"])
        for client in unused:
            age(client.client_id, days=2)
        assert db.session.scalar(select(func.count()).select_from(ConsentRequest)) == 1
        with one_change() as session:
            session.execute(update(ConsentRequest).values(expires_at=now() - datetime.timedelta(days=1)))
        job = declared.find("oauth.reap")
        units: list[int] = []
        assert job is not None
        monkeypatch.setattr(clients, "reap", _counted(clients.reap, units))
        sweep.plan(now())
        assert runner.run(job, job.name) == "done" and units == [2, 1]
        assert [clients.find(it.client_id) is not None for it in (fresh, *unused)] == [True, False, False, False]
        assert db.session.scalar(select(func.count()).select_from(ConsentRequest)) == 0


def _counted(work: Callable[[], int], results: list[int]) -> Callable[[], int]:
    def counted() -> int:
        results.append(work())
        return results[-1]

    return counted


def age(client_id: str, days: int) -> None:
    """Make a registration older than it is."""
    then = now() - datetime.timedelta(days=days)
    with one_change() as session:
        session.execute(update(OAuthClient).where(OAuthClient.client_id == client_id).values(created_at=then))
