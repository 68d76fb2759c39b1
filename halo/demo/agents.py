"""Acme's agents, Support and Billing: what they are told, what is switched on for them, two weeks of Support's calls.

They are made through the services that a page uses, and set back in time; a workspace that has an agent keeps its own.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from halo import facts
from halo.actions import service as actions
from halo.actions.vocabulary import Holder
from halo.agents import bulk, holding, service
from halo.agents.service import WantedAgent
from halo.agents.vocabulary import AgentKind, AgentStatus
from halo.demo import cast
from halo.demo.world import Row, World
from halo.ground.modes import Mode
from halo.ground.principal import Member
from halo.ledger import bulk as log
from halo.workspaces.models import Workspace

DAYS = 14


@dataclass(frozen=True)
class ToldAgent:
    """One agent of the demo."""

    wanted: WantedAgent
    since: float
    """Days ago that it was made."""
    modes: dict[str, Mode]
    a_day: float = 0
    """Calls on a working day, about."""


SUPPORT = ToldAgent(
    WantedAgent(
        "Support",
        AgentKind.CUSTOMER_FACING.value,
        "You answer customers of Acme in the chat on acme.example.\n\n"
        "Be brief and friendly, and answer in the customer's language. Look up the customer and their open tickets "
        "before you ask them anything. Say that you do not know rather than guess, and offer to hand over to the team.",
        AgentStatus.LIVE.value,
    ),
    41,
    dict.fromkeys(
        ("data_find_user", "data_search_tickets", "data_get_ticket", "data_search_transcripts", "search_docs"),
        Mode.AUTO,
    ),
    22,
)
BILLING = ToldAgent(
    WantedAgent(
        "Billing",
        AgentKind.CUSTOMER_FACING.value,
        "You answer questions about invoices, plans and renewals.\n\nNever promise a refund or a discount: say that a "
        "person of the team decides, and hand over.",
    ),
    9,
    {"data_find_user": Mode.AUTO, "data_find_company": Mode.AUTO, "data_search_tickets": Mode.ASK},
)
ASKED: dict[str, tuple[float, float, tuple[dict[str, Any], ...]]] = {
    "data_find_user": (30, 4, ({},)),
    "data_search_tickets": (24, 7, ({"is_open": True}, {"query": "export fails"}, {"query": "invoice"})),
    "search_docs": (18, 5, ({"query": "install the widget"}, {"query": "identity verification"})),
    "data_search_transcripts": (9, 20, ({"query": "onboarding"}, {"query": "cancel"})),
    "data_get_ticket": (7, 3, ({"ticket": "214"}, {"ticket": "97"})),
}
"""Tool -> (how often, milliseconds, arguments)."""


def plant(workspace: Workspace, acme: World, moment: datetime.datetime) -> int:
    """Make them; how many rows; nothing where there is an agent already."""
    if service.every(workspace.id) or service.every(workspace.id, archived=True):
        return 0
    world, owner = World("halo-demo-agents", moment, workspace.id), cast.member(workspace, cast.OWNER)
    made = [(told, _made(told, workspace, owner)) for told in (SUPPORT, BILLING)]
    since = {agent.key: world.ago(told.since) for told, agent in made}
    switched = {f"{agent.key}:{name}": since[agent.key] for told, agent in made for name in told.modes}
    bulk.redate(since)
    log.redate(since | switched, world.id_at)
    calls = [row for told, agent in made if told.a_day for row in _calls(world, told, agent, acme)]
    return len(since) + len(switched) + log.write(sorted(calls, key=lambda row: str(row["id"])), [])


def _made(told: ToldAgent, workspace: Workspace, owner: Member) -> Holder:
    holder = holding.holder(service.create(told.wanted, principal=owner))
    now = facts.now_of(workspace.id)
    actions.set_modes(told.modes, holder=holder, workspace=now, principal=owner)
    return holder


def _calls(world: World, told: ToldAgent, agent: Holder, acme: World) -> list[Row]:
    """Conversations of one to four calls with a customer who proved who they are."""
    rows: list[Row] = []
    customers = [user["id"] for customer in acme.customers for user in customer.users]
    for number in range(DAYS, -1, -1):
        day = world.ago(number).replace(hour=0, minute=0, second=0, microsecond=0)
        left = int(told.a_day * (0.4 if day.weekday() > 4 else world.luck.uniform(0.7, 1.3)))
        while left > 0 and customers:
            at = day + datetime.timedelta(hours=world.luck.gauss(13, 3.5) % 24)
            turns = world.luck.randint(1, 4)
            if at < world.now:
                rows += _conversation(world, agent, at, turns, world.one_of(customers))
            left -= turns
    return rows


def _conversation(world: World, agent: Holder, at: datetime.datetime, turns: int, customer: str) -> list[Row]:
    conversation, tools = world.id_at(at), list(ASKED)
    rows = []
    for _ in range(turns):
        tool = world.luck.choices(tools, [share for share, _, _ in ASKED.values()])[0]
        rows.append(_call(world, agent, at, tool) | {"conversation_id": conversation, "end_user_id": customer})
        at += datetime.timedelta(seconds=world.luck.uniform(4, 70))
    return [row for row in rows if row["at"] < world.now]


def _call(world: World, agent: Holder, at: datetime.datetime, tool: str) -> Row:
    _, milliseconds, arguments = ASKED[tool]
    went_wrong = world.chance(0.03)
    return {
        "id": world.id_at(at),
        "at": at,
        "workspace_id": world.workspace_id,
        "caller": "agent",
        "method": "tools/call",
        "agent_id": agent.key,
        "turn_id": world.id_at(at),
        "tool": tool,
        "arguments": world.one_of(arguments),
        "outcome": "tool_error" if went_wrong else "ok",
        "reason": "arguments_invalid" if went_wrong else None,
        "result_size": int(world.luck.lognormvariate(7.2, 0.7)),
        "latency_us": int(milliseconds * world.luck.lognormvariate(0, 0.5) * 1000),
    }
