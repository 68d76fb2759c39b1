"""Conversations with the AI agent, and what customers thought of its answers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from halo.contacts.vocabulary import Mood
from halo.demo import themes
from halo.demo.themes import Case
from halo.demo.world import DemoCustomer, Row, World

AGENT = "Halo"
MOODS = tuple(Mood)
_SCORES = {"happy": 90, "neutral": 78, "confused": 58, "frustrated": 38, "angry": 22}
_OUTCOMES = {
    "happy": (94, 3, 3),
    "neutral": (80, 8, 12),
    "confused": (48, 20, 32),
    "frustrated": (22, 46, 32),
    "angry": (8, 62, 30),
}
"""Mood -> weights of resolved, escalated, abandoned."""


def make(world: World, number: int) -> list[tuple[Row, DemoCustomer, Case]]:
    """So many conversations; gives back those that were escalated."""
    escalated = []
    trouble = [customer.fate.trouble * (3 + len(customer.users) ** 0.5) for customer in world.customers]
    for customer in world.luck.choices(world.customers, trouble, k=number):
        case = world.luck.choices(themes.CASES, themes.WEIGHTS)[0]
        row = _conversation(world, customer, case)
        if row["outcome"] == "escalated" and row["end_user_id"]:
            escalated.append((row, customer, case))
    return escalated


def told(
    world: World,
    customer: DemoCustomer,
    user: Row | None,
    at: datetime.datetime,
    title: str,
    lines: Iterable[str],
    mood: str,
    outcome: str,
) -> Row:
    """A conversation with exactly these lines, the customer's first; what begins with `-` was rated down."""
    score = max(0, min(100, _SCORES[mood] + world.luck.randint(-9, 9)))
    confidence = max(5, min(99, score + world.luck.randint(-14, 8)))
    row = world.add(
        "conversation",
        at,
        end_user_id=user["id"] if user else None,
        company_id=customer.row["id"] if user else None,
        session_id=f"s_{world.luck.getrandbits(40):010x}",
        agent_name=AGENT,
        channel="chat" if world.chance(0.9) else world.one_of(("voice", "email", "slack")),
        title=title,
        summary=None,
        page_url=f"https://app.acme.test/{world.one_of(('projects', 'billing', 'reports', 'settings', 'boards'))}",
        status="completed",
        mood=mood,
        outcome=outcome,
        ai_confidence=confidence,
        ai_score=score,
        thumbs_up=0,
        thumbs_down=0,
        started_at=at,
    )
    position = 0
    for position, line in enumerate(lines, 1):
        is_customer = position % 2 == 1
        _message(world, row, position, at, line.lstrip("-"), user if is_customer else None, is_customer)
        if line.startswith("-"):
            _rate_down(world, themes.COMMENTS[position % len(themes.COMMENTS)])
        if user:
            world.seen(user, at)
        at = world.later(at, 1.5)
    row |= {"message_count": position, "ended_at": at}
    return row


def _conversation(world: World, customer: DemoCustomer, case: Case) -> Row:
    mood = world.luck.choices(MOODS, customer.fate.moods)[0].value
    outcome = world.luck.choices(("resolved", "escalated", "abandoned"), _OUTCOMES[mood])[0]
    user = world.one_of(customer.users) if world.chance(0.92) else None
    question = world.filled(case.question)
    lines = [f"{question} {world.mark}".strip(), world.filled(case.answer)]
    if mood in ("frustrated", "angry"):
        # The same again: that is what makes them angry.
        lines += [world.one_of(themes.DISAPPOINTED), world.filled(case.answer)]
    if mood != "neutral" or world.chance(0.5):
        lines += [case.further, case.theme.correction]
    if outcome == "resolved" and world.chance(0.7):
        lines += [world.one_of(themes.THANKS)]
    if outcome == "escalated":
        lines += [world.one_of(themes.DISAPPOINTED), "I am handing this over to our team; they will write to you."]
    at = world.moment(user["first_seen"] if user else customer.row["signed_up_at"])
    row = told(world, customer, user, at, world.filled(case.subject), lines, mood, outcome)
    ends = {"resolved": "The agent settled it.", "escalated": "Handed to the team.", "abandoned": "The customer left."}
    who = customer.row["name"] if user else "A visitor"
    row["summary"] = f"{who} asked about {case.theme.category.lower()}: {question[:120]} {ends[outcome]}"
    _ratings(world, row, case, mood, len(lines))
    return row


def _ratings(world: World, conversation: Row, case: Case, mood: str, lines: int) -> None:
    """A thumb on one of the agent's first answers, more often down than up where the mood is bad."""
    likelihood = {"happy": 0.25, "neutral": 0.06, "confused": 0.12, "frustrated": 0.34, "angry": 0.42}[mood]
    if not world.chance(likelihood):
        return
    answers = [row for row in world.rows["conversation_message"][-lines:] if row["author"] == "ai"]
    message = answers[0 if world.chance(0.7) else min(1, len(answers) - 1)]
    rating = "up" if mood in ("happy", "neutral") else "down"
    comment = world.one_of(themes.COMMENTS) if rating == "down" and world.chance(0.6) else None
    message |= {"rating": rating, "rated_at": world.later(message["sent_at"], 2), "rating_comment": comment}
    conversation["thumbs_up" if rating == "up" else "thumbs_down"] += 1
    if rating == "down" and world.chance(0.25):
        message["correction"] = case.theme.correction


def _message(
    world: World,
    conversation: Row,
    position: int,
    at: datetime.datetime,
    body: str,
    user: Row | None,
    is_customer: bool,
) -> None:
    world.add(
        "conversation_message",
        at,
        conversation_id=conversation["id"],
        position=position,
        author="end_user" if is_customer else "ai",
        author_name=user["name"] if user else "Visitor" if is_customer else AGENT,
        body=body,
        confidence=None if is_customer else max(1, min(99, conversation["ai_confidence"] + world.luck.randint(0, 12))),
        sent_at=at,
    )


def _rate_down(world: World, comment: str) -> None:
    """A thumbs down on the message that was added last."""
    message = world.rows["conversation_message"][-1]
    message |= {"rating": "down", "rated_at": world.later(message["sent_at"], 2), "rating_comment": comment}
    world.rows["conversation"][-1]["thumbs_down"] += 1
