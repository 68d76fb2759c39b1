"""An AI agent before there are any: a caller with tools of its workspace's own, from a source and a loader of facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from halo import catalogue, facts
from halo.actions.models import ActionSwitch
from halo.facts import FactsPart
from halo.ground.database import new_id, one_change
from halo.ground.modes import Mode
from halo.ground.principal import NOBODY, AgentRun, Principal, WorkspaceFacts
from halo.ledger import changes
from halo.tool import Answer, Arguments, Tool, of_models
from tests import cast

AGENT = "01900000-0000-7000-8000-00000000a6e7"


class Deal(Arguments):
    amount: int = Field(0, description="In what the workspace counts.")
    pin: str = Field("", description="A secret.", json_schema_extra={"secret": True})
    email: str | None = Field(None, description="Whose deal.")


def _done(arguments: Deal, *, principal: Principal) -> Answer:
    return Answer(f"done for {arguments.email}")


def a_tool(name: str, **changes: Any) -> Tool:
    """A tool of the fixture's integration."""
    values: dict[str, Any] = {
        "name": f"hubspot_{name}",
        "title": name.replace("_", " ").capitalize(),
        "description": "A fixture.",
        "scope": f"actions:hubspot:{name}",
        "parameters": Deal,
        "result": None,
        "handler": _done,
        "read_only": False,
        "destructive": False,
        "idempotent": False,
        "open_world": False,
        "bound": "same",
        "integration": "hubspot",
        "action": name,
    }
    return of_models(**(values | changes))


TOOLS = (
    a_tool("list_stages", read_only=True),
    a_tool("create_deal", customer={"email": "email"}),
    a_tool("refund", destructive=True),
)


@contextmanager
def acting(slug: str = cast.ACME, *, state: str = "connected") -> Iterator[None]:
    """Meanwhile this workspace, and no other, has the integration and its tools. Inside an app context."""
    workspace_id = cast.workspace(slug).id

    def load(asked: str) -> FactsPart:
        return FactsPart({"hubspot": state}, "fixture-1") if asked == workspace_id else FactsPart()  # type: ignore[dict-item]

    def gives(of: WorkspaceFacts) -> tuple[Tool, ...]:
        return TOOLS if of.id == workspace_id else ()

    facts.register("fixture", load)
    catalogue.source(gives)
    _stale(workspace_id)
    try:
        yield
    finally:
        facts.forget("fixture")
        catalogue.forget(gives)
        _stale(workspace_id)


def switch(name: str, mode: Mode, slug: str = cast.ACME) -> None:
    """Set one of the agent's switches."""
    workspace_id = cast.workspace(slug).id
    with one_change() as rows:
        kept = Mode.AUTO if mode is Mode.NEVER else mode
        is_on = mode is not Mode.NEVER
        rows.add(ActionSwitch(workspace_id=workspace_id, holder=AGENT, action=name, is_on=is_on, mode=kept.value))
        changes.raise_version(workspace_id)


def an_agent_run(slug: str = cast.ACME, **changes: Any) -> AgentRun:
    """The agent in a turn of a conversation with somebody whom nobody proved."""
    values: dict[str, Any] = {
        "agent_id": AGENT,
        "agent_name": "Billing agent",
        "conversation_id": new_id(),
        "turn_id": new_id(),
        "customer": NOBODY,
        "workspace": facts.now_of(cast.workspace(slug).id),
    }
    return AgentRun(**(values | changes))


def _stale(workspace_id: str) -> None:
    with one_change():
        changes.raise_version(workspace_id)
