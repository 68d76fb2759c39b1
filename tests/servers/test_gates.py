"""What stands between a caller and a tool of a connected server: each gate holds on the next call of every process,
with a reason of its own, and what it refuses never reaches the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask

from halo import authenticate, catalogue, facts, gate
from halo.audit import trail
from halo.ground.database import db, now, one_change
from halo.ground.modes import EXTERNAL, Mode
from halo.ground.permissions import Permission
from halo.ground.principal import NOBODY, AgentRun, Caller, Client, Customer, Trying
from halo.ledger import changes
from halo.perform import Refusal
from halo.servers import credentials, source
from halo.servers.models import Server, ServerCredential, ServerTool
from halo.servers.sealing import Secrets
from tests import cast, factories
from tests.servers import connected
from tests.servers.connected import FIND, JANE, SHIP, a_person, a_server, call, last_row, set_flag, set_mode
from tests.servers.upstream import MODERN, Theirs, modern, theirs
from tests.support.agents import AGENT, an_agent_run

NAME, SHIPPING = "shop__find_orders", "shop__ship"
ARGUMENTS = {"email": "jane@customer.test"}
AGENT_RUN, CLIENT, PERSON = "agent", "mcp", "dashboard"
EVERYBODY = (AGENT_RUN, CLIENT, PERSON)


@dataclass
class House:
    """Two processes on one database, and the server that counts what reached it."""

    here: Flask
    """Where people decide."""
    there: Flask
    """Where calls arrive."""
    upstream: Theirs
    server: Server
    token: str
    before: dict[str, Any] = field(default_factory=dict)

    def caller(self, kind: str) -> Caller:
        """As it arrives with the next request."""
        if kind == CLIENT:
            return authenticate.by_bearer(self.token)
        return an_agent_run(customer=JANE) if kind == AGENT_RUN else a_person()

    def reached(self) -> int:
        return self.upstream.said().count("tools/call")

    def called(self, caller: Caller, name: str = NAME, arguments: Any = None) -> str:
        """What the other process says: the reason of its refusal, or that the server was asked."""
        before = self.reached()
        done = call(caller, name, ARGUMENTS if arguments is None else arguments)
        if isinstance(done, Refusal):
            assert self.reached() == before, "it was refused, and reached the server all the same"
            row, known = last_row(), catalogue.of(caller.workspace).find(name)
            assert (row.reason, row.server_id) == (done.reason.name, known.server_id if known else None)
            return done.reason.name
        assert (done.answer.is_error, self.reached()) == (False, before + 1), done
        return "asked"

    def said(self) -> dict[str, str]:
        with self.there.app_context():
            return {kind: self.called(self.caller(kind)) for kind in EVERYBODY}

    def listed(self) -> set[str]:
        """Of the callers those who are offered the tool."""
        with self.there.app_context():
            return {k for k in EVERYBODY if NAME in {tool.name for tool in gate.listed(self.caller(k))}}

    def change(self, **columns: Any) -> None:
        with self.here.app_context():
            connected.change(self.server, **columns)

    def change_tool(self, **columns: Any) -> None:
        with self.here.app_context():
            with one_change() as rows:
                for row in rows.query(ServerTool).filter_by(server_id=self.server.id, name="find_orders"):
                    for name, value in columns.items():
                        setattr(row, name, value)
            connected.change(self.server)


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Iterator[House]:
    here, there = make_app(), make_app()
    with theirs(modern) as upstream:
        with here.app_context():
            server = a_server(upstream.url, FIND, locks={"email": "email"}, for_clients=True, protocol_version=MODERN)
            with one_change():
                connected.add(server, SHIP, reach="public")
            for holder in (EXTERNAL, AGENT):
                set_mode(holder, NAME, Mode.AUTO)
                set_mode(holder, SHIPPING, Mode.AUTO)
            token = factories.a_token("actions:shop:find_orders actions:shop:ship")
        yield House(here, there, upstream, server, token)


def switched(house: House, holder: str, mode: Mode) -> None:
    with house.here.app_context():
        set_mode(holder, NAME, mode)


def flagged(house: House, *, is_on: bool) -> None:
    with house.here.app_context():
        set_flag(house.server.workspace_id, is_on=is_on)


def signed(house: House, *, is_dead: bool) -> None:
    with house.here.app_context():
        row = db.session.get(ServerCredential, house.server.id)
        if row is None:
            connected.change(house.server, auth_method="bearer")
            credentials.keep(db.session.get_one(Server, house.server.id), Secrets("a-token-of-theirs"), principal=None)
        with one_change() as rows:
            rows.get_one(ServerCredential, house.server.id).dead_at = now() if is_dead else None
            changes.raise_version(house.server.workspace_id)


Step = Callable[[House], None]
EVERY_GATE: dict[str, tuple[Step, Step, dict[str, str]]] = {
    "the agent's toggle": (
        lambda house: switched(house, AGENT, Mode.NEVER),
        lambda house: switched(house, AGENT, Mode.AUTO),
        {AGENT_RUN: "toggle_off"},
    ),
    "the external clients' toggle": (
        lambda house: switched(house, EXTERNAL, Mode.NEVER),
        lambda house: switched(house, EXTERNAL, Mode.AUTO),
        {CLIENT: "toggle_off"},
    ),
    "the mode": (
        lambda house: switched(house, AGENT, Mode.ASK),
        lambda house: switched(house, AGENT, Mode.AUTO),
        {AGENT_RUN: "approval_wanted"},
    ),
    "the flag": (
        lambda house: flagged(house, is_on=False),
        lambda house: flagged(house, is_on=True),
        dict.fromkeys(EVERYBODY, "external_servers_off"),
    ),
    "reach": (
        lambda house: house.change_tool(reach="unsorted"),
        lambda house: house.change_tool(reach="customers"),
        {AGENT_RUN: "tool_unsorted"},
    ),
    "a lock without a value": (
        lambda house: house.change_tool(locks={"email": "company_id"}),
        lambda house: house.change_tool(locks={"email": "email"}),
        {AGENT_RUN: "customer_incomplete"},
    ),
    "a definition that nobody accepts any more": (
        lambda house: house.change_tool(accepted=None),
        lambda house: house.change_tool(accepted=connected.lock.digest(connected.lock.definition(FIND))),
        dict.fromkeys(EVERYBODY, "tool_unknown"),
    ),
    "what is kept from clients": (
        lambda house: house.change(for_clients=False),
        lambda house: house.change(for_clients=True),
        {CLIENT: "tool_unknown"},
    ),
    "what somebody calls destructive": (
        lambda house: house.change_tool(classified="destructive"),
        lambda house: house.change_tool(classified=""),
        {AGENT_RUN: "approval_wanted", CLIENT: "tool_unknown", PERSON: "tool_unknown"},
    ),
    "actions off": (
        lambda house: house.change(is_on=False),
        lambda house: house.change(is_on=True),
        dict.fromkeys(EVERYBODY, "integration_actions_off"),
    ),
    "a dead sign-in": (
        lambda house: signed(house, is_dead=True),
        lambda house: signed(house, is_dead=False),
        dict.fromkeys(EVERYBODY, "integration_signed_out"),
    ),
    "no sign-in yet": (
        lambda house: house.change(auth_method="oauth2"),
        lambda house: house.change(auth_method="none"),
        {},
    ),
}


def disconnect(house: House) -> None:
    with house.here.app_context(), one_change() as rows:
        rows.delete(rows.get_one(Server, house.server.id))
        changes.raise_version(house.server.workspace_id)


def test_each_gate_holds_on_the_next_call_of_every_process_with_a_reason_of_its_own(house: House) -> None:
    asked = dict.fromkeys(EVERYBODY, "asked")
    assert (house.said(), house.listed()) == (asked, set(EVERYBODY))
    for name, (close, open_, refused) in EVERY_GATE.items():
        close(house)
        assert house.said() == asked | refused, name
        assert house.listed() == set(EVERYBODY) - refused.keys(), name
        open_(house)
        assert house.said() == asked, f"{name}, taken back"
    disconnect(house)
    assert house.said() == dict.fromkeys(EVERYBODY, "tool_unknown")
    assert house.listed() == set()


def test_each_person_at_a_page_has_their_own(house: House) -> None:
    with house.there.app_context():
        person = a_person()
        assert isinstance(person, Trying)
        assert house.called(replace(person, is_sure=False), SHIPPING, {}) == "trial_changes"
        assert house.called(replace(person, is_sure=False)) == "asked"
        assert house.called(replace(person, is_member=False)) == "person_inactive"
        few = person.permissions - {Permission.INTEGRATIONS_VIEW}
        assert house.called(replace(person, permissions=few)) == "permission_missing"


def test_a_client_needs_the_scope_of_the_tool(house: House) -> None:
    with house.here.app_context():
        none = factories.a_token("docs:read")
        other = factories.a_token("actions:shop:ship")
    with house.there.app_context():
        for token in (none, other):
            assert house.called(authenticate.by_bearer(token)) == "scope_missing"


def visitor(customer: Any) -> AgentRun:
    return an_agent_run(customer=customer)


def test_a_locked_parameter_is_filled_by_halo_and_no_model_sees_it(house: House) -> None:
    with house.there.app_context():
        wanted = catalogue.of(facts.now_of(house.server.workspace_id)).find(NAME)
        assert wanted is not None
        shown = wanted.definition(bound=True)["inputSchema"]
        assert (list(shown["properties"]), shown["required"]) == (["status"], [])
        assert house.called(visitor(JANE), arguments={"status": "open"}) == "asked"
        assert house.upstream.asked[-1].body["params"]["arguments"] == {"status": "open", "email": JANE.email}
        assert last_row().end_user_id == JANE.end_user_id


@pytest.mark.parametrize(
    ("customer", "arguments", "reason"),
    [
        (JANE, {"email": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"email": ["jane@customer.test"]}, "customer_mismatch"),
        (JANE, {"email": ""}, "customer_mismatch"),
        (JANE, {"Email": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"EMAIL": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"e_mail": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"ｅmail": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"email\u200b": "mallory@customer.test"}, "customer_mismatch"),
        (JANE, {"filter": {"email": "mallory@customer.test"}}, "customer_mismatch"),
        (JANE, {"email": " Jane@Customer.test "}, "asked"),
        (NOBODY, {}, "customer_unproven"),
        (NOBODY, {"email": "jane@customer.test"}, "customer_unproven"),
        (Customer("u", "42", None, None), {}, "customer_incomplete"),
        (Customer("u", "42", "", None), {"email": "jane@customer.test"}, "customer_incomplete"),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_nobody_gets_past_a_lock(house: House, customer: Any, arguments: Any, reason: str) -> None:
    with house.there.app_context():
        assert house.called(visitor(customer), arguments=arguments) == reason
        if reason == "asked":
            assert house.upstream.asked[-1].body["params"]["arguments"] == {"email": JANE.email}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_no_shape_of_a_schema_lets_a_parameter_past_its_lock(house: House) -> None:
    """What stands beside `properties` is shown to nobody who could lock it, so nobody who is bound can send it."""
    victim = {"customer_id": {"type": "string"}}
    beside: list[dict[str, Any]] = [
        {"allOf": [{"properties": victim}]},
        {"$ref": "#/$defs/all", "$defs": {"all": {"properties": victim}}},
        {"patternProperties": {"^customer": {"type": "string"}}},
        {"dependentSchemas": {"email": {"properties": victim}}},
        {"additionalProperties": {"type": "string"}},
    ]
    with house.here.app_context(), one_change():
        server = db.session.get_one(Server, house.server.id)
        for number, more in enumerate(beside):
            schema = {**FIND["inputSchema"], **more}
            tool = FIND | {"name": f"find_{number}", "inputSchema": schema}
            connected.add(server, tool, reach="customers", locks={"email": "email"})
            set_mode(AGENT, f"shop__find_{number}", Mode.AUTO)
        connected.change(server)
    with house.there.app_context():
        for number, _ in enumerate(beside):
            name = f"shop__find_{number}"
            assert house.called(visitor(JANE), name, {"customer_id": "other"}) == "customer_mismatch", beside[number]
            assert house.called(visitor(JANE), name, {"status": "open"}) == "asked", beside[number]


@pytest.mark.parametrize("locks", [{}, {"mail": "email"}, {"email": "email", "mail": "email"}])
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_lock_on_what_the_accepted_definition_has_not_holds_nobody_so_no_customer_is_offered_the_tool(
    house: House, locks: dict[str, str]
) -> None:
    house.change_tool(reach="customers", locks=locks)
    with house.there.app_context():
        assert house.called(visitor(JANE), arguments={"email": "mallory@customer.test"}) == "tool_unsorted"


def test_a_bound_client_is_held_like_an_agent_and_a_free_one_is_not(house: House) -> None:
    with house.there.app_context():
        free = authenticate.by_bearer(house.token)
        assert isinstance(free, Client)
        assert house.called(free, arguments={"email": "anybody@customer.test"}) == "asked"
        bound = replace(free, customer=JANE)
        assert house.called(bound, arguments={"email": "anybody@customer.test"}) == "customer_mismatch"
        assert house.called(bound, arguments={}) == "asked"
        assert house.called(bound, SHIPPING, {}) == "asked"
        assert house.upstream.asked[-1].body["params"]["arguments"] == {}


def test_the_trail_of_a_call_says_its_reach_and_locks(house: House) -> None:
    with house.there.app_context():
        house.called(visitor(JANE), arguments={})
        note = {step.short: step.note for step in trail.walked(last_row())}["customer"]
    assert note == "bound to one customer; reaches one customer: Halo fills in email (the customer's e-mail address)"
    house.change_tool(reach="public", locks={})
    with house.there.app_context():
        house.called(visitor(NOBODY), arguments=ARGUMENTS)
        note = {step.short: step.note for step in trail.walked(last_row())}["customer"]
    assert note == "reaches no single customer"


def test_two_workspaces_with_servers_of_one_slug_share_nothing(house: House) -> None:
    with theirs(modern) as other, house.here.app_context():
        a_server(other.url, FIND, workspace=cast.UMBRA, protocol_version=MODERN, is_on=False)
        before = house.reached()
        refused = call(a_person(cast.UMBRA), NAME, ARGUMENTS)
        assert isinstance(refused, Refusal)
        assert refused.reason.name == "integration_actions_off"
        assert house.said() == dict.fromkeys(EVERYBODY, "asked")
        assert (house.reached() - before, other.said()) == (3, [])
        ours = {tool.server_id for tool in source.tools(facts.now_of(house.server.workspace_id))}
        assert ours == {house.server.id}
