"""What an agent is to the rooms below: a holder of switches, somebody whom the gate may have to refuse, a name in the
log, and a caller that the page "why can't I see this?" can be asked about.

`halo/wiring.py` tells them. An archived agent is no holder: nothing can be switched for it, whoever knows its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sqlalchemy import bindparam, or_, select

from halo import facts
from halo.actions.vocabulary import Holder
from halo.agents import service
from halo.agents.models import Agent
from halo.agents.vocabulary import KINDS, AgentStatus
from halo.audit.why import Askable
from halo.facts import FactsPart
from halo.ground.database import new_id
from halo.ground.database.quick import Prepared
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ground.principal import NOBODY, AgentRun, Customer, Member, Nobody

_OFF = Prepared(
    select(Agent.id, Agent.archived_at, Agent.status).where(
        Agent.workspace_id == bindparam("workspace_id"),
        or_(Agent.archived_at.is_not(None), Agent.status == AgentStatus.PAUSED.value),
    )
)


def holder(agent: Agent) -> Holder:
    """The agent as one who may hold actions: everything starts *never*."""
    return Holder(agent.id, agent.name, tuple(Mode), sentence=KINDS[agent.kind].sentence)


def holders(workspace_id: str) -> list[Holder]:
    """Those of the workspace that are not archived."""
    return [holder(agent) for agent in service.every(workspace_id)]


def facts_of(workspace_id: str) -> FactsPart:
    """Whom the gate refuses, and why."""
    rows = _OFF.rows(workspace_id=workspace_id)
    return FactsPart(agents_off={row[0]: Reason.agent_archived if row[1] else Reason.agent_paused for row in rows})


def run_of(agent: Agent, *, customer: Customer | Nobody = NOBODY, started_by: str | None = None) -> AgentRun:
    """The agent in the first turn of a conversation that nobody had before."""
    return AgentRun(
        workspace=facts.now_of(agent.workspace_id),
        customer=customer,
        agent_id=agent.id,
        agent_name=agent.name,
        conversation_id=new_id(),
        turn_id=new_id(),
        started_by=started_by,
    )


def askable(principal: Member) -> Iterable[Askable]:
    """Every agent of the workspace, for whoever may see agents: in a conversation with somebody unproven."""
    if principal.may(Permission.AGENTS_VIEW):
        for agent in service.every(principal.workspace_id):
            yield Askable(agent.id, agent.name, partial(run_of, agent))
