"""A connected server on an agent's Actions: a block of its own, what is held on top, whose data each tool reaches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from halo import facts, gate
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import one_change
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ground.principal import Customer
from halo.ledger import changes
from halo.servers import lock
from halo.servers.models import Server, ServerTool, ToolDefinition
from tests import cast
from tests.servers.rows import a_server
from tests.spine.test_trial import the_member
from tests.support.browser import Browser
from tests.support.pages import Page

JO = Customer("01900000-0000-7000-8000-0000000000f0", "ext-1", "jo@customer.test", None)
SCHEMA = {"type": "object", "properties": {"email": {"type": "string"}, "status": {"type": "string"}}}


def a_tool(
    server: Server, name: str, *, accepted: bool = True, changed: bool = False, hints: Any = None, **columns: Any
) -> None:
    """A row of the server's tools, accepted or not; `changed`: by now the server lists it with another text."""
    said = {"name": name, "title": name.capitalize(), "description": f"{name} of the shop.", "inputSchema": SCHEMA}
    said["annotations"] = hints or {"readOnlyHint": True}
    other = said | {"description": "Otherwise."}
    with one_change() as rows:
        for each in (said, other):
            values = {"digest": lock.digest(each), "definition": json.dumps(each)}
            if (
                rows.query(ToolDefinition).filter_by(workspace_id=server.workspace_id, digest=values["digest"]).count()
                == 0
            ):
                rows.add(ToolDefinition(workspace_id=server.workspace_id, **values))
        listed = lock.digest(other if changed else said)
        rows.add(
            ServerTool(
                workspace_id=server.workspace_id, server_id=server.id, name=name, alias=f"{server.slug}__{name}",
                accepted=lock.digest(said) if accepted else None, listed=listed, **columns,
            )
        )  # fmt: skip
        changes.raise_version(server.workspace_id)


@pytest.fixture
def agent(app: Flask) -> Iterator[Agent]:
    """Support, where a shop is connected: a tool of each kind."""
    with app.app_context():
        acme = cast.workspace().id
        flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=acme, why="test", principal=None)
        shop = a_server("https://shop.example/mcp", slug="docs", name="The shop", auth_method="none", is_ours=True)
        a_tool(shop, "find", reach="customers", locks={"email": "email"}, changed=True)
        a_tool(shop, "rates", reach="public")
        a_tool(shop, "orders")
        a_tool(shop, "refund", reach="public", hints={"readOnlyHint": False})
        a_tool(shop, "ship", accepted=False)
        yield service.create(WantedAgent("Support", status="live"), principal=the_member())


def at(agent: Agent) -> str:
    return f"/dashboard/agents/{agent.id}/actions"


def words(page: Page, name: str) -> str:
    return " ".join("".join(page.one(id=name).itertext()).split())


def test_the_servers_tools_are_one_block_with_its_name_its_state_and_how_many_are_on(
    browser: Browser, agent: Agent
) -> None:
    page = browser.sign_in(cast.OWNER).post(f"{at(agent)}/docs__rates/mode/auto")
    block = words(page, "group-integration-docs")
    assert "The shop" in block and "Held for review" in block and "1 of 4 on" in block
    assert "2 tools are new or changed." in block
    assert "0 of 2 on" in words(page, "group-docs"), "Halo's own group of that name is another one"
    assert "“Rates” is set to “auto” for Support" in words(page, "undo")


def test_what_is_held_stands_on_top_and_has_no_switch_before_it_is_accepted(browser: Browser, agent: Agent) -> None:
    page = browser.sign_in(cast.OWNER).get(at(agent))
    assert "nobody accepted it yet" in words(page, "held-docs__ship")
    assert not page.all(id="action-docs__ship")
    assert "Change held" in words(page, "action-docs__find")
    ids = [it.get("id") for it in page.all("li") if "docs__" in (it.get("id") or "")]
    assert ids[:2] == ["held-docs__ship", "action-docs__find"]
    browser.post(f"{at(agent)}/docs__ship/mode/auto", status=404)
    page = browser.get(at(agent), query_string={"show": "held"})
    assert page.all(id="held-docs__ship") and page.all(id="action-docs__find")
    assert not page.all(id="action-docs__rates") and not page.all(id="action-search_docs")


def test_each_line_says_whose_data_the_tool_reaches(browser: Browser, agent: Agent) -> None:
    page = browser.sign_in(cast.OWNER).get(at(agent))
    assert "Locked: email = the customer's e-mail address" in words(page, "action-docs__find")
    assert "Public: no customer's data" in words(page, "action-docs__rates")
    assert "Nobody said yet whose data it reaches" in words(page, "action-docs__orders")
    assert "Destructive" in words(page, "action-docs__refund")


def test_what_the_page_says_is_what_the_gate_does(agent: Agent) -> None:
    here = facts.now_of(agent.workspace_id)
    names = [f"docs__{name}" for name in ("find", "rates", "orders", "refund")]
    actions.switch_on(names, holder=holding.holder(agent), workspace=here, principal=the_member())
    run = holding.run_of(agent, customer=JO)
    assert [it.name for it in gate.listed(run)] == ["docs__find", "docs__rates"]
    assert [it.name for it in gate.on_approval(run)] == ["docs__refund"]
    assert [it.name for it in gate.listed(holding.run_of(agent))] == ["docs__rates"]
    unsorted = next(it for it in actions.available(holding.holder(agent), here) if it.name == "docs__orders")
    assert gate.tool_refusal(run, unsorted) is Reason.tool_unsorted


def test_a_server_that_is_switched_off_says_so(browser: Browser, agent: Agent) -> None:
    with one_change() as rows:
        rows.query(Server).update({"is_on": False})
        changes.raise_version(agent.workspace_id)
    page = browser.sign_in(cast.OWNER).get(at(agent))
    assert "Its actions are switched off: none of its tools is called." in words(page, "group-integration-docs")


def test_external_clients_see_nothing_of_a_server_that_is_not_offered_to_them(browser: Browser, agent: Agent) -> None:
    page = browser.sign_in(cast.OWNER).get("/dashboard/agents/external-clients/actions")
    assert not page.all(id="group-integration-docs") and not page.all(id="held-docs__ship")
    assert "held" not in [it.get("value") for it in page.fields("show")]
    with one_change() as rows:
        rows.query(Server).update({"for_clients": True, "revision": 2})
        changes.raise_version(agent.workspace_id)
    page = browser.get("/dashboard/agents/external-clients/actions")
    assert "The shop" in words(page, "group-integration-docs") and "0 of 3 on" in words(page, "group-integration-docs")


def test_the_other_workspace_sees_no_server_of_acmes(browser: Browser, agent: Agent) -> None:
    theirs = service.create(WantedAgent("Desk"), principal=the_member(cast.STRANGER, cast.UMBRA))
    page = browser.sign_in(cast.STRANGER).get(at(theirs))
    assert not page.all(id="group-integration-docs") and "The shop" not in page.text


def test_a_whole_server_is_copied_to_another_agent(browser: Browser, agent: Agent) -> None:
    billing = service.create(WantedAgent("Billing"), principal=the_member())
    browser.sign_in(cast.OWNER).post(f"{at(agent)}/groups/integration-docs/on")
    browser.post(f"{at(billing)}/copy", {"from": agent.id})
    here = facts.now_of(agent.workspace_id)
    modes = actions.modes_of(holding.holder(billing), here)
    assert {name: mode for name, mode in modes.items() if mode is not Mode.NEVER} == {
        "docs__find": Mode.AUTO, "docs__rates": Mode.AUTO, "docs__orders": Mode.AUTO, "docs__refund": Mode.ASK,
    }  # fmt: skip
