"""Answers and parts of answers that several record tools give."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from halo.contacts.paging import Page
from halo.contacts.threads import Thread
from halo.errors import NotFound
from halo.mcp.tools.records.terms import RecordArguments
from halo.mcp.tools.records.words import going_on, iso, line, words
from halo.tool import Answer


def listing(page: Page, name: str, told: list[dict[str, Any]], said: list[str], head: Callable[[Page], str]) -> Answer:
    """A page of a list as an answer; where it is too long, with fewer rows, and the cursor goes on after them."""

    def smaller(share: float) -> Answer:
        count = max(1, int(len(told) * share))
        return listing(page.first(count), name, told[:count], said[:count], head)

    data = {"total": page.total, "total_is_exact": page.total_is_exact, "next_cursor": page.cursor, name: told}
    text = "\n".join([head(page), *said]) + going_on(page.cursor)
    return Answer(text, data, smaller=smaller if len(told) > 1 else None)


def of_thread(thread: Thread, answer: Callable[[Thread], tuple[str, dict[str, Any]]]) -> Answer:
    """Text and data of a part of a thread as an answer; where it is too long, of a smaller part."""

    def smaller(share: float) -> Answer:
        less = thread.smaller(share)
        return of_thread(less, answer) if less is not None else Answer(text, data)

    text, data = answer(thread)
    return Answer(text, data, smaller=smaller)


def fitting(found: list[dict[str, Any]], arguments: RecordArguments, noun: str) -> list[dict[str, Any]]:
    """Those of the records found by one argument that fit all others too; raises NotFound for none."""
    given = arguments.given()
    # What was looked up by name fits it in the eyes of the full-text index, which knows more of spelling.
    for by, value in () if set(given) == {"name"} else given.items():
        found = [record for record in found if _fits(by, value, record[by])]
    if not found:
        said = ", ".join(f"{name} {value!r}" for name, value in given.items())
        raise NotFound(f"{noun}: {said}" if said else noun)
    return found


def _fits(by: str, asked: str, known: str | None) -> bool:
    """Whether what a record says of itself is what was asked: a name by the beginnings of its words."""
    known, asked = (known or "").lower(), asked.lower()
    if by == "name":
        starts = re.findall(r"[^\W_]+", known)
        return all(any(word.startswith(part) for word in starts) for part in re.findall(r"[^\W_]+", asked))
    return known == (asked.removeprefix("www.") if by == "domain" else asked)


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


def parties(record: dict[str, Any]) -> dict[str, Any]:
    """A row with its end user and company as parts of their own."""
    user = {"id": record.pop("user_id"), "name": record.pop("user_name"), "email": record.pop("user_email")}
    company = {"id": record.pop("company_id"), "name": record.pop("company_name"), "domain": None}
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
