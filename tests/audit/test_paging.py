from __future__ import annotations

import datetime

import pytest
from flask import Flask

from halo.audit import search
from halo.audit.search import Filters
from halo.ground.database import new_id, now
from halo.ledger import moments
from tests import cast
from tests.audit.test_calls import a_call


def all_tools(workspace_id: str, filters: Filters, size: int) -> list[str | None]:
    found = search.page(workspace_id, filters, size=size, reads_payloads=True)
    tools = [row.tool for row in found.rows]
    while found.next is not None:
        found = search.page(workspace_id, filters, size=size, before=found.next, reads_payloads=True)
        tools += [row.tool for row in found.rows]
    return tools


@pytest.mark.parametrize("window", [search.WINDOW, 3, 1])
def test_pages_bring_every_row_once(app: Flask, monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    for name in ("NEAR", "WINDOW", "SPARSE_WINDOW"):
        monkeypatch.setattr(search, name, window)
    with app.app_context():
        for number in range(7):
            a_call(tool=f"tool_{number}", method="tools/call" if number % 2 else "tools/list")
        acme = cast.workspace().id
        assert all_tools(acme, Filters(), 3) == [f"tool_{number}" for number in range(6, -1, -1)]
        assert all_tools(acme, Filters(method="tools/call"), 2) == ["tool_5", "tool_3", "tool_1"]
        assert all_tools(acme, Filters(tool="tool_2", method="tools/list"), 2) == ["tool_2"]
        assert all_tools(acme, Filters(tool="tool_2", method="tools/call"), 2) == []


def test_a_page_that_stopped_looking_says_how_far(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "NEAR", 1)
    monkeypatch.setattr(search, "WINDOW", 2)
    with app.app_context():
        for _ in range(4):
            a_call()
        found = search.page(cast.workspace().id, Filters(person="nobody"))
        assert (found.rows, found.next is not None, found.seen_to is not None) == ([], True, True)


def test_a_stretch_of_time_is_a_stretch_of_ids(app: Flask) -> None:
    with app.app_context():
        a_call(tool="now_tool")
        acme, minute = cast.workspace().id, datetime.timedelta(minutes=1)
        assert all_tools(acme, Filters(since=now() - minute, until=now() + minute), 5) == ["now_tool"]
        assert all_tools(acme, Filters(until=now() - minute), 5) == []
        assert all_tools(acme, Filters(since=now() + minute), 5) == []


def test_ids_tell_their_time() -> None:
    identity = new_id()
    assert abs((moments.moment_of(identity) - now()).total_seconds()) < 1
    assert moments.first_id(moments.moment_of(identity)) <= identity
    assert moments.is_id(identity) and not moments.is_id(identity + "x")
