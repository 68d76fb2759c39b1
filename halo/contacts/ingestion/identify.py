"""Writing end users and companies that the workspace's site tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from halo.contacts.ingestion import parsing
from halo.contacts.ingestion import traits as known
from halo.contacts.ingestion.site import Site
from halo.contacts.models import Company, EndUser
from halo.ground.database import insert_into, new_id, now, one_change
from halo.ground.text import names

VOUCHED = ("email", "name", "role", "plan")
"""Claims of an identity token that stand above the traits of the request."""
M = TypeVar("M", EndUser, Company)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a request says of somebody: values of columns, custom fields, context."""

    columns: Mapping[str, Any]
    custom: Mapping[str, Any]
    context: Mapping[str, Any]


def identify(
    site: Site, user_id: str, profile: Profile, claims: Mapping[str, Any], source: str
) -> tuple[EndUser, bool]:
    """The end user, written with what is now known and seen just now; and whether they are new."""
    vouched = {name: claims[name] for name in VOUCHED if name in claims}
    trusted = known.split(vouched, known.of_users(site.time_zone), "user_token.")
    columns = {**profile.columns, **trusted[0]}
    profile = Profile(columns, {**profile.custom, **trusted[1]}, profile.context)
    claimed = _claimed_company(claims)
    # Whoever holds the public key can name an address: only a token gives them what is known under it.
    adoptable = columns.get("email") if "email" in claims else None
    with one_change() as rows:
        user, is_new = find_or_create(rows, site, user_id, email=adoptable, source=source)
        _write(user, profile)
        see(user)
        if claimed is not None:
            company, _ = _company(rows, site, claimed, None)
            user.company_id, user.company_unproven = company.id, False
            company.last_seen = user.last_seen
    return user, is_new


def identify_company(
    site: Site, company_id: str, user_id: str | None, profile: Profile, claims: Mapping[str, Any]
) -> tuple[Company, bool]:
    """The company, written with what is now known, and with that end user in it; and whether it is new.

    Whom the claims do not put there is in it without proof, unless they were in it before.
    """
    with one_change() as rows:
        company, is_new = _company(rows, site, company_id, profile.columns.get("name"))
        columns = {name: value for name, value in profile.columns.items() if name != "name" or value}
        _write(company, Profile(columns, profile.custom, profile.context))
        if user_id is not None:
            user, _ = find_or_create(rows, site, user_id, email=None, source="widget")
            if claims.get("company_id"):
                user.company_unproven = False
            elif user.company_id != company.id:
                user.company_unproven = True
            user.company_id = company.id
            see(user)
            company.last_seen = user.last_seen
    return company, is_new


def update(site: Site, people: Mapping[str, Profile], *, update_only: bool) -> tuple[int, int, list[str]]:
    """(updated, created, ids left out). Touches no time of activity."""
    created = 0
    skipped: list[str] = []
    with one_change() as rows:
        stored = {user.external_id: user for user in rows.scalars(_by_external_ids(site, list(people)))}
        for user_id, profile in people.items():
            user = stored.get(user_id)
            if user is None and update_only:
                skipped.append(user_id)
                continue
            if user is None:
                user, is_new = find_or_create(rows, site, user_id, email=None, source="import", is_seen=False)
                created += is_new
            _write(user, profile, f"traits of {user_id}")
    return len(people) - created - len(skipped), created, skipped


def find_or_create(
    rows: Session, site: Site, user_id: str, *, email: str | None, source: str, is_seen: bool = True
) -> tuple[EndUser, bool]:
    """The end user with this id of the site's; one known by this address only takes the id on."""
    by_id = _by_external_ids(site, [user_id]).with_for_update()
    user = rows.scalars(by_id).first()
    if user is not None:
        return user, False
    if email is not None and (user := by_email(rows, site, email, without_id=True)):
        user.external_id = user_id
        return user, False
    first_seen = now() if is_seen else None
    values = {"external_id": user_id, "source": source, "first_seen": first_seen}
    is_new = _insert_unless_there(rows, EndUser, site, values)
    return rows.scalars(by_id).one(), is_new


def by_email(rows: Session, site: Site, email: str, *, without_id: bool = False) -> EndUser | None:
    """The end user with this address who was seen last."""
    found = select(EndUser).where(EndUser.workspace_id == site.workspace_id, EndUser.email == names.address_key(email))
    if without_id:
        found = found.where(EndUser.external_id.is_(None))
    return rows.scalars(found.order_by(EndUser.last_seen.desc(), EndUser.id).limit(1)).first()


def see(user: EndUser) -> None:
    """Note that this end user is active now."""
    user.last_seen = now()
    user.first_seen = user.first_seen or user.last_seen


def _company(rows: Session, site: Site, company_id: str, name: str | None) -> tuple[Company, bool]:
    by_id = (
        select(Company)
        .where(Company.workspace_id == site.workspace_id, Company.external_id == company_id)
        .with_for_update()
    )
    company = rows.scalars(by_id).first()
    if company is not None:
        return company, False
    is_new = _insert_unless_there(rows, Company, site, {"external_id": company_id, "name": name or company_id})
    return rows.scalars(by_id).one(), is_new


def _claimed_company(claims: Mapping[str, Any]) -> str | None:
    """The company that the claims name; half an id would be another one, so one that does not fit is refused."""
    claimed = claims.get("company_id")
    if not claimed or not isinstance(claimed, (str, int)) or isinstance(claimed, bool):
        return None
    return parsing.Fields(claims, "user_token.").identity("company_id")


def _by_external_ids(site: Site, user_ids: list[str]) -> Any:
    return select(EndUser).where(EndUser.workspace_id == site.workspace_id, EndUser.external_id.in_(user_ids))


def _insert_unless_there(rows: Session, model: type[M], site: Site, values: Mapping[str, Any]) -> bool:
    """Insert a row unless another request did so at the same moment; says whether it was this one."""
    whole = {"id": new_id(), "workspace_id": site.workspace_id, **values}
    done = rows.execute(
        insert_into(model).values(**whole).on_conflict_do_nothing(index_elements=["workspace_id", "external_id"])
    )
    return bool(getattr(done, "rowcount", 0))


def _write(record: EndUser | Company, profile: Profile, field: str = "traits") -> None:
    """Write what is now known; raises `Mistake` where all that is kept of somebody would grow beyond its limit."""
    for column, value in profile.columns.items():
        setattr(record, column, value)
    if profile.custom or profile.context:
        kept = (record.custom_fields, record.context)
        record.custom_fields = known.merged(record.custom_fields, profile.custom)
        record.context = known.merged(record.context, profile.context)
        most = parsing.USER_BYTES if isinstance(record, EndUser) else parsing.COMPANY_BYTES
        parsing.check_growth(field, most, kept, (record.custom_fields, record.context))
    record.updated_at = now()
