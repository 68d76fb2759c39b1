"""The widget key is public: nobody becomes somebody else by it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from halo.contacts.models import EndUser
from halo.database import db
from tests.contacts.site import a_user_token, demand_identity, send


@pytest.fixture
def strict(app: Flask) -> None:
    with app.app_context():
        demand_identity()


@pytest.mark.usefixtures("strict")
def test_a_vouched_end_user_does_not_take_over_who_is_known_by_an_address_only(app: Flask, client: FlaskClient) -> None:
    send(client, "tickets/create", {"email": "victim@x.test", "subject": "My invoice"})
    mine = {"user_id": "mallory", "user_token": a_user_token("mallory"), "email": "victim@x.test", "subject": "Hello"}
    assert send(client, "tickets/create", mine).status_code == 201
    with app.app_context():
        [victim] = db.session.scalars(
            select(EndUser).where(EndUser.email == "victim@x.test").order_by(EndUser.id).limit(1)
        )
        assert victim.external_id is None


@pytest.mark.usefixtures("strict")
def test_a_token_that_names_a_company_is_good_for_that_company_only(client: FlaskClient) -> None:
    token = a_user_token("mallory", company_id="small")
    asked = {"company_id": "big", "user_id": "mallory", "user_token": token}
    assert send(client, "companies/identify", asked).status_code == 403
    assert send(client, "companies/identify", asked | {"company_id": "small"}).status_code == 200


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("claims", [{}, {"company_id": ""}, {"company_id": None}])
def test_nobody_joins_a_company_that_their_token_does_not_name(app: Flask, client: FlaskClient, claims: dict) -> None:
    founder = {"user_id": "ana", "user_token": a_user_token("ana", company_id="big"), "company_id": "big"}
    assert send(client, "companies/identify", founder).status_code == 200
    for company in ("big", "not-there-yet"):
        asked = {"company_id": company, "user_id": "mallory", "user_token": a_user_token("mallory", **claims)}
        refused = send(client, "companies/identify", asked)
        assert refused.status_code == 403 and "needs the claim company_id" in refused.json["message"]
    with app.app_context():
        assert [user.external_id for user in db.session.scalars(select(EndUser))] == ["ana"]
