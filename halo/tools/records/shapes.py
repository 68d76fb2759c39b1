"""What the record tools share: kinds of arguments, and the shapes that several results hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

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
from halo.ground import periods
from halo.ground.arguments import Arguments, Capped
from halo.ground.periods import Written
from halo.ground.principal import Principal
from halo.ground.text import names
from halo.ground.words import Word
from halo.tool import Result

MOST = 50
"""Rows of one page."""
MOST_CHARACTERS = 50_000
"""Of one message."""
WHEN = ": 2026-08-01, 2026-Q3, 30d (ago), last_week or a time."
"""How times are written; stands once a tool, at the first of them."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """What a caller said, with its times as moments and days."""

    values: Mapping[str, Any]
    notes: tuple[str, ...]
    """Which moments and days were used."""


class RecordArguments(Arguments):
    """Arguments of a record tool, which tells what was said from what was left out."""

    def given(self) -> dict[str, Any]:
        """What the caller said, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def bounded(self, principal: Principal) -> Bounded:
        """The same as services take it: days are those of the caller's workspace."""
        zone, at = principal.time_zone, datetime.datetime.now(datetime.UTC)
        given = self.given()
        bounds = {name: it.bound(zone, at) for name, it in given.items() if isinstance(it, Written)}
        used = [f"{name} {_used(bound)}" for name, bound in bounds.items()]
        notes = (f"Times used: {', '.join(used)} ({zone}).",) if used else ()
        return Bounded({**given, **bounds}, notes)


def _storable(text: str) -> str:
    if not text.isprintable() and any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("must not hold NUL or half a surrogate pair")
    return text


def _seen(text: str) -> str:
    """A filter as it is seen: with a sign that nobody sees in it, it would fit nothing."""
    seen = names.visible(_storable(text))
    if not seen:
        raise ValueError("must hold a sign that can be seen")
    return seen


def _used(bound: datetime.date) -> str:
    return bound.isoformat(timespec="seconds") if isinstance(bound, datetime.datetime) else bound.isoformat()


def _written(*, is_end: bool = False, is_date: bool = False) -> BeforeValidator:
    def read(value: Any) -> Written:
        if not isinstance(value, str):
            raise ValueError(f"must be {periods.TAKEN}")  # noqa: TRY004 - Pydantic reads ValueError
        periods.read(value, "UTC", is_ahead=is_date)
        return Written(value, is_end, is_date)

    return BeforeValidator(read)


def _choice(words: type[Word]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [word.value for word in words]})


Text = Annotated[str, Field(min_length=1, max_length=320), AfterValidator(_seen)]
Query = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_seen)]
Cursor = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_storable)]
Limit = Annotated[int, Field(ge=1, le=MOST), Capped(MOST)]
Score = Annotated[int, Field(ge=0, le=100)]
Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
_TEXT = WithJsonSchema({"type": "string"})
Since = Annotated[Written, _written(), _TEXT]
Until = Annotated[Written, _written(is_end=True), _TEXT]
DayFrom = Annotated[Written, _written(is_date=True), _TEXT]
DayTo = Annotated[Written, _written(is_end=True, is_date=True), _TEXT]

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

POSITION = "Begins after this position: next_after of the answer before."
CHARACTERS = "Most characters of each message, 100 to 50,000."
MOST_WORDS = " Finds all words, else most."
LIMIT = f"1 to {MOST} rows."
COUNT_BY = "Counts per value, no rows."
CURSOR = "next_cursor to go on."
COMPANY = "Id, external id, domain, name."
HEALTH = "Score 80+, 60+, 40+, less."
ANY_OF = "One of these."
USER = "Id, external id, e-mail."


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


class ValueCount(Result):
    """How many records have a value."""

    value: str | None
    count: int
    id: str | None = Field(default=None, description="Of the record whose name the value is.")


class Listing(Result):
    """What every list says of itself."""

    total: int = Field(description="How many fit in all; the least number where total_is_exact is false.")
    total_is_exact: bool
    next_cursor: str | None = Field(description="Send it as cursor for the next ones; null at the end.")
    heading: str = Field(
        description="How many fit, what was asked for as it was understood, in which order, and by which clock."
    )
    counts: list[ValueCount] = Field(default=[], description="Only where count_by was sent; most frequent first.")
