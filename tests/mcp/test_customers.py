"""The header Halo-Customer-Token: one request, bound to the customer whom the application vouches for."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from halo.contacts.models import EndUser
from halo.ground.database import db
from halo.ledger.models import ActionExecution
from tests import cast
from tests.contacts.rows import an_end_user
from tests.contacts.site import signed
from tests.factories import a_token
from tests.mcp.speaker import Speaker

SECRET = "ha_secret_acme_identity_secret_of_the_tests"


def a_customer_token(user_id: str, secret: str = SECRET, **claims: object) -> str:
    claims = {"user_id": user_id, "exp": int(time.time()) + 60} | claims
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


@pytest.fixture
def jane(app: Flask) -> EndUser:
    with app.app_context():
        an_end_user("John Other", external_id="u-2", email="john@other.test")
        return an_end_user("Jane Doe", external_id="u-1", email="jane@northwind.test")


def reasons(app: Flask) -> list[str | None]:
    with app.app_context():
        return list(db.session.scalars(select(ActionExecution.reason).order_by(ActionExecution.id)))


@pytest.mark.usefixtures("jane")
def test_a_bound_request_sees_one_customer_and_no_parameter_that_names_one(speaker: Speaker) -> None:
    token = a_customer_token("u-1")
    bound = {it["name"]: it for it in speaker.legacy("tools/list", Halo_Customer_Token=token).json["result"]["tools"]}
    free = {it["name"]: it for it in speaker.tools()}
    assert set(bound) < set(free)
    assert not {"id", "email", "external_id"} & set(bound["data_find_user"]["inputSchema"]["properties"])
    params = {"name": "data_find_user", "arguments": {}}
    answer = speaker.legacy("tools/call", params, Halo_Customer_Token=token).json["result"]
    assert "Jane" in answer["content"][0]["text"]


def test_the_row_names_the_customer(speaker: Speaker, jane: EndUser) -> None:
    params = {"name": "data_find_user", "arguments": {}}
    speaker.legacy("tools/call", params, Halo_Customer_Token=a_customer_token("u-1"))
    with speaker.app.app_context():
        assert db.session.scalars(select(ActionExecution.end_user_id)).one() == jane.id


@pytest.mark.usefixtures("jane")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        a_customer_token("u-1", "another secret"),
        a_customer_token("u-1", exp=1),
        a_customer_token("u-9"),
    ],
)
def test_a_bad_customer_token_is_403_so_that_no_client_signs_in_again(speaker: Speaker, token: str) -> None:
    answer = speaker.legacy("ping", Halo_Customer_Token=token)
    assert answer.status_code == 403
    assert answer.json["error"]["data"]["reason"] == "customer_token_invalid"
    assert reasons(speaker.app) == ["customer_token_invalid"]


@pytest.mark.usefixtures("jane")
@pytest.mark.parametrize("user_id", ["\\u0000", "\\ud800"])
def test_a_customer_whom_no_database_can_hold_is_one_that_is_not_known(speaker: Speaker, user_id: str) -> None:
    answer = speaker.legacy("ping", Halo_Customer_Token=signed(f'{{"user_id": "{user_id}"}}'))
    assert answer.status_code == 403
    assert answer.json["error"]["data"]["reason"] == "customer_token_invalid"


def test_a_grant_that_is_bound_stays_with_its_customer(app: Flask, jane: EndUser) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token(end_user_id=jane.id))
    assert speaker.legacy("ping", Halo_Customer_Token=a_customer_token("u-1")).status_code == 200
    answer = speaker.legacy("ping", Halo_Customer_Token=a_customer_token("u-2"))
    assert (answer.status_code, answer.json["error"]["data"]["reason"]) == (403, "customer_mismatch")


def test_a_mismatch_in_the_arguments_is_a_result_that_a_model_can_read(app: Flask, jane: EndUser) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token(end_user_id=jane.id, person=cast.OWNER))
    answer = speaker.call("data_find_user", email="john@other.test").json["result"]
    assert answer["isError"]
    assert "bound to one customer" in answer["content"][0]["text"]
