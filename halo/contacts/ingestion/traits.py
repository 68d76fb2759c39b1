"""Traits: which of them have a column, what fits there, and how the rest joins what is stored."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from halo.contacts.vocabulary import RenewalStatus, Term
from halo.ground import periods
from halo.ground.errors import Mistake
from halo.ground.text import names
from halo.ground.words import Word

RESERVED_OF_USERS = (
    "id", "external_id", "org_id", "company_id", "created_at", "updated_at", "first_seen", "last_seen",
    "last_contacted_at",
)  # fmt: skip
RESERVED_OF_COMPANIES = (
    "id", "external_id", "org_id", "created_at", "updated_at", "health_score", "team_size", "last_contacted_at",
)  # fmt: skip

LONGEST_NAME = 300

Reader = Callable[[str, Any], Any]


def _text(longest: int, *, lower: bool = False) -> Reader:
    def read(name: str, value: Any) -> str | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Mistake(name, f"{name}: must be text.")
        value = value.strip()
        if len(value) > longest:
            raise Mistake(name, f"{name}: is longer than {longest} characters.")
        return (value.lower() if lower else value) or None

    return read


def _email(name: str, value: Any) -> str | None:
    text: str | None = _text(names.ADDRESS_CHARACTERS)(name, value)
    if text is None:
        return None
    key = names.address_key(text)
    if problem := names.fault(key):
        raise Mistake(name, f"{name}: {problem}.")
    if not names.is_address(key):
        raise Mistake(name, f"{name}: {text[:80]!r} is no e-mail address such as ana@example.com.")
    return key


def _name(name: str, value: Any) -> str | None:
    text: str | None = _text(LONGEST_NAME)(name, value)
    if text is not None and (problem := names.fault(text)):
        raise Mistake(name, f"{name}: {problem}.")
    return text


def _domain(name: str, value: Any) -> str | None:
    text: str | None = _text(255, lower=True)(name, value)
    return (text and text.removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]) or None


def _number(name: str, value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value) or abs(value) > 1e12:
        raise Mistake(name, f"{name}: must be a number.")
    return float(value)


def _whole(name: str, value: Any) -> int:
    number = _number(name, value)
    if number != int(number) or not 0 <= number < 2**31:
        raise Mistake(name, f"{name}: must be a whole number from 0.")
    return int(number)


def _boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mistake(name, f"{name}: must be true or false.")
    return value


def _word(words: type[Word]) -> Reader:
    def read(name: str, value: Any) -> str:
        if value not in [word.value for word in words]:
            raise Mistake(name, f"{name}: must be one of {', '.join(words)}.")
        return str(value)

    return read


def _moment(time_zone: str) -> Reader:
    def read(name: str, value: Any) -> datetime.datetime:
        try:
            return periods.dated(value, time_zone) if isinstance(value, str) else periods.since_1970(_seconds(value))
        except ValueError as problem:
            raise Mistake(name, f"{name}: {problem}, or seconds since 1970.") from None

    return read


def _seconds(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError(f"must be {periods.DATED}")  # noqa: TRY004 - `_moment` says it
    return float(value)


def _day(time_zone: str) -> Reader:
    """The day as it is written, whatever the hour beside it; of what names no day, the one in this zone."""
    moment = _moment(time_zone)

    def read(name: str, value: Any) -> datetime.date:
        at: datetime.datetime = moment(name, value)
        return (at if isinstance(value, str) else at.astimezone(periods.Zone(time_zone))).date()

    return read


Known = Mapping[str, tuple[str, Reader]]
"""Trait -> (column, what reads it). Every other trait is a custom field."""


def _of_accounts(time_zone: str) -> Known:
    return {
        "plan": ("plan", _text(80)),
        "mrr": ("mrr", _number),
        "arr": ("arr", _number),
        "renewal_status": ("renewal_status", _word(RenewalStatus)),
        "renewal_date": ("renewal_date", _day(time_zone)),
        "contract_term": ("contract_term", _word(Term)),
        "payment_terms": ("payment_terms", _word(Term)),
        "on_contract": ("on_contract", _boolean),
        "signed_up_at": ("signed_up_at", _moment(time_zone)),
    }


@cache
def of_users(time_zone: str) -> Known:
    """What is known of people, whose days and times without an offset are in this zone, their workspace's."""
    return {
        **_of_accounts(time_zone),
        "name": ("name", _name),
        "email": ("email", _email),
        "phone": ("phone", _text(50)),
        "avatar": ("avatar_url", _text(1000)),
        "avatar_url": ("avatar_url", _text(1000)),
        "job_title": ("job_title", _text(200)),
    }


@cache
def of_companies(time_zone: str) -> Known:
    """The same of companies."""
    return {
        **_of_accounts(time_zone),
        "name": ("name", _name),
        "domain": ("domain", _domain),
        "industry": ("industry", _text(120)),
        "employee_count": ("employee_count", _whole),
    }


def split(traits: Mapping[str, Any], known: Known, at: str = "traits.") -> tuple[dict[str, Any], dict[str, Any]]:
    """(values of columns, custom fields). Raises `Mistake` that names the trait; null empties a column."""
    columns: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for name, value in traits.items():
        if name not in known:
            custom[name] = value
            continue
        column, read = known[name]
        columns[column] = None if value is None or value == "" else read(at + name, value)
    return columns, custom


def merged(stored: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored with what was sent on top; null takes a key away."""
    return {key: value for key, value in {**stored, **sent}.items() if value is not None}
