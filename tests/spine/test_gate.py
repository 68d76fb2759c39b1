"""The gate: one ordered list of refusals, asked by listing and calling alike."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

import halo.tools  # noqa: F401 - fills the registry
from halo import gate, tool
from halo.ground.errors import Denied, Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Permission, Role, permissions_of
from halo.ground.principal import NOBODY, AgentRun, Client, Customer, Trying, WorkspaceFacts
from halo.tool import Answer, Arguments, Tool
from tests.support.toolbox import declared

GOOD = Client(
    token_id="t",
    grant_id="g",
    client_row_id="c",
    client_name="Claude",
    person_id="p",
    person_name="Olivia",
    person_email="o@acme.test",
    is_member=True,
    is_paused=False,
    permissions=permissions_of(Role.ADMIN),
    scopes=frozenset({"docs:read", "data:read", "actions:hubspot:*"}),
    resource="http://127.0.0.1:8000/api/mcp",
    expires_at=2e9,
    workspace=WorkspaceFacts("w", "acme", "Acme", frozenset({"mcp_server"}), integrations={"hubspot": "connected"}),
)
SOMEBODY = Customer("u1", "ext-1", "jo@customer.test", None)


def a_tool(**changes: object) -> Tool:
    values: dict[str, object] = {
        "name": "hubspot_create_deal",
        "title": "Create a deal",
        "description": "Creates a deal.",
        "scope": "actions:hubspot:create_deal",
        "parameters": Arguments,
        "result": None,
        "handler": lambda arguments, *, principal: Answer("done"),
        "read_only": False,
        "destructive": False,
        "idempotent": False,
        "open_world": True,
        "bound": "same",
        "integration": "hubspot",
        "action": "create_deal",
    }
    return tool.of_models(**(values | changes))


def in_workspace(**changes: object) -> Client:
    return replace(GOOD, workspace=replace(GOOD.workspace, **changes))


@pytest.mark.parametrize(
    ("caller", "wanted", "reason"),
    [
        (GOOD, a_tool(destructive=True), Reason.tool_unknown),
        (replace(GOOD, permissions=frozenset()), a_tool(), Reason.permission_missing),
        (in_workspace(integrations={}), a_tool(), Reason.integration_missing),
        (in_workspace(modes={"external_clients": {"hubspot_create_deal": Mode.NEVER}}), a_tool(), Reason.toggle_off),
        (replace(GOOD, scopes=frozenset({"docs:read"})), a_tool(), Reason.scope_missing),
        (replace(GOOD, customer=SOMEBODY), a_tool(bound="absent"), Reason.customer_mismatch),
        (GOOD, a_tool(), None),
    ],
)
def test_each_check_refuses_with_its_own_reason(caller: Client, wanted: Tool, reason: Reason | None) -> None:
    assert gate.tool_refusal(caller, wanted) is reason


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (in_workspace(flags=frozenset()), Reason.flag_off),
        (replace(GOOD, is_member=False), Reason.person_inactive),
        (replace(GOOD, is_paused=True), Reason.grant_paused),
        (GOOD, None),
    ],
)
def test_a_connection_is_refused_as_a_whole(caller: Client, reason: Reason | None) -> None:
    assert gate.connection_refusal(caller) is reason


def test_the_first_refusal_wins() -> None:
    nothing_right = replace(in_workspace(integrations={}), scopes=frozenset(), permissions=frozenset())
    assert gate.tool_refusal(nothing_right, a_tool(destructive=True)) is Reason.tool_unknown
    assert gate.tool_refusal(nothing_right, a_tool()) is Reason.permission_missing


def test_a_destructive_tool_answers_like_an_unknown_name() -> None:
    with declared(a_tool(name="hubspot_delete_all", destructive=True)), pytest.raises(Denied) as known:
        gate.admit_call(GOOD, "hubspot_delete_all")
    with pytest.raises(Denied) as unknown:
        gate.admit_call(GOOD, "hubspot_delete_xyz")
    assert known.value.reason is unknown.value.reason is Reason.tool_unknown
    assert known.value.message.replace("all", "xyz") == unknown.value.message


SCOPES = ((), ("docs:read",), ("data:read", "actions:hubspot:create_deal"), ("docs:read", "setup:read", "actions:*"))
SWITCHED_OFF = ((), ("hubspot_create_deal",), ("search_docs", "hubspot_report"))
FACTS = itertools.product(
    SCOPES,
    (permissions_of(Role.ADMIN), permissions_of(Role.ADMIN) - {Permission.CONTACTS_VIEW}, frozenset()),
    ((), ("hubspot",)),
    SWITCHED_OFF,
    (None, SOMEBODY),
)


SPECIAL = (
    a_tool(),
    a_tool(name="hubspot_delete_all", destructive=True),
    a_tool(name="hubspot_report", bound="absent", action="report", scope="actions:hubspot:report"),
)


def test_listing_shows_exactly_what_a_call_is_admitted_to() -> None:
    with declared(*SPECIAL):
        every = {wanted.name for wanted in tool.every()}
        shown = set()
        for held, permissions, connected, switched_off, customer in FACTS:
            caller = replace(
                in_workspace(
                    integrations=dict.fromkeys(connected, "connected"),
                    modes={"external_clients": dict.fromkeys(switched_off, Mode.NEVER)},
                ),
                scopes=frozenset(held),
                permissions=permissions,
                customer=customer,
            )
            listed = {wanted.name for wanted in gate.listed(caller)}
            assert listed == {name for name in every if is_admitted(caller, name)}
            shown |= listed
    assert shown == every - {"hubspot_delete_all"}
    assert shown > {"search_docs", "data_find_user", "hubspot_create_deal", "hubspot_report"}


@pytest.mark.parametrize(
    "refused", [in_workspace(flags=frozenset()), replace(GOOD, is_member=False), replace(GOOD, is_paused=True)]
)
def test_a_connection_that_is_refused_is_shown_nothing_and_admitted_to_nothing(refused: Client) -> None:
    assert gate.listed(GOOD)
    with pytest.raises(Denied):
        gate.listed(refused)
    assert not any(is_admitted(refused, wanted.name) for wanted in tool.every())


def is_admitted(caller: Client, name: str) -> bool:
    try:
        return gate.admit_call(caller, name).name == name
    except Denied:
        return False


def test_a_bound_caller_has_the_customer_filled_in() -> None:
    wanted = a_tool(customer={"email": "email", "contact": "id"})
    filled = gate.for_customer(replace(GOOD, customer=SOMEBODY), wanted, {"amount": 1})
    assert filled == {"amount": 1, "email": "jo@customer.test", "contact": "u1"}


def test_a_bound_caller_who_names_somebody_else_is_refused() -> None:
    wanted = a_tool(customer={"email": "email"})
    bound = replace(GOOD, customer=SOMEBODY)
    assert gate.for_customer(bound, wanted, {"email": "JO@customer.test"})["email"] == "jo@customer.test"
    with pytest.raises(Denied) as refused:
        gate.for_customer(bound, wanted, {"email": "other@customer.test"})
    assert refused.value.reason is Reason.customer_mismatch


def test_data_needs_the_contacts_permission_of_the_person() -> None:
    without = replace(GOOD, permissions=permissions_of(Role.ADMIN) - {Permission.CONTACTS_VIEW})
    assert gate.tool_refusal(without, a_tool(scope="data:read", integration=None)) is Reason.permission_missing


AGENT = AgentRun(
    agent_id="a",
    agent_name="Billing agent",
    conversation_id="v",
    turn_id="n",
    customer=SOMEBODY,
    workspace=replace(GOOD.workspace, flags=frozenset(), modes={"a": {"hubspot_create_deal": Mode.AUTO}}),
)
PERSON = Trying(
    person_id="p",
    person_name="Olivia",
    is_member=True,
    permissions=permissions_of(Role.ADMIN),
    customer=None,
    workspace=replace(GOOD.workspace, flags=frozenset(), modes={"external_clients": {"read": Mode.NEVER}}),
)


def an_agent(mode: Mode | None, **changes: object) -> AgentRun:
    modes = {"a": {"hubspot_create_deal": mode}} if mode else {}
    return replace(AGENT, workspace=replace(AGENT.workspace, modes=modes), **changes)


@pytest.mark.parametrize(
    ("caller", "wanted", "reason"),
    [
        (AGENT, a_tool(), None),
        (an_agent(None), a_tool(), Reason.toggle_off),
        (an_agent(Mode.NEVER), a_tool(), Reason.toggle_off),
        (an_agent(Mode.ASK), a_tool(), Reason.approval_wanted),
        (an_agent(Mode.ASK), a_tool(destructive=True), Reason.approval_wanted),
        (an_agent(Mode.AUTO), a_tool(destructive=True), Reason.approval_wanted),
        (an_agent(Mode.ASK, customer=NOBODY), a_tool(customer={"email": "email"}), Reason.customer_unproven),
        (an_agent(Mode.AUTO, customer=NOBODY), a_tool(bound="filtered"), Reason.customer_unproven),
        (an_agent(Mode.AUTO, customer=NOBODY), a_tool(), None),
        (AGENT, a_tool(bound="absent"), Reason.customer_mismatch),
        (AGENT, a_tool(integration="stripe"), Reason.integration_missing),
    ],
)
def test_an_agent_is_asked_for_its_own_switch_its_customer_and_a_teammate(
    caller: AgentRun, wanted: Tool, reason: Reason | None
) -> None:
    assert gate.connection_refusal(caller) is None
    assert (gate.tool_refusal(caller, wanted) or gate.call_refusal(caller, wanted)) is reason


def test_a_teammate_approves_exactly_one_call() -> None:
    wanted = a_tool(destructive=True)
    with pytest.raises(Denied) as held:
        gate.admit_arguments(an_agent(Mode.ASK), wanted, {"amount": 5})
    assert (held.value.reason, held.value.details["arguments"]) == (Reason.approval_wanted, {"amount": 5})
    approved = an_agent(Mode.ASK, approved=held.value.details["digest"])
    gate.admit_arguments(approved, wanted, {"amount": 5})
    for arguments, tool_now in (({"amount": 6}, wanted), ({"amount": 5}, a_tool(destructive=True, title="Another"))):
        with pytest.raises(Denied):
            gate.admit_arguments(approved, tool_now, arguments)


def test_an_agent_never_sees_all_customers() -> None:
    with pytest.raises(ValueError, match="never sees all"):
        replace(AGENT, customer=None)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (a_tool(name="read", read_only=True, scope="docs:read", integration=None), None),
        (a_tool(integration=None), Reason.trial_changes),
        (a_tool(destructive=True), Reason.tool_unknown),
        (a_tool(read_only=True, integration="stripe"), Reason.integration_missing),
    ],
)
def test_a_person_is_asked_for_no_flag_no_scope_and_no_switch(wanted: Tool, reason: Reason | None) -> None:
    assert gate.connection_refusal(PERSON) is None
    assert gate.tool_refusal(PERSON, wanted) is reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("connected", None),
        ("sign_in_needed", Reason.integration_signed_out),
        ("actions_off", Reason.integration_actions_off),
        (None, Reason.integration_missing),
    ],
)
def test_each_state_of_an_integration_has_its_own_reason(state: str | None, reason: Reason | None) -> None:
    facts = {"hubspot": state} if state else {}
    assert gate.tool_refusal(in_workspace(integrations=facts), a_tool()) is reason


def test_what_a_client_would_have_to_ask_for_is_off_for_it() -> None:
    asks = in_workspace(modes={"external_clients": {"hubspot_create_deal": Mode.ASK}})
    assert gate.tool_refusal(asks, a_tool()) is Reason.toggle_off
