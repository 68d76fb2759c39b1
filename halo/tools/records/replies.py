"""Answers and parts of answers that several record tools give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from halo.contacts.records.threads import Thread
from halo.ground.principal import Principal
from halo.tool import Answer
from halo.tools.records.phrasing import day, iso, line, pairs, words


class Threads(Protocol):
    """A service of records that have a thread of messages."""

    def get(self, key: str, /, *, principal: Principal) -> dict[str, Any]: ...

    def thread(self, key: str, /, *, principal: Principal, after: int, limit: int, characters: int) -> Thread: ...


class Reads(Protocol):
    """Which part of a thread is asked for."""

    after: int
    limit: int
    characters: int


Told = Callable[[dict[str, Any], Thread], tuple[str, dict[str, Any]]]


def read_thread(records: Threads, key: str, part: Reads, principal: Principal, answer: Told) -> Answer:
    """A record and a part of its thread, as this makes text and data of them."""
    record = records.get(key, principal=principal)
    asked = {"after": part.after, "limit": part.limit, "characters": part.characters}
    thread = records.thread(record["id"], principal=principal, **asked)
    return _of_thread(thread, lambda shown: answer(record, shown))


def _of_thread(thread: Thread, answer: Callable[[Thread], tuple[str, dict[str, Any]]]) -> Answer:
    """Text and data of a part of a thread as an answer; where it is too long, of a smaller part."""

    def smaller(share: float) -> Answer:
        less = thread.smaller(share)
        return _of_thread(less, answer) if less is not None else Answer(text, data)

    text, data = answer(thread)
    return Answer(text, data, smaller=smaller)


def open_ticket(row: Any) -> dict[str, Any]:
    """A ticket in short, from (id, number, subject, status, priority, created_at)."""
    return {
        "id": row[0],
        "number": row[1],
        "subject": row[2],
        "status": row[3],
        "priority": row[4],
        "created_at": iso(row[5]),
    }


def said_ticket(ticket: dict[str, Any]) -> str:
    """The same as a line of text."""
    stands = f"{words(ticket['status'])}, opened {ticket['created_at'][:10]}"
    return f"- #{ticket['number']} {line(ticket['subject'])} ({stands})"


def said_dates(account: Mapping[str, Any]) -> str:
    """Since when somebody is a customer, and when they were last seen and spoken to."""
    return (
        f"Signed up {day(account['signed_up_at'])}, last seen {day(account['last_seen'])}, "
        f"last contacted {day(account['last_contacted_at'])}."
    )


def said_traits(account: Mapping[str, Any]) -> list[str]:
    """What the workspace sends of it, and its ids: the last lines of a record in full."""
    said = [f"Traits: {pairs(account['custom_fields'])}."] if account["custom_fields"] else []
    said += [f"Context: {pairs(account['context'])}."] if account["context"] else []
    outside = f", external id {line(account['external_id'])}" if account["external_id"] else ""
    return [*said, f"id {account['id']}{outside}"]


def said_works(record: Mapping[str, Any]) -> str:
    """Where somebody works, to go on a name with."""
    return f" ({line(record['company']['name'])})" if record["company"] else ""


def said_author(name: str | None, author: str) -> str:
    """Who wrote a message."""
    return f"{line(name)} ({words(author)})" if name else words(author)


def currency_of(principal: Principal) -> str:
    """In what the workspace counts revenue."""
    return principal.currency


def times(record: dict[str, Any], *names: str) -> dict[str, Any]:
    """The record with these moments as results carry them."""
    return record | {name: iso(record[name]) for name in names}


def parties(record: dict[str, Any]) -> dict[str, Any]:
    """A row with its end user and company as parts of their own."""
    user = {"id": record.pop("user_id"), "name": record.pop("user_name"), "email": record.pop("user_email")}
    company = {"id": record.pop("company_id"), "name": record.pop("company_name")}
    company["domain"] = record.pop("company_domain")
    record["user"] = user if user["id"] else None
    record["company"] = company if company["id"] else None
    return record


def quoted(text: str) -> str:
    """What somebody wrote, marked as a quotation line by line."""
    return "\n".join(f"> {part}" for part in text.splitlines()) or "> (empty)"


def cut_note(shown: str, length: int) -> str:
    """What stands under a message of which only the beginning is shown."""
    return f"\n[cut: {len(shown)} of {length} characters; a larger `characters` shows more]"


def rest_of_thread(last: int | None) -> str:
    """How to get the next messages, as the last line of a thread."""
    return f"\n\nThere are more messages: call again with after {last}." if last is not None else ""
