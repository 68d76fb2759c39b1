"""Run as this agent: a tool, a customer or nobody, and what the agent would be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import render_template, request

from halo import facts, web
from halo.actions.kinds import access_of, group_of
from halo.agents import holding, running, service
from halo.agents.endpoints import blueprint
from halo.agents.endpoints.agent import AGENT, words
from halo.agents.models import Agent
from halo.agents.running import CustomerLine
from halo.ground import agent_limits
from halo.ground.errors import Mistake, NotFound
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ground.principal import NOBODY, Customer, Nobody
from halo.ledger.executions import OUTCOMES
from halo.tool import Tool
from halo.web import door, may, queries, throttle


@blueprint.get(f"{AGENT}/run")
@door(may(Permission.AGENTS_EDIT))
def run_agent(agent_id: object) -> Any:
    """Choose what to call and for whom."""
    asked = queries.read({"tool": queries.text(64), "customer": queries.text()}).demand()
    return _page(_found(agent_id), asked.get("tool"), asked.get("customer"))


@blueprint.post(f"{AGENT}/run")
@door(may(Permission.AGENTS_EDIT))
def run_tool(agent_id: object) -> Any:
    """Call it and show what came of it, which is kept nowhere; what changes something is asked about once more."""
    agent, form = _found(agent_id), request.form
    name, typed, text = (form.get(field, "") for field in ("tool", "customer", "arguments"))
    try:
        customer = running.one_customer(typed, principal=web.principal())
        arguments, wanted = running.arguments_of(text), running.tool_of(agent, name)
    except (Mistake, NotFound) as problem:
        field = problem.field if isinstance(problem, Mistake) else "tool"
        return _page(agent, name, typed, arguments=text, errors={field: problem.message}), 422
    if form.get("sure") != "yes" and running.asks_first(holding.run_of(agent, customer=customer), wanted):
        return _page(agent, name, typed, arguments=_readable(arguments), asks=True)
    throttle.count(agent_limits.RUNS_PER_PERSON, "run-as-agent", web.principal().person_id)
    done = running.run(agent, name, arguments, customer, principal=web.principal())
    return _page(agent, name, typed, arguments=text, done=done)


def _found(agent_id: object) -> Agent:
    found = service.get(str(agent_id), principal=web.principal())
    if found.archived_at is not None:
        raise NotFound("agent that can be run: it is archived")
    return found


def _page(
    agent: Agent,
    name: str,
    typed: str,
    *,
    arguments: str | None = None,
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> Any:
    errors = dict(errors or {})
    customer, alike = _customer(typed, errors)
    choices = running.callable_by(agent, facts.now_of(agent.workspace_id))
    wanted = next((it for it, _ in choices if it.name == name), None)
    if name and wanted is None:
        errors.setdefault("tool", "This tool is not switched on for the agent. Choose one that is, or switch it on.")
    context = {
        "agent": agent,
        "choices": _grouped(choices),
        "wanted": wanted,
        "access": access_of(wanted) if wanted else "",
        "schema": _readable(_schema(wanted, customer)) if wanted else "",
        "filled": sorted(wanted.customer) if wanted and customer is not NOBODY else [],
        "arguments": _readable(_example(_schema(wanted, customer))) if wanted and arguments is None else arguments,
        "customer": running.line_of(customer, principal=web.principal()),
        "typed": typed,
        "alike": alike,
        "errors": errors,
        "outcomes": OUTCOMES,
        "asks": False,
        "done": None,
    }
    return render_template("agents/run_agent.html", **context | more, **words())


def _customer(typed: str, errors: dict[str, str]) -> tuple[Customer | Nobody, list[CustomerLine]]:
    try:
        return running.customer_of(typed, principal=web.principal())
    except Mistake as problem:
        errors.setdefault("customer", problem.message)
        return NOBODY, []


def _grouped(choices: list[tuple[Tool, Mode]]) -> dict[str, list[tuple[str, str]]]:
    """For a list to choose from: the tools below the titles of their groups."""
    found: dict[str, list[tuple[str, str]]] = {}
    for it, mode in choices:
        words = f"{it.title} (needs approval)" if mode is Mode.ASK else it.title
        found.setdefault(group_of(it).title, []).append((it.name, words))
    return found


def _schema(wanted: Tool, customer: Customer | Nobody) -> Mapping[str, Any]:
    """What the agent's model is shown: without what Halo fills in for a customer."""
    return wanted.bound_schema if wanted.customer and customer is not NOBODY else wanted.input_schema


def _example(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments to begin with: every one that is required, with nothing in it yet."""
    return {name: _EMPTY.get(schema["properties"][name].get("type"), "") for name in schema.get("required", ())}


_EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}


def _readable(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
