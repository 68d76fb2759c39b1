"""Setting a stream up, looking at it, and what of that is said, recorded and refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.audit.leaving import streams
from halo.audit.leaving.streams import WantedStream
from halo.audit.models import Stream
from halo.ground import settings
from halo.ground.database import db
from halo.ground.errors import Denied, Mistake
from halo.ground.permissions import Permission
from halo.ledger.models import Change
from tests import cast
from tests.audit.leaving.receiver import Receiver, receiver
from tests.audit.leaving.test_delivery import a_stream, member, run, settled_at_once, stream_of
from tests.audit.test_calls import a_call
from tests.cast import OWNER, STRANGER, SUPPORT
from tests.support.browser import Browser

__all__ = ["receiver", "settled_at_once"]
STREAMS = "/dashboard/audit/streams"
FIELDS: dict[str, Any] = {
    "kind": "webhook", "takes_calls": "on", "takes_changes": "on", "payloads": "masked", "begin": "now"
}  # fmt: skip


def set_up(browser: Browser, url: str, status: int = 200, **changed: Any) -> str:
    browser.post(STREAMS, FIELDS | {"address": url} | changed, status=status)
    return browser.response.text


def the_stream() -> Stream:
    db.session.rollback()
    return db.session.scalars(select(Stream).order_by(Stream.id.desc()).limit(1)).one()


def events() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Change.event).where(Change.subject_kind == "stream").order_by(Change.id)))


def test_a_webhook_is_set_up_and_its_secret_is_shown_once(app: Flask, browser: Browser, receiver: Receiver) -> None:
    said = set_up(browser.sign_in(OWNER), receiver.url, header="Authorization: Bearer shh")
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", said)
    assert secret is not None and "The log is sent to 127.0.0.1." in said
    with app.app_context():
        row = the_stream()
        again = browser.get(f"{STREAMS}/{row.id}").text
        assert "whsec_" not in browser.response.text and "shh" not in browser.response.text
        assert "Waiting for the first rows" in again and events() == ["stream.added"]
        a_call()
        assert run(row.id) == "done"
        assert receiver.messages[0].headers["authorization"] == "Bearer shh"
    browser.get(STREAMS)
    assert "Sending" in browser.page.text and "127.0.0.1" in browser.page.text


@pytest.mark.parametrize(
    ("status", "said"),
    [(204, "It answered 204 after"), (401, "401: it does not accept the credentials or the signature"),
     (404, "404: there is nothing at this address"), (302, "302: redirects are not followed"),
     (503, "503: its own trouble"), (418, "418: it did not take the message")],
)  # fmt: skip
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_test_says_what_was_answered(
    app: Flask, browser: Browser, receiver: Receiver, status: int, said: str
) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
    receiver.answer(status, b"<b>words of theirs</b>"[: 0 if status == 204 else None], Location=receiver.url)
    page = browser.sign_in(OWNER).get(f"{STREAMS}/{stream}")
    page = browser.submit("test-stream")
    assert said in page.text and "words of theirs" not in page.text
    (message,) = receiver.messages
    assert message.told["type"] == "audit.test" and message.headers["webhook-signature"].startswith("v1,")
    with app.app_context():
        assert stream_of(stream).delivered == 0


def test_a_test_of_an_address_that_is_not_public_is_not_sent(make_app: Any) -> None:
    app = make_app(allow_private_addresses=False)
    browser = Browser(app).sign_in(OWNER)
    set_up(browser, "https://localhost:8443/in")
    page = browser.submit("test-stream")
    assert "The test was not taken" in page.text and "not on the public internet" in page.text
    assert "begins with https://" in set_up(browser, "http://example.com/in", 422)


def test_pause_resume_a_new_secret_and_the_end(app: Flask, browser: Browser, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
    browser.sign_in(OWNER).get(f"{STREAMS}/{stream}")
    assert "Paused" in browser.submit("pause-stream").text
    assert "goes on where it stopped" in browser.submit("resume-stream").text
    assert "whsec_" in browser.submit("rotate-secret").text
    assert "with the old one too" in browser.page.text
    browser.submit("remove-stream")
    assert "The log stays in Halo" in browser.page.text
    with app.app_context():
        assert events() == ["stream.added", "stream.paused", "stream.resumed", "stream.secret_rotated",
                            "stream.removed"]  # fmt: skip
        assert not db.session.scalars(select(Stream)).all()
    assert "stopped sending the log to 127.0.0.1" in browser.get("/dashboard/audit/changes").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"address": ""}, "begins with https://"), ({"address": "ftp://a.test/"}, "begins with https://"),
     ({"address": "https://a.test:0x/"}, "begins with https://"),
     ({"address": "https://u:p@a.test/"}, "a header carries"),
     ({"address": "https://a.test/#x"}, "without a # part"), ({"address": "https://a.test/ö"}, "outside of ASCII"),
     ({"address": "https://a.test/" + "x" * 2000}, "begins with https://"), ({"kind": "mail"}, "Choose a webhook"),
     ({"payloads": "all"}, "Choose what of the arguments leaves"), ({"header": "no colon"}, "Name: value"),
     ({"header": "Host: a.test"}, "Name: value"), ({"header": "webhook-id: 1"}, "Name: value"),
     ({"header": "X: a\nY: b"}, "Name: value"), ({"takes_calls": "", "takes_changes": ""}, "Choose at least one"),
     ({"payloads": "readable"}, "Say why"), ({"payloads": "readable", "why": "x" * 501}, "under 500")],
)  # fmt: skip
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_does_not_fit_is_said_beside_what_was_typed(
    app: Flask, browser: Browser, wrong: dict[str, str], said: str
) -> None:
    given = FIELDS | {"address": "https://logs.test/halo", "takes_changes": ""} | wrong
    browser.sign_in(OWNER).post(STREAMS, given, status=422)
    assert said in browser.page.text
    typed = browser.page.one("input", name="address").get("value")
    assert typed == given["address"]
    with app.app_context():
        assert events() == []


def test_arguments_leave_unmasked_for_a_reason_only(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call()
        with pytest.raises(Denied):
            a_stream(receiver.url, payloads="readable", why="x", principal=member(OWNER, Permission.AUDIT_PAYLOADS))
        run(a_stream(receiver.url, payloads="readable", why="The warehouse is ours"))
        run(a_stream(receiver.url, payloads="none", takes_changes=True))
        readable, nothing = receiver.messages
        assert readable.told["data"]["rows"][0]["arguments"]["email"] == "mia@customer.test"
        assert all(row.get("arguments") is None and row.get("after") is None for row in nothing.told["data"]["rows"])
        assert OWNER not in nothing.body.decode()
        why = select(Change.why).where(Change.event == "stream.added").order_by(Change.id).limit(1)
        assert db.session.scalar(why) == "The warehouse is ours"


def test_there_are_only_so_many(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        for _ in range(3):
            a_stream(receiver.url)
        with pytest.raises(Mistake, match="3 places already"):
            a_stream(receiver.url)


def test_who_sends_the_log_out_may_read_it_and_lead_the_settings(
    app: Flask, browser: Browser, receiver: Receiver
) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
        for lacking in (Permission.AUDIT_VIEW, Permission.SETTINGS_MANAGE):
            someone = member(OWNER, lacking)
            for act in (streams.pause, streams.resume, streams.rotate, streams.remove):
                with pytest.raises(Denied):
                    act(stream, principal=someone)
            with pytest.raises(Denied):
                streams.set_up_in(principal=someone)
    browser.sign_in(SUPPORT).get(STREAMS, status=403)
    browser.get(f"{STREAMS}/{stream}", status=403)


def test_a_stream_of_another_workspace_is_not_there(app: Flask, browser: Browser, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
    browser.sign_in(STRANGER).get(f"{STREAMS}/{stream}", status=404)
    for act in ("", "/test", "/pause", "/resume", "/secret", "/removal"):
        browser.post(f"{STREAMS}/{stream}{act}", {"address": receiver.url}, status=404)
    assert "127.0.0.1" not in browser.get(STREAMS).text
    assert receiver.messages == []


def test_what_is_changed_is_recorded_without_the_address(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream(receiver.url + "?token=shh")
        wanted = WantedStream("webhook", receiver.url + "?token=new", False, True, "none", "X-Key: 1")
        streams.change(stream, wanted, settings=settings.current(), principal=member(cast.OWNER))
        row = db.session.scalars(select(Change).where(Change.event == "stream.changed")).one()
        assert row.before == {"kind": "webhook", "host": "127.0.0.1", "takes": ["calls"], "arguments": "masked"}
        assert row.after == {"kind": "webhook", "host": "127.0.0.1", "takes": ["changes"], "arguments": "none",
                             "address": "another", "header": "another"}  # fmt: skip
        assert "shh" not in str((row.before, row.after, row.subject)) and row.subject == "127.0.0.1"
