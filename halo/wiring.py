"""Who tells what upwards: a room knows only what stands below it, so whoever stands above tells it here.

To add one: a line in `wire`, under the room that is told. What is told is a plain function or table of the slice that
knows; nothing is registered by importing something, except tools, which their declarations register (`halo.tools`).
"""

from __future__ import annotations

import halo.agents.reverts
import halo.apps.reverts
import halo.flags.reverts
import halo.servers.reverts
import halo.tools
import halo.workspaces.reverts
from halo import catalogue, facts
from halo.actions import holders
from halo.agents import holding
from halo.agents import service as agents
from halo.audit import named_holders, why
from halo.demo import cast
from halo.health import doctor
from halo.ledger import reverts
from halo.oauth import diagnosis, leaving
from halo.servers import loading, source
from halo.workspaces import holdings
from halo.workspaces.accounts import people


def wire() -> None:
    """Tell each room what it must know of those above it; twice is once."""
    # ledger: how a change is taken back
    reverts.register(halo.flags.reverts.REVERTS)
    reverts.register(halo.agents.reverts.REVERTS)
    reverts.register(halo.workspaces.reverts.REVERTS)
    reverts.register(halo.apps.reverts.REVERTS)
    reverts.register(halo.servers.reverts.REVERTS)
    # actions: who holds switches; facts: whom the gate refuses; audit: agents' names, and why one cannot see a tool
    holders.register(holding.holders)
    facts.register("agents", holding.facts_of)
    named_holders.named_by("agent", agents.names)
    named_holders.named_by("server", loading.names)
    why.register(holding.askable)
    # workspaces: what ends when somebody leaves, and whom the sign-in page introduces
    holdings.register(leaving.held, leaving.end)
    people.introduce(cast.who_is_here)
    # facts and catalogue: how connected servers stand, and the tools that a workspace has from them
    facts.register("servers", source.integrations)
    catalogue.source(source.tools, acts_for_clients=source.any_for_clients)
    # health: what `flask doctor` asks of others
    doctor.register(diagnosis.documents)
