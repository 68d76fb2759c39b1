"""One change: all or nothing, one at a time, and seen by raw reads at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from halo.ground import limits
from halo.ground.database import after_commit, db, give_back, one_change, quick, within
from halo.ground.database.quick import Prepared
from halo.ground.errors import TooSlow
from halo.workspaces.models import Workspace
from tests import cast

NAME = Prepared(
    select(Workspace.name, Workspace.created_at, Workspace.limits).where(Workspace.slug == bindparam("slug"))
)


def test_a_change_that_fails_leaves_nothing(app: Flask) -> None:
    with app.app_context():
        ran: list[str] = []
        with pytest.raises(ZeroDivisionError), one_change():
            cast.workspace().name = "Changed"
            after_commit(lambda: ran.append("ran"))
            raise ZeroDivisionError
        assert cast.workspace().name == "Acme"
        assert ran == []


def test_a_change_inside_a_change_joins_it(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), one_change():
            with one_change():
                cast.workspace().name = "Changed"
            raise ZeroDivisionError
        assert cast.workspace().name == "Acme"


def test_raw_reads_see_what_was_committed_with_the_types_of_the_columns(app: Flask) -> None:
    with app.app_context():
        with one_change():
            cast.workspace().limits = {"calls_per_client": 5}
        name, created_at, limits = NAME.first(slug="acme") or ()
        assert (name, limits) == ("Acme", {"calls_per_client": 5})
        assert created_at == cast.workspace().created_at
        assert created_at.tzinfo is not None
        assert NAME.first(slug="nobody") is None


def test_no_statement_begins_after_the_time_of_a_call(app: Flask) -> None:
    with app.app_context():
        for ask in (lambda: NAME.first(slug="acme"), lambda: db.session.execute(select(Workspace.name))):
            with pytest.raises(TooSlow), within(-1):
                ask()
            assert ask()


def test_changes_of_many_threads_build_on_each_other(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            for _ in range(10):
                with one_change() as rows:
                    statement = select(Workspace).where(Workspace.slug == "acme").with_for_update()
                    workspace = rows.execute(statement).scalar_one()
                    workspace.limits = {"n": workspace.limits.get("n", 0) + 1}

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        db.session.rollback()
        assert cast.workspace().limits == {"n": 40}


def test_no_thread_that_serves_waits_for_anothers_connection(make_app: Callable[..., Flask]) -> None:
    """Pools are never smaller than the threads: those that answer, those in which strangers wait, those that export."""
    threads = 16
    app = make_app(threads=threads)
    serving = threads + limits.waiting_room(threads)
    with app.app_context(), contextlib.ExitStack() as held:
        for _ in range(serving + limits.EXPORTS_AT_ONCE):
            held.enter_context(db.engine.connect())
        if db.engine.dialect.name == "postgresql":
            for _ in range(serving):
                held.enter_context(quick._pool.get().connection())


def cut_the_connection() -> None:
    """What an operator or a restarting server does to a connection in the middle of a transaction."""
    process = db.session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
@pytest.mark.parametrize("end", ["close", "rollback", "remove"])
def test_a_connection_that_is_cut_ends_no_answer(app: Flask, end: str) -> None:
    with app.app_context():
        cut_the_connection()
        getattr(db.session, end)()
        assert db.session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_change_goes_on_where_what_was_read_before_it_was_cut(app: Flask) -> None:
    with app.app_context():
        cut_the_connection()
        with one_change() as rows:
            rows.merge(cast.workspace()).name = "Acme again"
        assert cast.workspace().name == "Acme again"


def test_a_time_inside_a_time_only_shortens_it(app: Flask) -> None:
    with app.app_context(), within(60):
        for outer, inner in ((60, -1), (-1, 60)):
            with pytest.raises(TooSlow), within(outer), within(inner):
                NAME.first(slug="acme")
        assert NAME.first(slug="acme")  # and leaving it restores what stood around it


def test_leaving_an_inner_time_leaves_the_outer_in_force(app: Flask) -> None:
    with app.app_context(), pytest.raises(TooSlow), within(-1):
        with contextlib.suppress(TooSlow), within(60):
            NAME.first(slug="acme")
        NAME.first(slug="acme")


def test_the_time_of_one_call_is_no_other_threads(app: Flask) -> None:
    def ask() -> None:
        with app.app_context():
            found.append(NAME.first(slug="acme"))

    found: list[object] = []
    with within(-1):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    assert found[0]


def test_what_failed_ends_where_the_session_is_given_back(app: Flask) -> None:
    with app.app_context():
        acme = cast.workspace()
        with pytest.raises(DBAPIError):
            db.session.execute(text("SELECT no_such_column FROM workspaces"))
        give_back()
        assert (acme.name, cast.workspace().name) == ("Acme", "Acme")
        give_back()
        assert db.engine.pool.checkedout() == 0


def test_a_session_is_not_given_back_in_the_middle_of_a_change(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError), one_change():
            cast.workspace().name = "Changed"
            give_back()
        assert cast.workspace().name == "Acme"
