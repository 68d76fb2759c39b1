"""Connecting a server, changing how it is connected, and letting go of it.

Nothing is written before the server has answered, and everything in one change: whoever is interrupted in the middle
leaves nothing. No connection to the database and no lock is held while a server is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from halo.actions import switched
from halo.ground import outbound, settings
from halo.ground.database import db, give_back, new_id, now, one_change
from halo.ground.errors import Mistake, Taken
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ground.server_limits import SERVERS_PER_WORKSPACE
from halo.ledger import changes
from halo.servers import clients, credentials, listing, loading, meeting, pasted, sealing, snapshot, wanted
from halo.servers.client import Address
from halo.servers.meeting import Met
from halo.servers.models import Server
from halo.servers.pasted import Pasted
from halo.servers.sealing import Secrets
from halo.servers.wanted import Wanted

VIEW, MANAGE = Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE
REACHED_BY = ("url", "auth_method", "headers")
"""What is another way to the server, which has to work before it counts."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What became of a server that was let go."""

    name: str
    tools: int
    revoked: bool | None
    """Whether its authorization server took back what it had issued; None where there was nothing to take back, or no
    way to ask for it."""

    @property
    def sentence(self) -> str:
        """For who let it go."""
        gone = f"{self.name} is disconnected; its tools are gone, and so are Halo's credentials for it."
        told = {
            True: " Its authorization server took back the sign-in.",
            False: " Its authorization server did not take back the sign-in: end it there.",
            None: "",
        }
        return gone + told[self.revoked]


def every(*, principal: Member) -> list[Server]:
    """The workspace's servers, by name."""
    loading.demand(VIEW, principal=principal)
    return loading.servers(workspace_id=principal.workspace_id)


def get(slug: str, *, principal: Member) -> Server:
    """One of them; raises NotFound."""
    loading.demand(VIEW, principal=principal)
    return loading.server(slug, workspace_id=principal.workspace_id)


def connect(description: Wanted, *, principal: Member) -> Server:
    """Connect it: the tools that it lists now are accepted, but for those that somebody has to look at first.

    Raises `Mistake` for what does not fit, `Taken` for a slug that is used, `UpstreamFailed` where the server cannot be
    met. One that Halo has to sign in to is met as far as a stranger can; it is listed when somebody has signed in.
    """
    loading.demand(MANAGE, principal=principal)
    checked = wanted.checked(description, settings.current())
    shown = pasted.checked(checked.auth_method, checked.credentials)
    _demand_room(checked.slug, principal.workspace_id)
    others = snapshot.names_of_others("", workspace_id=principal.workspace_id)
    return keep(checked, _met(checked, shown.authorization, others), shown, principal=principal)


def keep(checked: Wanted, met: Met, shown: Pasted | None = None, *, principal: Member) -> Server:
    """The rows of a server that was met: what it lists is the lock, accepted by who connects it."""
    server = Server(id=new_id(), workspace_id=principal.workspace_id, **checked.columns())
    server.connected_by, server.connected_at, server.revision = principal.person_id, now(), 1
    with one_change() as session:
        loading.demand(MANAGE, principal=principal)
        # The row of the state version is held from here on: of two that connect at once, one comes after the other.
        _recorded("server.connected", server, principal, after=_facts(checked))
        _demand_room(checked.slug, principal.workspace_id)
        session.add(server)
        session.flush()
        _keep(server, shown or Pasted(), principal)
        listing.take(server, met, session=session, accepted_by=principal.person_id)
    return server


def change(slug: str, given: Mapping[str, Any], *, principal: Member) -> Server:
    """Set these fields and leave the others. Another way to the server has to work before it counts, and what it lists
    there is held against what was accepted."""
    loading.demand(MANAGE, principal=principal)
    server = loading.server(slug, workspace_id=principal.workspace_id)
    checked, shown = _changed(server, given)
    replaces = shown is not None and not (shown.is_client_alone and _is_same_place(server, checked))
    met = None
    if _is_another_way(server, checked) or replaces:
        authorization = shown.authorization if shown is not None and replaces else _held(server)
        met = _met(checked, authorization, snapshot.others_of(server))
    if shown is not None and replaces and not shown.access:
        credentials.revoke(server.id, principal.workspace_id)
    with one_change() as session:
        loading.demand(MANAGE, principal=principal)
        server = loading.server(slug, workspace_id=principal.workspace_id, locks=True)
        checked = _as_met(server, given, checked)
        before = _facts(wanted.merged(server, {}))
        for name, value in checked.columns().items():
            setattr(server, name, value)
        after = _facts(checked)
        if shown is not None and replaces:
            after["credentials"] = "others" if shown.access else "none"
            credentials.forget(server)
        if shown is not None:
            _keep(server, shown, principal)
        differs = [name for name in after if after[name] != before.get(name)]
        if differs:
            server.revision = Server.revision + 1
            told = [{name: facts.get(name) for name in differs} for facts in (before, after)]
            _recorded("server.changed", server, principal, before=told[0], after=told[1])
        if met is not None:
            listing.take(server, met, session=session, principal=principal, accepted_by=principal.person_id)
    return server


def disconnect(slug: str, *, principal: Member) -> Farewell:
    """Let go of it: its tools are unknown from the next call on, and what it was shown is revoked where that can be."""
    loading.demand(MANAGE, principal=principal)
    server = loading.server(slug, workspace_id=principal.workspace_id)
    server_id = server.id
    give_back()
    revoked = credentials.revoke(server_id, principal.workspace_id)
    with one_change() as session:
        server = loading.server(slug, workspace_id=principal.workspace_id, locks=True)
        aliases = [row.alias for row in loading.tools(server)]
        switched.forget(aliases, workspace_id=server.workspace_id)
        before = _facts(wanted.merged(server, {}))
        _recorded("server.disconnected", server, principal, before=before, after={"revoked": _REVOKED[revoked]})
        farewell = Farewell(server.name, len(aliases), revoked)
        session.delete(server)
    return farewell


_REVOKED = {True: "yes", False: "no, at the server's", None: "nothing to revoke"}


def _changed(server: Server, given: Mapping[str, Any]) -> tuple[Wanted, Pasted | None]:
    """The server as it will be, and other credentials where some are given, or the old ones have no place there."""
    checked = wanted.checked(wanted.merged(server, given), settings.current())
    moves = sealing.origin_of(server.url) != sealing.origin_of(checked.url)
    if "credentials" in given or checked.auth_method != server.auth_method:
        return checked, pasted.checked(checked.auth_method, checked.credentials)
    if moves and checked.auth_method == "bearer":
        raise Mistake("credentials", "Give the token for the new address: the old one is shown to nobody else.")
    return checked, Pasted() if moves and checked.auth_method == "oauth2" else None


def _as_met(server: Server, given: Mapping[str, Any], met: Wanted) -> Wanted:
    """These fields set on the server as it stands by now, so that nobody else's change is undone; raises `Taken` where
    the way to it is another than the one that was tried."""
    checked, _ = _changed(server, given)
    if any(getattr(checked, name) != getattr(met, name) for name in REACHED_BY):
        raise Taken("url", "Somebody else changed the way to this server meanwhile. Look at it again.")
    return checked


def _is_same_place(server: Server, checked: Wanted) -> bool:
    """Whether what is kept may be shown there still."""
    return sealing.origin_of(server.url) == sealing.origin_of(checked.url) and checked.auth_method == server.auth_method


def _is_another_way(server: Server, checked: Wanted) -> bool:
    return any(getattr(server, name) != getattr(checked, name) for name in REACHED_BY)


def _held(server: Server) -> str | None:
    shown = credentials.authorization(server.id, server.workspace_id)
    return shown.value if shown is not None else None


def _met(checked: Wanted, authorization: str | None, others: Collection[str] | None) -> Met:
    address = Address(checked.url, outbound.servers(settings.current()), tuple(sorted(checked.headers.items())))
    with meeting.a_place():
        if checked.auth_method == "oauth2" and authorization is None:
            return meeting.greeted(address)
        return meeting.met(address, authorization, others)


def _keep(server: Server, shown: Pasted, principal: Member) -> None:
    if shown.client_id:
        clients.enter(server, shown.client_id, shown.client_secret, "", principal=principal)
    if shown.access:
        credentials.keep(server, Secrets(shown.access, shown.refresh), principal=principal)


def _demand_room(slug: str, workspace_id: str) -> None:
    """Raise where another server of the workspace is called so, or there are as many as there may be."""
    mine = select(func.count()).select_from(Server).where(Server.workspace_id == workspace_id)
    if db.session.scalar(mine.where(Server.slug == slug)):
        raise Taken("slug", f"A server of this workspace is called {slug} already. Choose another slug.")
    if (db.session.scalar(mine) or 0) >= SERVERS_PER_WORKSPACE:
        raise Mistake("slug", f"The workspace has {SERVERS_PER_WORKSPACE} servers, as many as there may be.")


def _facts(of: Wanted) -> dict[str, Any]:
    """What the history keeps of it."""
    return {name: value for name, value in of.columns().items() if name != "slug"}


def _recorded(event: str, server: Server, principal: Member, **facts: Any) -> None:
    subject = credentials.subject(server)
    changes.record(event, workspace_id=server.workspace_id, principal=principal, subject=subject, **facts)
