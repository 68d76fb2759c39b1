"""A fixture agent goes the way of every caller: it lists, calls, is refused, is recorded, and pages tell of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from halo import gate
from halo.audit import why
from halo.audit.why import Askable
from halo.ground.database import db
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ground.principal import NOBODY, Customer
from halo.ledger.models import ActionExecution
from halo.perform import Answered, Refusal, perform
from tests import cast
from tests.factories import a_context
from tests.support import agents
from tests.support.browser import Browser

JO = Customer("01900000-0000-7000-8000-0000000000f0", "ext-1", "jo@customer.test", None)
CREATE, REFUND, STAGES = "hubspot_create_deal", "hubspot_refund", "hubspot_list_stages"


@pytest.fixture
def there(app: Flask) -> Iterator[None]:
    with app.app_context(), agents.acting():
        for name, mode in ((CREATE, Mode.AUTO), (REFUND, Mode.ASK)):
            agents.switch(name, mode)
        yield


def rows() -> list[ActionExecution]:
    db.session.rollback()
    return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def names(caller: object) -> tuple[set[str], set[str]]:
    return {it.name for it in gate.listed(caller)}, {it.name for it in gate.on_approval(caller)}  # type: ignore[arg-type]


def test_it_sees_what_is_switched_on_for_it_and_for_whom_it_acts(there: None) -> None:
    assert names(agents.an_agent_run(customer=JO)) == ({CREATE}, {REFUND})
    assert names(agents.an_agent_run(customer=NOBODY)) == (set(), {REFUND})
    assert names(agents.an_agent_run(agent_id="another", customer=JO)) == (set(), set())
    assert names(agents.an_agent_run(cast.UMBRA, customer=JO)) == (set(), set())


def test_a_call_is_its_customers_and_the_row_is_its_own(there: None) -> None:
    run = agents.an_agent_run(customer=JO)
    done = perform(CREATE, {"amount": 5, "pin": "1234"}, principal=run, context=a_context())
    (row,) = rows()
    assert isinstance(done, Answered) and done.answer.text == "done for jo@customer.test"
    assert (row.id, row.caller, row.outcome) == (done.row_id, "agent", "ok")
    assert (row.agent_id, row.conversation_id, row.turn_id) == (run.agent_id, run.conversation_id, run.turn_id)
    assert (row.end_user_id, row.person_id, row.grant_id) == (JO.end_user_id, None, None)
    assert row.arguments == {"amount": 5, "pin": "[redacted]"}


@pytest.mark.parametrize(
    ("name", "customer", "reason"),
    [
        (CREATE, NOBODY, Reason.customer_unproven),
        (STAGES, JO, Reason.toggle_off),
        ("data_search_users", JO, Reason.toggle_off),
        ("no_such_tool", JO, Reason.tool_unknown),
        (REFUND, JO, Reason.approval_wanted),
    ],
)
def test_refusals_are_values_with_a_row(there: None, name: str, customer: Customer, reason: Reason) -> None:
    refused = perform(name, {"amount": 5}, principal=agents.an_agent_run(customer=customer), context=a_context())
    (row,) = rows()
    assert isinstance(refused, Refusal) and refused.reason is reason
    assert (row.id, row.caller, row.outcome, row.reason) == (refused.row_id, "agent", "refused", reason.name)


def test_what_a_teammate_approved_runs_once_as_it_was_approved(there: None) -> None:
    run = agents.an_agent_run(customer=JO)
    held = perform(REFUND, {"amount": 5}, principal=run, context=a_context())
    assert isinstance(held, Refusal)
    approved = agents.an_agent_run(customer=JO, approved=held.denied.details["digest"])
    outcomes = []
    for amount in (6, 5):
        done = perform(REFUND, {"amount": amount}, principal=approved, context=a_context())
        outcomes.append(type(done))
    assert outcomes == [Refusal, Answered]
    assert [row.outcome for row in rows()] == ["refused", "refused", "ok"]
    assert rows()[0].arguments == {"amount": 5}, "whoever approves reads what was asked for"


def test_a_conversation_that_floods_is_limited_by_itself(there: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from halo.ground import limits

    monkeypatch.setitem(limits.FIXED, "calls_per_conversation", 1)  # type: ignore[arg-type]
    one, other = agents.an_agent_run(customer=JO), agents.an_agent_run(customer=JO)
    done = [perform(CREATE, {}, principal=run, context=a_context()) for run in (one, one, one, other)]
    assert [isinstance(it, Answered) for it in done] == [True, False, False, True]
    assert [row.outcome for row in rows()] == ["ok", "refused", "ok"], "one row stands for both refusals"


def test_the_pages_of_the_log_tell_of_it(app: Flask, browser: Browser, there: None) -> None:
    run = agents.an_agent_run(customer=JO)
    done = perform(REFUND, {"amount": 5}, principal=run, context=a_context())
    page = browser.sign_in(cast.OWNER).get(f"/dashboard/audit/{done.row_id}")
    said = "".join(page.one(id="trail").itertext())
    assert "A teammate has to approve this first." in said
    assert "Is the MCP server switched on" not in said and "Was the scope granted" not in said


def test_the_page_why_explains_it(app: Flask, browser: Browser, there: None, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Askable(agents.AGENT, "Billing agent", lambda: agents.an_agent_run(customer=JO))
    monkeypatch.setattr(why, "SOURCES", [*why.SOURCES, lambda _member: [known]])
    said = {}
    browser.sign_in(cast.OWNER)
    for name in (CREATE, REFUND, STAGES):
        page = browser.get("/dashboard/audit/why", query_string={"grant": agents.AGENT, "tool": name})
        said[name] = "".join(page.one(id="verdict").itertext())
    assert "Seen" in said[CREATE]
    assert "approve" in said[REFUND]
    assert "switched off" in said[STAGES]
