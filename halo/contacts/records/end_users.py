"""End users: finding one, and searching through them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from halo.contacts.models import Company, Conversation, EndUser, Ticket
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range, nearest_of, tier_of
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.tickets import IS_OPEN, newest_open
from halo.contacts.records.visible import Lookup, Statement, is_bound, reading
from halo.contacts.vocabulary import HealthTier
from halo.ground.database.quick import Row
from halo.ground.principal import Principal
from halo.ground.text import names

SORTS = {
    "last_seen": Sort(EndUser.last_seen, True, "Most recently active first."),
    "signed_up": Sort(EndUser.signed_up_at, True, "Newest first."),
    "mrr": Sort(EndUser.mrr, True, "Highest revenue first."),
    "health": Sort(EndUser.health_score, False, "Lowest health score first."),
    "name": Sort(EndUser.name, False, "From A to Z."),
}
COUNTED_BY = {
    "plan": Field(EndUser.plan.expression),
    "health": Field(tier_of(EndUser)),
    "renewal_status": Field(EndUser.renewal_status.expression),
    "source": Field(EndUser.source.expression),
    "company": Field(Company.name.expression, Company.id),
}

_COUNT = select(func.count()).correlate(EndUser)
FOUND = {
    "id": EndUser.id,
    "external_id": EndUser.external_id,
    "name": EndUser.name,
    "email": EndUser.email,
    "phone": EndUser.phone,
    "avatar_url": EndUser.avatar_url,
    "job_title": EndUser.job_title,
    "plan": EndUser.plan,
    "mrr": EndUser.mrr,
    "arr": EndUser.arr,
    "health_score": EndUser.health_score,
    "renewal_status": EndUser.renewal_status,
    "renewal_date": EndUser.renewal_date,
    "contract_term": EndUser.contract_term,
    "payment_terms": EndUser.payment_terms,
    "on_contract": EndUser.on_contract,
    "custom_fields": EndUser.custom_fields,
    "context": EndUser.context,
    "signed_up_at": EndUser.signed_up_at,
    "first_seen": EndUser.first_seen,
    "last_seen": EndUser.last_seen,
    "last_contacted_at": EndUser.last_contacted_at,
    "source": EndUser.source,
    "company_unproven": EndUser.company_unproven,
    "company_id": Company.id,
    "company_name": Company.name,
    "company_domain": Company.domain,
    "company_plan": Company.plan,
    "company_mrr": Company.mrr,
    "company_health_score": Company.health_score,
    "company_renewal_status": Company.renewal_status,
    "company_renewal_date": Company.renewal_date,
    "open_tickets": _COUNT.where(Ticket.end_user_id == EndUser.id, IS_OPEN).scalar_subquery(),
    "tickets": _COUNT.where(Ticket.end_user_id == EndUser.id).scalar_subquery(),
    "conversations": _COUNT.where(Conversation.end_user_id == EndUser.id).scalar_subquery(),
}
"""What `find` reads of an end user, by name."""
LISTED = (
    "id",
    "external_id",
    "name",
    "email",
    "job_title",
    "plan",
    "mrr",
    "health_score",
    "renewal_status",
    "last_seen",
    "signed_up_at",
    "source",
    "company_id",
    "company_name",
    "company_domain",
    "open_tickets",
)
"""What `search` reads, in the order of the rows' columns."""

MOST_FOUND = 100
"""End users of one address that `find` reads; it gives one more where there are more."""
_SEARCHED: Statement = (
    select(*(FOUND[name].label(name) for name in LISTED))
    .select_from(EndUser)
    .outerjoin(Company, Company.id == EndUser.company_id)
)
_WITH_COMPANY = select(*FOUND.values()).select_from(EndUser).outerjoin(Company, Company.id == EndUser.company_id)
_FIND = {
    "id": Lookup(EndUser, _WITH_COMPANY.where(EndUser.id == bindparam("key")).limit(1)),
    "external_id": Lookup(EndUser, _WITH_COMPANY.where(EndUser.external_id == bindparam("key")).limit(1)),
    "email": Lookup(EndUser, _WITH_COMPANY.where(EndUser.email == bindparam("key")).limit(MOST_FOUND + 1)),
}
_OPEN_TICKETS = newest_open(Ticket.end_user_id)
_LAST_CONVERSATIONS = Lookup(
    Conversation,
    select(
        Conversation.id,
        Conversation.title,
        Conversation.started_at,
        Conversation.mood,
        Conversation.outcome,
    )
    .where(Conversation.end_user_id == bindparam("end_user_id"))
    .order_by(Conversation.started_at.desc())
    .limit(3),
    keyed=True,
)


def find(by: str, value: str, *, principal: Principal) -> list[dict[str, Any]]:
    """The end users with this id, external_id or email (several may share an address), last seen first."""
    key = names.address_key(value) if by == "email" else value
    found = [dict(zip(FOUND, row, strict=True)) for row in _FIND[by].rows(principal, key=key)]
    for user in found:
        if user["company_unproven"] and is_bound(principal):
            user |= {name: None for name in user if name.startswith("company_")}
    if len(found) > 1:
        found.sort(key=lambda user: (user["last_seen"] is not None, user["last_seen"]), reverse=True)
    return found


def open_tickets(end_user_id: str, *, principal: Principal) -> list[Row]:
    """The newest five that are not resolved: id, number, subject, status, priority, created_at."""
    return _OPEN_TICKETS.rows(principal, owner=end_user_id)


def last_conversations(end_user_id: str, *, principal: Principal) -> list[Row]:
    """The last three: id, title, started_at, mood, outcome."""
    return _LAST_CONVERSATIONS.rows(principal, end_user_id=end_user_id)


_LIST = RecordList(EndUser, _SEARCHED, SORTS, COUNTED_BY)


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    query: str | None = None,
    in_full: bool = False,
    name: str | None = None,
    domain: str | None = None,
    company: str | None = None,
    plan: str | None = None,
    health: HealthTier | None = None,
    renewal_status: Sequence[str] = (),
    renewal_from: datetime.date | None = None,
    renewal_to: datetime.date | None = None,
    min_mrr: float | None = None,
    max_mrr: float | None = None,
    source: str | None = None,
    seen_since: datetime.datetime | None = None,
    seen_until: datetime.datetime | None = None,
    signed_up_since: datetime.datetime | None = None,
    signed_up_until: datetime.datetime | None = None,
) -> Page:
    """End users of the workspace that fit, `LISTED` columns first."""
    check_range(("min_mrr", min_mrr), ("max_mrr", max_mrr))
    check_range(("renewal_from", renewal_from), ("renewal_to", renewal_to))
    check_range(("seen_since", seen_since), ("seen_until", seen_until))
    check_range(("signed_up_since", signed_up_since), ("signed_up_until", signed_up_until))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        filters.words("end_user", EndUser.id, query, in_full=in_full)
        filters.called("end_user", EndUser.name, name)
        named.narrow(filters, "domain", EndUser.email, domain, lambda to: to.mail_of(EndUser.email, domain))
        filters.company(EndUser.company_id, company)
        named.word(filters, "plan", EndUser.plan, plan)
        filters.health(EndUser, health)
        filters.one_of(EndUser.renewal_status, renewal_status)
        filters.between(EndUser.renewal_date, renewal_from, renewal_to)
        filters.between(EndUser.mrr, min_mrr, max_mrr)
        named.word(filters, "source", EndUser.source, source)
        filters.between(EndUser.last_seen, seen_since, seen_until)
        filters.between(EndUser.signed_up_at, signed_up_since, signed_up_until)
        return named.checked(_LIST.page(reader, filters, wanted))


def near(reference: str, *, principal: Principal) -> str:
    """The names that come nearest to one that does not exist, as a sentence; empty where none does."""
    with reading(principal) as reader:
        return nearest_of(reader, EndUser, reference)
