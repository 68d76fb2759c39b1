"""Opening tickets for people who write to the workspace from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from halo.contacts.ingestion import identify
from halo.contacts.ingestion.site import Site
from halo.contacts.models import EndUser, Ticket, TicketMessage
from halo.contacts.vocabulary import Author, Channel, MessageKind, TicketPriority, TicketStatus
from halo.ground.database import new_id, now, one_change
from halo.ground.errors import Denied, Reason
from halo.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """What somebody asks for, and who they say they are."""

    user_id: str | None
    email: str | None
    name: str | None
    subject: str
    message: str | None
    is_priority: bool
    source: str
    details: Mapping[str, Any]


def open_ticket(site: Site, request: TicketRequest) -> Ticket:
    """A new ticket of the end user, who is found by id, then by address, and made known if nobody fits."""
    with one_change() as rows:
        # On PostgreSQL those who open tickets wait here for each other: for numbers, and for one row for one address.
        # NO KEY UPDATE, because every insert with a foreign key to the workspace holds a key share of the same row.
        rows.execute(select(Workspace.id).where(Workspace.id == site.workspace_id).with_for_update(key_share=True))
        user = _end_user(rows, site, request)
        opened = now()
        ticket = Ticket(
            id=new_id(),
            created_at=opened,
            updated_at=opened,
            waiting_since=opened,
            workspace_id=site.workspace_id,
            number=_next_number(rows, site.workspace_id),
            end_user_id=user.id,
            company_id=user.company_id,
            subject=request.subject,
            status=(TicketStatus.PRIORITY if request.is_priority else TicketStatus.OPEN).value,
            priority=(TicketPriority.PRIORITY if request.is_priority else TicketPriority.NORMAL).value,
            channel=request.source if request.source in set(Channel) else Channel.API.value,
            source=request.source,
            details=dict(request.details),
            message_count=1 if request.message else 0,
        )
        rows.add(ticket)
        rows.flush()
        if request.message:
            rows.add(_first_message(ticket, user, request.message))
    return ticket


def _end_user(rows: Session, site: Site, request: TicketRequest) -> EndUser:
    if request.user_id is not None:
        # An address that nobody vouches for takes over nobody's record.
        user, _ = identify.find_or_create(rows, site, request.user_id, email=None, source="api")
    else:
        found = identify.by_email(rows, site, request.email or "")
        if found is not None and site.identity_required:
            raise Denied(Reason.customer_token_invalid, "This workspace demands identity: send user_id and user_token.")
        user = found or EndUser(id=new_id(), workspace_id=site.workspace_id, source="api", first_seen=now())
        rows.add(user)
    user.email = user.email or (request.email)
    user.name = user.name or request.name
    rows.flush()
    return user


def _next_number(rows: Session, workspace_id: str) -> int:
    """One more than the highest; `open_ticket` holds the workspace's row, so that nobody counts at the same time."""
    highest = select(func.max(Ticket.number)).where(Ticket.workspace_id == workspace_id)
    return (rows.scalar(highest) or 1000) + 1


def _first_message(ticket: Ticket, user: EndUser, message: str) -> TicketMessage:
    return TicketMessage(
        workspace_id=ticket.workspace_id,
        ticket_id=ticket.id,
        position=1,
        kind=(MessageKind.EMAIL if ticket.channel == Channel.EMAIL.value else MessageKind.CHAT).value,
        author=Author.END_USER.value,
        author_name=user.name or user.email,
        body=message,
    )
