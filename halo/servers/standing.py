"""How a connected server stands, as pages and the API say it: from its rows and its last real request.

A list that was read yesterday says nothing of today, so nothing here asks the server: whoever spoke with it noted how
that went (`halo.servers.health`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db
from halo.ground.errors import Reason
from halo.servers import snapshot
from halo.servers.models import Server, ServerCredential

_WHO = "Who manages integrations, "


@dataclass(frozen=True, slots=True)
class Standing:
    """One word for it, and what can be done."""

    word: str
    """`ready`, `needs_sign_in`, `degraded`, `held` or `off`."""
    label: str
    sentence: str
    lifted_by: str = ""


READY = Standing("ready", "Ready", "Its accepted tools can be called.")
FLAG_OFF = Standing("off", "Off", Reason.external_servers_off.sentence, Reason.external_servers_off.lifted_by)
ACTIONS_OFF = Standing(
    "off", "Off", "Its actions are switched off: none of its tools is called.", f"{_WHO}by switching them on."
)


def now_of(server: Server) -> Standing:
    """How this one stands."""
    return of_each([server])[server.id]


def of_each(servers: Iterable[Server]) -> Mapping[str, Standing]:
    """By id, how these servers of one workspace stand."""
    servers = list(servers)
    if not servers:
        return {}
    workspace_id = servers[0].workspace_id
    is_on = flags.is_on(MCP_EXTERNAL_SERVERS, workspace_id=workspace_id)
    held = snapshot.held_counts(workspace_id)
    mine = select(ServerCredential).where(ServerCredential.workspace_id == workspace_id)
    credentials = {row.server_id: row for row in db.session.scalars(mine)}
    return {
        each.id: _standing(each, credentials.get(each.id), held.get(each.id, 0)) if is_on else FLAG_OFF
        for each in servers
    }


def _standing(server: Server, credential: ServerCredential | None, held: int) -> Standing:
    if not server.is_on:
        return ACTIONS_OFF
    if server.auth_method != "none" and credential is None:
        return _needs_sign_in("Nobody has signed in to it yet.")
    if credential is not None and credential.dead_at is not None:
        return _needs_sign_in("Its authorization server no longer knows the sign-in.")
    if server.problem_at is not None:
        if server.problem_stage == "auth" and server.auth_method != "none":
            return _needs_sign_in(server.problem)
        return Standing("degraded", "Degraded", server.problem, _REMEDIES.get(server.problem_stage, _WAIT))
    if held:
        waits = "1 tool is" if held == 1 else f"{held} tools are"
        return Standing("held", "Held for review", f"{waits} new or changed.", f"{_WHO}by reviewing them.")
    return READY


def _needs_sign_in(sentence: str) -> Standing:
    return Standing("needs_sign_in", "Needs sign-in", sentence, f"{_WHO}by signing in again.")


_WAIT = "Its owner; Halo goes on asking."
_REMEDIES = {
    "address": f"{_WHO}by correcting the address.",
    "tls": "Its owner, with a certificate for this address.",
    "auth": f"{_WHO}by choosing how Halo signs in.",
    "scope": f"{_WHO}by signing in again with more scope.",
    "refresh": f"Its authorization server; Halo goes on trying. {_WHO}by signing in again, where it stays so.",
    "schema": f"{_WHO}by reviewing what its tools are now.",
}
