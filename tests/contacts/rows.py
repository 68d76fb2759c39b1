"""Records for tests, as plain functions; inside an app context. What is not said is the ordinary case."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from halo.contacts.models import Company, Conversation, ConversationMessage, EndUser, Lead, Ticket, TicketMessage
from halo.ground.database import now, one_change
from tests import cast

_numbers = itertools.count(1)


def days_ago(days: float) -> datetime.datetime:
    return now() - datetime.timedelta(days=days)


def a_company(name: str = "Northwind", *, workspace: str = cast.ACME, **columns: Any) -> Company:
    return _added(Company(workspace_id=cast.workspace(workspace).id, name=name, **columns))


def an_end_user(name: str | None = "Jane Doe", *, workspace: str = cast.ACME, **columns: Any) -> EndUser:
    columns.setdefault("last_seen", now())
    company = columns.pop("company", None)
    belongs = {"company_id": company.id} if company else {}
    return _added(EndUser(workspace_id=cast.workspace(workspace).id, name=name, **belongs, **columns))


def a_lead(name: str = "Lee Lead", *, workspace: str = cast.ACME, **columns: Any) -> Lead:
    return _added(Lead(workspace_id=cast.workspace(workspace).id, name=name, **columns))


def a_ticket(
    subject: str = "Cannot sign in",
    *messages: str,
    workspace: str = cast.ACME,
    user: EndUser | None = None,
    **columns: Any,
) -> Ticket:
    """A ticket whose messages come from the customer; one that begins with `note:` is the team's."""
    columns |= {"end_user_id": user.id, "company_id": user.company_id} if user else {}
    columns["number"] = columns.get("number", next(_numbers))
    ticket = _added(Ticket(workspace_id=cast.workspace(workspace).id, subject=subject, **columns))
    say(ticket, *messages)
    return ticket


def say(ticket: Ticket, *messages: str) -> None:
    """What is said in a ticket after what was said before, by the customer; what begins with `note:`, by the team."""
    with one_change() as rows:
        ticket = rows.merge(ticket)
        for body in messages:
            ticket.message_count += 1
            kind, author = ("note", "teammate") if body.startswith("note:") else ("email", "end_user")
            told = {"kind": kind, "author": author, "body": body.removeprefix("note:")}
            told |= {"position": ticket.message_count, "ticket_id": ticket.id}
            rows.add(TicketMessage(workspace_id=ticket.workspace_id, **told))


def a_conversation(
    title: str = "How to begin", *messages: str, workspace: str = cast.ACME, user: EndUser | None = None, **columns: Any
) -> Conversation:
    """A conversation whose messages alternate: the customer, then the agent."""
    columns |= {"end_user_id": user.id, "company_id": user.company_id} if user else {}
    columns |= {"status": "completed", "message_count": len(messages)}
    made = _added(Conversation(workspace_id=cast.workspace(workspace).id, title=title, **columns))
    with one_change() as rows:
        for position, body in enumerate(messages, 1):
            told = {"author": "end_user" if position % 2 else "ai", "body": body, "position": position}
            rows.add(ConversationMessage(workspace_id=made.workspace_id, conversation_id=made.id, **told))
    return made


def rate_down(conversation: Conversation, position: int, comment: str | None = None, **columns: Any) -> None:
    """The customer's thumb down on the message at this position."""
    with one_change() as rows:
        message = rows.query(ConversationMessage).filter_by(conversation_id=conversation.id, position=position).one()
        message.rating, message.rating_comment, message.rated_at = "down", comment, now()
        for name, value in columns.items():
            setattr(message, name, value)
        rows.get(Conversation, conversation.id).thumbs_down += 1


def _added(row: Any) -> Any:
    with one_change() as rows:
        rows.add(row)
    return row
