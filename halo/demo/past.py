"""The demo's people joined before their apps acted: the accounts that were just made are set back in time."""

from __future__ import annotations

import datetime

from sqlalchemy import select, update

from halo.demo import cast
from halo.demo.world import World
from halo.ground.database import db, one_change
from halo.ledger import bulk as log
from halo.workspaces.models import Membership, Person, Workspace


def set_back(moment: datetime.datetime) -> None:
    """Date accounts, memberships, workspaces and the changes that tell of them as `cast.JOINED` says."""
    world = World("halo-demo-past", moment, "")
    joined = {person: world.ago(cast.JOINED[email]) for email, person in cast.people_ids().items()}
    owned = {slug: world.ago(cast.JOINED[owner]) for slug, (_, owner) in cast.WORKSPACES.items()}
    founded = {each.id: owned[each.slug] for each in db.session.scalars(select(Workspace)) if each.slug in owned}
    with one_change() as session:
        for person, at in joined.items():
            session.execute(update(Person).where(Person.id == person).values(created_at=at))
            session.execute(update(Membership).where(Membership.person_id == person).values(created_at=at))
        for workspace, at in founded.items():
            session.execute(update(Workspace).where(Workspace.id == workspace).values(created_at=at))
        log.redate(joined | founded, world.id_at)
