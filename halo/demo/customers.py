"""Companies, the people who work there, and leads."""

from __future__ import annotations

import datetime
import unicodedata
from typing import Any

from halo.contacts.vocabulary import LeadStatus
from halo.demo import names
from halo.demo.world import FATES, DemoCustomer, Fate, Row, Sizes, World


def make(world: World, sizes: Sizes) -> None:
    """Companies with their people, then leads."""
    missing = sizes.companies - len(world.customers)
    for number in range(max(0, missing)):
        fate = world.luck.choices(FATES, [fate.share for fate in FATES])[0]
        world.customers.append(company(world, fate, *_name(world, number)))
    weights = [4 + world.luck.paretovariate(1.2) for _ in world.customers]
    homes = world.luck.choices(world.customers, weights, k=max(0, sizes.end_users - len(world.customers)))
    for number, customer in enumerate([*world.customers, *homes], 1):
        end_user(world, customer, number)
    for _ in range(sizes.leads):
        _lead(world)


def settle(world: World) -> None:
    """What a company knows of its people, once everybody did what they do."""
    for customer in world.customers:
        seen = [user["last_seen"] for user in customer.users if user["last_seen"]]
        customer.row["last_seen"] = max(seen, default=None)


def company(world: World, fate: Fate, name: str, domain: str, industry: str, plan: str = "") -> DemoCustomer:
    """A company that does as its fate says."""
    luck = world.luck
    plan = plan or luck.choices(list(names.PLANS), (34, 36, 21, 9))[0]
    low, high = names.PLANS[plan]
    mrr = float(luck.randint(low, high))
    signed_up = world.ago(luck.uniform(12, 1000))
    term = luck.choices(("monthly", "quarterly", "annual", "bi_annual"), (30, 12, 50, 8))[0]
    row = world.add(
        "company",
        signed_up,
        external_id=f"org_{len(world.customers) + 1:04d}",
        name=name,
        domain=domain,
        industry=industry,
        plan=plan,
        mrr=mrr,
        arr=mrr * 12,
        health_score=luck.randint(*fate.health) if world.chance(0.96) else None,
        renewal_status=world.one_of(fate.renewals),
        renewal_date=_renewal(world, signed_up, term),
        contract_term=term,
        payment_terms=term if world.chance(0.7) else "monthly",
        on_contract=plan in ("Scale", "Enterprise"),
        employee_count=int(luck.paretovariate(0.8) * 12) % 20_000,
        source=world.one_of(("api", "widget", "import")),
        custom_fields={"region": world.one_of(("EU", "US", "APAC")), "seats": luck.randint(3, 400)},
        context=_context(world, fate),
        signed_up_at=signed_up,
        last_contacted_at=world.ago(luck.uniform(0.5, 60)),
        created_at=signed_up,
        updated_at=world.ago(luck.uniform(0, 10)),
    )
    return DemoCustomer(row, fate)


def end_user(world: World, customer: DemoCustomer, number: int, name: str = "", title: str = "") -> Row:
    """Somebody who works at the company."""
    luck = world.luck
    name = name or f"{world.one_of(names.FIRST)} {world.one_of(names.LAST)}"
    joined = customer.row["signed_up_at"] + datetime.timedelta(days=luck.random() ** 2 * 300)
    joined = min(joined, world.ago(luck.uniform(0.2, 12)))
    idle = min(luck.expovariate(1 / customer.fate.silence), (world.now - joined).total_seconds() / 86400)
    taken = {user["email"] for user in customer.users}
    local = _plain(name).replace(" ", ".")
    email = f"{local}@{customer.row['domain']}"
    row = world.add(
        "end_user",
        joined,
        company_id=customer.row["id"],
        company_unproven=False,
        external_id=f"usr_{number:06d}",
        name=name,
        email=email if email not in taken else f"{local}{number}@{customer.row['domain']}",
        phone=f"+49 30 {luck.randint(10**6, 10**7 - 1)}" if world.chance(0.3) else None,
        job_title=title or world.one_of(names.TITLES),
        plan=customer.row["plan"],
        mrr=round(customer.row["mrr"] / 10, 2) if world.chance(0.2) else None,
        health_score=_near(world, customer.row["health_score"]),
        source=world.one_of(("widget", "widget", "api", "import")),
        custom_fields={
            "role": world.one_of(("admin", "editor", "editor", "viewer")),
            "locale": world.one_of(("en", "de", "fr", "es")),
        },
        context=_context(world, customer.fate) if world.chance(0.1) else {},
        signed_up_at=joined,
        first_seen=joined,
        last_seen=world.ago(idle) if world.chance(0.97) else None,
        last_contacted_at=world.ago(luck.uniform(0.5, 90)) if world.chance(0.5) else None,
        created_at=joined,
        updated_at=world.ago(idle),
    )
    customer.users.append(row)
    return row


def _lead(world: World) -> None:
    luck = world.luck
    captured = world.moment()
    name = f"{world.one_of(names.FIRST)} {world.one_of(names.LAST)}"
    company_name, domain, _ = _name(world, luck.randint(10_000, 99_999))
    age = (world.now - captured).days
    fresh = age < 7
    stages = list(LeadStatus)
    status = luck.choices(stages, (60, 20, 8, 8, 1, 3) if fresh else (8, 24, 18, 14, 20, 16))[0]
    user = world.one_of(world.one_of(world.customers).users) if status is LeadStatus.CONVERTED else None
    world.add(
        "lead",
        captured,
        name=name,
        email=f"{_plain(name).replace(' ', '.')}@{domain}",
        phone=None,
        job_title=world.one_of(names.TITLES),
        company_name=company_name,
        domain=domain,
        status=status.value,
        score=luck.randint(55, 98) if status in (LeadStatus.QUALIFIED, LeadStatus.DEMO_BOOKED) else luck.randint(5, 90),
        source=world.one_of(names.LEAD_SOURCES),
        interest=world.filled(world.one_of(names.INTERESTS)) + (f" {world.mark}" if world.mark else ""),
        custom_fields={"team_size": luck.randint(2, 300)},
        end_user_id=user["id"] if user else None,
        created_at=captured,
        last_contacted_at=None if status is LeadStatus.NEW else world.later(captured, 2000),
    )


def _name(world: World, number: int) -> tuple[str, str, str]:
    """(name, domain, industry); the number keeps a repeated name's domain its own."""
    industry = world.one_of(list(names.KINDS))
    place = world.one_of(names.PLACES)
    name = f"{place} {world.one_of(names.KINDS[industry].split())}"
    taken = any(customer.row["name"] == name for customer in world.customers)
    if world.mark:
        name = f"{name} {world.mark.capitalize()}"
    label = _plain(name).replace(" ", "-") + (f"-{number}" if taken else "")
    return (f"{name} {number}" if taken else name), f"{label}.example", industry


def _plain(name: str) -> str:
    name = name.replace("ø", "o").replace("Ø", "O").replace("ı", "i")
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def _renewal(world: World, signed_up: datetime.datetime, term: str) -> datetime.date:
    days = {"monthly": 30, "quarterly": 91, "annual": 365, "bi_annual": 730}[term]
    passed = (world.now - signed_up).days
    return (signed_up + datetime.timedelta(days=(passed // days + 1) * days)).date()


def _near(world: World, score: int | None) -> int | None:
    return None if score is None or world.chance(0.1) else max(1, min(100, score + world.luck.randint(-9, 9)))


def _context(world: World, fate: Fate) -> dict[str, Any]:
    if fate.name in ("struggling", "leaving"):
        return {"sync": {"label": "Salesforce sync", "type": "status", "value": world.one_of(("failing", "paused"))}}
    return {"usage": {"label": "Seats in use", "type": "metric", "value": f"{world.luck.randint(40, 99)} %"}}
