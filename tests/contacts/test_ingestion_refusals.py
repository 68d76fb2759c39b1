"""The ingestion API says no in JSON, with the right status and the field, and never with a 500."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits.strategies import FixedWindowRateLimiter

from halo.contacts.models import EndUser
from halo.ground import limits
from halo.ground.database import db, one_change
from tests.contacts.site import KEY, a_user_token, an_update_token, send

OK = {"events": [{"event_type": "x"}]}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("users/identify", {}, "user_id"),
        ("users/identify", {"user_id": None}, "user_id"),
        ("users/identify", {"user_id": ["1"]}, "user_id"),
        ("users/identify", {"user_id": "x" * 256}, "user_id"),
        ("users/identify", {"user_id": "1", "traits": [1]}, "traits"),
        ("users/identify", {"user_id": "1", "traits": {"note": "x" * 20_001}}, "traits"),
        ("users/identify", {"user_id": "1", "traits": {"email": "nobody"}}, "traits.email"),
        ("users/identify", {"user_id": "1", "traits": {"mrr": "much"}}, "traits.mrr"),
        ("users/identify", {"user_id": "1", "traits": {"renewal_status": "perhaps"}}, "traits.renewal_status"),
        ("users/identify", {"user_id": "1", "traits": {"signed_up_at": "once"}}, "traits.signed_up_at"),
        ("users/identify", {"user_id": "1", "traits": {"on_contract": "yes"}}, "traits.on_contract"),
        ("users/identify", {"user_id": "1", "context": {"a": {"type": "secret", "value": 1}}}, "context.a.type"),
        ("users/identify", [], "body"),
        ("companies/identify", {"traits": {}}, "company_id"),
        ("companies/identify", {"company_id": "1", "traits": {"employee_count": 1.5}}, "traits.employee_count"),
        ("events", {"events": []}, "events"),
        ("events", {"events": [{"event_type": "x"}] * 101}, "events"),
        ("events", {"events": ["x"]}, "events[0]"),
        ("events", {"events": [{"page_url": "x"}]}, "events[0].event_type"),
        ("events", {"events": [{"event_type": "x" * 101}]}, "events[0].event_type"),
        ("events", {"events": [{"event_type": "x", "metadata": {"a": "x" * 10_001}}]}, "events[0].metadata"),
        ("tickets/create", {"subject": "x"}, "user_id"),
        ("tickets/create", {"email": "a@b.test"}, "subject"),
        ("tickets/create", {"email": "a@b.test", "subject": "x" * 1001}, "subject"),
        ("tickets/create", {"email": "a@b.test", "subject": "x", "message": "x" * 50_001}, "message"),
        ("tickets/create", {"email": "nobody", "subject": "x"}, "email"),
        ("tickets/create", {"email": "a\u200b@b.test", "subject": "x"}, "email"),
        ("tickets/create", {"email": "a@b.test", "name": "\u2800", "subject": "x"}, "name"),
        ("users/identify", {"user_id": "1\u200b"}, "user_id"),
        ("users/identify", {"user_id": "1", "traits": {"name": "Ana\u202e"}}, "traits.name"),
        ("users/identify", {"user_id": "1", "traits": {"email": "a\u3164@b.test"}}, "traits.email"),
        ("companies/identify", {"company_id": "1", "traits": {"name": "\u3164"}}, "traits.name"),
        ("companies/identify", {"company_id": "\u2060", "traits": {}}, "company_id"),
    ],
)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_bad_field_answers_400_and_is_named(client, path, body, field):
    answer = send(client, path, body)
    assert (answer.status_code, answer.json["field"]) == (400, field)
    assert answer.json["message"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("once", "“once” is no day and no moment. Write a day (2026-08-01, "),
        ("yesterday", "“yesterday” is no day and no moment. Write a day (2026-08-01, "),
        ("2026-08", "“2026-08” is no day and no moment. Write a day (2026-08-01, "),
        ("2026-02-30", "“2026-02-30” is no day and no moment. Write a day (2026-08-01, "),
        ("1780000000", "“1780000000” is no day and no moment. Write a day (2026-08-01, "),
        ("0001-01-01", "the year must lie between 1900 and 2200"),
        (1e18, "the year must lie between 1900 and 2200"),
        ([2026], "must be a day (2026-08-01, "),
        (True, "must be a day (2026-08-01, "),
    ],
)
def test_what_is_no_day_and_no_moment_is_repeated_with_what_is(client, sent, said):
    for name in ("signed_up_at", "renewal_date"):
        answer = send(client, "users/identify", {"user_id": "1", "traits": {name: sent}})
        assert (answer.status_code, answer.json["field"]) == (400, f"traits.{name}")
        assert answer.json["message"].startswith(f"traits.{name}: {said}")
        assert answer.json["message"].endswith(", or seconds since 1970.")


@pytest.mark.parametrize("claimed", ["x" * 256, "acme\u200b", "\u3164"])
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_claim_that_can_be_no_id_of_a_company_is_refused_and_not_cut(client, app, claimed):
    body = {"user_id": "7", "user_token": a_user_token("7", company_id=claimed)}
    answer = send(client, "users/identify", body)
    assert (answer.status_code, answer.json["field"]) == (400, "user_token.company_id")
    with app.app_context():
        assert db.session.query(EndUser).count() == 0


def test_a_claim_that_is_true_names_no_company(app, client):
    body = {"user_id": "7", "user_token": a_user_token("7", company_id=True)}
    assert send(client, "users/identify", body).status_code == 200
    with app.app_context():
        assert db.session.query(EndUser).filter_by(external_id="7").one().company_id is None


@pytest.mark.parametrize("email", ["o'brien@x.example", "O'BRIEN@X.EXAMPLE"])
def test_an_address_with_an_apostrophe_is_taken_and_found(app, client, email):
    traits = {"email": email, "name": "علی‌رضا ™"}
    assert send(client, "users/identify", {"user_id": "7", "traits": traits}).status_code == 200
    assert send(client, "tickets/create", {"email": email, "subject": "x"}).status_code == 201
    with app.app_context():
        user = db.session.query(EndUser).filter_by(external_id="7").one()
        assert (user.email, user.name) == ("o'brien@x.example", "علی‌رضا ™")


@pytest.mark.parametrize(
    ("path", "body", "keys"),
    [
        ("users/identify", {"user_id": "1", "traits": {"id": 1, "last_seen": 2, "name": "x"}}, ["id", "last_seen"]),
        ("companies/identify", {"company_id": "1", "traits": {"health_score": 99}}, ["health_score"]),
    ],
)
def test_reserved_traits_answer_with_the_names(client, path, body, keys):
    answer = send(client, path, body)
    assert (answer.status_code, answer.json["error"], answer.json["reserved_keys"]) == (400, "reserved_keys", keys)
    assert answer.json["docs_url"].endswith("/docs/ingestion-api")


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer ab_live_no"}]
)
def test_a_missing_or_unknown_key_answers_401(client, header):
    answer = client.post("/api/sdk/events", json=OK, headers=header)
    assert (answer.status_code, answer.json["field"]) == (401, "authorization")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"a": NaN}', b"\xff", b'"text"', b"[" * 2000, b'{"a":' * 500 + b"1" + b"}" * 500]
)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_is_no_json_object_answers_400(client, raw):
    answer = send(client, "events", data=raw, content_type="application/json")
    assert (answer.status_code, answer.json["field"]) == (400, "body")


def test_another_content_type_answers_415(client):
    assert send(client, "events", data=json.dumps(OK), content_type="text/plain").status_code == 415


def test_a_body_that_is_too_large_answers_413(client):
    body = {"events": [{"event_type": "x", "metadata": {"a": "x" * 1_000_000}}]}
    answer = send(client, "events", body)
    assert (answer.status_code, answer.json["error"]) == (413, "too_large")


def test_more_than_a_thousand_people_go_into_no_bulk_update(client):
    users = [{"user_id": str(number)} for number in range(1001)]
    assert send(client, "users/update", {"token": an_update_token(), "users": users}).json["field"] == "users"
    assert send(client, "users/update", {"token": an_update_token(), "users": users[:1000]}).json["created"] == 1000


def test_a_preflight_is_answered_without_a_key(client):
    answer = client.options("/api/sdk/users/identify", headers={"Origin": "https://shop.test"})
    assert answer.status_code == 200
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_too_many_requests_answer_429(make_app, monkeypatch):
    client = make_app().test_client()
    quota = int(limits.INGESTION_PER_KEY.split()[0])
    monkeypatch.setattr(FixedWindowRateLimiter, "hit", lambda *_args, **_more: False)
    answer = send(client, "events", OK)
    assert (answer.status_code, answer.json["error"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert str(quota) in answer.json["message"]


def test_a_zero_byte_in_text_is_stored_as_a_mark(app, client):
    assert (
        send(client, "users/identify", {"user_id": "a\x00b", "traits": {"name": "A\x00", "c\x00": "\x00"}}).status_code
        == 200
    )
    with app.app_context():
        assert db.session.query(EndUser).one().external_id == "a\ufffdb"


def test_many_small_requests_make_no_large_record(app, client):
    half = {f"key {number}": "x" * 90 for number in range(100)}
    send(client, "users/identify", {"user_id": "1", "traits": half})
    more = {f"other {key}": value for key, value in half.items()}
    answer = send(client, "users/identify", {"user_id": "1", "context": more, "traits": {"plan": "pro"}})
    assert (answer.status_code, answer.json["field"]) == (400, "traits")
    assert "already" in answer.json["message"]
    with app.app_context():
        user = db.session.query(EndUser).one()
        assert (user.custom_fields, user.context, user.plan) == (half, {}, None)
    assert send(client, "users/identify", {"user_id": "1", "traits": dict.fromkeys(half)}).status_code == 200
    assert send(client, "users/identify", {"user_id": "1", "context": more}).status_code == 200


def test_many_small_requests_make_no_large_company(client):
    for part in range(6):
        traits = {f"key {part} {number}": "x" * 90 for number in range(100)}
        answer = send(client, "companies/identify", {"company_id": "1", "traits": traits})
    assert answer.status_code == 400


def test_a_bulk_update_says_whose_record_would_be_too_large(client):
    half = {f"key {number}": "x" * 90 for number in range(150)}
    send(client, "users/identify", {"user_id": "7", "traits": half})
    users = [{"user_id": "6"}, {"user_id": "7", "traits": {f"other {key}": value for key, value in half.items()}}]
    answer = send(client, "users/update", {"token": an_update_token(), "users": users})
    assert (answer.status_code, answer.json["field"]) == (400, "traits of 7")


def test_what_is_too_large_already_can_still_be_changed_and_shrink(app, client):
    send(client, "users/identify", {"user_id": "1"})
    with app.app_context(), one_change():
        db.session.query(EndUser).one().custom_fields = {"old": "x" * 30_000, "older": "y"}
    assert (
        send(client, "users/identify", {"user_id": "1", "traits": {"older": None, "name": "Jane"}}).status_code == 200
    )
    assert send(client, "users/identify", {"user_id": "1", "traits": {"new": 1}}).status_code == 400


def test_a_failure_inside_is_said_in_json(client, monkeypatch):
    monkeypatch.setattr("halo.contacts.ingestion.events.record", lambda *_: 1 / 0)
    answer = send(client, "events", OK)
    assert (answer.status_code, answer.json["error"]) == (500, "failed")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(
    [
        "user_id",
        "traits",
        "context",
        "events",
        "event_type",
        "metadata",
        "subject",
        "email",
        "company_id",
        "users",
        "name",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["users/identify", "companies/identify", "events", "tickets/create", "users/update"]),
    body=st.dictionaries(_names, _json | st.dictionaries(_names, _json), max_size=5),
)
def test_no_body_breaks_anything(client, path, body):
    answer = client.post(
        f"/api/sdk/{path}",
        data=json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert answer.status_code in (200, 201, 400, 403, 413)
