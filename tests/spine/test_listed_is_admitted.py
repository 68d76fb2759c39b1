"""For any workspace, tools and caller: listed is what is admitted, nothing destructive is either unless approved."""

from __future__ import annotations

import itertools
import string
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from halo import catalogue, gate
from halo.ground.errors import Denied, Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Role, permissions_of
from halo.ground.principal import NOBODY, AgentRun, Caller, Client, Customer, Trying, WorkspaceFacts
from halo.tool import Tool
from tests.support import toolbox
from tests.support.agents import a_tool

JO = Customer("u", "ext-1", "jo@customer.test", None)
SCOPES = ("docs:read", "setup:read", "data:read", "actions:hubspot:one", "actions:hubspot:*", "actions:*")
NAMES = tuple(f"hubspot_{letter}" for letter in string.ascii_lowercase[:4])
Anybody = TypeVar("Anybody", bound=Caller)
NUMBERS = itertools.count()
PLANTED: dict[str, tuple[Tool, ...]] = {}

tools = st.builds(
    lambda name, **hints: a_tool(name.removeprefix("hubspot_"), **hints),
    name=st.sampled_from(NAMES),
    scope=st.sampled_from(("docs:read", "data:read", "actions:hubspot:one", "actions:hubspot:two")),
    read_only=st.booleans(),
    destructive=st.booleans(),
    idempotent=st.booleans(),
    bound=st.sampled_from(("same", "filtered", "locked", "absent", "unsorted")),
    customer=st.sampled_from(({}, {"email": "email"})),
    integration=st.sampled_from((None, "hubspot", "stripe")),
    group=st.sampled_from(("", "records", "docs")),
    flag=st.sampled_from((None, "mcp_external_servers")),
    for_clients=st.booleans(),
    starts_off=st.booleans(),
)
modes = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(Mode), max_size=4)
workspaces = st.builds(
    WorkspaceFacts,
    id=st.just("w"),
    slug=st.just("acme"),
    name=st.just("Acme"),
    flags=st.sampled_from((frozenset(), frozenset({"mcp_server"}), frozenset({"mcp_server", "mcp_external_servers"}))),
    integrations=st.dictionaries(
        st.sampled_from(("hubspot", "stripe")), st.sampled_from(("connected", "sign_in_needed", "actions_off"))
    ),
    modes=st.fixed_dictionaries({"external_clients": modes, "agent": modes}),
    catalogue=st.just("planted"),
)
permissions = st.sampled_from((permissions_of(Role.ADMIN), frozenset()))
customers = st.sampled_from((None, JO, NOBODY))
scopes = st.frozensets(st.sampled_from(SCOPES))
clients = st.builds(
    Client,
    workspace=workspaces, customer=customers, permissions=permissions, scopes=scopes,
    is_member=st.booleans(), is_paused=st.booleans(), expires_at=st.just(2e9),
    left_out=st.frozensets(st.sampled_from(("data:read/records", "docs:read/docs", "docs:read/records"))),
    known_tools=st.dictionaries(st.sampled_from(SCOPES), st.frozensets(st.sampled_from(NAMES)), max_size=2),
    **{name: st.just(name) for name in (
        "token_id", "grant_id", "client_row_id", "client_name", "person_id", "person_name", "person_email", "resource",
    )},
)  # fmt: skip
runs = st.builds(
    AgentRun,
    workspace=workspaces, customer=st.sampled_from((JO, NOBODY)), agent_id=st.just("agent"),
    agent_name=st.just("Agent"), conversation_id=st.just("c"), turn_id=st.just("t"), approved=st.just(""),
)  # fmt: skip
people = st.builds(
    Trying,
    workspace=workspaces, customer=customers, permissions=permissions, is_member=st.booleans(),
    person_id=st.just("p"), person_name=st.just("Olivia"),
)  # fmt: skip


def plant(caller: Anybody, made: list[Tool]) -> Anybody:
    """The caller in a workspace that has these tools, which no other has."""
    PLANTED["now"] = tuple(made)
    return replace(caller, workspace=replace(caller.workspace, catalogue=f"planted-{next(NUMBERS)}"))


def planted(_facts: WorkspaceFacts) -> tuple[Tool, ...]:
    return PLANTED["now"]


def is_admitted(caller: Caller, name: str, arguments: Mapping[str, object]) -> Reason | None:
    """Why the call is refused, walked as `halo.perform` walks it."""
    try:
        wanted = gate.admit_call(caller, name)
        gate.admit_arguments(caller, wanted, gate.for_customer(caller, wanted, arguments))
    except Denied as denied:
        return denied.reason
    return None


def listed(caller: Caller) -> set[str]:
    try:
        return {it.name for it in gate.listed(caller)}
    except Denied:
        return set()


@settings(max_examples=400, deadline=None)
@given(st.one_of(clients, runs, people), st.lists(tools, max_size=4))
def test_listed_is_exactly_what_is_admitted_and_nothing_destructive(caller: Caller, made: list[Tool]) -> None:
    caller = plant(caller, made)
    with toolbox.given(planted):
        every = catalogue.of(caller.workspace).every()
        shown = listed(caller)
        admitted = {it.name for it in every if is_admitted(caller, it.name, {}) is None}
    assert shown == admitted
    assert not any(it.destructive for it in every if it.name in shown)


@settings(max_examples=200, deadline=None)
@given(runs, tools)
def test_only_what_a_teammate_approved_runs_beyond_that(run: AgentRun, wanted: Tool) -> None:
    run = plant(run, [wanted])
    with toolbox.given(planted):
        held = is_admitted(run, wanted.name, {"amount": 5})
        filled = gate.for_customer(run, wanted, {"amount": 5})
        approved = replace(run, approved=gate.digest_of(wanted, filled))
        then, other = (is_admitted(approved, wanted.name, {"amount": amount}) for amount in (5, 6))
    assert then is (None if held is Reason.approval_wanted else held)
    assert other is held
