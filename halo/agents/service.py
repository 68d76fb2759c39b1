"""The AI agents of a workspace: made, changed, archived and restored, each with a row in the history.

An agent that is archived has no switches any more for whoever looks, and the gate refuses it; its rows stay, so that
the log can name it and restoring brings back what was switched on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from halo.agents.models import Agent
from halo.agents.vocabulary import KINDS, STATUSES, AgentKind, AgentStatus
from halo.ground import agent_limits as limits
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake, NotFound
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ground.text import names as names_
from halo.ground.text.folding import fold
from halo.ledger import changes
from halo.workspaces.unique import taken

TAKEN = "Another agent has this name. Choose one that people tell apart."


@dataclass(frozen=True)
class WantedAgent:
    """An agent as somebody typed it."""

    name: str
    kind: str = AgentKind.CUSTOMER_FACING.value
    instructions: str = ""
    status: str = AgentStatus.DRAFT.value


def every(workspace_id: str, *, archived: bool = False) -> list[Agent]:
    """The agents of the workspace by name; those that are archived, or those that are not."""
    is_archived = Agent.archived_at.is_not(None) if archived else Agent.archived_at.is_(None)
    found = db.session.scalars(select(Agent).where(Agent.workspace_id == workspace_id, is_archived))
    return sorted(found, key=lambda agent: (agent.name_key, agent.id))


def get(agent_id: str, *, principal: Member) -> Agent:
    """The agent, archived or not; raises NotFound for another workspace's."""
    if (found := find(agent_id, principal=principal)) is None:
        raise NotFound("agent")
    return found


def find(agent_id: str, *, principal: Member) -> Agent | None:
    """The same, or None."""
    here = Agent.workspace_id == principal.workspace_id
    return db.session.scalar(select(Agent).where(here, Agent.id == agent_id))


def names(workspace_id: str, ids: Collection[str]) -> Mapping[str, str]:
    """Id -> name of these agents of the workspace, of all that are not archived where no id is asked for."""
    which = Agent.id.in_(ids) if ids else Agent.archived_at.is_(None)
    found = db.session.execute(select(Agent.id, Agent.name).where(Agent.workspace_id == workspace_id, which))
    return dict(iter(found))


def values_of(agent: Agent) -> dict[str, str]:
    """What can be changed of it, under the names of `WantedAgent`."""
    return {name: getattr(agent, name) for name in ("name", "kind", "instructions", "status")}


def facts_of(agent: Agent) -> dict[str, Any]:
    """What the history keeps of it."""
    return values_of(agent) | {"archived": agent.archived_at is not None}


def create(wanted: WantedAgent, *, principal: Member) -> Agent:
    """A new agent, for which nothing is switched on; raises `Mistake` that names the field."""
    _demand(principal)
    values = _checked(wanted)
    with taken("name", TAKEN), one_change() as rows:
        held = select(func.count()).select_from(Agent).where(Agent.workspace_id == principal.workspace_id)
        if (rows.scalar(held) or 0) >= limits.AGENTS_PER_WORKSPACE:
            raise Mistake("name", f"A workspace has at most {limits.AGENTS_PER_WORKSPACE} agents, archived ones too.")
        agent = Agent(
            workspace_id=principal.workspace_id,
            created_by=principal.person_id,
            changed_by=principal.person_id,
            **values,
        )
        rows.add(agent)
        rows.flush()
        _recorded("agent.created", agent, principal, None, values_of(agent))
    return agent


def change(agent_id: str, wanted: WantedAgent, *, principal: Member) -> Agent:
    """Give it another name, kind, instructions or status; what stays as it was has no row in the history."""
    _demand(principal)
    values = _checked(wanted)
    with taken("name", TAKEN), one_change() as rows:
        agent = _working(agent_id, principal)
        before = facts_of(agent)
        for name, value in values.items():
            setattr(agent, name, value)
        after = facts_of(agent)
        if changed := [name for name in after if after[name] != before[name]]:
            agent.changed_at, agent.changed_by = now(), principal.person_id
            rows.flush()
            kept = {name: before[name] for name in changed}, {name: after[name] for name in changed}
            _recorded("agent.changed", agent, principal, *kept)
    return agent


def archive(agent_id: str, *, principal: Member) -> Agent:
    """Take it out of use: from its next call on it calls nothing, and nobody can switch anything for it."""
    return _set_archived(agent_id, principal, is_archived=True)


def restore(agent_id: str, *, principal: Member) -> Agent:
    """Bring it back with its switches, as a draft; raises `Mistake` where another has its name by now."""
    return _set_archived(agent_id, principal, is_archived=False)


def _set_archived(agent_id: str, principal: Member, *, is_archived: bool) -> Agent:
    _demand(principal)
    with taken("name", f"{TAKEN} Rename that one first."), one_change() as rows:
        agent = get(agent_id, principal=principal)
        if (agent.archived_at is not None) is is_archived:
            return agent
        agent.archived_at = agent.changed_at = now()
        agent.changed_by = principal.person_id
        if not is_archived:
            agent.archived_at, agent.status = None, AgentStatus.DRAFT.value
        rows.flush()
        stood, stands = {"archived": not is_archived}, {"archived": is_archived}
        _recorded("agent.archived" if is_archived else "agent.restored", agent, principal, stood, stands)
    return agent


def _working(agent_id: str, principal: Member) -> Agent:
    agent = get(agent_id, principal=principal)
    if agent.archived_at is not None:
        raise Mistake("status", "This agent is archived. Restore it first.")
    return agent


def _checked(wanted: WantedAgent) -> dict[str, str]:
    """The columns; raises `Mistake` for the first field that does not fit."""
    name = names_.chosen(wanted.name, "name", limits.AGENT_NAME_CHARACTERS)
    if wanted.kind not in KINDS:
        raise Mistake("kind", f"Choose what kind of agent it is: {', '.join(KINDS)}.")
    instructions = wanted.instructions.replace("\r\n", "\n").strip()
    if len(instructions) > (most := limits.AGENT_INSTRUCTIONS_CHARACTERS):
        raise Mistake(
            "instructions", f"Instructions have at most {most:,} characters; these have {len(instructions):,}."
        )
    if problem := names_.fault(instructions) if instructions else None:
        raise Mistake("instructions", f"The text {problem}.")
    if wanted.status not in STATUSES:
        raise Mistake("status", f"Choose the agent's status: {', '.join(STATUSES)}.")
    return {
        "name": name,
        "name_key": fold(name),
        "kind": wanted.kind,
        "instructions": instructions,
        "status": wanted.status,
    }


def _demand(principal: Member) -> None:
    demand(Permission.AGENTS_EDIT, principal=principal)


def _recorded(
    event: str, agent: Agent, principal: Member, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """Belongs inside `one_change`; whatever a process cached of the workspace is stale after it."""
    changes.record(
        event,
        workspace_id=agent.workspace_id,
        principal=principal,
        subject=("agent", agent.id, agent.name),
        before=before,
        after=after,
    )
