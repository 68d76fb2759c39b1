"""Writing what end users did in the workspace's product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from halo.contacts.ingestion import identify
from halo.contacts.ingestion.site import Site
from halo.contacts.models import SdkEvent
from halo.ground.database import new_id, now, one_change


def record(site: Site, user_id: str | None, session_id: str | None, events: Sequence[Mapping[str, Any]]) -> None:
    """Keep the events, and note that the end user, if one is named, is active now."""
    at = now()
    with one_change() as rows:
        end_user_id = None
        if user_id is not None:
            user, _ = identify.find_or_create(rows, site, user_id, email=None, source="widget")
            identify.see(user)
            end_user_id = user.id
        whole = {"workspace_id": site.workspace_id, "end_user_id": end_user_id, "session_id": session_id, "at": at}
        rows.execute(insert(SdkEvent), [{"id": new_id(), **whole, **event} for event in events])
