"""Servers with times of their own: for the demo, never for what really happened."""

from __future__ import annotations

import datetime

from sqlalchemy import select, update

from halo.ground.database import db, one_change
from halo.servers.models import Server, ServerTool


def is_blank(workspace_id: str) -> bool:
    """Whether the workspace has connected nothing."""
    return db.session.scalar(select(Server.id).where(Server.workspace_id == workspace_id).limit(1)) is None


def redate(server_id: str, at: datetime.datetime) -> list[str]:
    """Set the server and its tools back in time, as if each had been connected and accepted then; their ids."""
    then = {"accepted_at": at, "first_listed_at": at, "listed_at": at}
    with one_change() as session:
        session.execute(update(Server).where(Server.id == server_id).values(connected_at=at))
        session.execute(update(ServerTool).where(ServerTool.server_id == server_id).values(**then))
        return [server_id, *session.scalars(select(ServerTool.id).where(ServerTool.server_id == server_id))]
