"""What the record tools share: kinds of arguments, and the shapes that several results hold."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from halo.arguments import Arguments, Capped
from halo.contacts.vocabulary import (
    Channel,
    ConversationStatus,
    HealthTier,
    LeadStatus,
    Mood,
    Outcome,
    Rating,
    RenewalStatus,
    Side,
    TicketPriority,
    TicketStatus,
)
from halo.tool import Result
from halo.words import Word

MOST = 50
"""Rows of one page."""
MOST_CHARACTERS = 50_000
"""Of one message."""
_AGO = re.compile(r"(\d{1,4}) ?([hdwmy])")
_UNITS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}
"""Hours."""
WHEN = " 2026-08-01, a time, or how long ago: 12h, 30d, 3m."
DAY = " 2027-01-31, or how far ahead: 30d."


class RecordArguments(Arguments):
    """Arguments of a record tool, which tells what was said from what was left out."""

    def given(self) -> dict[str, Any]:
        """What the caller said, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _storable(text: str) -> str:
    if not text.isprintable() and any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("must not hold NUL or half a surrogate pair")
    return text


def _moment(value: Any, *, end: bool) -> datetime.datetime:
    if not isinstance(value, str):
        raise ValueError("must be text such as 2026-08-01 or 30d")  # noqa: TRY004 - Pydantic reads ValueError
    text = value.strip()
    ago = _AGO.fullmatch(text.lower().removesuffix(" ago"))
    try:
        if ago:
            return datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=int(ago[1]) * _UNITS[ago[2]])
        moment = datetime.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text[:40]!r} is no date, time or span; write 2026-08-01, 2026-08-01T09:00:00Z or 30d"
        ) from None
    if not 1900 <= moment.year <= 2200:
        raise ValueError("the year must lie between 1900 and 2200")
    if len(text) == 10 and end:
        moment = datetime.datetime.combine(moment.date(), datetime.time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _day(value: Any) -> datetime.date:
    if not isinstance(value, str):
        raise ValueError("must be text such as 2027-01-31 or 30d")  # noqa: TRY004 - Pydantic reads ValueError
    text = value.strip().lower().removeprefix("in ").removeprefix("+")
    today = datetime.datetime.now(datetime.UTC).date()
    ahead = _AGO.fullmatch(text)
    if text == "today":
        return today
    try:
        if ahead:
            return today + datetime.timedelta(hours=int(ahead[1]) * _UNITS[ahead[2]])
        return datetime.date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no date; write 2027-01-31, today or 30d") from None


def _choice(words: type[Word]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [word.value for word in words]})


Text = Annotated[str, Field(min_length=1, max_length=320), AfterValidator(_storable)]
Query = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_storable)]
Cursor = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_storable)]
Limit = Annotated[int, Field(ge=1, le=MOST), Capped(MOST)]
Score = Annotated[int, Field(ge=0, le=100)]
Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
_TEXT = WithJsonSchema({"type": "string"})
Since = Annotated[datetime.datetime, BeforeValidator(lambda value: _moment(value, end=False)), _TEXT]
Until = Annotated[datetime.datetime, BeforeValidator(lambda value: _moment(value, end=True)), _TEXT]
Day = Annotated[datetime.date, BeforeValidator(_day), _TEXT]

Health = Annotated[HealthTier, _choice(HealthTier)]
AChannel = Annotated[Channel, _choice(Channel)]
APriority = Annotated[TicketPriority, _choice(TicketPriority)]
ARating = Annotated[Rating, _choice(Rating)]
ASide = Annotated[Side, _choice(Side)]
AConversationStatus = Annotated[ConversationStatus, _choice(ConversationStatus)]
Renewals = Annotated[list[Annotated[RenewalStatus, _choice(RenewalStatus)]], Field(max_length=9)]
TicketStatuses = Annotated[list[Annotated[TicketStatus, _choice(TicketStatus)]], Field(max_length=6)]
LeadStatuses = Annotated[list[Annotated[LeadStatus, _choice(LeadStatus)]], Field(max_length=6)]
Moods = Annotated[list[Annotated[Mood, _choice(Mood)]], Field(max_length=5)]
Outcomes = Annotated[list[Annotated[Outcome, _choice(Outcome)]], Field(max_length=3)]

Position = Annotated[int, Field(ge=0, le=1_000_000)]
Characters = Annotated[int, Field(ge=100, le=MOST_CHARACTERS), Capped(MOST_CHARACTERS)]

POSITION = "next_after of the answer before."
CHARACTERS = "Of each message, 100 to 50,000."
MOST_WORDS = " None has all: those with most."
LIMIT = f"1 to {MOST} rows."
CURSOR = "The next_cursor before."
COMPANY = "Id, external id, domain or name."
HEALTH = "From 80, 60, 40, 0."
USER = "Id, external id or e-mail address."


class Person(Result):
    """An end user, in short."""

    id: str
    name: str | None
    email: str | None


class CompanyName(Result):
    """A company, in short."""

    id: str
    name: str
    domain: str | None = None


class OpenTicket(Result):
    """A ticket that is not resolved, in short."""

    id: str = Field(description="For data_get_ticket.")
    number: int
    subject: str
    status: str
    priority: str
    created_at: str


class Listing(Result):
    """What every list says of itself."""

    total: int = Field(description="How many fit in all; the least number where total_is_exact is false.")
    total_is_exact: bool
    next_cursor: str | None = Field(description="Send it as cursor for the next ones; null at the end.")
