"""Two apps in one process: each has its own settings, keys, limits and caches, and ends alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from halo.ground import limits, per_app, settings, vault
from halo.ground.database import db, quick
from halo.ground.errors import Denied, HaloError
from halo.ground.per_app import PerApp
from halo.workspaces.accounts import sessions
from tests import cast
from tests.mcp.speaker import Speaker

MakeApp = Callable[..., Flask]
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def two(make_app: MakeApp, tmp_path: Path) -> tuple[Flask, Flask]:
    """Two apps on one database, which differ in everything else."""
    ours = make_app(base_url="http://ours.example")
    theirs = make_app(base_url="http://theirs.example", secret_key="another-secret-of-32-characters-or-more")
    return ours, theirs


def test_each_reads_its_own_settings(two: tuple[Flask, Flask]) -> None:
    for app, base in zip(two, ("http://ours.example", "http://theirs.example"), strict=True):
        with app.app_context():
            assert settings.current().base_url == base
        said = app.test_client().get("/.well-known/oauth-authorization-server").json
        assert said["issuer"] == base
        challenge = Speaker(app).legacy("ping").headers["WWW-Authenticate"]
        assert f"{base}/.well-known/oauth-protected-resource" in challenge


def test_each_seals_with_its_own_key(two: tuple[Flask, Flask]) -> None:
    ours, theirs = two
    with ours.app_context():
        sealed, signed = vault.seal("a secret"), vault.current().sign("a purpose", "a text")
    with theirs.app_context():
        assert vault.current().sign("a purpose", "a text") != signed
        with pytest.raises(HaloError):
            vault.open(sealed)
    with ours.app_context():
        assert vault.open(sealed) == "a secret"


def test_each_counts_calls_in_its_own_place(two: tuple[Flask, Flask]) -> None:
    ours, theirs = two
    with ours.app_context():
        for _ in range(2):
            limits.spend({"calls_per_client": "somebody"}, {"calls_per_client": 2})
        with pytest.raises(Denied):
            limits.spend({"calls_per_client": "somebody"}, {"calls_per_client": 2})
    with theirs.app_context():
        limits.spend({"calls_per_client": "somebody"}, {"calls_per_client": 2})


def test_each_counts_knocks_at_its_doors_in_its_own_place(two: tuple[Flask, Flask]) -> None:
    most = int(limits.REGISTRATIONS.split()[0])

    def register(app: Flask) -> int:
        return (
            app.test_client()
            .post("/api/mcp/oauth/register", json={"redirect_uris": ["https://a.example/b"]})
            .status_code
        )

    ours, theirs = two
    assert [register(ours) for _ in range(most)] == [201] * most
    assert (register(ours), register(theirs)) == (429, 201)


def test_each_notes_for_itself_who_was_seen(two: tuple[Flask, Flask]) -> None:
    noted: list[str] = []
    for app in two:
        with app.app_context():
            session_id = sessions.start(cast.person(cast.OWNER).id)
            sessions.seen(session_id)
            assert not sessions.in_use.get().is_due(session_id)
            noted.append(session_id)
    with two[1].app_context():
        assert sessions.in_use.get().is_due(noted[0])


def test_what_is_kept_is_made_once_and_ends_with_its_app_alone(two: tuple[Flask, Flask]) -> None:
    ended: list[object] = []
    kept = PerApp(object, end=ended.append)
    held = []
    for app in two:
        with app.app_context():
            held.append(kept.get())
            assert kept.get() is held[-1]
    ours, theirs = two
    per_app.close(ours)
    assert ended == held[:1]
    with theirs.app_context():
        assert kept.get() is held[1]
    with ours.app_context():
        assert kept.get() not in held


def test_a_thread_has_one_connection_for_each_app(two: tuple[Flask, Flask]) -> None:
    found = []
    for app in (*two, *two):
        with app.app_context():
            found.append(quick._sqlite(db.engine))
    assert found[:2] == found[2:]
    assert found[0] is not found[1]
