"""Planting the demo: two workspaces with their people, and half a year of customers in each."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass

from sqlalchemy import select

from halo.contacts import bulk
from halo.demo import agents, cast, connected, connections, conversations, customers, events, past, stories, tickets
from halo.demo.world import Sizes, World
from halo.ground import settings
from halo.ground.database import db, now
from halo.ground.errors import HaloError
from halo.workspaces.models import Membership, Person, Workspace

ACME = Sizes()
UMBRA = Sizes(companies=12, end_users=80, leads=25, tickets=90, conversations=120, events=900)
SMALL = Sizes(companies=8, end_users=16, leads=6, tickets=24, conversations=30, events=60)
SMALLEST = Sizes(companies=2, end_users=4, leads=2, tickets=6, conversations=6, events=10)
MARK = "umbraseal"
"""Stands in every text of Umbra and nowhere else, so that a leak is easily seen."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was planted, as a sentence."""

    rows: int
    seconds: float

    @property
    def sentence(self) -> str:
        """For the command line."""
        if not self.rows:
            return "The demo is planted already; nothing was changed."
        return f"Planted the demo: {self.rows:,} records in {self.seconds:.1f} s."


def seed(scale: float = 1) -> SeedReport:
    """Plant the demo with its people; `scale` multiplies the customers. Does nothing where it is planted already."""
    if not 0 < scale <= 1000:
        raise HaloError("The scale must lie above 0 and be at most 1000.")
    return _plant(ACME.times(scale), UMBRA.times(scale), is_much=True)


def seed_small() -> SeedReport:
    """A few customers of each workspace, with the stories, in a fraction of a second: for tests."""
    return _plant(SMALL, SMALLEST, is_much=False)


def _plant(acme: Sizes, umbra: Sizes, *, is_much: bool) -> SeedReport:
    if settings.current().production:
        raise HaloError("A production instance is not planted with the demo.")
    began = time.perf_counter()
    workspaces = cast.create()
    if not bulk.is_blank(workspace.id for workspace in workspaces.values()):
        return SeedReport(0, 0.0)
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    worlds = (
        _world(workspaces[cast.ACME], acme, midnight, ""),
        _world(workspaces[cast.UMBRA], umbra, midnight, MARK),
    )
    rows = {kind: [row for world in worlds for row in world.rows.get(kind, ())] for kind in bulk.KINDS}
    written = bulk.write(rows, is_much=is_much)
    if is_much:
        past.set_back(now())
        written += connections.plant(workspaces[cast.ACME].id, cast.people_ids(), now())
        written += agents.plant(workspaces[cast.ACME], worlds[0], now())
        written += connected.plant(workspaces[cast.ACME], worlds[0], now())
    return SeedReport(written, time.perf_counter() - began)


def _world(workspace: Workspace, sizes: Sizes, midnight: datetime.datetime, mark: str) -> World:
    world = World(f"halo-demo-{workspace.slug}", midnight, workspace.id, mark)
    if not mark:
        stories.make(world)
    customers.make(world, sizes)
    escalated = conversations.make(world, sizes.conversations)
    tickets.make(world, sizes.tickets, escalated, _team(workspace))
    tickets.count_up(world)
    customers.settle(world)
    events.make(world, sizes.events)
    return world


def _team(workspace: Workspace) -> list[tuple[str, str]]:
    members = select(Person.id, Person.name).join(Membership, Membership.person_id == Person.id)
    found = db.session.execute(members.where(Membership.workspace_id == workspace.id).order_by(Person.email))
    return [(identity, name) for identity, name in found]


__all__: list[str] = ["MARK", "SeedReport", "seed", "seed_small"]
