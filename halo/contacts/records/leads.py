"""Leads: searching through people who may become customers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import select

from halo.contacts.models import Lead
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.visible import Statement, reading
from halo.ground.principal import Principal
from halo.ground.text import names

SORTS = {
    "created": Sort(Lead.created_at, True, "Newest first."),
    "score": Sort(Lead.score, True, "Best fit first."),
    "name": Sort(Lead.name, False, "From A to Z."),
}
COUNTED_BY = {"status": Field(Lead.status.expression), "source": Field(Lead.source.expression)}
LISTED = {
    "id": Lead.id,
    "name": Lead.name,
    "email": Lead.email,
    "phone": Lead.phone,
    "job_title": Lead.job_title,
    "company_name": Lead.company_name,
    "domain": Lead.domain,
    "status": Lead.status,
    "score": Lead.score,
    "source": Lead.source,
    "interest": Lead.interest,
    "custom_fields": Lead.custom_fields,
    "end_user_id": Lead.end_user_id,
    "created_at": Lead.created_at,
    "last_contacted_at": Lead.last_contacted_at,
}
"""What `search` reads, in the order of the rows' columns."""


_SEARCHED: Statement = select(*LISTED.values())


_LIST = RecordList(Lead, _SEARCHED, SORTS, COUNTED_BY)


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    id: str | None = None,  # noqa: A002 - as the tool calls it
    query: str | None = None,
    email: str | None = None,
    domain: str | None = None,
    status: Sequence[str] = (),
    source: str | None = None,
    min_score: int | None = None,
    max_score: int | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> Page:
    """Leads of the workspace that fit, `LISTED` columns first."""
    check_range(("min_score", min_score), ("max_score", max_score))
    check_range(("since", since), ("until", until))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        named.exactly(filters, "id", Lead.id, id)
        filters.words("lead", Lead.id, query)
        named.exactly(filters, "email", Lead.email, email and names.address_key(email))
        named.narrow(filters, "domain", Lead.domain, domain, lambda to: to.domain(Lead.domain, domain))
        filters.one_of(Lead.status, status)
        named.word(filters, "source", Lead.source, source)
        filters.between(Lead.score, min_score, max_score)
        filters.between(Lead.created_at, since, until)
        return named.checked(_LIST.page(reader, filters, wanted))
