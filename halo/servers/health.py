"""How a server was found at its last real request, noted in its row: `halo.servers.standing` tells it.

A note costs a write, so each process makes one where something is other than it noted last, else one a minute. A server
that one process reaches and another does not stands as whoever noted last found it. Nothing that a model or a gate goes
by depends on it, so the workspace's state version stays; a note that fails, fails alone.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import Update, or_, update

from halo.ground.database import now, one_change, outage, unhurried
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVERS_KNOWN
from halo.ground.per_app import PerApp
from halo.ground.recent import Recent, Seldom
from halo.ground.server_limits import SERVER_LISTED_ANEW_SECONDS, SERVER_NOTED_SECONDS
from halo.servers.failures import LeftAlone, RefusedCall
from halo.servers.models import Server

log = logging.getLogger("halo.servers")
Found = tuple[str, str]
"""Stage and sentence of a problem."""
WELL: Found = ("", "")
LONGEST = 500
_asked_anew: PerApp[Seldom[str]] = PerApp(lambda: Seldom(SERVER_LISTED_ANEW_SECONDS))
_noted: PerApp[Recent[str, tuple[Found, float]]] = PerApp(lambda: Recent(SERVERS_KNOWN))


def went_well(server_id: str) -> None:
    """It answered a real request."""
    _note(server_id, WELL)


def failed(server_id: str, problem: UpstreamFailed) -> None:
    """A real request failed. Who refuses a call answers; whom Halo did not ask, it learned nothing of."""
    if isinstance(problem, LeftAlone):
        return
    _note(server_id, WELL if isinstance(problem, RefusedCall) else (problem.stage, problem.message[:LONGEST]))


def outdated(server_id: str) -> None:
    """Its tools are not what was accepted: its list is due now. Said again within minutes, that is nothing new."""
    if not _asked_anew.get().is_due(server_id):
        return
    is_later = or_(Server.due_at.is_(None), Server.due_at > now())
    _write(update(Server).where(Server.id == server_id, is_later).values(due_at=now()))


def _note(server_id: str, found: Found) -> None:
    noted, moment = _noted.get(), time.monotonic()
    last = noted.get(server_id)
    if last is not None and last[0] == found and moment - last[1] < SERVER_NOTED_SECONDS:
        return
    noted.put(server_id, (found, moment))
    if not _write(update(Server).where(Server.id == server_id).values(_columns(found))):
        noted.drop(server_id)


def _write(statement: Update) -> bool:
    """Whether it was written. The answer stands, whatever becomes of the note."""
    try:
        with unhurried(), one_change() as session:
            session.execute(statement.execution_options(synchronize_session=False))
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        outage.say(log, "how a server was found could not be noted", problem)
        return False
    return True


def _columns(found: Found) -> dict[str, Any]:
    if found == WELL:
        return {"last_ok_at": now(), "problem_at": None, "problem_stage": "", "problem": ""}
    return {"problem_at": now(), "problem_stage": found[0], "problem": found[1]}
