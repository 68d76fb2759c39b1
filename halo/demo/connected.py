"""The demo shop as Acme connected it: what was accepted of it, whose data its tools reach, and two weeks of its use.

The shop is no process yet while the demo is planted, so its tools are read from its own declarations, which are what it
lists when it runs; of one of them an earlier definition was accepted, and what it lists now is held for review.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from halo import catalogue, facts
from halo.actions import holders
from halo.actions import service as actions
from halo.actions.vocabulary import Holder
from halo.demo import agents, cast, shop
from halo.demo.world import Row, World
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground import settings
from halo.ground.database import one_change
from halo.ground.modes import Mode
from halo.ground.principal import Member
from halo.ledger import bulk as log
from halo.servers import bulk, connecting, listing, loading, reviewing, snapshot
from halo.servers.client import Listed, Welcome
from halo.servers.meeting import Met
from halo.servers.wanted import Wanted
from halo.workspaces.models import Workspace

SLUG = "shop"
DAYS = 13
"""Since when it is connected."""
FIND, RATES, REFUND = "shop__find_orders", "shop__shipping_rates", "shop__refund_order"
EARLIER: Mapping[str, str] = {
    "shipping_rates": "What sending a parcel of one kilogram costs, by country, with the days that it takes."
}
"""Tool -> its description when it was accepted; then it took nothing but what is required."""
ASKED: Mapping[str, tuple[float, tuple[dict[str, Any], ...]]] = {
    FIND: (6, ({}, {}, {"status": "on its way"})),
    RATES: (3, ({"country": "DE"}, {"country": "FR"}, {"country": "US"})),
    REFUND: (1, ({},)),
}
"""Tool -> how often, and arguments as the agent gave them: the customer's address is filled in by Halo."""


def plant(workspace: Workspace, acme: World, moment: datetime.datetime) -> int:
    """Connect it; how many rows; nothing where the workspace has a server already, or no shop runs beside Halo."""
    if not (settings.current().shop_port and bulk.is_blank(workspace.id)):
        return 0
    world, owner = World("halo-demo-shop", moment, workspace.id), cast.member(workspace, cast.OWNER)
    flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=workspace.id, why="Acme tries its shop's tools", principal=None)
    server_id = _connected(owner)
    reviewing.sort(SLUG, "find_orders", "customers", {"email": "email"}, principal=owner)
    reviewing.sort(SLUG, "shipping_rates", "public", principal=owner)
    agent = _switched_on(workspace, owner)
    _set_back(server_id, agent, world)
    with one_change() as session:
        listing.take(loading.server(SLUG, workspace_id=workspace.id), _met(_listed()), session=session)
    return len(shop.TOOLS) + log.write(_calls(world, server_id, agent, acme), [])


def _listed() -> list[dict[str, Any]]:
    """What the shop lists when it runs."""
    return [tool.definition for tool in shop.TOOLS.values()]


def _accepted() -> list[dict[str, Any]]:
    """What it listed when it was connected."""
    return [_as_it_was(it) if it["name"] in EARLIER else it for it in _listed()]


def _as_it_was(definition: Mapping[str, Any]) -> dict[str, Any]:
    schema = definition["inputSchema"]
    needed = {name: shape for name, shape in schema["properties"].items() if name in schema["required"]}
    return {
        **definition,
        "description": EARLIER[definition["name"]],
        "inputSchema": {**schema, "properties": needed},
    }


def _met(tools: list[dict[str, Any]]) -> Met:
    listed = snapshot.looked_at(Listed(tuple(tools), shop.FRESH_MS, ()), ())
    return Met(Welcome(shop.MODERN[-1], shop.ABOUT["title"], ""), listed)


def _connected(owner: Member) -> str:
    wanted = Wanted(name=shop.ABOUT["title"], slug=SLUG, url=settings.current().shop_url, is_ours=True)
    return connecting.keep(wanted, _met(_accepted()), principal=owner).id


def _switched_on(workspace: Workspace, owner: Member) -> Holder:
    """Support, who may look at orders and rates; a refund stays withheld."""
    support = next(it for it in holders.every(principal=owner) if it.name == agents.SUPPORT.wanted.name)
    modes = {FIND: Mode.AUTO, RATES: Mode.AUTO}
    actions.set_modes(modes, holder=support, workspace=facts.now_of(workspace.id), principal=owner)
    return support


def _set_back(server_id: str, agent: Holder, world: World) -> None:
    """As if all of it had been done when the shop was connected."""
    at = world.ago(DAYS)
    switched = (f"{agent.key}:{name}" for name in (FIND, RATES))
    subjects = (*bulk.redate(server_id, at), MCP_EXTERNAL_SERVERS, *switched)
    log.redate(dict.fromkeys(subjects, at), world.id_at)


def _calls(world: World, server_id: str, agent: Holder, acme: World) -> list[Row]:
    """Customers who ask where their parcel is, in conversations of one or two calls."""
    digests = {it.name: it.digest[:16] for it in catalogue.of(facts.now_of(world.workspace_id)).every()}
    customers = [user["id"] for customer in acme.customers for user in customer.users if user["email"]]
    rows: list[Row] = []
    for number in range(DAYS - 1, -1, -1):
        day = world.ago(number).replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(world.luck.randint(2, 9) if customers else 0):
            at = day + datetime.timedelta(hours=world.luck.gauss(13, 3.5) % 24)
            rows += _conversation(world, server_id, agent, at, world.one_of(customers), digests)
    return sorted((row for row in rows if row["at"] < world.now), key=lambda row: str(row["id"]))


def _conversation(
    world: World, server_id: str, agent: Holder, at: datetime.datetime, customer: str, digests: Mapping[str, str]
) -> list[Row]:
    conversation, rows = world.id_at(at), []
    for _ in range(world.luck.randint(1, 2)):
        (tool,) = world.luck.choices(list(ASKED), [share for share, _ in ASKED.values()])
        rows.append(
            _call(world, server_id, at, tool)
            | {"agent_id": agent.key, "conversation_id": conversation, "end_user_id": customer}
            | {"definition": digests[tool]}
        )
        at += datetime.timedelta(seconds=world.luck.uniform(4, 50))
    return rows


def _call(world: World, server_id: str, at: datetime.datetime, tool: str) -> Row:
    is_withheld = tool == REFUND
    took = world.luck.uniform(400, 900) if is_withheld else 6_000 * world.luck.lognormvariate(0, 0.5)
    return {
        "id": world.id_at(at),
        "at": at,
        "workspace_id": world.workspace_id,
        "caller": "agent",
        "method": "tools/call",
        "turn_id": world.id_at(at),
        "server_id": server_id,
        "integration": SLUG,
        "action": tool.removeprefix(f"{SLUG}__"),
        "tool": tool,
        "arguments": None if is_withheld else world.one_of(ASKED[tool][1]),
        "outcome": "refused" if is_withheld else "ok",
        "reason": "toggle_off" if is_withheld else None,
        "result_size": 0 if is_withheld else int(world.luck.lognormvariate(6.4, 0.5)),
        "latency_us": int(took),
        "upstream_us": None if is_withheld else int(took * 0.8),
    }
