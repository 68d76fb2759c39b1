"""Servers that mean harm, met through the whole line: each call ends in our words, with one row; others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo import create_app
from halo.ground import limits, per_app
from halo.ground.database import db
from halo.ledger import started
from halo.ledger.models import ActionExecution, StartedCall
from halo.perform import UNKNOWN, Answered
from tests.ground.outbound.servers import raw
from tests.servers.connected import FIND, SHIP, a_person, a_server, answered, call
from tests.servers.test_hostile import BODIES, PATIENCE, TALKS
from tests.servers.upstream import MODERN, Asked, events, modern, theirs
from tests.spine.test_started import NOW
from tests.support import stores
from tests.support.parts import ROOT

SPOKEN = ("says nothing", "drips a body", "drips events of others", "floods a body", "floods one event", "packs a bomb")
ANSWERED = ("forged frames", "sends inward", "echoes the token", "nested 5,000 deep", "an error with a code of 1 MB")
SECONDS = 1
ARGUMENTS = {"email": "a@b.test", "order": "1"}


@pytest.fixture
def crowd(app: Flask) -> Iterator[dict[str, str]]:
    """Slug of each hostile server -> what it does; beside them `well`, which is well."""
    with ExitStack() as open_, app.app_context():
        urls = {name: f"http://127.0.0.1:{open_.enter_context(raw(TALKS[name]))}/mcp" for name in SPOKEN}
        urls |= {name: open_.enter_context(theirs(BODIES[name])).url for name in ANSWERED}
        a_server(open_.enter_context(theirs(modern)).url, FIND, slug="well", protocol_version=MODERN)
        slugs = {f"h{number}": name for number, name in enumerate(urls)}
        for slug, name in slugs.items():
            a_server(urls[name], SHIP, slug=slug, protocol_version=MODERN, call_seconds=SECONDS)
        yield slugs


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_each_ends_in_its_time_with_one_row_while_others_are_answered(app: Flask, crowd: dict[str, str]) -> None:
    ended: dict[str, tuple[Any, float]] = {}

    def attack(slug: str) -> None:
        began = time.monotonic()
        with app.app_context():
            ended[slug] = call(a_person(), f"{slug}__ship", ARGUMENTS), time.monotonic() - began

    threads = [threading.Thread(target=attack, args=(slug,)) for slug in crowd]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert not answered(a_person(), "well__find_orders", ARGUMENTS).answer.is_error
    for thread in threads:
        thread.join(PATIENCE)
    assert ended.keys() == crowd.keys()
    for slug, (done, seconds) in ended.items():
        assert isinstance(done, Answered)
        assert done.answer.is_error, crowd[slug]
        assert seconds < PATIENCE
        for word in ("<", "\x00", "stolen", "meta-data", "169.254", "xxxx"):
            assert word not in done.answer.text, crowd[slug]
    db.session.rollback()
    rows = db.session.scalars(select(ActionExecution).where(ActionExecution.integration.in_(crowd))).all()
    assert sorted(row.integration or "" for row in rows) == sorted(crowd)
    assert {row.outcome for row in rows} <= {"unknown", "tool_error"}
    assert db.session.scalar(select(func.count()).select_from(StartedCall)) == 0


@pytest.mark.parametrize("depth", [201, 900])
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_answer_that_is_nested_too_deep_is_told_as_that(app: Flask, depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    with app.app_context(), theirs(lambda asked: modern(asked, called={"structuredContent": deep})) as upstream:
        a_server(upstream.url, FIND, protocol_version=MODERN)
        done = answered(a_person(), "shop__find_orders", ARGUMENTS)
    assert done.answer.text == "The answer is nested deeper than 200 levels."


def test_frames_that_answer_nobody_are_nobodys_answer(app: Flask) -> None:
    """An answer that was sent for another request, between it one of ours, both in one stream."""

    def behaves(asked: Asked) -> Any:
        if asked.rpc != "tools/call":
            return modern(asked)
        number = asked.body["id"]
        of = [{"type": "text", "text": "stolen"}], [{"type": "text", "text": "ours"}]
        return events(
            {"jsonrpc": "2.0", "id": number + 1, "result": {"content": of[0]}},
            {"jsonrpc": "2.0", "id": str(number), "result": {"content": of[0]}},
            {"jsonrpc": "2.0", "method": "notifications/message", "params": {"content": of[0]}},
            {"jsonrpc": "2.0", "id": number, "result": {"content": of[1]}},
            {"jsonrpc": "2.0", "id": number, "result": {"content": of[0]}},
        )

    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, FIND, protocol_version=MODERN)
        assert answered(a_person(), "shop__find_orders", ARGUMENTS).answer.text == "ours"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_slow_server_holds_no_more_threads_than_its_share(app: Flask) -> None:
    """Eight calls are under way, as many wait for a moment, and whoever comes on top is told at once."""
    let_go, inside = threading.Event(), threading.Semaphore(0)

    def behaves(asked: Asked) -> Any:
        if asked.rpc == "tools/call":
            inside.release()
            let_go.wait(PATIENCE)
        return modern(asked)

    said: list[str] = []

    def ask() -> None:
        with app.app_context():
            said.append(answered(a_person(), "slow__ship", ARGUMENTS).answer.text)

    with app.app_context(), theirs(behaves) as upstream, theirs(modern) as well:
        a_server(upstream.url, SHIP, slug="slow", protocol_version=MODERN)
        a_server(well.url, FIND, slug="well", protocol_version=MODERN)
        threads = [threading.Thread(target=ask) for _ in range(limits.SERVER_CALLS_AT_ONCE)]
        for thread in threads:
            thread.start()
            assert inside.acquire(timeout=PATIENCE)
        done = answered(a_person(), "slow__ship", ARGUMENTS)
        assert "are under way" in done.answer.text
        assert UNKNOWN not in done.answer.text
        assert not answered(a_person(), "well__find_orders", ARGUMENTS).answer.is_error
        let_go.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert said == ["hello"] * limits.SERVER_CALLS_AT_ONCE
        assert upstream.said().count("tools/call") == limits.SERVER_CALLS_AT_ONCE


CALLS = """
import sys
from pathlib import Path
import halo
from tests.servers.connected import a_person, call
from tests.support.stores import Store
kind, instance, url = sys.argv[1:]
with halo.create_app(Store(kind, Path(instance), url).settings()).app_context():
    print("calls", flush=True)
    call(a_person(), "shop__ship", {"order": "1"})
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_process_that_is_killed_while_a_server_writes_is_told_as_unknown_and_nothing_is_sent_twice(
    kind: str, tmp_path: Path
) -> None:
    """`kill -9` when the request has arrived and before it is answered."""
    store = stores.separate(kind, tmp_path)
    child: list[subprocess.Popen[bytes]] = []

    def behaves(asked: Asked) -> Any:
        if asked.rpc == "tools/call":
            os.kill(child[0].pid, signal.SIGKILL)
        return modern(asked)

    app = create_app(store.settings())
    with theirs(behaves) as upstream, app.app_context():
        a_server(upstream.url, SHIP, protocol_version=MODERN)
        command = [sys.executable, "-c", CALLS, kind, str(store.instance), store.url]
        child.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL))
        assert child[0].wait(PATIENCE * 2) == -signal.SIGKILL
        for _ in range(2):
            started.sweep(after=NOW)
        db.session.rollback()
        (row,) = db.session.scalars(select(ActionExecution)).all()
        assert (row.tool, row.outcome, row.reason) == ("shop__ship", "unknown", "interrupted")
        assert db.session.scalar(select(func.count()).select_from(StartedCall)) == 0
        assert upstream.said().count("tools/call") == 1
    per_app.close(app)
