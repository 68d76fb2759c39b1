"""Tickets and their threads: the hand-overs of conversations first, the rest straight from customers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from halo.contacts.vocabulary import TicketStatus
from halo.demo import themes
from halo.demo.themes import Case
from halo.demo.world import DemoCustomer, Row, World

FIRST_NUMBER = 1001
REASONS = ("The customer asked for a person.", "The agent was not confident enough.", "Three answers did not help.")
Lines = Sequence[tuple[str, str, str]]
"""(kind, author, text)."""


def make(
    world: World, number: int, escalated: Sequence[tuple[Row, DemoCustomer, Case]], team: Sequence[tuple[str, str]]
) -> None:
    """So many tickets; `team` are (id, name) of those who answer."""
    handed = list(escalated[: number // 2])
    for conversation, customer, case in handed:
        user = next(user for user in customer.users if user["id"] == conversation["end_user_id"])
        _ticket(world, customer, user, case, conversation["ended_at"], team, conversation)
    trouble = [customer.fate.trouble * (3 + len(customer.users) ** 0.5) for customer in world.customers]
    for customer in world.luck.choices(world.customers, trouble, k=number - len(handed)):
        case = world.luck.choices(themes.CASES, themes.WEIGHTS)[0]
        user = world.one_of(customer.users)
        _ticket(world, customer, user, case, world.moment(user["first_seen"]), team, None)


def count_up(world: World) -> None:
    """Give the tickets their numbers, in the order in which they were opened."""
    for number, row in enumerate(sorted(world.rows.get("ticket", []), key=lambda row: row["created_at"]), FIRST_NUMBER):
        row["number"] = number


def written(
    world: World,
    customer: DemoCustomer,
    user: Row,
    at: datetime.datetime,
    subject: str,
    status: str,
    lines: Lines,
    **columns: object,
) -> Row:
    """A ticket with exactly this thread."""
    is_priority = status == "priority" or bool(columns.pop("is_priority", False))
    row = world.add(
        "ticket",
        at,
        number=0,
        end_user_id=user["id"],
        company_id=customer.row["id"],
        subject=subject,
        status=status,
        priority="priority" if is_priority else "normal",
        resolved_by_ai=False,
        details={},
        created_at=at,
    )
    row |= {"channel": "email", "source": "email", "inbox": "Support", **columns}
    sent, replied, waiting = at, None, None
    for position, (kind, author, text) in enumerate(lines, 1):
        name = (
            user["name"]
            if author == "end_user"
            else "Halo"
            if author == "ai"
            else columns.get("answered_by") or "Sam Support"
        )
        message = {"kind": kind, "author": author, "author_name": name, "body": text, "sent_at": sent}
        world.add("ticket_message", sent, ticket_id=row["id"], position=position, **message)
        if author == "end_user":
            world.seen(user, sent)
            waiting = waiting or sent
        elif kind != "note":
            replied, waiting = replied or sent, None
            world.contacted(customer, user, sent)
        last, sent = sent, world.later(sent, 240)
    row.pop("answered_by", None)
    row |= {"message_count": len(lines), "updated_at": last, "first_reply_at": replied}
    row["waiting_since"] = waiting if status in TicketStatus.unresolved() else None
    if status == "resolved":
        row |= {"resolved_at": sent, "updated_at": sent}
    return row


def _ticket(
    world: World,
    customer: DemoCustomer,
    user: Row,
    case: Case,
    at: datetime.datetime,
    team: Sequence[tuple[str, str]],
    handed: Row | None,
) -> None:
    status = _status(world, customer, (world.now - at).days)
    assignee = world.one_of(team) if team and (status in ("in_progress", "snoozed") or world.chance(0.6)) else None
    by_ai = status == "resolved" and handed is None and world.chance(0.3)
    channel = "chat" if handed else world.luck.choices(("email", "chat", "api", "slack"), (56, 24, 12, 8))[0]
    subject = handed["title"] if handed else world.filled(case.subject)
    row = written(
        world,
        customer,
        user,
        at,
        f"{subject} {world.mark}".strip(),
        status,
        _thread(world, case, user, status, "ai" if by_ai else "teammate", "email" if channel == "email" else "chat"),
        category=case.theme.category,
        channel=channel,
        source=channel,
        assignee_id=assignee[0] if assignee else None,
        answered_by=assignee[1] if assignee else None,
        conversation_id=handed["id"] if handed else None,
        escalation_reason=world.one_of(REASONS) if handed else None,
        ai_confidence=handed["ai_confidence"] if handed else None,
        is_priority=customer.fate.name == "leaving" and world.chance(0.2),
    )
    row["resolved_by_ai"] = by_ai
    if status == "snoozed":
        row["snoozed_until"] = world.now + datetime.timedelta(days=world.luck.randint(1, 9))


def _status(world: World, customer: DemoCustomer, age: int) -> str:
    urgent = {"thriving": 1, "steady": 3, "struggling": 12, "leaving": 20}[customer.fate.name]
    words = ("open", "priority", "in_progress", "snoozed", "resolved", "spam")
    if age < 3:
        return world.luck.choices(words, (46, urgent, 22, 4, 24, 4))[0]
    if age < 14:
        return world.luck.choices(words, (14, urgent, 16, 8, 58, 4))[0]
    return world.luck.choices(words, (0.6, urgent / 20, 1.2, 0.8, 95, 2.4))[0]


def _thread(
    world: World, case: Case, user: Row, status: str, answered_by: str, kind: str
) -> list[tuple[str, str, str]]:
    pressing = f"\n{world.one_of(themes.PRESSING)}" if status == "priority" or world.chance(0.1) else ""
    first = world.filled(case.question)
    mark = f"\n{world.mark}" if world.mark else ""
    lines = [(kind, "end_user", f"{world.one_of(themes.GREETINGS)}\n\n{first}{pressing}{mark}\n\n{user['name']}")]
    if status in ("open", "priority", "spam") and world.chance(0.75):
        return lines
    lines.append((kind, answered_by, world.filled(case.answer)))
    if world.chance(0.6):
        lines.append((kind, "end_user", case.further))
        if world.chance(0.35):
            lines.append(("note", "teammate", world.one_of(themes.NOTES)))
        if status not in ("open", "priority"):
            lines.append((kind, answered_by, world.filled(world.one_of(case.theme.team))))
    if status == "resolved" and world.chance(0.5):
        lines.append((kind, "end_user", world.one_of(themes.THANKS)))
    return lines
