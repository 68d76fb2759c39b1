"""The one tool that lists records: what differs between the lists is said by each (`Lists`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from halo.contacts.records.paging import MOST_COUNTS, Count, Page, PageWanted, as_question
from halo.ground.principal import Principal
from halo.tool import Answer, found
from halo.tools.records.phrasing import going_on, heading, line
from halo.tools.records.replies import currency_of
from halo.tools.records.shapes import RecordArguments

PAGING = frozenset({"sort", "limit", "cursor", "count_by"})
"""Arguments that every list has: which part of it is wanted."""


@dataclass(frozen=True)
class Lists:
    """A tool that lists records: what it asks, and how it tells of one."""

    name: str
    """Of the records in the data."""
    noun: str
    """Of one of them in the text."""
    search: Callable[..., Page]
    columns: Iterable[str]
    """What the first columns of a row are."""
    told: Callable[[dict[str, Any]], dict[str, Any]]
    """A record as data, from its columns."""
    said: Callable[[dict[str, Any], str], str]
    """A record as a line of text, from its data and the currency."""
    plural: str = ""
    says_currency: bool = False
    says_match: bool = False
    """Whether a record has a `match` too, the words of it that were looked for."""

    def answer(self, arguments: RecordArguments, principal: Principal) -> Answer:
        """A page of the list, or counts of it; what was understood otherwise than said stands with it."""
        given, bounded = arguments.given(), arguments.bounded(principal)
        values = dict(bounded.values)
        asked = {name: values.pop(name) for name in PAGING & values.keys()}
        wanted = PageWanted(as_question(self.name, given), **asked)
        page = self.search(principal=principal, wanted=wanted, **values)
        currency = currency_of(principal)
        rows = [dict(zip(self.columns, row, strict=False)) for row in page.rows]
        if self.says_match:
            rows = [row | {"match": page.places.get(row["id"])} for row in rows]
        told = [self.told(row) for row in rows]
        said = [self.said(one, currency) for one in told]
        besides = {"currency": currency} if self.says_currency else {}
        return self._part(page, told, said, given, besides).noting(bounded.notes)

    def _part(
        self,
        page: Page,
        told: list[dict[str, Any]],
        said: list[str],
        given: Mapping[str, Any],
        besides: Mapping[str, Any],
    ) -> Answer:
        """Where it is too long, with fewer rows, and the cursor goes on after them."""

        def smaller(share: float) -> Answer:
            count = max(1, int(len(told) * share))
            return self._part(page.first(count), told[:count], said[:count], given, besides)

        head = heading(page, self.noun, given, self.plural)
        data: dict[str, Any] = {"total": page.total, "total_is_exact": page.total_is_exact, "next_cursor": page.cursor}
        data |= {self.name: told, "heading": head, **besides}
        word = found(page.total, is_exact=page.total_is_exact)
        if page.counts is not None:
            return replace(_counts(page.counts, data, head), word=word).noting(page.notes)
        text = "\n".join([head, *said]) + going_on(page.cursor)
        return Answer(text, data, notes=page.notes, word=word, smaller=smaller if len(told) > 1 else None)


def _counts(counts: Sequence[Count], data: dict[str, Any], head: str) -> Answer:
    """How often each value stands among the records of a list, the most frequent."""
    shown, rest = counts[:MOST_COUNTS], counts[MOST_COUNTS:]
    told = [{"value": one.value, "count": one.count} | ({"id": one.id} if one.id else {}) for one in shown]
    said = [f"- {line(one.value) or '(none)'}: {one.count:,}" + (f" (id {one.id})" if one.id else "") for one in shown]
    cut = f"counts: the {len(shown)} most frequent of {len(counts):,} values; the others have "
    notes = (cut + f"{sum(one.count for one in rest):,} in all.",) if rest else ()
    return Answer("\n".join([head, *said]), data | {"counts": told}, notes=notes)
