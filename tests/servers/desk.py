"""A person at their desk, what they connected, and what became of it; inside an app context."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from halo import catalogue, facts
from halo.ground.database import db, now, one_change
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.jobs import declared, runner
from halo.ledger.models import Change
from halo.servers import connecting, listing, snapshot, tool_lines
from halo.servers.models import Server
from halo.servers.tool_lines import ToolLine
from halo.servers.wanted import Wanted
from tests import cast
from tests.cast import OWNER, VIEWER
from tests.servers.upstream import Theirs


def member(person: str = OWNER, workspace: str = cast.ACME) -> Member:
    """A person of the cast at their desk: with every permission, or the viewer with none of them."""
    who, where = cast.person(person), cast.workspace(workspace)
    held = frozenset(() if person == VIEWER else Permission)
    return Member(who.id, who.name, person, False, "session", where.id, workspace, where.name, None, held)


def connected(url: str, **fields: Any) -> Server:
    return connecting.connect(Wanted(**{"name": "Shop", "slug": "shop", "url": url} | fields), principal=member())


def tools(slug: str = "shop") -> dict[str, ToolLine]:
    db.session.rollback()
    who = member()
    return {line.row.name: line for line in tool_lines.lines(connecting.get(slug, principal=who), principal=who)}


def states(slug: str = "shop") -> dict[str, str]:
    return {name: line.standing for name, line in tools(slug).items()}


def relist(server: Theirs, *listed: dict[str, Any]) -> snapshot.Refreshed:
    server.tools[:] = list(listed)  # type: ignore[attr-defined]
    return listing.refresh("shop", principal=member())


def offered() -> dict[str, Any]:
    """The workspace's tools of servers, by name."""
    db.session.rollback()
    every = catalogue.of(facts.now_of(cast.workspace().id)).every()
    return {tool.name: tool for tool in every if tool.server_id}


def make_due(server_id: str) -> None:
    with one_change() as session:
        session.execute(update(Server).where(Server.id == server_id).values(due_at=now()))


def run_job(server_id: str) -> None:
    job = declared.find(listing.JOB)
    assert job is not None
    db.session.rollback()
    runner.run(job, server_id)
    db.session.rollback()
    db.session.expire_all()


def row(server_id: str) -> Server:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Server, server_id)


def newest() -> Change:
    return db.session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()
