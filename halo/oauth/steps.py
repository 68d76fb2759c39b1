"""Noting what a client does on its way in, while somebody watches: bounded, short-lived, and never in the way.

A registration names no workspace. It is tied to the one whose address the same caller looked at just before, where
that is a single one; otherwise nobody sees it.
"""

from __future__ import annotations

import datetime
import logging
import time

from sqlalchemy import bindparam, delete, func, select

from halo.ground import vault
from halo.ground.database import db, give_back, insert_into, now, one_change, outage
from halo.ground.database.quick import Prepared
from halo.ground.per_app import PerApp
from halo.ground.principal import Member
from halo.ground.words import Word
from halo.oauth.models import ConnectionStep, ConnectionWatch
from halo.workspaces.models import Workspace

log = logging.getLogger("halo.connect")
WATCHED_FOR = datetime.timedelta(minutes=10)
KEPT = datetime.timedelta(minutes=30)
MOST = 100
"""Steps of one workspace that are kept at a time; whoever knocks more often is not noted any more."""
TIED = datetime.timedelta(minutes=2)
"""How long after looking at an address a registration from the same caller belongs to it."""
REMEMBERED = 1.0
"""Seconds that a process believes what it knows of who watches."""


class Kind(Word):
    """What is noted."""

    DISCOVERED = "discovered", "The app found the address."
    NOT_REGISTERED = "not_registered", "The app could not introduce itself."
    NOT_ASKED = "not_asked", "The app's request for sign-in was refused."
    NO_TOKEN = "no_token", "The app could not fetch its key."


_WATCHED = Prepared(
    select(Workspace.slug, Workspace.id)
    .join(ConnectionWatch, ConnectionWatch.workspace_id == Workspace.id)
    .where(ConnectionWatch.until > bindparam("moment"))
)
_held: PerApp[dict[str, tuple[float, dict[str, str]]]] = PerApp(dict)


def watch(*, principal: Member) -> None:
    """From now on, for ten minutes, what clients do at this workspace's address is noted."""
    workspace_id = principal.workspace_id
    until = db.session.scalar(select(ConnectionWatch.until).where(ConnectionWatch.workspace_id == workspace_id))
    if until is not None and until - now() > WATCHED_FOR / 2:
        return
    statement = insert_into(ConnectionWatch).values(workspace_id=workspace_id, until=now() + WATCHED_FOR)
    with one_change() as session:
        session.execute(delete(ConnectionStep).where(ConnectionStep.at < now() - KEPT))
        session.execute(delete(ConnectionWatch).where(ConnectionWatch.until < now() - KEPT))
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[ConnectionWatch.workspace_id], set_={"until": statement.excluded.until}
            )
        )
    _held.get().clear()


def note(kind: Kind, *, slug: str | None = "", workspace_id: str = "", caller: str = "", sentence: str = "") -> None:
    """Keep a step of the workspace that is named, or that this caller looked at just before, if somebody watches it.

    Never raises for the database's sake: whoever connects is not to suffer from being watched.
    """
    try:
        watched = _watched()
        if not watched:
            return
        address = vault.digest(caller) if caller else ""
        place = workspace_id if workspace_id in watched.values() else watched.get(slug or "") or _tied(address)
        if place in watched.values():
            _keep(kind, place, address, sentence)
    except outage.FAULTS as problem:
        give_back()
        outage.say(log, "a step of a connection was not noted", problem)


def noted(*, since: datetime.datetime, principal: Member) -> list[ConnectionStep]:
    """The steps of the principal's workspace since then, oldest first."""
    wanted = select(ConnectionStep).where(
        ConnectionStep.workspace_id == principal.workspace_id, ConnectionStep.at >= since
    )
    return list(db.session.scalars(wanted.order_by(ConnectionStep.id)))


def _watched() -> dict[str, str]:
    """Slug -> id of the workspaces that somebody watches now; asked of the database once a second at most."""
    held = _held.get()
    known = held.get("watched")
    if known is None or time.monotonic() - known[0] > REMEMBERED:
        found = {str(slug): str(identity) for slug, identity in _WATCHED.rows(moment=now())}
        known = held["watched"] = (time.monotonic(), found)
    return known[1]


def _tied(address: str) -> str:
    """The one workspace whose address this caller looked at just before; empty for none, and for several."""
    if not address:
        return ""
    found = db.session.scalars(
        select(ConnectionStep.workspace_id)
        .where(ConnectionStep.address == address, ConnectionStep.at >= now() - TIED)
        .distinct()
    ).all()
    return found[0] if len(found) == 1 else ""


def _keep(kind: Kind, workspace_id: str, address: str, sentence: str) -> None:
    """Strangers make these, so once there are enough nothing is written any more; who watches clears old ones away."""
    mine = select(func.count()).select_from(ConnectionStep).where(ConnectionStep.workspace_id == workspace_id)
    if (db.session.scalar(mine) or 0) >= MOST:
        return
    with one_change() as session:
        session.add(ConnectionStep(workspace_id=workspace_id, kind=kind, sentence=sentence[:500], address=address))
