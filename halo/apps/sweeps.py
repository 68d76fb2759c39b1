"""Ending many connections at once: what nobody used for a while, or everything of one app, after a list."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from halo.apps import connections
from halo.ground.database import now, one_change
from halo.ground.errors import Mistake
from halo.ground.principal import Member
from halo.oauth.admission import application_of
from halo.oauth.grants import end
from halo.oauth.models import Grant

DAYS = (30, 60, 90)
"""How long unused counts as idle, as the page offers it."""


def idle(days: int, *, principal: Member, everyone: bool) -> list[Grant]:
    """Live connections, the person's or all of the workspace, that nobody used for so long; the longest idle first."""
    if days not in DAYS:
        raise Mistake("days", "Choose 30, 60 or 90 days.")
    before = now() - datetime.timedelta(days=days)
    held = connections.of_workspace(principal=principal, everyone=everyone, most=None)
    return sorted((grant for grant in held if used_at(grant) < before), key=used_at)


def used_at(grant: Grant) -> datetime.datetime:
    """When the connection was used last; one that never was, when it was made."""
    return grant.last_used_at or grant.created_at


def of_app(grant: Grant, *, principal: Member) -> list[Grant]:
    """Every live connection of the same app in the workspace, whoever allowed it; needs `apps:manage`."""
    same = application_of(grant.client)
    return [
        each
        for each in connections.of_workspace(principal=principal, everyone=True, most=None)
        if each.client.kind == grant.client.kind != "personal" and application_of(each.client) == same
    ]


def revoke_idle(days: int, chosen: Collection[str], *, principal: Member, everyone: bool) -> int:
    """End those that the person saw listed and that are idle still; how many."""
    with one_change():
        found = [it for it in idle(days, principal=principal, everyone=everyone) if it.id in chosen]
        for grant in found:
            end(grant, "idle", principal=principal)
    return len(found)


def revoke_app(grant_id: str, *, principal: Member) -> int:
    """End every connection of the app that this connection belongs to; how many."""
    connections.manages(principal)
    with one_change():
        found = of_app(connections.find(grant_id, principal=principal), principal=principal)
        for grant in found:
            end(grant, "app_revoked", principal=principal)
    return len(found)
