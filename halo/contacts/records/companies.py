"""Companies: finding one, and searching through them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, String, bindparam, func, select

from halo.contacts.models import Company, Conversation, EndUser, Ticket
from halo.contacts.records import alike
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range, nearest_of, tier_of
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.tickets import IS_OPEN, newest_open
from halo.contacts.records.visible import Lookup, Statement, conditions, is_bound, reading
from halo.contacts.vocabulary import HealthTier
from halo.ground.database.quick import Row
from halo.ground.principal import Principal

SORTS = {
    "mrr": Sort(Company.mrr, True, "Highest revenue first."),
    "health": Sort(Company.health_score, False, "Lowest health score first."),
    "renewal_date": Sort(Company.renewal_date, False, "Soonest renewal first."),
    "signed_up": Sort(Company.signed_up_at, True, "Newest first."),
    "name": Sort(Company.name, False, "From A to Z."),
}

COUNTED_BY = {
    "plan": Field(Company.plan.expression),
    "industry": Field(Company.industry.expression),
    "health": Field(tier_of(Company)),
    "renewal_status": Field(Company.renewal_status.expression),
}


def _counted(
    model: type[EndUser | Ticket | Conversation], *which: ColumnElement[bool], bound: bool
) -> ScalarSelect[int]:
    """How many rows of the table the company has; for a bound caller, how many that they may see."""
    seen = conditions(model, bound=True, keyed=True) if bound else ()
    mine = model.company_id == Company.id
    return select(func.count()).correlate(Company).where(mine, *which, *seen).scalar_subquery()


def _found(*, bound: bool) -> dict[str, Any]:
    """What `find` reads of a company, by name, for a caller with a binding or without one."""
    return {
        "id": Company.id,
        "external_id": Company.external_id,
        "name": Company.name,
        "domain": Company.domain,
        "industry": Company.industry,
        "employee_count": Company.employee_count,
        "team_size": _counted(EndUser, bound=bound),
        "plan": Company.plan,
        "mrr": Company.mrr,
        "arr": Company.arr,
        "health_score": Company.health_score,
        "renewal_status": Company.renewal_status,
        "renewal_date": Company.renewal_date,
        "contract_term": Company.contract_term,
        "payment_terms": Company.payment_terms,
        "on_contract": Company.on_contract,
        "custom_fields": Company.custom_fields,
        "context": Company.context,
        "signed_up_at": Company.signed_up_at,
        "last_seen": Company.last_seen,
        "last_contacted_at": Company.last_contacted_at,
        "source": Company.source,
        "open_tickets": _counted(Ticket, IS_OPEN, bound=bound),
        "tickets": _counted(Ticket, bound=bound),
        "conversations": _counted(Conversation, bound=bound),
    }


_FOUND = {bound: _found(bound=bound) for bound in (False, True)}
LISTED = (
    "id",
    "external_id",
    "name",
    "domain",
    "industry",
    "plan",
    "mrr",
    "arr",
    "health_score",
    "renewal_status",
    "renewal_date",
    "signed_up_at",
    "team_size",
    "open_tickets",
)
"""What `search` reads, in the order of the rows' columns."""

MOST_FOUND = 100
"""Companies of one name that `find` reads; it gives one more where there are more."""
_SEARCHED: dict[bool, Statement] = {
    bound: select(*(found[name].label(name) for name in LISTED)).select_from(Company) for bound, found in _FOUND.items()
}
_ALL: dict[bool, Statement] = {
    bound: select(*found.values()).select_from(Company).limit(MOST_FOUND + 1) for bound, found in _FOUND.items()
}
_KEY: BindParameter[str] = bindparam("key", type_=String)


def _by(key: ColumnElement[Any]) -> Lookup:
    return Lookup(Company, _ALL[False].where(key == _KEY), for_bound=_ALL[True].where(key == _KEY))


_FIND = {
    "id": _by(Company.id.expression),
    "external_id": _by(Company.external_id.expression),
    "domain": _by(Company.domain.expression),
    "name": _by(Company.name.expression),
}
_PEOPLE = Lookup(
    EndUser,
    select(EndUser.id, EndUser.name, EndUser.email, EndUser.job_title, EndUser.last_seen)
    .where(EndUser.company_id == bindparam("company_id"))
    .order_by(EndUser.last_seen.desc())
    .limit(5),
    keyed=True,
)
_OPEN_TICKETS = newest_open(Ticket.company_id)


def find(by: str, value: str, *, principal: Principal) -> list[dict[str, Any]]:
    """The companies with this id, external_id, domain or name (whatever its case)."""
    rows = [row for key in _spelled(by, value, principal) for row in _FIND[by].rows(principal, key=key)]
    return [dict(zip(_FOUND[False], row, strict=True)) for row in rows[: MOST_FOUND + 1]]


def _spelled(by: str, value: str, principal: Principal) -> list[str]:
    """The spellings under which such a value may be kept."""
    if by == "domain":
        return alike.domains(value)
    if by != "name":
        return [value]
    with reading(principal) as reader:
        return alike.names(reader, "company", Company.name, value)


def people(company_id: str, *, principal: Principal) -> list[Row]:
    """The five end users last seen: id, name, email, job_title, last_seen."""
    return _PEOPLE.rows(principal, company_id=company_id)


def open_tickets(company_id: str, *, principal: Principal) -> list[Row]:
    """The newest five that are not resolved: id, number, subject, status, priority, created_at."""
    return _OPEN_TICKETS.rows(principal, owner=company_id)


_LIST = {bound: RecordList(Company, statement, SORTS, COUNTED_BY) for bound, statement in _SEARCHED.items()}


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    query: str | None = None,
    in_full: bool = False,
    domain: str | None = None,
    plan: str | None = None,
    industry: str | None = None,
    health: HealthTier | None = None,
    renewal_status: Sequence[str] = (),
    renewal_from: datetime.date | None = None,
    renewal_to: datetime.date | None = None,
    on_contract: bool | None = None,
    min_mrr: float | None = None,
    max_mrr: float | None = None,
    min_employees: int | None = None,
    max_employees: int | None = None,
    signed_up_since: datetime.datetime | None = None,
    signed_up_until: datetime.datetime | None = None,
) -> Page:
    """Companies of the workspace that fit, `LISTED` columns first."""
    check_range(("min_mrr", min_mrr), ("max_mrr", max_mrr))
    check_range(("min_employees", min_employees), ("max_employees", max_employees))
    check_range(("renewal_from", renewal_from), ("renewal_to", renewal_to))
    check_range(("signed_up_since", signed_up_since), ("signed_up_until", signed_up_until))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        filters.words("company", Company.id, query, in_full=in_full)
        named.narrow(filters, "domain", Company.domain, domain, lambda to: to.domain(Company.domain, domain))
        named.word(filters, "plan", Company.plan, plan)
        named.word(filters, "industry", Company.industry, industry)
        filters.health(Company, health)
        filters.one_of(Company.renewal_status, renewal_status)
        filters.between(Company.renewal_date, renewal_from, renewal_to)
        filters.equal(Company.on_contract, on_contract)
        filters.between(Company.mrr, min_mrr, max_mrr)
        filters.between(Company.employee_count, min_employees, max_employees)
        filters.between(Company.signed_up_at, signed_up_since, signed_up_until)
        return named.checked(_LIST[is_bound(principal)].page(reader, filters, wanted))


def near(reference: str, *, principal: Principal) -> str:
    """The names that come nearest to one that does not exist, as a sentence; empty where none does."""
    with reading(principal) as reader:
        return nearest_of(reader, Company, reference)
