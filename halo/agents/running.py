"""An agent run by hand: one tool, for one customer or for nobody, on the line that every call walks.

Whoever edits agents may run one, and sees then what the agent would be told. A customer is chosen only by somebody who
may see customers: else an agent's switches would show what the person's own permissions hide.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from halo import catalogue, facts, gate, perform
from halo.agents import holding
from halo.agents.models import Agent
from halo.contacts import customers
from halo.contacts.records import end_users
from halo.contacts.records.paging import PageWanted
from halo.ground.errors import Denied, Mistake, Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Permission, demand
from halo.ground.principal import NOBODY, AgentRun, Customer, Member, Nobody, WorkspaceFacts
from halo.ground.text import names
from halo.ground.text.folding import is_same
from halo.ground.wire import bounded
from halo.perform import Answered, Context, Refusal
from halo.tool import Tool
from halo.trial import fields

SHOWN = 8
"""Customers that a search offers; who wants another writes more of the name."""


@dataclass(frozen=True)
class CustomerLine:
    """A customer as a person chooses one."""

    id: str
    name: str
    about: str
    handle: str
    """What names this customer and nobody else, as short as there is."""


@dataclass(frozen=True)
class Ran:
    """What came of it."""

    outcome: str
    text: str
    data: str
    """The structured answer as readable JSON; may be empty."""
    milliseconds: float
    row_id: str
    reason: Reason | None = None


def callable_by(agent: Agent, workspace: WorkspaceFacts) -> list[tuple[Tool, Mode]]:
    """What is switched on for the agent, by title; also what a teammate would have to approve."""
    held = [(it, workspace.mode_of(agent.id, it.name, it.starts(agent.id))) for it in catalogue.of(workspace).every()]
    return sorted(((it, mode) for it, mode in held if mode is not Mode.NEVER), key=lambda pair: pair[0].title)


def tool_of(agent: Agent, name: str) -> Tool:
    """The tool of this name that is switched on for the agent; raises `Mistake`."""
    for wanted, _ in callable_by(agent, facts.now_of(agent.workspace_id)):
        if wanted.name == name:
            return wanted
    raise Mistake("tool", "This tool is not switched on for the agent. Choose one that is, or switch it on.")


def customer_of(typed: str, *, principal: Member) -> tuple[Customer | Nobody, list[CustomerLine]]:
    """Whom the text means: one customer, or nobody with those whom it might mean. Empty text means nobody; a name that
    only one customer has means that one.

    Raises `Mistake` where nobody is meant, and where the person may not see customers.
    """
    if not typed.strip():
        return NOBODY, []
    try:
        found = customers.named(typed, principal=principal)
    except Mistake:
        alike = _alike(typed, principal) if principal.may(Permission.CONTACTS_VIEW) else []
        if not alike:
            raise
        if len(alike) > 1 or not is_same(alike[0].name, typed.strip()):
            return NOBODY, alike
        found = alike[0].id
    return customers.bound(found or "", workspace_id=principal.workspace_id), []


def one_customer(typed: str, *, principal: Member) -> Customer | Nobody:
    """The one whom the text means, or nobody where there is none; raises `Mistake` where it means several."""
    found, alike = customer_of(typed, principal=principal)
    if alike:
        raise Mistake("customer", "Several customers fit. Choose one of them.")
    return found


def line_of(customer: Customer | Nobody, *, principal: Member) -> CustomerLine | None:
    """The customer in words; None for nobody."""
    rows = end_users.find("id", customer.end_user_id, principal=principal) if customer.end_user_id else []
    return _line(rows[0]) if rows else None


def _alike(typed: str, principal: Member) -> list[CustomerLine]:
    """Customers of this name, else those in whose records all its words stand; none where it is no search."""
    wanted, words = PageWanted("run as an agent", limit=SHOWN), names.visible(typed)
    try:
        page = end_users.search(principal=principal, wanted=wanted, name=words)
        if not page.rows:
            page = end_users.search(principal=principal, wanted=wanted, query=words, in_full=True)
    except Mistake:
        return []
    return [_line(dict(zip(end_users.LISTED, row, strict=False))) for row in page.rows]


def _line(row: Mapping[str, Any]) -> CustomerLine:
    about = ", ".join(str(row[name]) for name in ("email", "external_id") if row.get(name))
    name = str(row.get("name") or row.get("email") or row["id"])
    return CustomerLine(str(row["id"]), name, about, str(row.get("external_id") or row["id"]))


def schema_of(wanted: Tool, customer: Customer | Nobody) -> Mapping[str, Any]:
    """What the agent's model is shown: without what Halo fills in for a customer."""
    return wanted.bound_schema if wanted.customer and customer is not NOBODY else wanted.input_schema


def arguments_of(schema: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed into the form of a tool (`halo.trial.fields`); raises `Mistake` that names the field."""
    try:
        for text in typed.values():
            bounded.check(text.encode())
    except Mistake as problem:
        raise Mistake(fields.WHOLE, problem.message.replace("The body", "The text")) from None
    return fields.arguments(schema, typed)


def asks_first(run: AgentRun, wanted: Tool) -> bool:
    """Whether a person has to say once more that this is meant: a call that changes something, and would run."""
    if wanted.read_only:
        return False
    try:
        gate.admit(run)
    except Denied:
        return False
    return not (gate.tool_refusal(run, wanted) or gate.call_refusal(run, wanted))


def run(
    agent: Agent, name: str, arguments: Mapping[str, Any], customer: Customer | Nobody, *, principal: Member
) -> Ran:
    """Call the tool as the agent, in a conversation that begins and ends with this call."""
    demand(Permission.AGENTS_EDIT, principal=principal)
    caller = holding.run_of(agent, customer=customer, started_by=principal.person_id)
    began = time.perf_counter_ns()
    done = perform.perform(name, arguments, principal=caller, context=Context(began))
    took = (time.perf_counter_ns() - began) / 1e6
    if isinstance(done, Refusal):
        return Ran("refused", done.sentence, "", took, done.row_id, done.reason)
    return Ran(_outcome(done), "\n".join((done.answer.text, *done.answer.notes)), _readable(done), took, done.row_id)


def _outcome(done: Answered) -> str:
    return "tool_error" if done.answer.is_error else "ok"


def _readable(done: Answered) -> str:
    data = done.answer.plain()
    return "" if data is None else orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode()
