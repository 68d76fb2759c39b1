"""Lists that are asked for again, and how a server stands after what it last said."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import select

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, now
from halo.ground.errors import UpstreamFailed
from halo.servers import connecting, health, listing, loading, reviewing, standing
from halo.servers.models import ToolDefinition
from tests import cast
from tests.external.scripts import REFUND, find_orders
from tests.servers.desk import connected, make_due, member, newest, relist, row, run_job, states, tools
from tests.servers.upstream import Answer, Theirs, legacy, modern, theirs

pytestmark = pytest.mark.usefixtures("inside")


def test_an_old_list_is_asked_for_again_and_what_is_found_is_held(upstream: Theirs) -> None:
    server_id = connected(upstream.url).id
    first = row(server_id)
    assert first.due_at is not None and first.listed_at is not None
    assert first.due_at - first.listed_at == datetime.timedelta(minutes=5), "a minute is too often"
    upstream.tools[:] = [find_orders(description="Other."), REFUND]  # type: ignore[attr-defined]
    asked = len(upstream.asked)
    run_job(server_id)
    assert len(upstream.asked) == asked, "it is not due"
    make_due(server_id)
    run_job(server_id)
    assert states()["find_orders"] == "held" and (newest().event, newest().by) == ("server.listed", "Halo")
    later = row(server_id)
    assert later.due_at is not None and later.due_at > now() and later.lease_until is None


def test_a_server_that_lists_otherwise_each_time_fills_no_disk_and_what_was_accepted_stays(
    upstream: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SERVER_DEFINITIONS_KEPT", 4)
    server = connected(upstream.url)
    first = tools()["find_orders"].row.accepted
    for number in range(8):
        relist(upstream, find_orders(description=f"Orders, {number}."), REFUND)
        if number == 2:
            reviewing.accept("shop", ["find_orders"], principal=member())
    kept = db.session.scalars(select(ToolDefinition.digest).where(ToolDefinition.workspace_id == server.workspace_id))
    assert first in (digests := set(kept)) and len(digests) <= 5
    assert first in reviewing.earlier(tools()["find_orders"].row)


def test_who_is_switched_off_is_not_asked(upstream: Theirs) -> None:
    server_id = connected(upstream.url).id
    connecting.change("shop", {"is_on": False}, principal=member())
    asked = len(upstream.asked)
    make_due(server_id)
    run_job(server_id)
    flags.turn_off(MCP_EXTERNAL_SERVERS, workspace_id=cast.workspace().id, why="Tried", principal=None)
    make_due(server_id)
    run_job(server_id)
    assert len(upstream.asked) == asked and (row(server_id).due_at or now()) > now()


def test_a_list_that_fails_in_a_job_is_told_and_asked_for_later() -> None:
    broken: list[bool] = []
    with theirs(lambda asked: Answer(status=500) if broken else modern(asked)) as server:
        server_id = connected(server.url).id
        broken.append(True)
        make_due(server_id)
        run_job(server_id)
    failed = row(server_id)
    assert failed.problem_stage == "http" and failed.last_error and (failed.due_at or now()) > now()
    assert standing.now_of(failed).word == "degraded" and set(states().values()) == {"accepted"}


@pytest.mark.parametrize(
    ("problem", "auth_method", "word", "stage"),
    [
        (UpstreamFailed("address", "Not known."), "none", "degraded", "address"),
        (UpstreamFailed("tls", "Its certificate."), "none", "degraded", "tls"),
        (UpstreamFailed("http", "It cannot be reached."), "none", "degraded", "http"),
        (UpstreamFailed("refresh", "Not renewed."), "bearer", "degraded", "refresh"),
        (UpstreamFailed("auth", "It wants a sign-in."), "bearer", "needs_sign_in", "auth"),
        (UpstreamFailed("auth", "It wants a sign-in."), "none", "degraded", "auth"),
        (UpstreamFailed("schema", "Its answer does not fit."), "none", "degraded", "schema"),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_how_a_server_stands_comes_from_its_last_real_request(
    upstream: Theirs, problem: UpstreamFailed, auth_method: str, word: str, stage: str
) -> None:
    extra: dict[str, Any] = {"credentials": {"token": "t"}} if auth_method == "bearer" else {}
    server_id = connected(upstream.url, auth_method=auth_method, **extra).id
    assert standing.now_of(row(server_id)).word == "ready"
    health.failed(server_id, problem)
    stands = standing.now_of(row(server_id))
    assert (stands.word, stands.sentence, row(server_id).problem_stage) == (word, problem.message, stage)
    assert stands.lifted_by
    health.went_well(server_id)
    assert standing.now_of(row(server_id)).word == "ready"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_other_words_come_from_its_rows(upstream: Theirs) -> None:
    server_id = connected(upstream.url).id
    relist(upstream, find_orders(description="Other."), REFUND)
    assert standing.now_of(row(server_id)).word == "held"
    connecting.change("shop", {"is_on": False}, principal=member())
    assert standing.now_of(row(server_id)).word == "off"
    connecting.change("shop", {"is_on": True, "auth_method": "oauth2"}, principal=member())
    assert standing.now_of(row(server_id)).word == "needs_sign_in"
    flags.turn_off(MCP_EXTERNAL_SERVERS, workspace_id=cast.workspace().id, why="Tried", principal=None)
    assert standing.now_of(row(server_id)).sentence.startswith("Connected MCP servers are switched off")


def test_servers_of_every_era_are_connected_and_listed_again() -> None:
    session = ["one"]
    with theirs(legacy(lambda: session[0])) as server:
        made = connected(server.url)
        assert made.protocol_version == "2025-11-25" and states() == {"echo": "accepted"}
        session[0] = "two"
        assert not listing.refresh("shop", principal=member()).found
        assert server.asked[-1].method == "DELETE", "no session is left behind"
