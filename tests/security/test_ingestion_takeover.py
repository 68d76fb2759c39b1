"""The widget key is public: nobody becomes somebody else by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from halo.contacts.models import EndUser
from halo.ground.database import db, migrate
from tests.contacts.calls import bound_to, call
from tests.contacts.rows import a_company, a_ticket
from tests.contacts.site import a_user_token, demand_identity, send
from tests.support import stores


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
@pytest.mark.parametrize("claims", [{}, *({"company_id": none} for none in ("", None, 0, False, [], {}))])
def test_nobody_joins_a_company_that_their_token_does_not_name(app: Flask, client: FlaskClient, claims: dict) -> None:
    founder = {"user_id": "ana", "user_token": a_user_token("ana", company_id="big"), "company_id": "big"}
    assert send(client, "companies/identify", founder).status_code == 200
    for company in ("big", "not-there-yet"):
        asked = {"company_id": company, "user_id": "mallory", "user_token": a_user_token("mallory", **claims)}
        refused = send(client, "companies/identify", asked)
        assert refused.status_code == 403 and "needs the claim company_id" in refused.json["message"]
    with app.app_context():
        assert [user.external_id for user in db.session.scalars(select(EndUser))] == ["ana"]


@pytest.fixture
def big(app: Flask) -> str:
    with app.app_context():
        company = a_company("Big Corp", external_id="big", domain="big.test", plan="Enterprise")
        a_ticket("Our secret plan", company_id=company.id)
        return company.id


def what_is_seen_by(app: Flask, user_id: str) -> str:
    """Everything that a caller bound to this end user is told about tickets and companies."""
    with app.app_context():
        caller = bound_to(db.session.query(EndUser).filter_by(external_id=user_id).one())
        names = ("data_find_user", "data_find_company", "data_search_tickets")
        return "".join(f"{told.text} {told.data}" for told in (call(name, caller) for name in names))


@pytest.mark.usefixtures("big")
def test_a_company_that_only_the_public_key_names_opens_nothing(app: Flask, client: FlaskClient) -> None:
    asked = {"company_id": "big", "user_id": "mallory"}
    assert send(client, "companies/identify", asked).status_code == 200
    assert send(client, "companies/identify", asked | {"user_token": a_user_token("mallory")}).status_code == 200
    seen = what_is_seen_by(app, "mallory")
    assert not [word for word in ("Big Corp", "secret plan", "big.test", "Enterprise") if word in seen]


@pytest.mark.parametrize("path", ["companies/identify", "users/identify"])
def test_a_token_that_names_the_company_proves_it(app: Flask, client: FlaskClient, big: str, path: str) -> None:
    send(client, "companies/identify", {"company_id": "big", "user_id": "ana"})
    token = a_user_token("ana", company_id="big")
    assert send(client, path, {"company_id": "big", "user_id": "ana", "user_token": token}).status_code == 200
    assert "secret plan" in what_is_seen_by(app, "ana")
    send(client, "companies/identify", {"company_id": "big", "user_id": "ana"})
    assert "secret plan" in what_is_seen_by(app, "ana"), "it is the company that the token named"
    send(client, "companies/identify", {"company_id": "elsewhere", "user_id": "ana"})
    assert "elsewhere" not in what_is_seen_by(app, "ana")
    send(client, "companies/identify", {"company_id": "big", "user_id": "ana"})
    assert "secret plan" not in what_is_seen_by(app, "ana")


def test_the_team_is_shown_the_company_all_the_same(app: Flask, client: FlaskClient, big: str) -> None:
    send(client, "companies/identify", {"company_id": "big", "user_id": "mallory"})
    with app.app_context():
        assert call("data_find_user", external_id="mallory").data["user"]["company"]["id"] == big


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_companies_of_before_are_unproven_where_the_public_key_could_have_named_them(kind: str, tmp_path: Path) -> None:
    url = stores.separate(kind, tmp_path / "instance").settings().sqlalchemy_url
    migrate.downgrade(url, "0012")
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for name in ("named", "imported", "alone"):
            connection.execute(_OF_BEFORE[0], {"id": name})
            connection.execute(_OF_BEFORE[1], {"id": name, "key": None if name == "imported" else name})
        connection.execute(text("UPDATE end_users SET company_id = NULL WHERE id = 'alone'"))
    migrate.upgrade(url)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        marks = connection.execute(text("SELECT id, company_unproven FROM end_users ORDER BY id")).all()
    assert [(name, bool(mark)) for name, mark in marks] == [("alone", False), ("imported", False), ("named", True)]


_SAME = "'{}', '{}', '2026-01-01', '2026-01-01'"
_OF_BEFORE = (
    text(
        "INSERT INTO companies (workspace_id, id, name, source, custom_fields, context, created_at, updated_at) "
        f"SELECT max(id), :id, 'Big', 'api', {_SAME} FROM workspaces"
    ),
    text(
        "INSERT INTO end_users (workspace_id, id, company_id, external_id, source, custom_fields, context, created_at, "
        f"updated_at) SELECT max(id), :id, :id, :key, 'api', {_SAME} FROM workspaces"
    ),
)
