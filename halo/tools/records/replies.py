"""Answers and parts of answers that several record tools give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from halo.contacts.records.paging import MOST_COUNTS, Count, Page
from halo.contacts.records.terms import read, terms_of
from halo.contacts.records.threads import Thread
from halo.ground.errors import Mistake, NotFound
from halo.ground.principal import Principal
from halo.ground.text.folding import domain, is_same, mail
from halo.tool import Answer, found
from halo.tools.records.phrasing import going_on, iso, line, words
from halo.tools.records.shapes import RecordArguments

SHOWN = 10
"""Records of which a `find` tool names the ids where several fit."""


def listing(
    page: Page,
    name: str,
    told: list[dict[str, Any]],
    said: list[str],
    head: Callable[[Page], str],
    **besides: Any,
) -> Answer:
    """A page of a list as an answer; where it is too long, with fewer rows, and the cursor goes on after them."""

    def smaller(share: float) -> Answer:
        count = max(1, int(len(told) * share))
        return listing(page.first(count), name, told[:count], said[:count], head, **besides)

    data = {"total": page.total, "total_is_exact": page.total_is_exact, "next_cursor": page.cursor, name: told}
    data |= {"heading": head(page), **besides}
    word = found(page.total, is_exact=page.total_is_exact)
    if page.counts is not None:
        return replace(_counts(page.counts, data, head(page)), word=word).noting(page.notes)
    text = "\n".join([head(page), *said]) + going_on(page.cursor)
    return Answer(text, data, notes=page.notes, word=word, smaller=smaller if len(told) > 1 else None)


def _counts(counts: Sequence[Count], data: dict[str, Any], head: str) -> Answer:
    """How often each value stands among the records of a list, the most frequent."""
    shown, rest = counts[:MOST_COUNTS], counts[MOST_COUNTS:]
    told = [{"value": one.value, "count": one.count} | ({"id": one.id} if one.id else {}) for one in shown]
    said = [f"- {line(one.value) or '(none)'}: {one.count:,}" + (f" (id {one.id})" if one.id else "") for one in shown]
    cut = f"counts: the {len(shown)} most frequent of {len(counts):,} values; the others have "
    notes = (cut + f"{sum(one.count for one in rest):,} in all.",) if rest else ()
    return Answer("\n".join([head, *said]), data | {"counts": told}, notes=notes)


def of_thread(thread: Thread, answer: Callable[[Thread], tuple[str, dict[str, Any]]]) -> Answer:
    """Text and data of a part of a thread as an answer; where it is too long, of a smaller part."""

    def smaller(share: float) -> Answer:
        less = thread.smaller(share)
        return of_thread(less, answer) if less is not None else Answer(text, data)

    text, data = answer(thread)
    return Answer(text, data, smaller=smaller)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Records that fit what a `find` tool was asked: those that were read, and how many there are."""

    records: list[dict[str, Any]]
    total: int
    total_is_exact: bool = True

    @classmethod
    def of_key(cls, records: list[dict[str, Any]], most: int) -> Fitting:
        """Those found by a key, of which at most one more than `most` were read."""
        return cls(records[:most], min(len(records), most), len(records) <= most)

    @classmethod
    def of_page(cls, page: Page, columns: Iterable[str]) -> Fitting:
        """Those on the first page of a search."""
        records = [dict(zip(columns, row, strict=False)) for row in page.rows]
        return cls(records, page.total, page.total_is_exact)

    def by_all(self, arguments: RecordArguments, noun: str, near: Callable[[str], str]) -> Fitting:
        """Those that fit all other arguments too; raises NotFound for none, with what comes near to the first."""
        given = arguments.given()
        # What was looked up by name fits it in the eyes of the full-text index, which knows more of spelling.
        others = {} if set(given) == {"name"} else given
        left = [it for it in self.records if all(_fits(by, value, it[by]) for by, value in others.items())]
        if len(left) == len(self.records) and left:
            return self
        said = ", ".join(f"{name} {value!r}" for name, value in given.items())
        if not self.total_is_exact:
            raise Mistake("id", f"More than {self.total:,} fit a part of {said}: name the {noun} by id.")
        if not left:
            nearest = near(str(next(iter(given.values()), "")))
            raise NotFound(f"{noun}: {said}.{nearest}".rstrip("."))
        return Fitting(left, len(left))

    @property
    def word(self) -> str:
        """For the audit log."""
        return found(self.total, is_exact=self.total_is_exact)

    def told(self) -> dict[str, Any]:
        """How many there are, as data."""
        return {"total": self.total, "total_is_exact": self.total_is_exact}

    def heading(self, plural: str, lister: str) -> str:
        """How many there are, and that not all of them follow."""
        count = f"{self.total:,}" if self.total_is_exact else f"More than {self.total:,}"
        if self.total_is_exact and self.total <= SHOWN:
            return f"{count} {plural} fit; say which one by id:"
        return f"{count} {plural} fit; say which one by id. The first {SHOWN}, of all that {lister} lists:"


def _fits(by: str, asked: str, known: str | None) -> bool:
    """Whether what a record says of itself is what was asked: a name by the beginnings of its words."""
    if by == "name":
        found = frozenset(terms_of(known or ""))
        return all(word.is_in(found) for word in read(asked).words)
    if by == "domain":
        return domain(known or "") == domain(asked)
    return mail(known or "") == mail(asked) if by == "email" else is_same(known, asked)


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


def currency_of(principal: Principal) -> str:
    """In what the workspace counts revenue."""
    return principal.currency


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
