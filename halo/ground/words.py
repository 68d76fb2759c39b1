"""Words that columns, grants and tools hold, each with the sentence that a person or a model reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A value with a sentence."""

    sentence: str

    def __new__(cls, key: str, sentence: str) -> Self:
        member = str.__new__(cls, key)
        member._value_ = key
        member.sentence = sentence
        return member

    @classmethod
    def described(cls) -> str:
        """All words with their sentences, for the description of a tool's argument."""
        return " ".join(f"{word.value}: {word.sentence}" for word in cls)


SYNONYMS: dict[str, tuple[str, ...]] = {
    "closed": ("resolved", "completed", "lost"),
    "close": ("resolved", "completed"),
    "solved": ("resolved",),
    "done": ("resolved", "completed"),
    "finished": ("resolved", "completed"),
    "ended": ("completed",),
    "over": ("completed",),
    "archived": ("resolved",),
    "unresolved": ("open", "priority", "in_progress", "snoozed"),
    "pending": ("open", "in_progress", "snoozed"),
    "waiting": ("open", "snoozed"),
    "unanswered": ("open",),
    "new": ("open",),
    "active": ("in_progress", "live"),
    "ongoing": ("in_progress", "live"),
    "running": ("live",),
    "onhold": ("snoozed",),
    "hold": ("snoozed",),
    "paused": ("snoozed",),
    "junk": ("spam",),
    "urgent": ("priority",),
    "high": ("priority",),
    "critical": ("priority",),
    "important": ("priority",),
    "highest": ("priority",),
    "low": ("normal",),
    "medium": ("normal",),
    "default": ("normal",),
    "good": ("healthy", "happy", "up"),
    "bad": ("critical", "frustrated", "angry", "down"),
    "poor": ("critical", "at_risk"),
    "unhealthy": ("at_risk", "critical"),
    "green": ("healthy",),
    "yellow": ("neutral",),
    "amber": ("neutral", "at_risk"),
    "red": ("critical",),
    "positive": ("happy", "up"),
    "negative": ("frustrated", "angry", "down"),
    "unhappy": ("frustrated", "angry"),
    "sad": ("frustrated",),
    "upset": ("frustrated", "angry"),
    "satisfied": ("happy",),
    "dissatisfied": ("frustrated", "angry"),
    "handedover": ("escalated",),
    "handover": ("escalated",),
    "handedoff": ("escalated",),
    "failed": ("escalated", "abandoned"),
    "dropped": ("abandoned",),
    "thumbsup": ("up",),
    "thumbsdown": ("down",),
    "like": ("up",),
    "dislike": ("down",),
    "churned": ("lost",),
    "cancelled": ("set_to_cancel", "lost"),
    "canceled": ("set_to_cancel", "lost"),
    "churning": ("at_risk", "set_to_cancel"),
    "expiring": ("up_for_renewal",),
    "won": ("converted", "renewed"),
    "customer": ("converted",),
    "unqualified": ("disqualified",),
    "rejected": ("disqualified",),
    "demo": ("demo_booked",),
    "mail": ("email",),
    "phone": ("voice",),
    "call": ("voice",),
    "widget": ("chat",),
    "web": ("chat",),
    "date": ("newest", "created", "signed_up"),
    "recent": ("newest", "last_seen", "created"),
    "latest": ("newest", "last_seen", "created"),
    "desc": ("newest",),
    "asc": ("oldest",),
    "createdat": ("newest", "created", "signed_up"),
    "updatedat": ("updated",),
    "nextjs": ("next",),
    "javascript": ("node",),
    "typescript": ("node",),
}
"""Words that other products have and a model tries -> those that may be meant, for the sentence that refuses one."""
