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
from halo.trial import fields
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
    name, typed = form.get("tool", ""), form.get("customer", "")
    try:
        customer = running.one_customer(typed, principal=web.principal())
        wanted = running.tool_of(agent, name)
        arguments = running.arguments_of(running.schema_of(wanted, customer), form)
    except Mistake as problem:
        return _page(agent, name, typed, form, errors={problem.field: problem.message}), 422
    if form.get("sure") != "yes" and running.asks_first(holding.run_of(agent, customer=customer), wanted):
        return _page(agent, name, typed, form, asks=True, whole=_readable(arguments))
    throttle.count(agent_limits.RUNS_PER_PERSON, "run-as-agent", web.principal().person_id)
    done = running.run(agent, name, arguments, customer, principal=web.principal())
    return _page(agent, name, typed, form, done=done)


def _found(agent_id: object) -> Agent:
    found = service.get(str(agent_id), principal=web.principal())
    if found.archived_at is not None:
        raise NotFound("agent that can be run: it is archived")
    return found


def _page(
    agent: Agent,
    name: str,
    typed: str,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> Any:
    errors = dict(errors or {})
    customer, alike = _customer(typed, errors)
    wanted = _tool(agent, name, errors)
    context = {
        "agent": agent,
        "choices": _grouped(running.callable_by(agent, facts.now_of(agent.workspace_id))),
        "wanted": wanted,
        "customer": running.line_of(customer, principal=web.principal()),
        "typed": typed,
        "alike": alike,
        "errors": errors,
        "outcomes": OUTCOMES,
        "whole": (form or {}).get(fields.WHOLE, ""),
        "asks": False,
        "done": None,
    }
    context |= _form(wanted, customer, form) if wanted else {}
    return render_template("agents/run_agent.html", **context | more, **words())


def _form(wanted: Tool, customer: Customer | Nobody, form: Mapping[str, str] | None) -> dict[str, Any]:
    """The fields of the tool's parameters, with what they held."""
    schema = running.schema_of(wanted, customer)
    return {
        "access": access_of(wanted),
        "schema": _readable(schema),
        "filled": sorted(wanted.customer) if customer is not NOBODY else [],
        "fields": fields.fields(schema, form),
    }


def _customer(typed: str, errors: dict[str, str]) -> tuple[Customer | Nobody, list[CustomerLine]]:
    try:
        return running.customer_of(typed, principal=web.principal())
    except Mistake as problem:
        errors.setdefault("customer", problem.message)
        return NOBODY, []


def _tool(agent: Agent, name: str, errors: dict[str, str]) -> Tool | None:
    try:
        return running.tool_of(agent, name) if name else None
    except Mistake as problem:
        errors.setdefault("tool", problem.message)
        return None


def _grouped(choices: list[tuple[Tool, Mode]]) -> dict[str, list[tuple[str, str]]]:
    """For a list to choose from: the tools below the titles of their groups."""
    found: dict[str, list[tuple[str, str]]] = {}
    for it, mode in choices:
        words = f"{it.title} (needs approval)" if mode is Mode.ASK else it.title
        found.setdefault(group_of(it).title, []).append((it.name, words))
    return found


def _readable(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
