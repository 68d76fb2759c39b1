"""What the customers of the demo write about, and what they are told: `themes.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Theme:
    """One subject: how it is asked, answered, followed up and settled."""

    key: str
    category: str
    weight: int
    subjects: Sequence[str]
    questions: Sequence[str]
    answers: Sequence[str]
    """What the AI agent says."""
    further: Sequence[str]
    """What the customer asks next."""
    team: Sequence[str]
    """What a teammate says."""
    correction: str
    """What the answer should have been where it was rated down."""


_TOLD: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "themes.toml").read_text(encoding="utf-8"))[
    "theme"
]
THEMES = tuple(Theme(**told) for told in _TOLD)


@dataclass(frozen=True)
class Case:
    """One question of a theme with what belongs to it."""

    theme: Theme
    subject: str
    question: str
    answer: str
    further: str


CASES = tuple(
    Case(theme, *told)
    for theme in THEMES
    for told in zip(theme.subjects, theme.questions, theme.answers, theme.further, strict=True)
)
WEIGHTS = [case.theme.weight for case in CASES]

GREETINGS = ("Hi,", "Hello,", "Hello team,", "Good morning,", "Hi there,")
PRESSING = (
    "This blocks our month end.",
    "We have raised this three times now.",
    "If this goes on we will have to look for something else.",
    "My manager asks every day.",
)
THANKS = ("Thank you, that helped.", "Perfect, works now.", "Great, thanks!", "Thanks for the quick answer.")
DISAPPOINTED = (
    "That does not answer my question.",
    "I have tried that already.",
    "This is going in circles. I want to talk to a person.",
    "No. Please read what I wrote.",
)
COMMENTS = (
    "Did not answer the question",
    "Wrong: we had tried exactly that",
    "Too general",
    "The menu it names does not exist",
    "It ignored half of what I wrote",
)
NOTES = (
    "Called them, they are patient for now.",
    "Renewal is close, please keep an eye on this one.",
    "Same cause as last month.",
    "Waiting for engineering.",
)
