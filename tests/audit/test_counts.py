from __future__ import annotations

import datetime
from itertools import pairwise
from typing import Any

from flask import Flask

from halo.audit.counting import counts
from halo.audit.search import Filters
from halo.ground.database import new_id, now
from tests import cast
from tests.audit.test_calls import a_call

HOUR = datetime.timedelta(hours=1)


def over_the_last_hour(**filters: Any) -> list[counts.Bucket]:
    acme, end = cast.workspace().id, now() + datetime.timedelta(seconds=1)
    return counts.over_time(acme, since=end - HOUR, until=end, buckets=6, filters=Filters(**filters))


def test_steps_without_calls_are_there_and_the_last_holds_this_moment(app: Flask) -> None:
    with app.app_context():
        for outcome in ("ok", "ok", "refused", "failed", "tool_error"):
            a_call(outcome=outcome)
        a_call(cast.UMBRA)
        steps = over_the_last_hour()
        assert [step.calls for step in steps] == [0, 0, 0, 0, 0, 5]
        assert (steps[-1].ok, steps[-1].refused, steps[-1].failed, steps[-1].tool_error) == (2, 1, 1, 1)
        assert {after.at - before.at for before, after in pairwise(steps)} == {HOUR / 6}


def test_counts_follow_the_filters(app: Flask) -> None:
    with app.app_context():
        grant = new_id()
        a_call(tool="one", grant_id=grant, protocol_version="2026-07-28", latency_us=3_000_000)
        a_call(tool="two", protocol_version="2025-11-25", caller="dashboard", integration="hubspot")
        for filters, expected in (
            ({"tool": "one"}, 1), ({"grant": grant}, 1), ({"era": "modern"}, 1), ({"era": "legacy"}, 1),
            ({"era": "2025-11-25"}, 1), ({"slower_ms": 2000}, 1), ({"caller": "dashboard"}, 1),
            ({"integration": "hubspot"}, 1), ({"tool": "one", "caller": "dashboard"}, 0), ({}, 2),
        ):  # fmt: skip
            assert sum(step.calls for step in over_the_last_hour(**filters)) == expected, filters


def test_tools_are_counted_busiest_first(app: Flask) -> None:
    with app.app_context():
        for milliseconds in (1, 1, 1, 8):
            a_call(tool="busy", latency_us=milliseconds * 1000)
        a_call(tool="busy", outcome="refused", reason="flag_off", latency_us=50)
        a_call(tool="quiet", outcome="failed")
        a_call(cast.UMBRA, tool="theirs")
        busy, quiet = counts.by_tool(cast.workspace().id, since=now() - HOUR)
        assert (busy.tool, busy.calls, busy.refused, busy.mean_ms) == ("busy", 5, 1, 2.8)
        assert 5 <= busy.p95_ms <= 10
        assert (quiet.tool, quiet.calls, quiet.failed, quiet.tool_errors) == ("quiet", 1, 1, 0)


def test_connections_are_counted_each_for_itself(app: Flask) -> None:
    with app.app_context():
        mine, idle = new_id(), new_id()
        a_call(grant_id=mine)
        a_call(grant_id=mine, outcome="refused", reason="flag_off", tool="other")
        a_call(grant_id=new_id())
        acme = cast.workspace().id
        found = counts.by_grant(acme, [mine, idle], since=now() - 7 * 24 * HOUR, step=24 * HOUR)
        assert (found[mine].calls, found[mine].refused, found[mine].buckets[-1], len(found[mine].buckets)) == (
            2,
            1,
            2,
            7,
        )
        assert (found[idle].calls, sum(found[idle].buckets)) == (0, 0)
        assert [it.tool for it in counts.tools_of_grant(mine, workspace_id=acme)] == ["data_find_user", "other"]
        assert counts.tools_of_grant(mine, workspace_id=cast.workspace(cast.UMBRA).id) == []


def test_the_first_refusal_is_the_proof_of_a_revocation(app: Flask) -> None:
    with app.app_context():
        began, acme = now(), cast.workspace().id
        assert counts.refused_since(acme, reason="flag_off", since=began) == (0, None)
        a_call(outcome="refused", reason="flag_off")
        a_call(outcome="refused", reason="flag_off")
        a_call(outcome="refused", reason="scope_missing")
        count, first = counts.refused_since(acme, reason="flag_off", since=began)
        assert count == 2 and first is not None and began <= first <= now()


def test_use_is_calls_and_apps_and_people(app: Flask) -> None:
    with app.app_context():
        acme = cast.workspace().id
        assert counts.usage_since(acme, since=now() - HOUR) == counts.Usage(0, 0, 0, None)
        app_id = new_id()
        for person in (cast.OWNER, cast.ADMIN, cast.ADMIN):
            a_call(client_id=app_id, person_id=cast.person(person).id, grant_id=new_id())
        used = counts.usage_since(acme, since=now() - HOUR)
        assert (used.calls, used.apps, used.people, used.last_at is not None) == (3, 1, 2, True)
