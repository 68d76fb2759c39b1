"""AI Agents > External clients > Actions: the page of switches."""

from __future__ import annotations

from flask import Flask

from halo import authenticate, gate, tool
from tests import cast, factories
from tests.mcp.speaker import a_speaker
from tests.support.browser import Browser
from tests.support.pages import Page

PAGE = "/dashboard/agents/external-clients/actions"
NAME = "data_search_tickets"
OFF, ON = f"{PAGE}/{NAME}/off", f"{PAGE}/{NAME}/on"


def seen(app: Flask, person: str = cast.OWNER, workspace: str = cast.ACME) -> set[str]:
    with app.app_context():
        return {it.name for it in gate.listed(factories.a_caller(person=person, workspace=workspace))}


def words(page: Page, name: str) -> str:
    return "".join(page.one(id=name).itertext())


def test_a_tool_that_is_switched_off_is_gone_from_the_next_list_and_refused_when_called(
    app: Flask, browser: Browser
) -> None:
    speaker = a_speaker(app)
    before = [it["name"] for it in speaker.tools()]
    browser.sign_in(cast.OWNER).get(PAGE)
    page = browser.submit(f"switch-{NAME}")
    assert f"{len(tool.every()) - 1} of {len(tool.every())} tools on" in words(page, "summary")
    assert [it["name"] for it in speaker.tools()] == [name for name in before if name != NAME]
    answer = speaker.legacy("tools/call", {"name": NAME, "arguments": {}}).json
    assert "switched off" in answer["result"]["content"][0]["text"]
    assert "An admin, on AI Agents > Actions" in answer["result"]["content"][0]["text"]


def test_the_history_is_that_of_actions(browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(OFF)
    links = [link.get("href") for link in browser.get(PAGE).all("a", class_="button")]
    [history] = [href for href in links if href.startswith("/dashboard/audit/changes")]
    assert "Search tickets" in browser.get(history).text
    assert "About" in "".join(browser.page.one("ul", class_="chips").itertext())


def test_undo_brings_it_back(app: Flask, browser: Browser) -> None:
    before = seen(app)
    browser.sign_in(cast.OWNER).get(PAGE)
    page = browser.submit(f"switch-{NAME}")
    assert "Search tickets" in words(page, "undo")
    browser.submit("undo-form")
    assert seen(app) == before


def test_a_group_goes_off_together_and_undo_leaves_what_was_off_before(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(OFF)
    page = browser.submit("all-off-records")
    assert {name for name in seen(app) if name.startswith("data_")} == set()
    assert "0 of 10 on" in words(page, "group-records")
    browser.submit("undo-form")
    assert {name for name in seen(app) if name.startswith("data_")} == {
        it.name for it in tool.every() if it.name.startswith("data_")
    } - {NAME}


def test_other_workspaces_keep_their_tools(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(OFF)
    assert NAME in seen(app, cast.STRANGER, cast.UMBRA)


def test_who_may_only_look_sees_states_and_who_can_change_them(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.VIEWER).get(PAGE)
    assert "An admin of the workspace" in words(page, "read-only")
    assert not page.all("button", role="switch")
    browser.post(OFF, status=403)
    browser.post(f"{PAGE}/groups/records/off", status=403)
    assert NAME in seen(app)


def test_who_may_not_see_agents_is_refused(app: Flask, browser: Browser) -> None:
    from halo.ground.database import one_change

    with app.app_context(), one_change() as rows:
        rows.merge(cast.person(cast.VIEWER).memberships[0]).permissions = ["inbox:view"]
    browser.sign_in(cast.VIEWER).get(PAGE, status=403)
    browser.get("/dashboard/agents", status=403)


def test_htmx_gets_the_line_and_the_bar_and_leaves_the_same_state(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).get(PAGE)
    answer = browser.htmx("POST", OFF)
    assert answer.status_code == 200
    part = Page(answer.text)
    assert part.one(id=f"switch-{NAME}").get("action") == ON
    assert part.one(id="summary").get("hx-swap-oob") == "true"
    assert part.one(id="undo") is not None
    assert browser.client.post(ON, data={"csrf_token": browser.csrf_token()}).status_code == 303
    assert NAME in seen(app)


def test_the_list_is_narrowed_by_words_and_by_what_is_off(browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(OFF)
    page = browser.get(PAGE, query_string={"q": "ticket"})
    assert "Read a ticket" in words(page, "actions")
    assert "Find a company" not in words(page, "actions")
    page = browser.get(PAGE, query_string={"show": "off"})
    assert "Search tickets" in words(page, "actions")
    assert "Read a ticket" not in words(page, "actions")
    page = browser.get(PAGE, query_string={"q": "nothing of the kind"})
    assert "No tool fits" in words(page, "actions")


def test_a_line_says_how_it_is_used(app: Flask, browser: Browser) -> None:
    from halo.perform import perform

    with app.app_context():
        perform(NAME, {}, principal=factories.a_caller(), context=factories.a_context())
        perform(NAME, {"nonsense": 1}, principal=factories.a_caller(), context=factories.a_context())
    line = words(browser.sign_in(cast.OWNER).get(PAGE), f"action-{NAME}")
    assert "50 % ok" in line
    assert "used " in line
    weighs = tool.find(NAME).tokens
    assert f"≈ {round(weighs, -2 if weighs >= 1000 else -1):,} tokens" in line
    assert "not used yet" in words(browser.page, "action-data_find_user")


def test_an_action_that_cannot_be_undone_is_named_as_not_there(browser: Browser) -> None:
    from dataclasses import replace

    browser.sign_in(cast.OWNER)
    assert not browser.get(PAGE).all(id="withheld")
    tool.register(replace(tool.every()[0], name="stripe_refund", title="Refund a charge", destructive=True))
    try:
        row = words(browser.get(PAGE), "withheld-stripe_refund")
        assert "Refund a charge" in row and "Destructive" in row
        assert "It cannot be undone, and nobody is there who could be asked first." in row
        browser.post(f"{PAGE}/stripe_refund/mode/auto", status=404)
        browser.post(f"{PAGE}/stripe_refund/on", status=404)
    finally:
        tool.forget("stripe_refund")


def test_external_clients_have_no_teammate_to_ask(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get(PAGE)
    assert "ask" not in [it.get("value") for it in page.fields("show")]
    browser.post(f"{PAGE}/{NAME}/mode/ask", status=422)
    assert NAME in seen(app)


def test_what_does_not_exist_cannot_be_switched(browser: Browser) -> None:
    browser.sign_in(cast.OWNER).post(f"{PAGE}/no_such_tool/off", status=404)
    browser.post(f"{PAGE}/groups/no_such_group/off", status=404)


def test_the_list_of_agents_leads_to_the_switches(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(cast.OWNER).get("/dashboard/agents")
    assert f"{len(tool.every())} of {len(tool.every())} tools on" in words(page, "holders")
    assert page.all("a", href=PAGE)


def test_a_switch_is_read_by_the_next_request_of_a_token_that_was_cached(app: Flask, browser: Browser) -> None:
    with app.app_context():
        token = factories.a_token()
        assert NAME in {it.name for it in gate.listed(authenticate.by_bearer(token))}
    browser.sign_in(cast.OWNER).post(OFF)
    with app.app_context():
        assert NAME not in {it.name for it in gate.listed(authenticate.by_bearer(token))}
