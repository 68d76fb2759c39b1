"""Since when a customer waits: written with the ticket, and worked out for tickets of the releases before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, select, text

from halo.contacts.models import Ticket
from halo.ground.database import db, migrate
from tests.contacts.site import send
from tests.support import stores


def test_a_new_ticket_waits_since_it_was_opened(app, client):
    send(client, "tickets/create", {"email": "ana@x.test", "subject": "Help", "message": "please"})
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert ticket.waiting_since == ticket.created_at


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_tickets_of_before_wait_since_the_first_message_that_nobody_answered(kind: str, tmp_path: Path) -> None:
    url = stores.separate(kind, tmp_path / "instance").settings().sqlalchemy_url
    migrate.downgrade(url, "0014")
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for number, (name, (status, authors)) in enumerate(THREADS.items(), 1):
            of = {"id": name, "number": number, "status": status, "messages": len(authors)}
            connection.execute(_TICKET, of)
            for position, who in enumerate(authors, 1):
                kind_of, author = ("note", "teammate") if who == "note" else ("email", who)
                at = f"2026-01-0{position} 00:00:00+00:00"
                said = {"id": f"{name}{position}", "ticket": name, "position": position, "at": at}
                connection.execute(_MESSAGE, {**said, "kind": kind_of, "author": author})
    migrate.upgrade(url)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        waits = connection.execute(text("SELECT id, waiting_since FROM tickets")).all()
    assert {name: str(since)[:10] if since else None for name, since in waits} == {
        "answered": None, "asked-again": "2026-01-03", "noted": "2026-01-01", "resolved": None, "silent": "2025-12-31",
    }  # fmt: skip


THREADS = {
    "answered": ("open", ["end_user", "ai"]),
    "asked-again": ("in_progress", ["end_user", "teammate", "end_user", "end_user"]),
    "noted": ("snoozed", ["end_user", "note", "end_user"]),
    "resolved": ("resolved", ["end_user"]),
    "silent": ("priority", []),
}
"""By name: status and who wrote, in turn."""
_TICKET = text(
    "INSERT INTO tickets (workspace_id, id, number, subject, status, priority, channel, source, resolved_by_ai, "
    "metadata, message_count, created_at, updated_at) "
    "SELECT max(id), :id, :number, 'Help', :status, 'normal', 'email', 'email', false, '{}', :messages, "
    "'2025-12-31 00:00:00+00:00', '2026-01-09 00:00:00+00:00' FROM workspaces"
)
_MESSAGE = text(
    "INSERT INTO ticket_messages (workspace_id, id, ticket_id, position, kind, author, body, sent_at) "
    "SELECT max(id), :id, :ticket, :position, :kind, :author, 'words', :at FROM workspaces"
)
