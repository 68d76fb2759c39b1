"""Run as this agent: one tool on the line of every call, for a customer or for nobody, and the row that names both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo import facts
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.contacts.models import EndUser
from halo.ground import agent_limits
from halo.ground.database import db, one_change
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ledger.models import ActionExecution
from halo.workspaces.models import Membership
from tests import cast
from tests.spine.test_trial import the_member
from tests.support import agents as fixture
from tests.support.browser import Browser
from tests.support.pages import Page

CARLA, CREATE, REFUND = "carla@shop.test", "hubspot_create_deal", "hubspot_refund"
ON = {
    "data_find_user": Mode.AUTO, "search_docs": Mode.AUTO, "data_search_leads": Mode.AUTO, "read_doc": Mode.ASK,
    CREATE: Mode.AUTO, REFUND: Mode.ASK,
}  # fmt: skip


@pytest.fixture
def agent(app: Flask) -> Iterator[Agent]:
    """Support, with tools of an integration that acts, two customers of Acme's and one of Umbra's."""
    with app.app_context(), fixture.acting():
        made = service.create(WantedAgent("Support", status="live"), principal=the_member())
        here = facts.now_of(made.workspace_id)
        actions.set_modes(ON, holder=holding.holder(made), workspace=here, principal=the_member())
        with one_change() as rows:
            for name, email in (("Carla Costa", CARLA), ("Carla Cruz", "cruz@shop.test")):
                rows.add(EndUser(workspace_id=made.workspace_id, email=email, name=name))
            rows.add(EndUser(workspace_id=cast.workspace(cast.UMBRA).id, email="uma@shop.test", name="Uma Umbra"))
        yield made


def at(agent: Agent) -> str:
    return f"/dashboard/agents/{agent.id}/run"


def rows() -> list[ActionExecution]:
    db.session.rollback()
    return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def words(page: Page, name: str) -> str:
    return " ".join("".join(page.one(id=name).itertext()).split())


def ran(browser: Browser, agent: Agent, name: str, customer: str = "", **arguments: Any) -> Page:
    """Through both forms, as a person does it without scripts."""
    browser.get(at(agent), query_string={"tool": name, "customer": customer})
    return browser.submit("run-form", arguments=json.dumps(arguments))


def test_the_answer_is_shown_and_the_row_names_the_agent_the_person_and_the_customer(
    browser: Browser, agent: Agent
) -> None:
    page = ran(browser.sign_in(cast.OWNER), agent, "data_find_user", CARLA)
    assert "Carla Costa" in words(page, "answer") and "Answered" in words(page, "ran")
    (row,) = rows()
    assert (row.caller, row.outcome, row.tool) == ("agent", "ok", "data_find_user")
    assert (row.agent_id, row.person_id) == (agent.id, cast.person(cast.OWNER).id)
    assert row.end_user_id and row.conversation_id and row.turn_id
    assert page.all("a", href=f"/dashboard/audit/{row.id}")
    told = browser.get(f"/dashboard/audit/{row.id}")
    assert "Support, run by Olivia Owner" in words(told, "facts")


def test_each_run_is_a_conversation_of_its_own(browser: Browser, agent: Agent) -> None:
    browser.sign_in(cast.OWNER)
    for _ in range(2):
        ran(browser, agent, "search_docs", query="consent")
    one, other = rows()
    assert one.conversation_id != other.conversation_id and one.turn_id != other.turn_id


@pytest.mark.parametrize(
    ("name", "customer", "reason", "says"),
    [
        ("data_find_user", "", "customer_unproven", "nobody proved which customer is asking"),
        ("data_search_leads", CARLA, "customer_mismatch", "This connection is bound to one customer"),
        ("read_doc", "", "approval_wanted", "approvals are not here in this release"),
        (REFUND, CARLA, "approval_wanted", "approvals are not here in this release"),
    ],
)
def test_a_refusal_is_shown_with_its_reason_and_who_lifts_it(
    browser: Browser, agent: Agent, name: str, customer: str, reason: str, says: str
) -> None:
    arguments = {"doc": "overview"} if name == "read_doc" else {}
    page = ran(browser.sign_in(cast.OWNER), agent, name, customer, **arguments)
    assert says in words(page, "ran") and "Who can lift it" in words(page, "refusal")
    (row,) = rows()
    assert (row.outcome, row.reason, row.agent_id) == ("refused", reason, agent.id)
    assert page.all("a", href=f"/dashboard/audit/{row.id}")


def test_what_changes_something_asks_once_more_and_runs_exactly_that(browser: Browser, agent: Agent) -> None:
    page = ran(browser.sign_in(cast.OWNER), agent, CREATE, CARLA, amount=5)
    assert "Run it for real?" in words(page, "sure") and '"amount": 5' in words(page, "sure")
    assert rows() == []
    page = browser.submit("sure-form")
    assert f"done for {CARLA}" in words(page, "answer")
    (row,) = rows()
    assert (row.outcome, row.arguments) == ("ok", {"amount": 5})


def test_what_would_be_refused_anyway_is_not_asked_about(browser: Browser, agent: Agent) -> None:
    page = ran(browser.sign_in(cast.OWNER), agent, CREATE, "", amount=5)
    assert not page.all(id="sure") and "nobody proved" in words(page, "ran")
    service.change(agent.id, WantedAgent("Support", status="paused"), principal=the_member())
    page = ran(browser, agent, CREATE, CARLA, amount=5)
    assert "This agent is paused." in words(page, "refusal")


def page_fields(page: Page) -> set[str]:
    return set(page.field_names(page.form("run-form")))


def test_each_parameter_has_a_field_and_what_cannot_be_read_is_said_at_it(browser: Browser, agent: Agent) -> None:
    browser.sign_in(cast.OWNER).get(at(agent), query_string={"tool": "search_docs"})
    page = browser.submit("run-form", status=422, **{"arg:query": "consent", "arg:limit": "many"})
    (number,) = [it for it in page.all("input") if it.get("name") == "arg:limit"]
    assert number.get("aria-invalid") == "true" and number.get("value") == "many" and rows() == []
    page = browser.submit("run-form", **{"arg:limit": "2"})
    assert "consent" in words(page, "answer")
    assert rows()[0].arguments == {"query": "consent", "limit": 2}


def test_halo_fills_in_who_the_customer_is_and_the_schema_is_without_it(browser: Browser, agent: Agent) -> None:
    browser.sign_in(cast.OWNER)
    nobody = browser.get(at(agent), query_string={"tool": CREATE})
    carla = browser.get(at(agent), query_string={"tool": CREATE, "customer": CARLA})
    assert '"email"' in words(nobody, "schema") and '"email"' not in words(carla, "schema")
    assert "Halo fills in email for this customer." in words(carla, "call")
    assert "arg:amount" in page_fields(carla) and "arg:email" not in page_fields(carla)
    page = browser.submit("run-form", arguments='{"amount": 5, "email": "somebody@else.test"}')
    page = browser.submit("sure-form")
    assert "bound to one customer" in words(page, "ran")


def test_a_name_finds_customers_to_choose_from(browser: Browser, agent: Agent) -> None:
    page = browser.sign_in(cast.OWNER).get(at(agent), query_string={"tool": "data_find_user", "customer": "carla"})
    assert "Carla Costa" in words(page, "alike") and "Carla Cruz" in words(page, "alike")
    assert not page.all("form", id="run-form")
    (cruz,) = [it.get("href") for it in page.all("a", class_="row-anchor") if "Cruz" in "".join(it.itertext())]
    assert "For Carla Cruz (cruz@shop.test)" in words(browser.get(cruz), "call")
    page = browser.get(at(agent), query_string={"tool": "data_find_user", "customer": " carla CRUZ"})
    assert "For Carla Cruz (cruz@shop.test)" in words(page, "call") and not page.all(id="alike")
    page = browser.post(at(agent), {"tool": "data_find_user", "customer": "carla", "arguments": "{}"}, status=422)
    assert "Several customers fit." in page.text and rows() == []


@pytest.mark.parametrize("typed", ["uma@shop.test", "Uma Umbra", "nobody@nowhere.test"])
def test_who_is_no_customer_here_is_said_and_nothing_runs(browser: Browser, agent: Agent, typed: str) -> None:
    page = browser.sign_in(cast.OWNER).get(at(agent), query_string={"tool": "data_find_user", "customer": typed})
    assert "There is no customer with this e-mail, external id or id" in page.text
    browser.post(at(agent), {"tool": "data_find_user", "customer": typed, "arguments": "{}"}, status=422)
    assert rows() == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("arguments", "{", "This cannot be read as JSON"),
        ("arguments", "[1]", "Arguments are a JSON object"),
        ("arguments", "[" * 60 + "]" * 60, "nested deeper than"),
        ("tool", "data_search_tickets", "is not switched on for the agent"),
        ("tool", "no_such_tool", "is not switched on for the agent"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_runs(
    browser: Browser, agent: Agent, field: str, value: str, says: str
) -> None:
    browser.sign_in(cast.OWNER)
    sent = {"tool": "search_docs", "customer": "", "arguments": '{"query": "x"}'} | {field: value}
    page = browser.post(at(agent), sent, status=422)
    assert says in page.text and rows() == []
    if field == "arguments":
        assert page.values(page.form("run-form"))["arguments"].strip() == value


def test_arguments_that_the_tool_refuses_are_what_its_model_would_read(browser: Browser, agent: Agent) -> None:
    page = ran(browser.sign_in(cast.OWNER), agent, "search_docs", quarry="consent")
    assert "Tool error" in words(page, "ran") and "quarry" in words(page, "answer")


def test_without_permission_to_see_customers_none_can_be_chosen(browser: Browser, agent: Agent) -> None:
    with one_change() as session:
        (held,) = session.scalars(select(Membership).where(Membership.person_id == cast.person(cast.SUPPORT).id))
        held.permissions = [Permission.AGENTS_EDIT.value]
    browser.sign_in(cast.SUPPORT)
    page = browser.get(at(agent), query_string={"tool": "data_find_user", "customer": CARLA})
    assert "You may not see customers" in page.text and "Carla Costa" not in page.text
    browser.post(at(agent), {"tool": "data_find_user", "customer": CARLA, "arguments": "{}"}, status=422)
    assert rows() == []
    page = ran(browser, agent, "search_docs", query="consent")
    assert "Answered" in words(page, "ran") and not page.all("a", href=f"/dashboard/audit/{rows()[0].id}")


def test_who_may_not_edit_agents_runs_none(browser: Browser, agent: Agent) -> None:
    browser.sign_in(cast.VIEWER).get(at(agent), status=403)
    browser.post(at(agent), {"tool": "search_docs", "arguments": "{}"}, status=403)
    assert rows() == []


def test_runs_are_counted_against_the_person(browser: Browser, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_limits, "RUNS_PER_PERSON", "1 per minute")
    ran(browser.sign_in(cast.OWNER), agent, "search_docs", query="consent")
    browser.post(at(agent), {"tool": "search_docs", "arguments": '{"query": "x"}'}, status=429)
    assert len(rows()) == 1


def test_an_agent_for_which_nothing_is_on_leads_to_its_switches(browser: Browser, agent: Agent) -> None:
    other = service.create(WantedAgent("Billing"), principal=the_member())
    page = browser.sign_in(cast.OWNER).get(at(other))
    assert "Nothing is switched on for Billing" in words(page, "nothing")
    leads = [it.get("href") for it in page.one(id="nothing").iter("a")]
    assert leads == [f"/dashboard/agents/{other.id}/actions"] and not page.all("form", id="choose-form")
