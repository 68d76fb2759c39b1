"""Actions of an agent, which has three modes: auto, ask a teammate, never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from flask import Flask

import halo.tools  # noqa: F401 - fills the registry
from halo import facts, tool
from halo.actions import service
from halo.actions.vocabulary import Holder
from halo.agents.models import Agent
from halo.audit import history
from halo.ground.database import one_change
from halo.ground.modes import Mode
from halo.ground.text.folding import fold
from tests import cast
from tests.support.browser import Browser
from tests.support.pages import Page

AGENT = Holder("01900000-0000-7000-8000-000000000000", "Billing agent", tuple(Mode))
PAGE = f"/dashboard/agents/{AGENT.slug}/actions"
NAME, REFUND = "data_search_tickets", "stripe_refund"
ASK, AUTO, NEVER = (f"{PAGE}/{NAME}/mode/{mode}" for mode in ("ask", "auto", "never"))


@pytest.fixture(autouse=True)
def an_agent_of_acme_and_a_tool_that_refunds(app: Flask) -> Iterable[None]:
    with app.app_context(), one_change() as rows:
        acme, name = cast.workspace().id, AGENT.name
        rows.add(Agent(id=AGENT.key, workspace_id=acme, name=name, name_key=fold(name), kind="internal", status="live"))
    tool.register(
        replace(
            tool.every()[0], name=REFUND, title="Refund a charge", integration="stripe", destructive=True,
            read_only=False,
        )
    )  # fmt: skip
    yield
    tool.forget(REFUND)


def modes(app: Flask) -> dict[str, Mode]:
    with app.app_context():
        return service.modes_of(AGENT, facts.now_of(cast.workspace().id))


def choices(page: Page, name: str) -> list[str]:
    return ["".join(it.itertext()) for it in page.form(f"modes-{name}").iter("button")]


def pressed(page: Page, name: str) -> list[str]:
    buttons = page.form(f"modes-{name}").iter("button")
    return ["".join(it.itertext()) for it in buttons if it.get("aria-pressed") == "true"]


def words(page: Page, name: str) -> str:
    return "".join(page.one(id=name).itertext())


def test_a_mode_is_chosen_and_stands_in_the_history(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get(PAGE)
    assert (choices(page, NAME), pressed(page, NAME)) == (["auto", "ask a teammate", "never"], ["never"])
    page = browser.post(ASK)
    assert pressed(page, NAME) == ["ask a teammate"]
    assert "1 needs approval" in words(page, "summary")
    assert "“Search tickets” is set to “ask a teammate” for Billing agent" in words(page, "undo")
    assert "set to “ask a teammate” by" in words(page, f"action-{NAME}")
    browser.post(AUTO)
    with app.app_context():
        rows = history.of_subject(cast.workspace().id, "action", f"{AGENT.key}:{NAME}")
    assert [(row.event, row.before, row.after) for row in rows] == [
        ("action.mode_set", {"mode": "ask"}, {"mode": "auto"}),
        ("action.switched_on", {"mode": "never"}, {"mode": "ask"}),
    ]


def test_who_may_only_look_chooses_nothing(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.VIEWER).get(PAGE)
    assert "Never" in words(page, f"action-{NAME}") and not page.all("form", id=f"modes-{NAME}")
    browser.post(ASK, status=403)
    browser.post(f"{PAGE}/back", {"was": f"auto:{NAME}"}, status=403)
    assert modes(app)[NAME] is Mode.NEVER


def test_the_other_workspace_has_no_such_holder(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.STRANGER).get(PAGE, status=404)
    for path in (ASK, f"{PAGE}/{NAME}/on", f"{PAGE}/groups/records/on", f"{PAGE}/back"):
        browser.post(path, status=404)
    assert modes(app)[NAME] is Mode.NEVER


def test_without_htmx_it_goes_back_to_the_page_and_with_htmx_the_line_comes(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).get(PAGE)
    answer = browser.client.post(ASK, data={"csrf_token": browser.csrf_token(), "q": "tickets"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"{PAGE}?q=tickets")
    part = Page(browser.htmx("POST", AUTO).text)
    assert pressed(part, NAME) == ["auto"]
    assert part.one(id="summary").get("hx-swap-oob") == "true"
    assert modes(app)[NAME] is Mode.AUTO


def test_undo_brings_back_the_mode_that_was(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(ASK)
    browser.post(NEVER)
    browser.submit("undo-form")
    assert modes(app)[NAME] is Mode.ASK


def test_undo_of_a_group_brings_back_each_mode_that_was(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(ASK)
    before = modes(app)
    page = browser.submit("all-on-records")
    assert "10 tools of Workspace records are set to “auto”" in words(page, "undo")
    browser.submit("undo-form")
    assert modes(app) == before


def test_what_cannot_be_undone_asks_a_teammate_or_is_never_called(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get(PAGE)
    assert choices(page, REFUND) == ["ask a teammate", "never"]
    assert "Destructive" in words(page, f"action-{REFUND}")
    assert not page.all(id="withheld")
    page = browser.post(f"{PAGE}/{REFUND}/mode/auto", status=422)
    assert "Refund a charge can be set to ask a teammate, never for Billing agent." in page.text
    browser.post(f"{PAGE}/groups/integration-stripe/on")
    assert modes(app)[REFUND] is Mode.ASK


def test_the_list_is_narrowed_to_what_is_destructive_and_to_what_asks(browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(ASK)
    page = browser.get(PAGE, query_string={"show": "destructive"})
    assert page.all(id=f"action-{REFUND}") and not page.all(id=f"action-{NAME}")
    page = browser.get(PAGE, query_string={"show": "ask"})
    assert page.all(id=f"action-{NAME}") and not page.all(id=f"action-{REFUND}")


def test_a_mode_is_taken_back_from_the_history(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(AUTO)
    browser.post(ASK)
    with app.app_context():
        [row, *_] = history.of_subject(cast.workspace().id, "action", f"{AGENT.key}:{NAME}")
    browser.get(f"/dashboard/audit/changes/{row.id}")
    browser.submit("revert-form")
    assert modes(app)[NAME] is Mode.AUTO


def test_a_mode_that_does_not_exist_is_not_found(browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(f"{PAGE}/{NAME}/mode/sometimes", status=404)


def test_the_list_of_agents_leads_there(browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get("/dashboard/agents")
    assert page.all("a", href=PAGE)
