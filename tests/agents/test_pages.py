"""The pages of AI agents: the list, a new one, one agent, its archive, and another agent's switches."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from halo import facts, tool
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.ground.modes import Mode
from tests import cast
from tests.spine.test_trial import the_member
from tests.support.browser import Browser
from tests.support.pages import Page

LIST, NEW = "/dashboard/agents", "/dashboard/agents/new"


def an_agent(app: Flask, name: str = "Support", **fields: Any) -> Agent:
    with app.app_context():
        return service.create(WantedAgent(name, **fields), principal=the_member())


def stored(app: Flask, agent: Agent) -> Agent:
    with app.app_context():
        return service.get(agent.id, principal=the_member())


def modes(app: Flask, agent: Agent) -> dict[str, Mode]:
    with app.app_context():
        held = actions.modes_of(holding.holder(agent), facts.now_of(agent.workspace_id))
        return {name: mode for name, mode in held.items() if mode is not Mode.NEVER}


def switched(app: Flask, agent: Agent, **wanted: Mode) -> None:
    with app.app_context():
        asked = {"workspace": facts.now_of(agent.workspace_id), "principal": the_member()}
        actions.set_modes(wanted, holder=holding.holder(agent), **asked)


def at(agent: Agent, path: str = "") -> str:
    return f"{LIST}/{agent.id}{path}"


def words(page: Page, name: str) -> str:
    return " ".join("".join(page.one(id=name).itertext()).split())


def test_an_agent_is_made_and_what_it_may_call_comes_next(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get(LIST)
    assert "No agent yet" in words(page, "agents") and page.all("a", href=NEW)
    browser.get(NEW)
    page = browser.submit("agent-form", name="Front desk", kind="sales", instructions="Be brief.")
    with app.app_context():
        (made,) = service.every(cast.workspace().id)
    assert (made.name, made.kind, made.instructions, made.status) == ("Front desk", "sales", "Be brief.", "draft")
    assert browser.at == at(made, "/actions")
    assert f"0 of {len(tool.every())} tools on" in words(page, "summary")
    line = words(browser.get(LIST), f"agent-{made.id}")
    assert "Front desk" in line and "Sales" in line and "Draft" in line and "0 of" in line


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", " ", "Enter a name of at most 60 characters."),
        ("name", "SUPPORT", "Another agent has this name."),
        ("kind", "robot", "Choose what kind of agent it is"),
        ("instructions", "x" * 20_001, "at most 20,000 characters; these have 20,001"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_typed_is_lost(
    app: Flask, browser: Browser, field: str, value: str, says: str
) -> None:
    other = an_agent(app)
    typed = {"name": "Billing", "kind": "internal", "instructions": "Be kind.", "status": "live"} | {field: value}
    browser.sign_in(cast.OWNER)
    for path in (LIST, at(an_agent(app, "Another"))):
        page = browser.post(path, typed, status=422)
        assert says in page.text
        kept = page.values(page.form("agent-form"))
        assert {name: kept.get(name) for name in ("name", "instructions") if name != field} == {
            name: typed[name] for name in ("name", "instructions") if name != field
        }
    with app.app_context():
        assert [it.name for it in service.every(other.workspace_id)] == ["Another", "Support"]


def test_an_agent_is_changed(app: Flask, browser: Browser) -> None:
    agent = an_agent(app)
    form = browser.sign_in(cast.OWNER).get(at(agent)).form("agent-form")
    page = browser.post(at(agent), browser.page.values(form) | {"name": "Support desk", "status": "paused"})
    assert "Saved." in page.text and "Paused" in words(page, "agent-head")
    assert (stored(app, agent).name, stored(app, agent).status) == ("Support desk", "paused")
    assert "This agent is paused" in words(browser.get(at(agent, "/actions")), "paused")


def test_an_archived_agent_leaves_the_list_and_comes_back_with_its_switches(app: Flask, browser: Browser) -> None:
    agent = an_agent(app, status="live")
    switched(app, agent, search_docs=Mode.AUTO)
    browser.sign_in(cast.OWNER).get(at(agent))
    page = browser.submit("archive-form")
    assert not page.all(id=f"agent-{agent.id}") and "Support" in words(page, f"archived-{agent.id}")
    browser.get(at(agent, "/actions"), status=404)
    browser.post(at(agent, "/actions/search_docs/mode/never"), status=404)
    browser.get(at(agent, "/run"), status=404)
    page = browser.get(at(agent))
    assert not page.all("form", id="agent-form")
    page = browser.submit("restore")
    assert "with the switches that it had" in page.text
    assert modes(app, agent) == {"search_docs": Mode.AUTO}


def test_a_name_that_another_has_by_now_keeps_it_in_the_archive(app: Flask, browser: Browser) -> None:
    agent = an_agent(app)
    browser.sign_in(cast.OWNER).post(at(agent, "/archive"))
    an_agent(app)
    page = browser.post(at(agent, "/restore"), status=422)
    assert "Rename that one first." in page.text
    assert stored(app, agent).archived_at is not None


def test_who_may_only_look_reads_and_changes_nothing(app: Flask, browser: Browser) -> None:
    agent, before = an_agent(app, instructions="Be kind."), {}
    page = browser.sign_in(cast.VIEWER).get(at(agent))
    assert "Be kind." in words(page, "configure") and not page.all("form", id="agent-form")
    assert not browser.get(LIST).all("a", href=NEW)
    browser.get(NEW, status=403)
    browser.get(at(agent, "/run"), status=403)
    for path in (
        LIST,
        at(agent),
        at(agent, "/archive"),
        at(agent, "/restore"),
        at(agent, "/run"),
        at(agent, "/actions/copy"),
    ):
        browser.post(path, {"name": "Mine", "kind": "internal", "status": "live"}, status=403)
    assert stored(app, agent).name == "Support" and modes(app, agent) == before


def test_another_workspace_finds_no_such_agent(app: Flask, browser: Browser) -> None:
    agent = an_agent(app)
    browser.sign_in(cast.STRANGER)
    for path in (at(agent), at(agent, "/run"), at(agent, "/actions")):
        browser.get(path, status=404)
    for path in (
        at(agent),
        at(agent, "/archive"),
        at(agent, "/restore"),
        at(agent, "/run"),
        at(agent, "/actions/copy"),
    ):
        browser.post(path, {"name": "Mine", "kind": "internal", "status": "live"}, status=404)
    assert "No agent yet" in words(browser.get(LIST), "agents")
    assert stored(app, agent).archived_at is None


def test_switches_are_copied_from_another_agent_and_undo_brings_back_what_stood(app: Flask, browser: Browser) -> None:
    support, billing = an_agent(app), an_agent(app, "Billing")
    switched(app, support, search_docs=Mode.AUTO, data_find_user=Mode.ASK)
    switched(app, billing, read_doc=Mode.AUTO)
    page = browser.sign_in(cast.OWNER).get(at(billing, "/actions"))
    page = browser.submit("copy-form", **{"from": support.id})
    assert modes(app, billing) == {"search_docs": Mode.AUTO, "data_find_user": Mode.ASK}
    assert "3 tools are changed for Billing" in words(page, "undo")
    assert "2 of" in words(page, "summary") and "1 needs approval" in words(page, "summary")
    browser.submit("undo-form")
    assert modes(app, billing) == {"read_doc": Mode.AUTO}
    assert modes(app, support) == {"search_docs": Mode.AUTO, "data_find_user": Mode.ASK}


def test_only_another_agent_of_the_workspace_can_be_copied_from(app: Flask, browser: Browser) -> None:
    support = an_agent(app)
    with app.app_context():
        theirs = service.create(WantedAgent("Theirs"), principal=the_member(cast.STRANGER, cast.UMBRA))
    browser.sign_in(cast.OWNER)
    assert not browser.get(at(support, "/actions")).all("form", id="copy-form")
    for chosen in (theirs.id, support.id, "external_clients", ""):
        page = browser.post(at(support, "/actions/copy"), {"from": chosen}, status=422)
        assert "Choose one of the other agents" in page.text
    browser.post("/dashboard/agents/external-clients/actions/copy", {"from": support.id}, status=422)


def test_copying_what_is_the_same_already_says_so(app: Flask, browser: Browser) -> None:
    support, billing = an_agent(app), an_agent(app, "Billing")
    page = browser.sign_in(cast.OWNER).post(at(billing, "/actions/copy"), {"from": support.id})
    assert "Billing has the same switches as Support already." in page.text


def test_each_line_counts_the_agents_own_calls(app: Flask, browser: Browser) -> None:
    from tests.audit.test_calls import a_call

    support, billing = an_agent(app), an_agent(app, "Billing")
    with app.app_context():
        a_call(tool="search_docs")
        a_call(tool="search_docs", caller="agent", agent_id=support.id)
        a_call(tool="search_docs", caller="agent", agent_id=support.id, outcome="failed")
    browser.sign_in(cast.OWNER)
    said = [
        words(browser.get(path), "action-search_docs")
        for path in (at(support, "/actions"), at(billing, "/actions"), f"{LIST}/external-clients/actions")
    ]
    assert "50 % ok" in said[0] and "not used yet" in said[1] and "100 % ok" in said[2]


def test_what_needs_approval_says_that_approvals_are_not_here(app: Flask, browser: Browser) -> None:
    agent = an_agent(app)
    assert not browser.sign_in(cast.OWNER).get(at(agent, "/actions")).all(id="approvals")
    page = browser.post(at(agent, "/actions/search_docs/mode/ask"))
    assert "Approvals are not here yet" in words(page, "approvals")


def test_a_whole_group_on_stays_short_enough_for_an_address(app: Flask, browser: Browser) -> None:
    agent = an_agent(app)
    browser.sign_in(cast.OWNER).get(LIST)
    answer = browser.client.post(at(agent, "/actions/groups/records/on"), data={"csrf_token": browser.csrf_token()})
    records = [it.name for it in tool.every() if it.group == "records"]
    assert answer.location.count("was=") == 1 and len(answer.location) < 120 + sum(len(it) + 3 for it in records)
    browser.get(answer.location)
    browser.submit("undo-form")
    assert modes(app, agent) == {}


def test_the_log_says_agents_names(app: Flask, browser: Browser) -> None:
    from tests.audit.test_calls import a_call

    agent = an_agent(app)
    with app.app_context():
        a_call(tool="search_docs", caller="agent", agent_id=agent.id, person_id=None)
        a_call(tool="read_doc", caller="agent", agent_id=agent.id)
    said = words(browser.sign_in(cast.OWNER).get("/dashboard/audit", query_string={"agent": agent.id}), "executions")
    assert "Support searched the documentation" in said
    assert "Support for Olivia Owner read a page of the documentation" in said
