"""`flask vault rotate`: nothing sealed is forgotten, nothing is lost, and the earlier key can go."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import String, select, update

from halo.audit.models import Stream
from halo.ground import resealing, vault
from halo.ground.database import Base, db, now, one_change
from halo.ground.vault import Vault
from halo.oauth.models import ConsentRequest
from halo.servers.models import AssertionKey, Server, ServerCredential, ServerSignIn
from halo.workspaces.models import Authenticator, Workspace
from tests import cast
from tests.factories import an_oauth_client
from tests.law.test_imports import modules
from tests.support.stores import SECRET

NEW = "the-key-that-comes-after-the-one-of-the-tests"
SEALING = {
    "audit.leaving.streams": {"audit_streams.address", "audit_streams.header", "audit_streams.secret"},
    "oauth.transactions": {"consent_requests.answer"},
    "servers.clients": {"servers.client"},
    "servers.keys": {"assertion_keys.sealed"},
    "servers.sealing": {"server_credentials.sealed"},
    "servers.signing_in": {"server_sign_ins.sealed"},
    "web.cookies": set(),  # a browser's, for one page
    "workspaces.accounts.two_factor": {"authenticators.secret"},
    "workspaces.endpoints.devices": set(),  # a browser's, which is known by its people or is not
    "workspaces.workspaces": {"workspaces.identity_secret"},
}
"""Who seals something, and the columns that it goes into."""
MOVED = {"audit_streams.old_secret"}
"""Columns that take what was sealed elsewhere."""


def test_every_column_that_holds_something_sealed_says_so() -> None:
    """Who seals something new says here where it goes, and marks the column with `info=vault.SEALED`."""
    seals = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("seal", "seal_for")
        and isinstance(node.value, ast.Name)
        and node.value.id == "vault"
    }
    assert seals == set(SEALING)
    assert {str(column) for column in resealing.columns()} == MOVED.union(*SEALING.values())


def test_a_column_that_is_called_after_a_secret_is_sealed_or_a_digest() -> None:
    words = ("secret", "sealed", "credential", "password", "private")
    named = [
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(word in column.name for word in words) and isinstance(column.type, String)
    ]
    sealed = {str(column) for column in resealing.columns()}
    assert {name for name in named if not name.endswith("_digest")} <= sealed and len(named) > 5


@pytest.fixture
def both(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An app with a new key, and the earlier one, by which the cast's secrets are sealed."""
    app = make_app(secret_key=NEW, old_secret_keys=(SECRET,))
    with app.app_context():
        yield app


def rotated() -> dict[str, tuple[int, int, int]]:
    return {told.column: (told.held, told.renewed, len(told.unreadable)) for told in resealing.rotate()}


def test_afterwards_the_new_key_alone_opens_everything_and_a_second_run_finds_nothing(
    both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "AT_A_TIME", 1)
    before = {row.id: vault.open(row.identity_secret) for row in db.session.scalars(select(Workspace))}
    assert rotated()["workspaces.identity_secret"] == (len(before), len(before), 0)
    alone = Vault.from_settings(replace(both.extensions["halo"], old_secret_keys=()))
    db.session.expire_all()
    after = {row.id: alone.open(row.identity_secret) for row in db.session.scalars(select(Workspace))}
    assert after == before and len(after) > 1
    assert rotated()["workspaces.identity_secret"] == (len(before), 0, 0)


def test_every_sealed_column_is_rewritten(both: Flask) -> None:
    sealed = Vault.from_settings(replace(both.extensions["halo"], secret_key=SECRET, old_secret_keys=())).seal("x")
    of, person = {"workspace_id": cast.workspace().id}, {"person_id": cast.person(cast.OWNER).id}
    client = an_oauth_client()
    with one_change() as session:
        server = Server(
            slug="shop", name="Shop", url="https://shop.example/mcp", auth_method="oauth2", client=sealed, **of
        )
        session.add(server)
        session.flush()
        session.add_all([
            Authenticator(secret=sealed, **person),
            Stream(kind="webhook", host="h", address=sealed, header=sealed, secret=sealed, old_secret=sealed, **of),
            ConsentRequest(digest="d", client_row_id=client.id, parameters={}, expires_at=now(), answer=sealed),
            ServerCredential(server_id=server.id, sealed=sealed, **of),
            ServerSignIn(server_id=server.id, session="s", state="s", sealed=sealed, expires_at=now(), **of, **person),
            AssertionKey(kid="k", sealed=sealed),
        ])  # fmt: skip
    told = rotated()
    assert {name: renewed for name, (_, renewed, _) in told.items() if not renewed} == {}
    assert set(told) == {str(column) for column in resealing.columns()}


def test_what_is_written_meanwhile_stands(both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, usual = vault.seal("written meanwhile"), resealing.give_back

    def interrupt() -> None:
        usual()
        with one_change() as session:
            session.execute(update(Workspace).where(Workspace.slug == cast.ACME).values(identity_secret=fresh))

    monkeypatch.setattr(resealing, "give_back", interrupt)
    held, renewed, _ = rotated()["workspaces.identity_secret"]
    assert renewed == held - 1
    db.session.expire_all()
    assert cast.workspace().identity_secret == fresh


def test_the_command_says_what_it_did_and_what_no_key_opens(both: Flask) -> None:
    foreign = Vault.from_settings(replace(both.extensions["halo"], secret_key="k" * 40)).seal("x")
    told = both.test_cli_runner().invoke(args=["vault", "rotate"])
    assert told.exit_code == 0 and "workspaces.identity_secret\t2 secrets\t2 encrypted anew" in told.output
    with one_change() as session:
        session.execute(update(Workspace).where(Workspace.slug == cast.ACME).values(identity_secret=foreign))
    told = both.test_cli_runner().invoke(args=["vault", "rotate"])
    assert told.exit_code == 1 and f"cannot be read: {cast.workspace().id}" in told.output
    assert "ha_secret" not in told.output
