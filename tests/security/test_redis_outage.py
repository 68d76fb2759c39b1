"""Without its Redis Halo goes on: limits are counted in a file, and operators are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.ground import limits
from halo.ground.database import db
from halo.health import doctor
from halo.ledger.models import ActionExecution
from tests import cast
from tests.contacts.site import KEY
from tests.mcp.speaker import a_speaker
from tests.oauth.flow import TOKEN, a_client
from tests.support.browser import Browser
from tests.support.redis_server import OwnRedis

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
MakeApp = Callable[..., Flask]
OUTAGES = pytest.mark.parametrize("outage", ["stop", "freeze"])
REGISTRATION = {"redirect_uris": ["https://client.example/callback"], "client_name": "Client"}


def rows(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ActionExecution)) or 0


@OUTAGES
def test_every_door_goes_on_and_every_call_has_its_row(make_app: MakeApp, own_redis: OwnRedis, outage: str) -> None:
    app = make_app(redis_url=own_redis.url)
    speaker, known = a_speaker(app), a_client(app)
    assert speaker.call("search_docs", query="x").status_code == 200
    getattr(own_redis, outage)()
    assert speaker.call("search_docs", query="x").status_code == 200
    assert speaker.call("no_such_tool").json["error"]["data"]["reason"] == "tool_unknown"
    assert rows(app) == 3
    assert known.refresh("halo_rt_unknown").status_code == 400
    assert app.test_client().post("/api/mcp/oauth/register", json=REGISTRATION).status_code == 201
    assert Browser(app).sign_in(cast.OWNER).at == "/dashboard"
    assert app.test_client().get("/api/mcp/oauth/authorize").status_code == 400
    assert app.test_client().post(TOKEN, data={}).status_code == 400


@OUTAGES
def test_limits_hold_meanwhile(
    make_app: MakeApp, own_redis: OwnRedis, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.DEFAULTS, "calls_per_client", 3)  # type: ignore[arg-type]
    app = make_app(redis_url=own_redis.url)
    getattr(own_redis, outage)()
    speaker = a_speaker(app)
    assert [speaker.call("search_docs", query="x").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    browser = Browser(app)
    browser.get("/signin")
    for _ in range(10):
        browser.submit("signin", email=cast.OWNER, password="wrong-wrong", status=422)
    browser.submit("signin", email=cast.OWNER, password=cast.PASSWORD, status=429)


@OUTAGES
def test_operators_are_told_while_it_lasts(
    make_app: MakeApp, own_redis: OwnRedis, outage: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(redis_url=own_redis.url)
    assert app.test_client().get("/readyz").json["checks"]["counters"] == "ok"
    getattr(own_redis, outage)()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            a_speaker(app).call("search_docs", query="x")
    assert [it.levelname for it in caplog.records if "Redis does not answer" in it.message] == ["WARNING"]
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert "Redis does not answer" in answer.json["checks"]["counters"]
    with app.app_context():
        said = doctor.examine(app.extensions["halo"], lambda _: [])
    assert any(it.kind == "problem" and "Redis does not answer" in it.sentence for it in said)


@OUTAGES
def test_it_counts_in_redis_again_when_that_is_back(
    make_app: MakeApp,
    own_redis: OwnRedis,
    outage: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("halo.ground.shared_counters.PAUSE_SECONDS", 0)
    app = make_app(redis_url=own_redis.url)
    getattr(own_redis, outage)()
    with app.app_context():
        limits.count("a key of this test")
    getattr(own_redis, {"stop": "start", "freeze": "thaw"}[outage])()
    with app.app_context():
        assert limits.count("another key of this test") == 1
        assert limits.count("another key of this test") == 2
    told = [it.message.partition(" (")[0] for it in caplog.records if "Redis" in it.message]
    assert told == ["Redis does not answer", "Redis answers again, and limits are counted there"]
    assert app.test_client().get("/readyz").json["status"] == "ok"


def test_one_caller_looks_whether_it_is_back_and_the_others_do_not_wait(
    make_app: MakeApp, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(redis_url=own_redis.url)
    own_redis.freeze()
    with app.app_context():
        storage = limits.limiter().storage
    asked = []
    monkeypatch.setattr(storage, "_redis", lambda: asked.append(1) or (_ for _ in ()).throw(TimeoutError()))
    with app.app_context():
        for _ in range(50):
            limits.count("a key of this test")
    assert len(asked) == 1


@pytest.fixture(params=["no Redis is named", "Redis is gone"])
def uncounted(request: pytest.FixtureRequest, make_app: MakeApp, own_redis: OwnRedis) -> Flask:
    """An app that can count nowhere: where its file should be there is a folder."""
    app = make_app(redis_url=own_redis.url if request.param == "Redis is gone" else "")
    own_redis.stop()
    _file(app).unlink(missing_ok=True)
    _file(app).mkdir()
    return app


def _file(app: Flask) -> Path:
    return Path(app.extensions["halo"].instance) / "counters"


def test_where_nothing_can_be_counted_every_door_says_when_to_come_back(
    uncounted: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    speaker, browser, client = a_speaker(uncounted), Browser(uncounted), uncounted.test_client()
    called = speaker.call("search_docs", query="x")
    assert (called.status_code, called.json["error"]["data"]["reason"]) == (503, "unavailable")
    with uncounted.app_context():
        written = db.session.scalars(select(ActionExecution)).one()
    assert (written.outcome, written.reason) == ("failed", "unavailable")
    token = client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": "x", "client_id": "y"})
    registered = client.post("/api/mcp/oauth/register", json=REGISTRATION)
    sent = client.post("/api/sdk/events", json={"events": []}, headers={"Authorization": f"Bearer {KEY}"})
    browser.get("/signin")
    browser.submit("signin", email=cast.OWNER, password=cast.PASSWORD, status=503)
    assert [it.status_code for it in (token, registered, sent)] == [503] * 3
    assert all(int(it.headers["Retry-After"]) >= 1 for it in (called, token, registered, sent))
    assert not [it for it in caplog.records if it.exc_info]
    _file(uncounted).rmdir()
    assert speaker.call("search_docs", query="x").status_code == 200


def test_operators_are_told_that_nothing_can_be_counted(uncounted: Flask) -> None:
    assert uncounted.test_client().get("/healthz").status_code == 200
    answer = uncounted.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert answer.json["checks"]["counters"] == "the file of this machine cannot be used"
    with uncounted.app_context():
        said = doctor.examine(uncounted.extensions["halo"], lambda _: [])
    assert any(it.kind == "problem" and f"{_file(uncounted)} cannot be used" in it.sentence for it in said)
    _file(uncounted).rmdir()
    assert uncounted.test_client().get("/readyz").status_code == 200


def test_a_refusal_that_cannot_be_counted_has_its_row(uncounted: Flask) -> None:
    speaker = a_speaker(uncounted, "setup:read")
    assert speaker.call("no_such_tool").json["error"]["data"]["reason"] == "tool_unknown"
    assert speaker.call("search_docs", query="x").status_code == 403
    speaker.post({"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "search_docs"}})
    assert rows(uncounted) == 3


def test_bad_posts_of_the_widget_are_answered_as_ever(make_app: MakeApp, own_redis: OwnRedis) -> None:
    app = make_app(redis_url=own_redis.url)
    own_redis.stop()
    sent = app.test_client().post("/api/sdk/events", json={}, headers={"Authorization": f"Bearer {KEY}"})
    assert sent.status_code in (400, 401)
