"""AI agents as a workspace keeps them: made, changed, archived and restored, and what the gate makes of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from halo import facts, gate
from halo.actions import holders
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.audit import history, named_holders, why
from halo.audit.counting import counts, last_used
from halo.audit.filters import Filters
from halo.ground import agent_limits as limits
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ground.principal import NOBODY, AgentRun, Member
from halo.ledger import reverts
from halo.perform import Answered, Refusal, perform
from tests import cast, factories
from tests.audit.test_calls import a_call
from tests.ledger.test_tally import add_up
from tests.spine.test_trial import the_member

NAME = "search_docs"


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def an_agent(name: str = "Support", slug: str = cast.ACME, email: str = cast.OWNER, **fields: Any) -> Agent:
    return service.create(WantedAgent(name, **fields), principal=the_member(email, slug))


def set_mode(agent: Agent, mode: Mode, *names: str) -> dict[str, Mode]:
    asked = {"workspace": facts.now_of(agent.workspace_id), "principal": the_member()}
    return actions.set_mode(names or (NAME,), mode, holder=holding.holder(agent), **asked)


def run(agent: Agent) -> AgentRun:
    return holding.run_of(agent)


def events(agent: Agent) -> list[tuple[str, Any, Any]]:
    rows = history.of_subject(agent.workspace_id, "agent", agent.id)
    return [(row.event, row.before, row.after) for row in reversed(rows)]


def test_a_new_agent_is_a_draft_for_which_nothing_is_switched_on() -> None:
    agent = an_agent("  Support  team ", instructions="Be kind.\r\nBe brief. ", kind="internal")
    assert (agent.name, agent.status, agent.instructions) == ("Support team", "draft", "Be kind.\nBe brief.")
    held = holders.get(agent.id, principal=the_member())
    assert set(actions.modes_of(held, facts.now_of(agent.workspace_id)).values()) == {Mode.NEVER}
    assert gate.listed(run(agent)) == ()
    told = {"name": "Support team", "kind": "internal", "instructions": "Be kind.\nBe brief.", "status": "draft"}
    assert events(agent) == [("agent.created", None, told)]


def test_what_is_switched_on_for_it_is_called_by_it_alone() -> None:
    support, billing = an_agent(), an_agent("Billing")
    set_mode(support, Mode.AUTO)
    assert [it.name for it in gate.listed(run(support))] == [NAME]
    assert gate.listed(run(billing)) == ()
    done = perform(NAME, {"query": "consent"}, principal=run(support), context=factories.a_context())
    refused = perform(NAME, {"query": "consent"}, principal=run(billing), context=factories.a_context())
    assert isinstance(done, Answered) and not done.answer.is_error
    assert isinstance(refused, Refusal) and refused.reason is Reason.toggle_off


def test_only_what_was_changed_stands_in_the_history_and_nothing_where_nothing_was() -> None:
    agent = an_agent()
    same = WantedAgent(**service.values_of(agent))
    service.change(agent.id, same, principal=the_member())
    service.change(agent.id, dataclasses.replace(same, status="live", name="Front desk"), principal=the_member())
    assert events(agent)[1:] == [
        ("agent.changed", {"name": "Support", "status": "draft"}, {"name": "Front desk", "status": "live"})
    ]
    assert named_holders.every("agent", agent.workspace_id) == {agent.id: "Front desk"}


def test_a_paused_agent_calls_nothing_from_its_next_call_on() -> None:
    agent = an_agent(status="live")
    set_mode(agent, Mode.AUTO)
    before = run(agent)
    gate.admit_call(before, NAME)
    service.change(agent.id, WantedAgent("Support", status="paused"), principal=the_member())
    refused = perform(NAME, {}, principal=run(agent), context=factories.a_context())
    assert isinstance(refused, Refusal) and refused.reason is Reason.agent_paused
    service.change(agent.id, WantedAgent("Support", status="live"), principal=the_member())
    assert gate.connection_refusal(run(agent)) is None


def test_an_archived_agent_holds_nothing_and_a_restored_one_has_its_switches_again() -> None:
    agent = an_agent(status="live")
    set_mode(agent, Mode.AUTO)
    held = holding.holder(agent)
    service.archive(agent.id, principal=the_member())
    service.archive(agent.id, principal=the_member())
    assert gate.connection_refusal(run(agent)) is Reason.agent_archived
    with pytest.raises(NotFound):
        holders.get(agent.id, principal=the_member())
    assert service.every(agent.workspace_id) == [] and why.callers(principal=the_member()) == []
    service.restore(agent.id, principal=the_member())
    assert [event for event, *_ in events(agent)] == ["agent.created", "agent.archived", "agent.restored"]
    assert actions.modes_of(held, facts.now_of(agent.workspace_id))[NAME] is Mode.AUTO
    assert service.get(agent.id, principal=the_member()).status == "draft"


def test_an_archived_agent_is_not_changed() -> None:
    agent = service.archive(an_agent().id, principal=the_member())
    with pytest.raises(Mistake) as refused:
        service.change(agent.id, WantedAgent("Another"), principal=the_member())
    assert "Restore it first" in refused.value.message


@pytest.mark.parametrize(
    ("wanted", "field", "says"),
    [
        (WantedAgent(" "), "name", "at most 60"),
        (WantedAgent("x" * 61), "name", "at most 60"),
        (WantedAgent("Sup\u202eport"), "name", "U+202E"),
        (WantedAgent("sUPPORT"), "name", "Another agent has this name"),
        (WantedAgent("Ｓｕｐｐｏｒｔ"), "name", "Another agent has this name"),
        (WantedAgent("One", kind="robot"), "kind", "customer_facing"),
        (WantedAgent("One", status="asleep"), "status", "draft, live, paused"),
        (WantedAgent("One", instructions="x" * 20_001), "instructions", "20,000"),
        (WantedAgent("One", instructions="Be\u200b kind"), "instructions", "U+200B"),
    ],
)
def test_bad_input_names_the_field_and_keeps_nothing(wanted: WantedAgent, field: str, says: str) -> None:
    an_agent()
    other = an_agent("Other")
    for attempt in (
        lambda: service.create(wanted, principal=the_member()),
        lambda: service.change(other.id, wanted, principal=the_member()),
    ):
        with pytest.raises(Mistake) as refused:
            attempt()
        assert refused.value.field == field and says in refused.value.message
    assert [it.name for it in service.every(other.workspace_id)] == ["Other", "Support"]


def test_a_name_is_free_again_once_its_agent_is_archived_and_then_the_old_one_cannot_come_back() -> None:
    old = service.archive(an_agent().id, principal=the_member())
    new = an_agent()
    an_agent(slug=cast.UMBRA, email=cast.STRANGER)
    with pytest.raises(Mistake) as refused:
        service.restore(old.id, principal=the_member())
    assert refused.value.field == "name" and "Rename that one first" in refused.value.message
    service.change(new.id, WantedAgent("Front desk"), principal=the_member())
    assert service.restore(old.id, principal=the_member()).archived_at is None


def test_a_workspace_has_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AGENTS_PER_WORKSPACE", 2)
    service.archive(an_agent("One").id, principal=the_member())
    an_agent("Two")
    with pytest.raises(Mistake) as refused:
        an_agent("Three")
    assert "at most 2 agents" in refused.value.message


def test_who_may_not_edit_agents_changes_none() -> None:
    agent, viewer = an_agent(), the_member(cast.VIEWER)
    for attempt in (
        lambda: service.create(WantedAgent("Mine"), principal=viewer),
        lambda: service.change(agent.id, WantedAgent("Mine"), principal=viewer),
        lambda: service.archive(agent.id, principal=viewer),
        lambda: service.restore(agent.id, principal=viewer),
    ):
        with pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.details["permission"] is Permission.AGENTS_EDIT


def test_another_workspace_has_no_such_agent() -> None:
    agent, stranger = an_agent(), the_member(cast.STRANGER, cast.UMBRA)
    for attempt in (
        lambda: service.get(agent.id, principal=stranger),
        lambda: service.change(agent.id, WantedAgent("Theirs"), principal=stranger),
        lambda: service.archive(agent.id, principal=stranger),
        lambda: holders.get(agent.id, principal=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert service.every(stranger.workspace_id) == []
    assert named_holders.names("agent", stranger.workspace_id, {agent.id}) == {}


def taken_back(agent: Agent, member: Member | None = None) -> Agent:
    newest = history.of_subject(agent.workspace_id, "agent", agent.id)[0]
    reverts.revert(newest.id, "by mistake", principal=member or the_member())
    return service.get(agent.id, principal=the_member())


def test_changes_are_taken_back_from_the_history() -> None:
    agent = an_agent(instructions="Be kind.")
    wanted = WantedAgent("Front desk", kind="sales", instructions="", status="live")
    service.change(agent.id, wanted, principal=the_member())
    assert service.values_of(taken_back(agent)) == {
        "name": "Support", "kind": "customer_facing", "instructions": "Be kind.", "status": "draft",
    }  # fmt: skip
    service.archive(agent.id, principal=the_member())
    assert taken_back(agent).archived_at is None
    with pytest.raises(Denied):
        taken_back(agent, the_member(cast.VIEWER))
    assert taken_back(agent).archived_at is not None


def test_why_an_agent_does_not_see_a_tool_is_told_to_whoever_may_see_agents() -> None:
    agent = an_agent()
    said = why.explain(agent.id, NAME, principal=the_member())
    assert said.refusal is Reason.toggle_off and said.caller.customer is NOBODY
    set_mode(agent, Mode.AUTO)
    assert why.explain(agent.id, NAME, principal=the_member()).refusal is None
    without = dataclasses.replace(the_member(), permissions=frozenset({Permission.AUDIT_VIEW}))
    assert agent.id not in [it.key for it in why.callers(principal=without)]


def test_each_holder_has_its_own_calls() -> None:
    support, billing = an_agent(), an_agent("Billing")
    acme = support.workspace_id
    a_call(tool=NAME)
    a_call(tool=NAME, caller="agent", agent_id=support.id, outcome="failed")
    a_call(tool=NAME, caller="agent", agent_id=support.id)
    a_call(tool="read_doc", caller="agent", agent_id=billing.id)
    a_call(tool="read_doc", caller="dashboard")
    a_call(cast.UMBRA, tool=NAME, caller="agent", agent_id=support.id)
    since = support.created_at.replace(minute=0)
    counted = {
        whose: {it.tool: (it.calls, it.failed) for it in counts.by_tool(acme, since=since, filters=filters)}
        for whose, filters in {
            "clients": Filters(caller="mcp"), "support": Filters(agent=support.id), "billing": Filters(agent=billing.id)
        }.items()
    }  # fmt: skip
    assert counted == {"clients": {NAME: (1, 0)}, "support": {NAME: (2, 1)}, "billing": {"read_doc": (1, 0)}}


def test_when_a_tool_was_last_used_is_each_holders_own_before_and_after_adding_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    support, names = an_agent(), (NAME, "read_doc", "data_find_user")
    monkeypatch.setattr(last_used, "AT_ONCE", 1)
    for name in (NAME, "read_doc"):
        a_call(tool=name, caller="agent", agent_id=support.id)
    a_call(tool=NAME)
    a_call(tool="data_find_user", caller="dashboard")

    def told() -> list[Any]:
        filters = (Filters(agent=support.id), Filters(caller="mcp"), Filters(agent=an_agent_of_nobody))
        return [last_used.of_tools(support.workspace_id, names, each) for each in filters]

    an_agent_of_nobody = "01900000-0000-7000-8000-000000000000"
    theirs, clients, nobodys = told()
    assert (set(theirs), set(clients), nobodys) == ({NAME, "read_doc"}, {NAME}, {})
    assert clients[NAME] > theirs[NAME]
    add_up()
    assert told() == [theirs, clients, nobodys]
