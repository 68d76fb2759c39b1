"""What Halo shows to a server: sealed for it alone, renewed once for all, and never lost on the way."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from halo import facts
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, now, one_change
from halo.ground.errors import UpstreamFailed
from halo.ledger.models import Change
from halo.servers import clients, credentials, listing, sealing, standing
from halo.servers.models import Server
from halo.servers.registering import Registration
from halo.servers.sealing import Secrets, SignedOut
from tests import cast
from tests.servers.issuing import Issuing
from tests.servers.rows import a_server, credential, set_row, shown, signed_in, worked
from tests.servers.upstream import Answer
from tests.support.parts import free_port


@pytest.fixture
def server(app: Flask, issuer: Issuing) -> Iterator[Server]:
    with app.app_context():
        yield a_server(issuer.server.url)


def state(server: Server) -> str:
    return facts.now_of(server.workspace_id).integrations[server.slug]


def revision(server: Server) -> int:
    return db.session.scalars(select(Server.revision).where(Server.id == server.id)).one()


def events_of(server: Server) -> list[str]:
    return list(db.session.scalars(select(Change.event).where(Change.subject_id == server.id).order_by(Change.id)))


def test_a_bearer_is_shown_until_another_stands_there_and_the_database_is_asked_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert credentials.authorization(server.id, server.workspace_id) is None
    assert state(server) == "sign_in_needed"
    credentials.keep(server, Secrets("first"), principal=None)
    assert state(server) == "connected"
    before = revision(server)
    assert shown(server, before) == "Bearer first"
    with monkeypatch.context() as patch:
        patch.setattr(credentials, "_row", None)
        assert shown(server, before) == "Bearer first"
    credentials.keep(server, Secrets("second"), principal=None)
    assert shown(server, revision(server)) == "Bearer second"
    credentials.forget(server)
    assert shown(server, revision(server)) == "" and state(server) == "sign_in_needed"


def test_a_token_at_its_end_is_renewed_a_minute_early_and_the_next_call_has_the_new_one(
    server: Server, issuer: Issuing
) -> None:
    first = signed_in(server, issuer, ends_in=61)
    assert shown(server) == f"Bearer {first.access}" and issuer.renewed == 0
    signed_in(server, issuer, ends_in=59)
    second = shown(server)
    assert second.removeprefix("Bearer ") in issuer.access and issuer.renewed == 1
    assert shown(server) == second and issuer.renewed == 1
    (form,) = issuer.posted("/token")
    assert form["grant_type"] == "refresh_token"


def test_a_worker_renews_what_nobody_asks_for(server: Server, issuer: Issuing) -> None:
    signed_in(server, issuer, ends_in=61)
    assert worked(server) == "taken"
    signed_in(server, issuer, ends_in=59)
    assert worked(server) == "done" and issuer.renewed == 1
    row = credential(server)
    assert row.generation == 3 and row.lease_until is None and row.due_at is not None
    assert row.due_at > now() + datetime.timedelta(minutes=50)


def test_what_lives_for_seconds_is_renewed_after_half_of_its_life_and_never_for_ever(
    server: Server, issuer: Issuing
) -> None:
    issuer.lives = 30
    signed_in(server, issuer, ends_in=1)
    assert shown(server) and issuer.renewed == 1
    row = credential(server)
    assert row.due_at is not None and row.due_at > now() + datetime.timedelta(seconds=10)
    issuer.lives = 1e-9
    signed_in(server, issuer, ends_in=1)
    with pytest.raises(UpstreamFailed) as problem:
        shown(server)
    assert problem.value.stage == "refresh" and issuer.renewed == 1 + credentials.RENEWALS


@pytest.mark.parametrize("status", [503, 429, 500])
def test_an_issuer_that_fails_costs_nothing_while_the_token_is_good_and_loses_nothing_after(
    server: Server, issuer: Issuing, status: int
) -> None:
    first = signed_in(server, issuer, ends_in=30)
    issuer.failing = status
    assert shown(server) == f"Bearer {first.access}"
    row = credential(server)
    assert row.dead_at is None and str(status) in row.last_error and row.due_at > now()  # type: ignore[operator]
    assert shown(server) == f"Bearer {first.access}" and len(issuer.posted("/token")) == 1
    set_row(server, expires_at=now())
    with pytest.raises(UpstreamFailed, match="could not be renewed") as problem:
        shown(server)
    assert problem.value.stage == "refresh" and state(server) == "connected"
    issuer.failing = 0
    set_row(server, due_at=now())
    assert shown(server) != f"Bearer {first.access}" and credential(server).last_error == ""


def test_an_issuer_that_is_away_loses_nothing_either(server: Server, issuer: Issuing) -> None:
    secrets = signed_in(server, issuer, ends_in=1)
    with one_change():
        row = credential(server)
        sealing.write(row, replace(secrets, token_endpoint=f"http://127.0.0.1:{free_port()}/token"), server.url)
    assert worked(server) == "failed"
    row = credential(server)
    kept = sealing.opened(row.sealed, row.workspace_id, row.server_id, row.issuer, server.url)
    assert row.dead_at is None and kept.refresh == secrets.refresh


@pytest.mark.parametrize("attempts", [1, 5, 40])
def test_after_failures_it_is_tried_again_within_half_a_minute(server: Server, issuer: Issuing, attempts: int) -> None:
    """Calls wait for it: an issuer that comes back after a day shall not be left alone for another hour."""
    signed_in(server, issuer, ends_in=1)
    set_row(server, attempts=attempts)
    issuer.failing = 503
    assert worked(server) == "failed"
    due = credential(server).due_at
    assert due is not None and due < now() + datetime.timedelta(seconds=31)


def test_only_an_issuer_that_knows_it_no_more_ends_a_sign_in_and_the_gate_says_so(
    server: Server, issuer: Issuing
) -> None:
    signed_in(server, issuer, ends_in=30)
    issuer.refresh.clear()
    version = facts.version_of(server.workspace_id)
    with pytest.raises(SignedOut, match="signed in to again"):
        shown(server)
    assert facts.version_of(server.workspace_id) > version and state(server) == "sign_in_needed"
    assert events_of(server)[-1] == "server.signed_out"
    row = credential(server)
    assert row.dead_at is not None and row.due_at is None
    with pytest.raises(SignedOut):
        shown(server)
    assert len(issuer.posted("/token")) == 1
    signed_in(server, issuer)
    assert shown(server) and state(server) == "connected"


def test_a_server_whose_issuer_is_away_is_degraded_and_only_a_dead_sign_in_is_one_to_do_again(
    server: Server, issuer: Issuing
) -> None:
    flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=server.workspace_id, why="Tried", principal=None)
    signed_in(server, issuer, ends_in=-1)
    issuer.failing = 503
    with pytest.raises(UpstreamFailed):
        listing.asked(server)
    stands = standing.now_of(server)
    assert stands.word == "degraded" and "could not be renewed" in stands.sentence and "trying" in stands.lifted_by
    issuer.failing = 0
    issuer.refresh.clear()
    set_row(server, due_at=now())
    with pytest.raises(SignedOut):
        listing.asked(server)
    stands = standing.now_of(server)
    assert stands.word == "needs_sign_in" and "signing in again" in stands.lifted_by


def test_a_sign_in_that_comes_while_the_old_one_is_found_dead_stands(
    app: Flask, server: Server, issuer: Issuing
) -> None:
    signed_in(server, issuer, ends_in=30)
    issuer.refresh.clear()
    issuer.holding.clear()

    def renew() -> str:
        with app.app_context():
            return worked(server)

    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(renew)
        assert issuer.came.wait(20)
        fresh = signed_in(server, issuer)
        issuer.holding.set()
        assert renewing.result() == "lost"
    assert shown(server) == f"Bearer {fresh.access}" and credential(server).dead_at is None


def test_a_token_that_ends_and_cannot_be_renewed_ends_the_sign_in_at_its_time(server: Server) -> None:
    credentials.keep(server, Secrets("short", expires_at=time.time() + 30, issued_at=time.time()), principal=None)
    assert shown(server) == "Bearer short"
    assert worked(server) == "taken"
    credentials.keep(server, Secrets("short", expires_at=time.time() - 1, issued_at=time.time()), principal=None)
    with pytest.raises(SignedOut):
        shown(server)
    assert state(server) == "sign_in_needed"


def test_tokens_that_were_pasted_are_renewed_where_the_servers_documents_say_by_the_client_that_was_typed_in(
    server: Server, issuer: Issuing
) -> None:
    said = issuer.issue()
    pasted = Secrets(said["access_token"], said["refresh_token"], issued_at=time.time() - 60)
    credentials.keep(server, pasted, principal=None)
    with one_change() as session:
        mine = Registration("", "mine", "typed", "s", "")
        clients.keep(session.get_one(Server, server.id), mine)
    assert shown(server) == f"Bearer {pasted.access}"
    assert credentials.refused(server.id, server.workspace_id, 1) and issuer.renewed == 1
    row = credential(server)
    assert row.issuer == issuer.origin and row.due_at is not None
    assert credentials.revoke(server.id, server.workspace_id) is True


def test_tokens_that_were_pasted_without_a_client_end_where_they_are_refused(server: Server, issuer: Issuing) -> None:
    said = issuer.issue()
    credentials.keep(server, Secrets(said["access_token"], said["refresh_token"]), principal=None)
    with pytest.raises(SignedOut):
        credentials.refused(server.id, server.workspace_id, 1)
    assert state(server) == "sign_in_needed" and not issuer.posted("/token")


def test_a_token_that_is_refused_is_renewed_before_its_time_once_and_only_if_that_can_help(
    server: Server, issuer: Issuing
) -> None:
    signed_in(server, issuer)
    assert credentials.refused(server.id, server.workspace_id, 1) and issuer.renewed == 1
    assert credentials.refused(server.id, server.workspace_id, 1) and issuer.renewed == 1  # the next stands there
    assert not credentials.refused(server.id, server.workspace_id, 2) and issuer.renewed == 1  # it is seconds old
    issuer.refresh.clear()
    signed_in(server, issuer)
    issuer.refresh.clear()
    with pytest.raises(SignedOut):
        credentials.refused(server.id, server.workspace_id, credential(server).generation)
    credentials.keep(server, Secrets("bearer"), principal=None)
    assert not credentials.refused(server.id, server.workspace_id, credential(server).generation)
    assert shown(server) == "Bearer bearer"


def test_a_row_that_was_copied_to_another_server_workspace_issuer_or_address_opens_nothing(
    server: Server, issuer: Issuing
) -> None:
    signed_in(server, issuer)
    sealed = credential(server).sealed
    for other in (a_server(server.url, slug="other"), a_server(server.url, workspace=cast.UMBRA)):
        signed_in(other, issuer)
        set_row(other, sealed=sealed)
        with pytest.raises(SignedOut, match="does not belong"):
            shown(other)
        assert credentials.revoke(other.id, other.workspace_id) is False
    set_row(server, issuer="https://other.example")
    with pytest.raises(SignedOut, match="does not belong"):
        shown(server)
    set_row(server, issuer=issuer.origin)
    assert shown(server)
    with one_change() as session:
        session.get_one(Server, server.id).url = "https://other.example/mcp"
    with pytest.raises(SignedOut, match="does not belong"):
        shown(server)
    assert not issuer.posted("/revoke")


def test_the_server_of_another_workspace_shows_nothing(server: Server, issuer: Issuing) -> None:
    signed_in(server, issuer)
    assert credentials.authorization(server.id, cast.workspace(cast.UMBRA).id) is None
    assert credentials.revoke(server.id, cast.workspace(cast.UMBRA).id) is None


def test_what_was_issued_is_taken_back_where_that_is_possible_and_it_says_where_not(
    server: Server, issuer: Issuing
) -> None:
    assert credentials.revoke(server.id, server.workspace_id) is None
    credentials.keep(server, Secrets("bearer"), principal=None)
    assert credentials.revoke(server.id, server.workspace_id) is None
    secrets = signed_in(server, issuer)
    assert credentials.revoke(server.id, server.workspace_id) is True
    assert [form["token"] for form in issuer.posted("/revoke")] == [secrets.refresh]
    signed_in(server, issuer)
    issuer.server.behaves = lambda _: Answer(b"", 503)
    assert credentials.revoke(server.id, server.workspace_id) is False


def test_secrets_stand_nowhere_in_the_clear(server: Server, issuer: Issuing) -> None:
    secrets = signed_in(server, issuer)
    row = credential(server)
    for secret in (secrets.access, secrets.refresh, "client_secret_basic"):
        assert secret not in row.sealed
    assert not any(secrets.access in str(change.after) for change in db.session.scalars(select(Change)))
