"""The log: a line says whose request it was, an expected fault is one line, and repetition is a number."""

from __future__ import annotations

import errno
import io
import json
import logging
import logging.config
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from sqlalchemy.exc import OperationalError

from halo import gate
from halo.ground import limits
from halo.ground.settings import development_settings
from halo.ground.telemetry import door, here, logs
from tests.mcp.speaker import a_speaker
from tests.oauth.flow import signed_in

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


class Heard:
    """A logger of its own that ends in the handler of the server's configuration."""

    def __init__(self, kind: str) -> None:
        formatter, chosen = logging.Formatter(), logs.config(kind)
        formatter = chosen["formatters"]["line"]["()"]()
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(formatter)
        for name in chosen["handlers"]["stderr"]["filters"]:
            handler.addFilter(chosen["filters"][name]["()"]())
        self.log = logging.getLogger("halo.tried")
        self.log.handlers, self.log.propagate = [], False
        self.log.setLevel(logging.INFO)
        self.log.addHandler(handler)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines()]


def raised(log: logging.Logger, problem: Exception) -> None:
    try:
        raise problem  # noqa: TRY301 - so that there is a traceback
    except Exception:
        log.exception("the thing %s was not done", "here")


@pytest.fixture
def request_here() -> Iterator[here.Request]:
    request = here.Request("r-12345678", "POST", route="/w/<slug>", workspace_id="w-1", trace_id="t-1")
    here.current.set(request)
    yield request
    here.current.set(None)


def test_a_line_says_whose_request_it_was(request_here: here.Request) -> None:
    heard = Heard("json")
    heard.log.info("done")
    (said,) = heard.objects()
    assert said["message"] == "done" and said["level"] == "info" and said["logger"] == "halo.tried"
    assert said["request_id"] == "r-12345678" and said["workspace_id"] == "w-1"
    assert said["route"] == "/w/<slug>" and said["trace_id"] == "t-1"
    words = Heard("words")
    words.log.info("done")
    (line,) = words.lines()
    assert line.endswith("INFO halo.tried: done [request_id=r-12345678 trace_id=t-1 workspace_id=w-1 route=/w/<slug>]")


def test_a_line_outside_a_request_names_none() -> None:
    heard = Heard("json")
    heard.log.info("the counters were swept")
    (said,) = heard.objects()
    assert set(said) == {"at", "level", "logger", "message"}


@pytest.mark.parametrize(
    "problem",
    [
        sqlite3.OperationalError("database or disk is full"),
        psycopg.OperationalError("connection refused\nIs the server running?"),
        OperationalError("SELECT 1", {}, psycopg.OperationalError("server closed the connection")),
        redis.ConnectionError("Error 111 connecting"),
        OSError(errno.ENOSPC, "No space left on device"),
        TimeoutError("timed out"),
    ],
    ids=lambda problem: type(problem).__module__ + "." + type(problem).__name__,
)
@pytest.mark.parametrize("kind", ["json", "words"])
def test_an_expected_fault_is_one_line(kind: str, problem: Exception) -> None:
    heard = Heard(kind)
    raised(heard.log, problem)
    (line,) = heard.lines()
    assert "the thing here was not done: " in line and type(problem).__name__ in line
    assert "Traceback" not in line and "SELECT" not in line


@pytest.mark.parametrize(
    "problem", [ValueError("odd"), FileNotFoundError(errno.ENOENT, "gone"), KeyError("x")], ids=repr
)
def test_what_is_our_own_fault_keeps_its_traceback(problem: Exception) -> None:
    heard = Heard("json")
    raised(heard.log, problem)
    (said,) = heard.objects()
    assert "Traceback" in said["traceback"] and said["message"] == "the thing here was not done"


def test_what_repeats_is_said_a_few_times_and_then_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: clock[0])
    heard = Heard("json")
    for number in range(limits.LOG_LINES + 40):
        heard.log.error("the row of %d was not written", number)
    heard.log.warning("something else")
    assert len(heard.lines()) == limits.LOG_LINES + 1
    clock[0] += limits.LOG_SECONDS
    heard.log.error("the row of %d was not written", 99)
    assert heard.objects()[-1]["message"] == "the row of 99 was not written (and 40 times before, not shown)"


def test_a_storm_stays_short_among_more_sentences_than_are_told_apart() -> None:
    heard = Heard("json")
    for sentence in map(str, range(limits.LOG_SENTENCES * 2)):
        heard.log.error("the row was not written")
        heard.log.error(sentence)
    assert sum("the row" in line for line in heard.lines()) == limits.LOG_LINES


def test_news_is_never_left_out() -> None:
    heard = Heard("json")
    for number in range(limits.LOG_LINES * 3):
        heard.log.info("answered %d", number)
    assert len(heard.lines()) == limits.LOG_LINES * 3


@pytest.mark.parametrize("kind", ["json", "words"])
@pytest.mark.parametrize("text", ["/a\nERROR halo: forged", "/a\r\x1b[2Jb", "half \ud83d of a pair"])
def test_what_a_caller_wrote_begins_no_line_of_its_own(kind: str, text: str) -> None:
    heard = Heard(kind)
    heard.log.error("unhandled: %s", text)
    assert len(heard.stream.getvalue().encode("utf-8", "replace").splitlines()) == 1
    assert "\x1b" not in heard.stream.getvalue()


@one_database
def test_what_a_caller_calls_a_tool_is_in_no_line(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever fails before it is known whether there is such a tool."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(gate, "admit_call", full)
    speaker = a_speaker(app)
    assert speaker.call("secret of somebody").status_code == 503
    assert speaker.call("search_docs", query="x").status_code == 503
    said = [it.message.partition(":")[0] for it in caplog.records if it.name == "halo.perform"]
    assert said == ["a call failed", "the tool search_docs failed"]


def test_the_configuration_is_one_that_logging_takes() -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        for kind in ("json", "words"):
            logging.config.dictConfig(logs.config(kind))
    finally:
        logging.root.handlers[:], logging.root.level = before


@one_database
def test_every_answer_carries_an_id_of_ours(app: Flask) -> None:
    client = app.test_client()
    answers = [
        client.get("/healthz", headers={"X-Request-Id": "chosen-by-a-stranger"}),
        client.get("/no-such-page"),
        client.post("/api/mcp", json={}),
        client.get("/static/vendor/none.js"),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 4 and "chosen-by-a-stranger" not in ids


@one_database
@pytest.mark.parametrize(("sent", "is_kept"), [("proxy-0001.a_b", True), ("short", False), ("a b c d e f g", False)])
def test_an_id_of_our_proxy_is_kept(make_app: Any, sent: str, is_kept: bool) -> None:
    answer = make_app(proxies=1).test_client().get("/healthz", headers={"X-Request-Id": sent})
    assert (answer.headers["X-Request-Id"] == sent) is is_kept


@one_database
def test_the_page_of_a_crash_shows_the_id_of_its_line(make_app: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.testing = False
    app.add_url_rule("/broken/<secret>", "unmarked", lambda secret: secret)
    answer = signed_in(app).client.get("/broken/very-secret", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    answer.close()
    ended = next(it for it in caplog.records if it.name == "halo.request")
    assert ended.facts["status"] == 500 and "very-secret" not in caplog.text


@one_database
@pytest.mark.parametrize(("setting", "lines"), [("all", 3), ("failed", 0)])
def test_requests_get_a_line_each_where_the_setting_says_so(
    make_app: Any, caplog: pytest.LogCaptureFixture, setting: str, lines: int
) -> None:
    caplog.set_level(logging.INFO, "halo.request")
    client = make_app(log_requests=setting).test_client()
    for address in ("/healthz", "/no-such-page", "/docs"):
        client.get(address).close()
    said = [it for it in caplog.records if it.name == "halo.request"]
    assert len(said) == lines
    if said:
        assert [(it.facts["method"], it.facts["status"]) for it in said][:2] == [("GET", 200), ("GET", 404)]
        assert all(it.facts["duration_ms"] >= 0 for it in said)


def test_an_answer_that_another_thread_sends_keeps_its_request_until_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "halo.request")
    known: list[str | None] = []
    headers: list[tuple[str, str]] = []

    def application(_: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])

        def parts() -> Iterator[bytes]:
            known.append(here.request_id())
            yield b"part"

        return parts()

    watched = door.Watched(application, development_settings(log_requests="all"))
    answer = watched({"REQUEST_METHOD": "GET"}, lambda _status, said, _problem: headers.extend(said))
    assert not [it for it in caplog.records if it.name == "halo.request"]
    sender = threading.Thread(target=lambda: (list(answer), answer.close()))
    sender.start()
    sender.join()
    assert known == [dict(headers)["X-Request-Id"]]
    assert len([it for it in caplog.records if it.name == "halo.request"]) == 1
