"""Whatever somebody writes into the query of a page: nothing of another workspace, and no crash."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from halo.ground.database import one_change
from halo.workspaces.models import Person
from tests import cast, factories
from tests.oauth.flow import signed_in

ODD_MOMENTS = (
    "0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59", "9999-12-31T23:59-14:00", "9999-W53-7", "1", "²",
)  # fmt: skip
ODD_NUMBERS = ("9" * 5000, "²", "-1", "nan", "inf", "1e999", "0x10", "٣")
LISTS = ("/dashboard/audit", "/dashboard/audit/changes", "/dashboard/audit/views")


@pytest.fixture
def wire(app: Flask) -> FlaskClient:
    return signed_in(app, cast.STRANGER).client


def test_a_filter_does_not_name_people_or_apps_of_another_workspace(app: Flask, wire: FlaskClient) -> None:
    with app.app_context():
        grant = factories.a_grant(client=factories.an_oauth_client("Acme's own app"), person=cast.VIEWER)
        with one_change() as rows:
            rows.get_one(Person, grant.person_id).name = "Victor of Acme"
        held = {"person": grant.person_id, "client": grant.client_row_id, "grant": grant.id, "subject": grant.id}
    for path in LISTS:
        for name, value in held.items():
            for headers in ({}, {"HX-Request": "true"}):
                answer = wire.get(path, query_string={name: value}, headers=headers)
                told = answer.text + json.dumps(dict(answer.headers))
                assert answer.status_code in (200, 422), "a page that knows the name shows nothing, another refuses it"
                assert "Victor" not in told and "own app" not in told, f"{path}?{name}"


def test_who_left_and_what_ended_is_still_named_where_it_was(app: Flask) -> None:
    with app.app_context():
        grant = factories.a_grant(client=factories.an_oauth_client("Notes"), person=cast.VIEWER)
        person_id, client_id = grant.person_id, grant.client_row_id
    browser = signed_in(app, cast.OWNER)
    assert "Notes" in browser.get("/dashboard/audit", query_string={"client": client_id}).text
    assert "somebody who is gone" not in browser.get("/dashboard/audit", query_string={"person": person_id}).text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("moment", ODD_MOMENTS)
def test_odd_moments_are_no_crash(wire: FlaskClient, moment: str) -> None:
    for path in (*LISTS, "/dashboard/audit/newer", "/dashboard/audit/export.csv"):
        for name in ("from", "until", "since"):
            for headers in ({}, {"HX-Request": "true"}):
                answer = wire.get(path, query_string={name: moment}, headers=headers, buffered=True)
                assert answer.status_code < 500, f"{path}?{name}={moment}"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_odd_numbers_are_no_crash(wire: FlaskClient, number: str) -> None:
    asked = (
        ("/dashboard/apps/idle", "days"),
        ("/dashboard/audit/newer", "started"),
        ("/dashboard/audit", "slower"),
        ("/dashboard", "days"),
        ("/dashboard/first-call", "asked"),
        ("/dashboard/connect", "since"),
        ("/dashboard/connect/progress", "since"),
    )
    for path, name in asked:
        for headers in ({}, {"HX-Request": "true"}):
            answer = wire.get(path, query_string={name: number}, headers=headers)
            assert answer.status_code < 500, f"{path}?{name}={number[:20]}"
