"""Finding: what one person may see whose name fits, in groups, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from halo import catalogue, facts
from halo.ground.database import db
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.oauth import connected
from halo.palette.match import score
from halo.workspaces.models import Membership, Person

LONGEST = 80
"""Characters of a query that count."""
MOST_PEOPLE = 1000
SHOWN = 6
"""Of each group."""


@dataclass(frozen=True)
class Offer:
    """One line: what it is called, and where it leads."""

    name: str
    icon: str
    endpoint: str
    hint: str = ""
    words: str = ""
    """Other words by which it is found."""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OfferGroup:
    """Lines of one kind."""

    name: str
    entries: list[Offer]


def find(query: str, groups: Iterable[OfferGroup]) -> list[OfferGroup]:
    """The lines that fit, best group first; for an empty query the first lines of each group as they come."""
    query = " ".join(query.split())[:LONGEST]
    if not query:
        return [OfferGroup(group.name, group.entries[:SHOWN]) for group in groups if group.entries]
    scored = [(group.name, _best(query, group.entries)) for group in groups]
    found = sorted(((name, best) for name, best in scored if best), key=lambda it: -it[1][0][0])
    return [OfferGroup(name, [entry for _, entry in best]) for name, best in found]


def _best(query: str, entries: list[Offer]) -> list[tuple[int, Offer]]:
    scored = [
        (points, entry) for entry in entries if (points := score(query, entry.name, f"{entry.hint} {entry.words}"))
    ]
    return sorted(scored, key=lambda it: -it[0])[:SHOWN]


def tools(principal: Member) -> list[Offer]:
    """Every tool, leading to where this person reads most about it: its calls, or the documentation."""
    reads_log = principal.may(Permission.AUDIT_VIEW)
    return [
        Offer(
            it.name,
            "wrench",
            "audit.executions" if reads_log else "documents.page",
            it.title,
            it.description.partition("\n")[0],
            {"tool": it.name} if reads_log else {"slug": "tools"},
        )
        for it in catalogue.of(facts.now_of(principal.workspace_id)).every()
        if not it.destructive
    ]


def people(principal: Member) -> list[Offer]:
    """The members of the workspace; who manages the team comes to the person's own page."""
    manages = principal.may(Permission.TEAM_MANAGE)
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.workspace_id == principal.workspace_id)
        .order_by(Person.name, Person.id)
        .limit(MOST_PEOPLE)
    )
    endpoint = "workspaces.member" if manages else "workspaces.team"
    return [
        Offer(name, "user", endpoint, email, "", {"person_id": key} if manages else {}) for key, name, email in rows
    ]


def apps(principal: Member) -> list[Offer]:
    """The connections that the person may look at: their own, or everybody's for who manages apps."""
    everyone = principal.may(Permission.APPS_MANAGE)
    held = connected.live_connections(principal.workspace_id, None if everyone else principal.person_id)
    return [Offer(it.name, "app-window", "apps.app", it.last_used, "", {"grant_id": it.grant_id}) for it in held]
